/* Signing in, and everything that ends it (PW-6, SE-1, SE-2, RL). */
#include "tests/support/check.h"
#include "tests/support/fake_exchange.h"
#include "tests/support/house.h"

#include "base/crypt.h"
#include "base/limits.h"
#include "base/time.h"
#include "content/content_figures.h"

#define NOON INT64_C(1795262400000) /* 2026-11-21T12:00:00Z */
#define MINUTE INT64_C(60000)

static const char people[] =
    "{roles: {reader: [{collection:'users', verbs:['read']}], other: []},"
    " users: {ada: {roles:['reader'], password:'correct horse'}, bob: {password:'battery staple'},"
    "         off: {active:false, password:'correct horse'}, mute: {},"
    "         'bob@example.com.evil': {email:'eve@example.com', password:'correct horse'}},"
    " keys:  {ada: {user:'ada'}, role: {role:'reader'}, narrow: {user:'ada', scopes:[{collection:'users'}]}}}";

static struct house *open_house(void)
{
    time_set(NOON);
    struct house *h = house_open();
    house_people(h, people);
    return h;
}

static void close_house(struct house *h)
{
    house_close(h);
    time_set(0);
}

static enum err login(struct house *h, struct arena *a, const char *headers, const char *name, const char *password,
                      struct signed_in *in, struct problem *why)
{
    struct fake_exchange *f = fake_request(a, "POST", "/api/auth/login", headers, S("{}"));
    *in = (struct signed_in){0};
    *why = (struct problem){.arena = a};
    return gate_login(h->gate, &f->x, str_of(name), str_of(password), in, why);
}

/* The cookie of a new session of ada's, kept in the house. */
static str sign_in(struct house *h, const char *name, const char *password)
{
    struct arena *a = arena_open(4096);
    struct signed_in in;
    struct problem why;
    str cookie, rest;
    enum err e = login(h, a, "", name, password, &in, &why);
    if (e != ERR_OK)
        CHECK_SAY(STR_FMT, STR_ARG(why.text));
    NEED(e == ERR_OK);
    (void)str_cut(in.cookie, ';', &cookie, &rest);
    cookie = arena_copy(h->arena, cookie);
    arena_close(a);
    return cookie;
}

static enum err use(struct house *h, const char *header, str credential)
{
    struct arena *a = arena_open(4096);
    struct problem why = {.arena = a};
    str line = arena_format(a, "%s: " STR_FMT, header, STR_ARG(credential));
    struct fake_exchange *f = fake_request(a, "GET", "/", arena_cstr(a, line), S(""));
    enum err e = identify(h->gate, &f->x, &why);
    arena_close(a);
    return e;
}

static enum err use_cookie(struct house *h, str cookie)
{
    return use(h, "Cookie", cookie);
}

static uint64_t count_items(struct house *h, const char *collection)
{
    struct arena *a = arena_open(4096);
    const struct principal *who = principal_system(h->gate, a, SYSTEM_CHECK);
    struct query q = {.from = house_collection(who, collection), .limit = 1, .count = COUNT_ONLY};
    struct item_list list;
    struct page page = {0};
    struct problem why = {.arena = a};
    item_list_init(&list, a);
    NEED(gate_read(h->gate, who, &q, &list.receiver, &page, &why) == ERR_OK);
    arena_close(a);
    return page.total;
}

static void people_sign_in_by_address_or_name(void **state)
{
    static const struct {
        const char *name, *password;
        enum err err;
    } rows[] = {
        {"ada@example.com", "correct horse", ERR_OK},
        {"Ada@Example.COM", "correct horse", ERR_OK},
        {"ada", "correct horse", ERR_OK},
        {"bob", "battery staple", ERR_OK},
        {"bob@example.com.evil", "correct horse", ERR_OK}, /* a name is a name, until an address is the same */

        {"ada", "Correct horse", ERR_UNAUTHENTICATED},
        {"ada", "correct horse ", ERR_UNAUTHENTICATED},
        {"ada", "", ERR_UNAUTHENTICATED},
        {"ADA", "correct horse", ERR_UNAUTHENTICATED},
        {"bob", "correct horse", ERR_UNAUTHENTICATED},
        {"", "", ERR_UNAUTHENTICATED},
        {"", "correct horse", ERR_UNAUTHENTICATED},
        {"nobody", "correct horse", ERR_UNAUTHENTICATED},
        {"nobody@example.com", "correct horse", ERR_UNAUTHENTICATED},
        {"off", "correct horse", ERR_UNAUTHENTICATED},
        {"off@example.com", "correct horse", ERR_UNAUTHENTICATED},
        {"mute", "", ERR_UNAUTHENTICATED},
        {"mute", "correct horse", ERR_UNAUTHENTICATED},
        {"%", "correct horse", ERR_UNAUTHENTICATED},
        {"' or 1=1 --", "correct horse", ERR_UNAUTHENTICATED},
        {"{\"$ne\":null}", "correct horse", ERR_UNAUTHENTICATED},
    };
    (void)state;
    struct house *h = open_house();
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct arena *a = arena_open(4096);
        struct signed_in in;
        struct problem why;
        CHECK_AT(i);
        CHECK_PROBLEM(login(h, a, "", rows[i].name, rows[i].password, &in, &why), rows[i].err, &why);
        CHECK((in.cookie.len > 0) == (rows[i].err == ERR_OK));
        arena_close(a);
    }
    close_house(h);
}

static void every_refusal_is_the_same(void **state)
{
    static const struct {
        const char *name, *password;
    } rows[] = {
        {"ada", "wrong"}, {"nobody", "wrong"}, {"off", "correct horse"}, {"mute", "wrong"}, {"nobody@example.com", "wrong"},
    };
    (void)state;
    struct house *h = open_house();
    uint64_t sessions = count_items(h, "sessions");
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct arena *a = arena_open(4096);
        struct signed_in in = {0};
        struct problem why = {.arena = a};
        struct fake_exchange *f = fake_request(a, "POST", "/api/auth/login", "", S("{}"));
        uint64_t hashes = password_hashes();
        CHECK_AT(i);
        CHECK_ERR(gate_login(h->gate, &f->x, str_of(rows[i].name), str_of(rows[i].password), &in, &why), ERR_UNAUTHENTICATED);
        CHECK_INT(password_hashes() - hashes, 1); /* the same work, whoever it is (PW-6) */
        CHECK_STR(why.text, S("The name or the password is wrong"));
        CHECK_INT(why.fault_count, 0);
        CHECK_INT(why.retry_after_s, 0);
        CHECK_INT(f->x.extra_header_count, 0);
        CHECK(!in.who && str_is_absent(in.cookie) && str_is_absent(in.csrf));
        arena_close(a);
    }
    CHECK_INT(count_items(h, "sessions"), sessions);
    close_house(h);
}

static void guessing_is_slowed_down_for_names_that_exist_and_names_that_do_not(void **state)
{
    static const struct {
        const char *name, *other; /* another spelling of the same account */
    } rows[] = {{"ada", "Ada@example.com"}, {"nobody@example.com", "NOBODY@example.com"}};
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct house *h = open_house();
        struct arena *a = arena_open(4096);
        struct signed_in in;
        struct problem why;
        CHECK_AT(i);
        for (unsigned k = 0; k < LIMIT_ATTEMPTS_PER_ACCOUNT; k++)
            CHECK_ERR(login(h, a, "", rows[i].name, "wrong", &in, &why), ERR_UNAUTHENTICATED);
        CHECK_ERR(login(h, a, "", rows[i].other, "correct horse", &in, &why), ERR_TOO_MANY);
        CHECK_INT(why.retry_after_s, 1);
        CHECK_ERR(login(h, a, "", "bob", "battery staple", &in, &why), ERR_OK);
        arena_close(a);
        close_house(h);
    }
}

static void other_sites_cannot_sign_anybody_in(void **state)
{
    static const struct {
        const char *headers;
        enum err err;
    } rows[] = {
        {"Host: cms.example", ERR_OK},
        {"Host: cms.example\nOrigin: http://cms.example\nSec-Fetch-Site: same-origin", ERR_OK},
        {"Host: cms.example\nOrigin: http://evil.example", ERR_FORBIDDEN},
        {"Host: cms.example\nOrigin: null", ERR_FORBIDDEN},
        {"Host: cms.example\nSec-Fetch-Site: cross-site", ERR_FORBIDDEN},
        {"Host: cms.example\nSec-Fetch-Site: same-site\nOrigin: http://sub.cms.example", ERR_FORBIDDEN},
    };
    (void)state;
    struct house *h = open_house();
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct arena *a = arena_open(4096);
        struct signed_in in;
        struct problem why;
        CHECK_AT(i);
        CHECK_PROBLEM(login(h, a, rows[i].headers, "ada", "correct horse", &in, &why), rows[i].err, &why);
        arena_close(a);
    }
    close_house(h);
}

static void a_session_says_where_it_comes_from_and_never_its_secret(void **state)
{
    (void)state;
    struct house *h = open_house();
    struct arena *a = arena_open(16u << 10);
    struct signed_in in;
    struct problem why;
    str secret, cookie, rest;
    NEED(login(h, a, "User-Agent: Browser/1.0 (\xC3\xA4; \x01)", "ada", "correct horse", &in, &why) == ERR_OK);
    (void)str_cut(in.cookie, '=', &rest, &cookie);
    (void)str_cut(cookie, ';', &secret, &rest);
    CHECK_INT(secret.len, 43);
    const struct principal *who = principal_system(h->gate, a, SYSTEM_CHECK);
    struct query q = {.from = house_collection(who, "sessions"), .limit = 10};
    struct item_list list;
    query_all_fields(a, &q, NULL);
    item_list_init(&list, a);
    NEED(gate_read(h->gate, who, &q, &list.receiver, NULL, &why) == ERR_OK && list.count == 1);
    const struct json *s = &list.items[0];
    CHECK_STR(json_get(s, S("user"))->text, house_user(h, "ada"));
    CHECK_STR(json_get(s, S("address"))->text, S("192.0.2.1"));
    CHECK_STR(json_get(s, S("agent"))->text, S("Browser/1.0 (??; ?)"));
    CHECK_STR(json_get(s, S("expires_at"))->text, S("2026-11-22T00:00:00Z"));
    CHECK_STR(json_get(s, S("last_seen_at"))->text, S("2026-11-21T12:00:00Z"));
    CHECK(!json_get(s, S("token")));
    CHECK(!str_contains(json_print(a, s), secret));
    CHECK_STR(json_get(s, S("_id"))->text, in.who->session_id);
    arena_close(a);
    close_house(h);
}

static void signing_in_again_ends_the_old_session_of_that_browser_only(void **state)
{
    (void)state;
    struct house *h = open_house();
    str elsewhere = sign_in(h, "ada", "correct horse"), before = sign_in(h, "ada", "correct horse");
    struct arena *a = arena_open(4096);
    struct signed_in in;
    struct problem why;
    str header = arena_format(a, "Cookie: " STR_FMT, STR_ARG(before));
    CHECK_ERR(login(h, a, arena_cstr(a, header), "bob", "battery staple", &in, &why), ERR_OK);
    CHECK_STR(in.who->user_email, S("bob@example.com"));
    arena_close(a);
    CHECK_ERR(use_cookie(h, before), ERR_UNAUTHENTICATED);
    CHECK_ERR(use_cookie(h, elsewhere), ERR_OK);
    CHECK_INT(count_items(h, "sessions"), 2);
    close_house(h);
}

static void signing_out_ends_the_session(void **state)
{
    (void)state;
    struct house *h = open_house();
    str cookie = sign_in(h, "ada", "correct horse"), other = sign_in(h, "ada", "correct horse");
    struct arena *a = arena_open(4096);
    struct problem why = {.arena = a};
    str header = arena_format(a, "Cookie: " STR_FMT, STR_ARG(cookie));
    struct fake_exchange *f = fake_request(a, "GET", "/", arena_cstr(a, header), S(""));
    NEED(identify(h->gate, &f->x, &why) == ERR_OK);
    CHECK_ERR(gate_logout(h->gate, &f->x, &why), ERR_OK);
    CHECK_ERR(gate_logout(h->gate, &f->x, &why), ERR_OK); /* twice is no harm */
    exchange_send_nothing(&f->x, 204);
    CHECK_STR(fake_header(f, "Set-Cookie"), S("vitrine_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0"));
    arena_close(a);
    CHECK_ERR(use_cookie(h, cookie), ERR_UNAUTHENTICATED);
    CHECK_ERR(use_cookie(h, other), ERR_OK);
    close_house(h);
}

static void new_password(struct house *h)
{
    house_people(h, "{users: {ada: {roles:['reader'], password:'something else'}}}");
}
static void switched_off(struct house *h)
{
    house_people(h, "{users: {ada: {roles:['reader'], active:false}}}");
}
static void person_deleted(struct house *h)
{
    house_delete(h, "users", house_user(h, "ada"));
}
static void role_removed(struct house *h)
{
    house_people(h, "{users: {ada: {roles:['other']}}}");
}
static void reset_by_command(struct house *h)
{
    struct arena *a = arena_open(4096);
    struct problem why = {.arena = a};
    str made = {0};
    CHECK_PROBLEM(gate_user_reset(h->gate, a, S("ada@example.com"), (str){0}, &made, &why), ERR_OK, &why);
    CHECK(made.len >= 20);
    arena_close(a);
}
static void disabled_by_command(struct house *h)
{
    struct arena *a = arena_open(4096);
    struct problem why = {.arena = a};
    CHECK_PROBLEM(gate_user_disable(h->gate, a, S("ada"), true, &why), ERR_OK, &why);
    arena_close(a);
}
static void nothing_of_that(struct house *h)
{
    house_people(h, "{users: {ada: {roles:['reader'], language:'de'}}}");
}

/* SE-1, SE-2 and AK-6: what each event leaves of a session and of a key, for the very next request. */
static void events_end_sessions_and_keys(void **state)
{
    static const struct {
        void (*event)(struct house *h);
        enum err session, key;
        bool can_read; /* with the key, if it still names somebody */
    } rows[] = {
        {nothing_of_that, ERR_OK, ERR_OK, true},
        {new_password, ERR_UNAUTHENTICATED, ERR_OK, true},
        {reset_by_command, ERR_UNAUTHENTICATED, ERR_OK, true},
        {switched_off, ERR_UNAUTHENTICATED, ERR_UNAUTHENTICATED, false},
        {disabled_by_command, ERR_UNAUTHENTICATED, ERR_UNAUTHENTICATED, false},
        {person_deleted, ERR_UNAUTHENTICATED, ERR_UNAUTHENTICATED, false},
        {role_removed, ERR_UNAUTHENTICATED, ERR_OK, false},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct house *h = open_house();
        str cookie = sign_in(h, "ada", "correct horse"), key = house_key(h, "ada");
        CHECK_AT(i);
        CHECK_ERR(use_cookie(h, cookie), ERR_OK);
        CHECK_ERR(use(h, "api-key", key), ERR_OK);
        rows[i].event(h);
        CHECK_ERR(use_cookie(h, cookie), rows[i].session);
        CHECK_ERR(use(h, "api-key", key), rows[i].key);
        CHECK_ERR(use(h, "api-key", house_key(h, "narrow")), rows[i].key);
        CHECK_ERR(use(h, "api-key", house_key(h, "role")), ERR_OK);
        if (rows[i].key == ERR_OK) {
            struct arena *a = arena_open(4096);
            const struct principal *who = house_who(h, a, key), *narrow = house_who(h, a, house_key(h, "narrow"));
            CHECK(gate_may(who, VERB_READ, house_collection(who, "users")) == rows[i].can_read);
            CHECK(gate_may(narrow, VERB_READ, house_collection(narrow, "users")) == rows[i].can_read);
            arena_close(a);
        }
        close_house(h);
    }
}

static void sessions_end_with_time(void **state)
{
    (void)state;
    struct house *h = open_house();
    str cookie = sign_in(h, "ada", "correct horse");
    time_set(NOON + 30 * MINUTE - 1);
    CHECK_ERR(use_cookie(h, cookie), ERR_OK); /* 30 minutes without a request are too many … */
    time_set(NOON + 59 * MINUTE);
    CHECK_ERR(use_cookie(h, cookie), ERR_OK);
    time_set(NOON + 59 * MINUTE + 30 * MINUTE);
    CHECK_ERR(use_cookie(h, cookie), ERR_UNAUTHENTICATED);

    time_set(NOON);
    cookie = sign_in(h, "ada", "correct horse");
    int64_t at = 0;
    for (; at < 12 * 60; at += 20) {
        time_set(NOON + at * MINUTE);
        CHECK_AT(at);
        CHECK_ERR(use_cookie(h, cookie), ERR_OK);
    }
    time_set(NOON + 12 * 60 * MINUTE - 1);
    CHECK_ERR(use_cookie(h, cookie), ERR_OK);
    time_set(NOON + 12 * 60 * MINUTE); /* … and twelve hours are, however busy */
    CHECK_ERR(use_cookie(h, cookie), ERR_UNAUTHENTICATED);
    CHECK_INT(count_items(h, "sessions"), 2);
    sign_in(h, "bob", "battery staple");
    CHECK_INT(count_items(h, "sessions"), 1); /* what ran out is cleared away */
    close_house(h);
}

static uint64_t last_seq(struct house *h)
{
    struct arena *a = arena_open(4096);
    struct content_figures figures;
    (void)principal_system(h->gate, a, SYSTEM_CHECK); /* catches up */
    gate_figures(h->gate, &figures);
    arena_close(a);
    return figures.last_seq;
}

static void a_sessions_use_is_written_rarely(void **state)
{
    (void)state;
    struct house *h = open_house();
    str cookie = sign_in(h, "ada", "correct horse");
    uint64_t before = last_seq(h);
    for (int64_t s = 0; s <= 20 * 60; s += 10) {
        time_set(NOON + s * 1000);
        CHECK_ERR(use_cookie(h, cookie), ERR_OK);
    }
    CHECK_INT(last_seq(h) - before, 4); /* after 5, 10, 15 and 20 minutes */
    close_house(h);
}

static void the_time_limits_can_be_set(void **state)
{
    (void)state;
    time_set(NOON);
    struct house *h = house_open_with(&(struct house_config){.session_idle_ms = 2 * MINUTE, .session_life_ms = 5 * MINUTE});
    house_people(h, people);
    str cookie = sign_in(h, "ada", "correct horse"), idle = sign_in(h, "ada", "correct horse");
    for (int64_t s = 0; s < 300; s += 30) {
        time_set(NOON + s * 1000);
        CHECK_AT(s);
        CHECK_ERR(use_cookie(h, cookie), ERR_OK);
    }
    CHECK_ERR(use_cookie(h, idle), ERR_UNAUTHENTICATED);
    time_set(NOON + 5 * MINUTE);
    CHECK_ERR(use_cookie(h, cookie), ERR_UNAUTHENTICATED);
    close_house(h);
}

struct crowd {
    struct house *house;
    str cookie;
    _Atomic(int) good;
};

static void *use_often(void *arg)
{
    struct crowd *c = arg;
    for (int i = 0; i < 100; i++)
        c->good += use_cookie(c->house, c->cookie) == ERR_OK;
    return NULL;
}

static void many_threads_use_one_session(void **state)
{
    (void)state;
    struct house *h = open_house();
    struct crowd crowd = {.house = h, .cookie = sign_in(h, "ada", "correct horse")};
    uint64_t before = last_seq(h);
    pthread_t threads[4];
    time_set(NOON + 10 * MINUTE);
    for (size_t i = 0; i < COUNTOF(threads); i++)
        NEED(pthread_create(&threads[i], NULL, use_often, &crowd) == 0);
    for (size_t i = 0; i < COUNTOF(threads); i++)
        (void)pthread_join(threads[i], NULL);
    CHECK_INT(crowd.good, 400);
    CHECK_INT(last_seq(h) - before, 1);
    close_house(h);
}

CHECK_MAIN(TEST(people_sign_in_by_address_or_name), TEST(every_refusal_is_the_same),
           TEST(guessing_is_slowed_down_for_names_that_exist_and_names_that_do_not), TEST(other_sites_cannot_sign_anybody_in),
           TEST(a_session_says_where_it_comes_from_and_never_its_secret),
           TEST(signing_in_again_ends_the_old_session_of_that_browser_only), TEST(signing_out_ends_the_session),
           TEST(events_end_sessions_and_keys), TEST(sessions_end_with_time), TEST(a_sessions_use_is_written_rarely),
           TEST(the_time_limits_can_be_set), TEST(many_threads_use_one_session))
