#include "content/write/writer.h"

#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/spans.h"
#include "base/thread.h"
#include "base/time.h"

static const uint32_t batch_bounds[] = WRITER_BATCH_BOUNDS, commit_bounds[] = WRITER_COMMIT_BOUNDS_US;

/* Counted by the writer's thread alone. */
struct spread {
    const uint32_t *bounds;
    size_t bound_count;
    _Atomic(uint64_t) counts[CONTENT_SPREAD_MAX], sum;
};

struct waiting {
    struct job *job;
    struct problem *why;
    enum err result;
    bool wrote;
    int64_t since_us;                 /* when somebody wants to know how long it took */
    sem_t done;
};

struct writer {
    const struct engine_ops *ops;
    struct engine *engine;
    struct queue *queue;
    struct writer_hook hook;
    pthread_t thread;
    _Atomic(uint64_t) commits, jobs, refused;
    struct spread batches, commit_us;
};

static void spread_init(struct spread *s, const uint32_t *bounds, size_t count)
{
    must(count < CONTENT_SPREAD_MAX);
    s->bounds = bounds;
    s->bound_count = count;
}

static void spread_add(struct spread *s, uint64_t value)
{
    size_t at = 0;
    while (at < s->bound_count && value > s->bounds[at])
        at++;
    atomic_fetch_add_explicit(&s->counts[at], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&s->sum, value, memory_order_relaxed);
}

static void spread_read(struct spread *s, struct content_spread *out)
{
    *out = (struct content_spread){.bounds = s->bounds, .bound_count = s->bound_count, .sum = atomic_load(&s->sum)};
    for (size_t i = 0; i <= s->bound_count; i++)
        out->counts[i] = atomic_load_explicit(&s->counts[i], memory_order_relaxed);
}

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

/* Its author waits, so his spans are ours to write. */
static void run_watched(struct writer *w, struct waiting *one)
{
    struct spans *spans = one->why->spans;
    if (spans)
        span_between(spans, "writer.wait", one->since_us, time_mono_us(), 0);
    unsigned span = span_begin(spans, "writer.run", S(""));
    run_job(w, one);
    span_end(spans, span);
}

static void fail_all(struct waiting **batch, size_t count, enum err e, const struct problem *cause)
{
    for (size_t i = 0; i < count; i++)
        if (batch[i]->result == ERR_OK)
            batch[i]->result = problem_set(batch[i]->why, e, STR_FMT, STR_ARG(cause->text));
}

static void count_commit(struct writer *w, struct waiting **batch, size_t count, int64_t since)
{
    int64_t now = time_mono_us();
    spread_add(&w->batches, count);
    spread_add(&w->commit_us, (uint64_t)(now - since));
    for (size_t i = 0; i < count; i++)
        if (batch[i]->wrote)
            span_between(batch[i]->why->spans, "writer.commit", since, now, count);
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
        run_watched(w, batch[i]);
        wrote |= batch[i]->wrote;
    }
    if (e == ERR_OK && wrote) {
        int64_t since = time_mono_us();
        e = w->ops->commit(t, &why);
        t = NULL;
        count_commit(w, batch, count, since);
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
    spread_init(&w->batches, batch_bounds, COUNTOF(batch_bounds));
    spread_init(&w->commit_us, commit_bounds, COUNTOF(commit_bounds));
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
    struct waiting one = {.job = job, .why = why, .since_us = why->spans ? time_mono_us() : 0};
    must(sem_init(&one.done, 0, 0) == 0);
    if (!queue_put(w->queue, &one)) {
        (void)sem_destroy(&one.done);
        atomic_fetch_add(&w->refused, 1);
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
        .refused = atomic_load(&w->refused),
    };
    spread_read(&w->batches, &out->batches);
    spread_read(&w->commit_us, &out->commit_us);
}
