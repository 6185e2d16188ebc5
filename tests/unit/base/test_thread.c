#include "base/thread.h"
#include "tests/support/check.h"

#include <stdatomic.h>

enum { MAKERS = 3, TAKERS = 3, EACH = 2000 };

static struct queue *shared;
static _Atomic(unsigned char) seen[MAKERS * EACH];
static int numbers[MAKERS * EACH];

static void *put_all(void *arg)
{
    int *mine = arg;
    for (int i = 0; i < EACH; i++)
        while (!queue_put(shared, &mine[i]))
            sched_yield();
    return NULL;
}

static void *take_all(void *arg)
{
    (void)arg;
    void *jobs[7];
    for (;;) {
        size_t n = queue_take(shared, jobs, COUNTOF(jobs));
        for (size_t i = 0; i < n; i++)
            atomic_fetch_add(&seen[(int *)jobs[i] - numbers], 1);
        if (n == 0)
            return NULL;
    }
}

static void every_job_is_taken_once(void **state)
{
    (void)state;
    pthread_t makers[MAKERS], takers[TAKERS];
    shared = queue_open(50);
    for (size_t i = 0; i < TAKERS; i++)
        NEED(pthread_create(&takers[i], NULL, take_all, NULL) == 0);
    for (size_t i = 0; i < MAKERS; i++)
        NEED(pthread_create(&makers[i], NULL, put_all, &numbers[i * EACH]) == 0);
    for (size_t i = 0; i < MAKERS; i++)
        pthread_join(makers[i], NULL);
    queue_end(shared);
    for (size_t i = 0; i < TAKERS; i++)
        pthread_join(takers[i], NULL);
    for (size_t i = 0; i < COUNTOF(seen); i++)
        if (seen[i] != 1)
            CHECK_SAY("job %zu was taken %d times", i, seen[i]);
    queue_close(shared);
}

static void a_full_queue_refuses_and_an_ended_one_drains(void **state)
{
    (void)state;
    int a = 0, b = 0, c = 0;
    void *jobs[4] = {0};
    struct queue *q = queue_open(2);
    CHECK(queue_put(q, &a) && queue_put(q, &b) && !queue_put(q, &c));
    CHECK_INT(queue_length(q), 2);
    CHECK_INT(queue_take(q, jobs, 1), 1);
    CHECK(jobs[0] == &a);
    CHECK(queue_put(q, &c));
    queue_end(q);
    CHECK(!queue_put(q, &a));
    CHECK_INT(queue_take(q, jobs, 4), 2);
    CHECK(jobs[0] == &b && jobs[1] == &c);
    CHECK_INT(queue_take(q, jobs, 4), 0);
    queue_close(q);
    queue_close(NULL);
}

struct snapshot {
    struct counted counted;
    int generation;
    int copy;
};

static _Atomic(int) living;

static void drop(struct counted *c)
{
    atomic_fetch_sub(&living, 1);
    free(c);
}

static struct counted *make(int generation)
{
    struct snapshot *s = calloc(1, sizeof *s);
    must(s != NULL);
    *s = (struct snapshot){
        .counted = {.users = 1, .drop = drop}, .generation = generation, .copy = generation};
    atomic_fetch_add(&living, 1);
    return &s->counted;
}

static struct slot slot;
static _Atomic(bool) is_over;

static void *look(void *arg)
{
    (void)arg;
    int last = 0;
    while (!is_over) {
        struct snapshot *s = (struct snapshot *)(void *)slot_acquire(&slot);
        if (s->generation != s->copy || s->generation < last)
            CHECK_SAY("generation %d after %d", s->generation, last);
        last = s->generation;
        counted_use(&s->counted);
        counted_release(&s->counted);
        counted_release(&s->counted);
    }
    return NULL;
}

static void readers_keep_what_they_acquired(void **state)
{
    (void)state;
    pthread_t readers[3];
    slot_init(&slot);
    CHECK(slot_acquire(&slot) == NULL);
    slot_publish(&slot, make(1));
    for (size_t i = 0; i < COUNTOF(readers); i++)
        NEED(pthread_create(&readers[i], NULL, look, NULL) == 0);
    struct counted *kept = slot_acquire(&slot);
    for (int i = 2; i < 500; i++)
        slot_publish(&slot, make(i));
    is_over = true;
    for (size_t i = 0; i < COUNTOF(readers); i++)
        pthread_join(readers[i], NULL);
    CHECK_INT(((struct snapshot *)(void *)kept)->generation, 1);
    CHECK_INT(living, 2);
    counted_release(kept);
    slot_done(&slot);
    CHECK_INT(living, 0);
    counted_release(NULL);
}

CHECK_MAIN(TEST(every_job_is_taken_once), TEST(a_full_queue_refuses_and_an_ended_one_drains),
           TEST(readers_keep_what_they_acquired))
