#ifndef SERVER_TRANSFER_ARCHIVE_FILES_H
#define SERVER_TRANSFER_ARCHIVE_FILES_H
#include "base/tar.h"
#include "server/app.h"
#include "roles/files.h"

/* The bytes of assets in an archive: one entry files/DIGEST (SHA-256, hex) for as many assets as have them. */
#define ARCHIVE_FILES "files/"

NODISCARD enum err archive_write_files(struct app *app, const struct principal *who, struct tar_writer *to, struct problem *why);
/* The entry that r stands at, into the store; rows that come later refer to it. ERR_BAD_INPUT: it is not what its
 * name says. */
NODISCARD enum err archive_read_file(struct app *app, struct tar_reader *r, struct problem *why);
#endif
