#ifndef CONTENT_SYSTEM_BEHAVIOURS_H
#define CONTENT_SYSTEM_BEHAVIOURS_H
#include "content/behaviour.h"

/* The behaviours that content/behaviours.c lists. */
extern const struct behaviour behaviour_collections; /* site/collections.c */
extern const struct behaviour behaviour_locales;     /* site/locales.c */
extern const struct behaviour behaviour_api_keys;    /* keys/api_keys.c */
extern const struct behaviour behaviour_roles, behaviour_grants, behaviour_groups, behaviour_settings; /* people/roles.c */
extern const struct behaviour behaviour_passkeys;    /* people/passkeys.c */
extern const struct behaviour behaviour_users;       /* people/users.c */
extern const struct behaviour behaviour_devices;     /* people/devices.c */
extern const struct behaviour behaviour_identity_providers; /* people/identity_providers.c */
extern const struct behaviour behaviour_service_accounts; /* keys/service_accounts.c */
extern const struct behaviour behaviour_signing_keys; /* keys/signing_keys.c */
extern const struct behaviour behaviour_assets;      /* site/assets.c */
extern const struct behaviour behaviour_uploads;     /* registry/uploads.c */
extern const struct behaviour behaviour_schedules;    /* site/schedules.c */
extern const struct behaviour behaviour_graphql_documents; /* site/graphql_documents.c */
extern const struct behaviour behaviour_webhooks;    /* site/webhooks.c */
extern const struct behaviour behaviour_deliveries;  /* site/deliveries.c */
extern const struct behaviour behaviour_action_secrets; /* site/action_secrets.c */
extern const struct behaviour behaviour_repositories; /* registry/push.c */
extern const struct behaviour behaviour_manifests, behaviour_layers, behaviour_tags; /* registry/parts.c */
extern const struct behaviour behaviour_upstreams;    /* registry/upstreams.c */
extern const struct behaviour behaviour_certificate_requests, behaviour_certificates, behaviour_certificate_authorities; /* pki/ */
extern const struct behaviour behaviour_certificate_profiles, behaviour_issuing_rules;
extern const struct behaviour behaviour_acme_accounts, behaviour_acme_orders, behaviour_acme_authorizations; /* pki/acme.c */
extern const struct behaviour behaviour_trust_keys; /* registry/trust_keys.c */
extern const struct behaviour behaviour_retention_rules; /* registry/retention_rules.c */

#endif
