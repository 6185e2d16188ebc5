#include "roles/evidence.h"

#include "base/limits.h"
#include "content/chain.h"
#include "roles/internal.h"

enum err gate_verify_journal(struct gate *g, const struct principal *who, uint64_t after, struct journal_proof *out, struct problem *why)
{
    const struct collection *journal = model_find(who->rights->model, S("journal"));
    TRY(gate_allows(who, VERB_READ, journal, why));
    if (!who->rights->reaches_all)
        return problem_set(why, ERR_FORBIDDEN, "Only an administrator verifies the journal");
    return chain_check_part(g->content, after, LIMIT_VERIFY_ENTRIES, out, why);
}
