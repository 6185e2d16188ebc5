/* What our own schema reads: values, relations, documents, pages, keys, singletons; by tables over one small site. */
#include "graphql/own/own.h"

#include "base/limits.h"
#include "tests/support/check.h"
#include "tests/support/gql_ask.h"
#include "tests/support/house.h"

static const char *const model_text =
    "[{name:'topics', fields:[{name:'word', kind:'text', unique:true}]},"
    " {name:'pages', fields:[{name:'path', kind:'text'}]},"
    " {name:'authors', fields:[{name:'name', kind:'text', unique:true}, {name:'born', kind:'date'}, {name:'hidden', kind:'text'},"
    "   {name:'mentor', kind:'ref', to:'authors', back:'pupils'}]},"
    " {name:'hero', shape:'component', fields:[{name:'title', kind:'text'}, {name:'link', kind:'ref', to:'pages'}]},"
    " {name:'quote', shape:'component', fields:[{name:'words', kind:'text'}, {name:'by', kind:'ref', to:'authors'}]},"
    " {name:'head', shape:'single', fields:[{name:'motto', kind:'text', default:'Hello'}, {name:'link', kind:'ref', to:'pages'},"
    "   {name:'words', kind:'tags'}]},"
    " {name:'notes', fields:[{name:'text', kind:'text'}, {name:'post', kind:'ref', to:'authors'}]},"
    " {name:'posts', fields:[{name:'title', kind:'text', required:true, search:1}, {name:'slug', kind:'slug', unique:true},"
    "   {name:'views', kind:'number', integer:true}, {name:'price', kind:'number'}, {name:'at', kind:'datetime'}, {name:'day', kind:'date'},"
    "   {name:'live', kind:'boolean'}, {name:'words', kind:'tags'}, {name:'data', kind:'object'}, {name:'mood', kind:'select', options:['glad','sad']},"
    "   {name:'scores', kind:'number', many:true},"
    "   {name:'author', kind:'ref', to:'authors'}, {name:'topics', kind:'ref', to:'topics', many:true},"
    "   {name:'about', kind:'ref', to:['authors','pages']}, {name:'more', kind:'ref', to:['authors','pages'], many:true},"
    "   {name:'seo', kind:'set', fields:[{name:'by', kind:'ref', to:'authors'}, {name:'title', kind:'text'}, {name:'rank', kind:'number', integer:true}]},"
    "   {name:'rows', kind:'set', many:true, fields:[{name:'name', kind:'text'}, {name:'price', kind:'number'}]},"
    "   {name:'body', kind:'blocks', of:['hero','quote']}]}]";

static struct house *house;
static struct arena *arena;
static const struct principal *reader, *editor;
static struct gql_schema *reader_schema, *editor_schema;
static str ada, bob, about_page, topics[4], posts[6];

static str made(const char *collection, str json)
{
    return house_item(house, collection, arena_cstr(arena, json));
}

static void make_posts(void)
{
    for (int i = 0; i < 6; i++) {
        str seo = i == 0 ? arena_format(arena, "{by:'" STR_FMT "', title:'T', rank:7}", STR_ARG(ada)) : (str)STR("null");
        posts[i] = made("posts", arena_format(arena,
            "{_state:%d, title:'P%d', slug:'p-%d', views:%d, price:%d.5, at:'2026-01-0%dT10:00:00Z', day:'2026-01-0%d', live:%s,"
            " words:%s, data:{x:[%d]}, mood:'%s', scores:[1,2.5], author:%s, topics:['" STR_FMT "','" STR_FMT "','" STR_FMT "'],"
            " about:'%s/" STR_FMT "', more:['authors/" STR_FMT "','pages/" STR_FMT "'], seo:" STR_FMT ", rows:[{name:'a', price:1},{name:'b', price:%d}],"
            " body:[{_component:'hero', title:'H', link:'" STR_FMT "'},{_component:'quote', words:'W', by:'" STR_FMT "'}]}",
            i == 5 ? 0 : 1, i, i, i * 10, i, i + 1, i + 1, i % 2 ? "true" : "false", i == 4 ? "null" : "['a','b']", i, i % 2 ? "sad" : "glad",
            i == 3 ? "null" : arena_cstr(arena, arena_format(arena, "'" STR_FMT "'", STR_ARG(i == 2 ? bob : ada))),
            STR_ARG(topics[2]), STR_ARG(topics[i % 2]), STR_ARG(topics[3]), i % 2 ? "pages" : "authors", STR_ARG(i % 2 ? about_page : ada),
            STR_ARG(ada), STR_ARG(about_page), STR_ARG(seo), i, STR_ARG(about_page), STR_ARG(bob)));
    }
}

static void open_site(void)
{
    arena = arena_open(1u << 20);
    house = house_open();
    house_model(house, model_text);
    house_people(house, "{roles:{"
        " reader:[{collection:'posts', verbs:['read'], where:{_state:1}}, {collection:'topics', verbs:['read']}, {collection:'pages', verbs:['read']},"
        "   {collection:'head', verbs:['read']}, {collection:'authors', verbs:['read'], fields:['_id','name','born','mentor'], where:{_state:1}}],"
        " editor:[{collection:'*', verbs:['read','create','update','publish']}]}, keys:{reader:{role:'reader'}, editor:{role:'editor'}}}");
    ada = made("authors", S("{_state:1, name:'Ada', born:'1815-12-10', hidden:'x'}"));
    bob = made("authors", arena_format(arena, "{_state:0, name:'Bob', mentor:'" STR_FMT "'}", STR_ARG(ada)));
    about_page = made("pages", S("{_state:1, path:'/about'}"));
    for (int i = 0; i < 4; i++)
        topics[i] = made("topics", arena_format(arena, "{_state:1, word:'t%d'}", i));
    make_posts();
    reader = house_who(house, arena, house_key(house, "reader"));
    editor = house_who(house, arena, house_key(house, "editor"));
    reader_schema = own_schema_make(reader, true);
    editor_schema = own_schema_make(editor, true);
}

static void close_site(void)
{
    counted_release(&reader_schema->counted);
    counted_release(&editor_schema->counted);
    house_close(house);
    arena_close(arena);
}

static str ask(str query, bool as_editor)
{
    return gql_ask_gate(arena, as_editor ? editor_schema : reader_schema, house->gate, as_editor ? editor : reader, query, NULL);
}


/* Quotes for C's sake: ' stands for ". */
static str quoted(const char *text)
{
    char *copy = arena_get(arena, strlen(text) + 1, 1);
    size_t n = 0;
    for (; text[n]; n++)
        copy[n] = text[n] == '\'' ? '"' : text[n];
    return (str){copy, n};
}

struct asked {
    const char *query, *answer;       /* E in front: as the editor */
};

static void check_rows(const struct asked *rows, size_t count)
{
    open_site();
    for (size_t i = 0; i < count; i++) {
        bool as_editor = rows[i].query[0] == 'E';
        CHECK_AT(i);
        CHECK_STR(ask(quoted(rows[i].query + as_editor), as_editor), quoted(rows[i].answer));
    }
    close_site();
}

static const struct asked values[] = {
    {"{ posts { title } }", "{'data':{'posts':[{'title':'P0'},{'title':'P1'},{'title':'P2'},{'title':'P3'},{'title':'P4'}]}}"},
    {"{ posts(limit: 2, orderBy: [{views: DESC}]) { __typename t: title title slug views price at day live words data mood scores _state _model } }",
     "{'data':{'posts':[{'__typename':'Post','t':'P4','title':'P4','slug':'p-4','views':40,'price':4.5,'at':'2026-01-05T10:00:00Z','day':'2026-01-05',"
     "'live':false,'words':null,'data':{'x':[4]},'mood':'glad','scores':[1,2.5],'_state':1,'_model':'posts'},"
     "{'__typename':'Post','t':'P3','title':'P3','slug':'p-3','views':30,'price':3.5,'at':'2026-01-04T10:00:00Z','day':'2026-01-04','live':true,"
     "'words':['a','b'],'data':{'x':[3]},'mood':'sad','scores':[1,2.5],'_state':1,'_model':'posts'}]}}"},
    {"{ posts(limit: 0) { title } }", "{'data':{'posts':[]}}"},
    {"{ posts(limit: 1, offset: 3) { title } }", "{'data':{'posts':[{'title':'P3'}]}}"},
    {"{ postBy(key: {slug: 'p-2'}) { title } }", "{'data':{'postBy':{'title':'P2'}}}"},
    {"{ postBy(key: {slug: 'no'}) { title } }", "{'data':{'postBy':null}}"},
    {"{ postBy(key: {_id: 'no'}) { title } }", "{'data':{'postBy':null}}"},
    {"{ post(_id: 'no') { title } }", "{'data':{'post':null}}"},
    {"{ node(_nodeId: 'no') { _id } nodes(_nodeIds: ['no', 'bm8vMQ']) { _id } }", "{'data':{'node':null,'nodes':[null,null]}}"},
    {"{ head { _id motto words link { path } _rev _model notes: __typename } }",
     "{'data':{'head':{'_id':'','motto':'Hello','words':null,'link':null,'_rev':0,'_model':'head','notes':'Head'}}}"},
    {"{ posts(search: 'P2') { title } }", "{'data':{'posts':[{'title':'P2'}]}}"},
    {"{ search(text: 'P1') { node { __typename _model ... on Post { title } } } }",
     "{'data':{'search':[{'node':{'__typename':'Post','_model':'posts','title':'P1'}}]}}"},
    {"{ search(text: 'P1', in: [posts], limit: 0) { score } }", "{'data':{'search':[]}}"},
    {"{ search(text: 'P1', limit: 100) { node { _model } } }", "{'data':{'search':[{'node':{'_model':'posts'}}]}}"},
};

static const struct asked relations[] = {
    {"{ posts(limit: 4) { author { name born mentor { name } } topics { word } } }",
     "{'data':{'posts':[{'author':{'name':'Ada','born':'1815-12-10','mentor':null},'topics':[{'word':'t2'},{'word':'t0'},{'word':'t3'}]},"
     "{'author':{'name':'Ada','born':'1815-12-10','mentor':null},'topics':[{'word':'t2'},{'word':'t1'},{'word':'t3'}]},"
     "{'author':null,'topics':[{'word':'t2'},{'word':'t0'},{'word':'t3'}]},{'author':null,'topics':[{'word':'t2'},{'word':'t1'},{'word':'t3'}]}]}}"},
    /* one relation twice, with arguments of its own */
    {"{ posts(limit: 1) { a: topics(limit: 1) { word } b: topics(orderBy: [{word: ASC}], limit: 2) { word } c: topics(where: {word: {ne: 't2'}}) { word } "
     "d: topics(offset: 2) { word } e: topics(limit: 0) { word } } }",
     "{'data':{'posts':[{'a':[{'word':'t2'}],'b':[{'word':'t0'},{'word':'t2'}],'c':[{'word':'t0'},{'word':'t3'}],'d':[{'word':'t3'}],'e':[]}]}}"},
    {"{ posts(limit: 2) { a: author { name } b: author { born __typename } } }",
     "{'data':{'posts':[{'a':{'name':'Ada'},'b':{'born':'1815-12-10','__typename':'Author'}},{'a':{'name':'Ada'},'b':{'born':'1815-12-10','__typename':'Author'}}]}}"},
    {"{ posts(limit: 2) { about { __typename ... on Author { name } ... on Page { path } } more { ... on Author { name } ... on Page { path } } } }",
     "{'data':{'posts':[{'about':{'__typename':'Author','name':'Ada'},'more':[{'name':'Ada'},{'path':'/about'}]},"
     "{'about':{'__typename':'Page','path':'/about'},'more':[{'name':'Ada'},{'path':'/about'}]}]}}"},
    {"{ posts(limit: 1) { more(limit: 1) { __typename } a: more(offset: 1) { __typename ... on Node { _model } } } }",
     "{'data':{'posts':[{'more':[{'__typename':'Author'}],'a':[{'__typename':'Page','_model':'pages'}]}]}}"},
    {"{ authors { name posts_via_author(limit: 2, orderBy: [{views: DESC}]) { title author { name } } } }",
     "{'data':{'authors':[{'name':'Ada','posts_via_author':[{'title':'P4','author':{'name':'Ada'}},{'title':'P1','author':{'name':'Ada'}}]}]}}"},
    {"{ authors { p: posts_via_author(limit: 1) { a: author { p: posts_via_author(limit: 1) { a: author { p: posts_via_author(limit: 1) { title } } } } } } }",
     "{'data':{'authors':[{'p':[{'a':{'p':[{'a':{'p':[{'title':'P0'}]}}]}}]}]}}"},
    /* who may see drafts sees them where he asks, and links behind them */
    {"E{ posts(limit: 3) { author { name } } }", "{'data':{'posts':[{'author':{'name':'Ada'}},{'author':{'name':'Ada'}},{'author':null}]}}"},
    {"E{ posts(perspective: DRAFT, offset: 2) { title _draft author { name mentor { name } } } }",
     "{'data':{'posts':[{'title':'P2','_draft':false,'author':{'name':'Bob','mentor':{'name':'Ada'}}},{'title':'P3','_draft':false,'author':null},"
     "{'title':'P4','_draft':false,'author':{'name':'Ada','mentor':null}},{'title':'P5','_draft':false,'author':{'name':'Ada','mentor':null}}]}}"},
};

static const struct asked documents[] = {
    {"{ posts(limit: 2) { seo { title rank by { name } } rows { name price } } }",
     "{'data':{'posts':[{'seo':{'title':'T','rank':7,'by':{'name':'Ada'}},'rows':[{'name':'a','price':1},{'name':'b','price':0}]},"
     "{'seo':null,'rows':[{'name':'a','price':1},{'name':'b','price':1}]}]}}"},
    {"{ posts(limit: 1) { body { __typename ... on Hero { title link { path } } ... on Quote { words by { name } } } } }",
     "{'data':{'posts':[{'body':[{'__typename':'Hero','title':'H','link':{'path':'/about'}},{'__typename':'Quote','words':'W','by':null}]}]}}"},
    {"{ posts(limit: 1) { body { ... on Block { _component } } a: seo { by { born } } b: seo { by { name } title } } }",
     "{'data':{'posts':[{'body':[{'_component':'hero'},{'_component':'quote'}],'a':{'by':{'born':'1815-12-10'}},'b':{'by':{'name':'Ada'},'title':'T'}}]}}"},
};

static const struct asked conditions[] = {
    {"{ posts(where: {author: {name: {eq: 'Ada'}}, _not: {views: {gt: 10}}}) { title } }", "{'data':{'posts':[{'title':'P0'},{'title':'P1'}]}}"},
    {"{ posts(where: {_or: [{title: {eq: 'P1'}}, {views: {between: {from: 30, to: 40}}}]}) { title } }",
     "{'data':{'posts':[{'title':'P1'},{'title':'P3'},{'title':'P4'}]}}"},
    {"{ posts(where: {title: {in: ['P0', 'P4']}, words: {isNull: true}}) { title } }", "{'data':{'posts':[{'title':'P4'}]}}"},
    {"{ posts(where: {words: {isNull: false, all: ['a', 'b'], size: 2}, live: {eq: true}}) { title } }", "{'data':{'posts':[{'title':'P1'},{'title':'P3'}]}}"},
    {"{ posts(where: {title: {istartsWith: 'p', notIn: ['P0', 'P1', 'P2']}}) { title } }", "{'data':{'posts':[{'title':'P3'},{'title':'P4'}]}}"},
    {"{ posts(where: {topics: {some: {word: {eq: 't1'}}}}) { title } }", "{'data':{'posts':[{'title':'P1'},{'title':'P3'}]}}"},
    {"{ posts(where: {topics: {none: {word: {eq: 't1'}}}}) { title } }", "{'data':{'posts':[{'title':'P0'},{'title':'P2'},{'title':'P4'}]}}"},
    {"{ posts(where: {topics: {every: {word: {ne: 't1'}}, count: 3, isEmpty: false}}) { title } }", "{'data':{'posts':[{'title':'P0'},{'title':'P2'},{'title':'P4'}]}}"},
    {"{ posts(where: {rows: {some: {price: {gt: 2}}}, seo: {_isNull: true}}) { title } }", "{'data':{'posts':[{'title':'P3'},{'title':'P4'}]}}"},
    {"{ posts(where: {seo: {title: {eq: 'T'}, rank: {gte: 7}}}) { title } }", "{'data':{'posts':[{'title':'P0'}]}}"},
    {"{ posts(where: {body: {some: {_component: {eq: 'quote'}, words: {eq: 'W'}}}}, limit: 1) { title } }", "{'data':{'posts':[{'title':'P0'}]}}"},
    {"{ posts(where: {about: {pages: {path: {eq: '/about'}}}}) { title } }", "{'data':{'posts':[{'title':'P1'},{'title':'P3'}]}}"},
    {"{ posts(where: {about: {_model: {eq: authors}}}) { title } }", "{'data':{'posts':[{'title':'P0'},{'title':'P2'},{'title':'P4'}]}}"},
    {"{ posts(where: {more: {authors: {some: {name: {eq: 'Ada'}}}}, author: {_isNull: true}}) { title } }", "{'data':{'posts':[{'title':'P3'}]}}"},
    {"{ authors(where: {posts_via_author: {some: {views: {gt: 30}}, count: 3}}) { name } }", "{'data':{'authors':[{'name':'Ada'}]}}"},
    {"{ posts(where: {}) { title } }", "{'data':{'posts':[{'title':'P0'},{'title':'P1'},{'title':'P2'},{'title':'P3'},{'title':'P4'}]}}"},
    {"{ posts(where: {title: {}}, limit: 1) { title } }", "{'data':{'posts':[{'title':'P0'}]}}"},
    {"{ posts(orderBy: [{author: {name: DESC}}, {views: DESC}]) { title } }",
     "{'data':{'posts':[{'title':'P4'},{'title':'P1'},{'title':'P0'},{'title':'P3'},{'title':'P2'}]}}"},
    {"{ posts(orderBy: [{topics_count: ASC}, {views: DESC}], limit: 1) { title } }", "{'data':{'posts':[{'title':'P4'}]}}"},
    {"{ authors(where: {pupils: {isEmpty: true, none: {name: {eq: \"Bob\"}}}}, orderBy: {pupils_count: ASC}) { name pupils { name } pupilsConnection { totalCount } } }",
     "{'data':{'authors':[{'name':'Ada','pupils':[],'pupilsConnection':{'totalCount':0}}]}}"},
    {"{ authors(orderBy: {posts_via_author_count: DESC}) { name } }", "{'data':{'authors':[{'name':'Ada'}]}}"},
};

static const struct asked groups[] = {
    {"{ postsAggregate(groupBy: [mood]) { key { mood } count sum { views } max { at } } }",
     "{'data':{'postsAggregate':[{'key':{'mood':'glad'},'count':3,'sum':{'views':60},'max':{'at':'2026-01-05T10:00:00Z'}},"
     "{'key':{'mood':'sad'},'count':2,'sum':{'views':40},'max':{'at':'2026-01-04T10:00:00Z'}}]}}"},
    {"{ postsAggregate { n: count avg { price } min { day __typename } } }",
     "{'data':{'postsAggregate':[{'n':5,'avg':{'price':2.5},'min':{'day':'2026-01-01','__typename':'PostRange'}}]}}"},
    {"{ postsAggregate(groupBy: [mood, at__year], having: {count: {gt: 2}, sum: {views: {lt: 61}}}, orderBy: [{sum: {views: DESC}}]) { key { at__year } } }",
     "{'data':{'postsAggregate':[{'key':{'at__year':2026}}]}}"},
    {"{ postsAggregate(groupBy: [mood], orderBy: [{key: {mood: DESC}}], limit: 1) { key { mood } } }", "{'data':{'postsAggregate':[{'key':{'mood':'sad'}}]}}"},
    {"{ postsAggregate(where: {author: {name: {eq: 'Ada'}}}) { count countDistinct { mood } } }",
     "{'data':{'postsAggregate':[{'count':3,'countDistinct':{'mood':2}}]}}"},
    {"{ postsAggregate(groupBy: [mood], having: {_not: {count: {eq: 2}}}) { key { mood } } }", "{'data':{'postsAggregate':[{'key':{'mood':'glad'}}]}}"},
};

/* A sentence of each: where it is told is exact, and what may be null is. */
static const struct asked refusals[] = {
    {"{ posts(where: {title: {eq: null}}) { title } }",
     "{'errors':[{'message':'\\'eq\\' is null, which is no condition: say isNull.','locations':[{'line':1,'column':3}],'path':['posts'],"
     "'extensions':{'code':'BAD_USER_INPUT','errors':[{'path':'where','code':'null','message':'\\'eq\\' is null, which is no condition: say isNull.'}]}}],'data':null}"},
    {"{ posts(where: {author: null}) { title } }",
     "{'errors':[{'message':'\\'author\\' is null, which is no condition: say isNull.','locations':[{'line':1,'column':3}],'path':['posts'],"
     "'extensions':{'code':'BAD_USER_INPUT','errors':[{'path':'where','code':'null','message':'\\'author\\' is null, which is no condition: say isNull.'}]}}],'data':null}"},
    {"{ posts(where: {hidden: {eq: 'x'}}) { title } }",
     "{'errors':[{'message':'\\'PostWhere\\' has no field \\'hidden\\'.','locations':[{'line':1,'column':17}],'extensions':{'code':'GRAPHQL_VALIDATION_FAILED'}}]}"},
    {"{ posts(limit: 1001) { title } }",
     "{'errors':[{'message':'limit is a whole number from 0 to 1000.','locations':[{'line':1,'column':3}],'path':['posts'],"
     "'extensions':{'code':'BAD_USER_INPUT','errors':[{'path':'limit','code':'limit','message':'limit is a whole number from 0 to 1000'}]}}],'data':null}"},
    {"{ posts(limit: 1) { title topics(limit: -1) { word } } a: posts(limit: 1) { title } }",
     "{'errors':[{'message':'limit is a whole number from 0 to 1000.','locations':[{'line':1,'column':27}],'path':['posts',0,'topics'],"
     "'extensions':{'code':'BAD_USER_INPUT','errors':[{'path':'limit','code':'limit','message':'limit is a whole number from 0 to 1000'}]}}],'data':null}"},
    {"{ postsConnection(first: 1, last: 1) { totalCount } }",
     "{'errors':[{'message':'A connection has first or last, not both.','locations':[{'line':1,'column':3}],'path':['postsConnection'],"
     "'extensions':{'code':'BAD_USER_INPUT','errors':[{'path':'last','code':'parameter','message':'A connection has first or last, not both'}]}}],'data':null}"},
    {"{ postsConnection(first: 1, before: 'x') { totalCount } }",
     "{'errors':[{'message':'first goes with after, last with before.','locations':[{'line':1,'column':3}],'path':['postsConnection'],"
     "'extensions':{'code':'BAD_USER_INPUT','errors':[{'path':'before','code':'parameter','message':'first goes with after, last with before'}]}}],'data':null}"},
    {"{ postsConnection(last: 1, after: 'x') { totalCount } }",
     "{'errors':[{'message':'first goes with after, last with before.','locations':[{'line':1,'column':3}],'path':['postsConnection'],"
     "'extensions':{'code':'BAD_USER_INPUT','errors':[{'path':'after','code':'parameter','message':'first goes with after, last with before'}]}}],'data':null}"},
    {"{ postsConnection(after: 'x') { totalCount nodes { title } } }",
     "{'errors':[{'message':'This cursor was not made for this listing; start again without it.','locations':[{'line':1,'column':3}],'path':['postsConnection'],"
     "'extensions':{'code':'BAD_USER_INPUT','errors':[{'path':'cursor','code':'cursor','message':'This cursor was not made for this listing; start again without it'}]}}],'data':null}"},
    {"{ postsConnection(search: 'P1', last: 2) { nodes { title } } }",
     "{'errors':[{'message':'What was searched for is told page by page from the first on; last does not go with it.','locations':[{'line':1,'column':3}],"
     "'path':['postsConnection'],'extensions':{'code':'BAD_USER_INPUT','errors':[{'path':'last','code':'parameter','message':'What was searched for is told "
     "page by page from the first on; last does not go with it'}]}}],'data':null}"},
    {"{ authors { p: posts_via_author(limit: 1) { a: author { p: posts_via_author(limit: 1) { a: author { p: posts_via_author(limit: 1) { a: author { name } } } } } } } }",
     "{'errors':[{'message':'At most 5 relations are followed.','locations':[{'line':1,'column':133}],'path':['authors',0,'p',0,'a','p',0,'a','p',0,'a'],"
     "'extensions':{'code':'BAD_USER_INPUT','errors':[{'path':'a','code':'limit','message':'At most 5 relations are followed.'}]}}],"
     "'data':{'authors':[{'p':[{'a':{'p':[{'a':{'p':[{'a':null}]}}]}}]}]}}"},
    {"{ search(text: 'P1', limit: 101) { score } }",
     "{'errors':[{'message':'limit is a whole number from 0 to 100.','locations':[{'line':1,'column':3}],'path':['search'],"
     "'extensions':{'code':'BAD_USER_INPUT','errors':[{'path':'limit','code':'limit','message':'limit is a whole number from 0 to 100'}]}}],'data':null}"},
    {"{ search(text: '') { score } }",
     "{'errors':[{'message':'There must be a word that is looked for.','locations':[{'line':1,'column':3}],'path':['search'],"
     "'extensions':{'code':'BAD_USER_INPUT','errors':[{'path':'search','code':'required','message':'There must be a word that is looked for'}]}}],'data':null}"},
};

static void values_are_read(void **state)
{
    (void)state;
    check_rows(values, COUNTOF(values));
}
static void relations_are_followed(void **state)
{
    (void)state;
    check_rows(relations, COUNTOF(relations));
}
static void documents_are_walked(void **state)
{
    (void)state;
    check_rows(documents, COUNTOF(documents));
}
static void conditions_and_orders_hold(void **state)
{
    (void)state;
    check_rows(conditions, COUNTOF(conditions));
}
static void groups_are_made(void **state)
{
    (void)state;
    check_rows(groups, COUNTOF(groups));
}
static void bad_wishes_are_refused(void **state)
{
    (void)state;
    check_rows(refusals, COUNTOF(refusals));
}

CHECK_MAIN(TEST(values_are_read), TEST(relations_are_followed), TEST(documents_are_walked), TEST(conditions_and_orders_hold),
           TEST(groups_are_made), TEST(bad_wishes_are_refused))
