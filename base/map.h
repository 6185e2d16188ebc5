#ifndef BASE_MAP_H
#define BASE_MAP_H
#include "base/arena.h"

/* String -> pointer map on an arena: keys may come from clients (keyed hash, per process).
 * Keys are not copied. Grows by doubling; nothing is removed. Not thread-safe while it changes;
 * any number of readers once it is complete. */
struct map;
struct map *map_new(struct arena *a, size_t expected);
/* Returns the value stored before, or NULL; a key already there is replaced. value is not NULL. */
void *map_put(struct map *m, str key, void *value);
void *map_get(const struct map *m, str key);
size_t map_count(const struct map *m);
/* In order of insertion; the cursor starts at 0. */
bool map_each(const struct map *m, size_t *cursor, str *key, void **value);
uint64_t map_hash(str s); /* the keyed hash (SipHash-like, random per process) */
#endif
