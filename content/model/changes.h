#ifndef CONTENT_MODEL_CHANGES_H
#define CONTENT_MODEL_CHANGES_H
#include "content/change/change.h"

/* A model as somebody wants it -> changes of the items of "collections", to be written in one transaction or
 * planned. Pure. A definition that is there already, word for word, is no change. */
struct model_wish {
    const struct json *const *definitions;
    size_t count;
    const str *drops;                 /* names of collections and components that go */
    size_t drop_count;
    bool mirrors;                     /* what is not among the definitions goes, too */
    bool allow_loss;
};
/* present: the items of "collections" with name and definition. Definitions are matched with them by name, else by
 * "was". ERR_INVALID: a definition without a name, one name twice, a name to drop that is not there; pointers
 * "/definitions/0/name", "/drop/0". */
NODISCARD enum err model_changes(struct arena *a, const struct collection *collections, const struct json *present,
                                 const struct model_wish *wish, struct change **out, size_t *count, struct problem *why);

#endif
