#ifndef API_AUTH_OWN_KEYS_H
#define API_AUTH_OWN_KEYS_H
#include "api/api.h"

/* The caller's own API keys, for dialects in which everybody manages his own (zot, Chutes): those of the
 * dialect's kind and of nobody else, whatever the caller may see elsewhere. Errors: ERR_UNAUTHENTICATED for the
 * public, ERR_FORBIDDEN for a credential that manages no keys. */
struct own_keys {
    struct item_list list;            /* oldest first */
    uint64_t total;
};
NODISCARD enum err own_keys_list(struct gate *g, struct exchange *x, str kind, uint32_t skip, uint32_t limit, struct own_keys *out,
                                 struct problem *why);
/* *item NULL: there is none, or it is somebody else's. uuid: in any text. */
NODISCARD enum err own_keys_find(struct gate *g, struct exchange *x, str kind, str uuid, const struct json **item,
                                 struct problem *why);
NODISCARD enum err own_keys_delete(struct gate *g, struct exchange *x, const struct json *item, struct problem *why);
/* A new key of the caller's. */
NODISCARD enum err own_keys_make(struct gate *g, struct exchange *x, const struct key_wish *wish, str *id, str *secret,
                                 struct problem *why);

/* Members of an item. */
str key_text(const struct json *item, const char *field); /* {0} unless it is text */
int64_t key_time(const struct json *item, const char *field); /* ms; 0: null */
#endif
