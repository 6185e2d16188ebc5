#ifndef CONTENT_STORE_SQLITE_H
#define CONTENT_STORE_SQLITE_H
#include "base/thread.h"
#include "content/search/search.h"
#include "content/store/emit.h"

#define SQLITE_ENABLE_PREUPDATE_HOOK 1 /* compiled into the library; the header hides it */
#include <sqlite3.h>
#include <stdatomic.h>

/* What the files of the SQLite engine share; nobody else includes this (its tests do).
 *
 * Connections: one that writes, a pool that reads, one for the vault. Each is used by one thread at a
 * time (SQLITE_OPEN_NOMUTEX) and guarded for life by the rules of its kind. */
enum connection_kind { CONNECTION_WRITER, CONNECTION_READER, CONNECTION_VAULT, CONNECTION_CHECKER };

/* A prepared statement in its connection's cache, found by its text. `busy`: somebody steps it; the same
 * text asked for again meanwhile gets a twin. */
struct statement {
    sqlite3_stmt *stmt;
    str text;
    uint64_t hash;
    bool busy;
    struct statement *next;            /* in its bucket */
    struct statement *newer, *older;   /* by last use */
};

#define STATEMENT_BUCKETS 512u
struct statements {
    struct statement *buckets[STATEMENT_BUCKETS];
    struct statement *newest, *oldest;
    size_t count;
};

struct txn {
    struct connection *on;             /* NULL: ended */
    enum txn_kind kind;
    bool begun;                        /* READ: BEGIN was sent */
    bool has_read;
    uint64_t first_seq;                /* of this transaction's entries; 0: none yet */
    uint64_t next_seq_before;          /* NESTED: to go back to */
    uint8_t mac_before[32];
    uint64_t content_before, noted_before;
    size_t changed_before, spoken_before;
};

/* What verify_rows remembers of a running transaction. */
struct covered {
    str table, id;                     /* a changed row, or (of note) the item it speaks for */
};
struct trace {
    struct covered *rows;
    size_t count, room;
};

struct connection {
    struct engine *engine;
    sqlite3 *db;
    enum connection_kind kind;
    struct statements statements;
    struct buf text;                   /* where statements are put together */
    struct arena *scratch;             /* of our SQL functions; reset for each row */
    struct buf spelling;               /* of our function vitrine_has */
    int64_t deadline_us;               /* 0: none */
    struct txn txn;
    int64_t returned_us;               /* to the pool */
    bool has_cache;                    /* was used since its cache was given up */
    struct connection *next;           /* idle ones, last used first; also all of them at close */
    struct connection *next_open;

    /* The writer's own. */
    uint64_t next_seq;                 /* 0: not read yet in this transaction */
    uint8_t last_mac[32];              /* of the entry before it; read with it */
    uint64_t content_changes, noted;   /* rows since BEGIN: what the commit hook weighs */
    bool reshaping;
    enum err failure;                  /* why SQLite may have undone the transaction by itself */
    int wal_frames, checkpointed_frames;
    struct trace changed, spoken_for;  /* verify_rows */
};

struct engine {
    str path;                          /* of vitrine.db */
    str private_directory;             /* to be removed at close, or {0} */
    bool read_only, verify_rows;
    unsigned readers_max;
    struct engine_chain chain;
    const _Atomic(bool) *stop;
    str fixed[FIXED_COUNT];            /* texts */

    struct connection *writer;
    struct txn write, nested;
    bool writing;                      /* guarded by being the writer's thread */
    pthread_mutex_t turn_lock;         /* guards these two, for whoever wants no writer at work for a moment (log.h) */
    pthread_cond_t turned;
    bool turning, in_write;
    _Atomic(bool) broken;              /* a commit failed on the storage: no more writes */

    pthread_mutex_t lock;              /* guards what follows; nothing is called under it */
    pthread_cond_t returned;
    struct connection *idle, *open;
    struct connection *vault;
    bool vault_busy;
    unsigned readers;

    /* replay(): the WAL-index header that was looked at last (sqlite_replay.c). */
    const volatile uint64_t *header;   /* NULL: every call reads */
    pthread_mutex_t replay_lock;
    _Atomic(uint64_t) seen_version;    /* odd while it is being written */
    _Atomic(uint64_t) seen_header[6], seen_seq;

    _Atomic(uint64_t) commits, prepared, reused, checkpoints, readers_waited;
};

/* sqlite_connection.c: opening, pragmas, limits, the pool. */
NODISCARD enum err connection_open(struct engine *e, enum connection_kind kind, struct connection **out,
                                   struct problem *why);
void connection_close(struct connection *c);
NODISCARD enum err connection_acquire(struct engine *e, enum connection_kind kind, struct connection **out,
                                      struct problem *why);
void connection_release(struct connection *c);
NODISCARD enum err connection_run(struct connection *c, const char *sql, struct problem *why); /* no rows looked at */
NODISCARD enum err connection_number(struct connection *c, const char *sql, int64_t *out, struct problem *why);
/* One sentence for SQLite's code; never SQL, a path or a value. */
enum err connection_problem(struct connection *c, int code, struct problem *why);

/* sqlite_statements.c */
NODISCARD enum err statement_take(struct connection *c, str text, struct statement **out, struct problem *why);
void statement_give(struct connection *c, struct statement *s); /* resets and unbinds; NULL is fine */
void statements_close(struct connection *c);
int statement_bind_cell(sqlite3_stmt *stmt, int at, const struct cell *cell);
void statement_cell(sqlite3_stmt *stmt, int column, struct cell *out);
/* Runs it to its end: no rows wanted. */
NODISCARD enum err statement_run(struct connection *c, str text, const struct cell *cells, size_t count,
                                 struct problem *why);

/* sqlite_functions.c, sqlite_guard.c: once per connection, before any statement is kept. */
NODISCARD enum err functions_register(struct connection *c, struct problem *why);
void guard_install(struct connection *c);
void guard_begin(struct connection *c);                        /* a new TXN_WRITE */
void guard_nest(struct connection *c, struct txn *nested);
void guard_unnest(struct connection *c, const struct txn *nested); /* its savepoint was rolled back */
void guard_note(struct connection *c, const struct entry *entry);
#define VAULT_TABLE "vitrine_vault"
#define JOURNAL_TABLE "vitrine_journal"

/* sqlite_search.c: full-text indexes follow writes, in the same transaction: before the row changes, and after. */
NODISCARD enum err search_before(struct connection *c, const struct write *w, struct problem *why);
NODISCARD enum err search_after(struct connection *c, const struct write *w, struct problem *why);
/* An index's columns are named after the ids of fields, which stay when names change, and after how words are found in
 * them, which differs by kind. The figure is the format of what is indexed: raising it makes every index anew
 * (content/search/plain_text.h). */
#define SEARCH_COLUMN "w1%s_%u"
#define SEARCH_COLUMN_ARG(f) search_rule(f)->mark, (f)->id
/* Values changed without a write of an item: the index does not know what they were, and is made anew. */
NODISCARD enum err search_forget(struct connection *c, str collection, struct problem *why);
struct search_column {                 /* of the index, in its order */
    const struct field *field;
    double weight;                     /* 0: not for this caller */
};
/* What a search needs while it runs; handed to the functions of sqlite_fts.c by pointer. */
struct search_run {
    const struct search *search;
    str match;                         /* in FTS5's own syntax */
    struct search_column *columns;
    size_t column_count;
    bool probes;                       /* struct emit's */
};
NODISCARD enum err search_check(struct connection *c, struct row_sink *out, struct problem *why);
struct near_words {                    /* that stand in for a mistyped one or a beginning; count 0: it stands as it is */
    str words[LIMIT_SEARCH_BEGINNINGS];
    size_t count;
};
/* A beginning longer than the index keeps ready would be put together from all places of all its words, before the
 * first match. Taken apart it is read as the matches are needed. Too many words: it stands as it is. */
NODISCARD enum err search_beginnings(struct connection *c, const struct collection *in, const struct term *t, struct arena *a,
                                     struct near_words *out, struct problem *why);
/* sqlite_near.c. columns: "{…} : ", what the caller may look into. */
NODISCARD enum err search_near(struct connection *c, const struct plan *p, const struct plan_node *n, const struct term *t,
                               str columns, struct near_words *out, struct problem *why);
/* ERR_UNAVAILABLE while the index is being made. */
NODISCARD enum err search_prepare(struct connection *c, const struct plan *p, const struct plan_node *n,
                                  struct search_run **out, struct problem *why);
/* sqlite_fts.c: vitrine_words, vitrine_rank, vitrine_mark. */
NODISCARD enum err fts_register(struct connection *c, struct problem *why);

/* sqlite_migrate.c */
struct migration {
    str name;                          /* "0001_begin.sql": its number is its place, from 1 */
    str text;
};
#define APPLICATION_ID 0x5674726e      /* "Vtrn" */
NODISCARD enum err migrate(struct connection *writer, const struct migration *migrations, size_t count,
                           struct problem *why);
/* For read-only engines: is the database ours and of this version? */
NODISCARD enum err migrate_check(struct connection *c, size_t newest, struct problem *why);
size_t migrations_embedded(struct arena *a, struct migration **out);
void fixed_load(str fixed[FIXED_COUNT]);  /* must: every name of FIXED_TABLE stands in sql/ once */

/* The operations. */
enum err sqlite_begin(struct engine *e, enum txn_kind kind, struct txn **out, struct problem *why);
enum err sqlite_commit(struct txn *t, struct problem *why);
void sqlite_abandon(struct txn *t);
enum err sqlite_read(struct txn *t, const struct plan *p, const struct fixed_call *f, struct row_sink *out,
                     struct problem *why);
enum err sqlite_write(struct txn *t, const struct write *w, struct problem *why);
enum err sqlite_reshape(struct txn *t, const struct step *steps, size_t count, struct problem *why);
enum err sqlite_index(struct txn *t, const struct model *m, size_t rows, struct indexing *out,
                       struct problem *why);
enum err sqlite_note(struct txn *t, struct entry *entry, struct problem *why);
enum err sqlite_replay(struct engine *e, uint64_t after, size_t max, struct row_sink *out, struct problem *why);
enum err sqlite_explain(struct engine *e, str statement, struct arena *a, str *out, struct problem *why);
enum err sqlite_copy(struct engine *e, str directory, const struct engine_pause *pause, struct problem *why);
NODISCARD enum err replay_watch(struct engine *e, struct problem *why); /* finds the header; at open */
/* Like connection_problem; a broken constraint becomes faults on the fields of `in` (NULL: none). */
enum err write_problem(struct connection *c, const struct collection *in, int code, struct problem *why);
/* sqlite_functions.c, sqlite_groups.c: a code of SQLite's. */
void function_cell(sqlite3_value *v, struct cell *out);
int group_functions_register(struct connection *c);
/* Runs a fixed statement and feeds its rows. */
NODISCARD enum err fixed_read(struct connection *c, const struct fixed_call *f, struct row_sink *out,
                              struct problem *why);

#endif
