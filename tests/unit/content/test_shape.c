/* Tables follow the model, and what stands in them goes along. */
#include "tests/support/check.h"
#include "tests/support/engine_bench.h"
#include "tests/support/snapshot.h"

#include "content/store/shape.h"
#include "content/store/sqlite.h"

#define ID(n) "aaaaaaaaaaaaaaaaaaaaaaa" #n

static const char library[] =
    "[{name: 'books', fields: [{name: 'title', kind: 'text', required: true, id: 1}, {name: 'pages', kind: 'number', id: 2},"
    "   {name: 'out', kind: 'boolean', id: 3}, {name: 'isbn', kind: 'text', unique: true, id: 4},"
    "   {name: 'author', kind: 'ref', to: 'people', id: 5}, {name: 'readers', kind: 'ref', to: 'people', many: true, id: 6},"
    "   {name: 'topics', kind: 'tags', id: 7}, {name: 'token', kind: 'secret', id: 8}],"
    "  unique: [['title', 'isbn']], indexes: [['out', '-pages']]},"
    " {name: 'people', fields: [{name: 'name', kind: 'text', indexed: true}, {name: 'boss', kind: 'ref', to: 'people'}]},"
    " {name: 'places', shape: 'tree', fields: [{name: 'name', kind: 'text'}]}]";

#define PEOPLE "{name: 'people', fields: [{name: 'name', kind: 'text', indexed: true}, {name: 'boss', kind: 'ref', to: 'people'}]}"
#define PLACES "{name: 'places', shape: 'tree', fields: [{name: 'name', kind: 'text'}]}"
#define TITLE "{name: 'title', kind: 'text', required: true, id: 1}"
#define PAGES "{name: 'pages', kind: 'number', id: 2}"
#define OUT "{name: 'out', kind: 'boolean', id: 3}"
#define ISBN "{name: 'isbn', kind: 'text', unique: true, id: 4}"
#define AUTHOR "{name: 'author', kind: 'ref', to: 'people', id: 5}"
#define READERS "{name: 'readers', kind: 'ref', to: 'people', many: true, id: 6}"
#define TOPICS "{name: 'topics', kind: 'tags', id: 7}"
#define RULES ", unique: [['title', 'isbn']], indexes: [['out', '-pages']]"
#define BOOKS(fields) "[{name: 'books', fields: [" fields "]" RULES "}, " PEOPLE ", " PLACES "]"

static void open_library(struct engine_bench *b)
{
    bench_open(b, library);
    CHECK_PROBLEM(bench_insert(b, "people", "{_id: '" ID(1) "', name: 'Ada'}"), ERR_OK, &b->why);
    CHECK_PROBLEM(bench_insert(b, "people", "{_id: '" ID(2) "', name: 'Bob', boss: '" ID(1) "'}"), ERR_OK, &b->why);
    CHECK_PROBLEM(bench_insert(b, "books", "{_id: '" ID(3) "', title: 'One', pages: 10, out: true, isbn: 'x', author: '" ID(1) "',"
                                           " readers: ['" ID(2) "', '" ID(1) "'], topics: ['a', 'b']}"), ERR_OK, &b->why);
    CHECK_PROBLEM(bench_insert(b, "books", "{_id: '" ID(4) "', title: 'Two', pages: 2.5, out: false, isbn: 'y'}"), ERR_OK, &b->why);
    CHECK_PROBLEM(bench_insert(b, "books", "{_id: '" ID(5) "', title: 'Three', author: '" ID(2) "'}"), ERR_OK, &b->why);
    CHECK_PROBLEM(bench_insert(b, "places", "{_id: '" ID(6) "', name: 'Top', _o: 0}"), ERR_OK, &b->why);
    CHECK_PROBLEM(bench_insert(b, "places", "{_id: '" ID(7) "', name: 'Sub', _o: 1, _pid: '" ID(6) "'}"), ERR_OK, &b->why);
}

static struct change_row {
    const char *name, *after;
} const changes[] = {
    {"a field more, one less, an index less",
     "[{name: 'books', fields: [" TITLE ", " OUT ", " ISBN ", " AUTHOR ", " READERS ", " TOPICS ", {name: 'shelf', kind: 'ref', to: 'places'},"
     " {name: 'seen', kind: 'datetime', indexed: true}]}, " PEOPLE ", " PLACES "]"},
    {"names change", "[{name: 'volumes', was: 'books', fields: [{name: 'heading', kind: 'text', required: true, id: 1}, " PAGES ", " OUT ", " ISBN ", " AUTHOR
                     ", {name: 'lenders', kind: 'ref', to: 'people', many: true, id: 6}, " TOPICS "], unique: [['heading', 'isbn']]}, " PEOPLE ", " PLACES "]"},
    {"kinds change", BOOKS(TITLE ", {name: 'pages', kind: 'text', id: 2}, " OUT ", " ISBN ", {name: 'author', kind: 'ref', to: 'people', many: true, id: 5},"
                           " {name: 'readers', kind: 'ref', to: 'people', id: 6}, {name: 'topics', kind: 'text', id: 7}")},
    {"a required field with a default", BOOKS(TITLE ", " PAGES ", {name: 'out', kind: 'boolean', required: true, 'default': true, id: 3}, " ISBN ", " AUTHOR ", " READERS
                                              ", " TOPICS ", {name: 'lang', kind: 'text', required: true, 'default': 'it\\'s'}")},
    {"two fields swap names", BOOKS("{name: 'isbn', kind: 'text', required: true, id: 1}, " PAGES ", " OUT ", {name: 'title', kind: 'text', unique: true, id: 4}, " AUTHOR
                                    ", " READERS ", " TOPICS)},
    {"a collection goes, a list becomes a tree",
     "[{name: 'books', shape: 'tree', fields: [" TITLE "]}, " PEOPLE "]"},
};

static void write_ddl(struct engine_bench *b, struct buf *out, const struct model *before, const struct model *after)
{
    struct step *steps = NULL;
    size_t count = 0;
    struct ddl d;
    CHECK_PROBLEM(model_diff(b->arena, before, after, &steps, &count, &b->why), ERR_OK, &b->why);
    shape_ddl(&d, b->arena, &dialect_sqlite, steps, count);
    for (size_t i = 0; i < d.count; i++)
        buf_format(out, STR_FMT ";\n", STR_ARG(d.texts[i].text));
    for (size_t i = 0; i < d.check_count; i++)
        buf_format(out, "-- look over " STR_FMT "\n", STR_ARG(d.check[i]));
    buf_byte(out, '\n');
}

static void changes_of_a_model_are_ddl(void **state)
{
    struct arena *a = arena_open(1u << 16);
    struct engine_bench b = {.arena = a, .why = {.arena = a}};
    struct buf out;
    (void)state;
    buf_init(&out, a, 1u << 20);
    const struct model *before = bench_model(a, library);
    buf_format(&out, "-- from nothing\n");
    write_ddl(&b, &out, NULL, before);
    for (size_t i = 0; i < COUNTOF(changes); i++) {
        buf_format(&out, "-- %s\n", changes[i].name);
        write_ddl(&b, &out, before, bench_model(a, changes[i].after));
    }
    CHECK(snapshot_is("sql/shape.sql", buf_str(&out)));
    arena_close(a);
}

static enum err reshape(struct engine_bench *b, const char *after)
{
    const struct model *m = bench_model(b->arena, after);
    struct step *steps = NULL;
    size_t count = 0;
    struct txn *t = NULL, *nested = NULL;
    b->why = (struct problem){.arena = b->arena};
    TRY(model_diff(b->arena, b->model, m, &steps, &count, &b->why));
    CHECK_ERR(b->ops->begin(b->engine, TXN_WRITE, &t, &b->why), ERR_OK);
    CHECK_ERR(b->ops->begin(b->engine, TXN_NESTED, &nested, &b->why), ERR_OK);
    enum err e = b->ops->reshape(nested, steps, count, &b->why);
    if (e == ERR_OK)
        e = b->ops->commit(nested, &b->why);
    else
        b->ops->abandon(nested);
    CHECK_ERR(b->ops->commit(t, &(struct problem){.arena = b->arena}), ERR_OK);
    if (e == ERR_OK)
        b->model = m;
    return e;
}

static void database_is_sound(struct engine_bench *b)
{
    int64_t bad = -1;
    CHECK_ERR(connection_number(b->engine->writer, "SELECT count(*) FROM pragma_foreign_key_check", &bad, &b->why), ERR_OK);
    CHECK_INT(bad, 0);
    CHECK_ERR(connection_number(b->engine->writer, "SELECT integrity_check = 'ok' FROM pragma_integrity_check", &bad, &b->why), ERR_OK);
    CHECK_INT(bad, 1);
    CHECK_ERR(connection_number(b->engine->writer, "PRAGMA foreign_keys", &bad, &b->why), ERR_OK);
    CHECK_INT(bad, 1);
}

static void fields_come_go_and_are_renamed(void **state)
{
    struct engine_bench b;
    (void)state;
    open_library(&b);
    CHECK_PROBLEM(reshape(&b, changes[0].after), ERR_OK, &b.why);
    CHECK_STR(bench_list(&b, "books", "{out: true}", NULL, "title,shelf,seen,readers,topics"),
              S("[{\"title\":\"One\",\"shelf\":null,\"seen\":null,\"readers\":[\"" ID(2) "\",\"" ID(1) "\"],\"topics\":[\"a\",\"b\"]}]"));
    CHECK_PROBLEM(bench_update(&b, "books", "{_id: '" ID(3) "', shelf: '" ID(7) "'}"), ERR_OK, &b.why);
    database_is_sound(&b);
    bench_close(&b);

    open_library(&b);
    CHECK_PROBLEM(reshape(&b, changes[1].after), ERR_OK, &b.why);
    CHECK_STR(bench_list(&b, "volumes", "{heading: 'One'}", NULL, "heading,lenders.name,author.name"),
              S("[{\"heading\":\"One\",\"lenders\":[{\"name\":\"Bob\"},{\"name\":\"Ada\"}],\"author\":{\"name\":\"Ada\"}}]"));
    CHECK_ERR(bench_insert(&b, "volumes", "{_id: '" ID(8) "', heading: 'x', isbn: 'y'}"), ERR_CONFLICT);
    CHECK_FAULT(&b.why, S("/isbn"), S("unique"));
    CHECK_PROBLEM(bench_update(&b, "volumes", "{_id: '" ID(3) "', lenders: ['" ID(2) "']}"), ERR_OK, &b.why);
    database_is_sound(&b);
    bench_close(&b);
}

static void values_change_with_their_kinds(void **state)
{
    struct engine_bench b;
    (void)state;
    open_library(&b);
    CHECK_PROBLEM(reshape(&b, changes[2].after), ERR_OK, &b.why);
    CHECK_STR(bench_list(&b, "books", NULL, NULL, "title,pages,author,readers,topics"),
              S("[{\"title\":\"One\",\"pages\":\"10\",\"author\":[\"" ID(1) "\"],\"readers\":\"" ID(2) "\",\"topics\":\"a\"},"
                "{\"title\":\"Two\",\"pages\":\"2.5\",\"author\":[],\"readers\":null,\"topics\":null},"
                "{\"title\":\"Three\",\"pages\":null,\"author\":[\"" ID(2) "\"],\"readers\":null,\"topics\":null}]"));
    database_is_sound(&b);
    CHECK_PROBLEM(reshape(&b, library), ERR_OK, &b.why); /* and back */
    CHECK_STR(bench_list(&b, "books", "{title: 'One'}", NULL, "pages,author,readers,topics"),
              S("[{\"pages\":null,\"author\":\"" ID(1) "\",\"readers\":[\"" ID(2) "\"],\"topics\":[\"a\"]}]"));
    database_is_sound(&b);
    bench_close(&b);

    open_library(&b);
    CHECK_PROBLEM(reshape(&b, changes[3].after), ERR_OK, &b.why);
    CHECK_STR(bench_list(&b, "books", NULL, NULL, "title,out,lang,readers"),
              S("[{\"title\":\"One\",\"out\":true,\"lang\":\"it's\",\"readers\":[\"" ID(2) "\",\"" ID(1) "\"]},"
                "{\"title\":\"Two\",\"out\":false,\"lang\":\"it's\",\"readers\":[]},"
                "{\"title\":\"Three\",\"out\":true,\"lang\":\"it's\",\"readers\":[]}]"));
    database_is_sound(&b);
    bench_close(&b);

    open_library(&b);
    CHECK_PROBLEM(reshape(&b, BOOKS(TITLE ", " PAGES ", " OUT ", " ISBN ", " AUTHOR ", " READERS ", " TOPICS)), ERR_OK, &b.why);
    CHECK_PROBLEM(bench_update(&b, "books", "{_id: '" ID(5) "', isbn: 'z'}"), ERR_OK, &b.why);
    CHECK_PROBLEM(reshape(&b, changes[4].after), ERR_OK, &b.why);
    CHECK_STR(bench_list(&b, "books", NULL, NULL, "title,isbn"),
              S("[{\"title\":\"x\",\"isbn\":\"One\"},{\"title\":\"y\",\"isbn\":\"Two\"},{\"title\":\"z\",\"isbn\":\"Three\"}]"));
    bench_close(&b);
}

static void collections_go_and_lists_become_trees(void **state)
{
    struct engine_bench b;
    (void)state;
    open_library(&b);
    CHECK_PROBLEM(reshape(&b, changes[5].after), ERR_OK, &b.why);
    CHECK_PROBLEM(bench_update(&b, "books", "{_id: '" ID(4) "', _pid: '" ID(3) "', _o: 1}"), ERR_OK, &b.why);
    CHECK_STR(bench_list(&b, "books", "{_pid: '" ID(3) "'}", NULL, "title"), S("[{\"title\":\"Two\"}]"));
    CHECK_STR(bench_list(&b, "people", "{'boss.name': 'Ada'}", NULL, "name"), S("[{\"name\":\"Bob\"}]"));
    database_is_sound(&b);
    bench_close(&b);
}

/* Neither tables nor items change when a change cannot be made. */
static void what_cannot_be_done_is_refused_with_its_reason(void **state)
{
    static const struct {
        const char *after;
        enum err err;
        const char *path, *rule;
    } rows[] = {
        {BOOKS(TITLE ", {name: 'pages', kind: 'number', required: true, id: 2}, " OUT ", " ISBN ", " AUTHOR ", " READERS ", " TOPICS), ERR_INVALID, "/pages", "required"},
        {BOOKS(TITLE ", " PAGES ", " OUT ", " ISBN ", " AUTHOR ", " READERS ", " TOPICS ", {name: 'lang', kind: 'text', required: true}"), ERR_INVALID, "/lang", "required"},
        {BOOKS(TITLE ", " PAGES ", {name: 'out', kind: 'boolean', unique: true, id: 3}, " ISBN ", " AUTHOR ", " READERS ", " TOPICS), ERR_CONFLICT, "/out", "unique"},
    };
    struct engine_bench b;
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        open_library(&b);
        if (i == 2)
            CHECK_PROBLEM(bench_insert(&b, "books", "{_id: '" ID(9) "', title: 'Nine', out: true}"), ERR_OK, &b.why);
        str before = bench_list(&b, "books", NULL, NULL, "title,pages,out,isbn,author,readers,topics");
        CHECK_ERR(reshape(&b, rows[i].after), rows[i].err);
        CHECK_FAULT(&b.why, str_of(rows[i].path), str_of(rows[i].rule));
        CHECK_STR(bench_list(&b, "books", NULL, NULL, "title,pages,out,isbn,author,readers,topics"), before);
        CHECK_PROBLEM(bench_update(&b, "books", "{_id: '" ID(3) "', title: 'Uno'}"), ERR_OK, &b.why);
        database_is_sound(&b);
        bench_close(&b);
    }
}

CHECK_MAIN(TEST(changes_of_a_model_are_ddl), TEST(fields_come_go_and_are_renamed), TEST(values_change_with_their_kinds),
           TEST(collections_go_and_lists_become_trees), TEST(what_cannot_be_done_is_refused_with_its_reason))
