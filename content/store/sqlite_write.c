/* Rows, links, fixed statements and journal entries; and what a refused constraint means to a human. */
#include "content/store/sqlite.h"

#include "base/spans.h"

#include "content/journal/journal.h"

/* "c_posts.slug, c_posts.lang" of SQLite's message -> the fields, each a fault at its place. Columns are
 * named as fields are; values never appear. */
static void fault_columns(const struct collection *in, str columns, enum err err, str rule, str text,
                          struct problem *why)
{
    str piece, table, name;
    bool ended = false;
    while (str_next(&columns, &ended, ',', &piece)) {
        if (!str_cut(str_trim(piece), '.', &table, &name))
            continue;
        for (size_t i = 0; i < in->field_count; i++) {
            const struct field *f = &in->fields[i];
            if (f->column.len == name.len + 2 && memcmp(f->column.at + 1, name.at, name.len) == 0)
                (void)problem_fault(why, err, arena_format(why->arena, "/" STR_FMT, STR_ARG(f->name)), rule,
                                    STR_FMT " " STR_FMT, STR_ARG(f->name), STR_ARG(text));
        }
    }
}

struct constraint_row {
    int code;
    enum err err;
    str rule;
    const char *text;
    str fault; /* behind the field's name */
};

#define NOT_NULL_ROW 2 /* also what a column's own "required.title" says (shape.c) */
static const struct constraint_row constraint_rows[] = {
    {SQLITE_CONSTRAINT_UNIQUE, ERR_CONFLICT, STR("unique"), "Another item has the same value",
     STR("is taken by another item")},
    {SQLITE_CONSTRAINT_PRIMARYKEY, ERR_CONFLICT, STR("unique"), "Another item has the same value",
     STR("is taken by another item")},
    {SQLITE_CONSTRAINT_NOTNULL, ERR_INVALID, STR("required"), "A required value is missing",
     STR("is required")},
    {SQLITE_CONSTRAINT_CHECK, ERR_INVALID, STR("type"), "A value is not of its field's kind",
     STR("is not of its kind")},
    {SQLITE_CONSTRAINT_DATATYPE, ERR_INVALID, STR("type"), "A value is not of its field's kind",
     STR("is not of its kind")},
};

enum err write_problem(struct connection *c, const struct collection *in, int code, struct problem *why)
{
    for (size_t i = 0; i < COUNTOF(constraint_rows); i++) {
        const struct constraint_row *row = &constraint_rows[i];
        if (row->code != code)
            continue;
        str message = str_of(sqlite3_errmsg(c->db)), head, columns; /* "UNIQUE constraint failed: c_posts.slug" */
        if (code == SQLITE_CONSTRAINT_CHECK && str_contains(message, S(": required.")))
            row = &constraint_rows[NOT_NULL_ROW];
        if (in && str_cut(message, ':', &head, &columns))
            fault_columns(in, columns, row->err, row->rule, row->fault, why);
        return problem_set(why, row->err, "%s", row->text);
    }
    return connection_problem(c, code, why);
}

static int bind_writes(sqlite3_stmt *stmt, const struct emit *e)
{
    int code = SQLITE_OK;
    for (size_t i = 0; i < e->count && code == SQLITE_OK; i++)
        code = statement_bind_cell(stmt, (int)i + 1, &e->bindings[i].cell);
    return code;
}

static enum err write_row(struct connection *c, const struct write *w, struct problem *why)
{
    struct emit e;
    struct statement *s = NULL;
    buf_clear(&c->text);
    emit_init(&e, &dialect_sqlite, why->arena, &c->text);
    TRY(emit_write(&e, w, why));
    struct span_run run;
    TRY(statement_take(c, buf_str(&c->text), &s, why));
    span_run_begin(why->spans, &run);
    int code = bind_writes(s->stmt, &e);
    if (code == SQLITE_OK)
        code = sqlite3_step(s->stmt);
    enum err err = code == SQLITE_DONE ? ERR_OK : write_problem(c, w->in, code, why);
    span_run_end(why->spans, &run, s->text, 0);
    if (err == ERR_OK && sqlite3_changes(c->db) == 0)
        err = problem_set(why, ERR_NOT_FOUND, "There is no such item");
    statement_give(c, s);
    return err;
}

static enum err clear_links(struct connection *c, const struct field *f, str id, struct problem *why)
{
    struct emit e;
    struct cell source = CELL_OF_TEXT(id);
    buf_clear(&c->text);
    emit_init(&e, &dialect_sqlite, why->arena, &c->text);
    emit_links_clear(&e, f);
    return statement_run(c, buf_str(&c->text), &source, 1, why);
}

static enum err add_links(struct connection *c, const struct link_write *l, str id, struct problem *why)
{
    struct emit e;
    struct statement *s = NULL;
    buf_clear(&c->text);
    emit_init(&e, &dialect_sqlite, why->arena, &c->text);
    emit_link_add(&e, l->field);
    TRY(statement_take(c, buf_str(&c->text), &s, why));
    int code = SQLITE_DONE;
    for (size_t i = 0; i < l->count && code == SQLITE_DONE; i++) {
        struct cell cells[] = {CELL_OF_TEXT(id), CELL_OF_INT((int64_t)i), CELL_OF_TEXT(l->targets[i])};
        for (size_t k = 0; k < COUNTOF(cells); k++)
            (void)statement_bind_cell(s->stmt, (int)k + 1, &cells[k]);
        code = sqlite3_step(s->stmt);
        (void)sqlite3_reset(s->stmt);
    }
    enum err err = code == SQLITE_DONE ? ERR_OK : connection_problem(c, code, why);
    statement_give(c, s);
    return err;
}

static enum err write_links(struct connection *c, const struct write *w, struct problem *why)
{
    for (size_t i = 0; i < w->link_count; i++) {
        const struct link_write *l = &w->links[i];
        must(field_is_linked(l->field));
        if (w->kind == WRITE_UPDATE)
            TRY(clear_links(c, l->field, w->id, why));
        if (l->count > 0)
            TRY(add_links(c, l, w->id, why));
    }
    return ERR_OK;
}

static enum err write_fixed(struct connection *c, const struct fixed_call *f, struct problem *why)
{
    return statement_run(c, c->engine->fixed[f->fixed], f->parameters, f->count, why);
}

enum err sqlite_write(struct txn *t, const struct write *w, struct problem *why)
{
    must(t->on != NULL && (t->kind == TXN_WRITE || t->kind == TXN_NESTED));
    if (sqlite3_get_autocommit(t->on->db))
        return problem_set(why, ERR_UNAVAILABLE, "The transaction was undone by the storage");
    if (w->kind == WRITE_FIXED)
        return write_fixed(t->on, &w->fixed, why);
    TRY(search_before(t->on, w, why));
    TRY(write_row(t->on, w, why));
    TRY(search_after(t->on, w, why));
    return write_links(t->on, w, why);
}

/* Numbers without gaps, macs without a break: the last of both are read once per group, under the write
 * lock, because other processes write too; abandoned members give theirs back. */
struct tail_sink {
    struct row_sink sink; /* first */
    struct connection *writer;
};

static enum err take_tail(struct row_sink *self, const struct row *row, struct problem *why)
{
    struct connection *w = ((struct tail_sink *)(void *)self)->writer;
    const struct cell *mac = &row->cells[1];
    (void)why;
    w->next_seq = (uint64_t)row->cells[0].integer + 1;
    if (mac->type == CELL_BLOB && mac->text.len == sizeof w->last_mac)
        memcpy(w->last_mac, mac->text.at, sizeof w->last_mac);
    return ERR_OK;
}

static enum err find_tail(struct connection *w, struct problem *why)
{
    struct tail_sink s = {{take_tail}, w};
    memset(w->last_mac, 0, sizeof w->last_mac);
    TRY(fixed_read(w, &(struct fixed_call){FIXED_journal_tail, NULL, 0}, &s.sink, why));
    if (w->next_seq == 0)
        w->next_seq = 1;
    return ERR_OK;
}

static struct cell text_or_null(str s)
{
    return str_is_absent(s) ? CELL_OF_NULL : CELL_OF_TEXT(s);
}

enum err sqlite_note(struct txn *t, struct entry *entry, struct problem *why)
{
    must(t->on != NULL && (t->kind == TXN_WRITE || t->kind == TXN_NESTED));
    struct connection *c = t->on;
    const struct engine_chain *chain = &c->engine->chain;
    uint8_t mac[32];
    if (c->next_seq == 0)
        TRY(find_tail(c, why));
    uint64_t seq = c->next_seq, tx = t->first_seq ? t->first_seq : seq;
    struct cell row[ENTRY_CELLS + 1] = {
        CELL_OF_INT((int64_t)seq),         CELL_OF_INT((int64_t)tx),       CELL_OF_INT(entry->at_ms),
        text_or_null(entry->who),          text_or_null(entry->via),       text_or_null(entry->request_id),
        text_or_null(entry->user),         text_or_null(entry->collection), text_or_null(entry->item),
        text_or_null(entry->verb),         CELL_OF_INT((int64_t)entry->revision),
        text_or_null(entry->before),       text_or_null(entry->after),
    };
    if (chain->mac) {
        chain->mac(chain->key, c->last_mac, row, mac);
        row[ENTRY_CELLS] = CELL_OF_BLOB(((str){(const char *)mac, sizeof mac}));
    }
    TRY(statement_run(c, c->engine->fixed[FIXED_journal_append], row, COUNTOF(row), why));
    guard_note(c, entry);
    c->next_seq = seq + 1;
    if (chain->mac) {
        memcpy(c->last_mac, mac, sizeof mac);
        entry->mac = arena_copy(why->arena, row[ENTRY_CELLS].text);
    }
    t->first_seq = tx;
    entry->seq = seq;
    entry->tx = tx;
    return ERR_OK;
}
