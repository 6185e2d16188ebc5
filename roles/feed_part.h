#ifndef ROLES_FEED_PART_H
#define ROLES_FEED_PART_H
#include "roles/feed.h"
#include "roles/internal.h"

/* What roles/feed.c, who looks, and roles/feed_read.c, what he is told, share; nobody else includes this. */
struct feed {
    struct gate *gate;
    struct feed_reader reader;
    struct feed_wish wish;
    bool is_counted;                  /* among those who wait */
    bool wants_notes, wants_used;
    uint64_t last;

    /* Who looks, as of `asked_ms` and of what was known by `stamp`. */
    struct arena *arena;
    const struct principal *who;
    uint64_t stamp;
    int64_t asked_ms;
    const struct filter *where;       /* the wish's, of these rights; NULL: none */
};

/* Who looks by now, and what his wish comes to, unless that is known; nothing has changed when it fails. */
NODISCARD enum err feed_ask(struct feed *f, struct problem *why);
bool feed_names(const str *list, size_t count, str name);
enum err feed_refuse_gone(uint64_t first, uint64_t last, struct problem *why);

#endif
