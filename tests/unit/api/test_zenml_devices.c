/* Devices are let in from a browser (zenml-tokens.md 5, RFC 8628). */
#include "tests/support/check.h"
#include "tests/support/zenml_client.h"

#include "base/id.h"
#include "base/limits.h"
#include "base/time.h"

#define CLIENT "5e1f0c9a-0d0e-4c1b-8a57-5d1b6c0e7f11"
#define FORM   "Content-Type: application/x-www-form-urlencoded\n"

struct codes {
    str device, user, small, id; /* id: the device's UUID */
};

static struct codes authorize(struct house *h, struct arena *a, const char *client)
{
    struct codes c;
    str form = arena_format(a, "client_id=%s", client), complete, query;
    struct fake_exchange *f = client_send(h, a, "POST", "/api/v1/device_authorization",
                                          FORM "User-Agent: Host/box ZenML/0.70.0 Python/3.11.4 OS/Linux\n", arena_cstr(a, form));
    NEED(f->status == 200);
    c.device = client_at(a, f, "/device_code");
    c.user = client_at(a, f, "/user_code");
    c.small = client_at(a, f, "/user_code_short");
    complete = client_at(a, f, "/verification_uri_complete");
    (void)str_cut(complete, '=', &query, &c.id);
    c.id = str_slice(c.id, 0, UUID_LENGTH);
    CHECK_INT(c.device.len, 64);
    CHECK_INT(c.user.len, 32);
    CHECK_INT(c.small.len, 9);
    CHECK_STR(complete, arena_format(a, "/devices/verify?device_id=" STR_FMT "&user_code=" STR_FMT, STR_ARG(c.id), STR_ARG(c.user)));
    CHECK_STR(client_at(a, f, "/expires_in"), S("300"));
    CHECK_STR(client_at(a, f, "/interval"), S("5"));
    return c;
}

static struct fake_exchange *poll(struct house *h, struct arena *a, const char *client, str code)
{
    str form = arena_format(a, "grant_type=urn%%3Aietf%%3Aparams%%3Aoauth%%3Agrant-type%%3Adevice_code&client_id=%s&device_code=" STR_FMT,
                            client, STR_ARG(code));
    return client_login(h, a, arena_cstr(a, form));
}

static struct fake_exchange *verify(struct house *h, struct arena *a, const char *session, str id, str code, bool trusted)
{
    str target = arena_format(a, "/api/v1/devices/" STR_FMT "/verify", STR_ARG(id));
    str body = arena_format(a, "{user_code:'" STR_FMT "', trusted_device:%s}", STR_ARG(code), trusted ? "true" : "false");
    return client_ask(h, a, "PUT", arena_cstr(a, target), session, arena_cstr(a, body));
}

static const char *device_path(struct arena *a, str id)
{
    return arena_cstr(a, arena_format(a, "/api/v1/devices/" STR_FMT, STR_ARG(id)));
}

static const char *session_of(struct house *h, struct arena *a)
{
    return client_bearer(h, a, "username=ada&password=lovelace+engine");
}

static void check_oauth(struct arena *a, const struct fake_exchange *f, const char *error)
{
    CHECK_INT(f->status, 400);
    CHECK_STR(client_at(a, f, "/error"), str_of(error));
    CHECK_STR(client_at(a, f, "/error_uri"), S("null"));
    CHECK(client_at(a, f, "/error_description").len > 0);
}

static void a_device_is_let_in(void **state)
{
    static const bool trust[] = {false, true};
    (void)state;
    for (size_t i = 0; i < COUNTOF(trust); i++) {
        struct arena *a = arena_open(256u << 10);
        struct house *h = client_house();
        struct codes c = authorize(h, a, CLIENT);
        const char *session = session_of(h, a);
        CHECK_AT(i);
        check_oauth(a, poll(h, a, CLIENT, c.device), "authorization_pending");
        check_oauth(a, poll(h, a, CLIENT, c.device), "slow_down");
        time_set(NOON + 6000);
        check_oauth(a, poll(h, a, CLIENT, c.device), "authorization_pending");
        CHECK_INT(client_ask(h, a, "GET", device_path(a, c.id), session, NULL)->status, 404); /* nobody's yet */
        const char *with_code = arena_cstr(a, arena_format(a, "/api/v1/devices/" STR_FMT "?user_code=" STR_FMT, STR_ARG(c.id), STR_ARG(c.user)));
        struct fake_exchange *f = client_ask(h, a, "GET", with_code, session, NULL);
        CHECK_STR(client_at(a, f, "/body/status"), S("pending"));
        CHECK_STR(client_at(a, f, "/body/hostname"), S("box"));
        CHECK_STR(client_at(a, f, "/body/os"), S("Linux"));
        CHECK_STR(client_at(a, f, "/metadata/python_version"), S("3.11.4"));
        CHECK(!str_contains(f->answer, c.user) && !str_contains(f->answer, c.device));
        f = verify(h, a, session, c.id, i ? c.small : c.user, trust[i]);
        CHECK_INT(f->status, 200);
        CHECK_STR(client_at(a, f, "/body/status"), S("verified"));
        CHECK_STR(client_at(a, f, "/body/user"), id_uuid(a, house_user(h, "ada")));
        f = poll(h, a, CLIENT, c.device);
        CHECK_INT(f->status, 200);
        CHECK_STR(client_at(a, f, "/device_id"), c.id);
        CHECK_STR(client_at(a, f, "/expires_in"), trust[i] ? S("2592000") : S("86400"));
        const char *token = arena_cstr(a, arena_format(a, "Authorization: Bearer " STR_FMT, STR_ARG(client_at(a, f, "/access_token"))));
        check_oauth(a, poll(h, a, CLIENT, c.device), "expired_token"); /* a code counts once */
        f = client_ask(h, a, "GET", device_path(a, c.id), session, NULL);
        CHECK_STR(client_at(a, f, "/body/status"), S("active"));
        CHECK_STR(client_at(a, f, "/body/last_login"), S("2026-11-21T12:00:06"));
        time_set(NOON + INT64_C(23) * 3600000); /* the day after, nearly */
        CHECK_STR(client_at(a, client_ask(h, a, "GET", "/api/v1/current-user", token, NULL), "/name"), S("ada"));
        time_set(NOON + INT64_C(25) * 3600000);
        CHECK_INT(client_ask(h, a, "GET", "/api/v1/current-user", token, NULL)->status, trust[i] ? 200 : 401);
        client_close(h);
        arena_close(a);
    }
}

static void wrong_codes_end_it(void **state)
{
    struct arena *a = arena_open(256u << 10);
    struct house *h = client_house();
    const char *session = session_of(h, a);
    (void)state;
    struct codes c = authorize(h, a, CLIENT);
    check_oauth(a, poll(h, a, "00000000-0d0e-4c1b-8a57-5d1b6c0e7f11", c.device), "invalid_client");
    check_oauth(a, poll(h, a, CLIENT, c.user), "access_denied");
    static const char *const words[] = {"invalid user code", "invalid user code", "device locked due to too many failed authentication attempts",
                                        "device locked due to too many failed authentication attempts"};
    for (size_t i = 0; i < COUNTOF(words); i++) {
        struct fake_exchange *f = verify(h, a, session, c.id, i == 3 ? c.user : i ? S("BCDF-GHJK") : c.device, false);
        CHECK_AT(i);
        CHECK_INT(f->status, 400);
        CHECK_STR(f->answer, arena_format(a, "{\"detail\":[\"ValueError\",\"Invalid request: %s\"]}", words[i]));
    }
    CHECK_AT(-1);
    check_oauth(a, poll(h, a, CLIENT, c.device), "access_denied");
    /* looking is counted like confirming */
    c = authorize(h, a, CLIENT);
    session = client_bearer(h, a, "username=root&password=correct+horse+battery");
    const char *look = arena_cstr(a, arena_format(a, "/api/v1/devices/" STR_FMT "?user_code=BCDF-GHJK", STR_ARG(c.id)));
    for (int i = 0; i < LIMIT_DEVICE_FAILED; i++)
        (void)client_ask(h, a, "GET", look, session, NULL);
    CHECK(verify(h, a, session, c.id, c.user, false)->status != 200);
    check_oauth(a, poll(h, a, CLIENT, c.device), "access_denied");
    client_close(h);
    arena_close(a);
}

static void codes_run_out(void **state)
{
    struct arena *a = arena_open(256u << 10);
    struct house *h = client_house();
    struct codes c = authorize(h, a, CLIENT);
    const char *session = session_of(h, a);
    (void)state;
    time_set(NOON + (int64_t)LIMIT_DEVICE_CODE_S * 1000);
    struct fake_exchange *f = verify(h, a, session, c.id, c.user, false);
    CHECK_STR(f->answer, S("{\"detail\":[\"ValueError\",\"Invalid request: device verification expired\"]}"));
    check_oauth(a, poll(h, a, CLIENT, c.device), "expired_token");
    c = authorize(h, a, CLIENT);
    CHECK_INT(verify(h, a, session, c.id, c.user, false)->status, 200);
    f = verify(h, a, session, c.id, c.user, false);
    CHECK_STR(f->answer, S("{\"detail\":[\"ValueError\",\"Invalid request: device not pending verification\"]}"));
    CHECK_INT(verify(h, a, session, S("0b5c7d1e-5a77-4b5e-9d11-2f0c6c8a4e11"), c.user, false)->status, 404);
    CHECK_INT(verify(h, a, session, S("x"), c.user, false)->status, 422);
    CHECK_INT(verify(h, a, "svc", c.id, c.user, false)->status, 404); /* nothing to do with devices */
    CHECK_INT(verify(h, a, "root", c.id, c.user, false)->status, 403); /* keys let nobody in */
    CHECK_INT(verify(h, a, NULL, c.id, c.user, false)->status, 401);
    client_close(h);
    arena_close(a);
}

static const char *let_in(struct house *h, struct arena *a, const char *client, const char *session, str *id)
{
    struct codes c = authorize(h, a, client);
    *id = c.id;
    NEED(verify(h, a, session, c.id, c.user, true)->status == 200);
    struct fake_exchange *f = poll(h, a, client, c.device);
    NEED(f->status == 200);
    return arena_cstr(a, arena_format(a, "Authorization: Bearer " STR_FMT, STR_ARG(client_at(a, f, "/access_token"))));
}

static int status_of(struct house *h, struct arena *a, const char *token)
{
    return client_ask(h, a, "GET", "/api/v1/current-user", token, NULL)->status;
}

static void a_devices_tokens_end_with_it(void **state)
{
    struct arena *a = arena_open(512u << 10);
    struct house *h = client_house();
    const char *session = session_of(h, a);
    str id;
    (void)state;
    const char *token = let_in(h, a, CLIENT, session, &id);
    const char *path = device_path(a, id);
    CHECK_INT(status_of(h, a, token), 200);
    /* a device lets no other in */
    struct codes other = authorize(h, a, "00000000-0d0e-4c1b-8a57-5d1b6c0e7f11");
    CHECK_INT(verify(h, a, token, other.id, other.user, false)->status, 403);
    /* new codes leave it in until they are confirmed */
    struct codes c = authorize(h, a, CLIENT);
    CHECK_INT(status_of(h, a, token), 200);
    CHECK_INT(verify(h, a, session, c.id, c.user, false)->status, 200);
    CHECK_INT(status_of(h, a, token), 401);
    struct fake_exchange *f = poll(h, a, CLIENT, c.device);
    token = arena_cstr(a, arena_format(a, "Authorization: Bearer " STR_FMT, STR_ARG(client_at(a, f, "/access_token"))));
    f = client_ask(h, a, "GET", "/api/v1/current-user", token, NULL);
    CHECK_STR(client_at(a, f, "/name"), S("ada"));
    f = client_ask(h, a, "PUT", path, session, "{locked:true}");
    CHECK_STR(client_at(a, f, "/body/status"), S("locked"));
    CHECK_INT(status_of(h, a, token), 401);
    f = client_ask(h, a, "PUT", path, session, "{locked:false}");
    CHECK_STR(client_at(a, f, "/body/status"), S("active"));
    CHECK_INT(client_ask(h, a, "PUT", path, session, "{locked:'perhaps'}")->status, 422);
    token = let_in(h, a, CLIENT, session, &id);
    CHECK_STR(client_ask(h, a, "DELETE", path, session, NULL)->answer, S("null"));
    CHECK_INT(status_of(h, a, token), 401);
    CHECK_INT(client_ask(h, a, "GET", path, session, NULL)->status, 404);
    token = let_in(h, a, CLIENT, session, &id);
    house_update(h, "users", house_user(h, "ada"), "{active:false}");
    CHECK_INT(status_of(h, a, token), 401);
    client_close(h);
    arena_close(a);
}

static void devices_are_their_owners_alone(void **state)
{
    struct arena *a = arena_open(512u << 10);
    struct house *h = client_house();
    const char *session = session_of(h, a), *root = client_bearer(h, a, "username=root&password=correct+horse+battery");
    str id;
    (void)state;
    (void)let_in(h, a, CLIENT, session, &id);
    const char *path = device_path(a, id);
    CHECK_STR(client_at(a, client_ask(h, a, "GET", "/api/v1/devices", session, NULL), "/total"), S("1"));
    CHECK_STR(client_at(a, client_ask(h, a, "GET", "/api/v1/devices?status=active&trusted_device=true", session, NULL), "/total"), S("1"));
    CHECK_STR(client_at(a, client_ask(h, a, "GET", "/api/v1/devices", root, NULL), "/total"), S("0"));
    CHECK_INT(client_ask(h, a, "GET", path, root, NULL)->status, 404);
    CHECK_INT(client_ask(h, a, "PUT", path, root, "{locked:true}")->status, 404);
    CHECK_INT(client_ask(h, a, "DELETE", path, root, NULL)->status, 404);
    struct codes c = authorize(h, a, CLIENT);
    struct fake_exchange *f = verify(h, a, root, c.id, c.user, false);
    CHECK_STR(f->answer, S("{\"detail\":[\"ValueError\",\"Invalid request: this device is associated with another user\"]}"));
    client_close(h);
    arena_close(a);
}

static void so_many_wait_at_a_time(void **state)
{
    struct arena *a = arena_open(1u << 20);
    struct house *h = client_house();
    (void)state;
    for (unsigned i = 0; i < LIMIT_DEVICES_WAITING; i++)
        (void)authorize(h, a, arena_cstr(a, arena_format(a, "%08x-0d0e-4c1b-8a57-5d1b6c0e7f11", i)));
    CHECK_INT(client_send(h, a, "POST", "/api/v1/device_authorization", FORM, "client_id=" CLIENT)->status, 429);
    time_set(NOON + (int64_t)LIMIT_DEVICE_CODE_S * 1000 + 1000);
    (void)authorize(h, a, CLIENT);
    CHECK_INT(client_send(h, a, "POST", "/api/v1/device_authorization", FORM, "client_id=x")->status, 400);
    client_close(h);
    arena_close(a);
}

CHECK_MAIN(TEST(a_device_is_let_in), TEST(wrong_codes_end_it), TEST(codes_run_out), TEST(a_devices_tokens_end_with_it),
           TEST(devices_are_their_owners_alone), TEST(so_many_wait_at_a_time))
