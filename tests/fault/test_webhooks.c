/* Call 1 of the database fails, then call 2, … while a webhook is asked what it sees: it says that it does not know, never that
 * nobody stands behind it any more, for that switches it off. */
#include "content/kind.h"
#include "roles/webhooks/part.h"
#include "tests/fault/sound.h"
#include "tests/support/check.h"
#include "tests/support/house.h"

static void open_bench(struct house **out, str *id)
{
    struct house_config config = {.engine = &engine_faulty};
    engine_faulty_arm(&engine_sqlite, 0);
    struct house *h = *out = house_open_with(&config);
    house_model(h, "[{name:'posts', fields:[{name:'title', kind:'text'}]}]");
    house_people(h, "{roles: {writer: [{collection:'webhooks', verbs:['read','create']}, {collection:'posts', verbs:['read']},"
                    " {collection:'roles', verbs:['read']}], shop: [{collection:'posts', verbs:['read']}]}, keys: {ada: {role:'writer'}}}");
    const struct principal *ada = house_who(h, h->arena, house_key(h, "ada"));
    struct item_sent sent = {.where = S("")};
    struct change change = {.op = OP_CREATE};
    struct problem why = {.arena = h->arena};
    sent.data = house_json(h->arena, arena_cstr(h->arena, arena_format(h->arena,
        "{name:'n', url:'https://127.0.0.1/', events:[{collections:['posts']}], role:'" STR_FMT "'}", STR_ARG(house_role(h, "shop")))));
    CHECK_PROBLEM(gate_take_item(ada, house_collection(ada, "webhooks"), &sent, &change, h->arena, &why), ERR_OK, &why);
    CHECK_PROBLEM(gate_write(h->gate, ada, &change, 1, h->arena, &why), ERR_OK, &why);
    *id = change.result_id;
}

static bool run(struct house *h, str id, unsigned at)
{
    struct arena *a = arena_open(4096);
    struct problem why = {.arena = a};
    struct hook hook;
    struct eyes eyes;
    NEED(hook_read(h->gate, a, id, &hook, &why) == ERR_OK);
    engine_faulty_arm(&engine_sqlite, at);
    enum err e = eyes_open(h->gate, a, &hook, &eyes, &why);
    bool fired = engine_faulty_fired();
    engine_faulty_arm(&engine_sqlite, 0);
    CHECK(e != ERR_FORBIDDEN && (e == ERR_OK || fired));
    arena_close(a);
    return fired;
}

static void a_database_that_does_not_answer_switches_no_webhook_off(void **state)
{
    struct house *h = NULL;
    str id = {0};
    unsigned at = 1;
    (void)state;
    open_bench(&h, &id);
    for (bool fired = true; fired && at < 1000; at++) {
        CHECK_AT(at);
        fired = run(h, id, at);
    }
    CHECK(at > 4);
    house_close(h);
}

CHECK_MAIN(TEST(a_database_that_does_not_answer_switches_no_webhook_off))
