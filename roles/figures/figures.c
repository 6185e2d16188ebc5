#include "roles/figures/figures.h"

#include "base/thread.h"
#include "roles/courier.h"
#include "roles/files/image_cache.h"
#include "roles/internal.h"
#include "roles/registry/memory.h"

void gate_inside(struct gate *g, struct gate_inside *out)
{
    const struct hits *who = identities_hits(g->identities), *manifests = manifest_memory_hits(g->manifests),
                      *pictures = image_cache_hits(g->image_cache);
    *out = (struct gate_inside){
        .identities_found = who->found, .identities_missed = who->missed,
        .manifests_found = manifests->found, .manifests_missed = manifests->missed,
        .pictures_found = pictures->found, .pictures_missed = pictures->missed,
        .errands = courier_length(g->courier), .passwords = password_waiters(), .password_hashes = password_hashes(),
    };
}

enum err gate_query_plan(struct gate *g, str statement, struct arena *a, str *out, struct problem *why)
{
    return content_explain(g->content, statement, a, out, why);
}

enum err gate_may_watch(struct gate *g, const struct principal *who, struct problem *why)
{
    const struct collection *journal = NULL;
    TRY(gate_collection(g, who, S("journal"), &journal, why));
    TRY(gate_allows(who, VERB_READ, journal, why));
    if (!gate_may_all(who, VERB_READ, journal))
        return problem_set(why, ERR_FORBIDDEN, "Only who may read all of the journal may see this");
    return ERR_OK;
}

enum err gate_may_furnish(struct gate *g, const struct principal *who, struct problem *why)
{
    static const str made[] = {STR("collections"), STR("roles"), STR("grants")};
    for (size_t i = 0; i < COUNTOF(made); i++) {
        const struct collection *in = NULL;
        TRY(gate_collection(g, who, made[i], &in, why));
        TRY(gate_allows(who, VERB_CREATE, in, why));
        if (!gate_may_all(who, VERB_CREATE, in))
            return problem_set(why, ERR_FORBIDDEN, "Only who may make all collections, roles and grants may do this");
    }
    return ERR_OK;
}

enum err gate_may_steer(struct gate *g, const struct principal *who, struct problem *why)
{
    const struct collection *settings = NULL;
    TRY(gate_may_watch(g, who, why));
    TRY(gate_collection(g, who, S("settings"), &settings, why));
    TRY(gate_allows(who, VERB_UPDATE, settings, why));
    if (!gate_may_all(who, VERB_UPDATE, settings))
        return problem_set(why, ERR_FORBIDDEN, "Only who may change all settings may do this");
    return ERR_OK;
}
