#ifndef CONTENT_WRITE_STALE_H
#define CONTENT_WRITE_STALE_H
#include "content/internal.h"

/* The item is not at the revision that the change expects: ERR_STALE, and for whoever may read the item what became
 * of it since (why->more, docs/write.md): the revision he had, from the journal, the present one, and the names of
 * fields that differ. On the writer's thread. */
enum err stale_problem(struct work *w, const struct rights *rights, const struct change *c, uint64_t revision,
                       struct problem *why);

#endif
