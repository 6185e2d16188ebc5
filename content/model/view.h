#ifndef CONTENT_MODEL_VIEW_H
#define CONTENT_MODEL_VIEW_H
#include "content/query/query.h"

/* What makes a collection a view: items of another one, some of them, some of their fields, under names of its
 * own (docs/model.md). It has no table: its fields are those of the source with other names, its condition is
 * folded into every plan like one of an access, and so it has grants, filters, cursors and links like any
 * other. Whoever may read the view sees what it shows, whatever he may read of its source. Made by
 * views.c, immutable. */
struct view {
    const struct collection *from;
    const struct filter *where;       /* on the source's fields; never NULL, without variables */
    struct sort sort[LIMIT_SORT_KEYS]; /* what it is sorted by when nobody says: the source's fields */
    size_t sort_count;
};

#endif
