#ifndef ROLES_OUTGOING_OUTGOING_H
#define ROLES_OUTGOING_OUTGOING_H
#include "content/outgoing.h"
#include "roles/outgoing/signing_keys.h"

/* Actions that another server does (docs/actions.md): asked of content, called, checked, written; no lock and no transaction
 * is held meanwhile. At most LIMIT_OUTGOING_CALLS at once, for each holds its request's thread, and half of them for one caller. Private to roles/:
 * whoever acts asks gate_act. */

/* at: in, id, expects, once. output is what the action declares, and nothing else. ERR_BAD_GATEWAY, ERR_GATEWAY_TIMEOUT: the other
 * side's; ERR_TOO_MANY: the caller has his share of what may be called at once; ERR_UNAVAILABLE: others have the rest, or
 * nothing can be called; ERR_CONFLICT: it has no secret to sign with. */
NODISCARD enum err outgoing_act(struct gate *g, const struct principal *who, const struct change *at, const struct action *action,
                                const struct json *input, struct json *output, struct arena *a, struct problem *why);

/* Would this server go where these changes of "collections" have their actions? ERR_INVALID with a fault for each that it would
 * not (SS-2); how names are answered is seen when they are called. */
NODISCARD enum err outgoing_check_urls(const struct gate *g, const struct change *changes, size_t count, struct problem *why);

/* ------ between outgoing.c and call.c */

/* One call at work. */
struct outgoing_work {
    struct gate *gate;
    const struct principal *who;
    const struct action *action;
    struct outgoing_call call;
    struct arena *arena;
    struct signing_keys keys;         /* to sign with */
    const struct json *input;         /* checked; a map */
    const struct json *item;          /* what the caller may see of it; NULL: nothing */
    struct outgoing_end end;
};
/* Sends it and takes the answer: o->end.status, took_ms, output. */
NODISCARD enum err outgoing_send(struct outgoing_work *o, struct problem *why);

#endif
