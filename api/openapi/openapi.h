#ifndef API_OPENAPI_OPENAPI_H
#define API_OPENAPI_OPENAPI_H
#include "api/api.h"

/* The API as OpenAPI 3.1, generated from the route tables and the model, as far as this caller may
 * use it (security G-5): collections, fields and operations that the caller has no right to are not
 * in it. One JSON object at the writer's place. */
void openapi_write(struct json_writer *w, const struct api *api, struct arena *a,
                   const struct principal *who);
/* One collection alone, as a JSON Schema (2020-12): its items, and under ".input" what may be written. Only for
 * who may read it or write to it. */
void openapi_model_schema(struct json_writer *w, struct arena *a, const struct principal *who,
                          const struct collection *c);

/* Schemas of collections (schema.c): what items look like to those who read them, or to those who write
 * them. Of the latter nothing is required here: what is depends on the method. */
struct openapi_schema {
    const struct principal *who;
    bool writes;
    bool alone; /* references stay references: there is no other collection's schema beside it */
};
void openapi_schema(struct json_writer *w, struct arena *a, const struct openapi_schema *s,
                    const struct collection *c);
/* Which fields those are. */
bool openapi_shows(const struct openapi_schema *s, const struct field *f);
/* The member "examples" of such a schema: one item that satisfies it (example.c). */
void openapi_example(struct json_writer *w, struct arena *a, const struct openapi_schema *s,
                     const struct collection *c);
/* A set on its own, what it requires included: what goes to an action, and what comes from it. set NULL: an object without members. */
void openapi_set(struct json_writer *w, struct arena *a, const struct openapi_schema *s, const struct field *set);
/* Names that a new item cannot do without. */
void openapi_required(struct json_writer *w, const struct principal *who,
                      const struct collection *c);
#endif
