/* Second factors: asked for at sign-in, shown again for what matters, set up and given up. */
#include "api/auth/auth.h"
#include "base/limits.h"
#include "roles/sign_in/account.h"

struct proof_body {
    str pending;
    struct proof proof;
};
static const struct json_want second_want[] = {
    {STR("pending"), JSON_TEXT, TAKE_STR, offsetof(struct proof_body, pending), WANT_REQUIRED},
    {STR("code"), JSON_TEXT, TAKE_STR, offsetof(struct proof_body, proof.code), 0},
    {STR("recovery"), JSON_TEXT, TAKE_STR, offsetof(struct proof_body, proof.recovery), 0},
    {STR("passkey"), JSON_MAP, TAKE_JSON, offsetof(struct proof_body, proof.passkey), 0},
};
static const struct json_want step_up_want[] = {
    {STR("password"), JSON_TEXT, TAKE_STR, offsetof(struct proof_body, proof.password), 0},
    {STR("code"), JSON_TEXT, TAKE_STR, offsetof(struct proof_body, proof.code), 0},
    {STR("recovery"), JSON_TEXT, TAKE_STR, offsetof(struct proof_body, proof.recovery), 0},
    {STR("passkey"), JSON_MAP, TAKE_JSON, offsetof(struct proof_body, proof.passkey), 0},
};

static enum err second(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct proof_body body = {0};
    struct signed_in in = {0};
    const struct json *json;
    (void)p;
    TRY(exchange_json(x, &json, why));
    TRY(json_take(json, second_want, COUNTOF(second_want), &body, why));
    TRY(gate_second_factor(api->gate, x, body.pending, &body.proof, &in, why));
    return auth_send_signed_in(x, 200, &in);
}

static enum err step_up(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct proof_body body = {0};
    struct signed_in in = {0};
    const struct json *json;
    (void)p;
    TRY(exchange_json(x, &json, why));
    TRY(json_take(json, step_up_want, COUNTOF(step_up_want), &body, why));
    TRY(gate_step_up(api->gate, x, &body.proof, &in, why));
    return auth_send_renewed(x, &in, NULL);
}

static enum err totp_begin(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct totp_begun begun = {0};
    struct buf b;
    struct json_writer w;
    (void)p;
    TRY(gate_totp_begin(api->gate, x, &begun, why));
    buf_init(&b, x->arena, LIMIT_RESPONSE_BYTES);
    json_begin(&w, &b);
    json_map_open(&w);
    json_name(&w, S("secret"));
    json_text(&w, begun.secret);
    json_name(&w, S("uri"));
    json_text(&w, begun.uri);
    json_map_close(&w);
    exchange_add_header(x, S("Cache-Control"), S("no-store"));
    exchange_send_json(x, 200, buf_str(&b));
    return ERR_OK;
}

struct code_body {
    str code;
};
static const struct json_want code_want[] = {
    {STR("code"), JSON_TEXT, TAKE_STR, offsetof(struct code_body, code), WANT_REQUIRED},
};

static enum err totp_confirm(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct code_body body = {0};
    struct signed_in in = {0};
    struct json codes = json_null;
    const struct json *json;
    (void)p;
    TRY(exchange_json(x, &json, why));
    TRY(json_take(json, code_want, COUNTOF(code_want), &body, why));
    TRY(gate_totp_confirm(api->gate, x, body.code, &codes, &in, why));
    return auth_send_renewed(x, &in, &codes);
}

static enum err totp_end(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct signed_in in = {0};
    (void)p;
    TRY(gate_totp_end(api->gate, x, &in, why));
    return auth_send_renewed(x, &in, NULL);
}

static enum err recovery_codes(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct signed_in in = {0};
    struct json codes = json_null;
    (void)p;
    TRY(gate_recovery_renew(api->gate, x, &codes, &in, why));
    return auth_send_renewed(x, &in, &codes);
}

/* clang-format off */
static const struct route second_factor_routes[] = {
    {M_POST, "/api/auth/second", second, LIMIT_LOGIN_BODY_BYTES, ROUTE_OPEN, "The second step of a sign-in: a code, a recovery code or a passkey"},
    {M_POST, "/api/auth/step-up", step_up, LIMIT_LOGIN_BODY_BYTES, 0, "Show once more that it is you; holds for five minutes"},
    {M_POST, "/api/auth/totp/begin", totp_begin, LIMIT_LOGIN_BODY_BYTES, 0, "Make a secret for an authenticator"},
    {M_POST, "/api/auth/totp/confirm", totp_confirm, LIMIT_LOGIN_BODY_BYTES, 0, "Switch codes on by showing the first one; answers recovery codes, once"},
    {M_DELETE, "/api/auth/totp", totp_end, 0, 0, "Switch codes off"},
    {M_POST, "/api/auth/recovery-codes", recovery_codes, LIMIT_LOGIN_BODY_BYTES, 0, "New recovery codes in place of the old ones"},
};
/* clang-format on */
const struct api_table second_factor_api = {.routes = second_factor_routes, .count = COUNTOF(second_factor_routes)};
