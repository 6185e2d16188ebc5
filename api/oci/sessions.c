/* The registry's door (oci-registry.md 10, 11.2, 11.3): GET /v2/, by whose answer container clients decide how to
 * sign in; sessions of zot's page; what this registry can do. */
#include "api/answer.h"
#include "api/oci/registry.h"
#include "base/limits.h"
#include "roles/sign_in/arrival.h"

/* zot's page signs in by any request with a password; from then on it has a cookie. */
static enum err begin_session(struct api *api, struct exchange *x, struct problem *why)
{
    bool wants = is_zot_page(x) && has_password(x) && x->who->kind == PRINCIPAL_USER && str_is_absent(x->who->session_id);
    return wants ? gate_zot_login(api->gate, x, why) : ERR_OK;
}

/* 401 to whoever sends no credential, whatever the public may do: a client that is answered 200 here never
 * signs in for anything. */
static enum err door(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    (void)p;
    if (x->who->kind == PRINCIPAL_PUBLIC && x->who->by_token != TOKEN_REGISTRY)
        return problem_set(why, ERR_UNAUTHENTICATED, "authentication required");
    TRY(begin_session(api, x, why));
    oci_headers(x);
    exchange_add_header(x, S("Cache-Control"), S("no-store"));
    exchange_send_json(x, 200, S("{}"));
    return ERR_OK;
}

static enum err login(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    (void)p;
    if (!has_password(x) || x->who->kind != PRINCIPAL_USER)
        return problem_set(why, ERR_UNAUTHENTICATED, "Send your name and password as Basic credentials");
    TRY(gate_zot_login(api->gate, x, why));
    exchange_add_header(x, S("Cache-Control"), S("no-store"));
    exchange_send_json(x, 200, S("{}"));
    return ERR_OK;
}

static enum err logout(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    (void)p;
    TRY(gate_zot_logout(api->gate, x, why));
    exchange_add_header(x, S("Cache-Control"), S("no-store"));
    exchange_send_json(x, 200, S("{}"));
    return ERR_OK;
}

static void send_on(struct exchange *x, str location)
{
    exchange_add_header(x, S("Location"), location);
    exchange_add_header(x, S("Cache-Control"), S("no-store"));
    exchange_add_header(x, S("Referrer-Policy"), S("no-referrer")); /* the address has the provider's code in it */
    exchange_send_text(x, 302, S("text/plain; charset=utf-8"), S(""));
}

/* Where people sign in elsewhere: the page sends them there and says where it wants to be found again. */
static enum err leave(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct departure out = {0};
    str provider = oci_parameter(x, "provider"), to = oci_parameter(x, "callback_ui");
    (void)p;
    if (provider.len == 0)
        return problem_set(why, ERR_BAD_INPUT, "Say ?provider=");
    TRY(gate_zot_oidc_start(api->gate, x, provider, str_is_absent(to) ? S("/") : to, &out, why));
    exchange_add_header(x, S("Set-Cookie"), out.cookie);
    send_on(x, out.location);
    return ERR_OK;
}

static enum err come_back(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    str location;
    TRY(gate_zot_oidc_callback(api->gate, x, param(p, "provider"), &location, why));
    send_on(x, location);
    return ERR_OK;
}

static enum err discover(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    (void)app;
    (void)p;
    (void)why;
    oci_headers(x);
    exchange_send_json(x, 200,
                       S("{\"extensions\":[{\"name\":\"_zot\","
                         "\"url\":\"https://github.com/project-zot/zot/blob//pkg/extensions/_zot.md\","
                         "\"description\":\"zot registry extensions\",\"endpoints\":[\"/v2/_zot/ext/notation\",\"/v2/_zot/ext/cosign\",\"/v2/_zot/ext/search\",\"/v2/_zot/ext/userprefs\",\"/v2/_zot/ext/mgmt\"]}]}"));
    return ERR_OK;
}

static void write_providers(struct json_writer *w, const struct json *list)
{
    json_name(w, S("openid"));
    json_map_open(w);
    json_name(w, S("providers"));
    json_map_open(w);
    for (uint32_t i = 0; i < list->count; i++) {
        const struct json *label = json_get(&list->items[i], S("label"));
        json_name(w, json_get(&list->items[i], S("name"))->text);
        json_map_open(w);
        json_member_text(w, "name", label && label->type == JSON_TEXT ? label->text : S(""));
        json_map_close(w);
    }
    json_map_close(w);
    json_map_close(w);
}

/* Which ways there are to sign in. A page asks this before anybody has. */
static enum err mgmt(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct answer a;
    struct json providers;
    str text;
    (void)p;
    TRY(gate_providers(api->gate, x->arena, &providers, why));
    answer_begin(x, &a);
    json_map_open(&a.json);
    json_member_text(&a.json, "distSpecVersion", S("1.1.1"));
    json_member_text(&a.json, "commit", S(""));
    json_member_text(&a.json, "releaseTag", str_of(api->version));
    json_member_text(&a.json, "binaryType", S("vitrine"));
    json_name(&a.json, S("http"));
    json_map_open(&a.json);
    json_name(&a.json, S("auth"));
    json_map_open(&a.json);
    json_name(&a.json, S("htpasswd"));
    json_ready(&a.json, S("{}"));
    if (api->options.zot_keys) {
        json_name(&a.json, S("apikey"));
        json_bool(&a.json, true);
    }
    if (providers.count > 0)
        write_providers(&a.json, &providers);
    json_map_close(&a.json);
    json_map_close(&a.json);
    json_map_close(&a.json);
    TRY(answer_end(&a, &text, why));
    oci_headers(x);
    exchange_send_json(x, 200, text);
    return ERR_OK;
}

/* clang-format off */
static const struct route session_routes[] = {
    {M_GET,  "/v2/",                  door,     0, 0, "Is this a registry, and does the credential open it"},
    {M_GET,  "/v2/_oci/ext/discover", discover, 0, 0, "The registry's extensions"},
    {M_GET,  "/v2/_zot/ext/mgmt",     mgmt,     0, 0, "How one signs in to this registry"},
    {M_POST, "/auth/login",           login,  LIMIT_IGNORED_BODY_BYTES, 0, "Begin a session of zot's page"},
    {M_POST, "/zot/auth/login",       login,  LIMIT_IGNORED_BODY_BYTES, 0, "Begin a session of zot's page"},
    {M_GET,  "/auth/login",           leave,    0, ROUTE_OPEN, "Go to an identity provider to sign in to zot's page"},
    {M_GET,  "/zot/auth/login",       leave,    0, ROUTE_OPEN, "Go to an identity provider to sign in to zot's page"},
    {M_GET,  "/zot/auth/callback/{provider}", come_back, 0, ROUTE_OPEN, "Come back from there"},
    {M_POST, "/auth/logout",          logout, LIMIT_IGNORED_BODY_BYTES, 0, "End it"},
    {M_POST, "/zot/auth/logout",      logout, LIMIT_IGNORED_BODY_BYTES, 0, "End it"},
};
/* clang-format on */
static const char *const realms[] = {"/v2/", "/oras/", "/auth/", "/zot/", NULL};
const struct api_table oci_session_api = {
    .routes = session_routes, .count = COUNTOF(session_routes), .problem = oci_problem, .problem_name = "OciProblem", .realms = realms};
