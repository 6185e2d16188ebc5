#ifndef SERVER_TRANSFER_WXR_H
#define SERVER_TRANSFER_WXR_H
#include "base/arena.h"

/* A WXR file (WordPress eXtended RSS), plain or gzipped, as the records in its channel: an author, a term, an item,
 * each a flat list of what stands in it. One record is in memory at a time. Comments are counted and passed over. */
struct wxr_leaf {
    str name;                         /* "wp:post_id"; of what has elements inside "wp:postmeta/wp:meta_key" */
    str text;
    str domain, nicename;             /* attributes of <category>; {0}: none */
};
struct wxr_record {
    str name;                         /* "item", "wp:author", "wp:category", "wp:tag", "wp:term" */
    const struct wxr_leaf *leaves;
    size_t count;
    uint64_t line;                    /* where it begins */
};

struct wxr;
NODISCARD enum err wxr_open(const char *path, struct wxr **out, struct problem *why);
void wxr_close(struct wxr *w);                                     /* NULL is fine */
/* The next record into `a`. *found false: the end. ERR_BAD_INPUT: not well-formed, or no WXR file. */
NODISCARD enum err wxr_next(struct wxr *w, struct arena *a, struct wxr_record *out, bool *found, struct problem *why);
str wxr_site(const struct wxr *w);                                 /* its address, known before the first record; may be empty */
uint64_t wxr_comments(const struct wxr *w);
double wxr_progress(const struct wxr *w);

str wxr_text(const struct wxr_record *r, str name);                /* of the first leaf of that name; empty: none */
#endif
