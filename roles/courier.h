#ifndef ROLES_COURIER_H
#define ROLES_COURIER_H
#include <stdatomic.h>

#include "roles/internal.h"

/* Work that a request leaves behind: looking somebody up, writing to them. The request is answered before
 * it begins, so that its answer says nothing of who exists, not even by the time it takes (PW-6), and
 * nobody waits for a mail server. One thread, begun with the first errand, in order of when they are due;
 * what failed for the moment is tried again, later and later, LIMIT_ERRAND_TRIES times. What waits when
 * the process ends is lost: whoever asked asks again. Thread-safe. */
struct courier;

struct errand {
    struct arena *arena;              /* everything of the errand, itself included; closed when it is over */
    /* On the courier's thread. ERR_UNAVAILABLE: try again, with what `self` remembers. stop: give up soon. */
    enum err (*run)(struct gate *g, struct errand *e, const _Atomic(bool) *stop, struct problem *why);
    void *self;

    int64_t pause_s;                  /* how long until it is tried again, said by run(); 0: as long as usual, and the log tells */
    unsigned tries;                   /* the courier's */
    int64_t due_us;
    struct errand *next;
};

struct courier *courier_open(struct gate *g);
void courier_stop(struct courier *c);  /* says so to what runs, without waiting; courier_close() is still to come */
void courier_close(struct courier *c); /* ends what runs within a second; NULL is fine */
size_t courier_length(struct courier *c); /* with the one that runs */
/* Takes the errand over, also when it has no room for it: ERR_UNAVAILABLE. Never waits. */
NODISCARD enum err courier_send(struct courier *c, struct errand *e, struct problem *why);

#endif
