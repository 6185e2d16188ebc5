#ifndef CONTENT_BYTES_ADOPT_H
#define CONTENT_BYTES_ADOPT_H
#include "content/bytes/bytes.h"

/* Files of others become blobs without being copied, where the file system allows it. The file is linked into the uploads first
 * and takes the way of every upload from there: read and hashed as a whole, synced, renamed to its digest. From then on it is
 * one file with two names, so it is made read-only, and only a file of our own account is linked: of others' it would be theirs to
 * change. Whoever has it open for writing at that moment can still change it; a scrub finds that.
 *
 * fd: an ordinary file, readable. ERR_INVALID (rule "digest"): it has other bytes, and is as it was. What else goes wrong is said
 * as in content/bytes/blob.h. */
enum adopted { ADOPTED_THERE, ADOPTED_LINKED, ADOPTED_CLONED, ADOPTED_COPIED, ADOPTED_COUNT };
NODISCARD enum err content_adopt(struct content *c, const struct rights *rights, const struct collection *in, int fd, str digest,
                                 struct arena *a, enum adopted *how, uint64_t *size, struct problem *why);
#endif
