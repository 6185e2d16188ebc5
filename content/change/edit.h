#ifndef CONTENT_CHANGE_EDIT_H
#define CONTENT_CHANGE_EDIT_H
#include "content/change/change.h"

/* What a value is to become, said by what is there: "views+": 1, "views-": 1; of lists "tags+" (behind), "+tags"
 * (in front), "tags-" (without these); the same as {"$inc":{"views":1},"$push":…,"$addToSet":…,"$pull":…}. */

/* A member of an item that may be one of these; false: it is not. Otherwise *e says what became of it; faults are
 * added to why. */
bool edit_read(struct arena *a, struct change *c, const struct json *v, str where, enum err *e, struct problem *why);
/* Gives the fields with edits their values, from those of `present` (NULL: a new item, so from defaults), and
 * checks them. ERR_INVALID with faults. */
NODISCARD enum err edit_settle(struct arena *a, struct change *c, const struct json *present, const struct vars *vars,
                               struct problem *why);
/* May this author know of the field and write it? For members of a change that stand for a field under another
 * name. NULL, and a fault: no. */
const struct field *change_target(struct change *c, str name, str path, struct problem *why);

#endif
