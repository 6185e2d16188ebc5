/* The paths that the surfaces of the matrix do not take: other ways to list, aggregations, descriptions. And
 * the table of all paths: one that is not in it fails here, so that nobody adds a way around the law. */
#include "tests/support/check.h"

#include "api/api.h"
#include "graphql/http/http.h"
#include "tests/gate/matrix.h"
#include "tests/support/rest.h"

static const struct {
    enum method method;
    const char *pattern;
    enum { BY_MATRIX, HERE, NO_CONTENT, LIKE_A_LISTING } how;
} entries[] = {
    {M_GET, "/api/content/item/{model}", BY_MATRIX},
    {M_GET, "/api/content/item/{model}/{id}", BY_MATRIX},
    {M_POST, "/api/content/item/{model}", BY_MATRIX},
    {M_PUT, "/api/content/item/{model}", BY_MATRIX},
    {M_PATCH, "/api/content/item/{model}", BY_MATRIX},
    {M_PUT, "/api/content/item/{model}/{id}", BY_MATRIX},
    {M_PATCH, "/api/content/item/{model}/{id}", BY_MATRIX},
    {M_DELETE, "/api/content/item/{model}/{id}", BY_MATRIX},
    {M_POST, "/api/content/item/{model}/{id}/{action}", BY_MATRIX},
    {M_POST, "/api/content/item/{model}/{id}/move", BY_MATRIX}, /* an update like others: tests/api/test_trees.c */
    {M_POST, "/api/content/action/{model}/{action}", BY_MATRIX}, /* the same handler */
    {M_GET, "/api/content/items/{model}", BY_MATRIX},
    {M_POST, "/api/content/items/{model}", HERE},
    {M_PUT, "/api/content/items/{model}", HERE},
    {M_PATCH, "/api/content/items/{model}", HERE},
    {M_DELETE, "/api/content/items/{model}", HERE},
    {M_POST, "/api/batch", HERE},
    {M_GET, "/api/events", LIKE_A_LISTING}, /* look_at: tests/unit/roles/test_feed.c */
    {M_POST, "/api/content/items/{model}/query", HERE},
    {M_GET, "/api/content/items", HERE},
    {M_GET, "/api/content/search", LIKE_A_LISTING}, /* one gate_read per collection: tests/api/test_search.c */
    {M_GET, "/api/content/tree/{model}", HERE},
    {M_GET, "/api/content/groups/{model}", HERE},
    {M_GET, "/api/content/aggregate/{model}", HERE},
    {M_GET, "/api/content/export/{model}", HERE},
    {M_POST, "/api/journal/verify", NO_CONTENT}, /* the administrator's: tests/unit/api/test_audit.c */
    {M_POST, "/api/content/item/{model}/{id}/publish", NO_CONTENT}, /* these: tests/unit/api/test_states.c */
    {M_POST, "/api/content/item/{model}/{id}/unpublish", NO_CONTENT},
    {M_POST, "/api/content/item/{model}/{id}/archive", NO_CONTENT},
    {M_POST, "/api/content/item/{model}/{id}/discard", NO_CONTENT},
    {M_GET, "/api/content/item/{model}/{id}/history", NO_CONTENT},
    {M_GET, "/api/content/item/{model}/{id}/history/{rev}", NO_CONTENT},
    {M_GET, "/api/content/item/{model}/{id}/diff", NO_CONTENT},
    {M_POST, "/api/content/item/{model}/{id}/restore", NO_CONTENT},
    {M_GET, "/api/content/trash/{model}", NO_CONTENT},
    {M_POST, "/api/content/trash/{model}/{id}/restore", NO_CONTENT},
    {M_DELETE, "/api/content/trash/{model}/{id}", NO_CONTENT},
    {M_GET, "/api/content/models", HERE},
    {M_GET, "/api/content/models/{model}", HERE},
    {M_GET, "/api/content/models/{model}/schema", HERE},
    {M_POST, "/api/content/models/plan", NO_CONTENT}, /* changes of "collections" by gate_plan and gate_write */
    {M_POST, "/api/content/models/apply", NO_CONTENT},
    {M_GET, "/api/content/models/{model}/languages", LIKE_A_LISTING}, /* numbers, of what gate_read shows */
    {M_GET, "/api/openapi.json", HERE},
    {M_GET, "/openapi.json", HERE},
    {M_GET, "/docs/errors", NO_CONTENT},
    {M_GET, "/livez", NO_CONTENT},
    {M_GET, "/readyz", NO_CONTENT},
    {M_GET, "/startupz", NO_CONTENT},
    {M_GET, "/api/system/healthcheck", NO_CONTENT},
    {M_GET, "/api/auth/methods", NO_CONTENT},
    {M_POST, "/api/auth/setup", NO_CONTENT}, /* tests/unit/api/test_auth.c */
    {M_POST, "/api/auth/login", NO_CONTENT},
    {M_POST, "/api/auth/leaked", NO_CONTENT}, /* tests/unit/roles/test_bad_keys.c */
    {M_POST, "/api/auth/logout", NO_CONTENT},
    {M_GET, "/api/auth/me", NO_CONTENT},
    {M_POST, "/api/auth/invite", NO_CONTENT}, /* gate_write with the caller's principal: tests/unit/roles/test_links.c */
    {M_POST, "/api/auth/accept", NO_CONTENT},
    {M_POST, "/api/auth/reset", NO_CONTENT}, /* tests/outside/mail.py */
    {M_POST, "/api/auth/reset/confirm", NO_CONTENT},
    {M_POST, "/api/auth/magic", NO_CONTENT},
    {M_POST, "/api/auth/magic/confirm", NO_CONTENT},
    {M_POST, "/api/auth/verify", NO_CONTENT},
    {M_POST, "/api/auth/verify/confirm", NO_CONTENT},
    {M_GET, "/api/auth/oidc/{provider}", NO_CONTENT}, /* tests/outside/oidc.py */
    {M_POST, "/api/auth/oidc/{provider}/link", NO_CONTENT},
    {M_GET, "/api/auth/oidc/{provider}/callback", NO_CONTENT},
    {M_GET, "/api/auth/explain", BY_MATRIX}, /* test_explain.c holds it against the doors */
    {M_GET, "/api/auth/templates", NO_CONTENT},
    {M_POST, "/api/auth/token", NO_CONTENT}, /* tests/unit/api/test_tokens.c */
    {M_GET, "/.well-known/jwks.json", NO_CONTENT},
    {M_PATCH, "/api/auth/me", NO_CONTENT}, /* tests/unit/api/test_account.c */
    {M_PUT, "/api/auth/password", NO_CONTENT},
    {M_POST, "/api/auth/second", NO_CONTENT}, /* tests/unit/api/test_second_factor.c */
    {M_POST, "/api/auth/step-up", NO_CONTENT},
    {M_POST, "/api/auth/totp/begin", NO_CONTENT},
    {M_POST, "/api/auth/totp/confirm", NO_CONTENT},
    {M_DELETE, "/api/auth/totp", NO_CONTENT},
    {M_POST, "/api/auth/recovery-codes", NO_CONTENT},
    {M_POST, "/api/auth/passkeys/begin", NO_CONTENT}, /* tests/unit/api/test_passkeys.c */
    {M_POST, "/api/auth/passkeys/finish", NO_CONTENT},
    {M_DELETE, "/api/auth/passkeys/{id}", NO_CONTENT},
    {M_POST, "/api/auth/passkey/begin", NO_CONTENT},
    {M_POST, "/api/auth/passkey/finish", NO_CONTENT},
    {M_POST, "/api/auth/sessions/end-all", NO_CONTENT},
    {M_GET, "/api/pages/menus", LIKE_A_LISTING}, /* gate_collection and gate_read with the caller's principal */
    {M_GET, "/api/pages/menu/{name}", LIKE_A_LISTING},
    {M_GET, "/api/pages/pages", LIKE_A_LISTING},
    {M_GET, "/api/pages/page", LIKE_A_LISTING},
    {M_GET, "/api/pages/page/{id}", LIKE_A_LISTING},
    {M_GET, "/api/pages/routes", LIKE_A_LISTING},
    {M_GET, "/api/v1/certificate_requests", NO_CONTENT}, /* these: tests/transcripts/notary/certificates.http, by the gate's own doors */
    {M_POST, "/api/v1/certificate_requests", NO_CONTENT},
    {M_GET, "/api/v1/certificate_requests/{id}", NO_CONTENT},
    {M_DELETE, "/api/v1/certificate_requests/{id}", NO_CONTENT},
    {M_POST, "/api/v1/certificate_requests/{id}/reject", NO_CONTENT},
    {M_POST, "/api/v1/certificate_requests/{id}/sign", NO_CONTENT},
    {M_POST, "/api/v1/certificate_requests/{id}/certificate", NO_CONTENT},
    {M_DELETE, "/api/v1/certificate_requests/{id}/certificate", NO_CONTENT},
    {M_POST, "/api/v1/certificate_requests/{id}/certificate/revoke", NO_CONTENT},
    {M_GET, "/api/v1/certificate_authorities", NO_CONTENT},
    {M_POST, "/api/v1/certificate_authorities", NO_CONTENT},
    {M_GET, "/api/v1/certificate_authorities/{id}", NO_CONTENT},
    {M_PUT, "/api/v1/certificate_authorities/{id}", NO_CONTENT},
    {M_DELETE, "/api/v1/certificate_authorities/{id}", NO_CONTENT},
    {M_GET, "/api/v1/certificate_authorities/{id}/crl", NO_CONTENT},
    {M_POST, "/api/v1/certificate_authorities/{id}/certificate", NO_CONTENT},
    {M_POST, "/api/v1/certificate_authorities/{id}/sign", NO_CONTENT},
    {M_POST, "/api/v1/certificate_authorities/{id}/revoke", NO_CONTENT},
    {M_GET, "/api/v1/certificate_authorities/{id}/crl.der", NO_CONTENT},
    {M_GET, "/api/v1/certificate_authorities/{id}/crl.pem", NO_CONTENT},
    {M_GET, "/api/v1/cluster/members", NO_CONTENT}, /* one node, no content: tests/api/test_notary.c */
    {M_GET, "/api/v1/cluster/status", NO_CONTENT},
    {M_POST, "/api/v1/cluster/members/tokens", NO_CONTENT},
    {M_POST, "/api/v1/cluster/members/join", NO_CONTENT},
    {M_POST, "/api/v1/cluster/members/{id}/promote", NO_CONTENT},
    {M_DELETE, "/api/v1/cluster/members/{id}", NO_CONTENT},
    {M_PUT, "/api/v1/cluster/acme-issuer", NO_CONTENT},
    {M_GET, "/api/v1/acme_servers", NO_CONTENT},
    {M_POST, "/api/v1/acme_servers", NO_CONTENT},
    {M_GET, "/api/v1/acme_servers/{id}", NO_CONTENT},
    {M_PUT, "/api/v1/acme_servers/{id}", NO_CONTENT},
    {M_DELETE, "/api/v1/acme_servers/{id}", NO_CONTENT},
    {M_PUT, "/api/v1/acme_servers/{id}/active", NO_CONTENT},
    {M_GET, "/api/content/item/certificates/{id}/pem", NO_CONTENT}, /* by gate_read with the caller's principal: tests/api/test_certificate_files.c */
    {M_GET, "/api/content/item/certificates/{id}/chain", NO_CONTENT},
    {M_GET, "/api/content/item/certificates/{id}/der", NO_CONTENT},
    {M_POST, "/api/content/item/certificates/{id}/pkcs12", NO_CONTENT},
    {M_GET, "/api/content/item/certificate_requests/{id}/pem", NO_CONTENT},
    {M_GET, "/api/content/item/certificate_requests/{id}/chain", NO_CONTENT},
    {M_GET, "/api/content/item/certificate_requests/{id}/der", NO_CONTENT},
    {M_POST, "/api/content/item/certificate_requests/{id}/pkcs12", NO_CONTENT},
    {M_GET, "/pki/crl/{file}", NO_CONTENT}, /* what verifiers ask, by design without a credential */
    {M_GET, "/pki/ca/{file}", NO_CONTENT},
    {M_POST, "/pki/ocsp/{authority}", NO_CONTENT},
    {M_GET, "/pki/ocsp/{authority}", NO_CONTENT},
    {M_GET, "/acme/directory", NO_CONTENT}, /* whom a signed message acts as, by gate_write: tests/unit/api/test_acme.c */
    {M_GET, "/acme/ca/{authority}/directory", NO_CONTENT},
    {M_GET, "/acme/new-nonce", NO_CONTENT},
    {M_GET, "/acme/ca/{authority}/new-nonce", NO_CONTENT},
    {M_POST, "/acme/new-account", NO_CONTENT},
    {M_POST, "/acme/ca/{authority}/new-account", NO_CONTENT},
    {M_POST, "/acme/account/{id}", NO_CONTENT},
    {M_POST, "/acme/ca/{authority}/account/{id}", NO_CONTENT},
    {M_POST, "/acme/account/{id}/orders", NO_CONTENT},
    {M_POST, "/acme/ca/{authority}/account/{id}/orders", NO_CONTENT},
    {M_POST, "/acme/key-change", NO_CONTENT},
    {M_POST, "/acme/ca/{authority}/key-change", NO_CONTENT},
    {M_POST, "/acme/new-order", NO_CONTENT},
    {M_POST, "/acme/ca/{authority}/new-order", NO_CONTENT},
    {M_POST, "/acme/order/{id}", NO_CONTENT},
    {M_POST, "/acme/ca/{authority}/order/{id}", NO_CONTENT},
    {M_POST, "/acme/order/{id}/finalize", NO_CONTENT},
    {M_POST, "/acme/ca/{authority}/order/{id}/finalize", NO_CONTENT},
    {M_POST, "/acme/authz/{id}", NO_CONTENT},
    {M_POST, "/acme/ca/{authority}/authz/{id}", NO_CONTENT},
    {M_POST, "/acme/challenge/{id}/{type}", NO_CONTENT},
    {M_POST, "/acme/ca/{authority}/challenge/{id}/{type}", NO_CONTENT},
    {M_POST, "/acme/certificate/{id}", NO_CONTENT},
    {M_POST, "/acme/ca/{authority}/certificate/{id}", NO_CONTENT},
    {M_POST, "/acme/revoke-cert", NO_CONTENT},
    {M_POST, "/acme/ca/{authority}/revoke-cert", NO_CONTENT},
    {M_GET, "/acme/renewal-info/{certificate}", NO_CONTENT},
    {M_GET, "/acme/ca/{authority}/renewal-info/{certificate}", NO_CONTENT},
    {M_GET, "/api/assets", LIKE_A_LISTING},
    {M_POST, "/api/assets", LIKE_A_LISTING}, /* bytes: tests/gate/test_bytes.c */
    {M_GET, "/api/assets/presets", NO_CONTENT},
    {M_GET, "/api/assets/{id}", LIKE_A_LISTING},
    {M_PATCH, "/api/assets/{id}", BY_MATRIX}, /* the content API's handlers */
    {M_DELETE, "/api/assets/{id}", BY_MATRIX},
    {M_GET, "/api/assets/{id}/file", LIKE_A_LISTING},
    {M_PUT, "/api/assets/{id}/file", LIKE_A_LISTING},
    {M_GET, "/api/assets/{id}/usage", LIKE_A_LISTING},
    {M_POST, "/api/assets/{id}/link", LIKE_A_LISTING},
    {M_GET, "/api/assets/image/{id}", LIKE_A_LISTING},
    {M_GET, "/api/assets/image/{id}/{preset}", LIKE_A_LISTING},
    {M_POST, "/api/assets/uploads", LIKE_A_LISTING},
    {M_GET, "/api/assets/uploads/{upload}", LIKE_A_LISTING},
    {M_PATCH, "/api/assets/uploads/{upload}", LIKE_A_LISTING},
    {M_DELETE, "/api/assets/uploads/{upload}", LIKE_A_LISTING},
    {M_GET, "/assets/{path+}", LIKE_A_LISTING},
    {M_POST, "/login", NO_CONTENT}, /* Notary: transcripts/notary */
    {M_POST, "/logout", NO_CONTENT},
    {M_GET, "/status", NO_CONTENT},
    {M_GET, "/api/v1/config", NO_CONTENT},
    {M_GET, "/api/v1/accounts", LIKE_A_LISTING},
    {M_POST, "/api/v1/accounts", LIKE_A_LISTING},
    {M_GET, "/api/v1/accounts/me", LIKE_A_LISTING},
    {M_POST, "/api/v1/accounts/me/change_password", NO_CONTENT},
    {M_GET, "/api/v1/accounts/{id}", LIKE_A_LISTING},
    {M_DELETE, "/api/v1/accounts/{id}", LIKE_A_LISTING},
    {M_POST, "/api/v1/accounts/{id}/change_password", LIKE_A_LISTING},
    {M_PUT, "/api/v1/accounts/{id}/role", LIKE_A_LISTING},
    {M_POST, "/zot/auth/apikey", NO_CONTENT}, /* tests/unit/api/test_zot.c; one's own keys, with the caller's principal */
    {M_GET, "/zot/auth/apikey", NO_CONTENT},
    {M_DELETE, "/zot/auth/apikey", NO_CONTENT},
    {M_POST, "/auth/apikey", NO_CONTENT},
    {M_GET, "/auth/apikey", NO_CONTENT},
    {M_DELETE, "/auth/apikey", NO_CONTENT},
    {M_POST, "/v2/auth/apikey", NO_CONTENT},
    {M_GET, "/v2/auth/apikey", NO_CONTENT},
    {M_DELETE, "/v2/auth/apikey", NO_CONTENT},
    {M_GET, "/v2/", NO_CONTENT},
    {M_GET, "/auth/login", NO_CONTENT}, /* tests/outside/oidc.py */
    {M_GET, "/zot/auth/login", NO_CONTENT},
    {M_GET, "/zot/auth/callback/{provider}", NO_CONTENT},
    {M_GET, "/v2/token", NO_CONTENT}, /* gate_repository with the caller's principal: tests/unit/api/test_registry_token.c */
    {M_POST, "/v2/token", NO_CONTENT}, /* the same behind a form: tests/unit/api/test_registry_sign_in.c */
    {M_GET, "/v2/{name+}/blobs/{digest}", NO_CONTENT}, /* rights to repositories: tests/unit/roles/test_within.c, test_registry.c */
    {M_DELETE, "/v2/{name+}/blobs/{digest}", NO_CONTENT},
    {M_POST, "/v2/{name+}/blobs/uploads/", NO_CONTENT},
    {M_POST, "/v2/{name+}/blobs/uploads", NO_CONTENT},
    {M_GET, "/v2/{name+}/blobs/uploads/{id}", NO_CONTENT},
    {M_PATCH, "/v2/{name+}/blobs/uploads/{id}", NO_CONTENT},
    {M_PUT, "/v2/{name+}/blobs/uploads/{id}", NO_CONTENT},
    {M_DELETE, "/v2/{name+}/blobs/uploads/{id}", NO_CONTENT},
    {M_GET, "/v2/{name+}/manifests/{reference}", NO_CONTENT},
    {M_PUT, "/v2/{name+}/manifests/{reference}", NO_CONTENT},
    {M_DELETE, "/v2/{name+}/manifests/{reference}", NO_CONTENT},
    {M_GET, "/v2/{name+}/referrers/{digest}", NO_CONTENT},
    {M_GET, "/v2/{name+}/tags/list", NO_CONTENT},
    {M_GET, "/v2/_catalog", NO_CONTENT},
    {M_GET, "/oras/artifacts/v1/{name+}/manifests/{digest}/referrers", NO_CONTENT},
    {M_GET, "/v2/{name+}/_oci/ext/discover", NO_CONTENT},
    {M_PUT, "/v2/_zot/ext/userprefs", NO_CONTENT},
    {M_POST, "/v2/_zot/ext/cosign", NO_CONTENT}, /* gate_write on trust_keys: tests/unit/api/test_trust.c */
    {M_POST, "/v2/_zot/ext/notation", NO_CONTENT},
    {M_GET, "/registry/auth", NO_CONTENT},
    {M_GET, "/users/me", NO_CONTENT}, /* one's own account */
    {M_GET, "/v2/_oci/ext/discover", NO_CONTENT},
    {M_GET, "/v2/_zot/ext/mgmt", NO_CONTENT},
    {M_GET, "/v2/_zot/ext/search", LIKE_A_LISTING}, /* the same engine, by gate_read: tests/transcripts/zot/search.http */
    {M_POST, "/v2/_zot/ext/search", LIKE_A_LISTING},
    {M_POST, "/auth/login", NO_CONTENT},
    {M_POST, "/zot/auth/login", NO_CONTENT},
    {M_POST, "/auth/logout", NO_CONTENT},
    {M_POST, "/zot/auth/logout", NO_CONTENT},
    {M_GET, "/api_keys/", NO_CONTENT}, /* tests/unit/api/test_chutes.c */
    {M_POST, "/api_keys/", NO_CONTENT},
    {M_GET, "/api_keys/{api_key_id}", NO_CONTENT},
    {M_DELETE, "/api_keys/{api_key_id}", NO_CONTENT},
    {M_GET, "/api_keys", NO_CONTENT},
    {M_POST, "/api_keys", NO_CONTENT},
    {M_POST, "/api/v1/login", NO_CONTENT}, /* tests/unit/api/test_zenml_*.c */
    {M_GET, "/api/v1/logout", NO_CONTENT},
    {M_POST, "/api/v1/logout", NO_CONTENT},
    {M_GET, "/api/v1/current-user", NO_CONTENT},
    {M_PUT, "/api/v1/current-user", NO_CONTENT},
    {M_GET, "/api/v1/api_token", NO_CONTENT},
    {M_POST, "/api/v1/device_authorization", NO_CONTENT},
    {M_GET, "/api/v1/devices", LIKE_A_LISTING},
    {M_GET, "/api/v1/devices/{device_id}", LIKE_A_LISTING},
    {M_PUT, "/api/v1/devices/{device_id}", LIKE_A_LISTING},
    {M_DELETE, "/api/v1/devices/{device_id}", LIKE_A_LISTING},
    {M_PUT, "/api/v1/devices/{device_id}/verify", NO_CONTENT},
    {M_GET, "/api/v1/service_accounts", LIKE_A_LISTING},
    {M_POST, "/api/v1/service_accounts", LIKE_A_LISTING},
    {M_GET, "/api/v1/service_accounts/{name_or_id}", LIKE_A_LISTING},
    {M_PUT, "/api/v1/service_accounts/{name_or_id}", LIKE_A_LISTING},
    {M_DELETE, "/api/v1/service_accounts/{name_or_id}", LIKE_A_LISTING},
    {M_GET, "/api/v1/service_accounts/{service_account_id}/api_keys", LIKE_A_LISTING},
    {M_POST, "/api/v1/service_accounts/{service_account_id}/api_keys", LIKE_A_LISTING},
    {M_GET, "/api/v1/service_accounts/{service_account_id}/api_keys/{key_name_or_id}", LIKE_A_LISTING},
    {M_PUT, "/api/v1/service_accounts/{service_account_id}/api_keys/{key_name_or_id}", LIKE_A_LISTING},
    {M_DELETE, "/api/v1/service_accounts/{service_account_id}/api_keys/{key_name_or_id}", LIKE_A_LISTING},
    {M_PUT, "/api/v1/service_accounts/{service_account_id}/api_keys/{key_name_or_id}/rotate", LIKE_A_LISTING},
    {M_GET, "/api/v1/users", LIKE_A_LISTING},
    {M_POST, "/api/v1/users", LIKE_A_LISTING},
    {M_GET, "/api/v1/users/{name_or_id}", LIKE_A_LISTING},
    {M_PUT, "/api/v1/users/{name_or_id}", LIKE_A_LISTING},
    {M_DELETE, "/api/v1/users/{name_or_id}", LIKE_A_LISTING},
    {M_PUT, "/api/v1/users/{name_or_id}/activate", NO_CONTENT},
    {M_PUT, "/api/v1/users/{name_or_id}/deactivate", NO_CONTENT},
    {M_GET, "/api/v1/version", NO_CONTENT},
    {M_GET, "/api/v1/info", NO_CONTENT},
    {M_GET, "/graphql", BY_MATRIX},
    {M_POST, "/graphql", BY_MATRIX},
    {M_GET, "/graphql/schema.graphql", NO_CONTENT}, /* the caller's own: tests/unit/graphql/test_own_schema.c */
    {M_GET, "/graphql/{id}", BY_MATRIX}, /* the same, for documents that have names */
    {M_GET, "/graphql/-/{file}", NO_CONTENT},
    {M_GET, "/api/gql", LIKE_A_LISTING}, /* the same engine: tests/unit/graphql/test_cockpit.c */
    {M_POST, "/api/gql", LIKE_A_LISTING},
    {M_GET, "/health", NO_CONTENT},
    {M_GET, "/ready", NO_CONTENT},
};

static bool is(const char *a, const char *b)
{
    return str_equal(str_of(a), str_of(b));
}

static size_t look_up(const struct route *routes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bool found = false;
        for (size_t k = 0; k < COUNTOF(entries); k++)
            found |= entries[k].method == routes[i].method && is(entries[k].pattern, routes[i].pattern);
        if (!found)
            CHECK_SAY("%s is not in the permission matrix", routes[i].pattern);
    }
    return count;
}

static void every_route_has_its_entry(void **state)
{
    static const struct graphql_options graphql_options = {.uploads = true};
    struct graphql *graphql = NULL;
    struct route_set sets[8];
    struct problem why = {.arena = NULL};
    (void)state;
    size_t routes = 0;
    for (size_t t = 0; t < api_table_count; t++)
        routes += look_up(api_tables[t]->routes, api_tables[t]->count);
    NEED(graphql_open(NULL, &graphql_options, gql_dialects, gql_dialect_count, &graphql, &why) == ERR_OK);
    size_t count = graphql_routes(graphql, NULL, sets, COUNTOF(sets));
    for (size_t i = 0; i < count; i++)
        routes += look_up(sets[i].routes, sets[i].count);
    CHECK_INT(routes, COUNTOF(entries));
    graphql_close(graphql);
}

static struct fake_exchange *get(struct world *w, struct arena *a, const char *who, const char *target, enum err *err)
{
    str key = world_key(w, who);
    str header = str_is_absent(key) ? S("") : arena_format(a, "api-key: " STR_FMT, STR_ARG(key));
    return rest_request(w->house->gate, a, "GET", target, arena_cstr(a, header), S(""), err);
}

/* Texts of items in an answer: all of this collection that the law shows, and no other. */
static void check_texts(const char *said, const char *who, const char *collection, str body, bool wanted)
{
    for (size_t i = 0; i < fact_count; i++) {
        str rest = str_of(world_text_fields(facts[i].collection)), field;
        for (bool ended = rest.len == 0; str_next(&rest, &ended, ' ', &field);) {
            struct arena *a = arena_open(256);
            bool may = law_shows(who, &facts[i], arena_cstr(a, field));
            bool does = str_contains(body, arena_format(a, "\"%s." STR_FMT "\"", facts[i].name, STR_ARG(field)));
            if (does && !may)
                CHECK_SAY("%s: shows %s." STR_FMT, said, facts[i].name, STR_ARG(field));
            if (wanted && may && !does && is(facts[i].collection, collection))
                CHECK_SAY("%s: lacks %s." STR_FMT, said, facts[i].name, STR_ARG(field));
            arena_close(a);
        }
    }
}

/* What each way of listing a collection is expected to say. */
static const struct way {
    const char *target; /* %s: the collection */
    bool trees_only, leaves_out; /* leaves_out: what may not be read is missing, and no error */
} ways[] = {
    {"/api/content/tree/%s?state=any", true, false},
    {"/api/content/tree/%s?state=any&populate=2", true, false},
    {"/api/content/aggregate/%s?state=any&pipeline=[]", false, false},
    {"/api/content/aggregate/%s?state=any&pipeline=[{$addFields:{all:'$$ROOT'}}]", false, false},
    {"/api/content/aggregate/%s?state=any&pipeline=[{$group:{_id:null,all:{$push:'$$ROOT'}}}]", false, false},
    {"/api/content/aggregate/%s?state=any&pipeline=[{$facet:{a:[{$match:{}}]}}]", false, false},
    {"/api/content/export/%s?state=any", false, false},
    {"/api/content/items?models={%s:{state:'any'}}", false, true},
    {"/api/content/items?models={%s:{state:'any',perspective:'draft'}}", false, true},
    {"/api/content/tree/%s?state=any&perspective=draft", true, false},
    {"/api/content/items?models={%s:{state:'any',populate:2}}", false, true},
    {"/api/content/items?models={x:{model:'%s',state:'any',populate:1}}", false, true},
};

static const char *with_name(struct arena *a, const char *pattern, const char *name)
{
    struct buf b;
    buf_init(&b, a, 4096);
    for (const char *p = pattern; *p; p++) {
        if (*p == '%' && p[1] == 's')
            buf_add(&b, str_of(name)), p++;
        else if (str_contains(S("[]{}'\"$"), (str){p, 1}))
            buf_percent(&b, (str){p, 1});
        else
            buf_byte(&b, *p);
    }
    return arena_cstr(a, buf_str(&b));
}

static void other_listings_follow_the_law(void **state)
{
    static const char *const asked[] = {"authors", "ledger", "posts", "sections", "nowhere"};
    struct world w;
    (void)state;
    world_open(&w, false);
    for (size_t c = 0; callers[c]; c++) {
        world_be(&w, callers[c]);
        for (size_t k = 0; k < COUNTOF(asked) * COUNTOF(ways); k++) {
            const struct way *way = &ways[k % COUNTOF(ways)];
            const char *collection = asked[k / COUNTOF(ways)];
            enum err wanted = law_decides(callers[c], collection, ASK_READ, NULL), got;
            if (way->trees_only && !is(collection, "sections"))
                continue;
            struct arena *a = arena_open(64u << 10);
            const char *target = with_name(a, way->target, collection);
            const char *said = arena_cstr(a, arena_format(a, "%s GET %s", callers[c], target));
            struct fake_exchange *f = get(&w, a, callers[c], target, &got);
            bool leaves_out = way->leaves_out && wanted != ERR_UNAUTHENTICATED;
            if (got != (leaves_out ? ERR_OK : wanted))
                CHECK_SAY("%s: %s, the law says %s\n" STR_FMT, said, err_facts(got)->name, err_facts(wanted)->name, STR_ARG(f->answer));
            check_texts(said, callers[c], collection, f->answer, wanted == ERR_OK);
            if (leaves_out && wanted != ERR_OK)
                CHECK_STR(f->answer, S("{}"));
            arena_close(a);
        }
    }
    world_close(&w);
}

static void a_hidden_name_is_unknown_in_every_stage(void **state)
{
    static const char *const stages[] = {
        "[{$match:{%s:'x'}}]",
        "[{$match:{$nor:[{%s:null}]}}]",
        "[{$sort:{%s:1}}]",
        "[{$project:{%s:1}}]",
        "[{$project:{%s:0}}]",
        "[{$project:{y:'$%s'}}]",
        "[{$unset:'%s'}]",
        "[{$addFields:{y:'$%s'}}]",
        "[{$addFields:{y:{$concat:['a','$%s']}}}]",
        "[{$addFields:{y:{$cond:[true,1,'$%s']}}}]",
        "[{$group:{_id:'$%s'}}]",
        "[{$group:{_id:null,n:{$max:'$%s'}}}]",
        "[{$sortByCount:'$%s'}]",
        "[{$unwind:'$%s'}]",
        "[{$bucket:{groupBy:'$%s',boundaries:[0,1]}}]",
        "[{$skip:0},{$limit:9},{$match:{%s:'x'}}]",
        "[{$facet:{a:[{$match:{%s:'x'}}]}}]",
        "[{$facet:{a:[{$project:{y:'$%s'}}]}}]",
    };
    static const char *const fields[] = {"title", "body", "owner", "note", "pin", "author", "more", "ledger"};
    struct world w;
    (void)state;
    world_open(&w, false);
    for (size_t c = 0; callers[c]; c++) {
        world_be(&w, callers[c]);
        for (size_t i = 0; i < COUNTOF(fields) * COUNTOF(stages); i++) {
            const char *field = fields[i % COUNTOF(fields)], *unknown = "zzzzzzzz";
            if (law_decides(callers[c], "posts", ASK_READ, NULL) != ERR_OK || law_names(callers[c], "posts", field, ASK_READ))
                continue;
            struct arena *a = arena_open(64u << 10);
            unknown += 8 - str_of(field).len;
            str base = S("/api/content/aggregate/posts?state=any&pipeline=");
            const char *pattern = arena_cstr(a, arena_format(a, STR_FMT "%s", STR_ARG(base), stages[i / COUNTOF(fields)]));
            enum err hidden_err, unknown_err;
            str hidden = get(&w, a, callers[c], with_name(a, pattern, field), &hidden_err)->answer;
            str other = get(&w, a, callers[c], with_name(a, pattern, unknown), &unknown_err)->answer;
            struct buf b;
            buf_init(&b, a, 1u << 16);
            for (size_t k = 0; k < hidden.len; k++) { /* the same sentence with the other name */
                bool here = str_starts(str_slice(hidden, k, hidden.len), str_of(field));
                buf_add(&b, here ? str_of(unknown) : (str){hidden.at + k, 1});
                k += here ? str_of(field).len - 1 : 0;
            }
            if (hidden_err != ERR_BAD_INPUT || unknown_err != ERR_BAD_INPUT || !str_equal(buf_str(&b), other))
                CHECK_SAY("%s, %s in %s: %s\n" STR_FMT "\n" STR_FMT, callers[c], field, stages[i / COUNTOF(fields)],
                          err_facts(hidden_err)->name, STR_ARG(hidden), STR_ARG(other));
            arena_close(a);
        }
    }
    world_close(&w);
}

/* Descriptions tell of nothing but what the caller knows anyway. */
static void descriptions_tell_what_the_caller_knows(void **state)
{
    static const char *const targets[] = {"/api/content/models", "/api/openapi.json", "/openapi.json", "/api/content/models/posts",
                                          "/api/content/models/authors", "/api/content/models/ledger"};
    static const struct {
        const char *collection, *field;
    } names[] = {{"posts", "note"}, {"authors", "salary"}, {"ledger", "entry"}};
    struct world w;
    (void)state;
    world_open(&w, false);
    for (size_t c = 0; callers[c]; c++) {
        world_be(&w, callers[c]);
        for (size_t t = 0; t < COUNTOF(targets); t++) {
            struct arena *a = arena_open(256u << 10);
            enum err err;
            str body = get(&w, a, callers[c], targets[t], &err)->answer;
            for (size_t i = 0; i < COUNTOF(names); i++) {
                bool knows = false;
                for (int v = ASK_READ; v <= ASK_UPDATE; v++)
                    knows |= law_names(callers[c], names[i].collection, names[i].field, (enum verb_asked)v);
                bool tells = str_contains(body, arena_format(a, "\"%s\"", names[i].field));
                bool about = t < 3 || str_ends(str_of(targets[t]), str_of(names[i].collection));
                if (tells && !knows)
                    CHECK_SAY("%s: %s tells of %s", callers[c], targets[t], names[i].field);
                if (knows && !tells && about)
                    CHECK_SAY("%s: %s does not tell of %s", callers[c], targets[t], names[i].field);
            }
            arena_close(a);
        }
    }
    world_close(&w);
}

CHECK_MAIN(TEST(every_route_has_its_entry), TEST(other_listings_follow_the_law), TEST(a_hidden_name_is_unknown_in_every_stage),
           TEST(descriptions_tell_what_the_caller_knows))
