/* A variable may stand in a document a thousand times, and its value may be as large as a request. Literals only point to it,
 * but whatever is made of them (conditions, items, texts that are kept) is made of all of it: a megabyte would become
 * gigabytes. So values are weighed, and count wherever they are used: in the operation that runs and in all fragments.
 * Likewise a deep value in a deep literal is no deeper than JSON that comes in one piece. */
#include "graphql/validate/internal.h"

#include "base/map.h"

#define VALUE_BYTES 16u               /* of a value, beside its texts */

struct weight {
    uint64_t bytes;
    unsigned depth;                   /* lists and maps within each other */
};
struct scales {
    struct map *weights;              /* by name */
    uint64_t sum;
    unsigned deepest;
};

/* Recurs as deep as values are: what was read, in lists of their type. */
static struct weight weight_of(const struct json *v)
{
    struct weight all = {VALUE_BYTES + v->name.len, 0};
    if (v->type == JSON_TEXT)
        all.bytes += v->text.len;
    if (v->type != JSON_LIST && v->type != JSON_MAP)
        return all;
    for (uint32_t i = 0; i < v->count; i++) {
        struct weight one = weight_of(&v->items[i]);
        all.bytes += one.bytes;
        all.depth = one.depth > all.depth ? one.depth : all.depth;
    }
    all.depth++;
    return all;
}

/* level: lists and objects around. */
static void weigh_value(struct scales *s, const struct gql_value *v, unsigned level)
{
    const struct weight *weight = v->kind == GQL_VARIABLE ? map_get(s->weights, v->text) : NULL;
    if (weight) {
        s->sum += weight->bytes;
        s->deepest = level + weight->depth > s->deepest ? level + weight->depth : s->deepest;
    }
    for (uint32_t i = 0; i < v->count; i++)
        weigh_value(s, &v->items[i], level + 1);
}

/* Directives that take a variable take a Boolean: they weigh nothing. */
static void weigh_set(struct scales *s, const struct gql_selections *set)
{
    for (uint32_t i = 0; i < set->count; i++) {
        const struct gql_selection *one = &set->items[i];
        for (uint32_t k = 0; k < one->argument_count; k++)
            weigh_value(s, &one->arguments[k].value, 0);
        if (one->set)
            weigh_set(s, one->set);
    }
}

static bool judge(const struct scales *s, const struct gql_document *d, const struct gql_operation *o, struct gql_errors *errors)
{
    uint64_t most = LIMIT_GRAPHQL_VARIABLES_BYTES;
    struct gql_error *e = NULL;
    if (s->sum > most)
        e = gql_fail_limit(errors, S("bytes of variables"), most, s->sum,
                           "Variables are used so often that their values have %llu bytes; at most %llu are possible.",
                           (unsigned long long)s->sum, (unsigned long long)most);
    else if (s->deepest > LIMIT_JSON_DEPTH)
        e = gql_fail_limit(errors, S("value depth"), LIMIT_JSON_DEPTH, s->deepest,
                           "With what a variable holds a value is nested %u levels deep; at most %u are possible.", s->deepest, LIMIT_JSON_DEPTH);
    else
        return true;
    gql_fail_at(errors, e, d->text, o->at);
    return false;
}

bool gql_within_weight(const struct gql_document *d, const struct gql_operation *o, const struct json *variables, struct gql_errors *errors)
{
    struct weight all = weight_of(variables);
    if (all.bytes * d->token_count <= LIMIT_GRAPHQL_VARIABLES_BYTES && all.depth <= 1)
        return true; /* however they are used */
    CLEANUP(arena_closep) struct arena *a = arena_open(1024);
    struct scales s = {.weights = map_new(a, variables->count)};
    for (uint32_t i = 0; i < variables->count; i++) {
        struct weight *weight = NEW(a, struct weight);
        *weight = weight_of(&variables->items[i]);
        map_put(s.weights, variables->items[i].name, weight);
    }
    weigh_set(&s, o->set);
    for (uint32_t i = 0; i < d->fragment_count; i++)
        weigh_set(&s, d->fragments[i].set);
    return judge(&s, d, o, errors);
}
