#include "server/ticker.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/thread.h"

#define TICK_S 1

struct ticker {
    void (*tick)(void *self, bool is_last);
    void *self;
    pthread_t thread;
    pthread_mutex_t lock;             /* guards `over`; nothing is called under it */
    pthread_cond_t news;
    bool over;
};

/* False once it is over. */
static bool rest(struct ticker *t)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += TICK_S;
    (void)pthread_mutex_lock(&t->lock);
    int code = 0;
    while (!t->over && code == 0)
        code = pthread_cond_timedwait(&t->news, &t->lock, &until);
    bool over = t->over;
    (void)pthread_mutex_unlock(&t->lock);
    return !over;
}

static void *run(void *arg)
{
    struct ticker *t = arg;
    while (rest(t))
        t->tick(t->self, false);
    t->tick(t->self, true);
    return NULL;
}

static void drop(struct ticker *t)
{
    (void)pthread_cond_destroy(&t->news);
    (void)pthread_mutex_destroy(&t->lock);
    free(t);
}

enum err ticker_start(void (*tick)(void *self, bool is_last), void *self, struct ticker **out, struct problem *why)
{
    struct ticker *t = calloc(1, sizeof *t);
    must(t != NULL && pthread_mutex_init(&t->lock, NULL) == 0);
    steady_cond_init(&t->news);
    t->tick = tick;
    t->self = self;
    if (pthread_create(&t->thread, NULL, run, t) != 0) {
        drop(t);
        return problem_set(why, ERR_UNAVAILABLE, "The thread for the server's own work could not be started");
    }
    *out = t;
    return ERR_OK;
}

void ticker_stop(struct ticker *t)
{
    if (!t)
        return;
    (void)pthread_mutex_lock(&t->lock);
    t->over = true;
    (void)pthread_cond_signal(&t->news);
    (void)pthread_mutex_unlock(&t->lock);
    (void)pthread_join(t->thread, NULL);
    drop(t);
}
