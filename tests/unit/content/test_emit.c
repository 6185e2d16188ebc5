/* What is sent to the database, to be read by people: tests/snap/sql/. */
#include "tests/support/blog_model.h"
#include "tests/support/check.h"
#include "tests/support/engine_bench.h"
#include "tests/support/snapshot.h"

#include "base/limits.h"
#include "content/kind.h"
#include "content/languages/languages.h"
#include "content/store/emit.h"

static const char shop[] =
    "[{name: 'goods', fields: [{name: 'name', kind: 'text', required: true, unique: true},"
    "  {name: 'price', kind: 'number', indexed: true}, {name: 'weight', kind: 'number', required: true, indexed: true},"
    "  {name: 'maker', kind: 'ref', to: 'makers'}, {name: 'parts', kind: 'ref', to: 'goods', many: true},"
    "  {name: 'tags', kind: 'tags'}, {name: 'made', kind: 'datetime'}]},"
    " {name: 'makers', fields: [{name: 'name', kind: 'text', unique: true}, {name: 'town', kind: 'text'}]},"
    " {name: 'shelves', shape: 'tree', fields: [{name: 'name', kind: 'text'}]}]";

/* A bench without an engine: the model is enough. */
static void open_paper(struct engine_bench *b, const char *definitions)
{
    struct arena *a = arena_open(1u << 16);
    *b = (struct engine_bench){.arena = a, .why = {.arena = a}};
    b->model = definitions ? bench_model(a, definitions) : blog_model(a);
    b->vars = (struct vars){.user = STR("aaaaaaaaaaaaaaaaaaaaaaa1"), .now_ms = INT64_C(1795255200000)};
}

static void write_cell(struct buf *out, const struct cell *c)
{
    switch (c->type) {
    case CELL_NULL:
        buf_add(out, S("null"));
        break;
    case CELL_INT:
        buf_i64(out, c->integer);
        break;
    case CELL_REAL:
        buf_double(out, c->real);
        break;
    case CELL_TEXT:
    case CELL_BLOB:
        buf_json_text(out, c->text);
        break;
    }
}

static void write_bindings(struct buf *out, const struct emit *e)
{
    for (size_t i = 0; i < e->count; i++) {
        buf_add(out, i ? S(", ") : S("  -- "));
        if (e->bindings[i].kind == BIND_CELL)
            write_cell(out, &e->bindings[i].cell);
        else
            buf_add(out, e->bindings[i].kind == BIND_PARENT ? S("<parent>") : S("<match>"));
    }
    buf_add(out, e->count ? S("\n\n") : S("\n"));
}

static void write_node(struct engine_bench *b, struct buf *out, const struct plan *p, const struct plan_node *n)
{
    struct emit e;
    struct buf sql;
    buf_init(&sql, b->arena, LIMIT_SQL_BYTES);
    emit_init(&e, &dialect_sqlite, b->arena, &sql);
    CHECK_PROBLEM(emit_read(&e, p, n, &b->why), ERR_OK, &b->why);
    buf_format(out, STR_FMT "\n", STR_ARG(buf_str(&sql)));
    write_bindings(out, &e);
    for (size_t i = 0; i < n->branch_count; i++)
        write_node(b, out, p, n->branches[i]);
}

struct row_of_filters {
    const char *collection, *filter;
};

static const struct row_of_filters filters[] = {
    {"posts", "{}"},
    {"posts", "{title: 'a'}"},
    {"posts", "{title: null}"},
    {"posts", "{title: {$ne: 'a'}}"},
    {"posts", "{title: {$ne: null}}"},
    {"posts", "{title: {$exists: false}}"},
    {"posts", "{views: {$gt: 10, $lte: 20.5}}"},
    {"posts", "{views: {$between: [1, 2]}}"},
    {"posts", "{views: {$mod: [2, 1]}}"},
    {"posts", "{_rev: {$mod: [2, 1]}}"},
    {"posts", "{title: {$in: ['a', 'b']}}"},
    {"posts", "{title: {$in: ['a', 'b', 'c', 'd', 'e']}}"},
    {"posts", "{title: {$nin: ['a', 'b', 'c', 'd', 'e']}}"},
    {"posts", "{views: {$in: [1, 2, 3, 4, 5.5]}}"},
    {"posts", "{live: true}"},
    {"posts", "{published: {$gte: '2026-01-01T00:00:00Z'}}"},
    {"posts", "{published: {$lte: '$now'}}"},
    {"posts", "{title: {$startsWith: 'ab'}}"},
    {"posts", "{title: {$endsWith: 'ab'}}"},
    {"posts", "{title: {$contains: 'ab'}}"},
    {"posts", "{title: {$regex: '^a'}}"},
    {"posts", "{title: {$text: 'Über uns'}}"},
    {"posts", "{tags: 'a'}"},
    {"posts", "{tags: {$ne: 'a'}}"},
    {"posts", "{tags: {$all: ['a', 'b']}}"},
    {"posts", "{scores: {$gt: 1}}"},
    {"posts", "{'seo.title': 'a'}"},
    {"posts", "{rows: {$elemMatch: {name: 'a', price: {$gt: 1}}}}"},
    {"posts", "{author: 'aaaaaaaaaaaaaaaaaaaaaaa1'}"},
    {"posts", "{'author.name': 'Ada'}"},
    {"posts", "{'author._id': 'aaaaaaaaaaaaaaaaaaaaaaa1'}"},
    {"posts", "{'author.publisher.country': {$ne: 'UK'}}"},
    {"posts", "{$nor: [{'author.name': 'Ada'}]}"},
    {"posts", "{coauthors: 'aaaaaaaaaaaaaaaaaaaaaaa1'}"},
    {"posts", "{coauthors: {$ne: 'aaaaaaaaaaaaaaaaaaaaaaa1'}}"},
    {"posts", "{coauthors: null}"},
    {"posts", "{coauthors: {$size: 2}}"},
    {"posts", "{coauthors: {$all: ['aaaaaaaaaaaaaaaaaaaaaaa1', 'aaaaaaaaaaaaaaaaaaaaaaa2']}}"},
    {"posts", "{'coauthors.salary': {$gt: 100}}"},
    {"posts", "{_cby: '$user'}"},
    {"posts", "{_cby: {$ne: '$user'}}"},
    {"posts", "{title: '$role'}"},
    {"posts", "{$or: [{title: 'a'}, {views: 1, live: true}]}"},
    {"posts", "{$and: [{$or: [{title: 'a'}, {title: 'b'}]}, {$or: [{views: 1}, {views: 2}]}]}"},
    {"posts", "{$nor: [{title: 'a'}, {title: 'b'}]}"},
    {"posts", "{views: {$not: {$gt: 1}}}"},
    {"posts", "{$or: [{views: 1}, {views: 2}, {views: 3}, {views: 4}, {views: 5}, {views: 6}, {views: 7}, {views: 8}, {views: 9}]}"},
    {"categories", "{_pid: 'aaaaaaaaaaaaaaaaaaaaaaa1'}"},
    {"categories", "{'_pid.title': 'a'}"},
};

static void filters_are_conditions(void **state)
{
    struct engine_bench b;
    struct buf out;
    (void)state;
    open_paper(&b, NULL);
    buf_init(&out, b.arena, 1u << 20);
    for (size_t i = 0; i < COUNTOF(filters); i++) {
        CHECK_AT(i);
        struct query *q = bench_query(&b, filters[i].collection, filters[i].filter, NULL, NULL);
        struct plan *p = bench_plan(&b, q);
        struct plan_node *root = (struct plan_node *)(uintptr_t)p->root;
        root->count_only = true;
        buf_format(&out, "-- %s %s\n", filters[i].collection, filters[i].filter);
        write_node(&b, &out, p, root);
    }
    CHECK(snapshot_is("sql/filters.sql", buf_str(&out)));
    arena_close(b.arena);
}

struct row_of_queries {
    const char *collection, *sort, *fields;
    size_t after_count;
    struct cell after[4];
};

#define TEXT(s) {.type = CELL_TEXT, .text = STR(s)}
#define INT(n) {.type = CELL_INT, .integer = (n)}
#define NOTHING {.type = CELL_NULL}

static const struct row_of_queries queries[] = {
    {"goods", NULL, "name,price", 0, {{0}}},
    {"goods", "price", "name", 0, {{0}}},
    {"goods", "-price,name", "name", 0, {{0}}},
    {"shelves", NULL, "name", 0, {{0}}},
    {"goods", NULL, "name,maker.name,parts.name", 0, {{0}}},
    {"goods", NULL, "name,parts", 0, {{0}}},
    {"goods", NULL, "name,parts.maker.name", 0, {{0}}},
    {"goods", NULL, "name", 1, {INT(7)}},
    {"goods", "weight", "name", 2, {INT(5), INT(7)}},
    {"goods", "-weight", "name", 2, {INT(5), INT(7)}},
    {"goods", "price", "name", 2, {INT(5), INT(7)}},
    {"goods", "price", "name", 2, {NOTHING, INT(7)}},
    {"goods", "-price", "name", 2, {INT(5), INT(7)}},
    {"goods", "-price", "name", 2, {NOTHING, INT(7)}},
    {"goods", "-made", "name", 2, {INT(5), INT(7)}},
    {"goods", "price,-name", "name", 3, {INT(5), TEXT("a"), INT(7)}},
    {"shelves", NULL, "name", 2, {INT(5), INT(7)}},
};

static void queries_are_statements(void **state)
{
    struct engine_bench b;
    struct buf out;
    (void)state;
    open_paper(&b, shop);
    buf_init(&out, b.arena, 1u << 20);
    for (size_t i = 0; i < COUNTOF(queries); i++) {
        const struct row_of_queries *row = &queries[i];
        CHECK_AT(i);
        struct plan *p = bench_plan(&b, bench_query(&b, row->collection, NULL, row->sort, row->fields));
        struct plan_node *root = (struct plan_node *)(uintptr_t)p->root;
        root->after_count = row->after_count;
        memcpy(root->after, row->after, sizeof row->after);
        buf_format(&out, "-- %s sort %s fields %s%s\n", row->collection, row->sort ? row->sort : "-", row->fields,
                   row->after_count ? ", behind a cursor" : "");
        write_node(&b, &out, p, root);
    }
    CHECK(snapshot_is("sql/queries.sql", buf_str(&out)));
    arena_close(b.arena);
}

/* What the makers' condition is for a reader of goods. */
static struct rights *rights_of(struct engine_bench *b, const char *makers, bool granted)
{
    struct rights *r = NEW(b->arena, struct rights);
    struct access *table = NEW_N(b->arena, struct access, b->model->collection_count * VERB_COUNT);
    for (size_t i = 0; i < b->model->collection_count; i++) {
        const struct collection *c = b->model->collections[i];
        bool is_makers = str_equal(c->name, S("makers"));
        table[i * VERB_COUNT + VERB_READ] = (struct access){
            .in = c, .granted = !is_makers || granted, .fields = c->all_fields,
            .where = is_makers ? granted ? bench_filter(b, "makers", makers) : &filter_none : &filter_all};
    }
    *r = (struct rights){.model = b->model, .table = table};
    return r;
}

static void hops_see_what_the_reader_may_see(void **state)
{
    static const struct {
        const char *filter, *makers;
        bool granted;
    } rows[] = {
        {"{'maker.name': 'x'}", "{}", true},
        {"{'maker.name': 'x'}", "{town: 'Graz'}", true},
        {"{'maker.town': {$ne: 'x'}}", "{$or: [{town: 'Graz'}, {town: 'Wien'}]}", true},
        {"{'maker.name': 'x'}", "{}", false},
        {"{'parts.maker.name': 'x'}", "{town: 'Graz'}", true},
    };
    struct engine_bench b;
    struct buf out;
    (void)state;
    open_paper(&b, shop);
    buf_init(&out, b.arena, 1u << 20);
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        struct plan *p = bench_plan(&b, bench_query(&b, "goods", rows[i].filter, NULL, NULL));
        struct plan_node *root = (struct plan_node *)(uintptr_t)p->root;
        p->side = PLAN_PRINCIPAL;
        p->rights = rights_of(&b, rows[i].makers, rows[i].granted);
        root->count_only = true;
        root->reach = bench_filter(&b, "goods", "{'maker.town': 'Linz'}");
        buf_format(&out, "-- asked %s, makers %s\n", rows[i].filter, rows[i].granted ? rows[i].makers : "hidden");
        write_node(&b, &out, p, root);
    }
    CHECK(snapshot_is("sql/rights.sql", buf_str(&out)));
    arena_close(b.arena);
}

/* Relations that nobody declared, references to several collections. Reviews that are not live are hidden. */
static const char street[] =
    "[{name: 'shops', fields: [{name: 'name', kind: 'text'}]}, {name: 'bars', fields: [{name: 'name', kind: 'text', unique: true}]},"
    " {name: 'reviews', fields: [{name: 'text', kind: 'text'}, {name: 'live', kind: 'boolean'}, {name: 'stars', kind: 'number'},"
    "  {name: 'shop', kind: 'ref', to: 'shops'}, {name: 'about', kind: 'ref', to: ['shops', 'bars']},"
    "  {name: 'near', kind: 'ref', to: ['shops', 'bars'], many: true}, {name: 'with', kind: 'ref', to: 'shops', many: true}]}]";

static const struct {
    const char *collection, *filter, *sort, *populate;
    struct cell after;
} related[] = {
    {"shops", "{'reviews_via_shop.text': 'x'}", NULL, NULL, {0}},
    {"shops", "{reviews_via_shop: {$exists: true}}", NULL, NULL, {0}},
    {"shops", "{reviews_via_shop: {$size: 2}}", NULL, NULL, {0}},
    {"shops", "{reviews_via_with: {$every: {stars: 5}}}", NULL, NULL, {0}},
    {"shops", "{reviews_via_about: {$some: {stars: 5, text: 'x'}}}", NULL, NULL, {0}},
    {"shops", "{reviews_via_near: {$none: {stars: 5}}}", NULL, NULL, {0}},
    {"reviews", "{'about._model': 'bars'}", NULL, NULL, {0}},
    {"reviews", "{about: 'aaaaaaaaaaaaaaaaaaaaaaa1'}", NULL, NULL, {0}},
    {"reviews", "{'about:bars.name': 'x'}", NULL, NULL, {0}},
    {"reviews", "{'near:bars.name': {$ne: 'x'}}", NULL, NULL, {0}},
    {"reviews", NULL, "-shop.name", NULL, TEXT("x")},
    {"reviews", NULL, "about:bars.name", NULL, NOTHING},
    {"shops", NULL, "-reviews_via_shop", NULL, INT(3)},
    {"shops", NULL, NULL, "{reviews_via_shop: {fields: 'text', sort: '-stars', limit: 3, skip: 6, filter: {stars: {$gt: 2}}}}", {0}},
    {"shops", NULL, NULL, "{reviews_via_with: {fields: 'text'}, reviews_via_about: {fields: 'text'}, reviews_via_near: {fields: 'text'}}", {0}},
    {"reviews", NULL, NULL, "{'about:shops': 'name', 'about:bars': 'name', 'near:bars': 'name'}", {0}},
};

static const struct rights *rights_of_street(struct engine_bench *b)
{
    struct rights *r = NEW(b->arena, struct rights);
    struct access *table = NEW_N(b->arena, struct access, b->model->collection_count * VERB_COUNT);
    for (size_t i = 0; i < b->model->collection_count; i++) {
        const struct collection *c = b->model->collections[i];
        bool is_reviews = str_equal(c->name, S("reviews"));
        table[i * VERB_COUNT + VERB_READ] = (struct access){
            .in = c, .granted = true, .fields = c->all_fields,
            .where = is_reviews ? bench_filter(b, "reviews", "{live: true}") : &filter_all};
    }
    *r = (struct rights){.model = b->model, .table = table};
    return r;
}

static void relations_are_statements(void **state)
{
    struct engine_bench b;
    struct buf out;
    (void)state;
    open_paper(&b, street);
    buf_init(&out, b.arena, 1u << 20);
    for (size_t i = 0; i < COUNTOF(related); i++) {
        struct query *q = bench_query(&b, related[i].collection, related[i].filter, NULL, NULL);
        struct populate_options options = {.where = STR("populate")};
        bool pages = related[i].sort != NULL;
        struct plan *p = NULL;
        CHECK_AT(i);
        if (pages)
            CHECK_PROBLEM(query_read_sort(b.arena, q, str_of(related[i].sort), S("sort"), &b.why), ERR_OK, &b.why);
        if (related[i].populate)
            CHECK_PROBLEM(query_read_populate(b.arena, b.model, q, bench_json(b.arena, related[i].populate), &options, &b.why),
                          ERR_OK, &b.why);
        CHECK_PROBLEM(plan_make(b.arena, rights_of_street(&b), VERB_READ, &b.vars, NULL, q, &p, &b.why), ERR_OK, &b.why);
        struct plan_node *root = (struct plan_node *)(uintptr_t)p->root;
        root->after_count = pages ? 2 : 0;
        root->after[0] = related[i].after;
        root->after[1] = CELL_OF_INT(7);
        root->count_only = !pages && !related[i].populate;
        buf_format(&out, "-- %s %s%s%s\n", related[i].collection, related[i].filter ? related[i].filter : "",
                   pages ? "behind a cursor, sort " : "", pages ? related[i].sort : related[i].populate ? related[i].populate : "");
        write_node(&b, &out, p, root);
    }
    CHECK(snapshot_is("sql/relations.sql", buf_str(&out)));
    arena_close(b.arena);
}

static void writes_are_statements(void **state)
{
    struct engine_bench b;
    struct buf out, sql;
    struct emit e;
    (void)state;
    open_paper(&b, shop);
    buf_init(&out, b.arena, 1u << 20);
    buf_init(&sql, b.arena, LIMIT_SQL_BYTES);
    const struct collection *c = bench_collection(&b, "goods");
    const struct field *fields[] = {&c->fields[META_ID], &c->fields[META_REV], collection_field(c, S("name")),
                                    collection_field(c, S("price"))};
    struct cell cells[] = {TEXT("ignored"), INT(1), TEXT("Bolt"), {.type = CELL_REAL, .real = 0.1}};
    for (int kind = WRITE_INSERT; kind <= WRITE_DELETE; kind++) {
        struct write w = {.kind = (enum write_kind)kind, .in = c, .id = STR("aaaaaaaaaaaaaaaaaaaaaaa1"), .fields = fields,
                          .cells = cells, .field_count = COUNTOF(fields)};
        buf_clear(&sql);
        emit_init(&e, &dialect_sqlite, b.arena, &sql);
        CHECK_ERR(emit_write(&e, &w, &b.why), ERR_OK);
        buf_format(&out, STR_FMT "\n", STR_ARG(buf_str(&sql)));
        write_bindings(&out, &e);
    }
    buf_clear(&sql);
    emit_init(&e, &dialect_sqlite, b.arena, &sql);
    emit_links_clear(&e, collection_field(c, S("parts")));
    buf_byte(&sql, '\n');
    emit_link_add(&e, collection_field(c, S("parts")));
    buf_format(&out, STR_FMT "\n", STR_ARG(buf_str(&sql)));
    CHECK(snapshot_is("sql/writes.sql", buf_str(&out)));
    arena_close(b.arena);
}

/* The statement's text may depend on a query's shape, not on its values. */
static str text_of(struct engine_bench *b, const char *filter)
{
    struct emit e;
    struct buf sql;
    struct plan *p = bench_plan(b, bench_query(b, "posts", filter, NULL, NULL));
    buf_init(&sql, b->arena, LIMIT_SQL_BYTES);
    emit_init(&e, &dialect_sqlite, b->arena, &sql);
    CHECK_ERR(emit_read(&e, p, p->root, &b->why), ERR_OK);
    return buf_str(&sql);
}

static void the_text_does_not_depend_on_values(void **state)
{
    static const struct {
        const char *one, *other;
    } rows[] = {
        {"{title: 'a'}", "{title: '\\' OR 1=1 --'}"},
        {"{title: {$in: ['a','b','c','d','e']}}", "{title: {$in: ['a','b','c','d','e','f','g','h','\\u0001']}}"},
        {"{coauthors: {$all: ['aaaaaaaaaaaaaaaaaaaaaaa1','aaaaaaaaaaaaaaaaaaaaaaa2','aaaaaaaaaaaaaaaaaaaaaaa3',"
         "'aaaaaaaaaaaaaaaaaaaaaaa4','aaaaaaaaaaaaaaaaaaaaaaa5']}}",
         "{coauthors: {$all: ['aaaaaaaaaaaaaaaaaaaaaaa1','aaaaaaaaaaaaaaaaaaaaaaa2','aaaaaaaaaaaaaaaaaaaaaaa3',"
         "'aaaaaaaaaaaaaaaaaaaaaaa4','aaaaaaaaaaaaaaaaaaaaaaa5','aaaaaaaaaaaaaaaaaaaaaaa6']}}"},
        {"{'seo.title': 'a'}", "{'rows.name': 'a'}"},
        {"{title: {$regex: 'a'}}", "{title: {$regex: 'b+'}}"},
    };
    struct engine_bench b;
    (void)state;
    open_paper(&b, NULL);
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        if (i != 3)
            CHECK_STR(text_of(&b, rows[i].one), text_of(&b, rows[i].other));
        else
            CHECK(!str_equal(text_of(&b, rows[i].one), text_of(&b, rows[i].other)));
    }
    arena_close(b.arena);
}

static void the_text_does_not_depend_on_who_asks(void **state)
{
    struct engine_bench b;
    static const str roles[] = {STR("a"), STR("b"), STR("c"), STR("d"), STR("e"), STR("f")};
    (void)state;
    open_paper(&b, NULL);
    for (size_t i = 0; i < COUNTOF(roles); i++) {
        b.vars = (struct vars){.role_count = 0};
        str nobody = text_of(&b, "{_cby: {$ne: '$user'}, title: '$role'}");
        b.vars = (struct vars){.user = STR("aaaaaaaaaaaaaaaaaaaaaaa1"), .roles = roles, .role_count = i + 1};
        CHECK_STR(text_of(&b, "{_cby: {$ne: '$user'}, title: '$role'}"), nobody);
    }
    arena_close(b.arena);
}

static const char guides[] =
    "[{name: 'guides', fields: [{name: 'title', kind: 'text', required: true, indexed: true, localized: true},"
    "  {name: 'pages', kind: 'number'}, {name: 'next', kind: 'ref', to: 'guides'}]}]";

static const struct {
    const char *locale, *fallback, *filter, *sort, *fields;
} lenses[] = {
    {NULL, NULL, "{title: 'a'}", "title", "title,pages"},
    {"en", NULL, "{title: 'a'}", "title", "title,pages"},
    {"de", NULL, "{title: 'a', pages: 1}", "-title", "title,pages"},
    {"de", "none", "{title: {$startsWith: 'a'}}", "title", "title"},
    {"de", "fr,en", "{'next.title': 'a'}", NULL, "title,next.title"},
    {"all", NULL, "{title: 'a'}", "title", "title,pages"},
};

static void a_lens_decides_what_a_column_is(void **state)
{
    struct engine_bench b;
    struct buf out;
    (void)state;
    open_paper(&b, guides);
    buf_init(&out, b.arena, 1u << 20);
    const struct json *locales = bench_json(b.arena, "[{code: 'en'}, {code: 'de'}, {code: 'fr'}]");
    const struct languages *languages = languages_read(b.arena, locales->items, locales->count);
    for (size_t i = 0; i < COUNTOF(lenses); i++) {
        struct lens_wish wish = {.locale = lenses[i].locale ? str_of(lenses[i].locale) : (str){0},
                                 .fallback = lenses[i].fallback ? str_of(lenses[i].fallback) : (str){0}};
        CHECK_AT(i);
        struct query *q = bench_query(&b, "guides", lenses[i].filter, lenses[i].sort, lenses[i].fields);
        CHECK_PROBLEM(lens_read(b.arena, languages, &wish, &q->lens, &b.why), ERR_OK, &b.why);
        struct plan *p = bench_plan(&b, q);
        buf_format(&out, "-- locale %s fallback %s filter %s sort %s fields %s\n", lenses[i].locale ? lenses[i].locale : "-",
                   lenses[i].fallback ? lenses[i].fallback : "-", lenses[i].filter, lenses[i].sort ? lenses[i].sort : "-",
                   lenses[i].fields);
        write_node(&b, &out, p, p->root);
    }
    CHECK(snapshot_is("sql/languages.sql", buf_str(&out)));
    arena_close(b.arena);
}

CHECK_MAIN(TEST(a_lens_decides_what_a_column_is), TEST(filters_are_conditions), TEST(queries_are_statements), TEST(hops_see_what_the_reader_may_see),
           TEST(relations_are_statements), TEST(writes_are_statements), TEST(the_text_does_not_depend_on_values),
           TEST(the_text_does_not_depend_on_who_asks))
