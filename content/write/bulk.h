#ifndef CONTENT_WRITE_BULK_H
#define CONTENT_WRITE_BULK_H
#include "content/change/change.h"
#include "content/query/query.h"

/* One change for all items that a query finds and that its author may change: those that he may read, too, for the
 * conditions are his. One transaction, one journal entry per item, memory of one item at a time. */
struct bulk {
    struct query *which;              /* from, where, sort; how many is said here: */
    uint32_t limit;                   /* 1..LIMIT_BULK_ROWS */
    bool whole;                       /* more than that: ERR_TOO_LARGE; else the first ones, and there are more */
    bool dry;                         /* everything is tried and nothing is kept */
    struct change *each;              /* OP_UPDATE or OP_DELETE, without an id; no nested items */
    struct once *once;                /* NULL: each time anew */
    /* Filled: */
    str *ids;                         /* of what was changed */
    size_t count;
    bool has_more;
};

struct content;
struct rights;
struct actor;
NODISCARD enum err content_write_bulk(struct content *c, const struct rights *rights, const struct actor *actor,
                                      struct bulk *b, struct arena *a, struct problem *why);

#endif
