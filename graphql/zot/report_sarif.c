/* SARIF 2.1.0: results of rules. A rule is a vulnerability when it has a security-severity, or a name like one. */
#include "graphql/zot/report.h"

/* What is asked of a rule, once: results refer to it as often as they like. */
struct rule {
    str id, title, description, reference;
    enum severity severity;
    bool is_graded, is_about_something_else;
};
struct rules {
    struct rule *items;
    size_t count;
    struct map *by_id;
};

static const struct rule *rule_of(const struct rules *rules, const struct json *result)
{
    static const struct rule unknown = {0};
    const struct json *index = json_get(result, S("ruleIndex"));
    if (!index)
        index = json_get(json_get(result, S("rule")), S("index"));
    if (index && index->type == JSON_INT && index->integer >= 0 && (uint64_t)index->integer < rules->count)
        return &rules->items[index->integer];
    const struct rule *named = map_get(rules->by_id, json_word(result, S("ruleId")));
    return named ? named : &unknown;
}

/* CVE-2026-1234, also in front of "-openssl", as Grype has it. */
static str id_in(str s)
{
    size_t n = str_starts(s, S("CVE-")) ? 4 : 0, dashes = 0;
    while (n && n < s.len && ((s.at[n] >= '0' && s.at[n] <= '9') || (s.at[n] == '-' && dashes == 0)))
        dashes += s.at[n++] == '-';
    return n > 4 && dashes ? str_slice(s, 0, n) : s;
}

static bool is_left_out(const struct json *result)
{
    str kind = json_word(result, S("kind"));
    return (kind.len && !str_equal(kind, S("fail"))) || str_equal(json_word(result, S("baselineState")), S("absent")) ||
           json_items(result, S("suppressions"))->count;
}

/* Trivy's secrets and mistakes in configurations are graded, too. */
static bool is_about_something_else(const struct json *tags)
{
    static const str others[] = {STR("secret"), STR("misconfiguration"), STR("license")};
    for (size_t i = 0; i < tags->count; i++)
        for (size_t k = 0; k < COUNTOF(others); k++)
            if (json_is_text(&tags->items[i], others[k]))
                return true;
    return false;
}

static enum severity severity_in(const struct json *properties, const struct json *tags)
{
    for (size_t i = 0; i < tags->count; i++) {
        enum severity s = tags->items[i].type == JSON_TEXT ? severity_of(tags->items[i].text) : SEVERITY_UNKNOWN;
        if (s != SEVERITY_UNKNOWN)
            return s;
    }
    return severity_of_score(json_get(properties, S("security-severity")));
}

/* A line "Label: value" of a message. */
static str line_with(str message, str label)
{
    str line, rest = message;
    for (bool more = true; more;) {
        str whole = rest;
        more = str_cut(whole, '\n', &line, &rest);
        if (str_starts(line, label))
            return str_trim(str_slice(line, label.len, line.len));
    }
    return S("");
}

static str place_of(const struct json *result)
{
    const struct json *at = json_get(json_first(json_items(result, S("locations"))), S("physicalLocation"));
    return json_word(json_get(at, S("artifactLocation")), S("uri"));
}

static void add_result(const struct json *result, const struct rule *rule, struct cves *into)
{
    str named = json_word(result, S("ruleId")), message = json_word(json_get(result, S("message")), S("text"));
    str id = id_in(named.len ? named : rule->id);
    bool is_vulnerability = rule->is_graded || str_starts(id, S("CVE-")) || str_starts(id, S("GHSA-"));
    if (!is_vulnerability || rule->is_about_something_else || is_left_out(result))
        return;
    str package = line_with(message, S("Package:"));
    cves_add(into, &(struct finding){.id = id,
                                     .title = rule->title,
                                     .description = rule->description,
                                     .reference = rule->reference,
                                     .severity = rule->severity,
                                     .package = {.name = package,
                                                 .path = package.len ? place_of(result) : S(""),
                                                 .installed = line_with(message, S("Installed Version:")),
                                                 .fixed = line_with(message, S("Fixed Version:"))}});
}

static void learn(struct arena *a, const struct json *run, struct rules *out)
{
    const struct json *from = json_items(json_get(json_get(run, S("tool")), S("driver")), S("rules"));
    *out = (struct rules){NEW_N(a, struct rule, from->count + 1), from->count, map_new(a, from->count + 1)};
    for (size_t i = 0; i < from->count; i++) {
        const struct json *r = &from->items[i], *properties = json_get(r, S("properties")), *tags = json_items(properties, S("tags"));
        out->items[i] = (struct rule){.id = json_word(r, S("id")),
                                      .title = json_word(json_get(r, S("shortDescription")), S("text")),
                                      .description = json_word(json_get(r, S("fullDescription")), S("text")),
                                      .reference = json_word(r, S("helpUri")),
                                      .severity = severity_in(properties, tags),
                                      .is_graded = json_get(properties, S("security-severity")),
                                      .is_about_something_else = is_about_something_else(tags)};
        map_put(out->by_id, out->items[i].id, &out->items[i]);
    }
}

void sarif_add(const struct json *root, struct cves *into)
{
    const struct json *runs = json_items(root, S("runs"));
    for (size_t i = 0; i < runs->count; i++) {
        CLEANUP(arena_closep) struct arena *own = arena_open(4096);
        const struct json *results = json_items(&runs->items[i], S("results"));
        struct rules rules;
        learn(own, &runs->items[i], &rules);
        for (size_t k = 0; k < results->count; k++)
            add_result(&results->items[k], rule_of(&rules, &results->items[k]), into);
    }
}
