#ifndef ROLES_GATE_ITEMS_H
#define ROLES_GATE_ITEMS_H
#include "content/change/change.h"
#include "roles/principal.h"

/* What façades were sent, taken into changes with the caller's rights, before a door is asked: so that all of
 * them refuse the same things with the same words. */

struct item_sent {
    const struct json *data;
    str where;                        /* what pointers of faults begin with */
    str locale;                       /* {0}: not said */
    bool draft;                       /* into the pending version */
};
/* All faults of an item at once, for out->op: unknown members, and what the kinds say of the known ones; out->id may be
 * set. Whether the caller may write here at all is asked first, and what he may not write is unknown: faults must not
 * tell of it. */
NODISCARD enum err gate_take_item(const struct principal *who, const struct collection *c, const struct item_sent *sent,
                                  struct change *out, struct arena *a, struct problem *why);
/* A singleton has one item under a fixed id, and the first write makes it. out: how it is changed (op, merge), once, draft
 * and the like; afterwards what was done. before: a façade's own preconditions, asked in front of each try; NULL: none. */
struct gate;
struct before_write {
    enum err (*look)(struct before_write *self, struct change *c, struct problem *why);
};
NODISCARD enum err gate_save_single(struct gate *g, const struct principal *who, const struct collection *c,
                                    const struct item_sent *sent, struct before_write *before, struct change *out, struct arena *a,
                                    struct problem *why);
/* Create, or change what has the same values in the fields `by` has (a key: _id, a unique field, or all fields of a unique
 * rule; which, the façade looks at). op: how what is there is changed. */
NODISCARD enum err gate_take_upsert(const struct principal *who, const struct collection *c, struct upsert *by, enum op op,
                                    const struct item_sent *created, const struct item_sent *updated, struct change *out,
                                    struct arena *a, struct problem *why);
/* Are the fields in `by` such a key? */
bool upsert_has_key(const struct collection *c, const struct upsert *by);
#endif
