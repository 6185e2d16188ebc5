#ifndef CONTENT_SYSTEM_KEYS_KEYS_H
#define CONTENT_SYSTEM_KEYS_KEYS_H
#include "content/behaviour.h"

/* What the files about the collection api_keys share. */

struct key_owner {
    str user, role, service_account; /* ids; one of them */
};
str key_owner_id(const struct key_owner *o);
/* ERR_FORBIDDEN unless the author may have a secret that acts for this owner: himself, or somebody whose roles
 * he holds (AK-6). Not with a narrowed key: the new secret could not be shown to be as narrow. */
NODISCARD enum err key_owner_check(struct work *w, const struct key_owner *owner, struct problem *why);

#define KEY_SHORT_MS (24 * 3600 * 1000) /* keys that end so soon are called short-lived */
/* A new secret for this key. is_short: it ends within a day. */
str key_secret_make(struct arena *a, str kind, str id, const struct key_owner *owner, const struct json *scopes, bool is_short);
/* Sets what is shown of the secret. */
void key_put_shown(struct work *w, struct change *c, str plain);

/* scopes.c: members of every scope, and addresses. All faults at once, ERR_INVALID. */
NODISCARD enum err key_scopes_check(struct work *w, const struct json *scopes, struct problem *why);
NODISCARD enum err key_addresses_check(const struct json *addresses, struct problem *why);

/* bounds.c: when and from where the key may be used, as far as that is not for its author alone to say. May set
 * expires_at. widens: it could be good for more than before, or is new. */
NODISCARD enum err key_bounds_check(struct work *w, struct change *c, const struct json *present, bool widens, struct problem *why);

/* generations.c: [{n, created, expires}], the secrets of a key that are good now. */
struct json key_first_generation(struct arena *a, int64_t now_ms);
/* The key that a secret is wanted for, by somebody who may have one: himself, who may be narrowed, or as for key_owner_check. */
NODISCARD enum err key_to_act_on(struct work *w, str id, const struct json **out, struct problem *why);
extern const struct action_code key_actions[3];
/* acme_binding.c */
NODISCARD enum err key_acme_binding(struct work *w, const struct collection *c, str id, const struct json *input, struct json *output, struct problem *why);
#endif
