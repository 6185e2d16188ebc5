/* CycloneDX (ECMA-424): vulnerabilities and what they affect, with components beside them or elsewhere (VEX). */
#include "graphql/zot/report.h"

#define COMPONENTS_DEEP 16u

/* What is asked of a component, once: vulnerabilities refer to it as often as they like. */
static void learn(struct arena *a, struct map *by_ref, const struct json *components, unsigned deep)
{
    for (size_t i = 0; i < components->count; i++) {
        const struct json *c = &components->items[i];
        str ref = json_word(c, S("bom-ref"));
        if (ref.len) {
            struct cve_package *p = NEW(a, struct cve_package);
            *p = (struct cve_package){.name = json_word(c, S("name")), .installed = json_word(c, S("version"))};
            map_put(by_ref, ref, p);
        }
        if (deep < COMPONENTS_DEEP)
            learn(a, by_ref, json_items(c, S("components")), deep + 1);
    }
}

/* "pkg:deb/debian/openssl@3.0.1?arch=amd64": name and version stand in the address (package-url). */
static void take_purl(str ref, struct cve_package *p)
{
    str path, rest;
    if (!str_starts(ref, S("pkg:")))
        return;
    (void)str_cut(ref, '?', &path, &rest);
    if (str_cut(path, '@', &rest, &p->installed))
        path = rest;
    size_t last = path.len;
    while (last > 0 && path.at[last - 1] != '/' && path.at[last - 1] != ':')
        last--;
    p->name = str_slice(path, last, path.len);
}

/* False: every version that is told is not affected. */
static bool take_versions(const struct json *versions, struct cve_package *p)
{
    bool is_affected = versions->count == 0;
    for (size_t i = 0; i < versions->count; i++) {
        const struct json *v = &versions->items[i];
        str version = json_word(v, S("version"));
        if (str_equal(json_word(v, S("status")), S("unaffected"))) {
            p->fixed = p->fixed.len ? p->fixed : version;
            continue;
        }
        if (!is_affected && version.len)
            p->installed = version;
        is_affected = true;
    }
    return is_affected;
}

static enum severity gravest(const struct json *ratings)
{
    enum severity s = SEVERITY_UNKNOWN;
    for (size_t i = 0; i < ratings->count; i++) {
        str word = json_word(&ratings->items[i], S("severity"));
        enum severity said = word.len ? severity_of(word) : severity_of_score(json_get(&ratings->items[i], S("score")));
        s = said > s ? said : s;
    }
    return s;
}

/* Whoever analysed it says that the image does not have it. */
static bool is_ruled_out(const struct json *v)
{
    static const str states[] = {STR("not_affected"), STR("false_positive"), STR("resolved"), STR("resolved_with_pedigree")};
    str state = json_word(json_get(v, S("analysis")), S("state"));
    for (size_t i = 0; i < COUNTOF(states); i++)
        if (str_equal(states[i], state))
            return true;
    return false;
}

static void add_one(const struct json *v, const struct map *by_ref, struct cves *into)
{
    const struct json *affects = json_items(v, S("affects"));
    str said = json_word(v, S("description")), address = json_word(json_get(v, S("source")), S("url"));
    struct finding f = {.id = json_word(v, S("id")),
                        .title = S(""),
                        .description = said.len ? said : json_word(v, S("detail")),
                        .reference = address.len ? address : json_word(json_first(json_items(v, S("advisories"))), S("url")),
                        .severity = gravest(json_items(v, S("ratings")))};
    if (affects->count == 0)
        cves_add(into, &f);
    for (size_t i = 0; i < affects->count; i++) {
        str ref = json_word(&affects->items[i], S("ref"));
        const struct cve_package *component = map_get(by_ref, ref);
        f.package = component ? *component : (struct cve_package){0};
        if (!f.package.name.len)
            take_purl(ref, &f.package);
        if (take_versions(json_items(&affects->items[i], S("versions")), &f.package))
            cves_add(into, &f);
    }
}

void cyclonedx_add(const struct json *root, struct cves *into)
{
    CLEANUP(arena_closep) struct arena *own = arena_open(4096);
    const struct json *found = json_items(root, S("vulnerabilities"));
    struct map *by_ref = map_new(own, json_items(root, S("components"))->count);
    learn(own, by_ref, json_items(root, S("components")), 0);
    for (size_t i = 0; i < found->count; i++)
        if (!is_ruled_out(&found->items[i]))
            add_one(&found->items[i], by_ref, into);
}
