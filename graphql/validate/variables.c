/* Variables: named once, defined where they are used, used where they are defined, and of a type that fits there. Uses in
 * fragments count for every operation that needs the fragment. */
#include "graphql/validate/internal.h"

void rule_variable_names(struct visit *v, const struct gql_operation *o)
{
    if (o->variable_count < 2)
        return;
    struct map *first = map_new(v->arena, o->variable_count), *told = map_new(v->arena, 4);
    for (uint32_t i = 0; i < o->variable_count && !visit_is_over(v); i++) {
        const struct gql_variable *here = &o->variables[i], *before = map_get(first, here->name);
        if (!before) {
            map_put(first, here->name, (void *)(uintptr_t)here);
            continue;
        }
        struct gql_error *e = map_get(told, here->name);
        if (!e) { /* one error for all of a name */
            e = refuse(v, "The variable \"$" STR_FMT "\" is defined more than once.", STR_ARG(here->name));
            if (!e)
                return;
            map_put(told, here->name, e);
            refuse_at(v, e, before->name_at);
        }
        refuse_at(v, e, here->name_at);
    }
}

/* Calls look() for every use that counts for the operation; `defined` has its variables by name. */
typedef void look_at(struct visit *v, const struct gql_operation *o, const struct map *defined, const struct use *use);
static void each_use(struct visit *v, uint32_t operation, const struct map *defined, look_at *look)
{
    const struct gql_operation *o = &v->document->operations[operation];
    const struct reach *r = visit_reach(v, operation);
    for (size_t i = 0; i <= r->count; i++) {
        const struct site *site = i == 0 ? &v->operations[operation] : &v->fragment_sites[r->items[i - 1]->number];
        if (i && !visit_spend(v, site->use_count)) /* fragments are looked at once more for each operation */
            return;
        for (size_t k = 0; k < site->use_count && !visit_is_over(v); k++)
            look(v, o, defined, &site->uses[k]);
    }
}

static struct map *variables_of(struct visit *v, const struct gql_operation *o)
{
    struct map *m = map_new(v->arena, o->variable_count);
    for (uint32_t i = 0; i < o->variable_count; i++)
        map_put(m, o->variables[i].name, (void *)(uintptr_t)&o->variables[i]);
    return m;
}

static void each_operation(struct visit *v, look_at *look)
{
    for (uint32_t i = 0; i < v->document->operation_count && !visit_is_over(v); i++)
        each_use(v, i, variables_of(v, &v->document->operations[i]), look);
}

static void must_be_defined(struct visit *v, const struct gql_operation *o, const struct map *defined, const struct use *use)
{
    if (map_get(defined, use->value->text))
        return;
    struct gql_error *e = refuse(v, "The variable \"$" STR_FMT "\" is not among the variables%s.", STR_ARG(use->value->text),
                                 arena_cstr(v->arena, o->name.at ? visit_whose(v, o) : S(" of the operation")));
    refuse_at(v, e, use->value->at);
    refuse_at(v, e, o->at);
}

void rule_defined_variables(struct visit *v)
{
    each_operation(v, must_be_defined);
}

static void note_used(struct visit *v, const struct gql_operation *o, const struct map *defined, const struct use *use)
{
    (void)v;
    (void)o;
    bool *is_used = map_get(defined, use->value->text);
    if (is_used)
        *is_used = true;
}

void rule_used_variables(struct visit *v)
{
    for (uint32_t i = 0; i < v->document->operation_count && !visit_is_over(v); i++) {
        const struct gql_operation *o = &v->document->operations[i];
        struct map *used = map_new(v->arena, o->variable_count);
        for (uint32_t k = 0; k < o->variable_count; k++)
            map_put(used, o->variables[k].name, NEW(v->arena, bool));
        if (o->variable_count)
            each_use(v, i, used, note_used);
        for (uint32_t k = 0; k < o->variable_count && !visit_is_over(v); k++)
            if (!*(const bool *)map_get(used, o->variables[k].name)) {
                str whose = visit_whose(v, o);
                refuse_at(v, refuse(v, "The variable \"$" STR_FMT "\"" STR_FMT " is never used.", STR_ARG(o->variables[k].name), STR_ARG(whose)),
                          o->variables[k].at);
            }
    }
}

/* AreTypesCompatible (5.8.5). */
static bool fits(const struct gql_type *variable, const struct gql_type *place)
{
    if (place->kind == GQL_NON_NULL)
        return variable->kind == GQL_NON_NULL && fits(variable->of, place->of);
    variable = gql_nullable(variable);
    if (place->kind == GQL_LIST_OF || variable->kind == GQL_LIST_OF)
        return place->kind == variable->kind && fits(variable->of, place->of);
    return variable == place;
}

/* IsVariableUsageAllowed, and nothing that may be null in a @oneOf object. */
static void must_fit(struct visit *v, const struct gql_operation *o, const struct map *defined, const struct use *use)
{
    (void)o;
    const struct gql_variable *d = map_get(defined, use->value->text);
    const struct gql_type *type = d && use->type ? gql_type_of_ref(v->arena, v->schema, d->type) : NULL, *place = use->type;
    if (!type)
        return;
    bool has_default = use->has_default || (d->standard && d->standard->kind != GQL_NULL);
    if (place->kind == GQL_NON_NULL && type->kind != GQL_NON_NULL && has_default)
        place = place->of;
    if (!fits(type, place)) {
        str is = visit_type(v, type), wanted = visit_type(v, use->type);
        struct gql_error *e = refuse(v, "The variable \"$" STR_FMT "\" of the type \"" STR_FMT "\" cannot stand where \"" STR_FMT "\" is expected.",
                                     STR_ARG(d->name), STR_ARG(is), STR_ARG(wanted));
        refuse_at(v, e, d->at);
        refuse_at(v, e, use->value->at);
    }
    if (use->one_of && type->kind != GQL_NON_NULL && !visit_is_over(v)) {
        str is = visit_type(v, type);
        struct gql_error *e = refuse(v, "The variable \"$" STR_FMT "\" of the type \"" STR_FMT "\" may be null, which nothing in \"" STR_FMT "\" can be: its type must end in \"!\".",
                                     STR_ARG(d->name), STR_ARG(is), STR_ARG(use->one_of->name));
        refuse_at(v, e, d->at);
        refuse_at(v, e, use->value->at);
    }
}

void rule_variable_positions(struct visit *v)
{
    each_operation(v, must_fit);
}
