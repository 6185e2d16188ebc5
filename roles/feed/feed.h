#ifndef ROLES_FEED_FEED_H
#define ROLES_FEED_FEED_H
#include "content/journal/feed.h"
#include "content/journal/sight.h"
#include "roles/gate.h"

/* The change feed (docs/events.md): what was changed, in order, as somebody may see it. The one source of GET /api/events,
 * of subscriptions and of webhooks.
 *
 * A feed is a place in the journal, a wish, and somebody. With each reading it goes on from its place and asks anew who that
 * somebody is and what he may (AZ-10): a key that was revoked, a session that has ended, a credential that ran out end the
 * feed with the next reading, and a reading that waits is woken for it; another role shows more or less from then on, of what
 * was written before, too. Notes, and what is only bookkeeping (VERB_USED), come to those who name "journal" among the
 * collections, or the verb.
 *
 * At least once, in order, without gaps: whoever goes on from batch.last misses nothing, as long as retention keeps it.
 * A reading looks at LIMIT_FEED_LOOK entries at most and then returns, with its place moved, however few of them were for this
 * one. New entries are read from the database once for all who wait, into a window in memory (LIMIT_WINDOW_ENTRIES); who has
 * fallen behind it reads for himself until he has caught up.
 *
 * Opening and reading are one thread's at a time; feeds of different threads share nothing but the window. Who cannot know
 * what was revoked last gets ERR_UNAVAILABLE. */
struct feed;

/* Who looks. */
struct feed_reader {
    const struct exchange *x;         /* whoever sent this request; it must live as long as the feed, and only its head is looked
                                         at. A signed request is good for as long as its signature is. NULL: */
    str role;                         /* … whoever holds this role; {0}: */
    enum system_reason reason;        /* … the server itself */
};

struct feed_wish {
    uint64_t since;                   /* the last entry that is known; what comes is behind it */
    bool from_now;                    /* … or is made from now on */
    const str *collections;           /* none: all that may be read, but no notes */
    size_t collection_count;          /* at most LIMIT_FEED_NAMES, like verbs */
    const str *verbs;                 /* create update delete, or an action's; none: all */
    size_t verb_count;
    str item;                         /* {0}: all. This and the next go with exactly one collection */
    const struct json *filter;        /* NULL: none. Read again with each model and each change of rights */
    bool waits;                       /* will wait for news: one of LIMIT_STREAMS (or as many as are configured) */
    struct stay *stay;                /* … in a place that is taken already; it must live as long as the feed */
};

struct feed_event {
    uint64_t seq, tx;                 /* those of one transaction share tx */
    int64_t at_ms;
    str collection, item;
    struct seen seen;                 /* sight, verb, before, after */
    uint64_t revision;
    str who, via, request_id, user;   /* {0} for those who may not read the journal */
};

/* As JSON: the one shape of an event, in GET /api/events, in its stream and in what webhooks send. */
void event_write(struct buf *out, struct arena *a, const struct feed_event *e);

struct feed_batch {
    const struct feed_event *events;  /* in the arena of the reading, like everything in them */
    size_t count;
    uint64_t last;                    /* everything up to here was looked at: go on from it */
    bool more;                        /* there is more already */
    int64_t waited_us;                /* for news, of the time that this reading took */
};

/* ERR_UNAVAILABLE with retry_after_s: too many wait; ERR_TOO_MANY: too many of this very one. ERR_GONE: `since` is older than what is kept, or newer than what there is;
 * why->more has {"first", "last"}. ERR_BAD_INPUT: the wish is none. A collection that this one may not read: as gate_read.
 * Texts of the wish must live as long as the feed. */
NODISCARD enum err gate_feed_open(struct gate *g, const struct feed_reader *who, const struct feed_wish *wish, struct feed **out,
                                  struct problem *why);
/* At most `max` events; when there are none waits for the first, wait_ms at most. No events are no error. ERR_UNAUTHENTICATED,
 * ERR_FORBIDDEN, ERR_NOT_FOUND: this one may not look any more; ERR_GONE: has fallen behind what is kept. After an error the
 * place is where it was. */
NODISCARD enum err gate_feed_read(struct feed *f, struct arena *a, size_t max, int wait_ms, struct feed_batch *out,
                                  struct problem *why);
/* Whether he is still who he was with the last reading, for whoever takes his time to tell it. False: the place is behind `told` again,
 * an event of it, and the next reading says who he is by now. */
bool gate_feed_holds(struct feed *f, uint64_t told, struct problem *why);
/* Who that was with the last reading, for whoever reads on behind an event (gate_read); good until the next reading. */
const struct principal *gate_feed_who(const struct feed *f);
uint64_t gate_feed_last(const struct feed *f);
void gate_feed_close(struct feed *f); /* NULL is fine */

/* Somebody who stays on a connection with several feeds, or none at times: one place among those who wait, and who he is by now.
 * One thread's at a time. */
struct stay;
/* Errors as gate_feed_open. Who comes without a credential and may say later who he is (is_arriving) is not counted among
 * those who never say; there is less room for such. With a cookie it must be sure that a page of ours asked (security B-6). */
NODISCARD enum err gate_stay_open(struct gate *g, const struct exchange *x, bool is_arriving, struct stay **out, struct problem *why);
/* He has said who he is: from now on this head counts, which must live as long as the stay. identify() has seen it. */
NODISCARD enum err gate_stay_arrive(struct stay *s, const struct exchange *x, struct problem *why);
/* ERR_UNAUTHENTICATED: he is nobody any more. *out is good until the next call. */
NODISCARD enum err gate_stay_who(struct stay *s, const struct principal **out, struct problem *why);
/* Who sends this request, which came over the connection: what it demands beside a credential is in its head (security B-4). */
NODISCARD enum err gate_stay_identify(struct stay *s, struct exchange *x, struct problem *why);
/* A descriptor that can be read when feeds should be looked at again. */
int gate_stay_bell(const struct stay *s);
void gate_stay_hush(struct stay *s);  /* … and cannot until then; before looking at them */
void gate_stay_close(struct stay *s); /* after its feeds; NULL is fine */

/* What this principal sees of one entry: for those who hold a place of their own (content/journal/feed.h). where: as look_at. */
NODISCARD enum err gate_sees(struct gate *g, const struct principal *who, const struct entry *e, const struct filter *where,
                             struct arena *a, struct seen *out, struct problem *why);

struct feed_figures {
    uint64_t streams, streams_max;    /* that wait, and that may */
    uint64_t refused;                 /* that were one too many */
    uint64_t events;                  /* that were handed out */
    uint64_t window_entries, window_bytes;
    uint64_t behind;                  /* readings that had to go to the database by themselves */
};
void gate_feed_figures(struct gate *g, struct feed_figures *out);
/* Named consumers and how far they have come (content/journal/feed.h), for the operator. */
NODISCARD enum err gate_feed_places(struct gate *g, struct arena *a, struct feed_place **out, size_t *count, struct problem *why);

#endif
