#ifndef ROLES_SIGN_IN_ARRIVAL_H
#define ROLES_SIGN_IN_ARRIVAL_H
#include "roles/gate.h"

/* How people come in other than by a password they know: invitations, links by mail, identity providers.
 * Façades call these and translate. Thread-safe. */

/* Invitations, and links by mail that work once (PW-6, PW-7). Routes that take an address answer the same and as
 * fast whoever has it: the work is done behind the answer. ERR_NOT_FOUND: this server sends no mail.
 * Routes that take a link are ROUTE_OPEN; ERR_UNAUTHENTICATED: it is not valid, whatever the reason. */
struct invitation {
    str email, name;                  /* name {0}: left to the person */
    const struct json *roles;         /* list of names or ids; NULL: none */
};
struct invited {
    str link;                         /* to hand over; {0}: it was mailed */
};
/* Needs create on users, with the caller's rights field by field; nobody gives roles he does not hold. Whoever is
 * invited already is invited again (needs update). ERR_CONFLICT: has an account; said to those only who may read
 * everybody's address, others get the answer for a new one. */
NODISCARD enum err gate_invite(struct gate *g, struct exchange *x, const struct invitation *wish, struct invited *out,
                               struct problem *why);
NODISCARD enum err gate_invitation_accept(struct gate *g, struct exchange *x, str link, str name, str password,
                                          struct signed_in *out, struct problem *why);
NODISCARD enum err gate_reset(struct gate *g, struct exchange *x, str email, struct problem *why);
/* Ends every session of that person and opens none: who has the link has not shown a second factor. */
NODISCARD enum err gate_reset_confirm(struct gate *g, struct exchange *x, str link, str password, struct problem *why);
NODISCARD enum err gate_magic(struct gate *g, struct exchange *x, str email, struct problem *why);
NODISCARD enum err gate_magic_confirm(struct gate *g, struct exchange *x, str link, struct signed_in *out, struct problem *why);
/* Of the person who is signed in; the link works only there. */
NODISCARD enum err gate_verify(struct gate *g, struct exchange *x, struct problem *why);
NODISCARD enum err gate_verify_confirm(struct gate *g, struct exchange *x, str link, struct problem *why);
bool gate_sends_mail(const struct gate *g);

/* Signing in at an identity provider (OpenID Connect; SE-6). Routes are ROUTE_OPEN but for the link. Who leaves
 * for a provider carries a sealed cookie that brings back what was agreed: it counts once, for LIMIT_FLOW_S, for
 * this browser. ERR_NOT_FOUND: no such provider, or no site.url. ERR_UNAVAILABLE: the provider cannot be asked. */
struct departure {
    str location;                     /* where the browser goes */
    str cookie;                       /* Set-Cookie value */
};
/* to: the path to come back to (base/redirect.h), {0}: the dashboard. ERR_BAD_INPUT "redirect". */
NODISCARD enum err gate_oidc_start(struct gate *g, struct exchange *x, str provider, str to, struct departure *out,
                                   struct problem *why);
/* The same for somebody who is signed in and wants to be known by that provider from now on. */
NODISCARD enum err gate_oidc_link(struct gate *g, struct exchange *x, str provider, str to, struct departure *out,
                                  struct problem *why);
/* query: of the request that the provider sent the browser back with. ERR_UNAUTHENTICATED: nobody comes in this way,
 * whatever the reason. location: absolute, on this server. Adds the header that ends the flow's cookie. */
NODISCARD enum err gate_oidc_callback(struct gate *g, struct exchange *x, str provider, struct signed_in *out, str *location,
                                      struct problem *why);
/* The same for zot's page (oci-registry.md 11.2): it comes back to /zot/auth/callback/PROVIDER, and has the cookies that it knows then,
 * which the answer carries. to: absolute on this server or a path; anything else is "/". */
NODISCARD enum err gate_zot_oidc_start(struct gate *g, struct exchange *x, str provider, str to, struct departure *out, struct problem *why);
NODISCARD enum err gate_zot_oidc_callback(struct gate *g, struct exchange *x, str provider, str *location, struct problem *why);
/* [{"name", "label"}], for whoever wants to sign in. */
NODISCARD enum err gate_providers(struct gate *g, struct arena *a, struct json *out, struct problem *why);

#endif
