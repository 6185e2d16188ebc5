/* Signed tokens for programs: short-lived, narrower than the credential they were made with if one likes,
 * ended with it. Anybody can verify them with the keys at /.well-known/jwks.json; whether one still holds,
 * this server alone knows. */
#include "api/answer.h"
#include "api/api.h"
#include "base/limits.h"
#include "base/time.h"

struct token_body {
    const struct json *scopes;
    int64_t expires_in;
    str label;
};
static const struct json_want token_want[] = {
    {STR("scopes"), JSON_LIST, TAKE_JSON, offsetof(struct token_body, scopes), WANT_NULLABLE},
    {STR("expires_in"), JSON_INT, TAKE_I64, offsetof(struct token_body, expires_in), 0},
    {STR("label"), JSON_TEXT, TAKE_STR, offsetof(struct token_body, label), 0},
};

static enum err read_wish(struct exchange *x, struct token_body *body, struct problem *why)
{
    const struct json *json;
    body->expires_in = 3600;
    if (x->body_length == 0)
        return ERR_OK;
    TRY(exchange_json(x, &json, why));
    TRY(json_take(json, token_want, COUNTOF(token_want), body, why));
    if (body->expires_in < 1 || body->expires_in > 86400)
        return problem_fault(why, ERR_INVALID, S("/expires_in"), S("range"), "expires_in is a number of seconds from 1 to 86400");
    if (body->scopes && body->scopes->type == JSON_LIST && body->scopes->count == 0)
        return problem_fault(why, ERR_INVALID, S("/scopes"), S("required"), "An empty list would allow nothing; leave scopes out");
    return ERR_OK;
}

static enum err make(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct token_body body = {0};
    struct token token;
    struct answer a;
    str text;
    (void)p;
    TRY(read_wish(x, &body, why));
    struct token_wish wish = {.purpose = TOKEN_API, .life_ms = body.expires_in * 1000, .has_item = true, .label = body.label};
    if (body.scopes && body.scopes->type == JSON_LIST)
        wish.scopes = body.scopes;
    TRY(gate_token(api->gate, x, x->who, &wish, &token, why));
    answer_begin(x, &a);
    json_map_open(&a.json);
    json_name(&a.json, S("access_token"));
    json_text(&a.json, token.text);
    json_name(&a.json, S("token_type"));
    json_text(&a.json, S("Bearer"));
    json_name(&a.json, S("expires_in"));
    json_int(&a.json, (token.expires_ms - time_now_ms() + 999) / 1000);
    json_name(&a.json, S("_id"));
    json_text(&a.json, token.id);
    json_map_close(&a.json);
    TRY(answer_end(&a, &text, why));
    exchange_add_header(x, S("Cache-Control"), S("no-store"));
    exchange_send_json(x, 201, text);
    return ERR_OK;
}

static enum err jwks(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct json keys;
    struct answer a;
    str text;
    (void)p;
    TRY(gate_jwks(api->gate, x->arena, &keys, why));
    answer_begin(x, &a);
    json_map_open(&a.json);
    json_name(&a.json, S("keys"));
    json_value(&a.json, &keys);
    json_map_close(&a.json);
    TRY(answer_end(&a, &text, why));
    exchange_add_header(x, S("Cache-Control"), S("public, max-age=300"));
    exchange_send_json(x, 200, text);
    return ERR_OK;
}

/* clang-format off */
static const struct route token_routes[] = {
    {M_POST, "/api/auth/token", make, LIMIT_LOGIN_BODY_BYTES, 0, "Make a short-lived token, narrower than the credential it is made with"},
    {M_GET, "/.well-known/jwks.json", jwks, 0, ROUTE_OPEN, "The public keys that tokens are verified with"},
};
/* clang-format on */
const struct api_table token_api = {.routes = token_routes, .count = COUNTOF(token_routes)};
