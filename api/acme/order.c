/* ACME's orders, authorizations and challenges on the wire (RFC 8555 7.1.3 to 7.1.5, 8). */
#include "api/acme/acme.h"

enum { ASK_AGAIN_S = 5, LOOK_AGAIN_S = 1 };

static bool is(const struct json *item, const char *field, const char *text)
{
    return str_equal(acme_text(item, field), str_of(text));
}

static const struct json *list_of(const struct json *item, const char *field)
{
    static const struct json none = {.type = JSON_LIST};
    const struct json *v = json_get(item, str_of(field));
    return v && v->type == JSON_LIST ? v : &none;
}

static void write_error(struct acme_call *c, struct json_writer *w, const struct json *item)
{
    const struct json *error = json_get(item, S("error"));
    if (!error || error->type != JSON_MAP)
        return;
    json_name(w, S("error"));
    acme_write_error(w, c->x->arena, error);
}

/* ---- orders ---- */

static enum err send_order(struct acme_call *c, const struct json *order, int status, struct problem *why)
{
    struct answer a;
    const struct json *names = list_of(order, "names"), *shown = list_of(order, "authorizations");
    str id = acme_text(order, "_id");
    answer_begin(c->x, &a);
    json_map_open(&a.json);
    json_member_text(&a.json, "status", acme_text(order, "status"));
    json_member_text(&a.json, "expires", acme_text(order, "expires_at"));
    json_name(&a.json, S("identifiers"));
    json_list_open(&a.json);
    for (uint32_t i = 0; i < names->count; i++)
        acme_write_name(&a.json, names->items[i].text);
    json_list_close(&a.json);
    json_name(&a.json, S("authorizations"));
    json_list_open(&a.json);
    for (uint32_t i = 0; i < shown->count; i++)
        json_text(&a.json, acme_address(c, "authz", shown->items[i].text));
    json_list_close(&a.json);
    json_member_text(&a.json, "finalize", arena_format(c->x->arena, STR_FMT "/finalize", STR_ARG(acme_address(c, "order", id))));
    if (is(order, "status", "valid") && acme_text(order, "certificate").len)
        json_member_text(&a.json, "certificate", acme_address(c, "certificate", acme_text(order, "certificate")));
    write_error(c, &a.json, order);
    json_map_close(&a.json);
    acme_location(c, "order", id);
    if (is(order, "status", "processing"))
        exchange_add_header(c->x, S("Retry-After"), arena_format(c->x->arena, "%d", ASK_AGAIN_S));
    return acme_send(c->x, &a, status, why);
}

enum err acme_new_order(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct acme_call c;
    const struct json *order;
    (void)p;
    TRY(acme_message(x, app, ACME_BY_ACCOUNT, &c, why));
    TRY(gate_acme_order_new(&c, &order, why));
    return send_order(&c, order, 201, why);
}

enum err acme_order(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct acme_call c;
    const struct json *order;
    TRY(acme_message(x, app, ACME_BY_ACCOUNT, &c, why));
    TRY(gate_acme_order(&c, param(p, "id"), &order, why));
    return send_order(&c, order, 200, why);
}

enum err acme_finalize(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct acme_call c;
    const struct json *order;
    TRY(acme_message(x, app, ACME_BY_ACCOUNT, &c, why));
    TRY(gate_acme_finalize(&c, param(p, "id"), &order, why));
    return send_order(&c, order, 200, why);
}

enum err acme_certificate(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    const struct pair media = {S("Content-Type"), S("application/pem-certificate-chain")};
    struct acme_call c;
    str pem;
    TRY(acme_message(x, app, ACME_BY_ACCOUNT, &c, why));
    TRY(gate_acme_certificate(&c, param(p, "id"), &pem, why));
    x->send(x, 200, &media, 1, pem);
    return ERR_OK;
}

/* ---- authorizations ---- */

static void write_challenge(struct acme_call *c, struct json_writer *w, const struct json *authorization, const struct json *one)
{
    str type = acme_text(one, "type"), id = acme_text(authorization, "_id");
    json_map_open(w);
    json_member_text(w, "type", type);
    json_member_text(w, "url", arena_format(c->x->arena, STR_FMT "/" STR_FMT, STR_ARG(acme_address(c, "challenge", id)), STR_ARG(type)));
    json_member_text(w, "status", acme_text(one, "status"));
    json_member_text(w, "token", acme_text(one, "token"));
    if (acme_text(one, "validated").len)
        json_member_text(w, "validated", acme_text(one, "validated"));
    write_error(c, w, one);
    json_map_close(w);
}

/* Once a way was chosen the others are not offered any more (RFC 8555 7.1.4). */
static bool is_shown(const struct json *authorization, const struct json *one)
{
    return is(authorization, "status", "pending") ? true : is(authorization, "status", "valid") ? is(one, "status", "valid") : !is(one, "status", "pending");
}

static enum err send_authorization(struct acme_call *c, const struct json *one, struct problem *why)
{
    struct answer a;
    const struct json *list = list_of(one, "challenges"), *wildcard = json_get(one, S("wildcard"));
    answer_begin(c->x, &a);
    json_map_open(&a.json);
    json_name(&a.json, S("identifier"));
    acme_write_name(&a.json, acme_text(one, "identifier"));
    json_member_text(&a.json, "status", gate_acme_authorization_status(one));
    json_member_text(&a.json, "expires", acme_text(one, "expires_at"));
    if (wildcard && wildcard->type == JSON_BOOL && wildcard->boolean) {
        json_name(&a.json, S("wildcard"));
        json_bool(&a.json, true);
    }
    json_name(&a.json, S("challenges"));
    json_list_open(&a.json);
    for (uint32_t i = 0; i < list->count; i++)
        if (is_shown(one, &list->items[i]))
            write_challenge(c, &a.json, one, &list->items[i]);
    json_list_close(&a.json);
    json_map_close(&a.json);
    if (acme_text(one, "trying").len)
        exchange_add_header(c->x, S("Retry-After"), arena_format(c->x->arena, "%d", LOOK_AGAIN_S));
    return acme_send(c->x, &a, 200, why);
}

enum err acme_authorization(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct acme_call c;
    const struct json *one;
    TRY(acme_message(x, app, ACME_BY_ACCOUNT, &c, why));
    TRY(gate_acme_authorization(&c, param(p, "id"), &one, why));
    return send_authorization(&c, one, why);
}

enum err acme_challenge(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct acme_call c;
    struct answer a;
    const struct json *one, *challenge;
    TRY(acme_message(x, app, ACME_BY_ACCOUNT, &c, why));
    TRY(gate_acme_challenge(&c, param(p, "id"), param(p, "type"), &one, &challenge, why));
    answer_begin(x, &a);
    write_challenge(&c, &a.json, one, challenge);
    exchange_add_header(x, S("Link"), arena_format(x->arena, "<" STR_FMT ">;rel=\"up\"", STR_ARG(acme_address(&c, "authz", acme_text(one, "_id")))));
    if (is(challenge, "status", "processing"))
        exchange_add_header(x, S("Retry-After"), arena_format(x->arena, "%d", LOOK_AGAIN_S));
    return acme_send(x, &a, 200, why);
}
