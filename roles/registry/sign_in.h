#ifndef ROLES_REGISTRY_SIGN_IN_H
#define ROLES_REGISTRY_SIGN_IN_H
#include "roles/gate.h"

/* How container clients sign in with a form, and how they stay signed in (oci-registry.md 10.3). Thread-safe.
 *
 * What a form says counts like what a header says, and x->who is that one afterwards. ERR_UNAUTHENTICATED: wrong, noted and counted
 * like a wrong header; ERR_TOO_MANY: too many of those. ERR_BAD_INPUT: a header means somebody else. */
NODISCARD enum err gate_registry_password(struct gate *g, struct exchange *x, str name, str secret, struct problem *why);
NODISCARD enum err gate_registry_refresh(struct gate *g, struct exchange *x, str refresh, struct problem *why);

/* A refresh token for x->who: a random text, kept as a keyed digest in an item of tokens (kind "refresh") that says whose it is and
 * which key it comes from. It stands for that credential and for no more: what it is used for is judged by the rights of that moment.
 * It ends after LIMIT_REFRESH_TOKEN_S, with its item, its key (revoked, deleted, rotated with its tokens) and with what ends a person's
 * sessions: a new password, a second factor, other roles, being switched off. It does not change when it is used: container clients
 * keep what they got when they signed in and throw later ones away.
 *
 * client: what the client calls itself, {0}: nothing; the item is labelled so. *out {0}: nobody's are given out, nor for what comes
 * from a browser by itself or from another token. Beyond LIMIT_REFRESH_TOKENS of one person or key the oldest goes. */
NODISCARD enum err gate_registry_offline(struct gate *g, struct exchange *x, str client, str *out, struct problem *why);

#endif
