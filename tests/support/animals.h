#ifndef TESTS_SUPPORT_ANIMALS_H
#define TESTS_SUPPORT_ANIMALS_H
#include "graphql/schema/build.h"

/* The schema of tests/unit/graphql/animals.graphql, which has one of everything that rules look at. The caller has one use
 * of it; the arena is for the text only. */
struct gql_schema *animals(struct arena *a);
/* … of queries only. */
struct gql_schema *animals_without_changes(struct arena *a);

#endif
