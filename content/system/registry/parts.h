#ifndef CONTENT_SYSTEM_REGISTRY_PARTS_H
#define CONTENT_SYSTEM_REGISTRY_PARTS_H
#include "content/behaviour.h"

/* Whether this may be deleted from the registry, as the operator has it (registry.deletes): by nobody, and by no rule that somebody
 * made. The server's own work goes on: it deletes what nobody can reach any more. */
NODISCARD enum err refuse_delete(struct work *w, const struct change *c, struct problem *why);
#endif
