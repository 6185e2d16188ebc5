#ifndef API_API_H
#define API_API_H
#include "roles/gate.h"

/* REST façades: read the wire, call the gate, render. Each façade is a table of routes over this.
 */
struct api_zenml {
    bool is_off;         /* zenml.enabled = false: its paths are nobody's */
    bool extended_login; /* answers of a sign-in have every member that newer servers send */
    int64_t token_ms;    /* 0: an hour */
    str server_url;      /* {0}: not known */
};
/* How the façades of other systems are configured (server/config.c). */
struct api_options {
    uint64_t notary_dialect;          /* 0: "result", 1: "data" */
    bool notary_open_setup;           /* its first account needs no setup code */
    bool notary_lenient;              /* requests are rejected whatever became of them, as there */
    bool notary_strict;               /* who changes his own password says the present one, always */
    unsigned log_level;               /* enum log_level, as Notary's configuration tells it */
    unsigned port;                    /* of the first listener; 0: not known */
    bool zot_keys;                    /* zot.apikey */
    bool chutes;                      /* chutes.enabled */
    str chutes_prefix;                /* what Chutes' paths begin with; {0}: nothing */
    str chutes_objects, chutes_invocations;   /* collections that stand for them; {0}: of those names */
    str registry_password;            /* what GET /registry/auth hands out; {0}: short-lived tokens */
    struct api_zenml zenml;
};

struct api {
    struct gate *gate;
    bool key_in_query; /* auth.key_in_query: "api_key" is a known parameter everywhere */
    const char *version;
    struct api_options options;
};

/* Route tables, in the order in which the router gets them; made once by server/app.c. */
size_t api_routes(struct api *api, struct arena *a, struct route_set *out, size_t room);

/* A problem in the shape of the façade that the request was for: its route's, else that of the
 * realm its path lies in, else Vitrine's own (api/problem.h). Also used by server/ for what happens
 * before a handler. */
void api_send_problem(struct exchange *x, const struct problem *why);

/* The tables, one per façade. parameters: for each route the names it knows in a query string,
 * NULL-terminated; NULL for a table whose routes know none. problem: how this façade says that
 * something went wrong (x->app: the api, also where no route was met; NULL in tests without one), NULL: as Vitrine does. realms:
 * beginnings of paths ("/api_keys") under which it speaks for paths that nobody has, NULL-terminated;
 * NULL: none. is_on: the operator may switch it off, NULL: never. prefix: he may move its paths, NULL: they
 * stay. */
struct api_table {
    const struct route *routes;
    size_t count;
    const char *const *const *parameters;
    void (*problem)(struct exchange *x, const struct problem *why);
    const char *problem_name;         /* how the description calls that shape (api/openapi/paths.c); NULL: "Problem" */
    const char *const *realms;
    bool (*is_on)(const struct api *api);
    str (*prefix)(const struct api *api);
};
extern const struct api_table *const api_tables[];
extern const size_t api_table_count;
extern const struct api_table content_api;
extern const struct api_table batch_api;
extern const struct api_table events_api;
extern const struct api_table journal_api;
extern const struct api_table state_api;
extern const struct api_table model_api;
extern const struct api_table page_api;
extern const struct api_table languages_api;
extern const struct api_table auth_api;
extern const struct api_table key_api;
extern const struct api_table account_api;
extern const struct api_table second_factor_api;
extern const struct api_table passkey_api;
extern const struct api_table token_api;
extern const struct api_table system_api;
extern const struct api_table describe_api;
extern const struct api_table arrival_api;
extern const struct api_table oidc_api;
extern const struct api_table access_api;
extern const struct api_table notary_login_api;
extern const struct api_table notary_account_api;
extern const struct api_table notary_request_api, notary_authority_api, notary_cluster_api;
extern const struct api_table zot_key_api;
extern const struct api_table oci_session_api;
extern const struct api_table oci_token_api;
extern const struct api_table oci_registry_api;
extern const struct api_table oci_extension_api;
extern const struct api_table oci_trust_api;
extern const struct api_table chutes_api;
extern const struct api_table chutes_me_api;
extern const struct api_table registry_auth_api;
extern const struct api_table zenml_api;
extern const struct api_table asset_api;
extern const struct api_table pki_api, certificate_file_api;
extern const struct api_table acme_api;
#endif
