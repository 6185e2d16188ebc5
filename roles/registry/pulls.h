#ifndef ROLES_REGISTRY_PULLS_H
#define ROLES_REGISTRY_PULLS_H
#include "roles/internal.h"

/* How often manifests are pulled, and when last (oci-registry.md 12). Counted in memory on the thread of the request, which
 * never waits for the database; written by gate_tick as books, the first pull of a manifest with the next tick, then at most
 * once a minute for each manifest and tag, many in one transaction. What is not written when the process dies is lost: that
 * is a minute at most. Beyond LIMIT_PULLS_WAITING manifests and tags at a time some pulls are not counted. Thread-safe. */
struct pulls;
struct pulls *pulls_open(void);
void pulls_close(struct pulls *p);    /* NULL is fine */
struct pull {
    str repository, manifest;         /* ids */
    str tag;                          /* id; {0}: it was asked for by its digest */
    int64_t at_ms;
};
void pulls_note(struct pulls *p, const struct pull *one); /* p NULL: nothing is counted */
/* Writes what is due, or (all) whatever waits. What could not be written waits on. */
NODISCARD enum err pulls_flush(struct gate *g, bool all, struct problem *why);
#endif
