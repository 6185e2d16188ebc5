#ifndef ROLES_FIGURES_FIGURES_H
#define ROLES_FIGURES_FIGURES_H
#include "roles/gate.h"

/* What the server's own page of figures tells of the inside of the gate, beside gate_figures() and the figures of upkeep, feed and
 * pki. Thread-safe. */

/* Memories and queues, since the start and now; nothing is asked of the database. */
struct gate_inside {
    uint64_t identities_found, identities_missed;   /* who is behind a credential */
    uint64_t manifests_found, manifests_missed;     /* of the registry */
    uint64_t pictures_found, pictures_missed;       /* made of assets */
    uint64_t errands, passwords;                    /* that wait: mails and the like; to be hashed */
    uint64_t password_hashes;                       /* made so far */
};
void gate_inside(struct gate *g, struct gate_inside *out);

/* How many there are of what the server keeps (roles/figures/counts.h); rows of one name follow each other. label: as Prometheus has it,
 * without braces; NULL: none. */
typedef void gate_count_see(void *self, const char *name, const char *help, const char *label, uint64_t value);
NODISCARD enum err gate_counts(struct gate *g, struct arena *a, gate_count_see *see, void *self, struct problem *why);

/* How a statement that was slow is run (content.h: content_explain). */
NODISCARD enum err gate_query_plan(struct gate *g, str statement, struct arena *a, str *out, struct problem *why);

/* May this principal see how the server is doing, with routes, statements and names of everything? Who may read all of the
 * journal may: that tells more. */
NODISCARD enum err gate_may_watch(struct gate *g, const struct principal *who, struct problem *why);
/* … and tell it to do something, like a backup? Who may watch and change the settings may. */
NODISCARD enum err gate_may_steer(struct gate *g, const struct principal *who, struct problem *why);
/* … and have it fill the house, with collections, roles and what they may? Who may make all of these may. */
NODISCARD enum err gate_may_furnish(struct gate *g, const struct principal *who, struct problem *why);
#endif
