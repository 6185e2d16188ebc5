#ifndef CONTENT_SYSTEM_REGISTRY_PARTS_H
#define CONTENT_SYSTEM_REGISTRY_PARTS_H
#include "content/behaviour.h"

/* Whether whoever writes may delete anything of the registry, as the operator has it (registry.deletes). The server's own work
 * goes on: what it takes away by rules was decided by whoever made those. */
NODISCARD enum err refuse_delete(struct work *w, struct problem *why);
#endif
