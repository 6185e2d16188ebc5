#ifndef CONTENT_SYSTEM_REGISTRY_BLOB_ROW_H
#define CONTENT_SYSTEM_REGISTRY_BLOB_ROW_H
#include "content/behaviour.h"

/* The row of `blobs` for bytes that have arrived, made when there is none. The sweep removes files under the same lock, so
 * what is there now stays. ERR_UNAVAILABLE: they were swept away before anything referred to them. */
NODISCARD enum err blob_row(struct work *w, str digest, int64_t size, str *id, struct problem *why);
#endif
