#ifndef TESTS_SUPPORT_ACME_H
#define TESTS_SUPPORT_ACME_H
#include "tests/support/house.h"
#include "tests/support/rest.h"
#include "tests/support/signer.h"

/* A client that speaks ACME to the routes without a socket: messages signed with a key of its own, for "http://localhost". Made
 * anew for each test; everything goes with the arena. */
struct acme {
    struct house *house;
    struct arena *arena;
    struct signer *key;
    const char *base;                 /* "/acme", "/acme/ca/1" */
    str kid;                          /* of its account; {0}: messages bring the key along */
    str nonce;                        /* of the last answer; {0}: one is asked for */
};
struct acme *acme_client(struct house *h, struct arena *a, enum pubkey_algorithm algorithm);

/* How a message differs from a good one; all of them NULL or {0}: not at all. */
struct acme_odd {
    const char *algorithm, *more;     /* the header's "alg"; text behind its members (",\"crit\":[]") */
    const char *url, *nonce, *media;
    const char *beside;               /* members beside the signature */
    const struct signer *by;          /* signs instead */
    bool as_key;                      /* "jwk", although there is an account */
    bool nothing;                     /* no key is named */
};
/* path: behind the base ("/new-order"), or of an address in an answer ("http://localhost/acme/…"). payload {0}: POST-as-GET. */
struct fake_exchange *acme_post(struct acme *c, str path, str payload);
struct fake_exchange *acme_post_odd(struct acme *c, str path, str payload, const struct acme_odd *odd);
/* A message of its own, to be put into another one; kid and key: HS256. */
str acme_inner(struct acme *c, const struct signer *by, str url, str payload);
str acme_binding(struct acme *c, str kid, str key, str url);

const struct json *acme_answer(struct acme *c, const struct fake_exchange *f);
str acme_member(struct acme *c, const struct fake_exchange *f, const char *name);
/* "badNonce" of a refusal. */
str acme_type(struct acme *c, const struct fake_exchange *f);
#endif
