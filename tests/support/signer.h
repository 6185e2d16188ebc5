#ifndef TESTS_SUPPORT_SIGNER_H
#define TESTS_SUPPORT_SIGNER_H
#include "base/pubkey.h"

/* The other side of base/pubkey.h: keys that sign, as authenticators and identity providers have them.
 * A signer is made anew for each test and goes with the arena. */
struct signer;
struct signer *signer_make(struct arena *a, enum pubkey_algorithm algorithm, unsigned rsa_bits);
struct pubkey signer_public(const struct signer *s);
str signer_private(struct arena *a, const struct signer *s); /* PKCS#8; not of EdDSA */
str signer_sign(struct arena *a, const struct signer *s, enum pubkey_form form, str text);
str signer_cose(struct arena *a, const struct signer *s); /* as in an authenticator's data */
str signer_jwk(struct arena *a, const struct signer *s, str kid);
#endif
