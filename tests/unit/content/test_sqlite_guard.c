/* The engine's own lock: what no caller above may get past, right or wrong. */
#include "tests/support/check.h"
#include "tests/support/engine_bench.h"

#include "content/store/sqlite.h"

#define ONE "aaaaaaaaaaaaaaaaaaaaaaa1"
#define TWO "aaaaaaaaaaaaaaaaaaaaaaa2"

static const char definitions[] =
    "[{name: 'posts', fields: [{name: 'title', kind: 'text'}, {name: 'tags', kind: 'ref', to: 'labels', many: true}]},"
    " {name: 'labels', fields: [{name: 'name', kind: 'text'}]}]";

static enum err put_without_note(struct engine_bench *b, const char *collection, const char *item)
{
    struct txn *t = NULL;
    b->why = (struct problem){.arena = b->arena};
    TRY(b->ops->begin(b->engine, TXN_WRITE, &t, &b->why));
    CHECK_PROBLEM(bench_put(b, t, WRITE_INSERT, collection, bench_json(b->arena, item)), ERR_OK, &b->why);
    return b->ops->commit(t, &b->why);
}

static void a_change_without_a_word_in_the_journal_is_refused(void **state)
{
    struct engine_bench b;
    (void)state;
    bench_open(&b, definitions);
    CHECK_ERR(put_without_note(&b, "posts", "{_id: '" ONE "'}"), ERR_INTERNAL);
    CHECK_INT(bench_count(&b, "posts", NULL), 0);
    CHECK_PROBLEM(bench_insert(&b, "posts", "{_id: '" ONE "'}"), ERR_OK, &b.why); /* the writer still works */
    bench_close(&b);
}

static void each_changed_row_must_be_spoken_for(void **state)
{
    struct engine_bench b;
    struct txn *t = NULL;
    (void)state;
    bench_open(&b, definitions);
    CHECK_PROBLEM(bench_insert(&b, "labels", "{_id: '" ONE "'}"), ERR_OK, &b.why);
    for (int wrong = 0; wrong < 3; wrong++) { /* another item, another collection, nothing wrong */
        CHECK_AT(wrong);
        CHECK_ERR(b.ops->begin(b.engine, TXN_WRITE, &t, &b.why), ERR_OK);
        CHECK_PROBLEM(bench_put(&b, t, WRITE_INSERT, "posts", bench_json(b.arena, "{_id: '" ONE "', tags: ['" ONE "']}")),
                      ERR_OK, &b.why);
        CHECK_ERR(bench_note(&b, t, wrong == 1 ? "labels" : "posts", wrong == 0 ? S(TWO) : S(ONE), "create"), ERR_OK);
        CHECK_ERR(b.ops->commit(t, &b.why), wrong == 2 ? ERR_OK : ERR_INTERNAL);
        CHECK_INT(bench_count(&b, "posts", NULL), wrong == 2);
    }
    bench_close(&b);
}

static void what_was_undone_needs_no_word(void **state)
{
    struct engine_bench b;
    struct txn *t = NULL, *nested = NULL;
    (void)state;
    bench_open(&b, definitions);
    CHECK_ERR(b.ops->begin(b.engine, TXN_WRITE, &t, &b.why), ERR_OK);
    CHECK_ERR(b.ops->begin(b.engine, TXN_NESTED, &nested, &b.why), ERR_OK);
    CHECK_ERR(bench_put(&b, nested, WRITE_INSERT, "posts", bench_json(b.arena, "{_id: '" ONE "'}")), ERR_OK);
    b.ops->abandon(nested);
    CHECK_ERR(b.ops->begin(b.engine, TXN_NESTED, &nested, &b.why), ERR_OK);
    CHECK_ERR(bench_put(&b, nested, WRITE_INSERT, "posts", bench_json(b.arena, "{_id: '" TWO "'}")), ERR_OK);
    CHECK_ERR(bench_note(&b, nested, "posts", S(TWO), "create"), ERR_OK);
    CHECK_ERR(b.ops->commit(nested, &b.why), ERR_OK);
    CHECK_PROBLEM(b.ops->commit(t, &b.why), ERR_OK, &b.why);
    CHECK_INT(bench_count(&b, "posts", NULL), 1);
    bench_close(&b);
}

static enum err nothing(struct row_sink *self, const struct row *row, struct problem *why)
{
    (void)self;
    (void)row;
    (void)why;
    return ERR_OK;
}

static enum err read_fixed(struct engine_bench *b, enum txn_kind kind, enum fixed f)
{
    static const struct cell key[] = {{.type = CELL_TEXT, .text = STR("a")},
                                      {.type = CELL_TEXT, .text = STR("a")},
                                      {.type = CELL_TEXT, .text = STR("a")}};
    struct row_sink sink = {nothing};
    struct txn *t = NULL;
    b->why = (struct problem){.arena = b->arena};
    CHECK_ERR(b->ops->begin(b->engine, kind, &t, &b->why), ERR_OK);
    enum err e = b->ops->read(t, NULL, &(struct fixed_call){f, key, f == FIXED_vault_get ? 3 : 1}, &sink, &b->why);
    b->ops->abandon(t);
    return e;
}

static void the_vault_is_read_by_its_own_connection_only(void **state)
{
    struct engine_bench b;
    struct txn *t = NULL;
    struct row_sink sink = {nothing};
    (void)state;
    bench_open(&b, definitions);
    CHECK_ERR(read_fixed(&b, TXN_READ, FIXED_vault_get), ERR_INTERNAL);
    CHECK_ERR(read_fixed(&b, TXN_READ, FIXED_vault_by_digest), ERR_INTERNAL);
    CHECK_ERR(read_fixed(&b, TXN_READ, FIXED_consumer_get), ERR_OK);
    CHECK_ERR(read_fixed(&b, TXN_VAULT, FIXED_vault_get), ERR_OK);
    CHECK_ERR(read_fixed(&b, TXN_VAULT, FIXED_vault_by_digest), ERR_OK);
    CHECK_ERR(read_fixed(&b, TXN_VAULT, FIXED_consumer_get), ERR_INTERNAL);
    CHECK_ERR(b.ops->begin(b.engine, TXN_VAULT, &t, &b.why), ERR_OK);
    CHECK_ERR(b.ops->read(t, bench_plan(&b, bench_query(&b, "posts", NULL, NULL, NULL)), NULL, &sink, &b.why), ERR_INTERNAL);
    b.ops->abandon(t);
    bench_close(&b);
}

static void readers_run_nothing_but_reading(void **state)
{
    static const char *const refused[] = {
        "INSERT INTO \"c_posts\" (\"_id\") VALUES ('x')",
        "UPDATE \"c_posts\" SET title = 'x'",
        "DELETE FROM \"c_posts\"",
        "CREATE TABLE x (a)",
        "CREATE TEMP TABLE x (a)",
        "DROP TABLE \"c_posts\"",
        "ALTER TABLE \"c_posts\" RENAME TO x",
        "PRAGMA user_version",
        "PRAGMA query_only = OFF",
        "SELECT * FROM pragma_table_info('c_posts')",
        "ATTACH 'x' AS x",
        "VACUUM",
        "REINDEX",
        "ANALYZE",
        "SAVEPOINT x",
        "SELECT * FROM vitrine_vault",
        "SELECT count(*) FROM vitrine_vault",
        "SELECT title FROM \"c_posts\" WHERE title IN (SELECT digest FROM vitrine_vault)",
        "SELECT sql FROM sqlite_schema",
        "SELECT load_extension('x')",
        "SELECT randomblob(10)",
        "SELECT writefile('x', 'y')",
    };
    struct engine_bench b;
    struct txn *t = NULL;
    (void)state;
    bench_open(&b, definitions);
    CHECK_ERR(b.ops->begin(b.engine, TXN_READ, &t, &b.why), ERR_OK);
    for (size_t i = 0; i < COUNTOF(refused); i++) {
        CHECK_AT(i);
        if (sqlite3_exec(t->on->db, refused[i], NULL, NULL, NULL) == SQLITE_OK)
            CHECK_SAY("was run: %s", refused[i]);
    }
    CHECK_INT(sqlite3_exec(t->on->db, "SELECT count(*) FROM \"c_posts\"", NULL, NULL, NULL), SQLITE_OK);
    b.ops->abandon(t);
    bench_close(&b);
}

/* A pointer cannot be made by SQL, and our functions do not believe numbers. */
static void functions_take_no_forged_pointers(void **state)
{
    static const char *const calls[] = {
        "SELECT vitrine_match('a', 1)",    "SELECT vitrine_regex('a', 'x')", "SELECT vitrine_text('a', NULL)",
        "SELECT vitrine_has(NULL, 'a')",   "SELECT vitrine_has('[\"a', 'a')", "SELECT vitrine_has('\"\\', 'a')",
        "SELECT vitrine_ends(1, 1)",
    };
    struct engine_bench b;
    (void)state;
    bench_open(&b, definitions);
    for (size_t i = 0; i < COUNTOF(calls); i++) {
        int64_t n = 1;
        CHECK_AT(i);
        CHECK_ERR(connection_number(b.engine->writer, calls[i], &n, &b.why), ERR_OK);
        CHECK_INT(n, 0);
    }
    bench_close(&b);
}

CHECK_MAIN(TEST(a_change_without_a_word_in_the_journal_is_refused), TEST(each_changed_row_must_be_spoken_for),
           TEST(what_was_undone_needs_no_word), TEST(the_vault_is_read_by_its_own_connection_only),
           TEST(readers_run_nothing_but_reading), TEST(functions_take_no_forged_pointers))
