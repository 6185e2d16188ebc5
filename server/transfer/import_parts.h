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
/* Looking at what another system wrote, where anything may be missing or of another type. */
str text_member(const struct json *v, str name);                   /* {0}: there is none, or it is no text */
str import_text(const struct json *v);                             /* empty when it is no text */
bool true_member(const struct json *v, str name);                  /* true, or a number that is not 0 */
bool import_is_true(const struct json *v);
/* Says nothing: absent, null, "", [], {}. */
bool says_nothing(const struct json *v);
/* Is it one of these? */
bool list_has(const struct json *list, size_t count, const struct json *v);
/* Big and exact numbers come as texts from some databases: "1.5" is 1.5, "" null, and everything else what it is. */
struct json number_in(struct arena *a, const struct json *v);
#endif
