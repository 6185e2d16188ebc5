#include "tests/support/gql_ask.h"

#include "base/limits.h"
#include "graphql/schema/build.h"

#include <stdio.h>

const char gql_tools_ask[] =
    "query IntrospectionQuery { __schema { description queryType { name kind } mutationType { name kind } subscriptionType { name kind }"
    " types { ...FullType } directives { name description isRepeatable locations args(includeDeprecated: true) { ...InputValue } } } }"
    " fragment FullType on __Type { kind name description specifiedByURL isOneOf fields(includeDeprecated: true) { name description"
    " args(includeDeprecated: true) { ...InputValue } type { ...TypeRef } isDeprecated deprecationReason }"
    " inputFields(includeDeprecated: true) { ...InputValue } interfaces { ...TypeRef }"
    " enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason } possibleTypes { ...TypeRef } }"
    " fragment InputValue on __InputValue { name description type { ...TypeRef } defaultValue isDeprecated deprecationReason }"
    " fragment TypeRef on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType"
    " { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } } } }";

static bool run(struct gql_execution *x, str query, const char *variables)
{
    const struct json *given = NULL;
    if (variables != NULL)
        must(json_read(x->arena, str_of(variables), NULL, S("variables"), &given, NULL) == ERR_OK);
    if (gql_read(x->arena, query, x->errors, &x->document) != ERR_OK || !gql_within_limits(x->document, x->errors) ||
        !gql_validate(x->schema, x->document, x->errors))
        return false;
    x->operation = gql_operation_named(x->document, (str){0}, x->errors);
    if (x->operation == NULL ||
        !gql_take_variables(x->arena, x->schema, x->document, x->operation, given, &x->variables, x->errors) || !gql_price(x))
        return false;
    gql_execute(x);
    return true;
}

static str answer(struct arena *a, struct gql_execution x, str query, const char *variables)
{
    struct gql_errors *errors = NEW(a, struct gql_errors);
    struct buf data, out;
    errors->arena = a;
    buf_init(&data, a, LIMIT_RESPONSE_BYTES);
    buf_init(&out, a, LIMIT_RESPONSE_BYTES);
    x.arena = a;
    x.out = &data;
    x.errors = errors;
    x.cost_max = LIMIT_GRAPHQL_COST;
    bool has_run = run(&x, query, variables);
    struct json_writer w;
    json_begin(&w, &out);
    json_map_open(&w);
    if (errors->count > 0) {
        json_name(&w, S("errors"));
        gql_write_errors(&w, errors);
    }
    if (has_run) {
        json_name(&w, S("data"));
        json_ready(&w, buf_str(&data));
    }
    json_map_close(&w);
    json_end(&w);
    return buf_str(&out);
}

str gql_ask(struct arena *a, const struct gql_schema *s, str query, const char *variables, const void *world)
{
    return answer(a, (struct gql_execution){.schema = s, .world = world}, query, variables);
}

str gql_ask_gate(struct arena *a, const struct gql_schema *s, struct gate *g, const struct principal *who, str query, const char *variables)
{
    return answer(a, (struct gql_execution){.schema = s, .gate = g, .who = who}, query, variables);
}

uint64_t gql_price_of(const struct gql_schema *s, str query, uint64_t most, bool *passes)
{
    CLEANUP(arena_closep) struct arena *a = arena_open(1u << 16);
    struct gql_errors errors = {.arena = a};
    struct gql_execution x = {.arena = a, .schema = s, .errors = &errors, .cost_max = most};
    must(gql_read(a, query, &errors, &x.document) == ERR_OK && gql_within_limits(x.document, &errors));
    x.operation = &x.document->operations[0];
    *passes = gql_price(&x);
    return x.cost;
}

struct gql_schema *gql_schema_of(const char *sdl, void (*bind)(void *self, const struct gql_type *t, struct gql_field *f), void *self)
{
    CLEANUP(arena_closep) struct arena *a = arena_open(1024);
    struct gql_errors errors = {.arena = a};
    struct gql_schema *s = NULL;
    enum err e = gql_schema_read(str_of(sdl), bind, self, &s, &errors);
    for (size_t i = 0; i < errors.count; i++)
        (void)fprintf(stderr, STR_FMT "\n", STR_ARG(errors.items[i].message));
    must(e == ERR_OK);
    return s;
}
