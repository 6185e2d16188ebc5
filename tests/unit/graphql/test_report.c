/* What is read out of reports: each as "id severity title|description|reference [name path installed fixed]…". The whole ones are the
 * fuzzer's seeds. */
#include <stdio.h>

#include "graphql/zot/report.h"
#include "tests/support/check.h"

static str shown(struct arena *a, const struct cves *s)
{
    struct buf b;
    const struct cve *v;
    buf_init(&b, a, 64u << 20);
    for (size_t at = 0; cves_next(s, &at, &v);) {
        str severity = severity_name(v->severity);
        buf_format(&b, "%s" STR_FMT " " STR_FMT " " STR_FMT "|" STR_FMT "|" STR_FMT, b.len ? "; " : "", STR_ARG(v->id), STR_ARG(severity), STR_ARG(v->title),
                   STR_ARG(v->description), STR_ARG(v->reference));
        for (const struct cve_package *p = v->packages; p; p = p->next)
            buf_format(&b, " [" STR_FMT "," STR_FMT "," STR_FMT "," STR_FMT "]", STR_ARG(p->name), STR_ARG(p->path), STR_ARG(p->installed), STR_ARG(p->fixed));
    }
    return buf_str(&b);
}

static str seed(struct arena *a, const char *name)
{
    FILE *f = fopen(arena_cstr(a, arena_format(a, "%s/fuzz/corpus/report/%s", TESTS_DIR, name)), "rb");
    char *text = arena_get(a, 1, 64u << 10);
    NEED(f != NULL);
    size_t n = fread(text, 1, 64u << 10, f);
    fclose(f);
    return (str){text, n};
}

static void each_scanner_is_understood(void **state)
{
    static const struct {
        const char *file, *tool, *found;
    } cases[] = {
        {"trivy.json", "trivy",
         "CVE-2026-0001 HIGH openssl: a buffer that is too small|Somebody may write past the end.|https://avd.example/nvd/cve-2026-0001 "
         "[openssl,,3.0.9-1,3.0.11-1] [openssl,usr/lib,3.0.9-1,]; CVE-2026-0002 LOW || [zlib1g,,1:1.2.13,]; "
         "CVE-2026-0003 CRITICAL || [stdlib,usr/bin/tool,1.20,1.21]"},
        {"grype.json", "grype",
         "CVE-2026-0001 HIGH |Somebody may write past the end.|https://security.example/CVE-2026-0001 [openssl,/var/lib/dpkg/status,3.0.9-1,3.0.11-1]; "
         "CVE-2026-0004 LOW |A loop that does not end| [left-pad,,1.0.0,]; GHSA-dddd-eeee-ffff UNKNOWN || [right-pad,,2,]"},
        {"sarif.json", "trivy",
         "CVE-2026-0001 HIGH openssl: a buffer that is too small|Somebody may write past the end.|https://avd.example/nvd/cve-2026-0001 "
         "[openssl,acme/app,3.0.9-1,3.0.11-1]; CVE-2026-0005 MEDIUM ||"},
        {"cyclonedx.json", "scanner",
         "CVE-2026-0001 CRITICAL |Somebody may write past the end.|https://nvd.example/1 [openssl,,3.0.9-1,3.0.11-1] [libssl,,3,]; "
         "CVE-2026-0008 LOW || [zlib,,1.2.13,]; CVE-2026-0011 UNKNOWN ||https://adv.example/11"},
        {"trivy_clean.json", "trivy", ""},
        {"bom.json", NULL, NULL}, /* a list of parts */
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        struct arena *a = arena_open(64u << 10);
        struct report r;
        struct cves s;
        cves_init(&s, a);
        bool is_one = report_read(a, seed(a, cases[i].file), &r);
        CHECK_INT(is_one, cases[i].tool != NULL);
        if (is_one) {
            report_add(&r, &s);
            CHECK_STR(r.tool, str_of(cases[i].tool));
            CHECK_STR(shown(a, &s), str_of(cases[i].found));
        }
        arena_close(a);
    }
}

#define TRIVY(found) "{\"SchemaVersion\":2,\"Results\":[{\"Vulnerabilities\":" found "}]}"
#define SARIF(result) "{\"version\":\"2.1.0\",\"runs\":[{\"results\":[" result "]}]}"
#define BOM(found)   "{\"bomFormat\":\"CycloneDX\",\"vulnerabilities\":[" found "]}"

static void strange_reports_are_passed_over(void **state)
{
    static const struct {
        const char *text, *found;     /* NULL: no report */
    } cases[] = {
        {"", NULL},
        {"[]", NULL},
        {"{}", NULL},
        {"{\"SchemaVersion\":2}", NULL},
        {"{\"schemaVersion\":2,\"Results\":[]}", NULL}, /* an image manifest's word */
        {"{\"SchemaVersion\":\"2\",\"Results\":[]}", NULL},
        {"{\"matches\":[]}", NULL},
        {"{\"version\":\"2.0.0\",\"runs\":[{}]}", NULL},
        {"{\"SchemaVersion\":2,\"Results\":[{}]} x", NULL},
        {TRIVY("null"), ""},
        {TRIVY("{}"), ""},
        {TRIVY("[1,null,[],{}]"), ""},
        {TRIVY("[{\"VulnerabilityID\":\"\"}]"), ""},
        {TRIVY("[{\"VulnerabilityID\":7,\"Severity\":[]}]"), ""},
        {TRIVY("[{\"VulnerabilityID\":\"A\",\"Severity\":\"worst\",\"PkgName\":[]}]"), "A UNKNOWN ||"},
        {TRIVY("[{\"VulnerabilityID\":\"A\",\"Severity\":\"low\",\"PkgName\":\"p\"},{\"VulnerabilityID\":\"A\",\"Severity\":\"high\",\"PkgName\":\"p\"}]"), "A HIGH || [p,,,]"},
        {SARIF("{\"ruleId\":\"GHSA-1\",\"ruleIndex\":-1}"), "GHSA-1 UNKNOWN ||"},
        {SARIF("{\"ruleId\":\"CVE-\"},{\"ruleId\":\"CVE-2026\"},{\"ruleId\":\"CVE-2026-1-a-2\",\"baselineState\":\"new\"},{\"ruleId\":\"CVE-1-2\",\"baselineState\":\"absent\"}"),
         "CVE- UNKNOWN ||; CVE-2026 UNKNOWN ||; CVE-2026-1 UNKNOWN ||"},
        {BOM("{\"id\":\"A\",\"affects\":[{\"ref\":\"pkg:\"},{\"ref\":\"x\"},{\"ref\":\"pkg:npm/%40a/b@1#p\"}]}"), "A UNKNOWN || [b,,1#p,]"},
        {BOM("{\"id\":\"A\",\"affects\":[{\"ref\":\"pkg:npm/b@1\",\"versions\":[{\"version\":\"1\",\"status\":\"unaffected\"}]}]}"), ""},
        {BOM("{\"id\":\"A\",\"ratings\":[{\"score\":\"7.0\"}]},{\"id\":\"B\",\"ratings\":[{\"score\":\"1e9\"},{\"score\":3}]}"), "A HIGH ||; B LOW ||"},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        struct arena *a = arena_open(64u << 10);
        struct report r;
        struct cves s;
        cves_init(&s, a);
        bool is_one = report_read(a, str_of(cases[i].text), &r);
        CHECK_INT(is_one, cases[i].found != NULL);
        if (is_one) {
            report_add(&r, &s);
            CHECK_STR(shown(a, &s), str_of(cases[i].found));
        }
        arena_close(a);
    }
}

static str many(struct arena *a, size_t findings, const char *more)
{
    struct buf b;
    buf_init(&b, a, 64u << 20);
    buf_add(&b, S("{\"SchemaVersion\":2,\"Results\":[{\"Vulnerabilities\":["));
    for (size_t i = 0; i < findings; i++)
        buf_format(&b, "%s{\"VulnerabilityID\":\"A%zu\"%s}", i ? "," : "", i, more);
    buf_add(&b, S("]}]}"));
    return buf_str(&b);
}

/* The finding, its id, and each of the others. */
static size_t values(const char *more)
{
    size_t n = 2;
    for (const char *c = more; *c; c++)
        n += *c == ',';
    return n;
}

static void reports_have_ends(void **state)
{
    struct arena *a = arena_open(1u << 20);
    struct report r;
    struct cves s;
    (void)state;
    for (size_t over = 0; over < 2; over++) {
        cves_init(&s, a);
        NEED(report_read(a, many(a, CVES_FINDINGS + over, ""), &r));
        report_add(&r, &s);
        CHECK_INT(s.is_full, over == 1);
        CHECK_INT(map_count(s.by_id), CVES_FINDINGS);
    }
    const char *more = ",\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1,\"g\":1,\"h\":1,\"i\":1,\"j\":1,\"k\":1";
    size_t whole = (REPORT_VALUES - 5) / values(more);
    CHECK_INT(report_read(a, many(a, whole, more), &r), true);
    CHECK_INT(report_read(a, many(a, whole + 1, more), &r), false);
    arena_close(a);
}

static void long_texts_are_cut_between_characters(void **state)
{
    struct arena *a = arena_open(64u << 10);
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        CHECK_AT(i);
        struct cves s;
        const struct cve *v = NULL;
        size_t at = 0, most = REPORT_WORD_BYTES;
        char *title = arena_get(a, most + 8, 1);
        cves_init(&s, a);
        memset(title, 'x', most + 8);
        memcpy(title + most - i, "\xC3\xA4", 2); /* ends one behind, at or before the end */
        cves_add(&s, &(struct finding){.id = S("A"), .title = {title, most + 2 - i}, .description = S(""), .reference = S("")});
        NEED(cves_next(&s, &at, &v));
        CHECK_INT(v->title.len, i == 1 ? most - 1 : most);
    }
    char id[REPORT_ID_BYTES + 1];
    memset(id, 'i', sizeof id);
    for (size_t over = 0; over < 2; over++) {
        struct cves s;
        cves_init(&s, a);
        cves_add(&s, &(struct finding){.id = {id, REPORT_ID_BYTES + over}});
        CHECK_INT(map_count(s.by_id), over ? 0 : 1);
    }
    arena_close(a);
}

static void types_that_say_so(void **state)
{
    static const struct {
        const char *type;
        bool says;
    } cases[] = {
        {"application/sarif+json", true},
        {"application/vnd.aquasec.trivy.report+json", true},
        {"application/vnd.security.vulnerability.report; version=1.1", true},
        {"application/vnd.cyclonedx+json", true},
        {"application/vnd.cyclonedx.vex+json", true},
        {"application/vnd.anchore.GRYPE+json", true},
        {"application/spdx+json", false},
        {"application/vnd.cncf.notary.signature", false},
        {"", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        CHECK_INT(report_type(str_of(cases[i].type)), cases[i].says);
    }
}

CHECK_MAIN(TEST(each_scanner_is_understood), TEST(strange_reports_are_passed_over), TEST(reports_have_ends),
           TEST(long_texts_are_cut_between_characters), TEST(types_that_say_so))
