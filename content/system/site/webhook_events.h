#ifndef CONTENT_SYSTEM_SITE_WEBHOOK_EVENTS_H
#define CONTENT_SYSTEM_SITE_WEBHOOK_EVENTS_H
#include "content/access.h"
#include "content/behaviour.h"
#include "content/journal/journal.h"

/* Rows of a webhook's `events` (docs/webhooks.md): {collections, verbs, item, filter}. Patterns mean what they mean in grants:
 * users' own collections, and "*" alone files, too; what is the system's is named. Notes of the journal are for those who name
 * it. Deliveries are for nobody: each would make another one. */
#define WEBHOOK_FEED S("webhooks")    /* the consumer's name (content/journal/feed.h) */

/* Whoever writes the rows can read what they name; faults with pointers below /events. */
NODISCARD enum err webhook_events_check(struct arena *a, const struct rights *author, const struct json *events, struct problem *why);
/* By what is cheap to know; what its reader sees of the entry is asked afterwards, and his verb: */
bool webhook_row_wants(const struct json *row, const struct model *m, const struct entry *e);
bool webhook_row_has_verb(const struct json *row, str verb);
/* *out NULL: it has none. ERR_INVALID and the like: with these rights it means nothing. */
NODISCARD enum err webhook_row_filter(struct arena *a, const struct rights *reader, const struct json *row, str where,
                                      const struct filter **out, struct problem *why);

/* deliveries.c: one that says nothing of the content. ERR_TOO_MANY: LIMIT_WEBHOOK_TESTS within a minute. */
NODISCARD enum err webhook_test_make(struct work *w, str hook, str *delivery, struct problem *why);

#endif
