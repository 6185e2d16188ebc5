#ifndef ROLES_GATE_STATES_H
#define ROLES_GATE_STATES_H
#include "content/publish/history.h"
#include "content/publish/schedules.h"
#include "content/publish/trash.h"
#include "roles/principal.h"

/* Doors for an item as a whole (docs/publish.md); they refuse as those of gate.h do. */
struct gate;

/* Publishing and its like; VERB_PUBLISH. */
NODISCARD enum err gate_state(struct gate *g, const struct principal *who, struct state_wish *wish, struct arena *a,
                              struct problem *why);
/* The same at a time, with the rights that the caller has then. ERR_FORBIDDEN: nobody in particular asks.
 * now: what is done at once, all of it or nothing; NULL: nothing. */
NODISCARD enum err gate_schedule(struct gate *g, const struct principal *who, const struct schedule_wish *wishes, size_t count,
                                 struct state_wish *now, struct arena *a, struct problem *why);
/* May the caller see pending versions in this collection? */
bool gate_sees_drafts(const struct principal *who, const struct collection *c);
/* VERB_DELETE. */
NODISCARD enum err gate_trash_list(struct gate *g, const struct principal *who, const struct trash_wish *wish, struct json *out,
                                   struct arena *a, struct problem *why);
NODISCARD enum err gate_trash_restore(struct gate *g, const struct principal *who, const struct trash_wish *wish,
                                      uint64_t *revision, struct arena *a, struct problem *why);
NODISCARD enum err gate_trash_purge(struct gate *g, const struct principal *who, const struct trash_wish *wish,
                                    struct arena *a, struct problem *why);
/* VERB_READ, and VERB_UPDATE or VERB_PUBLISH. */
NODISCARD enum err gate_history(struct gate *g, const struct principal *who, const struct history_wish *wish, struct json *out,
                                struct arena *a, struct problem *why);
NODISCARD enum err gate_history_image(struct gate *g, const struct principal *who, const struct history_wish *wish,
                                      const struct json **out, struct arena *a, struct problem *why);
NODISCARD enum err gate_history_diff(struct gate *g, const struct principal *who, const struct history_wish *wish,
                                     struct json *out, struct arena *a, struct problem *why);

#endif
