#ifndef GRAPHQL_ZOT_ZOT_H
#define GRAPHQL_ZOT_ZOT_H
#include "graphql/execute/execute.h"

/* The search that zot's clients ask at /v2/_zot/ext/search (oci-registry.md 12): a fixed schema, the same for all; what is found
 * is what the caller may read. docs/registry.md tells clients of it. */
struct gql_schema *zot_schema_make(const struct principal *who, bool may_introspect);

#endif
