#ifndef CONTENT_CONTENT_FIGURES_H
#define CONTENT_CONTENT_FIGURES_H
#include "base/defs.h"

/* Figures for /metrics, /readyz and bench: a noun, for those who may not see the verbs. */
struct engine_figures {
    uint64_t commits, statements_prepared, statements_reused, wal_bytes, database_bytes;
    bool broken;                      /* a sync failed: no more writes until a restart */
};
struct content_figures {
    struct engine_figures engine;
    uint64_t queue_length, commits, jobs, last_seq;   /* jobs / commits: changes per sync */
    bool read_only;                   /* the storage misbehaved: no more writes until a restart */
};
#endif
