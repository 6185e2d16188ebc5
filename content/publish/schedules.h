#ifndef CONTENT_PUBLISH_SCHEDULES_H
#define CONTENT_PUBLISH_SCHEDULES_H
#include "content/publish/states.h"

/* What will be done at a time (docs/publish.md): rows of the system collection `schedules`, done by the server's own
 * thread with the rights that whoever asked for it has by then. The row changes in the transaction of what is done, so
 * that it is done once, whoever else looks at the row and whatever is killed. */
struct schedule_wish {
    const struct collection *in;
    str id;
    enum state_act act;
    int64_t at_ms;                    /* 0: what was planned is off */
    bool expects;                     /* If-Match: of the newest version, as in struct state_wish */
    uint64_t expect_revision;
};
/* One plan for an item and an action: a later wish takes the place of the one before. now: what is done to the item at
 * once, in the same transaction; NULL: nothing. */
NODISCARD enum err content_schedule(struct content *c, const struct rights *rights, const struct actor *actor,
                                    const struct schedule_wish *wishes, size_t count, struct state_wish *now,
                                    struct arena *a, struct problem *why);
/* Does what the row says, unless somebody did; with the rights and in the name of who asked for it. */
NODISCARD enum err content_schedule_run(struct content *c, const struct rights *rights, const struct actor *actor, str row,
                                        struct arena *a, struct problem *why);
/* It could not be done, and will not be tried again. */
NODISCARD enum err content_schedule_fail(struct content *c, const struct rights *rights, const struct actor *actor, str row,
                                         str problem, struct arena *a, struct problem *why);
/* Whose rights: "key:ID", "user:ID"; {0}: nobody's. */
str schedule_subject(struct arena *a, const struct actor *actor);

#endif
