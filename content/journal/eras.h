#ifndef CONTENT_JOURNAL_ERAS_H
#define CONTENT_JOURNAL_ERAS_H
#include "content/model/model.h"

/* What collections and fields were called when. The journal's entries hold the names of their time; the same name may
 * have been another collection's or another field's then, and that one may be hidden from whoever reads this one. So
 * what somebody sees of an old entry is looked up by its number, and what cannot be told is not shown (AZ-10).
 *
 * Made when the model is loaded, from the entries of the collection "collections"; immutable, part of the model. Of one
 * collection LIMIT_ERAS definitions are looked back at; entries before those are nobody's but the administrator's. */
struct era {
    str name;                         /* of the collection */
    uint64_t from, to;                /* entries from and with `from`, before `to`; UINT64_MAX: still */
    const struct map *fields;         /* name then -> struct field now */
};
struct eras;

/* A collection's eras, the newest first; *count 0: not known. */
const struct era *eras_of(const struct model *m, const struct collection *c, size_t *count);
/* The collection that was called so when the entry was written, as it is now; NULL: it is not there, or not known. */
const struct collection *era_find(const struct model *m, str name, uint64_t seq, const struct era **out);

/* An image of that entry with its members named as they are now, without those that are not there any more; NULL: the entry is
 * not about c. What is not known from before (a model that nobody serves) is taken as it stands. */
const struct json *era_image(struct arena *a, const struct model *m, const struct collection *c, str name, uint64_t seq,
                             const struct json *image);

struct work;
/* m is just being loaded: with the users' definitions as items of "collections". */
NODISCARD enum err eras_load(struct work *w, struct model *m, const struct json *items, size_t count, struct problem *why);

#endif
