#ifndef API_NOTARY_LIST_H
#define API_NOTARY_LIST_H
#include "api/notary/notary.h"

/* Notary's lists have no pages: a client gets all rows in one answer. Rows are read some at a time, in memory that is given back, each
 * time behind the number of the last one, and what was written is sent on when it is much: a long list costs no more memory than a
 * short one, and no transaction stays open while a slow client reads. Two parameters are ours: `limit` (at most so many rows) and
 * `after` (behind this number); others of the query string are not looked at, as there. */
struct notary_list {
    struct exchange *x;
    const struct api *api;
    const struct collection *in;      /* with a field `serial`, the number */
    const struct filter *where;       /* NULL: all */
    const char *const *fields;        /* what rows are made of, `serial` and `_id` aside; NULL-terminated */
    unsigned hops;                    /* references that are followed */
    uint32_t page;                    /* rows that are read at a time, 1 .. LIMIT_ROWS */
    /* Once for each page, before its rows are written: what they need from elsewhere. NULL: nothing. */
    enum err (*look)(void *self, const struct item_list *rows, struct arena *a, struct problem *why);
    void (*write)(void *self, struct json_writer *w, const struct json *row);
    void *self;
};
/* Sends the answer. An error after its first part was sent ends the answer where it is, so that nobody takes it for whole. */
NODISCARD enum err notary_list(const struct notary_list *l, struct problem *why);

/* A parameter of the query string, decoded; {0}: not said. */
str notary_parameter(const struct exchange *x, str name);
#endif
