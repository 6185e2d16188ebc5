#ifndef CONTENT_QUERY_H
#define CONTENT_QUERY_H
#include "content/filter.h"

/* What is wanted to be read: a tree through references. Says nothing about who wants it. Built by
 * façades in the request's arena, consumed by gate_read. */
struct query;

struct output {
    str alias;                        /* name in the answer; {0}: the field's own */
    const struct field *field;
    struct query *branch;             /* field is a reference: what to read of its targets; NULL: the reference itself */
    const str *keep;                  /* dotted members to keep of a deep value; NULL: all of it */
    size_t keep_count;
    bool named;                       /* the client named it: unreadable is then the same fault as unknown (AZ-3) */
};

struct sort {
    const struct field *by;
    bool down;
};

enum count_mode { COUNT_NONE, COUNT_EXACT, COUNT_ONLY };

struct query {
    const struct collection *from;
    const struct filter *where;       /* NULL: no condition */
    struct output *outputs;           /* in the order of the answer */
    size_t output_count;
    struct sort sort[5];              /* LIMIT_SORT_KEYS; none: order of insertion (trees: "_o") */
    size_t sort_count;
    uint32_t limit;                   /* 1..LIMIT_ROWS; branches: per parent. 0 is a must() */
    uint32_t skip;
    str after;                        /* cursor from a page before, or {0} */
    enum count_mode count;
    bool with_model;                  /* items of this node carry "_model" (populated links, singletons) */
};

struct page {                         /* what a listing learned beside its rows */
    uint64_t rows;
    uint64_t total;                   /* with COUNT_EXACT, COUNT_ONLY */
    bool has_more;
    str next;                         /* cursor, in the request's arena */
};

/* The one sentence for a name that does not exist or may not be seen: rule "unknown-field", ERR_BAD_INPUT. */
enum err query_unknown_field(struct problem *why, str where, str name);

/* All readable columns as outputs, in model order: "every field, no branches". Fields outside `only`
 * (NULL: all) are left out; secrets always are. */
void query_all_fields(struct arena *a, struct query *q, const field_set *only);
/* Adds branches along every reference field for n hops (contract: n = number of link hops, containers
 * are free); *items bounds are the planner's. */
void query_populate(struct arena *a, struct query *q, unsigned hops);
/* sort={views:-1} or "-views,title"; fields={title:1} / {body:0} / ["title"] / "title,author.name". Faults name the
 * parameter and the unknown field. */
NODISCARD enum err query_read_sort(struct arena *a, struct query *q, str text, str where, struct problem *why);
NODISCARD enum err query_read_fields(struct arena *a, struct query *q, str text, str where, struct problem *why);

#endif
