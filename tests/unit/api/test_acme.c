/* ACME without a socket: signed messages through the routes, names proven at a server on loopback, certificates by the authorities
 * here (RFC 8555, security CA-8). What lego and certbot say is in tests/outside/acme.py. */

#include "base/crypt.h"
#include "base/jws.h"
#include "base/limits.h"
#include "base/time.h"
#include "content/system/pki/x509.h"
#include "roles/acme/acme.h"
#include "roles/internal.h"
#include "tests/support/acme_desk.h"
#include "tests/support/check.h"

static unsigned digit(char c)
{
    return (unsigned)(c >= 'a' ? c - 'a' + 10 : c - '0');
}

/* The certificate of a chain in base64url, and its name (RFC 9773 4.1). */
static str leaf_of(struct desk *d, str chain, str *name)
{
    struct certificate *c;
    size_t count;
    struct buf hex;
    NEED(certificates_read(d->arena, chain, &c, &count, &(struct problem){.arena = d->arena}) == ERR_OK);
    char *serial = arena_get(d->arena, c->serial.len / 2 + 1, 1);
    size_t at = 0;
    buf_init(&hex, d->arena, 64);
    for (size_t i = 0; i + 1 < c->serial.len; i += 2) {
        unsigned byte = digit(c->serial.at[i]) << 4 | digit(c->serial.at[i + 1]);
        if (i == 0 && byte > 127)
            serial[at++] = 0;
        serial[at++] = (char)byte;
    }
    *name = arena_format(d->arena, STR_FMT "." STR_FMT, STR_ARG(base64url_encode(d->arena, c->issuer_key_id)), STR_ARG(base64url_encode(d->arena, (str){serial, at})));
    return base64url_encode(d->arena, c->der);
}

static str certificate_of(struct acme *c, const struct fake_exchange *order)
{
    struct fake_exchange *f = acme_post(c, acme_member(c, order, "certificate"), (str){0});
    CHECK_INT(f->status, 200);
    CHECK_STR(fake_header(f, "Content-Type"), S("application/pem-certificate-chain"));
    return f->answer;
}

/* ---- the way to a certificate and from it ---- */

static void an_account_gets_renews_and_revokes(void **state)
{
    static const enum pubkey_algorithm sorts[] = {PUBKEY_ES256, PUBKEY_RS256, PUBKEY_EDDSA};
    struct desk *d = desk_open((str){0});
    (void)state;
    desk_rule(d, "sign");
    for (size_t i = 0; i < COUNTOF(sorts); i++) {
        CHECK_AT(i);
        struct acme *c = acme_client(d->house, d->arena, sorts[i]);
        struct fake_exchange *f = desk_enroll(d, c, "ada");
        CHECK_INT(f->status, 201);
        CHECK_STR(acme_member(c, f, "status"), S("valid"));
        str order = desk_ready_order(d, c), name, text;
        f = acme_finalize_order(c, order, acme_csr_of_loopback(d->arena));
        CHECK_INT(f->status, 200);
        CHECK_STR(acme_member(c, f, "status"), S("valid"));
        text = leaf_of(d, certificate_of(c, f), &name);
        struct fake_exchange *when = rest_request(d->house->gate, d->arena, "GET", arena_cstr(d->arena, arena_format(d->arena, "/acme/renewal-info/" STR_FMT, STR_ARG(name))), "", S(""), NULL);
        CHECK_INT(when->status, 200);
        CHECK_STR(fake_header(when, "Retry-After"), S("21600"));
        /* the next one follows it, once */
        str again = arena_format(d->arena, "{\"identifiers\":[{\"type\":\"ip\",\"value\":\"127.0.0.1\"}],\"replaces\":\"" STR_FMT "\"}", STR_ARG(name));
        CHECK_INT(acme_post(c, S("/new-order"), again)->status, 201);
        CHECK_STR(acme_type(c, acme_post(c, S("/new-order"), again)), S("alreadyReplaced"));
        f = acme_post(c, S("/revoke-cert"), arena_format(d->arena, "{\"certificate\":\"" STR_FMT "\",\"reason\":4}", STR_ARG(text)));
        CHECK_INT(f->status, 200);
        f = acme_post(c, S("/revoke-cert"), arena_format(d->arena, "{\"certificate\":\"" STR_FMT "\",\"reason\":4}", STR_ARG(text)));
        CHECK_STR(acme_type(c, f), S("alreadyRevoked"));
        when = rest_request(d->house->gate, d->arena, "GET", arena_cstr(d->arena, arena_format(d->arena, "/acme/renewal-info/" STR_FMT, STR_ARG(name))), "", S(""), NULL);
        int64_t until = 0;
        CHECK(time_read(acme_text_of(json_get(acme_answer(c, when), S("suggestedWindow")), "end"), &until) && until <= time_now_ms());
    }
    CHECK_AT(-1);
    CHECK_INT(desk_rows(d, "certificate_requests"), COUNTOF(sorts));
    desk_close(d);
}

/* ---- what is no message ---- */

static void ca_8_what_is_no_such_message_goes_no_further(void **state)
{
    static const struct {
        struct acme_odd odd;
        const char *path, *payload;
        int status;
        const char *type;
    } cases[] = {
        {{.media = "application/json"}, "/new-order", IP, 415, "malformed"},
        {{.media = ""}, "/new-order", IP, 415, "malformed"},
        {{.algorithm = "none"}, "/new-order", IP, 400, "badSignatureAlgorithm"},
        {{.algorithm = "HS256"}, "/new-order", IP, 400, "badSignatureAlgorithm"},
        {{.algorithm = "ES384"}, "/new-order", IP, 400, "badSignatureAlgorithm"},
        {{.algorithm = "RS256"}, "/new-order", IP, 400, "malformed"},
        {{.more = ",\"crit\":[\"x\"]"}, "/new-order", IP, 400, "malformed"},
        {{.more = ",\"jwk\":{}"}, "/new-order", IP, 400, "malformed"},
        {{.beside = ",\"header\":{\"alg\":\"none\"}"}, "/new-order", IP, 400, "malformed"},
        {{.url = HERE "/acme/new-account"}, "/new-order", IP, 403, "unauthorized"},
        {{.url = "https://localhost/acme/new-order"}, "/new-order", IP, 403, "unauthorized"},
        {{.url = ""}, "/new-order", IP, 403, "unauthorized"},
        {{.nonce = ""}, "/new-order", IP, 400, "badNonce"},
        {{.nonce = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}, "/new-order", IP, 400, "badNonce"},
        {{.as_key = true}, "/new-order", IP, 400, "malformed"},
        {{.nothing = true}, "/new-order", IP, 400, "malformed"},
        {{.nothing = true, .more = ",\"kid\":\"http://localhost/acme/account/000000000000000000000000\""}, "/new-order", IP, 400, "accountDoesNotExist"},
        {{.nothing = true, .more = ",\"kid\":\"x\""}, "/new-order", IP, 400, "accountDoesNotExist"},
        {{0}, "/new-account", "{}", 400, "malformed"},
        {{.as_key = true}, "/key-change", "{}", 400, "malformed"},
        {{.nothing = true, .more = ",\"jwk\":{\"kty\":\"oct\",\"k\":\"AA\"}"}, "/new-account", "{}", 400, "badPublicKey"},
        {{0}, "/new-order", "[]", 400, "malformed"},
        {{0}, "/new-order", "{", 400, "malformed"},
        {{0}, "/new-order", "", 400, "malformed"},
        {{0}, "/order/x", "", 404, "malformed"},
        {{0}, "/order/000000000000000000000000", "", 404, "malformed"},
        {{0}, "/order/000000000000000000000000/finalize", "{}", 404, "malformed"},
        {{0}, "/authz/000000000000000000000000", "", 404, "malformed"},
        {{0}, "/challenge/000000000000000000000000/http-01", "{}", 404, "malformed"},
        {{0}, "/certificate/000000000000000000000000", "", 404, "malformed"},
        {{0}, "/account/000000000000000000000000", "", 403, "unauthorized"},
        {{0}, "/revoke-cert", "{\"certificate\":\"AAAA\"}", 400, "malformed"},
        {{0}, "/key-change", "{}", 400, "malformed"},
    };
    struct desk *d = desk_open((str){0});
    struct acme *c = desk_account(d, "ada");
    (void)state;
    desk_rule(d, "sign");
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        struct fake_exchange *f = acme_post_odd(c, str_of(cases[i].path), str_of(cases[i].payload), &cases[i].odd);
        CHECK_INT(f->status, cases[i].status);
        CHECK_STR(acme_type(c, f), str_of(cases[i].type));
        CHECK_STR(fake_header(f, "Content-Type"), S("application/problem+json"));
        CHECK_STR(fake_header(f, "Link"), S("<" HERE "/acme/directory>;rel=\"index\""));
        CHECK(c->nonce.len > 0);
        if (str_equal(acme_type(c, f), S("badSignatureAlgorithm")))
            CHECK_INT(json_get(acme_answer(c, f), S("algorithms"))->count, 3);
    }
    /* another one's signature, one nonce twice, more than may be sent */
    struct acme *other = acme_client(d->house, d->arena, PUBKEY_ES256);
    CHECK_STR(acme_type(c, acme_post_odd(c, S("/new-order"), S(IP), &(struct acme_odd){.by = other->key})), S("malformed"));
    const char *nonce = arena_cstr(d->arena, c->nonce);
    CHECK_INT(acme_post(c, S("/new-order"), S(IP))->status, 201);
    CHECK_STR(acme_type(c, acme_post_odd(c, S("/new-order"), S(IP), &(struct acme_odd){.nonce = nonce})), S("badNonce"));
    CHECK_INT(desk_rows(d, "acme_orders"), 1);
    CHECK_INT(desk_rows(d, "certificate_requests"), 0);
    desk_close(d);
}

static void nonces_are_good_once_and_not_for_ever(void **state)
{
    struct desk *d = desk_open((str){0});
    struct acme *c = desk_account(d, "ada");
    struct arena *a = arena_open(1 << 16);
    (void)state;
    for (size_t over = 0; over < 2; over++) {
        const char *first = arena_cstr(d->arena, gate_acme_nonce(d->house->gate, d->arena));
        for (size_t i = 2; i < LIMIT_ACME_NONCES + over; i++) { /* the answer brings one more */
            arena_reset(a);
            (void)gate_acme_nonce(d->house->gate, a);
        }
        CHECK_AT(over);
        struct fake_exchange *f = acme_post_odd(c, S("/account/x"), (str){0}, &(struct acme_odd){.nonce = first});
        CHECK_STR(acme_type(c, f), over ? S("badNonce") : S("unauthorized")); /* the latter: read, and of another account */
    }
    arena_close(a);
    desk_close(d);
}

/* ---- accounts ---- */

static void an_account_is_the_key_that_it_was_bound_with(void **state)
{
    struct desk *d = desk_open((str){0});
    struct acme *c = acme_client(d->house, d->arena, PUBKEY_ES256), *other = acme_client(d->house, d->arena, PUBKEY_ES256);
    (void)state;
    house_people(d->house, "{keys: {chief: {role:'admin'}}}");
    CHECK_STR(acme_type(c, acme_post(c, S("/new-account"), S("{}"))), S("externalAccountRequired"));
    CHECK_STR(acme_type(c, acme_post(c, S("/new-account"), S("{\"onlyReturnExisting\":true}"))), S("accountDoesNotExist"));
    /* a binding of another key, of another address, with a wrong key, of a key that nobody has */
    str good = desk_binding(d, c, "ada"), id = house_key_id(d->house, "ada"), here = S(HERE "/acme/new-account"), wrong = base64url_encode(d->arena, S("01234567890123456789012345678901"));
    const struct {
        str binding;
        const char *type;
    } cases[] = {
        {desk_binding(d, other, "ada"), "malformed"},
        {S("{}"), "malformed"},
        {acme_binding(c, id, wrong, S(HERE "/acme/new-order")), "malformed"},
        {acme_binding(c, id, wrong, here), "unauthorized"},
        {acme_binding(c, S("000000000000000000000000"), wrong, here), "unauthorized"},
        {acme_binding(c, S("x"), wrong, here), "malformed"},
    };
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        CHECK_STR(acme_type(c, acme_post(c, S("/new-account"), arena_format(d->arena, "{\"externalAccountBinding\":" STR_FMT "}", STR_ARG(cases[i].binding)))), str_of(cases[i].type));
    }
    CHECK_AT(-1);
    CHECK_INT(desk_rows(d, "acme_accounts"), 0);
    str noted = desk_ask(d, "chief", "GET", S("/api/content/items/journal?filter={\"verb\":\"key.binding\"}"), S(""))->answer;
    CHECK(str_contains(noted, id) && !str_contains(noted, S("hmac_key")));
    str payload = arena_format(d->arena, "{\"externalAccountBinding\":" STR_FMT "}", STR_ARG(good));
    struct fake_exchange *f = acme_post(c, S("/new-account"), payload);
    CHECK_INT(f->status, 201);
    str kid = fake_header(f, "Location");
    f = acme_post(c, S("/new-account"), S("{\"onlyReturnExisting\":true}"));
    CHECK_INT(f->status, 200);
    CHECK_STR(fake_header(f, "Location"), kid);
    c->kid = kid;
    CHECK_INT(acme_post(c, kid, (str){0})->status, 200);
    /* it is nobody as soon as the key is not good */
    house_update(d->house, "api_keys", id, "{disabled:true}");
    f = acme_post(c, kid, (str){0});
    CHECK_INT(f->status, 401);
    CHECK_STR(acme_type(c, f), S("unauthorized"));
    CHECK_STR(acme_type(c, acme_post(c, S("/new-order"), S(IP))), S("unauthorized"));
    house_update(d->house, "api_keys", id, "{disabled:false}");
    CHECK_INT(acme_post(c, kid, (str){0})->status, 200);
    /* or was rotated away from what it was bound with */
    CHECK_INT(desk_ask(d, "ada", "POST", arena_format(d->arena, ITEMS "api_keys/" STR_FMT "/rotate", STR_ARG(id)), S("{\"revoke_tokens\":true}"))->status, 200);
    CHECK_INT(acme_post(c, kid, (str){0})->status, 401);
    CHECK_STR(acme_type(other, acme_post(other, S("/new-account"), payload)), S("malformed"));
    desk_close(d);
}

static void a_revoked_key_stays_revoked(void **state)
{
    struct desk *d = desk_open((str){0});
    struct acme *c = desk_account(d, "ada");
    str id = house_key_id(d->house, "ada");
    (void)state;
    house_people(d->house, "{keys: {chief: {role:'admin'}}}");
    CHECK_INT(desk_ask(d, "chief", "POST", arena_format(d->arena, ITEMS "api_keys/" STR_FMT "/revoke", STR_ARG(id)), S("{}"))->status, 200);
    CHECK_INT(acme_post(c, c->kid, (str){0})->status, 401);
    CHECK_INT(desk_ask(d, "chief", "PATCH", arena_format(d->arena, ITEMS "api_keys/" STR_FMT, STR_ARG(id)), S("{\"data\":{\"disabled\":false}}"))->status, 200);
    CHECK_INT(acme_post(c, c->kid, (str){0})->status, 401);
    CHECK_STR(acme_type(c, acme_post(c, S("/new-order"), S(IP))), S("unauthorized"));
    desk_close(d);
}

static void who_may_not_hand_in_requests_orders_nothing(void **state)
{
    struct desk *d = desk_open((str){0});
    struct acme *c = desk_account(d, "none");
    (void)state;
    struct fake_exchange *f = acme_post(c, S("/new-order"), S(IP));
    CHECK_INT(f->status, 403);
    CHECK_STR(acme_type(c, f), S("unauthorized"));
    desk_close(d);
}

static void accounts_are_open_where_the_operator_says_for_whom(void **state)
{
    struct desk *d = desk_open(S("asker"));
    struct acme *c = acme_client(d->house, d->arena, PUBKEY_EDDSA);
    (void)state;
    struct fake_exchange *f = acme_post(c, S("/new-account"), S("{\"termsOfServiceAgreed\":true}"));
    CHECK_INT(f->status, 201);
    c->kid = fake_header(f, "Location");
    desk_rule(d, "sign");
    CHECK_STR(acme_member(c, acme_finalize_order(c, desk_ready_order(d, c), acme_csr_of_loopback(d->arena)), "status"), S("valid"));
    desk_close(d);
}

static void an_account_changes_and_ends_itself(void **state)
{
    struct desk *d = desk_open((str){0});
    struct acme *c = desk_account(d, "ada"), *eve = desk_account(d, "eve");
    struct buf many;
    (void)state;
    for (size_t over = 0; over < 2; over++) {
        buf_init(&many, d->arena, 4096);
        buf_add(&many, S("{\"contact\":[\"mailto:a@example.org\""));
        for (size_t i = 1; i < LIMIT_ACME_CONTACTS + over; i++)
            buf_format(&many, ",\"mailto:a%zu@example.org\"", i);
        buf_add(&many, S("]}"));
        struct fake_exchange *f = acme_post(c, c->kid, buf_str(&many));
        CHECK_INT(f->status, over ? 400 : 200);
        CHECK_STR(acme_type(c, f), over ? S("invalidContact") : S(""));
    }
    CHECK_STR(acme_type(c, acme_post(c, c->kid, S("{\"contact\":[\"tel:+1\"]}"))), S("unsupportedContact"));
    CHECK_STR(acme_type(c, acme_post(c, c->kid, S("{\"contact\":[\"mailto:a@x?b=c\"]}"))), S("invalidContact"));
    CHECK_STR(acme_type(c, acme_post(c, c->kid, S("{\"status\":\"revoked\"}"))), S("malformed"));
    CHECK_STR(acme_type(c, acme_post(c, eve->kid, S("{\"status\":\"deactivated\"}"))), S("unauthorized"));
    /* another key: both say so, and it is nobody else's */
    struct signer *next = signer_make(d->arena, PUBKEY_EDDSA, 0);
    struct pubkey old = signer_public(c->key);
    str here = S(HERE "/acme/key-change"), about = arena_format(d->arena, "{\"account\":\"" STR_FMT "\",\"oldKey\":" STR_FMT "}", STR_ARG(c->kid), STR_ARG(jwk_text(d->arena, &old)));
    CHECK_STR(acme_type(c, acme_post(c, S("/key-change"), acme_inner(c, next, S(HERE "/acme/new-order"), about))), S("malformed"));
    CHECK_STR(acme_type(c, acme_post(c, S("/key-change"), acme_inner(c, next, here, S("{}")))), S("malformed"));
    struct fake_exchange *taken = acme_post(c, S("/key-change"), acme_inner(c, eve->key, here, about));
    CHECK_INT(taken->status, 409);
    CHECK_STR(fake_header(taken, "Location"), eve->kid);
    CHECK_INT(acme_post(c, S("/key-change"), acme_inner(c, next, here, about))->status, 200);
    CHECK_STR(acme_type(c, acme_post(c, c->kid, (str){0})), S("malformed"));
    c->key = next;
    CHECK_INT(acme_post(c, c->kid, (str){0})->status, 200);
    CHECK_STR(acme_member(c, acme_post(c, c->kid, S("{\"status\":\"deactivated\"}")), "status"), S("deactivated"));
    CHECK_INT(acme_post(c, c->kid, (str){0})->status, 401);
    /* or an administrator ends it */
    str id = str_slice(eve->kid, eve->kid.len - 24, eve->kid.len);
    CHECK_INT(desk_ask(d, "boss", "POST", arena_format(d->arena, ITEMS "acme_accounts/" STR_FMT "/revoke", STR_ARG(id)), S("{}"))->status, 200);
    CHECK_INT(acme_post(eve, eve->kid, (str){0})->status, 401);
    CHECK_INT(desk_ask(d, "boss", "PATCH", arena_format(d->arena, ITEMS "acme_accounts/" STR_FMT, STR_ARG(id)), S("{\"data\":{\"status\":\"valid\"}}"))->status / 100, 4);
    desk_close(d);
}

/* ---- orders ---- */

static str order_for(struct desk *d, const char *type, str value)
{
    return arena_format(d->arena, "{\"identifiers\":[{\"type\":\"%s\",\"value\":\"" STR_FMT "\"}]}", type, STR_ARG(value));
}

static str order_of_many(struct desk *d, size_t count)
{
    struct buf b;
    buf_init(&b, d->arena, 1 << 16);
    buf_add(&b, S("{\"identifiers\":["));
    for (size_t i = 0; i < count; i++)
        buf_format(&b, "%s{\"type\":\"dns\",\"value\":\"h%zu.example.org\"}", i ? "," : "", i);
    buf_add(&b, S("]}"));
    return buf_str(&b);
}

static void the_rules_judge_an_order_before_anything_is_proven(void **state)
{
    static const struct {
        const char *type, *value;
        int status;
        const char *refusal;
    } cases[] = {
        {"dns", "www.example.org", 201, ""},
        {"dns", "WWW.Example.ORG", 201, ""},
        {"dns", "www.example.com", 403, "rejectedIdentifier"},
        {"dns", "a.b.example.org", 403, "rejectedIdentifier"},
        {"dns", "*.example.org", 403, "rejectedIdentifier"}, /* the rule has no wildcards */
        {"dns", "192.0.2.1", 400, "malformed"},
        {"dns", "a..example.org", 400, "malformed"},
        {"dns", "*.*.example.org", 400, "malformed"},
        {"dns", "www.example.org\\u0000.example.com", 400, "malformed"},
        {"dns", "", 400, "malformed"},
        {"ip", "127.0.0.1", 201, ""},
        {"ip", "192.0.2.1", 403, "rejectedIdentifier"},
        {"ip", "127.0.0.0/8", 400, "malformed"},
        {"ip", "localhost", 400, "malformed"},
        {"email", "ops@example.org", 400, "unsupportedIdentifier"},
        {"permanent-identifier", "x", 400, "unsupportedIdentifier"},
        {"wireapp-user", "x", 400, "unsupportedIdentifier"},
    };
    struct desk *d = desk_open((str){0});
    struct acme *c = desk_account(d, "ada"), *eve = desk_account(d, "eve");
    (void)state;
    desk_rule(d, "sign");
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        struct fake_exchange *f = acme_post(c, S("/new-order"), order_for(d, cases[i].type, str_of(cases[i].value)));
        CHECK_INT(f->status, cases[i].status);
        CHECK_STR(acme_type(c, f), str_of(cases[i].refusal));
        if (f->status == 403) { /* which name, and by which rule */
            const struct json *parts = json_get(acme_answer(c, f), S("subproblems"));
            NEED(parts && parts->count == 1);
            CHECK_STR(acme_text_of(json_get(&parts->items[0], S("identifier")), "value"), str_of(cases[i].value));
            CHECK(str_contains(acme_member(c, f, "detail"), S("hosts")));
        }
    }
    CHECK_AT(-1);
    CHECK_INT(desk_rows(d, "acme_orders"), 3);
    CHECK_STR(acme_type(c, acme_post(c, S("/new-order"), S("{\"identifiers\":[]}"))), S("malformed"));
    CHECK_STR(acme_type(c, acme_post(c, S("/new-order"), S("{\"identifiers\":[{\"type\":\"ip\",\"value\":\"127.0.0.1\"}],\"notAfter\":\"2030-01-01T00:00:00Z\"}"))), S("malformed"));
    CHECK_INT(acme_post(c, S("/new-order"), order_of_many(d, LIMIT_ACME_NAMES))->status, 201);
    CHECK_STR(acme_type(c, acme_post(c, S("/new-order"), order_of_many(d, LIMIT_ACME_NAMES + 1))), S("malformed"));
    /* what is one account's is nobody else's */
    struct fake_exchange *f = acme_post(c, S("/new-order"), S(IP));
    str order = fake_header(f, "Location"), shown = acme_first(c, f, "authorizations");
    CHECK_INT(acme_post(c, order, (str){0})->status, 200);
    CHECK_INT(acme_post(eve, order, (str){0})->status, 404);
    CHECK_INT(acme_post(eve, shown, (str){0})->status, 404);
    CHECK_INT(acme_post(eve, shown, S("{\"status\":\"deactivated\"}"))->status, 404);
    str list = arena_format(d->arena, STR_FMT "/orders", STR_ARG(c->kid));
    CHECK_INT(json_get(acme_answer(c, acme_post(c, list, (str){0})), S("orders"))->count, 5);
    CHECK_INT(acme_post(eve, list, (str){0})->status, 403);
    desk_close(d);
}

static void ways_of_proof_are_those_that_fit_the_name(void **state)
{
    struct desk *d = desk_open((str){0});
    struct acme *c = desk_account(d, "boss");
    (void)state;
    (void)house_item(d->house, "issuing_rules", "{name:'all', dns:['**.example.org'], networks:['0.0.0.0/0'], wildcards:true, decision:'sign'}");
    static const struct {
        const char *type, *value, *shown;
        bool http, dns;
    } cases[] = {
        {"dns", "a.example.org", "a.example.org", true, true},
        {"dns", "*.b.example.org", "b.example.org", false, true},
        {"ip", "127.0.0.1", "127.0.0.1", true, false},
    };
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        struct fake_exchange *f = acme_post(c, S("/new-order"), order_for(d, cases[i].type, str_of(cases[i].value)));
        f = acme_post(c, acme_first(c, f, "authorizations"), (str){0});
        CHECK_STR(acme_text_of(json_get(acme_answer(c, f), S("identifier")), "value"), str_of(cases[i].shown));
        CHECK((acme_challenge_in(c, f, "http-01") != NULL) == cases[i].http);
        CHECK((acme_challenge_in(c, f, "dns-01") != NULL) == cases[i].dns);
        const struct json *any = acme_challenge_in(c, f, cases[i].http ? "http-01" : "dns-01");
        str url = acme_text_of(any, "url"), base = str_slice(url, 0, url.len - str_of(cases[i].http ? "http-01" : "dns-01").len);
        CHECK_INT(acme_post(c, arena_format(d->arena, STR_FMT "tls-alpn-01", STR_ARG(base)), S("{}"))->status, 404);
        CHECK_INT(acme_post(c, arena_format(d->arena, STR_FMT "device-attest-01", STR_ARG(base)), S("{}"))->status, 404);
    }
    desk_close(d);
}

/* ---- proof ---- */

static void ca_8_nothing_is_signed_without_proof(void **state)
{
    struct desk *d = desk_open((str){0});
    struct acme *c = desk_account(d, "ada");
    (void)state;
    desk_rule(d, "sign");
    struct fake_exchange *f = acme_post(c, S("/new-order"), S(IP));
    str order = fake_header(f, "Location"), shown = acme_first(c, f, "authorizations"), wanted = acme_csr_of_loopback(d->arena);
    f = acme_finalize_order(c, order, wanted);
    CHECK_INT(f->status, 403);
    CHECK_STR(acme_type(c, f), S("orderNotReady"));
    /* the server there says something else, three times: the order is over */
    const struct json *http = acme_challenge_in(c, acme_post(c, shown, (str){0}), "http-01");
    CHECK_STR(acme_member(c, acme_post(c, acme_text_of(http, "url"), (str){0}), "status"), S("pending"));
    CHECK_INT(d->other.connections, 0);
    CHECK_STR(acme_member(c, acme_post(c, acme_text_of(http, "url"), S("{}")), "status"), S("processing"));
    CHECK_STR(acme_state_after(c, shown, "pending"), S("invalid"));
    CHECK_INT(d->other.connections, LIMIT_ACME_TRIES);
    str id = str_slice(order, order.len - 24, order.len); /* whether anybody looks or not */
    uint64_t last = journal_last(d->house->gate->content);
    while (!str_equal(house_value(d->house, d->arena, "acme_orders", id, "status"), S("\"invalid\"")) && desk_waits(d->house, d->arena, last))
        last = journal_last(d->house->gate->content);
    CHECK_STR(house_value(d->house, d->arena, "acme_orders", id, "status"), S("\"invalid\""));
    f = acme_post(c, shown, (str){0});
    CHECK(str_starts(acme_text_of(json_get(acme_challenge_in(c, f, "http-01"), S("error")), "type"), S("urn:ietf:params:acme:error:")));
    CHECK_STR(acme_type(c, acme_finalize_order(c, order, wanted)), S("orderNotReady"));
    CHECK_STR(acme_member(c, acme_post(c, order, (str){0}), "status"), S("invalid"));
    /* what was shown and taken back counts no more */
    order = desk_ready_order(d, c);
    shown = acme_first(c, acme_post(c, order, (str){0}), "authorizations");
    CHECK_STR(acme_member(c, acme_post(c, shown, S("{\"status\":\"deactivated\"}")), "status"), S("deactivated"));
    CHECK_STR(acme_type(c, acme_finalize_order(c, order, wanted)), S("orderNotReady"));
    CHECK_STR(acme_type(c, acme_post(c, shown, S("{\"status\":\"valid\"}"))), S("malformed"));
    CHECK_INT(desk_rows(d, "certificate_requests"), 0);
    /* another account has shown nothing by that */
    (void)desk_ready_order(d, c);
    struct acme *eve = desk_account(d, "eve");
    CHECK_STR(acme_member(eve, acme_post(eve, S("/new-order"), S(IP)), "status"), S("pending"));
    CHECK_STR(acme_member(c, acme_post(c, S("/new-order"), S(IP)), "status"), S("ready"));
    desk_close(d);
}

static void a_csr_has_the_orders_names_and_a_key_of_its_own(void **state)
{
    static const struct alt_name more[] = {{NAME_IP, STR("127.0.0.1")}, {NAME_IP, STR("127.0.0.2")}}, other[] = {{NAME_DNS, STR("www.example.org")}},
                                 mail[] = {{NAME_IP, STR("127.0.0.1")}, {NAME_EMAIL, STR("a@example.org")}};
    static const struct {
        const char *common;
        const struct alt_name *names;
        size_t count;
    } bad[] = {{"", more, 2}, {"", other, 1}, {"www.example.org", other, 1}, {"", mail, 2}, {"www.example.org", more, 1}, {"free text", more, 1}};
    struct desk *d = desk_open((str){0});
    struct acme *c = desk_account(d, "ada");
    (void)state;
    desk_rule(d, "sign");
    str order = desk_ready_order(d, c);
    for (size_t i = 0; i < COUNTOF(bad); i++) {
        CHECK_AT(i);
        CHECK_STR(acme_type(c, acme_finalize_order(c, order, acme_csr(d->arena, acme_new_key(d->arena), bad[i].common, bad[i].names, bad[i].count))), S("badCSR"));
    }
    CHECK_AT(-1);
    CHECK_STR(acme_type(c, acme_finalize_order(c, order, S("{\"csr\":\"AAAA\"}"))), S("badCSR"));
    CHECK_STR(acme_type(c, acme_finalize_order(c, order, S("{}"))), S("malformed"));
    CHECK_STR(acme_type(c, acme_finalize_order(c, order, (str){0})), S("malformed"));
    CHECK_INT(desk_rows(d, "certificate_requests"), 0);
    /* an answer that was lost is asked for again; another CSR is too late */
    str wanted = acme_csr(d->arena, acme_new_key(d->arena), "127.0.0.1", more, 1);
    struct fake_exchange *first = acme_finalize_order(c, order, wanted), *again = acme_finalize_order(c, order, wanted);
    CHECK_STR(acme_member(c, first, "status"), S("valid"));
    CHECK_STR(acme_member(c, again, "certificate"), acme_member(c, first, "certificate"));
    CHECK_STR(acme_type(c, acme_finalize_order(c, order, acme_csr_of_loopback(d->arena))), S("orderNotReady"));
    /* the same CSR with the next order is renewed, and is nobody else's */
    struct fake_exchange *next = acme_finalize_order(c, desk_ready_order(d, c), wanted);
    CHECK_STR(acme_member(c, next, "status"), S("valid"));
    CHECK(!str_equal(acme_member(c, next, "certificate"), acme_member(c, first, "certificate")));
    CHECK_INT(desk_rows(d, "certificate_requests"), 1);
    struct acme *eve = desk_account(d, "eve");
    CHECK_STR(acme_type(eve, acme_finalize_order(eve, desk_ready_order(d, eve), wanted)), S("badCSR"));
    desk_close(d);
}

static void what_people_decide_is_waited_for(void **state)
{
    struct desk *d = desk_open((str){0});
    struct acme *c = desk_account(d, "ada");
    (void)state;
    desk_rule(d, "ask");
    for (int rejects = 0; rejects < 2; rejects++) {
        CHECK_AT(rejects);
        str order = desk_ready_order(d, c);
        struct fake_exchange *f = acme_finalize_order(c, order, acme_csr_of_loopback(d->arena));
        CHECK_STR(acme_member(c, f, "status"), S("processing"));
        CHECK(fake_header(f, "Retry-After").len > 0);
        str request = house_find(d->house, d->arena, "certificate_requests", "status", "Outstanding");
        CHECK_STR(house_value(d->house, d->arena, "certificate_requests", request, "_cby"), arena_format(d->arena, "\"" STR_FMT "\"", STR_ARG(house_user(d->house, "ada"))));
        str input = rejects ? S("{\"reason\":\"not now\"}") : arena_format(d->arena, "{\"authority\":\"" STR_FMT "\"}", STR_ARG(d->authority));
        CHECK_INT(desk_ask(d, "boss", "POST", arena_format(d->arena, ITEMS "certificate_requests/" STR_FMT "/%s", STR_ARG(request), rejects ? "reject" : "sign"), input)->status, 200);
        f = acme_post(c, order, (str){0});
        CHECK_STR(acme_member(c, f, "status"), rejects ? S("invalid") : S("valid"));
        if (rejects)
            CHECK(str_contains(acme_text_of(json_get(acme_answer(c, f), S("error")), "detail"), S("not now")));
        else
            CHECK(certificate_of(c, f).len > 0);
    }
    desk_close(d);
}

/* No rules at all: whoever may sign is signed for, others wait. */
static void without_rules_who_may_sign_is_signed_for(void **state)
{
    struct desk *d = desk_open((str){0});
    struct acme *boss = desk_account(d, "boss"), *ada = desk_account(d, "ada");
    (void)state;
    CHECK_STR(acme_member(boss, acme_finalize_order(boss, desk_ready_order(d, boss), acme_csr_of_loopback(d->arena)), "status"), S("valid"));
    CHECK_STR(acme_member(ada, acme_finalize_order(ada, desk_ready_order(d, ada), acme_csr_of_loopback(d->arena)), "status"), S("processing"));
    desk_close(d);
}

/* ---- two at once ---- */

struct racer {
    struct desk *desk;
    struct acme client;               /* the same account, an arena and a nonce of its own */
    str order, payload;
    int status;
    pthread_t thread;
};

static void *race(void *arg)
{
    struct racer *r = arg;
    r->status = acme_finalize_order(&r->client, r->order, r->payload)->status;
    return NULL;
}

/* With one CSR both are answered; with two, one of them is late. Either way there is one certificate. */
static void two_at_once_get_one_certificate(void **state)
{
    struct desk *d = desk_open((str){0});
    struct acme *c = desk_account(d, "ada");
    (void)state;
    desk_rule(d, "sign");
    for (unsigned i = 0; i < 6; i++) {
        struct racer r[2];
        str order = desk_ready_order(d, c), payload = acme_csr_of_loopback(d->arena);
        for (size_t k = 0; k < COUNTOF(r); k++) {
            r[k] = (struct racer){.desk = d, .client = *c, .order = order, .payload = i % 2 && k ? acme_csr_of_loopback(d->arena) : payload};
            r[k].client.arena = arena_open(1 << 16);
            r[k].client.nonce = gate_acme_nonce(d->house->gate, r[k].client.arena);
        }
        for (size_t k = 0; k < COUNTOF(r); k++)
            NEED(pthread_create(&r[k].thread, NULL, race, &r[k]) == 0);
        for (size_t k = 0; k < COUNTOF(r); k++)
            (void)pthread_join(r[k].thread, NULL);
        CHECK_AT(i);
        CHECK_INT(r[0].status + r[1].status, i % 2 ? 200 + 403 : 200 + 200);
        CHECK_STR(acme_member(c, acme_post(c, order, (str){0}), "status"), S("valid"));
        CHECK_INT(desk_rows(d, "certificate_requests"), i + 1);
        CHECK_INT(desk_rows(d, "certificates"), i + 2); /* and the authority's own */
        for (size_t k = 0; k < COUNTOF(r); k++)
            arena_close(r[k].client.arena);
    }
    desk_close(d);
}

/* ---- authorities, the end, time ---- */

static void an_authority_has_an_address_of_its_own(void **state)
{
    struct desk *d = desk_open((str){0});
    struct acme *c = acme_client(d->house, d->arena, PUBKEY_ES256), *none = acme_client(d->house, d->arena, PUBKEY_ES256);
    str second = desk_authority(d, "Second"), first = d->authority;
    (void)state;
    c->base = arena_cstr(d->arena, arena_format(d->arena, "/acme/ca/" STR_FMT, STR_ARG(house_value(d->house, d->arena, "certificate_authorities", second, "serial"))));
    house_people(d->house, "{roles: {chooser: [{collection:'certificate_authorities', verbs:['read']}]}, users: {kim: {roles:['asker', 'chooser']}}, keys: {kim: {user:'kim'}}}");
    CHECK_INT(desk_enroll(d, c, "kim")->status, 201);
    desk_rule(d, "sign");
    struct fake_exchange *f = acme_finalize_order(c, desk_ready_order(d, c), acme_csr_of_loopback(d->arena));
    CHECK_STR(acme_member(c, f, "status"), S("valid"));
    str id = acme_member(c, f, "certificate");
    CHECK_STR(house_value(d->house, d->arena, "certificates", str_slice(id, id.len - 24, id.len), "authority"), arena_format(d->arena, "\"" STR_FMT "\"", STR_ARG(second)));
    /* an account is known by its address at that base; the rule may name another authority; there may be none */
    struct acme plain = *c;
    plain.base = "/acme";
    CHECK_STR(acme_type(&plain, acme_post(&plain, S("/new-order"), S(IP))), S("accountDoesNotExist"));
    house_update(d->house, "issuing_rules", house_find(d->house, d->arena, "issuing_rules", "name", "hosts"), arena_cstr(d->arena, arena_format(d->arena, "{authority:'" STR_FMT "'}", STR_ARG(first))));
    CHECK_STR(acme_type(c, acme_post(c, S("/new-order"), S(IP))), S("unauthorized"));
    none->base = "/acme/ca/9";
    CHECK_INT(acme_post(none, S("/new-account"), S("{}"))->status, 404);
    none->base = "/acme/ca/x";
    CHECK_INT(acme_post(none, S("/new-account"), S("{}"))->status, 404);
    desk_close(d);
}

static void a_certificate_is_revoked_by_who_holds_it(void **state)
{
    struct desk *d = desk_open((str){0});
    struct acme *c = desk_account(d, "ada"), *eve = desk_account(d, "eve");
    str name;
    (void)state;
    desk_rule(d, "sign");
    str text = leaf_of(d, certificate_of(c, acme_finalize_order(c, desk_ready_order(d, c), acme_csr_of_loopback(d->arena))), &name);
    str payload = arena_format(d->arena, "{\"certificate\":\"" STR_FMT "\",\"reason\":1}", STR_ARG(text));
    CHECK_STR(acme_type(c, acme_post(c, S("/revoke-cert"), arena_format(d->arena, "{\"certificate\":\"" STR_FMT "\",\"reason\":2}", STR_ARG(text)))), S("badRevocationReason"));
    CHECK_STR(acme_type(c, acme_post(c, S("/revoke-cert"), arena_format(d->arena, "{\"certificate\":\"" STR_FMT "\",\"reason\":99}", STR_ARG(text)))), S("badRevocationReason"));
    CHECK_STR(acme_type(eve, acme_post(eve, S("/revoke-cert"), payload)), S("unauthorized"));
    /* with a key that is neither an account's nor the certificate's */
    struct acme *key = acme_client(d->house, d->arena, PUBKEY_EDDSA);
    CHECK_STR(acme_type(key, acme_post(key, S("/revoke-cert"), payload)), S("unauthorized"));
    /* one that has shown the same name */
    (void)desk_ready_order(d, eve);
    CHECK_INT(acme_post(eve, S("/revoke-cert"), payload)->status, 200);
    CHECK_STR(acme_type(c, acme_post(c, S("/revoke-cert"), payload)), S("alreadyRevoked"));
    desk_close(d);
}

static void what_is_over_goes(void **state)
{
    struct desk *d = desk_open((str){0});
    struct acme *c = desk_account(d, "ada");
    int64_t start = time_now_ms();
    struct problem why = {.arena = d->arena};
    (void)state;
    desk_rule(d, "sign");
    time_set(start);
    struct fake_exchange *f = acme_post(c, S("/new-order"), S(IP));
    str order = fake_header(f, "Location");
    time_set(start + INT64_C(8) * 86400000);
    CHECK_STR(acme_member(c, acme_post(c, order, (str){0}), "status"), S("invalid"));
    CHECK(gate_tick(d->house->gate, &why) == ERR_OK);
    CHECK_INT(desk_rows(d, "acme_orders"), 1);
    time_set(start + INT64_C(38) * 86400000);
    CHECK(gate_tick(d->house->gate, &why) == ERR_OK);
    CHECK_INT(desk_rows(d, "acme_orders"), 0);
    CHECK_INT(acme_post(c, order, (str){0})->status, 404);
    CHECK_INT(desk_rows(d, "acme_accounts"), 1);
    time_set(0);
    desk_close(d);
}

CHECK_MAIN(TEST(an_account_gets_renews_and_revokes), TEST(ca_8_what_is_no_such_message_goes_no_further), TEST(nonces_are_good_once_and_not_for_ever),
           TEST(an_account_is_the_key_that_it_was_bound_with), TEST(a_revoked_key_stays_revoked),
           TEST(who_may_not_hand_in_requests_orders_nothing),
           TEST(accounts_are_open_where_the_operator_says_for_whom), TEST(an_account_changes_and_ends_itself),
           TEST(the_rules_judge_an_order_before_anything_is_proven), TEST(ways_of_proof_are_those_that_fit_the_name),
           TEST(ca_8_nothing_is_signed_without_proof), TEST(a_csr_has_the_orders_names_and_a_key_of_its_own), TEST(what_people_decide_is_waited_for),
           TEST(without_rules_who_may_sign_is_signed_for), TEST(two_at_once_get_one_certificate),
           TEST(an_authority_has_an_address_of_its_own),
           TEST(a_certificate_is_revoked_by_who_holds_it), TEST(what_is_over_goes))
