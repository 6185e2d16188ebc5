#ifndef CONTENT_SYSTEM_PKI_X509_KEY_H
#define CONTENT_SYSTEM_PKI_X509_KEY_H
#include "base/arena.h"

/* Public keys as files and in certificates: a SubjectPublicKeyInfo in DER ("spki"), which is how the rest of the program keeps
 * them. RSA from LIMIT_RSA_BITS_LEAST to LIMIT_CERTIFICATE_RSA_BITS with a sound exponent, the curves P-256, P-384 and P-521, Ed25519; other
 * keys are refused when they are read and verify nothing. Keys of tokens and passkeys are base/pubkey.h's. Thread-safe, pure. */
enum key_sort { KEY_RSA, KEY_P256, KEY_P384, KEY_P521, KEY_ED25519 };

/* One block of PEM ("PUBLIC KEY", or "RSA PUBLIC KEY" as of PKCS #1) or the bytes of one, and nothing else. ERR_INVALID. */
NODISCARD enum err public_key_read(struct arena *a, str bytes, str *spki, struct problem *why);
str public_key_pem(struct arena *a, str spki);
bool public_key_sort(str spki, enum key_sort *out);
/* However they are spelt. */
bool public_key_equal(str spki, str other);

enum signature_scheme {
    SIGNED_ECDSA_SHA256, SIGNED_ECDSA_SHA384, SIGNED_ECDSA_SHA512,
    SIGNED_RSA_SHA256,                /* PKCS #1 v1.5 */
    SIGNED_PSS_SHA256, SIGNED_PSS_SHA384, SIGNED_PSS_SHA512,  /* salt as long as the digest */
    SIGNED_ED25519,
};
/* ECDSA has two spellings: DER, or two numbers of the curve's length (JWS, COSE). False as well for a key that is none, or one of
 * another sort than the scheme's. */
enum signature_form { SIGNATURE_DER, SIGNATURE_RAW };
bool public_key_verify(str spki, enum signature_scheme scheme, enum signature_form form, str text, str signature);
#endif
