#ifndef CONTENT_SYSTEM_PKI_X509_TIMESTAMP_H
#define CONTENT_SYSTEM_PKI_X509_TIMESTAMP_H
#include "content/system/pki/x509.h"

/* What somebody else's clock says of a text (RFC 3161): that it was there before the token was made. The token is a TimeStampToken in
 * DER, by a key for timestamps alone, whose certificates were valid then and lead to one of the roots; over SHA-256 or longer. ERR_INVALID.
 * Pure; rules of x509.h. */
struct timestamp {
    int64_t earliest_ms, latest_ms;   /* as exact as the clock says that it is */
};
NODISCARD enum err timestamp_verify(str token, str text, const struct certificate *roots, size_t root_count, int64_t now_ms,
                                    struct timestamp *out, struct problem *why);
#endif
