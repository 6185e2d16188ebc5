#ifndef ROLES_REGISTRY_TRUST_H
#define ROLES_REGISTRY_TRUST_H
#include "roles/gate.h"

/* Whose signatures of images count (oci-registry.md 11.5, security R-9): items of `trust_keys`. What signs a manifest, and whether it
 * counts, is the action "signatures" of manifests, for whoever reads them (content/system/registry/signatures.h): ask gate_act. */

/* What somebody uploaded, PEM or DER, becomes an item, with his rights; it is there already: nothing happens. store {0}: ca, and none
 * for cosign. ERR_BAD_INPUT: no such store. ERR_INVALID: no key. ERR_UNAUTHENTICATED, ERR_FORBIDDEN: administrators may. */
NODISCARD enum err gate_trust_key_add(struct gate *g, const struct principal *who, str tool, str store, str bytes, struct arena *a,
                                      struct problem *why);
/* The tool that makes what this row of manifests is a signature by; {0}: it is none. cosign's older ones are found by their tag:
 * that of the signatures of a digest, {0} when there can be none. */
str signature_tool(const struct json *manifest);
str signature_tag(struct arena *a, str digest);
#endif
