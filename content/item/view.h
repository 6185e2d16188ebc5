#ifndef CONTENT_ITEM_VIEW_H
#define CONTENT_ITEM_VIEW_H
#include "content/item/json.h"

/* A row as it comes from the cursor, for façades that write items in a shape of their own (graphql/). It says what the
 * query's outputs are, by their numbers, and nothing of plans or columns. Valid inside the call that hands it over. */
struct item_view {
    const struct plan_node *node;     /* not for façades */
    const struct row *row;            /* … */
};
/* Which query of the tree this is an item of. */
const struct query *item_query(const struct item_view *v);

/* The value of an output that has a cell; a reference's is the id (or "posts/<id>"). Borrowed until the call ends. NULL:
 * there is no such output (dropped for want of rights) or it has no cell. */
const struct cell *item_cell(const struct item_view *v, size_t output);
/* The output as a tree, its references ids; JSON_NULL: none. */
struct json item_tree(const struct item_view *v, size_t output, struct arena *a);
/* The output as the content API writes it, branches included, at the end of the buffer. */
NODISCARD enum err item_write(const struct item_view *v, size_t output, struct buf *out, struct problem *why);

/* item() may return whatever ends the reading; the error comes back from where it was begun. */
struct item_sink {
    enum err (*item)(struct item_sink *self, const struct item_view *v, struct problem *why);
};
/* Every item of the output's branches, in order: one, many or none. Several targets: item_query() says which it is. */
NODISCARD enum err item_each(const struct item_view *v, size_t output, struct item_sink *into, struct problem *why);
/* The target of a reference inside of the output's document, as inside[k] of the output asks for it. None: it leads
 * elsewhere, or its target is not there or not for this caller. */
NODISCARD enum err item_inside(const struct item_view *v, size_t output, size_t k, str reference, struct item_sink *into,
                               struct problem *why);
/* The output's branch only counts (COUNT_ONLY). */
NODISCARD enum err item_count(const struct item_view *v, size_t output, uint64_t *out, struct problem *why);

/* A to-one branch's item in this shape of text, if it is remembered (content/plan/fragments.h); then item_each need not be
 * called. shape: a hash of everything that the text depends on beside the branch's query; never 0. */
bool item_recall(const struct item_view *v, size_t output, uint64_t shape, struct buf *out);
void item_remember(const struct item_view *v, size_t output, uint64_t shape, str text);

/* The cursor that stands for this item, in the listing or (query.paged) in its parent's. */
NODISCARD enum err item_cursor(const struct item_view *v, struct arena *a, str *out);
/* The same for later, when it is known whether a cursor is wanted here: sealing costs more than remembering. */
struct item_place {
    const struct plan_node *node;
    struct cell keys[PLAN_KEYS];
    size_t count;
    struct buf texts;                 /* what the keys point into, made at the first time */
};
/* Into *out, which begins zeroed; a place that moves on to the next item takes no more memory than the longest needs. */
void item_place(const struct item_view *v, struct arena *a, struct item_place *out);
NODISCARD enum err item_place_cursor(const struct item_place *p, struct arena *a, str *out);
bool item_is_draft(const struct item_view *v);
/* How well it matches what was searched for; 0 when nothing was, or something else orders it. */
double item_score(const struct item_view *v);

/* The receiver that gate_read feeds. */
struct item_views {
    struct receiver receiver;         /* first */
    struct item_sink *to;
};
void item_views_init(struct item_views *r, struct item_sink *to);

#endif
