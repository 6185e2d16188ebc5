/* Which delivery is next: one of a webhook at a time, the webhooks in turn, those that failed last with half of the threads. */
#include "base/time.h"
#include "roles/webhooks/pool.h"

struct lane *lane_of(struct webhooks *w, const char *id)
{
    for (size_t i = 0; i < LIMIT_WEBHOOKS; i++)
        if (strcmp(w->lanes[i].id, id) == 0)
            return &w->lanes[i];
    return NULL;
}

/* All of these with the lock held. */

static struct lane *take_lane(struct webhooks *w, const struct hook *h)
{
    struct lane *free_one = NULL;
    str id = h->id;
    for (size_t i = 0; i < LIMIT_WEBHOOKS; i++) {
        struct lane *s = &w->lanes[i];
        if (str_equal(str_of(s->id), id))
            return s;
        if (!free_one && s->id[0] == '\0')
            free_one = s;
    }
    if (free_one && id.len == ID_LENGTH) {
        *free_one = (struct lane){.failures = h->failing_since_ms != 0};
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
    if (pthread_create(&r->thread, NULL, webhook_runner_run, r) != 0)
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

enum look { LOOK_NOT, LOOK_TESTS, LOOK_ALL };

/* Is it worth a look at what waits? Whoever tests a webhook does not want to wait until it has rested. */
static enum look may_go(struct webhooks *w, const struct hook *h, int64_t now_ms, int64_t *wait_ms)
{
    int64_t now_us = time_mono_us();
    enum look look = LOOK_NOT;
    (void)pthread_mutex_lock(&w->lock);
    struct lane *s = take_lane(w, h);
    bool rests = s && s->rest_until_us > now_us;
    if (rests)
        wait_no_longer(wait_ms, (s->rest_until_us - now_us) / MS_US + 1);
    if (s && !s->busy && has_room(w, s)) {
        if (s->look_ms <= now_ms)
            look = rests || !h->enabled || h->paused ? LOOK_TESTS : LOOK_ALL;
        else if (!rests)
            wait_no_longer(wait_ms, s->look_ms - now_ms);
    }
    (void)pthread_mutex_unlock(&w->lock);
    return look;
}

static enum err serve(struct webhooks *w, const struct hook *h, struct arena *a, int64_t *wait_ms, struct problem *why)
{
    struct due due = {.at_ms = 0};
    int64_t now = time_now_ms();
    enum look look = may_go(w, h, now, wait_ms);
    if (look == LOOK_NOT)
        return ERR_OK;
    TRY(queue_first(w->gate, a, h->id, look == LOOK_TESTS, &due, why));
    bool is_none = str_is_absent(due.delivery);
    (void)pthread_mutex_lock(&w->lock);
    struct lane *s = take_lane(w, h);
    s->look_ms = is_none ? INT64_MAX : due.at_ms > now ? due.at_ms : 0;
    int64_t rest_ms = (s->rest_until_us - time_mono_us()) / MS_US;
    if (is_none && rest_ms >= 0) /* there may be others, when it has rested */
        s->look_ms = now + rest_ms + 1;
    if (!is_none && due.at_ms <= now)
        hand_over(w, s, &due);
    else if (!is_none)
        wait_no_longer(wait_ms, due.at_ms - now);
    (void)pthread_mutex_unlock(&w->lock);
    return ERR_OK;
}

enum err lanes_serve(struct webhooks *w, struct arena *a, int64_t *wait_ms, struct problem *why)
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
