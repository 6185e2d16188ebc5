/* What outlives its end (SE-2, AK-6): each sort of credential is shown once, then something happens, and it is shown
 * again. A table says which of them are dead, which have lost what was taken, and which have nothing to do with it. */
#include "tests/support/check.h"

#include "base/crypt.h"
#include "base/time.h"
#include "roles/sign_in/account.h"
#include "tests/support/browser.h"

#define NOON INT64_C(1795262400000) /* 2026-11-21T12:00:00Z */
#define PASSWORD "correct horse battery"

/* ada's, but for the last: her role comes to her through a group. */
enum root { A_KEY, TOKEN_OF_KEY, A_PASSWORD, A_SESSION, ANOTHER_SESSION, TOKEN_OF_NOBODY_ELSE, SERVICE_KEY, SORT_COUNT };
static const char *const sort_names[] = {
    [A_KEY] = "key",       [TOKEN_OF_KEY] = "token of the key", [A_PASSWORD] = "password", [A_SESSION] = "session",
    [ANOTHER_SESSION] = "another session", [TOKEN_OF_NOBODY_ELSE] = "token of the person", [SERVICE_KEY] = "service's key"};

struct shown {
    enum root sort;
    const char *name, *headers;
};

struct bench {
    struct house *house;
    struct arena *arena;
    struct browser browser;           /* of A_SESSION */
    str session, another;             /* ids */
    struct shown all[32];
    size_t count;
};

static void show(struct bench *b, enum root sort, const char *name, const char *before, str secret)
{
    must(b->count < COUNTOF(b->all));
    str line = arena_format(b->arena, "Host: cms.example\n%s" STR_FMT "\n", before, STR_ARG(secret));
    b->all[b->count++] = (struct shown){sort, name, arena_cstr(b->arena, line)};
}

static void show_token(struct bench *b, enum root sort, const char *name, const struct principal *who, enum token_purpose purpose, bool has_item)
{
    struct problem why = {.arena = b->arena};
    struct token token;
    struct token_wish wish = {.purpose = purpose, .has_item = has_item};
    struct fake_exchange *f = fake_request(b->arena, "POST", "/", "", S(""));
    must(gate_token(b->house->gate, &f->x, who, &wish, &token, &why) == ERR_OK);
    show(b, sort, name, "Authorization: Bearer ", token.text);
}

static str show_session(struct bench *b, enum root sort, struct browser *browser)
{
    struct house *h = b->house;
    struct problem why = {.arena = b->arena};
    const struct principal *program = NULL;
    *browser = browser_sign_in(h, "ada", PASSWORD);
    const struct principal *who = browser_get(browser, "/api/auth/me")->x.who;
    str name, secret;
    (void)str_cut(browser->cookie, '=', &name, &secret);
    show(b, sort, "cookie", "Cookie: vitrine_session=", secret);
    show(b, sort, "zot's cookie", "X-ZOT-API-CLIENT: zot-ui\nCookie: session=", secret);
    show_token(b, sort, "its token", who, TOKEN_API, true);
    show_token(b, sort, "its short token", who, TOKEN_API, false);
    struct fake_exchange *f = fake_request(b->arena, "POST", "/", "", S(""));
    must(gate_login_program(h->gate, &f->x, S("ada"), S(PASSWORD), S("test"), 0, &program, &why) == ERR_OK);
    enum root by_itself = ANOTHER_SESSION; /* ends by itself */
    show_token(b, by_itself, "ZenML's token", program, TOKEN_ZENML, false);
    show_token(b, by_itself, "Notary's token", program, TOKEN_NOTARY, false);
    show_token(b, by_itself, "Chutes' token", program, TOKEN_CHUTES, false);
    return arena_copy(b->arena, who->session_id);
}

static void open_bench(struct bench *b)
{
    static const char *const formats[] = {"native", "cockpit", "zot", "chutes", "zenml"};
    struct browser unused;
    time_set(NOON);
    *b = (struct bench){.house = house_open()};
    struct house *h = b->house;
    b->arena = h->arena;
    house_model(h, "[{name:'notes', fields:[{name:'title', kind:'text'}]}]");
    house_people(h, "{roles: {reader: [{collection:'notes', verbs:['read']}], other: [{collection:'notes', verbs:['read']}]},"
                    " groups: {readers: {roles:['reader']}}, users: {ada: {groups:['readers'], password:'" PASSWORD "'}, root: {roles:['admin']}},"
                    " services: {bot: {groups:['readers']}}, keys: {bot: {service:'bot'}, native: {user:'ada'}, cockpit: {user:'ada', kind:'cockpit'},"
                    "  zot: {user:'ada', kind:'zot'}, chutes: {user:'ada', kind:'chutes'}, zenml: {user:'ada', kind:'zenml'}}}");
    for (size_t i = 0; i < COUNTOF(formats); i++) {
        str key = house_key(h, formats[i]);
        show(b, A_KEY, formats[i], "Authorization: Bearer ", key);
        const struct principal *who = house_who(h, b->arena, key);
        show_token(b, TOKEN_OF_KEY, formats[i], who, TOKEN_API, true);
        show_token(b, TOKEN_OF_KEY, formats[i], who, TOKEN_ZENML, false);
    }
    show(b, SERVICE_KEY, "service's key", "api-key: ", house_key(h, "bot"));
    show(b, A_PASSWORD, "password", "Authorization: Basic ", base64_encode(b->arena, S("ada:" PASSWORD)));
    b->session = show_session(b, A_SESSION, &b->browser);
    b->another = show_session(b, ANOTHER_SESSION, &unused);
    struct principal alone = *house_who(h, b->arena, house_key(h, "native")); /* as after a signature: no key, no session */
    alone.key_id = (str){0};
    show_token(b, TOKEN_OF_NOBODY_ELSE, "token of the person", &alone, TOKEN_CHUTES, true);
}

static int status_of(struct bench *b, const char *headers)
{
    struct arena *a = arena_open(64u << 10);
    int status = rest_request(b->house->gate, a, "GET", "/api/content/items/notes", headers, S(""), NULL)->status;
    arena_close(a);
    return status;
}

/* ---- what happens ---- */

static void of_ada(struct bench *b, const char *change)
{
    house_update(b->house, "users", house_user(b->house, "ada"), change);
}

static void nothing(struct bench *b)
{
    (void)b;
}

static void logs_out(struct bench *b)
{
    CHECK_INT(browser_send(&b->browser, "POST", "/api/auth/logout", NULL)->status, 204);
}

static void changes_password(struct bench *b)
{
    CHECK_INT(browser_send(&b->browser, "PUT", "/api/auth/password", "{current:'" PASSWORD "', 'new':'another good one'}")->status, 200);
}

static void is_reset(struct bench *b)
{
    struct problem why = {.arena = b->arena};
    str made;
    CHECK(gate_user_reset(b->house->gate, b->arena, S("ada"), (str){0}, &made, &why) == ERR_OK);
}

static void gets_second_factor(struct bench *b)
{
    of_ada(b, "{totp_enabled:true}");
}

static void is_disabled(struct bench *b)
{
    of_ada(b, "{active:false}");
}

static void is_deleted(struct bench *b)
{
    house_delete(b->house, "users", house_user(b->house, "ada"));
}

static void leaves_group(struct bench *b)
{
    of_ada(b, "{groups:[]}");
}

static void group_loses_role(struct bench *b)
{
    house_update(b->house, "groups", house_group(b->house, "readers"), "{roles:[]}");
}

static void role_is_deleted(struct bench *b)
{
    house_delete(b->house, "roles", house_role(b->house, "reader"));
}

static void role_ends(struct bench *b)
{
    house_update(b->house, "roles", house_role(b->house, "reader"), "{valid_until:'2026-11-21T11:00:00Z'}");
}

static void gets_another_wallet(struct bench *b)
{
    of_ada(b, "{hotkey:'5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY', hotkey_algorithm:'sr25519'}");
}

static void ends_all(struct bench *b)
{
    CHECK_INT(browser_send(&b->browser, "POST", "/api/auth/sessions/end-all", NULL)->status, 200);
}

static void each_key(struct bench *b, const char *change)
{
    static const char *const names[] = {"native", "cockpit", "zot", "chutes", "zenml"};
    for (size_t i = 0; i < COUNTOF(names); i++)
        if (change)
            house_update(b->house, "api_keys", house_key_id(b->house, names[i]), change);
        else
            house_delete(b->house, "api_keys", house_key_id(b->house, names[i]));
}

static void keys_disabled(struct bench *b)
{
    each_key(b, "{disabled:true}");
}

static void keys_expire(struct bench *b)
{
    each_key(b, "{expires_at:'2026-11-21T12:00:00Z'}");
}

static void keys_deleted(struct bench *b)
{
    each_key(b, NULL);
}

static void keys_narrowed(struct bench *b)
{
    each_key(b, "{scopes:[{collection:'users', verbs:['read']}]}");
}

static void service_disabled(struct bench *b)
{
    house_update(b->house, "service_accounts", house_service(b->house, "bot"), "{active:false}");
}

static void service_deleted(struct bench *b)
{
    house_delete(b->house, "service_accounts", house_service(b->house, "bot"));
}

#define DEAD 401
#define LOST 404
#define FINE 200
/* In the order of enum root. */
static const struct {
    const char *name;
    void (*happens)(struct bench *b);
    int after[SORT_COUNT];
} events[] = {
    {"nothing", nothing, {FINE, FINE, FINE, FINE, FINE, FINE, FINE}},
    {"logs out", logs_out, {FINE, FINE, FINE, DEAD, FINE, FINE, FINE}},
    {"changes the password", changes_password, {FINE, FINE, DEAD, DEAD, DEAD, DEAD, FINE}},
    {"is reset", is_reset, {FINE, FINE, DEAD, DEAD, DEAD, DEAD, FINE}},
    {"gets a second factor", gets_second_factor, {FINE, FINE, DEAD, DEAD, DEAD, DEAD, FINE}},
    {"is disabled", is_disabled, {DEAD, DEAD, DEAD, DEAD, DEAD, DEAD, FINE}},
    {"is deleted", is_deleted, {DEAD, DEAD, DEAD, DEAD, DEAD, DEAD, FINE}},
    {"leaves the group", leaves_group, {LOST, LOST, LOST, DEAD, DEAD, DEAD, FINE}},
    {"the group loses its role", group_loses_role, {LOST, LOST, LOST, LOST, LOST, LOST, LOST}},
    {"the role is deleted", role_is_deleted, {LOST, LOST, LOST, LOST, LOST, LOST, LOST}},
    {"the role ends", role_ends, {LOST, LOST, LOST, LOST, LOST, LOST, LOST}},
    {"gets another wallet", gets_another_wallet, {FINE, FINE, FINE, DEAD, DEAD, DEAD, FINE}},
    {"ends all sessions", ends_all, {FINE, FINE, FINE, DEAD, DEAD, DEAD, FINE}},
    {"keys are disabled", keys_disabled, {DEAD, DEAD, FINE, FINE, FINE, FINE, FINE}},
    {"keys expire", keys_expire, {DEAD, DEAD, FINE, FINE, FINE, FINE, FINE}},
    {"keys are deleted", keys_deleted, {DEAD, DEAD, FINE, FINE, FINE, FINE, FINE}},
    {"keys are narrowed", keys_narrowed, {LOST, LOST, FINE, FINE, FINE, FINE, FINE}},
    {"the service is disabled", service_disabled, {FINE, FINE, FINE, FINE, FINE, FINE, DEAD}},
    {"the service is deleted", service_deleted, {FINE, FINE, FINE, FINE, FINE, FINE, DEAD}},
};

static void what_has_ended_stays_ended(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNTOF(events); i++) {
        struct bench b;
        open_bench(&b);
        for (size_t k = 0; k < b.count; k++)
            if (status_of(&b, b.all[k].headers) != FINE)
                CHECK_SAY("before %s: %s (%s) is no good", events[i].name, b.all[k].name, sort_names[b.all[k].sort]);
        events[i].happens(&b);
        for (size_t k = 0; k < b.count; k++) {
            int status = status_of(&b, b.all[k].headers), wanted = events[i].after[b.all[k].sort];
            if (status != wanted)
                CHECK_SAY("%s: %s (%s): %d, not %d", events[i].name, b.all[k].name, sort_names[b.all[k].sort], status, wanted);
        }
        house_close(b.house);
    }
    time_set(0);
}

CHECK_MAIN(TEST(what_has_ended_stays_ended))
