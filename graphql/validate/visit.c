/* What rules share: looking things up, sentences, the budget. */
#include "graphql/validate/internal.h"

bool visit_spend(struct visit *v, size_t steps)
{
    if (steps > LIMIT_GRAPHQL_WORK - v->work) {
        v->work = LIMIT_GRAPHQL_WORK;
        v->is_entangled = true;
    } else {
        v->work += (uint32_t)steps;
    }
    return !v->is_entangled;
}

void refuse_at(struct visit *v, struct gql_error *e, uint32_t at)
{
    gql_fail_at(v->errors, e, v->document->text, at);
}

const struct gql_fragment *visit_fragment(const struct visit *v, str name)
{
    return map_get(v->fragments, name);
}

static void reach_from(struct visit *v, const struct site *site, bool *is_met, struct reach *r)
{
    for (size_t i = 0; i < site->spread_count; i++) {
        const struct gql_fragment *f = visit_fragment(v, site->spreads[i]->name);
        if (f && !is_met[f->number]) {
            is_met[f->number] = true;
            r->items[r->count++] = f;
        }
    }
}

const struct reach *visit_reach(struct visit *v, uint32_t operation)
{
    const struct gql_document *d = v->document;
    if (!v->reached)
        v->reached = NEW_N(v->arena, struct reach, d->operation_count);
    struct reach *r = &v->reached[operation];
    if (r->items)
        return r;
    r->items = NEW_N(v->arena, const struct gql_fragment *, d->fragment_count + 1u);
    bool *is_met = NEW_N(v->arena, bool, d->fragment_count + 1u);
    reach_from(v, &v->operations[operation], is_met, r);
    for (size_t i = 0; i < r->count; i++) {
        const struct site *site = &v->fragment_sites[r->items[i]->number];
        if (!visit_spend(v, site->spread_count + 1))
            break;
        reach_from(v, site, is_met, r);
    }
    return r;
}

str visit_type(struct visit *v, const struct gql_type *t)
{
    struct buf b;
    buf_init(&b, v->arena, LIMIT_GRAPHQL_MESSAGE_BYTES);
    gql_print_type_name(&b, t);
    return buf_str(&b);
}

str visit_value(struct visit *v, const struct gql_value *value)
{
    struct buf b;
    buf_init(&b, v->arena, LIMIT_GRAPHQL_MESSAGE_BYTES);
    gql_print_value(&b, value);
    return b.failed ? S("a long one") : buf_str(&b);
}

str visit_whose(struct visit *v, const struct gql_operation *o)
{
    return o->name.at ? arena_format(v->arena, " of operation \"" STR_FMT "\"", STR_ARG(o->name)) : S("");
}
