/* A database that was brought from one model to another looks like one that was made from the other; what
 * cannot be done leaves everything as it was. */
#include "tests/differ/chance.h"
#include "tests/support/check.h"

#include "content/store/sqlite.h"

#define ITEMS 6
#define ROUNDS 120

static const char schema_sql[] =
    "SELECT 'table ' || m.name || ': ' || c.name || ' ' || c.type || ' ' || c.\"notnull\" || ' ' || c.pk"
    "  FROM sqlite_schema AS m, pragma_table_xinfo(m.name) AS c WHERE m.type = 'table'"
    " UNION ALL SELECT 'reference ' || m.name || '.' || f.\"from\" || ' ' || f.\"table\" || '.' || f.\"to\" || ' ' || f.on_delete"
    "  FROM sqlite_schema AS m, pragma_foreign_key_list(m.name) AS f WHERE m.type = 'table'"
    " UNION ALL SELECT 'index ' || m.name || ' on ' || m.tbl_name || ': ' || coalesce(x.name, '-') || ' ' || x.\"desc\" || ' ' || x.\"key\""
    "  || ' ' || coalesce(instr(m.sql, 'UNIQUE'), 0)"
    "  FROM sqlite_schema AS m, pragma_index_xinfo(m.name) AS x WHERE m.type = 'index'"
    " ORDER BY 1";

static str schema_of(struct engine_bench *b)
{
    struct buf out;
    sqlite3_stmt *stmt = NULL;
    buf_init(&out, b->arena, 1u << 20);
    CHECK_INT(sqlite3_prepare_v2(b->engine->writer->db, schema_sql, -1, &stmt, NULL), SQLITE_OK);
    while (sqlite3_step(stmt) == SQLITE_ROW)
        buf_format(&out, "%s\n", (const char *)sqlite3_column_text(stmt, 0));
    (void)sqlite3_finalize(stmt);
    return buf_str(&out);
}

static void say_difference(str is, str wanted)
{
    str line, rest = is;
    bool ended = false;
    while (str_next(&rest, &ended, '\n', &line))
        if (!str_contains(wanted, line))
            CHECK_SAY("too much: " STR_FMT, STR_ARG(line));
    ended = false;
    rest = wanted;
    while (str_next(&rest, &ended, '\n', &line))
        if (!str_contains(is, line))
            CHECK_SAY("missing: " STR_FMT, STR_ARG(line));
}

static int64_t dangling(struct engine_bench *b)
{
    int64_t n = -1;
    CHECK_ERR(connection_number(b->engine->writer, "SELECT count(*) FROM pragma_foreign_key_check", &n, &b->why), ERR_OK);
    return n;
}

/* ERR_OK, or why it was refused. */
static enum err reshape(struct engine_bench *b, const struct model *after)
{
    struct step *steps = NULL;
    size_t count = 0;
    struct txn *t = NULL;
    b->why = (struct problem){.arena = b->arena};
    TRY(model_diff(b->arena, b->model, after, &steps, &count, &b->why));
    CHECK_ERR(b->ops->begin(b->engine, TXN_WRITE, &t, &b->why), ERR_OK);
    enum err e = b->ops->reshape(t, steps, count, &b->why);
    struct indexing indexed;
    if (e == ERR_OK)
        e = b->ops->index(t, after, LIMIT_SEARCH_BUILD_ROWS, &indexed, &b->why);
    if (e == ERR_OK)
        return b->ops->commit(t, &b->why);
    b->ops->abandon(t);
    return e;
}

static void move_once(struct chance *c, const char *before, const char *after, size_t *done)
{
    struct engine_bench moved, fresh;
    bench_open(&moved, before);
    bench_open(&fresh, after);
    chance_fill(c, &moved, ITEMS);
    str was = schema_of(&moved), rows = bench_list(&moved, "c0", NULL, "_id", "_id");
    enum err e = reshape(&moved, bench_model(moved.arena, after));
    if (e != ERR_OK && e != ERR_INVALID && e != ERR_CONFLICT)
        CHECK_SAY("%s: " STR_FMT, err_facts(e)->name, STR_ARG(moved.why.text));
    str is = schema_of(&moved), wanted = e == ERR_OK ? schema_of(&fresh) : was;
    if (!str_equal(is, wanted))
        say_difference(is, wanted);
    CHECK_INT(dangling(&moved), 0);
    if (e == ERR_OK) {
        moved.model = bench_model(moved.arena, after);
        CHECK_STR(bench_list(&moved, "c0", NULL, "_id", "_id"), rows);
        *done += 1;
    }
    bench_close(&moved);
    bench_close(&fresh);
}

static void a_moved_database_looks_like_a_fresh_one(void **state)
{
    uint64_t seed = chance_number_of("VITRINE_SEED", 1), rounds = chance_number_of("VITRINE_ROUNDS", ROUNDS);
    size_t done = 0;
    (void)state;
    for (uint64_t round = seed; round < seed + rounds && check_failures < 10; round++) {
        struct chance c;
        struct arena *a = arena_open(4096);
        CHECK_AT(round);
        chance_seed(&c, round);
        const char *before = chance_definitions(&c, a), *after = chance_definitions(&c, a);
        move_once(&c, before, after, &done);
        if (check_failures)
            fprintf(stderr, "%s\n%s\n", before, after);
        arena_close(a);
    }
    CHECK(done > rounds / 10); /* not only refusals */
}

CHECK_MAIN(TEST(a_moved_database_looks_like_a_fresh_one))
