/* Groups: one SELECT with GROUP BY; conditions on groups stand around it, so that each value is named once. */
#include "content/query/groups.h"
#include "content/store/emit.h"

static void emit_column_name(struct emit *e, size_t column)
{
    emit_text(e, "g");
    buf_u64(e->sql, column);
}

static void emit_value(struct emit *e, const struct group_value *v)
{
    static const char *const open[GROUP_DO_COUNT] = {
        [GROUP_COUNT] = "count(", [GROUP_COUNT_DISTINCT] = "count(DISTINCT ", [GROUP_SUM] = "sum(",
        [GROUP_SUM_DISTINCT] = "sum(DISTINCT ", [GROUP_AVG] = "avg(", [GROUP_AVG_DISTINCT] = "avg(DISTINCT ",
        [GROUP_MIN] = "min(", [GROUP_MAX] = "max(",
    };
    bool adds = v->what == GROUP_SUM || v->what == GROUP_SUM_DISTINCT;
    emit_text(e, adds ? e->dialect->function_prefix : ""); /* ours: no overflow is an error */
    emit_text(e, open[v->what]);
    if (v->field)
        emit_column(e, 0, v->field);
    else
        emit_text(e, "*");
    emit_text(e, ")");
}

static void emit_group_columns(struct emit *e, const struct grouping *g)
{
    for (size_t i = 0; i < g->key_count + g->value_count; i++) {
        emit_text(e, i ? ", " : "");
        if (i < g->key_count)
            emit_term(e, 0, g->keys[i].field, g->keys[i].func, 0);
        else
            emit_value(e, &g->values[i - g->key_count]);
        emit_text(e, " AS ");
        emit_column_name(e, i);
    }
}

/* By place: a name would be that of a column first, and some collection may have a field "g0". */
static void emit_group_by(struct emit *e, const struct grouping *g)
{
    for (size_t i = 0; i < g->key_count; i++) {
        emit_text(e, i ? ", " : " GROUP BY ");
        buf_u64(e->sql, i + 1);
    }
}

static void emit_having(struct emit *e, const struct grouping *g)
{
    struct match *m = NEW(e->arena, struct match);
    *m = (struct match){.test = g->having, .vars = e->plan->vars, .groups = g};
    emit_text(e, ") WHERE ");
    emit_text(e, e->dialect->function_prefix);
    emit_text(e, "having(");
    emit_bind_match(e, m);
    for (size_t i = 0; i < g->key_count + g->value_count; i++) {
        emit_text(e, ", ");
        emit_column_name(e, i);
    }
    emit_text(e, ")");
}

/* The keys behind what was asked for make the order total. */
static void emit_group_order(struct emit *e, const struct grouping *g)
{
    const char *word = " ORDER BY ";
    for (size_t i = 0; i < g->sort_count + g->key_count; i++) {
        bool asked = i < g->sort_count, down = asked && g->sort[i].down;
        emit_text(e, word);
        emit_column_name(e, asked ? g->sort[i].column : i - g->sort_count);
        emit_text(e, down ? " DESC NULLS LAST" : " ASC NULLS FIRST");
        word = ", ";
    }
}

void emit_groups(struct emit *e, const struct plan_node *n, void (*rows)(struct emit *e, const struct plan_node *n))
{
    const struct grouping *g = n->query->groups;
    bool has_having = g->having->node != FILTER_ALL;
    emit_text(e, has_having ? "SELECT * FROM (SELECT " : "SELECT ");
    emit_group_columns(e, g);
    rows(e, n);
    emit_group_by(e, g);
    if (has_having)
        emit_having(e, g);
    emit_group_order(e, g);
}
