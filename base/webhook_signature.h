#ifndef BASE_WEBHOOK_SIGNATURE_H
#define BASE_WEBHOOK_SIGNATURE_H
#include "base/http.h"

/* Signatures of calls to other servers by Standard Webhooks 1.0 (symmetric ones, "v1"): over id, time and body, so that
 * whoever holds the secret knows that a call is ours, whole and fresh. Webhooks and outgoing actions sign with it. Pure but
 * for webhook_secret_make. Nothing here is logged; who holds a key wipes it (crypt_wipe). */
#define WEBHOOK_SECRET_PREFIX "whsec_"
#define WEBHOOK_KEY_BYTES_MIN 24      /* of the standard */
#define WEBHOOK_KEY_BYTES_MAX 64
#define WEBHOOK_TOLERANCE_S 300       /* how far a receiver's clock may be from ours, either way */
#define WEBHOOK_ID_BYTES 64           /* of an id: letters, digits, _ and -. No dot, which ends it in what is signed */

/* A new secret: "whsec_" and base64 of 32 random bytes. */
str webhook_secret_make(struct arena *a);
/* Its bytes. ERR_INVALID: no prefix, not base64, too short or too long; the sentence does not quote it. */
NODISCARD enum err webhook_secret_read(struct arena *a, str secret, str *key, struct problem *why);

enum { WEBHOOK_HEADERS = 3 };
/* webhook-id, webhook-timestamp and webhook-signature; of each key one signature, in their order, with a blank between
 * (while an old secret is good beside a new one). must: one key at least, an id as above, a time that is not negative. The same
 * id goes with each repetition; time and signature are made anew. */
void webhook_sign(struct arena *a, const str *keys, size_t count, str id, int64_t now_s, str body,
                  struct pair out[WEBHOOK_HEADERS]);

/* What a receiver does. ERR_BAD_INPUT: a header is missing or no such one; ERR_UNAUTHENTICATED: older or newer than the
 * tolerance, or no signature is by one of the keys. Comparing takes constant time. */
struct webhook_signed {
    str id, timestamp, signature;     /* the headers, as they came */
    str body;
};
NODISCARD enum err webhook_verify(const struct webhook_signed *in, const str *keys, size_t count, int64_t now_s,
                                  struct problem *why);
#endif
