#ifndef ROLES_SIGN_IN_ACTIVATION_H
#define ROLES_SIGN_IN_ACTIVATION_H
#include "roles/gate.h"

/* Accounts that somebody else has made, and whose owner chooses the password (ZenML's way; mails are not needed).
 * The token is shown to the maker once, kept as a keyed digest, counts once and for LIMIT_ACTIVATION_S, and ends
 * with a new one. Thread-safe. */

/* Whoever has such a token chooses the password: it is for those to make who may set one. */
bool gate_may_activate(const struct principal *who);
/* Makes one for an account that is switched off. The caller may (above: asked before anything is written), and has
 * shown that he reaches this one. ERR_FORBIDDEN otherwise. */
NODISCARD enum err gate_activation_make(struct gate *g, struct exchange *x, str user_id, str *token, struct problem *why);
/* For open routes. user: id, e-mail or name. The token is looked at before anything else; an account for which none
 * waits cannot be activated. ERR_UNAUTHENTICATED: the same for every reason. values: an item's further members the
 * person may choose (name, full_name, email), NULL: none. *id: whose it was. */
NODISCARD enum err gate_activate(struct gate *g, struct exchange *x, str user, str token, str password, const struct json *values,
                                 const struct json **item, struct problem *why);
#endif
