#ifndef GRAPHQL_EXECUTE_INTERNAL_H
#define GRAPHQL_EXECUTE_INTERNAL_H
#include "graphql/execute/execute.h"

/* What the files of execution share. */

/* The type of the operation's root; NULL: the schema has none. */
const struct gql_type *gql_root_type(const struct gql_execution *x);
/* The root's fields. */
const struct gql_fields *gql_collect_root(struct gql_execution *x, const struct gql_type *root);
/* NULL: validation saw to it that there is one, so only for broken documents. */
const struct gql_fragment *gql_fragment_named(const struct gql_document *d, str name);
/* What is wrong, and where in the text. */
struct gql_flaw {
    str text;                         /* {0}: nothing */
    uint32_t at;
};
/* @skip and @include: is the selection there? *flaw is set when a condition is null. */
bool gql_is_included(const struct gql_selection *s, const struct json *variables, struct gql_flaw *flaw);

/* Prices (cost.c): sums and products stay here, over every ceiling and far from overflow. */
#define GQL_PRICE_MOST ((uint64_t)1 << 40)
uint64_t gql_price_times(uint64_t a, uint64_t b);
/* cost_schema.c: of which types introspection tells at a place: all of them, one that was named, or those that others refer to. */
enum gql_telling { GQL_OF_ALL, GQL_OF_ONE, GQL_OF_REFERRED, GQL_TELLINGS };
enum gql_telling gql_telling_of(str field, enum gql_telling now); /* below this field */
/* *lengths: of the schema's lists, made at the first call; NULL before. */
struct gql_schema_lengths;
/* A field of introspection with selections, of an object of this type, whose selections cost `below`. */
uint64_t gql_price_telling(struct gql_execution *x, const struct gql_schema_lengths **lengths, const struct gql_selection *s,
                           const struct gql_type *of, enum gql_telling telling, uint64_t below);
/* What that comes to at the root: in a schema as large as the ceiling, a part of the ceiling, so that what tools ask fits. */
uint64_t gql_price_of_telling(struct gql_execution *x, const struct gql_schema_lengths **lengths, uint64_t price);

/* twins.c: fields of a query's root that are the same but for their names. First, with the root's fields: */
void gql_find_twins(struct gql_execution *x, const struct gql_fields *root);
/* … then for each node, at its position: true: its value is written, as it is at the one before that is the same. */
bool gql_write_as_twin(struct gql_execution *x, const struct gql_node *node);
/* … its value stands in the answer from `start` on, and nothing went wrong while it was made. */
void gql_keep_for_twins(struct gql_execution *x, const struct gql_node *node, size_t start);

#endif
