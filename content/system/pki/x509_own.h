#ifndef CONTENT_SYSTEM_PKI_X509_OWN_H
#define CONTENT_SYSTEM_PKI_X509_OWN_H
#include "base/arena.h"
#include "content/system/pki/x509_make.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

/* What the x509_*.c files share: whose duty it is to free what, and how ours become OpenSSL's and back. Results that are
 * OpenSSL's belong to the caller. */
#define OWNED(type, free_it)                                                                                                           \
    static inline void close_##type(type **p)                                                                                          \
    {                                                                                                                                  \
        free_it(*p);                                                                                                                   \
    }
/* clang-format off */
OWNED(X509, X509_free)
OWNED(X509_REQ, X509_REQ_free)
OWNED(X509_NAME, X509_NAME_free)
OWNED(EVP_PKEY, EVP_PKEY_free)
OWNED(BIO, BIO_free_all)
OWNED(BIGNUM, BN_free)
OWNED(ASN1_INTEGER, ASN1_INTEGER_free)
OWNED(ASN1_TIME, ASN1_TIME_free)
OWNED(GENERAL_NAMES, GENERAL_NAMES_free)
/* clang-format on */

/* The library's errors of one of our calls stay with it: a TLS connection of this thread must not find them. A queue that is empty
 * takes no mark, and what comes into it is popped all the same. */
static inline void errors_close(int *mark)
{
    (void)mark;
    ERR_pop_to_mark();
}
#define KEEP_ERRORS CLEANUP(errors_close) int errors_kept = ERR_set_mark(); (void)errors_kept

/* Memory that ran out, or a misuse of the library: nothing that input can bring about. */
NODISCARD enum err x509_failed(struct problem *why, const char *doing);

enum { X509_STRENGTH = 2 };                        /* OpenSSL's level of 112 bits */
X509 *x509_of_der(str der);                        /* all of the bytes, extensions that can be understood; NULL */
bool x509_time(const ASN1_TIME *t, int64_t *ms);
X509 *x509_of_pem(str pem);                        /* the first block; NULL: it is no certificate */
EVP_PKEY *private_key_of(str pkcs8);                 /* NULL: it is none */
EVP_PKEY *key_of_spki(str der);
const EVP_MD *digest_for(const EVP_PKEY *key);     /* what it signs with; NULL: no digest of its own (Ed25519) */
str key_name_of(const EVP_PKEY *key, struct arena *a, int *bits); /* "rsa-3072"; {0}: no key that we take (CA-1) */
str lower_case(struct arena *a, str s);             /* ASCII letters */
bool rsa_is_sound(const EVP_PKEY *key);            /* its length and its exponent (x509_key.c) */
bool key_is_weak(const EVP_PKEY *key, str spki, struct arena *a); /* x509_weak.c */
bool set_time(ASN1_TIME *to, int64_t ms);

X509_NAME *name_of_subject(const struct dn *s);
NODISCARD enum err subject_of_name(const X509_NAME *n, struct arena *a, struct dn *out, str *text, struct problem *why);
GENERAL_NAMES *general_names_of(const struct alt_name *names, size_t count);
NODISCARD enum err names_of_general(const GENERAL_NAMES *list, struct arena *a, const struct alt_name **out, size_t *count, struct problem *why);
/* "192.0.2.0/24", "2001:db8::/32" as address and mask. */
GENERAL_NAME *constraint_of(const struct alt_name *n);
#endif
