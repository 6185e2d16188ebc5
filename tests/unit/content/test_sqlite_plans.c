/* How SQLite goes about our statements: hot ones are served by an index, in order, without sorting. */
#include "tests/support/check.h"
#include "tests/support/engine_bench.h"

#include "base/limits.h"
#include "content/store/sqlite.h"

static const char shop[] =
    "[{name: 'goods', fields: [{name: 'name', kind: 'text', required: true, unique: true},"
    "  {name: 'price', kind: 'number', indexed: true}, {name: 'weight', kind: 'number', required: true, indexed: true},"
    "  {name: 'slug', kind: 'slug', unique: true}, {name: 'made', kind: 'datetime'}, {name: 'kind', kind: 'text'},"
    "  {name: 'maker', kind: 'ref', to: 'makers'}, {name: 'parts', kind: 'ref', to: 'goods', many: true}],"
    "  indexes: [['kind', '-made']]},"
    " {name: 'makers', fields: [{name: 'name', kind: 'text', unique: true}, {name: 'town', kind: 'text'}]},"
    " {name: 'shelves', shape: 'tree', fields: [{name: 'name', kind: 'text'}]}]";

static str plan_of_sql(struct engine_bench *b, str sql)
{
    sqlite3 *db = b->engine->writer->db;
    sqlite3_stmt *stmt = NULL;
    struct buf out;
    str text = arena_format(b->arena, "EXPLAIN QUERY PLAN " STR_FMT, STR_ARG(sql));
    buf_init(&out, b->arena, 1u << 16);
    if (sqlite3_prepare_v2(db, text.at, (int)text.len, &stmt, NULL) != SQLITE_OK)
        CHECK_SAY("%s\n    " STR_FMT, sqlite3_errmsg(db), STR_ARG(sql));
    while (stmt && sqlite3_step(stmt) == SQLITE_ROW)
        buf_format(&out, "%s; ", (const char *)sqlite3_column_text(stmt, 3));
    (void)sqlite3_finalize(stmt);
    return buf_str(&out);
}

static str plan_of_node(struct engine_bench *b, const struct plan *p, const struct plan_node *n)
{
    struct emit e;
    struct buf sql;
    buf_init(&sql, b->arena, LIMIT_SQL_BYTES);
    emit_init(&e, &dialect_sqlite, b->arena, &sql);
    CHECK_ERR(emit_read(&e, p, n, &b->why), ERR_OK);
    return plan_of_sql(b, buf_str(&sql));
}

#define NOTHING {.type = CELL_NULL}
#define FIVE {.type = CELL_INT, .integer = 5}

/* `plan`: what must stand in it. */
static const struct {
    const char *collection, *filter, *sort;
    size_t after_count;
    struct cell after[4];
    const char *plan;
    bool may_sort;
} rows[] = {
    {"goods", "{_id: 'aaaaaaaaaaaaaaaaaaaaaaa1'}", NULL, 0, {{0}}, "SEARCH t0 USING INDEX sqlite_autoindex_c_goods_1 (_id=?)", false},
    {"goods", "{_id: {$in: ['a', 'b', 'c', 'd', 'e', 'f']}}", NULL, 0, {{0}}, "SEARCH t0 USING INDEX sqlite_autoindex_c_goods_1 (_id=?)", true},
    {"goods", "{slug: 'x'}", NULL, 0, {{0}}, "SEARCH t0 USING INDEX c_goods/slug! (slug=?)", false},
    {"goods", NULL, "price", 0, {{0}}, "SCAN t0 USING INDEX c_goods/price", false},
    {"goods", NULL, "-price", 0, {{0}}, "SCAN t0 USING INDEX c_goods/price", false},
    {"goods", "{price: {$gt: 5}}", "price", 0, {{0}}, "SEARCH t0 USING INDEX c_goods/price (price>?)", false},
    {"goods", "{price: 5}", NULL, 0, {{0}}, "SEARCH t0 USING INDEX c_goods/price (price=?)", false},
    {"goods", "{price: {$in: [1, 2]}}", NULL, 0, {{0}}, "SEARCH t0 USING INDEX c_goods/price (price=?)", true},
    {"goods", "{kind: 'a'}", "-made", 0, {{0}}, "SEARCH t0 USING INDEX c_goods/kind,-made (kind=?)", false},
    {"goods", NULL, "kind,-made", 0, {{0}}, "SCAN t0 USING INDEX c_goods/kind,-made", false},
    {"goods", NULL, "-kind,made", 0, {{0}}, "SCAN t0 USING INDEX c_goods/kind,-made", false},
    {"goods", "{name: {$startsWith: 'ab'}}", "name", 0, {{0}}, "(name>? AND name<?)", false},
    {"goods", "{maker: 'aaaaaaaaaaaaaaaaaaaaaaa1'}", NULL, 0, {{0}}, "SEARCH t0 USING INDEX c_goods/maker (maker=?)", false},
    {"goods", "{'maker.name': 'x'}", NULL, 0, {{0}}, "SEARCH t0 USING INDEX c_goods/maker (maker=?)", true},
    {"goods", "{parts: 'aaaaaaaaaaaaaaaaaaaaaaa1'}", NULL, 0, {{0}}, "SEARCH l1 USING COVERING INDEX goods.parts/target (target=?)", true},
    {"goods", "{'parts.name': 'x'}", NULL, 0, {{0}}, "SEARCH l1 USING COVERING INDEX goods.parts/target (target=?)", true},
    {"shelves", "{_pid: 'aaaaaaaaaaaaaaaaaaaaaaa1'}", NULL, 0, {{0}}, "SEARCH t0 USING INDEX c_shelves/_pid,_o (_pid=?)", false},
    {"goods", NULL, NULL, 1, {FIVE}, "SEARCH t0 USING INTEGER PRIMARY KEY (rowid>?)", false},
    {"goods", NULL, "weight", 2, {FIVE, FIVE}, "SEARCH t0 USING INDEX c_goods/weight (weight>?)", false},
    {"goods", NULL, "-weight", 2, {FIVE, FIVE}, "SEARCH t0 USING INDEX c_goods/weight (weight<?)", false},
    {"goods", NULL, "price", 2, {FIVE, FIVE}, "SEARCH t0 USING INDEX c_goods/price (price>?)", false},
    {"goods", NULL, "price", 2, {NOTHING, FIVE}, "SEARCH t0 USING INDEX c_goods/price (price=? AND rowid>?)", false},
    {"goods", NULL, "-price", 2, {FIVE, FIVE}, "SEARCH t0 USING INDEX c_goods/price (price=? AND rowid<?)", false},
    {"goods", NULL, "-price", 2, {NOTHING, FIVE}, "SEARCH t0 USING INDEX c_goods/price (price=? AND rowid<?)", false},
};

static void hot_queries_are_served_by_an_index(void **state)
{
    struct engine_bench b;
    (void)state;
    bench_open(&b, shop);
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        struct plan *p = bench_plan(&b, bench_query(&b, rows[i].collection, rows[i].filter, rows[i].sort, NULL));
        struct plan_node *root = (struct plan_node *)(uintptr_t)p->root;
        root->after_count = rows[i].after_count;
        memcpy(root->after, rows[i].after, sizeof rows[i].after);
        str plan = plan_of_node(&b, p, root);
        bool sorts = str_contains(plan, S("TEMP B-TREE")), scans = str_contains(plan, S("SCAN t0;"));
        if (!str_contains(plan, str_of(rows[i].plan)) || (sorts && !rows[i].may_sort) || scans)
            CHECK_SAY("plan " STR_FMT "\n    wanted %s", STR_ARG(plan), rows[i].plan);
    }
    bench_close(&b);
}

static void a_plain_listing_walks_the_table_in_its_own_order(void **state)
{
    struct engine_bench b;
    (void)state;
    bench_open(&b, shop);
    struct plan *p = bench_plan(&b, bench_query(&b, "goods", NULL, NULL, NULL));
    CHECK_STR(plan_of_node(&b, p, p->root), S("SCAN t0; "));
    bench_close(&b);
}

static void branches_are_looked_up(void **state)
{
    struct engine_bench b;
    (void)state;
    bench_open(&b, shop);
    struct plan *p = bench_plan(&b, bench_query(&b, "goods", NULL, NULL, "maker.name,parts.name"));
    CHECK_INT(p->root->branch_count, 2);
    CHECK_STR(plan_of_node(&b, p, p->root->branches[0]), S("SEARCH t0 USING INDEX sqlite_autoindex_c_makers_1 (_id=?); "));
    CHECK_STR(plan_of_node(&b, p, p->root->branches[1]),
              S("SEARCH l0 USING PRIMARY KEY (source=?); SEARCH t0 USING INDEX sqlite_autoindex_c_goods_1 (_id=?); "));
    bench_close(&b);
}

/* Where a collection has some; all others are read by the statements above. */
static void pending_versions_are_looked_up(void **state)
{
    struct engine_bench b;
    (void)state;
    bench_open(&b, shop);
    bool *drafted = NEW_N(b.arena, bool, b.model->collection_count);
    struct plan *p = bench_plan(&b, bench_query(&b, "goods", "{_id: 'aaaaaaaaaaaaaaaaaaaaaaa1'}", NULL, "name,maker.name,parts.name"));
    p->drafted = drafted;
    drafted[bench_collection(&b, "makers")->index] = true;
    CHECK_STR(plan_of_node(&b, p, p->root), S("SEARCH t0 USING INDEX sqlite_autoindex_c_goods_1 (_id=?); "));
    CHECK_STR(plan_of_node(&b, p, p->root->branches[0]),
              S("SEARCH b USING INDEX sqlite_autoindex_c_makers_1 (_id=?); SEARCH d USING INDEX "
                "sqlite_autoindex_vitrine_drafts_1 (collection=? AND item=?) LEFT-JOIN; "));
    drafted[bench_collection(&b, "goods")->index] = true;
    str links = plan_of_node(&b, p, p->root->branches[1]);
    CHECK(str_contains(links, S("SEARCH b USING PRIMARY KEY (source=?); ")));
    CHECK(!str_contains(links, S("SCAN b")) && !str_contains(links, S("SCAN d")));
    bench_close(&b);
}

/* A typing error in a .sql file is found here, and so is one that would read a whole table. */
static void every_fixed_statement_is_prepared_and_searches(void **state)
{
    static const enum fixed may_scan[] = {FIXED_consumer_all,   FIXED_shape_all,       FIXED_journal_last, FIXED_journal_tail,
                                          FIXED_check_database, FIXED_check_references, FIXED_draft_collections};
    struct engine_bench b;
    (void)state;
    bench_open(&b, shop);
    for (size_t i = 0; i < FIXED_COUNT; i++) {
        CHECK_AT(i);
        str plan = plan_of_sql(&b, b.engine->fixed[i]);
        bool may = false;
        for (size_t k = 0; k < COUNTOF(may_scan); k++)
            may = may || may_scan[k] == i;
        if (str_contains(plan, S("SCAN")) && !may)
            CHECK_SAY(STR_FMT "\n    " STR_FMT, STR_ARG(b.engine->fixed[i]), STR_ARG(plan));
    }
    bench_close(&b);
}

/* The deepest and the widest filter that the reader lets through. */
static void the_largest_filters_can_be_prepared(void **state)
{
    struct engine_bench b;
    struct buf wide, deep;
    (void)state;
    bench_open(&b, shop);
    buf_init(&wide, b.arena, 1u << 16);
    buf_init(&deep, b.arena, 1u << 16);
    buf_format(&wide, "{$or: [");
    for (unsigned i = 0; i < LIMIT_FILTER_NODES - 1; i++)
        buf_format(&wide, "%s{price: %u}", i ? ", " : "", i);
    buf_format(&wide, "]}");
    for (unsigned i = 0; i < LIMIT_FILTER_DEPTH - 1; i++)
        buf_format(&deep, "{%s: [{price: %u}, {'parts.maker.name': {$ne: 'x'}}, {price: %u}, {price: 1}, {price: 2}, ",
                   i % 2 ? "$or" : "$and", i, i);
    buf_format(&deep, "{price: 1}");
    for (unsigned i = 0; i < LIMIT_FILTER_DEPTH - 1; i++)
        buf_format(&deep, "]}");
    CHECK_INT(bench_count(&b, "goods", arena_cstr(b.arena, buf_str(&wide))), 0);
    CHECK_INT(bench_count(&b, "goods", arena_cstr(b.arena, buf_str(&deep))), 0);
    bench_close(&b);
}

CHECK_MAIN(TEST(hot_queries_are_served_by_an_index), TEST(a_plain_listing_walks_the_table_in_its_own_order),
           TEST(branches_are_looked_up), TEST(pending_versions_are_looked_up), TEST(every_fixed_statement_is_prepared_and_searches),
           TEST(the_largest_filters_can_be_prepared))
