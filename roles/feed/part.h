#ifndef ROLES_FEED_PART_H
#define ROLES_FEED_PART_H
#include "roles/feed/feed.h"
#include "roles/internal.h"

/* What roles/feed/feed.c, who looks, roles/feed/read.c, what he is told, and roles/feed/stay.c, who has several feeds, share; nobody else
 * includes this. */

/* Somebody who stays, as of `asked_ms` and of what was known by `stamp`. */
struct onlooker {
    struct gate *gate;
    struct feed_reader reader;
    struct arena *arena;              /* of what follows; NULL: he was not asked yet */
    const struct principal *who;
    uint64_t stamp;
    int64_t asked_ms;
};
/* What has to be true of him, too, and what comes of it, which may live in a. */
typedef enum err onlooker_judge(void *self, const struct principal *who, struct arena *a, struct problem *why);
/* Who he is by now, unless that is known; nothing has changed when it fails. */
NODISCARD enum err onlooker_ask(struct onlooker *o, onlooker_judge *judge, void *self, struct problem *why);
/* What was found out last is still so. */
bool onlooker_is_known(const struct onlooker *o, struct problem *why);
/* A place among those who wait. ERR_UNAVAILABLE, ERR_TOO_MANY: there is none, of all or for this one; ERR_FORBIDDEN: a page of another
 * site asked. */
struct seat;
NODISCARD enum err onlooker_sit(const struct onlooker *o, int bell, struct seat **out, struct problem *why);

struct feed {
    struct onlooker by;
    struct feed_wish wish;
    struct seat *seat;                /* its own; NULL: none, or … */
    bool is_counted;                  /* … that of wish.stay: it may wait */
    bool wants_notes, wants_used;
    uint64_t last;
    int64_t waited_us;                /* by this reading */
    const struct filter *where;       /* the wish's, of his rights now; NULL: none */
};

/* Who looks by now, and what his wish comes to, unless that is known; nothing has changed when it fails. */
NODISCARD enum err feed_ask(struct feed *f, struct problem *why);
bool feed_names(const str *list, size_t count, str name);
enum err feed_refuse_gone(uint64_t first, uint64_t last, struct problem *why);

#endif
