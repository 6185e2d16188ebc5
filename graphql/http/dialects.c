/* The schemas that this server speaks, one row each. */
#include "graphql/http/http.h"
#include "graphql/own/own.h"

const struct gql_dialect gql_dialects[] = {
    {"/graphql", STR("vitrine"), own_schema_make, DIALECT_PAGE},
};
const size_t gql_dialect_count = COUNTOF(gql_dialects);
