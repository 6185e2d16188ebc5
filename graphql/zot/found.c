/* What reports say of an image: the newest of each tool that is attached to its manifest, in its repository. A report is read,
 * what counts of it is copied, and its bytes are given back before the next one. */
#include "base/limits.h"
#include "graphql/zot/internal.h"
#include "roles/registry/trust.h"

#define LOOKED_AT     32u             /* referrers of one manifest whose layers are looked at, the newest ones */
#define SCRATCH_BYTES (64u << 10)

/* ---- reports ---- */

/* The layer that is the report: one whose type says so, else the first when the manifest's type does. {0}: none. */
static str report_layer(struct gql_execution *x, const struct zot_repo *r, const struct json *row, struct arena *own)
{
    struct problem quiet = {.arena = own};
    const struct json *manifest = NULL, *layers;
    str bytes, digest = {0};
    if (gate_registry_look(x->gate, x->who, S("manifests"), zot_text(row, S("_id")), LIMIT_MANIFEST_BYTES, own, &bytes, &quiet) != ERR_OK ||
        json_read(own, bytes, NULL, S(""), &manifest, &quiet) != ERR_OK)
        return (str){0};
    layers = json_items(manifest, S("layers"));
    if (layers->count && report_type(zot_text(row, S("artifact_type"))))
        digest = json_word(&layers->items[0], S("digest"));
    for (size_t i = layers->count; i-- > 0;)
        if (report_type(json_word(&layers->items[i], S("mediaType"))))
            digest = json_word(&layers->items[i], S("digest"));
    const struct json *ids = json_items(row, S("layers"));
    for (size_t i = 0; digest.len && i < ids->count; i++)
        if (ids->items[i].type == JSON_TEXT && str_equal(zot_layer_digest(r, ids->items[i].text), digest))
            return ids->items[i].text;
    return (str){0};
}

struct tools {
    str names[LIMIT_CVE_REPORTS];
    size_t count, read;               /* read: also those that were older, or none */
};

static bool has_tool(const struct tools *t, str name)
{
    for (size_t i = 0; i < t->count; i++)
        if (str_equal(t->names[i], name))
            return true;
    return false;
}

static void take_report(struct gql_execution *x, struct zot_repo *r, const struct json *row, struct tools *tools, struct cves *out)
{
    CLEANUP(arena_closep) struct arena *own = arena_open(SCRATCH_BYTES);
    struct problem quiet = {.arena = own};
    struct report report;
    str bytes, layer = report_layer(x, r, row, own);
    if (!layer.len)
        return;
    tools->read++;
    if (gate_registry_look(x->gate, x->who, S("layers"), layer, LIMIT_CVE_REPORT_BYTES, own, &bytes, &quiet) != ERR_OK ||
        !report_read(own, bytes, &report) || has_tool(tools, report.tool))
        return;
    tools->names[tools->count++] = arena_copy(out->arena, report.tool);
    report_add(&report, out);
}

static enum err take_reports(struct gql_execution *x, struct zot_repo *r, str digest, struct cves *out, bool *found, struct problem *why)
{
    struct tools tools = {0};
    const struct json *const *about;
    size_t count = zot_about(r, digest, &about), end = count > LOOKED_AT ? count - LOOKED_AT : 0;
    for (size_t i = count; i > end && tools.read < LIMIT_CVE_REPORTS; i--) {
        TRY(zot_in_time(x, why));
        if (str_is_absent(signature_tool(about[i - 1])))
            take_report(x, r, about[i - 1], &tools, out);
    }
    *found = tools.count > 0;
    return ERR_OK;
}

/* Which of some manifests have reports. */
struct said {
    size_t count;
    bool first;                       /* the first one has */
};
static enum err take_all(struct gql_execution *x, struct zot_repo *r, const struct json *const *rows, size_t count, struct cves *out,
                         struct said *said, struct problem *why)
{
    *said = (struct said){0};
    for (size_t i = 0; i < count; i++) {
        bool found = false;
        TRY(take_reports(x, r, zot_text(rows[i], S("digest")), out, &found, why));
        said->first = i == 0 ? found : said->first;
        said->count += found;
    }
    return out->is_full ? problem_set(why, ERR_TOO_LARGE, "The reports have more than %u findings", CVES_FINDINGS) : ERR_OK;
}

/* ---- of an image ---- */

static bool is_index(const struct zot_image *i)
{
    return i->part_count != 1 || i->parts[0].row != i->row;
}

static bool has_platform(struct gql_execution *x, const struct zot_part *p, const struct json *platform)
{
    struct json of = zot_platform(x->arena, p->row);
    str os = zot_text(platform, S("Os")), arch = zot_text(platform, S("Arch")), its = zot_text(&of, S("Arch")), base, variant;
    (void)str_cut(its, '/', &base, &variant);
    return (!os.len || str_equal_nocase(os, zot_text(&of, S("Os")))) && (!arch.len || str_equal_nocase(arch, its) || str_equal_nocase(arch, base));
}

static bool has_platform_said(const struct json *platform)
{
    return zot_text(platform, S("Os")).len || zot_text(platform, S("Arch")).len;
}

/* What BuildKit lists beside images to say how they were made. */
static bool is_no_image(const struct json *row)
{
    return str_starts(zot_text(row, S("platform")), S("unknown/"));
}

/* The index first: what is said of it is said of the whole. */
static const struct json **rows_of(struct gql_execution *x, const struct zot_image *i, const struct json *platform, size_t *count)
{
    const struct json **rows = NEW_N(x->arena, const struct json *, i->part_count + 1);
    *count = 0;
    if (is_index(i) && !has_platform_said(platform))
        rows[(*count)++] = i->row;
    for (size_t k = 0; k < i->part_count; k++)
        if (has_platform(x, &i->parts[k], platform) && (!is_index(i) || !is_no_image(i->parts[k].row)))
            rows[(*count)++] = i->parts[k].row;
    return rows;
}

static str name_of(struct gql_execution *x, const struct zot_image *i)
{
    str digest = zot_text(i->row, S("digest"));
    return i->tag.len ? arena_format(x->arena, STR_FMT ":" STR_FMT, STR_ARG(i->repo->name), STR_ARG(i->tag))
                      : arena_format(x->arena, STR_FMT "@" STR_FMT, STR_ARG(i->repo->name), STR_ARG(digest));
}

enum err zot_image_cves(struct gql_execution *x, const struct zot_image *i, const struct json *platform, struct cves *out, struct problem *why)
{
    size_t count;
    struct said said;
    const struct json **rows = rows_of(x, i, platform, &count);
    str name = name_of(x, i);
    if (count == 0)
        return problem_set(why, ERR_NOT_FOUND, "can't find image: " STR_FMT " has no such platform", STR_ARG(name));
    TRY(take_all(x, i->repo, rows, count, out, &said, why));
    return said.count ? ERR_OK : problem_set(why, ERR_UNAVAILABLE, NO_REPORT "no report is attached to " STR_FMT, STR_ARG(name));
}

/* ---- in numbers ---- */

/* Keys of what is remembered: a manifest by itself, and an index with what it lists. */
static struct zot_found *count_in(struct gql_execution *x, struct zot_repo *r, str key, const struct json *const *rows, size_t count, str wanted)
{
    struct zot_found *f = r->found ? map_get(r->found, key) : NULL;
    if (f)
        return f;
    CLEANUP(arena_closep) struct arena *own = arena_open(SCRATCH_BYTES);
    struct problem quiet = {.arena = own};
    struct cves cves;
    const struct cve *v;
    struct said said;
    f = NEW(x->arena, struct zot_found);
    *f = (struct zot_found){0};
    cves_init(&cves, own);
    f->error = take_all(x, r, rows, count, &cves, &said, &quiet);
    f->has_reports = said.count > 0;
    f->is_complete = f->error == ERR_OK && (said.first || (count > 1 && said.count == count - 1));
    f->has_wanted = wanted.len && map_get(cves.by_id, wanted);
    for (size_t at = 0; cves_next(&cves, &at, &v); f->count++)
        f->counts[v->severity]++;
    if (!r->found)
        r->found = map_new(x->arena, 16);
    map_put(r->found, key, f);
    return f;
}

const struct zot_found *zot_found_in(struct gql_execution *x, const struct zot_image *i, str wanted)
{
    size_t count;
    const struct json **rows = rows_of(x, i, NULL, &count);
    str digest = zot_text(i->row, S("digest"));
    return count_in(x, i->repo, is_index(i) ? arena_format(x->arena, "+" STR_FMT, STR_ARG(digest)) : digest, rows, count, wanted);
}

struct json zot_summary(struct arena *a, const size_t *counts, bool has_reports)
{
    static const str names[SEVERITY_COUNT] = {STR("UnknownCount"), STR("LowCount"), STR("MediumCount"), STR("HighCount"), STR("CriticalCount")};
    struct json out, *m = zot_map(a, &out, SEVERITY_COUNT + 2);
    str most = has_reports ? S("NONE") : S("");
    size_t sum = 0;
    for (size_t i = 0; i < SEVERITY_COUNT; i++) {
        m[i + 2] = json_named(names[i], json_of_int((int64_t)counts[i]));
        most = counts[i] ? severity_name((enum severity)i) : most;
        sum += counts[i];
    }
    m[0] = json_named(S("MaxSeverity"), json_of_text(most));
    m[1] = json_named(S("Count"), json_of_int((int64_t)sum));
    return out;
}

static struct json summary_of(struct gql_execution *x, const struct zot_found *f)
{
    return f->error == ERR_OK ? zot_summary(x->arena, f->counts, f->has_reports) : json_null;
}

struct json zot_image_summary(struct gql_execution *x, const struct zot_image *i)
{
    return summary_of(x, zot_found_in(x, i, (str){0}));
}

struct json zot_part_summary(struct gql_execution *x, const struct zot_part *p)
{
    return summary_of(x, count_in(x, p->repo, zot_text(p->row, S("digest")), &p->row, 1, (str){0}));
}
