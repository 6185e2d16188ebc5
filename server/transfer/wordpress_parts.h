#ifndef SERVER_TRANSFER_WORDPRESS_PARTS_H
#define SERVER_TRANSFER_WORDPRESS_PARTS_H
#include "server/transfer/harvest.h"
#include "server/transfer/import_name.h"
#include "server/transfer/wxr.h"

/* An import from WordPress, shared by the files that read items (import_wordpress.c) and that make collections of what types
 * and taxonomies the items turn out to have (wordpress_models.c). */
#define WORDPRESS_TYPES 100u
#define WORDPRESS_TAXONOMIES 64u

struct taxonomy {
    str theirs, collection, field;
    size_t number;                    /* in the harvest */
    bool is_tree;
};
struct type {
    str theirs, collection;
    size_t number;
    uint64_t taxonomies;              /* bit per taxonomy */
    bool is_tree, is_media;
};

struct wordpress {
    struct transfer *to;
    struct wxr *from;
    struct harvest *harvest;
    struct arena *arena, *record;     /* names and definitions; the present record */
    struct import_names names;
    struct taxonomy taxonomies[WORDPRESS_TAXONOMIES];
    size_t taxonomy_count, authors;
    struct type types[WORDPRESS_TYPES];
    size_t type_count;
    uint64_t items, shortcodes, hidden, scheduled, orphans, left_out;
    struct problem *why;
};

NODISCARD enum err wordpress_taxonomy(struct wordpress *m, str theirs, struct taxonomy **out);
NODISCARD enum err wordpress_type(struct wordpress *m, str theirs, struct type **out);
void wordpress_names(struct wordpress *m);                         /* names that are decided beforehand */
NODISCARD enum err wordpress_define(struct wordpress *m);
#endif
