#include "server/backup_job.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/time.h"

#define LOOK_S   1
#define RETRY_MS INT64_C(600000)      /* after one that failed, or sooner when they are made more often */
#define NICE     10

struct backup_job {
    struct app *app;
    const struct backup_config *config;
    struct ship_job *ships;           /* NULL: nobody */
    pthread_t thread;
    pthread_mutex_t lock;             /* guards what follows; nothing is called under it */
    pthread_cond_t news;
    struct backup_figures figures;
    _Atomic(bool) over;
    int64_t not_before_ms;            /* the thread's own: the last one failed */
};

/* False once it is over. */
static bool rest(struct backup_job *j)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += LOOK_S;
    (void)pthread_mutex_lock(&j->lock);
    int code = 0;
    while (!atomic_load(&j->over) && code == 0)
        code = pthread_cond_timedwait(&j->news, &j->lock, &until);
    (void)pthread_mutex_unlock(&j->lock);
    return !atomic_load(&j->over);
}

/* A clock that was turned back does not put it off for longer than it would take anyway. */
static bool is_due(struct backup_job *j)
{
    struct backup_figures now;
    int64_t ms = time_now_ms(), every = j->config->every_ms;
    backup_job_figures(j, &now);
    if (ms < j->not_before_ms && j->not_before_ms - ms <= RETRY_MS)
        return false;
    return ship_job_wants_backup(j->ships) || now.last_ms == 0 || ms - now.last_ms >= every || now.last_ms - ms > every;
}

static void tell_made(struct backup_job *j, const struct backup_made *made, int64_t took_ms)
{
    ship_job_has_backup(j->ships, made->manifest.strand);
    (void)pthread_mutex_lock(&j->lock);
    j->figures.last_ms = made->manifest.made_ms;
    j->figures.bytes = made->bytes;
    j->figures.made++;
    (void)pthread_mutex_unlock(&j->lock);
    LOG(LOG_INFO, "backup.done", LOG_TEXT("path", made->path), LOG_NUMBER("seq", (int64_t)made->manifest.last),
        LOG_NUMBER("blobs", (int64_t)made->manifest.blobs), LOG_NUMBER("bytes", (int64_t)made->bytes), LOG_NUMBER("ms", took_ms));
    if (made->manifest.damaged > 0)
        LOG(LOG_WARN, "backup.incomplete", LOG_NUMBER("damaged", (int64_t)made->manifest.damaged));
}

static void tell_failed(struct backup_job *j, const struct problem *why)
{
    if (atomic_load(&j->over))
        return;
    j->not_before_ms = time_now_ms() + (j->config->every_ms < RETRY_MS ? j->config->every_ms : RETRY_MS);
    (void)pthread_mutex_lock(&j->lock);
    j->figures.failed++;
    (void)pthread_mutex_unlock(&j->lock);
    LOG(LOG_ERROR, "backup.failed", LOG_TEXT("cause", why->fault_count ? why->faults[0].text : why->text));
}

static void make(struct backup_job *j)
{
    struct arena *a = arena_open(64u << 10);
    struct problem why = {.arena = a};
    struct backup_made made;
    const struct backup_config *c = j->config;
    const struct backup_options options = {
        .to = {.to = c->to, .s3 = &c->s3, .stop = &j->over}, .keep = c->keep, .is_archive = c->archive, .copies = c->copies,
        .lock = {c->passphrase, c->recipient, {0}},
    };
    int64_t began_us = time_mono_us();
    if (backup_make(j->app, &options, a, &made, &why) == ERR_OK)
        tell_made(j, &made, (time_mono_us() - began_us) / 1000);
    else
        tell_failed(j, &why);
    arena_close(a);
}

static void *run(void *arg)
{
    struct backup_job *j = arg;
    (void)setpriority(PRIO_PROCESS, (id_t)gettid(), NICE); /* of this thread alone */
    while (rest(j))
        if (is_due(j))
            make(j);
    return NULL;
}

static void drop(struct backup_job *j)
{
    (void)pthread_cond_destroy(&j->news);
    (void)pthread_mutex_destroy(&j->lock);
    free(j);
}

enum err backup_job_start(struct app *app, const struct config *config, struct ship_job *ships, struct backup_job **out, struct problem *why)
{
    *out = NULL;
    if (str_is_absent(config->backup.to))
        return ERR_OK;
    struct backup_job *j = calloc(1, sizeof *j);
    pthread_condattr_t monotonic;
    must(j != NULL && pthread_condattr_init(&monotonic) == 0);
    must(pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC) == 0);
    must(pthread_mutex_init(&j->lock, NULL) == 0 && pthread_cond_init(&j->news, &monotonic) == 0);
    (void)pthread_condattr_destroy(&monotonic);
    j->app = app;
    j->config = &config->backup;
    j->ships = ships;
    const struct target_config to = {.to = config->backup.to, .s3 = &config->backup.s3};
    j->figures.last_ms = backup_newest_ms(&to);
    if (pthread_create(&j->thread, NULL, run, j) != 0) {
        drop(j);
        return problem_set(why, ERR_UNAVAILABLE, "The thread for backups could not be started");
    }
    *out = j;
    return ERR_OK;
}

void backup_job_stop(struct backup_job *j)
{
    if (!j)
        return;
    atomic_store(&j->over, true);
    (void)pthread_mutex_lock(&j->lock);
    (void)pthread_cond_signal(&j->news);
    (void)pthread_mutex_unlock(&j->lock);
    (void)pthread_join(j->thread, NULL);
    drop(j);
}

void backup_job_figures(struct backup_job *j, struct backup_figures *out)
{
    (void)pthread_mutex_lock(&j->lock);
    *out = j->figures;
    (void)pthread_mutex_unlock(&j->lock);
}
