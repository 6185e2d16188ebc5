#ifndef CONTENT_STORE_ENGINE_H
#define CONTENT_STORE_ENGINE_H
#include "content/content_figures.h"
#include "content/plan/plan.h"

/* All that a database has to do for us: thirteen functions that speak plans, so that a new engine knows
 * nothing of tags, keys or rights. SQL exists only in this folder.
 *
 * Threads: one writer at a time (content/write/writer.c's thread, or a command's main thread); any number of
 * readers, each begin(TXN_READ) takes one of a bounded pool of connections and waits for a free one.
 * A transaction belongs to the thread that began it. Other processes may have the same database open. */
struct engine;
struct txn;

/* How entries of the journal are chained. The engine knows no keys: it is handed this. */
#define ENTRY_CELLS 13                /* of journal_since, in its order; behind them stands the mac */
struct engine_chain {
    /* Over the mac of the entry before (zeros when there is none) and a row. NULL: entries carry none. */
    void (*mac)(const void *key, const uint8_t before[32], const struct cell row[ENTRY_CELLS], uint8_t out[32]);
    const void *key;
};

struct engine_config {
    str directory;                    /* data directory; "": a private database in memory (tests) */
    bool read_only;
    bool verify_rows;                 /* test builds: each changed row must be covered by a journal entry */
    unsigned readers;                 /* 0: LIMIT_READERS */
    struct engine_chain chain;
    const _Atomic(bool) *stop;        /* becomes true: what runs ends soon, with ERR_TIMEOUT; NULL: never */
};

/* Between two steps of something long: rests a little, so that others come to their turn. An error ends it. */
struct engine_pause {
    enum err (*rest)(void *self, struct problem *why);
    void *self;
};

enum txn_kind {
    TXN_READ,                         /* one snapshot; may touch collections and journal, not the vault */
    TXN_VAULT,                        /* read-only, fixed vault statements only */
    TXN_CHECK,                        /* read-only, on a connection of its own: the fixed statements that look for damage */
    TXN_WRITE,                        /* the writer's; takes the write lock at once */
    TXN_NESTED                        /* a savepoint inside the running TXN_WRITE: one waiting change of a group */
};

/* One row of a read. branch() runs the plan's branch of that number for this row and feeds `into`;
 * only valid inside row_sink.row. Texts of cells are valid until row() returns. */
struct row_sink;
struct row {
    const struct cell *cells;
    size_t count;
    enum err (*branch)(const struct row *row, size_t branch, struct row_sink *into, struct problem *why);
    /* The same for a reference that stands inside of a cell. */
    enum err (*branch_at)(const struct row *row, size_t branch, str reference, struct row_sink *into, struct problem *why);
    const void *engine;
};
struct row_sink {
    enum err (*row)(struct row_sink *self, const struct row *row, struct problem *why);
};

/* Fixed statements: each stands in content/store/sql/ under `-- name: journal_append`, with its
 * parameters and columns. */
#define FIXED_TABLE(X)                                                                             \
    X(journal_append) X(journal_last) X(journal_tail) X(journal_since) X(journal_of_item)          \
    X(journal_revision) X(journal_at_revision) X(journal_trim) X(checkpoint_put) X(checkpoint_since) X(checkpoint_last)                       \
    X(vault_put) X(vault_get) X(vault_drop) X(vault_drop_item) X(vault_by_digest)                  \
    X(vault_of_field) X(vault_count)                                                               \
    X(consumer_get) X(consumer_put) X(consumer_drop) X(consumer_all)                               \
    X(shape_all) X(shape_put) X(shape_drop)                                                        \
    X(once_get) X(once_put) X(once_trim)                                                           \
    X(draft_get) X(draft_put) X(draft_drop) X(draft_collections) X(draft_rename) X(draft_forget)   \
    X(draft_unfield) X(draft_members) X(note_get) X(note_put)                                                       \
    X(check_database) X(check_references)
enum fixed {
#define X(name) FIXED_##name,
    FIXED_TABLE(X)
#undef X
        FIXED_COUNT
};

struct fixed_call {
    enum fixed fixed;
    const struct cell *parameters;
    size_t count;
};

/* One write of one item's row, links included. Values were validated; columns exist. */
struct link_write {                   /* replaces the whole list of one many-reference */
    const struct field *field;
    const str *targets;
    size_t count;
};
enum write_kind { WRITE_INSERT, WRITE_UPDATE, WRITE_DELETE, WRITE_FIXED };
struct write {
    enum write_kind kind;
    const struct collection *in;
    str id;
    const struct field *const *fields;   /* columns to set, meta included */
    const struct cell *cells;
    size_t field_count;
    const struct link_write *links;
    size_t link_count;
    struct fixed_call fixed;             /* WRITE_FIXED */
};

struct indexing {
    bool changed;                     /* there is something to commit */
    bool more;                        /* some indexes are not complete yet; searches there are ERR_UNAVAILABLE */
};

struct entry;
struct engine_ops {
    const char *name;
    enum err (*open)(struct arena *a, const struct engine_config *config, struct engine **out, struct problem *why);
    void (*close)(struct engine *e);
    enum err (*begin)(struct engine *e, enum txn_kind kind, struct txn **out, struct problem *why);
    /* WRITE: synced when it returns OK. Ends the transaction either way: when it fails, it was undone,
     * and abandon() afterwards does no harm (but for TXN_READ, whose commit cannot fail). */
    enum err (*commit)(struct txn *t, struct problem *why);
    void (*abandon)(struct txn *t);                             /* NULL is fine */
    /* Exactly one of p and f is given. The root's rows go to `out`. For count_only nodes the one row
     * has one integer cell. */
    enum err (*read)(struct txn *t, const struct plan *p, const struct fixed_call *f, struct row_sink *out,
                     struct problem *why);
    /* ERR_CONFLICT with a fault naming the field(s), rule "unique", when a unique rule refuses;
     * ERR_NOT_FOUND when an update or delete met no row. */
    enum err (*write)(struct txn *t, const struct write *w, struct problem *why);
    enum err (*reshape)(struct txn *t, const struct step *steps, size_t count, struct problem *why);
    /* Brings the full-text indexes to the model: what is not wanted goes, what is missing is made, and up to `rows`
     * items are added to those that are not complete. */
    enum err (*index)(struct txn *t, const struct model *m, size_t rows, struct indexing *out, struct problem *why);
    enum err (*note)(struct txn *t, struct entry *entry, struct problem *why);  /* fills entry->seq, tx, mac */
    /* Journal entries after `after`, oldest first, columns in the order of journal_since. Costs no I/O
     * and no system call when nothing was committed since the last call by anybody, other processes
     * included. */
    enum err (*replay)(struct engine *e, uint64_t after, size_t max, struct row_sink *out, struct problem *why);
    /* All of it as it is at this moment, as a new database in that directory, which has none: read_only engines open it.
     * Synced when it returns OK. Holds up nobody, however long it takes; the log of what is written meanwhile grows. */
    enum err (*copy)(struct engine *e, str directory, const struct engine_pause *pause, struct problem *why);
    /* How a statement that it told of (base/spans.h) is run, a line for each step. Nothing is run, and whatever its parameters
     * were counts for nothing. ERR_INVALID: it is not one that reads. */
    enum err (*explain)(struct engine *e, str statement, struct arena *a, str *out, struct problem *why);
};
extern const struct engine_ops engine_sqlite, engine_faulty;

const char *engine_library(void);     /* its version */
void engine_figures(struct engine *e, struct engine_figures *out);

/* engine_faulty wraps `inner`: the nth call of any op fails with ERR_UNAVAILABLE (fault loops in tests). */
void engine_faulty_arm(const struct engine_ops *inner, unsigned fail_at);   /* 0: never */
bool engine_faulty_fired(void);

#endif
