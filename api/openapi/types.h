#ifndef API_OPENAPI_TYPES_H
#define API_OPENAPI_TYPES_H
#include "api/api.h"

/* TypeScript types of the collections that this caller may read or write to: an interface per collection for items,
 * one for what is sent, and a map from names to both. They say what the API description says (openapi.h), for
 * programs that do not want a generator. */
void types_write(struct buf *out, struct arena *a, const struct principal *who);
#endif
