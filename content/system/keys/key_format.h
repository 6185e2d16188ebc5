#ifndef CONTENT_SYSTEM_KEYS_KEY_FORMAT_H
#define CONTENT_SYSTEM_KEYS_KEY_FORMAT_H
#include "base/arena.h"

/* The shapes of keys (contract 4, security AK-1, AK-2). */

/* Shape and, for native ones, checksum: garbage is refused before anything is hashed or looked up. */
bool key_looks_right(str key);
/* A new key. kind: native, cockpit, zot, chutes, zenml; {0}: native. owner: 'u' person, 's' service or
 * role, 'r' registry, 't' short-lived. *prefix is what may be shown later. */
str key_make(struct arena *a, str kind, char owner, str *prefix);
/* How much of a key may be shown: its public part, or its first eight characters. */
size_t key_prefix_length(str key);
#endif
