#include "server/backup_job.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"
#include "base/time.h"
#include "server/ticker.h"

#define RETRY_MS INT64_C(600000)      /* after one that failed, or sooner when they are made more often */
#define NICE     10

struct backup_job {
    struct app *app;
    const struct backup_config *config;
    struct ship_job *ships;           /* NULL: nobody */
    struct ticker *ticker;
    _Atomic(bool) over, asked, making;
    pthread_mutex_t lock;             /* guards `figures`; nothing is called under it */
    struct backup_figures figures;
    int64_t not_before_ms;            /* the thread's own, as what follows: the last one failed */
    bool is_nice;
};

/* A clock that was turned back does not put it off for longer than it would take anyway. */
static bool is_due(struct backup_job *j)
{
    struct backup_figures now;
    int64_t ms = time_now_ms(), every = j->config->every_ms;
    if (atomic_exchange(&j->asked, false))
        return true;
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

static void beat(void *self, bool is_last)
{
    struct backup_job *j = self;
    if (!j->is_nice)
        (void)setpriority(PRIO_PROCESS, (id_t)gettid(), NICE); /* of this thread alone */
    j->is_nice = true;
    if (is_last || !is_due(j))
        return;
    atomic_store(&j->making, true);
    make(j);
    atomic_store(&j->making, false);
}

static void drop(struct backup_job *j)
{
    (void)pthread_mutex_destroy(&j->lock);
    free(j);
}

enum err backup_job_start(struct app *app, const struct config *config, struct ship_job *ships, struct backup_job **out, struct problem *why)
{
    *out = NULL;
    if (str_is_absent(config->backup.to))
        return ERR_OK;
    struct backup_job *j = calloc(1, sizeof *j);
    must(j != NULL && pthread_mutex_init(&j->lock, NULL) == 0);
    j->app = app;
    j->config = &config->backup;
    j->ships = ships;
    const struct target_config to = {.to = config->backup.to, .s3 = &config->backup.s3};
    j->figures.last_ms = backup_newest_ms(&to);
    if (ticker_start(beat, j, &j->ticker, why) != ERR_OK) {
        drop(j);
        return why->err;
    }
    *out = j;
    return ERR_OK;
}

void backup_job_stop(struct backup_job *j)
{
    if (!j)
        return;
    atomic_store(&j->over, true);
    ticker_stop(j->ticker);
    drop(j);
}

void backup_job_figures(struct backup_job *j, struct backup_figures *out)
{
    (void)pthread_mutex_lock(&j->lock);
    *out = j->figures;
    (void)pthread_mutex_unlock(&j->lock);
}

void backup_job_ask(struct backup_job *j)
{
    atomic_store(&j->asked, true);
}

bool backup_job_is_busy(struct backup_job *j)
{
    return atomic_load(&j->asked) || atomic_load(&j->making);
}
