#ifndef GRAPHQL_HTTP_SCHEMAS_H
#define GRAPHQL_HTTP_SCHEMAS_H
#include "graphql/http/http.h"
#include "graphql/http/shelf.h"

/* Schemas that were made, by model, access, dialect and whether they may be looked into. Making one takes milliseconds, so
 * it is done once: who else wants it meanwhile waits. When the model has moved, those of the one before go; of the others
 * there are at most LIMIT_GRAPHQL_SCHEMAS, and as many as take bytes_max (some 50 KiB for each collection). Thread-safe. */
struct schemas;
/* Forgotten with a schema that goes: the documents that were found valid for it, and what it said of itself. */
struct schemas *schemas_open(size_t bytes_max, struct shelf *documents, struct shelf *answers);
void schemas_close(struct schemas *s);    /* NULL is fine */

struct schema_use {
    struct gql_schema *schema;        /* a counted use: release it */
    uint64_t serial;                  /* of this schema and no other, for ever */
};
void schemas_get(struct schemas *s, const struct gql_dialect *d, const struct principal *who, bool may_introspect,
                 struct schema_use *out);

struct schemas_figures {
    uint64_t made, reused;
    size_t count;
};
void schemas_figures(struct schemas *s, struct schemas_figures *out);
#endif
