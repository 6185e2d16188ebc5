#ifndef BASE_PUBKEY_H
#define BASE_PUBKEY_H
#include "base/cbor.h"
#include "base/json.h"

/* Public keys of others and what was signed with them: passkeys (COSE, RFC 9053) and identity providers
 * (JWK, RFC 7517). Only ES256 on P-256, RS256 with LIMIT_RSA_BITS_LEAST to LIMIT_RSA_BITS and an exponent
 * from 65537 to 32 bits, and EdDSA on Ed25519: a key has one algorithm and no signature names another.
 * OpenSSL underneath. Pure. */
enum pubkey_algorithm { PUBKEY_ES256, PUBKEY_RS256, PUBKEY_EDDSA };

struct pubkey {
    enum pubkey_algorithm algorithm;
    str x; /* ES256: a coordinate, 32 bytes; RS256: the modulus; EdDSA: the key, 32 bytes */
    str y; /* ES256: the other coordinate; RS256: the exponent */
};

/* Slices of what was read. */
bool pubkey_of_cose(const struct cbor *map, struct pubkey *out);
/* A key for signatures ("use", "key_ops" and "alg" must not say otherwise) that is not private. */
bool pubkey_of_jwk(struct arena *a, const struct json *jwk, struct pubkey *out);
/* The one of {"keys": […]} that has this kid, or without a kid the only one that fits the algorithm;
 * false when there is none or there are two. Keys of other sorts are passed over. */
bool pubkey_of_jwks(struct arena *a, const struct json *set, enum pubkey_algorithm algorithm, str kid,
                    struct pubkey *out);

/* ES256 has two spellings of a signature: two numbers of 32 bytes (tokens), or DER (WebAuthn). */
enum pubkey_form { PUBKEY_RAW, PUBKEY_DER };
/* False as well for a key that is none, as a point beside the curve. */
bool pubkey_verify(const struct pubkey *key, enum pubkey_form form, str text, str signature);
/* As certificates have it: a SubjectPublicKeyInfo in DER. False likewise. */
bool pubkey_spki(struct arena *a, const struct pubkey *key, str *out);
#endif
