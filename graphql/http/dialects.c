/* The schemas that this server speaks, one row each. */
#include "graphql/cockpit/cockpit.h"
#include "graphql/http/http.h"
#include "graphql/own/own.h"
#include "graphql/zot/zot.h"

const struct gql_dialect gql_dialects[] = {
    {"/graphql", STR("vitrine"), own_schema_make, DIALECT_PAGE | DIALECT_STREAMS},
    {"/api/gql", STR("cockpit"), cockpit_schema_make, DIALECT_FORMS | DIALECT_DENIALS},
    {"/v2/_zot/ext/search", STR("zot"), zot_schema_make, DIALECT_ZOT},
};
const size_t gql_dialect_count = COUNTOF(gql_dialects);
