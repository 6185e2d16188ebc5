#ifndef SERVER_TRANSFER_IMPORT_PARTS_H
#define SERVER_TRANSFER_IMPORT_PARTS_H
#include "base/json.h"

/* What importers of other systems' contents have in common, beside their names (import_name.h). Pure. */

/* A map in the making. */
struct member_list {
    struct arena *arena;
    struct json *at;
    size_t count, room;
};
void member_put(struct member_list *m, str name, struct json v);   /* name and what v holds live as long as the map */
struct json member_map(const struct member_list *m);
str text_member(const struct json *v, str name);                   /* {0}: there is none, or it is no text */
bool true_member(const struct json *v, str name);                  /* true, or a number that is not 0 */
/* Says nothing: absent, null, "", [], {}. */
bool says_nothing(const struct json *v);
#endif
