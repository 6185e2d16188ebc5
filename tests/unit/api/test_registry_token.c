/* Tokens of the registry: what of a wish is granted, what they open and what not, what ends them (oci-registry.md
 * 10.3); and the proxy that asks at /registry/auth (chutes-keys.md 8). */
#include "tests/support/check.h"
#include "tests/support/house.h"
#include "tests/support/rest.h"

#include "base/crypt.h"
#include "base/limits.h"
#include "base/time.h"

#define THEN   INT64_C(1770113471000)
#define USER   "Authorization: Basic dXNlcjpwYXNzd29yZA==\n" /* user:password */
#define OTHER  "Authorization: Basic b3RoZXI6cGFzc3dvcmQ=\n" /* other:password */
#define ENTRY(name, actions) "{\"type\":\"repository\",\"name\":\"" name "\",\"actions\":[" actions "]}"
#define CATALOG "{\"type\":\"registry\",\"name\":\"catalog\",\"actions\":[\"*\"]}"

static struct house *open_house(void)
{
    time_set(THEN);
    struct house *h = house_open();
    house_people(h, "{roles: {pusher: [{collection:'repositories', verbs:['read','create','update']}],"
                    "         puller: [{collection:'repositories', verbs:['read'], where:{name:'team/app'}}], nobody: [],"
                    "         everybody: [{collection:'repositories', verbs:['read'], where:{name:'public/app'}}]},"
                    " public: 'everybody',"
                    " users: {user: {roles:['pusher'], password:'password'}, other: {roles:['puller'], password:'password'}},"
                    " keys: {user: {user:'user'}, scoped: {user:'user', scopes:[{repositories:['team/*'], verbs:['read']}]}, role: {role:'pusher'},"
                    "        nobody: {role:'nobody'}}}");
    (void)house_item(h, "repositories", "{name:'team/app', _state:1}");
    (void)house_item(h, "repositories", "{name:'public/app', _state:1}");
    (void)house_item(h, "repositories", "{name:'blobs', _state:1}");
    return h;
}

static void close_house(struct house *h)
{
    house_close(h);
    time_set(0);
}

static struct fake_exchange *get(struct house *h, struct arena *a, const char *target, const char *headers)
{
    return rest_request(h->gate, a, "GET", target, headers, S(""), NULL);
}

static const char *with_key(struct house *h, struct arena *a, const char *name)
{
    return arena_cstr(a, arena_format(a, "api-key: " STR_FMT "\n", STR_ARG(house_key(h, name))));
}

static const char *bearer(struct arena *a, str token)
{
    return arena_cstr(a, arena_format(a, "Authorization: Bearer " STR_FMT "\n", STR_ARG(token)));
}

static str token_in(struct arena *a, const struct fake_exchange *f)
{
    const struct json *v = json_get(house_json(a, arena_cstr(a, f->answer)), S("token"));
    return v && v->type == JSON_TEXT ? v->text : (str){0};
}

static str access_of(struct arena *a, str token)
{
    str head, rest, claims, signature, text;
    (void)str_cut(token, '.', &head, &rest);
    (void)str_cut(rest, '.', &claims, &signature);
    if (!base64url_decode(a, claims, &text))
        return (str){0};
    const struct json *v = json_get(house_json(a, arena_cstr(a, text)), S("access"));
    return v ? json_print(a, v) : (str){0};
}

static void r_8_granted_is_what_was_asked_for_and_may_be(void **state)
{
    static const struct {
        const char *who, *query, *access; /* who: Basic, or a key's name; "" nobody */
    } cases[] = {
        {USER, "?service=x", "[]"},
        {USER, "?scope=repository:team/app:pull", "[" ENTRY("team/app", "\"pull\"") "]"},
        {USER, "?account=user&client_id=docker&scope=repository:new:push,pull", "[" ENTRY("new", "\"pull\",\"push\"") "]"},
        {USER, "?scope=repository:a:pull&scope=repository:b:pull", "[" ENTRY("a", "\"pull\"") "," ENTRY("b", "\"pull\"") "]"},
        {USER, "?scope=repository:a:pull%20repository(plugin):b:pull", "[" ENTRY("a", "\"pull\"") "," ENTRY("b", "\"pull\"") "]"},
        {USER, "?scope=repository:team/app:*", "[" ENTRY("team/app", "\"pull\",\"push\"") "]"},
        {USER, "?scope=repository:team/app:delete", "[]"},
        {USER, "?scope=registry:catalog:*", "[" CATALOG "]"},
        {USER, "?scope=registry:catalog:pull&scope=registry:other:*&scope=registry:catalog", "[]"},
        {USER, "?service=elsewhere.example&scope=repository:team/app:pull", "[]"},
        {USER, "?service=vitrine&scope=repository:team/app:pull", "[" ENTRY("team/app", "\"pull\"") "]"},
        {USER, "?scope=repository:**:pull", "[]"},
        {USER, "?scope=repository:A:pull&scope=nonsense&scope=", "[]"},
        {OTHER, "?scope=repository:team/app:push,pull", "[" ENTRY("team/app", "\"pull\"") "]"},
        {OTHER, "?scope=repository:other:push,pull", "[]"},
        {"user", "?scope=repository:x:push,pull", "[" ENTRY("x", "\"pull\",\"push\"") "]"},
        {"scoped", "?scope=repository:team/app:push,pull&scope=repository:x:pull", "[" ENTRY("team/app", "\"pull\"") "]"},
        {"role", "?scope=repository:x:pull", "[" ENTRY("x", "\"pull\"") "]"},
        {"nobody", "?scope=repository:team/app:pull", "[]"},
        {"nobody", "?scope=registry:catalog:*", "[]"},
        {"", "?scope=registry:catalog:*", "[" CATALOG "]"},
        {"", "?scope=repository:public/app:push,pull", "[" ENTRY("public/app", "\"pull\"") "]"},
        {"", "?scope=repository:team/app:pull", "[]"},
    };
    struct house *h = open_house();
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        struct arena *a = arena_open(128u << 10);
        bool by_key = cases[i].who[0] >= 'a';
        CHECK_AT(i);
        struct fake_exchange *f = get(h, a, arena_cstr(a, arena_format(a, "/v2/token%s", cases[i].query)),
                                      by_key ? with_key(h, a, cases[i].who) : cases[i].who);
        str token = token_in(a, f);
        CHECK_INT(f->status, 200);
        CHECK_STR(fake_header(f, "Cache-Control"), S("no-store"));
        CHECK_STR(access_of(a, token), str_of(cases[i].access));
        CHECK_INT(json_get(house_json(a, arena_cstr(a, f->answer)), S("expires_in"))->integer, 300);
        /* it opens the registry and nothing else, and is narrower than whatever it was made with */
        CHECK_INT(get(h, a, "/v2/", bearer(a, token))->status, 200);
        CHECK_INT(get(h, a, "/api/auth/me", bearer(a, token))->status, 401);
        int keys = get(h, a, "/v2/auth/apikey", bearer(a, token))->status;
        CHECK_INT(keys, cases[i].who[0] ? 403 : 401);
        arena_close(a);
    }
    close_house(h);
}

static void names_have_a_limit_and_scopes_too(void **state)
{
    struct house *h = open_house();
    struct arena *a = arena_open(1u << 20);
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        char *name = arena_get(a, LIMIT_REPOSITORY_BYTES + 1, 1);
        memset(name, 'a', LIMIT_REPOSITORY_BYTES + i);
        str target = arena_format(a, "/v2/token?scope=repository:" STR_FMT ":pull", STR_ARG(((str){name, LIMIT_REPOSITORY_BYTES + i})));
        CHECK_AT(i);
        CHECK_INT(str_equal(access_of(a, token_in(a, get(h, a, arena_cstr(a, target), USER))), S("[]")), i == 1);
        struct buf b;
        buf_init(&b, a, 8000);
        buf_add(&b, S("/v2/token?"));
        for (size_t k = 0; k < LIMIT_SCOPES + i; k++)
            buf_format(&b, "scope=repository:r%zu:pull&", k);
        CHECK_INT(get(h, a, arena_cstr(a, buf_str(&b)), USER)->status, i == 0 ? 200 : 400);
    }
    arena_close(a);
    close_house(h);
}

static uint64_t items_of(struct house *h, struct arena *a)
{
    const struct principal *server = principal_system(h->gate, a, SYSTEM_CHECK);
    struct query q = {.from = house_collection(server, "tokens"), .limit = LIMIT_ROWS};
    struct item_list list;
    struct page page = {0};
    struct problem why = {.arena = a};
    query_all_fields(a, &q, NULL);
    item_list_init(&list, a);
    CHECK_ERR(gate_read(h->gate, server, &q, &list.receiver, &page, &why), ERR_OK);
    return list.count;
}

/* A password leaves nothing that a token could name; one item serves for an hour. */
static void a_persons_tokens_share_an_item(void **state)
{
    struct house *h = open_house();
    struct arena *a = arena_open(1u << 20);
    (void)state;
    str first = token_in(a, get(h, a, "/v2/token", USER));
    for (size_t i = 0; i < 3; i++)
        CHECK(token_in(a, get(h, a, "/v2/token", USER)).len > 0);
    CHECK_INT(items_of(h, a), 1);
    CHECK(token_in(a, get(h, a, "/v2/token", with_key(h, a, "user"))).len > 0); /* a key is named itself */
    CHECK(token_in(a, get(h, a, "/v2/token", "")).len > 0);                     /* nobody is not named */
    CHECK_INT(items_of(h, a), 1);
    time_set(THEN + 56 * 60000); /* not long enough any more */
    CHECK(token_in(a, get(h, a, "/v2/token", USER)).len > 0);
    CHECK_INT(items_of(h, a), 2);
    time_set(THEN + 120 * 60000);
    CHECK(token_in(a, get(h, a, "/v2/token", USER)).len > 0);
    CHECK_INT(items_of(h, a), 1);
    CHECK_INT(get(h, a, "/v2/", bearer(a, first))->status, 401);
    arena_close(a);
    close_house(h);
}

static void a_token_ends_with_what_it_was_made_with(void **state)
{
    struct house *h = open_house();
    struct arena *a = arena_open(1u << 20);
    (void)state;
    str of_user = token_in(a, get(h, a, "/v2/token", OTHER)), of_key = token_in(a, get(h, a, "/v2/token", with_key(h, a, "user")));
    str of_role = token_in(a, get(h, a, "/v2/token", with_key(h, a, "role"))), of_nobody = token_in(a, get(h, a, "/v2/token", ""));
    CHECK_INT(get(h, a, "/v2/", bearer(a, of_user))->status, 200);
    CHECK_INT(get(h, a, "/v2/", bearer(a, of_role))->status, 200);
    CHECK_INT(get(h, a, "/v2/token", bearer(a, of_key))->status, 403); /* nor does it live on in another one */
    CHECK_INT(get(h, a, "/v2/token", bearer(a, of_user))->status, 403);
    house_update(h, "users", house_user(h, "other"), "{active:false}");
    CHECK_INT(get(h, a, "/v2/", bearer(a, of_user))->status, 401);
    house_delete(h, "api_keys", house_key_id(h, "user"));
    CHECK_INT(get(h, a, "/v2/", bearer(a, of_key))->status, 401);
    time_set(THEN + 5 * 60000 + 31000); /* clocks may differ by 30 s */
    CHECK_INT(get(h, a, "/v2/", bearer(a, of_role))->status, 401);
    CHECK_INT(get(h, a, "/v2/", bearer(a, of_nobody))->status, 401);
    arena_close(a);
    close_house(h);
}

/* SE-2: no session stands behind a token that was made with a password. */
static void a_new_password_ends_tokens_too(void **state)
{
    struct house *h = open_house();
    struct arena *a = arena_open(1u << 20);
    (void)state;
    str of_user = token_in(a, get(h, a, "/v2/token", USER)), of_other = token_in(a, get(h, a, "/v2/token", OTHER));
    str of_key = token_in(a, get(h, a, "/v2/token", with_key(h, a, "user")));
    house_update(h, "users", house_user(h, "user"), "{password:'another one'}");
    CHECK_INT(get(h, a, "/v2/", bearer(a, of_user))->status, 401);
    CHECK_INT(get(h, a, "/v2/", bearer(a, of_other))->status, 200);
    CHECK_INT(get(h, a, "/v2/", bearer(a, of_key))->status, 200);
    arena_close(a);
    close_house(h);
}

static void wrong_credentials_are_no_public_ones(void **state)
{
    struct house *h = open_house();
    struct arena *a = arena_open(64u << 10);
    (void)state;
    struct fake_exchange *f = get(h, a, "/v2/token?scope=repository:public/app:pull", "Authorization: Basic dXNlcjp3cm9uZ3dyb25n\n");
    CHECK_INT(f->status, 401);
    CHECK_STR(fake_header(f, "WWW-Authenticate"), S("Basic realm=\"vitrine\""));
    arena_close(a);
    close_house(h);
}

static void a_proxy_is_told_what_to_send_on(void **state)
{
    static const struct {
        const char *who, *uri;        /* uri NULL: the proxy does not say */
        int status;
        const char *access;
    } cases[] = {
        {USER, NULL, 200, "[]"},
        {USER, "/v2/", 200, "[]"},
        {USER, "/v2/team/app/manifests/latest", 200, "[" ENTRY("team/app", "\"pull\"") "]"},
        {USER, "/v2/blobs/blobs/sha256:00?ns=x", 200, "[" ENTRY("blobs", "\"pull\"") "]"},
        {USER, "/v2/team/app/tags/list", 200, "[" ENTRY("team/app", "\"pull\"") "]"},
        {USER, "/v1/team/app/manifests/latest", 401, NULL},
        {USER, "/v2/team/app", 401, NULL},
        {USER, "/v2/**/manifests/latest", 401, NULL},
        {OTHER, "/v2/team/app/manifests/latest", 200, "[" ENTRY("team/app", "\"pull\"") "]"},
        {OTHER, "/v2/other/manifests/latest", 401, NULL},
        {OTHER, NULL, 200, "[]"},
        {"nobody", NULL, 401, NULL},
        {"nobody", "/v2/team/app/manifests/latest", 401, NULL},
        {"scoped", "/v2/team/app/manifests/latest", 200, "[" ENTRY("team/app", "\"pull\"") "]"},
        {"scoped", "/v2/x/manifests/latest", 401, NULL},
        {"", "/v2/public/app/manifests/latest", 401, NULL},
    };
    struct house *h = open_house();
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        struct arena *a = arena_open(128u << 10);
        const char *headers = cases[i].who[0] >= 'a' ? with_key(h, a, cases[i].who) : cases[i].who;
        if (cases[i].uri)
            headers = arena_cstr(a, arena_format(a, "%sX-Original-URI: %s\n", headers, cases[i].uri));
        CHECK_AT(i);
        struct fake_exchange *f = get(h, a, "/registry/auth", headers);
        str sent_on = fake_header(f, "Authorization");
        CHECK_INT(f->status, cases[i].status);
        if (f->status == 200) {
            CHECK_STR(f->answer, S("{\"authenticated\":true}"));
            CHECK(str_starts(sent_on, S("Bearer ")));
            CHECK_STR(access_of(a, str_slice(sent_on, 7, sent_on.len)), str_of(cases[i].access));
            CHECK_INT(get(h, a, "/v2/", bearer(a, str_slice(sent_on, 7, sent_on.len)))->status, 200);
        } else {
            CHECK(str_is_absent(sent_on));
            CHECK(fake_header(f, "WWW-Authenticate").len > 0);
        }
        arena_close(a);
    }
    close_house(h);
}

CHECK_MAIN(TEST(r_8_granted_is_what_was_asked_for_and_may_be), TEST(names_have_a_limit_and_scopes_too), TEST(a_persons_tokens_share_an_item),
           TEST(a_token_ends_with_what_it_was_made_with), TEST(a_new_password_ends_tokens_too),
           TEST(wrong_credentials_are_no_public_ones), TEST(a_proxy_is_told_what_to_send_on))
