#ifndef ROLES_CREDENTIALS_SIGNATURE_H
#define ROLES_CREDENTIALS_SIGNATURE_H
#include "roles/internal.h"

/* Requests signed with a wallet's key as credentials (chutes-keys.md 6). */

/* The person whose hotkey signed this request; *out is left alone when the request carries no signature.
 * ERR_UNAUTHENTICATED with one fault, rule "signature", whose text is Chutes' own; ERR_TOO_LARGE: more body
 * than is hashed; ERR_TOO_MANY: no room to remember the signature. May read the body, and keeps it. */
NODISCARD enum err by_signature(struct gate *g, struct exchange *x, struct principal **out, struct problem *why);

/* replays.c: signatures of requests that change something count once. Of bounded size and thread-safe. What was
 * seen before this process began is not known, so nothing that was signed before counts either. */
struct replays;
struct replays *replays_open(int64_t now_ms, uint32_t room);
void replays_close(struct replays *r);
/* Remembers the digest until then. ERR_UNAUTHENTICATED: it was there already, or was signed before the
 * beginning. ERR_TOO_MANY: the table is full, or full enough and much of it is this account's. */
struct replay {
    const uint8_t *digest;            /* DIGEST_BYTES */
    str account;
    int64_t signed_ms, until_ms;
};
NODISCARD enum err replays_take(struct replays *r, const struct replay *it, int64_t now_ms, struct problem *why);
#endif
