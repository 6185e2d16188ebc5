#include "tests/support/blog_model.h"
#include "tests/support/check.h"

#include "content/filter/filter.h"

#define NOW_MS INT64_C(1795255200000) /* 2026-11-21T10:00:00Z */
#define ADA "aaaaaaaaaaaaaaaaaaaaaaa1"
#define BOB "aaaaaaaaaaaaaaaaaaaaaaa2"
#define EVE "aaaaaaaaaaaaaaaaaaaaaaa3"
#define PUB "bbbbbbbbbbbbbbbbbbbbbbb1"
#define GONE "cccccccccccccccccccccccc"

struct world_item {
    const char *id, *json;
};

/* What references may point to; GONE is absent or not visible. */
static const struct world_item world_items[] = {
    {ADA, "{\"_id\":\"" ADA "\",\"name\":\"Ada\",\"born\":\"1815-12-10\",\"salary\":100,\"publisher\":\"" PUB "\"}"},
    {BOB, "{\"_id\":\"" BOB "\",\"name\":\"Bob\",\"salary\":null,\"mentor\":\"" ADA "\"}"},
    {EVE, "{\"_id\":\"" EVE "\",\"name\":null,\"mentor\":\"" BOB "\",\"publisher\":\"" GONE "\"}"},
    {PUB, "{\"_id\":\"" PUB "\",\"name\":\"Penguin\",\"country\":\"UK\"}"},
};

struct bench {
    struct arena *arena;
    const struct model *model;
    struct filter_world world;
};

static const struct json *tree_of(struct bench *b, const char *text, enum json_dialect dialect)
{
    const struct json *tree = NULL;
    struct problem why = {.arena = b->arena};
    struct json_options options = {.dialect = dialect};

    NEED(json_read(b->arena, str_of(text), &options, S(""), &tree, &why) == ERR_OK);
    return tree;
}

static const struct json *fetch(void *self, const struct collection *c, str id)
{
    (void)c;
    for (size_t i = 0; i < COUNTOF(world_items); i++)
        if (str_equal(id, str_of(world_items[i].id)))
            return tree_of(self, world_items[i].json, JSON_STRICT);
    return NULL;
}

static struct vars nobody = {.now_ms = NOW_MS};

static struct bench *bench_open(struct bench *b)
{
    *b = (struct bench){.arena = arena_open(1u << 16)};
    b->model = blog_model(b->arena);
    b->world = (struct filter_world){.arena = b->arena, .vars = &nobody, .fetch = fetch, .self = b};
    return b;
}

struct match_row {
    const char *filter, *item;
    bool matches;
};

static void check_matches(const struct match_row *rows, size_t count, const struct vars *vars)
{
    struct bench b;

    bench_open(&b);
    for (size_t i = 0; i < count; i++) {
        const struct filter *f = NULL;
        struct problem why = {.arena = b.arena};
        struct filter_options options = {
            .dialect = vars ? JSON_STRICT : JSON_5, .allow_vars = vars != NULL, .where = STR("filter")};
        CHECK_AT(i);
        b.world.vars = vars ? vars : &nobody;
        CHECK_ERR(filter_read(b.arena, b.model, model_find(b.model, S("posts")), tree_of(&b, rows[i].filter, JSON_5),
                              &options, &f, &why),
                  ERR_OK);
        if (why.fault_count > 0)
            CHECK_STR(why.faults[0].text, S(""));
        if (f && filter_matches(f, tree_of(&b, rows[i].item, JSON_5), &b.world) != rows[i].matches)
            CHECK_SAY("%s %s %s", rows[i].item, rows[i].matches ? "should match" : "should not match", rows[i].filter);
    }
    arena_close(b.arena);
}
#define MATCHES(rows) check_matches((rows), COUNTOF(rows), NULL)

static void equality_knows_null(void **state)
{
    static const struct match_row rows[] = {
        {"{title:'a'}", "{title:'a'}", true},
        {"{title:'a'}", "{title:'A'}", false},
        {"{title:'a'}", "{title:null}", false},
        {"{title:'a'}", "{}", false},
        {"{title:null}", "{title:null}", true},
        {"{title:null}", "{}", true},
        {"{title:null}", "{title:''}", false},
        {"{title:{$ne:'a'}}", "{title:'b'}", true},
        {"{title:{$ne:'a'}}", "{title:'a'}", false},
        {"{title:{$ne:'a'}}", "{title:null}", true},
        {"{title:{$ne:'a'}}", "{}", true},
        {"{title:{$ne:null}}", "{title:'a'}", true},
        {"{title:{$ne:null}}", "{title:null}", false},
        {"{title:{$in:['a','b']}}", "{title:'b'}", true},
        {"{title:{$in:['a','b']}}", "{title:'c'}", false},
        {"{title:{$in:['a','b']}}", "{}", false},
        {"{title:{$nin:['a','b']}}", "{title:'b'}", false},
        {"{title:{$nin:['a','b']}}", "{title:'c'}", true},
        {"{title:{$nin:['a','b']}}", "{title:null}", true},
        {"{title:{$exists:true}}", "{title:''}", true},
        {"{title:{$exists:true}}", "{title:null}", false},
        {"{title:{$exists:false}}", "{}", true},
        {"{title:{$exists:false}}", "{title:'a'}", false},
        {"{live:true}", "{live:true}", true},
        {"{live:1}", "{live:true}", true},
        {"{live:0}", "{live:false}", true},
        {"{live:false}", "{live:null}", false},
        {"{live:{$ne:true}}", "{live:null}", true},
        {"{}", "{}", true},
        {"{title:{$in:[]}}", "{title:'a'}", false},
        {"{title:{$nin:[]}}", "{title:'a'}", true},
    };
    (void)state;
    MATCHES(rows);
}

static void numbers_compare_by_value(void **state)
{
    static const struct match_row rows[] = {
        {"{views:1}", "{views:1.0}", true},
        {"{views:1.5}", "{views:1.5}", true},
        {"{views:1.5}", "{views:1}", false},
        {"{views:{$gt:1}}", "{views:1.5}", true},
        {"{views:{$gt:1}}", "{views:1}", false},
        {"{views:{$gte:1}}", "{views:1.0}", true},
        {"{views:{$lt:-1}}", "{views:-1.5}", true},
        {"{views:{$lt:-1.5}}", "{views:-1}", false},
        {"{views:{$lte:1}}", "{views:2}", false},
        {"{views:{$gt:1}}", "{}", false},
        {"{views:{$lt:1}}", "{views:null}", false},
        {"{views:9007199254740993}", "{views:9007199254740992.0}", false},
        {"{views:{$gt:9007199254740992.0}}", "{views:9007199254740993}", true},
        {"{views:{$lt:9223372036854775807}}", "{views:9223372036854775808.0}", false},
        {"{views:{$gt:-9223372036854775808}}", "{views:-1e300}", false},
        {"{views:{$between:[1,3]}}", "{views:1}", true},
        {"{views:{$between:[1,3]}}", "{views:3}", true},
        {"{views:{$between:[1,3]}}", "{views:3.1}", false},
        {"{views:{$between:[3,1]}}", "{views:2}", false},
        {"{views:{$between:[1,3]}}", "{}", false},
        {"{views:{$mod:[3,1]}}", "{views:4}", true},
        {"{views:{$mod:[3,1]}}", "{views:4.0}", true},
        {"{views:{$mod:[3,1]}}", "{views:4.5}", false},
        {"{views:{$mod:[3,-1]}}", "{views:-4}", true},
        {"{views:{$mod:[-3,1]}}", "{views:4}", true},
        {"{views:{$mod:[-1,0]}}", "{views:-9223372036854775808}", true},
        {"{views:{$mod:[3,0]}}", "{}", false},
        {"{views:{$in:[1,2]}}", "{views:2.0}", true},
    };
    (void)state;
    MATCHES(rows);
}

static void texts_compare_by_bytes(void **state)
{
    static const struct match_row rows[] = {
        {"{title:{$gt:'a'}}", "{title:'b'}", true},
        {"{title:{$gt:'a'}}", "{title:'B'}", false},
        {"{title:{$gt:'a'}}", "{title:'aa'}", true},
        {"{title:{$lt:'z'}}", "{title:'é'}", false},
        {"{title:{$between:['b','d']}}", "{title:'c'}", true},
        {"{title:{$startsWith:'Ad'}}", "{title:'Ada'}", true},
        {"{title:{$startsWith:'ad'}}", "{title:'Ada'}", false},
        {"{title:{$startsWith:''}}", "{title:'Ada'}", true},
        {"{title:{$startsWith:''}}", "{title:null}", false},
        {"{title:{$endsWith:'da'}}", "{title:'Ada'}", true},
        {"{title:{$endsWith:'Da'}}", "{title:'Ada'}", false},
        {"{title:{$contains:'d%'}}", "{title:'Ad%a'}", true},
        {"{title:{$contains:'d%'}}", "{title:'Adda'}", false},
        {"{title:{$contains:'d'}}", "{}", false},
        {"{title:{$regex:'^ad.$'}}", "{title:'Ada'}", true},
        {"{title:{$regex:'^ad.$',$options:''}}", "{title:'Ada'}", false},
        {"{title:{$regex:'/^ad.$/'}}", "{title:'Ada'}", false},
        {"{title:{$regex:'^é'}}", "{title:'Éa'}", true},
        {"{title:{$regex:'a.b'}}", "{title:'a\\nb'}", false},
        {"{title:{$regex:'/a.b/s'}}", "{title:'a\\nb'}", true},
        {"{title:{$regex:'/^b/m'}}", "{title:'a\\nb'}", true},
        {"{title:{$regex:''}}", "{title:''}", true},
        {"{title:{$regex:''}}", "{title:null}", false},
        {"{title:{$not:'^a'}}", "{title:'b'}", true},
        {"{title:{$not:'^a'}}", "{title:'a'}", false},
        {"{title:{$not:'^a'}}", "{title:null}", true},
        {"{title:{$regex:'(a+)+$'}}", "{title:'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab'}", false},
        {"{title:{$text:'lovelace ada'}}", "{title:'Ada Lovelace'}", true},
        {"{title:{$text:'ÉLAN'}}", "{title:'tout l\\u2019elan'}", true},
        {"{title:{$text:'ada bob'}}", "{title:'Ada Lovelace'}", false},
        {"{title:{$text:'lace'}}", "{title:'Ada Lovelace'}", true},
        {"{title:{$text:' '}}", "{title:'Ada'}", true},
        {"{title:{$text:''}}", "{title:null}", false},
    };
    (void)state;
    MATCHES(rows);
}

static void times_compare_as_instants(void **state)
{
    static const struct match_row rows[] = {
        {"{day:{$gte:'2026-01-01'}}", "{day:'2026-11-21'}", true},
        {"{day:{$lt:'2026-01-01'}}", "{day:'2026-11-21'}", false},
        {"{clock:'10:00:00'}", "{clock:'10:00'}", true},
        {"{clock:{$gt:'10:00'}}", "{clock:'10:00:01'}", true},
        {"{published:'2026-11-21 10:00'}", "{published:'2026-11-21T10:00:00Z'}", true},
        {"{published:{$gt:'2026-11-21T10:00:00Z'}}", "{published:'2026-11-21T10:00:00.500Z'}", true},
        {"{published:{$lt:'2026-11-21T12:00:00+01:00'}}", "{published:'2026-11-21T10:59:59Z'}", true},
        {"{published:{$between:['2026-11-21 09:00','2026-11-21 10:00']}}", "{published:'2026-11-21T10:00:00Z'}", true},
        {"{published:{$in:['2026-11-21 10:00']}}", "{published:1795255200000}", true},
        {"{published:null}", "{published:null}", true},
        {"{events:'2026-11-21 10:00'}", "{events:['2026-11-21T10:00:00Z']}", true},
        {"{events:{$lt:'2026-11-21 10:00'}}", "{events:['2026-11-21T10:00:00Z','2025-11-21T10:00:00Z']}", true},
        {"{'seo.checked':{$lt:'2026-11-21 10:00'}}", "{seo:{checked:'2026-11-21T09:59:59Z'}}", true},
        {"{_created:{$gt:'2026-11-21'}}", "{_created:1795255200}", true},
    };
    (void)state;
    MATCHES(rows);
}

static void lists_match_by_some_element(void **state)
{
    static const struct match_row rows[] = {
        {"{tags:'a'}", "{tags:['b','a']}", true},
        {"{tags:'a'}", "{tags:['b']}", false},
        {"{tags:'a'}", "{tags:[]}", false},
        {"{tags:{$has:'a'}}", "{tags:['a']}", true},
        {"{tags:{$ne:'a'}}", "{tags:['b','a']}", false},
        {"{tags:{$ne:'a'}}", "{tags:['b']}", true},
        {"{tags:{$ne:'a'}}", "{tags:[]}", true},
        {"{tags:{$ne:'a'}}", "{tags:null}", true},
        {"{tags:null}", "{tags:[]}", true},
        {"{tags:null}", "{tags:null}", true},
        {"{tags:null}", "{tags:['a']}", false},
        {"{tags:{$exists:true}}", "{tags:[]}", false},
        {"{tags:{$exists:true}}", "{tags:['']}", true},
        {"{tags:{$in:['x','a']}}", "{tags:['a','b']}", true},
        {"{tags:{$in:['x']}}", "{tags:['a','b']}", false},
        {"{tags:{$nin:['x','a']}}", "{tags:['a','b']}", false},
        {"{tags:{$nin:['x']}}", "{tags:['a','b']}", true},
        {"{tags:{$nin:['x']}}", "{tags:[]}", true},
        {"{tags:{$all:['a','b']}}", "{tags:['b','c','a']}", true},
        {"{tags:{$all:['a','b']}}", "{tags:['a']}", false},
        {"{tags:{$all:['a']}}", "{tags:null}", false},
        {"{tags:{$all:[]}}", "{tags:null}", true},
        {"{tags:{$size:2}}", "{tags:['a','b']}", true},
        {"{tags:{$size:2}}", "{tags:['a']}", false},
        {"{tags:{$size:0}}", "{tags:[]}", true},
        {"{tags:{$size:0}}", "{tags:null}", true},
        {"{tags:{$size:0}}", "{tags:['a']}", false},
        {"{tags:{$regex:'^B'}}", "{tags:['a','bc']}", true},
        {"{tags:{$startsWith:'b'}}", "{tags:['a','bc']}", true},
        {"{tags:{$text:'bc'}}", "{tags:['a','BCD']}", true},
        {"{tags:{$text:'a bcd'}}", "{tags:['a','BCD']}", false},
        {"{scores:{$gt:3}}", "{scores:[1,5]}", true},
        {"{scores:{$gt:3,$lt:2}}", "{scores:[1,5]}", true},
        {"{scores:{$between:[2,4]}}", "{scores:[1,5]}", false},
        {"{scores:2}", "{scores:[1,2.0]}", true},
        {"{scores:{$mod:[2,1]}}", "{scores:[2,3]}", true},
    };
    (void)state;
    MATCHES(rows);
}

static void paths_walk_into_documents(void **state)
{
    static const struct match_row rows[] = {
        {"{'seo.title':'a'}", "{seo:{title:'a'}}", true},
        {"{'seo.title':'a'}", "{seo:null}", false},
        {"{'seo.title':null}", "{seo:null}", true},
        {"{'seo.title':null}", "{seo:{title:null}}", true},
        {"{'seo.title':{$ne:'a'}}", "{}", true},
        {"{'seo.words':'b'}", "{seo:{words:['a','b']}}", true},
        {"{'seo.words':{$size:2}}", "{seo:{words:['a','b']}}", true},
        {"{'rows.price':5}", "{rows:[{price:1},{price:5}]}", true},
        {"{'rows.price':{$ne:5}}", "{rows:[{price:1},{price:5}]}", false},
        {"{'rows.price':{$ne:5}}", "{rows:[{price:1},{price:2}]}", true},
        {"{'rows.price':{$ne:5}}", "{rows:[]}", true},
        {"{'rows.price':{$gt:1,$lt:3}}", "{rows:[{price:0},{price:5}]}", true},
        {"{'rows.price':{$exists:false}}", "{rows:[{price:null}]}", true},
        {"{'rows.parts.sku':'x'}", "{rows:[{parts:[{sku:'y'}]},{parts:[{sku:'z'},{sku:'x'}]}]}", true},
        {"{'rows.parts':{$size:2}}", "{rows:[{parts:[{}]},{parts:[{},{}]}]}", true},
        {"{'rows.on':1}", "{rows:[{on:true}]}", true},
        {"{rows:{$size:1}}", "{rows:[{}]}", true},
        {"{rows:{$exists:true}}", "{rows:[{}]}", true},
        {"{rows:null}", "{rows:[]}", true},
        {"{seo:{$exists:true}}", "{seo:{}}", true},
        {"{'data.a':1}", "{data:{a:1}}", true},
        {"{'data.a':1}", "{data:{a:true}}", true},
        {"{'data.a':'1'}", "{data:{a:1}}", false},
        {"{'data.a':{$gt:'1'}}", "{data:{a:2}}", false},
        {"{'data.a':{$ne:'1'}}", "{data:{a:1}}", true},
        {"{'data.a.b':1}", "{data:{a:[{b:2},{b:1}]}}", true},
        {"{'data.a.b':1}", "{data:{a:[[{b:1}]]}}", false},
        {"{'data.a':1}", "{data:{a:[[1]]}}", false},
        {"{'data.a':1}", "{data:[{a:1}]}", true},
        {"{'data.a':null}", "{data:{a:[null]}}", true},
        {"{'data.a':{$exists:true}}", "{data:{a:{}}}", true},
        {"{'data.a':{$size:1}}", "{data:{a:[null]}}", true},
        {"{'data.a':{$size:0}}", "{data:{a:5}}", false},
        {"{'data.a':{$size:0}}", "{data:{}}", true},
        {"{'data.a':{$in:[1,'x']}}", "{data:{a:['x']}}", true},
        {"{'data.a':{$all:[1,'x']}}", "{data:{a:['x',1,2]}}", true},
        {"{'data.link':'x'}", "{data:{link:{_id:'x'}}}", false},
        {"{'data.link._id':'x'}", "{data:{link:{_id:'x'}}}", true},
        {"{data:5}", "{data:5}", true},
        {"{data:5}", "{data:[4,5]}", true},
        {"{data:{$mod:[2,1]}}", "{data:true}", true},
    };
    (void)state;
    MATCHES(rows);
}

static void types_are_told_in_documents(void **state)
{
    static const struct match_row rows[] = {
        {"{'data.a':{$type:'null'}}", "{data:{}}", true},
        {"{'data.a':{$type:'null'}}", "{data:{a:null}}", true},
        {"{'data.a':{$type:'null'}}", "{data:{a:[]}}", false},
        {"{'data.a':{$type:'array'}}", "{data:{a:[]}}", true},
        {"{'data.a':{$type:'array'}}", "{data:{a:{}}}", false},
        {"{'data.a':{$type:'object'}}", "{data:{a:{}}}", true},
        {"{'data.a':{$type:'object'}}", "{data:{a:[1,{}]}}", true},
        {"{'data.a':{$type:'string'}}", "{data:{a:'x'}}", true},
        {"{'data.a':{$type:'bool'}}", "{data:{a:false}}", true},
        {"{'data.a':{$type:'number'}}", "{data:{a:false}}", false},
        {"{'data.a':{$type:'number'}}", "{data:{a:1.5}}", true},
        {"{'data.a':{$type:'int'}}", "{data:{a:1.0}}", true},
        {"{'data.a':{$type:'int'}}", "{data:{a:1.5}}", false},
        {"{data:{$type:16}}", "{data:3}", true},
    };
    (void)state;
    MATCHES(rows);
}

static void elements_match_as_a_whole(void **state)
{
    static const struct match_row rows[] = {
        {"{rows:{$elemMatch:{name:'a',price:{$gt:3}}}}", "{rows:[{name:'a',price:1},{name:'b',price:5}]}", false},
        {"{rows:{$elemMatch:{name:'a',price:{$gt:3}}}}", "{rows:[{name:'a',price:5}]}", true},
        {"{rows:{$elemMatch:{price:{$ne:5}}}}", "{rows:[{price:5},{price:1}]}", true},
        {"{rows:{$elemMatch:{price:null}}}", "{rows:[{name:'a'}]}", true},
        {"{rows:{$elemMatch:{price:null}}}", "{rows:[]}", false},
        {"{rows:{$elemMatch:{$or:[{name:'x'},{on:true}]}}}", "{rows:[{on:true}]}", true},
        {"{rows:{$elemMatch:{parts:{$elemMatch:{sku:'x'}}}}}", "{rows:[{parts:[{sku:'x'}]}]}", true},
        {"{rows:{$not:{$elemMatch:{name:'a'}}}}", "{rows:[{name:'b'}]}", true},
        {"{rows:{$not:{$elemMatch:{name:'a'}}}}", "{}", true},
        {"{seo:{$elemMatch:{title:'a'}}}", "{seo:{title:'a'}}", true},
        {"{'rows.parts':{$elemMatch:{sku:'x'}}}", "{rows:[{parts:[{sku:'x'}]}]}", true},
        {"{rows:{$elemMatch:{}}}", "{rows:[{}]}", true},
        {"{rows:{$elemMatch:{}}}", "{rows:[]}", false},
        {"{data:{$elemMatch:{}}}", "{data:[1,'a']}", false},
        {"{data:{$elemMatch:{a:1}}}", "{data:[3,null,{a:1}]}", true},
        {"{data:{$elemMatch:{a:1}}}", "{data:[3,[{a:1}]]}", false},
    };
    (void)state;
    MATCHES(rows);
}

static void groups_are_two_valued(void **state)
{
    static const struct match_row rows[] = {
        {"{$and:[{title:'a'},{views:1}]}", "{title:'a',views:1}", true},
        {"{$and:[{title:'a'},{views:1}]}", "{title:'a'}", false},
        {"{$or:[{title:'a'},{views:1}]}", "{views:1}", true},
        {"{$or:[{title:'a'},{views:1}]}", "{}", false},
        {"{$nor:[{title:'a'},{views:1}]}", "{}", true},
        {"{$nor:[{title:'a'},{views:1}]}", "{views:1}", false},
        {"{$not:{views:{$gt:5}}}", "{views:null}", true},
        {"{views:{$not:{$gt:5}}}", "{views:null}", true},
        {"{views:{$not:{$gt:5}}}", "{views:6}", false},
        {"{$not:{views:{$gt:5},title:'a'}}", "{views:6}", true},
        {"{$or:[]}", "{}", false},
        {"{$nor:[]}", "{}", true},
        {"{$and:[]}", "{}", true},
    };
    (void)state;
    MATCHES(rows);
}

static void references_compare_by_id_and_hop_to_visible_targets(void **state)
{
    static const struct match_row rows[] = {
        {"{author:'" ADA "'}", "{author:'" ADA "'}", true},
        {"{author:'" ADA "'}", "{author:{_model:'authors',_id:'" ADA "'}}", true},
        {"{author:'" GONE "'}", "{author:'" GONE "'}", true},
        {"{author:{$ne:'" ADA "'}}", "{author:null}", true},
        {"{author:{$in:['" BOB "','" ADA "']}}", "{author:'" ADA "'}", true},
        {"{author:null}", "{}", true},
        {"{author:{$exists:true}}", "{author:'" GONE "'}", true},
        {"{coauthors:'" ADA "'}", "{coauthors:['" BOB "','" ADA "']}", true},
        {"{coauthors:'" ADA "'}", "{coauthors:[{_model:'authors',_id:'" ADA "'}]}", true},
        {"{coauthors:{$all:['" BOB "','" ADA "']}}", "{coauthors:['" BOB "','" ADA "']}", true},
        {"{coauthors:{$ne:'" ADA "'}}", "{coauthors:['" BOB "','" ADA "']}", false},
        {"{coauthors:{$size:2}}", "{coauthors:['" BOB "','" GONE "']}", true},
        {"{coauthors:null}", "{coauthors:[]}", true},
        {"{'author.name':'Ada'}", "{author:'" ADA "'}", true},
        {"{'author.name':'Ada'}", "{author:'" BOB "'}", false},
        {"{'author.name':{$ne:'Ada'}}", "{author:'" BOB "'}", true},
        {"{'author.name':{$ne:'Ada'}}", "{author:'" EVE "'}", true},
        {"{'author.name':{$ne:'Ada'}}", "{author:null}", false},
        {"{'author.name':{$ne:'Ada'}}", "{author:'" GONE "'}", false},
        {"{$nor:[{'author.name':'Ada'}]}", "{author:null}", true},
        {"{$nor:[{'author.name':'Ada'}]}", "{author:'" GONE "'}", true},
        {"{'author.name':null}", "{author:'" EVE "'}", true},
        {"{'author.name':null}", "{author:null}", false},
        {"{'author.name':{$exists:false}}", "{author:'" GONE "'}", false},
        {"{'author.born':{$lt:'1900-01-01'}}", "{author:'" ADA "'}", true},
        {"{'author.publisher.country':'UK'}", "{author:'" ADA "'}", true},
        {"{'author.publisher.country':'UK'}", "{author:'" EVE "'}", false},
        {"{'author.mentor.mentor.name':'Ada'}", "{author:'" EVE "'}", true},
        {"{'coauthors.name':'Ada'}", "{coauthors:['" BOB "','" ADA "']}", true},
        {"{'coauthors.name':{$ne:'Ada'}}", "{coauthors:['" BOB "','" ADA "']}", true},
        {"{'coauthors.name':{$ne:'Ada'}}", "{coauthors:['" ADA "']}", false},
        {"{$nor:[{'coauthors.name':'Ada'}]}", "{coauthors:['" BOB "','" ADA "']}", false},
        {"{'coauthors.publisher.name':{$regex:'^peng'}}", "{coauthors:['" EVE "','" ADA "']}", true},
        {"{'rows.by':'" ADA "'}", "{rows:[{by:'" ADA "'}]}", true},
    };
    (void)state;
    MATCHES(rows);
}

static void variables_without_a_value_equal_nothing(void **state)
{
    static const str roles[] = {STR("editor"), STR("public")};
    static const struct vars ada = {.user = STR(ADA), .roles = roles, .role_count = 2, .now_ms = NOW_MS, .ip = STR("::1")};
    static const struct match_row for_ada[] = {
        {"{_cby:'$user'}", "{_cby:'" ADA "'}", true},
        {"{_cby:'$user'}", "{_cby:'" BOB "'}", false},
        {"{_cby:{$ne:'$user'}}", "{_cby:'" BOB "'}", true},
        {"{_cby:{$ne:'$user'}}", "{_cby:null}", true},
        {"{author:'$user'}", "{author:'" ADA "'}", true},
        {"{coauthors:{$in:'$user'}}", "{coauthors:['" ADA "']}", true},
        {"{tags:'$role'}", "{tags:['x','public']}", true},
        {"{tags:{$in:'$role'}}", "{tags:['x']}", false},
        {"{tags:{$nin:'$role'}}", "{tags:['x']}", true},
        {"{title:'$role'}", "{title:'editor'}", true},
        {"{title:{$ne:'$role'}}", "{title:'editor'}", false},
        {"{published:{$lte:'$now'}}", "{published:'2026-11-21T10:00:00Z'}", true},
        {"{published:{$gt:'$now'}}", "{published:'2026-11-21T10:00:00.001Z'}", true},
        {"{_created:{$gte:'$now'}}", "{_created:1795255200}", true},
        {"{day:'$now'}", "{day:'2026-11-21'}", true},
        {"{clock:'$now'}", "{clock:'10:00'}", true},
        {"{'data.ip':'$ip'}", "{data:{ip:'::1'}}", true},
        {"{'author.name':'$role'}", "{author:'" ADA "'}", false},
    };
    static const struct vars empty = {.now_ms = NOW_MS};
    static const struct match_row for_nobody[] = {
        {"{_cby:'$user'}", "{_cby:null}", false},
        {"{_cby:'$user'}", "{_cby:'" ADA "'}", false},
        {"{_cby:{$ne:'$user'}}", "{_cby:null}", true},
        {"{tags:'$role'}", "{tags:[]}", false},
        {"{tags:{$ne:'$role'}}", "{tags:['a']}", true},
        {"{'data.ip':'$ip'}", "{data:{}}", false},
    };
    (void)state;
    check_matches(for_ada, COUNTOF(for_ada), &ada);
    check_matches(for_nobody, COUNTOF(for_nobody), &empty);
}

CHECK_MAIN(TEST(equality_knows_null), TEST(numbers_compare_by_value), TEST(texts_compare_by_bytes),
           TEST(times_compare_as_instants), TEST(lists_match_by_some_element), TEST(paths_walk_into_documents),
           TEST(types_are_told_in_documents), TEST(elements_match_as_a_whole), TEST(groups_are_two_valued),
           TEST(references_compare_by_id_and_hop_to_visible_targets),
           TEST(variables_without_a_value_equal_nothing))
