#ifndef CONTENT_JOURNAL_CHAIN_H
#define CONTENT_JOURNAL_CHAIN_H
#include "base/crypt.h"
#include "content/journal/journal.h"
#include "content/store/engine.h"

/* The chain of the journal (security L-3, docs/journal.md): each entry's mac is a keyed digest over the mac of
 * the entry before and over every cell of its own row. Who can write the database but has not the master key
 * can neither alter, insert, reorder nor leave out an entry without the next look (chain_check) finding it. */

/* struct engine_chain's function; key is a struct crypt. */
void chain_mac(const void *crypt, const uint8_t before[DIGEST_BYTES], const struct cell row[ENTRY_CELLS],
               uint8_t out[DIGEST_BYTES]);

/* Walks the journal from its beginning, a page at a time, and ends at the first entry or checkpoint that is not
 * what was written: one fault, rule "journal", ERR_CONFLICT. Fills *out as far as it came. */
struct content;
NODISCARD enum err chain_check(struct content *c, const struct journal_watch *watch, struct journal_proof *out,
                               struct problem *why);
/* The same for up to `most` entries after this one, whose own mac is taken as it stands: parts that follow each other look at
 * everything once. Before the journal's beginning is its beginning. */
NODISCARD enum err chain_check_part(struct content *c, uint64_t after, uint64_t most, struct journal_proof *out, struct problem *why);

#endif
