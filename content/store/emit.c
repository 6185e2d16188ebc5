/* One SELECT per node of a plan: a list with its order and page, an item by id, the targets of one
 * item's links. The order always ends in the position, in the direction of the last key, so that it is
 * total and one index serves all of it. Nulls are the smallest values everywhere. */
#include "content/store/emit.h"

#include "base/limits.h"

void emit_init(struct emit *e, const struct dialect *d, struct arena *a, struct buf *sql)
{
    *e = (struct emit){.dialect = d, .arena = a, .sql = sql};
}

void emit_text(struct emit *e, const char *text)
{
    buf_add(e->sql, str_of(text));
}

static struct binding *new_binding(struct emit *e)
{
    if (e->count == e->room) {
        size_t room = e->room ? e->room * 2 : 16;
        e->bindings = arena_grow(e->arena, e->bindings, e->room * sizeof *e->bindings,
                                 room * sizeof *e->bindings);
        e->room = room;
    }
    struct binding *b = &e->bindings[e->count++];
    buf_byte(e->sql, '?');
    buf_u64(e->sql, e->count);
    return b;
}

void emit_bind(struct emit *e, struct cell cell)
{
    *new_binding(e) = (struct binding){.kind = BIND_CELL, .cell = cell};
}

void emit_bind_match(struct emit *e, const struct match *m)
{
    *new_binding(e) = (struct binding){.kind = BIND_MATCH, .match = m};
}

void emit_bind_special(struct emit *e, enum bind_kind kind)
{
    *new_binding(e) = (struct binding){.kind = kind};
}

void emit_alias(struct emit *e, char letter, unsigned alias)
{
    buf_byte(e->sql, letter);
    buf_u64(e->sql, alias);
}

void emit_column(struct emit *e, unsigned alias, const struct field *f)
{
    must(f->kind->column != COLUMN_NONE && !field_is_linked(f));
    if (f->computed) {
        emit_computed(e, alias, f);
        return;
    }
    if (emit_translated(e, alias, f))
        return;
    emit_alias(e, 't', alias);
    buf_byte(e->sql, '.');
    buf_add(e->sql, f->column);
}

static void emit_link_count(struct emit *e, unsigned alias, const struct field *f)
{
    unsigned link = ++e->aliases;
    emit_text(e, "(SELECT count(*) FROM ");
    emit_link_table(e, f);
    emit_text(e, " AS ");
    emit_alias(e, 'l', link);
    emit_text(e, " WHERE ");
    emit_alias(e, 'l', link);
    emit_text(e, ".source = ");
    emit_alias(e, 't', alias);
    emit_text(e, ".\"_id\")");
}

void emit_term(struct emit *e, unsigned alias, const struct field *f, enum func func, int64_t seed)
{
    if (func == FUNC_NONE) {
        emit_column(e, alias, f);
    } else if (func == FUNC_COUNT && field_is_linked(f)) {
        emit_link_count(e, alias, f);
    } else {
        emit_text(e, e->dialect->function_prefix);
        buf_add(e->sql, func_word(func));
        emit_text(e, "(");
        emit_column(e, alias, f);
        emit_text(e, f->kind->column == COLUMN_INTEGER ? " * 1000" : ""); /* Unix seconds */
        emit_text(e, func == FUNC_RANDOM ? ", " : "");
        if (func == FUNC_RANDOM)
            emit_bind(e, CELL_OF_INT(seed));
        emit_text(e, ")");
    }
}

const struct collection *emit_target(const struct field *f)
{
    const struct collection *to = f->to ? f->to : f->in;
    must(to != NULL && !field_is_polymorphic(f));
    return to;
}

/* What orders a node: the query's keys, a tree's own order, then the position. */
struct order {
    struct sort keys[LIMIT_SORT_KEYS + 1];
    size_t count;
    bool down;               /* the position follows the last key */
};

static struct order reversed(struct order o)
{
    for (size_t i = 0; i < o.count; i++)
        o.keys[i].down = !o.keys[i].down;
    o.down = !o.down;
    return o;
}

static struct order order_of(const struct plan_node *n)
{
    const struct query *q = n->query;
    struct order o = {.count = q->sort_count};
    memcpy(o.keys, q->sort, q->sort_count * sizeof *q->sort);
    if (q->sort_count == 0 && n->hop != HOP_MANY && q->from->shape == SHAPE_TREE)
        o.keys[o.count++] = (struct sort){.by = &q->from->fields[META_ORDER], .down = false};
    o.down = o.count > 0 && o.keys[o.count - 1].down;
    return o;
}

static void emit_position(struct emit *e, const struct plan_node *n)
{
    emit_text(e, n->hop == HOP_MANY ? "l0.position" : "t0.\"_n\"");
}

/* A key is a column of the row, or it is looked up behind references: of what may be read there, else null, so that
 * the order tells no more than the answer would. Depth: LIMIT_SORT_HOPS. */
static void emit_sort_key(struct emit *e, const struct sort *key, size_t hop, unsigned alias)
{
    bool narrowed = e->plan->side == PLAN_PRINCIPAL;
    if (hop == key->hop_count) {
        if (key->by->backwards)
            emit_count_of(e, key->by, alias, narrowed);
        else
            emit_term(e, alias, key->by, key->func, e->seed);
        return;
    }
    if (!emit_looks_at(e, key->hops[hop], narrowed)) {
        emit_text(e, "NULL");
        return;
    }
    unsigned inner = ++e->aliases;
    emit_text(e, "(SELECT ");
    emit_sort_key(e, key, hop + 1, inner);
    emit_text(e, " FROM ");
    emit_related(e, key->hops[hop], alias, inner, narrowed);
    emit_text(e, ")");
}

static void emit_order(struct emit *e, const struct plan_node *n, const struct order *o)
{
    emit_text(e, " ORDER BY ");
    for (size_t i = 0; i < o->count; i++) {
        emit_sort_key(e, &o->keys[i], 0, 0);
        emit_text(e, o->keys[i].down ? " DESC NULLS LAST, " : " ASC NULLS FIRST, ");
    }
    emit_position(e, n);
    emit_text(e, o->down ? " DESC" : " ASC");
}

/* A cursor's place within the order. */
struct place {
    const struct plan_node *node;
    const struct order *order;
    bool unfinished;         /* items that are not published may lack what is required */
    const struct emit *emit;
    bool positions;          /* only the positions of the rows */
};

static void emit_key(struct emit *e, const struct place *p, size_t i)
{
    if (i < p->order->count)
        emit_sort_key(e, &p->order->keys[i], 0, 0);
    else
        emit_position(e, p->node);
}

static bool key_is_down(const struct place *p, size_t i)
{
    return i < p->order->count ? p->order->keys[i].down : p->order->down;
}

/* Counting always comes to a number, and so does chance. */
static bool far_key_may_be_null(const struct sort *key)
{
    bool counts = key->by->backwards || (key->func == FUNC_COUNT && field_is_linked(key->by));
    return key->hop_count > 0 || !(counts || key->func == FUNC_RANDOM);
}

static bool key_may_be_null(const struct place *p, size_t i)
{
    if (i >= p->order->count)
        return false;
    if (sort_is_far(&p->order->keys[i]))
        return far_key_may_be_null(&p->order->keys[i]);
    const struct field *f = p->order->keys[i].by;
    return f->is_meta ? f->index == META_CBY || f->index == META_MBY || f->index == META_PARENT ||
                            f->index == META_ORDER
                      : !f->required || p->unfinished || !emit_is_plain(p->emit, f);
}

/* A row value comparison says the same and lets the index find the place: when all keys run one way
 * and no null is in play. Upwards a null in a row is smaller than any cell of the cursor, which is what
 * the comparison makes of it; downwards it would be lost, so there keys must not be null at all. */
static bool one_comparison_will_do(const struct place *p)
{
    for (size_t i = 0; i < p->node->after_count; i++) {
        if (key_is_down(p, i) != p->order->down || p->node->after[i].type == CELL_NULL)
            return false;
        if (p->order->down && key_may_be_null(p, i))
            return false;
    }
    return true;
}

static void emit_after_row_value(struct emit *e, const struct place *p)
{
    size_t count = p->node->after_count;
    emit_text(e, count > 1 ? "(" : "");
    for (size_t i = 0; i < count; i++) {
        emit_text(e, i ? ", " : "");
        emit_key(e, p, i);
    }
    emit_text(e, count > 1 ? ")" : "");
    emit_text(e, p->order->down ? " < " : " > ");
    emit_text(e, count > 1 ? "(" : "");
    for (size_t i = 0; i < count; i++) {
        emit_text(e, i ? ", " : "");
        emit_bind(e, p->node->after[i]);
    }
    emit_text(e, count > 1 ? ")" : "");
}

/* Otherwise: with so many keys level, the next one stands behind the cursor's cell. Rows of an arm with
 * more keys level come before those of one with fewer, so the arms in order are the rest of the listing. */
struct arm {
    size_t level;
    bool nulls;              /* downwards nulls stand behind all values: an arm of their own */
};

#define ARMS_MAX (2 * (LIMIT_SORT_KEYS + 2))

static size_t arms_of(const struct place *p, struct arm arms[ARMS_MAX])
{
    size_t count = 0;
    for (size_t level = p->node->after_count; level-- > 0;) {
        bool is_null = p->node->after[level].type == CELL_NULL, down = key_is_down(p, level);
        if (is_null && down) /* nothing stands behind null */
            continue;
        arms[count++] = (struct arm){level, false};
        if (down && key_may_be_null(p, level))
            arms[count++] = (struct arm){level, true};
    }
    return count;
}

static void emit_level(struct emit *e, const struct place *p, size_t i)
{
    emit_key(e, p, i);
    if (p->node->after[i].type == CELL_NULL) {
        emit_text(e, " IS NULL");
    } else {
        emit_text(e, " = ");
        emit_bind(e, p->node->after[i]);
    }
}

static void emit_arm(struct emit *e, const struct place *p, const struct arm *arm)
{
    for (size_t i = 0; i < arm->level; i++) {
        emit_level(e, p, i);
        emit_text(e, " AND ");
    }
    emit_key(e, p, arm->level);
    if (arm->nulls) {
        emit_text(e, " IS NULL");
    } else if (p->node->after[arm->level].type == CELL_NULL) {
        emit_text(e, " IS NOT NULL");
    } else {
        emit_text(e, key_is_down(p, arm->level) ? " < " : " > ");
        emit_bind(e, p->node->after[arm->level]);
    }
}

static void emit_after_arms(struct emit *e, const struct place *p, const struct arm *arms, size_t count)
{
    emit_text(e, count > 1 ? "(" : "");
    for (size_t i = 0; i < count; i++) {
        emit_text(e, i ? " OR " : "");
        emit_arm(e, p, &arms[i]);
    }
    emit_text(e, count > 1 ? ")" : "");
}

/* Whether some index begins with the first key; then each arm is a range of it. */
static bool has_index(const struct place *p)
{
    const struct field *f = p->order->keys[0].by;
    const struct collection *c = p->node->query->from;
    if (p->order->count == 0 || p->node->hop != HOP_ROOT || sort_is_far(&p->order->keys[0]))
        return false;
    if (!emit_is_plain(p->emit, f))
        return false;
    if (field_has_index(f))
        return true;
    for (size_t i = 0; i < c->rule_count; i++)
        if (c->rules[i].fields[0] == f)
            return true;
    return f->is_meta && (f->index == META_ID || f->index == META_PARENT);
}

void emit_columns(struct emit *e, const struct plan_node *n)
{
    for (size_t i = 0; i < n->column_count; i++) {
        emit_text(e, i ? ", " : "");
        emit_column(e, 0, n->columns[i]);
    }
}

/* "_draft" is the last of all. */
void emit_last_columns(struct emit *e, const struct plan_node *n)
{
    if (n->search)
        emit_search_marks(e, n);
    if (n->with_draft)
        emit_text(e, ", t0.\"_draft\"");
}

static void emit_select_list(struct emit *e, const struct place *p)
{
    const struct plan_node *n = p->node;
    emit_text(e, "SELECT ");
    if (p->positions) {
        emit_position(e, n);
        return;
    }
    if (n->estimate) {
        emit_text(e, "max(t0.\"_n\")");
        return;
    }
    if (n->count_only) {
        emit_text(e, "count(*)");
        return;
    }
    if (n->ids_only) {
        emit_text(e, "l0.target");
        return;
    }
    emit_columns(e, n);
    size_t emitted = n->column_count;
    for (size_t i = 0; n->far_keys && n->with_position && i < n->query->sort_count; i++) {
        if (!sort_is_far(&n->query->sort[i]))
            continue;
        emit_text(e, emitted++ ? ", " : "");
        emit_sort_key(e, &n->query->sort[i], 0, 0);
    }
    if (n->with_position) {
        emit_text(e, emitted ? ", " : "");
        emit_position(e, n);
    }
    emit_last_columns(e, n);
}

static bool needs_target(const struct plan_node *n)
{
    return !n->ids_only || n->where->node != FILTER_ALL || n->reach->node != FILTER_ALL ||
           n->query->sort_count > 0;
}

static void emit_from(struct emit *e, const struct plan_node *n)
{
    emit_text(e, " FROM ");
    if (n->hop == HOP_BACK) {
        emit_hop_from(e, n->along, 0);
        return;
    }
    if (n->search) {
        emit_search_from(e, n);
        return;
    }
    if (n->hop == HOP_MANY) {
        emit_link_table(e, n->along);
        emit_text(e, " AS l0");
        if (!needs_target(n))
            return;
        emit_text(e, " JOIN ");
    }
    emit_table(e, n->query->from);
    emit_text(e, " AS t0");
    if (n->hop == HOP_MANY)
        emit_text(e, " ON t0.\"_id\" = l0.target");
}

static void begin_condition(struct emit *e, bool *has_one)
{
    emit_text(e, *has_one ? " AND " : " WHERE ");
    *has_one = true;
}

static void emit_condition(struct emit *e, const struct filter *f, bool narrowed, bool *has_one)
{
    if (f->node == FILTER_ALL)
        return;
    begin_condition(e, has_one);
    emit_text(e, f->node == FILTER_OR ? "(" : "");
    emit_filter(e, f, 0, narrowed);
    emit_text(e, f->node == FILTER_OR ? ")" : "");
}

void emit_wanted(struct emit *e, const struct plan_node *n, bool *has_one)
{
    e->plainly = true;
    emit_condition(e, n->reach, false, has_one);
    e->plainly = false;
    emit_condition(e, n->where, e->plan->side == PLAN_PRINCIPAL, has_one);
    if (n->hop == HOP_ROOT && n->query->publication != PUBLICATION_ANY) {
        begin_condition(e, has_one);
        emit_publication(e, n->query);
    }
}

/* Its cell is the first that is bound: sqlite_read.c binds it alone for the rows that follow. */
static void emit_parent(struct emit *e, const struct plan_node *n)
{
    if (n->hop == HOP_BACK) {
        emit_inner_end(e, n->along, 0);
        emit_text(e, " = ");
        if (field_leads_into(n->along->via)) {
            emit_model_prefix(e, n->along->via->to);
            emit_text(e, " || ");
        }
    } else {
        emit_text(e, n->hop == HOP_ONE ? "t0.\"_id\" = " : "l0.source = ");
    }
    *new_binding(e) = (struct binding){.kind = BIND_PARENT};
}

/* `arms`: what of the listing behind the cursor; none: all that the node asks for. */
static void emit_where(struct emit *e, const struct place *p, const struct arm *arms, size_t arm_count)
{
    const struct plan_node *n = p->node;
    bool has_one = false;
    if (n->hop != HOP_ROOT) {
        begin_condition(e, &has_one);
        emit_parent(e, n);
    }
    if (n->search) {
        begin_condition(e, &has_one);
        emit_search_match(e, n);
    }
    emit_wanted(e, n, &has_one);
    if (n->after_count == 0 || n->count_only)
        return;
    begin_condition(e, &has_one);
    if (arm_count > 0)
        emit_after_arms(e, p, arms, arm_count);
    else
        emit_after_row_value(e, p);
}

void emit_page(struct emit *e, uint32_t limit, uint32_t skip)
{
    emit_text(e, " LIMIT ");
    emit_bind(e, CELL_OF_INT(limit));
    if (skip == 0)
        return;
    emit_text(e, " OFFSET ");
    emit_bind(e, CELL_OF_INT(skip));
}

static void emit_select(struct emit *e, const struct place *p, const struct arm *arms, size_t arm_count)
{
    const struct plan_node *n = p->node;
    emit_select_list(e, p);
    emit_from(e, n);
    emit_where(e, p, arms, arm_count);
    if (!n->count_only && n->hop != HOP_ONE)
        emit_order(e, n, p->order);
}

/* One range of the index after the other. SQL promises no order for this; databases run the parts as
 * they are written, and tests/differ holds them to it. */
static void emit_arms_apart(struct emit *e, const struct place *p, const struct arm *arms, size_t count)
{
    const struct plan_node *n = p->node;
    for (size_t i = 0; i < count; i++) {
        emit_text(e, i ? " UNION ALL SELECT * FROM (" : "SELECT * FROM (");
        emit_select(e, p, &arms[i], 1);
        emit_page(e, n->limit + n->skip, 0);
        emit_text(e, ")");
    }
    emit_page(e, n->limit, n->skip);
}

static void emit_page_of(struct emit *e, const struct place *p)
{
    const struct plan_node *n = p->node;
    struct arm arms[ARMS_MAX];
    bool pages = n->after_count > 0 && !n->count_only;
    must(!pages || n->after_count == p->order->count + 1);
    size_t arm_count = pages && !one_comparison_will_do(p) ? arms_of(p, arms) : 0;
    if (arm_count > 1 && has_index(p)) {
        emit_arms_apart(e, p, arms, arm_count);
        return;
    }
    emit_select(e, p, arms, arm_count);
    if (!n->count_only && n->hop != HOP_ONE)
        emit_page(e, n->limit, n->skip);
}

/* The page in front of a cursor is found by going backwards, and then told in the listing's order. */
static void emit_page_before(struct emit *e, const struct plan_node *n, const struct order *order)
{
    struct order back = reversed(*order);
    must(n->hop == HOP_ROOT);
    emit_select_list(e, &(struct place){.node = n, .order = order, .emit = e});
    emit_from(e, n);
    emit_text(e, " WHERE ");
    emit_position(e, n);
    emit_text(e, " IN (");
    emit_page_of(e, &(struct place){n, &back, e->plan->lens != NULL, e, true});
    emit_text(e, ")");
    emit_order(e, n, order);
}

static void emit_grouped_rows(struct emit *e, const struct plan_node *n)
{
    struct order none = {0};
    emit_from(e, n);
    emit_where(e, &(struct place){n, &none, false, e, false}, NULL, 0);
}

enum err emit_read(struct emit *e, const struct plan *p, const struct plan_node *n, struct problem *why)
{
    struct order order = n->from_end ? reversed(order_of(n)) : order_of(n);
    e->plan = p;
    e->seed = n->seed;
    if (n->ranked && !n->count_only) {
        emit_ranked(e, n);
        return e->sql->failed ? problem_set(why, ERR_TOO_LARGE, "The query is too large") : ERR_OK;
    }
    if (n->query->groups) {
        emit_groups(e, n, emit_grouped_rows);
        emit_page(e, n->limit, n->skip);
        return e->sql->failed ? problem_set(why, ERR_TOO_LARGE, "The query is too large") : ERR_OK;
    }
    if (n->backwards && n->after_count > 0 && !n->count_only)
        emit_page_before(e, n, &order);
    else
        emit_page_of(e, &(struct place){n, &order, p->lens != NULL, e, false});
    if (e->sql->failed)
        return problem_set(why, ERR_TOO_LARGE, "The query is too large");
    return ERR_OK;
}

static bool is_id(const struct field *f)
{
    return f->is_meta && f->index == META_ID;
}

static void emit_insert(struct emit *e, const struct write *w)
{
    emit_text(e, "INSERT INTO ");
    buf_add(e->sql, w->in->table);
    emit_text(e, " (\"_id\"");
    for (size_t i = 0; i < w->field_count; i++) {
        if (is_id(w->fields[i]))
            continue;
        must(w->fields[i]->kind->column != COLUMN_NONE && !field_is_linked(w->fields[i]));
        emit_text(e, ", ");
        buf_add(e->sql, w->fields[i]->column);
    }
    emit_text(e, ") VALUES (");
    emit_bind(e, CELL_OF_TEXT(w->id));
    for (size_t i = 0; i < w->field_count; i++) {
        if (is_id(w->fields[i]))
            continue;
        emit_text(e, ", ");
        emit_bind(e, w->cells[i]);
    }
    emit_text(e, ")");
}

static void emit_update(struct emit *e, const struct write *w)
{
    bool has_one = false;
    emit_text(e, "UPDATE ");
    buf_add(e->sql, w->in->table);
    emit_text(e, " SET ");
    for (size_t i = 0; i < w->field_count; i++) {
        if (is_id(w->fields[i]))
            continue;
        must(w->fields[i]->kind->column != COLUMN_NONE && !field_is_linked(w->fields[i]));
        emit_text(e, has_one ? ", " : "");
        buf_add(e->sql, w->fields[i]->column);
        emit_text(e, " = ");
        emit_bind(e, w->cells[i]);
        has_one = true;
    }
    if (!has_one) /* links alone: still ERR_NOT_FOUND when there is no such item */
        emit_text(e, "\"_id\" = \"_id\"");
    emit_text(e, " WHERE \"_id\" = ");
    emit_bind(e, CELL_OF_TEXT(w->id));
}

enum err emit_write(struct emit *e, const struct write *w, struct problem *why)
{
    must(w->kind != WRITE_FIXED);
    if (w->kind == WRITE_INSERT) {
        emit_insert(e, w);
    } else if (w->kind == WRITE_UPDATE) {
        emit_update(e, w);
    } else {
        emit_text(e, "DELETE FROM ");
        buf_add(e->sql, w->in->table);
        emit_text(e, " WHERE \"_id\" = ");
        emit_bind(e, CELL_OF_TEXT(w->id));
    }
    if (e->sql->failed)
        return problem_set(why, ERR_TOO_LARGE, "The collection has too many fields");
    return ERR_OK;
}

void emit_links_clear(struct emit *e, const struct field *f)
{
    emit_text(e, "DELETE FROM ");
    buf_add(e->sql, f->link_table);
    emit_text(e, " WHERE source = ?1");
}

void emit_link_add(struct emit *e, const struct field *f)
{
    emit_text(e, "INSERT INTO ");
    buf_add(e->sql, f->link_table);
    emit_text(e, " (source, position, target) VALUES (?1, ?2, ?3)");
}
