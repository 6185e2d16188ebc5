#ifndef TESTS_JUDGE_CHANCE_H
#define TESTS_JUDGE_CHANCE_H
#include "graphql/execute/execute.h"

/* Values by chance, the same here and in web/e2e/chance.mjs: what stands at a place in the answer hangs on the seed and the
 * place's path, and on nothing that was done before. */

/* For gql_schema_read(). */
void chance_bind(void *self, const struct gql_type *t, struct gql_field *f);
/* The answer of a fine document: "data" and "errors" as members of the map that is open in w. */
void chance_answer(struct json_writer *w, struct arena *a, const struct gql_schema *s, const struct gql_document *d,
                   const struct gql_operation *o, const struct json *variables, uint32_t seed);

#endif
