#include "tests/support/blog_model.h"
#include "tests/support/check.h"

#include "content/access.h"
#include "content/aggregate/aggregate.h"

static const char items_text[] =
    "[{_id:'1',title:'a',views:5,rating:1.5,live:true,day:'2026-01-15',tags:['x','y'],author:'ada',"
    "  seo:{title:'s1',score:1},rows:[{name:'r',price:2},{name:'q',price:3}],_created:1767225600},"
    " {_id:'2',title:'b',views:7,rating:null,live:false,day:'2026-01-20',tags:['y'],author:'bob',"
    "  seo:null,rows:[],_created:1769904000},"
    " {_id:'3',title:'c',views:5,rating:2.5,live:true,day:'2026-02-01',tags:[],author:'ada',"
    "  seo:{title:'s3',score:3},rows:[{name:'r',price:4}],_created:1769904000},"
    " {_id:'4',title:'d',views:null,rating:4,live:null,day:null,tags:null,author:null,data:{a:[1,2]}}]";

struct bench {
    struct arena *arena;
    const struct model *model;
    struct filter_options options;
    struct problem why;
};

static void bench_open(struct bench *b)
{
    *b = (struct bench){.arena = arena_open(1u << 16)};
    b->model = blog_model(b->arena);
    b->options = (struct filter_options){.dialect = JSON_5, .where = STR("pipeline")};
}

static const struct json *tree_of(struct bench *b, str text)
{
    const struct json *tree = NULL;
    struct problem why = {.arena = b->arena};

    NEED(json_read(b->arena, text, &(struct json_options){.dialect = JSON_5}, S(""), &tree, &why) == ERR_OK);
    return tree;
}

static enum err read_pipeline(struct bench *b, str text, const struct aggregate **out)
{
    b->why = (struct problem){.arena = b->arena};
    *out = NULL;
    return aggregate_read(b->arena, b->model, model_find(b->model, S("posts")), tree_of(b, text), &b->options, out,
                          &b->why);
}

/* What a façade lets the database do, without sorts. */
static size_t start_items(struct bench *b, const struct aggregate *g, const struct json *all, struct json *items)
{
    static const struct vars nobody = {.now_ms = 0};
    struct filter_world world = {.arena = b->arena, .vars = &nobody};
    const struct aggregate_start *start = aggregate_start(g);
    size_t n = 0, seen = 0;

    NEED(start->sort_count == 0);
    for (uint32_t i = 0; i < all->count; i++)
        if (filter_matches(start->where, &all->items[i], &world) && seen++ >= start->skip && n < start->limit)
            items[n++] = all->items[i];
    return n;
}

static enum err run_pipeline(struct bench *b, const char *text, const char *on, struct json *out)
{
    const struct aggregate *g = NULL;
    const struct json *all = tree_of(b, str_of(on));
    struct json *items = NEW_N(b->arena, struct json, all->count);

    TRY(read_pipeline(b, str_of(text), &g));
    return aggregate_run(g, b->arena, items, start_items(b, g, all, items), out, &b->why);
}

struct row {
    const char *pipeline, *result;
};

static void check_results(const struct row *rows, size_t count)
{
    struct bench b;

    bench_open(&b);
    for (size_t i = 0; i < count; i++) {
        struct json out = json_null;
        CHECK_AT(i);
        CHECK_ERR(run_pipeline(&b, rows[i].pipeline, items_text, &out), ERR_OK);
        if (b.why.fault_count > 0)
            CHECK_STR(b.why.faults[0].text, str_of(rows[i].pipeline));
        const struct json *wanted = tree_of(&b, str_of(rows[i].result));
        CHECK_STR(json_print(b.arena, &out), json_print(b.arena, wanted));
    }
    arena_close(b.arena);
}
#define RESULTS(rows) check_results((rows), COUNTOF(rows))
#define IDS ",{$project:{_id:1}}]"

static void stages_pick_documents(void **state)
{
    static const struct row rows[] = {
        {"[{$match:{views:5}}" IDS, "[{_id:'1'},{_id:'3'}]"},
        {"[{$match:{views:5}},{$match:{live:true,rating:{$gt:2}}}" IDS, "[{_id:'3'}]"},
        {"[{$skip:1}" IDS, "[{_id:'2'},{_id:'3'},{_id:'4'}]"},
        {"[{$limit:2}" IDS, "[{_id:'1'},{_id:'2'}]"},
        {"[{$skip:1},{$limit:1}" IDS, "[{_id:'2'}]"},
        {"[{$limit:3},{$skip:1}" IDS, "[{_id:'2'},{_id:'3'}]"},
        {"[{$skip:100}" IDS, "[]"},
        {"[{$limit:4},{$match:{'rows.price':{$gt:3}}}" IDS, "[{_id:'3'}]"},
        {"[{$limit:4},{$match:{tags:'y',author:'bob'}}" IDS, "[{_id:'2'}]"},
        {"[{$limit:4},{$match:{$or:[{'seo.title':'s3'},{'seo.score':1}]}}" IDS, "[{_id:'1'},{_id:'3'}]"},
        {"[{$limit:4},{$match:{rows:{$elemMatch:{name:'q',price:3}}}}" IDS, "[{_id:'1'}]"},
        {"[{$limit:4},{$match:{'data.a':{$all:[1,2]}}}" IDS, "[{_id:'4'}]"},
        {"[{$limit:4},{$match:{day:{$lt:'2026-01-31'}}}" IDS, "[{_id:'1'},{_id:'2'}]"},
        {"[{$sample:{size:9}},{$count:'n'}]", "[{n:4}]"},
        {"[{$sample:{size:3}},{$count:'n'}]", "[{n:3}]"},
    };
    (void)state;
    RESULTS(rows);
}

static void stages_shape_documents(void **state)
{
    static const struct row rows[] = {
        {"[{$limit:1},{$project:{title:1,views:1}}]", "[{_id:'1',title:'a',views:5}]"},
        {"[{$limit:1},{$project:{title:1,_id:0}}]", "[{title:'a'}]"},
        {"[{$limit:1},{$project:{_id:0,name:'$title',n:{$add:['$views',1]}}}]", "[{name:'a',n:6}]"},
        {"[{$limit:1},{$project:{_id:0,views:'$title',title:1}}]", "[{views:'a',title:'a'}]"},
        {"[{$limit:1},{$project:{_id:0,'seo.title':1,'rows.price':1}}]", "[{seo:{title:'s1'},rows:[{price:2},{price:3}]}]"},
        {"[{$limit:1},{$project:{_id:0,'seo.title':1,'seo.score':1}}]", "[{seo:{title:'s1',score:1}}]"},
        {"[{$limit:1},{$project:{_id:0,prices:'$rows.price',author:'$author._id'}}]", "[{prices:[2,3],author:'ada'}]"},
        {"[{$limit:1},{$project:{_id:0,both:{t:'$title',k:{$literal:1}}}}]", "[{both:{t:'a',k:1}}]"},
        {"[{$limit:1},{$project:{_id:'$title',list:['$views','$title',3]}}]", "[{_id:'a',list:[5,'a',3]}]"},
        {"[{$limit:1},{$project:{_id:1,title:1}},{$project:{title:0}}]", "[{_id:'1'}]"},
        {"[{$limit:1},{$project:{title:1,seo:1}},{$unset:['_id','seo.score']}]", "[{title:'a',seo:{title:'s1'}}]"},
        {"[{$limit:1},{$project:{title:1,rows:1}},{$unset:'rows.name'}]", "[{_id:'1',title:'a',rows:[{price:2},{price:3}]}]"},
        {"[{$limit:1},{$project:{title:1}},{$addFields:{n:1,title:'$_id'}}]", "[{_id:'1',title:'1',n:1}]"},
        {"[{$limit:1},{$project:{title:1}},{$set:{n:{x:'$title'}}},{$project:{_id:0,'n.x':1}}]", "[{n:{x:'a'}}]"},
        {"[{$skip:3},{$project:{_id:0,seo:1,title:1}}]", "[{title:'d'}]"},
        {"[{$skip:3},{$project:{_id:0,s:'$seo.title'}}]", "[{s:null}]"},
        {"[{$limit:1},{$project:{title:1}},{$project:{_id:0,all:'$$ROOT'}}]", "[{all:{_id:'1',title:'a'}}]"},
    };
    (void)state;
    RESULTS(rows);
}

static void documents_are_sorted_and_unwound(void **state)
{
    static const struct row rows[] = {
        {"[{$limit:4},{$sort:{views:-1}}" IDS, "[{_id:'2'},{_id:'1'},{_id:'3'},{_id:'4'}]"},
        {"[{$limit:4},{$sort:{views:1,title:-1}}" IDS, "[{_id:'4'},{_id:'3'},{_id:'1'},{_id:'2'}]"},
        {"[{$limit:4},{$sort:{'seo.score':-1}}" IDS, "[{_id:'3'},{_id:'1'},{_id:'2'},{_id:'4'}]"},
        {"[{$unwind:'$tags'},{$project:{tags:1}}]", "[{_id:'1',tags:'x'},{_id:'1',tags:'y'},{_id:'2',tags:'y'}]"},
        {"[{$unwind:{path:'$tags',includeArrayIndex:'i'}},{$project:{tags:1,i:1}}]",
         "[{_id:'1',tags:'x',i:0},{_id:'1',tags:'y',i:1},{_id:'2',tags:'y',i:0}]"},
        {"[{$unwind:{path:'$tags',preserveNullAndEmptyArrays:true,includeArrayIndex:'i'}},{$skip:2},{$project:{tags:1,i:1}}]",
         "[{_id:'2',tags:'y',i:0},{_id:'3',tags:null,i:null},{_id:'4',tags:null,i:null}]"},
        {"[{$limit:1},{$unwind:'$title'},{$project:{title:1}}]", "[{_id:'1',title:'a'}]"},
        {"[{$unwind:'$rows'},{$match:{'rows.price':{$gte:3}}},{$project:{_id:0,p:'$rows.price'}}]", "[{p:3},{p:4}]"},
        {"[{$limit:1},{$unwind:'$data'},{$project:{_id:1}}]", "[]"},
        {"[{$skip:3},{$unwind:{path:'$seo',preserveNullAndEmptyArrays:true}},{$project:{seo:1}}]", "[{_id:'4',seo:null}]"},
    };
    (void)state;
    RESULTS(rows);
}

static void groups_add_up(void **state)
{
    static const struct row rows[] = {
        {"[{$group:{_id:'$author',n:{$sum:1}}}]", "[{_id:'ada',n:2},{_id:'bob',n:1},{_id:null,n:1}]"},
        {"[{$group:{_id:null,sum:{$sum:'$views'},avg:{$avg:'$views'},min:{$min:'$views'},max:{$max:'$views'},n:{$count:{}}}}]",
         "[{_id:null,sum:17,avg:5.666666666666667,min:5,max:7,n:4}]"},
        {"[{$group:{_id:null,sum:{$sum:'$rating'},max:{$max:'$rating'}}}]", "[{_id:null,sum:8.0,max:4}]"},
        {"[{$group:{_id:null,avg:{$avg:'$title'},min:{$min:'$title'},sum:{$sum:'$title'}}}]",
         "[{_id:null,avg:null,min:'a',sum:0}]"},
        {"[{$group:{_id:'$views',t:{$push:'$title'}}}]", "[{_id:5,t:['a','c']},{_id:7,t:['b']},{_id:null,t:['d']}]"},
        {"[{$group:{_id:null,v:{$addToSet:'$views'},f:{$first:'$title'},l:{$last:'$title'}}}]",
         "[{_id:null,v:[5,7,null],f:'a',l:'d'}]"},
        {"[{$group:{_id:{a:'$author',l:'$live'},n:{$sum:1}}},{$limit:2}]",
         "[{_id:{a:'ada',l:true},n:2},{_id:{a:'bob',l:false},n:1}]"},
        {"[{$match:{day:{$exists:true}}},{$group:{_id:{$month:'$day'},n:{$sum:1}}}]", "[{_id:1,n:2},{_id:2,n:1}]"},
        {"[{$match:{_created:{$exists:true}}},{$group:{_id:{y:{$year:'$_created'},m:{$month:'$_created'}},n:{$sum:1}}}]",
         "[{_id:{y:2026,m:1},n:1},{_id:{y:2026,m:2},n:2}]"},
        {"[{$group:{_id:'$author',top:{$max:'$views'}}},{$match:{top:{$gt:5}}}]", "[{_id:'bob',top:7}]"},
        {"[{$group:{_id:'$author',n:{$sum:1}}},{$sort:{n:-1,_id:1}},{$project:{_id:0,who:'$_id',n:1}},{$limit:1}]",
         "[{who:'ada',n:2}]"},
        {"[{$match:{views:99}},{$group:{_id:null,n:{$sum:1}}}]", "[]"},
        {"[{$group:{_id:null,d:{$push:{t:'$title',v:'$views'}}}},{$project:{_id:0,x:'$d.v'}}]", "[{x:[5,7,5,null]}]"},
        {"[{$count:'total'}]", "[{total:4}]"},
        {"[{$unwind:'$tags'},{$sortByCount:'$tags'}]", "[{_id:'y',count:2},{_id:'x',count:1}]"},
        {"[{$bucket:{groupBy:'$views',boundaries:[0,6,10]}}]", "[{_id:0,count:2},{_id:6,count:1}]"},
        {"[{$bucket:{groupBy:'$views',boundaries:[0,6],default:'other',output:{n:{$sum:1},t:{$push:'$title'}}}}]",
         "[{_id:0,n:2,t:['a','c']},{_id:'other',n:2,t:['b','d']}]"},
        {"[{$facet:{all:[{$count:'n'}],top:[{$sort:{views:-1}},{$limit:1},{$project:{title:1}}],none:[{$match:{title:'zz'}},{$project:{_id:1}}]}}]",
         "[{all:[{n:4}],top:[{_id:'2',title:'b'}],none:[]}]"},
        {"[{$facet:{a:[{$project:{_id:1}}]}},{$project:{ids:'$a._id'}}]", "[{ids:['1','2','3','4']}]"},
    };
    (void)state;
    RESULTS(rows);
}

static void expressions_are_null_where_they_make_no_sense(void **state)
{
    static const struct {
        const char *expression, *result;
    } rows[] = {
        {"{$add:[1,2,3.5]}", "6.5"},
        {"{$add:['$views','$title']}", "null"},
        {"{$add:[1,null]}", "null"},
        {"{$add:[9223372036854775807,1]}", "9223372036854775808.0"},
        {"{$subtract:['$views',7]}", "-2"},
        {"{$multiply:['$views',2,3]}", "30"},
        {"{$multiply:[1e308,1e308]}", "null"},
        {"{$divide:['$views',2]}", "2.5"},
        {"{$divide:[1,0]}", "null"},
        {"{$mod:[7,3]}", "1"},
        {"{$mod:[7,0]}", "null"},
        {"{$mod:[-9223372036854775808,-1]}", "0"},
        {"{$abs:-3}", "3"},
        {"{$ceil:1.2}", "2"},
        {"{$floor:-1.2}", "-2"},
        {"{$round:[2.567,2]}", "2.57"},
        {"{$round:2.5}", "2"},
        {"{$concat:['$title','-','b']}", "'a-b'"},
        {"{$concat:['$title',1]}", "null"},
        {"{$cond:[{$gt:['$views',3]},'many','few']}", "'many'"},
        {"{$cond:{if:'$live',then:1,else:2}}", "1"},
        {"{$ifNull:['$data',null,'none']}", "'none'"},
        {"{$eq:['$views',5.0]}", "true"},
        {"{$eq:['$views','5']}", "false"},
        {"{$eq:['$tags',['x','y']]}", "true"},
        {"{$ne:['$author','bob']}", "true"},
        {"{$lt:[null,0]}", "true"},
        {"{$lt:[5,'a']}", "true"},
        {"{$lte:[5,5]}", "true"},
        {"{$gte:['b','a']}", "true"},
        {"{$and:['$live',{$gt:['$views',1]}]}", "true"},
        {"{$or:[0,null,false]}", "false"},
        {"{$not:['$live']}", "false"},
        {"{$in:['x','$tags']}", "true"},
        {"{$in:['x','$title']}", "null"},
        {"{$size:'$tags'}", "2"},
        {"{$size:'$title'}", "null"},
        {"{$year:'$day'}", "2026"},
        {"{$month:'$day'}", "1"},
        {"{$dayOfMonth:'$day'}", "15"},
        {"{$hour:'$_created'}", "0"},
        {"{$hour:'$day'}", "null"},
        {"{$year:'soon'}", "null"},
        {"{$year:99999999999999}", "null"},
        {"{$literal:{$add:['$x']}}", "{$add:['$x']}"},
        {"{$literal:'$title'}", "'$title'"},
        {"'$seo.title'", "'s1'"},
        {"'text'", "'text'"},
    };
    struct bench b;
    (void)state;
    bench_open(&b);
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct json out = json_null;
        str pipeline = arena_format(b.arena, "[{$limit:1},{$addFields:{r:%s}},{$project:{_id:0,r:1}}]", rows[i].expression);
        CHECK_AT(i);
        CHECK_ERR(run_pipeline(&b, arena_cstr(b.arena, pipeline), items_text, &out), ERR_OK);
        if (b.why.fault_count > 0)
            CHECK_STR(b.why.faults[0].text, str_of(rows[i].expression));
        str wanted = arena_format(b.arena, "[{r:%s}]", rows[i].result);
        CHECK_STR(json_print(b.arena, &out), json_print(b.arena, tree_of(&b, wanted)));
    }
    arena_close(b.arena);
}

static void bad_pipelines_are_refused_by_name(void **state)
{
    static const struct {
        const char *pipeline, *rule, *sentence;
    } rows[] = {
        {"{}", "type", "A pipeline is a list of stages."},
        {"[1]", "type", "A stage is an object with one member, like {\"$match\": …}."},
        {"[{}]", "type", "A stage is an object with one member, like {\"$match\": …}."},
        {"[{$skip:1,$limit:1}]", "type", "A stage is an object with one member, like {\"$match\": …}."},
        {"[{$bogus:1}]", "unknown-operator", "There is no stage \"$bogus\"."},
        {"[{$out:'x'}]", "unknown-operator", "$out is not offered: pipelines only read, and only this collection."},
        {"[{$merge:{}}]", "unknown-operator", "$merge is not offered: pipelines only read, and only this collection."},
        {"[{$lookup:{}}]", "unknown-operator", "$lookup is not offered: pipelines only read, and only this collection."},
        {"[{$where:'1'}]", "unknown-operator", "$where is not offered: pipelines only read, and only this collection."},
        {"[{$match:{nothing:1}}]", "unknown-field", "There is no field \"nothing\"."},
        {"[{$match:{token:1}}]", "unknown-field", "There is no field \"token\"."},
        {"[{$limit:1},{$match:{token:1}}]", "unknown-field", "There is no field \"token\"."},
        {"[{$limit:1},{$match:{'author.name':1}}]", "unknown-field", "There is no field \"name\"."},
        {"[{$limit:1},{$match:{views:{$regex:'a'}}}]", "operator", "$regex cannot be used with \"views\", which is a number."},
        {"[{$project:{nothing:1}}]", "unknown-field", "There is no field \"nothing\"."},
        {"[{$project:{x:'$token'}}]", "unknown-field", "There is no field \"token\"."},
        {"[{$project:{x:'$author.name'}}]", "unknown-field", "There is no field \"name\"."},
        {"[{$project:{x:'$seo.nothing'}}]", "unknown-field", "There is no field \"nothing\"."},
        {"[{$project:{title:1}},{$sort:{views:1}}]", "unknown-field", "There is no field \"views\"."},
        {"[{$unset:'title'},{$project:{x:'$title'}}]", "unknown-field", "There is no field \"title\"."},
        {"[{$group:{_id:null}},{$project:{title:1}}]", "unknown-field", "There is no field \"title\"."},
        {"[{$project:{title:1,views:0}}]", "type", "$project either keeps fields or leaves fields out, not both."},
        {"[{$project:{x:{views:1}}}]", "type", "$project: say \"x.views\": 1 to keep a part, or {\"$literal\": 1}."},
        {"[{$project:{title:1,'a.b':'$title'}}]", "name", "$project: \"a.b\" cannot be the name of a result."},
        {"[{$project:{seo:1,'seo.title':1}}]", "repeated", "$project: \"seo\" is named twice."},
        {"[{$addFields:{'$x':1}}]", "name", "$addFields: \"$x\" cannot be the name of a result."},
        {"[{$addFields:{x:{$bogus:1}}}]", "unknown-operator", "There is no operator \"$bogus\"."},
        {"[{$addFields:{x:{$function:'a'}}}]", "unknown-operator", "There is no operator \"$function\"."},
        {"[{$addFields:{x:{$divide:[1]}}}]", "type", "$addFields: $divide does not take 1 values."},
        {"[{$addFields:{x:{$cond:{if:1,then:2}}}}]", "type", "$addFields: $cond takes if, then and else."},
        {"[{$addFields:{x:'$$NOW'}}]", "unknown-variable", "There is no variable \"$$NOW\"."},
        {"[{$addFields:{x:{$add:[1,2],y:1}}}]", "name", "$addFields: \"$add\" cannot be the name of a result."},
        {"[{$group:{n:{$sum:1}}}]", "type", "$group takes an object with _id, the expression to group by."},
        {"[{$group:{_id:null,n:1}}]", "type", "$group: \"n\" takes one accumulator, like {\"$sum\": 1}."},
        {"[{$group:{_id:null,n:{$bogus:1}}}]", "unknown-operator", "There is no accumulator \"$bogus\"."},
        {"[{$group:{_id:null,n:{$count:1}}}]", "type", "$group: $count takes {}."},
        {"[{$group:{_id:'$token'}}]", "unknown-field", "There is no field \"token\"."},
        {"[{$group:{_id:null,n:{$max:'$token'}}}]", "unknown-field", "There is no field \"token\"."},
        {"[{$unwind:'tags'}]", "type", "$unwind takes \"$name\" or {\"path\": \"$name\"}."},
        {"[{$unwind:'$seo.words'}]", "type", "$unwind takes a name of the document itself, not a part of one."},
        {"[{$unwind:{path:'$tags',bogus:1}}]", "type",
         "$unwind takes path, preserveNullAndEmptyArrays and includeArrayIndex."},
        {"[{$sort:{'author.name':1}}]", "unknown-field", "There is no field \"name\"."},
        {"[{$sort:{title:2}}]", "type", "$sort: \"title\" is 1 (up) or -1 (down)."},
        {"[{$sort:{}}]", "type", "$sort takes an object of 1 to 5 names."},
        {"[{$skip:-1}]", "type", "$skip takes a whole number from 0 to 10000000."},
        {"[{$limit:0}]", "type", "$limit takes a whole number from 1 to 100000."},
        {"[{$sample:5}]", "type", "$sample takes {\"size\": number}."},
        {"[{$count:1}]", "type", "$count takes a name for the number."},
        {"[{$count:'a.b'}]", "name", "$count: \"a.b\" cannot be the name of a result."},
        {"[{$count:'_id'}]", "name", "$count: \"_id\" is the group's."},
        {"[{$bucket:{groupBy:'$views'}}]", "type", "$bucket takes boundaries, a list of 2 to 1000 rising values."},
        {"[{$bucket:{groupBy:'$views',boundaries:[2,1]}}]", "type",
         "$bucket takes boundaries, a list of 2 to 1000 rising values."},
        {"[{$bucket:{groupBy:'$views',boundaries:[1,2],bogus:1}}]", "type",
         "$bucket takes groupBy, boundaries, default and output."},
        {"[{$facet:{a:[{$facet:{b:[]}}]}}]", "type", "A $facet cannot stand in a $facet."},
        {"[{$facet:{a:[{$out:'x'}]}}]", "unknown-operator",
         "$out is not offered: pipelines only read, and only this collection."},
    };
    struct bench b;
    (void)state;
    bench_open(&b);
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        const struct aggregate *g = NULL;
        CHECK_AT(i);
        CHECK_ERR(read_pipeline(&b, str_of(rows[i].pipeline), &g), ERR_BAD_INPUT);
        CHECK(g == NULL);
        CHECK_FAULT(&b.why, S("pipeline"), str_of(rows[i].rule));
        if (b.why.fault_count)
            CHECK_STR(b.why.faults[0].text, str_of(rows[i].sentence));
    }
    arena_close(b.arena);
}

static void the_front_is_given_to_the_database(void **state)
{
    static const struct {
        const char *pipeline, *where, *sort;
        uint64_t skip, limit;
    } rows[] = {
        {"[]", "{}", "", 0, LIMIT_AGGREGATE_ROWS + 1},
        {"[{$match:{views:5}}]", "{\"views\":5}", "", 0, LIMIT_AGGREGATE_ROWS + 1},
        {"[{$match:{'author.name':'a'}},{$match:{views:5}},{$sort:{title:-1,_id:1}},{$skip:2},{$limit:3}]",
         "{\"$and\":[{\"author.name\":\"a\"},{\"views\":5}]}", "-title _id", 2, 3},
        {"[{$limit:3},{$skip:2}]", "{}", "", 0, 3},
        {"[{$sort:{body:1}},{$limit:3}]", "{}", "", 0, LIMIT_AGGREGATE_ROWS + 1},
        {"[{$project:{title:1}},{$limit:3}]", "{}", "", 0, LIMIT_AGGREGATE_ROWS + 1},
        {"[{$skip:5},{$match:{views:1}}]", "{}", "", 5, LIMIT_AGGREGATE_ROWS + 1},
    };
    struct bench b;
    (void)state;
    bench_open(&b);
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        const struct aggregate *g = NULL;
        struct buf sort;
        CHECK_AT(i);
        NEED(read_pipeline(&b, str_of(rows[i].pipeline), &g) == ERR_OK);
        const struct aggregate_start *start = aggregate_start(g);
        CHECK_STR(filter_print(b.arena, start->where), str_of(rows[i].where));
        buf_init(&sort, b.arena, 1000);
        for (size_t k = 0; k < start->sort_count; k++)
            buf_format(&sort, "%s%s" STR_FMT, k > 0 ? " " : "", start->sort[k].down ? "-" : "",
                       STR_ARG(start->sort[k].by->name));
        CHECK_STR(buf_str(&sort), str_of(rows[i].sort));
        CHECK_INT(start->skip, rows[i].skip);
        CHECK_INT(start->limit, rows[i].limit);
    }
    arena_close(b.arena);
}

static void only_the_fields_that_are_needed_are_read(void **state)
{
    static const struct {
        const char *pipeline, *fields;
    } rows[] = {
        {"[{$match:{body:'x'}},{$project:{title:1}}]", "_id title "},
        {"[{$project:{_id:0,title:1,views:1}},{$unset:'views'}]", "title "},
        {"[{$project:{_id:0,n:{$add:['$views','$rating']}}}]", "views rating "},
        {"[{$group:{_id:'$author',n:{$sum:1}}}]", "author "},
        {"[{$count:'n'}]", ""},
        {"[{$limit:2},{$match:{'seo.title':'x'}},{$sort:{views:1}},{$count:'n'}]", "views seo "},
        {"[{$unwind:'$tags'},{$sortByCount:'$tags'}]", "tags "},
        {"[{$facet:{a:[{$count:'n'}],b:[{$sort:{day:1}},{$project:{_id:1}}]}}]", "_id day "},
        {"[{$project:{title:1}},{$group:{_id:null,all:{$push:'$$ROOT'}}}]", "_id title "},
        {"[{$project:{seo:1}},{$project:{_id:0,x:'$seo.title'}}]", "seo "},
        {"[{$addFields:{title:1}},{$project:{title:1,_id:0}}]", ""},
    };
    struct bench b;
    (void)state;
    bench_open(&b);
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        const struct aggregate *g = NULL;
        const struct collection *posts = model_find(b.model, S("posts"));
        struct buf names;
        CHECK_AT(i);
        NEED(read_pipeline(&b, str_of(rows[i].pipeline), &g) == ERR_OK);
        field_set fields = aggregate_fields(g);
        buf_init(&names, b.arena, 1000);
        for (size_t k = 0; k < posts->field_count; k++)
            if (field_set_has(&fields, k))
                buf_format(&names, STR_FMT " ", STR_ARG(posts->fields[k].name));
        CHECK_STR(buf_str(&names), str_of(rows[i].fields));
    }
    /* Without a projection: everything that may be read, and no secret. */
    const struct aggregate *g = NULL;
    const struct collection *posts = model_find(b.model, S("posts"));
    NEED(read_pipeline(&b, S("[{$limit:1}]"), &g) == ERR_OK);
    field_set fields = aggregate_fields(g), readable = posts->all_fields;
    field_set_drop(&readable, collection_field(posts, S("token"))->index);
    CHECK(field_set_equal(&fields, &readable));
    arena_close(b.arena);
}

static void hidden_fields_are_unknown_in_every_stage(void **state)
{
    static const char *const pipelines[] = {
        "[{$match:{views:1}}]",           "[{$limit:1},{$match:{views:{$bogus:1}}}]", "[{$project:{views:1}}]",
        "[{$project:{views:0}}]",         "[{$unset:'views'}]",                       "[{$addFields:{x:'$views'}}]",
        "[{$sort:{views:1}}]",            "[{$limit:1},{$sort:{views:1}}]",           "[{$group:{_id:'$views'}}]",
        "[{$group:{_id:1,m:{$min:'$views'}}}]", "[{$unwind:'$views'}]",               "[{$sortByCount:'$views'}]",
        "[{$bucket:{groupBy:'$views',boundaries:[1,2]}}]",                            "[{$facet:{a:[{$sort:{views:1}}]}}]",
        "[{$project:{x:'$views.y'}}]",
    };
    struct bench b;
    struct access table[4 * VERB_COUNT] = {0};
    (void)state;
    bench_open(&b);
    struct rights rights = {.model = b.model, .table = table};
    for (size_t i = 0; i < 4 * VERB_COUNT; i++) {
        const struct collection *c = b.model->collections[i / VERB_COUNT];
        table[i] = (struct access){.in = c, .granted = true, .fields = c->all_fields};
        if (collection_field(c, S("views")))
            field_set_drop(&table[i].fields, collection_field(c, S("views"))->index);
    }
    b.options.reader = &rights;
    for (size_t i = 0; i < COUNTOF(pipelines); i++) {
        const struct aggregate *g = NULL;
        CHECK_AT(i);
        CHECK_ERR(read_pipeline(&b, str_of(pipelines[i]), &g), ERR_BAD_INPUT);
        CHECK_FAULT(&b.why, S("pipeline"), S("unknown-field"));
        if (b.why.fault_count)
            CHECK_STR(b.why.faults[0].text, S("There is no field \"views\"."));
    }
    /* $$ROOT and the whole document are without it. */
    const struct aggregate *g = NULL;
    NEED(read_pipeline(&b, S("[{$group:{_id:null,all:{$push:'$$ROOT'}}}]"), &g) == ERR_OK);
    field_set fields = aggregate_fields(g);
    CHECK(!field_set_has(&fields, collection_field(model_find(b.model, S("posts")), S("views"))->index));
    arena_close(b.arena);
}

/* `count` times `unit` between `open` and `close`. */
static str repeated(struct arena *a, const char *open, const char *unit, unsigned count, const char *close)
{
    struct buf text;

    buf_init(&text, a, 4u << 20);
    buf_add(&text, str_of(open));
    for (unsigned i = 0; i < count; i++)
        buf_add(&text, str_of(unit));
    buf_add(&text, str_of(close));
    return buf_str(&text);
}

static void ceilings_hold(void **state)
{
    static const struct {
        const char *open, *unit, *close;
        unsigned good, bad;
    } rows[] = {
        {"[", "{$skip:1},", "]", LIMIT_AGGREGATE_STAGES, LIMIT_AGGREGATE_STAGES + 1},
        {"[{$facet:{a:[", "{$skip:1},", "]}}]", LIMIT_AGGREGATE_STAGES - 1, LIMIT_AGGREGATE_STAGES},
        {"[{$addFields:{x:{$in:[1,[", "1,", "]]}}}]", LIMIT_AGGREGATE_NODES - 3, LIMIT_AGGREGATE_NODES - 2},
        {"[{$addFields:{x:", "{$abs:", "1}}}}}}}}}}}}}}}}}}]", LIMIT_AGGREGATE_DEPTH - 1, LIMIT_AGGREGATE_DEPTH},
    };
    struct bench b;
    (void)state;
    bench_open(&b);
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        const struct aggregate *g = NULL;
        CHECK_AT(i);
        bool is_nested = i == 3;
        for (unsigned k = 0; k < 2; k++) {
            unsigned n = k == 0 ? rows[i].good : rows[i].bad;
            str text = is_nested ? arena_format(b.arena, STR_FMT STR_FMT,
                                                STR_ARG(repeated(b.arena, rows[i].open, rows[i].unit, n, "1")),
                                                STR_ARG(repeated(b.arena, "", "}", n + 2, "]")))
                                 : repeated(b.arena, rows[i].open, rows[i].unit, n, rows[i].close);
            CHECK_ERR(read_pipeline(&b, text, &g), k == 0 ? ERR_OK : ERR_BAD_INPUT);
            if (k == 1)
                CHECK_FAULT(&b.why, S("pipeline"), S("limit"));
        }
    }
    arena_close(b.arena);
}

/* Values that double with every stage, documents that nest with every stage. */
static void pipelines_cannot_grow_without_end(void **state)
{
    static const char *const rows[] = {
        "[{$project:{b:'$title'}},%{$addFields:{b:{x:'$b',y:'$b',z:['$b','$b','$b','$b']}}},%]",
        "[{$project:{b:['$_id',1,2,3,4,5,6,7,8]}},%{$addFields:{c:'$b'}},{$unwind:'$c'},%]",
        "[{$project:{b:'$title'}},%{$group:{_id:'$b',b:{$push:'$$ROOT'},c:{$push:'$$ROOT'}}},%]",
        "[{$project:{b:'$title'}},%{$addFields:{b:{$concat:['$b','$b','$b','$b','$b','$b','$b','$b']}}},%]",
        "[%{$addFields:{data:{a:{a:{a:{a:{a:{a:{a:{a:{a:{a:{a:{a:'$data'}}}}}}}}}}}}}},%]",
    };
    struct bench b;
    (void)state;
    bench_open(&b);
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct json out = json_null;
        str open, rest, unit, close;
        CHECK_AT(i);
        str_cut(str_of(rows[i]), '%', &open, &rest);
        str_cut(rest, '%', &unit, &close);
        struct buf text;
        buf_init(&text, b.arena, 1u << 20);
        buf_add(&text, open);
        for (unsigned k = 0; k < (i == 1 ? 9u : 18u); k++)
            buf_add(&text, unit);
        buf_add(&text, close);
        CHECK_ERR(run_pipeline(&b, arena_cstr(b.arena, buf_str(&text)), items_text, &out), ERR_BAD_INPUT);
        CHECK_FAULT(&b.why, S("pipeline"), S("limit"));
    }
    arena_close(b.arena);
}

static void more_items_than_allowed_are_refused(void **state)
{
    struct bench b;
    const struct aggregate *g = NULL;
    struct json out = json_null;
    (void)state;
    bench_open(&b);
    size_t most = LIMIT_AGGREGATE_ROWS;
    struct json *items = NEW_N(b.arena, struct json, most + 1);
    for (size_t i = 0; i <= most; i++)
        items[i] = json_of_map(NULL, 0);
    NEED(read_pipeline(&b, S("[{$count:'n'}]"), &g) == ERR_OK);
    CHECK_ERR(aggregate_run(g, b.arena, items, most, &out, &b.why), ERR_OK);
    CHECK_STR(json_print(b.arena, &out), S("[{\"n\":100000}]"));
    CHECK_ERR(aggregate_run(g, b.arena, items, most + 1, &out, &b.why), ERR_BAD_INPUT);
    CHECK_FAULT(&b.why, S("pipeline"), S("limit"));
    CHECK_ERR(aggregate_run(g, b.arena, NULL, 0, &out, &b.why), ERR_OK);
    arena_close(b.arena);
}

CHECK_MAIN(TEST(stages_pick_documents), TEST(stages_shape_documents), TEST(documents_are_sorted_and_unwound),
           TEST(groups_add_up), TEST(expressions_are_null_where_they_make_no_sense),
           TEST(bad_pipelines_are_refused_by_name), TEST(the_front_is_given_to_the_database),
           TEST(only_the_fields_that_are_needed_are_read), TEST(hidden_fields_are_unknown_in_every_stage),
           TEST(ceilings_hold), TEST(pipelines_cannot_grow_without_end), TEST(more_items_than_allowed_are_refused))
