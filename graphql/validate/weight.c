/* A variable may stand in a document a thousand times, and its value may be as large as a request. Literals only point to it,
 * but whatever is made of them (conditions, items, texts that are kept) is made of all of it: a megabyte would become
 * gigabytes. So values are weighed, and count wherever they are used: in the operation that runs and in all fragments. */
#include "graphql/validate/internal.h"

#include "base/map.h"

#define VALUE_BYTES 16u               /* of a value, beside its texts */

struct scales {
    struct map *weights;              /* by name: uint64_t */
    uint64_t sum;
};

/* As deep as values are: what was read, in lists of their type. */
static uint64_t weight_of(const struct json *v)
{
    uint64_t sum = VALUE_BYTES + v->name.len;
    if (v->type == JSON_TEXT)
        sum += v->text.len;
    for (uint32_t i = 0; (v->type == JSON_LIST || v->type == JSON_MAP) && i < v->count; i++)
        sum += weight_of(&v->items[i]);
    return sum;
}

static void weigh_value(struct scales *s, const struct gql_value *v)
{
    const uint64_t *weight = v->kind == GQL_VARIABLE ? map_get(s->weights, v->text) : NULL;
    if (weight)
        s->sum += *weight;
    for (uint32_t i = 0; i < v->count; i++)
        weigh_value(s, &v->items[i]);
}

static void weigh_arguments(struct scales *s, const struct gql_argument *arguments, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        weigh_value(s, &arguments[i].value);
}

/* Directives that take a variable take a Boolean: they weigh nothing. */
static void weigh_set(struct scales *s, const struct gql_selections *set)
{
    for (uint32_t i = 0; i < set->count; i++) {
        weigh_arguments(s, set->items[i].arguments, set->items[i].argument_count);
        if (set->items[i].set)
            weigh_set(s, set->items[i].set);
    }
}

bool gql_within_weight(const struct gql_document *d, const struct gql_operation *o, const struct json *variables, struct gql_errors *errors)
{
    uint64_t all = weight_of(variables), most = LIMIT_GRAPHQL_VARIABLES_BYTES;
    if (all * d->token_count <= most)
        return true; /* however they are used */
    CLEANUP(arena_closep) struct arena *a = arena_open(1024);
    struct scales s = {.weights = map_new(a, variables->count)};
    for (uint32_t i = 0; i < variables->count; i++) {
        uint64_t *weight = NEW(a, uint64_t);
        *weight = weight_of(&variables->items[i]);
        map_put(s.weights, variables->items[i].name, weight);
    }
    weigh_set(&s, o->set);
    for (uint32_t i = 0; i < d->fragment_count; i++)
        weigh_set(&s, d->fragments[i].set);
    if (s.sum <= most)
        return true;
    struct gql_error *e = gql_fail_limit(errors, S("bytes of variables"), most, s.sum,
                                         "Variables are used so often that their values have %llu bytes; at most %llu are possible.",
                                         (unsigned long long)s.sum, (unsigned long long)most);
    gql_fail_at(errors, e, d->text, o->at);
    return false;
}
