/* Arguments of fields and directives: known, once, and all that must be there. */
#include "graphql/validate/internal.h"

/* "field "Query.post"", "directive "@include"". */
static str owner(struct visit *v, const struct asked *a)
{
    return a->directive ? arena_format(v->arena, "directive \"@" STR_FMT "\"", STR_ARG(a->directive->name))
                        : arena_format(v->arena, "field \"" STR_FMT "." STR_FMT "\"", STR_ARG(a->of->name), STR_ARG(a->field->name));
}

static bool is_one_of(const struct asked *a, str name)
{
    for (uint32_t i = 0; i < a->input_count; i++)
        if (str_equal(a->inputs[i].name, name))
            return true;
    return false;
}

void rule_known_arguments(struct visit *v, const struct asked *a)
{
    if (!a->field && !a->directive)
        return;
    for (uint32_t i = 0; i < a->given_count && !visit_is_over(v); i++) {
        str name = a->given[i].name;
        if (is_one_of(a, name))
            continue;
        struct suggestions near = suggest(name, &v->letters);
        for (uint32_t k = 0; k < a->input_count; k++)
            suggest_name(&near, a->inputs[k].name);
        str whose = owner(v, a), did_you_mean = suggestions_text(v->arena, &near);
        refuse_at(v, refuse(v, "The " STR_FMT " has no argument \"" STR_FMT "\"." STR_FMT, STR_ARG(whose), STR_ARG(name), STR_ARG(did_you_mean)),
                  a->given[i].at);
    }
}

void rule_argument_names(struct visit *v, const struct asked *a)
{
    if (a->given_count < 2)
        return;
    struct map *first = map_new(v->arena, a->given_count), *told = map_new(v->arena, 4);
    for (uint32_t i = 0; i < a->given_count && !visit_is_over(v); i++) {
        const struct gql_argument *here = &a->given[i];
        if (!map_get(first, here->name)) {
            map_put(first, here->name, (void *)(uintptr_t)here);
            continue;
        }
        struct gql_error *e = map_get(told, here->name);
        if (!e) { /* one error for all of a name */
            e = refuse(v, "The argument \"" STR_FMT "\" is given more than once.", STR_ARG(here->name));
            if (!e)
                return;
            map_put(told, here->name, e);
            refuse_at(v, e, ((const struct gql_argument *)map_get(first, here->name))->at);
        }
        refuse_at(v, e, here->at);
    }
}

void rule_required_arguments(struct visit *v, const struct asked *a)
{
    for (uint32_t i = 0; i < a->input_count && !visit_is_over(v); i++) {
        const struct gql_input *input = &a->inputs[i];
        if (input->type->kind != GQL_NON_NULL || input->standard)
            continue;
        bool is_given = false;
        for (uint32_t k = 0; k < a->given_count && !is_given; k++)
            is_given = str_equal(a->given[k].name, input->name);
        if (!is_given) {
            str whose = owner(v, a), type = visit_type(v, input->type);
            refuse_at(v, refuse(v, "The " STR_FMT " must have the argument \"" STR_FMT "\" of the type \"" STR_FMT "\".", STR_ARG(whose),
                                STR_ARG(input->name), STR_ARG(type)), a->at);
        }
    }
}
