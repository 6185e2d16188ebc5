#ifndef SERVER_TRANSFER_HARVEST_H
#define SERVER_TRANSFER_HARVEST_H
#include "server/transfer/sorted.h"
#include "server/transfer/transfer.h"

/* What an importer found, in whatever order, put together on disk before anything is written: a source that turns
 * out to be broken has changed nothing, and memory does not grow with it. An item comes in any number of parts
 * with the same collection and id: of a member that several have the first one counts, lists are put behind each
 * other. Parts without the item itself (which has "_id") are dropped. */
#define HARVEST_COLLECTIONS 500u

struct harvest;
struct harvest *harvest_open(void);
void harvest_close(struct harvest *h);                             /* NULL is fine */
/* Collections are delivered in the order of their first mention. *out: its number. */
NODISCARD enum err harvest_collection(struct harvest *h, str name, size_t *out, struct problem *why);
/* id: the source's own. order: among the parts of one item; 0 for the item itself. */
NODISCARD enum err harvest_add(struct harvest *h, size_t collection, str id, uint64_t order, const struct json *part,
                               struct problem *why);
/* Everything into t, whose collections and languages are there. dropped: parts without an item. */
NODISCARD enum err harvest_deliver(struct harvest *h, struct transfer *t, uint64_t *dropped, struct problem *why);
#endif
