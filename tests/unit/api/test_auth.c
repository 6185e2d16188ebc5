/* Sign-in as a browser sees it. */
#include "tests/support/check.h"
#include "tests/support/house.h"
#include "tests/support/rest.h"

#define JSON "Content-Type: application/json\n"

static struct fake_exchange *post(struct house *h, struct arena *a, const char *path, const char *headers, const char *body)
{
    str lines = arena_format(a, JSON "Host: cms.example\nOrigin: http://cms.example\n%s", headers);
    str text = json_print(a, house_json(a, body));
    return rest_request(h->gate, a, "POST", path, arena_cstr(a, lines), text, NULL);
}

static str cookie_of(const struct fake_exchange *f)
{
    str cookie, rest;
    (void)str_cut(fake_header(f, "Set-Cookie"), ';', &cookie, &rest);
    return cookie;
}

static str member(struct arena *a, const struct fake_exchange *f, const char *pointer)
{
    const struct json *v = json_at(house_json(a, arena_cstr(a, f->answer)), str_of(pointer));
    return v ? json_print(a, v) : S("(absent)");
}

static struct house *open_house(void)
{
    struct house *h = house_open();
    house_people(h, "{users: {ada: {roles:['admin'], password:'correct horse'}, off: {active:false, password:'correct horse'},"
                    "         mute: {}}}");
    return h;
}

static void every_refused_sign_in_is_answered_alike(void **state)
{
    static const char *const bodies[] = {
        "{user:'ada', password:'wrong'}",         "{user:'nobody', password:'wrong'}",
        "{user:'ada@example.com', password:'x'}", "{user:'nobody@example.com', password:'correct horse'}",
        "{user:'off', password:'correct horse'}", "{user:'mute', password:''}",
    };
    (void)state;
    struct house *h = open_house();
    struct arena *a = arena_open(64u << 10);
    str first = {0};
    for (size_t i = 0; i < COUNTOF(bodies); i++) {
        struct fake_exchange *f = post(h, a, "/api/auth/login", "", bodies[i]);
        CHECK_AT(i);
        CHECK_INT(f->status, 401);
        if (i == 0)
            first = rest_answer(f);
        CHECK_STR(rest_answer(f), first);
        CHECK(str_is_absent(fake_header(f, "Set-Cookie")));
    }
    arena_close(a);
    house_close(h);
}

static void a_browser_signs_in_changes_something_and_signs_out(void **state)
{
    (void)state;
    struct house *h = open_house();
    struct arena *a = arena_open(64u << 10);
    struct fake_exchange *f = post(h, a, "/api/auth/login", "", "{user:'ada', password:'correct horse'}");
    CHECK_INT(f->status, 200);
    CHECK_STR(fake_header(f, "Cache-Control"), S("no-store"));
    CHECK_STR(member(a, f, "/user/email"), S("\"ada@example.com\""));
    str cookie = cookie_of(f), csrf = member(a, f, "/csrf");
    csrf = str_slice(csrf, 1, csrf.len - 1);
    const char *mine = arena_cstr(a, arena_format(a, "Cookie: " STR_FMT "\n", STR_ARG(cookie)));

    f = rest_request(h->gate, a, "GET", "/api/auth/me", mine, S(""), NULL);
    CHECK_INT(f->status, 200);
    CHECK_STR(member(a, f, "/kind"), S("\"user\""));
    CHECK_STR(member(a, f, "/csrf"), arena_format(a, "\"" STR_FMT "\"", STR_ARG(csrf)));

    f = post(h, a, "/api/content/item/locales", mine, "{data:{code:'de'}}");
    CHECK_INT(f->status, 403); /* without the token */
    const char *proven = arena_cstr(a, arena_format(a, "%sX-CSRF-Token: " STR_FMT "\n", mine, STR_ARG(csrf)));
    f = post(h, a, "/api/content/item/locales", proven, "{data:{code:'de'}}");
    CHECK_INT(f->status, 200);

    f = post(h, a, "/api/auth/logout", proven, "{}");
    CHECK_INT(f->status, 204);
    CHECK_STR(fake_header(f, "Set-Cookie"), S("vitrine_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0"));
    f = rest_request(h->gate, a, "GET", "/api/auth/me", mine, S(""), NULL);
    CHECK_INT(f->status, 401);
    CHECK(fake_header(f, "WWW-Authenticate").len > 0);
    f = rest_request(h->gate, a, "GET", "/api/auth/me", "", S(""), NULL);
    CHECK_STR(member(a, f, "/kind"), S("\"public\""));

    /* The old cookie, still in the jar, keeps nobody from signing in. */
    f = post(h, a, "/api/auth/login", mine, "{user:'ada', password:'correct horse'}");
    CHECK_INT(f->status, 200);
    arena_close(a);
    house_close(h);
}

static void too_many_guesses_say_when_to_come_back(void **state)
{
    (void)state;
    struct house *h = open_house();
    struct arena *a = arena_open(256u << 10);
    struct fake_exchange *f = NULL;
    for (int i = 0; i < 11; i++)
        f = post(h, a, "/api/auth/login", "", "{user:'ada', password:'wrong'}");
    CHECK_INT(f->status, 429);
    CHECK_STR(fake_header(f, "Retry-After"), S("1"));
    arena_close(a);
    house_close(h);
}

static void a_new_server_is_set_up_once(void **state)
{
    (void)state;
    struct house *h = house_open();
    struct arena *a = arena_open(64u << 10);
    str code = arena_copy(a, gate_setup_code(h->gate));
    const char *body = arena_cstr(
        a, arena_format(a, "{code:'" STR_FMT "', email:'root@example.com', name:'Root', password:'a long enough one'}", STR_ARG(code)));
    struct fake_exchange *f = rest_request(h->gate, a, "GET", "/api/auth/methods", "", S(""), NULL);
    CHECK_STR(member(a, f, "/setup"), S("true"));
    f = post(h, a, "/api/auth/setup", "", "{code:'0000-0000-0000', email:'root@example.com', name:'Root', password:'a long enough one'}");
    CHECK_INT(f->status, 403);
    f = post(h, a, "/api/auth/setup", "", body);
    CHECK_INT(f->status, 201);
    CHECK(cookie_of(f).len > 0 && !str_equal(member(a, f, "/csrf"), S("null")));
    f = rest_request(h->gate, a, "GET", "/api/auth/methods", "", S(""), NULL);
    CHECK_STR(member(a, f, "/setup"), S("false"));
    f = post(h, a, "/api/auth/setup", "", body);
    CHECK_INT(f->status, 409);
    arena_close(a);
    house_close(h);
}

CHECK_MAIN(TEST(every_refused_sign_in_is_answered_alike), TEST(a_browser_signs_in_changes_something_and_signs_out),
           TEST(too_many_guesses_say_when_to_come_back), TEST(a_new_server_is_set_up_once))
