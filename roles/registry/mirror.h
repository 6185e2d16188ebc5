#ifndef ROLES_REGISTRY_MIRROR_H
#define ROLES_REGISTRY_MIRROR_H
#include "roles/gate.h"

/* Repositories of other registries (items of `upstreams`): what is pulled and not here is fetched from where the name
 * belongs, kept, and served; a tag is asked for again when it is older than its upstream says; runs fetch by schedule. The
 * doors of roles/registry/registry.h do it by themselves, for whoever may read the name. */

/* A client that asks for `name` of the registry it calls `host` (?ns=, oci-registry.md 2): what that repository is called
 * here. False: no upstream is called so, or it has no such names; then the name is what it is. */
bool gate_namespace(struct gate *g, struct arena *a, str host, str name, str *out);
#endif
