/* Filters -> SQL conditions: how tests are joined, and where they look. What a test says is in
 * emit_test.c.
 *
 * SQL's third truth value is let stand where it cannot be told from false: inside AND and OR, up to
 * WHERE. A complement asks IS NOT TRUE, which makes it two-valued again. */
#include "content/store/emit.h"

#include "base/limits.h"
#include "content/aggregate/expression.h"

/* A chain of AND is as deep as it is long to SQLite's parser; groups of this size are joined in pairs. */
#define CHAIN_LONG 8u

static void emit_hops(struct emit *e, const struct test_at *t, size_t hop);

static void emit_child(struct emit *e, const struct filter *f, unsigned alias, bool narrowed)
{
    bool wrap = f->node == FILTER_AND || f->node == FILTER_OR;
    emit_text(e, wrap ? "(" : "");
    emit_filter(e, f, alias, narrowed);
    emit_text(e, wrap ? ")" : "");
}

struct chain {
    const struct filter *const *children;
    size_t count;
    const char *word;
    unsigned alias;
    bool narrowed;
};

/* Depth: halves, so at most log2 of LIMIT_FILTER_NODES. */
static void emit_chain(struct emit *e, struct chain c)
{
    if (c.count <= CHAIN_LONG) {
        for (size_t i = 0; i < c.count; i++) {
            emit_text(e, i ? c.word : "");
            emit_child(e, c.children[i], c.alias, c.narrowed);
        }
        return;
    }
    struct chain left = c, right = c;
    left.count = c.count / 2;
    right.children += left.count;
    right.count -= left.count;
    emit_text(e, "(");
    emit_chain(e, left);
    emit_text(e, ")");
    emit_text(e, c.word);
    emit_text(e, "(");
    emit_chain(e, right);
    emit_text(e, ")");
}

static void emit_joined(struct emit *e, const struct filter *f, unsigned alias, bool narrowed)
{
    bool all = f->node == FILTER_AND;
    if (f->child_count == 0) {
        emit_text(e, all ? "TRUE" : "FALSE");
        return;
    }
    emit_chain(e, (struct chain){f->children, f->child_count, all ? " AND " : " OR ", alias, narrowed});
}

/* Our function of an expression and the fields that it looks at. */
static void emit_call(struct emit *e, const char *name, const struct match *m, const struct expression *expr, unsigned alias)
{
    const struct field *const *fields;
    size_t count = expression_fields(expr, &fields);
    emit_text(e, e->dialect->function_prefix);
    emit_text(e, name);
    emit_text(e, "(");
    emit_bind_match(e, m);
    for (size_t i = 0; i < count; i++) {
        emit_text(e, ", ");
        emit_column(e, alias, fields[i]);
    }
    emit_text(e, ")");
}

static void emit_expression(struct emit *e, const struct filter *f, unsigned alias)
{
    struct match *m = NEW(e->arena, struct match);
    *m = (struct match){.test = f, .vars = e->plan->vars};
    emit_call(e, "expr", m, f->expr, alias);
}

void emit_computed(struct emit *e, unsigned alias, const struct field *f)
{
    struct match *m = NEW(e->arena, struct match);
    *m = (struct match){.field = f};
    emit_call(e, "computed", m, f->computed, alias);
}

/* Depth: the reader holds filters to LIMIT_FILTER_DEPTH. */
void emit_filter(struct emit *e, const struct filter *f, unsigned alias, bool narrowed)
{
    switch (f->node) {
    case FILTER_ALL:
        emit_text(e, "TRUE");
        break;
    case FILTER_NONE:
        emit_text(e, "FALSE");
        break;
    case FILTER_AND:
    case FILTER_OR:
        emit_joined(e, f, alias, narrowed);
        break;
    case FILTER_NOT:
        emit_text(e, "(");
        emit_filter(e, f->children[0], alias, narrowed);
        emit_text(e, ") IS NOT TRUE");
        break;
    case FILTER_EXPR:
        emit_expression(e, f, alias);
        break;
    case FILTER_TEST:
    case FILTER_SOME:
        emit_hops(e, &(struct test_at){f, alias, narrowed}, 0);
        break;
    }
}

/* Hops: a subquery on the target each, narrowed to what may be read there (AZ-4). The target's own
 * condition was written by an administrator and looks further without narrowing.
 *
 * EXISTS asks per row, which is right when the page is small and the test is wide. When an index on the
 * target answers the test ("repository.name" is one row), IN starts from there instead. */
static bool starts_from_target(const struct emit *e, const struct filter *f)
{
    if (f->node == FILTER_SOME || f->field->backwards || f->func != FUNC_NONE || f->negated)
        return false;
    bool picks = f->op == TEST_EQ || f->op == TEST_IN || f->op == TEST_HAS;
    bool is_null = f->operand.type == JSON_NULL && f->var == VAR_NONE;
    bool by_index = field_has_index(f->field) || (f->field->is_meta && f->field->index == META_ID);
    return emit_is_plain(e, f->field) && picks && !is_null && by_index && f->path_count == 0 && f->field->kind->column != COLUMN_JSON;
}

static void emit_hop_open(struct emit *e, const struct test_at *t, const struct field *along, unsigned alias)
{
    bool from_target = starts_from_target(e, t->f);
    if (from_target) {
        emit_outer_end(e, along, t->alias);
        emit_text(e, " IN (SELECT ");
        emit_inner_end(e, along, alias);
        emit_text(e, " FROM ");
    } else {
        emit_text(e, "EXISTS (SELECT 1 FROM ");
    }
    emit_hop_from(e, along, alias);
    emit_text(e, " WHERE ");
    if (!from_target) {
        emit_inner_end(e, along, alias);
        emit_text(e, " = ");
        emit_outer_end(e, along, t->alias);
        emit_text(e, " AND ");
    }
}

static const struct access *access_of(const struct emit *e, const struct field *along, bool narrowed)
{
    return narrowed && e->plan->rights ? rights_access(e->plan->rights, VERB_READ, emit_target(along)) : NULL;
}

/* What an access allows, in the words of the administrator: of the default language. */
static void emit_reach(struct emit *e, const struct access *access, unsigned alias)
{
    bool was = e->plainly;
    e->plainly = true;
    emit_child(e, access->where, alias, false);
    e->plainly = was;
}

static void emit_hop(struct emit *e, const struct test_at *t, size_t hop)
{
    const struct field *along = t->f->hops[hop];
    const struct access *access = access_of(e, along, t->narrowed);
    if (!emit_looks_at(e, along, t->narrowed)) {
        emit_text(e, "FALSE");
        return;
    }
    unsigned alias = ++e->aliases;
    emit_hop_open(e, t, along, alias);
    if (access && access->where->node != FILTER_ALL) {
        emit_reach(e, access, alias);
        emit_text(e, " AND ");
    }
    emit_hops(e, &(struct test_at){t->f, alias, t->narrowed}, hop + 1);
    emit_text(e, ")");
}

/* How many visible items refer to this one. */
static void emit_size_of_back(struct emit *e, const struct test_at *t)
{
    must(t->f->op == TEST_SIZE);
    emit_count_of(e, t->f->field, t->alias, t->narrowed);
    emit_text(e, " = ");
    emit_bind(e, CELL_OF_INT(t->f->operand.integer));
}

bool emit_looks_at(const struct emit *e, const struct field *along, bool narrowed)
{
    const struct access *access = access_of(e, along, narrowed);
    return !access || (access->granted && access->where->node != FILTER_NONE);
}

void emit_related(struct emit *e, const struct field *along, unsigned outer, unsigned inner, bool narrowed)
{
    const struct access *access = access_of(e, along, narrowed);
    emit_hop_from(e, along, inner);
    emit_text(e, " WHERE ");
    emit_inner_end(e, along, inner);
    emit_text(e, " = ");
    emit_outer_end(e, along, outer);
    if (access && access->where->node != FILTER_ALL) {
        emit_text(e, " AND ");
        emit_reach(e, access, inner);
    }
}

void emit_count_of(struct emit *e, const struct field *back, unsigned outer, bool narrowed)
{
    if (!emit_looks_at(e, back, narrowed)) {
        emit_text(e, "0");
        return;
    }
    emit_text(e, "(SELECT count(*) FROM ");
    emit_related(e, back, outer, ++e->aliases, narrowed);
    emit_text(e, ")");
}

/* Depth: LIMIT_FILTER_HOPS. */
static void emit_hops(struct emit *e, const struct test_at *t, size_t hop)
{
    if (hop < t->f->hop_count)
        emit_hop(e, t, hop);
    else if (t->f->node == FILTER_SOME)
        emit_child(e, t->f->inner, t->alias, t->narrowed);
    else if (t->f->field->backwards)
        emit_size_of_back(e, t);
    else
        emit_test(e, t);
}
