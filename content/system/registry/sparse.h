#ifndef CONTENT_SYSTEM_REGISTRY_SPARSE_H
#define CONTENT_SYSTEM_REGISTRY_SPARSE_H
#include "content/behaviour.h"

/* Where an index may come before what it lists (registry.sparse_indexes): a manifest that has come since is linked to those that
 * waited for it, so that it is in use like any other. Indexes around those get deeper by it; ERR_INVALID, rule "manifest": one
 * would be too deep. */
struct late_manifest {
    str repository, digest, id;       /* ids of the repository and of itself */
    int64_t depth;                    /* its own */
};
NODISCARD enum err link_late(struct work *w, const struct late_manifest *m, struct problem *why);
#endif
