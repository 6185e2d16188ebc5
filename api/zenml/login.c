/* POST /api/v1/login: a form, five ways to sign in, and their order (zenml-tokens.md 2). The work is done behind
 * the gate; what follows is its wire. */
#include "api/answer.h"
#include "api/zenml/zenml.h"
#include "base/form.h"
#include "base/time.h"
#include "roles/sign_in/devices.h"

#define GRANT_DEVICE "urn:ietf:params:oauth:grant-type:device_code"
#define COOKIE       "zenml-server-"

struct login {
    struct exchange *x;
    struct api *api;
    str grant, username, password, client_id, device_code; /* {0}: absent or empty */
};

struct login_answer {
    struct token token;
    str cookie_name, device, csrf; /* {0}: none */
};

/* What browsers keep rides along by itself from then on; a page of another site is not given that (B-4). */
static void set_cookie(struct login *l, struct login_answer *a, const struct principal *who)
{
    struct exchange *x = l->x;
    struct principal holder = *who;
    if (!gate_is_own_page(x))
        return;
    a->cookie_name = arena_format(x->arena, COOKIE STR_FMT, STR_ARG(gate_server_id(l->api->gate, x->arena)));
    long long life = (a->token.expires_ms - time_now_ms()) / 1000;
    exchange_add_header(x, S("Set-Cookie"),
                        arena_format(x->arena, STR_FMT "=" STR_FMT "; Path=/; HttpOnly; SameSite=Lax; Max-Age=%lld%s",
                                     STR_ARG(a->cookie_name), STR_ARG(a->token.text), life > 0 ? life : 0,
                                     x->is_tls ? "; Secure" : ""));
    holder.by_cookie = true;
    a->csrf = gate_csrf(l->api->gate, x->arena, &holder);
}

static void extended(struct json_writer *w, const struct api *api, const char *name, str value, bool even_so)
{
    if (api->options.zenml.extended_login || (even_so && !str_is_absent(value)))
        zenml_text(w, name, value);
}

static enum err send(struct login *l, const struct login_answer *in, struct problem *why)
{
    struct answer a;
    str body = {0};
    str device = str_is_absent(in->device) ? (str){0} : id_uuid(l->x->arena, in->device);
    answer_begin(l->x, &a);
    json_map_open(&a.json);
    zenml_text(&a.json, "access_token", in->token.text);
    zenml_text(&a.json, "token_type", S("bearer"));
    json_name(&a.json, S("expires_in"));
    json_int(&a.json, (in->token.expires_ms - time_now_ms() + 999) / 1000);
    zenml_null(&a.json, "refresh_token");
    zenml_null(&a.json, "scope");
    extended(&a.json, l->api, "cookie_name", in->cookie_name, true);
    extended(&a.json, l->api, "device_id", device, true);
    extended(&a.json, l->api, "device_metadata", (str){0}, false);
    extended(&a.json, l->api, "csrf_token", in->csrf, false);
    json_map_close(&a.json);
    TRY(answer_end(&a, &body, why));
    exchange_add_header(l->x, S("Cache-Control"), S("no-store"));
    exchange_send_json(l->x, 200, body);
    return ERR_OK;
}

static enum err refuse(struct login *l, const char *text)
{
    return zenml_refuse(l->x, ERR_BAD_INPUT, NULL, str_of(text));
}

static enum err refuse_grant(struct login *l, const char *stop)
{
    return zenml_refuse(l->x, ERR_BAD_INPUT, NULL,
                        arena_format(l->x->arena, "Unsupported grant type: " STR_FMT "%s", STR_ARG(l->grant), stop));
}

/* Wrong, unknown, switched off: one answer. Everything else is as everywhere. */
static enum err refuse_credential(struct login *l, enum err e, const char *sort, const struct problem *own, struct problem *why)
{
    if (e == ERR_UNAUTHENTICATED)
        return zenml_refuse(l->x, e, sort, arena_format(l->x->arena, "Authentication error: " STR_FMT, STR_ARG(own->text)));
    why->retry_after_s = own->retry_after_s;
    return problem_set(why, e, STR_FMT, STR_ARG(own->text));
}

static enum err by_password(struct login *l, struct problem *why)
{
    struct problem own = {.arena = l->x->arena};
    const struct principal *who = NULL;
    struct login_answer a = {0};
    struct token_wish wish = {.purpose = TOKEN_ZENML, .life_ms = l->api->options.zenml.token_ms};
    str password = str_is_absent(l->password) ? S("") : l->password;
    if (str_is_absent(l->username))
        return refuse(l, "Invalid request: username is required.");
    enum err e = gate_login_program(l->api->gate, l->x, l->username, password, S("zenml"), wish.life_ms, &who, &own);
    if (e != ERR_OK)
        return refuse_credential(l, e, "AuthorizationException", &own, why);
    TRY(gate_token(l->api->gate, l->x, who, &wish, &a.token, why));
    set_cookie(l, &a, who);
    return send(l, &a, why);
}

static enum err by_key(struct login *l, struct problem *why)
{
    struct problem own = {.arena = l->x->arena};
    const struct principal *who = NULL;
    struct login_answer a = {0};
    struct token_wish wish = {.purpose = TOKEN_ZENML, .life_ms = l->api->options.zenml.token_ms};
    if (str_is_absent(l->password))
        return refuse(l, "API key is required.");
    enum err e = gate_login_key(l->api->gate, l->x, l->password, &who, &own);
    if (e != ERR_OK)
        return refuse_credential(l, e, "CredentialsNotValid", &own, why);
    TRY(gate_token(l->api->gate, l->x, who, &wish, &a.token, why));
    return send(l, &a, why);
}

/* RFC 6749 5.2, RFC 8628 3.5. */
static enum err refuse_device(struct login *l, const struct device_refusal *r)
{
    struct buf b;
    struct json_writer w;
    buf_init(&b, l->x->arena, 4096);
    json_begin(&w, &b);
    json_map_open(&w);
    zenml_text(&w, "error", r->error);
    zenml_text(&w, "error_description", r->text);
    zenml_null(&w, "error_uri");
    json_map_close(&w);
    exchange_add_header(l->x, S("Cache-Control"), S("no-store"));
    exchange_send_json(l->x, 400, buf_str(&b));
    return ERR_OK;
}

static enum err by_device(struct login *l, struct problem *why)
{
    struct device_refusal refusal = {0};
    const struct principal *who = NULL;
    struct login_answer a = {0};
    if (str_is_absent(l->device_code) || str_is_absent(l->client_id))
        return refuse(l, "Invalid request: device code and client ID are required.");
    if (!zenml_is_uuid(l->client_id))
        return refuse(l, "Invalid request: invalid client ID.");
    TRY(gate_device_login(l->api->gate, l->x, l->client_id, l->device_code, &a.device, &who, &refusal, why));
    if (!str_is_absent(refusal.error))
        return refuse_device(l, &refusal);
    struct json claim = json_named(S("device_id"), json_of_text(id_uuid(l->x->arena, a.device)));
    struct token_wish wish = {
        .purpose = TOKEN_ZENML, .life_ms = who->expires_ms - time_now_ms(), .claims = &claim, .claim_count = 1};
    TRY(gate_token(l->api->gate, l->x, who, &wish, &a.token, why));
    return send(l, &a, why);
}

static str filled(const struct form *form, str name)
{
    str v = form_get(form, name);
    return v.len ? v : (str){0};
}

static const struct {
    str name;
    enum err (*run)(struct login *l, struct problem *why);
} grants[] = {
    {STR("password"), by_password},
    {STR("zenml-api-key"), by_key},
    {STR(GRANT_DEVICE), by_device},
};

enum err zenml_login(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct form form = {0};
    str body = {0};
    (void)p;
    TRY(exchange_body(x, &body, why));
    TRY(form_read(x->arena, exchange_header(x, S("content-type")), body, &form, why));
    struct login l = {.x = x,
                      .api = app,
                      .grant = filled(&form, S("grant_type")),
                      .username = filled(&form, S("username")),
                      .password = filled(&form, S("password")),
                      .client_id = filled(&form, S("client_id")),
                      .device_code = filled(&form, S("device_code"))};
    bool is_said = !str_is_absent(l.grant);
    if (!is_said)
        l.grant = !str_is_absent(l.username)      ? grants[0].name
                  : !str_is_absent(l.password)    ? grants[1].name
                  : !str_is_absent(l.device_code) ? grants[2].name
                                                  : grants[0].name;
    for (size_t i = 0; i < COUNTOF(grants); i++)
        if (str_equal(grants[i].name, l.grant))
            return grants[i].run(&l, why);
    return refuse_grant(&l, str_equal(l.grant, S("zenml-external")) ? "." : "");
}
