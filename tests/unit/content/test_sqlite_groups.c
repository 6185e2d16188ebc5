/* Transactions: groups and their members, the journal's numbers, the pool, and storage that fails. */
#include "tests/support/check.h"
#include "tests/support/engine_bench.h"

#include "base/limits.h"
#include "content/journal/journal.h"
#include "content/store/sqlite.h"

#include <signal.h>
#include <sys/resource.h>

#define ID(n) "aaaaaaaaaaaaaaaaaaaaaaa" #n

static const char definitions[] =
    "[{name: 'posts', fields: [{name: 'title', kind: 'text', unique: true}, {name: 'body', kind: 'text'},"
    "  {name: 'author', kind: 'ref', to: 'authors'}]},"
    " {name: 'authors', fields: [{name: 'name', kind: 'text'}, {name: 'friend', kind: 'ref', to: 'authors'}]}]";

/* One member of a group; its entry's numbers, 0 when it was refused. */
static enum err member(struct engine_bench *b, const char *item, struct entry *entry)
{
    struct txn *nested = NULL;
    const struct json *tree = bench_json(b->arena, item);
    b->why = (struct problem){.arena = b->arena};
    *entry = (struct entry){.at_ms = 1, .collection = S("posts"), .item = json_get(tree, S("_id"))->text, .verb = S("create")};
    CHECK_ERR(b->ops->begin(b->engine, TXN_NESTED, &nested, &b->why), ERR_OK);
    enum err e = bench_put(b, nested, WRITE_INSERT, "posts", tree);
    if (e == ERR_OK)
        e = b->ops->note(nested, entry, &b->why);
    if (e == ERR_OK)
        return b->ops->commit(nested, &b->why);
    b->ops->abandon(nested);
    return e;
}

struct numbers {
    struct row_sink sink; /* first */
    uint64_t seq[16], tx[16];
    size_t count;
};

static enum err take_numbers(struct row_sink *self, const struct row *row, struct problem *why)
{
    struct numbers *n = (struct numbers *)(void *)self;
    (void)why;
    n->seq[n->count] = (uint64_t)row->cells[0].integer;
    n->tx[n->count++] = (uint64_t)row->cells[1].integer;
    return ERR_OK;
}

static struct numbers journal(struct engine_bench *b)
{
    struct numbers n = {.sink = {take_numbers}};
    CHECK_ERR(b->ops->replay(b->engine, 0, 16, &n.sink, &b->why), ERR_OK);
    return n;
}

static void a_refused_member_undoes_itself_only(void **state)
{
    struct engine_bench b;
    struct txn *t = NULL;
    struct entry e;
    (void)state;
    bench_open(&b, definitions);
    CHECK_ERR(b.ops->begin(b.engine, TXN_WRITE, &t, &b.why), ERR_OK);
    CHECK_ERR(member(&b, "{_id: '" ID(1) "', title: 'a'}", &e), ERR_OK);
    CHECK_INT(e.seq, 1);
    CHECK_ERR(member(&b, "{_id: '" ID(2) "', title: 'a'}", &e), ERR_CONFLICT);
    CHECK_FAULT(&b.why, S("/title"), S("unique"));
    CHECK_ERR(member(&b, "{_id: '" ID(3) "', author: '" ID(9) "'}", &e), ERR_CONFLICT); /* nobody there */
    CHECK_ERR(member(&b, "{_id: '" ID(4) "', title: 'b'}", &e), ERR_OK);
    CHECK_INT(e.seq, 2);
    CHECK_INT(e.tx, 2);
    CHECK_PROBLEM(b.ops->commit(t, &b.why), ERR_OK, &b.why);
    CHECK_STR(bench_list(&b, "posts", NULL, NULL, "title"), S("[{\"title\":\"a\"},{\"title\":\"b\"}]"));
    CHECK_INT(journal(&b).count, 2);
    bench_close(&b);
}

static void entries_of_one_member_share_its_first_number(void **state)
{
    struct engine_bench b;
    struct txn *t = NULL, *nested = NULL;
    struct entry e;
    (void)state;
    bench_open(&b, definitions);
    CHECK_PROBLEM(bench_insert(&b, "posts", "{_id: '" ID(1) "'}"), ERR_OK, &b.why);
    CHECK_ERR(b.ops->begin(b.engine, TXN_WRITE, &t, &b.why), ERR_OK);
    CHECK_ERR(member(&b, "{_id: '" ID(2) "'}", &e), ERR_OK);
    CHECK_ERR(b.ops->begin(b.engine, TXN_NESTED, &nested, &b.why), ERR_OK);
    for (int i = 0; i < 3; i++)
        CHECK_ERR(bench_note(&b, nested, "posts", S(ID(2)), "look"), ERR_OK);
    CHECK_ERR(b.ops->commit(nested, &b.why), ERR_OK);
    CHECK_ERR(b.ops->commit(t, &b.why), ERR_OK);
    struct numbers n = journal(&b);
    static const uint64_t wanted_tx[] = {1, 2, 3, 3, 3};
    CHECK_INT(n.count, COUNTOF(wanted_tx));
    for (size_t i = 0; i < n.count; i++) {
        CHECK_AT(i);
        CHECK_INT(n.seq[i], i + 1);
        CHECK_INT(n.tx[i], wanted_tx[i]);
    }
    bench_close(&b);
}

static void an_abandoned_group_leaves_nothing(void **state)
{
    struct engine_bench b;
    struct txn *t = NULL;
    struct entry e;
    (void)state;
    bench_open(&b, definitions);
    CHECK_ERR(b.ops->begin(b.engine, TXN_WRITE, &t, &b.why), ERR_OK);
    CHECK_ERR(member(&b, "{_id: '" ID(1) "'}", &e), ERR_OK);
    b.ops->abandon(t);
    b.ops->abandon(t); /* does no harm */
    b.ops->abandon(NULL);
    CHECK_INT(bench_count(&b, "posts", NULL), 0);
    CHECK_INT(journal(&b).count, 0);
    CHECK_PROBLEM(bench_insert(&b, "posts", "{_id: '" ID(1) "'}"), ERR_OK, &b.why);
    CHECK_INT(journal(&b).seq[0], 1); /* the number was given back */
    bench_close(&b);
}

static void numbers_go_on_when_the_journal_was_trimmed(void **state)
{
    struct engine_bench b;
    struct txn *t = NULL;
    struct cell all = CELL_OF_INT(1000);
    struct write trim = {.kind = WRITE_FIXED, .fixed = {FIXED_journal_trim, &all, 1}};
    (void)state;
    bench_open(&b, definitions);
    CHECK_PROBLEM(bench_insert(&b, "posts", "{_id: '" ID(1) "'}"), ERR_OK, &b.why);
    CHECK_PROBLEM(bench_insert(&b, "posts", "{_id: '" ID(2) "'}"), ERR_OK, &b.why);
    CHECK_ERR(b.ops->begin(b.engine, TXN_WRITE, &t, &b.why), ERR_OK);
    CHECK_PROBLEM(b.ops->write(t, &trim, &b.why), ERR_OK, &b.why);
    CHECK_PROBLEM(b.ops->commit(t, &b.why), ERR_OK, &b.why);
    CHECK_PROBLEM(bench_insert(&b, "posts", "{_id: '" ID(3) "'}"), ERR_OK, &b.why);
    struct numbers n = journal(&b);
    CHECK_INT(n.count, 2);
    CHECK_INT(n.seq[0], 2);
    CHECK_INT(n.seq[1], 3);
    bench_close(&b);
}

struct lister {
    struct row_sink sink; /* first */
    size_t rows;
};

static enum err count_row(struct row_sink *self, const struct row *row, struct problem *why)
{
    (void)row;
    (void)why;
    ((struct lister *)(void *)self)->rows++;
    return ERR_OK;
}

static size_t rows_in(struct engine_bench *b, struct txn *t)
{
    struct lister l = {.sink = {count_row}};
    CHECK_ERR(b->ops->read(t, bench_plan(b, bench_query(b, "posts", NULL, NULL, NULL)), NULL, &l.sink, &b->why), ERR_OK);
    return l.rows;
}

static void a_writer_sees_what_it_wrote_and_readers_what_was_committed(void **state)
{
    struct engine_bench b;
    struct txn *w = NULL, *old = NULL, *new = NULL;
    struct entry e;
    (void)state;
    bench_open(&b, definitions);
    CHECK_ERR(b.ops->begin(b.engine, TXN_READ, &old, &b.why), ERR_OK);
    CHECK_INT(rows_in(&b, old), 0);
    CHECK_INT(rows_in(&b, old), 0); /* from here on one snapshot */
    CHECK_ERR(b.ops->begin(b.engine, TXN_WRITE, &w, &b.why), ERR_OK);
    CHECK_ERR(member(&b, "{_id: '" ID(1) "'}", &e), ERR_OK);
    CHECK_INT(rows_in(&b, w), 1);
    CHECK_INT(rows_in(&b, old), 0);
    CHECK_ERR(b.ops->commit(w, &b.why), ERR_OK);
    CHECK_INT(rows_in(&b, old), 0);
    CHECK_ERR(b.ops->begin(b.engine, TXN_READ, &new, &b.why), ERR_OK);
    CHECK_INT(rows_in(&b, new), 1);
    b.ops->abandon(new);
    CHECK_ERR(b.ops->commit(old, &b.why), ERR_OK);
    bench_close(&b);
}

/* The same text twice at once: a branch within a branch of the same shape. */
static void nodes_of_equal_shape_do_not_share_a_cursor(void **state)
{
    struct engine_bench b;
    (void)state;
    bench_open(&b, definitions);
    CHECK_PROBLEM(bench_insert(&b, "authors", "{_id: '" ID(1) "', name: 'A'}"), ERR_OK, &b.why);
    CHECK_PROBLEM(bench_insert(&b, "authors", "{_id: '" ID(2) "', name: 'B', friend: '" ID(1) "'}"), ERR_OK, &b.why);
    CHECK_PROBLEM(bench_insert(&b, "authors", "{_id: '" ID(3) "', name: 'C', friend: '" ID(2) "'}"), ERR_OK, &b.why);
    for (int i = 0; i < 2; i++)
        CHECK_STR(bench_list(&b, "authors", NULL, "-name", "name,friend.name,friend.friend.name,friend.friend.friend.name"),
                  S("[{\"name\":\"C\",\"friend\":{\"name\":\"B\",\"friend\":{\"name\":\"A\",\"friend\":null}}},"
                    "{\"name\":\"B\",\"friend\":{\"name\":\"A\",\"friend\":null}},{\"name\":\"A\",\"friend\":null}]"));
    bench_close(&b);
}

static void branches_stop_at_the_number_of_items_allowed(void **state)
{
    struct engine_bench b;
    enum err e = ERR_OK;
    (void)state;
    bench_open(&b, definitions);
    CHECK_PROBLEM(bench_insert(&b, "authors", "{_id: '" ID(1) "', friend: '" ID(1) "'}"), ERR_OK, &b.why);
    struct plan *p = bench_plan(&b, bench_query(&b, "authors", NULL, NULL, "friend.friend.name"));
    *p->items_left = 1;
    (void)bench_read(&b, p, &e);
    CHECK_ERR(e, ERR_TOO_LARGE);
    *p->items_left = 2;
    (void)bench_read(&b, p, &e);
    CHECK_ERR(e, ERR_OK);
    CHECK_INT(*p->items_left, 0);
    bench_close(&b);
}

static void put_many(struct engine_bench *b, size_t count)
{
    struct txn *t = NULL;
    CHECK_ERR(b->ops->begin(b->engine, TXN_WRITE, &t, &b->why), ERR_OK);
    for (size_t i = 0; i < count; i++) {
        str item = arena_format(b->arena, "{_id: '%024zu', title: '%zu', body: 'body'}", i, i);
        struct entry e;
        CHECK_ERR(member(b, arena_cstr(b->arena, item), &e), ERR_OK);
    }
    CHECK_PROBLEM(b->ops->commit(t, &b->why), ERR_OK, &b->why);
}

static void a_query_that_takes_too_long_is_stopped(void **state)
{
    struct engine_bench b;
    struct txn *t = NULL;
    struct lister l = {.sink = {count_row}};
    (void)state;
    bench_open(&b, definitions);
    put_many(&b, 1000);
    CHECK_ERR(b.ops->begin(b.engine, TXN_READ, &t, &b.why), ERR_OK);
    struct plan *p = bench_plan(&b, bench_query(&b, "posts", "{body: {$regex: 'z'}}", NULL, NULL));
    t->on->deadline_us = 1; /* long ago */
    CHECK_ERR(b.ops->read(t, p, NULL, &l.sink, &b.why), ERR_TIMEOUT);
    t->on->deadline_us = 0;
    CHECK_ERR(b.ops->read(t, p, NULL, &l.sink, &b.why), ERR_OK);
    b.ops->abandon(t);
    bench_close(&b);
}

struct waiter {
    struct engine_bench *bench;
    enum err result;
};

static void *take_and_release(void *arg)
{
    struct waiter *w = arg;
    struct arena *a = arena_open(1024);
    struct problem why = {.arena = a};
    struct txn *t = NULL;
    w->result = w->bench->ops->begin(w->bench->engine, TXN_READ, &t, &why);
    if (w->result == ERR_OK)
        w->bench->ops->abandon(t);
    arena_close(a);
    return NULL;
}

static void readers_wait_for_a_free_connection(void **state)
{
    struct engine_bench b;
    struct txn *held[LIMIT_READERS] = {0};
    pthread_t threads[4];
    struct waiter waiters[4];
    (void)state;
    bench_open(&b, definitions);
    for (size_t i = 0; i < LIMIT_READERS; i++)
        CHECK_ERR(b.ops->begin(b.engine, TXN_READ, &held[i], &b.why), ERR_OK);
    for (size_t i = 0; i < COUNTOF(threads); i++) {
        waiters[i] = (struct waiter){&b, ERR_INTERNAL};
        CHECK_INT(pthread_create(&threads[i], NULL, take_and_release, &waiters[i]), 0);
    }
    b.ops->abandon(held[0]);
    for (size_t i = 0; i < COUNTOF(threads); i++) {
        (void)pthread_join(threads[i], NULL);
        CHECK_ERR(waiters[i].result, ERR_OK);
    }
    for (size_t i = 1; i < LIMIT_READERS; i++)
        b.ops->abandon(held[i]);
    bench_close(&b);
}

static void a_connection_that_rests_gives_its_cache_up(void **state)
{
    struct engine_bench b;
    struct txn *one = NULL, *two = NULL;
    (void)state;
    bench_open(&b, definitions);
    CHECK_ERR(b.ops->begin(b.engine, TXN_READ, &one, &b.why), ERR_OK);
    CHECK_ERR(b.ops->begin(b.engine, TXN_READ, &two, &b.why), ERR_OK);
    CHECK_INT(rows_in(&b, one) + rows_in(&b, two), 0);
    struct connection *busy = one->on, *resting = two->on;
    b.ops->abandon(two);
    b.ops->abandon(one);
    resting->returned_us = 1; /* long ago */
    CHECK_INT(bench_count(&b, "posts", NULL), 0);
    CHECK(!resting->has_cache && busy->has_cache);
    CHECK(b.engine->idle == busy && busy->next == resting && resting->next == NULL);
    CHECK_INT(bench_count(&b, "posts", NULL), 0);
    bench_close(&b);
}

/* Threads: what a reader counts never shrinks, what replay shows has no gaps. */
struct onlooker {
    const struct engine_bench *bench;
    const struct plan *plan;
    _Atomic(bool) *done;
    bool replays;
    int failures;
};

struct gapless {
    struct row_sink sink; /* first */
    uint64_t last;
    bool gap;
};

static enum err no_gap(struct row_sink *self, const struct row *row, struct problem *why)
{
    struct gapless *g = (struct gapless *)(void *)self;
    (void)why;
    g->gap = g->gap || (uint64_t)row->cells[0].integer != g->last + 1;
    g->last = (uint64_t)row->cells[0].integer;
    return ERR_OK;
}

static void *look_on(void *arg)
{
    struct onlooker *o = arg;
    const struct engine_ops *ops = o->bench->ops;
    struct arena *a = arena_open(1024);
    struct gapless g = {.sink = {no_gap}};
    size_t before = 0;
    for (bool last_time = false; !last_time;) {
        struct problem why = {.arena = a};
        struct lister l = {.sink = {count_row}};
        struct txn *t = NULL;
        last_time = atomic_load(o->done);
        struct plan own = *o->plan;
        own.arena = a;
        if (o->replays) {
            o->failures += ops->replay(o->bench->engine, g.last, 7, &g.sink, &why) != ERR_OK;
        } else {
            o->failures += ops->begin(o->bench->engine, TXN_READ, &t, &why) != ERR_OK;
            o->failures += ops->read(t, &own, NULL, &l.sink, &why) != ERR_OK;
            ops->abandon(t);
        }
        o->failures += l.rows < before && !o->replays;
        before = l.rows;
        arena_reset(a);
    }
    o->failures += g.gap;
    arena_close(a);
    return NULL;
}

static void many_readers_and_the_writer_at_once(void **state)
{
    struct engine_bench b;
    _Atomic(bool) done = false;
    pthread_t threads[6];
    struct onlooker onlookers[6];
    (void)state;
    bench_open(&b, definitions);
    struct plan *p = bench_plan(&b, bench_query(&b, "posts", NULL, NULL, NULL));
    for (size_t i = 0; i < COUNTOF(threads); i++) {
        onlookers[i] = (struct onlooker){&b, p, &done, i % 2 == 1, 0};
        CHECK_INT(pthread_create(&threads[i], NULL, look_on, &onlookers[i]), 0);
    }
    for (unsigned i = 0; i < 200; i++) {
        str item = arena_format(b.arena, "{_id: '%024u', title: '%u'}", i, i);
        CHECK_PROBLEM(bench_insert(&b, "posts", arena_cstr(b.arena, item)), ERR_OK, &b.why);
    }
    atomic_store(&done, true);
    for (size_t i = 0; i < COUNTOF(threads); i++) {
        (void)pthread_join(threads[i], NULL);
        CHECK_AT(i);
        CHECK_INT(onlookers[i].failures, 0);
    }
    bench_close(&b);
}

static void statements_are_kept_and_the_oldest_go(void **state)
{
    struct engine_bench b;
    struct engine_figures before, after;
    (void)state;
    bench_open(&b, definitions);
    (void)bench_list(&b, "posts", "{title: 'a'}", NULL, NULL);
    engine_figures(b.engine, &before);
    (void)bench_list(&b, "posts", "{title: 'b'}", NULL, NULL);
    engine_figures(b.engine, &after);
    CHECK_INT(after.statements_prepared, before.statements_prepared);
    CHECK(after.statements_reused > before.statements_reused);
    for (unsigned i = 1; i <= LIMIT_STATEMENTS + 10; i++) {
        struct buf filter;
        buf_init(&filter, b.arena, 1u << 16);
        buf_format(&filter, "{$or: [");
        for (unsigned k = 0; k < 9; k++)
            buf_format(&filter, "{%s: 'x'}, ", (i >> k) & 1 ? "title" : "body");
        buf_format(&filter, "]}");
        (void)bench_list(&b, "posts", arena_cstr(b.arena, buf_str(&filter)), NULL, NULL);
    }
    CHECK_INT(b.engine->idle->statements.count, LIMIT_STATEMENTS);
    CHECK_STR(bench_list(&b, "posts", "{title: 'b'}", NULL, NULL), S("[]"));
    bench_close(&b);
}

static void a_full_disk_is_told_and_survived(void **state)
{
    struct engine_bench b;
    struct txn *t = NULL;
    struct entry e;
    int64_t unused;
    (void)state;
    bench_open(&b, definitions);
    CHECK_PROBLEM(bench_insert(&b, "posts", "{_id: '" ID(1) "', title: 'a'}"), ERR_OK, &b.why);
    CHECK_ERR(connection_number(b.engine->writer, "PRAGMA max_page_count = 1", &unused, &b.why), ERR_OK); /* as many as there are */
    str body = arena_format(b.arena, "{_id: '" ID(2) "', body: '%060000d'}", 0);
    CHECK_ERR(b.ops->begin(b.engine, TXN_WRITE, &t, &b.why), ERR_OK);
    CHECK_ERR(member(&b, arena_cstr(b.arena, body), &e), ERR_FULL);
    CHECK_ERR(b.ops->commit(t, &b.why), ERR_FULL);
    CHECK_INT(bench_count(&b, "posts", NULL), 1);
    CHECK_ERR(connection_number(b.engine->writer, "PRAGMA max_page_count = 1000000", &unused, &b.why), ERR_OK);
    CHECK_PROBLEM(bench_insert(&b, "posts", arena_cstr(b.arena, body)), ERR_OK, &b.why);
    CHECK_INT(bench_count(&b, "posts", NULL), 2);
    bench_close(&b);
}

/* Files may not grow: writing the log fails as a dying disk would make it fail. */
static void after_storage_failed_nothing_is_written(void **state)
{
    struct engine_bench b;
    struct rlimit was;
    enum err e = ERR_OK;
    (void)state;
    bench_open(&b, definitions);
    CHECK_PROBLEM(bench_insert(&b, "posts", "{_id: '" ID(1) "', title: 'a'}"), ERR_OK, &b.why);
    (void)signal(SIGXFSZ, SIG_IGN);
    (void)getrlimit(RLIMIT_FSIZE, &was);
    (void)setrlimit(RLIMIT_FSIZE, &(struct rlimit){64 << 10, was.rlim_max});
    for (unsigned i = 10; i < 60 && e == ERR_OK; i++) {
        str item = arena_format(b.arena, "{_id: '%024u', body: '%060000d'}", i, 0);
        e = bench_insert(&b, "posts", arena_cstr(b.arena, item));
    }
    (void)setrlimit(RLIMIT_FSIZE, &was);
    CHECK_ERR(e, ERR_UNAVAILABLE);
    CHECK_ERR(bench_insert(&b, "posts", "{_id: '" ID(2) "'}"), ERR_UNAVAILABLE);
    CHECK(str_contains(b.why.text, S("restart")));
    CHECK_INT(bench_count(&b, "posts", "{title: 'a'}"), 1); /* reading goes on */
    bench_close(&b);
}

CHECK_MAIN(TEST(a_refused_member_undoes_itself_only), TEST(entries_of_one_member_share_its_first_number),
           TEST(an_abandoned_group_leaves_nothing), TEST(numbers_go_on_when_the_journal_was_trimmed),
           TEST(a_writer_sees_what_it_wrote_and_readers_what_was_committed),
           TEST(nodes_of_equal_shape_do_not_share_a_cursor), TEST(branches_stop_at_the_number_of_items_allowed),
           TEST(a_query_that_takes_too_long_is_stopped), TEST(readers_wait_for_a_free_connection),
           TEST(a_connection_that_rests_gives_its_cache_up),
           TEST(many_readers_and_the_writer_at_once), TEST(statements_are_kept_and_the_oldest_go), TEST(a_full_disk_is_told_and_survived),
           TEST(after_storage_failed_nothing_is_written))
