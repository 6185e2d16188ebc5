#include "content/writer.h"

#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/thread.h"

struct waiting {
    struct job *job;
    struct problem *why;
    enum err result;
    bool wrote;
    sem_t done;
};

struct writer {
    const struct engine_ops *ops;
    struct engine *engine;
    struct queue *queue;
    struct writer_hook hook;
    pthread_t thread;
    _Atomic(uint64_t) commits, jobs;
};

static void run_job(struct writer *w, struct waiting *one)
{
    struct txn *nested = NULL;
    one->result = w->ops->begin(w->engine, TXN_NESTED, &nested, one->why);
    if (one->result != ERR_OK)
        return;
    one->result = one->job->run(one->job, nested, &one->wrote, one->why);
    if (one->result != ERR_OK || !one->wrote) {
        one->wrote = false;
        w->ops->abandon(nested);
        return;
    }
    one->result = w->ops->commit(nested, one->why);
    if (one->result != ERR_OK)
        one->wrote = false;
}

static void fail_all(struct waiting **batch, size_t count, enum err e, const struct problem *cause)
{
    for (size_t i = 0; i < count; i++)
        if (batch[i]->result == ERR_OK)
            batch[i]->result = problem_set(batch[i]->why, e, STR_FMT, STR_ARG(cause->text));
}

/* Storage that failed once to keep its promise is not asked again (reliability 1.6): the engine itself
 * refuses to begin. */
static void run_batch(struct writer *w, struct waiting **batch, size_t count)
{
    struct arena *arena = arena_open(1024);
    struct problem why = {.arena = arena};
    struct txn *t = NULL;
    enum err e = w->ops->begin(w->engine, TXN_WRITE, &t, &why);
    bool wrote = false;
    for (size_t i = 0; e == ERR_OK && i < count; i++) {
        run_job(w, batch[i]);
        wrote |= batch[i]->wrote;
    }
    if (e == ERR_OK && wrote) {
        e = w->ops->commit(t, &why);
        t = NULL;
        if (e == ERR_OK) {
            atomic_fetch_add(&w->commits, 1);
            atomic_fetch_add(&w->jobs, count);
            w->hook.committed(w->hook.self);
        }
    }
    w->ops->abandon(t);
    if (e != ERR_OK)
        fail_all(batch, count, e, &why);
    arena_close(arena);
}

static void end_job(struct waiting *one)
{
    if (one->job->ended)
        one->job->ended(one->job);
    (void)sem_post(&one->done);
}

static void *writer_main(void *arg)
{
    struct writer *w = arg;
    void *batch[LIMIT_WRITER_BATCH];
    size_t count;
    while ((count = queue_take(w->queue, batch, COUNTOF(batch))) > 0) {
        run_batch(w, (struct waiting **)batch, count);
        for (size_t i = 0; i < count; i++)
            end_job(batch[i]);
    }
    return NULL;
}

enum err writer_open(const struct engine_ops *ops, struct engine *e, const struct writer_hook *hook, struct writer **out,
                     struct problem *why)
{
    struct writer *w = calloc(1, sizeof *w);
    must(w != NULL);
    w->ops = ops;
    w->engine = e;
    w->hook = *hook;
    w->queue = queue_open(LIMIT_WRITER_QUEUE);
    if (pthread_create(&w->thread, NULL, writer_main, w) != 0) {
        queue_close(w->queue);
        free(w);
        return problem_set(why, ERR_UNAVAILABLE, "The writer's thread could not be started");
    }
    *out = w;
    return ERR_OK;
}

void writer_close(struct writer *w)
{
    if (!w)
        return;
    queue_end(w->queue);
    (void)pthread_join(w->thread, NULL);
    queue_close(w->queue);
    free(w);
}

enum err writer_run(struct writer *w, struct job *job, struct problem *why)
{
    struct waiting one = {.job = job, .why = why};
    must(sem_init(&one.done, 0, 0) == 0);
    if (!queue_put(w->queue, &one)) {
        (void)sem_destroy(&one.done);
        why->retry_after_s = 1;
        return problem_set(why, ERR_UNAVAILABLE, "Too many writes are waiting; try again");
    }
    while (sem_wait(&one.done) != 0)
        ; /* EINTR */
    (void)sem_destroy(&one.done);
    return one.result;
}

void writer_figures(struct writer *w, struct writer_figures *out)
{
    *out = (struct writer_figures){
        .waiting = queue_length(w->queue),
        .commits = atomic_load(&w->commits),
        .jobs = atomic_load(&w->jobs),
    };
}
