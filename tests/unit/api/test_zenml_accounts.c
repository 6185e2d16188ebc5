/* Service accounts, their keys, and people, as ZenML's clients manage them (zenml-tokens.md 6 to 8; defects 5, 6,
 * 8, 9, 10, 14). */
#include "tests/support/check.h"
#include "tests/support/zenml_client.h"

#include "base/id.h"
#include "base/time.h"

#define ACCOUNTS "/api/v1/service_accounts"
#define NOBODYS  "0b5c7d1e-5a77-4b5e-9d11-2f0c6c8a4e11" /* a UUID, but no item's */

/* The first '$' of the pattern replaced. */
static const char *format(struct arena *a, const char *pattern, str one)
{
    str head, tail;
    (void)str_cut(str_of(pattern), '$', &head, &tail);
    return arena_cstr(a, arena_format(a, STR_FMT STR_FMT STR_FMT, STR_ARG(head), STR_ARG(one), STR_ARG(tail)));
}

static const char *keys_path(struct house *h, struct arena *a, const char *more)
{
    return arena_cstr(a, arena_format(a, ACCOUNTS "/" STR_FMT "/api_keys%s", STR_ARG(id_uuid(a, house_service(h, "exporter"))), more));
}

struct talk {
    const char *method, *target, *key, *json;
    int status;
    const char *answer; /* a part of it, NULL: not looked at */
};

static void run(struct house *h, const struct talk *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct arena *a = arena_open(32u << 10);
        struct fake_exchange *f = client_ask(h, a, rows[i].method, rows[i].target, rows[i].key, rows[i].json);
        CHECK_AT(i);
        CHECK_INT(f->status, rows[i].status);
        if (rows[i].answer && !str_contains(f->answer, str_of(rows[i].answer)))
            CHECK_STR(f->answer, str_of(rows[i].answer));
        arena_close(a);
    }
    CHECK_AT(-1);
}

static void service_accounts_are_managed(void **state)
{
    static const struct talk rows[] = {
        {"POST", ACCOUNTS, "root", "{name:'ci', active:true, description:'builds'}", 200,
         "{\"body\":{\"created\":\"2026-11-21T12:00:00\",\"updated\":\"2026-11-21T12:00:00\",\"active\":true},"
         "\"metadata\":{\"description\":\"builds\"},\"resources\":null,\"id\":\""},
        {"POST", ACCOUNTS, "root", "{name:'ci', active:true}", 409, "{\"detail\":[\"EntityExistsError\",\""},
        {"POST", ACCOUNTS, "root", "{name:'off', active:false}", 200, "\"active\":false"},
        {"POST", ACCOUNTS, "root", "{name:'x'}", 422, "[\"ValueError\",\"1 validation error for ServiceAccountRequest\\nactive\\n  Field required\"]"},
        {"POST", ACCOUNTS, "root", "{}", 422, "[\"ValueError\",\"2 validation errors for ServiceAccountRequest\\nname"},
        {"POST", ACCOUNTS, "root", "{name:'', active:true}", 422, "[\"ValueError\""},
        {"POST", ACCOUNTS, "root", NULL, 422, "[\"ValueError\""},
        {"POST", ACCOUNTS, "root", "{name:'a', active:'maybe'}", 422, "[\"ValueError\""},
        /* defect 8: names break no lines */
        {"POST", ACCOUNTS, "root", "{name:'a\\nb', active:true}", 422, "[\"ValueError\""},
        {"POST", ACCOUNTS, "root", "{name:'a\\u0007', active:true}", 422, "[\"ValueError\""},
        {"POST", ACCOUNTS, "root", "{name:'" NOBODYS "', active:true}", 422, "[\"ValueError\""},
        {"GET", ACCOUNTS "/ci", "root", NULL, 200, "\"name\":\"ci\""},
        {"GET", ACCOUNTS "/ci?hydrate=false", "root", NULL, 200, "\"metadata\":null"},
        {"GET", ACCOUNTS "/ci?hydrate=perhaps", "root", NULL, 422, "{\"detail\":[{\"type\":\"bool_parsing\",\"loc\":[\"query\",\"hydrate\"]"},
        {"GET", ACCOUNTS "/CI", "root", NULL, 404, "{\"detail\":[\"KeyError\",\"There is no service account with ID or name 'CI'\"]}"},
        {"GET", ACCOUNTS "/" NOBODYS, "root", NULL, 404, "\"KeyError\""},
        {"PUT", ACCOUNTS "/ci", "root", "{description:'more builds', active:false}", 200, "\"active\":false},\"metadata\":{\"description\":\"more builds\"}"},
        {"PUT", ACCOUNTS "/ci", "root", "{name:'exporter'}", 409, "\"EntityExistsError\""},
        {"PUT", ACCOUNTS "/ci", "root", "{name:null}", 200, "\"name\":\"ci\""},
        {"PUT", ACCOUNTS "/nothing", "root", "{}", 404, "\"KeyError\""},
        {"DELETE", ACCOUNTS "/ci", "root", NULL, 200, "null"},
        {"DELETE", ACCOUNTS "/ci", "root", NULL, 404, "\"KeyError\""},
        /* a person may be called like an account, two accounts may not */
        {"POST", ACCOUNTS, "root", "{name:'ada', active:true}", 200, NULL},
        /* defect 5: whoever is signed in manages nothing by that */
        {"GET", ACCOUNTS, "ada", NULL, 404, "\"KeyError\""},
        {"POST", ACCOUNTS, "ada", "{name:'mine', active:true}", 404, "\"KeyError\""},
        {"POST", ACCOUNTS, "ada", "{}", 404, "\"KeyError\""},
        {"GET", ACCOUNTS "/exporter", "ada", NULL, 404, "\"KeyError\""},
        {"DELETE", ACCOUNTS "/exporter", "ada", NULL, 404, "\"KeyError\""},
        {"DELETE", ACCOUNTS "/exporter", "svc", NULL, 404, "\"KeyError\""},
        {"GET", ACCOUNTS, NULL, NULL, 401, "{\"detail\":\"Not authenticated\"}"},
    };
    struct house *h = client_house();
    (void)state;
    run(h, rows, COUNTOF(rows));
    client_close(h);
}

static void keys_are_made_shown_once_and_turned(void **state)
{
    struct arena *a = arena_open(256u << 10);
    struct house *h = client_house();
    (void)state;
    struct fake_exchange *f = client_ask(h, a, "POST", keys_path(h, a, ""), "root", "{name:'ci', description:'for builds'}");
    CHECK_INT(f->status, 200);
    str first = client_at(a, f, "/body/key"), id = client_at(a, f, "/id");
    CHECK(str_starts(first, S("ZENKEY_")) && first.len == 167);
    CHECK_STR(client_at(a, f, "/body/service_account/name"), S("exporter"));
    CHECK_STR(client_at(a, f, "/body/service_account/metadata"), S("null"));
    CHECK_STR(client_at(a, f, "/metadata/retain_period_minutes"), S("0"));
    CHECK_STR(client_at(a, f, "/metadata/last_rotated"), S("null"));
    CHECK_STR(client_at(a, f, "/metadata/generations/0/n"), S("1"));
    f = client_ask(h, a, "GET", keys_path(h, a, "/ci"), "root", NULL);
    CHECK_STR(client_at(a, f, "/body/key"), S("null"));
    CHECK_STR(client_at(a, f, "/id"), id);
    CHECK(!str_contains(f->answer, str_slice(first, 20, 60)));
    f = client_ask(h, a, "GET", keys_path(h, a, format(a, "/$", id)), "root", NULL);
    CHECK_STR(client_at(a, f, "/name"), S("ci"));
    CHECK_INT(client_login(h, a, format(a, "password=$", first))->status, 200);

    /* defect 14: the old secret lives as long as was said, and the generations are listed */
    f = client_ask(h, a, "PUT", keys_path(h, a, "/ci/rotate"), "root", "{retain_period_minutes:60}");
    CHECK_INT(f->status, 200);
    str second = client_at(a, f, "/body/key");
    CHECK(second.len == 167 && !str_equal(first, second));
    CHECK_STR(client_at(a, f, "/id"), id);
    CHECK_STR(client_at(a, f, "/metadata/retain_period_minutes"), S("60"));
    CHECK_STR(client_at(a, f, "/metadata/last_rotated"), S("2026-11-21T12:00:00"));
    CHECK_STR(client_at(a, f, "/metadata/generations/0/expires"), S("2026-11-21T13:00:00"));
    f = client_ask(h, a, "PUT", keys_path(h, a, "/ci/rotate"), "root", "{retain_period_minutes:30}");
    str third = client_at(a, f, "/body/key");
    CHECK_STR(client_at(a, f, "/metadata/generations/2/n"), S("3"));
    time_set(NOON + 29 * 60000);
    CHECK_INT(client_login(h, a, format(a, "password=$", first))->status, 200);
    CHECK_INT(client_login(h, a, format(a, "password=$", second))->status, 200);
    time_set(NOON + 31 * 60000);
    CHECK_INT(client_login(h, a, format(a, "password=$", second))->status, 401);
    CHECK_INT(client_login(h, a, format(a, "password=$", third))->status, 200);
    const char *token = client_bearer(h, a, format(a, "password=$", third));
    f = client_ask(h, a, "PUT", keys_path(h, a, "/ci/rotate"), "root", NULL); /* the body may be left out */
    CHECK_INT(f->status, 200);
    CHECK_INT(client_login(h, a, format(a, "password=$", third))->status, 401);
    CHECK_INT(client_ask(h, a, "GET", "/api/v1/current-user", token, NULL)->status, 200); /* names the key */
    f = client_ask(h, a, "PUT", keys_path(h, a, "/ci/rotate"), "root", "{revoke_tokens:true}");
    CHECK_INT(client_ask(h, a, "GET", "/api/v1/current-user", token, NULL)->status, 401);
    str last = client_at(a, f, "/body/key");
    CHECK_INT(client_ask(h, a, "PUT", keys_path(h, a, "/ci"), "root", "{active:false}")->status, 200);
    CHECK_INT(client_login(h, a, format(a, "password=$", last))->status, 401);
    CHECK_INT(client_ask(h, a, "PUT", keys_path(h, a, "/ci"), "root", "{active:true, name:'cd'}")->status, 200);
    token = client_bearer(h, a, format(a, "password=$", last));
    CHECK_INT(client_ask(h, a, "PUT", ACCOUNTS "/exporter", "root", "{active:false}")->status, 200);
    CHECK_INT(client_ask(h, a, "GET", "/api/v1/current-user", token, NULL)->status, 401);
    CHECK_INT(client_ask(h, a, "PUT", ACCOUNTS "/exporter", "root", "{active:true}")->status, 200);
    CHECK_INT(client_ask(h, a, "GET", "/api/v1/current-user", token, NULL)->status, 200);
    CHECK_STR(client_ask(h, a, "DELETE", keys_path(h, a, "/cd"), "root", NULL)->answer, S("null"));
    CHECK_INT(client_ask(h, a, "GET", "/api/v1/current-user", token, NULL)->status, 401);
    client_close(h);
    arena_close(a);
}

static void keys_are_refused_as_documented(void **state)
{
    struct arena *a = arena_open(64u << 10);
    struct house *h = client_house();
    const char *all = keys_path(h, a, ""), *ci = keys_path(h, a, "/ci"), *other = keys_path(h, a, "/other");
    const char *rotate = keys_path(h, a, "/ci/rotate");
    const struct talk rows[] = {
        {"POST", all, "root", "{name:'ci'}", 200, NULL},
        {"POST", all, "root", "{name:'ci'}", 409, "{\"detail\":[\"EntityExistsError\",\""},
        {"POST", all, "root", "{}", 422, "[\"ValueError\",\"1 validation error for APIKeyRequest\\nname\\n  Field required\"]"},
        {"POST", all, "root", "{name:'a\\u0000b'}", 422, "[\"ValueError\""},
        {"POST", all, "root", "{name:'a\\nb'}", 422, "[\"ValueError\""},
        {"POST", all, "ada", "{name:'mine'}", 404, "\"KeyError\""},
        {"GET", all, "ada", NULL, 404, "\"KeyError\""},
        {"GET", ACCOUNTS "/exporter/api_keys", "root", NULL, 422, "{\"detail\":[{\"type\":\"uuid_parsing\",\"loc\":[\"path\",\"service_account_id\"]"},
        {"GET", ACCOUNTS "/" NOBODYS "/api_keys", "root", NULL, 404, "\"KeyError\""},
        {"GET", other, "root", NULL, 404, "An API key with ID or name 'other' is not configured for service account with ID '"},
        {"PUT", other, "root", "{name:'x'}", 404, "\"KeyError\""},
        {"POST", all, "root", "{name:'other'}", 200, NULL},
        {"PUT", other, "root", "{name:'ci'}", 409, "\"EntityExistsError\""},
        {"PUT", other, "root", "{name:'other', description:'x'}", 200, "\"description\":\"x\""},
        {"PUT", rotate, "root", "{retain_period_minutes:-1}", 422, "[\"ValueError\""},
        {"PUT", rotate, "root", "{retain_period_minutes:1.5}", 422, "[\"ValueError\""},
        {"PUT", rotate, "root", "{retain_period_minutes:43201}", 422, "[\"ValueError\""},
        {"PUT", rotate, "ada", "{}", 404, "\"KeyError\""},
        {"DELETE", ci, "ada", NULL, 404, "\"KeyError\""},
        {"GET", ci, NULL, NULL, 401, NULL},
    };
    (void)state;
    run(h, rows, COUNTOF(rows));
    client_close(h);
    arena_close(a);
}

static void people_are_managed(void **state)
{
    static const struct talk rows[] = {
        {"GET", "/api/v1/users?sort_by=name", "root", NULL, 200, "\"total\":3"},
        {"GET", "/api/v1/users/ada", "root", NULL, 200, "\"email\":null"}, /* the address is her own */
        {"GET", "/api/v1/users/exporter", "root", NULL, 404, "\"KeyError\""},
        {"GET", "/api/v1/users/ada", "ada", NULL, 200, "\"email\":\"ada@example.com\""},
        {"GET", "/api/v1/users/root", "ada", NULL, 404, "\"KeyError\""},
        {"POST", "/api/v1/users", "ada", "{name:'eve', is_admin:true}", 403,
         "{\"detail\":[\"IllegalOperationError\",\"Only admin users can perform `create user` without RBAC enabled.\"]}"},
        {"POST", "/api/v1/users", "root", "{name:'eve'}", 422, "[\"ValueError\",\"1 validation error for UserRequest\\nis_admin"},
        {"POST", "/api/v1/users", "root", "{name:'eve', is_admin:false, is_god:true}", 422, "is_god"},
        {"POST", "/api/v1/users", "root", "{name:'eve', is_admin:false}", 422, "email"},
        {"POST", "/api/v1/users", "root", "{name:'eve', is_admin:false, email_opted_in:true}", 422, "email"},
        {"POST", "/api/v1/users", "root", "{name:'eve', is_admin:false, email:'eve@example.com', password:'a long enough one'}", 200,
         "\"active\":true,\"activation_token\":null"},
        {"POST", "/api/v1/users", "root", "{name:'eve', is_admin:false, email:'eve2@example.com'}", 409, "\"EntityExistsError\""},
        {"POST", "/api/v1/users", "root", "{name:'a\\tb', is_admin:false, email:'tab@example.com'}", 422, "[\"ValueError\""},
        {"PUT", "/api/v1/users/eve", "root", "{password:'another long one'}", 403, "\"IllegalOperationError\""},
        {"PUT", "/api/v1/users/eve", "root", "{full_name:'Eve'}", 200, "\"full_name\":\"Eve\""},
        /* defect 6: whether somebody is switched off says nothing of what he is */
        {"PUT", "/api/v1/users/eve", "root", "{active:false}", 200, "\"active\":false"},
        {"GET", "/api/v1/users/eve", "root", NULL, 200, "\"is_admin\":false"},
        {"PUT", "/api/v1/users/eve", "root", "{active:true}", 200, "\"is_admin\":false"},
        {"PUT", "/api/v1/users/eve", "root", "{is_admin:true}", 200, "\"is_admin\":true"},
        {"GET", "/api/v1/users/eve", "root", NULL, 200, "\"active\":true"},
        {"PUT", "/api/v1/users/eve", "root", "{is_admin:false}", 200, "\"is_admin\":false"},
        {"PUT", "/api/v1/users/root", "root", "{is_admin:false}", 403, "\"IllegalOperationError\""},
        {"PUT", "/api/v1/users/root", "root", "{active:false}", 403, "\"IllegalOperationError\""},
        {"DELETE", "/api/v1/users/root", "root", NULL, 403, "\"IllegalOperationError\""},
        {"PUT", "/api/v1/users/root/deactivate", "root", NULL, 403, "\"IllegalOperationError\""},
        {"DELETE", "/api/v1/users/eve", "ada", NULL, 404, "\"KeyError\""},
        {"DELETE", "/api/v1/users/eve", "root", NULL, 200, "null"},
        {"GET", "/api/v1/users/eve", "root", NULL, 404, "\"KeyError\""},
    };
    struct house *h = client_house();
    (void)state;
    run(h, rows, COUNTOF(rows));
    client_close(h);
}

/* Whoever may only switch people off gets no token with which to become them. */
static void who_sets_no_passwords_lets_nobody_choose_one(void **state)
{
    struct arena *a = arena_open(64u << 10);
    struct house *h = client_house();
    (void)state;
    house_people(h, "{roles: {switcher: [{collection:'users', verbs:['read','create']}, {collection:'users', verbs:['update'], fields:['active']}]},"
                    " users: {sam: {roles:['switcher']}, plain: {}}, keys: {sam: {user:'sam'}}}");
    CHECK_INT(client_ask(h, a, "PUT", "/api/v1/users/plain/deactivate", "sam", NULL)->status, 403);
    CHECK_STR(house_value(h, a, "users", house_user(h, "plain"), "active"), S("true"));
    CHECK_INT(client_ask(h, a, "POST", "/api/v1/users", "sam", "{name:'eve', is_admin:false, email:'eve@example.com'}")->status, 403);
    CHECK_INT(client_ask(h, a, "GET", "/api/v1/users/eve", "root", NULL)->status, 404);
    CHECK_INT(client_ask(h, a, "PUT", "/api/v1/users/plain/deactivate", "root", NULL)->status, 200);
    arena_close(a);
    client_close(h);
}

/* Defect 10: the token is looked at first, and an account for which none waits stays as it is. */
static void accounts_are_activated_by_their_owners(void **state)
{
    struct arena *a = arena_open(128u << 10);
    struct house *h = client_house();
    (void)state;
    struct fake_exchange *f = client_ask(h, a, "POST", "/api/v1/users", "root", "{name:'eve', is_admin:false, email:'eve@example.com'}");
    CHECK_INT(f->status, 200);
    CHECK_STR(client_at(a, f, "/body/active"), S("false"));
    str token = client_at(a, f, "/body/activation_token"), id = client_at(a, f, "/id");
    CHECK_INT(token.len, 64);
    f = client_ask(h, a, "GET", "/api/v1/users/eve", "root", NULL);
    CHECK_STR(client_at(a, f, "/body/activation_token"), S("null"));
    const char *path = format(a, "/api/v1/users/$/activate", id);
    const char *right = format(a, "{activation_token:'$', password:'a long enough one', full_name:'Eve'}", token);
    const struct talk rows[] = {
        {"PUT", path, NULL, "{activation_token:'0000', password:'a long enough one'}", 401, NULL},
        {"PUT", path, NULL, "{password:'a long enough one'}", 401, NULL},
        {"PUT", path, NULL, "{activation_token:'', password:'short'}", 401, NULL},
        {"PUT", "/api/v1/users/bob/activate", NULL, right, 401, NULL}, /* somebody else's, who is active */
        {"PUT", "/api/v1/users/nobody/activate", NULL, right, 401, NULL},
        {"PUT", path, NULL, format(a, "{activation_token:'$'}", token), 422, NULL},
        {"PUT", path, NULL, format(a, "{activation_token:'$', password:'short'}", token), 422, NULL},
        {"PUT", path, NULL, right, 200, "\"active\":true,\"activation_token\":null,\"full_name\":\"Eve\""},
        {"PUT", path, NULL, right, 401, NULL},
    };
    run(h, rows, COUNTOF(rows));
    const char *session = client_bearer(h, a, "username=eve&password=a+long+enough+one");
    f = client_ask(h, a, "PUT", "/api/v1/users/eve/deactivate", "root", NULL);
    CHECK_INT(f->status, 200);
    str again = client_at(a, f, "/body/activation_token");
    CHECK_INT(again.len, 64);
    CHECK_INT(client_ask(h, a, "GET", "/api/v1/current-user", session, NULL)->status, 401);
    CHECK_INT(client_login(h, a, "username=eve&password=a+long+enough+one")->status, 401);
    CHECK_INT(client_ask(h, a, "PUT", path, NULL, format(a, "{activation_token:'$', password:'yet another one'}", again))->status, 200);
    CHECK_INT(client_login(h, a, "username=eve&password=yet+another+one")->status, 200);
    /* switched off by other means: no token waits, none helps */
    CHECK_INT(client_ask(h, a, "PUT", "/api/v1/users/eve", "root", "{active:false}")->status, 200);
    CHECK_INT(client_ask(h, a, "PUT", path, NULL, format(a, "{activation_token:'$', password:'yet another one'}", again))->status, 401);
    client_close(h);
    arena_close(a);
}

CHECK_MAIN(TEST(service_accounts_are_managed), TEST(keys_are_made_shown_once_and_turned), TEST(keys_are_refused_as_documented),
           TEST(people_are_managed), TEST(who_sets_no_passwords_lets_nobody_choose_one), TEST(accounts_are_activated_by_their_owners))
