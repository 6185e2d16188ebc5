/* Relations: what is read of their targets, and how. */
#include "graphql/own/read.h"

#include "base/limits.h"
#include "content/kind.h"

static enum err take_number(const struct gql_node *node, str name, int64_t max, int64_t *out,
                            struct problem *why)
{
    const struct json *v = gql_argument(node, name);
    if (!v || v->type == JSON_NULL)
        return ERR_OK;
    if (v->type != JSON_INT || v->integer < 0 || v->integer > max)
        return problem_fault(why, ERR_BAD_INPUT, name, S("limit"),
                             STR_FMT " is a whole number from 0 to %lld", STR_ARG(name),
                             (long long)max);
    *out = v->integer;
    return ERR_OK;
}

static enum err take_conditions(struct reading *r, const struct gql_node *node, struct query *q,
                                struct problem *why)
{
    const struct filter *where = NULL;
    TRY(own_take_where(r->x, q->from, gql_argument(node, S("where")), S("where"), &where, why));
    if (where)
        q->where = filter_and(r->x->arena, q->where ? q->where : &filter_all, where);
    return own_take_order(r->x, q->from, gql_argument(node, S("orderBy")), q, why);
}

static enum err take_page(const struct gql_node *node, struct query *q, bool *nothing,
                          struct problem *why)
{
    int64_t limit = LIMIT_GRAPHQL_PAGE, offset = 0;
    TRY(take_number(node, S("limit"), LIMIT_ROWS, &limit, why));
    TRY(take_number(node, S("offset"), LIMIT_SKIP, &offset, why));
    *nothing = limit == 0;
    q->limit = limit ? (uint32_t)limit : 1;
    q->skip = (uint32_t)offset;
    return ERR_OK;
}

enum err own_take_list(struct reading *r, const struct gql_node *node, struct query *q,
                       bool *nothing, struct problem *why)
{
    TRY(take_page(node, q, nothing, why));
    return take_conditions(r, node, q, why);
}

/* Relay's words: a page goes on behind a cursor, or it ends in front of one. */
enum err own_take_window(struct reading *r, const struct gql_node *node, struct query *q,
                         struct window *out, struct problem *why)
{
    int64_t first = -1, last = -1, offset = 0;
    str after = gql_argument_text(node, S("after")), before = gql_argument_text(node, S("before"));
    TRY(take_number(node, S("first"), LIMIT_ROWS, &first, why));
    TRY(take_number(node, S("last"), LIMIT_ROWS, &last, why));
    TRY(take_number(node, S("offset"), LIMIT_SKIP, &offset, why));
    if (first >= 0 && last >= 0)
        return problem_fault(why, ERR_BAD_INPUT, S("last"), S("parameter"),
                             "A connection has first or last, not both");
    out->from_end = last >= 0 || before.at;
    if (out->from_end && (first >= 0 || after.at))
        return problem_fault(why, ERR_BAD_INPUT, last >= 0 ? (str)STR("after") : (str)STR("before"), S("parameter"),
                             "first goes with after, last with before");
    out->has_cursor = after.at || before.at || offset > 0;
    if (offset > 0 && (after.at || before.at))
        return problem_fault(why, ERR_BAD_INPUT, S("offset"), S("parameter"),
                             "A cursor knows where to go on; offset does not go with it");
    int64_t limit = out->from_end ? last : first;
    out->limit = limit < 0 ? LIMIT_GRAPHQL_PAGE : (uint32_t)limit;
    q->limit = out->limit ? out->limit : 1;
    q->skip = (uint32_t)offset;
    q->from_end = out->from_end;
    q->after = out->from_end ? before : after;
    return take_conditions(r, node, q, why);
}

/* ---- steps ---- */

/* The targets' steps, below a new query. */
static struct item_steps *compile_targets(struct reading *r, const struct sketch *s,
                                          struct query *q, const struct gql_fields *fields)
{
    struct sketch below = {.query = q, .hops = s->hops + 1};
    return own_compile_items(r, &below, fields);
}

static struct item_steps **one_of(struct reading *r, struct item_steps *steps)
{
    struct item_steps **list = NEW(r->x->arena, struct item_steps *);
    *list = steps;
    return list;
}

static void compile_one_or_many(struct reading *r, struct sketch *s, struct item_step *step)
{
    const struct field *f = step->meaning->field;
    bool nothing = false, is_many = step->meaning->what == OWN_MANY;
    struct problem why = {.arena = r->x->arena, .spans = r->x->spans};
    struct query *q = own_compile_branch(r, s, step, f->to);
    if (!q)
        return;
    if (is_many && own_take_list(r, step->node, q, &nothing, &why) != ERR_OK) {
        *own_compile_fault(r, step) = why;
        return;
    }
    step->write = is_many ? own_write_many : own_write_one;
    step->nothing = nothing;
    step->items = one_of(
        r, compile_targets(r, s, q, gql_fields_of(r->x, step->node, own_type_of_items(r, f->to))));
    step->item_count = 1;
    size_t at = own_sketch_output(r, s, f); /* behind: outputs may move while others are added */
    s->query->outputs[at].branch = q;
    step->output = at;
}

/* A query for each collection that the caller can read. */
static void compile_any(struct reading *r, struct sketch *s, struct item_step *step)
{
    const struct field *f = step->meaning->field;
    struct arena *a = r->x->arena;
    struct query **into = NEW_N(a, struct query *, f->target_count), *page = NULL;
    struct item_steps **items = NEW_N(a, struct item_steps *, f->target_count);
    struct problem why = {.arena = a, .spans = r->x->spans};
    bool nothing = false, is_many = step->meaning->what == OWN_ANY_MANY;
    step->write = is_many ? own_write_many : own_write_one;
    for (size_t i = 0; i < f->target_count; i++) {
        const struct gql_type *type = own_type_of_items(r, f->targets[i]);
        if (!type || !gql_is_possible(gql_innermost(step->node->field->type), type))
            continue;
        into[i] = own_compile_branch(r, s, step, f->targets[i]);
        if (!into[i])
            return;
        items[step->item_count++] =
            compile_targets(r, s, into[i], gql_fields_of(r->x, step->node, type));
        page = into[i];
    }
    if (is_many && page) { /* how many links are looked at */
        struct query *links = NEW(a, struct query);
        links->from = page->from;
        if (take_page(step->node, links, &nothing, &why) != ERR_OK) {
            *own_compile_fault(r, step) = why;
            return;
        }
        page = links;
    }
    step->nothing = nothing || !page;
    step->items = items;
    step->output = own_sketch_output(r, s, f);
    s->query->outputs[step->output].into = into;
    s->query->outputs[step->output].branch = is_many ? page : NULL;
}

void own_compile_relation(struct reading *r, struct sketch *s, struct item_step *step)
{
    bool is_any = step->meaning->what == OWN_ANY || step->meaning->what == OWN_ANY_MANY;
    if (is_any)
        compile_any(r, s, step);
    else
        compile_one_or_many(r, s, step);
}

/* ---- connections of relations ---- */

void own_compile_pages(struct reading *r, struct sketch *s, struct item_step *step)
{
    const struct field *f = step->meaning->field;
    struct problem why = {.arena = r->x->arena, .spans = r->x->spans};
    struct window window;
    struct query *q = own_compile_branch(r, s, step, f->to);
    if (!q)
        return;
    q->paged = f;
    if (own_take_window(r, step->node, q, &window, &why) != ERR_OK) {
        *own_compile_fault(r, step) = why;
        return;
    }
    step->write = own_write_pages;
    step->pages = own_pages_make(r, step->node, &window);
    if (own_pages_want_total(step->pages)) {
        struct query *count = own_compile_branch(r, s, step, f->to);
        if (!count)
            return;
        count->where = q->where;
        count->count = COUNT_ONLY;
        size_t at = own_sketch_output(r, s, f);
        s->query->outputs[at].branch = count;
        own_pages_total_at(step->pages, at);
    }
    if (!own_pages_want_items(step->pages))
        return;
    struct sketch below = {.query = q, .hops = s->hops + 1};
    own_pages_compile(r, step->pages, &below);
    step->output = own_sketch_output(r, s, f);
    s->query->outputs[step->output].branch = q;
}
