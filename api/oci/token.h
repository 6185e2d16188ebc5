#ifndef API_OCI_TOKEN_H
#define API_OCI_TOKEN_H
#include "api/api.h"

/* What of a wish for repositories is granted (oci-registry.md 10.3): pull, push, delete by what the caller may do
 * now. Less than was asked for is no error. */
struct oci_grants {
    struct json scopes;               /* of the token: a list of [{repositories, verbs}], never empty */
    struct json access;               /* as the token says it: [{type, name, actions}] */
    bool any;                         /* something was granted */
};
/* wishes: "repository:name:pull,push" each, several in one text with blanks between. None at all: what the caller
 * may read. */
NODISCARD enum err oci_grant(struct gate *g, struct exchange *x, const str *wishes, size_t count, struct oci_grants *out,
                             struct problem *why);
#endif
