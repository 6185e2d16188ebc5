/* Chutes' keys (chutes-keys.md 4, 5, 9, 10): objects, pages, the order of refusals and their words, and that a key
 * may do what it says and no more. */
#include "tests/support/check.h"
#include "tests/support/house.h"
#include "tests/support/rest.h"

#include "base/time.h"

#define THEN  INT64_C(1770113471131) /* 2026-02-03T10:11:11.131Z */
#define USER  "Authorization: Basic dXNlcjpwYXNzd29yZA==\n" /* user:password */
#define OTHER "Authorization: Basic b3RoZXI6cGFzc3dvcmQ=\n" /* other:password */
#define NO_KEY "API key not found, or does not belong to you"

static struct house *open_house(void)
{
    time_set(THEN);
    struct house *h = house_open();
    house_model(h, "[{name:'chutes', fields:[{name:'title', kind:'text'}]}, {name:'posts', fields:[{name:'title', kind:'text'}]}]");
    house_people(h, "{roles: {reader: [{collection:'chutes', verbs:['read','update']}, {collection:'posts', verbs:['read']},"
                    "         {collection:'repositories', verbs:['read','create','update','delete']}]},"
                    " users: {user: {roles:['reader'], password:'password'}, other: {roles:['reader'], password:'password'}},"
                    " keys: {plain: {user:'user'}}}");
    return h;
}

static void close_house(struct house *h)
{
    house_close(h);
    time_set(0);
}

static struct fake_exchange *ask(struct house *h, struct arena *a, const char *method, const char *target, const char *headers,
                                 const char *body)
{
    return rest_request(h->gate, a, method, target, headers, str_of(body), NULL);
}

static const struct json *tree(struct arena *a, const struct fake_exchange *f)
{
    return house_json(a, arena_cstr(a, f->answer));
}

static str member(const struct json *v, const char *name)
{
    const struct json *m = json_get(v, str_of(name));
    return m && m->type == JSON_TEXT ? m->text : (str){0};
}

static str detail_of(struct arena *a, const struct fake_exchange *f)
{
    return member(tree(a, f), "detail");
}

static const char *bearer(struct arena *a, str key)
{
    return arena_cstr(a, arena_format(a, "Authorization: Bearer " STR_FMT "\n", STR_ARG(key)));
}

static void a_key_is_made_shown_listed_and_deleted(void **state)
{
    struct house *h = open_house();
    struct arena *a = arena_open(1u << 20);
    (void)state;
    struct fake_exchange *f = ask(h, a, "POST", "/api_keys/", USER,
                                  "{\"admin\":false,\"name\":\"ci-pull\",\"scopes\":[{\"object_type\":\"images\",\"action\":\"read\"}]}");
    CHECK_INT(f->status, 200);
    str id = member(tree(a, f), "api_key_id"), key = member(tree(a, f), "secret_key");
    const struct json *scopes = json_get(tree(a, f), S("scopes"));
    NEED(scopes && scopes->count == 1);
    str scope_id = member(&scopes->items[0], "scope_id"), owner = member(tree(a, f), "user_id");
    str object = arena_format(a, "\"api_key_id\":\"" STR_FMT "\",\"user_id\":\"" STR_FMT "\",\"admin\":false,\"name\":\"ci-pull\","
                                 "\"created_at\":\"2026-02-03T10:11:11.131000\",\"last_used_at\":null,\"scopes\":[{\"scope_id\":\"" STR_FMT
                                 "\",\"object_type\":\"images\",\"object_id\":null,\"action\":\"read\",\"method\":\"read\"}]",
                              STR_ARG(id), STR_ARG(owner), STR_ARG(scope_id));
    CHECK_STR(f->answer, arena_format(a, "{" STR_FMT ",\"secret_key\":\"" STR_FMT "\"}", STR_ARG(object), STR_ARG(key)));
    CHECK_INT(key.len, 102);
    CHECK_INT(scope_id.len, 36);
    f = ask(h, a, "GET", "/api_keys/", USER, "");
    CHECK_STR(f->answer, arena_format(a, "{\"total\":1,\"page\":0,\"limit\":25,\"items\":[{" STR_FMT "}],\"cord_refs\":null}", STR_ARG(object)));
    const char *target = arena_cstr(a, arena_format(a, "/api_keys/" STR_FMT, STR_ARG(id)));
    f = ask(h, a, "GET", target, USER, "");
    CHECK_STR(f->answer, arena_format(a, "{" STR_FMT "}", STR_ARG(object)));
    f = ask(h, a, "GET", target, OTHER, "");
    CHECK_INT(f->status, 404);
    CHECK_STR(detail_of(a, f), arena_format(a, "API key with id " STR_FMT " not found or doesn't belong to you", STR_ARG(id)));
    f = ask(h, a, "DELETE", target, OTHER, "");
    CHECK_INT(f->status, 404);
    CHECK_STR(detail_of(a, f), S(NO_KEY));
    f = ask(h, a, "DELETE", target, USER, "");
    CHECK_STR(f->answer, arena_format(a, "{\"api_key_id\":\"" STR_FMT "\",\"deleted\":true}", STR_ARG(id)));
    CHECK_INT(ask(h, a, "DELETE", target, USER, "")->status, 404);
    CHECK_INT(ask(h, a, "GET", "/api_keys/", bearer(a, key), "")->status, 401); /* at once */
    arena_close(a);
    close_house(h);
}

static void pages_begin_with_zero(void **state)
{
    static const struct {
        const char *query;
        int64_t page, limit;
        size_t count;
    } cases[] = {
        {"", 0, 25, 5}, {"?page=0&limit=2", 0, 2, 2}, {"?page=2&limit=2", 2, 2, 1}, {"?page=3&limit=2", 3, 2, 0},
        {"?limit=0", 0, 0, 5}, {"?limit=1000", 0, 1000, 5}, {"?page=10000&limit=1000", 10000, 1000, 0},
    };
    struct house *h = open_house();
    struct arena *a = arena_open(1u << 20);
    (void)state;
    for (size_t i = 0; i < 5; i++)
        CHECK_INT(ask(h, a, "POST", "/api_keys/", USER, arena_cstr(a, arena_format(a, "{\"admin\":true,\"name\":\"k%zu\"}", i)))->status, 200);
    CHECK_INT(ask(h, a, "POST", "/api_keys/", OTHER, "{\"admin\":true,\"name\":\"k0\"}")->status, 200);
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        struct fake_exchange *f = ask(h, a, "GET", arena_cstr(a, arena_format(a, "/api_keys/%s", cases[i].query)), USER, "");
        const struct json *t = tree(a, f);
        CHECK_AT(i);
        CHECK_INT(f->status, 200);
        CHECK_INT(json_get(t, S("total"))->integer, 5);
        CHECK_INT(json_get(t, S("page"))->integer, cases[i].page);
        CHECK_INT(json_get(t, S("limit"))->integer, cases[i].limit);
        CHECK_INT(json_get(t, S("items"))->count, cases[i].count);
    }
    arena_close(a);
    close_house(h);
}

/* Bad JSON, then who asks, then the members, then what they mean, then what is there. */
static void refusals_come_in_order(void **state)
{
    static const char no_user[] = "Can't find a user with that api key in our db :(";
    static const char bad_name[] = "Invalid request: API key name should start with alphanumeric character and contain up to 32 total "
                                   "allowed characters (letters, numbers, dashes, underscores, or spaces)";
    static const char bad_type[] = "Invalid request: Invalid object_type, must be one of images, chutes, invocations";
    static const struct {
        const char *method, *target, *headers, *body;
        int status;
        const char *detail; /* NULL: a list */
    } cases[] = {
        {"POST", "/api_keys/", "", "{", 422, NULL},
        {"POST", "/api_keys/", "", "{}", 401, no_user},
        {"POST", "/api_keys/", USER, "{}", 422, NULL},
        {"POST", "/api_keys/", USER "Content-Type: text/plain\n", "{}", 422, NULL},
        {"POST", "/api_keys/", USER, "", 422, NULL},
        {"POST", "/api_keys/", USER, "{\"admin\":true,\"name\":\"taken\"}", 409, "An API key already exists with this name"},
        {"POST", "/api_keys/", USER, "{\"admin\":true,\"name\":\"\"}", 400, bad_name},
        {"POST", "/api_keys/", USER, "{\"admin\":true,\"name\":\"1234567890123456789012345\"}", 400, bad_name},
        {"POST", "/api_keys/", USER, "{\"admin\":true,\"name\":\"a\\n\"}", 400, bad_name},
        {"POST", "/api_keys/", USER, "{\"admin\":true,\"name\":\"a/b\"}", 400, bad_name},
        {"POST", "/api_keys/", USER, "{\"admin\":false,\"name\":\"a\",\"scopes\":[{\"object_type\":\"nodes\"}]}", 400, bad_type},
        {"POST", "/api_keys/", USER, "{\"admin\":false,\"name\":\"a\",\"scopes\":[{\"object_type\":\"images\",\"object_id\":\"*\"}]}", 400,
         "Invalid request: Invalid object_id"},
        {"POST", "/api_keys/", USER, "{\"admin\":false,\"name\":\"a\",\"scopes\":[{\"object_type\":\"images\",\"action\":\"run\"}]}", 422, NULL},
        {"GET", "/api_keys/", "", "", 401, no_user},
        {"GET", "/api_keys/?page=x", "", "", 401, no_user},
        {"GET", "/api_keys/?page=x", USER, "", 422, NULL},
        {"GET", "/api_keys/?page=-1&limit=1001", USER, "", 422, NULL},
        {"GET", "/api_keys/", "Authorization: Bearer cpk_1\n", "", 401, "Missing or invalid authorization header(s)"},
        {"GET", "/api_keys/", "Authorization: nonsense\n", "", 401, "Missing or invalid authorization header(s)"},
        {"GET", "/api_keys/", "Authorization: Bearer a.b.c\n", "", 401, "Invalid token or user not found"},
        {"GET", "/api_keys/", "Authorization: Bearer cpk_00000000000000000000000000000000.00000000000000000000000000000000."
                              "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n", "", 401, "Invalid token or user not found"},
        {"GET", "/api_keys/x", USER, "", 404, "API key with id x not found or doesn't belong to you"},
        {"DELETE", "/api_keys/x", USER, "", 404, NO_KEY},
        {"GET", "/api_keys/", "X-Chutes-Hotkey: x\nX-Chutes-Signature: y\nX-Chutes-Nonce: 1\n", "", 401, "Invalid nonce!"},
    };
    struct house *h = open_house();
    struct arena *a = arena_open(1u << 20);
    (void)state;
    CHECK_INT(ask(h, a, "POST", "/api_keys/", USER, "{\"admin\":true,\"name\":\"taken\"}")->status, 200);
    CHECK_INT(ask(h, a, "POST", "/api_keys/", OTHER, "{\"admin\":true,\"name\":\"taken\"}")->status, 200);
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        struct fake_exchange *f = ask(h, a, cases[i].method, cases[i].target, cases[i].headers, cases[i].body);
        CHECK_AT(i);
        CHECK_INT(f->status, cases[i].status);
        CHECK_STR(detail_of(a, f), str_of(cases[i].detail ? cases[i].detail : ""));
        CHECK(f->status != 401 || fake_header(f, "WWW-Authenticate").len > 0);
    }
    arena_close(a);
    close_house(h);
}

static void names_have_many_letters(void **state)
{
    static const char *const names[] = {"a", "123456789012345678901234", "Zürich 1", "日本語", "$._-"};
    struct house *h = open_house();
    struct arena *a = arena_open(1u << 20);
    (void)state;
    for (size_t i = 0; i < COUNTOF(names); i++) {
        CHECK_AT(i);
        str body = arena_format(a, "{\"admin\":\"yes\",\"name\":\"%s\",\"scopes\":null}", names[i]);
        CHECK_STR(member(tree(a, ask(h, a, "POST", "/api_keys/", USER, arena_cstr(a, body))), "name"), str_of(names[i]));
    }
    arena_close(a);
    close_house(h);
}

/* The same key in the three ways in which those clients send it. */
static void a_key_is_good_behind_any_word(void **state)
{
    static const char *const forms[] = {"Authorization: Bearer %s\n", "Authorization: %s\n", "Authorization: Basic %s\n",
                                        "Authorization: bEaReR %s\n", "api-key: %s\n"};
    struct house *h = open_house();
    struct arena *a = arena_open(1u << 20);
    (void)state;
    str key = member(tree(a, ask(h, a, "POST", "/api_keys/", USER, "{\"admin\":true,\"name\":\"k\"}")), "secret_key");
    for (size_t i = 0; i < COUNTOF(forms); i++) {
        str head, tail;
        CHECK_AT(i);
        (void)str_cut(str_of(forms[i]), '%', &head, &tail);
        const char *headers = arena_cstr(a, arena_format(a, STR_FMT STR_FMT "\n", STR_ARG(head), STR_ARG(key)));
        CHECK_INT(ask(h, a, "GET", "/api/content/items/posts", headers, "")->status, 200);
        char *changed = (char *)(uintptr_t)arena_copy(a, key).at;
        changed[101] = changed[101] == 'A' ? 'B' : 'A';
        headers = arena_cstr(a, arena_format(a, STR_FMT STR_FMT "\n", STR_ARG(head), STR_ARG(((str){changed, key.len}))));
        CHECK_INT(ask(h, a, "GET", "/api/content/items/posts", headers, "")->status, 401);
    }
    arena_close(a);
    close_house(h);
}

static void a_key_may_do_what_it_says(void **state)
{
    static const struct {
        const char *body;
        int chutes, one, other, write, posts; /* GET list, GET the one, GET another, PATCH the one, GET posts */
    } cases[] = {
        {"{\"admin\":true,\"name\":\"k\",\"scopes\":[{\"object_type\":\"images\"}]}", 200, 200, 200, 200, 200},
        {"{\"admin\":false,\"name\":\"k\"}", 404, 404, 404, 404, 404},
        {"{\"admin\":false,\"name\":\"k\",\"scopes\":null}", 404, 404, 404, 404, 404},
        {"{\"admin\":false,\"name\":\"k\",\"scopes\":[]}", 404, 404, 404, 404, 404},
        {"{\"admin\":false,\"name\":\"k\",\"scopes\":[{\"object_type\":\"images\"}]}", 404, 404, 404, 404, 404},
        {"{\"admin\":false,\"name\":\"k\",\"scopes\":[{\"object_type\":\"chutes\"}]}", 200, 200, 200, 200, 404},
        {"{\"admin\":false,\"name\":\"k\",\"scopes\":[{\"object_type\":\"chutes\",\"action\":\"read\"}]}", 200, 200, 200, 403, 404},
        {"{\"admin\":false,\"name\":\"k\",\"scopes\":[{\"object_type\":\"chutes\",\"action\":\"invoke\"}]}", 0, 0, 0, 0, 0}, /* there is no such action, so nobody holds it */
        {"{\"admin\":false,\"name\":\"k\",\"scopes\":[{\"object_type\":\"chutes\",\"object_id\":\"0123456789abcdef01234567\",\"action\":\"read\"}]}",
         200, 404, 404, 403, 404},
        {"{\"admin\":false,\"name\":\"k\",\"scopes\":[{\"object_type\":\"chutes\",\"object_id\":\"ONE\"}]}", 200, 200, 404, 200, 404},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        struct house *h = open_house();
        struct arena *a = arena_open(1u << 20);
        str one = house_item(h, "chutes", "{title:'one', _state:1}"), other = house_item(h, "chutes", "{title:'two', _state:1}");
        str before, after, body = str_of(cases[i].body);
        (void)house_item(h, "posts", "{title:'p', _state:1}");
        const char *at = strstr(cases[i].body, "ONE");
        if (at) {
            before = str_slice(body, 0, (size_t)(at - cases[i].body));
            after = str_slice(body, before.len + 3, body.len);
            body = arena_format(a, STR_FMT STR_FMT STR_FMT, STR_ARG(before), STR_ARG(one), STR_ARG(after));
        }
        CHECK_AT(i);
        struct fake_exchange *f = ask(h, a, "POST", "/api_keys/", USER, arena_cstr(a, body));
        CHECK_INT(f->status, cases[i].chutes ? 200 : 400);
        if (f->status != 200) {
            CHECK_STR(detail_of(a, f), S("Invalid request: You do not have these rights yourself"));
            arena_close(a);
            close_house(h);
            continue;
        }
        const char *headers = bearer(a, member(tree(a, f), "secret_key"));
        const char *json = arena_cstr(a, arena_format(a, "%sContent-Type: application/json\n", headers));
        const char *path = arena_cstr(a, arena_format(a, "/api/content/item/chutes/" STR_FMT, STR_ARG(one)));
        CHECK_INT(ask(h, a, "GET", "/api/content/items/chutes", headers, "")->status, cases[i].chutes);
        CHECK_INT(ask(h, a, "GET", path, headers, "")->status, cases[i].one);
        CHECK_INT(ask(h, a, "GET", arena_cstr(a, arena_format(a, "/api/content/item/chutes/" STR_FMT, STR_ARG(other))), headers, "")->status,
                  cases[i].other);
        CHECK_INT(ask(h, a, "PATCH", path, json, "{\"title\":\"new\"}")->status, cases[i].write);
        CHECK_INT(ask(h, a, "GET", "/api/content/items/posts", headers, "")->status, cases[i].posts);
        /* none of them manages keys */
        CHECK_INT(ask(h, a, "POST", "/api_keys/", headers, "{\"admin\":true,\"name\":\"more\"}")->status, 401);
        CHECK_INT(ask(h, a, "GET", "/api_keys/", headers, "")->status, 401);
        arena_close(a);
        close_house(h);
    }
}

static void the_path_without_its_slash_leads_on(void **state)
{
    static const struct {
        const char *method, *target, *location;
    } cases[] = {{"GET", "/api_keys", "/api_keys/"}, {"POST", "/api_keys?a=1&b=%20", "/api_keys/?a=1&b=%20"}};
    struct house *h = open_house();
    struct arena *a = arena_open(64u << 10);
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        struct fake_exchange *f = ask(h, a, cases[i].method, cases[i].target, "", "");
        CHECK_AT(i);
        CHECK_INT(f->status, 307);
        CHECK_STR(fake_header(f, "Location"), str_of(cases[i].location));
    }
    arena_close(a);
    close_house(h);
}

CHECK_MAIN(TEST(a_key_is_made_shown_listed_and_deleted), TEST(pages_begin_with_zero), TEST(refusals_come_in_order),
           TEST(names_have_many_letters), TEST(a_key_is_good_behind_any_word), TEST(a_key_may_do_what_it_says),
           TEST(the_path_without_its_slash_leads_on))
