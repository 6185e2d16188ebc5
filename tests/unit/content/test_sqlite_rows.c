#include "tests/support/check.h"
#include "tests/support/engine_bench.h"

#define ADA "aaaaaaaaaaaaaaaaaaaaaaa1"
#define BOB "aaaaaaaaaaaaaaaaaaaaaaa2"
#define P1 "bbbbbbbbbbbbbbbbbbbbbbb1"
#define P2 "bbbbbbbbbbbbbbbbbbbbbbb2"
#define P3 "bbbbbbbbbbbbbbbbbbbbbbb3"

static const char definitions[] =
    "[{name: 'posts', fields: ["
    "  {name: 'title', kind: 'text', required: true, unique: true}, {name: 'views', kind: 'number', indexed: true},"
    "  {name: 'live', kind: 'boolean'}, {name: 'at', kind: 'datetime'}, {name: 'tags', kind: 'tags'},"
    "  {name: 'lang', kind: 'text'}, {name: 'slug', kind: 'slug'},"
    "  {name: 'author', kind: 'ref', to: 'authors'}, {name: 'others', kind: 'ref', to: 'authors', many: true},"
    "  {name: 'token', kind: 'secret'}], unique: [['lang', 'slug']]},"
    " {name: 'authors', fields: [{name: 'name', kind: 'text'}, {name: 'friend', kind: 'ref', to: 'authors'}]},"
    " {name: 'pages', shape: 'tree', fields: [{name: 'title', kind: 'text'}]}]";

static void open_with_rows(struct engine_bench *b)
{
    bench_open(b, definitions);
    CHECK_PROBLEM(bench_insert(b, "authors", "{_id: '" ADA "', name: 'Ada'}"), ERR_OK, &b->why);
    CHECK_PROBLEM(bench_insert(b, "authors", "{_id: '" BOB "', name: 'Bob', friend: '" ADA "'}"), ERR_OK, &b->why);
    CHECK_PROBLEM(bench_insert(b, "posts", "{_id: '" P1 "', title: 'One', views: 10, live: true, tags: ['a', 'b'],"
                                           " lang: 'en', slug: 'one', author: '" BOB "', others: ['" BOB "', '" ADA "']}"),
                  ERR_OK, &b->why);
    CHECK_PROBLEM(bench_insert(b, "posts", "{_id: '" P2 "', title: 'Two', views: 2.5, live: false, at: '2026-11-21T10:00:00Z',"
                                           " lang: 'en', slug: 'two'}"),
                  ERR_OK, &b->why);
    CHECK_PROBLEM(bench_insert(b, "posts", "{_id: '" P3 "', title: 'Three', author: '" ADA "'}"), ERR_OK, &b->why);
}

static void what_was_written_is_read_back(void **state)
{
    struct engine_bench b;
    (void)state;
    open_with_rows(&b);
    CHECK_STR(bench_list(&b, "posts", NULL, NULL, "title,views,live,tags,author,_rev"),
              S("[{\"title\":\"One\",\"views\":10,\"live\":true,\"tags\":[\"a\",\"b\"],\"author\":\"" BOB "\",\"_rev\":1},"
                "{\"title\":\"Two\",\"views\":2.5,\"live\":false,\"tags\":null,\"author\":null,\"_rev\":1},"
                "{\"title\":\"Three\",\"views\":null,\"live\":null,\"tags\":null,\"author\":\"" ADA "\",\"_rev\":1}]"));
    CHECK_STR(bench_list(&b, "posts", "{at: '2026-11-21T11:00:00+01:00'}", NULL, "title,at"),
              S("[{\"title\":\"Two\",\"at\":\"2026-11-21T10:00:00Z\"}]"));
    CHECK_INT(bench_count(&b, "posts", NULL), 3);
    CHECK_INT(bench_count(&b, "posts", "{views: {$gt: 5}}"), 1);
    bench_close(&b);
}

static void branches_follow_references(void **state)
{
    struct engine_bench b;
    (void)state;
    open_with_rows(&b);
    CHECK_STR(bench_list(&b, "posts", NULL, NULL, "title,author.name,author.friend.name,others.name"),
              S("[{\"title\":\"One\",\"author\":{\"name\":\"Bob\",\"friend\":{\"name\":\"Ada\"}},"
                "\"others\":[{\"name\":\"Bob\"},{\"name\":\"Ada\"}]},"
                "{\"title\":\"Two\",\"author\":null,\"others\":[]},"
                "{\"title\":\"Three\",\"author\":{\"name\":\"Ada\",\"friend\":null},\"others\":[]}]"));
    enum err e = ERR_OK;
    struct plan *p = bench_plan(&b, bench_query(&b, "posts", "{_id: '" P1 "'}", NULL, "others"));
    *p->items_left = 0; /* ids are no items */
    CHECK_STR(bench_read(&b, p, &e), S("[{\"others\":[\"" BOB "\",\"" ADA "\"]}]"));
    bench_close(&b);
}

static void links_are_replaced_as_a_whole(void **state)
{
    struct engine_bench b;
    (void)state;
    open_with_rows(&b);
    CHECK_PROBLEM(bench_update(&b, "posts", "{_id: '" P1 "', others: ['" ADA "', '" ADA "']}"), ERR_OK, &b.why);
    CHECK_STR(bench_list(&b, "posts", "{_id: '" P1 "'}", NULL, "others"), S("[{\"others\":[\"" ADA "\",\"" ADA "\"]}]"));
    CHECK_PROBLEM(bench_update(&b, "posts", "{_id: '" P1 "', others: []}"), ERR_OK, &b.why);
    CHECK_STR(bench_list(&b, "posts", "{_id: '" P1 "'}", NULL, "others"), S("[{\"others\":[]}]"));
    CHECK_PROBLEM(bench_update(&b, "posts", "{_id: '" P1 "', others: ['" ADA "']}"), ERR_OK, &b.why);
    CHECK_PROBLEM(bench_delete(&b, "posts", P1), ERR_OK, &b.why);
    CHECK_PROBLEM(bench_delete(&b, "posts", P3), ERR_OK, &b.why);
    CHECK_PROBLEM(bench_update(&b, "authors", "{_id: '" BOB "', friend: null}"), ERR_OK, &b.why);
    CHECK_PROBLEM(bench_delete(&b, "authors", ADA), ERR_OK, &b.why); /* nothing points to her any more */
    bench_close(&b);
}

static void an_item_that_is_not_there_is_not_found(void **state)
{
    struct engine_bench b;
    (void)state;
    open_with_rows(&b);
    CHECK_ERR(bench_update(&b, "posts", "{_id: '" ADA "', title: 'x'}"), ERR_NOT_FOUND);
    CHECK_ERR(bench_update(&b, "posts", "{_id: '" ADA "'}"), ERR_NOT_FOUND);
    CHECK_ERR(bench_delete(&b, "posts", ADA), ERR_NOT_FOUND);
    bench_close(&b);
}

static void a_unique_rule_names_its_fields_and_no_values(void **state)
{
    struct engine_bench b;
    (void)state;
    open_with_rows(&b);
    CHECK_ERR(bench_insert(&b, "posts", "{_id: 'cccccccccccccccccccccccc', title: 'One'}"), ERR_CONFLICT);
    CHECK_INT(b.why.fault_count, 1);
    CHECK_FAULT(&b.why, S("/title"), S("unique"));
    CHECK(!str_contains(b.why.faults[0].text, S("One")));
    CHECK_ERR(bench_update(&b, "posts", "{_id: '" P1 "', lang: 'en', slug: 'two'}"), ERR_CONFLICT);
    CHECK_INT(b.why.fault_count, 2);
    CHECK_FAULT(&b.why, S("/lang"), S("unique"));
    CHECK_FAULT(&b.why, S("/slug"), S("unique"));
    CHECK_ERR(bench_insert(&b, "posts", "{_id: '" P1 "', title: 'Four'}"), ERR_CONFLICT);
    CHECK_FAULT(&b.why, S("/_id"), S("unique"));
    CHECK_ERR(bench_insert(&b, "posts", "{_id: 'cccccccccccccccccccccccc'}"), ERR_INVALID);
    CHECK_FAULT(&b.why, S("/title"), S("required"));
    bench_close(&b);
}

static void a_dangling_reference_is_refused(void **state)
{
    struct engine_bench b;
    (void)state;
    open_with_rows(&b);
    CHECK_ERR(bench_insert(&b, "posts", "{_id: 'cccccccccccccccccccccccc', title: 'x', author: '" P1 "'}"), ERR_CONFLICT);
    CHECK_ERR(bench_insert(&b, "posts", "{_id: 'cccccccccccccccccccccccc', title: 'x', others: ['" P1 "']}"), ERR_CONFLICT);
    CHECK_ERR(bench_delete(&b, "authors", ADA), ERR_CONFLICT);
    CHECK_ERR(bench_insert(&b, "pages", "{_id: 'cccccccccccccccccccccccc', _pid: '" P1 "', _o: 0}"), ERR_CONFLICT);
    CHECK_INT(bench_count(&b, "posts", NULL), 3);
    CHECK_INT(bench_count(&b, "authors", NULL), 2);
    bench_close(&b);
}

static void trees_are_listed_in_their_own_order(void **state)
{
    struct engine_bench b;
    (void)state;
    bench_open(&b, definitions);
    CHECK_PROBLEM(bench_insert(&b, "pages", "{_id: '" P1 "', title: 'c', _o: 2}"), ERR_OK, &b.why);
    CHECK_PROBLEM(bench_insert(&b, "pages", "{_id: '" P2 "', title: 'a', _o: 0}"), ERR_OK, &b.why);
    CHECK_PROBLEM(bench_insert(&b, "pages", "{_id: '" P3 "', title: 'b', _o: 1, _pid: '" P1 "'}"), ERR_OK, &b.why);
    CHECK_STR(bench_list(&b, "pages", NULL, NULL, "title"), S("[{\"title\":\"a\"},{\"title\":\"b\"},{\"title\":\"c\"}]"));
    CHECK_STR(bench_list(&b, "pages", "{_pid: '" P1 "'}", NULL, "title,_pid.title"), S("[{\"title\":\"b\",\"_pid\":{\"title\":\"c\"}}]"));
    bench_close(&b);
}

static void the_journal_is_a_collection_to_read(void **state)
{
    static const char journal[] =
        "[{name: 'posts', fields: [{name: 'title', kind: 'text'}]},"
        " {name: 'journal', system: true, read_only: true, fields: [{name: 'seq', kind: 'number', integer: true},"
        "   {name: 'at', kind: 'datetime'}, {name: 'collection', kind: 'text'}, {name: 'item', kind: 'text'},"
        "   {name: 'verb', kind: 'text'}, {name: 'after', kind: 'object'}]}]";
    struct engine_bench b;
    (void)state;
    bench_open(&b, journal);
    CHECK_PROBLEM(bench_insert(&b, "posts", "{_id: '" P1 "'}"), ERR_OK, &b.why);
    CHECK_PROBLEM(bench_insert(&b, "posts", "{_id: '" P2 "'}"), ERR_OK, &b.why);
    CHECK_STR(bench_list(&b, "journal", "{collection: 'posts', item: '" P2 "'}", "-seq", "_id,seq,at,verb,after"),
              S("[{\"_id\":\"000000000000000000000002\",\"seq\":2,\"at\":\"2023-11-14T22:13:20Z\",\"verb\":\"change\",\"after\":null}]"));
    CHECK_STR(bench_list(&b, "journal", "{_id: '000000000000000000000001'}", NULL, "item"), S("[{\"item\":\"" P1 "\"}]"));
    CHECK_STR(bench_list(&b, "journal", "{_id: '00000000000000000000000A'}", NULL, "item"), S("[]"));
    CHECK_STR(bench_list(&b, "journal", "{_id: 'ffffffffffffffffffffffff'}", NULL, "item"), S("[]"));
    CHECK_INT(bench_count(&b, "journal", NULL), 2);
    bench_close(&b);
}

CHECK_MAIN(TEST(what_was_written_is_read_back), TEST(branches_follow_references), TEST(links_are_replaced_as_a_whole),
           TEST(an_item_that_is_not_there_is_not_found), TEST(a_unique_rule_names_its_fields_and_no_values),
           TEST(a_dangling_reference_is_refused), TEST(trees_are_listed_in_their_own_order),
           TEST(the_journal_is_a_collection_to_read))
