#ifndef GRAPHQL_COCKPIT_COCKPIT_H
#define GRAPHQL_COCKPIT_COCKPIT_H
#include "graphql/execute/execute.h"
#include "graphql/schema/build.h"

/* Cockpit's schema at /api/gql (cockpit.md 12; docs/graphql.md), so that its clients run unchanged: `postsModel` per
 * collection, tree and singleton, `content`, `contentTree`, `saveContentItem`, `deleteContentItem`, and the scalars JsonType
 * and NumericType. Names, arguments and shapes are Cockpit's; values are the content API's, byte for byte; what the
 * caller's grants do not reach is not there. Only what is published is read. */
struct gql_schema *cockpit_schema_make(const struct principal *who, bool may_introspect);

#endif
