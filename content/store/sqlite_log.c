/* Holding the log and reading it (log.h). The end of what is committed is taken from the WAL-index, where SQLite's readers find it
 * as well: what a commit has appended and not published yet is nobody's. The log's file is opened by its name each time: no locks
 * are on it, unlike on the database and on "-shm". */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "content/store/log.h"
#include "base/file.h"
#include "content/store/sqlite.h"
#include "content/store/wal.h"

#define FRAME (WAL_FRAME_BYTES + LOG_PAGE_BYTES)
#define FRAMES_AT_ONCE 32u
#define LOOKS 1000u                   /* at a header that somebody is writing */

struct log_hold {
    struct engine *engine;
    struct connection *held, *next;
    struct connection *back;          /* writes back; never begins anything */
    bool is_held, is_next;
    int fd;                           /* of the log; -1 */
    struct wal_header header;         /* of the log that was read last */
    uint8_t frames[FRAMES_AT_ONCE * FRAME];
};

static void end(struct connection *c, bool *is_begun)
{
    if (*is_begun)
        (void)sqlite3_exec(c->db, "COMMIT", NULL, NULL, NULL);
    *is_begun = false;
}

/* The snapshot is that of the first look. */
static enum err begin(struct connection *c, uint64_t after, struct log_now *now, struct problem *why)
{
    static const char sql[] = "SELECT seq, max(at_ms, coalesce((SELECT max(at_ms) FROM " JOURNAL_TABLE " WHERE seq > ?1), 0)) FROM " JOURNAL_TABLE
                              " ORDER BY seq DESC LIMIT 1";
    sqlite3_stmt *stmt = NULL;
    now->seq = 0;
    now->at_ms = 0;
    TRY(connection_run(c, "BEGIN", why));
    int code = sqlite3_prepare_v2(c->db, sql, -1, &stmt, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_bind_int64(stmt, 1, after > INT64_MAX ? INT64_MAX : (sqlite3_int64)after);
    if (code == SQLITE_OK)
        code = sqlite3_step(stmt);
    if (code == SQLITE_ROW) {
        now->seq = (uint64_t)sqlite3_column_int64(stmt, 0);
        now->at_ms = sqlite3_column_int64(stmt, 1);
    }
    (void)sqlite3_finalize(stmt);
    if (code == SQLITE_ROW || code == SQLITE_DONE)
        return ERR_OK;
    (void)sqlite3_exec(c->db, "ROLLBACK", NULL, NULL, NULL);
    return connection_problem(c, code, why);
}

static enum err read_index(const struct engine *e, struct wal_index *out, struct problem *why)
{
    uint64_t words[WAL_INDEX_BYTES / 8];
    for (unsigned i = 0; e->header && i < LOOKS; i++) {
        for (size_t k = 0; k < COUNTOF(words); k++)
            words[k] = __atomic_load_n(&e->header[k], __ATOMIC_ACQUIRE);
        if (wal_index_read((const uint8_t *)words, out))
            return ERR_OK;
    }
    return problem_set(why, ERR_UNAVAILABLE, "Where the log ends cannot be read");
}

static enum err open_all(struct log_hold *h, struct problem *why)
{
    struct log_now now;
    TRY(connection_open(h->engine, CONNECTION_READER, &h->held, why));
    TRY(connection_open(h->engine, CONNECTION_READER, &h->next, why));
    TRY(connection_open(h->engine, CONNECTION_WRITER, &h->back, why));
    TRY(begin(h->held, UINT64_MAX, &now, why));
    h->is_held = true;
    return ERR_OK;
}

enum err log_open(struct engine *e, struct log_hold **out, struct problem *why)
{
    struct log_hold *h = calloc(1, sizeof *h);
    must(h != NULL);
    h->engine = e;
    h->fd = -1;
    enum err err = open_all(h, why);
    if (err == ERR_OK)
        *out = h;
    else
        log_close(h);
    return err;
}

static void close_file(struct log_hold *h)
{
    if (h->fd >= 0)
        (void)close(h->fd);
    h->fd = -1;
}

void log_close(struct log_hold *h)
{
    if (!h)
        return;
    close_file(h);
    if (h->held)
        end(h->held, &h->is_held);
    if (h->next)
        end(h->next, &h->is_next);
    connection_close(h->held);
    connection_close(h->next);
    connection_close(h->back);
    free(h);
}

enum err log_look(struct log_hold *h, uint64_t after, struct log_now *now, struct problem *why)
{
    struct wal_index index = {0};
    end(h->next, &h->is_next);
    TRY(begin(h->next, after, now, why));
    h->is_next = true;
    TRY(read_index(h->engine, &index, why));
    now->end.frame = index.frames;
    memcpy(now->end.salt, index.salt, sizeof index.salt);
    memcpy(now->end.sum, index.sum, sizeof index.sum);
    return ERR_OK;
}

void log_move(struct log_hold *h)
{
    struct connection *was = h->held;
    must(h->is_next);
    end(h->held, &h->is_held);
    h->held = h->next;
    h->next = was;
    h->is_held = true;
    h->is_next = false;
}

/* ---- reading ---- */

static enum err gap(struct problem *why)
{
    return problem_set(why, ERR_CONFLICT, "The log is not what followed on what was read of it before");
}

static enum err read_all(int fd, uint8_t *into, size_t n, off_t at, struct problem *why)
{
    if (file_read_at(fd, into, n, at))
        return ERR_OK;
    return errno ? problem_set(why, ERR_UNAVAILABLE, "The log cannot be read: %s", strerror(errno)) : gap(why);
}

/* The file, when its header is of the log that `salt` names. */
static enum err open_file(struct log_hold *h, const uint8_t salt[8], struct problem *why)
{
    uint8_t header[WAL_HEADER_BYTES];
    close_file(h);
    h->fd = open(arena_cstr(why->arena, arena_format(why->arena, STR_FMT "-wal", STR_ARG(h->engine->path))), O_RDONLY | O_CLOEXEC);
    if (h->fd < 0)
        return problem_set(why, ERR_UNAVAILABLE, "The log cannot be opened: %s", strerror(errno));
    TRY(read_all(h->fd, header, sizeof header, 0, why));
    if (!wal_header_read(header, &h->header) || memcmp(h->header.salt, salt, sizeof h->header.salt) != 0)
        return gap(why);
    if (h->header.page_bytes != LOG_PAGE_BYTES)
        return problem_set(why, ERR_INVALID, "The database has pages of %u bytes, which are not shipped", h->header.page_bytes);
    return ERR_OK;
}

static off_t place_of(uint32_t frame)
{
    return (off_t)WAL_HEADER_BYTES + (off_t)frame * (off_t)FRAME;
}

/* The checksum that stands in the last frame before the place. */
static bool is_same(struct log_hold *h, const struct log_place *at)
{
    uint8_t front[WAL_FRAME_BYTES];
    if (at->frame == 0)
        return true;
    return pread(h->fd, front, sizeof front, place_of(at->frame - 1)) == (ssize_t)sizeof front && memcmp(front + 8, at->salt, 8) == 0 &&
           wal_u32(front + 16) == at->sum[0] && wal_u32(front + 20) == at->sum[1];
}

static enum err read_some(struct log_hold *h, struct log_place *from, uint32_t count, log_see *see, void *self, struct problem *why)
{
    TRY(read_all(h->fd, h->frames, (size_t)count * FRAME, place_of(from->frame), why));
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *at = h->frames + (size_t)i * FRAME;
        struct log_frame f = {.index = from->frame + 1, .bytes = at + WAL_FRAME_BYTES};
        uint32_t sum[2] = {from->sum[0], from->sum[1]};
        if (!wal_frame_read(&h->header, at, sum, &f.page, &f.size))
            return gap(why);
        TRY(see(self, &f, why));
        memcpy(from->sum, sum, sizeof sum);
        from->frame++;
    }
    return ERR_OK;
}

enum err log_read(struct log_hold *h, struct log_place *from, const struct log_place *to, uint32_t most, log_see *see, void *self,
                  struct problem *why)
{
    bool began_anew = memcmp(from->salt, to->salt, sizeof from->salt) != 0;
    if (began_anew)
        *from = (struct log_place){.frame = 0};
    memcpy(from->salt, to->salt, sizeof from->salt);
    if (to->frame <= from->frame) /* begun anew, and nothing in it yet */
        return to->frame == from->frame ? ERR_OK : gap(why);
    TRY(open_file(h, to->salt, why));
    if (from->frame == 0)
        memcpy(from->sum, h->header.sum, sizeof from->sum);
    if (!is_same(h, from))
        return gap(why);
    uint32_t until = to->frame - from->frame < most ? to->frame : from->frame + most;
    while (from->frame < until) {
        uint32_t left = until - from->frame;
        TRY(read_some(h, from, left < FRAMES_AT_ONCE ? left : FRAMES_AT_ONCE, see, self, why));
    }
    return from->frame < to->frame || memcmp(from->sum, to->sum, sizeof from->sum) == 0 ? ERR_OK : gap(why);
}

enum err log_page(struct log_hold *h, uint32_t index, uint8_t into[LOG_PAGE_BYTES], struct problem *why)
{
    return read_all(h->fd, into, LOG_PAGE_BYTES, place_of(index - 1) + WAL_FRAME_BYTES, why);
}

/* Read by the connection that never holds anything: it sees what log_look called the end. */
enum err log_files(struct log_hold *h, uint64_t after, size_t most, log_file_see *see, void *self, struct problem *why)
{
    static const char sql[] = "SELECT seq, json_extract(after, '$.digest') FROM " JOURNAL_TABLE
                              " WHERE seq > ?1 AND collection = 'blobs' AND json_extract(after, '$.digest') IS NOT NULL AND (verb <> 'update' OR"
                              " (json_extract(before, '$.damaged') AND NOT coalesce(json_extract(after, '$.damaged'), 0))) AND verb <> 'used'"
                              " ORDER BY seq LIMIT ?2";
    sqlite3_stmt *stmt = NULL;
    enum err e = ERR_OK;
    int code = sqlite3_prepare_v2(h->back->db, sql, -1, &stmt, NULL);
    if (code == SQLITE_OK) {
        (void)sqlite3_bind_int64(stmt, 1, (sqlite3_int64)after);
        (void)sqlite3_bind_int64(stmt, 2, (sqlite3_int64)most);
        code = sqlite3_step(stmt);
    }
    while (code == SQLITE_ROW && e == ERR_OK) {
        str digest = {(const char *)sqlite3_column_text(stmt, 1), (size_t)sqlite3_column_bytes(stmt, 1)};
        e = see(self, (uint64_t)sqlite3_column_int64(stmt, 0), digest, why);
        code = sqlite3_step(stmt);
    }
    (void)sqlite3_finalize(stmt);
    return e != ERR_OK || code == SQLITE_DONE ? e : connection_problem(h->back, code, why);
}

bool log_has(struct log_hold *h, const struct log_place *at)
{
    struct arena *a = arena_open(1024);
    struct problem quiet = {.arena = a};
    struct wal_index index = {0};
    bool has = read_index(h->engine, &index, &quiet) == ERR_OK && memcmp(index.salt, at->salt, sizeof at->salt) == 0 &&
               at->frame > 0 && at->frame <= index.frames && open_file(h, at->salt, &quiet) == ERR_OK && is_same(h, at);
    arena_close(a);
    return has;
}

/* ---- beginning anew ---- */

void log_write_back(struct log_hold *h)
{
    (void)sqlite3_wal_checkpoint_v2(h->back->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
}

void log_pause(struct log_hold *h)
{
    struct engine *e = h->engine;
    (void)pthread_mutex_lock(&e->turn_lock);
    e->turning = true;
    while (e->in_write)
        (void)pthread_cond_wait(&e->turned, &e->turn_lock);
    (void)pthread_mutex_unlock(&e->turn_lock);
}

/* A snapshot that is wholly in the database does not use the log: the next writer finds nobody who does. */
void log_restart(struct log_hold *h)
{
    struct arena *a = arena_open(1024);
    struct problem quiet = {.arena = a};
    struct log_now now;
    log_write_back(h);
    end(h->next, &h->is_next);
    if (begin(h->next, UINT64_MAX, &now, &quiet) == ERR_OK) {
        h->is_next = true;
        log_move(h);
    }
    arena_close(a);
}

void log_resume(struct log_hold *h)
{
    struct engine *e = h->engine;
    (void)pthread_mutex_lock(&e->turn_lock);
    e->turning = false;
    (void)pthread_cond_broadcast(&e->turned);
    (void)pthread_mutex_unlock(&e->turn_lock);
}
