/* Which scanner wrote it, and what all of them have in common. */
#include "graphql/zot/report.h"

/* ---- looking ---- */

str json_word(const struct json *v, str name)
{
    const struct json *t = json_get(v, name);
    return t && t->type == JSON_TEXT ? t->text : S("");
}

const struct json *json_items(const struct json *v, str name)
{
    static const struct json none = {.type = JSON_LIST};
    const struct json *l = json_get(v, name);
    return l && l->type == JSON_LIST ? l : &none;
}

const struct json *json_first(const struct json *list)
{
    return list && list->type == JSON_LIST && list->count ? &list->items[0] : NULL;
}

static bool has_list(const struct json *v, str name)
{
    const struct json *l = json_get(v, name);
    return l && l->type == JSON_LIST;
}

/* ---- how grave ---- */

str severity_name(enum severity s)
{
    static const str names[SEVERITY_COUNT] = {STR("UNKNOWN"), STR("LOW"), STR("MEDIUM"), STR("HIGH"), STR("CRITICAL")};
    return names[s];
}

enum severity severity_of(str word)
{
    static const struct {
        str word;
        enum severity severity;
    } words[] = {
        {STR("critical"), SEVERITY_CRITICAL}, {STR("high"), SEVERITY_HIGH}, {STR("important"), SEVERITY_HIGH}, {STR("medium"), SEVERITY_MEDIUM},
        {STR("moderate"), SEVERITY_MEDIUM},   {STR("low"), SEVERITY_LOW},   {STR("negligible"), SEVERITY_LOW},
    };
    for (size_t i = 0; i < COUNTOF(words); i++)
        if (str_equal_nocase(words[i].word, word))
            return words[i].severity;
    return SEVERITY_UNKNOWN;
}

static bool read_score(str s, double *out)
{
    double n = 0, unit = 1;
    bool has_point = false;
    for (size_t i = 0; i < s.len; i++) {
        if (s.at[i] == '.' && !has_point && i > 0) {
            has_point = true;
        } else if (s.at[i] >= '0' && s.at[i] <= '9') {
            n = n * 10 + (s.at[i] - '0');
            unit = has_point ? unit * 10 : unit;
        } else {
            return false;
        }
    }
    *out = n / unit;
    return s.len > 0 && s.len <= 8;
}

/* CVSS 3.1, 5: qualitative ratings. */
enum severity severity_of_score(const struct json *score)
{
    double n = 0;
    if (!score || (score->type == JSON_TEXT && !read_score(score->text, &n)))
        return SEVERITY_UNKNOWN;
    n = score->type == JSON_REAL ? score->real : score->type == JSON_INT ? (double)score->integer : n;
    return n >= 9 ? SEVERITY_CRITICAL : n >= 7 ? SEVERITY_HIGH : n >= 4 ? SEVERITY_MEDIUM : n > 0 ? SEVERITY_LOW : SEVERITY_UNKNOWN;
}

/* ---- what was found ---- */

void cves_init(struct cves *s, struct arena *a)
{
    *s = (struct cves){.arena = a, .by_id = map_new(a, 64), .packages = map_new(a, 64)};
}

bool cves_next(const struct cves *s, size_t *cursor, const struct cve **out)
{
    str id;
    void *value;
    if (!map_each(s->by_id, cursor, &id, &value))
        return false;
    *out = value;
    return true;
}

/* Between two characters. */
static str cut(str s, size_t most)
{
    size_t n = s.len < most ? s.len : most;
    while (n < s.len && n > 0 && ((unsigned char)s.at[n] & 0xC0) == 0x80)
        n--;
    return (str){n ? s.at : "", n};
}

static void keep(struct arena *a, str *into, str said, size_t most)
{
    if (!into->len && said.len)
        *into = arena_copy(a, cut(said, most));
    else if (str_is_absent(*into))
        *into = S("");
}

/* By a hash that nobody can aim at: the texts themselves would be kept twice. */
static bool is_new(struct cves *s, const struct cve *v, const struct cve_package *p)
{
    const str parts[] = {v->id, p->name, p->path, p->installed};
    char key[COUNTOF(parts) * (REPORT_WORD_BYTES + 1)];
    size_t len = 0;
    for (size_t i = 0; i < COUNTOF(parts); i++) {
        if (parts[i].len)
            memcpy(key + len, parts[i].at, parts[i].len);
        len += parts[i].len;
        key[len++] = '\0';
    }
    uint64_t hash = map_hash((str){key, len});
    str known = {(const char *)&hash, sizeof hash};
    return !map_get(s->packages, known) && !map_put(s->packages, arena_copy(s->arena, known), s);
}

static void add_package(struct cves *s, struct cve *v, const struct cve_package *said)
{
    const struct cve_package p = {.name = cut(said->name, REPORT_WORD_BYTES),
                                  .path = cut(said->path, REPORT_WORD_BYTES),
                                  .installed = cut(said->installed, REPORT_WORD_BYTES),
                                  .fixed = cut(said->fixed, REPORT_WORD_BYTES)};
    if (!p.name.len || !is_new(s, v, &p))
        return;
    struct cve_package *own = NEW(s->arena, struct cve_package);
    *own = (struct cve_package){arena_copy(s->arena, p.name), arena_copy(s->arena, p.path), arena_copy(s->arena, p.installed),
                                arena_copy(s->arena, p.fixed), NULL};
    *v->end = own;
    v->end = &own->next;
    v->package_count++;
}

void cves_add(struct cves *s, const struct finding *f)
{
    if (!f->id.len || f->id.len > REPORT_ID_BYTES)
        return;
    if (s->finding_count++ >= CVES_FINDINGS) {
        s->is_full = true;
        return;
    }
    struct cve *v = map_get(s->by_id, f->id);
    if (!v) {
        v = NEW(s->arena, struct cve);
        *v = (struct cve){.id = arena_copy(s->arena, f->id)};
        v->end = &v->packages;
        map_put(s->by_id, v->id, v);
    }
    keep(s->arena, &v->title, f->title, REPORT_WORD_BYTES);
    keep(s->arena, &v->description, f->description, REPORT_PROSE_BYTES);
    keep(s->arena, &v->reference, f->reference, REPORT_WORD_BYTES);
    v->severity = f->severity > v->severity ? f->severity : v->severity;
    add_package(s, v, &f->package);
}

/* ---- whose it is ---- */

static bool is_trivy(const struct json *root)
{
    const struct json *version = json_get(root, S("SchemaVersion"));
    return version && version->type == JSON_INT && (has_list(root, S("Results")) || json_word(root, S("ArtifactName")).len);
}

static bool is_grype(const struct json *root)
{
    return has_list(root, S("matches")) && json_get(root, S("descriptor"));
}

static bool is_sarif(const struct json *root)
{
    return str_starts(json_word(root, S("version")), S("2.1")) && json_items(root, S("runs"))->count;
}

static bool is_cyclonedx(const struct json *root)
{
    return str_equal(json_word(root, S("bomFormat")), S("CycloneDX")) && json_items(root, S("vulnerabilities"))->count;
}

/* CycloneDX 1.4: a list; since 1.5: {"components": […]}. */
static str cyclonedx_tool(const struct json *root)
{
    const struct json *tools = json_get(json_get(root, S("metadata")), S("tools"));
    const struct json *list = tools && tools->type == JSON_LIST ? tools : json_items(tools, S("components"));
    return json_word(json_first(list), S("name"));
}

static str sarif_tool(const struct json *root)
{
    return json_word(json_get(json_get(json_first(json_items(root, S("runs"))), S("tool")), S("driver")), S("name"));
}

static const struct {
    str tool;                         /* when the report names none */
    bool (*is)(const struct json *root);
    str (*named)(const struct json *root);
    void (*add)(const struct json *root, struct cves *into);
} kinds[REPORT_KIND_COUNT] = {
    [REPORT_TRIVY] = {STR("trivy"), is_trivy, NULL, trivy_add},
    [REPORT_GRYPE] = {STR("grype"), is_grype, NULL, grype_add},
    [REPORT_SARIF] = {STR("sarif"), is_sarif, sarif_tool, sarif_add},
    [REPORT_CYCLONEDX] = {STR("cyclonedx"), is_cyclonedx, cyclonedx_tool, cyclonedx_add},
};

static str lower(struct arena *a, str s)
{
    char *to = arena_get(a, s.len + 1, 1);
    for (size_t i = 0; i < s.len; i++)
        to[i] = s.at[i] >= 'A' && s.at[i] <= 'Z' ? (char)(s.at[i] - 'A' + 'a') : s.at[i];
    return (str){to, s.len};
}

bool report_read(struct arena *a, str bytes, struct report *out)
{
    static const struct json_options options = {.count_max = REPORT_VALUES};
    struct problem quiet = {.arena = a};
    *out = (struct report){0};
    if (json_read(a, bytes, &options, S(""), &out->root, &quiet) != ERR_OK)
        return false;
    for (size_t i = 0; i < REPORT_KIND_COUNT; i++)
        if (kinds[i].is(out->root)) {
            str named = kinds[i].named ? kinds[i].named(out->root) : S("");
            out->kind = (enum report_kind)i;
            out->tool = lower(a, named.len ? cut(named, REPORT_ID_BYTES) : kinds[i].tool);
            return true;
        }
    return false;
}

void report_add(const struct report *r, struct cves *into)
{
    kinds[r->kind].add(r->root, into);
}

bool report_type(str type)
{
    static const str words[] = {STR("sarif"), STR("trivy"), STR("grype"), STR("cyclonedx"), STR("vex"), STR("vulnerab"), STR("cve")};
    for (size_t i = 0; i < COUNTOF(words); i++)
        for (size_t at = 0; at + words[i].len <= type.len; at++)
            if (str_equal_nocase(str_slice(type, at, at + words[i].len), words[i]))
                return true;
    return false;
}
