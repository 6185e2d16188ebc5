/* Every call of the engine fails once, one after the other: nothing is ever half done. */
#include "tests/support/check.h"
#include "tests/support/engine_bench.h"

#define ID(n) "aaaaaaaaaaaaaaaaaaaaaaa" #n

static const char definitions[] =
    "[{name: 'posts', fields: [{name: 'title', kind: 'text'}, {name: 'friends', kind: 'ref', to: 'posts', many: true}]}]";

/* Two changes in a group, read back, journal replayed; undone as far as it came when a call fails. */
static enum err write_group(struct engine_bench *b)
{
    static const char *const items[] = {"{_id: '" ID(1) "', title: 'a'}", "{_id: '" ID(2) "', friends: ['" ID(1) "']}"};
    struct txn *t = NULL;
    enum err e = b->ops->begin(b->engine, TXN_WRITE, &t, &b->why);
    for (size_t i = 0; i < COUNTOF(items) && e == ERR_OK; i++) {
        struct txn *nested = NULL;
        const struct json *item = bench_json(b->arena, items[i]);
        e = b->ops->begin(b->engine, TXN_NESTED, &nested, &b->why);
        if (e == ERR_OK)
            e = bench_put(b, nested, WRITE_INSERT, "posts", item);
        if (e == ERR_OK)
            e = bench_note(b, nested, "posts", json_get(item, S("_id"))->text, "create");
        if (e == ERR_OK)
            e = b->ops->commit(nested, &b->why);
        else
            b->ops->abandon(nested);
    }
    if (e == ERR_OK)
        return b->ops->commit(t, &b->why);
    b->ops->abandon(t);
    return e;
}

static enum err nothing(struct row_sink *self, const struct row *row, struct problem *why)
{
    (void)self;
    (void)row;
    (void)why;
    return ERR_OK;
}

static void a_group_is_there_or_not_whichever_call_fails(void **state)
{
    unsigned at = 1;
    bool fired = true;
    (void)state;
    for (; fired; at++) {
        struct engine_bench b;
        CHECK_AT(at);
        bench_open(&b, definitions);
        b.ops = &engine_faulty;
        engine_faulty_arm(&engine_sqlite, at);
        enum err e = write_group(&b);
        fired = engine_faulty_fired();
        CHECK_ERR(e, fired ? ERR_UNAVAILABLE : ERR_OK);
        engine_faulty_arm(&engine_sqlite, 0);
        CHECK_INT(bench_count(&b, "posts", NULL), fired ? 0 : 2);
        CHECK_ERR(write_group(&b), fired ? ERR_OK : ERR_CONFLICT); /* the next one finds everything in order */
        CHECK_STR(bench_list(&b, "posts", NULL, NULL, "title,friends.title"),
                  S("[{\"title\":\"a\",\"friends\":[]},{\"title\":null,\"friends\":[{\"title\":\"a\"}]}]"));
        bench_close(&b);
    }
    CHECK_INT(at, 12); /* begin, and twice begin write note commit, and commit: then one without a fault */
}

static void opening_reading_and_replaying_can_fail_too(void **state)
{
    struct engine_bench b;
    struct row_sink sink = {nothing};
    struct engine *e = NULL;
    enum err err = ERR_OK;
    (void)state;
    bench_open(&b, definitions);
    b.ops = &engine_faulty;
    engine_faulty_arm(&engine_sqlite, 1);
    CHECK_ERR(b.ops->open(b.arena, &(struct engine_config){.readers = 1}, &e, &b.why), ERR_UNAVAILABLE);
    engine_faulty_arm(&engine_sqlite, 2);
    (void)bench_read(&b, bench_plan(&b, bench_query(&b, "posts", NULL, NULL, NULL)), &err);
    CHECK_ERR(err, ERR_UNAVAILABLE);
    engine_faulty_arm(&engine_sqlite, 1);
    CHECK_ERR(b.ops->replay(b.engine, 0, 1, &sink, &b.why), ERR_UNAVAILABLE);
    CHECK_ERR(b.ops->replay(b.engine, 0, 1, &sink, &b.why), ERR_OK);
    engine_faulty_arm(&engine_sqlite, 0);
    bench_close(&b);
}

CHECK_MAIN(TEST(a_group_is_there_or_not_whichever_call_fails), TEST(opening_reading_and_replaying_can_fail_too))
