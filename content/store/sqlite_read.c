/* Running plans: one statement per node, run once for the root and once per parent's row for branches,
 * rows streamed to the sink as the cursor gives them. A node's statement is taken when it is first
 * needed and given back when the whole read is over, so a branch's next run is bind and step. */
#include "content/store/sqlite.h"

#include "base/limits.h"
#include "base/spans.h"
#include "base/time.h"

struct node_run {
    struct row row;                  /* first: what the sink sees */
    struct connection *on;
    const struct plan *plan;
    const struct plan_node *node;
    struct statement *statement;
    struct binding *bindings;
    struct search_run *search;
    size_t binding_count, column_count;
    struct cell *cells;
    bool running;
    struct node_run **branches;
};

static enum err run_branch(const struct row *row, size_t branch, struct row_sink *into, struct problem *why);

static enum err run_branch_at(const struct row *row, size_t branch, str reference, struct row_sink *into, struct problem *why);

static enum err take_node(struct node_run *r, struct problem *why)
{
    const struct plan_node *n = r->node;
    struct arena *a = r->plan->arena;
    struct emit e;
    if (n->search)
        TRY(search_prepare(r->on, r->plan, n, &r->search, why));
    buf_clear(&r->on->text);
    emit_init(&e, &dialect_sqlite, a, &r->on->text);
    e.probes = r->search && r->search->probes;
    TRY(emit_read(&e, r->plan, n, why));
    TRY(statement_take(r->on, buf_str(&r->on->text), &r->statement, why));
    r->bindings = e.bindings;
    r->binding_count = e.count;
    r->column_count = (size_t)sqlite3_column_count(r->statement->stmt);
    r->cells = NEW_N(a, struct cell, r->column_count);
    r->row = (struct row){.cells = r->cells, .count = r->column_count, .branch = run_branch,
                          .branch_at = run_branch_at, .engine = r};
    r->branches = NEW_N(a, struct node_run *, n->branch_count);
    return ERR_OK;
}

/* `again`: the statement ran before, only the parent's cell differs. */
static int bind_all(struct node_run *r, const struct cell *parent, bool again)
{
    sqlite3_stmt *stmt = r->statement->stmt;
    int code = SQLITE_OK;
    for (size_t i = 0; i < r->binding_count && code == SQLITE_OK; i++) {
        const struct binding *b = &r->bindings[i];
        int at = (int)i + 1;
        if (b->kind == BIND_PARENT)
            code = statement_bind_cell(stmt, at, parent);
        else if (again)
            continue;
        else if (b->kind == BIND_CELL)
            code = statement_bind_cell(stmt, at, &b->cell);
        else if (b->kind == BIND_WORDS)
            code = statement_bind_cell(stmt, at, &CELL_OF_TEXT(r->search->match));
        else if (b->kind == BIND_SEARCH)
            code = sqlite3_bind_pointer(stmt, at, r->search, "search", NULL);
        else
            code = sqlite3_bind_pointer(stmt, at, (void *)(uintptr_t)b->match, "match", NULL);
    }
    return code;
}

/* Ids alone are no items: a page of references costs a page. */
static enum err count_down(struct node_run *r, struct problem *why)
{
    if (r->node->hop == HOP_ROOT || r->node->ids_only || r->plan->items_left == NULL)
        return ERR_OK;
    if (*r->plan->items_left == 0)
        return problem_set(why, ERR_TOO_LARGE, "More than %u linked items: ask for fewer levels or smaller pages",
                           LIMIT_POPULATE_ITEMS);
    --*r->plan->items_left;
    return ERR_OK;
}

static enum err run_node(struct node_run *r, const struct cell *parent, bool again, struct row_sink *out,
                         struct problem *why)
{
    sqlite3_stmt *stmt = r->statement->stmt;
    must(!r->running);
    int code = bind_all(r, parent, again);
    if (code != SQLITE_OK)
        return connection_problem(r->on, code, why);
    enum err e = ERR_OK;
    struct span_run run;
    uint64_t rows = 0;
    span_run_begin(why->spans, &run);
    r->running = true;
    while (e == ERR_OK && (code = sqlite3_step(stmt)) == SQLITE_ROW) {
        rows++;
        for (size_t i = 0; i < r->column_count; i++)
            statement_cell(stmt, (int)i, &r->cells[i]);
        e = count_down(r, why);
        if (e == ERR_OK)
            e = out->row(out, &r->row, why);
    }
    r->running = false;
    if (e == ERR_OK && code != SQLITE_DONE)
        e = connection_problem(r->on, code, why);
    (void)sqlite3_reset(stmt);
    span_run_end(why->spans, &run, r->statement->text, rows);
    return e;
}

static enum err run_branch(const struct row *row, size_t branch, struct row_sink *into, struct problem *why)
{
    struct node_run *r = (struct node_run *)(uintptr_t)row->engine;
    must(r->running && branch < r->node->branch_count);
    const struct plan_node *n = r->node->branches[branch];
    must(n->parent_column >= 0 && (size_t)n->parent_column < r->column_count);
    struct cell parent = r->cells[n->parent_column];
    return parent.type == CELL_TEXT ? run_branch_at(row, branch, parent.text, into, why) : ERR_OK;
}

static enum err run_branch_at(const struct row *row, size_t branch, str reference, struct row_sink *into, struct problem *why)
{
    struct node_run *r = (struct node_run *)(uintptr_t)row->engine;
    must(r->running && branch < r->node->branch_count);
    const struct plan_node *n = r->node->branches[branch];
    struct cell parent = CELL_OF_TEXT(reference);
    if (n->hop == HOP_ONE && field_leads_into(n->along)) {
        parent.text = reference_id(parent.text, n->along->to);
        if (str_is_absent(parent.text)) /* it leads elsewhere */
            return ERR_OK;
    }
    struct node_run *b = r->branches[branch];
    bool again = b != NULL;
    if (!again) {
        b = NEW(r->plan->arena, struct node_run);
        b->on = r->on;
        b->plan = r->plan;
        b->node = n;
        r->branches[branch] = b;
        TRY(take_node(b, why));
    }
    if (b->statement == NULL) /* could not be taken before either */
        return why->err != ERR_OK ? why->err : problem_set(why, ERR_INTERNAL, "A branch could not be read");
    return run_node(b, &parent, again, into, why);
}

/* Depth: the plan's, LIMIT_POPULATE_HOPS or the façade's own. */
static void give_back(struct node_run *r)
{
    statement_give(r->on, r->statement);
    if (r->branches)
        for (size_t i = 0; i < r->node->branch_count; i++)
            if (r->branches[i])
                give_back(r->branches[i]);
}

static enum err read_plan(struct connection *c, const struct plan *p, struct row_sink *out, struct problem *why)
{
    struct node_run root = {.on = c, .plan = p, .node = p->root};
    enum err e = take_node(&root, why);
    if (e == ERR_OK)
        e = run_node(&root, NULL, false, out, why);
    give_back(&root);
    return e;
}

static enum err no_branch(const struct row *row, size_t branch, struct row_sink *into, struct problem *why)
{
    (void)row;
    (void)branch;
    (void)into;
    return problem_set(why, ERR_INTERNAL, "A fixed statement's rows have no branches");
}

#define FIXED_COLUMNS_MAX 16

enum err fixed_read(struct connection *c, const struct fixed_call *f, struct row_sink *out, struct problem *why)
{
    struct statement *s = NULL;
    struct cell cells[FIXED_COLUMNS_MAX];
    TRY(statement_take(c, c->engine->fixed[f->fixed], &s, why));
    int columns = sqlite3_column_count(s->stmt), code = SQLITE_OK;
    must(columns <= FIXED_COLUMNS_MAX);
    struct row row = {.cells = cells, .count = (size_t)columns, .branch = no_branch};
    enum err e = ERR_OK;
    struct span_run run;
    uint64_t rows = 0;
    span_run_begin(why->spans, &run);
    for (size_t i = 0; i < f->count && code == SQLITE_OK; i++)
        code = statement_bind_cell(s->stmt, (int)i + 1, &f->parameters[i]);
    while (e == ERR_OK && code == SQLITE_OK && (code = sqlite3_step(s->stmt)) == SQLITE_ROW) {
        for (int i = 0; i < columns; i++)
            statement_cell(s->stmt, i, &cells[i]);
        rows++;
        e = out->row(out, &row, why);
        code = SQLITE_OK;
    }
    if (e == ERR_OK && code != SQLITE_DONE)
        e = connection_problem(c, code, why);
    span_run_end(why->spans, &run, s->text, rows);
    statement_give(c, s);
    return e;
}

/* A listing alone is a snapshot by itself. More than one statement needs BEGIN: branches, a count that
 * comes after the page, or a second read of any kind. */
static enum err hold_snapshot(struct txn *t, const struct plan *p, struct problem *why)
{
    bool alone = !t->has_read && p && p->root->branch_count == 0 && p->root->query->count != COUNT_EXACT &&
                 p->root->query->count != COUNT_ESTIMATED && !p->root->backwards;
    t->has_read = true;
    if (t->begun || alone || t->kind == TXN_WRITE || t->kind == TXN_NESTED)
        return ERR_OK;
    TRY(statement_run(t->on, S("BEGIN"), NULL, 0, why));
    t->begun = true;
    return ERR_OK;
}

/* Looking through the whole file takes as long as the file is large. */
static bool may_take_long(const struct fixed_call *f)
{
    return f && (f->fixed == FIXED_check_database || f->fixed == FIXED_check_references);
}

enum err sqlite_read(struct txn *t, const struct plan *p, const struct fixed_call *f, struct row_sink *out,
                     struct problem *why)
{
    must((p == NULL) != (f == NULL) && t->on != NULL);
    struct connection *c = t->on;
    TRY(hold_snapshot(t, p, why));
    int64_t outer = c->deadline_us; /* a sink may read again */
    if (outer == 0 && !may_take_long(f))
        c->deadline_us = time_mono_us() + (int64_t)LIMIT_STATEMENT_MS * 1000;
    enum err e = p ? read_plan(c, p, out, why) : fixed_read(c, f, out, why);
    if (e == ERR_OK && f && f->fixed == FIXED_check_database && c->kind == CONNECTION_WRITER)
        e = search_check(c, out, why);
    c->deadline_us = outer;
    return e;
}
