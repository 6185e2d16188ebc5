/* Connections: pages that go on and come back, at the root and below each item; and the content API's writer beside what
 * is read here: one way to write a value. */
#include "graphql/own/own.h"

#include "base/limits.h"
#include "content/item/json.h"
#include "content/query/perspective.h"
#include "tests/support/check.h"
#include "tests/support/gql_ask.h"
#include "tests/support/house.h"

#define POSTS 7

struct site {
    struct house *house;
    struct arena *arena;
    const struct principal *who;
    struct gql_schema *schema;
};

static void open_site(struct site *s)
{
    struct arena *a = s->arena = arena_open(1u << 20);
    struct house *h = s->house = house_open();
    str topics[POSTS];
    house_model(h, "[{name:'topics', fields:[{name:'word', kind:'text'}]},"
                   " {name:'authors', fields:[{name:'name', kind:'text'}]},"
                   " {name:'letters', fields:[{name:'body', kind:'text', maxlength:65536}]},"
                   " {name:'places', shape:'tree', fields:[{name:'name', kind:'text'}]},"
                   " {name:'posts', fields:[{name:'title', kind:'text', required:true}, {name:'views', kind:'number', integer:true},"
                   "   {name:'price', kind:'number'}, {name:'at', kind:'datetime'}, {name:'day', kind:'date'}, {name:'clock', kind:'time'},"
                   "   {name:'live', kind:'boolean'}, {name:'words', kind:'tags'}, {name:'data', kind:'object'}, {name:'shade', kind:'color'},"
                   "   {name:'body', kind:'richtext'}, {name:'link', kind:'url'}, {name:'size', kind:'select', options:['small','wide']},"
                   "   {name:'scores', kind:'number', many:true}, {name:'days', kind:'date', many:true}, {name:'place', kind:'geo'},"
                   "   {name:'author', kind:'ref', to:'authors'}, {name:'topics', kind:'ref', to:'topics', many:true}]}]");
    house_people(h, "{roles:{r:[{collection:'*', verbs:['read']}]}, keys:{r:{role:'r'}}}");
    str ada = house_item(h, "authors", "{_state:1, name:'Ada'}");
    str root = house_item(h, "places", "{_state:1, name:'root'}");
    for (int i = 0; i < POSTS; i++) {
        topics[i] = house_item(h, "topics", arena_cstr(a, arena_format(a, "{_state:1, word:'t%d'}", i)));
        (void)house_item(h, "places", arena_cstr(a, arena_format(a, "{_state:1, name:'place %d', _pid:'" STR_FMT "'}", i, STR_ARG(root))));
    }
    for (int i = 0; i < POSTS; i++)
        (void)house_item(h, "posts", arena_cstr(a, arena_format(a,
            "{_state:1, title:'P%d \"quoted\" \\u00e4', views:%s, price:%d.25, at:'2026-01-0%dT00:00:00.5Z', day:'2026-01-0%d', clock:'10:0%d',"
            " live:%s, words:['a','b%d'], data:{x:[1,{y:null}]}, shade:'#aabbcc', body:'<p>x</p>', link:'https://example.com/%d', size:'small',"
            " scores:[1,2.5], days:['2026-02-0%d'], place:{coordinates:[1,2]}, author:'" STR_FMT "', topics:['" STR_FMT "','" STR_FMT "','" STR_FMT
            "','" STR_FMT "','" STR_FMT "']}",
            i, i == 3 ? "null" : i == 4 ? "9007199254740993" : "5", i, i + 1, i + 1, i, i % 2 ? "true" : "false", i, i, i + 1, STR_ARG(ada),
            STR_ARG(topics[6]), STR_ARG(topics[2]), STR_ARG(topics[4]), STR_ARG(topics[0]), STR_ARG(topics[5]))));
    s->who = house_who(h, a, house_key(h, "r"));
    s->schema = own_schema_make(s->who, true);
}

static void close_site(struct site *s)
{
    counted_release(&s->schema->counted);
    house_close(s->house);
    arena_close(s->arena);
}

static const struct json *ask(struct site *s, const char *query)
{
    const struct json *out = NULL;
    str text = gql_ask_gate(s->arena, s->schema, s->house->gate, s->who, str_of(query), NULL);
    must(json_read(s->arena, text, NULL, S(""), &out, NULL) == ERR_OK);
    const struct json *errors = json_get(out, S("errors"));
    if (errors)
        CHECK_STR(json_print(s->arena, errors), S("none"));
    return json_get(out, S("data"));
}

/* ---- pages ---- */

/* Where a connection stands in a query, and in its answer. `%s`: its arguments. */
static const struct listing {
    const char *query, *path[4];
    const char *field;                /* of each item */
    const char *all;                  /* of all items, in order */
} listings[] = {
    {"{ list: postsConnection(%s) { totalCount edges { cursor node { day } } nodes { day } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }",
     {"list"}, "day", "2026-01-01 2026-01-02 2026-01-03 2026-01-04 2026-01-05 2026-01-06 2026-01-07 "},
    {"{ list: postsConnection(%s orderBy: [{views: DESC}, {day: DESC}]) { totalCount edges { cursor node { day } } nodes { day } pageInfo { hasNextPage "
     "hasPreviousPage startCursor endCursor } } }",
     {"list"}, "day", "2026-01-05 2026-01-07 2026-01-06 2026-01-03 2026-01-02 2026-01-01 2026-01-04 "},
    {"{ posts(limit: 1) { list: topicsConnection(%s) { totalCount edges { cursor node { word } } nodes { word } pageInfo { hasNextPage hasPreviousPage "
     "startCursor endCursor } } } }",
     {"posts", "list"}, "word", "t6 t2 t4 t0 t5 "},
    {"{ posts(limit: 1) { list: topicsConnection(%s orderBy: [{word: DESC}]) { totalCount edges { cursor node { word } } nodes { word } pageInfo { "
     "hasNextPage hasPreviousPage startCursor endCursor } } } }",
     {"posts", "list"}, "word", "t6 t5 t4 t2 t0 "},
    {"{ authors { list: posts_via_authorConnection(%s orderBy: [{price: ASC}]) { totalCount edges { cursor node { day } } nodes { day } pageInfo { "
     "hasNextPage hasPreviousPage startCursor endCursor } } } }",
     {"authors", "list"}, "day", "2026-01-01 2026-01-02 2026-01-03 2026-01-04 2026-01-05 2026-01-06 2026-01-07 "},
    {"{ places(limit: 1, where: {name: {eq: \"root\"}}) { list: _childrenConnection(%s) { totalCount edges { cursor node { name } } nodes { name } pageInfo { "
     "hasNextPage hasPreviousPage startCursor endCursor } } } }",
     {"places", "list"}, "name", "place 0 place 1 place 2 place 3 place 4 place 5 place 6 "},
};

struct page_of {
    str items, start, end;
    bool next, previous;
    int64_t total;
};

static struct page_of read_page(struct site *s, const struct listing *l, const char *arguments)
{
    static const char wildcard[] = "%s";
    const char *at = strstr(l->query, wildcard);
    str query = arena_format(s->arena, "%.*s%s%s", (int)(at - l->query), l->query, arguments, at + 2);
    const struct json *v = ask(s, arena_cstr(s->arena, query));
    struct page_of p = {0};
    struct buf items;
    buf_init(&items, s->arena, 4096);
    for (size_t i = 0; i < COUNTOF(l->path) && l->path[i]; i++) {
        v = json_get(v, str_of(l->path[i]));
        v = v->type == JSON_LIST ? &v->items[0] : v;
    }
    const struct json *edges = json_get(v, S("edges")), *nodes = json_get(v, S("nodes")), *info = json_get(v, S("pageInfo"));
    CHECK_INT(edges->count, nodes->count);
    for (uint32_t i = 0; i < edges->count; i++) {
        str text = json_get(json_get(&edges->items[i], S("node")), str_of(l->field))->text;
        CHECK_STR(json_get(&nodes->items[i], str_of(l->field))->text, text);
        buf_add(&items, text);
        buf_byte(&items, ' ');
    }
    p.items = buf_str(&items);
    p.start = json_get(info, S("startCursor"))->text;
    p.end = json_get(info, S("endCursor"))->text;
    if (edges->count) {
        CHECK_STR(json_get(&edges->items[0], S("cursor"))->text, p.start);
        CHECK_STR(json_get(&edges->items[edges->count - 1], S("cursor"))->text, p.end);
    }
    p.next = json_get(info, S("hasNextPage"))->boolean;
    p.previous = json_get(info, S("hasPreviousPage"))->boolean;
    p.total = json_get(v, S("totalCount"))->integer;
    return p;
}

static void walk_on(struct site *s, const struct listing *l, unsigned size)
{
    struct buf all;
    str after = {0};
    struct page_of p;
    buf_init(&all, s->arena, 4096);
    do {
        str arguments = after.at ? arena_format(s->arena, "first: %u, after: \"" STR_FMT "\"", size, STR_ARG(after))
                                 : arena_format(s->arena, "first: %u", size);
        p = read_page(s, l, arena_cstr(s->arena, arguments));
        CHECK_INT(p.previous, after.at != NULL);
        buf_add(&all, p.items);
        after = p.end;
    } while (p.next && all.len < 1000);
    CHECK_STR(buf_str(&all), str_of(l->all));
}

static void walk_back(struct site *s, const struct listing *l, unsigned size)
{
    str all = S(""), before = {0};
    struct page_of p;
    do {
        str arguments = before.at ? arena_format(s->arena, "last: %u, before: \"" STR_FMT "\"", size, STR_ARG(before))
                                  : arena_format(s->arena, "last: %u", size);
        p = read_page(s, l, arena_cstr(s->arena, arguments));
        CHECK_INT(p.next, before.at != NULL);
        all = arena_format(s->arena, STR_FMT STR_FMT, STR_ARG(p.items), STR_ARG(all));
        before = p.start;
    } while (p.previous && all.len < 1000);
    CHECK_STR(all, str_of(l->all));
}

static void pages_go_on_and_come_back(void **state)
{
    struct site s;
    (void)state;
    open_site(&s);
    for (size_t i = 0; i < COUNTOF(listings); i++) {
        CHECK_AT(i);
        struct page_of whole = read_page(&s, &listings[i], "first: 50");
        CHECK_STR(whole.items, str_of(listings[i].all));
        CHECK(!whole.next && !whole.previous);
        for (unsigned size = 1; size <= POSTS; size++) {
            walk_on(&s, &listings[i], size);
            walk_back(&s, &listings[i], size);
        }
        struct page_of none = read_page(&s, &listings[i], "first: 0");
        CHECK(none.next && none.items.len == 0 && none.total == whole.total);
    }
    close_site(&s);
}

/* ---- the same values as in the content API ---- */

static const char *const fields[] = {"_id", "_state", "_created", "_modified", "_rev", "title", "views", "price", "at", "day", "clock", "live",
                                     "words", "data", "shade", "body", "link", "size", "scores", "days", "place"};

static str by_writer(struct site *s)
{
    struct output outputs[COUNTOF(fields)] = {0};
    struct query q = {.from = house_collection(s->who, "posts"), .outputs = outputs, .output_count = COUNTOF(fields), .limit = 20};
    struct buf out;
    struct json_writer w;
    struct item_writer items;
    struct problem why = {.arena = s->arena};
    for (size_t i = 0; i < COUNTOF(fields); i++)
        outputs[i].field = collection_field(q.from, str_of(fields[i]));
    q.where = perspective_states(s->arena, q.from, SEE_PUBLISHED);
    buf_init(&out, s->arena, LIMIT_RESPONSE_BYTES);
    json_begin(&w, &out);
    json_list_open(&w);
    item_writer_init(&items, &w);
    must(gate_read(s->house->gate, s->who, &q, &items.receiver, NULL, &why) == ERR_OK);
    json_list_close(&w);
    return buf_str(&out);
}

static void values_are_the_content_api_s(void **state)
{
    struct site s;
    struct buf query;
    (void)state;
    open_site(&s);
    buf_init(&query, s.arena, 4096);
    buf_add(&query, S("{ posts { "));
    for (size_t i = 0; i < COUNTOF(fields); i++)
        buf_format(&query, "%s ", fields[i]);
    buf_add(&query, S("} }"));
    str answer = gql_ask_gate(s.arena, s.schema, s.house->gate, s.who, buf_str(&query), NULL);
    CHECK_STR(answer, arena_format(s.arena, "{\"data\":{\"posts\":" STR_FMT "}}", STR_ARG(by_writer(&s))));
    close_site(&s);
}

/* ---- memory ---- */

#define LETTERS 100u
#define LETTER_BYTES (64u << 10)
#define NAMES 60u

static str letter(struct arena *a, unsigned i)
{
    struct buf b;
    buf_init(&b, a, 2 * LETTER_BYTES);
    buf_format(&b, "{_state:1, body:'%03u ", i);
    while (b.len < LETTER_BYTES)
        buf_add(&b, S("all of it is told "));
    buf_truncate(&b, LETTER_BYTES);
    buf_add(&b, S("'}"));
    return buf_str(&b);
}

/* Under so many names, each of which has all the texts. */
static str named_often(struct arena *a)
{
    struct buf b;
    buf_init(&b, a, LIMIT_GRAPHQL_BYTES);
    buf_add(&b, S("{ lettersConnection(first: 100) {"));
    for (unsigned i = 0; i < NAMES; i++)
        buf_format(&b, " n%u: nodes { body }", i);
    buf_add(&b, S(" } }"));
    return buf_str(&b);
}

/* What a connection keeps of its items is no more than what may be answered: neither for fields that are asked for under
 * many names nor for where its pages end. */
static void connections_keep_what_they_answer(void **state)
{
    struct site s;
    (void)state;
    open_site(&s);
    for (unsigned i = 0; i < LETTERS; i++)
        (void)house_item(s.house, "letters", arena_cstr(s.arena, letter(s.arena, i)));
    const struct {
        str query;
        const char *has;
        size_t most;
    } rows[] = {
        {named_often(s.arena), "TOO_LARGE", 8u * LIMIT_RESPONSE_BYTES},
        {S("{ lettersConnection(first: 100, orderBy: [{body: ASC}]) { pageInfo { startCursor endCursor } } }"),
         "endCursor", 48u * LETTER_BYTES},
    };
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct arena *a = arena_open(64u << 10);
        CHECK_AT(i);
        str text = gql_ask_gate(a, s.schema, s.house->gate, s.who, rows[i].query, NULL);
        if (!str_contains(text, str_of(rows[i].has)))
            CHECK_SAY("lacks %s: %.300s", rows[i].has, arena_cstr(a, str_slice(text, 0, 300)));
        if (arena_bytes(a) > rows[i].most)
            CHECK_SAY("%zu bytes, and %zu are enough", arena_bytes(a), rows[i].most);
        arena_close(a);
    }
    close_site(&s);
}

CHECK_MAIN(TEST(pages_go_on_and_come_back), TEST(values_are_the_content_api_s), TEST(connections_keep_what_they_answer))
