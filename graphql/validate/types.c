/* Names of types: there must be one, and of the right sort. */
#include "graphql/validate/internal.h"

void rule_known_types(struct visit *v, str name, uint32_t at)
{
    if (gql_type_named(v->schema, name))
        return;
    struct suggestions s = suggest(name, &v->letters);
    for (uint32_t i = 0; i < v->schema->type_count; i++)
        suggest_name(&s, v->schema->types[i]->name);
    str did_you_mean = suggestions_text(v->arena, &s);
    refuse_at(v, refuse(v, "There is no type \"" STR_FMT "\"." STR_FMT, STR_ARG(name), STR_ARG(did_you_mean)), at);
}

static void must_be_composite(struct visit *v, str fragment, str on, uint32_t at)
{
    const struct gql_type *t = gql_type_named(v->schema, on);
    if (!t || gql_is_composite(t))
        return;
    str who = fragment.at ? arena_format(v->arena, "The fragment \"" STR_FMT "\"", STR_ARG(fragment)) : S("A fragment");
    refuse_at(v, refuse(v, STR_FMT " cannot be on the type \"" STR_FMT "\", which has no fields to select.", STR_ARG(who), STR_ARG(on)), at);
}

void rule_composite_fragment(struct visit *v, const struct gql_fragment *f)
{
    must_be_composite(v, f->name, f->on, f->on_at);
}

void rule_composite_inline(struct visit *v, const struct gql_selection *s)
{
    if (s->kind == GQL_INLINE && s->on.at)
        must_be_composite(v, (str){0}, s->on, s->on_at);
}

void rule_variables_input(struct visit *v, const struct gql_variable *d)
{
    const struct gql_type *t = gql_type_of_ref(v->arena, v->schema, d->type);
    if (t && !gql_is_input(gql_innermost(t)))
        refuse_at(v, refuse(v, "The variable \"$" STR_FMT "\" cannot be of the type \"" STR_FMT "\", which is for answers only.",
                            STR_ARG(d->name), STR_ARG(visit_type(v, t))), d->type->at);
}
