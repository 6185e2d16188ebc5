#ifndef CONTENT_AGGREGATE_AGGREGATE_H
#define CONTENT_AGGREGATE_AGGREGATE_H
#include "content/query/query.h"

/* Pipelines that read: stages turn a list of items into a list of documents (docs/aggregate.md). What
 * they may look at is settled before any item is fetched: every name is looked up while the pipeline is
 * read, through all stages, so that exactly the fields it needs are read and a name that the reader may
 * not know is the same fault as one that does not exist.
 *
 * How a façade uses it:
 *     aggregate_read(…, &g, why)
 *     q.where = filter_and(a, aggregate_start(g)->where, …its own conditions…), sort and skip from there
 *     query_all_fields(a, &q, &fields)            fields = aggregate_fields(g)
 *     page by page (q.after) into an item_list with references = false, until start->limit items are there
 *     aggregate_run(g, a, list.items, list.count, &result, why)
 *
 * Immutable, lives in the arena it was read into; may be run any number of times by one thread. */
struct aggregate;

/* A list of stages. options->where is the path of the faults ("pipeline"); a first $match is an ordinary
 * filter, references included; later ones know the names that the stages before them left. */
NODISCARD enum err aggregate_read(struct arena *a, const struct model *m, const struct collection *c,
                                  const struct json *stages, const struct filter_options *options,
                                  const struct aggregate **out, struct problem *why);

/* What the database does: leading $match, then $sort by fields, then $skip and $limit. aggregate_run
 * does not repeat it. */
struct aggregate_start {
    const struct filter *where;       /* never NULL */
    struct sort sort[LIMIT_SORT_KEYS];
    size_t sort_count;
    uint64_t skip;                    /* at most LIMIT_SKIP */
    uint64_t limit;                   /* at most LIMIT_AGGREGATE_ROWS + 1: one more than aggregate_run takes */
};
const struct aggregate_start *aggregate_start(const struct aggregate *g);

/* The fields whose values it needs, all of them known to the reader. */
field_set aggregate_fields(const struct aggregate *g);

/* Items are images: references are ids. *out is a list. Bounded in documents (LIMIT_AGGREGATE_ROWS at any
 * stage), values, memory and time (LIMIT_STATEMENT_MS): ERR_BAD_INPUT with a fault "limit", ERR_TIMEOUT. */
NODISCARD enum err aggregate_run(const struct aggregate *g, struct arena *a, const struct json *items, size_t count,
                                 struct json *out, struct problem *why);

#endif
