#ifndef CONTENT_SYSTEM_PEOPLE_ROLE_GRAPH_H
#define CONTENT_SYSTEM_PEOPLE_ROLE_GRAPH_H
#include "content/behaviour.h"

/* Roles and whom they inherit, as the transaction sees them, with a change at hand taken as made. */

/* Refuses a role that would inherit itself, or through more than LIMIT_ROLE_DEPTH others: ERR_INVALID. */
NODISCARD enum err check_inheritance(struct work *w, const struct change *c, const struct json *present, struct problem *why);
/* Refuses a change of users, groups or roles after which no active person would be an administrator for good,
 * if there is one now: not by limited roles, nor as a service account. ERR_CONFLICT. */
NODISCARD enum err check_last_admin(struct work *w, const struct change *c, const struct json *present, struct problem *why);
/* The ids of this role and all that it inherits. *out in the work's arena. */
NODISCARD enum err roles_behind(struct work *w, str role_id, const str **out, size_t *count, struct problem *why);

#endif
