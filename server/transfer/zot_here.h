#ifndef SERVER_TRANSFER_ZOT_HERE_H
#define SERVER_TRANSFER_ZOT_HERE_H
#include "server/transfer/import_zot.h"

/* What an earlier run has made, so that a later one leaves nothing of it that the file does not say any more: a grant, a role of a
 * person, a group. What people were given since stays. */

/* Grants of roles called zot.… that are not among these ids go away. */
NODISCARD enum err zot_drop_grants(struct zot *z, const struct map *kept);
/* Retention rules of an earlier run that are not among these ids, likewise. */
NODISCARD enum err zot_drop_rules(struct zot *z, const struct map *kept);
/* The ids of these, with those that the person of this id holds here and that are not called zot.… */
NODISCARD enum err zot_with_own(struct zot *z, str user_id, str field, const struct json *list, size_t count, struct json *out);
/* People that an earlier file had, not among these ids: their account stays, without what is called zot.… */
NODISCARD enum err zot_strip_people(struct zot *z, const struct map *kept);
#endif
