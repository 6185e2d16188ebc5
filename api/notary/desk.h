#ifndef API_NOTARY_DESK_H
#define API_NOTARY_DESK_H
#include "api/notary/list.h"
#include "content/kind.h"

/* What Notary's calls about requests and about authorities have in common (notary.md 4, 6, 7): first who asks, then whether he may,
 * then what he says, then whether it is there. Numbers are the field `serial` of the collection. */
struct notary_call {
    struct exchange *x;
    struct api *api;
    const struct collection *in;
    int64_t number;
    const struct json *item;          /* of that number, once it was found */
};
/* False: nobody (401) or somebody who may not (403); *why says which. */
bool notary_may(struct notary_call *c, struct exchange *x, void *app, const char *collection, enum verb verb, struct problem *why);
bool notary_may_act(struct notary_call *c, struct exchange *x, void *app, const char *collection, const char *action, struct problem *why);
/* The {id} of the path: 400 "Invalid ID" when it is none (false, it was said). */
bool notary_number(struct notary_call *c, const struct params *p);
/* Its item; ERR_NOT_FOUND. References stand with what they lead to. */
NODISCARD enum err notary_find(struct notary_call *c, struct problem *why);
NODISCARD enum err notary_act(const struct notary_call *c, const char *action, const struct json *input, struct problem *why);
/* {"name": value} as an action's input. */
const struct json *notary_input(struct arena *a, const char *name, struct json value);
str notary_item_text(const struct json *item, const char *field); /* {"", 0} unless it is text */
#endif
