#ifndef API_OPENAPI_H
#define API_OPENAPI_H
#include "api/api.h"

/* The API as OpenAPI 3.1, generated from the route tables and the model, as far as this caller may
 * use it (security G-5): collections, fields and operations that the caller has no right to are not
 * in it. One JSON object at the writer's place. */
void openapi_write(struct json_writer *w, const struct api *api, struct arena *a,
                   const struct principal *who);

/* Its schemas (openapi_schema.c): what a collection's items look like for those who read them … */
void openapi_item(struct json_writer *w, struct arena *a, const struct principal *who,
                  const struct collection *c);
/* … and for those who write them. Nothing is required here: what is depends on the method. */
void openapi_input(struct json_writer *w, struct arena *a, const struct principal *who,
                   const struct collection *c);
/* Names that a new item cannot do without. */
void openapi_required(struct json_writer *w, const struct principal *who,
                      const struct collection *c);
#endif
