#ifndef ROLES_FILES_IMAGE_CACHE_H
#define ROLES_FILES_IMAGE_CACHE_H
#include "base/err.h"

/* What was made of pictures, kept as files below the data directory (cache/images/ab/cd…) by what they were made of.
 * It may be thrown away at any time, and the oldest are when there is too much. Nothing is synced: a file is renamed
 * into its place when it is whole, and one that a crash emptied is made again. Thread-safe; several processes may
 * share it. A cache that cannot be written keeps nothing. */
struct image_cache;
struct image_cache *image_cache_open(int directory, uint64_t bytes_max); /* 0: LIMIT_IMAGE_CACHE_BYTES */
void image_cache_close(struct image_cache *c);
/* key: 64 hex digits. The caller closes the descriptor; -1: it is not there. */
int image_cache_find(struct image_cache *c, str key, uint64_t *size);
struct hits;
const struct hits *image_cache_hits(const struct image_cache *c);
/* A file to write to, without a name: -1 when there is no room for one anywhere. */
int image_cache_begin(struct image_cache *c, char name[48]);
/* Gives it its place. name as begin gave it, "": it has none and is only the caller's. */
void image_cache_keep(struct image_cache *c, const char *name, str key, uint64_t size);
void image_cache_drop(struct image_cache *c, const char *name);
#endif
