#include "api/api.h"

#include "api/problem.h"

/* One row each, in the order in which the router gets them. */
/* clang-format off */
const struct api_table *const api_tables[] = {
    &content_api, &batch_api, &state_api,
    &events_api,
    &journal_api,
    &model_api,
    &page_api,
    &languages_api,
    &auth_api,
    &key_api,
    &account_api,
    &second_factor_api,
    &passkey_api,
    &token_api,
    &system_api,
    &describe_api,
    &arrival_api,
    &oidc_api,
    &access_api,
    &notary_login_api,
    &notary_account_api,
    &notary_request_api,
    &notary_authority_api,
    &notary_cluster_api,
    &zot_key_api,
    &oci_session_api,
    &oci_token_api,
    &oci_registry_api,
    &oci_extension_api,
    &oci_trust_api,
    &chutes_api,
    &chutes_me_api,
    &registry_auth_api,
    &zenml_api,
    &asset_api,
    &pki_api,
    &certificate_file_api,
    &acme_api,
};
/* clang-format on */
const size_t api_table_count = COUNTOF(api_tables);

/* The same routes elsewhere. */
static const struct route *moved(struct arena *a, const struct api_table *t, str prefix)
{
    struct route *routes = NEW_N(a, struct route, t->count);
    for (size_t i = 0; i < t->count; i++) {
        routes[i] = t->routes[i];
        routes[i].pattern = arena_cstr(a, arena_format(a, STR_FMT "%s", STR_ARG(prefix), t->routes[i].pattern));
    }
    return routes;
}

size_t api_routes(struct api *api, struct arena *a, struct route_set *out, size_t room)
{
    size_t count = 0;
    must(api_table_count <= room);
    for (size_t i = 0; i < api_table_count; i++) {
        const struct api_table *t = api_tables[i];
        str prefix = t->prefix ? t->prefix(api) : (str){0};
        if (!t->is_on || t->is_on(api))
            out[count++] = (struct route_set){prefix.len ? moved(a, t, prefix) : t->routes, t->count, api};
    }
    return count;
}

static bool has_route(const struct api_table *t, const char *pattern)
{
    for (size_t i = 0; i < t->count; i++)
        if (t->routes[i].pattern == pattern)
            return true;
    return false;
}

/* Of the tables that may have been moved alone: other patterns may well end alike. */
static bool has_moved_route(const struct api_table *t, const char *pattern)
{
    for (size_t i = 0; t->prefix && i < t->count; i++)
        if (str_ends(str_of(pattern), str_of(t->routes[i].pattern)))
            return true;
    return false;
}

static bool has_path(const struct api_table *t, str path)
{
    for (size_t i = 0; t->realms && t->realms[i]; i++)
        if (str_starts(path, str_of(t->realms[i])))
            return true;
    return false;
}

static const struct api_table *table_of(const struct exchange *x)
{
    for (size_t i = 0; i < api_table_count; i++)
        if (x->route ? has_route(api_tables[i], x->route) : has_path(api_tables[i], x->path))
            return api_tables[i];
    for (size_t i = 0; x->route && i < api_table_count; i++)
        if (has_moved_route(api_tables[i], x->route))
            return api_tables[i];
    return NULL;
}

void api_send_problem(struct exchange *x, const struct problem *why)
{
    const struct api_table *t = table_of(x);
    if (t && t->problem)
        t->problem(x, why);
    else
        problem_send(x, why);
}
