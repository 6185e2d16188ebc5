#ifndef TESTS_SUPPORT_SIGNED_H
#define TESTS_SUPPORT_SIGNED_H
#include "tests/support/issuer.h"

/* What cosign and notation write when they sign a manifest, with every part that a test may want to be otherwise. */
struct simple {
    const char *type;                 /* NULL: cosign's */
    str digest, reference;
};
str signed_payload(struct arena *a, const struct simple *s);
str signed_base64(struct arena *a, const struct issued *by, enum signature_scheme scheme, str text);

str signed_statement(struct arena *a, str digest, const char *predicate); /* predicate NULL: cosign's */
str signed_dsse(struct arena *a, const struct issued *by, enum signature_scheme scheme, str statement);
str signed_message(struct arena *a, const struct issued *by, enum signature_scheme scheme, str manifest);

struct notation {
    const struct issued *chain[4];    /* the leaf first; it signs */
    size_t count;
    const char *algorithm;            /* as of JOSE */
    enum signature_scheme scheme;
    str digest, media_type;
    int64_t size, signed_ms, authentic_ms, expires_ms; /* 0: absent */
    const char *by;                   /* NULL: notary.x509 */
    const char *content_type;         /* NULL: notation's */
    const char *more_critical;        /* NULL: none */
    bool without_critical;
    const struct issued *clock;       /* that says when; NULL: none */
    int64_t clock_ms;
    bool of_else, weak;               /* it says so of something else; with SHA-1 */
};
str signed_jws(struct arena *a, const struct notation *n);
str signed_cose(struct arena *a, const struct notation *n);
#endif
