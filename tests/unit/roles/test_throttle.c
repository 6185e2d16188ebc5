#include "tests/support/check.h"

#include "base/limits.h"
#include "roles/internal.h"

static _Atomic(int64_t) now_us;

static int64_t clock_now(void)
{
    return now_us;
}

static void pass_seconds(int64_t s)
{
    now_us += s * 1000000;
}

struct bench {
    struct arena *arena;
    struct throttle *t;
    struct problem why;
};

static struct bench open_bench(void)
{
    now_us = INT64_C(5000000);
    struct bench b = {.arena = arena_open(4096), .t = throttle_open(clock_now)};
    b.why.arena = b.arena;
    return b;
}

static void close_bench(struct bench *b)
{
    throttle_close(b->t);
    arena_close(b->arena);
}

static enum err attempt(struct bench *b, const char *account, const char *address)
{
    b->why = (struct problem){.arena = b->arena};
    return throttle_attempt(b->t, ATTEMPT_SIGN_IN, str_of(account), str_of(address), &b->why);
}

static void an_account_gets_ten_and_then_waits_twice_as_long_each_time(void **state)
{
    (void)state;
    struct bench b = open_bench();
    for (unsigned i = 0; i < LIMIT_ATTEMPTS_PER_ACCOUNT; i++)
        CHECK_ERR(attempt(&b, "ada", arena_cstr(b.arena, arena_format(b.arena, "192.0.2.%u", i))), ERR_OK);
    int64_t wait = 1;
    for (unsigned i = 0; i < 14; i++) {
        CHECK_AT(i);
        CHECK_ERR(attempt(&b, "ada", "198.51.100.7"), ERR_TOO_MANY);
        CHECK_INT(b.why.retry_after_s, wait);
        pass_seconds(wait - 1);
        CHECK_ERR(attempt(&b, "ada", "198.51.100.7"), ERR_TOO_MANY);
        CHECK_INT(b.why.retry_after_s, 1);
        pass_seconds(1);
        CHECK_ERR(attempt(&b, "ada", "198.51.100.8"), ERR_OK);
        wait = wait * 2 < LIMIT_ATTEMPTS_WINDOW_S ? wait * 2 : LIMIT_ATTEMPTS_WINDOW_S;
    }
    CHECK_ERR(attempt(&b, "bob", "198.51.100.9"), ERR_OK); /* nobody else is concerned */
    close_bench(&b);
}

static void an_address_gets_thirty(void **state)
{
    (void)state;
    struct bench b = open_bench();
    for (unsigned i = 0; i < LIMIT_ATTEMPTS_PER_ADDRESS; i++) {
        CHECK_AT(i);
        CHECK_ERR(attempt(&b, arena_cstr(b.arena, arena_format(b.arena, "user%u", i)), "192.0.2.1"), ERR_OK);
    }
    CHECK_ERR(attempt(&b, "another", "192.0.2.1"), ERR_TOO_MANY);
    CHECK_INT(b.why.retry_after_s, 1);
    CHECK_ERR(attempt(&b, "another", "192.0.2.2"), ERR_OK);
    close_bench(&b);
}

static void addresses_count_by_network(void **state)
{
    static const struct {
        const char *filled, *asked;
        bool same;
    } rows[] = {
        {"192.0.2.1", "192.0.2.1", true},
        {"192.0.2.1", "192.0.2.9", false},
        {"2001:db8:1:2::1", "2001:db8:1:2:ffff:1:2:3", true},
        {"2001:db8:1:2::1", "2001:db8:1:3::1", false},
        {"::ffff:192.0.2.1", "192.0.2.1", true},
        {"::ffff:192.0.2.1", "::ffff:192.0.2.2", false},
        {"fe80::1%eth0", "fe80::1", true},
        {"", "", true},
        {"unix", "unix", true},
        {"unix", "192.0.2.1", false},
        {"a very long text that can never have been an address of anything at all",
         "a very long text that can never have been an address of anything at all", true},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct bench b = open_bench();
        CHECK_AT(i);
        for (unsigned k = 0; k < LIMIT_ATTEMPTS_PER_ADDRESS; k++)
            CHECK_ERR(attempt(&b, arena_cstr(b.arena, arena_format(b.arena, "user%u", k)), rows[i].filled), ERR_OK);
        CHECK_ERR(attempt(&b, "another", rows[i].asked), rows[i].same ? ERR_TOO_MANY : ERR_OK);
        close_bench(&b);
    }
}

static void a_quarter_of_an_hour_of_silence_forgets(void **state)
{
    (void)state;
    struct bench b = open_bench();
    for (unsigned i = 0; i < LIMIT_ATTEMPTS_PER_ACCOUNT - 1; i++)
        CHECK_ERR(attempt(&b, "ada", "192.0.2.1"), ERR_OK);
    pass_seconds(LIMIT_ATTEMPTS_WINDOW_S - 1); /* not yet */
    CHECK_ERR(attempt(&b, "ada", "192.0.2.1"), ERR_OK);
    CHECK_ERR(attempt(&b, "ada", "192.0.2.1"), ERR_TOO_MANY);
    pass_seconds(LIMIT_ATTEMPTS_WINDOW_S + 1);
    for (unsigned i = 0; i < LIMIT_ATTEMPTS_PER_ACCOUNT; i++)
        CHECK_ERR(attempt(&b, "ada", "192.0.2.1"), ERR_OK);
    CHECK_ERR(attempt(&b, "ada", "192.0.2.1"), ERR_TOO_MANY);
    close_bench(&b);
}

static void success_frees_the_account_and_takes_one_from_the_address(void **state)
{
    (void)state;
    struct bench b = open_bench();
    for (unsigned round = 0; round < 4; round++) {
        for (unsigned i = 0; i < LIMIT_ATTEMPTS_PER_ACCOUNT - 1; i++)
            CHECK_ERR(attempt(&b, "ada", "192.0.2.1"), round < 3 ? ERR_OK : i < 3 ? ERR_OK : ERR_TOO_MANY);
        if (round == 3)
            break;
        CHECK_ERR(attempt(&b, "ada", "192.0.2.1"), ERR_OK);
        throttle_passed(b.t, ATTEMPT_SIGN_IN, S("ada"), S("192.0.2.1"));
    }
    close_bench(&b);
}

static void an_attempt_that_was_not_judged_does_not_count(void **state)
{
    (void)state;
    struct bench b = open_bench();
    for (unsigned i = 0; i < 100; i++) {
        CHECK_ERR(attempt(&b, "ada", "192.0.2.1"), ERR_OK);
        throttle_undo(b.t, ATTEMPT_SIGN_IN, S("ada"), S("192.0.2.1"));
    }
    close_bench(&b);
}

static void many_names_cannot_fill_the_table(void **state)
{
    (void)state;
    struct bench b = open_bench();
    for (unsigned i = 0; i < LIMIT_ATTEMPTS_PER_ACCOUNT; i++)
        CHECK_ERR(attempt(&b, "ada", "192.0.2.1"), ERR_OK);
    for (unsigned i = 0; i < 300000; i++) {
        char name[16], address[32];
        struct problem why = {.arena = b.arena};
        (void)snprintf(name, sizeof name, "u%u", i);
        (void)snprintf(address, sizeof address, "10.%u.%u.%u", i >> 16 & 255, i >> 8 & 255, i & 255);
        err_ignored(throttle_attempt(b.t, ATTEMPT_SIGN_IN, str_of(name), str_of(address), &why));
        now_us += 10;
    }
    CHECK(attempt(&b, "zoe", "192.0.2.77") == ERR_OK);
    close_bench(&b);
}

struct guesser {
    struct throttle *t;
    _Atomic(int) *admitted;
};

static void *guess(void *arg)
{
    struct guesser *g = arg;
    for (int i = 0; i < 50; i++) {
        struct arena *a = arena_open(256);
        struct problem why = {.arena = a};
        if (throttle_attempt(g->t, ATTEMPT_SIGN_IN, S("ada"), S("192.0.2.1"), &why) == ERR_OK)
            (*g->admitted)++;
        arena_close(a);
    }
    return NULL;
}

static void parallel_guesses_are_counted_before_they_are_judged(void **state)
{
    (void)state;
    struct bench b = open_bench();
    _Atomic(int) admitted = 0;
    struct guesser g = {b.t, &admitted};
    pthread_t threads[8];
    for (size_t i = 0; i < COUNTOF(threads); i++)
        NEED(pthread_create(&threads[i], NULL, guess, &g) == 0);
    for (size_t i = 0; i < COUNTOF(threads); i++)
        (void)pthread_join(threads[i], NULL);
    CHECK_INT(admitted, LIMIT_ATTEMPTS_PER_ACCOUNT);
    close_bench(&b);
}

CHECK_MAIN(TEST(an_account_gets_ten_and_then_waits_twice_as_long_each_time), TEST(an_address_gets_thirty),
           TEST(addresses_count_by_network), TEST(a_quarter_of_an_hour_of_silence_forgets),
           TEST(success_frees_the_account_and_takes_one_from_the_address),
           TEST(an_attempt_that_was_not_judged_does_not_count), TEST(many_names_cannot_fill_the_table),
           TEST(parallel_guesses_are_counted_before_they_are_judged))
