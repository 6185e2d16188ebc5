#ifndef CONTENT_CONTENT_FIGURES_H
#define CONTENT_CONTENT_FIGURES_H
#include "base/defs.h"

/* Figures for /metrics, /readyz and bench: a noun, for those who may not see the verbs. */
struct engine_figures {
    uint64_t commits, statements_prepared, statements_reused, wal_bytes, database_bytes;
    uint64_t checkpoints;             /* times that the log was written back */
    uint64_t readers, readers_busy;   /* connections for reading: open, and at work */
    uint64_t readers_waited;          /* requests that waited for one */
    bool broken;                      /* a sync failed: no more writes until a restart */
};
/* How many values were at most so large; what belongs to no bound is in the place behind the last. */
#define CONTENT_SPREAD_MAX 13u
struct content_spread {
    const uint32_t *bounds;
    size_t bound_count;
    uint64_t counts[CONTENT_SPREAD_MAX], sum;
};
struct content_figures {
    struct engine_figures engine;
    struct content_spread batches, commit_us; /* changes per commit; how long commits took */
    uint64_t refused;                 /* writes, because too many waited */
    uint64_t fragments_found, fragments_missed; /* linked items, taken from memory or not */
    uint64_t queue_length, commits, jobs, last_seq;   /* jobs / commits: changes per sync */
    bool read_only;                   /* the storage misbehaved: no more writes until a restart */
};
#endif
