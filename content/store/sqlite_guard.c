/* The engine's own lock on the door (architecture 5), for the day something above it fails.
 *
 * Readers: an authorizer that knows select, reads and a list of functions; the vault's tables are for
 * the vault's connection, and nothing else is for it. Authorizers speak when a statement is prepared
 * and setting one expires all statements, so each connection gets its own once, for life.
 *
 * The writer: a commit that changed content without a word in the journal is refused. With verify_rows
 * (test builds) every changed row must be spoken for: an entry for its collection and item. */
#include "content/store/sqlite.h"

#include "content/journal/journal.h"

#include <stdlib.h>

static bool equal(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

static bool starts(const char *s, const char *with)
{
    return s && strncmp(s, with, strlen(with)) == 0;
}

static bool may_call(const char *function)
{
    static const char *const known[] = {"count", "coalesce", "instr",  "max",       "min",   "sum", "substr", "unixepoch",
                                        "avg",   "total",    "format", "json_each", "lower", "hex", "json_type", "->>",
                                        "match"};
    for (size_t i = 0; i < COUNTOF(known); i++)
        if (equal(function, known[i]))
            return true;
    return starts(function, "vitrine_");
}

static bool may_read(const struct connection *c, const char *table)
{
    bool is_vault = starts(table, VAULT_TABLE);
    if (c->kind == CONNECTION_VAULT)
        return is_vault;
    return !is_vault && !starts(table, "sqlite_");
}

/* A virtual table (full-text indexes) says what its columns are when a connection first meets it, and SQLite takes
 * the steps of making a table for that. Nothing is written, nor could be: the file is open for reading only. */
static bool declares_itself(const struct connection *c, int action, const char *table, const char *column)
{
    if (c->kind != CONNECTION_READER)
        return false;
    if (action == SQLITE_CREATE_TABLE)
        return equal(table, "x") || equal(table, "vocab");
    return equal(table, "sqlite_master") && (action != SQLITE_READ || equal(column, "ROWID"));
}

static int authorize(void *self, int action, const char *first, const char *second, const char *database,
                     const char *view)
{
    const struct connection *c = self;
    bool may = false;
    (void)database;
    (void)view;
    switch (action) {
    case SQLITE_SELECT:
    case SQLITE_RECURSIVE:
        may = true;
        break;
    case SQLITE_READ:
        may = may_read(c, first) || declares_itself(c, action, first, second);
        break;
    case SQLITE_FUNCTION:
        may = may_call(second);
        break;
    case SQLITE_PRAGMA: /* full-text tables look whether their own are still what they know */
        may = equal(first, "data_version") && c->kind == CONNECTION_READER;
        break;
    case SQLITE_INSERT:
    case SQLITE_UPDATE:
    case SQLITE_CREATE_TABLE:
        may = declares_itself(c, action, first, second);
        break;
    case SQLITE_TRANSACTION: /* BEGIN, COMMIT: a snapshot; they write nothing here */
        may = true;
        break;
    default:
        break;
    }
    return may ? SQLITE_OK : SQLITE_DENY;
}

/* A table of content: a collection's ("c_…") or links ("posts.authors"). */
static bool is_content(const char *table)
{
    return starts(table, "c_") || strchr(table, '.') != NULL;
}

static void count_row(void *self, int operation, const char *database, const char *table, sqlite3_int64 row)
{
    struct connection *c = self;
    (void)database;
    (void)row;
    if (is_content(table))
        c->content_changes += !c->reshaping;
    else if (operation == SQLITE_INSERT && equal(table, JOURNAL_TABLE))
        c->noted++;
}

static void trace_clear(struct trace *t, size_t keep)
{
    for (size_t i = keep; i < t->count; i++) {
        free((void *)(uintptr_t)t->rows[i].table.at);
        free((void *)(uintptr_t)t->rows[i].id.at);
    }
    t->count = keep < t->count ? keep : t->count;
}

static str keep_text(str s)
{
    char *copy = malloc(s.len + 1);
    must(copy != NULL);
    memcpy(copy, s.at ? s.at : "", s.len);
    return (str){copy, s.len};
}

static void trace_add(struct trace *t, str table, str id)
{
    if (t->count == t->room) {
        t->room = t->room ? t->room * 2 : 64;
        t->rows = realloc(t->rows, t->room * sizeof *t->rows);
        must(t->rows != NULL);
    }
    t->rows[t->count++] = (struct covered){keep_text(table), keep_text(id)};
}

/* Where the id of the item that a row belongs to stands: "_id" is a collection's second column, a
 * link's source its first. */
static void trace_row(void *self, sqlite3 *db, int operation, const char *database, const char *table,
                      sqlite3_int64 old_row, sqlite3_int64 new_row)
{
    struct connection *c = self;
    sqlite3_value *value = NULL;
    (void)database;
    (void)old_row;
    (void)new_row;
    if (c->reshaping || !is_content(table))
        return;
    int column = starts(table, "c_") ? 1 : 0;
    int code = operation == SQLITE_INSERT ? sqlite3_preupdate_new(db, column, &value)
                                          : sqlite3_preupdate_old(db, column, &value);
    const char *text = code == SQLITE_OK ? (const char *)sqlite3_value_text(value) : NULL;
    trace_add(&c->changed, str_of(table), text ? str_of(text) : (str){0});
}

/* "c_posts" and "posts.authors" both belong to posts. */
static bool speaks_for(const struct covered *note, const struct covered *row)
{
    bool is_link = !str_starts(row->table, S("c_"));
    str collection = str_slice(row->table, is_link ? 0 : 2, row->table.len), rest;
    if (is_link)
        (void)str_cut(collection, '.', &collection, &rest);
    return str_equal(note->id, row->id) && str_equal(note->table, collection);
}

static bool is_spoken_for(const struct connection *c, const struct covered *row)
{
    for (size_t i = c->spoken_for.count; i > 0; i--)
        if (speaks_for(&c->spoken_for.rows[i - 1], row))
            return true;
    return false;
}

static int weigh_commit(void *self)
{
    struct connection *c = self;
    if (c->content_changes > 0 && c->noted == 0)
        return 1;
    for (size_t i = 0; i < c->changed.count; i++)
        if (!is_spoken_for(c, &c->changed.rows[i]))
            return 1;
    return 0;
}

static int see_frames(void *self, sqlite3 *db, const char *database, int frames)
{
    struct connection *c = self;
    (void)db;
    (void)database;
    c->wal_frames = frames;
    return SQLITE_OK;
}

void guard_install(struct connection *c)
{
    if (c->kind == CONNECTION_CHECKER) /* pragmas that look for damage read everything; it is for reading only */
        return;
    if (c->kind != CONNECTION_WRITER) {
        (void)sqlite3_set_authorizer(c->db, authorize, c);
        return;
    }
    (void)sqlite3_update_hook(c->db, count_row, c);
    (void)sqlite3_commit_hook(c->db, weigh_commit, c);
    (void)sqlite3_wal_hook(c->db, see_frames, c);
    if (c->engine->verify_rows)
        (void)sqlite3_preupdate_hook(c->db, trace_row, c);
}

void guard_begin(struct connection *c)
{
    c->content_changes = c->noted = 0;
    c->failure = ERR_OK;
    trace_clear(&c->changed, 0);
    trace_clear(&c->spoken_for, 0);
}

void guard_nest(struct connection *c, struct txn *nested)
{
    nested->content_before = c->content_changes;
    nested->noted_before = c->noted;
    nested->changed_before = c->changed.count;
    nested->spoken_before = c->spoken_for.count;
}

void guard_unnest(struct connection *c, const struct txn *nested)
{
    c->content_changes = nested->content_before;
    c->noted = nested->noted_before;
    trace_clear(&c->changed, nested->changed_before);
    trace_clear(&c->spoken_for, nested->spoken_before);
}

void guard_note(struct connection *c, const struct entry *entry)
{
    if (c->engine->verify_rows)
        trace_add(&c->spoken_for, entry->collection, entry->item);
}
