#ifndef CONTENT_QUERY_FOREST_H
#define CONTENT_QUERY_FOREST_H
#include "content/query/query.h"

/* Nodes of a collection of the shape tree, read in order, put together by `_pid`: what a façade writes nested. Children of
 * a node that is not visible disappear with it, wherever one begins to look. */
struct forest_node {
    const struct json *item;          /* a map with _id and _pid */
    const struct forest_node *first, *next; /* the first below, the next beside */
    struct forest_node *last;
};
/* What nodes hang together by is read even if nobody wants to see it. */
struct forest_extras {
    bool id, parent;                  /* was added, is not to be shown */
};
struct forest_extras forest_outputs(struct arena *a, struct query *q);
/* The nodes below `parent` ({0}: those on top), in *first. ERR_NOT_FOUND: there is no such node to be seen. */
NODISCARD enum err forest_below(struct arena *a, const struct json *items, size_t count, str parent, const struct forest_node **first,
                                struct problem *why);
/* A list of them as JSON, their own below as `_children`. ERR_TOO_LARGE: more than LIMIT_TREE_DEPTH levels. */
NODISCARD enum err forest_write(struct json_writer *w, const struct forest_node *first, const struct forest_extras *hidden,
                                struct problem *why);

#endif
