#ifndef CONTENT_SYSTEM_SITE_FOLLOW_H
#define CONTENT_SYSTEM_SITE_FOLLOW_H
#include "content/behaviour.h"

/* Grants name collections and fields, and so do roles in Cockpit's spelling. They follow a renamed one, and go
 * with one that is dropped, in the same transaction: a later one of that name starts with none (AZ-8).
 * before: the collection as it was; after: as it is now, NULL when it is gone. Names with stars stand for
 * themselves. */
NODISCARD enum err grants_follow(struct work *w, const struct collection *before, const struct collection *after,
                                 struct problem *why);

#endif
