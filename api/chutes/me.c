/* GET /users/me of Chutes' dialect (chutes-keys.md 7): the account, in its shape. Wallets, balances and that server's
 * permission bits are not kept here. */
#include "api/answer.h"
#include "api/auth/own_keys.h"
#include "api/chutes/chutes.h"
#include "base/id.h"
#include "base/time.h"

static void text_or_null(struct json_writer *w, str name, str text)
{
    json_name(w, name);
    if (str_is_absent(text))
        json_nothing(w);
    else
        json_text(w, text);
}

static void nothing(struct json_writer *w, str name)
{
    json_name(w, name);
    json_nothing(w);
}

static enum err me(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    const struct json *account;
    struct answer a;
    struct buf created;
    str text;
    (void)p;
    TRY(gate_own_item(api->gate, x, &account, why));
    const struct json *seconds = json_get(account, S("_created"));
    str name = key_text(account, "name");
    buf_init(&created, x->arena, 64);
    time_write_naive(&created, seconds && seconds->type == JSON_INT ? seconds->integer * 1000 : 0);
    answer_begin(x, &a);
    json_map_open(&a.json);
    text_or_null(&a.json, S("username"), name.len ? name : key_text(account, "email"));
    text_or_null(&a.json, S("user_id"), id_uuid(x->arena, key_text(account, "_id")));
    nothing(&a.json, S("logo_id"));
    text_or_null(&a.json, S("created_at"), buf_str(&created));
    nothing(&a.json, S("logo"));
    text_or_null(&a.json, S("hotkey"), key_text(account, "hotkey"));
    nothing(&a.json, S("coldkey"));
    nothing(&a.json, S("payment_address"));
    json_name(&a.json, S("permissions_bitmask"));
    json_int(&a.json, 0);
    json_name(&a.json, S("balance"));
    json_int(&a.json, 0);
    json_name(&a.json, S("permissions"));
    json_ready(&a.json, S("[]"));
    json_map_close(&a.json);
    TRY(answer_end(&a, &text, why));
    exchange_add_header(x, S("Cache-Control"), S("no-store"));
    exchange_send_json(x, 200, text);
    return ERR_OK;
}

/* clang-format off */
static const struct route me_routes[] = {
    {M_GET, "/users/me", me, 0, 0, "One's own account"},
};
/* clang-format on */
static const char *const realms[] = {"/users/", NULL};
const struct api_table chutes_me_api = {.routes = me_routes,
                                        .count = COUNTOF(me_routes),
                                        .problem = chutes_problem, .problem_name = "FastApiProblem",
                                        .realms = realms,
                                        .is_on = chutes_is_on,
                                        .prefix = chutes_prefix};
