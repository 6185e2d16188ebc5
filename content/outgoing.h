#ifndef CONTENT_OUTGOING_H
#define CONTENT_OUTGOING_H
#include "content/content.h"

/* An action that another server does (docs/actions.md), as content sees it: asked before the call and told after it. The
 * call itself is roles/outgoing/outgoing.c's; no transaction is open while it lasts. Above this layer only roles/ includes this.
 *
 * Written down are notes (content/journal/journal.h) about the item: action.begun in front of the call, then action.done or
 * action.failed. They say which call it was and how it went, never what was sent, answered or signed with. */
struct outgoing_call {
    const struct collection *in;
    const struct action *action;
    str id;                           /* of the item; {0}: of the collection */
    const struct change *at;          /* what its `expects` says of the item; NULL: nothing */
    struct once *once;                /* NULL: called as often as it is asked */
    str call;                         /* webhook-id: the same for each try with one key */
    /* Filled by content_call_begin: */
    uint64_t revision;                /* of the item as the call finds it */
    const struct json *secret;        /* the row of action_secrets that its calls are signed by */
    const struct json *answered;      /* what an earlier request with this key was answered; NULL: it has to be called */
};

/* May it be done, now and to this item? ERR_CONFLICT: there is no secret to sign with; with retry_after_s: a request with this key
 * is at it. ERR_STALE, ERR_NOT_FOUND
 * as content_act. */
NODISCARD enum err content_call_begin(struct content *c, const struct rights *rights, const struct actor *actor, struct outgoing_call *call,
                                      struct arena *a, struct problem *why);
struct outgoing_end {
    int status;                       /* of the other side's answer; 0: none came */
    int64_t took_ms;
    const struct json *output;        /* checked; a map */
    struct change *write;             /* of the item, by its author; NULL: nothing is written */
};
/* It was done: what is to be written is, in one transaction with the note and with what the key's next request is answered. When
 * that is refused, the refusal is noted as the call's end. */
NODISCARD enum err content_call_end(struct content *c, const struct rights *rights, const struct actor *actor,
                                    const struct outgoing_call *call, const struct outgoing_end *end, struct arena *a, struct problem *why);
/* It was not, or nobody knows: the note; the key may be used again. */
NODISCARD enum err content_call_failed(struct content *c, const struct rights *rights, const struct actor *actor,
                                       const struct outgoing_call *call, const struct outgoing_end *end, enum err became, struct arena *a,
                                       struct problem *why);

#endif
