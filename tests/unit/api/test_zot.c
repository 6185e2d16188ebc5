/* zot's keys and sessions (oci-registry.md 11): the bytes of its documentation, what is refused and how, and whose
 * keys one gets at. */
#include "tests/support/check.h"
#include "tests/support/house.h"
#include "tests/support/rest.h"

#include "base/time.h"

#define THEN  INT64_C(1693231799260) /* 2023-08-28T14:09:59.260Z, when the documentation's key was made */
#define USER  "Authorization: Basic dXNlcjpwYXNzd29yZA==\n" /* user:password */
#define OTHER "Authorization: Basic b3RoZXI6cGFzc3dvcmQ=\n" /* other:password */

static struct house *open_house(void)
{
    time_set(THEN);
    struct house *h = house_open();
    house_model(h, "[{name:'posts', fields:[{name:'title', kind:'text'}]}]");
    house_people(h, "{roles: {reader: [{collection:'posts', verbs:['read']}, {collection:'repositories', verbs:['read','create','update','delete']}],"
                    "         keeper: [{collection:'api_keys', verbs:['read','create','delete']}, {collection:'users', verbs:['read']}]},"
                    " users: {user: {roles:['reader'], password:'password'}, other: {roles:['reader'], password:'password'},"
                    "         keeper: {roles:['keeper']}},"
                    " keys: {plain: {user:'user'}, keeper: {user:'keeper'}, role: {role:'keeper'},"
                    "        narrow: {user:'keeper', scopes:[{repositories:['repo1']}]}}}");
    (void)house_item(h, "posts", "{title:'one', _state:1}");
    return h;
}

static void close_house(struct house *h)
{
    house_close(h);
    time_set(0);
}

static struct fake_exchange *ask(struct house *h, struct arena *a, const char *method, const char *target, const char *headers, str body)
{
    return rest_request(h->gate, a, method, target, headers, body, NULL);
}

static const char *with_key(struct arena *a, str key)
{
    return arena_cstr(a, arena_format(a, "api-key: " STR_FMT "\n", STR_ARG(key)));
}

static str member(struct arena *a, const struct fake_exchange *f, const char *name)
{
    const struct json *v = json_get(house_json(a, arena_cstr(a, f->answer)), str_of(name));
    return v && v->type == JSON_TEXT ? v->text : (str){0};
}

static str list_of(struct house *h, struct arena *a, const char *headers)
{
    struct fake_exchange *f = ask(h, a, "GET", "/zot/auth/apikey", headers, S(""));
    CHECK_INT(f->status, 200);
    return f->answer;
}

static void the_documented_key_comes_byte_for_byte(void **state)
{
    static const char *const paths[] = {"/auth/apikey", "/zot/auth/apikey", "/v2/auth/apikey"};
    str sent = S("{\"label\": \"myAPIKEY\", \"scopes\": [\"repo1\", \"repo2\"], \"expirationDate\": \"2023-08-28T17:10:05+03:00\"}");
    (void)state;
    for (size_t i = 0; i < COUNTOF(paths); i++) {
        struct house *h = open_house();
        struct arena *a = arena_open(64u << 10);
        CHECK_AT(i);
        struct fake_exchange *f = ask(h, a, "POST", paths[i],
                                      USER "User-Agent: curl/7.68.0\nContent-Type: application/x-www-form-urlencoded\n", sent);
        str uuid = member(a, f, "uuid"), key = member(a, f, "apiKey");
        str rest = arena_format(a, ",\"isExpired\":false,\"creatorUa\":\"curl/7.68.0\",\"generatedBy\":\"manual\",\"lastUsed\":"
                                   "\"0001-01-01T00:00:00Z\",\"label\":\"myAPIKEY\",\"scopes\":[\"repo1\",\"repo2\"],\"uuid\":\"" STR_FMT "\"",
                                STR_ARG(uuid));
        str begin = S("\"createdAt\":\"2023-08-28T14:09:59.260Z\",\"expirationDate\":\"2023-08-28T17:10:05+03:00\"");
        CHECK_INT(f->status, 201);
        CHECK_STR(f->answer, arena_format(a, "{" STR_FMT STR_FMT ",\"apiKey\":\"" STR_FMT "\"}", STR_ARG(begin), STR_ARG(rest), STR_ARG(key)));
        CHECK(key.len == 36 && str_starts(key, S("zak_")) && uuid.len == 36);
        CHECK_STR(list_of(h, a, USER), arena_format(a, "{\"apiKeys\":[{" STR_FMT STR_FMT "}]}", STR_ARG(begin), STR_ARG(rest)));
        CHECK_STR(list_of(h, a, OTHER), S("{\"apiKeys\":[]}"));
        time_set(INT64_C(1693231805000)); /* its end */
        CHECK(str_contains(list_of(h, a, USER), S("\"isExpired\":true")));
        CHECK_INT(ask(h, a, "GET", "/v2/", with_key(a, key), S(""))->status, 401);
        arena_close(a);
        close_house(h);
    }
}

static void everything_is_optional(void **state)
{
    static const struct {
        str sent, expires, scopes;
    } cases[] = {
        {STR("{}"), STR("0001-01-01T00:00:00Z"), STR("null")},
        {STR("{\"label\":null,\"scopes\":null,\"expirationDate\":null,\"more\":1}"), STR("0001-01-01T00:00:00Z"), STR("null")},
        {STR("{\"scopes\":[],\"expirationDate\":\"\"}"), STR("0001-01-01T00:00:00Z"), STR("[]")},
        {STR("{\"expirationDate\":\"2030-01-01T00:00:00+00:00\"}"), STR("2030-01-01T00:00:00Z"), STR("null")},
        {STR("{\"expirationDate\":\"2030-01-01T00:00:00.500-11:30\"}"), STR("2030-01-01T00:00:00.5-11:30"), STR("null")},
        {STR("{\"expirationDate\":\"2030-01-01T00:00:00.000Z\"}"), STR("2030-01-01T00:00:00Z"), STR("null")},
        {STR("{\"scopes\":[\"team/**:read,create\",\"a*\"]}"), STR("0001-01-01T00:00:00Z"), STR("[\"team/**:read,create\",\"a*\"]")},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        struct house *h = open_house();
        struct arena *a = arena_open(64u << 10);
        CHECK_AT(i);
        struct fake_exchange *f = ask(h, a, "POST", "/auth/apikey", USER, cases[i].sent);
        CHECK_INT(f->status, 201);
        str listed = list_of(h, a, USER);
        str expires = arena_format(a, "\"expirationDate\":\"" STR_FMT "\"", STR_ARG(cases[i].expires));
        str scopes = arena_format(a, "\"scopes\":" STR_FMT ",\"uuid\"", STR_ARG(cases[i].scopes));
        CHECK(str_contains(f->answer, expires) && str_contains(f->answer, scopes));
        CHECK(str_contains(listed, expires) && str_contains(listed, scopes));
        arena_close(a);
        close_house(h);
    }
}

static void what_is_wrong_is_400_and_nothing_else(void **state)
{
    static const str bodies[] = {
        STR(""), STR("x"), STR("[]"), STR("null"), STR("{\"label\":1}"), STR("{\"scopes\":\"repo1\"}"), STR("{\"scopes\":[1]}"),
        STR("{\"scopes\":[\"\"]}"), STR("{\"scopes\":[\"Repo\"]}"), STR("{\"scopes\":[\"repo:\"]}"), STR("{\"scopes\":[\"repo:push\"]}"),
        STR("{\"scopes\":[\"repo:read,\"]}"), STR("{\"scopes\":[\"repo:read:read\"]}"), STR("{\"expirationDate\":\"tomorrow\"}"),
        STR("{\"expirationDate\":\"2030-01-01\"}"), STR("{\"expirationDate\":\"2030-01-01 00:00\"}"), STR("{\"expirationDate\":\"2023-08-28T14:09:59Z\"}"),
        STR("{\"expirationDate\":\"2030-01-01T00:00:00\"}"), STR("{\"expirationDate\":1893456000}"), STR("{\"label\":\"a\",\"label\":\"b\"}"),
    };
    struct house *h = open_house();
    (void)state;
    for (size_t i = 0; i < COUNTOF(bodies); i++) {
        struct arena *a = arena_open(64u << 10);
        CHECK_AT(i);
        struct fake_exchange *f = ask(h, a, "POST", "/auth/apikey", USER, bodies[i]);
        CHECK_INT(f->status, 400);
        CHECK_STR(f->answer, S(""));
        arena_close(a);
    }
    struct arena *a = arena_open(256u << 10);
    for (size_t i = 0; i < 2; i++) { /* the ceiling: 8 KiB */
        char *bytes = arena_get(a, (8u << 10) + i, 1);
        memset(bytes, ' ', (8u << 10) + i);
        memcpy(bytes, "{}", 2);
        CHECK_AT(i);
        CHECK_INT(ask(h, a, "POST", "/auth/apikey", USER, (str){bytes, (8u << 10) + i})->status, i == 0 ? 201 : 413);
    }
    arena_close(a);
    close_house(h);
}

static void one_revokes_ones_own(void **state)
{
    struct house *h = open_house();
    struct arena *a = arena_open(256u << 10);
    (void)state;
    struct fake_exchange *made = ask(h, a, "POST", "/auth/apikey", USER, S("{}"));
    str key = member(a, made, "apiKey"), uuid = member(a, made, "uuid");
    const char *target = arena_cstr(a, arena_format(a, "/v2/auth/apikey?id=" STR_FMT, STR_ARG(uuid)));
    const struct {
        const char *target, *headers;
        int status, opens;
    } steps[] = {
        {"/zot/auth/apikey", USER, 400, 200},
        {"/zot/auth/apikey?id=", USER, 400, 200},
        {arena_cstr(a, arena_format(a, "%s&id=1", target)), USER, 400, 200},
        {"/zot/auth/apikey?id=46a45ce7-5d92-498a-a9cb-9654b1da3da1", USER, 200, 200}, /* nobody's */
        {"/zot/auth/apikey?id=x", USER, 200, 200},
        {target, OTHER, 200, 200},
        {target, "", 401, 200},
        {target, USER, 200, 401},
        {target, USER, 200, 401},
    };
    for (size_t i = 0; i < COUNTOF(steps); i++) {
        CHECK_AT(i);
        struct fake_exchange *f = ask(h, a, "DELETE", steps[i].target, steps[i].headers, S(""));
        CHECK_INT(f->status, steps[i].status);
        CHECK(f->status == 401 || f->answer.len == 0);
        CHECK_INT(ask(h, a, "GET", "/v2/", with_key(a, key), S(""))->status, steps[i].opens);
    }
    arena_close(a);
    close_house(h);
}

/* A native key of one's own is not zot's business, and not every credential manages keys. */
static void who_may_manage_keys(void **state)
{
    static const struct {
        const char *key;
        int make, list;
    } cases[] = {
        {"keeper", 201, 200}, /* its roles say so */
        {"plain", 403, 403},  /* a key manages keys only where a grant says so */
        {"narrow", 403, 403}, {"role", 403, 200},
    };
    struct house *h = open_house();
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        struct arena *a = arena_open(64u << 10);
        const char *headers = with_key(a, house_key(h, cases[i].key));
        CHECK_AT(i);
        CHECK_INT(ask(h, a, "POST", "/auth/apikey", headers, S("{}"))->status, cases[i].make);
        struct fake_exchange *f = ask(h, a, "GET", "/auth/apikey", headers, S(""));
        CHECK_INT(f->status, cases[i].list);
        CHECK(f->status != 403 || str_starts(f->answer, S("{\"errors\":[{\"code\":\"DENIED\",\"message\":\"")));
        arena_close(a);
    }
    struct arena *a = arena_open(64u << 10);
    struct fake_exchange *f = ask(h, a, "GET", "/auth/apikey", "", S(""));
    CHECK_INT(f->status, 401);
    CHECK_STR(fake_header(f, "WWW-Authenticate"), S("Basic realm=\"vitrine\""));
    CHECK(str_starts(f->answer, S("{\"errors\":[{\"code\":\"UNAUTHORIZED\",\"message\":\"")));
    arena_close(a);
    close_house(h);
}

/* The documentation's promise, which zot itself does not keep: a scope narrows. */
static void scopes_hold(void **state)
{
    struct house *h = open_house();
    struct arena *a = arena_open(256u << 10);
    (void)state;
    str wide = member(a, ask(h, a, "POST", "/auth/apikey", USER, S("{}")), "apiKey");
    str narrow = member(a, ask(h, a, "POST", "/auth/apikey", USER, S("{\"scopes\":[\"repo1\"]}")), "apiKey");
    CHECK_INT(ask(h, a, "GET", "/v2/", with_key(a, wide), S(""))->status, 200);
    CHECK_INT(ask(h, a, "GET", "/v2/", with_key(a, narrow), S(""))->status, 200);
    CHECK_INT(ask(h, a, "GET", "/api/content/items/posts", with_key(a, wide), S(""))->status, 200);
    CHECK_INT(ask(h, a, "GET", "/api/content/items/posts", with_key(a, narrow), S(""))->status, 404);
    CHECK_INT(ask(h, a, "POST", "/auth/apikey", with_key(a, narrow), S("{}"))->status, 403);
    CHECK_INT(ask(h, a, "DELETE", "/auth/apikey?id=x", with_key(a, narrow), S(""))->status, 403);
    arena_close(a);
    close_house(h);
}

static void the_door_says_how_to_sign_in(void **state)
{
    static const struct {
        const char *headers;
        int status;
        str challenge;
    } cases[] = {
        {"Host: reg.example:5000\n", 401, STR("Bearer realm=\"http://reg.example:5000/v2/token\",service=\"reg.example:5000\"")},
        {"Host: reg.example:5000\nX-ZOT-API-CLIENT: zot-ui\n", 401, STR("")},
        {"Host: a\"b\n", 401, STR("Bearer realm=\"http://vitrine/v2/token\",service=\"vitrine\"")},
        {"Host: h\n" USER, 200, STR("")},
        {"Host: h\nAuthorization: Basic dXNlcjp3cm9uZ3dyb25n\n", 401,
         STR("Bearer realm=\"http://h/v2/token\",service=\"h\",error=\"invalid_token\"")},
        {"Host: h\napi-key: zak_00000000000000000000000000000000\n", 401, STR("Bearer realm=\"http://h/v2/token\",service=\"h\"")},
    };
    struct house *h = open_house();
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        struct arena *a = arena_open(64u << 10);
        CHECK_AT(i);
        struct fake_exchange *f = ask(h, a, "GET", "/v2/", cases[i].headers, S(""));
        CHECK_INT(f->status, cases[i].status);
        CHECK_STR(fake_header(f, "WWW-Authenticate"), cases[i].challenge);
        CHECK_STR(fake_header(f, "Docker-Distribution-API-Version"), S("registry/2.0"));
        if (f->status == 200)
            CHECK_STR(f->answer, S("{}"));
        arena_close(a);
    }
    close_house(h);
}

static str cookie_of(struct arena *a, const struct fake_exchange *f, const char *name)
{
    str prefix = arena_format(a, "%s=", name), head, rest;
    for (size_t i = 0; i < f->header_count; i++)
        if (str_equal_nocase(f->headers[i].name, S("set-cookie")) && str_starts(f->headers[i].value, prefix))
            return str_cut(f->headers[i].value, ';', &head, &rest) ? str_slice(head, prefix.len, head.len) : (str){0};
    return (str){0};
}

static void a_page_of_zot_has_a_session(void **state)
{
    static const struct {
        const char *method, *target;
    } ways[] = {{"GET", "/v2/"}, {"POST", "/auth/login"}, {"POST", "/zot/auth/login"}};
    (void)state;
    for (size_t i = 0; i < COUNTOF(ways); i++) {
        struct house *h = open_house();
        struct arena *a = arena_open(256u << 10);
        CHECK_AT(i);
        struct fake_exchange *f = ask(h, a, ways[i].method, ways[i].target, USER "X-ZOT-API-CLIENT: zot-ui\nHost: h\n", S(""));
        str secret = cookie_of(a, f, "session");
        CHECK_INT(f->status, 200);
        CHECK_STR(cookie_of(a, f, "user"), S("user"));
        NEED(secret.len > 0);
        const char *cookie = arena_cstr(a, arena_format(a, "Host: h\nCookie: session=" STR_FMT "; user=user\n", STR_ARG(secret)));
        const char *both = arena_cstr(a, arena_format(a, "%sX-ZOT-API-CLIENT: zot-ui\n", cookie));
        const char *form = arena_cstr(a, arena_format(a, "%sContent-Type: text/plain\n", both));
        const char *elsewhere = arena_cstr(a, arena_format(a, "%sSec-Fetch-Site: cross-site\n", both));
        const char *json = arena_cstr(a, arena_format(a, "%sContent-Type: application/json\n", both));
        CHECK_INT(ask(h, a, "GET", "/auth/apikey", both, S(""))->status, 200);
        CHECK_INT(ask(h, a, "GET", "/auth/apikey", cookie, S(""))->status, 401); /* not without the header */
        CHECK_INT(ask(h, a, "POST", "/auth/apikey", cookie, S("{}"))->status, 401);
        CHECK_INT(ask(h, a, "POST", "/auth/apikey", form, S("{}"))->status, 403);
        CHECK_INT(ask(h, a, "POST", "/auth/apikey", elsewhere, S("{}"))->status, 403);
        CHECK_INT(ask(h, a, "POST", "/auth/apikey", json, S("{}"))->status, 201);
        f = ask(h, a, "POST", i == 1 ? "/auth/logout" : "/zot/auth/logout", both, S(""));
        CHECK_INT(f->status, 200);
        CHECK_STR(f->answer, S("{}"));
        CHECK(cookie_of(a, f, "session").len == 0 && fake_header_count(f, "Set-Cookie") >= 2);
        CHECK_INT(ask(h, a, "GET", "/auth/apikey", both, S(""))->status, 401);
        arena_close(a);
        close_house(h);
    }
}

static void a_key_opens_no_session(void **state)
{
    struct house *h = open_house();
    struct arena *a = arena_open(64u << 10);
    (void)state;
    const char *headers = arena_cstr(a, arena_format(a, "X-ZOT-API-CLIENT: zot-ui\n%s", with_key(a, house_key(h, "plain"))));
    struct fake_exchange *f = ask(h, a, "GET", "/v2/", headers, S(""));
    CHECK_INT(f->status, 200);
    CHECK_INT(fake_header_count(f, "Set-Cookie"), 0);
    CHECK_INT(ask(h, a, "POST", "/auth/login", headers, S(""))->status, 401);
    CHECK_INT(ask(h, a, "POST", "/auth/login", "X-ZOT-API-CLIENT: zot-ui\n", S(""))->status, 401);
    arena_close(a);
    close_house(h);
}

CHECK_MAIN(TEST(the_documented_key_comes_byte_for_byte), TEST(everything_is_optional), TEST(what_is_wrong_is_400_and_nothing_else),
           TEST(one_revokes_ones_own), TEST(who_may_manage_keys), TEST(scopes_hold), TEST(the_door_says_how_to_sign_in),
           TEST(a_page_of_zot_has_a_session), TEST(a_key_opens_no_session))
