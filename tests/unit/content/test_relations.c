/* Relations that nobody declared and references to one of several collections: kept, found, counted, sorted by,
 * and taken along when the model changes. */
#include "tests/support/check.h"
#include "tests/support/engine_bench.h"

#include "base/limits.h"
#include "content/kind.h"

#define P1 "aaaaaaaaaaaaaaaaaaaaaaa1"
#define P2 "aaaaaaaaaaaaaaaaaaaaaaa2"
#define P3 "aaaaaaaaaaaaaaaaaaaaaaa3"
#define G1 "bbbbbbbbbbbbbbbbbbbbbbb1"
#define C1 "ccccccccccccccccccccccc1"
#define C2 "ccccccccccccccccccccccc2"
#define C3 "ccccccccccccccccccccccc3"
#define C4 "ccccccccccccccccccccccc4"

#define POSTS "{name: 'posts', fields: [{name: 'title', kind: 'text'}, {name: 'body', kind: 'richtext'}]}"
#define PAGES "{name: 'pages', fields: [{name: 'name', kind: 'text'}]}"
#define COMMENTS(about, seen)                                                                                \
    "{name: 'comments', fields: [{name: 'text', kind: 'text'}, {name: 'rating', kind: 'number'},"            \
    " {name: 'about', kind: 'ref', to: " about "}, {name: 'seen', kind: 'ref', to: " seen ", many: true}]}"

static const char house[] = "[" POSTS "," PAGES "," COMMENTS("['posts', 'pages']", "['pages', 'posts']") "]";

static void open_with(struct engine_bench *b, const char *model)
{
    static const struct {
        const char *collection, *item;
    } rows[] = {
        {"posts", "{_id: '" P1 "', title: 'one', body: '<p>Hello <b>big</b>&nbsp;world &amp; all</p><script>x</script>'}"},
        {"posts", "{_id: '" P2 "', title: 'two'}"},
        {"posts", "{_id: '" P3 "', title: 'three'}"},
        {"pages", "{_id: '" G1 "', name: 'home'}"},
        {"comments", "{_id: '" C1 "', text: 'a', rating: 5, about: 'posts/" P1 "', seen: ['pages/" G1 "', 'posts/" P2 "']}"},
        {"comments", "{_id: '" C2 "', text: 'b', rating: 1, about: 'posts/" P1 "', seen: []}"},
        {"comments", "{_id: '" C3 "', text: 'c', rating: 3, about: 'pages/" G1 "', seen: ['posts/" P2 "']}"},
        {"comments", "{_id: '" C4 "', text: 'd', rating: 4, about: 'posts/" P2 "'}"},
    };
    bench_open(b, model);
    for (size_t i = 0; i < COUNTOF(rows); i++)
        CHECK_PROBLEM(bench_insert(b, rows[i].collection, rows[i].item), ERR_OK, &b->why);
}

static void open_house(struct engine_bench *b)
{
    open_with(b, house);
}

/* Texts of `name`, one behind the other: "a b". */
static str names_of(struct engine_bench *b, str list, const char *name)
{
    const struct json *items = bench_json(b->arena, arena_cstr(b->arena, list));
    struct buf out;
    buf_init(&out, b->arena, 1u << 16);
    for (uint32_t i = 0; i < items->count; i++) {
        const struct json *v = json_get(&items->items[i], str_of(name));
        buf_format(&out, "%s" STR_FMT, i ? " " : "", STR_ARG(v && v->type == JSON_TEXT ? v->text : S("-")));
    }
    return buf_str(&out);
}

static void relations_are_filtered_by(void **state)
{
    static const struct {
        const char *collection, *filter, *shown, *names;
    } rows[] = {
        {"comments", "{'about._model': 'posts'}", "text", "a b d"},
        {"comments", "{'about._model': {$ne: 'posts'}}", "text", "c"},
        {"comments", "{'about._model': {$in: ['posts', 'pages']}}", "text", "a b c d"},
        {"comments", "{'about.relationTo': 'pages'}", "text", "c"},
        {"comments", "{about: '" P1 "'}", "text", "a b"},
        {"comments", "{'about._id': '" G1 "'}", "text", "c"},
        {"comments", "{about: {_model: 'pages', _id: '" P1 "'}}", "text", ""},
        {"comments", "{about: {relationTo: 'posts', value: '" P2 "'}}", "text", "d"},
        {"comments", "{about: {$nin: ['" P1 "', '" G1 "']}}", "text", "d"},
        {"comments", "{about: null}", "text", ""},
        {"comments", "{'about:pages': {$exists: true}}", "text", "c"},
        {"comments", "{'about:pages': null}", "text", "a b d"},
        {"comments", "{'about:posts.title': 'one'}", "text", "a b"},
        {"comments", "{'about:posts.title': {$ne: 'one'}}", "text", "d"},
        {"comments", "{'seen:posts.title': 'two'}", "text", "a c"},
        {"comments", "{'seen._model': 'pages'}", "text", "a"},
        {"comments", "{seen: {$all: ['" G1 "', '" P2 "']}}", "text", "a"},
        {"comments", "{seen: {$size: 1}}", "text", "c"},
        {"comments", "{seen: null}", "text", "b d"},
        {"posts", "{'comments_via_about.text': 'a'}", "title", "one"},
        {"posts", "{comments_via_about: null}", "title", "three"},
        {"posts", "{comments_via_about: {$exists: true}}", "title", "one two"},
        {"posts", "{comments_via_about: '" C4 "'}", "title", "two"},
        {"posts", "{comments_via_about: {$ne: '" C4 "'}}", "title", "one three"},
        {"posts", "{comments_via_about: {$in: ['" C4 "', '" C1 "']}}", "title", "one two"},
        {"posts", "{comments_via_about: {$all: ['" C2 "', '" C1 "']}}", "title", "one"},
        {"posts", "{comments_via_about: {$size: 2}}", "title", "one"},
        {"posts", "{comments_via_about: {$size: 0}}", "title", "three"},
        {"posts", "{comments_via_seen: {$size: 2}}", "title", "two"},
        {"posts", "{comments_via_about: {$some: {text: 'a', rating: 1}}}", "title", ""},
        {"posts", "{'comments_via_about.text': 'a', 'comments_via_about.rating': 1}", "title", "one"},
        {"posts", "{comments_via_about: {$none: {rating: 1}}}", "title", "two three"},
        {"posts", "{comments_via_about: {$every: {rating: {$gt: 3}}}}", "title", "two three"},
        {"posts", "{comments_via_about: {$every: {}}}", "title", "one two three"},
        {"posts", "{comments_via_about: {$some: {}}}", "title", "one two"},
        {"pages", "{comments_via_about: {$some: {'seen:posts': {$some: {title: 'two'}}}}}", "name", "home"},
        {"pages", "{'comments_via_about.seen:posts.comments_via_about.text': 'd'}", "name", "home"},
        {"comments", "{'about:posts': {$some: {comments_via_seen: {$size: 2}}}}", "text", "d"},
        {"comments", "{'about:posts.comments_via_seen': {$size: 2}}", "text", "d"},
    };
    struct engine_bench b;
    (void)state;
    open_house(&b);
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        CHECK_STR(names_of(&b, bench_list(&b, rows[i].collection, rows[i].filter, "_id", rows[i].shown), rows[i].shown),
                  str_of(rows[i].names));
    }
    bench_close(&b);
}

static void bad_conditions_on_relations_are_refused(void **state)
{
    static const struct {
        const char *collection, *filter, *rule;
    } rows[] = {
        {"comments", "{'about.title': 'x'}", "unknown-field"},
        {"comments", "{'about:authors.name': 'x'}", "unknown-field"},
        {"comments", "{'about._model': 'comments'}", "type"},
        {"comments", "{about: {$gt: 'x'}}", "operator"},
        {"comments", "{about: {$startsWith: 'x'}}", "operator"},
        {"comments", "{about: 5}", "type"},
        {"comments", "{about: {$some: {title: 'x'}}}", "operator"},
        {"comments", "{text: {$some: {}}}", "operator"},
        {"posts", "{comments_via_about: {$some: 5}}", "type"},
        {"posts", "{comments_via_about: {$some: {nothing: 1}}}", "unknown-field"},
        {"posts", "{comments_via_text: null}", "unknown-field"},
        {"posts", "{comments_via_about: {$size: -1}}", "type"},
        {"posts", "{comments_via_about: {$elemMatch: {}}}", "operator"},
        {"posts", "{'comments_via_about.about:posts.comments_via_about.about:posts.comments_via_about.about:posts.title': 'x'}", "limit"},
        {"posts", "{'comments_via_about.about:posts.comments_via_about': {$some: {'about:posts.comments_via_about.about:posts.title': 'x'}}}",
         "limit"},
    };
    struct engine_bench b;
    (void)state;
    open_house(&b);
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct filter_options options = {.dialect = JSON_5, .where = STR("filter")};
        const struct filter *f = NULL;
        struct problem why = {.arena = b.arena};
        CHECK_AT(i);
        CHECK_ERR(filter_read(b.arena, b.model, bench_collection(&b, rows[i].collection), bench_json(b.arena, rows[i].filter),
                              &options, &f, &why),
                  ERR_BAD_INPUT);
        CHECK_FAULT(&why, S("filter"), str_of(rows[i].rule));
    }
    bench_close(&b);
}

/* What is printed reads as the same. */
static void conditions_on_relations_are_printed(void **state)
{
    static const struct {
        const char *collection, *filter, *printed;
    } rows[] = {
        {"comments", "{'about._model': 'posts'}", "{\"about._model\":\"posts\"}"},
        {"comments", "{about: {_model: 'posts', _id: '" P1 "'}}", "{\"about\":\"posts/" P1 "\"}"},
        {"posts", "{comments_via_about: {$some: {text: 'a'}}}", "{\"comments_via_about.text\":\"a\"}"},
        {"posts", "{comments_via_about: {$size: 2}}", "{\"comments_via_about\":{\"$size\":2}}"},
        {"posts", "{comments_via_about: {$none: {text: 'a', rating: 1}}}",
         "{\"$nor\":[{\"comments_via_about\":{\"$some\":{\"$and\":[{\"text\":\"a\"},{\"rating\":1}]}}}]}"},
    };
    struct engine_bench b;
    (void)state;
    open_house(&b);
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        str once = filter_print(b.arena, bench_filter(&b, rows[i].collection, rows[i].filter));
        CHECK_STR(once, str_of(rows[i].printed));
        CHECK_STR(filter_print(b.arena, bench_filter(&b, rows[i].collection, arena_cstr(b.arena, once))), once);
    }
    bench_close(&b);
}

struct asked {
    const char *collection, *fields, *populate, *sort, *answer;
};

static str answer_to(struct engine_bench *b, const struct asked *ask, enum err *e)
{
    struct query *q = bench_query(b, ask->collection, NULL, ask->sort ? NULL : "_id", NULL);
    struct populate_options options = {.where = STR("populate")};
    b->why = (struct problem){.arena = b->arena};
    *e = query_read_fields(b->arena, q, str_of(ask->fields), S("fields"), &b->why);
    if (*e == ERR_OK && ask->sort)
        *e = query_read_sort(b->arena, q, str_of(ask->sort), S("sort"), &b->why);
    if (*e == ERR_OK && ask->populate)
        *e = query_read_populate(b->arena, b->model, q, bench_json(b->arena, ask->populate), &options, &b->why);
    return *e == ERR_OK ? bench_read(b, bench_plan(b, q), e) : (str){0};
}

static void branches_have_arguments(void **state)
{
    static const struct asked rows[] = {
        {"posts", "title,-_id", "{comments_via_about: {fields: 'text,-_id', sort: '-rating'}}", NULL,
         "[{\"title\":\"one\",\"comments_via_about\":[{\"text\":\"a\"},{\"text\":\"b\"}]},"
         "{\"title\":\"two\",\"comments_via_about\":[{\"text\":\"d\"}]},{\"title\":\"three\",\"comments_via_about\":[]}]"},
        {"posts", "title,-_id", "{comments_via_about: {fields: 'text,-_id', sort: 'rating', limit: 1, filter: {rating: {$gt: 0}}}}", NULL,
         "[{\"title\":\"one\",\"comments_via_about\":[{\"text\":\"b\"}]},"
         "{\"title\":\"two\",\"comments_via_about\":[{\"text\":\"d\"}]},{\"title\":\"three\",\"comments_via_about\":[]}]"},
        {"pages", "name,-_id", "{comments_via_about: {fields: 'text,-_id', page: 2, limit: 1}}", NULL,
         "[{\"name\":\"home\",\"comments_via_about\":[]}]"},
        {"pages", "name,-_id", "{last: {of: 'comments_via_about', fields: 'text,-_id'}}", NULL,
         "[{\"name\":\"home\",\"last\":[{\"text\":\"c\"}]}]"},
        {"comments", "text,about:posts.title,about:pages.name,-_id", NULL, "about:posts.title,-text",
         "[{\"text\":\"c\",\"about\":{\"name\":\"home\"}},{\"text\":\"b\",\"about\":{\"title\":\"one\"}},"
         "{\"text\":\"a\",\"about\":{\"title\":\"one\"}},{\"text\":\"d\",\"about\":{\"title\":\"two\"}}]"},
        {"comments", "text,seen:posts.title,-_id", NULL, "text",
         "[{\"text\":\"a\",\"seen\":[\"pages/" G1 "\",{\"title\":\"two\"}]},{\"text\":\"b\",\"seen\":[]},"
         "{\"text\":\"c\",\"seen\":[{\"title\":\"two\"}]},{\"text\":\"d\",\"seen\":[]}]"},
        {"posts", "heading:title,-_id", NULL, "-comments_via_about,-title", "[{\"heading\":\"one\"},{\"heading\":\"two\"},{\"heading\":\"three\"}]"},
        {"posts", "{heading: 'title', _id: 0}", NULL, "-comments_via_about", "[{\"heading\":\"one\"},{\"heading\":\"two\"},{\"heading\":\"three\"}]"},
        {"pages", "name,comments_via_about,-_id", NULL, NULL, "[{\"name\":\"home\",\"comments_via_about\":[{\"_id\":\"" C3 "\"}]}]"},
    };
    struct engine_bench b;
    (void)state;
    open_house(&b);
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        enum err e;
        CHECK_AT(i);
        str is = answer_to(&b, &rows[i], &e);
        CHECK_PROBLEM(e, ERR_OK, &b.why);
        CHECK_STR(is, str_of(rows[i].answer));
    }
    bench_close(&b);
}

/* The way back has the name that the reference gives it, on each of its targets, and no other. */
static void a_way_back_is_called_as_it_is_said(void **state)
{
    static const struct asked rows[] = {
        {"posts", "title,-_id", "{remarks: {fields: 'text,-_id', sort: '-rating'}}", "-remarks,-title",
         "[{\"title\":\"one\",\"remarks\":[{\"text\":\"a\"},{\"text\":\"b\"}]},"
         "{\"title\":\"two\",\"remarks\":[{\"text\":\"d\"}]},{\"title\":\"three\",\"remarks\":[]}]"},
        {"pages", "name,remarks.text,-_id", NULL, NULL, "[{\"name\":\"home\",\"remarks\":[{\"text\":\"c\"}]}]"},
    };
    struct engine_bench b;
    (void)state;
    open_with(&b, "[" POSTS "," PAGES "," COMMENTS("['posts', 'pages'], back: 'remarks'", "['pages', 'posts']") "]");
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        enum err e;
        CHECK_AT(i);
        str is = answer_to(&b, &rows[i], &e);
        CHECK_PROBLEM(e, ERR_OK, &b.why);
        CHECK_STR(is, str_of(rows[i].answer));
    }
    CHECK_STR(names_of(&b, bench_list(&b, "posts", "{remarks: {$some: {rating: {$gt: 4}}}}", "_id", "title"), "title"), S("one"));
    CHECK_STR(names_of(&b, bench_list(&b, "posts", "{'remarks.text': 'd'}", "_id", "title"), "title"), S("two"));
    CHECK_STR(filter_print(b.arena, bench_filter(&b, "posts", "{remarks: {$size: 2}}")), S("{\"remarks\":{\"$size\":2}}"));
    CHECK(collection_relation(bench_collection(&b, "posts"), S("comments_via_about")) == NULL);
    CHECK(collection_relation(bench_collection(&b, "posts"), S("comments_via_seen")) != NULL);
    CHECK(str_contains(collection_print(b.arena, bench_collection(&b, "comments")), S("\"back\":\"remarks\"")));
    bench_close(&b);
}

/* In place of the references that stand in sets and blocks, too, wherever they are. */
static void targets_stand_inside_of_documents(void **state)
{
    struct engine_bench b;
    enum err e = ERR_OK;
    (void)state;
    bench_open(&b, "[" POSTS "," PAGES ", {name: 'card', shape: 'component', fields: [{name: 'post', kind: 'ref', to: 'posts'}]},"
                   " {name: 'sheets', fields: [{name: 'seo', kind: 'set', fields: [{name: 'any', kind: 'ref', to: ['posts', 'pages'], many: true},"
                   "  {name: 'in', kind: 'set', many: true, fields: [{name: 'page', kind: 'ref', to: 'pages'}]}]},"
                   "  {name: 'body', kind: 'blocks', of: ['card']}]}]");
    CHECK_ERR(bench_insert(&b, "posts", "{_id: '" P1 "', title: 'one'}"), ERR_OK);
    CHECK_ERR(bench_insert(&b, "pages", "{_id: '" G1 "', name: 'home'}"), ERR_OK);
    CHECK_PROBLEM(bench_insert(&b, "sheets", "{_id: '" C1 "', seo: {any: ['pages/" G1 "', 'posts/" P1 "', 'posts/" P2 "'], 'in': [{page: '" G1 "'}, {page: null}]},"
                                             " body: [{_component: 'card', post: '" P1 "'}, {_component: 'card', post: '" P2 "'}]}"),
                  ERR_OK, &b.why);
    struct query *q = bench_query(&b, "sheets", NULL, "_id", "seo,body");
    query_populate(b.arena, q, 1);
    for (size_t i = 0; i < q->output_count; i++)
        for (size_t k = 0; k < q->outputs[i].inside_count; k++) {
            struct query *inner = q->outputs[i].inside[k].query;
            CHECK_ERR(query_read_fields(b.arena, inner, str_equal(inner->from->name, S("posts")) ? S("title,-_id") : S("name,-_id"), S("fields"), &b.why), ERR_OK);
        }
    CHECK_STR(bench_read(&b, bench_plan(&b, q), &e),
              S("[{\"seo\":{\"any\":[{\"name\":\"home\"},{\"title\":\"one\"},\"posts/" P2 "\"],\"in\":[{\"page\":{\"name\":\"home\"}},{\"page\":null}]},"
                "\"body\":[{\"_component\":\"card\",\"post\":{\"title\":\"one\"}},{\"_component\":\"card\",\"post\":\"" P2 "\"}]}]"));
    CHECK_PROBLEM(e, ERR_OK, &b.why);
    bench_close(&b);
}

static void excerpts_are_plain_and_short(void **state)
{
    static const struct {
        const char *fields, *text;
    } rows[] = {
        {"body:excerpt(100)", "Hello big world & all"}, {"body:excerpt(9)", "Hello big"}, {"body:excerpt(10,true)", "Hello big…"},
        {"body:excerpt( 5 , true )", "Hello…"},          {"body:excerpt(21,true)", "Hello big world & all"},
        {"body:excerpt(1)", "H"},                       {"body:excerpt(10000)", "Hello big world & all"},
    };
    struct engine_bench b;
    (void)state;
    open_house(&b);
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct asked ask = {"posts", rows[i].fields, NULL, "title", NULL};
        enum err e;
        CHECK_AT(i);
        const struct json *list = bench_json(b.arena, arena_cstr(b.arena, answer_to(&b, &ask, &e)));
        NEED(list->count == 3);
        CHECK_STR(json_get(&list->items[0], S("body"))->text, str_of(rows[i].text));
    }
    bench_close(&b);
}

static void bad_branches_are_refused(void **state)
{
    static const struct {
        const char *collection, *fields, *populate, *path, *rule;
    } rows[] = {
        {"posts", "", "{comments_via_about: {limit: 0}}", "populate", "type"},
        {"posts", "", "{comments_via_about: {limit: 1001}}", "populate", "type"},
        {"posts", "", "{comments_via_about: {page: 0}}", "populate", "type"},
        {"posts", "", "{comments_via_about: {page: 2, skip: 1}}", "populate", "limit"},
        {"posts", "", "{comments_via_about: {unknown: 1}}", "populate", "unknown-argument"},
        {"posts", "", "{comments_via_about: {filter: {nothing: 1}}}", "populate", "unknown-field"},
        {"posts", "", "{comments_via_about: {sort: 'nothing'}}", "populate", "unknown-field"},
        {"posts", "", "{comments_via_about: 0}", "populate", "type"},
        {"posts", "", "{title: 1}", "populate", "type"},
        {"posts", "", "{nothing: 1}", "populate", "unknown-field"},
        {"posts", "", "{'a b': {of: 'comments_via_about'}}", "populate", "name"},
        {"posts", "", "{title: {of: 'comments_via_about'}}", "populate", "repeated"},
        {"comments", "", "{about: {limit: 1}}", "populate", "type"},
        {"comments", "", "{'about:posts': {limit: 1}}", "populate", "type"},
        {"posts", "", "'comments_via_about.about:posts.comments_via_about.about:posts.comments_via_about.about:posts'", "populate", "limit"},
        {"posts", "title:excerpt(0)", NULL, "fields", "type"},
        {"posts", "title:excerpt(10001)", NULL, "fields", "type"},
        {"posts", "title:excerpt(5,maybe)", NULL, "fields", "type"},
        {"posts", "comments_via_about:excerpt(5)", NULL, "fields", "type"},
        {"posts", "_x:title", NULL, "fields", "name"},
        {"posts", "title:body,title", NULL, "fields", "repeated"},
        {"posts", "x:title,x:body", NULL, "fields", "repeated"},
        {"posts", "x:nothing", NULL, "fields", "unknown-field"},
        {"posts", "x:comments_via_about.text", NULL, "fields", "type"},
    };
    struct engine_bench b;
    (void)state;
    open_house(&b);
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct asked ask = {rows[i].collection, rows[i].fields, rows[i].populate, NULL, NULL};
        enum err e;
        CHECK_AT(i);
        (void)answer_to(&b, &ask, &e);
        CHECK_ERR(e, ERR_BAD_INPUT);
        CHECK_FAULT(&b.why, str_of(rows[i].path), str_of(rows[i].rule));
    }
    bench_close(&b);
}

/* Values go along when a collection is renamed and when a reference gets more or fewer targets. */
static void references_follow_the_model(void **state)
{
    static const struct {
        const char *after, *about, *seen;
    } rows[] = {
        {"[" POSTS ", {name: 'papers', was: 'pages', fields: [{name: 'name', kind: 'text'}]},"
         COMMENTS("['posts', 'papers']", "['papers', 'posts']") "]",
         "posts/" P1 " posts/" P1 " papers/" G1 " posts/" P2, "[\"papers/" G1 "\",\"posts/" P2 "\"]"},
        {"[" POSTS "," PAGES "," COMMENTS("['posts']", "['posts']") "]", "posts/" P1 " posts/" P1 " - posts/" P2, "[\"posts/" P2 "\"]"},
        {"[" POSTS "," PAGES "," COMMENTS("'posts'", "'pages'") "]", P1 " " P1 " - " P2, "[\"" G1 "\"]"},
        {"[" POSTS "," PAGES "," COMMENTS("['pages']", "'posts'") "]", "- - pages/" G1 " -", "[\"" P2 "\"]"},
        {"[" POSTS "," PAGES "," COMMENTS("['comments', 'pages', 'posts']", "['posts', 'pages', 'comments']") "]",
         "posts/" P1 " posts/" P1 " pages/" G1 " posts/" P2, "[\"pages/" G1 "\",\"posts/" P2 "\"]"},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct engine_bench b;
        struct step *steps = NULL;
        size_t count = 0;
        struct txn *t = NULL;
        CHECK_AT(i);
        open_house(&b);
        const struct model *after = bench_model(b.arena, rows[i].after);
        CHECK_PROBLEM(model_diff(b.arena, b.model, after, &steps, &count, &b.why), ERR_OK, &b.why);
        CHECK_ERR(b.ops->begin(b.engine, TXN_WRITE, &t, &b.why), ERR_OK);
        CHECK_PROBLEM(b.ops->reshape(t, steps, count, &b.why), ERR_OK, &b.why);
        CHECK_PROBLEM(b.ops->commit(t, &b.why), ERR_OK, &b.why);
        b.model = after;
        str list = bench_list(&b, "comments", NULL, "_id", "about,seen");
        CHECK_STR(names_of(&b, list, "about"), str_of(rows[i].about));
        const struct json *first = bench_json(b.arena, arena_cstr(b.arena, list));
        CHECK_STR(json_print(b.arena, &(struct json){.type = JSON_LIST, .items = json_get(&first->items[0], S("seen"))->items,
                                                     .count = json_get(&first->items[0], S("seen"))->count}),
                  str_of(rows[i].seen));
        bench_close(&b);
    }
}

/* From one target to several, and back. */
static void a_reference_gets_more_targets(void **state)
{
    struct engine_bench b;
    struct step *steps = NULL;
    size_t count = 0;
    struct txn *t = NULL;
    (void)state;
    bench_open(&b, "[" POSTS "," PAGES "," COMMENTS("'posts'", "'pages'") "]");
    CHECK_ERR(bench_insert(&b, "posts", "{_id: '" P1 "', title: 'one'}"), ERR_OK);
    CHECK_ERR(bench_insert(&b, "pages", "{_id: '" G1 "', name: 'home'}"), ERR_OK);
    CHECK_ERR(bench_insert(&b, "comments", "{_id: '" C1 "', text: 'a', about: '" P1 "', seen: ['" G1 "']}"), ERR_OK);
    const struct model *after = bench_model(b.arena, house);
    CHECK_PROBLEM(model_diff(b.arena, b.model, after, &steps, &count, &b.why), ERR_OK, &b.why);
    for (size_t i = 0; i < count; i++)
        CHECK(!steps[i].loses);
    CHECK_ERR(b.ops->begin(b.engine, TXN_WRITE, &t, &b.why), ERR_OK);
    CHECK_PROBLEM(b.ops->reshape(t, steps, count, &b.why), ERR_OK, &b.why);
    CHECK_PROBLEM(b.ops->commit(t, &b.why), ERR_OK, &b.why);
    b.model = after;
    CHECK_STR(bench_list(&b, "comments", NULL, "_id", "about,seen"),
              S("[{\"about\":\"posts/" P1 "\",\"seen\":[\"pages/" G1 "\"]}]"));
    bench_close(&b);
}

/* LIMIT_REF_TARGETS and LIMIT_SORT_HOPS, on both sides. */
static void there_are_limits(void **state)
{
    struct engine_bench b;
    (void)state;
    bench_open(&b, "[{name: 'a', fields: [{name: 'up', kind: 'ref', to: 'a'}, {name: 'n', kind: 'number'}]}]");
    struct query *q = bench_query(&b, "a", NULL, NULL, NULL);
    CHECK_ERR(query_read_sort(b.arena, q, S("up.up.up.n"), S("sort"), &b.why), ERR_OK);
    CHECK_ERR(query_read_sort(b.arena, q, S("up.up.up.up.n"), S("sort"), &b.why), ERR_BAD_INPUT);
    for (unsigned targets = LIMIT_REF_TARGETS; targets <= LIMIT_REF_TARGETS + 1; targets++) {
        struct problem why = {.arena = b.arena};
        struct model *made = NULL;
        struct buf text;
        buf_init(&text, b.arena, 1u << 16);
        buf_format(&text, "[");
        for (unsigned i = 0; i < targets; i++)
            buf_format(&text, "{name: 't%u', fields: []},", i);
        buf_format(&text, "{name: 'x', fields: [{name: 'r', kind: 'ref', to: [");
        for (unsigned i = 0; i < targets; i++)
            buf_format(&text, "%s't%u'", i ? "," : "", i);
        buf_format(&text, "]}]}]");
        const struct json *list = bench_json(b.arena, arena_cstr(b.arena, buf_str(&text)));
        const struct json **definitions = NEW_N(b.arena, const struct json *, list->count);
        for (uint32_t i = 0; i < list->count; i++)
            definitions[i] = &list->items[i];
        CHECK_ERR(model_read(definitions, list->count, 1, &made, &why), targets <= LIMIT_REF_TARGETS ? ERR_OK : ERR_INVALID);
        if (made)
            counted_release(&made->counted);
    }
    bench_close(&b);
}

CHECK_MAIN(TEST(there_are_limits), TEST(relations_are_filtered_by), TEST(bad_conditions_on_relations_are_refused),
           TEST(conditions_on_relations_are_printed), TEST(branches_have_arguments), TEST(a_way_back_is_called_as_it_is_said), TEST(targets_stand_inside_of_documents), TEST(excerpts_are_plain_and_short),
           TEST(bad_branches_are_refused), TEST(references_follow_the_model), TEST(a_reference_gets_more_targets))
