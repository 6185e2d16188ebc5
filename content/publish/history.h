#ifndef CONTENT_PUBLISH_HISTORY_H
#define CONTENT_PUBLISH_HISTORY_H
#include "content/access.h"

/* What an item was, out of the journal (docs/publish.md). For whoever may change or publish the item and reads it:
 * what was taken out of a published text is not for those who read what is left. Images show what may be read of
 * them, by field and by the role's rows; pending versions only whoever sees those. */
struct content;

struct history_wish {
    const struct collection *in;
    str id;
    uint64_t before;                  /* a journal number: only what is older; 0: from the newest */
    uint32_t limit;
    uint64_t revision, other;         /* of one image; of a difference, from and to */
};
bool history_granted(const struct rights *rights, const struct collection *c);

/* {"data":[{rev, at, verb, user, who?, fields}], "meta":{"complete", "next"}}; complete: the list ends with the item's
 * beginning, and not where the journal does or with the page. */
NODISCARD enum err content_history(struct content *c, const struct rights *rights, const struct actor *actor,
                                   const struct history_wish *wish, struct json *out, struct arena *a, struct problem *why);
/* The image of one revision, with the names of fields that may be read. ERR_NOT_FOUND: none such, or not any more. */
NODISCARD enum err content_history_image(struct content *c, const struct rights *rights, const struct actor *actor,
                                         const struct history_wish *wish, const struct json **out, struct arena *a,
                                         struct problem *why);
/* [{"field","from","to"}] between two revisions. */
NODISCARD enum err content_history_diff(struct content *c, const struct rights *rights, const struct actor *actor,
                                        const struct history_wish *wish, struct json *out, struct arena *a,
                                        struct problem *why);

#endif
