#ifndef GRAPHQL_HTTP_HTTP_H
#define GRAPHQL_HTTP_HTTP_H
#include "graphql/execute/execute.h"

/* GraphQL over HTTP (graphql.md 9 and 10; security G-1 to G-6): POST and GET, both media types, several schemas on one
 * engine. A schema is a row: where it answers, how it is made for a caller, how it speaks. */
struct graphql;

struct graphql_options {
    bool public_introspection;        /* graphql.introspection_public: callers without a credential see schemas */
    uint32_t batch_max;               /* graphql.batch: requests in one array; 0: arrays are refused */
    uint64_t cost_max;                /* graphql.cost; 0: LIMIT_GRAPHQL_COST */
    bool draft_statuses;              /* graphql.status_profile = "draft-2026" */
    bool cockpit_statuses;            /* graphql.cockpit_status: denials at /api/gql are 412 */
};
struct gql_dialect {                  /* one row per schema (http/dialects.c) */
    const char *path;
    str name;                         /* part of cache keys */
    struct gql_schema *(*make)(const struct principal *who, bool may_introspect);
    unsigned flags;
};

/* Caches live here: schemas by model and access, documents by schema and text. Opened once by server/app.c. */
NODISCARD enum err graphql_open(struct gate *gate, const struct graphql_options *options, struct graphql **out, struct problem *why);
void graphql_close(struct graphql *g);
/* Route table, as api_routes gives them. */
size_t graphql_routes(struct graphql *g, struct route_set *out, size_t room);

#endif
