/* ACME's addresses: below /acme for whichever authority the issuing rules say, and below /acme/ca/3 for the one of that number.
 * Who asks shows in his message alone, so no route looks at credentials. */
#include "api/acme/acme.h"

#include "api/problem.h"
#include "base/limits.h"
#include "base/time.h"

enum { RENEWAL_LOOK_S = 6 * 3600 };

/* ---- what the handlers share ---- */

static bool has_header(const struct exchange *x, str name)
{
    for (size_t i = 0; i < x->extra_header_count; i++)
        if (str_equal(x->extra_headers[i].name, name))
            return true;
    return false;
}

void acme_headers(struct exchange *x, struct gate *g)
{
    if (has_header(x, S("Replay-Nonce")))
        return;
    exchange_add_header(x, S("Replay-Nonce"), gate_acme_nonce(g, x->arena));
    exchange_add_header(x, S("Link"), arena_format(x->arena, "<" STR_FMT "/directory>;rel=\"index\"", STR_ARG(gate_acme_url(g, x))));
    exchange_add_header(x, S("Cache-Control"), S("no-store"));
}

enum err acme_message(struct exchange *x, void *app, enum acme_sender sender, struct acme_call *out, struct problem *why)
{
    struct api *api = app;
    acme_headers(x, api->gate);
    return gate_acme_open(api->gate, x, sender, out, why);
}

enum err acme_send(struct exchange *x, struct answer *a, int status, struct problem *why)
{
    str body;
    TRY(answer_end(a, &body, why));
    exchange_send_json(x, status, body);
    return ERR_OK;
}

str acme_address(const struct acme_call *c, const char *what, str id)
{
    return arena_format(c->x->arena, STR_FMT "/%s/" STR_FMT, STR_ARG(c->url), what, STR_ARG(id));
}

void acme_location(const struct acme_call *c, const char *what, str id)
{
    exchange_add_header(c->x, S("Location"), acme_address(c, what, id));
}

str acme_text(const struct json *item, const char *field)
{
    const struct json *v = json_get(item, str_of(field));
    return v && v->type == JSON_TEXT ? v->text : (str){"", 0};
}

void acme_write_name(struct json_writer *w, str name)
{
    str type = name, value = {"", 0};
    (void)str_cut(name, ':', &type, &value);
    json_map_open(w);
    json_name(w, S("type"));
    json_text(w, type);
    json_name(w, S("value"));
    json_text(w, value);
    json_map_close(w);
}

/* ---- addresses that need no message ---- */

static enum err directory(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    static const struct {
        const char *name, *path;
    } entries[] = {
        {"newNonce", "new-nonce"},     {"newAccount", "new-account"}, {"newOrder", "new-order"},
        {"revokeCert", "revoke-cert"}, {"keyChange", "key-change"},   {"renewalInfo", "renewal-info"},
    };
    struct api *api = app;
    struct answer a;
    str url = gate_acme_url(api->gate, x), caa = gate_acme_caa(api->gate);
    (void)p;
    TRY(gate_acme_exists(api->gate, x, why));
    answer_begin(x, &a);
    json_map_open(&a.json);
    for (size_t i = 0; i < COUNTOF(entries); i++) {
        json_name(&a.json, str_of(entries[i].name));
        json_text(&a.json, arena_format(x->arena, STR_FMT "/%s", STR_ARG(url), entries[i].path));
    }
    json_name(&a.json, S("meta"));
    json_map_open(&a.json);
    json_name(&a.json, S("externalAccountRequired"));
    json_bool(&a.json, gate_acme_needs_binding(api->gate));
    if (caa.len) {
        json_name(&a.json, S("caaIdentities"));
        json_list_open(&a.json);
        json_text(&a.json, caa);
        json_list_close(&a.json);
    }
    json_map_close(&a.json);
    json_map_close(&a.json);
    exchange_add_header(x, S("Cache-Control"), S("no-cache"));
    return acme_send(x, &a, 200, why);
}

static enum err new_nonce(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    (void)p;
    TRY(gate_acme_exists(api->gate, x, why));
    acme_headers(x, api->gate);
    exchange_send_nothing(x, x->method == M_HEAD ? 200 : 204);
    return ERR_OK;
}

static str time_text(struct arena *a, int64_t ms)
{
    struct buf b;
    buf_init(&b, a, 64);
    time_write(&b, ms / 1000 * 1000);
    return buf_str(&b);
}

static enum err renewal_info(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct acme_renewal window;
    struct answer a;
    TRY(gate_acme_exists(api->gate, x, why));
    TRY(gate_acme_renewal(api->gate, param(p, "certificate"), x->arena, &window, why));
    answer_begin(x, &a);
    json_map_open(&a.json);
    json_name(&a.json, S("suggestedWindow"));
    json_map_open(&a.json);
    json_name(&a.json, S("start"));
    json_text(&a.json, time_text(x->arena, window.from_ms));
    json_name(&a.json, S("end"));
    json_text(&a.json, time_text(x->arena, window.to_ms));
    json_map_close(&a.json);
    json_map_close(&a.json);
    exchange_add_header(x, S("Retry-After"), arena_format(x->arena, "%d", RENEWAL_LOOK_S));
    exchange_add_header(x, S("Cache-Control"), S("no-cache"));
    return acme_send(x, &a, 200, why);
}

static enum err revoke(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct acme_call c;
    (void)p;
    TRY(acme_message(x, app, ACME_BY_EITHER, &c, why));
    TRY(gate_acme_revoke(&c, why));
    exchange_send_nothing(x, 200);
    return ERR_OK;
}

/* clang-format off */
#define BOTH(method, path, run, body, doc) \
    {method, "/acme" path, run, body, ROUTE_OPEN, doc}, {method, "/acme/ca/{authority}" path, run, body, ROUTE_OPEN, doc " of one authority"}
static const struct route routes[] = {
    BOTH(M_GET,  "/directory",                  directory,           0, "ACME: where everything is"),
    BOTH(M_GET,  "/new-nonce",                  new_nonce,           0, "ACME: a nonce for a message"),
    BOTH(M_POST, "/new-account",                acme_new_account,    LIMIT_ACME_BODY_BYTES, "ACME: make an account, or find one's own"),
    BOTH(M_POST, "/account/{id}",               acme_account,        LIMIT_ACME_BODY_BYTES, "ACME: an account"),
    BOTH(M_POST, "/account/{id}/orders",        acme_account_orders, LIMIT_ACME_BODY_BYTES, "ACME: an account's orders"),
    BOTH(M_POST, "/key-change",                 acme_key_change,     LIMIT_ACME_BODY_BYTES, "ACME: another key for an account"),
    BOTH(M_POST, "/new-order",                  acme_new_order,      LIMIT_ACME_BODY_BYTES, "ACME: ask for a certificate"),
    BOTH(M_POST, "/order/{id}",                 acme_order,          LIMIT_ACME_BODY_BYTES, "ACME: an order"),
    BOTH(M_POST, "/order/{id}/finalize",        acme_finalize,       LIMIT_ACME_BODY_BYTES, "ACME: hand in the CSR of an order"),
    BOTH(M_POST, "/authz/{id}",                 acme_authorization,  LIMIT_ACME_BODY_BYTES, "ACME: an authorization"),
    BOTH(M_POST, "/challenge/{id}/{type}",      acme_challenge,      LIMIT_ACME_BODY_BYTES, "ACME: a challenge; say that it can be looked at"),
    BOTH(M_POST, "/certificate/{id}",           acme_certificate,    LIMIT_ACME_BODY_BYTES, "ACME: a certificate with its issuers"),
    BOTH(M_POST, "/revoke-cert",                revoke,              LIMIT_ACME_BODY_BYTES, "ACME: revoke a certificate"),
    BOTH(M_GET,  "/renewal-info/{certificate}", renewal_info,        0, "ACME: when to renew a certificate"),
};
/* clang-format on */
static const char *const realms[] = {"/acme/", NULL};
const struct api_table acme_api = {
    .routes = routes, .count = COUNTOF(routes), .problem = acme_problem, .problem_name = "AcmeProblem", .realms = realms};
