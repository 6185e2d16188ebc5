#ifndef CONTENT_SYSTEM_REGISTRY_SIGNATURES_H
#define CONTENT_SYSTEM_REGISTRY_SIGNATURES_H
#include "content/behaviour.h"

/* Who has signed a manifest, and who of them is trusted (oci-registry.md 11.5): the action "signatures" of manifests, which changes
 * nothing and is whoever's who reads the manifest. Its answer: {"signatures": [{tool, trusted, author, reason, reference, signature}]},
 * as struct verdict (signature_check.h), at most LIMIT_IMAGE_SIGNATURES. It is found out anew each time, in one view of the
 * database: a key that is trusted or is not any more counts at once. */
extern const struct action_code signatures_action;

/* "cosign", "notation": what this row of manifests is a signature by; {0}: it is none. Attestations are none. */
str signature_tool_of(const struct json *manifest);
/* The tag under which cosign keeps what it signed a digest with, "sha256-….sig"; {0}: a tag cannot be so long. */
str signature_tag_of(struct arena *a, str digest);
#endif
