#ifndef CONTENT_QUERY_PERSPECTIVE_H
#define CONTENT_QUERY_PERSPECTIVE_H
#include "content/change/change.h"
#include "content/languages/languages.h"

/* What a reader or an author says of states, versions and languages, the same in every façade: words to conditions and
 * lenses. Rights are asked for what the gate would not see: a language that somebody names where there are none. */
enum perspective { SEE_PUBLISHED, SEE_DRAFTS, SEE_ARCHIVED, SEE_ALL, SEE_CURRENT }; /* CURRENT: drafts and published */

/* The state that items have then; no condition for system collections, which have no states. */
const struct filter *perspective_states(struct arena *a, const struct collection *c, enum perspective see);
/* Along the branches of q: links are seen from the same perspective (a published page does not show a draft author), and
 * what stands in place of a link says its collection ("_model"). Not for q itself. */
void perspective_branches(struct arena *a, struct query *q, enum perspective see);

struct look {
    enum perspective see;
    bool drafts;                      /* pending versions in place of published ones */
    struct lens_wish languages;
};
/* *out NULL: what is read anyway. ERR_FORBIDDEN: grants leave out the language; where the site has languages the gate says so. */
NODISCARD enum err perspective_lens(struct arena *a, const struct rights *reader, const struct collection *c, const struct look *look,
                                    const struct lens **out, struct problem *why);
/* The languages that a change may name: `locale` is a code, "default", "all" or "*", {0}. c->in is set. ERR_BAD_INPUT: there is
 * no such language. */
NODISCARD enum err change_language(const struct rights *author, enum verb verb, str locale, struct change *c, struct problem *why);
/* What the author of a change sees of it: the language and the version that he wrote. */
const struct lens *change_lens(struct arena *a, const struct change *c);

#endif
