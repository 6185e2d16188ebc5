/* A key's last use: written by the tick, once a minute, and nothing else moves. */
#include "roles/credentials/last_use.h"

#include "base/limits.h"
#include "base/time.h"
#include "tests/support/check.h"
#include "tests/support/fake_exchange.h"
#include "tests/support/house.h"

#define NOON INT64_C(1795262400000) /* 2026-11-21T12:00:00Z */

struct bench {
    struct house *house;
    struct gate *gate;
    struct arena *arena;
    int64_t now;
};

static struct bench open_bench(void)
{
    struct bench b = {.house = house_open(), .arena = arena_open(64u << 10), .now = NOON};
    b.gate = b.house->gate;
    time_set(b.now);
    house_people(b.house, "{roles: {reader: []}, keys: {bot: {role:'reader'}, other: {role:'reader'}, idle: {role:'reader'}}}");
    return b;
}

static void close_bench(struct bench *b)
{
    house_close(b->house);
    arena_close(b->arena);
    time_set(0);
}

static void tick(struct bench *b, int64_t seconds)
{
    struct problem why = {.arena = b->arena};
    time_set(b->now += seconds * 1000);
    CHECK_PROBLEM(gate_tick(b->gate, &why), ERR_OK, &why);
}

static void use(struct bench *b, const char *key, const char *peer, const char *agent)
{
    struct problem why = {.arena = b->arena};
    str headers = arena_format(b->arena, "api-key: " STR_FMT "\nUser-Agent: %s", STR_ARG(house_key(b->house, key)), agent);
    struct fake_exchange *f = fake_request(b->arena, "GET", "/", arena_cstr(b->arena, headers), S(""));
    f->x.peer = str_of(peer);
    CHECK_PROBLEM(identify(b->gate, &f->x, &why), ERR_OK, &why);
}

static str value(struct bench *b, const char *key, const char *field)
{
    return house_value(b->house, b->arena, "api_keys", house_key_id(b->house, key), field);
}

static void a_use_is_written_down_by_the_tick(void **state)
{
    (void)state;
    struct bench b = open_bench();
    str revision = value(&b, "bot", "_rev"), modified = value(&b, "bot", "_modified");
    CHECK_STR(value(&b, "bot", "last_used_at"), S("null"));
    use(&b, "bot", "192.0.2.9", "curl/7.88.1");
    CHECK_STR(value(&b, "bot", "last_used_at"), S("null")); /* not by the request */
    tick(&b, 5);
    CHECK_STR(value(&b, "bot", "last_used_at"), S("\"2026-11-21T12:00:00Z\""));
    CHECK_STR(value(&b, "bot", "last_address"), S("\"192.0.2.9\""));
    CHECK_STR(value(&b, "bot", "last_agent"), S("\"curl/7.88.1\""));
    CHECK_STR(value(&b, "bot", "_rev"), revision);
    CHECK_STR(value(&b, "bot", "_modified"), modified);
    CHECK_STR(value(&b, "idle", "last_used_at"), S("null"));
    close_bench(&b);
}

static void a_key_is_written_once_a_minute(void **state)
{
    (void)state;
    struct bench b = open_bench();
    use(&b, "bot", "192.0.2.1", "a");
    tick(&b, 1);
    use(&b, "bot", "192.0.2.2", "b");
    tick(&b, (int64_t)LIMIT_LAST_USE_REST_S - 1);
    CHECK_STR(value(&b, "bot", "last_address"), S("\"192.0.2.1\""));
    tick(&b, 1);
    CHECK_STR(value(&b, "bot", "last_address"), S("\"192.0.2.2\""));
    CHECK_STR(value(&b, "bot", "last_used_at"), S("\"2026-11-21T12:00:01Z\""));
    close_bench(&b);
}

/* What is remembered of everybody stays; who looks at the list sees the use. */
static void a_use_is_no_news_of_identities(void **state)
{
    (void)state;
    struct bench b = open_bench();
    struct epochs before, after;
    struct problem why = {.arena = b.arena};
    const struct principal *who = principal_system(b.gate, b.arena, SYSTEM_COMMAND);
    struct query q = {.from = house_collection(who, "api_keys"), .limit = 10};
    use(&b, "bot", "192.0.2.1", "a");
    use(&b, "other", "192.0.2.1", "a");
    NEED(content_catch_up(b.gate->content, &before, &why) == ERR_OK);
    uint64_t stamp = gate_stamp(b.gate, who, &q);
    tick(&b, 61);
    NEED(content_catch_up(b.gate->content, &after, &why) == ERR_OK);
    CHECK_INT(after.identity, before.identity);
    CHECK_INT(after.policy, before.policy);
    CHECK(gate_stamp(b.gate, who, &q) != stamp);
    house_update(b.house, "api_keys", house_key_id(b.house, "bot"), "{disabled:true}");
    NEED(content_catch_up(b.gate->content, &after, &why) == ERR_OK);
    CHECK(after.identity > before.identity);
    close_bench(&b);
}

/* A key that is gone is passed over, the others are written. */
static void a_deleted_key_holds_nothing_up(void **state)
{
    (void)state;
    struct bench b = open_bench();
    use(&b, "bot", "192.0.2.1", "a");
    use(&b, "other", "192.0.2.1", "a");
    house_delete(b.house, "api_keys", house_key_id(b.house, "bot"));
    tick(&b, 1);
    CHECK_STR(value(&b, "other", "last_address"), S("\"192.0.2.1\""));
    close_bench(&b);
}

static void more_keys_than_places_lose_some_and_keep_the_rest(void **state)
{
    (void)state;
    struct bench b = open_bench();
    struct principal who = {.actor = {.vars = {.now_ms = NOON, .ip = STR("192.0.2.1")}}};
    for (unsigned i = 0; i < 2 * LIMIT_LAST_USES; i++) {
        struct arena *a = arena_open(256);
        who.key_id = arena_format(a, "%024x", i * 2654435761u);
        last_use_note(b.gate->last_use, &who); /* none of these is there: all are passed over */
        arena_close(a);
    }
    tick(&b, 1);
    use(&b, "bot", "192.0.2.1", "a");
    tick(&b, 61);
    CHECK_STR(value(&b, "bot", "last_address"), S("\"192.0.2.1\""));
    close_bench(&b);
}

CHECK_MAIN(TEST(a_use_is_written_down_by_the_tick), TEST(a_key_is_written_once_a_minute), TEST(a_use_is_no_news_of_identities),
           TEST(a_deleted_key_holds_nothing_up), TEST(more_keys_than_places_lose_some_and_keep_the_rest))
