#ifndef CONTENT_JOURNAL_FEED_H
#define CONTENT_JOURNAL_FEED_H
#include "content/journal/journal.h"

/* Named consumers of the journal (architecture 7): rows with a name and the last entry that is done. At least once, in order,
 * restartable: who was stopped between doing and saying so does it again. journal_trim keeps what a consumer has not done;
 * one that will not come back must be dropped, or the journal grows for ever (lag is a figure, and said in the log).
 *
 * One thread per consumer; several processes may not share a name. */

/* Makes the row when there is none, at the journal's end; *from is where to go on. ERR_BAD_INPUT: no such name can be
 * (1 to LIMIT_FEED_NAME_BYTES of a-z 0-9 _ -). ERR_FULL: there are LIMIT_FEEDS. */
NODISCARD enum err feed_begin(struct content *c, str name, uint64_t *from, struct problem *why);
/* Everything up to seq is done. Never moves back. ERR_NOT_FOUND: it was dropped meanwhile. */
NODISCARD enum err feed_done(struct content *c, str name, uint64_t seq, struct problem *why);
NODISCARD enum err feed_drop(struct content *c, str name, struct problem *why); /* no such one: nothing to do */

/* The same in a transaction at work, for who must miss nothing that comes behind it (content/behaviour.h): *end is the journal's
 * end, whether there was such a consumer or not. */
struct work;
NODISCARD enum err work_feed_begin(struct work *w, str name, uint64_t *end, struct problem *why);
NODISCARD enum err work_feed_drop(struct work *w, str name, struct problem *why);

struct feed_place {
    str name;
    uint64_t seq;                     /* done */
    uint64_t lag;                     /* entries behind the journal's end */
};
NODISCARD enum err feed_places(struct content *c, struct arena *a, struct feed_place **out, size_t *count, struct problem *why);

/* The oldest entry that nobody took out, and the newest; 0 and 0: there are none. */
NODISCARD enum err feed_bounds(struct content *c, uint64_t *first, uint64_t *last, struct problem *why);

#endif
