#include "roles/upkeep/evidence.h"

#include "base/limits.h"
#include "content/journal/chain.h"
#include "content/journal/feed.h"
#include "roles/internal.h"

enum err gate_may_verify(const struct principal *who, struct problem *why)
{
    const struct collection *journal = model_find(who->rights->model, S("journal"));
    TRY(gate_allows(who, VERB_READ, journal, why));
    return who->rights->reaches_all ? ERR_OK : problem_set(why, ERR_FORBIDDEN, "Only an administrator verifies the journal");
}

enum err gate_verify_journal(struct gate *g, const struct principal *who, uint64_t after, struct journal_proof *out, struct problem *why)
{
    TRY(gate_may_verify(who, why));
    return chain_check_part(g->content, after, LIMIT_VERIFY_ENTRIES, out, why);
}

#define SINK S("audit_file")

enum err gate_sink_begin(struct gate *g, uint64_t *from, struct problem *why)
{
    return feed_begin(g->content, SINK, from, why);
}

enum err gate_sink_read(struct gate *g, uint64_t after, size_t most, struct arena *a, struct entry **out, size_t *count, struct problem *why)
{
    return journal_read(g->content, after, most, a, out, count, why);
}

enum err gate_sink_done(struct gate *g, uint64_t seq, struct problem *why)
{
    return feed_done(g->content, SINK, seq, why);
}

enum err gate_sink_drop(struct gate *g, struct problem *why)
{
    return g->read_only ? ERR_OK : feed_drop(g->content, SINK, why);
}
