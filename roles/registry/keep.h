#ifndef ROLES_REGISTRY_KEEP_H
#define ROLES_REGISTRY_KEEP_H
#include "roles/gate.h"

/* Rules that say what of repositories stays (items of retention_rules; docs/registry.md, content/system/registry/retention.h).
 * gate_tick carries them out, a round over all repositories an hour, in small steps; what goes goes as if somebody had deleted it,
 * by "system retention". Thread-safe. */

/* What rules would do now, for whoever may read them, about repositories that he may read: the action "preview" of
 * retention_rules. Input, each optional: {repository, after, verdict}; output {rows: [{repository, tag, digest, verdict, reason,
 * rule}], more, next}. rule {0}: each of them; else this one, as if it were enabled. */
NODISCARD enum err gate_retention_preview(struct gate *g, const struct principal *who, str rule, const struct json *input, struct arena *a,
                                          struct json *output, struct problem *why);
/* A whole round at once, whenever the last one was: for commands, never beside gate_tick. */
struct retention_figures {
    uint64_t repositories, tags, manifests, stayed;
};
NODISCARD enum err gate_retention_run(struct gate *g, struct retention_figures *out, struct problem *why);
#endif
