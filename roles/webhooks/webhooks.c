/* The threads behind webhooks: one that makes deliveries and says which is next, and a few that send. */
#include <stdlib.h>

#include "base/crypt.h"
#include "base/log.h"
#include "base/time.h"
#include "roles/webhooks/pool.h"

#define LOOK_MS     1000              /* between two looks when nothing happens */
#define SWEEP_US    INT64_C(60000000)

struct webhooks *webhooks_open(struct gate *g)
{
    struct webhooks *w = calloc(1, sizeof *w);
    must(w != NULL && pthread_mutex_init(&w->lock, NULL) == 0 && pthread_cond_init(&w->work, NULL) == 0);
    w->gate = g;
    w->most = g->webhook_workers;
    w->runners = calloc(w->most, sizeof *w->runners);
    must(w->runners != NULL);
    w->looked_at = UINT64_MAX;
    maker_init(&w->maker, g);
    return w;
}

void webhooks_stop(struct webhooks *w)
{
    if (!w)
        return;
    atomic_store(&w->stop, true);
    (void)pthread_mutex_lock(&w->lock);
    (void)pthread_cond_broadcast(&w->work);
    (void)pthread_mutex_unlock(&w->lock);
    if (w->gate->content)
        journal_ring(w->gate->content);
}

void webhooks_close(struct webhooks *w)
{
    if (!w)
        return;
    webhooks_stop(w);
    if (w->has_thread)
        (void)pthread_join(w->thread, NULL);
    for (size_t i = 0; i < w->runner_count; i++) /* nobody makes others any more */
        (void)pthread_join(w->runners[i].thread, NULL);
    maker_done(&w->maker);
    (void)pthread_cond_destroy(&w->work);
    (void)pthread_mutex_destroy(&w->lock);
    free(w->runners);
    free(w);
}

/* ------ sending */

/* With the lock held. */
static void settle(struct webhooks *w, struct runner *r, const struct webhook_try *t, enum err e)
{
    struct lane *s = lane_of(w, r->hook);
    struct webhook_figures *f = &w->figures;
    uint64_t *const counts[] = {&f->delivered, &f->retried, &f->failed, &f->dropped, NULL};
    bool failed = e != ERR_OK || t->outcome == OUTCOME_RETRY || t->outcome == OUTCOME_FAILED;
    if (e == ERR_OK && counts[t->outcome])
        (*counts[t->outcome])++;
    f->disabled += e == ERR_OK && t->disabled;
    w->busy--;
    w->busy_failing -= r->was_failing;
    r->has_job = false;
    if (!s)
        return;
    s->busy = false;
    s->look_ms = 0;
    s->failures = failed ? s->failures + 1 : e == ERR_OK && t->outcome == OUTCOME_DONE ? 0 : s->failures;
    s->rest_until_us = failed ? time_mono_us() + webhook_rest_ms(s->failures) * MS_US : 0;
}

static void send_one(struct webhooks *w, struct runner *r)
{
    struct arena *a = arena_open(1024);
    struct problem why = {.arena = a};
    struct webhook_try t = {.gate = w->gate, .stop = &w->stop, .hook = str_of(r->hook), .delivery = str_of(r->delivery)};
    crypt_random(&t.chance, sizeof t.chance);
    enum err e = webhook_try_run(&t, &why);
    if (e != ERR_OK && !atomic_load(&w->stop))
        LOG(LOG_WARN, "webhook.stuck", LOG_TEXT("webhook", t.hook), LOG_TEXT("cause", why.text));
    (void)pthread_mutex_lock(&w->lock);
    settle(w, r, &t, e);
    (void)pthread_mutex_unlock(&w->lock);
    journal_ring(w->gate->content);   /* somebody else's may be waiting for this thread */
    arena_close(a);
}

void *webhook_runner_run(void *runner)
{
    struct runner *r = runner;
    struct webhooks *w = r->of;
    (void)pthread_mutex_lock(&w->lock);
    while (!atomic_load(&w->stop)) {
        if (!r->has_job) {
            (void)pthread_cond_wait(&w->work, &w->lock);
            continue;
        }
        (void)pthread_mutex_unlock(&w->lock);
        send_one(w, r);
        (void)pthread_mutex_lock(&w->lock);
    }
    (void)pthread_mutex_unlock(&w->lock);
    return NULL;
}

/* ------ the thread */

static enum err sweep(struct webhooks *w, struct arena *a, struct problem *why)
{
    struct maker *m = &w->maker;
    bool more = false, others = false;
    if (time_mono_us() < w->sweep_us || (m->count > 0 && !m->fresh))
        return ERR_OK;
    w->sweep_us = time_mono_us() + SWEEP_US;
    TRY(queue_sweep(w->gate, a, m->hooks, m->count, &more, why));
    if (m->changed)
        TRY(queue_sweep_orphans(w->gate, a, m->hooks, m->count, &others, why));
    m->changed = others;
    if (more || others)
        w->sweep_us = 0;
    return ERR_OK;
}

static enum err turn(struct webhooks *w, bool *more, int64_t *wait_ms, struct problem *why)
{
    TRY(maker_pass(&w->maker, more, why));
    TRY(lanes_serve(w, why->arena, wait_ms, why));
    return *more ? ERR_OK : sweep(w, why->arena, why);
}

static void tell(struct webhooks *w, enum err e, const struct problem *why)
{
    if (e != ERR_OK && !w->failing)
        LOG(LOG_WARN, "webhooks.failing", LOG_TEXT("cause", why->text));
    else if (e == ERR_OK && w->failing)
        LOG(LOG_INFO, "webhooks.working", LOG_TEXT("cause", S("it works again")));
    w->failing = e != ERR_OK;
}

/* After an error it is the journal's end that is waited for: nothing is hurried. */
static void rest(struct webhooks *w, enum err e, int64_t wait_ms, struct problem *why)
{
    uint64_t after = e == ERR_OK && w->maker.is_on ? w->maker.at : journal_last(w->gate->content);
    err_ignored(journal_wait(w->gate->content, after, (int)wait_ms, why));
}

static void *work(void *arg)
{
    struct webhooks *w = arg;
    while (!atomic_load(&w->stop)) {
        struct arena *a = arena_open(16u << 10);
        struct problem why = {.arena = a}, quiet = {.arena = a};
        bool more = false;
        int64_t wait_ms = LOOK_MS;
        enum err e = turn(w, &more, &wait_ms, &why);
        tell(w, e, &why);
        if (!more && !atomic_load(&w->stop))
            rest(w, e, wait_ms, &quiet);
        arena_close(a);
    }
    return NULL;
}

/* Looks when something was written: most servers have no webhook. */
enum err webhooks_tick(struct gate *g, struct problem *why)
{
    struct webhooks *w = g->webhooks;
    uint64_t last = journal_last(g->content);
    bool any = false;
    if (!w || w->has_thread || last == w->looked_at || atomic_load(&w->stop))
        return ERR_OK;
    TRY(queue_any(g, why->arena, &any, why));
    w->looked_at = last;
    if (!any)
        return ERR_OK;
    w->has_thread = pthread_create(&w->thread, NULL, work, w) == 0;
    return w->has_thread ? ERR_OK : problem_set(why, ERR_UNAVAILABLE, "There is no thread for webhooks");
}

void gate_webhook_figures(struct gate *g, struct webhook_figures *out)
{
    struct arena *a = arena_open(4096);
    struct problem quiet = {.arena = a};
    int64_t since = 0;
    *out = (struct webhook_figures){0};
    if (g->webhooks) {
        (void)pthread_mutex_lock(&g->webhooks->lock);
        *out = g->webhooks->figures;
        out->busy = g->webhooks->busy;
        out->workers = g->webhooks->runner_count;
        (void)pthread_mutex_unlock(&g->webhooks->lock);
    }
    err_ignored(queue_count(g, a, (str){0}, &out->waiting, &quiet));
    if (out->waiting && queue_oldest(g, a, &since, &quiet) == ERR_OK && since)
        out->oldest_s = (uint64_t)((time_now_ms() - since) / 1000);
    arena_close(a);
}
