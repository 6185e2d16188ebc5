#ifndef ROLES_ACME_ACME_H
#define ROLES_ACME_ACME_H
#include "base/http.h"
#include "base/pubkey.h"
#include "roles/gate.h"

/* The ACME server (RFC 8555; renewal information: RFC 9773; addresses: RFC 8738) on the authorities here. Whoever asks is nobody
 * until his message was verified; then he is an account, and an account acts as the API key that it was bound with: as that key's
 * owner now, with that key's scopes, judged by the same doors as everybody's request (docs/certificates.md). Façades write down
 * what these doors give; every refusal that has a name in RFC 8555 has it as the rule of its first fault ("badNonce"), and faults
 * with a path are about the identifier that stands there. Thread-safe. Items are those of acme_accounts, acme_orders and
 * acme_authorizations, without secrets; they live in the exchange's arena. */

/* What addresses in answers begin with, like "https://host/acme" or "https://host/acme/ca/3": of this exchange. */
str gate_acme_url(struct gate *g, const struct exchange *x);
/* Is there an enabled authority of the number in the address, if there is one? ERR_NOT_FOUND. */
NODISCARD enum err gate_acme_exists(struct gate *g, const struct exchange *x, struct problem *why);
/* Must an account be bound to a key, and who are we in CAA records? */
bool gate_acme_needs_binding(const struct gate *g);
str gate_acme_caa(const struct gate *g);      /* {0}: not looked at */

/* Good once, for this process; of more than LIMIT_ACME_NONCES the oldest are not good any more. */
str gate_acme_nonce(struct gate *g, struct arena *a);

/* ---- a message ---- */

/* Who may have signed it: an account ("kid"), the key in it ("jwk"), either. */
enum acme_sender { ACME_BY_ACCOUNT, ACME_BY_KEY, ACME_BY_EITHER };
struct acme_call {
    struct gate *gate;
    struct exchange *x;
    str url;                          /* gate_acme_url */
    str authority;                    /* id of the one in the address; {0}: none in particular */
    const struct json *payload;       /* a map; NULL: POST-as-GET */
    struct pubkey key;                /* that signed it */
    str thumbprint;
    const struct json *account;       /* NULL: the message brought its key */
    const struct principal *who;      /* whom the account acts as; NULL likewise */
};
/* Reads and judges the exchange's body: its form, algorithm, address, key, signature and nonce, then account and the key behind
 * it. Nothing else here runs before. x->who is whom it acts as, from then on. ERR_BAD_MEDIA, ERR_BAD_INPUT; ERR_UNAUTHENTICATED
 * when the account has ended or acts as nobody any more. */
NODISCARD enum err gate_acme_open(struct gate *g, struct exchange *x, enum acme_sender sender, struct acme_call *out, struct problem *why);

/* ---- accounts (account.c) ---- */
/* The account of the key in the message, which is made when there is none. */
NODISCARD enum err gate_acme_account_new(struct acme_call *c, bool *is_new, struct problem *why);
/* Contacts, or its end; c->account is as it is then. ERR_FORBIDDEN: another one's. */
NODISCARD enum err gate_acme_account(struct acme_call *c, str id, struct problem *why);
/* Another key from now on. ERR_CONFLICT: that key has an account, whose id is *other. */
NODISCARD enum err gate_acme_key_change(struct acme_call *c, str *other, struct problem *why);
/* Ids of its orders that are not invalid, newest first, LIMIT_ACME_LISTED at a time. */
NODISCARD enum err gate_acme_orders(struct acme_call *c, str id, uint32_t skip, struct item_list *out, bool *has_more, struct problem *why);

/* ---- orders (order.c, finalize.c) ---- */
NODISCARD enum err gate_acme_order_new(struct acme_call *c, const struct json **out, struct problem *why);
/* As it is now: what became of its authorizations and of its request is looked at. */
NODISCARD enum err gate_acme_order(struct acme_call *c, str id, const struct json **out, struct problem *why);
NODISCARD enum err gate_acme_finalize(struct acme_call *c, str id, const struct json **out, struct problem *why);
/* PEM, with its issuers up to the root. */
NODISCARD enum err gate_acme_certificate(struct acme_call *c, str id, str *pem, struct problem *why);

/* ---- authorizations (authorization.c) ---- */
NODISCARD enum err gate_acme_authorization(struct acme_call *c, str id, const struct json **out, struct problem *why);
/* As it is to be shown: one whose time is over is not pending or valid any more. */
str gate_acme_authorization_status(const struct json *authorization);
/* With a payload the client says that it is ready to be looked at, which is begun; never waits for the outcome. *challenge is
 * the one of this type in *out. */
NODISCARD enum err gate_acme_challenge(struct acme_call *c, str id, str type, const struct json **out, const struct json **challenge,
                                       struct problem *why);

/* ---- the end of a certificate (revoke.c) ---- */
NODISCARD enum err gate_acme_revoke(struct acme_call *c, struct problem *why);
/* When to renew (RFC 9773); for anybody. ERR_NOT_FOUND: no certificate of ours. */
struct acme_renewal {
    int64_t from_ms, to_ms;
};
NODISCARD enum err gate_acme_renewal(struct gate *g, str certificate_id, struct arena *a, struct acme_renewal *out, struct problem *why);
#endif
