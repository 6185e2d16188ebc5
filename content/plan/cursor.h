#ifndef CONTENT_PLAN_CURSOR_H
#define CONTENT_PLAN_CURSOR_H
#include "base/crypt.h"
#include "content/query/query.h"

/* Page cursors: the sort keys of a row and its place in insertion order, sealed so that a client can
 * neither read (hidden fields, row counts) nor forge them (AZ-3), and bound to the collection and order
 * they were made for. Text is base64url. */
NODISCARD enum err cursor_seal(struct arena *a, const struct crypt *crypt, const struct query *q,
                               const struct cell *keys, size_t count, str *out);
/* Puts the seed of an order by chance back into the query. ERR_BAD_INPUT with a fault on "cursor" for anything that was not made here for this query. */
NODISCARD enum err cursor_open(struct arena *a, const struct crypt *crypt, struct query *q, str cursor,
                               struct cell *keys, size_t *count, struct problem *why);
#endif
