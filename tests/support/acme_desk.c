#include "tests/support/acme_desk.h"

#include "base/crypt.h"
#include "base/jws.h"
#include "content/system/pki/pem.h"
#include "content/system/pki/x509_make.h"
#include "roles/internal.h"

#include <stdio.h>

#define WAIT_MS 30000 /* for what comes at once or never */

/* ---- a desk, and a server that holds 127.0.0.1 ---- */


struct fake_exchange *desk_ask(struct desk *d, const char *who, const char *method, str target, str body)
{
    struct arena *a = d->arena;
    const char *headers = arena_cstr(a, arena_format(a, "api-key: " STR_FMT "\nContent-Type: application/json\n", STR_ARG(house_key(d->house, who))));
    return rest_request(d->house->gate, a, method, arena_cstr(a, target), headers, body, NULL);
}

str desk_member(struct desk *d, const struct fake_exchange *f, const char *name)
{
    const struct json *v = json_get(house_json(d->arena, arena_cstr(d->arena, f->answer)), str_of(name));
    return v && v->type == JSON_TEXT ? v->text : (str){"", 0};
}

str desk_authority(struct desk *d, const char *name)
{
    struct fake_exchange *f = desk_ask(d, "boss", "POST", S(ITEMS "certificate_authorities"),
                                  arena_format(d->arena, "{\"data\":{\"subject\":{\"CN\":\"%s\"},\"self_signed\":true}}", name));
    CHECK_INT(f->status, 200);
    return desk_member(d, f, "_id");
}

struct desk *desk_open_on(const struct engine_ops *engine, str open_role)
{
    struct arena *a = arena_open(1 << 20);
    struct desk *d = NEW(a, struct desk);
    d->arena = a;
    (void)snprintf(d->answer, sizeof d->answer, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    open_other(&d->other, d->answer);
    d->port = d->other.port;
    NEED(network_read(S("127.0.0.0/8"), &d->loopback));
    d->house = house_open_with(&(struct house_config){
        .engine = engine,
        .acme = {.outside = {.policy = {.may_http = true, .allow = &d->loopback, .allow_count = 1, .ports = &d->port, .port_count = 1}, .http_port = d->port},
                 .open_role = open_role}});
    house_people(d->house,
                 "{roles: {asker: [{collection:'certificate_requests', verbs:['read'], where:{_cby:'$user'}},"
                 "                 {collection:'certificate_requests', verbs:['create']}, {collection:'api_keys', verbs:['acme_binding', 'rotate']}],"
                 "         nobody: [{collection:'api_keys', verbs:['acme_binding']}],"
                 "         manager: [{collection:'certificate_requests', verbs:['*']}, {collection:'certificates', verbs:['*']},"
                 "                   {collection:'certificate_authorities', verbs:['*']}, {collection:'issuing_rules', verbs:['*']},"
                 "                   {collection:'acme_accounts', verbs:['*']}, {collection:'acme_orders', verbs:['*']}, {collection:'api_keys', verbs:['acme_binding']}]},"
                 " users: {ada: {roles:['asker']}, eve: {roles:['asker']}, boss: {roles:['manager']}, none: {roles:['nobody']}},"
                 " keys: {ada: {user:'ada'}, eve: {user:'eve'}, boss: {user:'boss'}, none: {user:'none'}}}");
    d->authority = desk_authority(d, "Root");
    return d;
}

struct desk *desk_open(str open_role)
{
    return desk_open_on(NULL, open_role);
}

void desk_close(struct desk *d)
{
    house_close(d->house);
    close_other(&d->other);
    arena_close(d->arena);
}

/* Signs at once what asker hands in for 127.0.0.1 and below example.org. */
void desk_rule(struct desk *d, const char *decision)
{
    (void)house_item(d->house, "issuing_rules",
                     arena_cstr(d->arena, arena_format(d->arena, "{name:'hosts', roles:['" STR_FMT "'], networks:['127.0.0.0/8'], dns:['*.example.org'], decision:'%s', max_days:3}",
                                                       STR_ARG(house_role(d->house, "asker")), decision)));
}

/* ---- what clients do ---- */

str desk_binding(struct desk *d, struct acme *c, const char *who)
{
    struct fake_exchange *f = desk_ask(d, who, "POST", arena_format(d->arena, ITEMS "api_keys/" STR_FMT "/acme_binding", STR_ARG(house_key_id(d->house, who))), S("{}"));
    CHECK_INT(f->status, 200);
    return acme_binding(c, desk_member(d, f, "kid"), desk_member(d, f, "hmac_key"), arena_format(d->arena, HERE "%s/new-account", c->base));
}

struct fake_exchange *desk_enroll(struct desk *d, struct acme *c, const char *who)
{
    struct fake_exchange *f = acme_post(c, S("/new-account"), arena_format(d->arena, "{\"contact\":[\"mailto:ops@example.org\"],\"externalAccountBinding\":" STR_FMT "}",
                                                                           STR_ARG(desk_binding(d, c, who))));
    c->kid = fake_header(f, "Location");
    return f;
}

struct acme *desk_account(struct desk *d, const char *who)
{
    struct acme *c = acme_client(d->house, d->arena, PUBKEY_ES256);
    CHECK_INT(desk_enroll(d, c, who)->status, 201);
    return c;
}

bool desk_waits(struct house *h, struct arena *a, uint64_t last)
{
    struct problem why = {.arena = a};
    return journal_wait(h->gate->content, last, WAIT_MS, &why) == ERR_OK;
}

str acme_first(struct acme *c, const struct fake_exchange *f, const char *name)
{
    const struct json *list = json_get(acme_answer(c, f), str_of(name));
    NEED(list && list->type == JSON_LIST && list->count > 0);
    return list->items[0].type == JSON_TEXT ? list->items[0].text : S("");
}

const struct json *acme_challenge_in(struct acme *c, const struct fake_exchange *authorization, const char *type)
{
    const struct json *list = json_get(acme_answer(c, authorization), S("challenges"));
    for (uint32_t i = 0; list && i < list->count; i++)
        if (json_is_text(json_get(&list->items[i], S("type")), str_of(type)))
            return &list->items[i];
    return NULL;
}

str acme_text_of(const struct json *v, const char *name)
{
    const struct json *t = json_get(v, str_of(name));
    return t && t->type == JSON_TEXT ? t->text : S("");
}

/* What a proof comes to is written by another thread: each look is followed by waiting for an entry behind it. */
str acme_state_after(struct acme *c, str address, const char *state)
{
    str now = str_of(state);
    for (bool more = true; more && str_equal(now, str_of(state));) {
        uint64_t last = journal_last(c->house->gate->content);
        now = acme_member(c, acme_post(c, address, (str){0}), "status");
        more = !str_equal(now, str_of(state)) || desk_waits(c->house, c->arena, last);
    }
    return now;
}

static void hold_name(struct desk *d, struct acme *c, const struct json *http)
{
    struct pubkey key = signer_public(c->key);
    str text = arena_format(d->arena, STR_FMT "." STR_FMT, STR_ARG(acme_text_of(http, "token")), STR_ARG(jwk_thumbprint(d->arena, &key)));
    (void)snprintf(d->answer, sizeof d->answer, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n" STR_FMT, text.len, STR_ARG(text));
}

/* An order for 127.0.0.1 that is ready; its address. */
str desk_ready_order(struct desk *d, struct acme *c)
{
    struct fake_exchange *order = acme_post(c, S("/new-order"), S(IP));
    CHECK_INT(order->status, 201);
    str address = fake_header(order, "Location");
    if (!str_equal(acme_member(c, order, "status"), S("pending")))
        return address;
    str shown = acme_first(c, order, "authorizations");
    const struct json *http = acme_challenge_in(c, acme_post(c, shown, (str){0}), "http-01");
    NEED(http != NULL);
    hold_name(d, c, http);
    CHECK_INT(acme_post(c, acme_text_of(http, "url"), S("{}"))->status, 200);
    CHECK_STR(acme_state_after(c, shown, "pending"), S("valid"));
    CHECK_STR(acme_member(c, acme_post(c, address, (str){0}), "status"), S("ready"));
    return address;
}

str acme_csr(struct arena *a, str key, const char *common, const struct alt_name *names, size_t count)
{
    struct problem why = {.arena = a};
    struct dn_part part = {S("CN"), str_of(common)};
    struct pem_block *b;
    size_t blocks;
    str pem;
    NEED(request_make(key, &(struct dn){&part, common[0] ? 1u : 0u}, names, count, a, &pem, &why) == ERR_OK);
    NEED(pem_read(a, pem, 1, &b, &blocks, &why) == ERR_OK);
    return arena_format(a, "{\"csr\":\"" STR_FMT "\"}", STR_ARG(base64url_encode(a, b->der)));
}

str acme_new_key(struct arena *a)
{
    str key;
    NEED(private_key_make(MAKE_ED25519, a, &key, &(struct problem){.arena = a}) == ERR_OK);
    return key;
}

static const struct alt_name loopback_name = {NAME_IP, STR("127.0.0.1")};

str acme_csr_of_loopback(struct arena *a)
{
    return acme_csr(a, acme_new_key(a), "", &loopback_name, 1);
}

struct fake_exchange *acme_finalize_order(struct acme *c, str order, str payload)
{
    return acme_post(c, arena_format(c->arena, STR_FMT "/finalize", STR_ARG(order)), payload);
}

uint64_t desk_rows(struct desk *d, const char *collection)
{
    const struct json *list = house_json(d->arena, arena_cstr(d->arena, desk_ask(d, "boss", "GET", arena_format(d->arena, "/api/content/items/%s", collection), S(""))->answer));
    return list->count;
}
