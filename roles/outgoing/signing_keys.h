#ifndef ROLES_OUTGOING_SIGNING_KEYS_H
#define ROLES_OUTGOING_SIGNING_KEYS_H
#include "roles/internal.h"

/* With what a call to another server is signed (base/webhook_signature.h): one secret, and the one before it as long as both are
 * good. Webhooks and outgoing actions take theirs here, just before they send; whoever took them wipes them when it is sent. */
struct signing_keys {
    str keys[2];                      /* newest first */
    size_t count;
};

/* Which item of which collection has them, in which fields. */
struct signing_secrets {
    const struct collection *in;
    str item, secret, previous;
    int64_t previous_until_ms;
};
/* At least one. ERR_CONFLICT: there is none that signs; ERR_UNAVAILABLE: they cannot be read now. Nothing is held after an error. */
NODISCARD enum err signing_keys_take(struct gate *g, const struct signing_secrets *of, int64_t now_ms, struct arena *a,
                                     struct signing_keys *out, struct problem *why);
void signing_keys_wipe(struct signing_keys *k); /* has none afterwards */
/* One secret as it was sealed, for whoever wipes it. {0}: there is none. ERR_UNAVAILABLE. */
NODISCARD enum err secret_unseal(struct gate *g, const struct collection *c, str item, str field, struct arena *a, str *out,
                               struct problem *why);
void secret_wipe(str *plain);         /* {0} afterwards */

#endif
