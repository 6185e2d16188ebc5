#ifndef SERVER_CA_H
#define SERVER_CA_H
#include "content/system/members.h"
#include "server/desk.h"

/* What the commands about certificates share (command_ca.c: authorities; command_ca_sign.c: sign and revoke). They are the actions
 * of the collections and nothing more: issuing rules, profiles, constraints and the journal are as for everybody. */

/* An authority by its number, as it was said. ERR_NOT_FOUND. */
NODISCARD enum err ca_find(struct desk *d, str number, const struct json **out);
/* Rows in which this field has this value. */
NODISCARD enum err ca_rows(struct desk *d, const char *collection, const char *field, struct json value, struct item_list *out);
/* *out {0}: there is none of this id. */
NODISCARD enum err ca_item(struct desk *d, const char *collection, str id, const struct json **out);
NODISCARD enum err ca_act(struct desk *d, const char *collection, str id, const char *action, const struct json *members, size_t count);
/* An item made; its id. */
NODISCARD enum err ca_make(struct desk *d, const char *collection, const struct json *item, struct change *made);
NODISCARD enum err ca_unmake(struct desk *d, const char *collection, str id);
/* --days; 0: not said. False: no such number. */
bool ca_days(const struct call *c, int64_t *out);
void ca_print(str text);              /* as it is, without an end of line more */
#endif
