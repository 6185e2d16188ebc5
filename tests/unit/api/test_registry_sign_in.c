/* Container clients that sign in with a form and stay signed in (oci-registry.md 10.3): what a form is answered, what a refresh token is
 * good for, what it is no good for, and what ends it. */
#include "tests/support/check.h"

#include "base/limits.h"
#include "base/time.h"
#include "tests/support/browser.h"

#define THEN   INT64_C(1770113471000)
#define BASIC  "Authorization: Basic dXNlcjpwYXNzd29yZA==\n" /* user:password */
#define FORM   "Content-Type: application/x-www-form-urlencoded\n"
#define MEMBER "grant_type=password&service=vitrine&client_id=podman&username=user&password=password"

static struct house *open_house(void)
{
    time_set(THEN);
    struct house *h = house_open();
    house_people(h, "{roles: {pusher: [{collection:'repositories', verbs:['read','create','update']}], reader: [],"
                    "         everybody: [{collection:'repositories', verbs:['read'], where:{name:'public/app'}}]},"
                    " public: 'everybody', users: {user: {roles:['pusher'], password:'password'}, other: {roles:['pusher'], password:'password'}},"
                    " services: {robot: {roles:['pusher']}},"
                    " keys: {user: {user:'user'}, scoped: {user:'user', scopes:[{repositories:['team/*'], verbs:['read']}]},"
                    "        robot: {service:'robot'}, role: {role:'pusher'}, soon: {user:'user', expires_at:'2026-02-03T11:00:00Z'}}}");
    (void)house_item(h, "repositories", "{name:'team/app', _state:1}");
    (void)house_item(h, "repositories", "{name:'public/app', _state:1}");
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

static struct fake_exchange *post(struct house *h, struct arena *a, const char *headers, str form)
{
    return rest_request(h->gate, a, "POST", "/v2/token", headers, form, NULL);
}

static str member(struct arena *a, const struct fake_exchange *f, const char *name)
{
    const struct json *v = f->answer.len ? json_get(house_json(a, arena_cstr(a, f->answer)), str_of(name)) : NULL;
    return v && v->type == JSON_TEXT ? v->text : (str){0};
}

static const char *with(struct arena *a, const char *format, str value)
{
    return arena_cstr(a, arena_format(a, "%s" STR_FMT "\n", format, STR_ARG(value)));
}

static str refresh_form(struct arena *a, str refresh, const char *more)
{
    return arena_format(a, "grant_type=refresh_token&service=vitrine&client_id=podman&refresh_token=" STR_FMT "%s", STR_ARG(refresh), more);
}

static struct fake_exchange *refresh(struct house *h, struct arena *a, str token, const char *more)
{
    return post(h, a, FORM, refresh_form(a, token, more));
}

/* A refresh token for a header's credential. */
static str offline(struct house *h, struct arena *a, const char *headers)
{
    struct fake_exchange *f = get(h, a, "/v2/token?offline_token=true&client_id=docker&service=vitrine", headers);
    CHECK_INT(f->status, 200);
    return member(a, f, "refresh_token");
}

static const char *key_of(struct house *h, struct arena *a, const char *name)
{
    return with(a, "api-key: ", house_key(h, name));
}

static void a_form_is_a_sign_in(void **state)
{
    static const struct {
        const char *headers, *form;
        int status;
        const char *scope, *code;
        bool refreshes;
    } cases[] = {
        {FORM, MEMBER, 200, "", "", false},
        {FORM, MEMBER "&scope=repository:a:pull", 200, "repository:a:pull", "", false},
        {FORM, MEMBER "&scope=repository:a:push,pull+repository:b:pull", 200, "repository:a:pull,push repository:b:pull", "", false},
        {FORM, MEMBER "&scope=repository:a:delete+registry:catalog:*", 200, "registry:catalog:*", "", false},
        {FORM, MEMBER "&scope=nonsense+::+repository:A:pull+repository:**:pull", 200, "", "", false},
        {FORM, MEMBER "&access_type=offline", 200, "", "", true},
        {FORM, MEMBER "&access_type=online", 200, "", "", false},
        {FORM, "grant_type=password&username=user&password=password&scope=repository:a:pull", 200, "repository:a:pull", "", false},
        {FORM, "grant_type=password&service=elsewhere.example&username=user&password=password&scope=repository:a:pull", 200, "", "", false},
        {FORM, "grant_type=password&username=user&password=wrong", 401, NULL, "UNAUTHORIZED", false},
        {FORM, "grant_type=password&username=nobody&password=password&scope=repository:public/app:pull", 401, NULL, "UNAUTHORIZED", false},
        {FORM, "grant_type=password&username=user", 400, NULL, "UNSUPPORTED", false},
        {FORM, "grant_type=password&password=password", 400, NULL, "UNSUPPORTED", false},
        {FORM, "grant_type=client_credentials&username=user&password=password", 400, NULL, "UNSUPPORTED", false},
        {FORM, "username=user&password=password", 400, NULL, "UNSUPPORTED", false},
        {FORM, "", 400, NULL, "UNSUPPORTED", false},
        {FORM, "grant_type=refresh_token", 400, NULL, "UNSUPPORTED", false},
        {FORM, "grant_type=refresh_token&refresh_token=x", 401, NULL, "UNAUTHORIZED", false},
        {FORM, "grant_type=refresh_token&refresh_token=vtf_0123456789012345678901234567890123456789012", 401, NULL, "UNAUTHORIZED", false},
        {FORM, MEMBER "&username=user", 400, NULL, "UNSUPPORTED", false},
        {FORM, "grant_type=password&username=%ff&password=%00", 400, NULL, "UNSUPPORTED", false},
        {"Content-Type: application/json\n", "{\"grant_type\":\"password\"}", 415, NULL, "UNSUPPORTED", false},
        {FORM BASIC, MEMBER, 200, "", "", false}, /* twice the same */
        {FORM "Authorization: Basic b3RoZXI6cGFzc3dvcmQ=\n", MEMBER, 400, NULL, "UNSUPPORTED", false}, /* other:password */
        {FORM "Authorization: Basic b3RoZXI6d3Jvbmd3cm9uZw==\n", MEMBER, 401, NULL, "UNAUTHORIZED", false},
    };
    struct house *h = open_house();
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        struct arena *a = arena_open(128u << 10);
        CHECK_AT(i);
        struct fake_exchange *f = post(h, a, cases[i].headers, str_of(cases[i].form));
        CHECK_INT(f->status, cases[i].status);
        CHECK_STR(fake_header(f, "Cache-Control"), S("no-store"));
        CHECK_STR(fake_header(f, "Docker-Distribution-API-Version"), S("registry/2.0"));
        CHECK_STR(fake_header(f, "WWW-Authenticate"), f->status == 401 ? S("Basic realm=\"vitrine\"") : (str){0});
        CHECK_STR(member(a, f, "scope"), cases[i].scope ? str_of(cases[i].scope) : (str){0});
        CHECK_INT(member(a, f, "refresh_token").len > 0, cases[i].refreshes);
        CHECK_INT(str_contains(f->answer, arena_format(a, "\"code\":\"%s\"", cases[i].code)), cases[i].code[0] != '\0');
        if (f->status == 200) {
            CHECK_STR(member(a, f, "token"), member(a, f, "access_token"));
            CHECK(str_contains(f->answer, S("\"expires_in\":300,\"issued_at\":\"2026-02-03T")));
            CHECK_INT(get(h, a, "/v2/", with(a, "Authorization: Bearer ", member(a, f, "token")))->status, 200);
        }
        arena_close(a);
    }
    close_house(h);
}

/* A key is as good as a password, there as in a header. */
static void a_form_takes_keys_too(void **state)
{
    static const char *const names[] = {"user", "scoped", "robot", "role"};
    struct house *h = open_house();
    (void)state;
    for (size_t i = 0; i < COUNTOF(names); i++) {
        struct arena *a = arena_open(128u << 10);
        CHECK_AT(i);
        str form = arena_format(a, "grant_type=password&username=x&password=" STR_FMT "&scope=repository:team/app:pull,push&access_type=offline",
                                STR_ARG(house_key(h, names[i])));
        struct fake_exchange *f = post(h, a, FORM, form);
        const char *wanted = i == 1 ? "repository:team/app:pull" : "repository:team/app:pull,push";
        CHECK_INT(f->status, 200);
        CHECK_STR(member(a, f, "scope"), str_of(wanted));
        f = refresh(h, a, member(a, f, "refresh_token"), "&scope=repository:team/app:pull,push");
        CHECK_INT(f->status, 200);
        CHECK_STR(member(a, f, "scope"), str_of(wanted)); /* as wide as what it was made with, and no wider */
        CHECK_STR(member(a, f, "refresh_token"), (str){0});
        arena_close(a);
    }
    close_house(h);
}

/* It asks for tokens, again and again, for other things than it was made for, and opens nothing itself. */
static void a_refresh_token_is_good_for_tokens_alone(void **state)
{
    static const char *const headers[] = {"api-key: ", "Authorization: Bearer ", "Authorization: ", "Cookie: vitrine_session=",
                                          "X-ZOT-API-CLIENT: zot-ui\nCookie: session=", "Cookie: user_token="};
    static const char *const paths[] = {"/v2/", "/v2/_catalog", "/v2/token", "/api/auth/me", "/zot/auth/apikey", "/registry/auth"};
    struct house *h = open_house();
    struct arena *a = arena_open(1u << 20);
    (void)state;
    str token = offline(h, a, BASIC);
    for (size_t i = 0; i < 3; i++) {
        struct fake_exchange *f = refresh(h, a, token, "&access_type=offline&scope=repository:team/app:pull");
        CHECK_INT(f->status, 200);
        CHECK_STR(member(a, f, "scope"), S("repository:team/app:pull"));
        CHECK_STR(member(a, f, "refresh_token"), token); /* kept by clients as it is */
        const char *bearer = with(a, "Authorization: Bearer ", member(a, f, "token"));
        CHECK_INT(get(h, a, "/v2/team/app/tags/list", bearer)->status, 200);
        CHECK_INT(get(h, a, "/v2/public/app/tags/list", bearer)->status, 401);
        CHECK_INT(get(h, a, "/v2/token?offline_token=true", bearer)->status, 403); /* nor do tokens make others */
        CHECK_INT(get(h, a, "/api/auth/me", bearer)->status, 401);
    }
    for (size_t i = 0; i < COUNTOF(headers) * COUNTOF(paths); i++) {
        CHECK_AT(i);
        CHECK_INT(get(h, a, paths[i % COUNTOF(paths)], with(a, headers[i / COUNTOF(paths)], token))->status, 401);
    }
    str password = base64_encode(a, arena_format(a, "user:" STR_FMT, STR_ARG(token)));
    CHECK_INT(get(h, a, "/v2/", with(a, "Authorization: Basic ", password))->status, 401);
    CHECK_INT(refresh(h, a, house_key(h, "user"), "")->status, 401); /* nor is a key one */
    CHECK_STR(offline(h, a, ""), (str){0});                          /* nobody's */
    arena_close(a);
    close_house(h);
}

/* What a browser sends by itself makes nothing that stays. */
static void a_cookie_makes_none(void **state)
{
    struct house *h = open_house();
    struct arena *a = h->arena;
    struct browser b = browser_sign_in(h, "user", "password");
    (void)state;
    struct fake_exchange *f = get(h, a, "/v2/token?offline_token=true&service=vitrine", with(a, "Cookie: ", b.cookie));
    CHECK_INT(f->status, 200);
    CHECK(member(a, f, "token").len > 0);
    CHECK_STR(member(a, f, "refresh_token"), (str){0});
    close_house(h);
}

static str item_of(struct house *h, struct arena *a, const char *label)
{
    return house_find(h, a, "tokens", "label", label);
}

static void new_password(struct house *h) { house_update(h, "users", house_user(h, "user"), "{password:'another one'}"); }
static void switched_off(struct house *h) { house_update(h, "users", house_user(h, "user"), "{active:false}"); }
static void other_roles(struct house *h) { house_update(h, "users", house_user(h, "user"), "{roles:[]}"); }
static void new_factor(struct house *h) { house_update(h, "users", house_user(h, "user"), "{totp_enabled:true}"); }
static void signed_out(struct house *h) { house_update(h, "users", house_user(h, "user"), "{signed_out_at:'2026-02-03T10:11:12Z'}"); }
static void no_person(struct house *h) { house_delete(h, "users", house_user(h, "user")); }
static void no_item(struct house *h) { house_delete(h, "tokens", item_of(h, h->arena, "registry: docker")); }
static void no_key(struct house *h) { house_delete(h, "api_keys", house_key_id(h, "user")); }
static void key_off(struct house *h) { house_update(h, "api_keys", house_key_id(h, "user"), "{disabled:true}"); }
static void key_revoked(struct house *h)
{
    struct problem why = {.arena = h->arena};
    CHECK_PROBLEM(gate_key_revoke(h->gate, h->arena, house_key_id(h, "user"), &why), ERR_OK, &why);
}
static void time_is_up(struct house *h)
{
    (void)h;
    time_set(THEN + (int64_t)LIMIT_REFRESH_TOKEN_S * 1000);
}
static void time_is_not_up(struct house *h)
{
    (void)h;
    time_set(THEN + (int64_t)LIMIT_REFRESH_TOKEN_S * 1000 - 1000);
}
static void nothing(struct house *h) { (void)h; }

static void what_ends_it(void **state)
{
    static const struct {
        void (*happens)(struct house *h);
        bool of_key;                  /* it was made with one */
        int refreshes, opens;         /* statuses: the refresh token, and a token that it had given before */
    } cases[] = {
        {nothing, false, 200, 200},      {nothing, true, 200, 200},
        {new_password, false, 401, 401}, {new_password, true, 200, 200}, /* keys have nothing to do with it */
        {switched_off, false, 401, 401}, {switched_off, true, 401, 401},
        {other_roles, false, 401, 401},  {new_factor, false, 401, 401},
        {signed_out, false, 401, 401},   {signed_out, true, 200, 200},
        {no_person, false, 401, 401},    {no_person, true, 401, 401},
        {no_item, false, 401, 401},      {no_item, true, 401, 401},
        {no_key, false, 200, 200},       {no_key, true, 401, 401},
        {key_off, true, 401, 401},       {key_revoked, true, 401, 401},
        {time_is_not_up, false, 200, 401}, {time_is_up, false, 401, 401},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        struct house *h = open_house();
        struct arena *a = h->arena;
        CHECK_AT(i);
        str token = offline(h, a, cases[i].of_key ? key_of(h, a, "user") : BASIC);
        const char *bearer = with(a, "Authorization: Bearer ", member(a, refresh(h, a, token, ""), "token"));
        CHECK_INT(get(h, a, "/v2/", bearer)->status, 200);
        cases[i].happens(h);
        CHECK_INT(refresh(h, a, token, "")->status, cases[i].refreshes);
        CHECK_INT(get(h, a, "/v2/", bearer)->status, cases[i].opens);
        close_house(h);
    }
}

/* It does not outlive its key, and what it grants is judged anew each time. */
static void it_is_never_more_than_its_credential(void **state)
{
    struct house *h = open_house();
    struct arena *a = arena_open(512u << 10);
    (void)state;
    str soon = offline(h, a, key_of(h, a, "soon")), of_key = offline(h, a, key_of(h, a, "user"));
    CHECK_INT(refresh(h, a, soon, "")->status, 200);
    CHECK_STR(member(a, refresh(h, a, of_key, "&scope=repository:team/app:push"), "scope"), S("repository:team/app:push"));
    house_people(h, "{users: {user: {roles:['reader']}}}");
    CHECK_STR(member(a, refresh(h, a, of_key, "&scope=repository:team/app:push"), "scope"), S(""));
    time_set(INT64_C(1770116400000)); /* its end */
    CHECK_INT(refresh(h, a, soon, "")->status, 401);
    arena_close(a);
    close_house(h);
}

/* A digest and nothing that leads back; what the client calls itself is only a label. */
static void what_is_kept_is_no_secret(void **state)
{
    static const struct {
        const char *client, *label;
    } cases[] = {
        {"docker", "registry: docker"},
        {"", "registry sign-in"},
        {"a%0Ab", "registry: a"},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaZZZ",
         "registry: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
    };
    struct house *h = open_house();
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        struct arena *a = arena_open(128u << 10);
        CHECK_AT(i);
        str target = arena_format(a, "/v2/token?offline_token=true&client_id=%s", cases[i].client);
        str token = member(a, get(h, a, arena_cstr(a, target), BASIC), "refresh_token");
        str id = item_of(h, a, cases[i].label);
        CHECK(token.len == 47 && str_starts(token, S("vtf_")));
        CHECK_STR(house_value(h, a, "tokens", id, "kind"), S("\"refresh\""));
        CHECK(!str_contains(house_value(h, a, "tokens", id, "token"), token));
        arena_close(a);
    }
    close_house(h);
}

static size_t refreshing(struct house *h, struct arena *a)
{
    const struct principal *server = principal_system(h->gate, a, SYSTEM_CHECK);
    const struct collection *c = house_collection(server, "tokens");
    struct query q = {.from = c, .limit = LIMIT_ROWS, .where = filter_test(a, collection_field(c, S("kind")), TEST_EQ, json_of_text(S("refresh")))};
    struct item_list list;
    struct page page = {0};
    struct problem why = {.arena = a};
    query_all_fields(a, &q, NULL);
    item_list_init(&list, a);
    CHECK_ERR(gate_read(h->gate, server, &q, &list.receiver, &page, &why), ERR_OK);
    return list.count;
}

/* LIMIT_REFRESH_TOKENS: the oldest one makes room, and those that are over do before it. */
static void there_are_so_many(void **state)
{
    struct house *h = open_house();
    struct arena *a = arena_open(4u << 20);
    (void)state;
    str first = offline(h, a, BASIC), second = {0}, of_key = offline(h, a, key_of(h, a, "user"));
    for (unsigned i = 1; i < LIMIT_REFRESH_TOKENS; i++) {
        time_set(THEN + i * 1000);
        str one = offline(h, a, BASIC);
        second = i == 1 ? one : second;
    }
    CHECK_INT(refresh(h, a, first, "")->status, 200);
    time_set(THEN + 100000);
    CHECK(offline(h, a, BASIC).len > 0);
    CHECK_INT(refresh(h, a, first, "")->status, 401);
    CHECK_INT(refresh(h, a, second, "")->status, 200);
    CHECK_INT(refresh(h, a, of_key, "")->status, 200); /* is counted by itself */
    CHECK_INT(refreshing(h, a), LIMIT_REFRESH_TOKENS + 1);
    time_set(THEN + 200000 + (int64_t)LIMIT_REFRESH_TOKEN_S * 1000);
    CHECK(offline(h, a, BASIC).len > 0);
    CHECK_INT(refreshing(h, a), 2);
    arena_close(a);
    close_house(h);
}

static void forms_have_a_limit(void **state)
{
    struct house *h = open_house();
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct arena *a = arena_open(512u << 10);
        str head = S(MEMBER "&more=");
        char *form = arena_get(a, LIMIT_TOKEN_FORM_BYTES + 1, 1);
        memset(form, 'a', LIMIT_TOKEN_FORM_BYTES + 1);
        memcpy(form, head.at, head.len);
        CHECK_AT(i);
        CHECK_INT(post(h, a, FORM, (str){form, LIMIT_TOKEN_FORM_BYTES + i})->status, i == 0 ? 200 : 413);
        arena_close(a);
    }
    close_house(h);
}

/* Of two a proxy may have read the other one. */
static void two_authorizations_are_none(void **state)
{
    static const struct {
        const char *path, *headers;
        int status;
    } cases[] = {
        {"/v2/", BASIC, 200},
        {"/v2/", BASIC BASIC, 401},
        {"/v2/token", BASIC BASIC, 401},
        {"/v2/team/app/tags/list", BASIC "authorization: Basic eDp5\n", 401},
        {"/v2/public/app/tags/list", "Authorization: Bearer public\n" BASIC, 401},
        {"/api/auth/me", BASIC BASIC, 200},
    };
    struct house *h = open_house();
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        struct arena *a = arena_open(128u << 10);
        CHECK_AT(i);
        CHECK_INT(get(h, a, cases[i].path, cases[i].headers)->status, cases[i].status);
        arena_close(a);
    }
    close_house(h);
}

/* Wrong ones are counted by their address like wrong headers. */
static void guessing_is_slowed_down(void **state)
{
    time_set(THEN);
    struct house *h = house_open_with(&(struct house_config){.bad_keys_per_minute = 3});
    struct arena *a = arena_open(512u << 10);
    (void)state;
    house_people(h, "{roles: {r: []}, keys: {good: {role:'r'}}}");
    str good = offline(h, a, key_of(h, a, "good"));
    for (int i = 0; i < 5; i++) {
        CHECK_AT(i);
        struct fake_exchange *f = refresh(h, a, S("vtf_0123456789012345678901234567890123456789012"), "");
        CHECK_INT(f->status, i < 3 ? 401 : 429);
        CHECK_INT(fake_header(f, "Retry-After").len > 0, i >= 3);
        CHECK_INT(str_contains(f->answer, S("TOOMANYREQUESTS")), i >= 3);
    }
    CHECK_INT(refresh(h, a, good, "")->status, 200);
    arena_close(a);
    close_house(h);
}

CHECK_MAIN(TEST(a_form_is_a_sign_in), TEST(a_form_takes_keys_too), TEST(a_refresh_token_is_good_for_tokens_alone), TEST(a_cookie_makes_none),
           TEST(what_ends_it), TEST(it_is_never_more_than_its_credential), TEST(what_is_kept_is_no_secret), TEST(there_are_so_many),
           TEST(forms_have_a_limit), TEST(two_authorizations_are_none), TEST(guessing_is_slowed_down))
