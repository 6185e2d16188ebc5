#ifndef CONTENT_SYSTEM_SITE_FOLLOW_H
#define CONTENT_SYSTEM_SITE_FOLLOW_H
#include "content/behaviour.h"

/* Grants name collections and fields, and so do roles in Cockpit's spelling. They follow a renamed one, and go
 * with one that is dropped, in the same transaction: a later one of that name starts with none (AZ-8).
 * before: the collection as it was; after: as it is now, NULL when it is gone. Names with stars stand for
 * themselves. */
NODISCARD enum err grants_follow(struct work *w, const struct collection *before, const struct collection *after,
                                 struct problem *why);

/* A new name may be one that a grant with stars covers: whoever is no administrator must not put a collection in
 * somebody's reach like that (AZ-9). ERR_FORBIDDEN. */
NODISCARD enum err check_new_name(struct work *w, str was, str name, struct problem *why);

#endif
