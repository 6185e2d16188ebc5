#ifndef BASE_JWT_H
#define BASE_JWT_H
#include "base/json.h"
#include "base/pubkey.h"

/* Signed tokens in compact form (RFC 7515, RFC 7519) in three steps that cannot change places: what
 * a token says of itself, whether the caller's key signed it, and only then what it claims.
 * (Security SE-4: the algorithm comes from the key; a token that brings a key along is refused.)
 * Pure and thread-safe. Everything lies in the arena or in the token, which must live as long. */
enum jwt_algorithm { JWT_EDDSA, JWT_HS256, JWT_ES256, JWT_RS256 }; /* the last two: others' only */
str jwt_algorithm_name(enum jwt_algorithm algorithm); /* as in the header */
bool jwt_algorithm_of(str name, enum jwt_algorithm *out);

struct jwt_key {
    enum jwt_algorithm algorithm;
    str kid;    /* when absent none is written, and any fits */
    str verify; /* EdDSA: the public key; HS256: the shared one, LIMIT_TOKEN_KEY_BYTES at least */
    str sign;   /* EdDSA: ED25519_SECRET_BYTES; HS256: the shared one; absent where nothing is signed */
    struct pubkey others; /* ES256, RS256 */
};
struct jwt_key jwt_key_of(const struct pubkey *others, str kid); /* verifies only */

/* {"alg","typ":"JWT","kid"} + claims, which is the text of a JSON map. ERR_TOO_LARGE beyond
 * LIMIT_TOKEN_BYTES: no reader would take it. */
NODISCARD enum err jwt_write(struct arena *a, const struct jwt_key *key, str claims, str *out,
                             struct problem *why);

struct jwt {
    str algorithm, type, kid; /* as the header has them; type and kid may be absent */
    str signature;
    str signed_text;      /* header and claims as they were signed */
    str unverified;       /* the claims' text; nobody's word yet */
    bool is_verified;
};
/* The shape and the header, nothing else: whoever wrote the token. Refused: more or fewer than three
 * parts, any but the one spelling in base64url, a header that is no JSON map or has a member twice,
 * no algorithm or signature, "jwk", "jku", "x5u", "x5c" and "crit", more than LIMIT_TOKEN_BYTES.
 * ERR_UNAUTHENTICATED, here and below. */
NODISCARD enum err jwt_read(struct arena *a, str token, struct jwt *out, struct problem *why);
/* Did this key sign it? The header must name the key's algorithm and, where the key has one, its kid. */
NODISCARD enum err jwt_verify(struct jwt *t, const struct jwt_key *key, struct problem *why);

/* What a verified token must claim to be taken. */
struct jwt_rules {
    str type;              /* absent: "JWT", or nothing in the header */
    str issuer, audience;  /* always needed; "aud" may be a list that has it */
    int64_t now_ms;
    unsigned skew_s;       /* by which clocks may differ */
    bool needs_expiry;
};
/* must: is_verified. "exp", "nbf" and "iat" are seconds since 1970 and hold where they are there. */
NODISCARD enum err jwt_claims(struct arena *a, const struct jwt *t, const struct jwt_rules *rules,
                              const struct json **claims, struct problem *why);
#endif
