/* Work behind requests: done once, in order, bounded, and over when the gate closes. */
#include "tests/support/check.h"

#include "base/limits.h"
#include "roles/courier.h"

#include <stdatomic.h>

enum { THREADS = 4, EACH = 50 };

static struct courier *shared;
static _Atomic(int) done;
static pthread_mutex_t door = PTHREAD_MUTEX_INITIALIZER;

static enum err count(struct gate *g, struct errand *e, const _Atomic(bool) *stop, struct problem *why)
{
    (void)g, (void)e, (void)stop, (void)why;
    done++;
    return ERR_OK;
}

static enum err wait_at_the_door(struct gate *g, struct errand *e, const _Atomic(bool) *stop, struct problem *why)
{
    (void)pthread_mutex_lock(&door);
    (void)pthread_mutex_unlock(&door);
    return count(g, e, stop, why);
}

static enum err be_put_off(struct gate *g, struct errand *e, const _Atomic(bool) *stop, struct problem *why)
{
    (void)count(g, e, stop, why);
    return problem_set(why, ERR_UNAVAILABLE, "not now");
}

static enum err wait_for_stop(struct gate *g, struct errand *e, const _Atomic(bool) *stop, struct problem *why)
{
    (void)count(g, e, stop, why);
    while (!atomic_load(stop))
        sched_yield();
    return problem_set(why, ERR_UNAVAILABLE, "stopped");
}

static enum err send(struct courier *c, enum err (*run)(struct gate *g, struct errand *e, const _Atomic(bool) *stop, struct problem *why))
{
    struct arena *a = arena_open(1024);
    struct errand *e = NEW(a, struct errand);
    struct problem why = {0};
    *e = (struct errand){.arena = a, .run = run};
    return courier_send(c, e, &why);
}

struct bench {
    struct gate gate;
    struct courier *courier;
};

static void bench_open(struct bench *b)
{
    *b = (struct bench){.gate = {.arena = arena_open(1024)}};
    b->courier = courier_open(&b->gate);
    done = 0;
}

static void bench_close(struct bench *b)
{
    courier_close(b->courier);
    arena_close(b->gate.arena);
}

static void wait_until_done(int wanted)
{
    while (done < wanted)
        sched_yield();
}

static void *send_some(void *unused)
{
    for (int i = 0; i < EACH; i++)
        while (send(shared, count) != ERR_OK)
            sched_yield();
    return unused;
}

static void everything_is_done_once(void **state)
{
    struct bench b;
    pthread_t threads[THREADS];
    (void)state;
    bench_open(&b);
    shared = b.courier;
    for (size_t i = 0; i < THREADS; i++)
        NEED(pthread_create(&threads[i], NULL, send_some, NULL) == 0);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    wait_until_done(THREADS * EACH);
    bench_close(&b);
    CHECK_INT(done, THREADS * EACH);
}

static void a_full_queue_refuses(void **state)
{
    struct bench b;
    size_t taken = 0;
    (void)state;
    bench_open(&b);
    (void)pthread_mutex_lock(&door);
    for (size_t i = 0; i < LIMIT_ERRANDS + 1; i++) /* the one that runs counts, too */
        taken += send(b.courier, wait_at_the_door) == ERR_OK;
    CHECK_INT(taken, LIMIT_ERRANDS);
    (void)pthread_mutex_unlock(&door);
    wait_until_done(LIMIT_ERRANDS);
    CHECK_ERR(send(b.courier, count), ERR_OK);
    bench_close(&b);
}

/* What failed waits for its time, and holds nobody up. */
static void what_failed_comes_later(void **state)
{
    struct bench b;
    (void)state;
    bench_open(&b);
    CHECK_ERR(send(b.courier, be_put_off), ERR_OK);
    CHECK_ERR(send(b.courier, count), ERR_OK);
    wait_until_done(2);
    bench_close(&b);
    CHECK_INT(done, 2);
}

static void closing_stops_what_runs(void **state)
{
    struct bench b;
    (void)state;
    bench_open(&b);
    CHECK_ERR(send(b.courier, wait_for_stop), ERR_OK);
    CHECK_ERR(send(b.courier, count), ERR_OK);
    wait_until_done(1);
    bench_close(&b);
    CHECK_INT(done, 1);
}

static void nothing_is_begun_for_nobody(void **state)
{
    struct bench b;
    (void)state;
    bench_open(&b);
    bench_close(&b);
    courier_close(NULL);
}

CHECK_MAIN(TEST(everything_is_done_once), TEST(a_full_queue_refuses), TEST(what_failed_comes_later), TEST(closing_stops_what_runs),
           TEST(nothing_is_begun_for_nobody))
