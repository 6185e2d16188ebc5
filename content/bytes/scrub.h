#ifndef CONTENT_BYTES_SCRUB_H
#define CONTENT_BYTES_SCRUB_H
#include "content/bytes/bytes.h"

/* Bytes are read again from time to time, whether they still are what their digest says (security R-6). A turn reads so many
 * bytes and comes back; a blob that is larger goes on with the next turn. How far it is stands in the rows of `blobs`
 * (checked_at), so a restart loses one blob's reading at most. Nothing is locked while bytes are read.
 *
 * Read twice as something else, or not there: `damaged` is set, the file is moved to the directory quarantine, nobody is
 * served it any more, and whoever pushes these bytes again mends it (content/system/registry/blob_row.c). A disk that fails
 * to read is an error and no verdict. One thread at a time; several processes do the same work twice and harm nothing. */
struct scrub;
struct scrub *scrub_open(void);
void scrub_close(struct scrub *s); /* NULL is fine */

#define SCRUB_AT_ONCE 64u          /* blobs of one turn */
struct scrub_figures {
    uint64_t looked_at, bytes, damaged; /* so far; the last: found to be */
};
struct scrub_turn {
    struct content *content;
    const struct rights *rights;   /* the server's */
    const struct actor *actor;
    int64_t before_ms;             /* what was last read before this is due */
    struct scrub_figures *figures;
};
/* *over: nothing more is due. */
NODISCARD enum err scrub_go_on(struct scrub *s, const struct scrub_turn *turn, uint64_t most, bool *over, struct problem *why);
#endif
