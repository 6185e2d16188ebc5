#ifndef ROLES_FEED_WINDOW_PART_H
#define ROLES_FEED_WINDOW_PART_H
#include "roles/feed/window.h"

/* What roles/feed/window.c, the news, and roles/feed/window_seats.c, who waits for them, share; nobody else includes this. */

/* Somebody who has seats: counted while he has any. */
struct holder {
    struct holder *next;
    unsigned count;
    size_t len;
    char name[];
};

struct seat {
    struct holder *holder;            /* NULL: the server's own */
    int bell;
    struct seat *next, *before;       /* those with a bell */
};

struct window {
    struct gate *gate;
    pthread_mutex_t lock;             /* guards what follows */
    pthread_cond_t news;              /* for those who wait, and for the thread */
    bool has_thread, is_over;
    pthread_t thread;
    struct block *oldest, *newest;
    struct holder *holders;
    struct seat *bells;
    uint64_t last;                    /* up to where it was read */
    uint64_t stamp;                   /* of who may what (identities_stamp) */
    bool failing;                     /* the last look did not work: nobody knows what was revoked */
    struct window_figures figures;
};

/* With the lock held, like all that begin with "w_". */
bool w_begin(struct window *w);       /* the thread, if there is none yet; false: there cannot be one */
void w_wake(struct window *w);        /* whoever waits, and whoever waits for a bell, too */

#endif
