/* Directives: known, at a place that is theirs, and once unless they repeat. */
#include "graphql/validate/internal.h"

void rule_known_directives(struct visit *v, const struct gql_directive *d, const struct gql_directive_type *known)
{
    if (!known) {
        refuse_at(v, refuse(v, "There is no directive \"@" STR_FMT "\".", STR_ARG(d->name)), d->at);
        return;
    }
    for (uint32_t i = 0; i < known->location_count; i++)
        if (str_equal(known->locations[i], v->location))
            return;
    refuse_at(v, refuse(v, "The directive \"@" STR_FMT "\" cannot stand at a place of the sort " STR_FMT ".", STR_ARG(d->name), STR_ARG(v->location)), d->at);
}

void rule_unique_directives(struct visit *v, const struct gql_directive *all, uint32_t count)
{
    if (count < 2)
        return;
    struct map *seen = map_new(v->arena, count);
    for (uint32_t i = 0; i < count && !visit_is_over(v); i++) {
        const struct gql_directive_type *known = gql_directive_named(v->schema, all[i].name);
        if (!known || known->repeatable)
            continue;
        const struct gql_directive *first = map_get(seen, all[i].name);
        if (!first) {
            map_put(seen, all[i].name, (void *)(uintptr_t)&all[i]);
            continue;
        }
        struct gql_error *e = refuse(v, "The directive \"@" STR_FMT "\" can stand here only once.", STR_ARG(all[i].name));
        refuse_at(v, e, first->at);
        refuse_at(v, e, all[i].at);
    }
}
