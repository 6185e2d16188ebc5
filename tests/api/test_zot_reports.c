/* Limits of what zot's search looks into, on both sides: reports about an image (graphql/zot/found.c), and manifests as large as they
 * may be. */
#include "base/limits.h"
#include "tests/support/check.h"
#include "tests/support/oci.h"
#include "tests/support/stand.h"

#define REPORT "application/vnd.aquasec.trivy.report+json"

static str search(struct stand *s, struct arena *a, const char *query)
{
    str body = arena_format(a, "{\"query\":\"{%s}\"}", query);
    return stand_send(s, a, "POST", "/v2/_zot/ext/search", oci_headers_of(s->house, a, "all", "Content-Type: application/json\n"), body)->answer;
}

/* Attached to the image, as a referrer of this type. */
static void attach(struct stand *s, const char *type, str report)
{
    struct arena *a = arena_open(1u << 20);
    str digest = oci_digest(a, report), image = oci_digest(a, S(IMAGE "}"));
    oci_push(s->house, a, "pub/app", report);
    str manifest = arena_format(a,
                                "{\"schemaVersion\":2,\"artifactType\":\"%s\",\"config\":" CONFIG ",\"layers\":[{\"mediaType\":\"application/json\","
                                "\"digest\":\"" STR_FMT "\",\"size\":%zu}],\"subject\":{\"mediaType\":\"" MANIFEST "\",\"digest\":\"" STR_FMT "\",\"size\":1}}",
                                type, STR_ARG(digest), report.len, STR_ARG(image));
    str where = arena_format(a, "pub/app/manifests/" STR_FMT, STR_ARG(oci_digest(a, manifest)));
    CHECK_INT(oci_put(s->house, a, "all", arena_cstr(a, where), MANIFEST, manifest)->status, 201);
    arena_close(a);
}

static struct stand *open_with_image(void)
{
    struct stand *s = stand_open();
    house_people(s->house, "{roles: {all: [{collection:'repositories', verbs:['*']}]}, keys: {all: {role:'all'}}}");
    struct arena *a = arena_open(64u << 10);
    oci_push(s->house, a, "pub/app", S("{}"));
    CHECK_INT(oci_put(s->house, a, "all", "pub/app/manifests/v1", MANIFEST, S(IMAGE "}"))->status, 201);
    arena_close(a);
    return s;
}

static void check_found(struct stand *s, const char *wanted)
{
    struct arena *a = arena_open(64u << 10);
    str answer = search(s, a, "CVEListForImage(image:\\\"pub/app:v1\\\",requestedPage:{sortBy:ALPHABETIC_ASC}){CVEList{Id}}");
    const struct json *list = json_at(house_json(a, arena_cstr(a, answer)), S("/data/CVEListForImage/CVEList"));
    struct buf b;
    buf_init(&b, a, 4096);
    for (size_t i = 0; list && i < list->count; i++)
        buf_format(&b, "%s" STR_FMT, i ? " " : "", STR_ARG(json_get(&list->items[i], S("Id"))->text));
    CHECK_STR(list ? buf_str(&b) : S("none"), str_of(wanted));
    arena_close(a);
}

/* A tool of this number, which found a vulnerability of this number. */
static str report_of(struct arena *a, unsigned n)
{
    return arena_format(a, "{\"version\":\"2.1.0\",\"runs\":[{\"tool\":{\"driver\":{\"name\":\"tool%u\"}},\"results\":[{\"ruleId\":\"CVE-1-%u\"}]}]}", n, n);
}

static void so_many_reports_are_read(void **state)
{
    struct stand *s = open_with_image();
    struct arena *a = arena_open(64u << 10);
    (void)state;
    for (unsigned i = 1; i <= LIMIT_CVE_REPORTS; i++)
        attach(s, REPORT, report_of(a, i));
    check_found(s, "CVE-1-1 CVE-1-2 CVE-1-3 CVE-1-4 CVE-1-5 CVE-1-6 CVE-1-7 CVE-1-8");
    attach(s, REPORT, report_of(a, 9));
    check_found(s, "CVE-1-2 CVE-1-3 CVE-1-4 CVE-1-5 CVE-1-6 CVE-1-7 CVE-1-8 CVE-1-9");
    arena_close(a);
    stand_close(s);
}

static void so_many_referrers_are_looked_at(void **state)
{
    enum { LOOKED_AT = 32 };
    struct stand *s = open_with_image();
    struct arena *a = arena_open(64u << 10);
    (void)state;
    attach(s, REPORT, report_of(a, 1));
    for (int i = 1; i < LOOKED_AT; i++)
        attach(s, "example/other", arena_format(a, "%d", i));
    check_found(s, "CVE-1-1");
    attach(s, "example/other", S("one more"));
    check_found(s, "none");
    arena_close(a);
    stand_close(s);
}

static void a_report_may_be_so_large(void **state)
{
    (void)state;
    for (size_t over = 0; over < 2; over++) {
        struct stand *s = open_with_image();
        struct arena *a = arena_open(1u << 20);
        str report = report_of(a, 1);
        size_t len = LIMIT_CVE_REPORT_BYTES + over;
        char *bytes = arena_get(a, len, 1);
        memset(bytes, ' ', len);
        memcpy(bytes, report.at, report.len);
        attach(s, REPORT, (str){bytes, len});
        CHECK_AT(over);
        check_found(s, over ? "none" : "CVE-1-1");
        arena_close(a);
        stand_close(s);
    }
}

/* Each has layers to look for; what was read of them is not kept beyond a bound. */
static void many_large_manifests_are_shown(void **state)
{
    enum { COUNT = 24 };
    struct stand *s = open_with_image();
    struct arena *a = arena_open(1u << 20);
    size_t len = LIMIT_MANIFEST_BYTES - 4096;
    char *padding = arena_get(a, len, 1);
    (void)state;
    memset(padding, 'x', len);
    for (int i = 0; i < COUNT; i++) {
        struct arena *own = arena_open(1u << 20);
        struct buf b;
        buf_init(&b, own, LIMIT_MANIFEST_BYTES);
        buf_format(&b, IMAGE ",\"number\":%d,\"padding\":\"", i);
        buf_add(&b, (str){padding, len});
        buf_add(&b, S("\"}"));
        str where = arena_format(own, "pub/app/manifests/large%d", i);
        CHECK_INT(oci_put(s->house, own, "all", arena_cstr(own, where), MANIFEST, buf_str(&b))->status, 201);
        arena_close(own);
    }
    struct arena *own = arena_open(64u << 10);
    str answer = search(s, own, "ImageList(repo:\\\"pub/app\\\"){Page{TotalCount} Results{Title Manifests{ConfigDigest Layers{Digest}}}}");
    const struct json *v = json_at(house_json(a, arena_cstr(a, answer)), S("/data/ImageList/Results"));
    NEED(v != NULL);
    CHECK_INT(v->count, COUNT + 1);
    for (size_t i = 0; i < v->count; i++) {
        const struct json *config = json_at(&v->items[i], S("/Manifests/0/ConfigDigest"));
        CHECK(json_is_text(config, S(EMPTY)));
    }
    CHECK(arena_bytes(own) < (80u << 20));
    arena_close(own);
    arena_close(a);
    stand_close(s);
}

CHECK_MAIN(TEST(so_many_reports_are_read), TEST(so_many_referrers_are_looked_at), TEST(a_report_may_be_so_large), TEST(many_large_manifests_are_shown))
