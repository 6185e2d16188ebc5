#ifndef CONTENT_SYSTEM_PEOPLE_LINKS_H
#define CONTENT_SYSTEM_PEOPLE_LINKS_H
#include "content/behaviour.h"

/* What of an account ends with a change of its person, besides sessions (users.c). */

/* Deletes all items that match, one by one: each is in the journal. */
NODISCARD enum err end_items(struct work *w, str collection, const struct filter *where, struct problem *why);
/* Links that work once: all kinds, but not the tokens that programs hold. */
NODISCARD enum err end_links(struct work *w, str user, struct problem *why);
/* Tokens in the person's name that hang on no key; those of a session go with it (SE-2). */
NODISCARD enum err end_tokens(struct work *w, str user, struct problem *why);
/* All that somebody else could have planted in an account whose address nobody had shown to be theirs (SE-6):
 * its keys, passkeys and links to providers. */
NODISCARD enum err end_planted(struct work *w, str user, struct problem *why);

#endif
