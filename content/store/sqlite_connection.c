/* Opening connections and lending them out. Figures for the settings: docs of the reliability study;
 * in short: WAL with a sync per commit (group commit pays for it), our own checkpoints, no mmap (an I/O
 * error there is a signal), small caches because WAL drops a reader's cache at every commit anyway. */
#include "content/store/sqlite.h"

#include "base/limits.h"
#include "base/time.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* Virtual machine steps between two looks at the clock. */
#define STEPS_PER_LOOK 4000
#define RESTED_US INT64_C(10000000)

static int look_at_clock(void *self)
{
    const struct connection *c = self;
    const _Atomic(bool) *stop = c->engine->stop;
    return (c->deadline_us != 0 && time_mono_us() > c->deadline_us) || (stop && atomic_load(stop));
}

struct code_row {
    int code;
    enum err err;
    const char *text;
};

static const struct code_row code_rows[] = {
    {SQLITE_BUSY, ERR_UNAVAILABLE, "The database is busy; try again"},
    {SQLITE_LOCKED, ERR_UNAVAILABLE, "The database is busy; try again"},
    {SQLITE_FULL, ERR_FULL, "The disk is full"},
    {SQLITE_IOERR, ERR_UNAVAILABLE, "The storage does not answer as it should"},
    {SQLITE_CORRUPT, ERR_UNAVAILABLE, "The database is damaged"},
    {SQLITE_NOTADB, ERR_UNAVAILABLE, "The database file is not a database"},
    {SQLITE_CANTOPEN, ERR_UNAVAILABLE, "The database cannot be opened"},
    {SQLITE_READONLY, ERR_UNAVAILABLE, "The database cannot be written"},
    {SQLITE_PERM, ERR_UNAVAILABLE, "The database may not be opened"},
    {SQLITE_NOMEM, ERR_UNAVAILABLE, "The database is out of memory"},
    {SQLITE_INTERRUPT, ERR_TIMEOUT, "The query took longer than it may"},
    {SQLITE_TOOBIG, ERR_TOO_LARGE, "A value is larger than the database keeps"},
    {SQLITE_CONSTRAINT, ERR_CONFLICT, "The change breaks a rule of the database"},
};

enum err connection_problem(struct connection *c, int code, struct problem *why)
{
    if (c->engine->verify_rows && (code & 0xff) == SQLITE_ERROR) /* test builds: a mistake of ours */
        return problem_set(why, ERR_INTERNAL, "SQLite %d: %s", code, sqlite3_errmsg(c->db));
    for (size_t i = 0; i < COUNTOF(code_rows); i++)
        if (code_rows[i].code == (code & 0xff)) {
            c->failure = code_rows[i].err;
            if (code_rows[i].err == ERR_UNAVAILABLE)
                why->retry_after_s = 1;
            return problem_set(why, code_rows[i].err, "%s", code_rows[i].text);
        }
    return problem_set(why, ERR_INTERNAL, "The database refused a statement (code %d)", code);
}

enum err connection_run(struct connection *c, const char *sql, struct problem *why)
{
    int code = sqlite3_exec(c->db, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? ERR_OK : connection_problem(c, code, why);
}

enum err connection_number(struct connection *c, const char *sql, int64_t *out, struct problem *why)
{
    sqlite3_stmt *stmt = NULL;
    int code = sqlite3_prepare_v2(c->db, sql, -1, &stmt, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(stmt);
    if (code == SQLITE_ROW)
        *out = sqlite3_column_int64(stmt, 0);
    enum err e = code == SQLITE_ROW ? ERR_OK : connection_problem(c, code, why);
    sqlite3_finalize(stmt);
    return e;
}

struct limit_row {
    int what, most;
};

/* Security Q-6. */
static const struct limit_row limit_rows[] = {
    {SQLITE_LIMIT_LENGTH, 32 << 20},       {SQLITE_LIMIT_SQL_LENGTH, 1 << 20},
    {SQLITE_LIMIT_EXPR_DEPTH, 300},        {SQLITE_LIMIT_COMPOUND_SELECT, 20},
    {SQLITE_LIMIT_VARIABLE_NUMBER, 4000},  {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 200},
    {SQLITE_LIMIT_ATTACHED, 0},            {SQLITE_LIMIT_WORKER_THREADS, 0},
};

struct switch_row {
    int what, on;
};

static const struct switch_row switch_rows[] = {
    {SQLITE_DBCONFIG_DEFENSIVE, 1},
    {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
    {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
    {SQLITE_DBCONFIG_DQS_DDL, 0},
    {SQLITE_DBCONFIG_DQS_DML, 0},
    {SQLITE_DBCONFIG_ENABLE_FKEY, 1},
};

#define PRAGMAS_ALL                                                                                \
    "PRAGMA mmap_size = 0;"                                                                        \
    "PRAGMA temp_store = MEMORY;"                                                                  \
    "PRAGMA cell_size_check = ON;"
#define PRAGMAS_READER PRAGMAS_ALL "PRAGMA cache_size = -16384; PRAGMA query_only = ON;"
#define PRAGMAS_WRITER                                                                             \
    PRAGMAS_ALL                                                                                    \
    "PRAGMA cache_size = -8192;"                                                                  \
    "PRAGMA synchronous = FULL;"                                                                   \
    "PRAGMA secure_delete = FAST;"                                                                 \
    "PRAGMA wal_autocheckpoint = 0;"                                                               \
    "PRAGMA journal_size_limit = 67108864;"

/* The page size and the journal mode are facts of the file: the one is set while it is empty, the other
 * after we know that the file is ours (migrate.c). */
static enum err set_up(struct connection *c, struct problem *why)
{
    for (size_t i = 0; i < COUNTOF(limit_rows); i++)
        (void)sqlite3_limit(c->db, limit_rows[i].what, limit_rows[i].most);
    for (size_t i = 0; i < COUNTOF(switch_rows); i++)
        (void)sqlite3_db_config(c->db, switch_rows[i].what, switch_rows[i].on, NULL);
    (void)sqlite3_busy_timeout(c->db, 5000);
    sqlite3_progress_handler(c->db, STEPS_PER_LOOK, look_at_clock, c);
    TRY(connection_run(c, c->kind == CONNECTION_WRITER ? PRAGMAS_WRITER : PRAGMAS_READER, why));
    TRY(functions_register(c, why));
    TRY(fts_register(c, why));
    /* The table that json_each is declares itself on first use, which the guard would refuse. */
    return connection_run(c, "SELECT value FROM json_each('[]')", why);
}

enum err connection_open(struct engine *e, enum connection_kind kind, struct connection **out,
                         struct problem *why)
{
    struct connection *c = calloc(1, sizeof *c);
    must(c != NULL);
    c->engine = e;
    c->kind = kind;
    c->scratch = arena_open(4096);
    buf_init(&c->text, NULL, LIMIT_SQL_BYTES);
    buf_init(&c->spelling, NULL, SIZE_MAX);
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    bool writes = kind == CONNECTION_WRITER && !e->read_only;
    flags |= writes ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
    /* Nobody else reads it. One that is there is not opened past the library: closing it would give up the locks of others here. */
    int made = writes ? open(arena_cstr(c->scratch, e->path), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600) : -1;
    if (made >= 0)
        (void)close(made);
    int code = sqlite3_open_v2(arena_cstr(c->scratch, e->path), &c->db, flags, NULL);
    enum err err = code == SQLITE_OK ? set_up(c, why) : connection_problem(c, code, why);
    if (err != ERR_OK) {
        connection_close(c);
        return err;
    }
    guard_install(c);
    *out = c;
    return ERR_OK;
}

void connection_close(struct connection *c)
{
    if (c == NULL)
        return;
    statements_close(c);
    (void)sqlite3_close(c->db);
    buf_free(&c->text);
    buf_free(&c->spelling);
    arena_close(c->scratch);
    guard_begin(c);
    free(c->changed.rows);
    free(c->spoken_for.rows);
    free(c);
}

/* The pool: the connection used last is lent first, so that a quiet server touches one cache only. */
static enum err open_reader(struct engine *e, struct connection **out, struct problem *why)
{
    struct connection *c = NULL;
    enum err err = connection_open(e, CONNECTION_READER, &c, why);
    (void)pthread_mutex_lock(&e->lock);
    if (err != ERR_OK) {
        e->readers--;
        (void)pthread_cond_signal(&e->returned);
    } else {
        c->next_open = e->open;
        e->open = c;
        *out = c;
    }
    (void)pthread_mutex_unlock(&e->lock);
    return err;
}

static enum err open_vault(struct engine *e, struct connection **out, struct problem *why)
{
    enum err err = ERR_OK;
    if (e->vault == NULL) /* the vault's user is alone: vault_busy is ours */
        err = connection_open(e, CONNECTION_VAULT, &e->vault, why);
    if (err == ERR_OK) {
        *out = e->vault;
        return ERR_OK;
    }
    (void)pthread_mutex_lock(&e->lock);
    e->vault_busy = false;
    (void)pthread_cond_broadcast(&e->returned);
    (void)pthread_mutex_unlock(&e->lock);
    return err;
}

enum lent { LENT_NOTHING, LENT_IDLE, LENT_NEW };

/* Under the lock. */
static enum lent try_to_lend(struct engine *e, enum connection_kind kind, struct connection **out)
{
    if (kind == CONNECTION_VAULT) {
        if (e->vault_busy)
            return LENT_NOTHING;
        e->vault_busy = true;
        return LENT_NEW;
    }
    if (e->idle) {
        *out = e->idle;
        e->idle = e->idle->next;
        return LENT_IDLE;
    }
    if (e->readers == e->readers_max)
        return LENT_NOTHING;
    e->readers++;
    return LENT_NEW;
}

enum err connection_acquire(struct engine *e, enum connection_kind kind, struct connection **out,
                            struct problem *why)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += LIMIT_READER_WAIT_MS / 1000;
    (void)pthread_mutex_lock(&e->lock);
    enum lent lent = try_to_lend(e, kind, out);
    int waited = 0;
    if (lent == LENT_NOTHING)
        atomic_fetch_add_explicit(&e->readers_waited, 1, memory_order_relaxed);
    while (lent == LENT_NOTHING && waited == 0) {
        waited = pthread_cond_timedwait(&e->returned, &e->lock, &until);
        lent = try_to_lend(e, kind, out);
    }
    (void)pthread_mutex_unlock(&e->lock);
    if (lent == LENT_NOTHING) {
        why->retry_after_s = 1;
        return problem_set(why, ERR_UNAVAILABLE, "All database connections are busy; try again");
    }
    if (lent == LENT_IDLE)
        return ERR_OK;
    return kind == CONNECTION_VAULT ? open_vault(e, out, why) : open_reader(e, out, why);
}

/* After a rush the caches of connections that nobody needs any more are given up: the one longest idle,
 * whenever another comes back. Under the lock; returns it, taken out. */
static struct connection *take_rested(struct engine *e, int64_t now_us)
{
    struct connection **at = &e->idle;
    while (*at && (*at)->next)
        at = &(*at)->next;
    struct connection *c = *at;
    if (c == NULL || !c->has_cache || now_us - c->returned_us < RESTED_US)
        return NULL;
    *at = NULL;
    return c;
}

static void put_back_last(struct engine *e, struct connection *c)
{
    struct connection **at = &e->idle;
    while (*at)
        at = &(*at)->next;
    c->next = NULL;
    *at = c;
}

static void release_caches(struct engine *e, struct connection *rested)
{
    (void)sqlite3_db_release_memory(rested->db);
    rested->has_cache = false;
    (void)pthread_mutex_lock(&e->lock);
    put_back_last(e, rested);
    (void)pthread_cond_broadcast(&e->returned);
    (void)pthread_mutex_unlock(&e->lock);
}

void connection_release(struct connection *c)
{
    struct engine *e = c->engine;
    struct connection *rested = NULL;
    c->returned_us = time_mono_us();
    c->has_cache = true;
    (void)pthread_mutex_lock(&e->lock);
    if (c->kind == CONNECTION_VAULT) {
        e->vault_busy = false;
        (void)pthread_cond_broadcast(&e->returned); /* waiters are of two kinds */
    } else {
        rested = take_rested(e, c->returned_us);
        c->next = e->idle;
        e->idle = c;
        (void)pthread_cond_broadcast(&e->returned);
    }
    (void)pthread_mutex_unlock(&e->lock);
    if (rested)
        release_caches(e, rested);
}
