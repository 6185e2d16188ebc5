#ifndef SERVER_TRANSFER_ARCHIVE_KEYS_H
#define SERVER_TRANSFER_ARCHIVE_KEYS_H
#include "base/map.h"
#include "base/tar.h"
#include "server/app.h"

/* Keys of authorities in an archive: one entry keys/ID each, sealed with the master key (content/system/pki/key_seal.h), and good
 * only where that one is. */
#define ARCHIVE_KEYS "keys/"

NODISCARD enum err archive_write_keys(struct app *app, const struct principal *who, struct tar_writer *to, struct problem *why);
/* The entry that r stands at, into keys (id to sealed text). ERR_BAD_INPUT: sealed with another master key. */
NODISCARD enum err archive_read_key(struct app *app, struct tar_reader *r, struct arena *a, struct map *keys, struct problem *why);
/* The row of an authority, with its key when there is one. */
struct json archive_with_key(struct arena *a, const struct map *keys, const struct json *item);
/* What --without-certificates leaves out. */
bool archive_is_desk(str collection);
#endif
