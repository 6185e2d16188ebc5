/* The engine as a whole: opening, closing, transactions. The writer's one connection carries the group
 * (TXN_WRITE) and, one at a time inside it, each waiting change (TXN_NESTED, a savepoint). */
#include "content/store/sqlite.h"

#include "base/limits.h"
#include "base/thread.h"
#include "content/store/log.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHECKPOINT_FRAMES 1000
#define WAL_BYTES_MAX (64 << 20)

/* Tests: a directory of our own in memory, so that what is tested is what runs (WAL, several
 * connections), without a disk. */
static enum err private_directory(struct arena *a, str *out, struct problem *why)
{
    static const char *const places[] = {"/dev/shm", "/tmp"};
    for (size_t i = 0; i < COUNTOF(places); i++) {
        char path[64];
        struct buf b;
        buf_init(&b, a, sizeof path);
        buf_format(&b, "%s/vitrine-XXXXXX", places[i]);
        memcpy(path, b.at, b.len);
        path[b.len] = 0;
        if (mkdtemp(path)) {
            *out = arena_copy(a, str_of(path));
            return ERR_OK;
        }
    }
    return problem_set(why, ERR_UNAVAILABLE, "There is no place for a database in memory");
}

static void remove_private(struct engine *e)
{
    static const char *const endings[] = {"", "-wal", "-shm"};
    if (str_is_absent(e->private_directory))
        return;
    struct arena *a = arena_open(1024);
    for (size_t i = 0; i < COUNTOF(endings); i++)
        (void)unlink(arena_cstr(a, arena_format(a, STR_FMT "%s", STR_ARG(e->path), endings[i])));
    (void)rmdir(arena_cstr(a, e->private_directory));
    arena_close(a);
}

static enum err open_writer(struct engine *e, struct problem *why)
{
    struct migration *migrations = NULL;
    size_t count = migrations_embedded(why->arena, &migrations);
    if (!e->read_only) {
        TRY(connection_open(e, CONNECTION_WRITER, &e->writer, why));
        TRY(migrate(e->writer, migrations, count, why));
        guard_begin(e->writer);
        return ERR_OK;
    }
    struct connection *c = NULL; /* the guard lets nobody read what says whose the file is */
    TRY(connection_open(e, CONNECTION_WRITER, &c, why));
    enum err err = migrate_check(c, count, why);
    connection_close(c);
    return err;
}

static void init_engine(struct engine *e, const struct engine_config *config)
{
    e->read_only = config->read_only;
    e->verify_rows = config->verify_rows;
    e->chain = config->chain;
    e->stop = config->stop;
    e->readers_max = config->readers ? config->readers : LIMIT_READERS;
    must(pthread_mutex_init(&e->lock, NULL) == 0 && pthread_mutex_init(&e->replay_lock, NULL) == 0);
    steady_cond_init(&e->returned);
    must(pthread_mutex_init(&e->turn_lock, NULL) == 0 && pthread_cond_init(&e->turned, NULL) == 0);
    fixed_load(e->fixed);
}

static void sqlite_close(struct engine *e);

static enum err sqlite_open(struct arena *a, const struct engine_config *config, struct engine **out,
                            struct problem *why)
{
    struct engine *e = NEW(a, struct engine);
    str directory = config->directory;
    init_engine(e, config);
    enum err err = ERR_OK;
    if (directory.len == 0) {
        err = private_directory(a, &directory, why);
        e->private_directory = directory;
    }
    e->path = arena_format(a, STR_FMT "/vitrine.db", STR_ARG(directory));
    if (err == ERR_OK)
        err = open_writer(e, why);
    if (err == ERR_OK)
        err = replay_watch(e, why);
    if (err != ERR_OK) {
        sqlite_close(e);
        return err;
    }
    *out = e;
    return ERR_OK;
}

static void checkpoint(struct connection *writer, int mode)
{
    int frames = 0, done = 0;
    (void)sqlite3_busy_timeout(writer->db, 0); /* a reader in the way: next time */
    (void)sqlite3_wal_checkpoint_v2(writer->db, NULL, mode, &frames, &done);
    (void)sqlite3_busy_timeout(writer->db, 5000);
    atomic_fetch_add_explicit(&writer->engine->checkpoints, 1, memory_order_relaxed);
}

/* Waits for nobody: every lent connection has come back by contract. */
static void sqlite_close(struct engine *e)
{
    if (e == NULL)
        return;
    while (e->open) {
        struct connection *c = e->open;
        e->open = c->next_open;
        connection_close(c);
    }
    connection_close(e->vault);
    if (e->writer) { /* what can be written back beside another process's writer is, so that it hardly waits for the rest */
        checkpoint(e->writer, SQLITE_CHECKPOINT_PASSIVE);
        checkpoint(e->writer, SQLITE_CHECKPOINT_TRUNCATE);
    }
    connection_close(e->writer);
    remove_private(e);
    (void)pthread_cond_destroy(&e->returned);
    (void)pthread_mutex_destroy(&e->lock);
    (void)pthread_mutex_destroy(&e->replay_lock);
    (void)pthread_cond_destroy(&e->turned);
    (void)pthread_mutex_destroy(&e->turn_lock);
}

/* The WAL grows by a few frames per commit and is written back every so often. SQLite's own automatic
 * checkpoints are off because they would also run inside readers' connections of other programs and
 * never shrink the file. */
static void checkpoint_if_due(struct connection *writer)
{
    if (writer->wal_frames < writer->checkpointed_frames) /* the log began anew */
        writer->checkpointed_frames = 0;
    if (writer->wal_frames - writer->checkpointed_frames < CHECKPOINT_FRAMES)
        return;
    bool is_long = writer->wal_frames > (int)(WAL_BYTES_MAX / LOG_PAGE_BYTES);
    checkpoint(writer, is_long ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE);
    writer->checkpointed_frames = writer->wal_frames;
}

static enum err refuse_broken(struct engine *e, struct problem *why)
{
    if (e->read_only)
        return problem_set(why, ERR_UNAVAILABLE, "The database was opened for reading only");
    if (atomic_load(&e->broken))
        return problem_set(why, ERR_UNAVAILABLE, "Storage has failed; nothing is written until a restart");
    return ERR_OK;
}

/* Whoever lets the log begin anew (log.h) goes first. */
static void enter_write(struct engine *e)
{
    (void)pthread_mutex_lock(&e->turn_lock);
    while (e->turning)
        (void)pthread_cond_wait(&e->turned, &e->turn_lock);
    e->in_write = true;
    (void)pthread_mutex_unlock(&e->turn_lock);
}

static void leave_write(struct engine *e)
{
    (void)pthread_mutex_lock(&e->turn_lock);
    e->in_write = false;
    (void)pthread_cond_broadcast(&e->turned);
    (void)pthread_mutex_unlock(&e->turn_lock);
}

static enum err begin_write(struct engine *e, struct txn **out, struct problem *why)
{
    TRY(refuse_broken(e, why));
    must(!e->writing);
    guard_begin(e->writer);
    e->writer->next_seq = 0;
    enter_write(e);
    enum err err = statement_run(e->writer, S("BEGIN IMMEDIATE"), NULL, 0, why);
    if (err != ERR_OK) {
        leave_write(e);
        return err;
    }
    e->writing = true;
    e->write = (struct txn){.on = e->writer, .kind = TXN_WRITE};
    *out = &e->write;
    return ERR_OK;
}

/* A disk that is full may have made SQLite undo the whole transaction: then nothing may follow in it. */
static enum err still_running(struct connection *writer, struct problem *why)
{
    if (!sqlite3_get_autocommit(writer->db))
        return ERR_OK;
    return problem_set(why, writer->failure == ERR_FULL ? ERR_FULL : ERR_UNAVAILABLE,
                       "The transaction was undone by the storage");
}

static enum err begin_nested(struct engine *e, struct txn **out, struct problem *why)
{
    struct connection *w = e->writer;
    must(e->writing && e->nested.on == NULL);
    TRY(still_running(w, why));
    TRY(statement_run(w, S("SAVEPOINT nested"), NULL, 0, why));
    e->nested = (struct txn){.on = w, .kind = TXN_NESTED, .next_seq_before = w->next_seq};
    memcpy(e->nested.mac_before, w->last_mac, sizeof w->last_mac);
    guard_nest(w, &e->nested);
    *out = &e->nested;
    return ERR_OK;
}

enum err sqlite_begin(struct engine *e, enum txn_kind kind, struct txn **out, struct problem *why)
{
    if (kind == TXN_WRITE)
        return begin_write(e, out, why);
    if (kind == TXN_NESTED)
        return begin_nested(e, out, why);
    struct connection *c = NULL;
    if (kind == TXN_CHECK) /* may last: none of the pool's */
        TRY(connection_open(e, CONNECTION_CHECKER, &c, why));
    else
        TRY(connection_acquire(e, kind == TXN_VAULT ? CONNECTION_VAULT : CONNECTION_READER, &c, why));
    c->txn = (struct txn){.on = c, .kind = kind};
    *out = &c->txn;
    return ERR_OK;
}

/* On the way out: a failure leaves nothing to be done about it. */
static void run_quietly(struct connection *c, str text)
{
    struct problem quiet = {.arena = c->scratch};
    enum err unused = statement_run(c, text, NULL, 0, &quiet);
    (void)unused;
    arena_reset(c->scratch);
}

static void end_read(struct txn *t)
{
    struct connection *c = t->on;
    if (t->begun)
        run_quietly(c, S("COMMIT"));
    t->on = NULL;
    if (c->kind == CONNECTION_CHECKER)
        connection_close(c);
    else
        connection_release(c);
}

static void undo_write(struct engine *e)
{
    struct connection *w = e->writer;
    if (!sqlite3_get_autocommit(w->db))
        run_quietly(w, S("ROLLBACK"));
    e->write.on = NULL;
    e->nested.on = NULL;
    e->writing = false;
    leave_write(e);
}

static void undo_nested(struct engine *e)
{
    struct connection *w = e->writer;
    if (!sqlite3_get_autocommit(w->db)) {
        run_quietly(w, S("ROLLBACK TO nested"));
        run_quietly(w, S("RELEASE nested"));
    }
    w->next_seq = e->nested.next_seq_before;
    memcpy(w->last_mac, e->nested.mac_before, sizeof w->last_mac);
    guard_unnest(w, &e->nested);
    e->nested.on = NULL;
}

/* References are checked at the end of a transaction, which here is a group: so each member is asked
 * before it joins, or one dangling reference would undo its neighbours. */
static enum err refuse_dangling(struct connection *w, struct problem *why)
{
    int dangling = 0, unused = 0;
    (void)sqlite3_db_status(w->db, SQLITE_DBSTATUS_DEFERRED_FKS, &dangling, &unused, 0);
    if (dangling == 0)
        return ERR_OK;
    return problem_set(why, ERR_CONFLICT, "A reference would lead to an item that does not exist");
}

static enum err commit_nested(struct engine *e, struct problem *why)
{
    struct connection *w = e->writer;
    enum err err = still_running(w, why);
    if (err == ERR_OK)
        err = refuse_dangling(w, why);
    if (err == ERR_OK)
        err = statement_run(w, S("RELEASE nested"), NULL, 0, why);
    if (err != ERR_OK)
        undo_nested(e);
    e->nested.on = NULL;
    return err;
}

static enum err commit_problem(struct engine *e, int code, struct problem *why)
{
    if (code == SQLITE_CONSTRAINT_COMMITHOOK)
        return problem_set(why, ERR_INTERNAL, "A change of content without its entry in the journal was refused");
    if (code == SQLITE_CONSTRAINT_FOREIGNKEY)
        return problem_set(why, ERR_CONFLICT, "A reference would lead to an item that does not exist");
    if ((code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CORRUPT)
        atomic_store(&e->broken, true);
    return connection_problem(e->writer, code, why);
}

static enum err commit_write(struct engine *e, struct problem *why)
{
    struct connection *w = e->writer;
    struct statement *s = NULL;
    must(e->nested.on == NULL);
    enum err err = still_running(w, why);
    if (err == ERR_OK)
        err = statement_take(w, S("COMMIT"), &s, why);
    if (err == ERR_OK) {
        int code = sqlite3_step(s->stmt);
        err = code == SQLITE_DONE ? ERR_OK : commit_problem(e, code, why);
    }
    statement_give(w, s);
    undo_write(e); /* nothing is left to undo unless the commit failed */
    if (err != ERR_OK)
        return err;
    atomic_fetch_add_explicit(&e->commits, 1, memory_order_relaxed);
    checkpoint_if_due(w);
    return ERR_OK;
}

enum err sqlite_commit(struct txn *t, struct problem *why)
{
    must(t->on != NULL);
    struct engine *e = t->on->engine;
    switch (t->kind) {
    case TXN_WRITE:
        return commit_write(e, why);
    case TXN_NESTED:
        return commit_nested(e, why);
    case TXN_READ:
    case TXN_VAULT:
    case TXN_CHECK:
        break;
    }
    end_read(t);
    return ERR_OK;
}

void sqlite_abandon(struct txn *t)
{
    if (t == NULL || t->on == NULL)
        return;
    struct engine *e = t->on->engine;
    switch (t->kind) {
    case TXN_WRITE:
        undo_write(e);
        break;
    case TXN_NESTED:
        undo_nested(e);
        break;
    case TXN_READ:
    case TXN_VAULT:
    case TXN_CHECK:
        end_read(t);
        break;
    }
}

static uint64_t size_of(str path, const char *ending)
{
    struct arena *a = arena_open(1024);
    struct stat st;
    bool is_there = stat(arena_cstr(a, arena_format(a, STR_FMT "%s", STR_ARG(path), ending)), &st) == 0;
    arena_close(a);
    return is_there ? (uint64_t)st.st_size : 0;
}

const char *engine_library(void)
{
    return sqlite3_libversion();
}

static void count_readers(struct engine *e, struct engine_figures *out)
{
    (void)pthread_mutex_lock(&e->lock);
    out->readers = out->readers_busy = e->readers;
    for (const struct connection *c = e->idle; c; c = c->next)
        out->readers_busy -= out->readers_busy > 0;
    (void)pthread_mutex_unlock(&e->lock);
}

void engine_figures(struct engine *e, struct engine_figures *out)
{
    *out = (struct engine_figures){
        .commits = atomic_load(&e->commits),
        .broken = atomic_load(&e->broken),
        .statements_prepared = atomic_load(&e->prepared),
        .statements_reused = atomic_load(&e->reused),
        .wal_bytes = size_of(e->path, "-wal"),
        .database_bytes = size_of(e->path, ""),
        .checkpoints = atomic_load(&e->checkpoints),
        .readers_waited = atomic_load(&e->readers_waited),
    };
    count_readers(e, out);
}

const struct engine_ops engine_sqlite = {
    .name = "sqlite",
    .open = sqlite_open,
    .close = sqlite_close,
    .begin = sqlite_begin,
    .commit = sqlite_commit,
    .abandon = sqlite_abandon,
    .read = sqlite_read,
    .write = sqlite_write,
    .reshape = sqlite_reshape,
    .index = sqlite_index,
    .note = sqlite_note,
    .replay = sqlite_replay,
    .copy = sqlite_copy,
    .explain = sqlite_explain,
};
