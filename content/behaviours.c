/* Which system collections have code behind them. One row each; adding one is a row and a file. */
#include "content/behaviour.h"

#include "content/internal.h"
#include "content/system/behaviours.h"

const struct behaviour *const behaviours[] = {
    &behaviour_collections,
    &behaviour_locales,
    &behaviour_api_keys,
    &behaviour_service_accounts,
    &behaviour_roles,
    &behaviour_grants,
    &behaviour_groups,
    &behaviour_settings,
    &behaviour_users,
    &behaviour_passkeys,
    &behaviour_signing_keys,
    &behaviour_identity_providers,
    &behaviour_devices,
    &behaviour_assets,
    &behaviour_uploads,
    &behaviour_schedules,
    &behaviour_graphql_documents,
    &behaviour_webhooks,
    &behaviour_deliveries,
    &behaviour_action_secrets,
    &behaviour_repositories,
    &behaviour_manifests,
    &behaviour_layers,
    &behaviour_tags,
    &behaviour_upstreams,
    &behaviour_certificate_requests,
    &behaviour_certificates,
    &behaviour_certificate_authorities,
    &behaviour_certificate_profiles,
    &behaviour_issuing_rules,
    &behaviour_acme_accounts,
    &behaviour_acme_orders,
    &behaviour_acme_authorizations,
    &behaviour_trust_keys,
    &behaviour_retention_rules,
    NULL,
};

const struct behaviour *behaviour_of(str collection)
{
    for (size_t i = 0; behaviours[i]; i++)
        if (str_equal(behaviours[i]->collection, collection))
            return behaviours[i];
    return NULL;
}

static const struct action_code *code_of(str collection, str action)
{
    const struct behaviour *b = behaviour_of(collection);
    for (size_t i = 0; b && i < b->action_count; i++)
        if (str_equal(b->actions[i].name, action))
            return &b->actions[i];
    return NULL;
}

bool action_reads_only(str collection, str action)
{
    const struct action_code *code = code_of(collection, action);
    return code && code->reads_only;
}

bool action_for_makers(str collection, str action)
{
    const struct action_code *code = code_of(collection, action);
    return code && code->for_makers;
}
