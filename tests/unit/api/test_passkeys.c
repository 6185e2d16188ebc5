/* Passkeys from the browser's side, with an authenticator of the tests: made, used alone and as the second step, given
 * up; copies, old challenges and other people's are refused (SE-7, SE-2). */
#include "tests/support/authenticator.h"
#include "tests/support/browser.h"
#include "tests/support/check.h"

#include "base/crypt.h"
#include "base/limits.h"
#include "base/time.h"

#define NOON INT64_C(1795262400000) /* 2026-11-21T12:00:00Z */
#define MINUTE INT64_C(60000)

static struct house *open_house(void)
{
    time_set(NOON);
    struct house *h = house_open_with(&(struct house_config){.outside = {.site_url = S("http://cms.example")}});
    house_people(h, "{roles: {editor: [{collection:'passkeys', verbs:['*']}]},"
                    " users: {ada: {roles:['editor'], password:'correct horse'}, bob: {password:'battery staple'}}}");
    return h;
}

static void close_house(struct house *h)
{
    house_close(h);
    time_set(0);
}

struct device {
    struct house *house;
    struct signer *signer;
    const char *credential;
    uint32_t count;
    unsigned flags;
    const char *origin, *domain;
};

static struct device make_device(struct house *h, const char *credential)
{
    return (struct device){h, signer_make(h->arena, PUBKEY_EDDSA, 0), credential, 1, TOUCH | PERSON, "http://cms.example", "cms.example"};
}

static str letters(struct arena *a, str bytes)
{
    return base64url_encode(a, bytes);
}

static const char *client_data(const struct device *d, const char *type, str challenge)
{
    struct arena *a = d->house->arena;
    return arena_cstr(a, arena_format(a, "{\"type\":\"%s\",\"challenge\":\"" STR_FMT "\",\"origin\":\"%s\"}", type, STR_ARG(challenge), d->origin));
}

static const char *made(const struct device *d, str challenge)
{
    struct arena *a = d->house->arena;
    struct authenticator_said said = {d->domain, d->flags | CREDENTIAL, d->count, str_of(d->credential), signer_cose(a, d->signer), {0}, {0}};
    str object = authenticator_attest(a, "none", "a0", authenticator_data(a, &said));
    str id = letters(a, str_of(d->credential));
    return arena_cstr(a, arena_format(a, "{label:'phone', credential:{id:'" STR_FMT "', rawId:'" STR_FMT "', type:'public-key',"
                                         " response:{clientDataJSON:'" STR_FMT "', attestationObject:'" STR_FMT "', transports:['internal']}}}",
                                      STR_ARG(id), STR_ARG(id), STR_ARG(letters(a, str_of(client_data(d, "webauthn.create", challenge)))),
                                      STR_ARG(letters(a, object))));
}

/* {id, response} as JSON5. */
static str shown(struct device *d, str challenge)
{
    struct arena *a = d->house->arena;
    struct authenticator_said said = {d->domain, d->flags, ++d->count, {0}, {0}, {0}, {0}};
    const char *client = client_data(d, "webauthn.get", challenge);
    str data = authenticator_data(a, &said), signature = authenticator_sign(a, d->signer, data, client);
    return arena_format(a, "{id:'" STR_FMT "', type:'public-key', response:{clientDataJSON:'" STR_FMT "', authenticatorData:'" STR_FMT
                           "', signature:'" STR_FMT "'}}",
                        STR_ARG(letters(a, str_of(d->credential))), STR_ARG(letters(a, str_of(client))), STR_ARG(letters(a, data)),
                        STR_ARG(letters(a, signature)));
}

static struct fake_exchange *enrol(struct browser *b, struct device *d)
{
    struct fake_exchange *f = browser_send(b, "POST", "/api/auth/passkeys/begin", "{}");
    NEED(f->status == 200);
    return browser_send(b, "POST", "/api/auth/passkeys/finish", made(d, browser_member(f, "/publicKey/challenge")));
}

static str challenge_for(struct browser *b, str pending)
{
    struct arena *a = b->house->arena;
    const char *body = pending.len ? arena_cstr(a, arena_format(a, "{pending:'" STR_FMT "'}", STR_ARG(pending))) : "{}";
    struct fake_exchange *f = browser_send(b, "POST", "/api/auth/passkey/begin", body);
    CHECK_INT(f->status, 200);
    return browser_member(f, "/publicKey/challenge");
}

static struct fake_exchange *sign_in(struct browser *b, str credential)
{
    struct arena *a = b->house->arena;
    return browser_send(b, "POST", "/api/auth/passkey/finish", arena_cstr(a, arena_format(a, "{credential:" STR_FMT "}", STR_ARG(credential))));
}

static struct fake_exchange *second(struct browser *b, str pending, str credential)
{
    struct arena *a = b->house->arena;
    return browser_send(b, "POST", "/api/auth/second",
                        arena_cstr(a, arena_format(a, "{pending:'" STR_FMT "', passkey:" STR_FMT "}", STR_ARG(pending), STR_ARG(credential))));
}

static void a_passkey_is_made_and_signs_in(void **state)
{
    (void)state;
    struct house *h = open_house();
    struct device phone = make_device(h, "phone of ada");
    struct browser ada = browser_sign_in(h, "ada", "correct horse"), other = browser_sign_in(h, "ada", "correct horse");
    struct fake_exchange *f = browser_send(&ada, "POST", "/api/auth/passkeys/begin", "{}");
    CHECK_INT(f->status, 200);
    CHECK_STR(browser_member(f, "/publicKey/rp/id"), S("cms.example"));
    CHECK_STR(browser_member(f, "/publicKey/user/name"), S("ada@example.com"));
    CHECK_STR(browser_member(f, "/publicKey/pubKeyCredParams/0/alg"), S("-8"));
    CHECK_STR(browser_member(f, "/publicKey/excludeCredentials"), S("[]"));
    str challenge = browser_member(f, "/publicKey/challenge"), before = ada.cookie;
    f = browser_send(&ada, "POST", "/api/auth/passkeys/finish", made(&phone, challenge));
    CHECK_INT(f->status, 200);
    CHECK_INT(json_get(browser_json(f), S("recovery_codes"))->count, LIMIT_RECOVERY_CODES);
    CHECK(!str_equal(before, ada.cookie));
    CHECK_INT(browser_get(&other, "/api/auth/me")->status, 401); /* SE-2 */
    CHECK_STR(browser_member(browser_get(&ada, "/api/auth/me"), "/session/second_factor"), S("true"));
    f = browser_get(&ada, "/api/content/items/passkeys");
    CHECK_STR(browser_member(f, "/0/label"), S("phone"));
    CHECK_STR(browser_member(f, "/0/transports"), S("[\"internal\"]"));
    CHECK_INT(browser_send(&ada, "POST", "/api/content/item/passkeys", "{data:{label:'mine'}}")->status, 403); /* not by hand */
    CHECK_INT(browser_send(&ada, "POST", "/api/auth/passkeys/finish", made(&phone, challenge))->status, 422);

    struct browser b = {.house = h};
    f = sign_in(&b, shown(&phone, challenge_for(&b, S(""))));
    CHECK_INT(f->status, 200);
    CHECK_STR(browser_member(f, "/user/name"), S("ada"));
    CHECK_STR(browser_member(browser_get(&b, "/api/auth/me"), "/session/strength"), S("passkey"));
    CHECK_INT(browser_get(&ada, "/api/auth/me")->status, 200); /* signing in ends nothing */
    close_house(h);
}

static void what_does_not_hold_opens_nothing(void **state)
{
    enum fault { FINE, REPLAYED, LATE, OTHER_ORIGIN, OTHER_SITE, NO_PERSON, COPIED, UNKNOWN, OTHER_KEY, MAKE_CHALLENGE, INVENTED, SWITCHED_OFF };
    static const struct {
        enum fault fault;
        int status;
    } rows[] = {
        {FINE, 200},    {REPLAYED, 401},  {LATE, 401},           {OTHER_ORIGIN, 401}, {OTHER_SITE, 401},   {NO_PERSON, 401},
        {COPIED, 401},  {UNKNOWN, 401},   {OTHER_KEY, 401},      {INVENTED, 401},     {MAKE_CHALLENGE, 401}, {SWITCHED_OFF, 401},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct house *h = open_house();
        struct device phone = make_device(h, "phone of ada"), fake = make_device(h, "phone of ada");
        struct browser ada = browser_sign_in(h, "ada", "correct horse"), b = {.house = h};
        CHECK_AT(i);
        CHECK_INT(enrol(&ada, &phone)->status, 200);
        str challenge = challenge_for(&b, S(""));
        struct device used = rows[i].fault == OTHER_KEY ? fake : phone;
        switch (rows[i].fault) {
        case OTHER_ORIGIN: used.origin = "http://evil.example"; break;
        case OTHER_SITE: used.domain = "evil.example"; break;
        case NO_PERSON: used.flags = TOUCH; break;
        case COPIED: used.count = 0; break;
        case UNKNOWN: used.credential = "another"; break;
        case LATE: time_set(time_now_ms() + (int64_t)LIMIT_PENDING_S * 1000); break;
        case INVENTED: challenge = letters(h->arena, S("a challenge that nobody gave out")); break;
        case MAKE_CHALLENGE: challenge = browser_member(browser_send(&ada, "POST", "/api/auth/passkeys/begin", "{}"), "/publicKey/challenge"); break;
        case SWITCHED_OFF: house_update(h, "users", house_user(h, "ada"), "{active:false}"); break;
        case REPLAYED:
        case FINE:
        case OTHER_KEY: break;
        }
        str credential = shown(&used, challenge);
        if (rows[i].fault == REPLAYED) {
            struct browser first = {.house = h};
            CHECK_INT(sign_in(&first, credential)->status, 200);
        }
        struct fake_exchange *f = sign_in(&b, credential);
        CHECK_INT(f->status, rows[i].status);
        CHECK((b.cookie.len > 0) == (rows[i].status == 200));
        close_house(h);
    }
}

static void a_passkey_is_the_second_step(void **state)
{
    (void)state;
    struct house *h = open_house();
    struct device phone = make_device(h, "phone of ada"), his = make_device(h, "phone of bob");
    struct browser ada = browser_sign_in(h, "ada", "correct horse"), bob = browser_sign_in(h, "bob", "battery staple");
    CHECK_INT(enrol(&ada, &phone)->status, 200);
    CHECK_INT(enrol(&bob, &his)->status, 200);
    struct fake_exchange *f = browser_try(h, "ada", "correct horse");
    CHECK_STR(json_print(h->arena, json_get(browser_json(f), S("second_factor"))), S("[\"passkey\",\"recovery\"]"));
    str pending = browser_member(f, "/pending");
    struct browser b = {.house = h};
    phone.flags = his.flags = TOUCH; /* the password stands for the person */
    CHECK_INT(second(&b, pending, shown(&his, challenge_for(&b, S(""))))->status, 422);
    CHECK_INT(second(&b, pending, shown(&his, challenge_for(&b, pending)))->status, 422);
    str credential = shown(&phone, challenge_for(&b, pending));
    CHECK_INT(second(&b, pending, credential)->status, 200);
    CHECK_STR(browser_member(browser_get(&b, "/api/auth/me"), "/session/strength"), S("second_factor"));
    struct browser c = {.house = h};
    CHECK_INT(second(&c, pending, credential)->status, 422);
    f = browser_send(&c, "POST", "/api/auth/passkey/begin", "{pending:'nonsense'}");
    CHECK_INT(f->status, 401);

    /* A step-up by passkey, and no other way for who has one. */
    time_set(time_now_ms() + 6 * MINUTE);
    CHECK_INT(browser_send(&b, "POST", "/api/content/item/api_keys", "{data:{label:'x'}}")->status, 403);
    CHECK_INT(browser_send(&b, "POST", "/api/auth/step-up", "{password:'correct horse'}")->status, 422);
    const char *body = arena_cstr(h->arena, arena_format(h->arena, "{passkey:" STR_FMT "}", STR_ARG(shown(&phone, challenge_for(&c, S(""))))));
    CHECK_INT(browser_send(&b, "POST", "/api/auth/step-up", body)->status, 200);
    CHECK_INT(browser_send(&b, "POST", "/api/content/item/api_keys", "{data:{label:'x'}}")->status, 200);
    close_house(h);
}

static void passkeys_are_given_up_by_their_owner(void **state)
{
    (void)state;
    struct house *h = open_house();
    struct device phone = make_device(h, "phone of ada"), key = make_device(h, "key of ada"), his = make_device(h, "phone of bob");
    struct browser ada = browser_sign_in(h, "ada", "correct horse"), bob = browser_sign_in(h, "bob", "battery staple");
    CHECK_INT(enrol(&ada, &phone)->status, 200);
    struct fake_exchange *f = enrol(&ada, &key);
    CHECK_INT(f->status, 200);
    CHECK_STR(browser_member(f, "/recovery_codes"), S("null")); /* there are some */
    CHECK_INT(enrol(&ada, &key)->status, 409);
    CHECK_INT(enrol(&bob, &his)->status, 200);
    str others = browser_member(browser_get(&bob, "/api/content/items/passkeys"), "/0/_id");
    CHECK_INT(browser_delete(&ada, "/api/auth/passkeys/", others)->status, 404);
    f = browser_get(&ada, "/api/content/items/passkeys?filter={label:'phone'}&sort={_id:1}");
    str first = browser_member(f, "/0/_id");
    CHECK_STR(house_value(h, h->arena, "users", house_user(h, "ada"), "passkey_count"), S("2"));
    time_set(time_now_ms() + 6 * MINUTE);
    CHECK_INT(browser_delete(&ada, "/api/auth/passkeys/", first)->status, 403);
    struct browser b = {.house = h};
    key.flags |= PERSON;
    CHECK_INT(sign_in(&b, shown(&key, challenge_for(&b, S(""))))->status, 200);
    CHECK_INT(browser_delete(&b, "/api/auth/passkeys/", first)->status, 200);
    CHECK_INT(browser_get(&ada, "/api/auth/me")->status, 401); /* SE-2 */
    CHECK_INT(browser_get(&b, "/api/auth/me")->status, 200);
    CHECK_INT(sign_in(&(struct browser){.house = h}, shown(&phone, challenge_for(&b, S(""))))->status, 401);
    str second_id = browser_member(browser_get(&b, "/api/content/items/passkeys?filter={user:'<>'}"), "/0/_id");
    (void)second_id;
    CHECK_STR(house_value(h, h->arena, "users", house_user(h, "ada"), "passkey_count"), S("1"));
    house_delete(h, "users", house_user(h, "bob")); /* and his passkeys with him */
    CHECK_INT(sign_in(&(struct browser){.house = h}, shown(&his, challenge_for(&b, S(""))))->status, 401);
    close_house(h);
}

/* Without a configured address only this machine is known for certain. */
static void the_site_is_configured_or_this_machine(void **state)
{
    static const struct {
        const char *host;
        int status;
    } rows[] = {{"localhost:8080", 200}, {"LOCALHOST", 200}, {"cms.example", 409}, {"localhost.evil.example", 409}, {"127.0.0.1", 409}};
    (void)state;
    struct house *h = house_open();
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        str lines = arena_format(h->arena, "Host: %s\nContent-Type: application/json\n", rows[i].host);
        struct fake_exchange *f = rest_request(h->gate, h->arena, "POST", "/api/auth/passkey/begin", arena_cstr(h->arena, lines), S("{}"), NULL);
        CHECK_AT(i);
        CHECK_INT(f->status, rows[i].status);
    }
    house_close(h);
}

CHECK_MAIN(TEST(a_passkey_is_made_and_signs_in), TEST(what_does_not_hold_opens_nothing), TEST(a_passkey_is_the_second_step),
           TEST(passkeys_are_given_up_by_their_owner), TEST(the_site_is_configured_or_this_machine))
