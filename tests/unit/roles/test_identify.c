/* From headers to the one principal: every place where a credential may stand, alone, beside a better or a
 * worse one, and what becomes of those that are none (contract 4, AK-8, B-4). */
#include "tests/support/check.h"
#include "tests/support/fake_exchange.h"
#include "tests/support/house.h"

#include "base/crypt.h"
#include "base/time.h"
#include "content/system/keys/key_format.h"

#define NOON INT64_C(1795262400000) /* 2026-11-21T12:00:00Z */

static const char people[] =
    "{roles:  {reader: [{collection:'users', verbs:['read']}], everybody: []},"
    " public: 'everybody',"
    " users:  {ada: {roles:['reader'], password:'correct horse'}, bob: {roles:['reader']}, off: {active:false, password:'correct horse'}},"
    " services: {exporter: {roles:['reader']}, idle: {roles:['reader'], active:false}},"
    " keys:   {svc: {service:'exporter'}, idle: {service:'idle'}, ada: {user:'ada'}, ada2: {user:'ada'}, bob: {user:'bob'}, role: {role:'reader'},"
    "          usr: {user:'ada', kind:'cockpit'}, api: {role:'reader', kind:'cockpit'}, zak: {user:'ada', kind:'zot'},"
    "          cpk: {user:'ada', kind:'chutes'}, zen: {role:'reader', kind:'zenml'},"
    "          narrow: {user:'ada', scopes:[{collection:'users', verbs:['read'], fields:['email']}]},"
    "          expired: {user:'ada', expires_at:'2026-11-21T11:59:59Z'}, ends: {user:'ada', expires_at:'2026-11-21T12:00:01Z'},"
    "          future: {user:'ada', not_before:'2026-11-21T12:00:01Z'}, starts: {user:'ada', not_before:'2026-11-21T12:00:00Z'},"
    "          disabled: {user:'ada', disabled:true}, orphan: {user:'off'}}}";

static struct house *open_house(bool key_in_query)
{
    time_set(NOON);
    struct house *h = house_open_with(&(struct house_config){.key_in_query = key_in_query});
    house_people(h, people);
    return h;
}

static void close_house(struct house *h)
{
    house_close(h);
    time_set(0);
}

/* {ada}: that key. {basic:x:ada}: "x:KEY" in base64; {pass:x:y}: "x:y". {fresh}: a good key that nobody has. */
static str fill(struct house *h, struct arena *a, str name)
{
    str head, rest;
    if (str_equal(name, S("fresh")))
        return key_make(a, &(struct key_mold){.kind = S("native"), .owner = 'u'});
    if (str_starts(name, S("pass:")))
        return base64_encode(a, str_slice(name, 5, name.len));
    if (!str_starts(name, S("basic:")))
        return house_key(h, arena_cstr(a, name));
    (void)str_cut(str_slice(name, 6, name.len), ':', &head, &rest);
    return base64_encode(a, arena_format(a, STR_FMT ":" STR_FMT, STR_ARG(head), STR_ARG(fill(h, a, rest))));
}

static const char *expand(struct house *h, struct arena *a, const char *text)
{
    struct buf b;
    buf_init(&b, a, 1u << 16);
    str rest = str_of(text), head = {0}, name;
    while (rest.len && str_cut(rest, '{', &head, &rest)) {
        buf_add(&b, head);
        (void)str_cut(rest, '}', &name, &rest);
        buf_add(&b, fill(h, a, name));
        head = rest;
    }
    buf_add(&b, head);
    return arena_cstr(a, buf_str(&b));
}

struct attempt {
    const char *headers;
    enum err err;
    const char *label; /* of the actor; "public" also after an error */
};

static void check_rows(struct house *h, const char *target, const struct attempt *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct arena *a = arena_open(4096);
        struct problem why = {.arena = a};
        const char *path = expand(h, a, target);
        struct fake_exchange *f = fake_request(a, "GET", path, expand(h, a, rows[i].headers), S(""));
        CHECK_AT(i);
        CHECK_PROBLEM(identify(h->gate, &f->x, &why), rows[i].err, &why);
        NEED(f->x.who != NULL);
        CHECK_STR(f->x.who->actor.label, str_of(rows[i].err == ERR_OK ? rows[i].label : "public"));
        CHECK((f->x.who->kind == PRINCIPAL_PUBLIC) == str_equal(f->x.who->actor.label, S("public")));
        CHECK_STR(f->x.who->actor.vars.ip, S("192.0.2.1"));
        CHECK_STR(f->x.who->actor.request_id, f->x.request_id);
        arena_close(a);
    }
}

static void every_place_for_a_credential_is_read(void **state)
{
    static const struct attempt rows[] = {
        {"", ERR_OK, "public"},
        {"api-key: {ada}", ERR_OK, "key ada"},
        {"API-Key: {ada}", ERR_OK, "key ada"},
        {"api-key: {svc}", ERR_OK, "service exporter"},
        {"api-key: {idle}", ERR_UNAUTHENTICATED, NULL},
        {"api-key:   {ada}  ", ERR_OK, "key ada"},
        {"X-API-Key: {ada}", ERR_OK, "key ada"},
        {"Authorization: Bearer {ada}", ERR_OK, "key ada"},
        {"authorization: bearer {ada}", ERR_OK, "key ada"},
        {"Authorization: Basic {basic:anything:ada}", ERR_OK, "key ada"},
        {"Authorization: basic {basic::ada}", ERR_OK, "key ada"},
        {"Authorization: Basic {pass:ada:correct horse}", ERR_OK, "user ada@example.com"},
        {"Authorization: Basic {pass:ada@example.com:correct horse}", ERR_OK, "user ada@example.com"},
        {"Authorization: Basic YWRhOmNvcnJlY3QgaG9yc2UAeA==", ERR_UNAUTHENTICATED, NULL}, /* and a zero byte, and more */
        {"Authorization: Basic {pass:ada:wrong}", ERR_UNAUTHENTICATED, NULL},
        {"Authorization: Basic {pass:ada:}", ERR_UNAUTHENTICATED, NULL},
        {"Authorization: Basic {pass::correct horse}", ERR_UNAUTHENTICATED, NULL},
        {"Authorization: Basic {pass:nobody:correct horse}", ERR_UNAUTHENTICATED, NULL},
        {"Authorization: Basic {pass:off:correct horse}", ERR_UNAUTHENTICATED, NULL},
        {"Origin: http://evil.example\nHost: cms.example\nAuthorization: Basic {pass:ada:correct horse}", ERR_UNAUTHENTICATED, NULL},
        {"api-key: {usr}", ERR_OK, "key usr"},
        {"api-key: {api}", ERR_OK, "key api"},
        {"api-key: {zak}", ERR_OK, "key zak"},
        {"Authorization: Bearer {cpk}", ERR_OK, "key cpk"},
        {"Authorization: Bearer {zen}", ERR_OK, "key zen"},
        {"Authorization: Basic {basic:ci:zak}", ERR_OK, "key zak"},
        {"api-key: {role}", ERR_OK, "key role"},
        {"api-key: {ends}", ERR_OK, "key ends"},
        {"api-key: {starts}", ERR_OK, "key starts"},

        /* The word that means nobody. */
        {"api-key: public", ERR_OK, "public"},
        {"X-API-Key: public", ERR_OK, "public"},
        {"Authorization: Bearer public", ERR_OK, "public"},
        {"api-key: public\nX-API-Key: {ada}", ERR_OK, "key ada"},
        {"api-key: Public", ERR_UNAUTHENTICATED, NULL},
        {"Authorization: public", ERR_UNAUTHENTICATED, NULL},

        /* Wrong ones are never the public. */
        {"api-key:", ERR_UNAUTHENTICATED, NULL},
        {"api-key: garbage", ERR_UNAUTHENTICATED, NULL},
        {"X-API-Key: garbage", ERR_UNAUTHENTICATED, NULL},
        {"api-key: {fresh}", ERR_UNAUTHENTICATED, NULL},
        {"api-key: {ada}x", ERR_UNAUTHENTICATED, NULL},
        {"api-key: x{ada}", ERR_UNAUTHENTICATED, NULL},
        {"Authorization:", ERR_UNAUTHENTICATED, NULL},
        {"Authorization: Bearer", ERR_UNAUTHENTICATED, NULL},
        {"Authorization: Bearer ", ERR_UNAUTHENTICATED, NULL},
        {"Authorization: Bearer garbage", ERR_UNAUTHENTICATED, NULL},
        {"Authorization: {ada}", ERR_UNAUTHENTICATED, NULL},
        {"Authorization: Digest {ada}", ERR_UNAUTHENTICATED, NULL},
        {"Authorization: Basic {ada}", ERR_UNAUTHENTICATED, NULL},
        {"Authorization: Basic ====", ERR_UNAUTHENTICATED, NULL},
        {"Authorization: Basic {basic:ada:fresh}", ERR_UNAUTHENTICATED, NULL},
        {"api-key: {expired}", ERR_UNAUTHENTICATED, NULL},
        {"api-key: {future}", ERR_UNAUTHENTICATED, NULL},
        {"api-key: {disabled}", ERR_UNAUTHENTICATED, NULL},
        {"api-key: {orphan}", ERR_UNAUTHENTICATED, NULL},

        /* Several: all must be good, and mean the same. */
        {"api-key: {ada}\nX-API-Key: {ada}\nAuthorization: Bearer {ada}", ERR_OK, "key ada"},
        {"api-key: {ada}\napi-key: {ada}", ERR_OK, "key ada"},
        {"api-key: {ada}\nAuthorization: Bearer {bob}", ERR_BAD_INPUT, NULL},
        {"api-key: {ada}\nX-API-Key: {ada2}", ERR_BAD_INPUT, NULL},
        {"api-key: {ada}\napi-key: {bob}", ERR_BAD_INPUT, NULL},
        {"api-key: {role}\nX-API-Key: {api}", ERR_BAD_INPUT, NULL},
        {"api-key: {ada}\nAuthorization: Bearer garbage", ERR_UNAUTHENTICATED, NULL},
        {"Authorization: Bearer garbage\napi-key: {ada}", ERR_UNAUTHENTICATED, NULL},
        {"api-key: {ada}\nX-API-Key: {expired}", ERR_UNAUTHENTICATED, NULL},
        {"api-key: {disabled}\nX-API-Key: {ada}", ERR_UNAUTHENTICATED, NULL},
        {"api-key: public\nAuthorization: Bearer garbage", ERR_UNAUTHENTICATED, NULL},

        /* A cookie is no place for a key, and a key no place for a session's secret. */
        {"Cookie: vitrine_session={ada}", ERR_UNAUTHENTICATED, NULL},
        {"Cookie: vitrine_session=0123456789012345678901234567890123456789012", ERR_UNAUTHENTICATED, NULL},
        {"Cookie: vitrine_session=", ERR_OK, "public"},
        {"Cookie: other=1; another=2", ERR_OK, "public"},
        {"Cookie: vitrine_session=garbage\napi-key: {ada}", ERR_OK, "key ada"}, /* a header speaks: the cookie does not count */
    };
    (void)state;
    struct house *h = open_house(false);
    check_rows(h, "/", rows, COUNTOF(rows));
    check_rows(h, "/", rows, COUNTOF(rows)); /* and again, remembered */
    check_rows(h, "/?api_key=garbage", rows, COUNTOF(rows)); /* not a place, unless switched on */
    close_house(h);
}

static void the_query_is_a_place_when_it_was_switched_on(void **state)
{
    static const struct {
        const char *target;
        struct attempt row;
    } rows[] = {
        {"/?api_key={ada}", {"", ERR_OK, "key ada"}},
        {"/?a=1&api_key={ada}&b=2", {"", ERR_OK, "key ada"}},
        {"/?api_key={ada}", {"api-key: {ada}", ERR_OK, "key ada"}},
        {"/?api_key={ada}", {"api-key: {bob}", ERR_BAD_INPUT, NULL}},
        {"/?api_key={ada}", {"api-key: garbage", ERR_UNAUTHENTICATED, NULL}},
        {"/?api_key=garbage", {"", ERR_UNAUTHENTICATED, NULL}},
        {"/?api_key=garbage", {"api-key: {ada}", ERR_UNAUTHENTICATED, NULL}},
        {"/?api_key=", {"", ERR_UNAUTHENTICATED, NULL}},
        {"/?api_key=public", {"", ERR_OK, "public"}},
        {"/?a=1", {"", ERR_OK, "public"}},
    };
    (void)state;
    struct house *h = open_house(true);
    for (size_t i = 0; i < COUNTOF(rows); i++)
        check_rows(h, rows[i].target, &rows[i].row, 1);
    struct arena *a = arena_open(4096);
    struct problem why = {.arena = a};
    struct fake_exchange *f = fake_request(a, "GET", expand(h, a, "/?api_key={ada}"), "", S(""));
    CHECK_ERR(identify(h->gate, &f->x, &why), ERR_OK);
    exchange_send_nothing(&f->x, 204);
    CHECK_STR(fake_header(f, "Referrer-Policy"), S("no-referrer"));
    arena_close(a);
    close_house(h);
}

/* Signs in and keeps what the browser would keep. */
struct browser {
    str cookie, csrf;
};

static struct browser sign_in(struct house *h, struct arena *a, bool tls)
{
    struct problem why = {.arena = a};
    struct signed_in in = {0};
    str cookie, attributes;
    struct fake_exchange *f = fake_request(a, "POST", "/api/auth/login", "Host: cms.example", S("{}"));
    f->x.is_tls = tls;
    enum err e = gate_login(h->gate, &f->x, S("ada@example.com"), S("correct horse"), &in, &why);
    if (e != ERR_OK)
        CHECK_SAY(STR_FMT, STR_ARG(why.text));
    NEED(e == ERR_OK);
    (void)str_cut(in.cookie, ';', &cookie, &attributes);
    CHECK_STR(attributes, tls ? S(" Path=/; HttpOnly; SameSite=Strict; Secure") : S(" Path=/; HttpOnly; SameSite=Strict"));
    CHECK(str_starts(cookie, tls ? S("__Host-vitrine_session=") : S("vitrine_session=")));
    CHECK_STR(in.who->user_email, S("ada@example.com"));
    CHECK(in.who->by_cookie && in.csrf.len == 43);
    return (struct browser){arena_copy(h->arena, cookie), arena_copy(h->arena, in.csrf)};
}

static void a_state_change_by_cookie_needs_every_proof(void **state)
{
#define GOOD "Host: cms.example\nOrigin: http://cms.example\nX-CSRF-Token: {csrf}\n"
#define JSON "Content-Type: application/json\n"
    static const struct {
        const char *method, *headers, *body;
        enum err err;
    } rows[] = {
        {"GET", "Host: cms.example", "", ERR_OK},
        {"HEAD", "Host: cms.example", "", ERR_OK},
        {"GET", "Host: cms.example\nSec-Fetch-Site: cross-site\nOrigin: https://evil.example", "", ERR_OK}, /* reads nothing there */

        {"POST", GOOD JSON, "{}", ERR_OK},
        {"PUT", GOOD JSON, "{}", ERR_OK},
        {"PATCH", GOOD "Content-Type: application/merge-patch+json\n", "{}", ERR_OK},
        {"DELETE", GOOD, "", ERR_OK},
        {"POST", GOOD JSON "Sec-Fetch-Site: same-origin", "{}", ERR_OK},
        {"POST", GOOD JSON "Sec-Fetch-Site: none", "{}", ERR_OK},
        {"POST", GOOD "Content-Type: application/json; charset=utf-8", "{}", ERR_OK},
        {"POST", "Host: CMS.example\nOrigin: http://cms.EXAMPLE\nX-CSRF-Token: {csrf}\n" JSON, "{}", ERR_OK},

        {"POST", GOOD JSON "Sec-Fetch-Site: cross-site", "{}", ERR_FORBIDDEN},
        {"POST", GOOD JSON "Sec-Fetch-Site: same-site", "{}", ERR_FORBIDDEN},
        {"POST", GOOD JSON "Sec-Fetch-Site: nonsense", "{}", ERR_FORBIDDEN},
        {"POST", "Host: cms.example\nX-CSRF-Token: {csrf}\n" JSON, "{}", ERR_FORBIDDEN},
        {"POST", "Host: cms.example\nOrigin: null\nX-CSRF-Token: {csrf}\n" JSON, "{}", ERR_FORBIDDEN},
        {"POST", "Host: cms.example\nOrigin:\nX-CSRF-Token: {csrf}\n" JSON, "{}", ERR_FORBIDDEN},
        {"POST", "Host: cms.example\nOrigin: http://evil.example\nX-CSRF-Token: {csrf}\n" JSON, "{}", ERR_FORBIDDEN},
        {"POST", "Host: cms.example\nOrigin: http://sub.cms.example\nX-CSRF-Token: {csrf}\n" JSON, "{}", ERR_FORBIDDEN},
        {"POST", "Host: cms.example\nOrigin: http://cms.example.evil.example\nX-CSRF-Token: {csrf}\n" JSON, "{}", ERR_FORBIDDEN},
        {"POST", "Host: cms.example\nOrigin: http://cms.example:8080\nX-CSRF-Token: {csrf}\n" JSON, "{}", ERR_FORBIDDEN},
        {"POST", "Host: cms.example\nOrigin: https://cms.example\nX-CSRF-Token: {csrf}\n" JSON, "{}", ERR_FORBIDDEN},
        {"POST", "Origin: http://\nX-CSRF-Token: {csrf}\nHost: cms.example\n" JSON, "{}", ERR_FORBIDDEN},
        {"POST", "Host: cms.example\nOrigin: http://cms.example\n" JSON, "{}", ERR_FORBIDDEN},
        {"POST", "Host: cms.example\nOrigin: http://cms.example\nX-CSRF-Token:\n" JSON, "{}", ERR_FORBIDDEN},
        {"POST", "Host: cms.example\nOrigin: http://cms.example\nX-CSRF-Token: {other}\n" JSON, "{}", ERR_FORBIDDEN},
        {"POST", "Host: cms.example\nOrigin: http://cms.example\nX-CSRF-Token: {csrf}x\n" JSON, "{}", ERR_FORBIDDEN},
        {"DELETE", "Host: cms.example\nOrigin: http://cms.example", "", ERR_FORBIDDEN},
        {"POST", GOOD "Content-Type: text/plain", "{}", ERR_FORBIDDEN},
        {"POST", GOOD "Content-Type: Text/Plain;charset=UTF-8", "{}", ERR_FORBIDDEN},
        {"POST", GOOD "Content-Type: application/x-www-form-urlencoded", "a=1", ERR_FORBIDDEN},
        {"POST", GOOD "Content-Type: multipart/form-data; boundary=x", "--x", ERR_FORBIDDEN},
        {"POST", GOOD, "{}", ERR_FORBIDDEN},
    };
    (void)state;
    struct house *h = open_house(false);
    struct arena *login = arena_open(4096);
    struct browser ours = sign_in(h, login, false), other = sign_in(h, login, false);
    arena_close(login);
    CHECK(!str_equal(ours.cookie, other.cookie) && !str_equal(ours.csrf, other.csrf));
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct arena *a = arena_open(4096);
        struct problem why = {.arena = a};
        struct buf b;
        str rest = str_of(rows[i].headers), head, name;
        buf_init(&b, a, 4096);
        buf_format(&b, "Cookie: a=1; " STR_FMT "; z=2\n", STR_ARG(ours.cookie));
        while (str_cut(rest, '{', &head, &rest)) {
            buf_add(&b, head);
            (void)str_cut(rest, '}', &name, &rest);
            buf_add(&b, str_equal(name, S("csrf")) ? ours.csrf : other.csrf);
        }
        buf_add(&b, head);
        struct fake_exchange *f = fake_request(a, rows[i].method, "/", arena_cstr(a, buf_str(&b)), str_of(rows[i].body));
        CHECK_AT(i);
        CHECK_PROBLEM(identify(h->gate, &f->x, &why), rows[i].err, &why);
        CHECK_STR(f->x.who->actor.label, rows[i].err == ERR_OK ? S("user ada@example.com") : S("public"));
        arena_close(a);
    }
    close_house(h);
}

static void cookies_have_the_name_that_fits_the_transport(void **state)
{
    (void)state;
    struct house *h = open_house(false);
    struct arena *a = arena_open(16u << 10);
    struct browser plain = sign_in(h, a, false), tls = sign_in(h, a, true);
    const struct {
        str cookie;
        bool over_tls, good;
    } rows[] = {
        {plain.cookie, false, true},
        {plain.cookie, true, false}, /* a neighbouring host could have set this one */
        {tls.cookie, true, true},
        {tls.cookie, false, false},
    };
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct problem why = {.arena = a};
        str header = arena_format(a, "Cookie: " STR_FMT, STR_ARG(rows[i].cookie));
        struct fake_exchange *f = fake_request(a, "GET", "/", arena_cstr(a, header), S(""));
        f->x.is_tls = rows[i].over_tls;
        CHECK_AT(i);
        CHECK_ERR(identify(h->gate, &f->x, &why), ERR_OK);
        CHECK((f->x.who->kind == PRINCIPAL_USER) == rows[i].good);
    }
    arena_close(a);
    close_house(h);
}

static void a_cookie_that_ran_out_is_refused_once_and_taken_away(void **state)
{
    static const char *const methods[] = {"GET", "HEAD", "POST", "DELETE"};
    (void)state;
    struct house *h = open_house(false);
    for (size_t i = 0; i < COUNTOF(methods); i++) {
        struct arena *a = arena_open(4096);
        struct problem why = {.arena = a};
        struct fake_exchange *f = fake_request(a, methods[i], "/",
                                               "Cookie: vitrine_session=0123456789012345678901234567890123456789012", S(""));
        CHECK_AT(i);
        CHECK_ERR(identify(h->gate, &f->x, &why), ERR_UNAUTHENTICATED);
        exchange_send_nothing(&f->x, 401);
        CHECK_STR(fake_header(f, "Set-Cookie"), S("vitrine_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0"));
        arena_close(a);
    }
    close_house(h);
}

/* AK-8's test: as long as anybody may read, garbage must not be anybody. */
static void one_wrong_character_makes_a_key_a_wrong_key(void **state)
{
    static const char *const keys[] = {"ada", "usr", "zak", "cpk", "zen"};
    (void)state;
    struct house *h = open_house(false);
    for (size_t k = 0; k < COUNTOF(keys); k++) {
        str key = house_key(h, keys[k]);
        for (size_t i = 0; i < key.len; i++) {
            struct arena *a = arena_open(1024);
            char *text = arena_get(a, key.len + 1, 1);
            memcpy(text, key.at, key.len);
            text[i] = text[i] == '7' ? '8' : '7';
            struct problem why = {.arena = a};
            str header = arena_format(a, "api-key: %s", text);
            struct fake_exchange *f = fake_request(a, "GET", "/", arena_cstr(a, header), S(""));
            CHECK_AT(i);
            CHECK_ERR(identify(h->gate, &f->x, &why), ERR_UNAUTHENTICATED);
            arena_close(a);
        }
    }
    close_house(h);
}

CHECK_MAIN(TEST(every_place_for_a_credential_is_read), TEST(the_query_is_a_place_when_it_was_switched_on),
           TEST(a_state_change_by_cookie_needs_every_proof), TEST(cookies_have_the_name_that_fits_the_transport),
           TEST(a_cookie_that_ran_out_is_refused_once_and_taken_away), TEST(one_wrong_character_makes_a_key_a_wrong_key))
