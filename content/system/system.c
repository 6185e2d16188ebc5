#include "content/system/system.h"

#include "base/embed.h"

extern const struct embedded embedded_models[];
extern const size_t embedded_models_count;

enum err system_definitions(struct arena *a, const struct json *const **out, size_t *count, struct problem *why)
{
    const struct json **list = NEW_N(a, const struct json *, embedded_models_count + 1);
    for (size_t i = 0; i < embedded_models_count; i++) {
        str text = embed_text(&embedded_models[i]);
        TRY(json_read(a, text, NULL, str_of(embedded_models[i].name), &list[i], why));
    }
    *out = list;
    *count = embedded_models_count;
    return ERR_OK;
}

/* Contract 3. Those without a file beside this one come with later work. */
static const str reserved[] = {
    STR("collections"), STR("users"), STR("groups"), STR("roles"), STR("grants"), STR("api_keys"), STR("service_accounts"),
    STR("sessions"), STR("tokens"), STR("settings"), STR("locales"), STR("assets"), STR("webhooks"),
    STR("deliveries"), STR("journal"), STR("repositories"), STR("manifests"), STR("tags"), STR("layers"),
    STR("blobs"), STR("uploads"), STR("trust_keys"), STR("retention_rules"), STR("preferences"), STR("certificate_requests"),
    STR("acme_accounts"), STR("acme_orders"), STR("acme_authorizations"), STR("certificates"), STR("certificate_authorities"), STR("certificate_profiles"), STR("issuing_rules"), STR("signing_keys"),
    STR("identity_providers"), STR("external_identities"), STR("devices"), STR("passkeys"),
    STR("asset_folders"),
    STR("trash"), STR("schedules"), STR("releases"), STR("graphql_documents"), STR("action_secrets"),
    STR("upstreams"), STR("views"),
};

/* Letter case makes no difference to databases, so it makes none here. */
bool system_name_reserved(str name)
{
    for (size_t i = 0; i < COUNTOF(reserved); i++) {
        if (str_equal_nocase(reserved[i], name))
            return true;
    }
    return false;
}
