/* A subscription has one source of events, so its root is one field, whatever the variables are (5.2.4). */
#include "graphql/validate/internal.h"

struct root {
    struct visit *v;
    bool *is_spread;                  /* by number of the fragment */
    struct map *keys;                 /* names in the answer, with the first field of each */
    const struct gql_selection **fields;
    const struct gql_directive **conditions; /* @skip and @include */
    size_t field_count, condition_count;
};

/* May fragments on this type say something about a subscription? */
static bool applies(const struct visit *v, str on)
{
    const struct gql_type *t = gql_type_named(v->schema, on);
    return t && gql_is_composite(t) && gql_is_possible(t, v->schema->subscription);
}

static bool is_conditional(struct root *r, const struct gql_selection *s)
{
    static const str names[] = {STR("skip"), STR("include")};
    for (size_t n = 0; n < COUNTOF(names); n++)
        for (uint32_t i = 0; i < s->directive_count; i++)
            if (str_equal(s->directives[i].name, names[n])) {
                r->conditions[r->condition_count++] = &s->directives[i];
                return true;
            }
    return false;
}

/* Each selection once at most: fragments are put in once. */
static void gather(struct root *r, const struct gql_selections *set)
{
    for (uint32_t i = 0; i < set->count; i++) {
        const struct gql_selection *s = &set->items[i];
        if (is_conditional(r, s))
            continue;
        if (s->kind == GQL_FIELD) {
            r->fields[r->field_count++] = s;
            if (!map_get(r->keys, gql_key(s)))
                map_put(r->keys, gql_key(s), (void *)(uintptr_t)s);
        } else if (s->kind == GQL_INLINE) {
            if (!s->on.at || applies(r->v, s->on))
                gather(r, s->set);
        } else {
            const struct gql_fragment *f = visit_fragment(r->v, s->name);
            if (f && !r->is_spread[f->number] && applies(r->v, f->on)) {
                r->is_spread[f->number] = true;
                gather(r, f->set);
            }
        }
    }
}

static void judge_fields(struct visit *v, const struct root *r, str who)
{
    const struct gql_selection *first = r->fields[0];
    if (map_count(r->keys) > 1) {
        struct gql_error *e = refuse(v, STR_FMT " must have one field at its root, and no more.", STR_ARG(who));
        size_t at = 0;
        str key;
        void *same;
        while (map_each(r->keys, &at, &key, &same)) /* as they appear in the answer */
            for (size_t i = 0; i < r->field_count; i++)
                if (same != (const void *)first && str_equal(gql_key(r->fields[i]), key))
                    refuse_at(v, e, r->fields[i]->at);
    }
    size_t at = 0;
    str key;
    void *same;
    while (map_each(r->keys, &at, &key, &same) && !visit_is_over(v)) {
        if (!str_starts(((const struct gql_selection *)same)->name, S("__")))
            continue;
        struct gql_error *e = refuse(v, STR_FMT " cannot have a field of introspection at its root.", STR_ARG(who));
        for (size_t i = 0; i < r->field_count; i++)
            if (str_equal(gql_key(r->fields[i]), key))
                refuse_at(v, e, r->fields[i]->at);
    }
}

void rule_single_field(struct visit *v, const struct gql_operation *o)
{
    if (o->kind != GQL_SUBSCRIPTION || !v->schema->subscription)
        return;
    const struct gql_document *d = v->document;
    struct root r = {.v = v,
                     .is_spread = NEW_N(v->arena, bool, d->fragment_count + 1u),
                     .keys = map_new(v->arena, 4),
                     .fields = NEW_N(v->arena, const struct gql_selection *, d->selection_count + 1u),
                     .conditions = NEW_N(v->arena, const struct gql_directive *, d->selection_count + 1u)};
    if (!visit_spend(v, d->selection_count)) /* as much as there may be, for each subscription */
        return;
    gather(&r, o->set);
    str who = o->name.at ? arena_format(v->arena, "The subscription \"" STR_FMT "\"", STR_ARG(o->name)) : S("A subscription");
    if (r.condition_count) {
        struct gql_error *e = refuse(v, STR_FMT " cannot have @skip or @include at its root.", STR_ARG(who));
        for (size_t i = 0; i < r.condition_count; i++)
            refuse_at(v, e, r.conditions[i]->at);
    } else if (r.field_count == 0) {
        refuse_at(v, refuse(v, STR_FMT " must have one field at its root.", STR_ARG(who)), o->set->at);
    } else {
        judge_fields(v, &r, who);
    }
}
