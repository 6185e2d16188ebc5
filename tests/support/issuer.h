#ifndef TESTS_SUPPORT_ISSUER_H
#define TESTS_SUPPORT_ISSUER_H
#include "content/system/pki/x509_key.h"

/* The other side of content/system/pki: keys that sign, and certificates for them, as somebody else's authority makes them. Made
 * anew for each test; all of it goes with the arena. */
struct issued;

struct issue {
    const char *name;                 /* the subject's CN */
    const struct issued *by;          /* NULL: it signs itself */
    enum key_sort sort;
    const struct issued *with;        /* the key of another one; NULL: a new key */
    unsigned rsa_bits;                /* 0: 2048 */
    int64_t from_ms, to_ms;
    const char *constraints, *usage, *extended; /* as in OpenSSL's files: "critical,CA:TRUE"; NULL: not said */
};
struct issued *issue(struct arena *a, const struct issue *wish);
str issued_der(const struct issued *i);
str issued_spki(struct arena *a, const struct issued *i);
str issued_private_pem(struct arena *a, const struct issued *i);
str issued_sign(struct arena *a, const struct issued *i, enum signature_scheme scheme, enum signature_form form, str text);
/* Has the library an error in this thread that nobody took? A TLS connection would find it. */
bool issued_left_errors(void);
/* What its clock says of a text (RFC 3161): a token. weak: with SHA-1. */
str issued_timestamp(struct arena *a, const struct issued *clock, str text, int64_t at_ms, bool weak);
#endif
