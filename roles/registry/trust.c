#include "roles/registry/trust.h"

#include "base/limits.h"
#include "content/system/registry/signatures.h"
#include "content/system/registry/trust_keys.h"
#include "roles/internal.h"

/* Whoever may not is told so, whatever else he may know. */
static enum err demand_create(const struct principal *who, const struct collection *c, struct problem *why)
{
    struct problem own = {.arena = why->arena};
    enum err e = gate_allows(who, VERB_CREATE, c, &own);
    if (e == ERR_OK || e == ERR_UNAVAILABLE)
        return e == ERR_OK ? e : problem_set(why, e, "Rights cannot be known right now");
    if (who->kind == PRINCIPAL_PUBLIC || who->by_token == TOKEN_REGISTRY)
        return problem_set(why, ERR_UNAUTHENTICATED, "Sign in or send an api-key");
    return problem_set(why, ERR_FORBIDDEN, "Administrators say whose signatures count");
}

static bool is_there_already(const struct problem *why)
{
    return why->fault_count == 1 && str_equal(why->faults[0].rule, S("unique"));
}

enum err gate_trust_key_add(struct gate *g, const struct principal *who, str tool, str store, str bytes, struct arena *a,
                            struct problem *why)
{
    const struct collection *c = model_find(who->rights->model, S("trust_keys"));
    struct problem own = {.arena = a};
    struct own_change o;
    struct trust_key key;
    enum trust_tool kind = TRUST_COSIGN;
    must(c != NULL && trust_tool_named(tool, &kind));
    TRY(demand_create(who, c, why));
    if (kind == TRUST_NOTATION && !str_is_absent(store) && !trust_store_known(store))
        return problem_set(why, ERR_BAD_INPUT, "truststoreType is ca, signingAuthority or tsa");
    TRY(trust_key_read(a, kind, bytes, &key, why));
    own_change_as(&o, g, a, who, S("trust_keys"), OP_CREATE);
    own_set_text(&o, S("tool"), tool);
    own_set_text(&o, S("pem"), key.pem);
    if (kind == TRUST_NOTATION)
        own_set_text(&o, S("store"), str_is_absent(store) ? S("ca") : store);
    enum err e = gate_write(g, who, &o.change, 1, a, &own);
    if (e == ERR_OK || is_there_already(&own))
        return ERR_OK;
    why->err = own.err;
    why->text = own.text;
    why->faults = own.faults;
    why->fault_count = own.fault_count;
    why->retry_after_s = own.retry_after_s;
    return e;
}

str signature_tool(const struct json *manifest)
{
    return signature_tool_of(manifest);
}

str signature_tag(struct arena *a, str digest)
{
    return signature_tag_of(a, digest);
}
