#ifndef CONTENT_SYSTEM_REGISTRY_BLOB_ROW_H
#define CONTENT_SYSTEM_REGISTRY_BLOB_ROW_H
#include "content/behaviour.h"

/* The row of `blobs` for bytes that have arrived, made when there is none; one that was damaged is not any more. The sweep
 * removes files under the same lock, so what is there now stays. ERR_UNAVAILABLE, rule "swept": they are not there, swept away
 * before anything referred to them or lost. */
NODISCARD enum err blob_row(struct work *w, str digest, int64_t size, str *id, struct problem *why);
#endif
