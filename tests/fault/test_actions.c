/* Call 1 of the database fails, then call 2, … until an action of another server is done untouched. What was refused wrote
 * nothing of the answer; sent again with the same key it is done, written once, and the other server saw one id. */
#include "tests/fault/sound.h"
#include "tests/support/check.h"
#include "tests/support/house.h"
#include "tests/support/other_server.h"

struct bench {
    struct house *house;
    struct other other;
    struct network loopback;
    struct arena *arena;              /* of one step */
    const struct principal *who;
    str order;
    int64_t calls;                    /* so far */
};

/* What comes behind the first calls is one row like the other: of those not every one has its turn. */
static unsigned next(unsigned at)
{
    return at + 1 + at / 6;
}

static void open_bench(struct bench *b)
{
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n{\"amount\":7}";
    struct house_config config = {.engine = &engine_faulty};
    struct json output;
    engine_faulty_arm(&engine_sqlite, 0);
    *b = (struct bench){.arena = arena_open(4096)};
    open_other(&b->other, answer);
    NEED(network_read(S("127.0.0.1"), &b->loopback));
    config.outside.policy = (struct outbound_policy){.may_http = true, .allow = &b->loopback, .allow_count = 1, .ports = &b->other.port, .port_count = 1};
    b->house = house_open_with(&config);
    house_model(b->house, arena_cstr(b->house->arena, arena_format(b->house->arena,
        "[{name:'orders', fields:[{name:'title', kind:'text'}, {name:'total', kind:'number'}], actions:{price:"
        "{url:'http://127.0.0.1:%u/', output:[{name:'amount', kind:'number'}], writes:{total:'amount'}}}}]", b->other.port)));
    house_people(b->house, "{roles: {clerk: [{collection:'orders', verbs:['read','update','price']}, {collection:'action_secrets', verbs:['rotate']}]},"
                           " keys: {clerk: {role:'clerk'}}}");
    b->order = house_item(b->house, "orders", "{title:'Chairs', total:0}");
    b->who = house_who(b->house, b->house->arena, house_key(b->house, "clerk"));
    struct problem why = {.arena = b->house->arena};
    CHECK_PROBLEM(gate_act(b->house->gate, b->who, house_collection(b->who, "action_secrets"), (str){0}, S("rotate"),
                           house_json(b->house->arena, "{collection:'orders', action:'price'}"), &output, b->house->arena, &why),
                  ERR_OK, &why);
}

static void close_bench(struct bench *b)
{
    house_close(b->house);
    close_other(&b->other);
    arena_close(b->arena);
}

static str total(struct bench *b)
{
    return house_value(b->house, b->arena, "orders", b->order, "total");
}

static enum err price(struct bench *b, unsigned at, struct json *output, struct problem *why)
{
    struct once once = {.key = arena_format(b->arena, "key-%u", at), .request = S("price")};
    struct change on = {.op = OP_UPDATE, .in = house_collection(b->who, "orders"), .id = b->order, .once = &once};
    return gate_act_at(b->house->gate, b->who, &on, S("price"), NULL, output, b->arena, why);
}

/* webhook-id of the last call. */
static str last_id(struct bench *b)
{
    const char *at = strstr(b->other.requests[0], "webhook-id: ");
    return at ? arena_format(b->arena, "%.36s", at + strlen("webhook-id: ")) : S("");
}

static bool run(struct bench *b, unsigned at)
{
    struct problem why = {.arena = b->arena}, again = {.arena = b->arena};
    struct json output = json_null;
    arena_reset(b->arena);
    house_update(b->house, "orders", b->order, "{total:0}");
    int before = b->other.connections;
    engine_faulty_arm(&engine_sqlite, at);
    enum err e = price(b, at, &output, &why);
    bool fired = engine_faulty_fired();
    engine_faulty_arm(&engine_sqlite, 0);
    str first = b->other.connections > before ? last_id(b) : S("");
    if (e != ERR_OK) {
        CHECK(fired);
        CHECK_STR(total(b), S("0"));
        e = price(b, at, &output, &again);
        if (e == ERR_CONFLICT) { /* that the first one had failed could not be written either: it is waited for */
            CHECK(again.retry_after_s > 0);
            return fired;
        }
    }
    CHECK_PROBLEM(e, ERR_OK, &again);
    CHECK_STR(json_print(b->arena, &output), S("{\"amount\":7}"));
    CHECK_STR(total(b), S("7"));
    if (first.len && b->other.connections > before + 1)
        CHECK_STR(last_id(b), first);
    int calls = b->other.connections;
    CHECK_PROBLEM(price(b, at, &output, &again), ERR_OK, &again);
    CHECK_INT(b->other.connections, calls);
    check_house(b->house->gate, b->arena);
    return fired;
}

static void whatever_call_fails_an_action_is_written_once(void **state)
{
    struct bench b;
    bool fired = true;
    unsigned at = 1;
    (void)state;
    open_bench(&b);
    for (; fired && at < 1000; at = next(at)) {
        CHECK_AT(at);
        fired = run(&b, at);
    }
    CHECK(at > 20);
    close_bench(&b);
}

CHECK_MAIN(TEST(whatever_call_fails_an_action_is_written_once))
