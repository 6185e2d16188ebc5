/* Signing in at identity providers: the browser goes there and comes back. The work is done behind the gate. */
#include "api/api.h"
#include "base/limits.h"
#include "roles/sign_in/arrival.h"

static enum err wanted_path(struct exchange *x, str *to, struct problem *why)
{
    struct query_string q;
    TRY(query_string_read(x->arena, x->query, &q, why));
    *to = query_string_get(&q, S("to"));
    return ERR_OK;
}

static void redirect(struct exchange *x, str location, str cookie)
{
    exchange_add_header(x, S("Set-Cookie"), cookie);
    exchange_add_header(x, S("Location"), location);
    exchange_add_header(x, S("Cache-Control"), S("no-store"));
    exchange_add_header(x, S("Referrer-Policy"), S("no-referrer")); /* the address has the provider's code in it */
    exchange_send_text(x, 302, S("text/plain; charset=utf-8"), S(""));
}

static enum err start(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct departure out = {0};
    str to;
    TRY(wanted_path(x, &to, why));
    TRY(gate_oidc_start(api->gate, x, param(p, "provider"), to, &out, why));
    redirect(x, out.location, out.cookie);
    return ERR_OK;
}

/* A change, so that no other page can cause it; the page that asked goes there by itself. */
static enum err link_account(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct departure out = {0};
    str to;
    TRY(wanted_path(x, &to, why));
    TRY(gate_oidc_link(api->gate, x, param(p, "provider"), to, &out, why));
    struct json member = json_named(S("location"), json_of_text(out.location)), map = json_of_map(&member, 1);
    exchange_add_header(x, S("Set-Cookie"), out.cookie);
    exchange_add_header(x, S("Cache-Control"), S("no-store"));
    exchange_send_json(x, 200, json_print(x->arena, &map));
    return ERR_OK;
}

static enum err callback(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct signed_in in = {0};
    str location;
    TRY(gate_oidc_callback(api->gate, x, param(p, "provider"), &in, &location, why));
    redirect(x, location, in.cookie);
    return ERR_OK;
}

static const char *const knows_to[] = {"to", NULL};
static const char *const knows_answer[] = {"code", "state", "iss", "error", "error_description", "error_uri", "session_state", NULL};
static const char *const *const oidc_parameters[] = {knows_to, knows_to, knows_answer};
/* clang-format off */
static const struct route oidc_routes[] = {
    {M_GET, "/api/auth/oidc/{provider}", start, 0, ROUTE_OPEN, "Go to an identity provider to sign in"},
    {M_POST, "/api/auth/oidc/{provider}/link", link_account, LIMIT_LOGIN_BODY_BYTES, 0, "Where to go so that one is known by an identity provider from now on"},
    {M_GET, "/api/auth/oidc/{provider}/callback", callback, 0, ROUTE_OPEN, "Come back from an identity provider"},
};
/* clang-format on */
const struct api_table oidc_api = {.routes = oidc_routes, .count = COUNTOF(oidc_routes), .parameters = oidc_parameters};
