/* Writing beyond one plain item: edits, nested items, lists, filters, keys, batches. Rows run in their order on one
 * house; each says the status and what the answer must (or, with '!', must not) contain. */
#include "content/change/change.h"
#include "tests/support/check.h"
#include "tests/support/house.h"
#include "tests/support/rest.h"

struct row_step {
    const char *who, *method, *target, *headers, *body; /* body: JSON5 */
    int status;
    const char *says[3];
};

#define A1 "0000000000000000000000a1"
#define A2 "0000000000000000000000a2"
#define A3 "0000000000000000000000a3"
#define P1 "0000000000000000000000b1"
#define P2 "0000000000000000000000b2"
#define P3 "0000000000000000000000b3"
#define C1 "0000000000000000000000c1"
#define C2 "0000000000000000000000c2"
#define C3 "0000000000000000000000c3"
#define ITEM "/api/content/item/"
#define ITEMS "/api/content/items/"

static struct house *open_house(void)
{
    struct house *h = house_open();
    house_model(h, "[{name:'authors', fields:[{name:'name', kind:'text', required:true}, {name:'salary', kind:'number'}]},"
                   " {name:'topics', fields:[{name:'name', kind:'text', unique:true}]},"
                   " {name:'vaults', fields:[{name:'code', kind:'text'}]},"
                   " {name:'rooms', shape:'tree', fields:[{name:'name', kind:'text'}]},"
                   " {name:'careful', demands_match:true, fields:[{name:'title', kind:'text'}]},"
                   " {name:'about', shape:'single', fields:[{name:'title', kind:'text'}]},"
                   " {name:'posts', unique:[['lang','code']], fields:[{name:'title', kind:'text', required:true},"
                   "  {name:'slug', kind:'slug', unique:true}, {name:'views', kind:'number', integer:true, min:0, max:100},"
                   "  {name:'score', kind:'number'}, {name:'tags', kind:'tags'}, {name:'lang', kind:'text'}, {name:'code', kind:'text'},"
                   "  {name:'log', kind:'text', many:true}, {name:'author', kind:'ref', to:'authors'},"
                   "  {name:'topics', kind:'ref', to:'topics', many:true}, {name:'vault', kind:'ref', to:'vaults'}]}]");
    house_people(h, "{roles: {"
                    "  editor: [{collection:'posts', verbs:['read','create','update','delete','publish']}, {collection:'authors', verbs:['read','create','update','delete','publish'], fields:['name']},"
                    "           {collection:'topics', verbs:['read','create','update','delete','publish']}, {collection:'careful', verbs:['read','create','update','delete','publish']},"
                    "           {collection:'rooms', verbs:['read','create','update']},"
                    "           {collection:'about', verbs:['read','create','update','publish']}],"
                    "  linker: [{collection:'posts', verbs:['read','create','update','publish']}, {collection:'authors', verbs:['read']}, {collection:'topics', verbs:['read','create']}],"
                    "  owner: [{collection:'posts', verbs:['read']}, {collection:'posts', verbs:['update','delete'], where:{lang:'en'}, check:{lang:'en'}}]},"
                    " keys: {editor: {role:'editor'}, linker: {role:'linker'}, owner: {role:'owner'}}}");
    return h;
}

static void take_step(struct house *h, const struct row_step *s)
{
    struct arena *a = arena_open(64u << 10);
    const char *headers = arena_cstr(a, arena_format(a, "api-key: " STR_FMT "\n%s%s", STR_ARG(house_key(h, s->who)),
                                                     s->headers ? s->headers : "", s->body ? "Content-Type: application/json\n" : ""));
    str body = s->body ? json_print(a, house_json(a, s->body)) : S("");
    struct fake_exchange *f = rest_request(h->gate, a, s->method, s->target, headers, body, NULL);
    if (f->status != s->status)
        CHECK_SAY("%s %s: %d, wanted %d\n" STR_FMT, s->method, s->target, f->status, s->status, STR_ARG(f->answer));
    str said = rest_answer(f);
    for (size_t i = 0; i < COUNTOF(s->says) && s->says[i]; i++) {
        bool is_not = s->says[i][0] == '!';
        if (str_contains(said, str_of(s->says[i] + is_not)) == is_not)
            CHECK_SAY("%s %s: %s %s in\n" STR_FMT, s->method, s->target, s->says[i] + is_not, is_not ? "is" : "is not", STR_ARG(said));
    }
    arena_close(a);
}

static void take_steps(const struct row_step *steps, size_t count)
{
    struct house *h = open_house();
    for (size_t i = 0; i < count; i++) {
        CHECK_AT(i);
        take_step(h, &steps[i]);
    }
    house_close(h);
}
#define TAKE(steps) take_steps(steps, COUNTOF(steps))

#define E "editor"
#define L "linker"

/* clang-format off */
static void values_go_up_and_down_and_lists_change(void **state)
{
    static const struct row_step steps[] = {
        {E, "PUT", ITEM "posts/" P1, NULL, "{title:'One', views:5, tags:['a','b'], log:['x']}", 200, {"\"views\":5"}},
        {E, "PATCH", ITEM "posts/" P1, NULL, "{'views+':2}", 200, {"\"views\":7", "\"_rev\":2"}},
        {E, "PATCH", ITEM "posts/" P1, NULL, "{'views-':3, 'tags+':'c'}", 200, {"\"views\":4", "[\"a\",\"b\",\"c\"]"}},
        {E, "PATCH", ITEM "posts/" P1, NULL, "{'tags+':['c','d'], 'tags-':'a'}", 200, {"[\"b\",\"c\",\"d\"]"}},
        {E, "PATCH", ITEM "posts/" P1, NULL, "{'+tags':['z','b']}", 200, {"[\"z\",\"b\",\"c\",\"d\"]"}},
        {E, "PATCH", ITEM "posts/" P1, NULL, "{$inc:{views:1, score:0.5}, $push:{log:['x','y']}, $pull:{tags:['z','c']}}", 200,
         {"\"views\":5", "\"score\":0.5", "\"log\":[\"x\",\"x\",\"y\"]"}},
        {E, "PATCH", ITEM "posts/" P1, NULL, "{$addToSet:{log:['y','w']}, 'log-':'x'}", 200, {"\"log\":[\"y\",\"w\"]", "\"tags\":[\"b\",\"d\"]"}},
        {E, "PATCH", ITEM "posts/" P1, NULL, "{'views-':6}", 422, {"\"/views\"", "\"min\""}},
        {E, "PATCH", ITEM "posts/" P1, NULL, "{'views+':96}", 422, {"\"/views\"", "\"max\""}},
        {E, "PATCH", ITEM "posts/" P1, NULL, "{'views+':0.5}", 422, {"\"integer\""}},
        {E, "PATCH", ITEM "posts/" P1, NULL, "{'views+':'1'}", 422, {"\"/views+\"", "\"type\""}},
        {E, "PATCH", ITEM "posts/" P1, NULL, "{'+views':1}", 422, {"\"type\""}},
        {E, "PATCH", ITEM "posts/" P1, NULL, "{'title+':'x'}", 422, {"\"type\""}},
        {E, "PATCH", ITEM "posts/" P1, NULL, "{'views+':1, views:2}", 422, {"\"twice\""}},
        {E, "PATCH", ITEM "posts/" P1, NULL, "{views:2, 'views+':1}", 422, {"\"twice\""}},
        {E, "PATCH", ITEM "posts/" P1, NULL, "{'nothing+':1}", 422, {"\"/nothing+\"", "\"unknown-field\""}},
        {E, "PATCH", ITEM "posts/" P1, NULL, "{'_rev+':1}", 422, {"\"unknown-field\""}},
        {E, "PATCH", ITEM "posts/" P1, NULL, "{$inc:{nothing:1}}", 422, {"\"/$inc/nothing\""}},
        {E, "PATCH", ITEM "posts/" P1, NULL, "{$set:{title:'x'}}", 422, {"\"unknown-field\""}},
        {E, "PATCH", ITEM "posts/" P1, NULL, "{$inc:3}", 422, {"\"/$inc\""}},
        {E, "GET", ITEM "posts/" P1, NULL, NULL, 200, {"\"views\":5", "\"_rev\":7"}},
        {E, "POST", ITEM "posts", NULL, "{data:{title:'New', 'views+':3, 'tags+':['q']}}", 200, {"\"views\":3", "\"tags\":[\"q\"]"}},
        {E, "PATCH", ITEM "authors/" A1, NULL, "{'salary+':1}", 422, {"\"unknown-field\""}}, /* not his to write */
        {E, "PATCH", ITEM "posts/" P1, NULL, "{$inc:{score:9223372036854775807}}", 200, {NULL}},
        {E, "PATCH", ITEM "posts/" P1, NULL, "{score:9223372036854775807}", 200, {NULL}},
        {E, "PATCH", ITEM "posts/" P1, NULL, "{$inc:{score:1}}", 422, {"\"max\""}},
    };
    (void)state;
    TAKE(steps);
}

static void references_are_written_with_their_items(void **state)
{
    static const struct row_step steps[] = {
        {E, "PUT", ITEM "topics/" C1, NULL, "{name:'one'}", 200, {NULL}},
        {E, "PUT", ITEM "topics/" C2, NULL, "{name:'two'}", 200, {NULL}},
        {E, "PUT", ITEM "posts/" P1, NULL, "{title:'One', author:{create:{name:'Ada'}}, topics:[]}", 200, {"\"author\":{\"_model\":\"authors\""}},
        {E, "GET", ITEM "posts/" P1 "?populate=1", NULL, NULL, 200, {"\"name\":\"Ada\""}},
        {E, "PATCH", ITEM "posts/" P1, NULL, "{author:{update:{name:'Ada L.'}}, topics:{connect:['" C1 "','" C2 "']}}", 200, {NULL}},
        {E, "GET", ITEM "posts/" P1 "?populate=1", NULL, NULL, 200, {"\"name\":\"Ada L.\"", "\"name\":\"one\""}},
        {E, "PATCH", ITEM "posts/" P1, NULL, "{topics:{connect:{id:'" C2 "', position:{start:true}}, create:[{name:'three', position:{after:'" C2 "'}}]}}", 200, {NULL}},
        {E, "GET", ITEMS "topics?fields=name", NULL, NULL, 200, {"\"name\":\"three\""}},
        {E, "PATCH", ITEM "posts/" P1, NULL, "{topics:{disconnect:['" C1 "'], update:[{_id:'" C2 "', name:'TWO'}]}}", 200, {"!" C1}},
        {E, "PATCH", ITEM "posts/" P1, NULL, "{topics:{set:['" C1 "','" C2 "']}}", 200, {"{\"_model\":\"topics\",\"_id\":\"" C1 "\"},{\"_model\":\"topics\",\"_id\":\"" C2 "\"}"}},
        {E, "PATCH", ITEM "posts/" P1, NULL, "{topics:['" C2 "']}", 200, {"!" C1}},
        {E, "PATCH", ITEM "posts/" P1, NULL, "{topics:{connect:[{id:'" C1 "', position:{before:'" C2 "'}}]}}", 200, {"\"" C1 "\"},{\"_model\":\"topics\",\"_id\":\"" C2 "\"}"}},
        {E, "PATCH", ITEM "posts/" P1, NULL, "{topics:{delete:['" C1 "']}}", 200, {"!" C1}},
        {E, "GET", ITEM "topics/" C1, NULL, NULL, 404, {NULL}},
        /* faults, and nothing has changed */
        {E, "PATCH", ITEM "posts/" P1, NULL, "{title:'x', topics:{connect:[{id:'" C2 "', position:{before:'" C3 "'}}]}}", 422, {"\"/topics/connect/0\"", "\"position\""}},
        {E, "PATCH", ITEM "posts/" P1, NULL, "{title:'x', topics:{connect:['" C3 "']}}", 422, {"\"reference\""}},
        {E, "PATCH", ITEM "posts/" P1, NULL, "{title:'x', topics:{create:[{name:'four'},{nome:'x'}]}}", 422, {"\"/topics/create/1/nome\""}},
        {E, "PATCH", ITEM "posts/" P1, NULL, "{title:'x', topics:{create:[{name:'four'},{name:'TWO'}]}}", 409, {"\"/topics/create/1/name\"", "\"unique\""}},
        {E, "PATCH", ITEM "posts/" P1, NULL, "{title:'x', author:{create:{}}}", 422, {"\"/author/create/name\"", "\"required\""}},
        {E, "PATCH", ITEM "posts/" P1, NULL, "{topics:{update:[{_id:'" C3 "', name:'x'}]}}", 422, {"\"not-linked\""}},
        {E, "PATCH", ITEM "posts/" P1, NULL, "{topics:{link:['" C3 "']}}", 422, {"\"/topics\""}},
        {E, "PATCH", ITEM "posts/" P1, NULL, "{topics:{connect:['x']}}", 422, {"\"/topics/connect/0\""}},
        {E, "PATCH", ITEM "posts/" P1, NULL, "{topics:{connect:['" C2 "'], link:1}}", 422, {"\"/topics/link\""}},
        {E, "PATCH", ITEM "posts/" P1, NULL, "{author:{connect:['" A1 "','" A2 "']}}", 422, {"\"/author/connect\""}},
        {E, "GET", ITEMS "topics?filter={name:'four'}", NULL, NULL, 200, {"!four"}},
        {E, "GET", ITEM "posts/" P1, NULL, NULL, 200, {"\"title\":\"One\""}},
        {E, "PATCH", ITEM "posts/" P1, NULL, "{author:{disconnect:true}}", 200, {"\"author\":null"}},
        {E, "PATCH", ITEM "posts/" P1, NULL, "{author:{update:{name:'nobody'}}}", 422, {"\"not-linked\""}},
        {E, "PATCH", ITEM "posts/" P1, NULL, "{topics:{update:[{_id:'" C2 "', _if_rev:1, name:'x'}]}}", 412, {NULL}},
        /* rights are those of each item's own collection */
        {L, "PATCH", ITEM "posts/" P1, NULL, "{title:'x', author:{create:{name:'Eve'}}}", 403, {"\"/author/create\""}},
        {L, "PATCH", ITEM "posts/" P1, NULL, "{topics:{update:[{_id:'" C2 "', name:'x'}]}}", 403, {NULL}},
        {L, "PATCH", ITEM "posts/" P1, NULL, "{topics:{delete:['" C2 "']}}", 403, {NULL}},
        {L, "PATCH", ITEM "posts/" P1, NULL, "{vault:{create:{kode:'x'}}}", 403, {"!kode"}},
        {L, "PATCH", ITEM "posts/" P1, NULL, "{topics:{create:[{name:'five'}]}}", 200, {NULL}},
        {E, "PATCH", ITEM "posts/" P1, NULL, "{author:{create:{name:'Bob', salary:1}}}", 422, {"\"/author/create/salary\"", "\"unknown-field\""}},
        {E, "GET", ITEM "posts/" P1, NULL, NULL, 200, {"\"title\":\"One\""}},
    };
    (void)state;
    TAKE(steps);
}

static void lists_are_written_at_once(void **state)
{
    static const struct row_step steps[] = {
        {E, "POST", ITEMS "posts", NULL, "[{title:'One', slug:'one', lang:'en'},{title:'Two', slug:'two', lang:'en'},{title:'Three', slug:'three', lang:'de'}]", 200, {"[{\"_id\"", "\"slug\":\"three\""}},
        {E, "POST", ITEMS "posts", NULL, "{data:[{title:'Four'},{title:7}]}", 422, {"\"/data/1/title\""}},
        {E, "POST", ITEMS "posts", NULL, "[{title:'Four', slug:'four'},{title:'Again', slug:'one'}]", 409, {"\"/1/slug\"", "\"unique\""}},
        {E, "POST", ITEMS "posts", NULL, "[]", 400, {NULL}},
        {E, "GET", ITEMS "posts?count=exact&limit=1", NULL, NULL, 200, {"\"total\":3"}},
        {E, "PATCH", ITEMS "posts", NULL, "{'views+':1}", 400, {"\"filter\""}},
        {E, "PATCH", ITEMS "posts?filter={lang:'en'}&dry_run=1", NULL, "{'views+':1}", 200, {"\"changed\":2", "\"dry_run\":true"}},
        {E, "GET", ITEMS "posts?filter={views:1}", NULL, NULL, 200, {"!title"}},
        {E, "PATCH", ITEMS "posts?filter={lang:'en'}", NULL, "{'views+':1, lang:'fr'}", 200, {"\"changed\":2", "\"has_more\":false"}},
        {E, "PATCH", ITEMS "posts?filter={lang:'fr'}&limit=1", NULL, "{'views+':1}", 200, {"\"changed\":1", "\"has_more\":true"}},
        {E, "PATCH", ITEMS "posts?filter={}", NULL, "{'views+':99}", 422, {"Item ", "\"max\""}},
        {E, "GET", ITEMS "posts?filter={views:99}", NULL, NULL, 200, {"!title"}},
        {E, "PATCH", ITEMS "posts?filter={}", NULL, "{topics:{create:[{name:'x'}]}}", 422, {NULL}},
        {E, "PATCH", ITEMS "posts?filter={}", NULL, "{_id:'" P1 "'}", 422, {"\"/_id\""}},
        {E, "PATCH", ITEMS "posts?filter={nothing:1}", NULL, "{lang:'x'}", 400, {"\"unknown-field\""}},
        {E, "PATCH", ITEMS "posts?filter={}&limit=10001", NULL, "{lang:'x'}", 400, {"\"limit\""}},
        {E, "PATCH", ITEMS "posts?filter={}&dry_run=maybe", NULL, "{lang:'x'}", 400, {"\"dry_run\""}},
        {E, "PATCH", ITEMS "about?filter={}", NULL, "{title:'x'}", 405, {NULL}},
        {E, "PATCH", ITEMS "careful?filter={}", NULL, "{title:'x'}", 428, {NULL}},
        {E, "PATCH", ITEMS "careful?filter={}", "If-Match: *\n", "{title:'x'}", 200, {"\"changed\":0"}},
        {E, "PATCH", ITEMS "posts?filter={slug:'one'}", NULL, "{lang:'en'}", 200, {"\"changed\":1"}},
        {"owner", "PATCH", ITEMS "posts?filter={}&dry_run=1", NULL, "{lang:'en'}", 200, {"\"changed\":1"}}, /* the others are not his */
        {"owner", "PATCH", ITEMS "posts?filter={}", NULL, "{lang:'xx'}", 403, {NULL}}, /* … and the result must still be his */
        {"owner", "DELETE", ITEMS "posts?filter={}", NULL, NULL, 200, {"\"changed\":1"}},
        {L, "DELETE", ITEMS "posts?filter={}", NULL, NULL, 403, {NULL}},
        {E, "DELETE", ITEMS "posts?filter[lang]=fr", NULL, NULL, 200, {"\"changed\":1"}},
        {E, "GET", ITEMS "posts?count=exact&limit=1", NULL, NULL, 200, {"\"total\":1"}},
    };
    (void)state;
    TAKE(steps);
}

static void items_are_known_by_a_key(void **state)
{
    static const struct row_step steps[] = {
        {E, "PUT", ITEMS "posts?key=slug", NULL, "{title:'One', slug:'one', views:3}", 200, {"\"_rev\":1", "\"views\":3"}},
        {E, "PUT", ITEMS "posts?key=slug", NULL, "{title:'One!', slug:'one'}", 200, {"\"_rev\":2", "\"views\":null"}},
        {E, "POST", ITEMS "posts?upsert=slug", NULL, "[{slug:'one', 'views+':2},{title:'Two', slug:'two', 'views+':2}]", 200, {"\"title\":\"One!\"", "\"_rev\":3", "\"slug\":\"two\""}},
        {E, "POST", ITEMS "posts?upsert=slug", NULL, "[{slug:'one', 'views+':2},{slug:'three'}]", 422, {"\"/1/title\"", "\"required\""}},
        {E, "GET", ITEMS "posts?filter={slug:'one'}", NULL, NULL, 200, {"\"views\":2"}},
        {E, "POST", ITEMS "posts?upsert=", NULL, "{title:'x'}", 400, {"\"upsert\""}},
        {E, "POST", ITEMS "posts/query", NULL, "{model:'authors'}", 400, {"\"model\"", "unknown-parameter"}},
        {E, "POST", ITEMS "posts?upsert=title", NULL, "{title:'x'}", 400, {"\"key\""}},
        {E, "POST", ITEMS "posts?upsert=nothing", NULL, "{title:'x'}", 400, {"\"key\""}},
        {E, "POST", ITEMS "authors?upsert=salary", NULL, "{name:'x'}", 400, {"\"key\""}},
        {E, "POST", ITEMS "posts?upsert=slug", NULL, "{title:'x'}", 422, {"\"/slug\"", "\"required\""}},
        {E, "PUT", ITEMS "posts?key=lang,code", NULL, "{title:'Three', lang:'en', code:'3'}", 200, {"\"_rev\":1"}},
        {E, "PUT", ITEMS "posts?key=code,lang", NULL, "{title:'Three!', lang:'en', code:'3'}", 200, {"\"_rev\":2"}},
        {E, "PUT", ITEMS "posts?key=lang", NULL, "{title:'Three!', lang:'en', code:'3'}", 400, {"\"key\""}},
        {L, "POST", ITEMS "topics?upsert=name", NULL, "{name:'one'}", 200, {"\"name\":\"one\""}},
        {L, "POST", ITEMS "topics?upsert=name", NULL, "{name:'one'}", 409, {"\"unique\""}}, /* he may create, not change */
        {"owner", "POST", ITEMS "posts?upsert=slug", NULL, "{slug:'new', title:'x'}", 404, {NULL}}, /* … and he the other way round */
        {E, "PUT", ITEM "posts/" P2, NULL, "{title:'Chosen'}", 200, {P2, "\"_rev\":1"}},
        {E, "PUT", ITEM "posts/" P2, NULL, "{title:'Chosen'}", 200, {P2, "\"_rev\":2"}},
        {E, "PUT", ITEM "posts/" P2, "If-None-Match: *\n", "{title:'Chosen'}", 412, {NULL}},
        {E, "PUT", ITEM "posts/" P3, "If-Match: \"1\"\n", "{title:'Chosen'}", 412, {NULL}},
        {E, "PUT", ITEM "posts/" P3, NULL, "{views:1}", 422, {"\"/title\""}},
        {"owner", "PUT", ITEM "posts/" P3, NULL, "{title:'x'}", 404, {NULL}},
    };
    (void)state;
    TAKE(steps);
}

static void batches_are_all_or_nothing(void **state)
{
    static const struct row_step steps[] = {
        {E, "POST", "/api/batch", NULL, "{changes:[{op:'create', in:'authors', as:'ada', data:{name:'Ada'}},"
            "{op:'create', in:'posts', as:'post', data:{title:'One', slug:'one', author:'$ada._id'}},"
            "{op:'create', in:'topics', data:{name:'t'}},"
            "{op:'update', in:'posts', id:'$post._id', if_rev:1, data:{'views+':1, topics:{connect:['$3.id']}}}]}", 200,
         {"[{\"status\":200,\"body\":{\"_id\"", "\"as\":\"ada\"", "\"views\":1"}},
        {E, "GET", ITEMS "posts?populate=1", NULL, NULL, 200, {"\"name\":\"Ada\"", "\"name\":\"t\"", "\"_rev\":2"}},
        {E, "POST", "/api/batch", NULL, "{changes:[{op:'create', in:'authors', data:{name:'Eve'}},{op:'create', in:'posts', data:{title:'x', slug:'one'}}]}", 409,
         {"\"/changes/1/data/slug\""}},
        {E, "POST", "/api/batch", NULL, "{changes:[{op:'create', in:'authors', data:{name:'Eve'}},{op:'update', in:'posts', id:'" P3 "', data:{title:'x'}}]}", 404, {NULL}},
        {E, "POST", "/api/batch", NULL, "{changes:[{op:'create', in:'authors', data:{name:'Eve'}},{op:'create', in:'posts', data:{title:7}}]}", 422, {"\"/changes/1/data/title\""}},
        {E, "POST", "/api/batch", NULL, "{changes:[{op:'create', in:'posts', data:{title:'x', author:'$eve.id'}}]}", 422, {"\"/changes/0/data/author\"", "\"name\""}},
        {E, "POST", "/api/batch", NULL, "{changes:[{op:'create', in:'posts', data:{title:'$eve.id'}},{op:'upsert', in:'posts', key:'slug', data:{slug:'one', title:'Two'}},{op:'upsert', in:'posts', key:'slug', data:{slug:'new', title:'New'}}]}", 200, {"\"title\":\"$eve.id\"", "\"title\":\"Two\"", "\"title\":\"New\""}},
        {E, "POST", "/api/batch", NULL, "{changes:[{op:'create', in:'authors', data:{name:'Eve'}},{op:'create', in:'vaults', data:{code:'x'}}]}", 404, {"\"/changes/1/in\""}},
        {L, "POST", "/api/batch", NULL, "{changes:[{op:'create', in:'topics', data:{name:'L'}},{op:'create', in:'authors', data:{name:'x', salary:1}}]}", 403, {"\"/changes/1\"", "!salary"}},
        {L, "POST", "/api/batch", NULL, "{changes:[{op:'create', in:'topics', data:{name:'L'}},{op:'delete', in:'topics', id:'" C1 "'}]}", 403, {NULL}},
        {E, "GET", ITEMS "authors", NULL, NULL, 200, {"!Eve"}},
        {E, "GET", ITEMS "topics", NULL, NULL, 200, {"!\"L\""}},
        {E, "POST", "/api/batch", NULL, "{requests:[{method:'POST', url:'/api/collections/posts/records', body:{title:'PB'}},"
            "{method:'PUT', url:'/api/content/item/topics/" C2 "', body:{name:'put'}}, {method:'PATCH', url:'/api/content/item/topics/$2.id', headers:{'If-Match':'\"1\"'}, body:{name:'patched'}},"
            "{method:'PUT', url:'/api/content/items/topics?key=name', body:{name:'kept'}},"
            "{method:'POST', url:'/api/content/item/posts', body:{data:{title:'wrapped'}}}]}", 404, {NULL}}, /* PUT of a new one is by upsert only */
        {E, "PUT", ITEM "topics/" C2, NULL, "{name:'there'}", 200, {NULL}},
        {E, "POST", "/api/batch", NULL, "{requests:[{method:'POST', url:'/api/collections/posts/records', body:{title:'PB'}},"
            "{method:'PUT', url:'/api/content/item/topics/" C2 "', body:{name:'put'}}, {method:'PATCH', url:'/api/content/item/topics/$2.id', headers:{'If-Match':'\"2\"'}, body:{name:'patched'}},"
            "{method:'PUT', url:'/api/content/items/topics?key=name', body:{name:'kept'}},"
            "{method:'POST', url:'/api/content/item/posts', body:{data:{title:'wrapped'}}}]}", 200, {"\"PB\"", "\"patched\"", "\"wrapped\""}},
        {E, "POST", "/api/batch", NULL, "{requests:[{method:'DELETE', url:'/api/content/item/topics/" C2 "'}]}", 200, {"[{\"status\":200,\"body\":{\"success\":true}}]"}},
        {E, "POST", "/api/batch", NULL, "{requests:[{method:'GET', url:'/api/content/item/topics/" C2 "'}]}", 400, {"\"/requests/0/method\""}},
        {E, "POST", "/api/batch", NULL, "{requests:[{method:'POST', url:'/api/auth/login', body:{}}]}", 400, {"\"/requests/0/url\""}},
        {E, "POST", "/api/batch", NULL, "{requests:[{method:'POST', url:'/api/content/item/posts', headers:{Authorization:'x'}, body:{data:{title:'x'}}}]}", 400, {"\"/requests/0/headers/Authorization\""}},
        {E, "POST", "/api/batch", NULL, "{changes:[{op:'frob', in:'posts'}]}", 400, {"\"/changes/0/op\""}},
        {E, "POST", "/api/batch", NULL, "{changes:[{op:'update', in:'posts', data:{}}]}", 400, {"\"/changes/0/id\""}},
        {E, "POST", "/api/batch", NULL, "{changes:[]}", 400, {NULL}},
        {E, "POST", "/api/batch", "If-Match: \"7\"\n", "{changes:[{op:'create', in:'topics', data:{name:'matched'}}]}", 400, {"if_rev"}},
        {E, "POST", "/api/batch", NULL, "{changes:[7]}", 400, {"\"/changes/0\""}},
        {E, "POST", "/api/batch", NULL, "{changes:[{op:'update', in:'about', data:{title:'About'}}]}", 404, {NULL}},
        {E, "POST", "/api/batch", NULL, "{changes:[{op:'create', in:'careful', as:'c', data:{title:'x'}},{op:'update', in:'careful', id:'$c.id', data:{title:'y'}}]}", 428, {NULL}},
        {E, "POST", "/api/batch", NULL, "{changes:[{op:'create', in:'careful', as:'c', data:{title:'x'}},{op:'update', in:'careful', id:'$c.id', if_rev:'*', data:{title:'y'}},{op:'unpublish', in:'careful', id:'$c.id', if_rev:2}]}", 200, {"\"title\":\"y\"", "\"_state\":0"}},
    };
    (void)state;
    TAKE(steps);
}

static void what_is_stale_says_what_became_of_it(void **state)
{
    static const struct row_step steps[] = {
        {E, "PUT", ITEM "authors/" A1, NULL, "{name:'Ada'}", 200, {NULL}},
        {E, "PUT", ITEM "posts/" P1, NULL, "{title:'One', lang:'en', views:1}", 200, {NULL}},
        {E, "PATCH", ITEM "posts/" P1, "If-Match: \"1\"\n", "{title:'First', views:2}", 200, {NULL}},
        {E, "PATCH", ITEM "posts/" P1, "If-Match: \"1\"\n", "{title:'Second', lang:'de'}", 412,
         {"\"conflict\":{\"revision\":2,\"base\":{", "\"fields\":[\"title\",\"views\"]", "\"both\":[\"title\"]"}},
        {E, "PATCH", ITEM "posts/" P1, "If-Match: \"9\"\n", "{title:'Second'}", 412, {"\"base\":null", "\"title\":\"First\""}},
        {E, "DELETE", ITEM "posts/" P1, "If-Match: \"1\"\n", NULL, 412, {"\"conflict\""}},
        {E, "PATCH", ITEM "posts/" P1, "If-Match: *\n", "{lang:'de'}", 200, {"\"title\":\"First\"", "\"_rev\":3"}},
        {E, "PATCH", ITEM "authors/" A1, "If-Match: \"4\"\n", "{name:'x'}", 412, {"!salary"}},
        {E, "POST", ITEM "careful", NULL, "{data:{title:'x'}}", 200, {NULL}},
        {E, "PUT", ITEM "about", NULL, "{title:'x'}", 200, {"\"_rev\":1"}},
        {E, "PUT", ITEM "about", "If-Match: \"7\"\n", "{title:'y'}", 412, {"\"conflict\""}},
        {E, "PATCH", ITEM "about", "If-Match: \"1\"\n", "{title:'y'}", 200, {"\"_rev\":2"}},
        {"owner", "PATCH", ITEM "posts/" P1, "If-Match: \"1\"\n", "{title:'x'}", 404, {"!First"}},
        {E, "POST", ITEM "posts", "Prefer: return=minimal\n", "{data:{title:'Small'}}", 200, {"\"_rev\":1}", "Preference-Applied: return=minimal", "!Small"}},
    };
    (void)state;
    TAKE(steps);
}

static void a_key_is_used_once(void **state)
{
    static const struct row_step steps[] = {
        {E, "POST", ITEM "posts", "Idempotency-Key: a\n", "{data:{title:'Once'}}", 200, {"\"title\":\"Once\"", "!Idempotency-Replayed"}},
        {E, "POST", ITEM "posts", "Idempotency-Key: a\n", "{data:{title:'Once'}}", 200, {"\"title\":\"Once\"", "Idempotency-Replayed: true"}},
        {E, "GET", ITEMS "posts?count=exact&limit=1", NULL, NULL, 200, {"\"total\":1"}},
        {E, "POST", ITEM "posts", "Idempotency-Key: a\n", "{data:{title:'Other'}}", 422, {"\"Idempotency-Key\""}},
        {L, "POST", ITEM "posts", "Idempotency-Key: a\n", "{data:{title:'Mine'}}", 200, {"\"title\":\"Mine\"", "!Idempotency-Replayed"}},
        {E, "POST", ITEM "posts", "Idempotency-Key: b\n", "{data:{title:7}}", 422, {NULL}}, /* nothing was done */
        {E, "POST", ITEM "posts", "Idempotency-Key: b\n", "{data:{title:'b'}}", 200, {"!Idempotency-Replayed"}},
        {E, "PUT", ITEM "posts/" P1, "Idempotency-Key: c\n", "{title:'Put', views:1}", 200, {"\"_rev\":1"}},
        {E, "PATCH", ITEM "posts/" P1, "Idempotency-Key: d\n", "{'views+':1}", 200, {"\"views\":2"}},
        {E, "PATCH", ITEM "posts/" P1, "Idempotency-Key: d\n", "{'views+':1}", 200, {"\"views\":2", "Idempotency-Replayed: true"}},
        {E, "PATCH", ITEMS "posts?filter={title:'Put'}", "Idempotency-Key: e\n", "{'views+':1}", 200, {"\"changed\":1"}},
        {E, "PATCH", ITEMS "posts?filter={title:'Put'}", "Idempotency-Key: e\n", "{'views+':1}", 200, {"\"changed\":1", P1, "Idempotency-Replayed: true"}},
        {E, "GET", ITEM "posts/" P1, NULL, NULL, 200, {"\"views\":3"}},
        {E, "POST", "/api/batch", "Idempotency-Key: f\n", "{changes:[{op:'create', in:'posts', as:'p', data:{title:'B'}},{op:'update', in:'posts', id:'$p.id', data:{'views+':1}},{op:'delete', in:'posts', id:'" P1 "'}]}", 200, {"\"title\":\"B\""}},
        {E, "POST", "/api/batch", "Idempotency-Key: f\n", "{changes:[{op:'create', in:'posts', as:'p', data:{title:'B'}},{op:'update', in:'posts', id:'$p.id', data:{'views+':1}},{op:'delete', in:'posts', id:'" P1 "'}]}", 200, {"\"views\":1", "\"success\":true", "Idempotency-Replayed: true"}},
        {E, "DELETE", ITEMS "posts?filter={title:'B'}", "Idempotency-Key: g\n", NULL, 200, {"\"changed\":1"}},
        {E, "POST", ITEM "posts", "Idempotency-Key: \n", "{data:{title:'Once'}}", 400, {NULL}},
        {E, "POST", ITEM "posts", "Idempotency-Key: a b\n", "{data:{title:'Once'}}", 400, {NULL}},
        {E, "PUT", ITEM "about", "Idempotency-Key: h\n", "{title:'x'}", 200, {"\"_rev\":1"}},
        {E, "PUT", ITEM "about", "Idempotency-Key: h\n", "{title:'x'}", 200, {"\"_rev\":1", "Idempotency-Replayed: true"}},
        {E, "PATCH", ITEM "about", NULL, "{title:'y'}", 200, {"\"_rev\":2"}},
        {E, "POST", ITEM "about/" SINGLE_ID "/restore", "Idempotency-Key: i\n", "{rev:1}", 200, {"\"title\":\"x\"", "\"_rev\":3", "!Idempotency-Replayed"}},
        {E, "POST", ITEM "about/" SINGLE_ID "/restore", "Idempotency-Key: i\n", "{rev:1}", 200, {"\"_rev\":3", "Idempotency-Replayed: true"}},
        {E, "POST", ITEM "about/" SINGLE_ID "/restore", NULL, "[1]", 400, {"an object", "!unknown-field"}},
        {E, "PUT", ITEM "rooms/" A1, NULL, "{name:'one'}", 200, {NULL}},
        {E, "POST", ITEM "rooms/" A1 "/move", "Idempotency-Key: j\n", "{position:'first'}", 200, {"\"_rev\":2"}},
        {E, "POST", ITEM "rooms/" A1 "/move", "Idempotency-Key: j\n", "{position:'first'}", 200, {"\"_rev\":2", "Idempotency-Replayed: true"}},
        /* What cannot keep the promise does not take it. */
        {E, "POST", ITEM "about/" SINGLE_ID "/publish", "Idempotency-Key: k\n", NULL, 400, {"\"Idempotency-Key\""}},
        {E, "POST", "/api/content/trash/posts/" P1 "/restore", "Idempotency-Key: k\n", NULL, 400, {"\"Idempotency-Key\""}},
        {E, "DELETE", "/api/content/trash/posts/" P1, "Idempotency-Key: k\n", NULL, 400, {"\"Idempotency-Key\""}},
    };
    (void)state;
    TAKE(steps);
}
/* clang-format on */

CHECK_MAIN(TEST(values_go_up_and_down_and_lists_change), TEST(references_are_written_with_their_items),
           TEST(lists_are_written_at_once), TEST(items_are_known_by_a_key), TEST(batches_are_all_or_nothing),
           TEST(what_is_stale_says_what_became_of_it), TEST(a_key_is_used_once))
