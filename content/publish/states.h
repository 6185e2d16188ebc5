#ifndef CONTENT_PUBLISH_STATES_H
#define CONTENT_PUBLISH_STATES_H
#include "content/access.h"

/* What is done to an item as a whole (docs/publish.md): its newest version goes live, is taken back, put away, or
 * what was not published yet is given up. Every collection of the users' has these. */
enum state_act { ACT_PUBLISH, ACT_UNPUBLISH, ACT_ARCHIVE, ACT_DISCARD, ACT_COUNT };
extern const str state_act_names[ACT_COUNT];
bool state_act_named(str name, enum state_act *out);

struct state_wish {
    const struct collection *in;
    str id;
    enum state_act act;
    bool expects;                     /* If-Match: of the newest version */
    uint64_t expect_revision;
    uint64_t result_revision;         /* filled */
};
/* Publishing is VERB_PUBLISH's, with its rows and its check; giving up also whoever may change the item. */
bool state_granted(const struct rights *rights, enum state_act act, const struct collection *c);

/* Does the principal see pending versions of this collection? Whoever reads its drafts; who is nobody in
 * particular, only when he may also change or publish there. */
bool sees_pending(const struct rights *rights, const struct actor *actor, const struct collection *c);

/* May items that are not published be among those that he reads? Whether he sees pending versions is another question. */
bool reads_drafts(const struct rights *rights, const struct collection *c);

struct content;
NODISCARD enum err content_state(struct content *c, const struct rights *rights, const struct actor *actor,
                                 struct state_wish *wish, struct arena *a, struct problem *why);

/* Users' collections have states; of the system's own, releases can be published. */
bool has_states(const struct collection *c);
struct work;
NODISCARD enum err state_check(struct work *w, const struct rights *rights, const struct state_wish *s, struct problem *why);
NODISCARD enum err release_act(struct work *w, const struct rights *rights, struct state_wish *s, struct problem *why);
NODISCARD enum err state_act(struct work *w, const struct rights *rights, struct state_wish *wish, struct problem *why);

#endif
