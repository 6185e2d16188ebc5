#ifndef TESTS_SUPPORT_GQL_ASK_H
#define TESTS_SUPPORT_GQL_ASK_H
#include "graphql/execute/execute.h"

/* What tools send: getIntrospectionQuery() of graphql-js with all of its options. */
extern const char gql_tools_ask[];
/* A question to a schema that needs no house: read, validated, run. The answer as it goes over the wire, without
 * "extensions". variables: JSON, or NULL. world: what the schema's code finds as x->world. */
str gql_ask(struct arena *a, const struct gql_schema *s, str query, const char *variables, const void *world);
/* The same to a schema whose code goes through a gate, as this caller. */
str gql_ask_gate(struct arena *a, const struct gql_schema *s, struct gate *g, const struct principal *who, str query, const char *variables);
/* What a document without variables costs there; *passes: that is not more than `most`. Whether it is valid is not asked. */
uint64_t gql_price_of(const struct gql_schema *s, str query, uint64_t most, bool *passes);
/* The schema that this SDL describes; a fault is a must(). bind may be NULL. */
struct gql_schema *gql_schema_of(const char *sdl, void (*bind)(void *self, const struct gql_type *t, struct gql_field *f), void *self);

#endif
