#ifndef CONTENT_JOURNAL_SIGHT_H
#define CONTENT_JOURNAL_SIGHT_H
#include "content/access.h"
#include "content/journal/journal.h"

/* What somebody sees of an entry of the journal, by the rights he has now: of the item as it was and as it became, what may
 * be read of it; nothing of what his rows do not reach (security AZ-10, L-4). Rules that follow references are answered from
 * the database, by what stands behind them at this moment.
 *
 * Somebody for whom an item comes into view or leaves it is told just what he would be told had it been made or deleted:
 * what is hidden and what is absent look alike (AZ-12). */
struct content;

enum sight {
    SIGHT_NOTHING,
    SIGHT_ADDED,                      /* not there before, for this one: `after` */
    SIGHT_CHANGED,                    /* both */
    SIGHT_REMOVED,                    /* not there any more: `before` */
    SIGHT_NOTE                        /* happened without changing anything: neither; for readers of the whole journal */
};

/* An entry with its images read; many may look at one at the same time. */
struct news {
    struct entry entry;
    const struct json *before, *after; /* maps; NULL: there is none, or what is there is not an item's (reshape) */
};
void news_read(const struct entry *e, struct arena *a, struct news *out);

struct seen {
    enum sight sight;
    const struct collection *in;      /* of the rights' model; SIGHT_NOTE: NULL when there is none of that name */
    str verb;                         /* the journal's; "create" and "delete" for what comes into view and leaves it */
    const struct json *before, *after; /* maps of the fields that may be read; NULL: none, or not to be seen */
};

/* One look at the database, opened when it is needed first. Belongs to one thread. */
struct looker {
    struct content *content;
    const struct rights *rights;
    struct actor actor;               /* with the time of this look */
    struct arena *arena;              /* of what is seen */
    struct txn *txn;                  /* NULL: nobody had to ask so far */
    enum err failed;                  /* the database did not answer */
    struct problem *why;
};
void looker_begin(struct looker *l, struct content *c, const struct rights *rights, const struct actor *actor, struct arena *a,
                  struct problem *why);
void looker_end(struct looker *l);
/* where: of the entry's collection, read with these rights as reader; NULL: no condition. An item that does not satisfy it is
 * not there. An error says nothing of the entry: look again, or it is missed. */
NODISCARD enum err look_at(struct looker *l, const struct news *n, const struct filter *where, struct seen *out);

#endif
