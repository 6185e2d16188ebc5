/* POST /api/v1/login in all its ways, and what ends what it gave (zenml-tokens.md 2 to 4, defects 1 to 4). */
#include "tests/support/check.h"
#include "tests/support/zenml_client.h"

#include "base/crypt.h"
#include "base/id.h"
#include "base/jwt.h"
#include "base/time.h"

static const char *with_key(struct house *h, struct arena *a, const char *form)
{
    struct buf b;
    str rest = str_of(form), head, tail, key = house_key(h, "svc");
    buf_init(&b, a, 4096);
    while (str_cut(rest, '$', &head, &tail)) {
        buf_add(&b, head);
        buf_add(&b, key);
        rest = tail;
    }
    buf_add(&b, rest);
    return arena_cstr(a, buf_str(&b));
}

static void a_grant_is_chosen_and_answered(void **state)
{
    static const struct {
        const char *form; /* $: the service account's key */
        int status;
        const char *answer; /* NULL: a token */
    } rows[] = {
        {"password=$", 200, NULL},
        {"grant_type=&username=&password=$", 200, NULL},
        {"grant_type=zenml-api-key&password=$&scope=all", 200, NULL},
        {"username=root&password=correct+horse+battery", 200, NULL},
        {"grant_type=password&username=root%40example.com&password=correct%20horse%20battery&client_id=&client_secret=", 200, NULL},
        {"grant_type=magic", 400, "{\"detail\":\"Unsupported grant type: magic\"}"},
        {"grant_type=zenml-external", 400, "{\"detail\":\"Unsupported grant type: zenml-external.\"}"},
        {"", 400, "{\"detail\":\"Invalid request: username is required.\"}"},
        {"grant_type=password&password=x", 400, "{\"detail\":\"Invalid request: username is required.\"}"},
        {"grant_type=zenml-api-key&username=x", 400, "{\"detail\":\"API key is required.\"}"},
        {"device_code=x", 400, "{\"detail\":\"Invalid request: device code and client ID are required.\"}"},
        {"device_code=x&client_id=y", 400, "{\"detail\":\"Invalid request: invalid client ID.\"}"},
        {"password=ZENKEY_x", 401, "{\"detail\":[\"CredentialsNotValid\",\"Authentication error: Authentication failed\"]}"},
        {"password=", 400, "{\"detail\":\"Invalid request: username is required.\"}"},
        {"username=root&password=wrong", 401,
         "{\"detail\":[\"AuthorizationException\",\"Authentication error: The name or the password is wrong\"]}"},
        {"username=nobody&password=wrong", 401,
         "{\"detail\":[\"AuthorizationException\",\"Authentication error: The name or the password is wrong\"]}"},
        {"username=root", 401, "{\"detail\":[\"AuthorizationException\",\"Authentication error: The name or the password is wrong\"]}"},
        {"username=exporter&password=$", 401,
         "{\"detail\":[\"AuthorizationException\",\"Authentication error: The name or the password is wrong\"]}"},
    };
    struct house *h = client_house();
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct arena *a = arena_open(16u << 10);
        struct fake_exchange *f = client_login(h, a, with_key(h, a, rows[i].form));
        CHECK_AT(i);
        CHECK_INT(f->status, rows[i].status);
        if (rows[i].answer) {
            CHECK_STR(f->answer, str_of(rows[i].answer));
            CHECK(str_is_absent(fake_header(f, "Set-Cookie")));
        } else {
            CHECK_STR(client_at(a, f, "/token_type"), S("bearer"));
            CHECK_STR(client_at(a, f, "/expires_in"), S("3600"));
            CHECK_STR(client_at(a, f, "/refresh_token"), S("null"));
            CHECK_STR(client_at(a, f, "/scope"), S("null"));
            CHECK_STR(fake_header(f, "Cache-Control"), S("no-store"));
        }
        arena_close(a);
    }
    client_close(h);
}

/* The seed's answer has these five members, in this order, and no other. */
static void an_answer_to_a_key_is_the_documented_one(void **state)
{
    struct arena *a = arena_open(16u << 10);
    struct house *h = client_house();
    (void)state;
    struct fake_exchange *f = client_login(h, a, with_key(h, a, "password=$"));
    str token = client_at(a, f, "/access_token");
    str wanted = arena_format(a, "{\"access_token\":\"" STR_FMT "\",\"token_type\":\"bearer\",\"expires_in\":3600,\"refresh_token\":null,\"scope\":null}",
                              STR_ARG(token));
    CHECK_STR(f->answer, wanted);
    CHECK(str_is_absent(fake_header(f, "Set-Cookie")));
    struct jwt jwt;
    struct problem why = {.arena = a};
    NEED(jwt_read(a, token, &jwt, &why) == ERR_OK);
    CHECK_STR(jwt.algorithm, S("HS256"));
    const struct json *claims = NULL;
    NEED(json_read(a, jwt.unverified, NULL, S(""), &claims, &why) == ERR_OK);
    CHECK_STR(json_get(claims, S("sub"))->text, id_uuid(a, house_service(h, "exporter")));
    CHECK_STR(json_get(claims, S("api_key_id"))->text, id_uuid(a, house_key_id(h, "svc")));
    CHECK_STR(json_get(claims, S("iss"))->text, json_get(claims, S("aud"))->text);
    CHECK_INT(json_get(claims, S("exp"))->integer, NOON / 1000 + 3600);
    client_close(h);
    arena_close(a);
}

static void forms_come_in_parts_too(void **state)
{
    struct arena *a = arena_open(16u << 10);
    struct house *h = client_house();
    const char *parts = "Content-Type: multipart/form-data; boundary=XX\n";
    str body = arena_format(a, "--XX\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\n" STR_FMT "\r\n--XX--\r\n",
                            STR_ARG(house_key(h, "svc")));
    (void)state;
    CHECK_INT(client_send(h, a, "POST", "/api/v1/login", parts, arena_cstr(a, body))->status, 200);
    CHECK_INT(client_send(h, a, "POST", "/api/v1/login", parts, "--XX")->status, 400);
    CHECK_INT(client_send(h, a, "POST", "/api/v1/login", "Content-Type: application/json\n", "{}")->status, 415);
    CHECK_INT(client_send(h, a, "POST", "/api/v1/login", "", "")->status, 400);
    client_close(h);
    arena_close(a);
}

static void browsers_get_a_cookie_for_a_password(void **state)
{
    struct arena *a = arena_open(16u << 10);
    struct house *h = client_house();
    const char *form = "username=root&password=correct+horse+battery";
    (void)state;
    struct fake_exchange *f = client_login(h, a, form);
    str cookie = fake_header(f, "Set-Cookie"), name = arena_format(a, "zenml-server-" STR_FMT, STR_ARG(gate_server_id(h->gate, a)));
    CHECK(str_starts(cookie, name));
    CHECK(str_ends(cookie, S("; Path=/; HttpOnly; SameSite=Lax; Max-Age=3599")) || str_ends(cookie, S("; Path=/; HttpOnly; SameSite=Lax; Max-Age=3600")));
    CHECK_STR(client_at(a, f, "/cookie_name"), name);
    /* a page of another site: no cookie that would sign its visitors in as somebody else */
    f = client_send(h, a, "POST", "/api/v1/login", "Content-Type: application/x-www-form-urlencoded\nHost: here\nOrigin: https://elsewhere.example\n", form);
    CHECK_INT(f->status, 200);
    CHECK(str_is_absent(fake_header(f, "Set-Cookie")));
    client_close(h);
    arena_close(a);
}

/* Defect 4: no token lives for ever. Defect 2: signing out ends it. */
static void a_token_ends_with_its_time_and_with_its_session(void **state)
{
    static const char *const ways[] = {"GET", "POST"};
    struct house *h = client_house();
    (void)state;
    for (size_t i = 0; i < COUNTOF(ways); i++) {
        struct arena *a = arena_open(32u << 10);
        const char *token = client_bearer(h, a, "username=ada&password=lovelace+engine");
        CHECK_INT(client_ask(h, a, "GET", "/api/v1/current-user", token, NULL)->status, 200);
        struct fake_exchange *f = client_ask(h, a, ways[i], "/api/v1/logout", token, NULL);
        CHECK_INT(f->status, 200);
        CHECK_STR(f->answer, S("null"));
        CHECK_INT(client_ask(h, a, "GET", "/api/v1/current-user", token, NULL)->status, 401);
        arena_close(a);
    }
    struct arena *a = arena_open(32u << 10);
    const char *token = client_bearer(h, a, "username=ada&password=lovelace+engine");
    time_set(NOON + 3540 * 1000); /* unused for an hour all but a minute: a program's session does not end for that */
    CHECK_INT(client_ask(h, a, "GET", "/api/v1/current-user", token, NULL)->status, 200);
    time_set(NOON + 3611 * 1000);
    CHECK_INT(client_ask(h, a, "GET", "/api/v1/current-user", token, NULL)->status, 401);
    CHECK_INT(client_ask(h, a, "GET", "/api/v1/logout", NULL, NULL)->status, 200);
    client_close(h);
    arena_close(a);
}

/* Defect 3: another password ends what was signed in before. */
static void a_new_password_ends_all_sessions(void **state)
{
    struct arena *a = arena_open(64u << 10);
    struct house *h = client_house();
    (void)state;
    const char *one = client_bearer(h, a, "username=ada&password=lovelace+engine");
    const char *two = client_bearer(h, a, "username=ada&password=lovelace+engine");
    struct fake_exchange *f = client_ask(h, a, "PUT", "/api/v1/current-user", two, "{password:'a difference engine'}");
    CHECK_INT(f->status, 403);
    CHECK_STR(f->answer, S("{\"detail\":[\"IllegalOperationError\",\"The current password must be supplied when changing the password.\"]}"));
    f = client_ask(h, a, "PUT", "/api/v1/current-user", two, "{password:'a difference engine', old_password:'wrong'}");
    CHECK_STR(f->answer, S("{\"detail\":[\"IllegalOperationError\",\"The current password is incorrect.\"]}"));
    CHECK_INT(client_ask(h, a, "GET", "/api/v1/current-user", one, NULL)->status, 200);
    f = client_ask(h, a, "PUT", "/api/v1/current-user", two, "{password:'a difference engine', old_password:'lovelace engine'}");
    CHECK_INT(f->status, 200);
    CHECK_INT(client_ask(h, a, "GET", "/api/v1/current-user", one, NULL)->status, 401);
    CHECK_INT(client_ask(h, a, "GET", "/api/v1/current-user", two, NULL)->status, 401);
    (void)client_bearer(h, a, "username=ada&password=a+difference+engine");
    client_close(h);
    arena_close(a);
}

static void wrong_ones_are_counted_and_right_keys_never_wait(void **state)
{
    struct arena *a = arena_open(256u << 10);
    struct house *h = client_house();
    struct fake_exchange *f = NULL;
    (void)state;
    for (int i = 0; i < 10; i++)
        CHECK_INT(client_login(h, a, "password=ZENKEY_wrong")->status, 401);
    f = client_login(h, a, "password=ZENKEY_wrong");
    CHECK_INT(f->status, 429);
    CHECK_STR(f->answer, S("{\"detail\":\"Minute request limit exceeded.\"}"));
    CHECK(!str_is_absent(fake_header(f, "Retry-After")));
    CHECK_INT(client_login(h, a, with_key(h, a, "password=$"))->status, 200);
    /* defect 7: a header that anybody can send changes no address */
    f = client_send(h, a, "POST", "/api/v1/login", "Content-Type: application/x-www-form-urlencoded\nX-Forwarded-For: 203.0.113.9\n",
                   "password=ZENKEY_wrong");
    CHECK_INT(f->status, 429);
    client_close(h);
    arena_close(a);
}

static void a_key_without_an_account_signs_nobody_in(void **state)
{
    struct arena *a = arena_open(16u << 10);
    struct house *h = client_house();
    (void)state;
    str form = arena_format(a, "password=" STR_FMT, STR_ARG(house_key(h, "role")));
    CHECK_INT(client_login(h, a, arena_cstr(a, form))->status, 401);
    client_close(h);
    arena_close(a);
}

static void half_of_what_an_account_needs_opens_nothing(void **state)
{
    struct arena *a = arena_open(16u << 10);
    struct house *h = client_house();
    (void)state;
    house_update(h, "users", house_user(h, "ada"), "{totp_enabled:true}");
    struct fake_exchange *f = client_login(h, a, "username=ada&password=lovelace+engine");
    CHECK_INT(f->status, 401);
    CHECK(str_contains(f->answer, S("second factor")));
    f = client_login(h, a, "username=ada&password=wrong");
    CHECK(!str_contains(f->answer, S("second factor")));
    client_close(h);
    arena_close(a);
}

/* Defect 1: a token for scripts ends with the key and the session it was made with. */
static void tokens_for_scripts(void **state)
{
    static const struct {
        const char *query;
        int status;
        const char *answer; /* NULL: a token */
    } rows[] = {
        {"", 200, NULL},
        {"?token_type=generic", 200, NULL},
        {"?expires_in=0", 200, NULL},
        {"?expires_in=604800", 200, NULL},
        {"?expires_in=604801", 400,
         "{\"detail\":[\"ValueError\",\"The maximum expiration time for generic API tokens allowed by this server is 604800 seconds\"]}"},
        {"?expires_in=-1", 422, "[{\"type\":\"greater_than_equal\""},
        {"?token_type=other", 422, "[{\"type\":\"enum\",\"loc\":[\"query\",\"token_type\"]"},
        {"?token_type=workload", 400, "\"ValueError\",\"Workload API tokens must be scoped to a schedule or pipeline run\""},
        {"?token_type=workload&schedule_id=0b5c7d1e-5a77-4b5e-9d11-2f0c6c8a4e11", 501, "\"NotImplementedError\""},
        {"?schedule_id=0b5c7d1e-5a77-4b5e-9d11-2f0c6c8a4e11", 400, "\"ValueError\""},
        {"?schedule_id=x", 422, "\"uuid_parsing\""},
    };
    struct house *h = client_house();
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct arena *a = arena_open(64u << 10);
        str target = arena_format(a, "/api/v1/api_token%s", rows[i].query);
        struct fake_exchange *f = client_ask(h, a, "GET", arena_cstr(a, target), "svc", NULL);
        CHECK_AT(i);
        CHECK_INT(f->status, rows[i].status);
        if (rows[i].answer) {
            if (!str_contains(f->answer, str_of(rows[i].answer)))
                CHECK_STR(f->answer, str_of(rows[i].answer));
        } else {
            const char *token = arena_cstr(a, arena_format(a, "Authorization: Bearer " STR_FMT, STR_ARG(client_at(a, f, ""))));
            CHECK_STR(client_at(a, client_ask(h, a, "GET", "/api/v1/current-user", token, NULL), "/name"), S("exporter"));
            CHECK_INT(client_ask(h, a, "GET", "/api/v1/api_token", token, NULL)->status, 403);
        }
        arena_close(a);
    }
    struct arena *a = arena_open(64u << 10);
    struct fake_exchange *f = client_ask(h, a, "GET", "/api/v1/api_token?expires_in=604800", "svc", NULL);
    const char *token = arena_cstr(a, arena_format(a, "Authorization: Bearer " STR_FMT, STR_ARG(client_at(a, f, ""))));
    house_delete(h, "api_keys", house_key_id(h, "svc"));
    CHECK_INT(client_ask(h, a, "GET", "/api/v1/current-user", token, NULL)->status, 401);
    const char *session = client_bearer(h, a, "username=ada&password=lovelace+engine");
    f = client_ask(h, a, "GET", "/api/v1/api_token", session, NULL);
    token = arena_cstr(a, arena_format(a, "Authorization: Bearer " STR_FMT, STR_ARG(client_at(a, f, ""))));
    CHECK_INT(client_ask(h, a, "GET", "/api/v1/current-user", token, NULL)->status, 200);
    CHECK_INT(client_ask(h, a, "GET", "/api/v1/logout", token, NULL)->status, 200); /* the token, not the session */
    CHECK_INT(client_ask(h, a, "GET", "/api/v1/current-user", token, NULL)->status, 401);
    CHECK_INT(client_ask(h, a, "GET", "/api/v1/current-user", session, NULL)->status, 200);
    /* a name and a password with every request make no token */
    str basic = base64_encode(a, S("ada:lovelace engine"));
    const char *header = arena_cstr(a, arena_format(a, "Authorization: Basic " STR_FMT, STR_ARG(basic)));
    CHECK_INT(client_ask(h, a, "GET", "/api/v1/current-user", header, NULL)->status, 200);
    CHECK_INT(client_ask(h, a, "GET", "/api/v1/api_token", header, NULL)->status, 401);
    client_close(h);
    arena_close(a);
}

static void who_nobody_is(void **state)
{
    struct arena *a = arena_open(32u << 10);
    struct house *h = client_house();
    (void)state;
    struct fake_exchange *f = client_ask(h, a, "GET", "/api/v1/current-user", NULL, NULL);
    CHECK_INT(f->status, 401);
    CHECK_STR(f->answer, S("{\"detail\":\"Not authenticated\"}"));
    CHECK_STR(fake_header(f, "WWW-Authenticate"), S("Bearer"));
    f = client_ask(h, a, "GET", "/api/v1/current-user", "Authorization: Bearer x.y.z", NULL);
    CHECK_INT(f->status, 401);
    CHECK_STR(f->answer, S("{\"detail\":[\"AuthorizationException\",\"Authentication failed\"]}"));
    f = client_ask(h, a, "GET", "/api/v1/current-user", "svc", NULL);
    CHECK_STR(client_at(a, f, "/body/is_service_account"), S("true"));
    CHECK_STR(client_at(a, f, "/body/full_name"), S(""));
    CHECK_STR(client_at(a, f, "/metadata/email"), S("null"));
    f = client_ask(h, a, "GET", "/api/v1/current-user?hydrate=false", "root", NULL);
    CHECK_STR(client_at(a, f, "/body/is_admin"), S("true"));
    CHECK_STR(client_at(a, f, "/metadata"), S("null"));
    CHECK_STR(client_at(a, f, "/body/created"), S("2026-11-21T12:00:00"));
    f = client_ask(h, a, "GET", "/api/v1/nothing", NULL, NULL);
    CHECK_INT(f->status, 404);
    CHECK_STR(f->answer, S("{\"error\":\"Not Found\",\"detail\":\"Not Found\"}"));
    f = client_ask(h, a, "DELETE", "/api/v1/login", NULL, NULL);
    CHECK_INT(f->status, 405);
    CHECK_STR(f->answer, S("{\"error\":\"Method Not Allowed\",\"detail\":\"Method Not Allowed\"}"));
    CHECK_STR(client_ask(h, a, "GET", "/health", NULL, NULL)->answer, S("\"OK\""));
    CHECK_STR(client_ask(h, a, "GET", "/ready", NULL, NULL)->answer, S("\"OK\""));
    CHECK_INT(client_ask(h, a, "HEAD", "/health", NULL, NULL)->status, 200);
    CHECK_STR(client_ask(h, a, "GET", "/api/v1/version", NULL, NULL)->answer, S("\"test\""));
    f = client_ask(h, a, "GET", "/api/v1/info", NULL, NULL);
    CHECK_STR(client_at(a, f, "/auth_scheme"), S("OAUTH2_PASSWORD_BEARER"));
    CHECK_STR(client_at(a, f, "/active"), S("true"));
    CHECK_STR(client_at(a, f, "/id"), gate_server_id(h->gate, a));
    client_close(h);
    arena_close(a);
}

CHECK_MAIN(TEST(a_grant_is_chosen_and_answered), TEST(an_answer_to_a_key_is_the_documented_one), TEST(forms_come_in_parts_too),
           TEST(browsers_get_a_cookie_for_a_password), TEST(a_token_ends_with_its_time_and_with_its_session),
           TEST(a_new_password_ends_all_sessions), TEST(wrong_ones_are_counted_and_right_keys_never_wait),
           TEST(a_key_without_an_account_signs_nobody_in),
           TEST(half_of_what_an_account_needs_opens_nothing), TEST(tokens_for_scripts), TEST(who_nobody_is))
