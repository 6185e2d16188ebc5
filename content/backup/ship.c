/* Shipping, round by round: look where the log ends, make segments of what is behind the last place, move on. */
#include "content/backup/ship.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/folder.h"
#include "base/limits.h"
#include "base/time.h"
#include "content/backup/ship_parts.h"
#include "content/store/wal.h"

#define FRAME_BYTES (WAL_FRAME_BYTES + LOG_PAGE_BYTES)

void ship_end_strand(struct ship *s)
{
    struct arena *a = arena_open(1024);
    struct problem quiet = {.arena = a};
    err_ignored(folder_remove(s->folder, S(SHIP_STATE), &quiet));
    log_close(s->hold);
    s->hold = NULL;
    s->state = (struct ship_state){.strand = ""};
    arena_close(a);
}

/* ---- beginning, or going on ---- */

static bool is_same_file(const struct ship *s, const char *closed)
{
    char now[160];
    ship_identity(s->data, false, now);
    return closed[0] && strcmp(closed, now) == 0;
}

/* The hold is open, so what is true now stays so. A place in a log that is gone is one before the first frame of the next. */
static bool goes_on(struct ship *s)
{
    char lock[2 * DIGEST_BYTES + 1];
    ship_lock_digest(s, lock);
    if (!s->state.strand[0] || strcmp(s->state.lock, lock) != 0)
        return false;
    if (log_has(s->hold, &s->state.place))
        return true;
    if (!is_same_file(s, s->state.closed))
        return false;
    s->state.place = (struct log_place){.frame = 0};
    return true;
}

static enum err find_place(struct ship *s, struct problem *why)
{
    struct problem quiet = {.arena = why->arena};
    struct log_now now;
    if (!s->state.strand[0] && ship_state_read(s->folder, &s->state, &quiet) != ERR_OK)
        s->state = (struct ship_state){.strand = ""};
    s->is_untidy = true;
    if (goes_on(s))
        return ERR_OK;
    TRY(folder_remove(s->folder, S(SHIP_STATE), why));
    TRY(ship_strand_begin(s, why)); /* its first segment has all of the log that is there: more than needed, and never less */
    TRY(log_look(s->hold, UINT64_MAX, &now, why));
    s->state.files_to = s->state.seq = now.seq;
    s->state.at_ms = now.at_ms;
    memcpy(s->state.place.salt, now.end.salt, sizeof now.end.salt);
    s->begun++;
    return ship_state_write(s->folder, &s->state, why);
}

/* One process at a time writes in a strand; whoever comes meanwhile tries again. */
static enum err take_turn(struct ship *s, struct problem *why)
{
    s->is_ours = s->is_ours || flock(s->folder, LOCK_EX | LOCK_NB) == 0;
    return s->is_ours ? ERR_OK : problem_set(why, ERR_UNAVAILABLE, "Another server ships this data directory's log");
}

static enum err begin(struct ship *s, struct problem *why)
{
    TRY(take_turn(s, why));
    TRY(log_open(s->content->engine, &s->hold, why));
    enum err e = find_place(s, why);
    if (e == ERR_OK)
        return ERR_OK;
    log_close(s->hold);
    s->hold = NULL;
    s->state = (struct ship_state){.strand = ""};
    return e;
}

enum err ship_open(struct content *c, const struct ship_config *config, struct ship **out, struct problem *why)
{
    struct ship *s = calloc(1, sizeof *s);
    must(s != NULL);
    s->content = c;
    s->config = (struct ship_config){arena_copy(c->arena, config->directory),
                                     {.passphrase = str_is_absent(config->lock.passphrase) ? (str){0} : arena_copy(c->arena, config->lock.passphrase),
                                      .public_key = str_is_absent(config->lock.public_key) ? (str){0} : arena_copy(c->arena, config->lock.public_key)}};
    s->folder = -1;
    s->data = folder_open(arena_cstr(why->arena, config->directory));
    if (s->data >= 0 && (mkdirat(s->data, SHIP_FOLDER, 0700) == 0 || errno == EEXIST))
        s->folder = folder_open_in(s->data, S(SHIP_FOLDER));
    if (s->folder < 0) {
        enum err e = problem_disk(why, "What is shipped has no place");
        ship_close(s);
        return e;
    }
    struct problem quiet = {.arena = why->arena};
    err_ignored(begin(s, &quiet));
    *out = s;
    return ERR_OK;
}

/* ---- segments ---- */

struct making {
    struct ship *s;
    struct segment_writer writer;
    bool is_full;
    uint8_t had[LOG_PAGE_BYTES];
};

static enum err take_frame(void *self, const struct log_frame *f, struct problem *why)
{
    struct making *m = self;
    uint32_t index = segment_page(m->writer.pages, f->page)->index;
    if (index > 0)
        TRY(log_page(m->s->hold, index, m->had, why));
    m->is_full = !segment_add(&m->writer, f, index > 0 ? m->had : NULL);
    return m->is_full ? problem_set(why, ERR_TOO_LARGE, "A segment is full") : ERR_OK;
}

struct naming {
    struct segment_file *files;
    size_t count;
    struct arena *arena;
};

static enum err take_file(void *self, uint64_t seq, str digest, struct problem *why)
{
    struct naming *n = self;
    (void)why;
    n->files[n->count++] = (struct segment_file){seq, arena_copy(n->arena, digest)};
    return ERR_OK;
}

static bool is_behind(const struct log_place *place, const struct log_place *end)
{
    return memcmp(place->salt, end->salt, sizeof end->salt) != 0 ? end->frame > 0 : place->frame < end->frame;
}

static enum err make_segment(struct ship *s, const struct log_now *now, const struct naming *n, bool only_files, struct problem *why)
{
    struct making *m = calloc(1, sizeof *m);
    struct log_place place = s->state.place;
    struct problem own = {.arena = why->arena};
    struct segment head = {.seq = s->state.seq, .at_ms = s->state.at_ms, .files = n->files, .file_count = n->count};
    must(m != NULL);
    m->s = s;
    segment_begin(&m->writer);
    enum err e = only_files ? ERR_OK : log_read(s->hold, &place, &now->end, LIMIT_SHIP_SEGMENT_FRAMES, take_frame, m, &own);
    if (m->is_full)
        e = ERR_OK;
    if (e == ERR_OK && !is_behind(&place, &now->end)) { /* before its end, what the look told of may be in the next one */
        head.seq = now->seq > head.seq ? now->seq : head.seq;
        head.at_ms = now->at_ms > head.at_ms ? now->at_ms : head.at_ms;
    }
    if (e != ERR_OK)
        e = problem_set(why, e, STR_FMT, STR_ARG(own.text));
    else if (m->writer.frames > 0 || n->count > 0)
        e = ship_write(s, &head, &m->writer, &place, why);
    else
        s->state.place = place;
    segment_end(&m->writer);
    free(m);
    return e;
}

/* Files first: each is named no later than by the segment that has its entry. */
static enum err take_all(struct ship *s, const struct log_now *now, struct arena *a, struct problem *why)
{
    struct naming n = {.files = NEW_N(a, struct segment_file, LIMIT_SHIP_FILES), .arena = a};
    do {
        n.count = 0;
        TRY(log_files(s->hold, s->state.files_to, LIMIT_SHIP_FILES, take_file, &n, why));
        if (n.count == LIMIT_SHIP_FILES)
            TRY(make_segment(s, now, &n, true, why));
    } while (n.count == LIMIT_SHIP_FILES);
    while (n.count > 0 || is_behind(&s->state.place, &now->end)) {
        TRY(make_segment(s, now, &n, false, why));
        n.count = 0;
    }
    s->state.place = now->end;
    return ERR_OK;
}

static enum err step(struct ship *s, struct log_now *now, struct problem *why)
{
    struct arena *a = arena_open(64u << 10);
    struct problem own = {.arena = a};
    enum err e = log_look(s->hold, s->state.seq, now, &own);
    if (e == ERR_OK) {
        bool is_other = memcmp(s->state.place.salt, now->end.salt, sizeof now->end.salt) != 0;
        s->behind = FRAME_BYTES * (uint64_t)(is_other ? now->end.frame : now->end.frame - s->state.place.frame);
        e = take_all(s, now, a, &own);
    }
    if (e == ERR_OK) {
        log_move(s->hold);
        s->behind = 0;
    } else {
        e = problem_set(why, e, STR_FMT, STR_ARG(own.text));
    }
    arena_close(a);
    return e;
}

/* Writers wait for what came since the last round, a sync of the database, and no longer. */
static enum err turn(struct ship *s, struct problem *why)
{
    struct log_now now;
    log_write_back(s->hold);
    int64_t began_us = time_mono_us();
    log_pause(s->hold);
    enum err e = step(s, &now, why);
    if (e == ERR_OK)
        log_restart(s->hold);
    log_resume(s->hold);
    uint64_t took_us = (uint64_t)(time_mono_us() - began_us);
    s->pauses++;
    s->pause_us_most = took_us > s->pause_us_most ? took_us : s->pause_us_most;
    return e;
}

enum err ship_round(struct ship *s, struct problem *why)
{
    struct log_now now;
    s->is_whole = false;
    if (!s->hold)
        TRY(begin(s, why));
    enum err e = step(s, &now, why);
    if (e == ERR_OK && now.end.frame > LIMIT_SHIP_TURN_FRAMES)
        e = turn(s, why);
    if (e == ERR_CONFLICT || (e != ERR_OK && s->behind > LIMIT_SHIP_WAITING_BYTES)) /* the log gets no longer for us than that */
        ship_end_strand(s);
    s->is_whole = e == ERR_OK;
    return e;
}

struct ship *content_ship(struct content *c)
{
    return c->ship;
}

void ship_figures(const struct ship *s, struct ship_figures *out)
{
    *out = (struct ship_figures){str_of(s->state.strand), s->state.number, s->state.seq, s->begun, s->behind, s->pauses, s->pause_us_most};
}

/* ---- the end ---- */

void ship_last(struct ship *s)
{
    struct arena *a = arena_open(1024);
    struct problem quiet = {.arena = a};
    struct log_now now;
    s->is_whole = s->hold && step(s, &now, &quiet) == ERR_OK;
    log_close(s->hold);
    s->hold = NULL;
    arena_close(a);
}

void ship_close(struct ship *s)
{
    if (!s)
        return;
    struct arena *a = arena_open(4096);
    struct problem quiet = {.arena = a};
    if (s->is_whole && s->state.strand[0])
        ship_identity(s->data, true, s->state.closed);
    if (s->is_whole && s->state.closed[0]) {
        err_ignored(ship_state_write(s->folder, &s->state, &quiet));
    }
    if (s->folder >= 0)
        (void)close(s->folder);
    if (s->data >= 0)
        (void)close(s->data);
    free(s);
    arena_close(a);
}
