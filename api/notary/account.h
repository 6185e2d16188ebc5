#ifndef API_NOTARY_ACCOUNT_H
#define API_NOTARY_ACCOUNT_H
#include "api/notary/notary.h"

/* How Notary's surface shows an item of users, in the shape of its dialect (notary.md 5). */
struct notary_asked {
    struct exchange *x;
    struct api *api;
    const struct collection *users;
};
/* What dialect data tells of how somebody signs in. `identities`: the rows of the accounts that are shown, those that whoever asks
 * may read. */
struct notary_shown {
    const struct notary_asked *asked;
    struct item_list identities;
};
/* Looks once for all of them; self is a notary_shown (list.h). */
NODISCARD enum err notary_account_look(void *self, const struct item_list *users, struct arena *a, struct problem *why);
void notary_account_write(const struct notary_shown *s, struct json_writer *w, const struct json *user, int64_t role_id);
/* By the names of the item's roles, where they may be read. */
int64_t notary_account_role(const struct json *user);
#endif
