/* Sign-in for the dashboard, and who am I. The work is done behind the gate; this is its JSON. */
#include "api/auth/auth.h"

#include "base/limits.h"
#include "roles/sign_in/arrival.h"

/* Not signed in yet: what is asked for, and what to bring along with it. */
static void write_pending(struct json_writer *w, const struct signed_in *in)
{
    const struct {
        bool may;
        str name;
    } factors[] = {{in->by_totp, S("totp")}, {in->by_passkey, S("passkey")}, {in->by_recovery, S("recovery")}};
    json_name(w, S("second_factor"));
    json_list_open(w);
    for (size_t i = 0; i < COUNTOF(factors); i++)
        if (factors[i].may)
            json_text(w, factors[i].name);
    json_list_close(w);
    json_name(w, S("pending"));
    json_text(w, in->pending);
}

static void write_signed_in(struct json_writer *w, const struct signed_in *in)
{
    json_name(w, S("user"));
    auth_write_user(w, in->who);
    json_name(w, S("csrf"));
    json_text(w, in->csrf);
}

static enum err send_signed_in(struct exchange *x, int status, const struct signed_in *in, const struct json *codes)
{
    struct buf b;
    struct json_writer w;
    buf_init(&b, x->arena, LIMIT_RESPONSE_BYTES);
    json_begin(&w, &b);
    json_map_open(&w);
    if (in->pending.len)
        write_pending(&w, in);
    else
        write_signed_in(&w, in);
    if (codes) {
        json_name(&w, S("recovery_codes"));
        json_value(&w, codes);
    }
    json_map_close(&w);
    if (!str_is_absent(in->cookie))
        exchange_add_header(x, S("Set-Cookie"), in->cookie);
    exchange_add_header(x, S("Cache-Control"), S("no-store"));
    exchange_send_json(x, status, buf_str(&b));
    return ERR_OK;
}

enum err auth_send_signed_in(struct exchange *x, int status, const struct signed_in *in)
{
    return send_signed_in(x, status, in, NULL);
}

enum err auth_send_renewed(struct exchange *x, const struct signed_in *in, const struct json *codes)
{
    if (!str_is_absent(in->cookie) || codes)
        return send_signed_in(x, 200, in, codes);
    exchange_send_nothing(x, 204);
    return ERR_OK;
}

static enum err methods(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct json providers;
    (void)p;
    TRY(gate_providers(api->gate, x->arena, &providers, why));
    struct json mails = json_of_bool(gate_sends_mail(api->gate)), members[] = {
        json_named(S("setup"), json_of_bool(gate_setup_code(api->gate).len > 0)), json_named(S("password"), json_true),
        json_named(S("magic"), mails), json_named(S("reset"), mails), json_named(S("providers"), providers),
    };
    struct json all = json_of_map(members, COUNTOF(members));
    exchange_add_header(x, S("Cache-Control"), S("no-store"));
    exchange_send_json(x, 200, json_print(x->arena, &all));
    return ERR_OK;
}

struct login_body {
    str user, password;
};
static const struct json_want login_want[] = {
    {STR("user"), JSON_TEXT, TAKE_STR, offsetof(struct login_body, user), WANT_REQUIRED},
    {STR("password"), JSON_TEXT, TAKE_STR, offsetof(struct login_body, password), WANT_REQUIRED},
};

static enum err login(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct login_body body = {0};
    struct signed_in in = {0};
    const struct json *json;
    (void)p;
    TRY(exchange_json(x, &json, why));
    TRY(json_take(json, login_want, COUNTOF(login_want), &body, why));
    TRY(gate_login(api->gate, x, body.user, body.password, &in, why));
    return auth_send_signed_in(x, 200, &in);
}

struct setup_body {
    str code, email, name, password;
};
static const struct json_want setup_want[] = {
    {STR("code"), JSON_TEXT, TAKE_STR, offsetof(struct setup_body, code), WANT_REQUIRED},
    {STR("email"), JSON_TEXT, TAKE_STR, offsetof(struct setup_body, email), WANT_REQUIRED},
    {STR("name"), JSON_TEXT, TAKE_STR, offsetof(struct setup_body, name), 0},
    {STR("password"), JSON_TEXT, TAKE_STR, offsetof(struct setup_body, password), WANT_REQUIRED},
};

static enum err setup(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct setup_body body = {0};
    struct signed_in in = {0};
    const struct json *json;
    (void)p;
    TRY(exchange_json(x, &json, why));
    TRY(json_take(json, setup_want, COUNTOF(setup_want), &body, why));
    TRY(gate_setup(api->gate, x, body.code, body.email, body.name, body.password, &in, why));
    return auth_send_signed_in(x, 201, &in);
}

static enum err logout(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    (void)p;
    TRY(gate_logout(api->gate, x, why));
    exchange_send_nothing(x, 204);
    return ERR_OK;
}

/* clang-format off */
static const struct route auth_routes[] = {
    {M_GET, "/api/auth/methods", methods, 0, ROUTE_OPEN, "How one can sign in here, and whether the first administrator is still missing"},
    {M_POST, "/api/auth/setup", setup, LIMIT_LOGIN_BODY_BYTES, ROUTE_OPEN, "Make the first administrator with the code printed at start"},
    {M_POST, "/api/auth/login", login, LIMIT_LOGIN_BODY_BYTES, ROUTE_OPEN, "Sign in with a password"},
    {M_POST, "/api/auth/logout", logout, LIMIT_LOGIN_BODY_BYTES, 0, "End this session"},
};
/* clang-format on */
const struct api_table auth_api = {.routes = auth_routes, .count = COUNTOF(auth_routes)};
