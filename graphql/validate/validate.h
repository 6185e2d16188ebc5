#ifndef GRAPHQL_VALIDATE_VALIDATE_H
#define GRAPHQL_VALIDATE_VALIDATE_H
#include "graphql/schema/schema.h"

/* The rules of section 5 of the specification, one row per rule (validate/rules.c), over all operations and fragments of a
 * document, those that will not run included. Faults have graphql-js's locations, code GRAPHQL_VALIDATION_FAILED, and come in
 * the order of the document; those that hang on several of its places come last. "Did you mean" is made of this schema only.
 * Bounded: at most LIMIT_GRAPHQL_ERRORS faults and a budget of work (security G-2) after which one error says that the
 * document is too entangled. Variables inside a literal of a scalar of our own are looked at when they have values; literals
 * are at most LIMIT_JSON_DEPTH deep, so what they become is. */
bool gql_validate(const struct gql_schema *s, const struct gql_document *d, struct gql_errors *errors);

/* Limits that need no schema, before any rule runs (G-1): aliases, root fields, directives, fragments, variables, depth of
 * selections with fragments put in; introspection has a depth of its own, and lists within lists are few there. One error
 * per limit, code LIMIT_EXCEEDED, extensions {limit, max, actual}. Broken documents are fine here. */
bool gql_within_limits(const struct gql_document *d, struct gql_errors *errors);

/* The operation that runs (specification 6.1): name {0}: the only one. NULL with OPERATION_RESOLUTION_FAILURE. */
const struct gql_operation *gql_operation_named(const struct gql_document *d, str name, struct gql_errors *errors);

/* CoerceVariableValues (6.1.2, graphql.md 4): a map of those that have a value, null included; absent ones are absent.
 * given: what the client sent, a map, or NULL; what it holds is not copied. All faults at once, code BAD_USER_INPUT, each at its
 * variable's definition. The document is valid. */
bool gql_take_variables(struct arena *a, const struct gql_schema *s, const struct gql_document *d, const struct gql_operation *o,
                        const struct json *given, const struct json **out, struct gql_errors *errors);
/* CoerceArgumentValues (6.4.1): defaults put in, absent ones absent; a map in the order of the definition. The document
 * is valid. false: an execution error in *why, a sentence. variables NULL: there are none in it. */
bool gql_take_arguments(struct arena *a, const struct gql_input *inputs, uint32_t input_count, const struct gql_argument *given,
                        uint32_t given_count, const struct json *variables, const struct json **out, str *why);
/* Does a value hang on variables at all? */
bool gql_has_variables(const struct gql_value *v);

#endif
