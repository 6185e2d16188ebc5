#ifndef SERVER_TRANSFER_ARCHIVE_H
#define SERVER_TRANSFER_ARCHIVE_H
#include "server/transfer/transfer.h"

/* Everything of a server as one tar (docs/import.md, "The archive"): definitions, items, files. Equal contents are
 * equal bytes: what was exported, put into an empty server and exported again is the same file.
 *
 *   vitrine.json               {"format": 1}
 *   models/NAME.json           users' collections, extensions of ours
 *   items/NAME.ndjson          theirs, and those of ours that say what a site is (archive.c has the list)
 *   keys/ID                    authorities' keys, sealed with the master key (archive_keys.h)
 *   files/DIGEST               bytes of assets, once each (archive_files.h)
 *   blobs/ALGORITHM/DIGEST     bytes of the registry (archive_blobs.h)
 *
 * Other secrets are not in it, so neither are passwords, keys, tokens and sessions: `vitrine backup` is for those. */
NODISCARD enum err archive_write(struct app *app, const struct principal *who, FILE *to, struct problem *why);
/* Into this server, whatever is in it: items of the same id are replaced. */
NODISCARD enum err archive_read(struct transfer *t, const char *path, struct problem *why);
#endif
