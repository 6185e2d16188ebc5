#ifndef CONTENT_BACKUP_MANIFEST_H
#define CONTENT_BACKUP_MANIFEST_H
#include "base/crypt.h"

/* What a backup says of itself: manifest.json, and beside it manifest.seal, a keyed digest of exactly these bytes by the
 * master key. So a backup whose database was exchanged is found out, whoever did it. A noun. */
#define BACKUP_FORMAT 1
#define BACKUP_DATABASE "vitrine.db"
#define BACKUP_MANIFEST "manifest.json"
#define BACKUP_SEAL "manifest.seal"
#define BACKUP_MANIFEST_BYTES (1u << 20)

struct backup_count {
    str collection;
    uint64_t items;
};
struct backup_manifest {
    int64_t made_ms;                  /* when its moment was */
    str program;                      /* version */
    uint64_t database_bytes;
    str database_digest;              /* SHA-256, hex */
    uint64_t first, last, entries;    /* of the journal */
    str mac;                          /* of its last entry, hex */
    str key;                          /* of the signatures: tells which master key it belongs to */
    uint64_t blobs, blob_bytes;
    str strand;                       /* of the log that is shipped; "": none was */
    uint64_t segment;                 /* its last segment that is surely in the database; those behind it go on from here */
    uint64_t damaged;                 /* files that were known to be lost before; they are not in it */
    const struct backup_count *counts;
    size_t count;
};
str backup_manifest_write(struct arena *a, const struct backup_manifest *m);
str backup_manifest_seal(struct arena *a, const struct crypt *crypt, str text);
/* ERR_INVALID: it is none, of a newer format, altered, or made with another master key. */
NODISCARD enum err backup_manifest_read(struct arena *a, const struct crypt *crypt, str text, str seal, struct backup_manifest *out,
                                        struct problem *why);
#endif
