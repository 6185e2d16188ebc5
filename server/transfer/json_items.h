#ifndef SERVER_TRANSFER_JSON_ITEMS_H
#define SERVER_TRANSFER_JSON_ITEMS_H
#include "base/json.h"

/* The items of an API's answer that was put into a file: a list, {"data":[…]}, or {"data":{…}} for a single one. One is in
 * memory at a time. Strict: what is cut off or no JSON is ERR_BAD_INPUT, with the file's name. */
struct json_items;
/* ERR_NOT_FOUND: there is no such file. */
NODISCARD enum err json_items_open(const char *path, struct json_items **out, struct problem *why);
void json_items_close(struct json_items *r);                       /* NULL is fine */
/* The next item, a map, into `a`; *out NULL: the end. */
NODISCARD enum err json_items_next(struct json_items *r, struct arena *a, const struct json **out, struct problem *why);
#endif
