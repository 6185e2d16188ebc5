#ifndef CONTENT_JOURNAL_CHECKPOINT_H
#define CONTENT_JOURNAL_CHECKPOINT_H
#include "content/journal/journal.h"
#include "content/store/engine.h"

/* Signed words about the journal's chain, kept beside it and told to the log, where an outsider can keep them:
 * "entry seq has this mac", and, when old entries are taken out, "up to seq, and the chain goes on from this mac".
 * Ed25519 over a few lines of text (docs/journal.md).
 *
 * The pair is derived from the master key by purpose, not random and sealed in the vault: whoever has the master
 * key could open the vault as well, and so there is nothing to be made, lost or swapped before the first
 * signature; every process with the data directory has the same one. */
enum checkpoint_kind { CHECKPOINT, CHECKPOINT_TRIM };

/* Signs and writes one, in the caller's transaction. One that is there already stays. */
NODISCARD enum err checkpoint_put(struct content *c, struct txn *t, enum checkpoint_kind kind, uint64_t seq, str mac,
                                  int64_t at_ms, struct problem *why);
/* Oldest first, after this number. */
NODISCARD enum err checkpoints_read(struct content *c, struct txn *t, enum checkpoint_kind kind, uint64_t after, size_t max,
                                    struct arena *a, struct checkpoint **out, size_t *count, struct problem *why);
/* *out NULL: there is none. */
NODISCARD enum err checkpoint_newest(struct content *c, struct txn *t, enum checkpoint_kind kind, struct arena *a,
                                     struct checkpoint **out, struct problem *why);
bool checkpoint_is_signed(struct content *c, enum checkpoint_kind kind, const struct checkpoint *p);
/* Our key, and the first 8 bytes of its SHA-256, in hex. */
void checkpoint_key(struct content *c, str *id, str *public_key, struct arena *a);

#endif
