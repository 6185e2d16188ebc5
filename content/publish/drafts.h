#ifndef CONTENT_PUBLISH_DRAFTS_H
#define CONTENT_PUBLISH_DRAFTS_H
#include "content/internal.h"

/* Pending versions: what of a published item was changed and is not published yet (docs/publish.md). A row of
 * the engine's own table each, beside the item's, which stays as readers see it. Inside a transaction of the
 * writer's thread; everything is in the work's arena. Users' collections only. */
struct pending {
    const struct json *cells;         /* column values by the field's id, as text */
    uint64_t revision;
    int64_t modified;
    str author;                       /* {0}: nobody */
};

/* *out NULL: the item has none. */
NODISCARD enum err pending_read(struct work *w, const struct collection *c, str id, const struct pending **out,
                                struct problem *why);
NODISCARD enum err pending_put(struct work *w, const struct collection *c, str id, const struct pending *p,
                               struct problem *why);
NODISCARD enum err pending_drop(struct work *w, const struct collection *c, str id, struct problem *why);
/* The value that stands for the field, false: the published one. */
bool pending_value(struct arena *a, const struct pending *p, const struct field *f, struct json *out);
/* A canonical value as such a cell. */
struct json pending_cell(struct arena *a, const struct field *f, const struct json *v);
/* The item's image with the pending version in place; p may be NULL. */
const struct json *pending_over(struct arena *a, const struct collection *c, const struct json *image,
                                const struct pending *p);

/* Tells a plan with lens->drafts which collections have pending versions, in the same snapshot. ERR_FORBIDDEN: the
 * query asks by publication and its reader may not know. */
NODISCARD enum err drafts_settle(struct content *c, struct txn *t, const struct model *m, const struct actor *actor,
                                 struct plan *p, struct problem *why);
/* After steps of the model: names and cells follow. */
NODISCARD enum err drafts_follow(struct work *w, const struct step *steps, size_t count, struct problem *why);
/* Where versions of what is pending are counted (content_stamp). */
size_t draft_slot(str collection);

/* content/write/draft.c: an update with `draft` of a published item. */
NODISCARD enum err write_draft(struct work *w, const struct rights *rights, struct change *c, const struct json *present,
                               struct problem *why);
/* The pending version goes live with this change: what it does not set itself comes from there. */
NODISCARD enum err fold_pending(struct work *w, struct change *c, struct problem *why);

#endif
