/* The threads behind webhooks: one that makes deliveries and says which is next, and a few that send. */
#include <stdlib.h>

#include "base/crypt.h"
#include "base/id.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/time.h"
#include "roles/webhook_part.h"

#define LOOK_MS     1000              /* between two looks when nothing happens */
#define SWEEP_US    INT64_C(60000000)
#define MS_US       INT64_C(1000)

/* What is remembered of a webhook between two deliveries; lost with the process, and found out again. */
struct lane {
    char id[ID_LENGTH + 1];           /* "": free */
    bool busy;
    unsigned failures;                /* in a row */
    int64_t rest_until_us;            /* steady */
    int64_t look_ms;                  /* nothing of it is due before */
};

struct runner {
    struct webhooks *of;
    pthread_t thread;
    bool has_job;
    char hook[ID_LENGTH + 1], delivery[ID_LENGTH + 1];
    bool was_failing;
};

struct webhooks {
    struct gate *gate;
    size_t most;                      /* runners */
    _Atomic(bool) stop;
    pthread_mutex_t lock;             /* guards what follows, up to "the thread's own"; nothing is called under it */
    pthread_cond_t work;
    struct lane lanes[LIMIT_WEBHOOKS];
    struct runner *runners;
    size_t runner_count, busy, busy_failing;
    struct webhook_figures figures;

    bool has_thread;                  /* the tick's own, as the next two */
    uint64_t looked_at;
    pthread_t thread;
    struct maker maker;               /* the thread's own, as what follows */
    size_t turn;                      /* whose turn it is */
    int64_t sweep_us;
    bool failing;
};

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

void gate_stop_webhooks(struct gate *g)
{
    if (!g->webhooks)
        return;
    atomic_store(&g->webhooks->stop, true);
    (void)pthread_mutex_lock(&g->webhooks->lock);
    (void)pthread_cond_broadcast(&g->webhooks->work);
    (void)pthread_mutex_unlock(&g->webhooks->lock);
    if (g->content)
        journal_ring(g->content);
}

void webhooks_close(struct webhooks *w)
{
    if (!w)
        return;
    gate_stop_webhooks(w->gate);
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

static struct lane *lane_of(struct webhooks *w, const char *id)
{
    for (size_t i = 0; i < LIMIT_WEBHOOKS; i++)
        if (strcmp(w->lanes[i].id, id) == 0)
            return &w->lanes[i];
    return NULL;
}

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

static void *run(void *runner)
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

/* ------ who is next */

/* All of these with the lock held. */

static struct lane *take_lane(struct webhooks *w, str id)
{
    struct lane *free_one = NULL;
    for (size_t i = 0; i < LIMIT_WEBHOOKS; i++) {
        struct lane *s = &w->lanes[i];
        if (str_equal(str_of(s->id), id))
            return s;
        if (!free_one && s->id[0] == '\0')
            free_one = s;
    }
    if (free_one && id.len == ID_LENGTH) {
        *free_one = (struct lane){.busy = false};
        memcpy(free_one->id, id.at, ID_LENGTH);
    }
    return id.len == ID_LENGTH ? free_one : NULL;
}

static void forget_gone(struct webhooks *w)
{
    for (size_t i = 0; i < LIMIT_WEBHOOKS; i++) {
        struct lane *s = &w->lanes[i];
        bool there = s->busy || s->id[0] == '\0';
        for (size_t k = 0; k < w->maker.count && !there; k++)
            there = str_equal(w->maker.hooks[k].id, str_of(s->id));
        if (!there)
            s->id[0] = '\0';
    }
}

static struct runner *idle_runner(struct webhooks *w)
{
    for (size_t i = 0; i < w->runner_count; i++)
        if (!w->runners[i].has_job)
            return &w->runners[i];
    struct runner *r = &w->runners[w->runner_count];
    if (w->runner_count == w->most)
        return NULL;
    r->of = w;
    if (pthread_create(&r->thread, NULL, run, r) != 0)
        return NULL;
    w->runner_count++;
    return r;
}

/* Receivers that failed last have half of the threads: one that hangs is found out to hang once. */
static bool has_room(const struct webhooks *w, const struct lane *s)
{
    size_t half = w->most > 1 ? w->most / 2 : 1;
    return w->busy < w->most && (s->failures == 0 || w->busy_failing < half);
}

static void hand_over(struct webhooks *w, struct lane *s, const struct due *due)
{
    struct runner *r = idle_runner(w);
    if (!r)
        return;
    memcpy(r->hook, s->id, sizeof r->hook);
    memcpy(r->delivery, due->delivery.at, ID_LENGTH);
    r->delivery[ID_LENGTH] = '\0';
    r->was_failing = s->failures > 0;
    r->has_job = s->busy = true;
    w->busy++;
    w->busy_failing += r->was_failing;
    (void)pthread_cond_broadcast(&w->work);
}

/* Without it again. *wait_ms: when to look again, if nothing happens. */

static void wait_no_longer(int64_t *wait_ms, int64_t ms)
{
    if (ms < *wait_ms)
        *wait_ms = ms > 1 ? ms : 1;
}

/* Is it worth a look at what waits? */
static bool may_go(struct webhooks *w, const struct hook *h, int64_t now_ms, int64_t *wait_ms)
{
    int64_t now_us = time_mono_us();
    (void)pthread_mutex_lock(&w->lock);
    struct lane *s = take_lane(w, h->id);
    bool goes = s && !s->busy && has_room(w, s);
    if (goes && s->rest_until_us > now_us) {
        wait_no_longer(wait_ms, (s->rest_until_us - now_us) / MS_US);
        goes = false;
    } else if (goes && s->look_ms > now_ms) {
        wait_no_longer(wait_ms, s->look_ms - now_ms);
        goes = false;
    }
    (void)pthread_mutex_unlock(&w->lock);
    return goes;
}

static enum err serve(struct webhooks *w, const struct hook *h, struct arena *a, int64_t *wait_ms, struct problem *why)
{
    struct due due = {.at_ms = 0};
    int64_t now = time_now_ms();
    if (!may_go(w, h, now, wait_ms))
        return ERR_OK;
    TRY(queue_first(w->gate, a, h->id, !h->enabled || h->paused, &due, why));
    bool is_none = str_is_absent(due.delivery);
    (void)pthread_mutex_lock(&w->lock);
    struct lane *s = take_lane(w, h->id);
    s->look_ms = is_none ? INT64_MAX : due.at_ms > now ? due.at_ms : 0;
    if (!is_none && due.at_ms <= now)
        hand_over(w, s, &due);
    else if (!is_none)
        wait_no_longer(wait_ms, due.at_ms - now);
    (void)pthread_mutex_unlock(&w->lock);
    return ERR_OK;
}

static enum err serve_all(struct webhooks *w, struct arena *a, int64_t *wait_ms, struct problem *why)
{
    struct maker *m = &w->maker;
    (void)pthread_mutex_lock(&w->lock);
    forget_gone(w);
    for (size_t i = 0; m->touched && i < LIMIT_WEBHOOKS; i++)
        w->lanes[i].look_ms = 0;
    (void)pthread_mutex_unlock(&w->lock);
    m->touched = false;
    w->turn++;
    for (size_t i = 0; i < m->count; i++)
        TRY(serve(w, &m->hooks[(i + w->turn) % m->count], a, wait_ms, why));
    return ERR_OK;
}

/* ------ the thread */

static enum err sweep(struct webhooks *w, struct arena *a, struct problem *why)
{
    bool more = false;
    if (time_mono_us() < w->sweep_us || (w->maker.count > 0 && !w->maker.fresh))
        return ERR_OK;
    w->sweep_us = time_mono_us() + SWEEP_US;
    TRY(queue_sweep(w->gate, a, w->maker.hooks, w->maker.count, &more, why));
    if (more)
        w->sweep_us = 0;
    return ERR_OK;
}

static enum err turn(struct webhooks *w, bool *more, int64_t *wait_ms, struct problem *why)
{
    TRY(maker_pass(&w->maker, more, why));
    TRY(serve_all(w, why->arena, wait_ms, why));
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
