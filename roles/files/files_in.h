#ifndef ROLES_FILES_FILES_IN_H
#define ROLES_FILES_FILES_IN_H
#include "content/bytes/bytes.h"
#include "roles/files/files.h"

/* What uploads in one request and in several share. */
/* All that comes, at most so many bytes in the upload; what came stays in it. */
NODISCARD enum err receive_all(struct blob_upload *u, struct byte_source *from, uint64_t most, struct problem *why);
/* The upload becomes a blob, or is gone. */
NODISCARD enum err receive_end(struct gate *g, const struct principal *who, enum verb verb, struct blob_upload *u, str name,
                               struct arena *a, struct received *out, struct problem *why);
#endif
