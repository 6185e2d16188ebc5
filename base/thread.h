#ifndef BASE_THREAD_H
#define BASE_THREAD_H
#include <pthread.h>

#include "base/defs.h"

/* What threads share: a bounded queue of pointers, a counted, swappable snapshot, counts, and what is waited at. */

/* For pthread_cond_timedwait with moments of CLOCK_MONOTONIC: nobody who turns the clock wakes or keeps its waiters. */
void steady_cond_init(pthread_cond_t *c);

/* How often a cache had what was asked of it; any thread counts. Returns what it is told. */
struct hits {
    _Atomic(uint64_t) found, missed;
};
bool hits_count(struct hits *h, bool was_found);

struct queue;
struct queue *queue_open(size_t capacity);
void queue_close(struct queue *q);
bool queue_put(struct queue *q, void *job); /* false when full or ended: never waits */
/* Takes up to `most` jobs, waiting for the first; 0 once the queue has been ended and is empty. */
size_t queue_take(struct queue *q, void **jobs, size_t most);
void queue_end(struct queue *q); /* no more puts; takers drain, then get 0 */
size_t queue_length(struct queue *q);

/* Snapshots (model, policy): readers acquire the present one and release it; a publisher swaps. The
 * object embeds struct counted as its first member; `drop` runs when the last user has gone. */
struct counted {
    _Atomic(size_t) users;
    void (*drop)(struct counted *self);
};
struct slot {
    pthread_mutex_t lock;
    struct counted *now;
};
void slot_init(struct slot *s);
void slot_done(struct slot *s);
void slot_publish(struct slot *s, struct counted *next); /* takes over one use of next */
struct counted *slot_acquire(struct slot *s);
void counted_use(struct counted *c);
void counted_release(struct counted *c); /* NULL is fine */
#endif
