#ifndef CONTENT_PUBLISH_TRASH_H
#define CONTENT_PUBLISH_TRASH_H
#include "content/access.h"

/* The trash (docs/publish.md): an item of a users' collection that is deleted leaves its image in the system
 * collection `trash`, unless the change or the model ("no_trash": true) says otherwise. Whoever may delete in a
 * collection sees its trash and brings items back, within the rows that he reaches. */
struct content;
struct work;
struct change;

struct trash_wish {
    const struct collection *in;
    str id;                           /* of the item */
    uint32_t limit, skip;             /* of a list */
};
/* A list of {_id, deleted, item}: `item` has what the caller may read of it. Newest first. */
NODISCARD enum err content_trash_list(struct content *c, const struct rights *rights, const struct actor *actor,
                                      const struct trash_wish *wish, struct json *out, struct arena *a, struct problem *why);
/* With its id, its author and the next revision; links to it that were cleared, and what its deletion took along, come
 * back where there is room for them. Published only when the caller may publish and nothing required is missing. */
NODISCARD enum err content_trash_restore(struct content *c, const struct rights *rights, const struct actor *actor,
                                         const struct trash_wish *wish, uint64_t *revision, struct arena *a,
                                         struct problem *why);
NODISCARD enum err content_trash_purge(struct content *c, const struct rights *rights, const struct actor *actor,
                                       const struct trash_wish *wish, struct arena *a, struct problem *why);
/* The server's own: takes out what was deleted before; some at a time, *did: call again. */
NODISCARD enum err content_trash_forget(struct content *c, const struct rights *rights, const struct actor *actor,
                                        int64_t before_ms, bool *did, struct problem *why);

/* For write_delete and settle_referrers: a deletion begins (and with it what it takes along), a link of a referrer is
 * cleared, the item is gone. */
struct trashing {
    str entry;                        /* id of the row to be; {0}: not into the trash */
    bool permanent;
    struct json *links;
    size_t count, room;
    struct trashing *outer;           /* of the item whose deletion took this one along */
};
void trash_begin(struct work *w, struct trashing *t, const struct change *c);
void trash_link(struct work *w, const struct field *f, str referrer, size_t position, str value);
NODISCARD enum err trash_end(struct work *w, struct trashing *t, const struct change *c, struct problem *why);

#endif
