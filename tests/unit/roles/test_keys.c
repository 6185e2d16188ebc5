/* Keys in use: generations that overlap, places they may be used from, and whose they are. */
#include "tests/support/check.h"
#include "tests/support/fake_exchange.h"
#include "tests/support/house.h"

#include "base/limits.h"
#include "base/time.h"

#define NOON   INT64_C(1795262400000) /* 2026-11-21T12:00:00Z */
#define MINUTE INT64_C(60000)

static const char people[] =
    "{roles:  {reader: [{collection:'users', verbs:['read']}, {collection:'api_keys', verbs:['rotate'], where:{_id:'$key'}}],"
    "          admin2: [{collection:'api_keys', verbs:['*']}]},"
    " services: {exporter: {roles:['reader']}},"
    " users:  {ada: {roles:['reader']}, mona: {roles:['admin2']}, root: {roles:['admin']}},"
    " keys:   {root: {user:'root'}, ada: {user:'ada'}, mona: {user:'mona'}, svc: {service:'exporter'},"
    "          narrow: {user:'ada', scopes:[{collection:'api_keys', verbs:['rotate']}]},"
    "          home: {user:'ada', addresses:['192.0.2.0/24','2001:db8::1']}, local: {user:'ada', addresses:['unix']},"
    "          far: {user:'ada', addresses:['198.51.100.7']}, ends: {user:'ada', expires_at:'2026-11-21T12:05:00Z'}}}";

struct bench {
    struct house *house;
    struct gate *gate;
    struct arena *arena;
    struct problem why;
};

static struct bench open_bench(void)
{
    time_set(NOON);
    struct bench b = {.house = house_open(), .arena = arena_open(64u << 10)};
    b.gate = b.house->gate;
    b.why = (struct problem){.arena = b.arena};
    house_people(b.house, people);
    return b;
}

static void close_bench(struct bench *b)
{
    arena_close(b->arena);
    house_close(b->house);
    time_set(0);
}

static enum err use_from(struct bench *b, str key, str peer, const struct principal **who)
{
    struct arena *a = who ? b->arena : arena_open(4096);
    struct problem why = {.arena = a};
    str header = arena_format(a, "api-key: " STR_FMT, STR_ARG(key));
    struct fake_exchange *f = fake_request(a, "GET", "/", arena_cstr(a, header), S(""));
    f->x.peer = peer;
    enum err e = identify(b->gate, &f->x, &why);
    if (who)
        *who = f->x.who;
    else
        arena_close(a);
    return e;
}

static enum err use(struct bench *b, str key)
{
    return use_from(b, key, S("192.0.2.1"), NULL);
}

/* As this key's principal; *secret is what comes of it. */
static enum err act(struct bench *b, str key, const char *of, const char *action, const char *input, str *secret)
{
    const struct principal *who;
    struct json output = json_null;
    NEED(use_from(b, key, S("192.0.2.1"), &who) == ERR_OK);
    b->why = (struct problem){.arena = b->arena};
    enum err e = gate_act(b->gate, who, house_collection(who, "api_keys"), house_key_id(b->house, of), str_of(action),
                          input ? house_json(b->arena, input) : NULL, &output, b->arena, &b->why);
    if (e == ERR_OK && secret)
        *secret = json_get(&output, S("secret"))->text;
    return e;
}

static enum err rotate(struct bench *b, const char *of, const char *input, str *secret)
{
    return act(b, house_key(b->house, "root"), of, "rotate", input, secret);
}

static void secrets_overlap_as_long_as_was_said(void **state)
{
    (void)state;
    struct bench b = open_bench();
    str first = house_key(b.house, "ada"), second = {0}, third = {0};
    CHECK_PROBLEM(rotate(&b, "ada", "{retain_minutes:60}", &second), ERR_OK, &b.why);
    CHECK_ERR(use(&b, first), ERR_OK);
    CHECK_ERR(use(&b, second), ERR_OK);
    time_set(NOON + 10 * MINUTE);
    CHECK_PROBLEM(rotate(&b, "ada", "{retain_minutes:30}", &third), ERR_OK, &b.why); /* cuts the first one's hour short */
    time_set(NOON + 40 * MINUTE - 1);
    CHECK_ERR(use(&b, first), ERR_OK);
    CHECK_ERR(use(&b, second), ERR_OK);
    time_set(NOON + 40 * MINUTE);
    CHECK_ERR(use(&b, first), ERR_UNAUTHENTICATED);
    CHECK_ERR(use(&b, second), ERR_UNAUTHENTICATED);
    CHECK_ERR(use(&b, third), ERR_OK);
    close_bench(&b);
}

static void a_later_rotation_puts_no_end_off(void **state)
{
    (void)state;
    struct bench b = open_bench();
    str first = house_key(b.house, "ada"), second = {0}, third = {0};
    CHECK_PROBLEM(rotate(&b, "ada", "{retain_minutes:1}", &second), ERR_OK, &b.why);
    CHECK_PROBLEM(rotate(&b, "ada", "{retain_minutes:60}", &third), ERR_OK, &b.why);
    time_set(NOON + MINUTE);
    CHECK_ERR(use(&b, first), ERR_UNAUTHENTICATED);
    CHECK_ERR(use(&b, second), ERR_OK);
    close_bench(&b);
}

static void the_oldest_of_too_many_goes_first(void **state)
{
    (void)state;
    struct bench b = open_bench();
    str secrets[LIMIT_KEY_GENERATIONS + 1] = {house_key(b.house, "ada")};
    for (size_t i = 1; i < COUNTOF(secrets); i++) {
        for (size_t k = 0; k < i; k++)
            CHECK_ERR(use(&b, secrets[k]), ERR_OK);
        CHECK_PROBLEM(rotate(&b, "ada", "{retain_minutes:60}", &secrets[i]), ERR_OK, &b.why);
    }
    for (size_t k = 0; k < COUNTOF(secrets); k++)
        CHECK_ERR(use(&b, secrets[k]), k == 0 ? ERR_UNAUTHENTICATED : ERR_OK);
    str last = {0};
    CHECK_PROBLEM(rotate(&b, "ada", NULL, &last), ERR_OK, &b.why);
    for (size_t k = 0; k < COUNTOF(secrets); k++)
        CHECK_ERR(use(&b, secrets[k]), ERR_UNAUTHENTICATED);
    CHECK_ERR(use(&b, last), ERR_OK);
    CHECK_PROBLEM(act(&b, house_key(b.house, "root"), "ada", "revoke", NULL, NULL), ERR_OK, &b.why);
    CHECK_ERR(use(&b, last), ERR_UNAUTHENTICATED);
    close_bench(&b);
}

static void what_a_rotation_may_be_asked_for(void **state)
{
    static const struct {
        const char *input;
        enum err err;
    } rows[] = {
        {"{}", ERR_OK},
        {"{retain_minutes:0}", ERR_OK},
        {"{retain_minutes:1440, revoke_tokens:true}", ERR_OK},
        {"{retain_minutes:1441}", ERR_INVALID},
        {"{retain_minutes:-1}", ERR_INVALID},
        {"{retain_minutes:1.5}", ERR_INVALID},
        {"{retain_minutes:'1'}", ERR_INVALID},
        {"{revoke_tokens:1}", ERR_INVALID},
        {"{more:1}", ERR_INVALID},
    };
    (void)state;
    struct bench b = open_bench();
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        CHECK_PROBLEM(rotate(&b, "ada", rows[i].input, NULL), rows[i].err, &b.why);
    }
    close_bench(&b);
}

/* A new secret is a new way to be somebody: it goes to whoever is that one already, or could be (AK-6). */
static void nobody_gets_anothers_secret_by_rotating(void **state)
{
    static const struct {
        const char *who, *key;
        enum err err;
    } rows[] = {
        {"ada", "ada", ERR_OK},          {"svc", "svc", ERR_OK},      {"narrow", "narrow", ERR_OK}, /* $key: itself alone */
        {"ada", "narrow", ERR_NOT_FOUND}, {"ada", "mona", ERR_NOT_FOUND}, {"narrow", "ada", ERR_NOT_FOUND},
        {"mona", "mona", ERR_OK},        {"mona", "ada", ERR_FORBIDDEN}, {"mona", "root", ERR_FORBIDDEN},
        {"mona", "svc", ERR_FORBIDDEN},  {"root", "ends", ERR_OK},
    };
    (void)state;
    struct bench b = open_bench();
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        str secret = {0}, mine = house_key(b.house, rows[i].who);
        CHECK_AT(i);
        CHECK_PROBLEM(act(&b, mine, rows[i].key, "rotate", "{retain_minutes:60}", &secret), rows[i].err, &b.why);
        if (rows[i].err == ERR_OK)
            CHECK_ERR(use(&b, secret), ERR_OK);
        CHECK_ERR(use(&b, mine), ERR_OK);
    }
    CHECK_PROBLEM(act(&b, house_key(b.house, "mona"), "ada", "revoke", NULL, NULL), ERR_OK, &b.why); /* taking away */
    close_bench(&b);
}

/* The key's own end stays, whatever becomes of its secrets. */
static void a_new_secret_lives_no_longer_than_its_key(void **state)
{
    (void)state;
    struct bench b = open_bench();
    str second = {0};
    CHECK_PROBLEM(rotate(&b, "ends", "{retain_minutes:60}", &second), ERR_OK, &b.why);
    CHECK(str_starts(second, S("vtr_t_")));
    time_set(NOON + 5 * MINUTE);
    CHECK_ERR(use(&b, house_key(b.house, "ends")), ERR_UNAUTHENTICATED);
    CHECK_ERR(use(&b, second), ERR_UNAUTHENTICATED);
    close_bench(&b);
}

static void a_key_is_good_where_it_says(void **state)
{
    static const struct {
        const char *key, *peer;
        bool good;
    } rows[] = {
        {"home", "192.0.2.1", true},    {"home", "192.0.2.255", true},  {"home", "192.0.3.1", false},
        {"home", "2001:db8::1", true},  {"home", "2001:db8::2", false}, {"home", "::ffff:192.0.2.1", true},
        {"home", "unix", false},        {"local", "unix", true},        {"local", "127.0.0.1", false},
        {"far", "192.0.2.1", false},    {"far", "198.51.100.7", true},  {"ada", "203.0.113.9", true},
        {"home", "garbage", false},     {"home", "", false},
    };
    (void)state;
    struct bench b = open_bench();
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        CHECK_ERR(use_from(&b, house_key(b.house, rows[i].key), str_of(rows[i].peer), NULL),
                  rows[i].good ? ERR_OK : ERR_UNAUTHENTICATED);
    }
    close_bench(&b);
}

/* What service accounts write is theirs by name: `_cby`, "$user" and the journal know the account. */
static void a_service_account_acts_in_its_own_name(void **state)
{
    (void)state;
    struct bench b = open_bench();
    const struct principal *who;
    NEED(use_from(&b, house_key(b.house, "svc"), S("192.0.2.1"), &who) == ERR_OK);
    CHECK(who->kind == PRINCIPAL_SERVICE && str_is_absent(who->user_id));
    CHECK_STR(who->actor.label, S("service exporter"));
    CHECK_STR(who->actor.vars.user, house_service(b.house, "exporter"));
    house_update(b.house, "service_accounts", house_service(b.house, "exporter"), "{active:false}");
    CHECK_ERR(use(&b, house_key(b.house, "svc")), ERR_UNAUTHENTICATED);
    house_update(b.house, "service_accounts", house_service(b.house, "exporter"), "{active:true}");
    CHECK_ERR(use(&b, house_key(b.house, "svc")), ERR_OK);
    house_delete(b.house, "service_accounts", house_service(b.house, "exporter"));
    CHECK_ERR(use(&b, house_key(b.house, "svc")), ERR_UNAUTHENTICATED);
    close_bench(&b);
}

CHECK_MAIN(TEST(secrets_overlap_as_long_as_was_said), TEST(a_later_rotation_puts_no_end_off),
           TEST(the_oldest_of_too_many_goes_first), TEST(what_a_rotation_may_be_asked_for),
           TEST(nobody_gets_anothers_secret_by_rotating), TEST(a_new_secret_lives_no_longer_than_its_key),
           TEST(a_key_is_good_where_it_says), TEST(a_service_account_acts_in_its_own_name))
