/* GET /registry/auth (chutes-keys.md 8): a proxy in front of a registry asks here before each request, with all
 * headers of the client's, and puts the Authorization of this answer into the request that it passes on. */
#include "api/chutes/chutes.h"
#include "api/oci/token.h"
#include "base/crypt.h"
#include "base/limits.h"

/* The repository in "/v2/name/manifests/…", read from the end: a name may have these words in it. */
static bool repository_in(struct arena *a, str uri, str *name)
{
    static const str words[] = {STR("/manifests/"), STR("/blobs/"), STR("/tags/"), STR("/referrers/"), STR("/_oci/")};
    str path, query;
    (void)str_cut(uri, '?', &path, &query);
    if (!str_starts(path, S("/v2/")) || !percent_decode(a, str_slice(path, 4, path.len), false, &path))
        return false;
    for (size_t i = path.len; i > 0; i--)
        for (size_t k = 0; k < COUNTOF(words); k++)
            if (str_starts(str_slice(path, i - 1, path.len), words[k])) {
                *name = str_slice(path, 0, i - 1);
                return true;
            }
    return false;
}

static enum err refuse(struct problem *why)
{
    return problem_set(why, ERR_FORBIDDEN, "This credential does not pull from there");
}

static enum err check_repository(struct api *api, struct exchange *x, struct oci_grants *out, struct problem *why)
{
    str uri = exchange_header(x, S("x-original-uri")), name;
    bool is_named = repository_in(x->arena, uri, &name);
    const struct collection *c;
    if (is_named) {
        str wish = arena_format(x->arena, "repository:" STR_FMT ":pull", STR_ARG(name));
        TRY(oci_grant(api->gate, x, &wish, 1, out, why));
        return out->any ? ERR_OK : refuse(why);
    }
    if (uri.len && !str_equal(uri, S("/v2/")) && !str_starts(uri, S("/v2/_")))
        return refuse(why);
    if (gate_collection(api->gate, x->who, S("repositories"), &c, why) != ERR_OK || gate_allows(x->who, VERB_READ, c, why) != ERR_OK)
        return refuse(why);
    return oci_grant(api->gate, x, NULL, 0, out, why);
}

static enum err auth(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct oci_grants grants;
    struct token made;
    (void)p;
    if (x->who->kind == PRINCIPAL_PUBLIC)
        return problem_set(why, ERR_UNAUTHENTICATED, "Sign in or send an api-key");
    TRY(check_repository(api, x, &grants, why));
    str password = api->options.registry_password, value;
    if (str_is_absent(password)) {
        TRY(gate_registry_token(api->gate, x, &grants.scopes, &grants.access, &made, why));
        value = arena_format(x->arena, "Bearer " STR_FMT, STR_ARG(made.text));
    } else {
        str pair = arena_format(x->arena, ":" STR_FMT, STR_ARG(password));
        value = arena_format(x->arena, "Basic " STR_FMT, STR_ARG(base64_encode(x->arena, pair)));
    }
    exchange_add_header(x, S("Authorization"), value);
    exchange_add_header(x, S("Cache-Control"), S("no-store"));
    exchange_send_json(x, 200, S("{\"authenticated\":true}"));
    return ERR_OK;
}

/* clang-format off */
static const struct route registry_routes[] = {
    {M_GET, "/registry/auth", auth, 0, 0, "For proxies: may this request pull, and what to send on"},
};
/* clang-format on */
const struct api_table registry_auth_api = {.routes = registry_routes,
                                            .count = COUNTOF(registry_routes),
                                            .problem = chutes_problem, .problem_name = "FastApiProblem",
                                            .is_on = chutes_is_on,
                                            .prefix = chutes_prefix};
