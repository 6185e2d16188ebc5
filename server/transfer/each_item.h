#ifndef SERVER_TRANSFER_EACH_ITEM_H
#define SERVER_TRANSFER_EACH_ITEM_H
#include "server/app.h"

/* Items of a collection one after the other, in the order of their making; pages are read, so memory holds one. */
struct item_wish {
    str collection;
    const str *fields;                /* beside _id; of references their ids */
    size_t field_count;
    bool every_field;                 /* instead */
    const char *filter;               /* JSON5 (docs/filter.md); NULL: all */
    str is, value;                    /* only those whose field `is` has this text; {0}: whatever it has */
};
struct item_sink {
    /* Both live until the next page. */
    enum err (*item)(struct item_sink *self, const struct json *item, struct arena *a);
};
NODISCARD enum err each_item(struct app *app, const struct principal *who, const struct item_wish *wish, struct item_sink *sink, struct problem *why);
#endif
