/* A copy of the whole database while others write (docs/decisions/0014-backups.md). One read transaction is held from the
 * first page to the last, so every page is of the same moment and none has to be copied twice; SQLite's backup interface
 * reads through it, a few pages at a time. Writers append to the log and wait for nothing: only the log cannot begin anew
 * before the last page was read. */
#include "content/store/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/file.h"

#define STEP_PAGES 256 /* 2 MiB */

#define PRAGMAS_COPY                                                                               \
    "PRAGMA journal_mode = OFF;" /* nobody wants half of it back */                                \
    "PRAGMA synchronous = OFF;"  /* synced once, at the end */                                     \
    "PRAGMA cache_size = -4096;"                                                                   \
    "PRAGMA locking_mode = EXCLUSIVE"

struct copy {
    struct connection *from;
    sqlite3 *to;
    int fd;                           /* of the file that is written, for the disk's sake */
    const struct engine_pause *pause;
};

static enum err failed(struct problem *why, const char *what)
{
    return problem_disk(why, "%s", what);
}

/* The disk begins with what is there, so that a writer's sync never finds megabytes of ours in front of it. */
static enum err rest(const struct copy *c, struct problem *why)
{
    (void)sync_file_range(c->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
    return c->pause ? c->pause->rest(c->pause->self, why) : ERR_OK;
}

static enum err copy_pages(const struct copy *c, struct problem *why)
{
    sqlite3_backup *backup = sqlite3_backup_init(c->to, "main", c->from->db, "main");
    enum err e = ERR_OK;
    int code = backup ? SQLITE_OK : sqlite3_errcode(c->to);
    while (e == ERR_OK && code == SQLITE_OK) {
        code = sqlite3_backup_step(backup, STEP_PAGES);
        if (code == SQLITE_OK)
            e = rest(c, why);
    }
    int ended = backup ? sqlite3_backup_finish(backup) : code;
    if (e != ERR_OK)
        return e;
    return code == SQLITE_DONE && ended == SQLITE_OK ? ERR_OK : connection_problem(c->from, code == SQLITE_DONE ? ended : code, why);
}

/* The moment that is copied is that of the first look. */
static enum err copy_moment(const struct copy *c, struct problem *why)
{
    int64_t last = 0;
    TRY(connection_run(c->from, "BEGIN", why));
    enum err e = connection_number(c->from, "SELECT coalesce(max(seq), 0) FROM " JOURNAL_TABLE, &last, why);
    if (e == ERR_OK)
        e = copy_pages(c, why);
    (void)sqlite3_exec(c->from->db, "COMMIT", NULL, NULL, NULL);
    return e;
}

static enum err copy_into(struct copy *c, const char *path, struct problem *why)
{
    c->fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (c->fd < 0)
        return failed(why, "The copy cannot be made");
    int code = sqlite3_open_v2(path, &c->to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_exec(c->to, PRAGMAS_COPY, NULL, NULL, NULL);
    enum err e = code == SQLITE_OK ? copy_moment(c, why) : connection_problem(c->from, code, why);
    code = sqlite3_close(c->to);
    if (e == ERR_OK && code != SQLITE_OK)
        e = connection_problem(c->from, code, why);
    if (e == ERR_OK && fsync(c->fd) != 0)
        e = failed(why, "The copy cannot be made sure of");
    return e;
}

/* A connection of its own, as it may last: none of the pool's. */
enum err sqlite_copy(struct engine *e, str directory, const struct engine_pause *pause, struct problem *why)
{
    struct copy c = {.fd = -1, .pause = pause};
    TRY(connection_open(e, CONNECTION_READER, &c.from, why));
    enum err err = copy_into(&c, arena_cstr(why->arena, arena_format(why->arena, STR_FMT "/vitrine.db", STR_ARG(directory))), why);
    if (c.fd >= 0)
        (void)close(c.fd);
    connection_close(c.from);
    return err;
}
