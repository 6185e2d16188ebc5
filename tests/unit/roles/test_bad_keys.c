/* Wrong credentials are counted where they come from, and keys that were found somewhere are ended. */
#include "roles/credentials/bad_keys.h"

#include "base/limits.h"
#include "base/time.h"
#include "tests/support/check.h"
#include "tests/support/fake_exchange.h"
#include "tests/support/house.h"

#define WRONG "api-key: USR-0123456789abcdef0123456789abcdef01234567"

static int64_t clock_us;

static int64_t now_us(void)
{
    return clock_us;
}

static enum err count(struct bad_keys *b, const char *address)
{
    struct arena *a = arena_open(1024);
    struct problem why = {.arena = a};
    enum err e = bad_keys_count(b, str_of(address), &why);
    CHECK((e == ERR_TOO_MANY) == (why.retry_after_s > 0 && why.retry_after_s <= 61));
    arena_close(a);
    return e;
}

static void so_many_a_minute_of_one_address(void **state)
{
    (void)state;
    clock_us = 1;
    struct bad_keys *b = bad_keys_open(3, now_us);
    for (int i = 0; i < 3; i++)
        CHECK_ERR(count(b, "192.0.2.1"), ERR_OK);
    CHECK_ERR(count(b, "192.0.2.1"), ERR_TOO_MANY);
    CHECK_ERR(count(b, "::ffff:192.0.2.1"), ERR_TOO_MANY);
    CHECK_ERR(count(b, "192.0.2.2"), ERR_OK);
    CHECK_ERR(count(b, "2001:db8::1"), ERR_OK);
    CHECK_ERR(count(b, "2001:db8::2"), ERR_OK);
    CHECK_ERR(count(b, "2001:db8::3:4"), ERR_OK);
    CHECK_ERR(count(b, "2001:db8::5"), ERR_TOO_MANY); /* one /64 is one client */
    CHECK_ERR(count(b, "2001:db8:0:1::5"), ERR_OK);
    clock_us += 59999999;
    CHECK_ERR(count(b, "192.0.2.1"), ERR_TOO_MANY);
    clock_us += 1;
    CHECK_ERR(count(b, "192.0.2.1"), ERR_OK);
    bad_keys_close(b);
}

static void none_at_all_is_no_limit(void **state)
{
    (void)state;
    struct bad_keys *b = bad_keys_open(0, now_us);
    for (int i = 0; i < 1000; i++)
        CHECK_ERR(count(b, "192.0.2.1"), ERR_OK);
    bad_keys_close(b);
}

/* However many addresses there are, the one that tries now is counted. */
static void a_full_table_forgets_the_oldest(void **state)
{
    (void)state;
    struct arena *a = arena_open(1u << 20);
    struct bad_keys *b = bad_keys_open(2, now_us);
    for (unsigned i = 0; i < 4 * LIMIT_BAD_KEY_ADDRESSES; i++) {
        clock_us++;
        CHECK_ERR(count(b, arena_cstr(a, arena_format(a, "10.%u.%u.%u", i >> 16, i >> 8 & 255, i & 255))), ERR_OK);
    }
    CHECK_ERR(count(b, "192.0.2.1"), ERR_OK);
    CHECK_ERR(count(b, "192.0.2.1"), ERR_OK);
    CHECK_ERR(count(b, "192.0.2.1"), ERR_TOO_MANY);
    bad_keys_close(b);
    arena_close(a);
}

static enum err ask(struct house *h, const char *headers, unsigned *retry_after_s)
{
    struct arena *a = arena_open(4096);
    struct problem why = {.arena = a};
    struct fake_exchange *f = fake_request(a, "GET", "/", headers, S(""));
    enum err e = identify(h->gate, &f->x, &why);
    *retry_after_s = why.retry_after_s;
    CHECK(e == ERR_OK || f->x.who->kind == PRINCIPAL_PUBLIC);
    arena_close(a);
    return e;
}

static void good_keys_go_on_working_beside_bad_ones(void **state)
{
    (void)state;
    struct house *h = house_open_with(&(struct house_config){.bad_keys_per_minute = 5});
    house_people(h, "{roles: {reader: []}, keys: {bot: {role:'reader'}}}");
    struct arena *a = arena_open(4096);
    const char *good = arena_cstr(a, arena_format(a, "api-key: " STR_FMT, STR_ARG(house_key(h, "bot"))));
    unsigned wait;
    for (int i = 0; i < 5; i++)
        CHECK_ERR(ask(h, i % 2 ? WRONG : "Authorization: Bearer garbage", &wait), ERR_UNAUTHENTICATED);
    for (int i = 0; i < 5; i++) {
        CHECK_ERR(ask(h, WRONG, &wait), ERR_TOO_MANY);
        CHECK(wait > 0);
        CHECK_ERR(ask(h, good, &wait), ERR_OK);
        CHECK_ERR(ask(h, "", &wait), ERR_OK);
    }
    arena_close(a);
    house_close(h);
}

static enum err report(struct house *h, str key)
{
    struct arena *a = arena_open(16u << 10);
    struct problem why = {.arena = a};
    struct fake_exchange *f = fake_request(a, "POST", "/api/auth/leaked", "", S(""));
    enum err e = gate_key_leaked(h->gate, &f->x, key, &why);
    arena_close(a);
    return e;
}

static void whoever_has_a_key_can_end_it(void **state)
{
    (void)state;
    struct house *h = house_open();
    house_people(h, "{roles: {reader: [{collection:'roles', verbs:['read']}]}, users: {ada: {}},"
                    " keys: {bot: {role:'reader'}, other: {role:'reader'}, zen: {user:'ada', kind:'zenml'}, turned: {role:'reader'}}}");
    struct arena *a = arena_open(16u << 10);
    struct problem why = {.arena = a};
    unsigned wait;
    str later = {0};
#define GOOD(key) ask(h, arena_cstr(a, arena_format(a, "api-key: " STR_FMT, STR_ARG(key))), &wait)
    CHECK_ERR(report(h, house_key(h, "bot")), ERR_OK);
    CHECK_ERR(GOOD(house_key(h, "bot")), ERR_UNAUTHENTICATED);
    CHECK_ERR(GOOD(house_key(h, "other")), ERR_OK);
    CHECK_ERR(report(h, S("USR-0123456789abcdef0123456789abcdef01234567")), ERR_OK);
    CHECK_ERR(report(h, S("garbage")), ERR_OK);
    CHECK_ERR(report(h, house_key(h, "bot")), ERR_OK); /* once more */
    CHECK_ERR(report(h, house_key(h, "zen")), ERR_OK);
    CHECK_ERR(GOOD(house_key(h, "zen")), ERR_UNAUTHENTICATED);
    CHECK_ERR(GOOD(house_key(h, "other")), ERR_OK);

    /* A secret that is over ends nothing that came after it. */
    NEED(gate_key_rotate(h->gate, a, house_key_id(h, "turned"), 0, &later, &why) == ERR_OK);
    CHECK_ERR(report(h, house_key(h, "turned")), ERR_OK);
    CHECK_ERR(GOOD(later), ERR_OK);

    /* All the same for every text, until there are too many. */
    enum err e = ERR_OK;
    for (unsigned i = 0; i <= LIMIT_LEAK_REPORTS_PER_MINUTE && e == ERR_OK; i++)
        e = report(h, S("garbage"));
    CHECK_ERR(e, ERR_TOO_MANY);
    arena_close(a);
    house_close(h);
}

CHECK_MAIN(TEST(so_many_a_minute_of_one_address), TEST(none_at_all_is_no_limit), TEST(a_full_table_forgets_the_oldest),
           TEST(good_keys_go_on_working_beside_bad_ones), TEST(whoever_has_a_key_can_end_it))
