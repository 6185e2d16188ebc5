#include "roles/courier.h"

#include <assert.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/thread.h"
#include "base/time.h"

#define SECOND_US INT64_C(1000000)

struct courier {
    struct gate *gate;
    pthread_mutex_t lock;             /* guards what follows */
    pthread_cond_t news;
    struct errand *waiting;           /* by when they are due, equal ones as they came */
    size_t count;                     /* with the one that runs */
    bool has_thread;
    pthread_t thread;
    _Atomic(bool) stop;
};

struct courier *courier_open(struct gate *g)
{
    struct courier *c = NEW(g->arena, struct courier);
    c->gate = g;
    must(pthread_mutex_init(&c->lock, NULL) == 0);
    steady_cond_init(&c->news);
    return c;
}

void courier_stop(struct courier *c)
{
    (void)pthread_mutex_lock(&c->lock);
    atomic_store(&c->stop, true);
    (void)pthread_cond_broadcast(&c->news);
    (void)pthread_mutex_unlock(&c->lock);
}

void courier_close(struct courier *c)
{
    if (!c)
        return;
    courier_stop(c);
    (void)pthread_mutex_lock(&c->lock);
    bool has_thread = c->has_thread;
    (void)pthread_mutex_unlock(&c->lock);
    if (has_thread)
        (void)pthread_join(c->thread, NULL);
    for (struct errand *e = c->waiting, *next; e; e = next) {
        next = e->next;
        arena_close(e->arena);
    }
    (void)pthread_cond_destroy(&c->news);
    (void)pthread_mutex_destroy(&c->lock);
}

/* All of these with the lock held. */

static void put(struct courier *c, struct errand *e)
{
    struct errand **at = &c->waiting;
    while (*at && (*at)->due_us <= e->due_us)
        at = &(*at)->next;
    e->next = *at;
    *at = e;
    (void)pthread_cond_signal(&c->news);
}

static void wait_until(struct courier *c, int64_t due_us)
{
    struct timespec until = {.tv_sec = (time_t)(due_us / SECOND_US), .tv_nsec = (long)(due_us % SECOND_US) * 1000};
    (void)pthread_cond_timedwait(&c->news, &c->lock, &until);
}

/* NULL: it is over. */
static struct errand *take(struct courier *c)
{
    while (!atomic_load(&c->stop)) {
        struct errand *e = c->waiting;
        if (e && e->due_us <= time_mono_us()) {
            c->waiting = e->next;
            return e;
        }
        if (e)
            wait_until(c, e->due_us);
        else
            (void)pthread_cond_wait(&c->news, &c->lock);
    }
    return NULL;
}

/* There is nobody to tell but the operator; whom it was about is not said. */
static void report(const struct errand *e, enum err err, const struct problem *why, bool is_last)
{
    LOG(LOG_WARN, is_last ? "errand.failed" : "errand.delayed", LOG_NUMBER("tries", e->tries),
        LOG_TEXT("error", str_of(err_facts(err)->name)), LOG_TEXT("text", why->text.len ? why->text : S("")));
}

/* Without the lock. True: once more, later. */
static bool run(struct courier *c, struct errand *e)
{
    static const int64_t pauses_s[] = {0, 5, 60, 300, 900};
    static_assert(COUNTOF(pauses_s) == LIMIT_ERRAND_TRIES, "a pause before each try");
    struct arena *words = arena_open(1024);
    struct problem why = {.arena = words};
    enum err err = e->run(c->gate, e, &c->stop, &why);
    e->tries++;
    bool again = err == ERR_UNAVAILABLE && e->tries < LIMIT_ERRAND_TRIES && !atomic_load(&c->stop);
    if (err != ERR_OK && !(again && e->pause_s) && !atomic_load(&c->stop))
        report(e, err, &why, !again);
    if (again)
        e->due_us = time_mono_us() + (e->pause_s ? e->pause_s : pauses_s[e->tries]) * SECOND_US;
    arena_close(words);
    return again;
}

static void *work(void *courier)
{
    struct courier *c = courier;
    struct errand *e;
    (void)pthread_mutex_lock(&c->lock);
    while ((e = take(c)) != NULL) {
        (void)pthread_mutex_unlock(&c->lock);
        bool again = run(c, e);
        if (!again)
            arena_close(e->arena);
        (void)pthread_mutex_lock(&c->lock);
        if (again)
            put(c, e);
        else
            c->count--;
    }
    (void)pthread_mutex_unlock(&c->lock);
    return NULL;
}

size_t courier_length(struct courier *c)
{
    (void)pthread_mutex_lock(&c->lock);
    size_t count = c->count;
    (void)pthread_mutex_unlock(&c->lock);
    return count;
}

enum err courier_send(struct courier *c, struct errand *e, struct problem *why)
{
    (void)pthread_mutex_lock(&c->lock);
    if (!c->has_thread)
        c->has_thread = pthread_create(&c->thread, NULL, work, c) == 0;
    bool has_room = c->has_thread && c->count < LIMIT_ERRANDS && !atomic_load(&c->stop);
    if (has_room) {
        c->count++;
        e->due_us = time_mono_us();
        put(c, e);
    }
    (void)pthread_mutex_unlock(&c->lock);
    if (has_room)
        return ERR_OK;
    arena_close(e->arena);
    return problem_set(why, ERR_UNAVAILABLE, "Too much waits to be sent; try again later");
}
