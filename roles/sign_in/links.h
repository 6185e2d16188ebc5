#ifndef ROLES_SIGN_IN_LINKS_H
#define ROLES_SIGN_IN_LINKS_H
#include "roles/courier.h"
#include "roles/sign_in/arrival.h"

/* Links that work once (PW-7): whoever has one may accept an invitation, choose a new password, sign in, or
 * shows that a mailbox is his. Each is an item of the collection `tokens` (listed, revoked and journalled
 * like all items) with a secret of 256 bits, kept as a keyed digest. A link names one person and one
 * purpose; it ends with its time, its first use, a newer one, a new password or address of its person
 * (content/system/people/links.c). Links begin with site.url, never with what a request says. */
enum link { LINK_INVITATION, LINK_RESET, LINK_VERIFY, LINK_MAGIC, LINK_COUNT };

/* Makes one and ends earlier ones of this person and purpose, in one transaction. email: the mailbox it
 * goes to, which it will prove; {0}: handed over by hand. user_id {0}: nobody's. x: on the occasion of. */
NODISCARD enum err link_make(struct gate *g, const struct exchange *x, enum link kind, str user_id, str email, str *id,
                             str *secret, struct problem *why);
/* In x's arena; without site.url it begins at the root of this server. */
str link_url(const struct gate *g, struct arena *a, enum link kind, str secret);

struct link_holder {
    str token_id;                     /* delete it in the transaction that uses the link: who is second finds nothing */
    const struct json *user;          /* the item, active */
    str user_id;
    bool proves_address;              /* it came to the address that the person has now */
    bool is_verified;                 /* the person's address was verified before */
};
/* ERR_UNAUTHENTICATED, the same for every reason. */
NODISCARD enum err link_find(struct gate *g, struct arena *a, enum link kind, str secret, struct link_holder *out,
                             struct problem *why);
/* Begins the change that uses the link up. */
void link_spend(struct own_change *o, struct gate *g, const struct exchange *x, const struct link_holder *holder);
enum err link_refuse(struct problem *why); /* what everybody hears whose link does not hold */
/* What a change of its person says when the link proves their address. With a password in the same change, what
 * others planted in the account ends (SE-6; content/system/people/users.c). */
void link_verifies(struct own_change *user, const struct link_holder *holder);

/* A letter with a link: made and sent on the courier's thread. Nothing happens when there is no such active
 * person. email is taken as it was typed. */
NODISCARD enum err link_write(struct gate *g, const struct exchange *x, enum link kind, str email, struct problem *why);
/* A letter without one, for a link that exists or for none. url {0}: says that there is an account already. */
NODISCARD enum err link_post(struct gate *g, const struct exchange *x, enum link kind, str email, str url, struct problem *why);
bool mail_is_set_up(const struct gate *g);

#endif
