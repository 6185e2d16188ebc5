#ifndef CONTENT_ITEM_PARTS_H
#define CONTENT_ITEM_PARTS_H
#include "content/item/json.h"

/* One output of a row, for json.c and view.c: there is one way to write a value. Nobody else includes this. */

/* Its value, inside of a raw map (json_raw_map_open) and behind its name; branches included. */
NODISCARD enum err output_write(struct json_writer *to, const struct plan_node *node, const struct row *row,
                                const struct plan_output *po, struct problem *why);
/* An output without a branch, as a tree in `a`; references are ids. */
struct json output_tree(struct arena *a, const struct plan_node *node, const struct row *row, const struct plan_output *po);

#endif
