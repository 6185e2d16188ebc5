/* How the registry answers (oci-registry.md 2 and 10): each code of the closed list with its status and what it is about, whom it asks
 * for a name, and who gets to see the catalog. */
#include "content/registry_options.h"
#include "tests/support/check.h"
#include "tests/support/oci.h"

#include "base/limits.h"

#define UPLOAD "/v2/pub/app/blobs/uploads/"
#define NO_ID  "11111111-2222-4333-8444-555555555555"

static str detail_of(struct arena *a, const struct fake_exchange *f)
{
    const struct json *errors = f->answer.len ? json_get(house_json(a, arena_cstr(a, f->answer)), S("errors")) : NULL;
    const struct json *v = errors && errors->count ? json_get(&errors->items[0], S("detail")) : NULL;
    return v ? json_print(a, v) : (str){0};
}

/* {id} in a line or an answer: of an upload that has begun. */
static const char *filled(struct arena *a, const char *text, str id)
{
    const char *hole = strstr(text, "{id}");
    return hole ? arena_cstr(a, arena_format(a, "%.*s" STR_FMT "%s", (int)(hole - text), text, STR_ARG(id), hole + 4)) : text;
}

static void each_code_says_what_it_is_about(void **state)
{
    static const struct {
        const char *who, *line, *headers, *body;
        int status;
        const char *code, *detail;
    } cases[] = {
        {"all", "GET /v2/pub/app/blobs/" NOBODYS, "", "", 404, "BLOB_UNKNOWN", "{\"digest\":\"" NOBODYS "\"}"},
        {"all", "PATCH " UPLOAD "{id}", "Content-Range: 5-9\n", "12345", 416, "BLOB_UPLOAD_INVALID", "{\"session_id\":\"{id}\"}"},
        {"all", "PATCH " UPLOAD "{id}", "Content-Range: nonsense\n", "12345", 400, "BLOB_UPLOAD_INVALID", "{\"session_id\":\"{id}\"}"},
        {"all", "PATCH " UPLOAD "{id}", "Content-Range: 0-3\n", "12345", 400, "SIZE_INVALID", "{\"session_id\":\"{id}\"}"},
        {"other", "GET " UPLOAD "{id}", "", "", 404, "BLOB_UPLOAD_UNKNOWN", "{\"session_id\":\"{id}\"}"},
        {"all", "GET " UPLOAD NO_ID, "", "", 404, "BLOB_UPLOAD_UNKNOWN", "{\"session_id\":\"" NO_ID "\"}"},
        {"all", "GET /v2/pub/app/blobs/sha256:x", "", "", 400, "DIGEST_INVALID", "{\"digest\":\"sha256:x\"}"},
        {"all", "GET /v2/pub/app/manifests/sha256:x", "", "", 400, "DIGEST_INVALID", "{\"digest\":\"sha256:x\"}"},
        {"all", "PUT /v2/pub/app/manifests/v1", "", IMAGE ",\"layers\":[{\"mediaType\":\"a/b\",\"digest\":\"" NOBODYS "\",\"size\":1}]}", 400,
         "MANIFEST_INVALID", NULL},
        {"all", "PUT /v2/pub/app/manifests/v1", "",
         "{\"schemaVersion\":2,\"config\":" CONFIG ",\"layers\":[{\"mediaType\":\"a/b\",\"digest\":\"" NOBODYS "\",\"size\":1}]}", 400,
         "MANIFEST_BLOB_UNKNOWN", "{\"digest\":\"" NOBODYS "\"}"},
        {"all", "PUT /v2/pub/app/manifests/v1", "", "{", 400, "MANIFEST_INVALID", "{\"reference\":\"v1\"}"},
        {"all", "PUT /v2/pub/app/manifests/v1", "Content-Type: text/plain\n", IMAGE "}", 415, "MANIFEST_INVALID", "{\"reference\":\"v1\"}"},
        {"all", "PUT /v2/pub/app/manifests/" NOBODYS, "", IMAGE "}", 400, "DIGEST_INVALID", "{\"digest\":\"" NOBODYS "\"}"},
        {"all", "GET /v2/pub/app/manifests/none", "", "", 404, "MANIFEST_UNKNOWN", "{\"reference\":\"none\"}"},
        {"all", "GET /v2/pub/app/manifests/" NOBODYS, "", "", 404, "MANIFEST_UNKNOWN", "{\"reference\":\"" NOBODYS "\"}"},
        {"all", "GET /oras/artifacts/v1/pub/app/manifests/" NOBODYS "/referrers", "", "", 404, "MANIFEST_UNKNOWN", "{\"reference\":\"" NOBODYS "\"}"},
        {"all", "GET /v2/pub/App/tags/list", "", "", 400, "NAME_INVALID", "{\"name\":\"pub/App\"}"},
        {"all", "GET /v2/no/ne/tags/list", "", "", 404, "NAME_UNKNOWN", "{\"name\":\"no/ne\"}"},
        {"all", "GET /v2/a/blobs/uploads/b/tags/list", "", "", 404, "NAME_UNKNOWN", "{\"name\":\"a/blobs/uploads/b\"}"},
        {"puller", "GET /v2/secret/app/tags/list", "", "", 404, "NAME_UNKNOWN", "{\"name\":\"secret/app\"}"},
        {"all", "GET /v2/nothing/of/the/kind", "", "", 404, "NAME_UNKNOWN", "{}"},
        {"puller", "POST " UPLOAD, "", "", 403, "DENIED", "{\"name\":\"pub/app\"}"},
        {"all", "DELETE /v2/pub/app/blobs/" EMPTY, "", "", 405, "DENIED", "{\"name\":\"pub/app\"}"},
        {"", "GET /v2/secret/app/tags/list", "", "", 401, "UNAUTHORIZED", "{}"},
        {"", "GET /v2/", "", "", 401, "UNAUTHORIZED", "{}"},
        {"all", "GET /v2/pub/app/tags/list?n=-1", "", "", 400, "UNSUPPORTED", "{}"},
        {"all", "POST " UPLOAD "?digest-algorithm=md5", "", "", 400, "DIGEST_INVALID", "{}"},
    };
    struct house *h = oci_house();
    struct arena *first = arena_open(256u << 10);
    (void)state;
    oci_push(h, first, "pub/app", S("{}"));
    CHECK_INT(oci_put(h, first, "all", "pub/app/manifests/v0", "", S(IMAGE "}"))->status, 201);
    str where = fake_header(oci_ask(h, first, "all", "POST " UPLOAD, "", S("")), "Location"), id = str_slice(where, S(UPLOAD).len, where.len);
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        struct arena *a = arena_open(256u << 10);
        CHECK_AT(i);
        struct fake_exchange *f = oci_ask(h, a, cases[i].who, filled(a, cases[i].line, id), cases[i].headers, str_of(cases[i].body));
        CHECK_INT(f->status, cases[i].status);
        CHECK_STR(oci_code(a, f), str_of(cases[i].code));
        if (cases[i].detail)
            CHECK_STR(detail_of(a, f), str_of(filled(a, cases[i].detail, id)));
        CHECK_STR(fake_header(f, "Content-Type"), S("application/json"));
        CHECK_STR(fake_header(f, "Docker-Distribution-API-Version"), S("registry/2.0"));
        arena_close(a);
    }
    arena_close(first);
    house_close(h);
}

/* LIMIT_UPLOADS_OPEN of one principal, and the next one has to wait. */
static void too_many_are_told_when_to_come_back(void **state)
{
    struct house *h = oci_house();
    (void)state;
    for (size_t i = 0; i <= LIMIT_UPLOADS_OPEN; i++) {
        struct arena *a = arena_open(64u << 10);
        struct fake_exchange *f = oci_ask(h, a, "all", "POST " UPLOAD, "", S(""));
        CHECK_AT(i);
        CHECK_INT(f->status, i < LIMIT_UPLOADS_OPEN ? 202 : 429);
        CHECK_STR(oci_code(a, f), i < LIMIT_UPLOADS_OPEN ? S("") : S("TOOMANYREQUESTS"));
        CHECK_INT(fake_header(f, "Retry-After").len > 0, i == LIMIT_UPLOADS_OPEN);
        arena_close(a);
    }
    house_close(h);
}

/* Whoever shows something that is wrong is somebody who wants to be told, also where nobody is asked. */
static void a_wrong_credential_is_401_even_where_anonymous_would_do(void **state)
{
    static const char *const wrong[] = {
        "Authorization: Basic dXNlcjp3cm9uZ3dyb25n\n", "Authorization: Bearer a.b.c\n", "Authorization: Bearer zak_00000000000000000000000000000000\n",
        "Authorization: Negotiate x\n", "api-key: zak_00000000000000000000000000000000\n", "x-api-key: x\n",
    };
    static const char *const lines[] = {"GET /v2/", "GET /v2/pub/app/manifests/v1", "HEAD /v2/pub/app/manifests/v1", "GET /v2/pub/app/blobs/" EMPTY,
                                        "GET /v2/pub/app/tags/list", "GET /v2/pub/app/referrers/" NOBODYS, "GET /v2/_catalog",
                                        "GET /v2/token?scope=repository:pub/app:pull", "GET /v2/_oci/ext/discover",
                                        "GET /v2/pub/app/_oci/ext/discover", "GET /v2/nothing/of/the/kind"};
    struct house *h = oci_house();
    struct arena *first = arena_open(256u << 10);
    (void)state;
    oci_push(h, first, "pub/app", S("{}"));
    CHECK_INT(oci_put(h, first, "all", "pub/app/manifests/v1", "", S(IMAGE "}"))->status, 201);
    for (size_t i = 0; i < COUNTOF(lines); i++) {
        struct arena *a = arena_open(256u << 10);
        CHECK_AT(i);
        int status = oci_ask(h, a, "", lines[i], "", S(""))->status;
        CHECK_INT(status, i == 0 ? 401 : i == COUNTOF(lines) - 1 ? 404 : 200);
        for (size_t k = 0; k < COUNTOF(wrong) && i + 1 < COUNTOF(lines); k++) {
            struct fake_exchange *f = oci_ask(h, a, "", lines[i], wrong[k], S(""));
            CHECK_INT(f->status, 401);
            CHECK(fake_header(f, "WWW-Authenticate").len > 0);
        }
        arena_close(a);
    }
    arena_close(first);
    house_close(h);
}

static const char *bearer_of(struct house *h, struct arena *a, const char *who, const char *query)
{
    struct fake_exchange *f = oci_ask(h, a, who, arena_cstr(a, arena_format(a, "GET /v2/token%s", query)), "", S(""));
    const struct json *token = json_get(house_json(a, arena_cstr(a, f->answer)), S("token"));
    return arena_cstr(a, arena_format(a, "Authorization: Bearer " STR_FMT "\n", STR_ARG(token->text)));
}

/* GO-2022-0785: names are shown to whoever may read them, with and without a token, and to nobody where the operator says so.
 * podman reads the catalog with a token that it got for nothing in particular (10.1). */
static void r_4_the_catalog_takes_any_token_and_shows_what_it_may(void **state)
{
    static const struct {
        const char *who, *query;      /* query NULL: no token */
        int status, without;          /* … and where nobody may list */
        const char *names;
    } cases[] = {
        {"", NULL, 200, 401, "[\"pub/app\"]"},
        {"", "", 200, 401, "[\"pub/app\"]"},
        {"", "?scope=registry:catalog:*", 200, 401, "[\"pub/app\"]"},
        {"all", NULL, 200, 200, "[\"pub/app\",\"pub/b\",\"secret/app\"]"},
        {"all", "", 200, 200, "[\"pub/app\",\"pub/b\",\"secret/app\"]"},
        {"all", "?scope=registry:catalog:*", 200, 200, "[\"pub/app\",\"pub/b\",\"secret/app\"]"},
        {"all", "?scope=repository:pub/b:pull", 200, 200, "[\"pub/b\"]"},
        {"all", "?scope=repository:pub/b:delete", 200, 200, "[]"},
        {"all", "?scope=nonsense", 200, 200, "[]"},
        {"puller", "", 200, 200, "[\"pub/app\",\"pub/b\"]"},
        {"puller", "?scope=registry:catalog:*", 200, 200, "[\"pub/app\",\"pub/b\"]"},
    };
    static const struct registry_options hidden = {.deletes = true};
    (void)state;
    for (size_t i = 0; i < 2 * COUNTOF(cases); i++) {
        bool is_hidden = i >= COUNTOF(cases);
        size_t n = i % COUNTOF(cases);
        struct house *h = oci_house_with(&(struct house_config){.registry = is_hidden ? &hidden : NULL});
        struct arena *a = arena_open(512u << 10);
        CHECK_AT(i);
        oci_push(h, a, "pub/app", S("{}"));
        oci_push(h, a, "pub/b", S("{}"));
        oci_push(h, a, "secret/app", S("{}"));
        const char *headers = cases[n].query ? bearer_of(h, a, cases[n].who, cases[n].query) : "";
        struct fake_exchange *f = oci_ask(h, a, cases[n].query ? "" : cases[n].who, "GET /v2/_catalog", headers, S(""));
        int wanted = is_hidden ? cases[n].without : cases[n].status;
        CHECK_INT(f->status, wanted);
        if (wanted == 200)
            CHECK_STR(f->answer, arena_format(a, "{\"repositories\":%s}", cases[n].names));
        else
            CHECK(str_contains(fake_header(f, "WWW-Authenticate"), S(",scope=\"registry:catalog:*\"")));
        arena_close(a);
        house_close(h);
    }
}

/* CVE-2023-2253: what a client says it wants is cut before anything is made for it. */
static void a_large_n_takes_no_memory(void **state)
{
    static const char *const lines[] = {"GET /v2/_catalog?n=%s", "GET /v2/pub/app/tags/list?n=%s"};
    struct house *h = oci_house();
    (void)state;
    for (size_t i = 0; i < COUNTOF(lines); i++) {
        struct arena *a = arena_open(1u << 20);
        size_t taken[2];
        CHECK_AT(i);
        oci_push(h, a, "pub/app", S("{}"));
        for (size_t k = 0; k < 2; k++) {
            size_t before = arena_bytes(a);
            str n = k == 0 ? S("1000") : S("18446744073709551615");
            str line = arena_format(a, "%.*s" STR_FMT, (int)(strlen(lines[i]) - 2), lines[i], STR_ARG(n));
            CHECK_INT(oci_ask(h, a, "all", arena_cstr(a, line), "", S(""))->status, 200);
            taken[k] = arena_bytes(a) - before;
        }
        CHECK(taken[1] < taken[0] + 4096);
        arena_close(a);
    }
    house_close(h);
}

/* CVE-2026-61833: a token for pushing does not delete, and one for deleting does not push; CVE-2026-31801: the tag latest is no exception. */
static void r_2_tokens_and_headers_go_through_one_table(void **state)
{
    static const struct {
        const char *who, *scope, *line;
        int by_token, by_key;
    } cases[] = {
        {"all", "repository:pub/app:pull", "GET /v2/pub/app/manifests/latest", 200, 200},
        {"all", "repository:pub/app:pull", "PUT /v2/pub/app/manifests/latest", 401, 201},
        {"all", "repository:pub/app:push", "PUT /v2/pub/app/manifests/latest", 201, 201},
        {"all", "repository:pub/app:pull,push", "DELETE /v2/pub/app/manifests/latest", 401, 202},
        {"all", "repository:pub/app:pull,push", "DELETE /v2/pub/app/blobs/" EMPTY, 401, 405},
        {"all", "repository:pub/app:delete", "DELETE /v2/pub/app/manifests/latest", 202, 202},
        {"all", "repository:pub/app:delete", "PUT /v2/pub/app/manifests/new", 401, 201},
        {"pusher", "repository:pub/app:pull,push,delete", "PUT /v2/pub/app/manifests/latest", 403, 403}, /* another token would not help */
        {"pusher", "repository:pub/app:*", "PUT /v2/pub/app/manifests/new", 201, 201},
        {"pusher", "repository:pub/app:*", "DELETE /v2/pub/app/manifests/latest", 401, 403},
        {"pusher", "repository:pub/app:*", "DELETE /v2/pub/app/blobs/" EMPTY, 401, 403},
        {"mover", "repository:pub/app:*", "PUT /v2/pub/app/manifests/latest", 201, 201},
        {"mover", "repository:pub/app:*", "PUT /v2/pub/app/manifests/new", 401, 403},
        {"puller", "repository:pub/app:*", "POST " UPLOAD, 401, 403},
        {"", "repository:pub/app:*", "PUT /v2/pub/app/manifests/latest", 401, 401},
        {"", "repository:pub/app:*", "GET /v2/pub/app/manifests/latest", 200, 200},
    };
    (void)state;
    for (size_t i = 0; i < 2 * COUNTOF(cases); i++) {
        bool by_token = i < COUNTOF(cases);
        size_t n = i % COUNTOF(cases);
        struct house *h = oci_house();
        struct arena *a = arena_open(512u << 10);
        CHECK_AT(i);
        oci_push(h, a, "pub/app", S("{}"));
        CHECK_INT(oci_put(h, a, "all", "pub/app/manifests/latest", "", S(IMAGE "}"))->status, 201);
        const char *query = arena_cstr(a, arena_format(a, "?scope=%s", cases[n].scope));
        const char *headers = by_token ? bearer_of(h, a, cases[n].who, query) : "";
        bool puts = str_starts(str_of(cases[n].line), S("PUT"));
        struct fake_exchange *f = oci_ask(h, a, by_token ? "" : cases[n].who, cases[n].line, headers, puts ? S(IMAGE ",\"x\":1}") : S(""));
        CHECK_INT(f->status, by_token ? cases[n].by_token : cases[n].by_key);
        if (f->status == 401 && by_token)
            CHECK(str_contains(fake_header(f, "WWW-Authenticate"), S(",error=\"insufficient_scope\"")));
        arena_close(a);
        house_close(h);
    }
}

/* Old clients of ORAS follow the same challenge, and its token opens their path, too. */
static void tokens_open_the_paths_of_oras(void **state)
{
    struct house *h = oci_house();
    struct arena *a = arena_open(512u << 10);
    (void)state;
    oci_push(h, a, "secret/app", S("{}"));
    CHECK_INT(oci_put(h, a, "all", "secret/app/manifests/v1", "", S(IMAGE "}"))->status, 201);
    const char *line = arena_cstr(a, arena_format(a, "GET /oras/artifacts/v1/secret/app/manifests/" STR_FMT "/referrers", STR_ARG(oci_digest(a, S(IMAGE "}")))));
    struct fake_exchange *f = oci_ask(h, a, "", line, "Host: r.example\n", S(""));
    CHECK_INT(f->status, 401);
    CHECK_STR(fake_header(f, "WWW-Authenticate"),
              S("Bearer realm=\"http://r.example/v2/token\",service=\"r.example\",scope=\"repository:secret/app:pull\""));
    CHECK_INT(oci_ask(h, a, "", line, bearer_of(h, a, "all", "?scope=repository:secret/app:pull"), S(""))->status, 200);
    CHECK_INT(oci_ask(h, a, "", line, bearer_of(h, a, "all", "?scope=repository:pub/app:pull"), S(""))->status, 401);
    arena_close(a);
    house_close(h);
}

CHECK_MAIN(TEST(each_code_says_what_it_is_about), TEST(too_many_are_told_when_to_come_back),
           TEST(a_wrong_credential_is_401_even_where_anonymous_would_do), TEST(r_4_the_catalog_takes_any_token_and_shows_what_it_may),
           TEST(a_large_n_takes_no_memory), TEST(r_2_tokens_and_headers_go_through_one_table), TEST(tokens_open_the_paths_of_oras))
