/* Notary: signing in and out, its status and configuration (notary.md 3, 5). */
#include "api/notary/notary.h"
#include "base/limits.h"
#include "base/log.h"
#include "content/kind.h"
#include "roles/sign_in/arrival.h"

#define TOKEN_MS (INT64_C(3600) * 1000)
#define COOKIE "user_token"

/* The claims that its clients look at, before ours. */
static enum err issue(struct exchange *x, struct api *api, const struct principal *who, str email, struct token *out,
                      struct problem *why)
{
    struct json claims[] = {
        json_named(S("id"), json_of_int(who->user_serial)),
        json_named(S("email"), json_of_text(email)),
        json_named(S("role_id"), json_of_int(notary_role_id(who->roles, who->role_count))),
    };
    struct token_wish wish = {.purpose = TOKEN_NOTARY, .life_ms = TOKEN_MS};
    wish.claims = notary_speaks_data(api) ? claims + 1 : claims;
    wish.claim_count = notary_speaks_data(api) ? COUNTOF(claims) - 1 : COUNTOF(claims);
    return gate_token(api->gate, x, who, &wish, out, why);
}

static enum err send_token(struct exchange *x, const struct api *api, const struct token *token, struct problem *why)
{
    struct answer a;
    if (notary_speaks_data(api)) {
        exchange_add_header(x, S("Set-Cookie"),
                            arena_format(x->arena, COOKIE "=" STR_FMT "; Path=/; HttpOnly; SameSite=Strict%s; Max-Age=7200",
                                         STR_ARG(token->text), x->is_tls ? "; Secure" : ""));
        return notary_done(x, api, 200);
    }
    notary_begin(x, api, &a);
    json_map_open(&a.json);
    json_name(&a.json, S("token"));
    json_text(&a.json, token->text);
    json_map_close(&a.json);
    return notary_send(x, &a, 200, why);
}

static enum err login(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    const struct json *body;
    const struct principal *who = NULL;
    struct token token = {0};
    str email, user, password;
    (void)p;
    if (!notary_body(x, api, &body))
        return ERR_OK;
    if (!notary_text(body, S("email"), &email) || !notary_text(body, S("username"), &user) ||
        !notary_text(body, S("password"), &password))
        return notary_say(x, api, 400, S("Invalid JSON format"));
    email = email.len ? email : user;
    if (email.len == 0)
        return notary_say(x, api, 400, S("Email is required"));
    if (password.len == 0)
        return notary_say(x, api, 400, S("Password is required"));
    enum err e = gate_login_program(api->gate, x, email, password, S("notary"), TOKEN_MS, &who, why);
    if (e == ERR_UNAUTHENTICATED)
        return notary_say(x, api, 401, notary_speaks_data(api) ? S("invalid credentials") : S("The email or password is incorrect"));
    TRY(e);
    TRY(issue(x, api, who, who->user_email, &token, why));
    return send_token(x, api, &token, why);
}

/* Credentials that are not the cookie: a wrong one is told so, here as everywhere. */
static bool has_header_credential(const struct exchange *x)
{
    static const str names[] = {STR("authorization"), STR("api-key"), STR("x-api-key"), STR("x-chutes-hotkey")};
    for (size_t i = 0; i < COUNTOF(names); i++)
        if (!str_is_absent(exchange_header(x, names[i])))
            return true;
    return false;
}

/* With the cookie, or with nothing, always done, as there: a token that has run out is ended already, and its owner gets rid of the cookie
 * all the same. So whoever asks is looked up here and not on the way; what another site's page sends is still refused (B-4). */
static enum err logout(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    (void)p;
    exchange_add_header(x, S("Set-Cookie"),
                        arena_format(x->arena, COOKIE "=; Path=/; HttpOnly; SameSite=Strict%s; Max-Age=0", x->is_tls ? "; Secure" : ""));
    enum err e = identify(api->gate, x, why);
    if (e == ERR_OK)
        e = gate_logout_program(api->gate, x, why);
    bool is_over = e == ERR_UNAUTHENTICATED && !has_header_credential(x);
    return e == ERR_OK || is_over ? notary_done(x, api, 200) : e;
}

/* Old clients build an object from these members by name: none are added (notary.md 1). */
static enum err status(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct answer a;
    struct json providers = json_of_list(NULL, 0);
    (void)p;
    if (notary_speaks_data(api))
        TRY(gate_providers(api->gate, x->arena, &providers, why));
    notary_begin(x, api, &a);
    json_map_open(&a.json);
    json_name(&a.json, S("initialized"));
    json_bool(&a.json, gate_setup_code(api->gate).len == 0);
    json_name(&a.json, S("version"));
    json_text(&a.json, str_of(api->version));
    if (notary_speaks_data(api)) {
        json_name(&a.json, S("oidc_enabled"));
        json_bool(&a.json, providers.count > 0);
    }
    json_map_close(&a.json);
    return notary_send(x, &a, 200, why);
}

/* Who may read the settings; in dialect data also who hands in requests (notary.md 4). */
static bool may_read_config(const struct api *api, const struct principal *who, struct problem *why)
{
    const struct collection *c = NULL;
    if (gate_collection(api->gate, who, S("settings"), &c, why) == ERR_OK && gate_may(who, VERB_READ, c))
        return true;
    return notary_speaks_data(api) && gate_collection(api->gate, who, S("certificate_requests"), &c, why) == ERR_OK && gate_may(who, VERB_CREATE, c);
}

/* What there is to say of a server that is configured elsewhere. Keys are sealed by this program itself: "none" is there the word for
 * no backend beside it. */
static enum err config(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    static const str levels[] = {[LOG_DEBUG] = STR("debug"), [LOG_INFO] = STR("info"), [LOG_WARN] = STR("warn"), [LOG_ERROR] = STR("error")};
    struct answer a;
    (void)p;
    if (x->who->kind == PRINCIPAL_PUBLIC)
        return problem_set(why, ERR_UNAUTHENTICATED, "Nobody is signed in");
    if (!may_read_config(api, x->who, why))
        return problem_set(why, ERR_FORBIDDEN, "Notary's configuration");
    notary_begin(x, api, &a);
    json_map_open(&a.json);
    json_name(&a.json, S("port"));
    json_int(&a.json, api->options.port);
    json_name(&a.json, S("pebble_notifications"));
    json_bool(&a.json, false);
    json_name(&a.json, S("logging_level"));
    json_text(&a.json, levels[api->options.log_level < COUNTOF(levels) ? api->options.log_level : LOG_INFO]);
    json_name(&a.json, S("logging_output"));
    json_text(&a.json, S("stderr"));
    json_name(&a.json, S("encryption_backend_type"));
    json_text(&a.json, S("none"));
    if (notary_speaks_data(api)) {
        json_name(&a.json, S("acme_enabled"));
        json_bool(&a.json, false);
    }
    json_map_close(&a.json);
    return notary_send(x, &a, 200, why);
}

/* clang-format off */
static const struct route login_routes[] = {
    {M_POST, "/login", login, LIMIT_LOGIN_BODY_BYTES, ROUTE_OPEN, "Notary: sign in with a password, get a token"},
    {M_POST, "/logout", logout, LIMIT_IGNORED_BODY_BYTES, ROUTE_OPEN, "Notary: end this token's session"},
    {M_GET, "/status", status, 0, ROUTE_OPEN, "Notary: is there an account, and which version is this"},
    {M_GET, "/api/v1/config", config, 0, 0, "Notary: its configuration"},
};
/* clang-format on */
static const char *const realms[] = {"/login", "/logout", "/status", "/api/v1/config", NULL};
const struct api_table notary_login_api = {
    .routes = login_routes, .count = COUNTOF(login_routes), .problem = notary_problem, .problem_name = "NotaryProblem", .realms = realms};
