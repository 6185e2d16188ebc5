/* Arguments as the content API's filter, order and lens: what they come to, and what is refused, by whom they come from. */
#include "graphql/own/own.h"

#include "base/limits.h"
#include "tests/support/check.h"
#include "tests/support/house.h"

static struct house *house;
static struct arena *arena;
static const struct principal *narrow, *wide;

static void open_site(void)
{
    arena = arena_open(256u << 10);
    house = house_open();
    house_model(house, "[{name:'publishers', fields:[{name:'country', kind:'text'}]},"
                       " {name:'authors', fields:[{name:'name', kind:'text'}, {name:'salary', kind:'number'}, {name:'publisher', kind:'ref', to:'publishers'}]},"
                       " {name:'hero', shape:'component', fields:[{name:'title', kind:'text'}]},"
                       " {name:'posts', fields:[{name:'title', kind:'text'}, {name:'views', kind:'number'}, {name:'words', kind:'tags'}, {name:'secret', kind:'secret'},"
                       "   {name:'hidden', kind:'text'}, {name:'data', kind:'object'}, {name:'author', kind:'ref', to:'authors'},"
                       "   {name:'writers', kind:'ref', to:'authors', many:true}, {name:'publisher', kind:'ref', to:'publishers'},"
                       "   {name:'about', kind:'ref', to:['authors','publishers']},"
                       "   {name:'seo', kind:'set', fields:[{name:'title', kind:'text'}, {name:'inner', kind:'set', fields:[{name:'x', kind:'number'}]}]},"
                       "   {name:'rows', kind:'set', many:true, fields:[{name:'price', kind:'number'}, {name:'tax', kind:'set', fields:[{name:'x', kind:'number'}]},"
                       "     {name:'cut', kind:'component', of:'hero'}]},"
                       "   {name:'heads', kind:'component', of:'hero', many:true}, {name:'head', kind:'component', of:'hero'}, {name:'body', kind:'blocks', of:['hero']}]}]");
    house_people(house, "{roles:{narrow:[{collection:'posts', verbs:['read'], fields:['_id','title','views','words','author','writers','publisher','about','seo','rows','body','data','head','heads']},"
                        "   {collection:'authors', verbs:['read'], fields:['_id','name']}], wide:[{collection:'*', verbs:['read']}]},"
                        " keys:{narrow:{role:'narrow'}, wide:{role:'wide'}}}");
    narrow = house_who(house, arena, house_key(house, "narrow"));
    wide = house_who(house, arena, house_key(house, "wide"));
}

static void close_site(void)
{
    house_close(house);
    arena_close(arena);
}

/* The filter as the content API prints it, or the rule of the fault. */
static str taken(const struct principal *who, const char *where)
{
    struct gql_execution x = {.arena = arena, .gate = house->gate, .who = who};
    struct problem why = {.arena = arena};
    const struct filter *f = NULL;
    enum err e = own_take_where(&x, house_collection(who, "posts"), house_json(arena, where), S("where"), &f, &why);
    if (e != ERR_OK) {
        CHECK_INT(e, ERR_BAD_INPUT);
        CHECK_STR(why.faults[0].path, S("where"));
        return why.faults[0].rule;
    }
    return f ? filter_print(arena, f) : (str)STR("nothing");
}

/* The same filter in the content API's own spelling. */
static str meant(const struct principal *who, const char *filter)
{
    struct problem why = {.arena = arena};
    struct filter_options options = {.reader = who->rights, .where = S("filter")};
    const struct filter *f = NULL;
    must(filter_read(arena, principal_model(who), house_collection(who, "posts"), house_json(arena, filter), &options, &f, &why) == ERR_OK);
    return filter_print(arena, f);
}

static const struct {
    const char *where, *filter;       /* {: the same; else a rule */
} conditions[] = {
    {"{title:{eq:'a'}}", "{title:'a'}"},
    {"{title:{ne:'a', isNull:false}}", "{title:{$ne:'a', $exists:true}}"},
    {"{title:{in:['a','b'], notIn:['c']}}", "{title:{$in:['a','b'], $nin:['c']}}"},
    {"{views:{gt:1, gte:2, lt:3, lte:4, between:{from:5, to:6}}}", "{views:{$gt:1, $gte:2, $lt:3, $lte:4, $between:[5,6]}}"},
    {"{title:{contains:'a', notContains:'b', startsWith:'c', endsWith:'d', ieq:'e', icontains:'f', regex:'g', words:'h'}}",
     "{title:{$contains:'a', $notContains:'b', $startsWith:'c', $endsWith:'d', $eqi:'e', $containsi:'f', $regex:'g', $text:'h'}}"},
    {"{words:{eq:'a', all:['b'], size:2, isEmpty:false}}", "{words:{$eq:'a', $all:['b'], $size:2, $empty:false}}"},
    {"{data:{isNull:true}}", "{data:{$exists:false}}"},
    {"{_and:[{title:{eq:'a'}},{views:{eq:1}}], _or:[{views:{eq:2}},{views:{eq:3}}], _not:{views:{eq:4}}}",
     "{$and:[{title:'a'},{views:1}], $or:[{views:2},{views:3}], $nor:[{views:4}]}"},
    {"{}", "{}"},
    {"{title:{}}", "{}"},
    {"{_or:[]}", "{$or:[]}"},
    {"{author:{name:{ne:'a'}}}", "{author:{$some:{name:{$ne:'a'}}}}"},
    {"{author:{_id:{eq:'0123456789abcdef01234567'}}}", "{author:'0123456789abcdef01234567'}"},
    {"{author:{_isNull:true}}", "{author:{$exists:false}}"},
    {"{author:{}}", "{}"},
    {"{writers:{some:{name:{eq:'a'}}, none:{name:{eq:'b'}}, every:{name:{eq:'c'}}, isEmpty:false, count:2}}",
     "{$and:[{writers:{$some:{name:'a'}}},{writers:{$none:{name:'b'}}},{writers:{$every:{name:'c'}}},{writers:{$exists:true}},{writers:{$size:2}}]}"},
    {"{about:{authors:{name:{eq:'a'}}, _model:{eq:'authors'}, _isNull:false}}",
     "{$and:[{'about:authors':{$some:{name:'a'}}},{'about._model':'authors'},{about:{$exists:true}}]}"},
    {"{seo:{title:{eq:'a'}, inner:{x:{gt:1}}}}", "{'seo.title':'a', 'seo.inner.x':{$gt:1}}"},
    {"{seo:{_or:[{title:{eq:'a'}},{inner:{_isNull:true}}]}}", "{$or:[{'seo.title':'a'},{'seo.inner':{$exists:false}}]}"},
    {"{rows:{some:{price:{gt:1}}, count:2}}", "{$and:[{rows:{$elemMatch:{price:{$gt:1}}}},{rows:{$size:2}}]}"},
    {"{rows:{some:{tax:{_isNull:true}}}}", "{rows:{$elemMatch:{tax:{$exists:false}}}}"},
    {"{rows:{some:{cut:{_isNull:true, title:{eq:'a'}}}}}", "{rows:{$elemMatch:{$and:[{cut:{$exists:false}},{'cut.title':'a'}]}}}"},
    {"{rows:{none:{_isNull:true}, every:{_isNull:false}}}", "{$and:[{rows:{$none:{$or:[]}}},{rows:{$every:{$and:[]}}}]}"},
    {"{heads:{some:{_isNull:true}}}", "{heads:{$elemMatch:{$or:[]}}}"},
    {"{head:{_isNull:true}}", "{head:{$exists:false}}"},
    {"{seo:{_not:{_isNull:true}}}", "{$nor:[{seo:{$exists:false}}]}"},
    {"{seo:{_or:[{_isNull:true},{inner:{_and:[{_isNull:false}]}}]}}", "{$or:[{seo:{$exists:false}},{$and:[{'seo.inner':{$exists:true}}]}]}"},
    {"{rows:{some:{_or:[{_isNull:true},{tax:{_or:[{_isNull:true}]}}]}}}", "{rows:{$elemMatch:{$or:[{$or:[]},{$or:[{tax:{$exists:false}}]}]}}}"},
    {"{body:{some:{_component:{eq:'hero'}, title:{eq:'a'}}}}", "{body:{$elemMatch:{_component:'hero', title:'a'}}}"},
    /* refused */
    {"{title:{eq:null}}", "null"},
    {"{title:null}", "null"},
    {"{_and:null}", "null"},
    {"{_or:[{title:{in:null}}]}", "null"},
    {"{author:{_isNull:null}}", "null"},
    {"{writers:{some:null}}", "null"},
    {"{views:{between:{from:1}}}", "type"},
    {"{title:{size:1}}", "operator"},
    {"{title:{like:'a'}}", "unknown-operator"},
    {"{nothing:{eq:'a'}}", "unknown-field"},
    {"{secret:{eq:'a'}}", "unknown-field"},
    {"{title:{regex:'('}}", "pattern"},
};

static void conditions_are_the_content_api_s(void **state)
{
    (void)state;
    open_site();
    for (size_t i = 0; i < COUNTOF(conditions); i++) {
        CHECK_AT(i);
        bool is_filter = conditions[i].filter[0] == '{';
        CHECK_STR(taken(wide, conditions[i].where), is_filter ? meant(wide, conditions[i].filter) : str_of(conditions[i].filter));
    }
    CHECK_STR(taken(wide, "null"), S("nothing"));
    close_site();
}

/* What the caller may not read is what does not exist, whatever else is wrong. */
static void what_is_hidden_is_unknown(void **state)
{
    static const char *const wishes[] = {"{hidden:{eq:'a'}}", "{hidden:{like:1}}", "{author:{salary:{gt:1}}}", "{writers:{some:{salary:{gt:1}}}}",
                                         "{_not:{author:{_or:[{salary:{gt:1}}]}}}", "{about:{publishers:{country:{eq:'x'}}}}", "{author:{publisher:{country:{eq:'x'}}}}"};
    (void)state;
    open_site();
    for (size_t i = 0; i < COUNTOF(wishes); i++) {
        CHECK_AT(i);
        CHECK_STR(taken(narrow, wishes[i]), S("unknown-field"));
    }
    close_site();
}

/* ---- orders ---- */

static str ordered(const struct principal *who, const char *order)
{
    struct gql_execution x = {.arena = arena, .gate = house->gate, .who = who};
    struct problem why = {.arena = arena};
    struct query q = {0};
    struct buf b;
    buf_init(&b, arena, 4096);
    enum err e = own_take_order(&x, house_collection(who, "posts"), house_json(arena, order), &q, &why);
    if (e != ERR_OK) {
        CHECK_INT(e, ERR_BAD_INPUT);
        return why.faults[0].rule;
    }
    for (size_t i = 0; i < q.sort_count; i++) {
        buf_add(&b, i ? S(",") : S(""));
        buf_add(&b, q.sort[i].down ? S("-") : S(""));
        for (size_t k = 0; k < q.sort[i].hop_count; k++)
            buf_format(&b, STR_FMT ".", STR_ARG(q.sort[i].hops[k]->name));
        buf_add(&b, q.sort[i].func ? func_word(q.sort[i].func) : (str)STR(""));
        buf_add(&b, q.sort[i].func ? S(" ") : S(""));
        buf_add(&b, q.sort[i].by->name);
    }
    return buf_str(&b);
}

static void orders_are_the_content_api_s(void **state)
{
    static const struct {
        const char *order, *sort;
    } rows[] = {
        {"null", ""},
        {"[]", ""},
        {"[{title:'ASC'},{views:'DESC'}]", "title,-views"},
        {"{title:'ASC'}", "title"},
        {"[{author:{name:'DESC'}},{_modified:'ASC'}]", "-author.name,_modified"},
        {"[{writers_count:'DESC'}]", "-count writers"},
        {"[{_random:7}]", "random _id"},
        {"[{_random:0}]", "random _id"},
        {"[{title:'ASC'},{title:'DESC'}]", "repeated"},
        {"[{title:null}]", "null"},
        {"[{_random:-1}]", "type"},
        {"[{title:'ASC', views:'ASC'}]", "type"},
        {"[{nothing:'ASC'}]", "unknown-field"},
        {"[{hidden:'ASC'}]", "unknown-field"},
        {"[{author:{salary:'ASC'}}]", "unknown-field"},
        {"[{title:{x:'ASC'}}]", "unknown-field"},
        {"[{data:'ASC'}]", "unsortable"},
        {"[{_id:'ASC'},{_state:'ASC'},{_created:'ASC'},{title:'ASC'},{views:'ASC'}]", "_id,_state,_created,title,views"},
        {"[{_id:'ASC'},{_state:'ASC'},{_created:'ASC'},{title:'ASC'},{views:'ASC'},{_rev:'ASC'}]", "limit"},
    };
    (void)state;
    open_site();
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        CHECK_STR(ordered(narrow, rows[i].order), str_of(rows[i].sort));
    }
    close_site();
}

/* A row of the table per operator of the language that it can be asked with, and each suits something. */
static void operators_are_whole(void **state)
{
    (void)state;
    open_site();
    const struct collection *c = house_collection(wide, "posts");
    for (size_t i = 0; i < own_operator_count; i++) {
        size_t suited = 0;
        CHECK_AT(i);
        for (size_t k = 0; k < c->field_count; k++)
            suited += !c->fields[k].to && !c->fields[k].target_count && c->fields[k].member_count == 0 && own_operator_suits(&own_operators[i], &c->fields[k]);
        CHECK(suited > 0 && own_operators[i].doc[0]);
        for (size_t k = 0; k < i; k++)
            CHECK(!str_equal(own_operators[k].name, own_operators[i].name));
    }
    close_site();
}

CHECK_MAIN(TEST(conditions_are_the_content_api_s), TEST(what_is_hidden_is_unknown), TEST(orders_are_the_content_api_s), TEST(operators_are_whole))
