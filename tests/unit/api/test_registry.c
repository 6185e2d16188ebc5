/* The registry in tables: who may do what, what is asked for a token, layers in and out, names and pages (oci-registry.md 1 to 5,
 * 8, 10; security ). What needs a socket, a process or a tool is in tests/outside/registry.py. */
#include "tests/support/check.h"
#include "tests/support/oci.h"

/* one table of verbs, whatever the way in. */
static void r_2_each_verb_needs_its_right(void **state)
{
    static const struct {
        const char *who, *line;
        int status;
        const char *code;
    } cases[] = {
        {"puller", "GET /v2/pub/app/manifests/v1", 200, ""},
        {"puller", "HEAD /v2/pub/app/blobs/" EMPTY, 200, ""},
        {"puller", "GET /v2/pub/app/tags/list", 200, ""},
        {"puller", "GET /v2/pub/app/referrers/" NOBODYS, 200, ""},
        {"puller", "GET /v2/pub/app/manifests/none", 404, "MANIFEST_UNKNOWN"},
        {"puller", "GET /v2/pub/none/manifests/v1", 404, "NAME_UNKNOWN"},
        {"puller", "GET /v2/pub/none/tags/list", 404, "NAME_UNKNOWN"},
        {"puller", "GET /v2/pub/app/blobs/" NOBODYS, 404, "BLOB_UNKNOWN"},
        {"puller", "GET /v2/secret/app/manifests/v1", 404, "NAME_UNKNOWN"},
        {"puller", "GET /v2/secret/app/blobs/" EMPTY, 404, "NAME_UNKNOWN"},
        {"puller", "GET /v2/secret/app/referrers/" NOBODYS, 404, "NAME_UNKNOWN"},
        {"puller", "GET /v2/secret/none/referrers/" NOBODYS, 404, "NAME_UNKNOWN"},
        {"puller", "GET /v2/pub/none/referrers/" NOBODYS, 200, ""},
        {"puller", "POST /v2/pub/app/blobs/uploads/", 403, "DENIED"},
        {"puller", "POST /v2/secret/app/blobs/uploads/", 403, "DENIED"}, /* he pushes nowhere */
        {"pusher", "POST /v2/secret/app/blobs/uploads/", 404, "NAME_UNKNOWN"},
        {"puller", "PUT /v2/pub/app/manifests/v2", 403, "DENIED"},
        {"puller", "DELETE /v2/pub/app/manifests/v1", 403, "DENIED"},
        {"puller", "DELETE /v2/pub/app/blobs/" EMPTY, 403, "DENIED"},
        {"pusher", "PUT /v2/pub/app/manifests/v1", 403, "DENIED"},
        {"pusher", "PUT /v2/pub/app/manifests/v2", 201, ""},
        {"pusher", "PUT /v2/pub/fresh/manifests/v2", 400, "MANIFEST_BLOB_UNKNOWN"},
        {"pusher", "DELETE /v2/pub/app/manifests/v1", 403, "DENIED"},
        {"mover", "PUT /v2/pub/app/manifests/v1", 201, ""},
        {"mover", "PUT /v2/pub/app/manifests/v3", 403, "DENIED"},
        {"mover", "POST /v2/pub/app/blobs/uploads/", 403, "DENIED"},
        {"mover", "DELETE /v2/pub/app/manifests/v1", 403, "DENIED"},
        {"", "GET /v2/pub/app/manifests/v1", 200, ""},
        {"", "GET /v2/pub/app/blobs/" EMPTY, 200, ""},
        {"", "GET /v2/secret/app/manifests/v1", 401, "UNAUTHORIZED"},
        {"", "GET /v2/none/manifests/v1", 401, "UNAUTHORIZED"},
        {"", "POST /v2/pub/app/blobs/uploads/", 401, "UNAUTHORIZED"},
        {"", "DELETE /v2/pub/app/manifests/v1", 401, "UNAUTHORIZED"},
        {"all", "DELETE /v2/pub/none/manifests/v1", 404, "NAME_UNKNOWN"},
        {"all", "DELETE /v2/pub/none/blobs/" NOBODYS, 404, "NAME_UNKNOWN"},
        {"all", "DELETE /v2/pub/app/manifests/none", 404, "MANIFEST_UNKNOWN"},
        {"all", "DELETE /v2/pub/app/manifests/" NOBODYS, 404, "MANIFEST_UNKNOWN"},
        {"all", "DELETE /v2/pub/app/blobs/" NOBODYS, 404, "BLOB_UNKNOWN"},
    };
    struct house *h = oci_house();
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        struct arena *a = arena_open(256u << 10);
        bool puts = cases[i].line[0] == 'P' && cases[i].line[1] == 'U';
        if (i == 0) {
            oci_push(h, a, "pub/app", S("{}"));
            oci_push(h, a, "secret/app", S("{}"));
            CHECK_INT(oci_put(h, a, "all", "pub/app/manifests/v1", "", S(IMAGE "}"))->status, 201);
            CHECK_INT(oci_put(h, a, "all", "secret/app/manifests/v1", "", S(IMAGE "}"))->status, 201);
        }
        CHECK_AT(i);
        struct fake_exchange *f = oci_ask(h, a, cases[i].who, cases[i].line, "", puts ? S(IMAGE ",\"another\":1}") : S(""));
        CHECK_INT(f->status, cases[i].status);
        if (cases[i].line[0] != 'H')
            CHECK_STR(oci_code(a, f), str_of(cases[i].code));
        CHECK_STR(fake_header(f, "Docker-Distribution-API-Version"), S("registry/2.0"));
        arena_close(a);
    }
    house_close(h);
}

/* A challenge says what a token is needed for; one that is good for less is told so (10.2). */
static void challenges_name_their_scope(void **state)
{
    static const struct {
        const char *line, *scope; /* NULL: none */
    } cases[] = {
        {"GET /v2/a/b/manifests/v1", "repository:a/b:pull"},
        {"HEAD /v2/a/blobs/b/manifests/v1", "repository:a/blobs/b:pull"},
        {"GET /v2/a/tags/list", "repository:a:pull"},
        {"GET /v2/x/tags/list/tags/list", "repository:x/tags/list:pull"},
        {"GET /v2/a/referrers/" EMPTY, "repository:a:pull"},
        {"POST /v2/a/blobs/uploads/", "repository:a:pull,push"},
        {"POST /v2/a/b/blobs/uploads?mount=x", "repository:a/b:pull,push"},
        {"PATCH /v2/a/b/blobs/uploads/x", "repository:a/b:pull,push"},
        {"GET /v2/a/blobs/uploads/x", "repository:a:pull,push"},
        {"DELETE /v2/a/blobs/uploads/x", "repository:a:pull,push"},
        {"PUT /v2/a/manifests/v1", "repository:a:pull,push"},
        {"DELETE /v2/a/manifests/v1", "repository:a:delete"},
        {"DELETE /v2/a/blobs/" EMPTY, "repository:a:delete"},
        {"GET /v2/", NULL},
    };
    struct house *h = oci_house();
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        struct arena *a = arena_open(128u << 10);
        str begin = S("Bearer realm=\"http://r.example/v2/token\",service=\"r.example\""), wanted = begin;
        if (cases[i].scope)
            wanted = arena_format(a, STR_FMT ",scope=\"%s\"", STR_ARG(begin), cases[i].scope);
        CHECK_AT(i);
        struct fake_exchange *f = oci_ask(h, a, "", cases[i].line, "Host: r.example\n", S(""));
        CHECK_INT(f->status, 401);
        CHECK_STR(fake_header(f, "WWW-Authenticate"), wanted);
        struct fake_exchange *t = oci_ask(h, a, "", "GET /v2/token?scope=repository:pub/app:pull,push", "Host: r.example\n", S(""));
        str token = json_get(house_json(a, arena_cstr(a, t->answer)), S("token"))->text;
        const char *bearer = arena_cstr(a, arena_format(a, "Host: r.example\nAuthorization: Bearer " STR_FMT "\n", STR_ARG(token)));
        f = oci_ask(h, a, "", cases[i].line, bearer, S(""));
        CHECK_INT(f->status, cases[i].scope ? 401 : 200);
        if (cases[i].scope)
            CHECK_STR(fake_header(f, "WWW-Authenticate"), arena_format(a, STR_FMT ",error=\"insufficient_scope\"", STR_ARG(wanted)));
        f = oci_ask(h, a, "", cases[i].line, "Host: r.example\nAuthorization: Bearer a.b.c\n", S(""));
        CHECK_STR(fake_header(f, "WWW-Authenticate"), arena_format(a, STR_FMT ",error=\"invalid_token\"", STR_ARG(wanted)));
        arena_close(a);
    }
    house_close(h);
}

/* Also where the public may nothing, or there is none. */
static void nobody_is_asked_for_a_name(void **state)
{
    static const char *const lines[] = {"GET /v2/", "GET /v2/_catalog", "GET /v2/pub/app/tags/list", "HEAD /v2/pub/app/manifests/v1",
                                        "POST /v2/pub/app/blobs/uploads/", ("GET /v2/pub/app/referrers/" NOBODYS)};
    static const char *const publics[] = {"{roles: {nothing: []}, public: 'nothing'}", "{public: null}"};
    struct house *h = oci_house();
    (void)state;
    for (size_t i = 0; i < COUNTOF(publics) * COUNTOF(lines); i++) {
        struct arena *a = arena_open(128u << 10);
        house_people(h, publics[i / COUNTOF(lines)]);
        CHECK_AT(i);
        struct fake_exchange *f = oci_ask(h, a, "", lines[i % COUNTOF(lines)], "", S(""));
        CHECK_INT(f->status, 401);
        CHECK(str_starts(fake_header(f, "WWW-Authenticate"), S("Bearer ")));
        arena_close(a);
    }
    house_close(h);
}

/* Those that hold something, and that the caller may read. */
static void a_catalog_is_what_one_may_read(void **state)
{
    struct house *h = oci_house();
    struct arena *a = arena_open(256u << 10);
    (void)state;
    house_people(h, "{roles: {nothing: []}, keys: {nothing: {role:'nothing'}}}");
    oci_push(h, a, "pub/app", S("{}"));
    oci_push(h, a, "pub/gone", S("{}"));
    oci_push(h, a, "secret/app", S("{}"));
    CHECK_INT(oci_ask(h, a, "all", "DELETE /v2/pub/gone/blobs/" EMPTY, "", S(""))->status, 202);
    CHECK_STR(oci_ask(h, a, "all", "GET /v2/_catalog", "", S(""))->answer, S("{\"repositories\":[\"pub/app\",\"secret/app\"]}"));
    CHECK_STR(oci_ask(h, a, "puller", "GET /v2/_catalog", "", S(""))->answer, S("{\"repositories\":[\"pub/app\"]}"));
    CHECK_STR(oci_ask(h, a, "", "GET /v2/_catalog", "", S(""))->answer, S("{\"repositories\":[\"pub/app\"]}"));
    CHECK_STR(oci_ask(h, a, "nothing", "GET /v2/_catalog", "", S(""))->answer, S("{\"repositories\":[]}"));
    CHECK_STR(oci_code(a, oci_ask(h, a, "nothing", "GET /v2/pub/app/tags/list", "", S(""))), S("NAME_UNKNOWN"));
    arena_close(a);
    house_close(h);
}

/* Somebody's token for pulling does not push; his next one does. His password and his key do all that he may. */
static void tokens_do_what_they_were_asked_for(void **state)
{
    static const struct {
        const char *scope, *line;
        int status;
    } cases[] = {
        {"repository:x/y:pull", "GET /v2/x/y/tags/list", 404},
        {"repository:x/y:pull", "POST /v2/x/y/blobs/uploads/", 401},
        {"repository:x/y:pull,push", "POST /v2/x/y/blobs/uploads/", 202},
        {"repository:x/y:push", "POST /v2/x/y/blobs/uploads/", 202},
        {"repository:x/y:pull,push", "DELETE /v2/x/y/manifests/v1", 401},
        {"repository:x/y:delete", "DELETE /v2/x/y/manifests/v1", 404},
        {"repository:x/y:*", "DELETE /v2/x/y/manifests/v1", 404},
        {"repository:x/y:*", "GET /v2/x/z/tags/list", 401},
        {"repository:*:pull", "GET /v2/x/y/tags/list", 401},
        {"registry:catalog:*", "GET /v2/_catalog", 200},
    };
    static const char basic[] = "Authorization: Basic dXNlcjpwYXNzd29yZA==\n"; /* user:password */
    struct house *h = oci_house();
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        struct arena *a = arena_open(128u << 10);
        CHECK_AT(i);
        struct fake_exchange *t = oci_ask(h, a, "", arena_cstr(a, arena_format(a, "GET /v2/token?account=user&scope=%s", cases[i].scope)), basic, S(""));
        str token = json_get(house_json(a, arena_cstr(a, t->answer)), S("token"))->text;
        const char *bearer = arena_cstr(a, arena_format(a, "Authorization: Bearer " STR_FMT "\n", STR_ARG(token)));
        CHECK_INT(oci_ask(h, a, "", cases[i].line, bearer, S(""))->status, cases[i].status);
        CHECK(oci_ask(h, a, "", cases[i].line, basic, S(""))->status != 401);
        arena_close(a);
    }
    house_close(h);
}

/* What came before a line broke is there, and goes on from there. */
static void broken_lines_keep_what_came(void **state)
{
    static const struct {
        const char *method, *range;
        str sent, kept; /* kept: the Range that is answered afterwards */
    } cases[] = {
        {"PATCH", "", STR("01234"), STR("0-4")},
        {"PATCH", "Content-Range: 0-9\n", STR("01234"), STR("0-4")},
        {"PATCH", "Content-Range: 0-1\n", STR("01234"), STR("0-0")}, /* more than it said: nobody knows what it is */
        {"PUT", "", STR("0123"), STR("0-3")},
        {"PUT", "Content-Range: 0-9\n", STR("0123456"), STR("0-6")},
    };
    struct house *h = oci_house();
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        struct arena *a = arena_open(256u << 10);
        str whole = S("0123456789"), is = oci_digest(a, whole);
        CHECK_AT(i);
        str where = fake_header(oci_ask(h, a, "all", "POST /v2/pub/app/blobs/uploads/", "", S("")), "Location");
        str target = arena_format(a, STR_FMT "?digest=" STR_FMT, STR_ARG(where), STR_ARG(is));
        CHECK_INT(rest_broken(h->gate, a, cases[i].method, arena_cstr(a, target), oci_headers_of(h, a, "all", cases[i].range), cases[i].sent)->status >= 400, 1);
        struct fake_exchange *f = oci_ask(h, a, "all", arena_cstr(a, arena_format(a, "GET " STR_FMT, STR_ARG(where))), "", S(""));
        CHECK_INT(f->status, 204);
        CHECK_STR(fake_header(f, "Range"), cases[i].kept);
        size_t from = str_equal(cases[i].kept, S("0-0")) ? 0 : (size_t)(cases[i].kept.at[2] - '0') + 1;
        f = oci_ask(h, a, "all", arena_cstr(a, arena_format(a, "PUT " STR_FMT, STR_ARG(target))), "", str_slice(whole, from, whole.len));
        CHECK_INT(f->status, 201);
        f = oci_ask(h, a, "all", arena_cstr(a, arena_format(a, "GET " STR_FMT, STR_ARG(where))), "", S(""));
        CHECK_STR(oci_code(a, f), S("BLOB_UPLOAD_UNKNOWN"));
        arena_close(a);
    }
    house_close(h);
}

static void uploads_refuse_what_does_not_fit(void **state)
{
    static const struct {
        const char *method, *query, *headers;
        str body;
        int status;
        const char *code;
    } cases[] = {
        {"PATCH", "", "Content-Range: 1-2\n", STR("ab"), 416, "BLOB_UPLOAD_INVALID"},
        {"PATCH", "", "Content-Range: 0-2\n", STR("ab"), 400, "SIZE_INVALID"},
        {"PATCH", "", "Content-Range: 2-1\n", STR("ab"), 400, "BLOB_UPLOAD_INVALID"},
        {"PATCH", "", "Content-Range: x\n", STR("ab"), 400, "BLOB_UPLOAD_INVALID"},
        {"PATCH", "", "Content-Range: bytes 0-1/*\n", STR("ab"), 202, ""},
        {"PATCH", "", "", STR(""), 202, ""},
        {"PUT", "", "", STR("ab"), 400, "DIGEST_INVALID"},
        {"PUT", "?digest=x", "", STR("ab"), 400, "DIGEST_INVALID"},
        {"PUT", "?digest=md5:00", "", STR("ab"), 400, "DIGEST_INVALID"},
        {"PUT", "?digest=" EMPTY, "Content-Range: 4-5\n", STR("ab"), 416, "BLOB_UPLOAD_INVALID"},
        {"PUT", "?digest=" EMPTY, "", STR("ab"), 400, "DIGEST_INVALID"},
    };
    struct house *h = oci_house();
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        struct arena *a = arena_open(128u << 10);
        bool is_over = i == COUNTOF(cases) - 1; /* other bytes than they should have been do not get better */
        CHECK_AT(i);
        str where = fake_header(oci_ask(h, a, "all", "POST /v2/pub/app/blobs/uploads/", "", S("")), "Location");
        str line = arena_format(a, "%s " STR_FMT "%s", cases[i].method, STR_ARG(where), cases[i].query);
        struct fake_exchange *f = oci_ask(h, a, "all", arena_cstr(a, line), cases[i].headers, cases[i].body);
        CHECK_INT(f->status, cases[i].status);
        CHECK_STR(oci_code(a, f), str_of(cases[i].code));
        if (f->status == 416) {
            CHECK_STR(fake_header(f, "Location"), where);
            CHECK_STR(fake_header(f, "Range"), S("0-0"));
        }
        const char *look = arena_cstr(a, arena_format(a, "GET " STR_FMT, STR_ARG(where)));
        CHECK_INT(oci_ask(h, a, "other", look, "", S(""))->status, 404); /* */
        CHECK_INT(oci_ask(h, a, "all", look, "", S(""))->status, is_over ? 404 : 204);
        f = oci_ask(h, a, "all", arena_cstr(a, arena_format(a, "DELETE " STR_FMT, STR_ARG(where))), "", S(""));
        CHECK_INT(f->status, is_over ? 404 : 204);
        arena_close(a);
    }
    house_close(h);
}

static void names_and_pages_have_rules(void **state)
{
    static const struct {
        const char *line;
        int status;
        const char *code;
    } cases[] = {
        {"POST /v2/a/blobs/b/blobs/uploads/", 202, ""},
        {"POST /v2/x/tags/list/y/blobs/uploads", 202, ""},
        {"POST /v2/a__b/c.d/e---f/blobs/uploads/", 202, ""},
        {"POST /v2/a___b/blobs/uploads/", 400, "NAME_INVALID"},
        {"POST /v2/a..b/blobs/uploads/", 400, "NAME_INVALID"},
        {"POST /v2/a.-b/blobs/uploads/", 400, "NAME_INVALID"},
        {"POST /v2/a-_b/blobs/uploads/", 400, "NAME_INVALID"},
        {"POST /v2/A/blobs/uploads/", 400, "NAME_INVALID"},
        {"POST /v2/a-/blobs/uploads/", 400, "NAME_INVALID"},
        {"POST /v2/a/blobs/uploads/?digest-algorithm=sha512", 202, ""},
        {"POST /v2/a/blobs/uploads/?digest-algorithm=md5", 400, "DIGEST_INVALID"},
        {"POST /v2/a/blobs/uploads/?digest=x", 400, "DIGEST_INVALID"},
        {"POST /v2/a/blobs/uploads/?mount=" NOBODYS "&from=none", 202, ""},
        {"POST /v2/a/blobs/uploads/?mount=x&from=pub/app", 202, ""},
        {"POST /v2/a/blobs/uploads/?mount=" EMPTY "&from=pub/app&origin=o", 201, ""},
        {"POST /v2/b/blobs/uploads/?mount=" EMPTY, 201, ""},
        {"GET /v2/pub/app/tags/list?n=0", 200, ""},
        {"GET /v2/pub/app/tags/list?n=1", 200, ""},
        {"GET /v2/pub/app/tags/list?n=99999", 200, ""},
        {"GET /v2/pub/app/tags/list?n=", 400, "UNSUPPORTED"},
        {"GET /v2/pub/app/tags/list?n=-1", 400, "UNSUPPORTED"},
        {"GET /v2/pub/app/tags/list?n=1x", 400, "UNSUPPORTED"},
        {"GET /v2/_catalog?n=99999999999999999999", 400, "UNSUPPORTED"},
        {"GET /v2/pub/app/manifests/sha256:abc", 400, "DIGEST_INVALID"},
        {"GET /v2/pub/app/blobs/sha256:abc", 400, "DIGEST_INVALID"},
        {"GET /v2/pub/app/referrers/sha256:abc", 400, "DIGEST_INVALID"},
        {"DELETE /v2/pub/app/blobs/sha256:abc", 400, "DIGEST_INVALID"},
        {"POST /v2/pub/app/tags/list", 405, "UNSUPPORTED"},
        {"PATCH /v2/pub/app/manifests/v1", 405, "UNSUPPORTED"},
        {"PUT /v2/_catalog", 405, "UNSUPPORTED"},
        {"DELETE /v2/pub/app/blobs/" EMPTY, 405, "DENIED"}, /* in use */
    };
    struct house *h = oci_house();
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        struct arena *a = arena_open(256u << 10);
        if (i == 0) {
            oci_push(h, a, "pub/app", S("{}"));
            CHECK_INT(oci_put(h, a, "all", "pub/app/manifests/v1", "", S(IMAGE "}"))->status, 201);
        }
        CHECK_AT(i);
        struct fake_exchange *f = oci_ask(h, a, "all", cases[i].line, "", S(""));
        CHECK_INT(f->status, cases[i].status);
        CHECK_STR(oci_code(a, f), str_of(cases[i].code));
        CHECK_STR(fake_header(f, "Docker-Distribution-API-Version"), S("registry/2.0"));
        if (str_equal(oci_code(a, f), S("DENIED")))
            CHECK_STR(fake_header(f, "Allow"), S("GET, HEAD"));
        arena_close(a);
    }
    house_close(h);
}

static void bytes_go_out_in_parts(void **state)
{
    static const struct {
        const char *headers;
        int status;
        const char *body, *range;
    } cases[] = {
        {"Range: bytes=0-1\n", 206, "01", "bytes 0-1/10"},
        {"Range: bytes=8-\n", 206, "89", "bytes 8-9/10"},
        {"Range: bytes=-3\n", 206, "789", "bytes 7-9/10"},
        {"Range: bytes=5-100\n", 206, "56789", "bytes 5-9/10"},
        {"Range: bytes=10-\n", 416, NULL, "bytes */10"},
        {"Range: bytes=500-0\n", 416, NULL, "bytes */10"},
        {"Range: lines=0-1\n", 200, "0123456789", ""},
        {"Range: bytes=x\n", 200, "0123456789", ""},
        {"Range: bytes=0-1\nIf-Range: \"" NOBODYS "\"\n", 200, "0123456789", ""},
        {"If-None-Match: *\n", 304, "", ""},
    };
    struct house *h = oci_house();
    struct arena *a = arena_open(256u << 10);
    (void)state;
    oci_push(h, a, "pub/app", S("0123456789"));
    str is = oci_digest(a, S("0123456789"));
    const char *line = arena_cstr(a, arena_format(a, "GET /v2/pub/app/blobs/" STR_FMT, STR_ARG(is)));
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        struct fake_exchange *f = oci_ask(h, a, "puller", line, cases[i].headers, S(""));
        CHECK_INT(f->status, cases[i].status);
        CHECK_STR(fake_header(f, "Content-Range"), cases[i].range[0] ? str_of(cases[i].range) : (str){0});
        CHECK_STR(fake_header(f, "Docker-Content-Digest"), is);
        if (cases[i].body)
            CHECK_STR(f->answer, str_of(cases[i].body));
    }
    arena_close(a);
    house_close(h);
}

/* A repository that went, by whatever door, can be pushed again. */
static void a_name_can_begin_again(void **state)
{
    struct house *h = oci_house();
    struct arena *a = arena_open(256u << 10);
    (void)state;
    oci_push(h, a, "pub/app", S("{}"));
    CHECK_INT(oci_put(h, a, "all", "pub/app/manifests/v1", "", S(IMAGE "}"))->status, 201);
    house_delete(h, "repositories", house_find(h, a, "repositories", "name", "pub/app"));
    CHECK_STR(oci_code(a, oci_ask(h, a, "all", "GET /v2/pub/app/manifests/v1", "", S(""))), S("NAME_UNKNOWN"));
    CHECK_STR(oci_code(a, oci_ask(h, a, "all", "GET /v2/pub/app/blobs/" EMPTY, "", S(""))), S("NAME_UNKNOWN"));
    oci_push(h, a, "pub/app", S("{}"));
    CHECK_STR(oci_code(a, oci_ask(h, a, "all", "GET /v2/pub/app/manifests/v1", "", S(""))), S("MANIFEST_UNKNOWN"));
    CHECK_INT(oci_put(h, a, "all", "pub/app/manifests/v1", "", S(IMAGE "}"))->status, 201);
    arena_close(a);
    house_close(h);
}

/* What is refused for its size leaves nothing that could be gone on with. */
static void a_quota_is_not_gone_over(void **state)
{
    struct house *h = oci_house();
    struct arena *a = arena_open(256u << 10);
    (void)state;
    oci_push(h, a, "pub/app", S("{}"));
    str id = house_find(h, a, "repositories", "name", "pub/app");
    house_update(h, "repositories", id, "{quota:5}");
    str where = fake_header(oci_ask(h, a, "all", "POST /v2/pub/app/blobs/uploads/", "", S("")), "Location");
    const char *line = arena_cstr(a, arena_format(a, "PUT " STR_FMT "?digest=" STR_FMT, STR_ARG(where), STR_ARG(oci_digest(a, S("abcd")))));
    CHECK_STR(oci_code(a, oci_ask(h, a, "all", line, "", S("abcd"))), S("DENIED"));
    CHECK_STR(oci_code(a, oci_ask(h, a, "all", line, "", S(""))), S("BLOB_UPLOAD_UNKNOWN"));
    CHECK_STR(oci_code(a, oci_ask(h, a, "all", "POST /v2/pub/app/blobs/uploads/?mount=" EMPTY, "", S(""))), S(""));
    oci_push(h, a, "pub/app", S("abc"));
    CHECK_STR(house_value(h, a, "repositories", id, "size"), S("5"));
    arena_close(a);
    house_close(h);
}

CHECK_MAIN(TEST(r_2_each_verb_needs_its_right), TEST(challenges_name_their_scope), TEST(nobody_is_asked_for_a_name),
           TEST(a_catalog_is_what_one_may_read), TEST(tokens_do_what_they_were_asked_for), TEST(broken_lines_keep_what_came),
           TEST(uploads_refuse_what_does_not_fit), TEST(names_and_pages_have_rules), TEST(bytes_go_out_in_parts),
           TEST(a_name_can_begin_again), TEST(a_quota_is_not_gone_over))
