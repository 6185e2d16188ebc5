#ifndef ROLES_REGISTRY_ROUND_H
#define ROLES_REGISTRY_ROUND_H
#include "roles/internal.h"

/* Carrying out retention rules: a round goes over all repositories by name, and is due LIMIT_RETENTION_REST_S after the last one
 * began, which the rules themselves say (last_run_at), so that of several processes one does it. Two that begin in the same
 * moment do each other no harm: what is gone is gone, and nothing goes that is not as it was looked at (revisions, and the
 * look that content/system/registry/parts.c takes in the very transaction). A round that a stop cuts short begins anew when
 * the next is due.
 *
 * Not thread-safe: the tick's own. */
struct keeping;
struct keeping *keeping_open(void);
void keeping_close(struct keeping *k); /* NULL is fine */
/* A step: at most LIMIT_RETENTION_STEP rows looked at or taken away, and no longer than a part of a second. */
NODISCARD enum err keeping_tick(struct gate *g, struct problem *why);
#endif
