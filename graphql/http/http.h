#ifndef GRAPHQL_HTTP_HTTP_H
#define GRAPHQL_HTTP_HTTP_H
#include "graphql/execute/execute.h"

/* GraphQL over HTTP (graphql.md 9, 10, 13 and 16; security G-1 to G-6): POST and GET, both media types, several schemas on
 * one engine. A schema is a row (http/dialects.c): where it answers, how it is made for a caller, how it speaks. Thread-safe
 * once open. docs/graphql.md tells clients what to expect. */
struct graphql;

enum gql_status_profile { STATUSES_AUDIT, STATUSES_DRAFT_2026 };
struct graphql_options {
    bool public_introspection;        /* graphql.introspection_public: callers without a credential see schemas */
    uint64_t batch_max;               /* graphql.batch: requests in one array; 0: arrays are refused */
    uint64_t cost_max;                /* graphql.cost; 0: LIMIT_GRAPHQL_COST */
    unsigned statuses;                /* graphql.status_profile: enum gql_status_profile */
    bool cockpit_statuses;            /* graphql.cockpit_status: denials at /api/gql are 412 */
    bool uploads;                     /* graphql.uploads: multipart requests are taken */
    bool registers;                   /* graphql.automatic_documents: clients register documents by their hash */
    uint64_t schema_bytes_max;        /* graphql.schema_memory; 0: LIMIT_GRAPHQL_SCHEMAS_BYTES */
    uint64_t json_body_max;           /* limits.json_body; 0: LIMIT_BODY_BYTES */
};
enum gql_dialect_flags {
    DIALECT_PAGE = 1,                 /* a page for browsers, the schema as text, documents at paths of their own */
    DIALECT_FORMS = 2,                /* bodies of forms are taken, from callers that no form could be */
    DIALECT_DENIALS = 4,              /* denials may show in the status (cockpit_statuses) */
    DIALECT_ZOT = 8,                  /* zot's statuses: what is no JSON is 400 */
    DIALECT_STREAMS = 16              /* subscriptions: as event streams, and over sockets */
};
struct gql_dialect {
    const char *path;
    str name;                         /* part of cache keys */
    struct gql_schema *(*make)(const struct principal *who, bool may_introspect);
    unsigned flags;
};
extern const struct gql_dialect gql_dialects[];
extern const size_t gql_dialect_count;

/* Caches live here: schemas by model and access, documents by schema and text, texts by their hash. Opened once by
 * server/app.c, which may hand over other dialects than these (tests do). */
NODISCARD enum err graphql_open(struct gate *gate, const struct graphql_options *options, const struct gql_dialect *dialects,
                                size_t dialect_count, struct graphql **out, struct problem *why);
void graphql_close(struct graphql *g);    /* NULL is fine */
/* Route tables, as api_routes gives them: one set per dialect. page_lines: the security headers of a page, without and with
 * TLS; looked at with the first request, so they may be made later. */
size_t graphql_routes(struct graphql *g, const str *page_lines, struct route_set *out, size_t room);

/* Is this request GraphQL's: by its route, or by its path where there is none? Then what went wrong is said in its shape. */
bool graphql_speaks_for(const struct graphql *g, const struct exchange *x);
void graphql_send_problem(struct exchange *x, const struct problem *why);

/* For metrics. */
struct graphql_figures {
    uint64_t schemas_made, schemas_reused, documents_read, documents_reused;
    size_t schemas, documents, document_bytes;
};
void graphql_figures(struct graphql *g, struct graphql_figures *out);

#endif
