/* Trivy's JSON and Grype's: what is installed, and which vulnerability it was matched with. */
#include "graphql/zot/report.h"

/* {"Results":[{"Target":…,"Vulnerabilities":[{"VulnerabilityID":…,"PkgName":…}]}]} */
void trivy_add(const struct json *root, struct cves *into)
{
    const struct json *results = json_items(root, S("Results"));
    for (size_t i = 0; i < results->count; i++) {
        const struct json *found = json_items(&results->items[i], S("Vulnerabilities"));
        for (size_t k = 0; k < found->count; k++) {
            const struct json *v = &found->items[k];
            if (str_equal(json_word(v, S("Status")), S("not_affected")))
                continue;
            cves_add(into, &(struct finding){.id = json_word(v, S("VulnerabilityID")),
                                             .title = json_word(v, S("Title")),
                                             .description = json_word(v, S("Description")),
                                             .reference = json_word(v, S("PrimaryURL")),
                                             .severity = severity_of(json_word(v, S("Severity"))),
                                             .package = {.name = json_word(v, S("PkgName")),
                                                         .path = json_word(v, S("PkgPath")),
                                                         .installed = json_word(v, S("InstalledVersion")),
                                                         .fixed = json_word(v, S("FixedVersion"))}});
        }
    }
}

/* Other scanners know an advisory by its CVE, when it is about one alone. */
static const struct json *only_cve(const struct json *match)
{
    const struct json *related = json_items(match, S("relatedVulnerabilities")), *found = NULL;
    for (size_t i = 0; i < related->count; i++) {
        if (!str_starts(json_word(&related->items[i], S("id")), S("CVE-")))
            continue;
        if (found)
            return NULL;
        found = &related->items[i];
    }
    return found;
}

static str text_of(const struct json *v)
{
    return v && v->type == JSON_TEXT ? v->text : S("");
}

/* {"matches":[{"vulnerability":{…},"relatedVulnerabilities":[…],"artifact":{…}}]} */
void grype_add(const struct json *root, struct cves *into)
{
    const struct json *matches = json_items(root, S("matches"));
    for (size_t i = 0; i < matches->count; i++) {
        const struct json *m = &matches->items[i], *v = json_get(m, S("vulnerability")), *of = json_get(m, S("artifact")), *cve = only_cve(m);
        str id = json_word(v, S("id")), said = json_word(v, S("description"));
        cves_add(into, &(struct finding){.id = cve && !str_starts(id, S("CVE-")) ? json_word(cve, S("id")) : id,
                                         .title = S(""),
                                         .description = said.len ? said : json_word(cve, S("description")),
                                         .reference = json_word(v, S("dataSource")),
                                         .severity = severity_of(json_word(v, S("severity"))),
                                         .package = {.name = json_word(of, S("name")),
                                                     .path = json_word(json_first(json_items(of, S("locations"))), S("path")),
                                                     .installed = json_word(of, S("version")),
                                                     .fixed = text_of(json_first(json_items(json_get(v, S("fix")), S("versions"))))}});
    }
}
