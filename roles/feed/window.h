#ifndef ROLES_FEED_WINDOW_H
#define ROLES_FEED_WINDOW_H
#include "content/journal/sight.h"
#include "roles/internal.h"

/* New entries of the journal, read once for all who wait for them: one thread, while anybody waits, reads what was committed
 * into a block, learns who may what by now (gate_catch_up), puts the block behind the others and wakes everybody. Nobody
 * else goes to the database for it, and nobody is woken more often than every LIMIT_WINDOW_GATHER_MS. The oldest blocks leave
 * when there are more than LIMIT_WINDOW_ENTRIES or LIMIT_WINDOW_BYTES.
 *
 * Blocks are immutable, in order, without gaps between them, and counted: whoever was handed one keeps it as long as he needs.
 * Thread-safe; one lock, and nothing else is called under it. */
struct window;

struct block {
    struct counted counted;           /* first */
    struct arena *arena;              /* everything in it */
    const struct news *news;          /* at least one */
    size_t count;
    uint64_t first, last;             /* their numbers */
    size_t bytes;
    bool is_read;                     /* the images, too; else whoever needs them calls news_read */
    struct block *next;               /* the window's */
};

struct window *window_open(struct gate *g);
void window_close(struct window *w);  /* nobody may wait any more; NULL is fine */

/* Between the first and the last of these somebody may wait, in a seat. There are g->streams_max of them, and of one holder
 * (who is what; {0}: the server itself, which counts for nobody) at most `share`, so that nobody takes all. bell: a descriptor
 * of an eventfd that is rung when there is news, or who may what has moved on; -1: none. */
enum seating { SEATED, SEATS_TAKEN, SHARE_TAKEN };
struct seat;
NODISCARD enum seating window_enter(struct window *w, str holder, unsigned share, int bell, struct seat **out);
/* It is somebody else's; when there is no room among his, everything is as before. */
NODISCARD enum seating window_pass(struct window *w, struct seat *s, str holder, unsigned share);
void window_leave(struct window *w, struct seat *s);

/* The block with the entry behind `after`; *out NULL: there is none yet. False: it is not kept any more. The caller releases
 * it. */
bool window_find(struct window *w, uint64_t after, struct block **out);
/* Waits, inside of window_enter, until something is there behind `after`, or who may what has moved on from `stamp`, or the time
 * has come, or the reading fails: ERR_UNAVAILABLE. */
NODISCARD enum err window_wait(struct window *w, uint64_t after, uint64_t stamp, int64_t until_us, struct problem *why);

/* Entries out of the database as a block, for whoever is behind the window; *out NULL: there are none. images: they are
 * read. */
NODISCARD enum err block_read(struct content *c, uint64_t after, size_t max, bool images, struct block **out, struct problem *why);

struct window_figures {
    uint64_t waiting, most, refused, entries, bytes;
    uint64_t events, behind;          /* … these */
};
void window_count(struct window *w, uint64_t events, uint64_t behind); /* adds to … */
void window_figures(struct window *w, struct window_figures *out);

#endif
