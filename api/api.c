#include "api/api.h"

#include "api/problem.h"

/* One row each, in the order in which the router gets them. */
/* clang-format off */
const struct api_table *const api_tables[] = {
    &content_api,
    &model_api,
    &page_api,
    &auth_api,
    &key_api,
    &account_api,
    &token_api,
    &system_api,
    &describe_api,
    &arrival_api,
    &oidc_api,
    &access_api,
    &notary_login_api,
    &notary_account_api,
};
/* clang-format on */
const size_t api_table_count = COUNTOF(api_tables);

size_t api_routes(struct api *api, struct route_set *out, size_t room)
{
    must(api_table_count <= room);
    for (size_t i = 0; i < api_table_count; i++)
        out[i] = (struct route_set){api_tables[i]->routes, api_tables[i]->count, api};
    return api_table_count;
}

static bool has_route(const struct api_table *t, const char *pattern)
{
    for (size_t i = 0; i < t->count; i++)
        if (t->routes[i].pattern == pattern)
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

void api_send_problem(struct exchange *x, const struct problem *why)
{
    for (size_t i = 0; i < api_table_count; i++) {
        const struct api_table *t = api_tables[i];
        bool is_its = x->route ? has_route(t, x->route) : has_path(t, x->path);
        if (is_its && t->problem) {
            t->problem(x, why);
            return;
        }
    }
    problem_send(x, why);
}
