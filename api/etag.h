#ifndef API_ETAG_H
#define API_ETAG_H
#include "api/api.h"

/* Strong validators (contract 5). An item's is "<revision>-<representation>-<stamp>": the first part is
 * what If-Match compares, the second tells query and rights apart, the third changes with anything the
 * answer may have touched, so that an equal tag is a 304 without reading. */
struct etag {
    uint64_t revision;                /* 0: a listing */
    uint64_t representation;
    uint64_t stamp;                   /* 0: not cacheable */
};
struct etag etag_of(const struct exchange *x, struct gate *g, const struct query *q);
/* Adds ETag and Cache-Control. */
void etag_send(struct exchange *x, const struct etag *t);
/* If-None-Match before reading: representation and stamp are those of a tag the client holds. */
bool etag_is_fresh(const struct exchange *x, const struct etag *t);
/* After reading, for items without links: the revision is the same although the collection moved. */
bool etag_same_revision(const struct exchange *x, const struct etag *t);
/* If-Match: false when the header is absent. A header that names no revision of ours never holds. */
bool etag_expects(const struct exchange *x, uint64_t *revision);
#endif
