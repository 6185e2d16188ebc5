/* openid of zot: identity_providers. Roles by claim are those of the groups that policies name. */
#include "base/limits.h"
#include "server/transfer/import_zot.h"

#define KEY_FILE_BYTES (64u << 10)

static const struct known {
    str name;
    const char *issuer, *label;
} known[] = {
    {STR("google"), "https://accounts.google.com", "Google"},
    {STR("gitlab"), "https://gitlab.com", "GitLab"},
};

static str said_or(const struct json *v, str name, const char *otherwise)
{
    str said = text_member(v, name);
    return said.len ? said : str_of(otherwise);
}

/* {clientid, clientsecret}: in the file that keypath names, or beside it. */
static const struct json *credentials_of(struct zot *z, const struct json *provider)
{
    str path = text_member(provider, S("keypath")), text;
    const struct json *out;
    struct problem own = {.arena = z->arena};
    if (path.len == 0)
        return provider;
    text = zot_file(z, path, KEY_FILE_BYTES);
    if (str_is_absent(text))
        return provider;
    if (json_read(z->arena, text, NULL, S(""), &out, &own) == ERR_OK && out->type == JSON_MAP)
        return out;
    transfer_tell(z->to, arena_format(z->arena, "The file " STR_FMT " is no JSON object with clientid and clientsecret", STR_ARG(path)));
    return provider;
}

static struct json role_mapping(struct zot *z)
{
    struct member_list m = {.arena = z->arena};
    for (size_t i = 0; i < z->access.subject_count; i++)
        if (z->access.subjects[i].whom == ZOT_GROUP)
            member_put(&m, z->access.subjects[i].name, json_of_text(zot_role_name(z->arena, ZOT_GROUP, z->access.subjects[i].name)));
    return member_map(&m);
}

static void put_groups(struct zot *z, struct member_list *m, const struct json *provider)
{
    struct json mapping = role_mapping(z);
    if (mapping.count == 0)
        return;
    member_put(m, S("roles_claim"), json_of_text(said_or(json_get(provider, S("claimMapping")), S("groups"), "groups")));
    member_put(m, S("role_mapping"), mapping);
}

static enum err take_provider(struct zot *z, const struct json *provider)
{
    struct member_list m = {.arena = transfer_arena(z->to)};
    const struct known *k = NULL;
    const struct json *credentials = credentials_of(z, provider), *scopes = json_get(provider, S("scopes"));
    for (size_t i = 0; i < COUNTOF(known); i++)
        if (str_equal(known[i].name, provider->name))
            k = &known[i];
    str issuer = said_or(provider, S("issuer"), k ? k->issuer : NULL), client = text_member(credentials, S("clientid"));
    if (issuer.len == 0 || client.len == 0) {
        transfer_tell(z->to, arena_format(z->arena, "The provider " STR_FMT " is left out: it has no %s%s", STR_ARG(provider->name),
                                          issuer.len ? "clientid" : "issuer", str_equal(provider->name, S("github")) ? ", for it does not speak OpenID Connect" : ""));
        return ERR_OK;
    }
    member_put(&m, S("_id"), json_of_text(transfer_id(z->arena, S("zot"), S("identity_providers"), provider->name)));
    member_put(&m, S("name"), json_of_text(provider->name));
    member_put(&m, S("label"), json_of_text(said_or(provider, S("name"), k ? k->label : "OpenID Connect")));
    member_put(&m, S("issuer"), json_of_text(issuer));
    member_put(&m, S("client_id"), json_of_text(client));
    if (text_member(credentials, S("clientsecret")).len)
        member_put(&m, S("client_secret"), json_of_text(text_member(credentials, S("clientsecret"))));
    if (!says_nothing(scopes))
        member_put(&m, S("scopes"), *scopes);
    member_put(&m, S("allow_signup"), json_true);
    put_groups(z, &m, provider);
    transfer_tell(z->to, arena_format(z->arena, "Register <site.url>/api/auth/oidc/" STR_FMT "/callback with the provider " STR_FMT " (site.url in the configuration)",
                                      STR_ARG(provider->name), STR_ARG(provider->name)));
    return zot_give(z, &m);
}

enum err zot_take_providers(struct zot *z)
{
    const struct json *providers = zot_key(z->config, S("http.auth.openid.providers"));
    if (says_nothing(providers) || providers->type != JSON_MAP)
        return ERR_OK;
    TRY(transfer_into(z->to, S("identity_providers"), z->why));
    for (uint32_t i = 0; i < providers->count; i++)
        if (providers->items[i].type == JSON_MAP)
            TRY(take_provider(z, &providers->items[i]));
    return ERR_OK;
}
