#ifndef ROLES_WEBHOOKS_POOL_H
#define ROLES_WEBHOOKS_POOL_H
#include "base/id.h"
#include "base/limits.h"
#include "roles/webhooks/part.h"

/* What roles/webhooks/webhooks.c, the threads, and roles/webhooks/lanes.c, which delivery is next, share; nobody else includes this. */

#define MS_US INT64_C(1000)

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

/* ---- webhooks.c ---- */
void *webhook_runner_run(void *runner);   /* what a runner's thread does */
/* ---- lanes.c ---- */
struct lane *lane_of(struct webhooks *w, const char *id); /* with the lock held; NULL: there is none */
/* Hands over what is due, the maker's hooks in turn. *wait_ms becomes less when something is due sooner. The thread's own. */
NODISCARD enum err lanes_serve(struct webhooks *w, struct arena *a, int64_t *wait_ms, struct problem *why);

#endif
