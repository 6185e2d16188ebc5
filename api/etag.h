#ifndef API_ETAG_H
#define API_ETAG_H
#include "api/api.h"

/* Strong validators (contract 5; docs/architecture.md, "A read"; docs/write.md, "Not over somebody else's work"). A tag tells
 *     moment    the request, the caller's rights and everything the answer may have touched: while
 * it is the same, so is the answer, and nothing needs to be read to say 304; content   the bytes of
 * an item's answer: the same although something moved; revision  of which item: what If-Match
 * compares. A listing's tag is "<moment>", an item's "<revision>-<item>-<content>-<moment>". */
struct etag {
    uint64_t moment;
    bool is_volatile; /* the answer changes by itself: no moment */
    bool is_item;
    uint64_t revision, content;
    uint32_t item;
    str matched; /* the client's tag that holds */
};

/* The program, path, query string and rights; then every query that is going to be read, before it
 * is. */
void etag_begin(const struct exchange *x, const struct api *api, struct etag *out);
void etag_add(const struct exchange *x, const struct api *api, const struct query *q,
              struct etag *t);
/* What was read: an item and the bytes of the answer. */
void etag_item(struct etag *t, const struct collection *c, str id, uint64_t revision, str body);

/* Before reading: If-None-Match names this moment. */
bool etag_is_fresh(const struct exchange *x, struct etag *t);
/* Once it is known that something is there: If-None-Match is "*", or names this content
 * (etag_item). */
bool etag_is_same(const struct exchange *x, struct etag *t);
/* Adds ETag, Cache-Control and Vary. */
void etag_send(struct exchange *x, const struct etag *t);
/* The same and 304. */
void etag_send_unchanged(struct exchange *x, const struct etag *t);
/* Before reading what is always there (listings, descriptions): true when a 304 was the answer. */
bool etag_answers(struct exchange *x, struct etag *t);

/* What the request demands of the item as it is: If-Match and If-None-Match into change->expects.
 * change->op, in and id are set. A tag of ours must be of this item; a bare number in quotes is a
 * revision. Whatever else is in If-Match never holds. ERR_STALE: a new item cannot match;
 * ERR_BAD_INPUT: two revisions, If-None-Match with something else than "*". */
NODISCARD enum err etag_preconditions(const struct exchange *x, struct change *change,
                                      struct problem *why);
#endif
