#ifndef CONTENT_SYSTEM_PKI_X509_H
#define CONTENT_SYSTEM_PKI_X509_H
#include "base/arena.h"

/* Certificates (RFC 5280) as others hand them in: read strictly, told in texts and numbers, verified against roots (security CA-1,
 * CA-5). With x509_key.h the only place that knows OpenSSL's certificates. All that is read is data in the caller's arena, slices
 * and copies, nothing to close; OpenSSL's errors do not stay in the thread, where its TLS connection would find them. Thread-safe.
 *
 * Refusals are ERR_INVALID with a sentence. Instants are milliseconds since 1970 UTC. Revocation is not looked at here. */
struct certificate {
    str der;
    str subject, issuer;              /* RFC 4514, "CN=a,O=b"; what does not print is escaped */
    str serial;                       /* hex digits in lower case */
    str key;                          /* SubjectPublicKeyInfo, DER (x509_key.h) */
    str issuer_key_id;                /* authorityKeyIdentifier's, bytes; {0}: not said */
    int64_t not_before_ms, not_after_ms;
    bool is_ca;                       /* basicConstraints say so */
    int64_t path_len;                 /* how many levels of authorities may be below; -1: not said */
};

/* A text of PEM, each block of it a certificate, or the bytes of one: everything must be consumed, at most
 * LIMIT_CERTIFICATE_CHAIN. */
NODISCARD enum err certificates_read(struct arena *a, str bytes, struct certificate **out, size_t *count, struct problem *why);
NODISCARD enum err certificate_read(struct arena *a, str der, struct certificate *out, struct problem *why);
str certificate_pem(struct arena *a, const struct certificate *c);
/* To the byte, as verifiers compare them by their digests. */
bool certificates_have_one_name(const struct certificate *one, const struct certificate *other);

enum certificate_use {
    CERTIFICATE_FOR_ANY,              /* whatever its key is for */
    CERTIFICATE_FOR_CODE,             /* signing what others run: its key is for signatures, and for nothing that servers, people or clocks do */
};
/* The leaf first, each one issued by the next; further ones up to a root may be missing. A root need not be self-signed: whoever
 * put it among them trusts it. All must be valid at that instant, issuers be authorities, and signatures and keys have 112 bits of
 * strength (RSA of 2048, SHA-256). */
NODISCARD enum err certificates_verify(const struct certificate *chain, size_t count, const struct certificate *roots, size_t root_count,
                                       enum certificate_use use, int64_t at_ms, struct problem *why);
#endif
