#ifndef CONTENT_SYSTEM_REGISTRY_TRUST_KEYS_H
#define CONTENT_SYSTEM_REGISTRY_TRUST_KEYS_H
#include "content/system/pki/x509.h"

/* What an item of `trust_keys` says, read from what somebody sent (security R-9): a public key of cosign's, or certificates that
 * notation trusts, each an authority or signed by itself. ERR_INVALID with a sentence. Pure. */
enum trust_tool { TRUST_COSIGN, TRUST_NOTATION };
struct trust_key {
    str pem;                          /* in our spelling, nothing else in it */
    str author;                       /* the key as PEM, or the subject of the first certificate */
    str digest;                       /* "sha256:…" of all of it in DER */
    str spki;                         /* cosign */
    struct certificate *certificates; /* notation */
    size_t count;
    int64_t expires_ms;               /* 0: never */
};
NODISCARD enum err trust_key_read(struct arena *a, enum trust_tool tool, str bytes, struct trust_key *out, struct problem *why);
bool trust_tool_named(str name, enum trust_tool *out);
/* Is it one of the truststores? {0} is not. */
bool trust_store_known(str name);
#endif
