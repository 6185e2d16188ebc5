/* What telling of the schema costs (graphql.md 14 and 15). Lists of introspection take no size, so their lengths come from the
 * schema itself: on average over the types that are gone through, at their longest where a document names one type.
 * Types behind fields are not like all types (hundreds of fields lead to one another's collections), so they have an average
 * of their own, in which each type counts as often as it is referred to. */
#include "graphql/execute/internal.h"

/* Whole tellings that fit into one request, whatever its ceiling and however large the schema: tools send one. */
#define TELLINGS_MOST 3

enum list { FIELDS, INTERFACES, POSSIBLE, VALUES, INPUTS, LISTS };
static const str list_names[LISTS] = {
    [FIELDS] = STR("fields"),     [INTERFACES] = STR("interfaces"),    [POSSIBLE] = STR("possibleTypes"),
    [VALUES] = STR("enumValues"), [INPUTS] = STR("inputFields"),
};
struct lengths {
    uint64_t sum, longest;            /* over all types */
    uint64_t referred;                /* over the types of all rows */
};
struct gql_schema_lengths {
    struct lengths lists[LISTS], arguments;
    uint64_t types, rows, directives, directive_arguments;
    uint64_t whole;                   /* what the question of the tools costs here */
};

static void add_up(struct lengths *l, uint64_t n)
{
    l->sum += n;
    l->longest = n > l->longest ? n : l->longest;
}

static uint64_t length_of(const struct gql_type *t, enum list list)
{
    const uint32_t lengths[LISTS] = {
        [FIELDS] = t->field_count, [INTERFACES] = t->interface_count, [POSSIBLE] = t->possible_count,
        [VALUES] = t->value_count, [INPUTS] = t->input_count,
    };
    return lengths[list];
}

static void refer(struct gql_schema_lengths *l, const struct gql_type *type)
{
    const struct gql_type *t = gql_innermost(type);
    l->rows++;
    for (size_t i = 0; i < LISTS; i++)
        l->lists[i].referred += length_of(t, (enum list)i);
}

static void add_type(struct gql_schema_lengths *l, const struct gql_type *t)
{
    l->types++;
    for (size_t i = 0; i < LISTS; i++)
        add_up(&l->lists[i], length_of(t, (enum list)i));
    for (uint32_t i = 0; i < t->field_count; i++) {
        add_up(&l->arguments, t->fields[i].argument_count);
        refer(l, t->fields[i].type);
    }
    for (uint32_t i = 0; i < t->input_count; i++)
        refer(l, t->inputs[i].type);
    for (uint32_t i = 0; i < t->interface_count; i++)
        refer(l, t->interfaces[i]);
    for (uint32_t i = 0; i < t->possible_count; i++)
        refer(l, t->possible[i]);
}

static const struct gql_schema_lengths *lengths_of(struct gql_execution *x)
{
    const struct gql_schema *s = x->schema;
    struct gql_schema_lengths *l = NEW(x->arena, struct gql_schema_lengths);
    for (uint32_t i = 0; i < s->type_count; i++)
        add_type(l, s->types[i]);
    l->directives = s->directive_count;
    for (uint32_t i = 0; i < s->directive_count; i++)
        l->directive_arguments += s->directives[i].argument_count;
    /* Each row with its type; a type, a value, an interface by itself; the roots. */
    l->whole = 4 + l->types + l->lists[VALUES].sum + l->lists[INTERFACES].sum + l->lists[POSSIBLE].sum + l->directives +
               2 * (l->lists[FIELDS].sum + l->lists[INPUTS].sum + l->arguments.sum + l->directive_arguments);
    return l;
}

static uint64_t share(uint64_t price, uint64_t count, uint64_t among)
{
    uint64_t all = gql_price_times(price, count);
    return among == 0 ? 0 : all == GQL_PRICE_MOST ? all : (all + among - 1) / among;
}

static uint64_t price_list(const struct gql_schema_lengths *l, enum list list, enum gql_telling telling, uint64_t each)
{
    const struct lengths *of = &l->lists[list];
    uint64_t all = share(each, of->sum, l->types), referred = share(each, of->referred, l->rows);
    if (telling == GQL_OF_ONE)
        return gql_price_times(each, of->longest);
    return telling == GQL_OF_ALL || all > referred ? all : referred;
}

static const struct gql_schema_lengths *known(struct gql_execution *x, const struct gql_schema_lengths **lengths)
{
    if (*lengths == NULL)
        *lengths = lengths_of(x);
    return *lengths;
}

enum gql_telling gql_telling_of(str field, enum gql_telling now)
{
    static const struct {
        str name;
        enum gql_telling telling;
    } rows[] = {
        {STR("types"), GQL_OF_ALL},         {STR("__type"), GQL_OF_ONE},    {STR("queryType"), GQL_OF_ONE},
        {STR("mutationType"), GQL_OF_ONE},  {STR("type"), GQL_OF_REFERRED}, {STR("subscriptionType"), GQL_OF_ONE},
        {STR("interfaces"), GQL_OF_REFERRED}, {STR("possibleTypes"), GQL_OF_REFERRED},
    };
    for (size_t i = 0; i < COUNTOF(rows); i++)
        if (str_equal(rows[i].name, field))
            return rows[i].telling;
    return now;
}

uint64_t gql_price_telling(struct gql_execution *x, const struct gql_schema_lengths **lengths, const struct gql_selection *s,
                           const struct gql_type *of, enum gql_telling telling, uint64_t below)
{
    const struct gql_schema_lengths *l = known(x, lengths);
    uint64_t each = below + 1;
    if (str_equal(s->name, S("ofType")))
        return below; /* goes with the type around it */
    if (str_equal(s->name, S("types")))
        return gql_price_times(each, l->types);
    if (str_equal(s->name, S("directives")))
        return gql_price_times(each, l->directives);
    if (str_equal(s->name, S("args")) && str_equal(of->name, S("__Directive")))
        return share(each, l->directive_arguments, l->directives);
    if (str_equal(s->name, S("args")))
        return telling == GQL_OF_ONE ? gql_price_times(each, l->arguments.longest) : share(each, l->arguments.sum, l->lists[FIELDS].sum);
    for (size_t i = 0; i < LISTS; i++)
        if (str_equal(s->name, list_names[i]))
            return price_list(l, (enum list)i, telling, each);
    return each;
}

uint64_t gql_price_of_telling(struct gql_execution *x, const struct gql_schema_lengths **lengths, uint64_t price)
{
    const struct gql_schema_lengths *l = known(x, lengths);
    uint64_t most = x->cost_max / TELLINGS_MOST;
    if (l->whole <= most || price >= GQL_PRICE_MOST)
        return price;
    return gql_price_times(price / l->whole, most) + (price % l->whole) * most / l->whole;
}
