#ifndef CONTENT_WRITE_SETTLE_LINKS_H
#define CONTENT_WRITE_SETTLE_LINKS_H
#include "content/internal.h"

/* For content/write/write.c, on the writer's thread. The values of references with nested writes, from who is linked now
 * (present; NULL: nobody); before the row is written. */
NODISCARD enum err settle_links(struct work *w, const struct rights *rights, struct change *c, const struct json *present,
                                struct problem *why);
/* What the steps want deleted: once the row no longer points there. */
NODISCARD enum err settle_deletions(struct work *w, const struct rights *rights, struct change *c, struct problem *why);

#endif
