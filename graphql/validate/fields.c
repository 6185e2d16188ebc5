/* Fields: there is one of that name, and it has selections where it must and only there. */
#include "graphql/validate/internal.h"

void rule_scalar_leafs(struct visit *v, const struct gql_selection *s)
{
    if (s->kind != GQL_FIELD || !v->type)
        return;
    bool is_leaf = gql_is_leaf(gql_innermost(v->type));
    if (is_leaf == !s->set)
        return;
    str type = visit_type(v, v->type);
    if (is_leaf)
        refuse_at(v, refuse(v, "The field \"" STR_FMT "\" cannot have a selection: its type \"" STR_FMT "\" has no fields.",
                            STR_ARG(s->name), STR_ARG(type)), s->set->at);
    else
        refuse_at(v, refuse(v, "The field \"" STR_FMT "\" of the type \"" STR_FMT "\" must have a selection of its fields: \"" STR_FMT " { … }\".",
                            STR_ARG(s->name), STR_ARG(type), STR_ARG(s->name)), s->at);
}

/* Types that could be there and have the field: an inline fragment would reach it. */
static void suggest_types(struct visit *v, struct suggestions *s, const struct gql_type *parent, str field)
{
    for (uint32_t i = 0; i < parent->possible_count && s->count < SUGGESTIONS; i++)
        if (gql_field_named(v->schema, parent->possible[i], field))
            s->items[s->count++].name = parent->possible[i]->name;
}

void rule_known_fields(struct visit *v, const struct gql_selection *s)
{
    const struct gql_type *parent = v->parent;
    if (s->kind != GQL_FIELD || !parent || v->field)
        return;
    struct suggestions near = suggest(s->name, &v->letters);
    if (parent->kind != GQL_OBJECT_TYPE)
        suggest_types(v, &near, parent, s->name);
    const char *through = near.count ? " An inline fragment would reach it." : "";
    if (near.count == 0)
        for (uint32_t i = 0; i < parent->field_count; i++)
            suggest_name(&near, parent->fields[i].name);
    str did_you_mean = suggestions_text(v->arena, &near);
    refuse_at(v, refuse(v, "There is no field \"" STR_FMT "\" on the type \"" STR_FMT "\".%s" STR_FMT, STR_ARG(s->name), STR_ARG(parent->name),
                        through, STR_ARG(did_you_mean)), s->at);
}
