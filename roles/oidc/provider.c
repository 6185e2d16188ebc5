/* Identity providers as the administrators wrote them down. */
#include "base/limits.h"
#include "content/kind.h"
#include "roles/oidc/oidc.h"

static const str *texts_of(struct arena *a, const struct json *list, size_t *count)
{
    *count = 0;
    if (!list || list->type != JSON_LIST)
        return NULL;
    str *texts = NEW_N(a, str, list->count);
    for (uint32_t i = 0; i < list->count; i++)
        if (list->items[i].type == JSON_TEXT)
            texts[(*count)++] = list->items[i].text;
    return texts;
}

static struct provider provider_of(struct arena *a, const struct json *item)
{
    struct provider p = {
        .id = item_text(item, S("_id")),
        .name = item_text(item, S("name")),
        .label = item_text(item, S("label")),
        .issuer = item_text(item, S("issuer")),
        .client_id = item_text(item, S("client_id")),
        .certificates = item_text(item, S("certificates")),
        .allow_signup = item_flag(item, S("allow_signup"), false),
        .roles_claim = item_text(item, S("roles_claim")),
        .role_mapping = json_get(item, S("role_mapping")),
        .default_roles = json_get(item, S("default_roles")),
    };
    p.scopes = texts_of(a, json_get(item, S("scopes")), &p.scope_count);
    if (str_is_absent(p.label) || p.label.len == 0)
        p.label = p.name;
    return p;
}

enum err provider_find(struct gate *g, struct arena *a, str name, struct provider *out, struct problem *why)
{
    const struct json *item = NULL;
    const struct rights *server = policy_system_rights(g->policy, SYSTEM_LOGIN);
    enum err e = read_item(g->content, server, S("identity_providers"), S("name"), name, a, &item, why);
    counted_release((struct counted *)(uintptr_t)&server->counted);
    TRY(e);
    if (!item || !item_flag(item, S("enabled"), true) || str_is_absent(g->outside.site_url))
        return problem_set(why, ERR_NOT_FOUND, "There is no identity provider of this name");
    *out = provider_of(a, item);
    return ERR_OK;
}

enum err provider_list(struct gate *g, struct arena *a, struct provider **out, size_t *count, struct problem *why)
{
    struct item_list items = {0};
    *count = 0;
    if (str_is_absent(g->outside.site_url))
        return ERR_OK;
    const struct rights *server = policy_system_rights(g->policy, SYSTEM_LOGIN);
    enum err e = read_items(g->content, server, S("identity_providers"), NULL, a, &items, why);
    counted_release((struct counted *)(uintptr_t)&server->counted);
    TRY(e);
    *out = NEW_N(a, struct provider, items.count);
    for (size_t i = 0; i < items.count; i++)
        if (item_flag(&items.items[i], S("enabled"), true))
            (*out)[(*count)++] = provider_of(a, &items.items[i]);
    return ERR_OK;
}

enum err provider_secret(struct gate *g, struct arena *a, const struct provider *p, str *out, struct problem *why)
{
    struct problem own = {.arena = a};
    const struct rights *server = policy_system_rights(g->policy, SYSTEM_LOGIN);
    const struct collection *c = model_find(server->model, S("identity_providers"));
    enum err e = content_secret(g->content, c, p->id, collection_field(c, S("client_secret")), a, out, &own);
    counted_release((struct counted *)(uintptr_t)&server->counted);
    if (e == ERR_NOT_FOUND)
        *out = (str){0};
    return e == ERR_OK || e == ERR_NOT_FOUND ? ERR_OK : problem_set(why, e, "The provider's secret cannot be read now");
}
