#ifndef SERVER_TRANSFER_ARCHIVE_BLOBS_H
#define SERVER_TRANSFER_ARCHIVE_BLOBS_H
#include "server/transfer/archive_files.h"

/* The bytes of the registry's layers and manifests in an archive: one entry blobs/ALGORITHM/DIGEST each, long digests in two
 * parts. What assets brought already (seen: their digests) is not there twice. */
#define ARCHIVE_BLOBS "blobs/"

NODISCARD enum err archive_write_blobs(struct app *app, const struct principal *who, struct seen_digests *seen, struct tar_writer *to, struct problem *why);
/* The entry that r stands at, into the store; rows that come later refer to it. ERR_BAD_INPUT: it is not what its name says. */
NODISCARD enum err archive_read_blob(struct app *app, struct tar_reader *r, struct problem *why);
#endif
