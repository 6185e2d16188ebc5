#include "server/jobs.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/log.h"

#define TICK_S 1

struct jobs {
    struct gate *gate;
    pthread_t thread;
    pthread_mutex_t lock;             /* guards `over`; nothing is called under it */
    pthread_cond_t news;
    bool over;
    bool failing;                     /* the thread's own */
};

/* False once it is over. */
static bool rest(struct jobs *j)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += TICK_S;
    (void)pthread_mutex_lock(&j->lock);
    int code = 0;
    while (!j->over && code == 0)
        code = pthread_cond_timedwait(&j->news, &j->lock, &until);
    bool over = j->over;
    (void)pthread_mutex_unlock(&j->lock);
    return !over;
}

static void tick(struct jobs *j)
{
    struct arena *arena = arena_open(16u << 10);
    struct problem why = {.arena = arena};
    bool fails = gate_tick(j->gate, &why) != ERR_OK;
    if (fails && !j->failing)
        LOG(LOG_WARN, "jobs.failing", LOG_TEXT("cause", why.text));
    else if (!fails && j->failing)
        LOG(LOG_INFO, "jobs.working", LOG_TEXT("cause", S("it works again")));
    j->failing = fails;
    arena_close(arena);
}

static void *run(void *arg)
{
    struct jobs *j = arg;
    while (rest(j))
        tick(j);
    return NULL;
}

static void drop(struct jobs *j)
{
    (void)pthread_cond_destroy(&j->news);
    (void)pthread_mutex_destroy(&j->lock);
    free(j);
}

enum err jobs_start(struct gate *g, struct jobs **out, struct problem *why)
{
    struct jobs *j = calloc(1, sizeof *j);
    pthread_condattr_t monotonic;
    must(j != NULL && pthread_condattr_init(&monotonic) == 0);
    must(pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC) == 0);
    must(pthread_mutex_init(&j->lock, NULL) == 0 && pthread_cond_init(&j->news, &monotonic) == 0);
    (void)pthread_condattr_destroy(&monotonic);
    j->gate = g;
    if (pthread_create(&j->thread, NULL, run, j) != 0) {
        drop(j);
        return problem_set(why, ERR_UNAVAILABLE, "The thread for the server's own work could not be started");
    }
    *out = j;
    return ERR_OK;
}

void jobs_stop(struct jobs *j)
{
    if (!j)
        return;
    (void)pthread_mutex_lock(&j->lock);
    j->over = true;
    (void)pthread_cond_signal(&j->news);
    (void)pthread_mutex_unlock(&j->lock);
    (void)pthread_join(j->thread, NULL);
    drop(j);
}
