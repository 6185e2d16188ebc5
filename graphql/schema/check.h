#ifndef GRAPHQL_SCHEMA_CHECK_H
#define GRAPHQL_SCHEMA_CHECK_H
#include "graphql/schema/internal.h"

/* Private to graphql/schema/check*.c. */
struct checking {
    const struct gql_schema *schema;
    struct gql_errors *errors;
    struct arena *arena;              /* dies with the check */
    unsigned steps;                   /* of the search for circles of defaults */
    bool is_valid;
};

#define FAULT(c, ...)                                                                                                    \
    do {                                                                                                                 \
        (c)->is_valid = false;                                                                                           \
        gql_fail((c)->errors, GQL_INVALID, __VA_ARGS__);                                                                 \
    } while (0)

str gql_coordinate(struct checking *c, const struct gql_type *t, str member); /* "Post.title" */
void gql_check_circles(struct checking *c);           /* check_circles.c */

#endif
