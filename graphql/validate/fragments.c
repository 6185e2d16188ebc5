/* Fragments: known, used, possible where they are spread, and not within themselves. */
#include "graphql/validate/internal.h"

void rule_fragment_names(struct visit *v)
{
    const struct gql_document *d = v->document;
    struct map *seen = map_new(v->arena, d->fragment_count);
    for (uint32_t i = 0; i < d->fragment_count && !visit_is_over(v); i++) {
        const struct gql_fragment *f = &d->fragments[i], *first = map_get(seen, f->name);
        if (!first) {
            map_put(seen, f->name, (void *)(uintptr_t)f);
            continue;
        }
        struct gql_error *e = refuse(v, "There is more than one fragment with the name \"" STR_FMT "\".", STR_ARG(f->name));
        refuse_at(v, e, first->name_at);
        refuse_at(v, e, f->name_at);
    }
}

void rule_known_fragments(struct visit *v, const struct gql_selection *s)
{
    if (s->kind == GQL_SPREAD && !visit_fragment(v, s->name))
        refuse_at(v, refuse(v, "There is no fragment \"" STR_FMT "\".", STR_ARG(s->name)), s->name_at);
}

void rule_used_fragments(struct visit *v)
{
    const struct gql_document *d = v->document;
    bool *is_used = NEW_N(v->arena, bool, d->fragment_count + 1u);
    for (uint32_t i = 0; i < d->operation_count && d->fragment_count && !visit_is_over(v); i++) {
        const struct reach *r = visit_reach(v, i);
        for (size_t k = 0; k < r->count; k++)
            is_used[r->items[k]->number] = true;
    }
    for (uint32_t i = 0; i < d->fragment_count && !visit_is_over(v); i++) {
        const struct gql_fragment *f = &d->fragments[i];
        if (!is_used[visit_fragment(v, f->name)->number]) /* of several with a name, none is told of alone */
            refuse_at(v, refuse(v, "The fragment \"" STR_FMT "\" is never used.", STR_ARG(f->name)), f->at);
    }
}

void rule_possible_spreads(struct visit *v, const struct gql_selection *s)
{
    const struct gql_type *type = v->type;
    if (s->kind == GQL_FIELD || !v->parent)
        return;
    const struct gql_fragment *f = s->kind == GQL_SPREAD ? visit_fragment(v, s->name) : NULL;
    if (s->kind == GQL_SPREAD)
        type = f ? gql_type_named(v->schema, f->on) : NULL;
    if (!type || !gql_is_composite(type) || gql_types_overlap(type, v->parent))
        return;
    str who = f ? arena_format(v->arena, "The fragment \"" STR_FMT "\"", STR_ARG(f->name)) : S("A fragment");
    refuse_at(v, refuse(v, STR_FMT " on \"" STR_FMT "\" cannot be spread here: a \"" STR_FMT "\" is never one.", STR_ARG(who), STR_ARG(type->name),
                        STR_ARG(v->parent->name)), s->at);
}

/* The search for cycles goes down spread by spread; the path is what it stands on. Each fragment is entered once, so the
 * depth is at most the number of fragments (LIMIT_GRAPHQL_FRAGMENTS of them pass gql_within_limits()). */
struct search {
    struct visit *v;
    bool *is_done;                    /* by number; of several of a name, the last one's */
    uint32_t *entered;                /* the path's length when the fragment was entered, + 1; 0: it is not on the path */
    const struct gql_selection **path;
    uint32_t length;
    const struct gql_selections **sets; /* still to be looked through */
};

struct spreads {
    const struct gql_selection **items;
    size_t count;
};

/* All spreads below a fragment: those of a set before those of sets inside it, of these the last ones first. The order is
 * graphql-js's, which decides from where a cycle is told. */
static struct spreads spreads_of(struct search *s, const struct gql_fragment *f)
{
    const struct site *site = &s->v->fragment_sites[f->number];
    struct spreads out = {NEW_N(s->v->arena, const struct gql_selection *, site->spread_count + 1), 0};
    if (site->spread_count == 0)
        return out;
    size_t open = 0;
    s->sets[open++] = f->set;
    while (open) {
        const struct gql_selections *set = s->sets[--open];
        for (uint32_t i = 0; i < set->count; i++)
            if (set->items[i].kind == GQL_SPREAD)
                out.items[out.count++] = &set->items[i];
            else if (set->items[i].set)
                s->sets[open++] = set->items[i].set;
    }
    return out;
}

static void tell_cycle(struct search *s, uint32_t from)
{
    struct visit *v = s->v;
    struct buf via;
    buf_init(&via, v->arena, LIMIT_GRAPHQL_MESSAGE_BYTES);
    for (uint32_t i = from; i + 1 < s->length; i++)
        buf_format(&via, "%s\"" STR_FMT "\"", i == from ? ", through " : ", ", STR_ARG(s->path[i]->name));
    str through = via.failed ? S(", through many others") : buf_str(&via);
    struct gql_error *e = refuse(v, "The fragment \"" STR_FMT "\" contains itself" STR_FMT ".", STR_ARG(s->path[s->length - 1]->name), STR_ARG(through));
    for (uint32_t i = from; i < s->length; i++)
        refuse_at(v, e, s->path[i]->at);
}

static void look_into(struct search *s, const struct gql_fragment *f)
{
    uint32_t number = visit_fragment(s->v, f->name)->number;
    if (s->is_done[number])
        return;
    s->is_done[number] = true;
    struct spreads spreads = spreads_of(s, f);
    s->entered[number] = s->length + 1;
    for (size_t i = 0; i < spreads.count && !visit_is_over(s->v); i++) {
        const struct gql_fragment *next = visit_fragment(s->v, spreads.items[i]->name);
        if (!next)
            continue;
        s->path[s->length++] = spreads.items[i];
        if (s->entered[next->number])
            tell_cycle(s, s->entered[next->number] - 1);
        else
            look_into(s, next);
        s->length--;
    }
    s->entered[number] = 0;
}

void rule_fragment_cycles(struct visit *v)
{
    const struct gql_document *d = v->document;
    if (d->fragment_count == 0)
        return;
    struct search s = {.v = v,
                       .is_done = NEW_N(v->arena, bool, d->fragment_count),
                       .entered = NEW_N(v->arena, uint32_t, d->fragment_count),
                       .path = NEW_N(v->arena, const struct gql_selection *, d->fragment_count + 1u),
                       .sets = NEW_N(v->arena, const struct gql_selections *, d->set_count + 1u)};
    for (uint32_t i = 0; i < d->fragment_count && !visit_is_over(v); i++)
        look_into(&s, &d->fragments[i]);
}
