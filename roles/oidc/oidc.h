#ifndef ROLES_OIDC_OIDC_H
#define ROLES_OIDC_OIDC_H
#include "roles/internal.h"
#include "roles/sign_in/arrival.h"

/* Signing in at an OpenID provider (Core 1.0, code flow with PKCE and nonce; SE-6), in parts that know
 * nothing of each other: what a provider says of itself, what a token of its says, the way there and back,
 * whose account that is. */

/* A row of identity_providers. */
struct provider {
    str id, name, label, issuer, client_id, certificates;
    const str *scopes;
    size_t scope_count;
    bool allow_signup;
    str roles_claim;
    const struct json *role_mapping, *default_roles; /* NULL: none */
};
/* The enabled one of this name; ERR_NOT_FOUND. */
NODISCARD enum err provider_find(struct gate *g, struct arena *a, str name, struct provider *out, struct problem *why);
NODISCARD enum err provider_list(struct gate *g, struct arena *a, struct provider **out, size_t *count, struct problem *why);
/* {0}: a public client. */
NODISCARD enum err provider_secret(struct gate *g, struct arena *a, const struct provider *p, str *out, struct problem *why);

/* documents.c: what it publishes, remembered for LIMIT_PROVIDER_AGE_S. */
struct provider_documents;
struct provider_documents *provider_documents_open(void);
void provider_documents_close(struct provider_documents *d); /* NULL is fine */
struct provider_metadata {
    str authorization_endpoint, token_endpoint;
    bool takes_basic;                 /* client_secret_basic; else client_secret_post */
    bool says_issuer;                 /* in its redirects (RFC 9207) */
    const struct json *keys;          /* {"keys": […]} */
};
/* kid: look again when no such key is there, but not every time; {0}: nothing is looked for. ERR_UNAVAILABLE. */
NODISCARD enum err provider_metadata(struct gate *g, struct arena *a, const struct provider *p, str kid,
                                     struct provider_metadata *out, struct problem *why);
/* A fetch for this provider: few at a time, its own certificates. */
NODISCARD enum err provider_fetch(struct gate *g, struct arena *a, const struct provider *p, const struct outbound_request *wish,
                                  struct outbound_answer *out, struct problem *why);

/* flow.c: which ways to a provider have led back already; freed with the arena. */
struct used_flows *used_flows_open(struct arena *a);
void used_flows_close(struct used_flows *u); /* NULL is fine */

/* token.c: pure. ERR_UNAUTHENTICATED with one sentence for all reasons; `reason` has a word for the log. */
struct id_token_rules {
    const struct json *keys;
    str issuer, client_id, nonce, access_token; /* access_token {0}: none came */
    int64_t now_ms;
};
struct id_claims {
    str subject, email, full_name;
    bool email_verified;
    const struct json *all;
};
NODISCARD enum err id_token_kid(struct arena *a, str token, str *kid, struct problem *why);
NODISCARD enum err id_token_read(struct arena *a, str token, const struct id_token_rules *rules, struct id_claims *out,
                                 struct problem *why);

/* account.c: whose account it is, and the session. link_to: the person who asked for the link; {0}: sign in. */
NODISCARD enum err oidc_sign_in(struct gate *g, struct exchange *x, const struct provider *p, const struct id_claims *claims,
                                str link_to, struct signed_in *out, struct problem *why);

#endif
