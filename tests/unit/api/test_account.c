/* One's own account as a browser changes it: whose it is, what ends, what is refused (PW-4, SE-1, SE-2, B-4). */
#include "tests/support/browser.h"
#include "tests/support/check.h"

#include "base/limits.h"
#include "base/time.h"

#define NOON INT64_C(1795262400000) /* 2026-11-21T12:00:00Z */

static struct house *open_house(void)
{
    time_set(NOON);
    struct house *h = house_open();
    house_people(h, "{roles: {reader: [{collection:'locales', verbs:['read']}]},"
                    " users: {ada: {roles:['reader'], password:'correct horse'}, bob: {password:'battery staple'}},"
                    " keys: {ada: {user:'ada'}}}");
    return h;
}

static void close_house(struct house *h)
{
    house_close(h);
    time_set(0);
}

static void a_new_password_ends_the_other_sessions(void **state)
{
    static const struct {
        const char *body;
        int status;
        const char *fault, *rule;
    } rows[] = {
        {"{current:'wrong', new:'something else'}", 422, "/current", "wrong"},
        {"{new:'something else'}", 422, "/current", "wrong"},
        {"{current:null, new:'something else'}", 422, "/current", "wrong"},
        {"{current:'correct horse', new:''}", 422, "/new", "required"},
        {"{current:'correct horse', new:'short'}", 422, "/new", "minlength"},
        {"{current:'correct horse', new:'Passw0rd2026'}", 422, "/new", "common"},
        {"{current:'correct horse', new:'ada@example.com'}", 422, "/new", "common"},
        {"{current:'correct horse'}", 422, "/new", "required"},
        {"{current:'correct horse', new:'something else', user:'bob'}", 422, "/user", "unknown-field"},
        {"{current:'correct horse', new:'something else'}", 200, NULL, NULL},
    };
    (void)state;
    struct house *h = open_house();
    struct browser ada = browser_sign_in(h, "ada", "correct horse"), other = browser_sign_in(h, "ada", "correct horse");
    struct browser bob = browser_sign_in(h, "bob", "battery staple");
    str before = ada.cookie;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct fake_exchange *f = browser_send(&ada, "PUT", "/api/auth/password", rows[i].body);
        CHECK_AT(i);
        CHECK_INT(f->status, rows[i].status);
        if (rows[i].fault)
            CHECK_STR(browser_member(f, "/errors/0/pointer"), str_of(rows[i].fault));
        if (rows[i].rule)
            CHECK_STR(browser_member(f, "/errors/0/code"), str_of(rows[i].rule));
        CHECK_INT(browser_get(&other, "/api/auth/me")->status, rows[i].status == 200 ? 401 : 200);
    }
    check_row = -1;
    CHECK(!str_equal(before, ada.cookie)); /* a new value for this one (SE-1) */
    CHECK_STR(browser_member(browser_get(&ada, "/api/auth/me"), "/user/name"), S("ada"));
    CHECK_INT(browser_send(&ada, "POST", "/api/auth/logout", "{}")->status, 204);
    CHECK_INT(browser_get(&bob, "/api/auth/me")->status, 200);
    struct browser old = {.house = h, .cookie = before};
    CHECK_INT(browser_get(&old, "/api/auth/me")->status, 401);
    CHECK_INT(browser_try(h, "ada", "correct horse")->status, 401);
    CHECK_INT(browser_try(h, "ada", "something else")->status, 200);
    close_house(h);
}

/* PW-3: whoever writes it for somebody else, too; the machine's own commands alone may know better. */
static void others_passwords_are_no_easier_to_guess(void **state)
{
    static const struct {
        const char *method, *path, *body;
        int status;
    } rows[] = {
        {"POST", "/api/content/item/users", "{data:{email:'new@example.com', password:'password'}}", 422},
        {"POST", "/api/content/item/users", "{data:{email:'newcomer@example.com', password:'newcomer1'}}", 422},
        {"POST", "/api/content/item/users", "{data:{email:'new@example.com', password:'a walk by the river'}}", 200},
    };
    (void)state;
    struct house *h = open_house();
    house_people(h, "{users: {root: {roles:['admin'], password:'password1234'}}}"); /* as commands do */
    struct browser root = browser_sign_in(h, "root", "password1234");
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct fake_exchange *f = browser_send(&root, rows[i].method, rows[i].path, rows[i].body);
        CHECK_AT(i);
        CHECK_INT(f->status, rows[i].status);
        if (rows[i].status == 422)
            CHECK_STR(browser_member(f, "/errors/0/code"), S("common"));
    }
    close_house(h);
}

static void guessing_the_present_password_is_slowed_down(void **state)
{
    (void)state;
    struct house *h = open_house();
    struct browser ada = browser_sign_in(h, "ada", "correct horse");
    for (unsigned i = 0; i < LIMIT_PROOFS_PER_ACCOUNT; i++)
        CHECK_INT(browser_send(&ada, "PUT", "/api/auth/password", "{current:'guess', new:'something else'}")->status, 422);
    struct fake_exchange *f = browser_send(&ada, "PUT", "/api/auth/password", "{current:'correct horse', new:'something else'}");
    CHECK_INT(f->status, 429);
    CHECK(fake_header(f, "Retry-After").len > 0);
    CHECK_INT(browser_try(h, "ada", "correct horse")->status, 200); /* counted by itself: nobody is locked out */
    close_house(h);
}

static void all_sessions_end_at_once_and_this_one_goes_on(void **state)
{
    (void)state;
    struct house *h = open_house();
    struct browser ada = browser_sign_in(h, "ada", "correct horse"), other = browser_sign_in(h, "ada", "correct horse");
    struct browser bob = browser_sign_in(h, "bob", "battery staple");
    CHECK_INT(browser_send(&ada, "POST", "/api/auth/sessions/end-all", "{}")->status, 200);
    CHECK_INT(browser_get(&other, "/api/auth/me")->status, 401);
    CHECK_INT(browser_get(&bob, "/api/auth/me")->status, 200);
    CHECK_INT(browser_get(&ada, "/api/auth/me")->status, 200);
    close_house(h);
}

static void people_see_and_end_their_own_sessions_only(void **state)
{
    (void)state;
    struct house *h = open_house();
    struct browser ada = browser_sign_in(h, "ada", "correct horse"), other = browser_sign_in(h, "ada", "correct horse");
    struct browser bob = browser_sign_in(h, "bob", "battery staple");
    struct fake_exchange *f = browser_get(&ada, "/api/content/items/sessions");
    CHECK_INT(f->status, 200);
    CHECK_INT(browser_json(f)->count, 2);
    CHECK_STR(browser_member(f, "/0/kind"), S("cookie"));
    CHECK_STR(browser_member(f, "/0/strength"), S("password"));
    CHECK_STR(browser_member(f, "/0/via"), S("vitrine"));
    CHECK(!str_contains(f->answer, S("token")) || str_contains(f->answer, S("\"token\":null")));
    str mine = browser_member(browser_get(&other, "/api/auth/me"), "/session/_id");
    str his = browser_member(browser_get(&bob, "/api/auth/me"), "/session/_id");
    CHECK_INT(browser_delete(&ada, "/api/content/item/sessions/", his)->status, 404);
    CHECK_INT(browser_delete(&ada, "/api/content/item/sessions/", mine)->status, 200);
    CHECK_INT(browser_get(&other, "/api/auth/me")->status, 401);
    CHECK_INT(browser_get(&bob, "/api/auth/me")->status, 200);
    CHECK_INT(browser_send(&ada, "POST", "/api/content/item/sessions", "{data:{}}")->status, 403);
    close_house(h);
}

static void what_is_ones_own_is_no_more_than_that(void **state)
{
    static const struct {
        const char *method, *path, *body;
        int status;
    } rows[] = {
        {"GET", "/api/content/items/users?count=exact", NULL, 200},
        {"GET", "/api/content/item/users/<bob>", NULL, 404},
        {"PATCH", "/api/content/item/users/<ada>", "{full_name:'Ada L.'}", 200},
        {"PATCH", "/api/content/item/users/<ada>", "{language:'de', theme:'dark'}", 200},
        {"PATCH", "/api/content/item/users/<ada>", "{email:'other@example.com'}", 422},
        {"PATCH", "/api/content/item/users/<ada>", "{roles:[]}", 422},
        {"PATCH", "/api/content/item/users/<ada>", "{password:'something else'}", 422},
        {"PATCH", "/api/content/item/users/<ada>", "{active:false}", 422},
        {"PATCH", "/api/content/item/users/<bob>", "{full_name:'Bob'}", 404},
        {"DELETE", "/api/content/item/users/<ada>", NULL, 403},
        {"POST", "/api/content/item/users", "{data:{email:'x@example.com'}}", 403},
        {"GET", "/api/content/items/roles", NULL, 404},
        {"GET", "/api/content/items/journal", NULL, 404},
        {"POST", "/api/content/item/api_keys", "{data:{label:'mine'}}", 200},
        {"POST", "/api/content/item/api_keys", "{data:{label:'his', user:'<bob>'}}", 200}, /* and is mine all the same */
        {"POST", "/api/content/item/api_keys", "{data:{label:'his', role:'<bob>'}}", 422},
        {"GET", "/api/content/items/api_keys?filter={user:'<bob>'}", NULL, 200},
    };
    (void)state;
    struct house *h = open_house();
    struct browser ada = browser_sign_in(h, "ada", "correct horse");
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct arena *a = h->arena;
        str path = browser_with(a, str_of(rows[i].path), "<ada>", house_user(h, "ada"));
        path = browser_with(a, path, "<bob>", house_user(h, "bob"));
        const char *body = rows[i].body ? arena_cstr(a, browser_with(a, str_of(rows[i].body), "<bob>", house_user(h, "bob"))) : NULL;
        struct fake_exchange *f = browser_send(&ada, rows[i].method, arena_cstr(a, path), body);
        CHECK_AT(i);
        CHECK_INT(f->status, rows[i].status);
        CHECK(!str_contains(f->answer, S("bob@example.com")) && !str_contains(f->answer, house_user(h, "bob")));
    }
    check_row = -1;
    struct fake_exchange *f = browser_get(&ada, "/api/content/items/users");
    CHECK_INT(browser_json(f)->count, 1);
    CHECK(str_is_absent(browser_member(f, "/0/totp_step")));
    CHECK_STR(browser_member(f, "/0/full_name"), S("Ada L."));
    /* A key of hers is not her: it manages nothing unless a grant says so. */
    str line = arena_format(h->arena, "api-key: " STR_FMT, STR_ARG(house_key(h, "ada")));
    CHECK_INT(rest_request(h->gate, h->arena, "GET", "/api/content/items/sessions", arena_cstr(h->arena, line), S(""), NULL)->status, 404);
    close_house(h);
}

static void the_profile_is_changed_by_its_owner(void **state)
{
    static const struct {
        const char *body;
        int status;
        const char *field, *value;
    } rows[] = {
        {"{name:'Ada L', full_name:'Ada Lovelace'}", 204, "full_name", "\"Ada Lovelace\""},
        {"{language:'de-CH', theme:'dark'}", 204, "theme", "\"dark\""},
        {"{theme:'pink'}", 422, "theme", "\"dark\""},
        {"{name:'bob'}", 409, "name", "\"Ada L\""},
        {"{full_name:null}", 204, "full_name", "null"},
        {"{full_name:7}", 422, "full_name", "null"},
        {"{email:'new@example.com'}", 422, "email", "\"ada@example.com\""},
        {"{email:'new@example.com', password:'wrong'}", 422, "email", "\"ada@example.com\""},
        {"{email:'ADA@example.com'}", 204, "email", "\"ada@example.com\""},
        {"{email:'bob@example.com', password:'correct horse'}", 409, "email", "\"ada@example.com\""},
        {"{email:'nonsense', password:'correct horse'}", 422, "email", "\"ada@example.com\""},
        {"{email:'new@example.com', password:'correct horse'}", 204, "email", "\"new@example.com\""},
        {"{roles:[]}", 422, "active", "true"},
        {"{active:false}", 422, "active", "true"},
        {"{verified:true}", 422, "verified", "false"},
    };
    (void)state;
    struct house *h = open_house();
    struct browser ada = browser_sign_in(h, "ada", "correct horse");
    str id = house_user(h, "ada");
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        CHECK_INT(browser_send(&ada, "PATCH", "/api/auth/me", rows[i].body)->status, rows[i].status);
        CHECK_STR(house_value(h, h->arena, "users", id, rows[i].field), str_of(rows[i].value));
    }
    close_house(h);
}

/* B-4, for every route of this page: what another site can make a browser send is refused and changes nothing. */
static void changes_need_the_proof_of_our_own_page(void **state)
{
    static const struct {
        const char *method, *path, *body;
    } routes[] = {
        {"PATCH", "/api/auth/me", "{\"language\":\"de\"}"},
        {"PUT", "/api/auth/password", "{\"current\":\"correct horse\",\"new\":\"something else\"}"},
        {"POST", "/api/auth/sessions/end-all", "{}"},
    };
    static const struct {
        const char *headers; /* %s: the token */
        int status;
    } rows[] = {
        {"Content-Type: application/json\nOrigin: http://cms.example\n", 403},
        {"Content-Type: application/json\nOrigin: http://cms.example\nX-CSRF-Token: AAAA\n", 403},
        {"Content-Type: application/json\nX-CSRF-Token: %s\n", 403},
        {"Content-Type: application/json\nOrigin: http://evil.example\nX-CSRF-Token: %s\n", 403},
        {"Content-Type: application/json\nOrigin: http://sub.cms.example\nX-CSRF-Token: %s\n", 403},
        {"Content-Type: application/json\nOrigin: https://cms.example\nX-CSRF-Token: %s\n", 403},
        {"Content-Type: application/json\nOrigin: null\nX-CSRF-Token: %s\n", 403},
        {"Content-Type: application/json\nOrigin: http://cms.example\nSec-Fetch-Site: cross-site\nX-CSRF-Token: %s\n", 403},
        {"Content-Type: application/json\nOrigin: http://cms.example\nSec-Fetch-Site: same-site\nX-CSRF-Token: %s\n", 403},
        {"Content-Type: text/plain\nOrigin: http://cms.example\nX-CSRF-Token: %s\n", 403},
        {"Content-Type: application/x-www-form-urlencoded\nOrigin: http://cms.example\nX-CSRF-Token: %s\n", 403},
        {"Content-Type: multipart/form-data; boundary=x\nOrigin: http://cms.example\nX-CSRF-Token: %s\n", 403},
    };
    (void)state;
    struct house *h = open_house();
    struct browser ada = browser_sign_in(h, "ada", "correct horse");
    for (size_t r = 0; r < COUNTOF(routes); r++)
        for (size_t i = 0; i < COUNTOF(rows); i++) {
            str lines = browser_with(h->arena, str_of(rows[i].headers), "%s", ada.csrf);
            lines = arena_format(h->arena, "Host: cms.example\nCookie: " STR_FMT "\n" STR_FMT, STR_ARG(ada.cookie), STR_ARG(lines));
            CHECK_AT(r * 100 + i);
            struct fake_exchange *f = rest_request(h->gate, h->arena, routes[r].method, routes[r].path,
                                                   arena_cstr(h->arena, lines), str_of(routes[r].body), NULL);
            CHECK_INT(f->status, rows[i].status);
        }
    check_row = -1;
    CHECK_INT(browser_get(&ada, "/api/auth/me")->status, 200);
    CHECK_STR(house_value(h, h->arena, "users", house_user(h, "ada"), "language"), S("null"));
    for (size_t r = 0; r < COUNTOF(routes); r++) { /* keys are not people, and nobody is nobody */
        str key = arena_format(h->arena, "Content-Type: application/json\napi-key: " STR_FMT, STR_ARG(house_key(h, "ada")));
        CHECK_AT(r);
        CHECK_INT(rest_request(h->gate, h->arena, routes[r].method, routes[r].path, arena_cstr(h->arena, key),
                               str_of(routes[r].body), NULL)->status, 403);
        CHECK_INT(rest_request(h->gate, h->arena, routes[r].method, routes[r].path, "Content-Type: application/json",
                               str_of(routes[r].body), NULL)->status, 401);
    }
    close_house(h);
}

CHECK_MAIN(TEST(a_new_password_ends_the_other_sessions), TEST(others_passwords_are_no_easier_to_guess), TEST(guessing_the_present_password_is_slowed_down),
           TEST(all_sessions_end_at_once_and_this_one_goes_on), TEST(people_see_and_end_their_own_sessions_only),
           TEST(what_is_ones_own_is_no_more_than_that), TEST(the_profile_is_changed_by_its_owner),
           TEST(changes_need_the_proof_of_our_own_page))
