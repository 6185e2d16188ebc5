/* What a mirror knows by itself: whose a name is, one fetch for many, how many at a time. The rest is said by two servers in
 * tests/outside/registry_mirror.py. */
#include "tests/support/check.h"
#include "tests/support/house.h"

#include "base/limits.h"
#include "roles/mirror/mirror.h"

#include <sched.h>

static void names_are_mapped_both_ways(void **state)
{
    static const struct {
        const char *prefix, *remote_prefix;
        bool strip;
        const char *here, *there; /* NULL: it does not answer for it */
    } rows[] = {
        {"hub/", "", true, "hub/library/alpine", "library/alpine"},
        {"hub/", "team/", true, "hub/app", "team/app"},
        {"hub/", "", false, "hub/app", "hub/app"},
        {"hub/", "x/", false, "hub/app", "x/hub/app"},
        {"", "", true, "acme/app", "acme/app"},
        {"", "team/", true, "app", "team/app"},
        {"hub/", "", true, "hub", NULL},
        {"hub/", "", true, "hubbub/app", NULL},
        {"hub/", "", true, "own/hub/app", NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct arena *a = arena_open(1024);
        struct upstream u = {.prefix = str_of(rows[i].prefix), .remote_prefix = str_of(rows[i].remote_prefix), .strip_prefix = rows[i].strip};
        str back = {0};
        CHECK_AT(i);
        CHECK_INT(upstream_answers(&u, str_of(rows[i].here)), rows[i].there != NULL);
        if (rows[i].there) {
            CHECK_STR(upstream_remote(a, &u, str_of(rows[i].here)), str_of(rows[i].there));
            CHECK(upstream_local(a, &u, str_of(rows[i].there), &back));
            CHECK_STR(back, str_of(rows[i].here));
        }
        arena_close(a);
    }
    struct arena *a = arena_open(1024);
    struct upstream u = {.prefix = S("hub/"), .remote_prefix = S("team/"), .strip_prefix = true};
    str unused;
    CHECK(!upstream_local(a, &u, S("other/app"), &unused));
    CHECK(!upstream_local(a, &u, S("team/"), &unused));
    CHECK(!upstream_local(a, &u, S("team/../app"), &unused));
    CHECK(!upstream_local(a, &u, S("team/App"), &unused));
    arena_close(a);
}

static void upstreams_are_called_by_name_or_host(void **state)
{
    struct upstream u = {.name = S("docker.io"), .url = S("https://registry-1.docker.io:8443")};
    (void)state;
    CHECK(upstream_is_called(&u, S("docker.io")) && upstream_is_called(&u, S("Registry-1.docker.io:8443")));
    CHECK(!upstream_is_called(&u, S("registry-1.docker.io")) && !upstream_is_called(&u, S("io")) && !upstream_is_called(&u, S("")));
}

/* ------ flights */

struct waiter {
    struct mirror *mirror;
    const char *what;
    bool patient, keeps;              /* keeps: what it got, it has until the test ends it */
    pthread_t thread;
    _Atomic(bool) is_done;
    struct flight *mine;
    enum err err;
    struct arena *arena;
    struct problem why;
};

static void *board(void *arg)
{
    struct waiter *w = arg;
    w->err = flight_begin(w->mirror, str_of(w->what), w->patient, &w->mine, &w->why);
    if (w->mine && !w->keeps)
        w->err = flight_end(w->mirror, w->mine, ERR_OK, &w->why);
    atomic_store(&w->is_done, true);
    return NULL;
}

static void send(struct waiter *w, struct mirror *m, const char *what, bool patient, bool keeps)
{
    *w = (struct waiter){.mirror = m, .what = what, .patient = patient, .keeps = keeps, .arena = arena_open(1024)};
    w->why.arena = w->arena;
    NEED(pthread_create(&w->thread, NULL, board, w) == 0);
}

static void arrive(struct waiter *w)
{
    (void)pthread_join(w->thread, NULL);
    arena_close(w->arena);
}

static void one_fetches_for_all(void **state)
{
    static struct gate gate;
    struct arena *a = arena_open(4096);
    struct problem why = {.arena = a};
    struct mirror *m = mirror_open(&gate);
    struct flight *mine = NULL;
    struct waiter others[4];
    (void)state;
    CHECK_ERR(flight_begin(m, S("layer a"), false, &mine, &why), ERR_OK);
    NEED(mine != NULL);
    for (size_t i = 0; i < COUNTOF(others); i++)
        send(&others[i], m, "layer a", i % 2 == 0, false);
    why.retry_after_s = 9;
    (void)problem_set(&why, ERR_UNAVAILABLE, "it is %s", "cut");
    CHECK_ERR(flight_end(m, mine, ERR_UNAVAILABLE, &why), ERR_UNAVAILABLE);
    for (size_t i = 0; i < COUNTOF(others); i++) {
        CHECK_AT(i);
        (void)pthread_join(others[i].thread, NULL);
        if (others[i].err != ERR_OK) { /* else it came when that was over, and had its own turn */
            CHECK_ERR(others[i].err, ERR_UNAVAILABLE);
            CHECK_STR(others[i].why.text, S("it is cut"));
            CHECK_INT(others[i].why.retry_after_s, 9);
        }
        arena_close(others[i].arena);
    }
    mirror_close(m);
    arena_close(a);
}

static void there_is_room_for_so_many(void **state)
{
    static struct gate gate;
    struct arena *a = arena_open(4096);
    struct problem why = {.arena = a}, full = {.arena = a};
    struct mirror *m = mirror_open(&gate);
    struct flight *all[LIMIT_UPSTREAM_FETCHES], *more = NULL;
    struct waiter patient;
    (void)state;
    for (unsigned i = 0; i < LIMIT_UPSTREAM_FETCHES; i++)
        CHECK_ERR(flight_begin(m, arena_format(a, "layer %u", i), false, &all[i], &why), ERR_OK);
    CHECK_ERR(flight_begin(m, S("one more"), false, &more, &full), ERR_UNAVAILABLE);
    CHECK(more == NULL && full.retry_after_s > 0);
    send(&patient, m, "one more", true, true);
    CHECK_ERR(flight_end(m, all[0], ERR_OK, &why), ERR_OK);
    while (!atomic_load(&patient.is_done))
        sched_yield();
    CHECK(patient.err == ERR_OK && patient.mine != NULL);
    arrive(&patient);
    mirror_close(m); /* with flights that never ended */
    arena_close(a);
}

static void who_stops_waits_for_nobody(void **state)
{
    struct arena *a = arena_open(4096);
    struct problem why = {.arena = a};
    struct gate gate = {0};
    struct flight *mine = NULL;
    struct waiter w;
    (void)state;
    gate.mirror = mirror_open(&gate);
    CHECK_ERR(flight_begin(gate.mirror, S("x"), false, &mine, &why), ERR_OK);
    send(&w, gate.mirror, "x", true, true);
    gate_stop(&gate);
    while (!atomic_load(&w.is_done))
        sched_yield();
    CHECK_ERR(w.err, ERR_UNAVAILABLE);
    CHECK(atomic_load(mirror_stop(gate.mirror)));
    arrive(&w);
    CHECK_ERR(flight_end(gate.mirror, mine, ERR_OK, &why), ERR_OK);
    mirror_close(gate.mirror);
    arena_close(a);
}

static void tags_are_believed_for_a_while(void **state)
{
    static struct gate gate;
    struct mirror *m = mirror_open(&gate);
    (void)state;
    CHECK(!mirror_is_fresh(m, S("a"), 60000));
    mirror_was_seen(m, S("a"));
    CHECK(mirror_is_fresh(m, S("a"), 60000) && !mirror_is_fresh(m, S("a"), 0) && !mirror_is_fresh(m, S("b"), 60000));
    mirror_close(m);
}

/* What stands in the collection's definition as a number is what base/limits.h says. */
static void the_definition_knows_the_limits(void **state)
{
    struct house *h = house_open();
    struct arena *a = arena_open(4096);
    (void)state;
    const struct collection *c = model_find(principal_model(principal_system(h->gate, a, SYSTEM_COMMAND)), S("upstreams"));
    NEED(c != NULL);
    CHECK_INT((int64_t)collection_field(c, S("every"))->max, LIMIT_UPSTREAM_DAYS * 24 * 60);
    CHECK_INT(collection_field(c, S("content"))->max_items, LIMIT_UPSTREAM_RULES);
    CHECK_INT(collection_field(c, S("keep_fresh_s"))->standard->integer, LIMIT_UPSTREAM_FRESH_S);
    arena_close(a);
    house_close(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(names_are_mapped_both_ways), TEST(upstreams_are_called_by_name_or_host), TEST(one_fetches_for_all),
        TEST(there_is_room_for_so_many),  TEST(who_stops_waits_for_nobody),           TEST(tags_are_believed_for_a_while),
        TEST(the_definition_knows_the_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
