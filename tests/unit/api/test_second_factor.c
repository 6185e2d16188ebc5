/* Second factors as a browser meets them: set up, asked for, shown again, given up (SE-1, SE-2, SE-7). */
#include "tests/support/browser.h"
#include "tests/support/check.h"

#include "base/encode.h"
#include "base/limits.h"
#include "base/time.h"
#include "base/totp.h"
#include "roles/sign_in/account.h"

#define NOON INT64_C(1795262400000) /* 2026-11-21T12:00:00Z */
#define MINUTE INT64_C(60000)

static struct house *open_with(enum step_up step_up)
{
    time_set(NOON);
    struct house *h = house_open_with(&(struct house_config){.step_up = step_up});
    house_people(h, "{roles: {reader: [{collection:'locales', verbs:['read']}], other: [],"
                    "         manager: [{collection:'users', verbs:['*']}, {collection:'roles', verbs:['*']}, {collection:'webhooks', verbs:['*']},"
                    "                   {collection:'locales', verbs:['*']}]},"
                    " users: {ada: {roles:['reader','manager'], password:'correct horse'}, bob: {password:'battery staple'},"
                    "         root: {roles:['admin'], password:'a long enough one'}},"
                    " keys: {ada: {user:'ada'}}}");
    return h;
}

static struct house *open_house(void)
{
    return open_with(STEP_UP_FACTOR);
}

static void close_house(struct house *h)
{
    house_close(h);
    time_set(0);
}

/* The code that an authenticator shows now, or so many steps away. */
static const char *code_at(struct house *h, str secret, int64_t steps)
{
    str bytes;
    char code[TOTP_DIGITS];
    NEED(base32_decode(h->arena, secret, &bytes));
    totp_code(bytes, totp_step(time_now_ms()) + (uint64_t)steps, code);
    return arena_cstr(h->arena, (str){code, sizeof code});
}

static const char *with(struct house *h, const char *pattern, str by)
{
    return arena_cstr(h->arena, browser_with(h->arena, str_of(pattern), "%s", by));
}

struct enrolled {
    struct browser browser;
    str secret;
    str codes[LIMIT_RECOVERY_CODES];
};

static struct enrolled enrol(struct house *h, const char *name, const char *password)
{
    struct enrolled e = {.browser = browser_sign_in(h, name, password)};
    struct fake_exchange *f = browser_send(&e.browser, "POST", "/api/auth/totp/begin", "{}");
    NEED(f->status == 200);
    e.secret = browser_member(f, "/secret");
    f = browser_send(&e.browser, "POST", "/api/auth/totp/confirm", with(h, "{code:'%s'}", str_of(code_at(h, e.secret, 0))));
    NEED(f->status == 200);
    const struct json *codes = json_get(browser_json(f), S("recovery_codes"));
    NEED(codes && codes->count == LIMIT_RECOVERY_CODES);
    for (size_t i = 0; i < LIMIT_RECOVERY_CODES; i++)
        e.codes[i] = codes->items[i].text;
    time_set(time_now_ms() + MINUTE); /* the code that confirmed is used up */
    return e;
}

/* The password, and what comes back: {0} unless a second factor is asked for. */
static str pending_of(struct house *h, const char *name, const char *password)
{
    struct fake_exchange *f = browser_try(h, name, password);
    CHECK_INT(f->status, 200);
    return browser_member(f, "/pending");
}

static struct fake_exchange *second(struct browser *b, str pending, const char *member, str value)
{
    struct arena *a = b->house->arena;
    str body = arena_format(a, "{pending:'" STR_FMT "', %s:'" STR_FMT "'}", STR_ARG(pending), member, STR_ARG(value));
    return browser_send(b, "POST", "/api/auth/second", arena_cstr(a, body));
}

static void codes_are_switched_on_with_the_first_one(void **state)
{
    (void)state;
    struct house *h = open_house();
    struct browser ada = browser_sign_in(h, "ada", "correct horse"), other = browser_sign_in(h, "ada", "correct horse");
    CHECK_INT(browser_send(&ada, "POST", "/api/auth/totp/confirm", "{code:'123456'}")->status, 422); /* nothing begun */
    struct fake_exchange *f = browser_send(&ada, "POST", "/api/auth/totp/begin", "{}");
    CHECK_INT(f->status, 200);
    CHECK_STR(fake_header(f, "Cache-Control"), S("no-store"));
    str secret = browser_member(f, "/secret");
    CHECK_INT(secret.len, 32);
    CHECK(str_starts(browser_member(f, "/uri"), S("otpauth://totp/Vitrine:ada")) && str_contains(f->answer, secret));
    CHECK(str_is_absent(browser_member(browser_try(h, "ada", "correct horse"), "/pending"))); /* not asked for yet */
    CHECK_INT(browser_send(&ada, "POST", "/api/auth/totp/confirm", with(h, "{code:'%s'}", str_of(code_at(h, secret, 5))))->status, 422);

    str before = ada.cookie;
    f = browser_send(&ada, "POST", "/api/auth/totp/confirm", with(h, "{code:'%s'}", str_of(code_at(h, secret, 0))));
    CHECK_INT(f->status, 200);
    CHECK_INT(json_get(browser_json(f), S("recovery_codes"))->count, LIMIT_RECOVERY_CODES);
    CHECK(!str_equal(before, ada.cookie));
    CHECK_INT(browser_get(&other, "/api/auth/me")->status, 401); /* SE-2 */
    f = browser_get(&ada, "/api/auth/me");
    CHECK_STR(browser_member(f, "/session/strength"), S("second_factor"));
    CHECK_STR(browser_member(f, "/session/second_factor"), S("true"));
    CHECK_INT(browser_send(&ada, "POST", "/api/auth/totp/begin", "{}")->status, 409);
    CHECK_INT(browser_send(&ada, "POST", "/api/auth/totp/confirm", with(h, "{code:'%s'}", str_of(code_at(h, secret, 1))))->status, 409);

    /* Nobody reads any of it, the journal neither. */
    struct browser root = browser_sign_in(h, "root", "a long enough one");
    const char *targets[] = {"/api/content/items/users", "/api/content/items/journal?limit=1000"};
    for (size_t i = 0; i < COUNTOF(targets); i++) {
        f = browser_get(&root, targets[i]);
        CHECK_INT(f->status, 200);
        CHECK(!str_contains(f->answer, secret) && !str_contains(f->answer, S("\"totp\"")) && !str_contains(f->answer, S("\"recovery\"")));
    }
    close_house(h);
}

static void a_sign_in_takes_two_steps_then(void **state)
{
    static const struct {
        const char *member;
        int steps, wait_s; /* of the code's time, before the second step */
        int status;
    } rows[] = {
        {"code", 0, 0, 200},
        {"code", -1, 0, 200},
        {"code", 1, 0, 200},
        {"code", 2, 0, 422},
        {"code", -2, 0, 422},
        {"code", 0, LIMIT_PENDING_S - 1, 200},
        {"code", 0, LIMIT_PENDING_S, 401},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct house *h = open_house();
        struct enrolled ada = enrol(h, "ada", "correct horse");
        struct browser b = {.house = h};
        str pending = pending_of(h, "ada", "correct horse");
        CHECK_AT(i);
        CHECK(pending.len > 0);
        time_set(time_now_ms() + rows[i].wait_s * 1000);
        struct fake_exchange *f = second(&b, pending, rows[i].member, str_of(code_at(h, ada.secret, rows[i].steps)));
        CHECK_INT(f->status, rows[i].status);
        if (rows[i].status == 200)
            CHECK_STR(browser_member(browser_get(&b, "/api/auth/me"), "/session/strength"), S("second_factor"));
        else
            CHECK(b.cookie.len == 0);
        close_house(h);
    }
}

static void the_first_step_opens_nothing(void **state)
{
    (void)state;
    struct house *h = open_house();
    struct enrolled ada = enrol(h, "ada", "correct horse");
    struct fake_exchange *f = browser_try(h, "ada", "correct horse");
    CHECK_INT(f->status, 200);
    CHECK(str_is_absent(fake_header(f, "Set-Cookie")) && str_is_absent(browser_member(f, "/user")) && str_is_absent(browser_member(f, "/csrf")));
    CHECK_STR(json_print(h->arena, json_get(browser_json(f), S("second_factor"))), S("[\"totp\",\"recovery\"]"));
    str pending = browser_member(f, "/pending");
    str line = arena_format(h->arena, "Cookie: vitrine_session=" STR_FMT, STR_ARG(pending));
    CHECK_INT(rest_request(h->gate, h->arena, "GET", "/api/auth/me", arena_cstr(h->arena, line), S(""), NULL)->status, 401);
    line = arena_format(h->arena, "Authorization: Bearer " STR_FMT, STR_ARG(pending));
    CHECK_INT(rest_request(h->gate, h->arena, "GET", "/api/auth/me", arena_cstr(h->arena, line), S(""), NULL)->status, 401);
    f = browser_try(h, "ada", "wrong");
    CHECK_INT(f->status, 401);
    CHECK(!str_contains(f->answer, S("second"))); /* whoever does not know the password learns nothing */

    /* Every changed byte is refused. */
    for (size_t i = 0; i < pending.len; i += 5) {
        char *changed = arena_get(h->arena, pending.len, 1);
        memcpy(changed, pending.at, pending.len);
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        struct browser b = {.house = h};
        CHECK_AT(i);
        CHECK_INT(second(&b, (str){changed, pending.len}, "code", str_of(code_at(h, ada.secret, 0)))->status, 401);
    }
    check_row = -1;
    /* Another address, another password, an account that was switched off. */
    struct exchange *x = &fake_request(h->arena, "POST", "/api/auth/second", "", S("{}"))->x;
    struct signed_in in = {0};
    struct problem why = {.arena = h->arena};
    x->peer = S("203.0.113.9");
    struct proof proof = {.code = str_of(code_at(h, ada.secret, 0))};
    CHECK_ERR(gate_second_factor(h->gate, x, pending, &proof, &in, &why), ERR_UNAUTHENTICATED);
    time_set(time_now_ms() + 1000);
    house_update(h, "users", house_user(h, "ada"), "{password:'something else'}");
    struct browser b = {.house = h};
    CHECK_INT(second(&b, pending, "code", str_of(code_at(h, ada.secret, 0)))->status, 401);
    pending = pending_of(h, "ada", "something else");
    house_update(h, "users", house_user(h, "ada"), "{active:false}");
    CHECK_INT(second(&b, pending, "code", str_of(code_at(h, ada.secret, 0)))->status, 401);
    close_house(h);
}

static void a_code_counts_once(void **state)
{
    (void)state;
    struct house *h = open_house();
    struct enrolled ada = enrol(h, "ada", "correct horse");
    struct browser b = {.house = h}, c = {.house = h};
    str one = pending_of(h, "ada", "correct horse"), two = pending_of(h, "ada", "correct horse");
    str code = str_of(code_at(h, ada.secret, 0));
    CHECK_INT(second(&b, one, "code", code)->status, 200);
    CHECK_INT(second(&c, two, "code", code)->status, 422);
    CHECK_INT(second(&c, one, "code", code)->status, 422);
    CHECK_INT(second(&c, two, "code", str_of(code_at(h, ada.secret, -1)))->status, 422); /* older ones neither */
    CHECK_INT(second(&c, two, "code", str_of(code_at(h, ada.secret, 1)))->status, 200);

    for (size_t i = 0; i < 2; i++) {
        struct browser d = {.house = h};
        str spaced = browser_with(h->arena, ada.codes[3], "-", S(" "));
        CHECK_INT(second(&d, pending_of(h, "ada", "correct horse"), "recovery", i ? ada.codes[3] : spaced)->status, i ? 422 : 200);
    }
    CHECK_STR(house_value(h, h->arena, "users", house_user(h, "ada"), "recovery_left"), S("9"));
    /* A code of somebody else's. */
    struct enrolled bob = enrol(h, "bob", "battery staple");
    struct browser d = {.house = h};
    CHECK_INT(second(&d, pending_of(h, "ada", "correct horse"), "recovery", bob.codes[0])->status, 422);
    CHECK_INT(second(&d, pending_of(h, "ada", "correct horse"), "code", str_of(code_at(h, bob.secret, 0)))->status, 422);
    close_house(h);
}

struct race {
    struct house *house;
    str pending;
    struct proof proof;
    _Atomic(int) good, refused;
};

static void *enter(void *arg)
{
    struct race *r = arg;
    struct arena *a = arena_open(64u << 10);
    struct fake_exchange *f = fake_request(a, "POST", "/api/auth/second", "", S("{}"));
    struct signed_in in = {0};
    struct problem why = {.arena = a};
    enum err e = gate_second_factor(r->house->gate, &f->x, r->pending, &r->proof, &in, &why);
    r->good += e == ERR_OK;
    r->refused += e == ERR_INVALID || e == ERR_TOO_MANY;
    arena_close(a);
    return NULL;
}

static void a_code_counts_once_in_parallel_too(void **state)
{
    (void)state;
    struct house *h = open_house();
    struct enrolled ada = enrol(h, "ada", "correct horse");
    struct proof proofs[] = {{.code = str_of(code_at(h, ada.secret, 0))}, {.recovery = ada.codes[0]}};
    for (size_t i = 0; i < COUNTOF(proofs); i++) {
        struct race race = {.house = h, .pending = pending_of(h, "ada", "correct horse"), .proof = proofs[i]};
        pthread_t threads[4];
        for (size_t k = 0; k < COUNTOF(threads); k++)
            NEED(pthread_create(&threads[k], NULL, enter, &race) == 0);
        for (size_t k = 0; k < COUNTOF(threads); k++)
            (void)pthread_join(threads[k], NULL);
        CHECK_AT(i);
        CHECK_INT(race.good, 1);
        CHECK_INT(race.refused, 3);
    }
    close_house(h);
}

static void guessing_codes_is_slowed_down(void **state)
{
    (void)state;
    struct house *h = open_house();
    struct enrolled ada = enrol(h, "ada", "correct horse");
    struct browser b = {.house = h};
    for (unsigned i = 0; i < LIMIT_PROOFS_PER_ACCOUNT; i++)
        CHECK_INT(second(&b, pending_of(h, "ada", "correct horse"), "code", S("000000"))->status, 422);
    struct fake_exchange *f = second(&b, pending_of(h, "ada", "correct horse"), "code", str_of(code_at(h, ada.secret, 0)));
    CHECK_INT(f->status, 429);
    CHECK(fake_header(f, "Retry-After").len > 0);
    f = second(&b, pending_of(h, "ada", "correct horse"), "recovery", ada.codes[0]); /* the same count */
    CHECK_INT(f->status, 429);
    close_house(h);
}

/* A device that somebody lets in gets a token of its own (zenml-tokens.md 5). */
static void let_a_device_in(struct house *h, struct browser *b, int wanted)
{
    struct fake_exchange *f = rest_request(h->gate, h->arena, "POST", "/api/v1/device_authorization",
                                           "Content-Type: application/x-www-form-urlencoded\n",
                                           S("client_id=3f0c9a52-6d0e-4c1b-8a57-5d1b6c0e7f11"), NULL);
    CHECK_INT(f->status, 200);
    str uri = browser_member(f, "/verification_uri_complete"), head, tail, id, code;
    CHECK(str_cut(uri, '=', &head, &tail) && str_cut(tail, '&', &id, &tail) && str_cut(tail, '=', &head, &code));
    const char *path = arena_cstr(h->arena, arena_format(h->arena, "/api/v1/devices/" STR_FMT "/verify", STR_ARG(id)));
    const char *body = arena_cstr(h->arena, arena_format(h->arena, "{user_code:'" STR_FMT "'}", STR_ARG(code)));
    CHECK_INT(browser_send(b, "PUT", path, body)->status, wanted);
}

static void a_fresh_proof_is_asked_for_what_matters(void **state)
{
    static const struct {
        const char *method, *path, *body;
        bool asked;
    } rows[] = {
        {"POST", "/api/content/item/api_keys", "{data:{label:'x'}}", true},
        {"PATCH", "/api/content/item/users/<bob>", "{roles:[]}", true},
        {"PATCH", "/api/content/item/users/<bob>", "{password:'something else'}", true},
        {"PATCH", "/api/content/item/users/<bob>", "{active:false}", true},
        {"PUT", "/api/content/item/users/<bob>", "{email:'bob@example.com'}", true},
        {"POST", "/api/content/item/users", "{data:{email:'new@example.com'}}", true},
        {"POST", "/api/content/item/roles", "{data:{name:'new'}}", true},
        {"POST", "/api/content/item/webhooks", "{data:{name:'w', url:'https://example.com/', events:[{collections:['users']}]}}", true},
        {"POST", "/api/auth/totp/begin", "{}", true},
        {"PATCH", "/api/content/item/users/<bob>", "{full_name:'Bob'}", false},
        {"POST", "/api/content/item/locales", "{data:{code:'de'}}", false},
        {"GET", "/api/content/items/users", NULL, false},
    };
    static const struct {
        enum step_up rule;
        bool has_factor, asked;
    } worlds[] = {
        {STEP_UP_FACTOR, true, true},  {STEP_UP_FACTOR, false, false}, {STEP_UP_ALWAYS, true, true},
        {STEP_UP_ALWAYS, false, true}, {STEP_UP_OFF, true, false},     {STEP_UP_OFF, false, false},
    };
    (void)state;
    for (size_t w = 0; w < COUNTOF(worlds); w++) {
        struct house *h = open_with(worlds[w].rule);
        struct enrolled ada = {0};
        if (worlds[w].has_factor)
            ada = enrol(h, "ada", "correct horse");
        else
            ada.browser = browser_sign_in(h, "ada", "correct horse");
        int64_t start = time_now_ms();
        str bob = house_user(h, "bob");
        for (size_t i = 0; i < COUNTOF(rows); i++) {
            bool of_door = !str_starts(str_of(rows[i].path), S("/api/auth/"));
            bool asked = rows[i].asked && (worlds[w].asked || !of_door);
            const char *path = arena_cstr(h->arena, browser_with(h->arena, str_of(rows[i].path), "<bob>", bob));
            time_set(start + (int64_t)LIMIT_PROOF_FRESH_S * 1000 + 1);
            struct fake_exchange *f = browser_send(&ada.browser, rows[i].method, path, rows[i].body);
            CHECK_AT(w * 100 + i);
            CHECK(asked == (f->status == 403 && str_equal(browser_member(f, "/errors/0/code"), S("step-up"))));
            if (!asked)
                CHECK(f->status == 200);
        }
        check_row = (long)w;
        struct fake_exchange *made = browser_send(&ada.browser, "POST", "/api/auth/token", "{expires_in:60}"); /* or it would do all that */
        CHECK_INT(made->status, worlds[w].asked ? 403 : 201);
        /* Other systems' calls are no way around it. */
        CHECK_INT(browser_send(&ada.browser, "POST", "/auth/apikey", "{label:'zot'}")->status, worlds[w].asked ? 403 : 201);
        CHECK_INT(browser_send(&ada.browser, "POST", "/api_keys/", "{admin:true,name:'chutes'}")->status, worlds[w].asked ? 403 : 200);
        let_a_device_in(h, &ada.browser, worlds[w].asked ? 403 : 200);
        /* Just in time, and after a new proof. */
        struct fake_exchange *f = browser_send(&ada.browser, "POST", "/api/auth/step-up", "{password:'correct horse'}");
        CHECK_INT(f->status, worlds[w].has_factor ? 422 : 200); /* a password is no proof where there is more */
        if (worlds[w].has_factor) {
            str before = ada.browser.cookie;
            f = browser_send(&ada.browser, "POST", "/api/auth/step-up", with(h, "{code:'%s'}", str_of(code_at(h, ada.secret, 0))));
            CHECK_INT(f->status, 200);
            CHECK(!str_equal(before, ada.browser.cookie)); /* SE-1 */
            struct browser old = {.house = h, .cookie = before};
            CHECK_INT(browser_get(&old, "/api/auth/me")->status, 401);
        }
        start = time_now_ms();
        CHECK_INT(browser_send(&ada.browser, "POST", "/api/content/item/api_keys", "{data:{label:'y'}}")->status, 200);
        time_set(start + (int64_t)LIMIT_PROOF_FRESH_S * 1000);
        CHECK_INT(browser_send(&ada.browser, "POST", "/api/content/item/api_keys", "{data:{label:'z'}}")->status, 200);
        /* Keys are not asked. */
        time_set(start + 20 * MINUTE);
        str line = arena_format(h->arena, "api-key: " STR_FMT "\nContent-Type: application/json", STR_ARG(house_key(h, "ada")));
        str body = S("{\"data\":{\"name\":\"bykey\"}}");
        CHECK_INT(rest_request(h->gate, h->arena, "POST", "/api/content/item/roles", arena_cstr(h->arena, line), body, NULL)->status, 200);
        close_house(h);
    }
}

static void codes_are_given_up_with_a_fresh_proof(void **state)
{
    (void)state;
    struct house *h = open_house();
    struct enrolled ada = enrol(h, "ada", "correct horse");
    struct browser other = {.house = h};
    CHECK_INT(second(&other, pending_of(h, "ada", "correct horse"), "recovery", ada.codes[0])->status, 200);
    time_set(time_now_ms() + 6 * MINUTE);
    CHECK_INT(browser_send(&ada.browser, "DELETE", "/api/auth/totp", NULL)->status, 403);
    CHECK_INT(browser_send(&ada.browser, "POST", "/api/auth/recovery-codes", "{}")->status, 403);
    CHECK_INT(browser_send(&ada.browser, "POST", "/api/auth/step-up", with(h, "{recovery:'%s'}", ada.codes[1]))->status, 200);

    struct fake_exchange *f = browser_send(&ada.browser, "POST", "/api/auth/recovery-codes", "{}");
    CHECK_INT(f->status, 200);
    CHECK_INT(json_get(browser_json(f), S("recovery_codes"))->count, LIMIT_RECOVERY_CODES);
    CHECK_INT(browser_get(&other, "/api/auth/me")->status, 401);
    struct browser b = {.house = h};
    CHECK_INT(second(&b, pending_of(h, "ada", "correct horse"), "recovery", ada.codes[5])->status, 422); /* the old ones are gone */
    CHECK_INT(second(&b, pending_of(h, "ada", "correct horse"), "recovery", browser_member(f, "/recovery_codes/0"))->status, 200);

    CHECK_INT(browser_send(&ada.browser, "DELETE", "/api/auth/totp", NULL)->status, 200);
    CHECK_INT(browser_get(&b, "/api/auth/me")->status, 401);
    CHECK_INT(browser_get(&ada.browser, "/api/auth/me")->status, 200);
    CHECK(str_is_absent(pending_of(h, "ada", "correct horse")));
    CHECK_INT(browser_send(&ada.browser, "POST", "/api/auth/recovery-codes", "{}")->status, 409);
    f = browser_send(&ada.browser, "POST", "/api/auth/totp/begin", "{}");
    CHECK_INT(f->status, 200);
    CHECK(!str_equal(browser_member(f, "/secret"), ada.secret));
    close_house(h);
}

static void a_role_can_ask_for_a_second_factor(void **state)
{
    (void)state;
    struct house *h = open_house();
    struct browser ada = browser_sign_in(h, "ada", "correct horse"), bob = browser_sign_in(h, "bob", "battery staple");
    CHECK_INT(browser_get(&ada, "/api/content/items/locales")->status, 200);
    house_update(h, "roles", house_role(h, "reader"), "{second_factor:true}");
    struct fake_exchange *f = browser_get(&ada, "/api/auth/me");
    CHECK_STR(browser_member(f, "/session/must_enrol"), S("true"));
    CHECK(browser_get(&ada, "/api/content/items/locales")->status != 200); /* sessions that are there, too */
    CHECK(browser_get(&ada, "/api/content/items/sessions")->status != 200);
    CHECK(browser_send(&ada, "POST", "/api/content/item/api_keys", "{data:{label:'x'}}")->status != 200);
    CHECK_STR(browser_member(browser_get(&bob, "/api/auth/me"), "/session/must_enrol"), S("false"));
    /* Its keys are programs, and go on. */
    str line = arena_format(h->arena, "api-key: " STR_FMT, STR_ARG(house_key(h, "ada")));
    CHECK_INT(rest_request(h->gate, h->arena, "GET", "/api/content/items/locales", arena_cstr(h->arena, line), S(""), NULL)->status, 200);

    struct enrolled e = enrol(h, "ada", "correct horse");
    CHECK_INT(browser_get(&e.browser, "/api/content/items/locales")->status, 200);
    CHECK_STR(browser_member(browser_get(&e.browser, "/api/auth/me"), "/session/must_enrol"), S("false"));
    CHECK_INT(browser_send(&e.browser, "DELETE", "/api/auth/totp", NULL)->status, 200);
    CHECK_STR(browser_member(browser_get(&e.browser, "/api/auth/me"), "/session/must_enrol"), S("true"));
    close_house(h);
}

/* B-4: other sites can do none of it, keys and strangers neither. */
static void other_sites_change_no_second_factor(void **state)
{
    static const struct {
        const char *method, *path, *body;
    } routes[] = {
        {"POST", "/api/auth/step-up", "{\"password\":\"correct horse\"}"},
        {"POST", "/api/auth/totp/begin", "{}"},
        {"POST", "/api/auth/totp/confirm", "{\"code\":\"123456\"}"},
        {"DELETE", "/api/auth/totp", ""},
        {"POST", "/api/auth/recovery-codes", "{}"},
    };
    static const char *const sorts[] = {
        "Content-Type: application/json\nOrigin: http://cms.example\n", "Content-Type: application/json\nX-CSRF-Token: %s\n",
        "Content-Type: application/json\nOrigin: http://evil.example\nX-CSRF-Token: %s\n",
        "Content-Type: application/json\nOrigin: null\nX-CSRF-Token: %s\n",
        "Content-Type: text/plain\nOrigin: http://cms.example\nX-CSRF-Token: %s\n",
        "Content-Type: application/json\nOrigin: http://cms.example\nSec-Fetch-Site: cross-site\nX-CSRF-Token: %s\n",
    };
    (void)state;
    struct house *h = open_house();
    struct browser ada = browser_sign_in(h, "ada", "correct horse");
    for (size_t r = 0; r < COUNTOF(routes); r++) {
        str body = str_of(routes[r].body);
        for (size_t i = 0; i < COUNTOF(sorts); i++) {
            str lines = browser_with(h->arena, str_of(sorts[i]), "%s", ada.csrf);
            lines = arena_format(h->arena, "Host: cms.example\nCookie: " STR_FMT "\n" STR_FMT, STR_ARG(ada.cookie), STR_ARG(lines));
            CHECK_AT(r * 100 + i);
            CHECK_INT(rest_request(h->gate, h->arena, routes[r].method, routes[r].path, arena_cstr(h->arena, lines), body, NULL)->status, 403);
        }
        str key = arena_format(h->arena, "Content-Type: application/json\napi-key: " STR_FMT, STR_ARG(house_key(h, "ada")));
        CHECK_INT(rest_request(h->gate, h->arena, routes[r].method, routes[r].path, arena_cstr(h->arena, key), body, NULL)->status, 403);
        CHECK_INT(rest_request(h->gate, h->arena, routes[r].method, routes[r].path, "Content-Type: application/json", body, NULL)->status, 401);
    }
    check_row = -1;
    str evil = S("Content-Type: application/json\nHost: cms.example\nOrigin: http://evil.example\n");
    CHECK_INT(rest_request(h->gate, h->arena, "POST", "/api/auth/second", arena_cstr(h->arena, evil),
                           S("{\"pending\":\"x\",\"code\":\"123456\"}"), NULL)->status, 403);
    close_house(h);
}

CHECK_MAIN(TEST(codes_are_switched_on_with_the_first_one), TEST(a_sign_in_takes_two_steps_then), TEST(the_first_step_opens_nothing),
           TEST(a_code_counts_once), TEST(a_code_counts_once_in_parallel_too), TEST(guessing_codes_is_slowed_down),
           TEST(a_fresh_proof_is_asked_for_what_matters), TEST(codes_are_given_up_with_a_fresh_proof),
           TEST(a_role_can_ask_for_a_second_factor), TEST(other_sites_change_no_second_factor))
