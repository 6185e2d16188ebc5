#include "base/thread.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t not_empty; /* or ended; nobody ever waits for room */
    size_t capacity, first, count;
    bool has_ended;
    void *jobs[];
};

static void *get_memory(size_t bytes)
{
    void *at = calloc(1, bytes);
    must(at != NULL);
    return at;
}

void steady_cond_init(pthread_cond_t *c)
{
    pthread_condattr_t steady;
    must(pthread_condattr_init(&steady) == 0 && pthread_condattr_setclock(&steady, CLOCK_MONOTONIC) == 0);
    must(pthread_cond_init(c, &steady) == 0);
    (void)pthread_condattr_destroy(&steady);
}

struct queue *queue_open(size_t capacity)
{
    must(capacity > 0 && capacity < SIZE_MAX / 64);
    struct queue *q = get_memory(sizeof *q + capacity * sizeof(void *));
    must(pthread_mutex_init(&q->lock, NULL) == 0 && pthread_cond_init(&q->not_empty, NULL) == 0);
    q->capacity = capacity;
    return q;
}

void queue_close(struct queue *q)
{
    if (q == NULL)
        return;
    pthread_cond_destroy(&q->not_empty);
    pthread_mutex_destroy(&q->lock);
    free(q);
}

bool queue_put(struct queue *q, void *job)
{
    pthread_mutex_lock(&q->lock);
    bool has_room = !q->has_ended && q->count < q->capacity;
    if (has_room) {
        q->jobs[(q->first + q->count) % q->capacity] = job;
        q->count++;
        pthread_cond_signal(&q->not_empty);
    }
    pthread_mutex_unlock(&q->lock);
    return has_room;
}

size_t queue_take(struct queue *q, void **jobs, size_t most)
{
    pthread_mutex_lock(&q->lock);
    while (q->count == 0 && !q->has_ended)
        pthread_cond_wait(&q->not_empty, &q->lock);
    size_t taken = 0;
    for (; taken < most && q->count > 0; taken++, q->count--) {
        jobs[taken] = q->jobs[q->first];
        q->first = (q->first + 1) % q->capacity;
    }
    pthread_mutex_unlock(&q->lock);
    return taken;
}

void queue_end(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    q->has_ended = true;
    pthread_cond_broadcast(&q->not_empty);
    pthread_mutex_unlock(&q->lock);
}

size_t queue_length(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    size_t count = q->count;
    pthread_mutex_unlock(&q->lock);
    return count;
}

void slot_init(struct slot *s)
{
    s->now = NULL;
    must(pthread_mutex_init(&s->lock, NULL) == 0);
}

void slot_done(struct slot *s)
{
    counted_release(s->now);
    s->now = NULL;
    pthread_mutex_destroy(&s->lock);
}

void slot_publish(struct slot *s, struct counted *next)
{
    pthread_mutex_lock(&s->lock);
    struct counted *before = s->now;
    s->now = next;
    pthread_mutex_unlock(&s->lock);
    counted_release(before); /* outside the lock: drop may take its time */
}

struct counted *slot_acquire(struct slot *s)
{
    pthread_mutex_lock(&s->lock);
    struct counted *c = s->now;
    if (c != NULL)
        counted_use(c);
    pthread_mutex_unlock(&s->lock);
    return c;
}

void counted_use(struct counted *c)
{
    atomic_fetch_add_explicit(&c->users, 1, memory_order_relaxed);
}

void counted_release(struct counted *c)
{
    if (c == NULL)
        return;
    size_t before = atomic_fetch_sub_explicit(&c->users, 1, memory_order_acq_rel);
    must(before > 0);
    if (before == 1)
        c->drop(c);
}

bool hits_count(struct hits *h, bool was_found)
{
    atomic_fetch_add_explicit(was_found ? &h->found : &h->missed, 1, memory_order_relaxed);
    return was_found;
}
