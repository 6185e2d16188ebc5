#ifndef CONTENT_SYSTEM_PEOPLE_STANDING_H
#define CONTENT_SYSTEM_PEOPLE_STANDING_H
#include "content/behaviour.h"

/* Nobody hands on what he does not hold (security AZ-9, AK-6): whoever may write accounts, keys or roles
 * must not become more by it, nor make somebody who is. Grants say who may write at all; this says what. */

/* The server itself, an administrator without a narrowed key, or a consequence of a change that was judged. */
bool author_is_trusted(struct work *w);
/* Holds every one of these roles (ids), and not through a narrowed key: by name and for good, or because all
 * that they give is what the author has anyway (within.h). */
NODISCARD enum err author_holds(struct work *w, const str *role_ids, size_t count, bool *out, struct problem *why);
/* Does the author hold all that these names of Cockpit's give (permissions.h)? */
bool author_covers_permissions(struct work *w, const struct json *permissions, str *excess);
/* Ids of own roles and of those that groups give, each once. */
NODISCARD enum err roles_of_holder(struct work *w, const struct json *roles, const struct json *groups, const str **out,
                                   size_t *count, struct problem *why);
/* For whoever has roles (users, service accounts): roles that are added must be the author's own. So must be
 * those that somebody else has already: who may change that one's password, address or keys could act as him.
 * ERR_FORBIDDEN. */
NODISCARD enum err check_roles(struct work *w, const struct change *c, const struct json *present, struct problem *why);
/* "$user" means whoever acts, a person or a service account: an item of either kind must not be created with the
 * id of one of the other. ERR_CONFLICT. */
NODISCARD enum err check_id_unused(struct work *w, const struct change *c, str collection, struct problem *why);
/* A role by its id; *out NULL when there is none (the check of references says so to the author). */
NODISCARD enum err role_of(struct work *w, str id, const struct json **out, struct problem *why);
/* The ids in an item's or a change's list of references. */
const str *ids_of(struct arena *a, const struct json *list, size_t *count);
bool has_id(const str *ids, size_t count, str id);
/* What the change makes of a field; the item's value when it leaves it alone. NULL: no value. */
const struct json *value_to_be(const struct change *c, const struct json *present, str field);
/* Sets a field of the change, as the server itself may. */
void value_put(struct change *c, str field, struct json v);
bool value_changes(const struct change *c, const struct json *present, str field);
#endif
