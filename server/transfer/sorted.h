#ifndef SERVER_TRANSFER_SORTED_H
#define SERVER_TRANSFER_SORTED_H
#include "base/err.h"
#include "base/str.h"

/* Pairs of key and value, any number of them, that come back in the order of their keys (by bytes) and among equal
 * keys in the order in which they were added. What does not fit into a few MiB of memory waits in a temporary
 * file without a name, sorted piece by piece. One thread; first everything is added, then everything is read. */
struct sorted;
struct sorted *sorted_open(void);
void sorted_close(struct sorted *s);                               /* NULL is fine */
/* ERR_FULL: there is no room on the disk. A pair is at most SORTED_PAIR_BYTES: ERR_TOO_LARGE. */
#define SORTED_PAIR_BYTES (32u << 20)
NODISCARD enum err sorted_add(struct sorted *s, str key, str value, struct problem *why);
/* *found false: that was the last. The slices are good until the next call. */
NODISCARD enum err sorted_next(struct sorted *s, str *key, str *value, bool *found, struct problem *why);
#endif
