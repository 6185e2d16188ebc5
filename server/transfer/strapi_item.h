#ifndef SERVER_TRANSFER_STRAPI_ITEM_H
#define SERVER_TRANSFER_STRAPI_ITEM_H
#include "server/transfer/strapi_schema.h"

/* One item of ours out of all rows of a document in Strapi: published and draft, one of each per language. */
struct strapi_group {
    struct arena *arena;              /* of this document */
    const struct strapi_schema *schema;
    const struct strapi_type *type;
    str id;                           /* ours */
    const struct json *rows;          /* {"r": row's id, "d": its data} */
    size_t row_count, row_room;
    const struct json *links;         /* {"r","f": field,"v": our id, and of a component "cu","ci"}, in order */
    size_t link_count, link_room;
};
struct strapi_languages {
    str codes[64];                    /* the default first */
    size_t count;                     /* 0: off */
};
struct strapi_tally {
    uint64_t pending, drafts_left, without_default;
};
/* Of a document. group: what its rows have in common. */
str strapi_id(struct arena *a, const struct strapi_type *t, str group);
struct json strapi_item(const struct strapi_group *g, const struct strapi_languages *l, struct strapi_tally *tally);
#endif
