/* Manifests, tags and referrers in tables: what is taken and what is refused how (oci-registry.md 6, 7, 17; security R-5). */
#include "tests/support/check.h"
#include "tests/support/oci.h"

#include "base/limits.h"

static void manifests_are_what_they_say(void **state)
{
    static const struct {
        const char *type;
        str body;
        int status;
        const char *code;
    } cases[] = {
        {MANIFEST, STR(IMAGE "}"), 201, ""},
        {MANIFEST "; charset=utf-8", STR(IMAGE ",\"more\":[1]}"), 201, ""},
        {"", STR(IMAGE ",\"more\":[2]}"), 201, ""},
        {"", STR(IMAGE ",\"mediaType\":\"" DOCKER "\"}"), 201, ""},
        {DOCKER, STR(IMAGE ",\"more\":[3]}"), 201, ""},
        {INDEX, STR("{\"schemaVersion\":2,\"manifests\":[]}"), 201, ""},
        {"application/vnd.docker.distribution.manifest.list.v2+json", STR("{\"schemaVersion\":2,\"manifests\":[],\"more\":1}"), 201, ""},
        {MANIFEST, STR(IMAGE ",\"subject\":{\"mediaType\":\"" MANIFEST "\",\"digest\":\"" NOBODYS "\",\"size\":1}}"), 201, ""},
        {MANIFEST, STR(IMAGE ",\"artifactType\":\"a/b\",\"annotations\":{\"a\":\"b\"}}"), 201, ""},
        {MANIFEST, STR("{\"schemaVersion\":2,\"config\":" CONFIG ",\"layers\":[{\"mediaType\":\"" OCI "layer.nondistributable.v1.tar\",\"digest\":\"" NOBODYS "\",\"size\":1}]}"), 201, ""},
        {MANIFEST, STR("{\"schemaVersion\":2,\"config\":" CONFIG ",\"layers\":[{\"mediaType\":\"a/b\",\"digest\":\"" NOBODYS "\",\"size\":1,\"urls\":[\"https://a.example\"]}]}"), 201, ""},
        {MANIFEST, STR("{\"schemaVersion\":2,\"config\":" CONFIG ",\"layers\":[{\"mediaType\":\"a/b\",\"digest\":\"" NOBODYS "\",\"size\":1}]}"), 400, "MANIFEST_BLOB_UNKNOWN"},
        {INDEX, STR("{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"a/b\",\"digest\":\"" NOBODYS "\",\"size\":1}]}"), 400, "MANIFEST_BLOB_UNKNOWN"},
        {MANIFEST, STR(IMAGE ",\"mediaType\":\"" INDEX "\"}"), 400, "MANIFEST_INVALID"},
        {MANIFEST, STR(IMAGE ",\"mediaType\":1}"), 400, "MANIFEST_INVALID"},
        {MANIFEST, STR(IMAGE ",\"manifests\":[]}"), 400, "MANIFEST_INVALID"},
        {INDEX, STR(IMAGE ",\"manifests\":[]}"), 400, "MANIFEST_INVALID"},
        {INDEX, STR("{\"schemaVersion\":2,\"manifests\":null}"), 400, "MANIFEST_INVALID"},
        {INDEX, STR("{\"schemaVersion\":2}"), 400, "MANIFEST_INVALID"},
        {MANIFEST, STR("{\"schemaVersion\":2,\"layers\":[]}"), 400, "MANIFEST_INVALID"},
        {MANIFEST, STR("{\"schemaVersion\":2,\"config\":" CONFIG "}"), 400, "MANIFEST_INVALID"},
        {MANIFEST, STR("{\"schemaVersion\":1,\"config\":" CONFIG ",\"layers\":[]}"), 400, "MANIFEST_INVALID"},
        {MANIFEST, STR("{\"schemaVersion\":\"2\",\"config\":" CONFIG ",\"layers\":[]}"), 400, "MANIFEST_INVALID"},
        {MANIFEST, STR("{\"config\":" CONFIG ",\"layers\":[]}"), 400, "MANIFEST_INVALID"},
        {MANIFEST, STR("{\"schemaVersion\":2,\"config\":{\"mediaType\":\"a/b\",\"digest\":\"" EMPTY "\",\"size\":-1},\"layers\":[]}"), 400, "MANIFEST_INVALID"},
        {MANIFEST, STR("{\"schemaVersion\":2,\"config\":{\"mediaType\":\"a/b\",\"digest\":\"sha256:../../x\",\"size\":1},\"layers\":[]}"), 400, "MANIFEST_INVALID"},
        {MANIFEST, STR("{\"schemaVersion\":2,\"config\":{\"digest\":\"" EMPTY "\",\"size\":1},\"layers\":[]}"), 400, "MANIFEST_INVALID"},
        {MANIFEST, STR("{\"schemaVersion\":2,\"config\":\"" EMPTY "\",\"layers\":[]}"), 400, "MANIFEST_INVALID"},
        {MANIFEST, STR(IMAGE ",\"subject\":\"" NOBODYS "\"}"), 400, "MANIFEST_INVALID"},
        {MANIFEST, STR(IMAGE ",\"annotations\":{\"a\":1}}"), 400, "MANIFEST_INVALID"},
        {MANIFEST, STR(IMAGE ",\"subject\":null,\"annotations\":null}"), 201, ""},
        {MANIFEST, STR(IMAGE ",\"subject\":{\"mediaType\":\"a/b\",\"digest\":\"sha256:1\",\"size\":1}}"), 400, "MANIFEST_INVALID"},
        {MANIFEST, STR(IMAGE ",\"subject\":{\"mediaType\":\"a/b\",\"digest\":\"" NOBODYS "\",\"size\":-1}}"), 400, "MANIFEST_INVALID"},
        {MANIFEST, STR(IMAGE ",\"artifactType\":\"a\\u0000b\"}"), 400, "MANIFEST_INVALID"},
        {MANIFEST, STR(IMAGE ",\"artifactType\":7}"), 400, "MANIFEST_INVALID"},
        {MANIFEST, STR(IMAGE ",\"annotations\":{\"a\":\"\\ud800\"}}"), 400, "MANIFEST_INVALID"},
        {MANIFEST, STR(IMAGE ",\"annotations\":{\"a\":\"\xc3\x28\"}}"), 400, "MANIFEST_INVALID"},
        {MANIFEST, STR("{\"schemaVersion\":2,\"schemaVersion\":2,\"config\":" CONFIG ",\"layers\":[]}"), 400, "MANIFEST_INVALID"},
        {MANIFEST, STR(IMAGE ",\"l\\u0061yers\":[]}"), 400, "MANIFEST_INVALID"},
        {MANIFEST, STR(IMAGE "} x"), 400, "MANIFEST_INVALID"},
        {MANIFEST, STR("\xef\xbb\xbf" IMAGE "}"), 400, "MANIFEST_INVALID"},
        {MANIFEST, STR(IMAGE ",\"mediaType\":null}"), 400, "MANIFEST_INVALID"},
        {MANIFEST, STR("{\"schemaVersion\":2,\"config\":null,\"layers\":[]}"), 400, "MANIFEST_INVALID"},
        {MANIFEST, STR("{\"schemaVersion\":2,\"config\":" CONFIG ",\"layers\":[null]}"), 400, "MANIFEST_INVALID"},
        {MANIFEST, STR("{\"schemaVersion\":2,\"config\":" CONFIG ",\"layers\":{}}"), 400, "MANIFEST_INVALID"},
        {INDEX, STR("{\"schemaVersion\":2,\"manifests\":[{}]}"), 400, "MANIFEST_INVALID"},
        {MANIFEST, STR("{\"schemaVersion\":2,\"config\":{\"mediaType\":\"a/b\",\"digest\":\"" EMPTY "\",\"size\":3},\"layers\":[]}"), 400, "MANIFEST_INVALID"},
        {MANIFEST, STR("{\"schemaVersion\":2,\"config\":" CONFIG ",\"layers\":[" CONFIG ",{\"mediaType\":\"a/b\",\"digest\":\"" EMPTY "\",\"size\":1}]}"), 400, "MANIFEST_INVALID"},
        {MANIFEST, STR("{\"schemaVersion\":2,\"config\":{\"mediaType\":\"a/b\",\"digest\":\"" EMPTY "\",\"size\":9223372036854775808},\"layers\":[]}"), 400, "MANIFEST_INVALID"},
        {MANIFEST, STR("{\"schemaVersion\":2,\"config\":{\"mediaType\":\"a/b\",\"digest\":\"" EMPTY "\",\"size\":2.0},\"layers\":[]}"), 400, "MANIFEST_INVALID"},
        {MANIFEST, STR("{\"schemaVersion\":2,\"config\":{\"mediaType\":\"a/b\",\"digest\":\"" EMPTY "\",\"size\":\"2\"},\"layers\":[]}"), 400, "MANIFEST_INVALID"},
        {MANIFEST, STR("{\"schemaVersion\":2,\"config\":{\"mediaType\":\"a/b\",\"digest\":\"" EMPTY "\",\"size\":9223372036854775807},\"layers\":[" CONFIG "]}"), 400, "MANIFEST_INVALID"},
        {INDEX, STR("{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"a/b\",\"digest\":\"" NOBODYS "\",\"size\":1,\"urls\":[\"https://a.example\"]}]}"), 400, "MANIFEST_BLOB_UNKNOWN"},
        {MANIFEST, STR("{\"schemaVersion\":2,\"config\":" CONFIG ",\"layers\":[{\"mediaType\":\"a/b\",\"digest\":\"" NOBODYS "\",\"size\":1,\"urls\":[]}]}"), 400, "MANIFEST_BLOB_UNKNOWN"},
        {MANIFEST, STR(""), 400, "MANIFEST_INVALID"},
        {MANIFEST, STR("null"), 400, "MANIFEST_INVALID"},
        {MANIFEST, STR("[]"), 400, "MANIFEST_INVALID"},
        {MANIFEST, STR("{"), 400, "MANIFEST_INVALID"},
        {MANIFEST, STR("\xff\xfe"), 400, "MANIFEST_INVALID"},
        {"application/vnd.docker.distribution.manifest.v1+prettyjws", STR(IMAGE "}"), 415, "MANIFEST_INVALID"},
        {"application/vnd.oci.artifact.manifest.v1+json", STR("{"), 415, "MANIFEST_INVALID"},
        {"application/vnd.docker.distribution.manifest.v1+json", STR(IMAGE "}"), 415, "MANIFEST_INVALID"},
        {"", STR("{\"schemaVersion\":1,\"mediaType\":\"application/vnd.docker.distribution.manifest.v1+prettyjws\"}"), 415, "MANIFEST_INVALID"},
        {"", STR("{\"mediaType\":\"application/vnd.oci.artifact.manifest.v1+json\"}"), 415, "MANIFEST_INVALID"},
        {"application/json", STR(IMAGE "}"), 415, "MANIFEST_INVALID"},
    };
    struct house *h = oci_house();
    struct arena *a = arena_open(1u << 20);
    (void)state;
    oci_push(h, a, "pub/app", S("{}"));
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        str tag = arena_format(a, "pub/app/manifests/t%zu", i);
        CHECK_AT(i);
        struct fake_exchange *f = oci_put(h, a, "all", arena_cstr(a, tag), cases[i].type, cases[i].body);
        CHECK_INT(f->status, cases[i].status);
        CHECK_STR(oci_code(a, f), str_of(cases[i].code));
        CHECK_STR(fake_header(f, "Docker-Distribution-API-Version"), S("registry/2.0"));
        bool has_subject = cases[i].status == 201 && str_contains(cases[i].body, S("\"subject\":{"));
        CHECK_STR(fake_header(f, "OCI-Subject"), has_subject ? S(NOBODYS) : (str){0});
        struct fake_exchange *got = oci_ask(h, a, "all", arena_cstr(a, arena_format(a, "GET /v2/" STR_FMT, STR_ARG(tag))), "Accept: text/plain\n", S(""));
        CHECK_INT(got->status, cases[i].status == 201 ? 200 : 404);
        if (cases[i].status != 201)
            continue;
        CHECK_STR(fake_header(f, "Docker-Content-Digest"), oci_digest(a, cases[i].body));
        CHECK_STR(got->answer, cases[i].body);
        CHECK_STR(fake_header(got, "Docker-Content-Digest"), oci_digest(a, cases[i].body));
    }
    CHECK_STR(fake_header(oci_ask(h, a, "all", "HEAD /v2/pub/app/manifests/t1", "", S("")), "Content-Type"), S(MANIFEST));
    CHECK_STR(fake_header(oci_ask(h, a, "all", "HEAD /v2/pub/app/manifests/t4", "", S("")), "Content-Type"), S(DOCKER));
    arena_close(a);
    house_close(h);
}

/* One fault for each digest that is not there. */
static void every_missing_blob_is_named(void **state)
{
    str body = S("{\"schemaVersion\":2,\"config\":" CONFIG ",\"layers\":[{\"mediaType\":\"a/b\",\"digest\":\"" NOBODYS "\",\"size\":1}]}");
    struct house *h = oci_house();
    struct arena *a = arena_open(256u << 10);
    (void)state;
    struct fake_exchange *f = oci_put(h, a, "all", "pub/app/manifests/1", MANIFEST, body);
    CHECK_INT(f->status, 400);
    CHECK_STR(oci_code(a, f), S("MANIFEST_BLOB_UNKNOWN"));
    CHECK(str_contains(f->answer, S(EMPTY)) && str_contains(f->answer, S(NOBODYS)));
    CHECK_INT(oci_ask(h, a, "all", "GET /v2/pub/app/tags/list", "", S(""))->status, 404); /* nothing was pushed, nothing is there */
    arena_close(a);
    house_close(h);
}

static void sizes_have_limits(void **state)
{
    struct house *h = oci_house();
    struct arena *a = arena_open(1u << 20);
    (void)state;
    oci_push(h, a, "pub/app", S("{}"));
    for (size_t i = 0; i < 4; i++) {
        size_t size = LIMIT_MANIFEST_BYTES + i % 2;
        char *bytes = arena_get(a, size, 1);
        memset(bytes, ' ', size);
        memcpy(bytes, IMAGE "}", strlen(IMAGE "}"));
        CHECK_AT(i);
        const char *who = i < 2 ? "all" : "puller"; /* who may not push is told that, however much he sends */
        struct fake_exchange *f = oci_put(h, a, who, "pub/app/manifests/big", MANIFEST, (str){bytes, size});
        CHECK_INT(f->status, i >= 2 ? 403 : i == 0 ? 201 : 413);
        CHECK_STR(oci_code(a, f), i >= 2 ? S("DENIED") : i == 0 ? S("") : S("MANIFEST_INVALID"));
    }
    for (size_t i = 0; i < 2; i++) { /* */
        struct buf b;
        buf_init(&b, a, 1u << 20);
        buf_add(&b, S("{\"schemaVersion\":2,\"config\":" CONFIG ",\"layers\":["));
        for (size_t k = 0; k < LIMIT_MANIFEST_REFS + i; k++)
            buf_format(&b, "%s{\"mediaType\":\"a/b\",\"digest\":\"" EMPTY "\",\"size\":2}", k ? "," : "");
        buf_add(&b, S("]}"));
        CHECK_AT(i);
        CHECK_INT(oci_put(h, a, "all", "pub/app/manifests/long", MANIFEST, buf_str(&b))->status, i == 0 ? 201 : 400);
    }
    for (size_t i = 0; i < 2; i++) { /* the object itself is one level */
        int levels = (int)(LIMIT_JSON_DEPTH - 1 + i);
        char *open = arena_get(a, 100, 1), *close = arena_get(a, 100, 1);
        memset(open, '[', 99);
        memset(close, ']', 99);
        str body = arena_format(a, IMAGE ",\"more\":%.*s%.*s}", levels, open, levels, close);
        CHECK_AT(i);
        CHECK_STR(oci_code(a, oci_put(h, a, "all", "pub/app/manifests/deep", MANIFEST, body)), i == 0 ? S("") : S("MANIFEST_INVALID"));
    }
    char *deep = arena_get(a, 200000, 1);
    memset(deep, '[', 200000);
    CHECK_STR(oci_code(a, oci_put(h, a, "all", "pub/app/manifests/deep", MANIFEST, (str){deep, 200000})), S("MANIFEST_INVALID"));
    for (size_t i = 0; i < 2; i++) {
        char *type = arena_get(a, 256, 1);
        memset(type, 'a', 256);
        str body = arena_format(a, IMAGE ",\"artifactType\":\"%.*s\"}", (int)(255 + i), type);
        CHECK_AT(i);
        CHECK_STR(oci_code(a, oci_put(h, a, "all", "pub/app/manifests/type", MANIFEST, body)), i == 0 ? S("") : S("MANIFEST_INVALID"));
    }
    arena_close(a);
    house_close(h);
}

static str index_of(struct arena *a, str child, const char *type)
{
    return arena_format(a, "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"%s\",\"digest\":\"" STR_FMT "\",\"size\":%zu}]}", type,
                        STR_ARG(oci_digest(a, child)), child.len);
}

/* an index of images is one deep. */
static void indexes_are_so_deep_and_no_deeper(void **state)
{
    struct house *h = oci_house();
    struct arena *a = arena_open(1u << 20);
    str inner = S(IMAGE "}");
    (void)state;
    oci_push(h, a, "pub/app", S("{}"));
    CHECK_INT(oci_put(h, a, "all", "pub/app/manifests/image", MANIFEST, inner)->status, 201);
    for (size_t depth = 1; depth <= LIMIT_INDEX_DEPTH + 1; depth++) {
        str body = index_of(a, inner, depth == 1 ? MANIFEST : INDEX);
        CHECK_AT(depth);
        struct fake_exchange *f = oci_put(h, a, "all", arena_cstr(a, arena_format(a, "pub/app/manifests/d%zu", depth)), INDEX, body);
        CHECK_INT(f->status, depth <= LIMIT_INDEX_DEPTH ? 201 : 400);
        CHECK_STR(oci_code(a, f), depth <= LIMIT_INDEX_DEPTH ? S("") : S("MANIFEST_INVALID"));
        inner = body;
    }
    str many = S(""), child = index_of(a, S(IMAGE "}"), MANIFEST);
    for (size_t i = 0; i < LIMIT_MANIFEST_REFS; i++)
        many = arena_format(a, STR_FMT "{\"mediaType\":\"" INDEX "\",\"digest\":\"" STR_FMT "\",\"size\":%zu}%s", STR_ARG(many), STR_ARG(oci_digest(a, child)),
                            child.len, i + 1 < LIMIT_MANIFEST_REFS ? "," : "");
    for (size_t i = 0; i < 2; i++) {
        str body = arena_format(a, "{\"schemaVersion\":2,\"manifests\":[" STR_FMT "%s]}", STR_ARG(many), i ? ",{}" : "");
        CHECK_AT(i);
        CHECK_INT(oci_put(h, a, "all", "pub/app/manifests/wide", INDEX, body)->status, i ? 400 : 201);
    }
    arena_close(a);
    house_close(h);
}

/* "?tag=" beside a digest: all of them or none, each said once. */
static void tags_come_with_a_digest(void **state)
{
    struct house *h = oci_house();
    struct arena *a = arena_open(256u << 10);
    str where = arena_format(a, "pub/app/manifests/" STR_FMT "?tag=", STR_ARG(oci_digest(a, S(IMAGE "}"))));
    (void)state;
    oci_push(h, a, "pub/app", S("{}"));
    static const struct {
        const char *tags;
        int status;
        size_t said;
        const char *code;
    } cases[] = {
        {"a&tag=b", 201, 2, ""}, {"a&tag=a&tag=c", 201, 2, ""}, {"d&tag=.bad", 400, 0, "MANIFEST_INVALID"}, {"", 400, 0, "MANIFEST_INVALID"},
        {"d&tag=a%2Fb", 400, 0, "MANIFEST_INVALID"},
    };
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        struct fake_exchange *f = oci_put(h, a, "all", arena_cstr(a, arena_format(a, STR_FMT "%s", STR_ARG(where), cases[i].tags)), "", S(IMAGE "}"));
        CHECK_INT(f->status, cases[i].status);
        CHECK_INT(fake_header_count(f, "OCI-Tag"), cases[i].said);
        CHECK_STR(oci_code(a, f), str_of(cases[i].code));
    }
    CHECK_STR(oci_ask(h, a, "all", "GET /v2/pub/app/tags/list", "", S(""))->answer, S("{\"name\":\"pub/app\",\"tags\":[\"a\",\"b\",\"c\"]}"));
    CHECK_INT(oci_put(h, a, "all", "pub/app/manifests/v1?tag=v2", "", S(IMAGE "}"))->status, 400); /* not beside a tag */
    str many = where;
    for (size_t i = 0; i <= LIMIT_TAGS_AT_ONCE; i++) {
        many = arena_format(a, STR_FMT "%st%zu", STR_ARG(many), i ? "&tag=" : "", i);
        if (i + 1 < LIMIT_TAGS_AT_ONCE)
            continue;
        struct fake_exchange *f = oci_put(h, a, "all", arena_cstr(a, many), "", S(IMAGE "}"));
        CHECK_INT(f->status, i < LIMIT_TAGS_AT_ONCE ? 201 : 414);
        CHECK_INT(fake_header_count(f, "OCI-Tag"), i < LIMIT_TAGS_AT_ONCE ? LIMIT_TAGS_AT_ONCE : 0);
    }
    arena_close(a);
    house_close(h);
}

/* Layers that others keep need not be here; those that are count as any others. */
static void foreign_layers_that_are_here_are_in_use(void **state)
{
    struct house *h = oci_house();
    struct arena *a = arena_open(256u << 10);
    str layer = S("it is here"), digest = oci_digest(a, layer);
    (void)state;
    oci_push(h, a, "pub/app", S("{}"));
    oci_push(h, a, "pub/app", layer);
    str body = arena_format(a, "{\"schemaVersion\":2,\"config\":" CONFIG ",\"layers\":[{\"mediaType\":\"" OCI "layer.nondistributable.v1.tar\",\"digest\":\"" STR_FMT
                               "\",\"size\":10}]}", STR_ARG(digest));
    CHECK_INT(oci_put(h, a, "all", "pub/app/manifests/v1", MANIFEST, body)->status, 201);
    CHECK_INT(oci_ask(h, a, "all", arena_cstr(a, arena_format(a, "DELETE /v2/pub/app/blobs/" STR_FMT, STR_ARG(digest))), "", S(""))->status, 405);
    arena_close(a);
    house_close(h);
}

static void referrers_say_what_they_are(void **state)
{
#define ABOUT ",\"subject\":{\"mediaType\":\"" MANIFEST "\",\"digest\":\"" NOBODYS "\",\"size\":1}"
    static const str bodies[] = {
        STR(IMAGE ABOUT ",\"artifactType\":\"a/one\",\"annotations\":{\"k\":\"v\"}}"),
        STR(IMAGE ABOUT "}"),                        /* its configuration's type */
        STR(IMAGE ABOUT ",\"artifactType\":\"\"}"),  /* no better than none */
        STR("{\"schemaVersion\":2,\"mediaType\":\"" INDEX "\",\"manifests\":[]" ABOUT "}"),
        STR(IMAGE ABOUT ",\"artifactType\":\"a/two\"}"),
    };
    static const struct {
        const char *query;
        uint32_t count;
        const char *applied;
    } cases[] = {
        {"", 5, NULL}, {"?artifactType=a/one", 1, "artifactType"}, {"?artifactType=a%2Ftwo", 1, "artifactType"},
        {"?artifactType=application/vnd.oci.empty.v1%2Bjson", 2, "artifactType"}, {"?artifactType=none", 0, "artifactType"},
        {"?artifactType=a/one&artifactType=a/two", 2, "artifactType"}, {"?last=zzzz", 0, NULL},
    };
    struct house *h = oci_house();
    struct arena *a = arena_open(1u << 20);
    (void)state;
    oci_push(h, a, "pub/app", S("{}"));
    for (size_t i = 0; i < COUNTOF(bodies); i++) {
        const char *where = arena_cstr(a, arena_format(a, "pub/app/manifests/" STR_FMT, STR_ARG(oci_digest(a, bodies[i]))));
        CHECK_AT(i);
        CHECK_INT(oci_put(h, a, "all", where, "", bodies[i])->status, 201);
    }
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        struct fake_exchange *f = oci_ask(h, a, "puller", arena_cstr(a, arena_format(a, "GET /v2/pub/app/referrers/" NOBODYS "%s", cases[i].query)), "", S(""));
        const struct json *list = json_get(house_json(a, arena_cstr(a, f->answer)), S("manifests"));
        CHECK_INT(f->status, 200);
        CHECK_INT(list->count, cases[i].count);
        CHECK_STR(fake_header(f, "OCI-Filters-Applied"), cases[i].applied ? str_of(cases[i].applied) : (str){0});
        CHECK_INT(fake_header_count(f, "Link"), 0);
        for (uint32_t k = 0; k < list->count; k++)
            CHECK_INT(json_get(&list->items[k], S("artifactType")) == NULL, str_equal(json_get(&list->items[k], S("mediaType"))->text, S(INDEX)));
    }
    arena_close(a);
    house_close(h);
}

/* Answers have an end, and the next one goes on there. */
static void referrers_come_in_pages(void **state)
{
    struct house *h = oci_house();
    struct arena *a = arena_open(1u << 20);
    size_t size = LIMIT_MANIFEST_BYTES / 5 * 2;
    str target = S("/v2/pub/app/referrers/" NOBODYS "?artifactType=application%2Fvnd.oci.empty.v1%2Bjson");
    (void)state;
    oci_push(h, a, "pub/app", S("{}"));
    char *note = arena_get(a, size, 1);
    for (size_t i = 0; i < 5; i++) {
        memset(note, (char)('a' + i), size);
        str body = arena_format(a, IMAGE ABOUT ",\"annotations\":{\"k\":\"%.*s\"}}", (int)size, note);
        const char *where = arena_cstr(a, arena_format(a, "pub/app/manifests/" STR_FMT, STR_ARG(oci_digest(a, body))));
        CHECK_INT(oci_put(h, a, "all", where, "", body)->status, 201);
    }
    for (size_t i = 0; i < 3; i++) {
        CHECK_AT(i);
        struct fake_exchange *f = oci_ask(h, a, "puller", arena_cstr(a, arena_format(a, "GET " STR_FMT, STR_ARG(target))), "", S(""));
        CHECK_INT(json_get(house_json(a, arena_cstr(a, f->answer)), S("manifests"))->count, i < 2 ? 2 : 1);
        str link = fake_header(f, "Link"), rest;
        CHECK_INT(link.len > 0, i < 2);
        if (link.len > 0)
            (void)str_cut(str_slice(link, 1, link.len), '>', &target, &rest);
    }
    arena_close(a);
    house_close(h);
}

/* "If-Match": only what the caller has seen. */
static void conditions_hold_for_tags(void **state)
{
    static const struct {
        const char *line, *condition;
        int status;
    } cases[] = {
        {"PUT /v2/pub/app/manifests/none", "If-Match: *\n", 412},
        {"PUT /v2/pub/app/manifests/v1", "If-Match: \"" NOBODYS "\"\n", 412},
        {"PUT /v2/pub/app/manifests/v1", "If-None-Match: *\n", 412},
        {"PUT /v2/pub/app/manifests/v1", "If-Match: *\n", 201},
        {"PUT /v2/pub/app/manifests/fresh", "If-None-Match: *\n", 201},
        {"DELETE /v2/pub/app/manifests/fresh", "If-Match: \"" NOBODYS "\"\n", 412},
        {"DELETE /v2/pub/app/manifests/fresh", "If-Match: \"{}\"\n", 202},
        {"DELETE /v2/pub/app/manifests/{}", "If-Match: \"" NOBODYS "\"\n", 412},
        {"DELETE /v2/pub/app/manifests/none", "If-Match: *\n", 404},
        {"DELETE /v2/pub/app/manifests/v1", "If-Match: *\n", 202},
        {"DELETE /v2/pub/app/manifests/{}", "If-Match: \"{}\"\n", 202},
    };
    struct house *h = oci_house();
    struct arena *a = arena_open(512u << 10);
    str body = S(IMAGE ",\"more\":1}"), before, after;
    (void)state;
    oci_push(h, a, "pub/app", S("{}"));
    CHECK_INT(oci_put(h, a, "all", "pub/app/manifests/v1", "", S(IMAGE "}"))->status, 201);
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        str line = str_of(cases[i].line), condition = str_of(cases[i].condition);
        if (str_cut(line, '{', &before, &after)) /* {}: its digest */
            line = arena_format(a, STR_FMT STR_FMT, STR_ARG(before), STR_ARG(oci_digest(a, body)));
        if (str_cut(condition, '{', &before, &after))
            condition = arena_format(a, STR_FMT STR_FMT "\"\n", STR_ARG(before), STR_ARG(oci_digest(a, body)));
        CHECK_AT(i);
        struct fake_exchange *f = oci_ask(h, a, "all", arena_cstr(a, line), arena_cstr(a, condition), line.at[0] == 'P' ? body : S(""));
        CHECK_INT(f->status, cases[i].status);
    }
    arena_close(a);
    house_close(h);
}

CHECK_MAIN(TEST(manifests_are_what_they_say), TEST(every_missing_blob_is_named), TEST(sizes_have_limits), TEST(indexes_are_so_deep_and_no_deeper), TEST(tags_come_with_a_digest), TEST(foreign_layers_that_are_here_are_in_use),
           TEST(referrers_say_what_they_are), TEST(referrers_come_in_pages), TEST(conditions_hold_for_tags))
