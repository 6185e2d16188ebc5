#ifndef CONTENT_REGISTRY_OPTIONS_H
#define CONTENT_REGISTRY_OPTIONS_H
#include "base/err.h"

/* What the operator says of the registry (configuration, registry.*). Rules of the house: they hold for every door,
 * whatever the caller may do. Plain values, copied where they are needed: struct gate has them, and behaviours. */
struct registry_options {
    bool deletes;        /* false: manifests, tags, layers and repositories stay; what retention rules take is the house's own */
    bool force_delete;   /* layers and manifests that are in use may go */
    bool sparse_indexes; /* an index may list what is not here (yet) */
    bool anonymous_catalog; /* callers without a credential may list what the public reads */
    uint64_t scrub_days; /* within which all bytes are read again; 0: never */
};
extern const struct registry_options registry_defaults;

/* ERR_CONFLICT, rule "deletes" (405 in the registry's own dialect), when nothing may be deleted. */
NODISCARD enum err registry_demand_deletes(const struct registry_options *o, struct problem *why);
#endif
