#ifndef BASE_JWS_H
#define BASE_JWS_H
#include "base/json.h"
#include "base/pubkey.h"

/* Signed messages as flattened JSON (RFC 7515 7.2.2), which ACME's are (RFC 8555 6.2). Read first, judged then: nothing of a
 * message that was not verified is anybody's word. What may be in a header is a table; whatever else would change what a message
 * means ("crit", "b64", places to get keys from, members beside the signature) is refused before anybody looks for a key.
 * Pure. Everything lies in the arena or in the body, which must live as long. */
struct jws {
    str algorithm;                    /* as the header says it */
    str kid, nonce, url;              /* {0}: not said */
    const struct json *jwk;           /* NULL: not said. Never beside kid */
    str payload;                      /* decoded; may be empty */
    str signature;
    str signed_text;                  /* header and payload as they were signed */
};
/* ERR_BAD_INPUT: it is no such message. */
NODISCARD enum err jws_read(struct arena *a, str body, struct jws *out, struct problem *why);
/* The same of a tree that is read already: a message inside a message. */
NODISCARD enum err jws_of(struct arena *a, const struct json *message, struct jws *out, struct problem *why);
/* Did this key sign it? False as well when the header names another algorithm than the key has. */
bool jws_verify(const struct jws *j, const struct pubkey *key);
bool jws_verify_hs256(const struct jws *j, str key);
/* The names that jws_verify takes, as a list of texts. */
bool jws_algorithm_known(str name);
extern const str jws_algorithms[3];

/* SHA-256 of the key's members that make it that key (RFC 7638), base64url. The key is one that pubkey_of_jwk takes. */
str jwk_thumbprint(struct arena *a, const struct pubkey *key);
/* The same members alone, as a JSON text: what is kept of a key that was sent. */
str jwk_text(struct arena *a, const struct pubkey *key);
#endif
