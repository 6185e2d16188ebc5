/* Statements that were prepared once: found by their text, the least used ones make room. Preparing
 * costs about as much as a point read, so this cache is half the speed of small requests. */
#include "content/store/sqlite.h"

#include "base/limits.h"
#include "base/spans.h"

#include <stdlib.h>

static struct statement **bucket_of(struct statements *all, uint64_t hash)
{
    return &all->buckets[hash % STATEMENT_BUCKETS];
}

static void unlink_by_age(struct statements *all, struct statement *s)
{
    *(s->newer ? &s->newer->older : &all->newest) = s->older;
    *(s->older ? &s->older->newer : &all->oldest) = s->newer;
}

static void link_newest(struct statements *all, struct statement *s)
{
    s->newer = NULL;
    s->older = all->newest;
    *(all->newest ? &all->newest->newer : &all->oldest) = s;
    all->newest = s;
}

static void drop(struct statements *all, struct statement *s)
{
    struct statement **at = bucket_of(all, s->hash);
    while (*at != s)
        at = &(*at)->next;
    *at = s->next;
    unlink_by_age(all, s);
    all->count--;
    (void)sqlite3_finalize(s->stmt);
    free(s);
}

static void make_room(struct statements *all)
{
    struct statement *s = all->oldest;
    while (s && all->count >= LIMIT_STATEMENTS) {
        struct statement *newer = s->newer;
        if (!s->busy)
            drop(all, s);
        s = newer;
    }
}

static enum err prepare(struct connection *c, str text, uint64_t hash, struct statement **out, struct problem *why)
{
    struct statements *all = &c->statements;
    sqlite3_stmt *stmt = NULL;
    int code = sqlite3_prepare_v3(c->db, text.at, (int)text.len, SQLITE_PREPARE_PERSISTENT, &stmt, NULL);
    if (code != SQLITE_OK)
        return connection_problem(c, code, why);
    must(stmt != NULL);
    make_room(all);
    struct statement *s = calloc(1, sizeof *s + text.len);
    must(s != NULL);
    char *copy = (char *)(s + 1);
    memcpy(copy, text.at, text.len);
    s->stmt = stmt;
    s->text = (str){copy, text.len};
    s->hash = hash;
    s->next = *bucket_of(all, hash);
    *bucket_of(all, hash) = s;
    link_newest(all, s);
    all->count++;
    atomic_fetch_add_explicit(&c->engine->prepared, 1, memory_order_relaxed);
    *out = s;
    return ERR_OK;
}

enum err statement_take(struct connection *c, str text, struct statement **out, struct problem *why)
{
    struct statements *all = &c->statements;
    uint64_t hash = map_hash(text);
    for (struct statement *s = *bucket_of(all, hash); s; s = s->next) {
        if (s->hash != hash || s->busy || !str_equal(s->text, text))
            continue;
        if (s != all->newest) {
            unlink_by_age(all, s);
            link_newest(all, s);
        }
        atomic_fetch_add_explicit(&c->engine->reused, 1, memory_order_relaxed);
        s->busy = true;
        *out = s;
        return ERR_OK;
    }
    TRY(prepare(c, text, hash, out, why));
    (*out)->busy = true;
    return ERR_OK;
}

void statement_give(struct connection *c, struct statement *s)
{
    (void)c;
    if (s == NULL)
        return;
    (void)sqlite3_reset(s->stmt);
    (void)sqlite3_clear_bindings(s->stmt);
    s->busy = false;
}

void statements_close(struct connection *c)
{
    while (c->statements.newest)
        drop(&c->statements, c->statements.newest);
}

/* The texts live until the statement is given back: arenas of requests do. */
int statement_bind_cell(sqlite3_stmt *stmt, int at, const struct cell *cell)
{
    const char *bytes = cell->text.at ? cell->text.at : "";
    switch (cell->type) {
    case CELL_NULL:
        break;
    case CELL_INT:
        return sqlite3_bind_int64(stmt, at, cell->integer);
    case CELL_REAL:
        return sqlite3_bind_double(stmt, at, cell->real);
    case CELL_TEXT:
        return sqlite3_bind_text64(stmt, at, bytes, cell->text.len, SQLITE_STATIC, SQLITE_UTF8);
    case CELL_BLOB:
        return sqlite3_bind_blob64(stmt, at, bytes, cell->text.len, SQLITE_STATIC);
    }
    return sqlite3_bind_null(stmt, at);
}

/* By sqlite3_value, which costs one guarded call for a column instead of three. It is "unprotected": that
 * is about the connection's mutex, and these connections have none. */
void statement_cell(sqlite3_stmt *stmt, int column, struct cell *out)
{
    sqlite3_value *v = sqlite3_column_value(stmt, column);
    switch (sqlite3_value_type(v)) {
    case SQLITE_INTEGER:
        *out = CELL_OF_INT(sqlite3_value_int64(v));
        break;
    case SQLITE_FLOAT:
        *out = CELL_OF_REAL(sqlite3_value_double(v));
        break;
    case SQLITE_TEXT: {
        const char *text = (const char *)sqlite3_value_text(v);
        *out = CELL_OF_TEXT(((str){text, (size_t)sqlite3_value_bytes(v)}));
        break;
    }
    case SQLITE_BLOB: {
        const char *blob = sqlite3_value_blob(v);
        *out = CELL_OF_BLOB(((str){blob ? blob : "", (size_t)sqlite3_value_bytes(v)}));
        break;
    }
    default:
        *out = CELL_OF_NULL;
    }
}

enum err statement_run(struct connection *c, str text, const struct cell *cells, size_t count, struct problem *why)
{
    struct statement *s = NULL;
    struct span_run run;
    TRY(statement_take(c, text, &s, why));
    span_run_begin(why->spans, &run);
    int code = SQLITE_OK;
    for (size_t i = 0; i < count && code == SQLITE_OK; i++)
        code = statement_bind_cell(s->stmt, (int)i + 1, &cells[i]);
    while (code == SQLITE_OK || code == SQLITE_ROW)
        code = sqlite3_step(s->stmt);
    enum err e = code == SQLITE_DONE ? ERR_OK : connection_problem(c, code, why);
    span_run_end(why->spans, &run, s->text, 0);
    statement_give(c, s);
    return e;
}
