#ifndef ROLES_UPKEEP_EVIDENCE_H
#define ROLES_UPKEEP_EVIDENCE_H
#include "roles/gate.h"

/* Is the journal what was written? The same look as `vitrine check` (docs/journal.md), while the server runs: up to
 * LIMIT_VERIFY_ENTRIES entries after this number, in a snapshot, beside the writer.
 *
 * For the administrator: what is found names entries that others may not know of. ERR_FORBIDDEN; ERR_NOT_FOUND for who does
 * not read the journal at all. ERR_CONFLICT with one fault: what was found. ERR_BAD_INPUT: there is no entry `after`. */
/* Whether this one may ask at all: before anything of what he sent is looked at. */
NODISCARD enum err gate_may_verify(const struct principal *who, struct problem *why);
NODISCARD enum err gate_verify_journal(struct gate *g, const struct principal *who, uint64_t after, struct journal_proof *out,
                                       struct problem *why);

/* Every entry, for a sink of the operator's (server/audit_file.c): behind a named consumer of its own (content/journal/feed.h), so that
 * nothing is trimmed that was not handed over. For the server alone; one thread. */
NODISCARD enum err gate_sink_begin(struct gate *g, uint64_t *from, struct problem *why);
NODISCARD enum err gate_sink_read(struct gate *g, uint64_t after, size_t most, struct arena *a, struct entry **out, size_t *count,
                                  struct problem *why);
NODISCARD enum err gate_sink_done(struct gate *g, uint64_t seq, struct problem *why);
NODISCARD enum err gate_sink_drop(struct gate *g, struct problem *why);

#endif
