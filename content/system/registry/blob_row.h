#ifndef CONTENT_SYSTEM_REGISTRY_BLOB_ROW_H
#define CONTENT_SYSTEM_REGISTRY_BLOB_ROW_H
#include "content/behaviour.h"

/* Its id, which follows from the digest and from nothing else: who has the same bytes as others sees it in his items, and must
 * not read from it whether they were here before, or have been all the time (security R-3). */
str blob_row_id(str digest);
/* The row of `blobs` for bytes that have arrived, made when there is none; one that was damaged is not any more. The sweep
 * removes files under the same lock, so what is there now stays. ERR_UNAVAILABLE, rule "swept": they are not there, swept away
 * before anything referred to them or lost. */
NODISCARD enum err blob_row(struct work *w, str digest, int64_t size, str *id, struct problem *why);
#endif
