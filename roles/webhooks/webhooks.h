#ifndef ROLES_WEBHOOKS_WEBHOOKS_H
#define ROLES_WEBHOOKS_WEBHOOKS_H
#include "roles/feed/feed.h"

/* Webhooks (docs/webhooks.md): the consumer "webhooks" of the journal (content/journal/feed.h) makes items of `deliveries`, and a few
 * threads send them. Nothing of it is there before there is a webhook: no thread, no place in the journal.
 *
 * At least once, each under one webhook-id: a delivery is an item before its entry counts as done, and says what became of it
 * after the receiver has answered; whoever was killed between the two does it again. Its id comes from webhook and entry, so
 * making it twice makes one. What goes out is found out anew with each attempt, by the rights that the webhook's author has
 * then (AZ-10): an item keeps no content.
 *
 * One delivery of a webhook is on its way at a time, the one that has waited longest first; those of receivers that failed
 * last have half of the threads at most, so that a receiver that hangs holds up nobody else. */

/* Of gate_tick: begins the work when there is a webhook. */
NODISCARD enum err webhooks_tick(struct gate *g, struct problem *why);

struct webhook_figures {
    uint64_t delivered, failed, retried;  /* attempts of this process: taken; given up; to be repeated */
    uint64_t dropped;                 /* deliveries that nobody may see any more */
    uint64_t disabled;                /* webhooks that were switched off */
    uint64_t waiting, oldest_s;       /* deliveries, and for how long the first of them */
    uint64_t busy, workers;           /* threads */
};
/* `waiting` and `oldest_s` are read from the database; the rest is remembered. */
void gate_webhook_figures(struct gate *g, struct webhook_figures *out);

/* The usual body of a delivery: {"type": "posts.create", "timestamp": …, "data": event}, event as event_write writes it. For
 * `vitrine hooks listen`, too. ERR_TOO_LARGE: over LIMIT_WEBHOOK_BODY_BYTES. */
struct webhook_says {
    str collection, verb;
    int64_t at_ms;
    str event;                        /* JSON */
    bool omits;                       /* the images were too large, and are not in it */
};
NODISCARD enum err webhook_body_write(struct arena *a, const struct webhook_says *says, str *out, struct problem *why);
/* "msg_" and the delivery's id. */
str webhook_message_id(struct arena *a, str delivery);

#endif
