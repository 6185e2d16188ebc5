#ifndef CONTENT_WRITE_WRITER_H
#define CONTENT_WRITE_WRITER_H
#include "content/store/engine.h"

/* The one thread that writes. Jobs wait in a bounded queue; whatever waits when a commit has finished
 * goes into the next one together, each behind a savepoint of its own: a failed job undoes itself, not
 * its neighbours. writer_run() returns when the commit that holds the job is synced, so an answer
 * never promises what a crash could take back (reliability 3.1). */
struct writer;

struct job {
    /* Runs on the writer's thread inside a savepoint. *wrote stays false when there is nothing to
     * commit. */
    enum err (*run)(struct job *self, struct txn *t, bool *wrote, struct problem *why);
    /* May be NULL. On the writer's thread when the commit that holds the job is synced or was undone, before
     * writer_run() returns. */
    void (*ended)(struct job *self);
};

/* committed: on the writer's thread, when a commit is synced, before those who wait for it go on. It must not wait. */
struct writer_hook {
    void (*committed)(void *self);
    void *self;
};
NODISCARD enum err writer_open(const struct engine_ops *ops, struct engine *e, const struct writer_hook *hook, struct writer **out,
                               struct problem *why);
void writer_close(struct writer *w); /* finishes what waits; NULL is fine */
/* ERR_UNAVAILABLE when the queue is full or the storage has failed. */
NODISCARD enum err writer_run(struct writer *w, struct job *job, struct problem *why);

/* Below these bounds, or at them; the last place is for what is above all of them. */
#define WRITER_BATCH_BOUNDS {1, 2, 4, 8, 16, 32, 64, 128, 256}
#define WRITER_COMMIT_BOUNDS_US {100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 1000000}
struct writer_figures {
    uint64_t waiting, commits, jobs; /* jobs / commits: how many changes share a sync */
    uint64_t refused;                /* because too many waited */
    struct content_spread batches, commit_us;
};
void writer_figures(struct writer *w, struct writer_figures *out);

#endif
