#ifndef BASE_WEBAUTHN_H
#define BASE_WEBAUTHN_H
#include "base/arena.h"

/* Passkeys: what an authenticator says when one is made and when one signs (Web Authentication, level 2,
 * sections 7.1 and 7.2, without what a caller must look up: whose challenge, whose credential). The
 * attestation of a make is not verified, since nobody's make is asked for: "none" must be empty, of
 * others only the key is taken. Pure. */
struct webauthn_site {
    str domain;        /* "example.org": the relying party's id */
    const str *origins; /* "https://example.org", with a port where there is one; compared as text */
    size_t origin_count;
};

struct webauthn_wish {
    const struct webauthn_site *site;
    str challenge;      /* the bytes that were handed out, once, for this */
    bool needs_person;  /* a PIN or a finger, not a touch alone: a passkey without a password */
};

/* What a passkey is, to be kept. Slices of what was read. */
struct passkey {
    str credential;     /* its id, 1 to LIMIT_CREDENTIAL_BYTES */
    str public_key;     /* COSE, as it came; of a sort that base/pubkey.h has */
    uint32_t sign_count;
    bool knows_person;  /* a PIN or a finger was asked for */
    bool is_synced;     /* may lie on several devices */
};

/* ERR_INVALID with a sentence that says what is wrong. */
NODISCARD enum err webauthn_make(struct arena *a, const struct webauthn_wish *wish, str client_data,
                                 str attestation, struct passkey *out, struct problem *why);

/* The passkey signs the challenge: ERR_UNAUTHENTICATED with a sentence otherwise. key->sign_count moves on;
 * one that does not grow, where either is not 0, is a copy of the authenticator and refused. */
NODISCARD enum err webauthn_prove(struct arena *a, const struct webauthn_wish *wish, str client_data,
                                  str authenticator_data, str signature, struct passkey *key,
                                  struct problem *why);
#endif
