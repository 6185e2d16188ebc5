#ifndef SERVER_DESK_H
#define SERVER_DESK_H
#include "server/command.h"

/* What commands about people, keys and roles share: a data directory that is open, the server's own principal,
 * and items by name. */
struct desk {
    struct app *app;
    const struct principal *who;
    struct arena *arena;
    struct problem *why;
};
bool desk_open(struct call *c, struct desk *d, bool may_create, enum exit_code *code);
/* The principal's rights go with the arena, which must not outlive the gate: closed here together. */
enum exit_code desk_close(struct call *c, struct desk *d, enum err e);

/* Items in which this field has this value; field NULL: all. */
NODISCARD enum err desk_find(struct desk *d, const char *collection, const char *field, str value, struct item_list *out);
NODISCARD enum err desk_find_user(struct desk *d, str email, const struct json **out);
NODISCARD enum err desk_set(struct desk *d, const char *collection, str id, const char *field, struct json v);
NODISCARD enum err desk_print(struct call *c, struct desk *d, const char *collection, const char *field, str value,
                              const char *const *columns);
#endif
