#ifndef ROLES_UPKEEP_UPKEEP_H
#define ROLES_UPKEEP_UPKEEP_H
#include "roles/gate.h"

/* What the server does for its bytes while it runs: sweeping what nobody refers to (content/bytes/bytes.h) and reading again what is
 * kept (content/bytes/scrub.h). Both in small steps of gate_tick, so that stopping never waits for them. */
struct upkeep;
struct upkeep *upkeep_open(void);
void upkeep_close(struct upkeep *u);  /* NULL is fine */
/* The tick's own thread. */
NODISCARD enum err upkeep_tick(struct gate *g, struct problem *why);

/* Since the start, by this process. Any thread. */
struct upkeep_figures {
    uint64_t swept_blobs, swept_bytes, looked_at, looked_at_bytes, found_damaged;
    uint64_t damaged;                 /* now; counted about once a minute */
};
void gate_upkeep_figures(struct gate *g, struct upkeep_figures *out);

/* The images that need a blob: "acme/app:v1, acme/app@sha256:…", tags first, at most LIMIT_ROWS manifests; empty: none. For the
 * operator. */
NODISCARD enum err gate_images_of_blob(struct gate *g, str digest, struct arena *a, str *out, struct problem *why);
#endif
