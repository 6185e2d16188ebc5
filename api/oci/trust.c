/* Keys whose signatures count, uploaded as zot takes them (oci-registry.md 11.5): the file is the body, whatever its type. */
#include "roles/registry/trust.h"
#include "api/oci/registry.h"
#include "base/limits.h"

static enum err add(struct exchange *x, struct api *api, str tool, str store, struct problem *why)
{
    str body;
    TRY(exchange_body(x, &body, why));
    TRY(gate_trust_key_add(api->gate, x->who, tool, store, body, x->arena, why));
    oci_send_empty(x, 200);
    return ERR_OK;
}

static enum err add_cosign(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    (void)p;
    return add(x, app, S("cosign"), (str){0}, why);
}

static enum err add_notation(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    (void)p;
    return add(x, app, S("notation"), oci_parameter(x, "truststoreType"), why);
}

/* clang-format off */
static const struct route trust_routes[] = {
    {M_POST, "/v2/_zot/ext/cosign",   add_cosign,   LIMIT_TRUST_KEY_BYTES, 0, "Trust what this public key of cosign signs"},
    {M_POST, "/v2/_zot/ext/notation", add_notation, LIMIT_TRUST_KEY_BYTES, 0, "Trust what these certificates vouch for, by notation"},
};
/* clang-format on */
const struct api_table oci_trust_api = {
    .routes = trust_routes, .count = COUNTOF(trust_routes), .problem = oci_problem, .problem_name = "OciProblem"};
