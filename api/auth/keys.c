/* What anybody may do about keys. Managing one's own is the content API's business: keys are items. */
#include "api/api.h"
#include "base/limits.h"

struct leak_body {
    str key;
};
static const struct json_want leak_want[] = {
    {STR("key"), JSON_TEXT, TAKE_STR, offsetof(struct leak_body, key), WANT_REQUIRED},
};

static enum err report_leaked(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct leak_body body = {0};
    const struct json *json;
    (void)p;
    TRY(exchange_json(x, &json, why));
    TRY(json_take(json, leak_want, COUNTOF(leak_want), &body, why));
    TRY(gate_key_leaked(api->gate, x, body.key, why));
    exchange_add_header(x, S("Cache-Control"), S("no-store"));
    exchange_send_json(x, 202, S("{\"received\":true}"));
    return ERR_OK;
}

/* clang-format off */
static const struct route key_routes[] = {
    {M_POST, "/api/auth/leaked", report_leaked, LIMIT_LOGIN_BODY_BYTES, ROUTE_OPEN, "Report a key that was found somewhere: a good one ends at once"},
};
/* clang-format on */
const struct api_table key_api = {.routes = key_routes, .count = COUNTOF(key_routes)};
