#include "server/jobs.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/log.h"
#include "content/content_figures.h"

#define TICK_S              1
#define CHECKPOINTS_AT_ONCE 100u

struct jobs {
    struct gate *gate;
    pthread_t thread;
    pthread_mutex_t lock;             /* guards `over`; nothing is called under it */
    pthread_cond_t news;
    bool over;
    bool failing;                     /* the thread's own, as what follows */
    uint64_t looked_at;               /* the journal's last entry then */
    uint64_t told;                    /* the last checkpoint in the log */
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

static str hex(struct arena *a, str bytes)
{
    struct buf b;
    buf_init(&b, a, 2 * bytes.len + 1);
    buf_hex(&b, bytes.at, bytes.len);
    return buf_str(&b);
}

static void tell(struct arena *a, const struct checkpoint *p)
{
    LOG(LOG_INFO, "journal.checkpoint", LOG_NUMBER("seq", (int64_t)p->seq), LOG_TEXT("mac", hex(a, p->mac)),
        LOG_NUMBER("at_ms", p->at_ms), LOG_TEXT("key", p->key), LOG_TEXT("signature", hex(a, p->signature)));
}

/* Other processes' too. Looked for only when the journal grew. */
static enum err tell_checkpoints(struct jobs *j, struct problem *why)
{
    struct content_figures now;
    struct checkpoint *list = NULL;
    size_t count = 0;
    gate_figures(j->gate, &now);
    if (now.last_seq == j->looked_at)
        return ERR_OK;
    do {
        TRY(gate_checkpoints(j->gate, j->told, CHECKPOINTS_AT_ONCE, why->arena, &list, &count, why));
        for (size_t i = 0; i < count; i++)
            if (j->told > 0 || (i + 1 == count && count < CHECKPOINTS_AT_ONCE)) /* at start: the newest */
                tell(why->arena, &list[i]);
        if (count > 0)
            j->told = list[count - 1].seq;
    } while (count == CHECKPOINTS_AT_ONCE);
    j->looked_at = now.last_seq;
    return ERR_OK;
}

static void tick(struct jobs *j, enum err (*work)(struct gate *g, struct problem *why))
{
    struct arena *arena = arena_open(16u << 10);
    struct problem why = {.arena = arena};
    enum err e = work(j->gate, &why);
    if (e == ERR_OK)
        e = tell_checkpoints(j, &why);
    bool fails = e != ERR_OK;
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
        tick(j, gate_tick);
    tick(j, gate_settle);
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
