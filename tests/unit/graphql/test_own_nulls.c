/* Errors in the middle of rows: which position becomes null, and what is told; a schema that promises more than the rows keep.
 * And that reading needs a statement per relation, whatever the rows and values are. */
#include "graphql/own/own.h"

#include "base/limits.h"
#include "content/content_figures.h"
#include "tests/support/check.h"
#include "tests/support/gql_ask.h"
#include "tests/support/house.h"

static const char *const sdl =
    "type Query { posts(limit: Int, orderBy: [O!]): [Post!]! some: [Post] first(_id: ID): Post connection(first: Int, last: Int): Pages perhaps: PerhapsPages }\n"
    "input O @oneOf { views: Sort } enum Sort { ASC DESC }\n"
    "type Post { title: String views: Int sure: Int! author: Author writers: [Author!]! readers: [Author] mood: Mood moods: [Mood!] }\n"
    "type Author { name: String! number: Int! posts: [Post!]! }\n"
    "enum Mood { glad }\n"
    "type Pages { nodes: [Post!]! edges: [Edge] totalCount: Int! } type Edge { cursor: ID node: Post! }\n"
    "type PerhapsPages { nodes: [Post!] totalCount: Int! }\n";

struct site {
    struct house *house;
    struct arena *arena;
    const struct principal *who;
    struct gql_schema *schema;
    struct own_schema meaning;
    const struct gql_type **types;
    const struct model *model;
};

static const struct bound {
    const char *type, *field;
    enum own_what what;
    const char *of, *stored;
} bounds[] = {
    {"Query", "posts", OWN_LIST, "posts", NULL},        {"Query", "some", OWN_LIST, "posts", NULL},
    {"Query", "first", OWN_ITEM, "posts", NULL},        {"Query", "connection", OWN_CONNECTION, "posts", NULL},
    {"Query", "perhaps", OWN_CONNECTION, "posts", NULL}, {"Post", "title", OWN_VALUE, "posts", "title"},
    {"Post", "views", OWN_VALUE, "posts", "views"},     {"Post", "sure", OWN_VALUE, "posts", "views"},
    {"Post", "author", OWN_ONE, "posts", "author"},     {"Post", "writers", OWN_MANY, "posts", "writers"},
    {"Post", "readers", OWN_MANY, "posts", "writers"},  {"Post", "mood", OWN_VALUE, "posts", "mood"},
    {"Post", "moods", OWN_VALUE, "posts", "moods"},     {"Author", "name", OWN_VALUE, "authors", "name"},
    {"Author", "number", OWN_VALUE, "authors", "number"}, {"Author", "posts", OWN_MANY, "authors", "posts_via_author"},
    {"Pages", "nodes", OWN_NODES, "posts", NULL},       {"Pages", "edges", OWN_EDGES, "posts", NULL},
    {"Pages", "totalCount", OWN_TOTAL, "posts", NULL},  {"Edge", "cursor", OWN_CURSOR, "posts", NULL},
    {"Edge", "node", OWN_NODE, "posts", NULL},          {"PerhapsPages", "nodes", OWN_NODES, "posts", NULL},
    {"PerhapsPages", "totalCount", OWN_TOTAL, "posts", NULL},
};

static void bind(void *self, const struct gql_type *t, struct gql_field *f)
{
    struct site *s = self;
    for (size_t i = 0; i < COUNTOF(bounds); i++) {
        const struct bound *b = &bounds[i];
        if (!str_equal(t->name, str_of(b->type)) || !str_equal(f->name, str_of(b->field)))
            continue;
        struct own_meaning *m = NEW(s->arena, struct own_meaning);
        m->what = b->what;
        m->of = model_find(s->model, str_of(b->of));
        if (b->stored)
            m->field = collection_field(m->of, str_of(b->stored));
        if (b->stored && !m->field)
            m->field = collection_relation(m->of, str_of(b->stored));
        f->meaning = m;
        if (str_equal(t->name, S("Query")))
            f->write = own_read_root;
    }
}

static void open_site(struct site *s)
{
    struct arena *a = s->arena = arena_open(1u << 20);
    struct house *h = s->house = house_open();
    house_model(h, "[{name:'authors', fields:[{name:'name', kind:'text'}, {name:'number', kind:'number'}]},"
                   " {name:'posts', fields:[{name:'title', kind:'text'}, {name:'views', kind:'number'}, {name:'mood', kind:'text'}, {name:'moods', kind:'tags'},"
                   "   {name:'author', kind:'ref', to:'authors'}, {name:'writers', kind:'ref', to:'authors', many:true}]}]");
    house_people(h, "{roles:{r:[{collection:'*', verbs:['read']}]}, keys:{r:{role:'r'}}}");
    str ada = house_item(h, "authors", "{_state:1, name:'Ada', number:1}");
    str bea = house_item(h, "authors", "{_state:1, name:'Bea', number:2}");
    str none = house_item(h, "authors", "{_state:1, name:'None'}");
    const char *const posts[] = {"title:'P0', views:1, mood:'glad', moods:['glad']", "title:'P1', views:1.5, mood:'sad', moods:['glad','sad']",
                                 "title:'P2', views:3000000000, moods:[]", "title:'P3'"};
    for (size_t i = 0; i < COUNTOF(posts); i++)
        (void)house_item(h, "posts", arena_cstr(a, arena_format(a, "{_state:1, %s, author:'" STR_FMT "', writers:['" STR_FMT "','" STR_FMT "']}", posts[i],
                                                                STR_ARG(i == 1 ? none : ada), STR_ARG(ada), STR_ARG(i < 2 ? none : bea))));
    s->who = house_who(h, a, house_key(h, "r"));
    s->model = principal_model(s->who);
    s->schema = gql_schema_of(sdl, bind, s);
    s->types = NEW_N(a, const struct gql_type *, s->model->collection_count);
    s->types[model_find(s->model, S("posts"))->index] = gql_type_named(s->schema, S("Post"));
    s->types[model_find(s->model, S("authors"))->index] = gql_type_named(s->schema, S("Author"));
    s->meaning = (struct own_schema){.rights = s->who->rights, .model = s->model, .type_of = s->types};
    s->schema->meaning = &s->meaning;
}

static void close_site(struct site *s)
{
    counted_release(&s->schema->counted);
    house_close(s->house);
    arena_close(s->arena);
}

/* The data, and behind it the paths of the errors. */
static str ask(struct site *s, const char *query)
{
    const struct json *out = NULL;
    struct buf b;
    str text = gql_ask_gate(s->arena, s->schema, s->house->gate, s->who, str_of(query), NULL);
    must(json_read(s->arena, text, NULL, S(""), &out, NULL) == ERR_OK);
    const struct json *errors = json_get(out, S("errors")), *data = json_get(out, S("data"));
    buf_init(&b, s->arena, 64u << 10);
    if (data) {
        struct json bare = *data;
        bare.name = (str){0};
        buf_add(&b, json_print(s->arena, &bare));
    }
    for (uint32_t i = 0; errors && i < errors->count; i++) {
        const struct json *path = json_get(&errors->items[i], S("path"));
        buf_byte(&b, ' ');
        for (uint32_t k = 0; path && k < path->count; k++) {
            buf_add(&b, k ? S(".") : S(""));
            if (path->items[k].type == JSON_TEXT)
                buf_add(&b, path->items[k].text);
            else
                buf_i64(&b, path->items[k].integer);
        }
        if (!path)
            buf_add(&b, json_get(&errors->items[i], S("message"))->text);
    }
    for (size_t i = 0; i < b.len; i++)
        b.at[i] = b.at[i] == '"' ? '\'' : b.at[i];
    return buf_str(&b);
}

static const struct {
    const char *query, *answer;
} rows[] = {
    /* the value itself */
    {"{ posts { views } }", "{'posts':[{'views':1},{'views':null},{'views':null},{'views':null}]} posts.1.views posts.2.views"},
    {"{ posts { mood moods } }",
     "{'posts':[{'mood':'glad','moods':['glad']},{'mood':null,'moods':null},{'mood':null,'moods':[]},{'mood':null,'moods':null}]} posts.1.mood posts.1.moods.1"},
    /* the item, the list, the whole */
    {"{ some { sure } }", "{'some':[{'sure':1},null,null,null]} some.1.sure some.2.sure some.3.sure"},
    {"{ posts { title sure } }", "null posts.1.sure"},
    {"{ a: posts(limit: 1) { sure } b: posts { s: sure } }", "null b.1.s"},
    /* behind a reference; what is remembered of an item has no error in it */
    {"{ posts { author { name number } } }",
     "{'posts':[{'author':{'name':'Ada','number':1}},{'author':null},{'author':{'name':'Ada','number':1}},{'author':{'name':'Ada','number':1}}]} "
     "posts.1.author.number"},
    {"{ posts { author { name number } } }",
     "{'posts':[{'author':{'name':'Ada','number':1}},{'author':null},{'author':{'name':'Ada','number':1}},{'author':{'name':'Ada','number':1}}]} "
     "posts.1.author.number"},
    {"{ some { readers { number } } }",
     "{'some':[{'readers':[{'number':1},null]},{'readers':[{'number':1},null]},{'readers':[{'number':1},{'number':2}]},"
     "{'readers':[{'number':1},{'number':2}]}]} some.0.readers.1.number some.1.readers.1.number"},
    {"{ some { title writers { number } } }",
     "{'some':[null,null,{'title':'P2','writers':[{'number':1},{'number':2}]},{'title':'P3','writers':[{'number':1},{'number':2}]}]} "
     "some.0.writers.1.number some.1.writers.1.number"},
    {"{ posts(limit: 1) { author { posts { sure } } } }", "{'posts':[{'author':null}]} posts.0.author.posts.1.sure"},
    /* pages */
    {"{ connection(first: 2) { totalCount edges { node { views } } } }",
     "{'connection':{'totalCount':4,'edges':[{'node':{'views':1}},{'node':{'views':null}}]}} connection.edges.1.node.views"},
    {"{ connection(first: 2) { edges { node { sure } } totalCount } }",
     "{'connection':{'edges':[{'node':{'sure':1}},null],'totalCount':4}} connection.edges.1.node.sure"},
    {"{ connection(first: 2) { nodes { sure } } }", "{'connection':null} connection.nodes.1.sure"},
    {"{ perhaps { nodes { sure } totalCount } }", "{'perhaps':{'nodes':null,'totalCount':4}} perhaps.nodes.1.sure"},
    /* from the end: errors stand where their items do */
    {"{ connection(last: 3) { edges { node { title views } } nodes { t: title } } }",
     "{'connection':{'edges':[{'node':{'title':'P1','views':null}},{'node':{'title':'P2','views':null}},{'node':{'title':'P3','views':null}}],"
     "'nodes':[{'t':'P1'},{'t':'P2'},{'t':'P3'}]}} connection.edges.1.node.views connection.edges.0.node.views"},
    {"{ connection(last: 2) { edges { node { sure } } } }", "{'connection':{'edges':[null,null]}} connection.edges.1.node.sure connection.edges.0.node.sure"},
};

static void what_cannot_be_is_null(void **state)
{
    struct site s;
    (void)state;
    open_site(&s);
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        CHECK_STR(ask(&s, rows[i].query), str_of(rows[i].answer));
    }
    close_site(&s);
}

/* ---- statements ---- */

static uint64_t prepared(struct site *s)
{
    struct content_figures figures;
    gate_figures(s->house->gate, &figures);
    return figures.engine.statements_prepared;
}

static void statements_are_relations(void **state)
{
    struct site s;
    (void)state;
    open_site(&s);
    (void)ask(&s, "{ posts(limit: 1) { title } some { author { name } } }"); /* BEGIN and its like are there */
    uint64_t before = prepared(&s);
    (void)ask(&s, "{ posts(limit: 3) { title a: author { number } writers { name posts { title } } } }");
    CHECK_INT(prepared(&s) - before, 4); /* posts, author, writers, their posts */
    before = prepared(&s);
    (void)ask(&s, "{ posts(limit: 2) { title a: author { number } writers { name posts { title } } } }");
    CHECK_INT(prepared(&s) - before, 0);
    close_site(&s);
}

CHECK_MAIN(TEST(what_cannot_be_is_null), TEST(statements_are_relations))
