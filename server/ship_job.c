#include "server/ship_job.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/folder.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/time.h"
#include "server/backup.h"
#include "server/ship_carry.h"
#include "server/ticker.h"

#define CARRY_US   INT64_C(2000000)   /* then what was committed meanwhile becomes segments, or the log would grow */
#define FINISH_US  INT64_C(20000000)  /* that a stop takes for what waits */
#define SLOW_TIMES 16u                /* so much more may wait for a target that is slow, and takes something */
#define WAIT_S_MOST 30                /* between two tries at a target that does not answer */

struct ship_job {
    struct app *app;
    struct target_config where;
    struct ticker *ticker;
    _Atomic(bool) over;
    pthread_mutex_t lock;             /* guards what follows; nothing is called under it */
    struct ship_job_figures figures;
    char strand[SEGMENT_STRAND_BYTES + 1], based[SEGMENT_STRAND_BYTES + 1]; /* the one that goes on; the last that had a backup */

    /* The thread's own. */
    struct target *target;            /* NULL: it is not open */
    struct carrying carrying;
    int data;
    int64_t try_us;                   /* not before this, and the next time so much later */
    unsigned wait_s;
    bool is_out, is_claimed;
};

/* ---- the target ---- */

static enum err see_pin(void *self, const struct target_seen *seen, struct problem *why)
{
    bool *found = self;
    (void)why;
    *found = *found || str_starts(seen->name, S(BACKUP_PIN "-"));
    return ERR_OK;
}

/* Once per strand: a backup may have been made on it by whoever was here before. */
static enum err look_for_base(struct ship_job *j, struct problem *why)
{
    bool found = false;
    TRY(target_list(j->target, str_of(j->strand), see_pin, &found, why));
    if (found)
        ship_job_has_backup(j, str_of(j->strand));
    return ERR_OK;
}

static enum err reach(struct ship_job *j, struct problem *why)
{
    if (!j->target)
        TRY(target_open(&j->where, true, &j->target, why));
    if (!j->is_claimed)
        TRY(target_claim(j->target, gate_backup_site(j->app->gate, why->arena), why));
    j->is_claimed = true;
    return ERR_OK;
}

static enum err carry(struct ship_job *j, struct problem *why)
{
    TRY(reach(j, why));
    j->carrying.target = j->target;
    j->carrying.until_us = time_mono_us() + CARRY_US;
    return carry_all(&j->carrying, why);
}

static void tell_carried(struct ship_job *j, int64_t began_ms, bool is_whole)
{
    const struct carrying *c = &j->carrying;
    (void)pthread_mutex_lock(&j->lock);
    if (is_whole)
        j->figures.whole_ms = began_ms;
    j->figures.segments = c->segments;
    j->figures.files = c->files;
    j->figures.bytes = c->bytes;
    j->figures.lost_files = c->lost;
    (void)pthread_mutex_unlock(&j->lock);
}

static void tell_failed(struct ship_job *j, const char *event, const struct problem *why)
{
    if (atomic_load(&j->over))
        return;
    (void)pthread_mutex_lock(&j->lock);
    j->figures.failures++;
    (void)pthread_mutex_unlock(&j->lock);
    LOG(LOG_ERROR, event, LOG_TEXT("cause", why->text));
}

static bool try_to_carry(struct ship_job *j, struct problem *why)
{
    if (time_mono_us() < j->try_us)
        return false;
    enum err e = carry(j, why);
    if (e == ERR_OK && j->is_out)
        LOG(LOG_INFO, "ship.again", LOG_TEXT("to", j->where.to));
    if (e != ERR_OK) {
        tell_failed(j, "ship.failed", why);
        j->wait_s = j->wait_s == 0 ? 1 : j->wait_s * 2 > WAIT_S_MOST ? WAIT_S_MOST : j->wait_s * 2;
        j->try_us = time_mono_us() + j->wait_s * INT64_C(1000000);
    } else {
        j->wait_s = 0;
    }
    j->is_out = e != ERR_OK;
    return e == ERR_OK && j->carrying.is_whole;
}

/* ---- rounds ---- */

static void note_strand(struct ship_job *j, const struct ship_figures *now, struct problem *why)
{
    bool is_new = !str_equal(str_of(j->strand), now->strand);
    (void)pthread_mutex_lock(&j->lock);
    j->figures.strands = now->begun;
    j->figures.bytes_behind = now->behind + carry_waiting(j->data);
    j->figures.pauses = now->pauses;
    j->figures.pause_us_most = now->pause_us_most;
    memcpy(j->strand, now->strand.at, now->strand.len);
    j->strand[now->strand.len] = 0;
    (void)pthread_mutex_unlock(&j->lock);
    if (!is_new || !j->strand[0])
        return;
    LOG(LOG_INFO, "ship.strand", LOG_TEXT("strand", now->strand));
    if (reach(j, why) == ERR_OK) {
        err_ignored(look_for_base(j, why)); /* at worst one backup more is made */
    }
}

static bool make_segments(struct ship_job *j, struct problem *why)
{
    struct ship_figures now = {.strand = S("")};
    bool is_stuck = carry_waiting(j->data) > (j->is_out ? LIMIT_SHIP_WAITING_BYTES : SLOW_TIMES * LIMIT_SHIP_WAITING_BYTES);
    if (is_stuck && j->strand[0]) {
        gate_ship_end(j->app->gate);
        carry_give_up(j->data);
        (void)problem_set(why, ERR_TOO_LARGE, "More waits than may: the strand ends, and what waits of it is given up");
        tell_failed(j, "ship.ended", why);
        note_strand(j, &now, why);
        return false;
    }
    if (j->is_out && !j->strand[0]) /* a new strand is begun for a target that answers */
        return true;
    enum err e = gate_ship(j->app->gate, &now, why);
    note_strand(j, &now, why);
    if (e != ERR_OK)
        tell_failed(j, e == ERR_CONFLICT ? "ship.gap" : "ship.failed", why);
    return e == ERR_OK;
}

static void round_once(struct ship_job *j)
{
    struct arena *a = arena_open(64u << 10);
    struct problem why = {.arena = a}, of_target = {.arena = a};
    int64_t began_ms = time_now_ms();
    bool is_made = make_segments(j, &why), is_carried = try_to_carry(j, &of_target);
    tell_carried(j, began_ms, is_made && is_carried);
    arena_close(a);
}

static void beat(void *self, bool is_last)
{
    if (!is_last)
        round_once(self);
}

/* ---- the whole of it ---- */

static void drop(struct ship_job *j)
{
    target_close(j->target);
    if (j->data >= 0)
        (void)close(j->data);
    (void)pthread_mutex_destroy(&j->lock);
    free(j);
}

static struct ship_job *make(struct app *app, const struct config *config)
{
    struct ship_job *j = calloc(1, sizeof *j);
    struct arena *a = arena_open(1024);
    must(j != NULL && pthread_mutex_init(&j->lock, NULL) == 0);
    j->app = app;
    j->where = (struct target_config){.to = config->backup.to, .s3 = &config->backup.s3, .stop = &j->over};
    j->data = folder_open(arena_cstr(a, app->data));
    j->carrying = (struct carrying){.data = j->data, .stop = &j->over};
    arena_close(a);
    return j;
}

enum err ship_job_start(struct app *app, const struct config *config, struct ship_job **out, struct problem *why)
{
    *out = NULL;
    if (!gate_ships(app->gate))
        return ERR_OK;
    struct ship_job *j = make(app, config);
    enum err e = j->data < 0 ? problem_set(why, ERR_UNAVAILABLE, "The data directory cannot be opened to ship the log")
                             : ticker_start(beat, j, &j->ticker, why);
    if (e != ERR_OK) {
        drop(j);
        return e;
    }
    *out = j;
    return ERR_OK;
}

void ship_job_stop(struct ship_job *j)
{
    if (!j)
        return;
    atomic_store(&j->over, true);
    ticker_stop(j->ticker);
    struct arena *a = arena_open(4096);
    struct problem quiet = {.arena = a};
    atomic_store(&j->over, false);
    j->is_out = j->is_out || reach(j, &quiet) != ERR_OK; /* it may have ended before its first round */
    arena_close(a);
}

void ship_job_finish(struct ship_job *j)
{
    if (!j)
        return;
    struct arena *a = arena_open(64u << 10);
    struct problem why = {.arena = a};
    j->carrying.target = j->target;
    j->carrying.until_us = time_mono_us() + FINISH_US; /* the rest goes when it starts again */
    if (j->target && !j->is_out && carry_all(&j->carrying, &why) != ERR_OK)
        LOG(LOG_WARN, "ship.failed", LOG_TEXT("cause", why.text));
    arena_close(a);
    drop(j);
}

void ship_job_figures(struct ship_job *j, struct ship_job_figures *out)
{
    (void)pthread_mutex_lock(&j->lock);
    *out = j->figures;
    (void)pthread_mutex_unlock(&j->lock);
}

bool ship_job_wants_backup(struct ship_job *j)
{
    if (!j)
        return false;
    (void)pthread_mutex_lock(&j->lock);
    bool wants = j->strand[0] && strcmp(j->strand, j->based) != 0;
    (void)pthread_mutex_unlock(&j->lock);
    return wants;
}

void ship_job_has_backup(struct ship_job *j, str strand)
{
    if (!j || strand.len > SEGMENT_STRAND_BYTES)
        return;
    (void)pthread_mutex_lock(&j->lock);
    memcpy(j->based, strand.at, strand.len);
    j->based[strand.len] = 0;
    (void)pthread_mutex_unlock(&j->lock);
}
