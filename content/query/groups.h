#ifndef CONTENT_QUERY_GROUPS_H
#define CONTENT_QUERY_GROUPS_H
#include "content/item/json.h"
#include "content/query/query.h"

/* Items put into groups by the database, in one statement: GET /api/content/groups/{model} (docs/query.md).
 * The query's conditions and the reader's rights choose the items as for a listing; what is not readable is
 * unknown. A grouping is immutable, in the arena it was read into. */
#define GROUP_TABLE(X)                                                                             \
    X(COUNT, "count") X(COUNT_DISTINCT, "countDistinct") X(SUM, "sum") X(SUM_DISTINCT, "sumDistinct") \
    X(AVG, "avg") X(AVG_DISTINCT, "avgDistinct") X(MIN, "min") X(MAX, "max")
enum group_do {
#define X(name, word) GROUP_##name,
    GROUP_TABLE(X)
#undef X
    GROUP_DO_COUNT
};
extern const str group_words[GROUP_DO_COUNT];

struct group_key {
    str name;                         /* as it was asked for: "year(published)" */
    const struct field *field;
    enum func func;
};
struct group_value {
    enum group_do what;
    const struct field *field;        /* NULL: count=*, the items */
};
struct group_sort {
    size_t column;                    /* of keys, then values */
    bool down;
};
struct grouping {
    struct group_key keys[LIMIT_GROUP_KEYS];
    size_t key_count;                 /* 0: one group of everything */
    struct group_value values[LIMIT_GROUP_VALUES];
    size_t value_count;
    const struct filter *having;      /* on documents as group_document makes them; never NULL */
    struct group_sort sort[LIMIT_SORT_KEYS];
    size_t sort_count;                /* none: by the keys */
};

/* What a façade found; names with commas between them. */
struct group_wish {
    const str *by;                    /* groupBy */
    size_t by_count;
    str values[GROUP_DO_COUNT];       /* {0}: not asked for */
    const struct json *having;        /* NULL: none */
    str sort;                         /* "-sum.views,author"; {0}: none */
};
/* Faults have the paths groupBy, aggregate[sum], having, sort. */
NODISCARD enum err groups_read(struct arena *a, const struct query *q, const struct group_wish *wish,
                               const struct grouping **out, struct problem *why);
/* {"author": …, "count": 3, "sum": {"views": 10}} of a row: keys, then values. "count" of the items alone is a
 * number, beside counts of fields its member "*". */
struct json group_document(struct arena *a, const struct grouping *g, const struct cell *cells);

/* The same as documents, for façades that write them in a shape of their own. */
struct group_list {
    struct receiver receiver;         /* first */
    struct arena *arena;
    struct json *items;
    size_t count, room;
};
void group_list_init(struct group_list *l, struct arena *a);

/* Receives the groups of a query with `groups`: each becomes a document at the writer's present place. */
struct group_writer {
    struct receiver receiver;         /* first */
    struct arena *arena;
    struct json_writer *to;
};
void group_writer_init(struct group_writer *w, struct arena *a, struct json_writer *to);

#endif
