/* Input objects that no value fits in because each holds another one, and defaults that hold themselves. */
#include "graphql/schema/check.h"

/* Can a value of this type be written down, as far as is known? One that must hold a value of a type must wait for it. */
static bool can_end(const bool *ends, const struct gql_type *t)
{
    bool has_way_out = !t->one_of || t->input_count == 0;
    for (uint32_t i = 0; i < t->input_count; i++) {
        const struct gql_type *type = t->inputs[i].type;
        bool is_open = gql_nullable(type)->kind == GQL_INPUT && !ends[gql_nullable(type)->number];
        if (!t->one_of && type->kind == GQL_NON_NULL && is_open)
            return false;
        has_way_out = has_way_out || !is_open;
    }
    return has_way_out;
}

static void check_values(struct checking *c)
{
    bool *ends = NEW_N(c->arena, bool, c->schema->type_count);
    for (bool is_more = true; is_more;) {
        is_more = false;
        for (uint32_t i = 0; i < c->schema->type_count; i++)
            if (!ends[i] && (c->schema->types[i]->kind != GQL_INPUT || can_end(ends, c->schema->types[i]))) {
                ends[i] = true;
                is_more = true;
            }
    }
    for (uint32_t i = 0; i < c->schema->type_count; i++)
        if (!ends[i])
            FAULT(c, STR_FMT " needs a value of its own type inside of each value.", STR_ARG(c->schema->types[i]->name));
}

/* Defaults inside of defaults (InputObjectDefaultValueHasCycle). */
struct default_way {
    const struct gql_input *at;
    const struct default_way *from;
    unsigned depth;
};
#define DEFAULT_WAY_MAX 32u           /* longer ones are taken for circles */
#define DEFAULT_STEPS_MAX 10000u      /* … and so are those that branch too much */

static bool goes_round(struct checking *c, const struct default_way *way, const struct gql_type *type, const struct gql_value *v);

static const struct gql_value *given(const struct gql_value *object, str name)
{
    for (uint32_t i = 0; i < object->count; i++)
        if (str_equal(object->items[i].name, name))
            return &object->items[i];
    return NULL;
}

static bool goes_on(struct checking *c, const struct default_way *from, const struct gql_input *at)
{
    for (const struct default_way *w = from; w != NULL; w = w->from)
        if (w->at == at)
            return true;
    struct gql_errors errors = {.arena = c->arena};
    const struct gql_value *v = gql_read_value(c->arena, at->words->standard, &errors);
    struct default_way way = {.at = at, .from = from, .depth = from == NULL ? 1 : from->depth + 1};
    if (way.depth > DEFAULT_WAY_MAX || ++c->steps > DEFAULT_STEPS_MAX)
        return true;
    return v != NULL && goes_round(c, &way, gql_innermost(at->type), v);
}

/* Recursion is bounded by the literal's nesting and by DEFAULT_WAY_MAX. */
static bool goes_round(struct checking *c, const struct default_way *way, const struct gql_type *type, const struct gql_value *v)
{
    if (type->kind != GQL_INPUT || (v->kind != GQL_LIST && v->kind != GQL_OBJECT))
        return false;
    for (uint32_t i = 0; v->kind == GQL_LIST && i < v->count; i++)
        if (goes_round(c, way, type, &v->items[i]))
            return true;
    for (uint32_t i = 0; v->kind == GQL_OBJECT && i < type->input_count; i++) {
        const struct gql_input *member = &type->inputs[i];
        const struct gql_value *value = given(v, member->name);
        if (value != NULL ? goes_round(c, way, gql_innermost(member->type), value)
                          : !str_is_absent(member->words->standard) && goes_on(c, way, member))
            return true;
    }
    return false;
}

static void check_default_circles(struct checking *c)
{
    for (uint32_t i = 0; i < c->schema->type_count; i++) {
        const struct gql_type *t = c->schema->types[i];
        for (uint32_t k = 0; k < t->input_count; k++)
            if (!str_is_absent(t->inputs[k].words->standard) && gql_innermost(t->inputs[k].type)->kind == GQL_INPUT &&
                goes_on(c, NULL, &t->inputs[k])) {
                FAULT(c, "The default of " STR_FMT " holds itself.", STR_ARG(gql_coordinate(c, t, t->inputs[k].name)));
                return; /* one circle is enough to say */
            }
    }
}

void gql_check_circles(struct checking *c)
{
    check_values(c);
    check_default_circles(c);
}
