#ifndef ROLES_SIGN_IN_ACCOUNT_H
#define ROLES_SIGN_IN_ACCOUNT_H
#include "roles/gate.h"

/* What people do to their own accounts: sign-in in two steps, the password, second factors, fresh proofs
 * (security 3.1, 3.3). Façades call these and translate; all secrets are made, compared and hashed below.
 * x->who must be a person with a session unless a function says that it is for open routes. Thread-safe.
 *
 * Errors on purpose: ERR_UNAUTHENTICATED: nobody is signed in. ERR_FORBIDDEN: a key is (keys do not change
 * accounts), or, with the fault "step-up", the session's last proof is too old. ERR_INVALID with the fault
 * "wrong": what was shown is wrong. ERR_TOO_MANY: wait retry_after_s. Whatever changes how somebody signs in ends
 * all other sessions of that person, and this one goes on under a new secret: *out has cookie and token for
 * CSRF, which the answer must carry (SE-1, SE-2). */

/* What somebody shows; one of them. */
struct proof {
    str password, code, recovery;
    const struct json *passkey;       /* what the browser's navigator.credentials.get gave, as JSON */
};

/* Passkeys. What a browser needs to know for a ceremony, texts in base64url; challenges hold for five minutes, once,
 * in this process. ERR_CONFLICT: the server does not know the site's address (site.url). */
struct passkey_begun {
    str site;                         /* the relying party's id */
    str challenge;
    str user_id;                      /* of whoever makes one */
    const str *known;                 /* credentials: not to be made again, or to choose from */
    size_t known_count;
};
/* A fresh proof is needed. */
NODISCARD enum err gate_passkey_make_begin(struct gate *g, struct exchange *x, struct passkey_begun *out, struct problem *why);
/* credential: what the browser's navigator.credentials.create gave, as JSON. codes: as gate_totp_confirm. */
NODISCARD enum err gate_passkey_make(struct gate *g, struct exchange *x, str label, const struct json *credential,
                                     struct json *codes, struct signed_in *out, struct problem *why);
NODISCARD enum err gate_passkey_end(struct gate *g, struct exchange *x, str id, struct signed_in *out, struct problem *why);
/* For open routes. pending: of a sign-in that waits for its second step, {0}: whoever it may be. */
NODISCARD enum err gate_passkey_begin(struct gate *g, struct exchange *x, str pending, struct passkey_begun *out,
                                      struct problem *why);
/* In place of a password; the authenticator must have asked for a PIN or a finger. */
NODISCARD enum err gate_passkey_sign_in(struct gate *g, struct exchange *x, const struct json *credential, struct signed_in *out,
                                        struct problem *why);

/* For open routes, after gate_login (or a link of a mail) had a second factor to ask for: `pending` as it was given then, within five
 * minutes and from the same address (else ERR_UNAUTHENTICATED: begin again). */
NODISCARD enum err gate_second_factor(struct gate *g, struct exchange *x, str pending, const struct proof *proof,
                                      struct signed_in *out, struct problem *why);
/* A fresh proof, good for five minutes (SE-7). A password counts only where there is no second factor. */
NODISCARD enum err gate_step_up(struct gate *g, struct exchange *x, const struct proof *proof, struct signed_in *out,
                                struct problem *why);

/* Codes of an authenticator. Begin (a fresh proof is needed) makes a secret and shows it; it counts once a code was
 * confirmed. ERR_CONFLICT: they are on already, or were not begun. */
struct totp_begun {
    str secret;                       /* base32 */
    str uri;
};
NODISCARD enum err gate_totp_begin(struct gate *g, struct exchange *x, struct totp_begun *out, struct problem *why);
/* codes: a list of recovery codes that are shown this once; null when there are some already. */
NODISCARD enum err gate_totp_confirm(struct gate *g, struct exchange *x, str code, struct json *codes, struct signed_in *out,
                                     struct problem *why);
NODISCARD enum err gate_totp_end(struct gate *g, struct exchange *x, struct signed_in *out, struct problem *why);
/* New recovery codes in place of the old ones. Needs a fresh proof and a second factor. */
NODISCARD enum err gate_recovery_renew(struct gate *g, struct exchange *x, struct json *codes, struct signed_in *out,
                                       struct problem *why);

/* ERR_INVALID "wrong" at /current. Who has no password gives none, and needs a fresh proof instead (PW-4). */
NODISCARD enum err gate_password_change(struct gate *g, struct exchange *x, str current, str wanted, struct signed_in *out,
                                        struct problem *why);
/* The same for a session that has just shown who it is: a fresh proof instead of the present password. */
NODISCARD enum err gate_password_set(struct gate *g, struct exchange *x, str wanted, struct signed_in *out, struct problem *why);
/* Every session of this person ends, and every refresh token (SE-2). */
NODISCARD enum err gate_sign_out_everywhere(struct gate *g, struct exchange *x, struct signed_in *out, struct problem *why);
/* wishes: any of name, full_name, language, theme, email; null clears. Another address needs the present
 * password. *out has the new secret when the address changed, else only who. */
NODISCARD enum err gate_profile_change(struct gate *g, struct exchange *x, const struct json *wishes, str password,
                                       struct problem *why);
#endif
