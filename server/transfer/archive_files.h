#ifndef SERVER_TRANSFER_ARCHIVE_FILES_H
#define SERVER_TRANSFER_ARCHIVE_FILES_H
#include "base/map.h"
#include "base/tar.h"
#include "roles/files/files.h"
#include "server/app.h"

/* The bytes of assets in an archive: one entry files/DIGEST (SHA-256, hex) for as many assets as have them. */
#define ARCHIVE_FILES "files/"

/* What is in it already, by digest. */
struct seen_digests {
    struct arena *arena;
    struct map *map;
};
bool seen_first(struct seen_digests *seen, str digest);   /* false: it was seen before */

/* The entry that a reader stands at, as a source of bytes. */
struct entry_bytes {
    struct byte_source source;        /* first */
    struct tar_reader *from;
    struct problem *why;
};
struct entry_bytes entry_bytes(struct tar_reader *from, struct problem *why);

NODISCARD enum err archive_write_files(struct app *app, const struct principal *who, struct seen_digests *seen, struct tar_writer *to, struct problem *why);
/* The entry that r stands at, into the store; rows that come later refer to it. ERR_BAD_INPUT: it is not what its
 * name says. */
NODISCARD enum err archive_read_file(struct app *app, struct tar_reader *r, struct problem *why);
#endif
