/* The schemas that this server speaks, one row each. */
#include "graphql/cockpit/cockpit.h"
#include "graphql/http/http.h"
#include "graphql/own/own.h"

const struct gql_dialect gql_dialects[] = {
    {"/graphql", STR("vitrine"), own_schema_make, DIALECT_PAGE},
    {"/api/gql", STR("cockpit"), cockpit_schema_make, DIALECT_FORMS | DIALECT_DENIALS},
};
const size_t gql_dialect_count = COUNTOF(gql_dialects);
