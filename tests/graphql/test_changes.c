/* The same change over GraphQL and over the content API: the same items afterwards, or the same refusal. */
#include "tests/support/check.h"
#include "tests/support/graph.h"

#include "base/limits.h"
#include "content/languages/languages.h"
#include "tests/support/rest.h"

#define ADA "00000000000000000000a001"
#define BOB "00000000000000000000a002"
#define POST "00000000000000000000b001"
#define OTHER "00000000000000000000b002"
#define NEW_ID "00000000000000000000b009"
#define NONE "00000000000000000000ffff"

static const char model[] =
    "[{name:'hero', shape:'component', fields:[{name:'title', kind:'text', maxlength:9}]},"
    " {name:'authors', fields:[{name:'name', kind:'text', required:true}, {name:'slug', kind:'text', unique:true},"
    "   {name:'salary', kind:'number'}, {name:'mentor', kind:'ref', to:'authors'}]},"
    " {name:'quote', shape:'component', fields:[{name:'words', kind:'text'}, {name:'by', kind:'ref', to:'authors'}]},"
    " {name:'posts', fields:[{name:'title', kind:'text', required:true, localized:true, maxlength:20}, {name:'slug', kind:'text', unique:true},"
    "   {name:'views', kind:'number', integer:true, min:0, max:100}, {name:'price', kind:'number'}, {name:'tags', kind:'tags'},"
    "   {name:'open', kind:'boolean'}, {name:'day', kind:'date'}, {name:'at', kind:'datetime'}, {name:'data', kind:'object'},"
    "   {name:'flavour', kind:'select', options:['sweet','sour']},"
    "   {name:'author', kind:'ref', to:'authors'}, {name:'readers', kind:'ref', to:'authors', many:true},"
    "   {name:'about', kind:'ref', to:['authors','posts']}, {name:'seo', kind:'set', fields:[{name:'words', kind:'text', maxlength:9}]},"
    "   {name:'blocks', kind:'blocks', of:['hero','quote']}, {name:'pin', kind:'secret'}]},"
    " {name:'home', shape:'single', fields:[{name:'title', kind:'text'}, {name:'views', kind:'number'}]},"
    " {name:'pages', shape:'tree', fields:[{name:'title', kind:'text'}]},"
    " {name:'strict', demands_match:true, fields:[{name:'title', kind:'text'}]}]";

static const char people[] =
    "{roles: {editor: [{collection:'*', verbs:['*']}],"
    "         writer: [{collection:'posts', verbs:['read','create','update'], fields:['title','views','author'], where:{views:1}, preset:{views:1}}],"
    "         checked: [{collection:'posts', verbs:['read','create','update','delete'], check:{views:{$lt:10}}}],"
    "         reader: [{collection:'*', verbs:['read'], where:{_state:1}}],"
    "         blind: [{collection:'posts', verbs:['create','update','delete']}],"
    "         mine: [{collection:'posts', verbs:['read','update','delete','publish'], where:{views:1}}]},"
    " keys: {editor: {role:'editor'}, writer: {role:'writer'}, checked: {role:'checked'}, reader: {role:'reader'}, blind: {role:'blind'},"
    "        mine: {role:'mine'}}}";

struct side {
    struct house *house;
    struct graph graph;
};

static void open_side(struct side *s)
{
    s->house = house_open();
    (void)house_item(s->house, "locales", "{code:'en', standard:true}");
    (void)house_item(s->house, "locales", "{code:'de'}");
    house_model(s->house, model);
    house_people(s->house, people);
    graph_open(&s->graph, s->house);
}

static void clear(struct side *s, const char *collection)
{
    struct arena *a = arena_open(16u << 10);
    const struct principal *who = principal_system(s->house->gate, a, SYSTEM_CHECK);
    struct query q = {.from = house_collection(who, collection), .limit = 100};
    struct item_list list;
    struct problem why = {.arena = a};
    query_all_fields(a, &q, NULL);
    item_list_init(&list, a);
    must(gate_read(s->house->gate, who, &q, &list.receiver, NULL, &why) == ERR_OK);
    for (size_t i = 0; i < list.count; i++)
        if (house_has(s->house, collection, json_get(&list.items[i], S("_id"))->text))
            house_delete(s->house, collection, json_get(&list.items[i], S("_id"))->text);
    arena_close(a);
}

/* As it was, revisions too. */
static void fill(struct side *s)
{
    static const char *const of[] = {"posts", "authors", "pages", "strict"};
    for (size_t i = 0; i < COUNTOF(of); i++)
        clear(s, of[i]);
    (void)house_item(s->house, "authors", "{_id:'" ADA "', name:'Ada', slug:'ada', salary:5}");
    (void)house_item(s->house, "authors", "{_id:'" BOB "', name:'Bob', slug:'bob'}");
    (void)house_item(s->house, "posts", "{_id:'" POST "', title:'One', slug:'one', views:1, tags:['a','b'], author:'" ADA "', readers:['" ADA "']}");
    (void)house_item(s->house, "posts", "{_id:'" OTHER "', title:'Other', slug:'other', views:2, seo:{words:'x'}, blocks:[{_component:'hero', title:'h'}]}");
    (void)house_item(s->house, "strict", "{_id:'" POST "', title:'One'}");
    (void)house_item(s->house, "pages", "{_id:'" POST "', title:'Top'}");
}

static void close_side(struct side *s)
{
    graph_close(&s->graph);
    house_close(s->house);
}

/* Ids that were made, times and the like differ; everything else of every item is compared. */
static void add_value(struct buf *b, const struct json *v)
{
    static const str passed[] = {STR("_created"), STR("_modified"), STR("_mby"), STR("_cby")};
    bool made_id = v->type == JSON_TEXT && v->text.len == 24 && !str_starts(v->text, S("0000"));
    for (size_t i = 0; i < COUNTOF(passed); i++)
        if (str_equal(v->name, passed[i]))
            return;
    if (v->name.at)
        buf_format(b, STR_FMT ":", STR_ARG(v->name));
    if (v->type != JSON_LIST && v->type != JSON_MAP) {
        buf_add(b, made_id ? S("<id>") : json_print(b->arena, v));
    } else {
        buf_byte(b, '{');
        for (uint32_t i = 0; i < v->count; i++)
            add_value(b, &v->items[i]);
        buf_byte(b, '}');
    }
    buf_byte(b, ' ');
}

static str everything(struct side *s, struct arena *a)
{
    static const char *const of[] = {"authors", "posts", "home", "pages", "strict"};
    const struct principal *who = principal_system(s->house->gate, a, SYSTEM_CHECK);
    struct buf b;
    buf_init(&b, a, 1u << 20);
    for (size_t i = 0; i < COUNTOF(of); i++) {
        struct lens lens = {.drafts = true};
        const struct lens *all = NULL;
        struct lens_wish wish = {.locale = S("all")};
        struct query q = {.from = house_collection(who, of[i]), .limit = 100, .lens = &lens};
        struct item_list list;
        struct problem why = {.arena = a};
        must(lens_read(a, model_languages(principal_model(who)), &wish, &all, &why) == ERR_OK && all);
        lens = *all;
        lens.drafts = true;
        query_all_fields(a, &q, NULL);
        must(query_read_sort(a, &q, S("_id"), S("sort"), &why) == ERR_OK);
        item_list_init(&list, a);
        must(gate_read(s->house->gate, who, &q, &list.receiver, NULL, &why) == ERR_OK);
        for (size_t k = 0; k < list.count; k++) {
            buf_format(&b, "%s ", of[i]);
            add_value(&b, &list.items[k]);
            buf_byte(&b, '\n');
        }
    }
    struct query trash = {.from = house_collection(who, "trash"), .limit = 1, .count = COUNT_ONLY};
    struct item_list none;
    struct page page = {0};
    struct problem why = {.arena = a};
    query_all_fields(a, &trash, NULL);
    item_list_init(&none, a);
    must(gate_read(s->house->gate, who, &trash, &none.receiver, &page, &why) == ERR_OK);
    buf_format(&b, "trash %llu\n", (unsigned long long)page.total);
    return buf_str(&b);
}

#define ITEM "/api/content/item/"
#define ITEMS "/api/content/items/"
static const struct pair_of_wishes {
    const char *who, *document;
    const char *method, *target, *body;
    enum err err;                     /* of both */
} rows[] = {
    /* values */
    {"editor", "mutation{createPost(data:{_id:\"" NEW_ID "\",title:\"New\",views:3,price:1.5,tags:[\"x\"],open:true,day:\"2026-01-02\",at:\"2026-01-02T03:04:05Z\",data:{a:[1,{b:null}]},flavour:sweet,pin:\"1234\"}){_id title}}",
     "POST", ITEMS "posts", "[{title:'New',_id:'" NEW_ID "',views:3,price:1.5,tags:['x'],open:true,day:'2026-01-02',at:'2026-01-02T03:04:05Z',data:{a:[1,{b:null}]},flavour:'sweet',pin:'1234'}]", ERR_OK},
    {"editor", "mutation{updatePost(_id:\"" POST "\",data:{title:\"Two\",views:null}){title views}}", "PATCH", ITEM "posts/" POST, "{title:'Two',views:null}", ERR_OK},
    {"editor", "mutation{updatePost(_id:\"" POST "\",replace:true,data:{title:\"Two\"}){title views}}", "PUT", ITEM "posts/" POST, "{title:'Two'}", ERR_OK},
    {"editor", "mutation{updatePost(_id:\"" OTHER "\",data:{seo:{words:null},data:{a:1}}){_id}}", "PATCH", ITEM "posts/" OTHER, "{seo:{words:null},data:{a:1}}", ERR_OK},
    {"editor", "mutation{updatePost(_id:\"" POST "\",data:{title:\"far too long for this field\",views:101,seo:{words:\"0123456789\"},blocks:[{hero:{title:\"0123456789\"}}]}){_id}}",
     "PATCH", ITEM "posts/" POST, "{title:'far too long for this field',views:101,seo:{words:'0123456789'},blocks:[{_component:'hero',title:'0123456789'}]}", ERR_INVALID},
    {"editor", "mutation{updatePost(_id:\"" NONE "\",data:{title:\"x\"}){_id}}", "PATCH", ITEM "posts/" NONE, "{title:'x'}", ERR_NOT_FOUND},
    {"editor", "mutation{updatePost(_id:\"nonsense\",data:{title:\"x\"}){_id}}", "PATCH", ITEM "posts/nonsense", "{title:'x'}", ERR_NOT_FOUND},
    {"editor", "mutation{updatePost(_id:\"" POST "\",data:{title:null}){_id}}", "PATCH", ITEM "posts/" POST, "{title:null}", ERR_INVALID},
    {"editor", "mutation{updatePost(_id:\"" POST "\",data:{slug:\"other\"}){_id}}", "PATCH", ITEM "posts/" POST, "{slug:'other'}", ERR_CONFLICT},
    {"editor", "mutation{createPosts(data:[{title:\"A\"},{title:\"B\",views:9}]){title}}", "POST", ITEMS "posts", "[{title:'A'},{title:'B',views:9}]", ERR_OK},
    {"editor", "mutation{createPosts(data:[{title:\"A\"},{title:\"B\",slug:\"one\"}]){title}}", "POST", ITEMS "posts", "[{title:'A'},{title:'B',slug:'one'}]", ERR_CONFLICT},
    {"editor", "mutation{createPosts(data:[{title:\"A\",views:-1},{title:\"B\",views:101}]){title}}", "POST", ITEMS "posts", "[{title:'A',views:-1},{title:'B',views:101}]", ERR_INVALID},
    {"editor", "mutation{createPosts(data:[]){title}}", "POST", ITEMS "posts", "[]", ERR_BAD_INPUT},
    /* revisions */
    {"editor", "mutation{updatePost(_id:\"" POST "\",ifRev:1,data:{title:\"x\"}){_id}}", "PATCH", ITEM "posts/" POST "|If-Match: \"1\"", "{title:'x'}", ERR_OK},
    {"editor", "mutation{updatePost(_id:\"" POST "\",ifRev:9,data:{title:\"x\"}){_id}}", "PATCH", ITEM "posts/" POST "|If-Match: \"9\"", "{title:'x'}", ERR_STALE},
    {"editor", "mutation{deletePost(_id:\"" POST "\",ifRev:9){_id}}", "DELETE", ITEM "posts/" POST "|If-Match: \"9\"", "", ERR_STALE},
    {"editor", "mutation{updateStrict(_id:\"" POST "\",data:{title:\"x\"}){_id}}", "PATCH", ITEM "strict/" POST, "{title:'x'}", ERR_NEEDS_PRECONDITION},
    {"editor", "mutation{updateStrict(_id:\"" POST "\",ifRev:-1,data:{title:\"x\"}){_id}}", "PATCH", ITEM "strict/" POST "|If-Match: *", "{title:'x'}", ERR_OK},
    /* edits */
    {"editor", "mutation{updatePost(_id:\"" POST "\",data:{_inc:{views:5,price:2},_push:{tags:[\"z\"]},_prepend:{readers:[\"" BOB "\"]}}){_id}}",
     "PATCH", ITEM "posts/" POST, "{$inc:{views:5,price:2},$push:{tags:['z']},'+readers':['" BOB "']}", ERR_OK},
    {"editor", "mutation{updatePost(_id:\"" POST "\",data:{_addToSet:{tags:[\"a\",\"c\"]}}){_id}}", "PATCH", ITEM "posts/" POST, "{$addToSet:{tags:['a','c']}}", ERR_OK},
    {"editor", "mutation{updatePost(_id:\"" POST "\",data:{_pull:{tags:[\"a\"]}}){_id}}", "PATCH", ITEM "posts/" POST, "{$pull:{tags:['a']}}", ERR_OK},
    {"editor", "mutation{updatePost(_id:\"" POST "\",data:{_inc:{views:100}}){_id}}", "PATCH", ITEM "posts/" POST, "{$inc:{views:100}}", ERR_INVALID},
    {"editor", "mutation{updatePost(_id:\"" POST "\",data:{views:1,_inc:{views:1}}){_id}}", "PATCH", ITEM "posts/" POST, "{views:1,$inc:{views:1}}", ERR_INVALID},
    /* references */
    {"editor", "mutation{updatePost(_id:\"" POST "\",data:{author:{connect:\"" BOB "\"}}){_id}}", "PATCH", ITEM "posts/" POST, "{author:{connect:'" BOB "'}}", ERR_OK},
    {"editor", "mutation{updatePost(_id:\"" POST "\",data:{author:{disconnect:true}}){_id}}", "PATCH", ITEM "posts/" POST, "{author:{disconnect:true}}", ERR_OK},
    {"editor", "mutation{updatePost(_id:\"" POST "\",data:{author:null}){_id}}", "PATCH", ITEM "posts/" POST, "{author:null}", ERR_OK},
    {"editor", "mutation{updatePost(_id:\"" POST "\",data:{author:{connect:\"" NONE "\"}}){_id}}", "PATCH", ITEM "posts/" POST, "{author:{connect:'" NONE "'}}", ERR_INVALID},
    {"editor", "mutation{updatePost(_id:\"" POST "\",data:{author:{create:{name:\"C\",mentor:{create:{name:\"D\"}}}}}){_id}}",
     "PATCH", ITEM "posts/" POST, "{author:{create:{name:'C',mentor:{create:{name:'D'}}}}}", ERR_OK},
    {"editor", "mutation{updatePost(_id:\"" POST "\",data:{author:{create:{name:\"C\",slug:\"ada\"}}}){_id}}", "PATCH", ITEM "posts/" POST, "{author:{create:{name:'C',slug:'ada'}}}", ERR_CONFLICT},
    {"editor", "mutation{updatePost(_id:\"" POST "\",data:{author:{update:{data:{name:\"E\"},ifRev:1}}}){_id}}", "PATCH", ITEM "posts/" POST, "{author:{update:{name:'E',_if_rev:1}}}", ERR_OK},
    {"editor", "mutation{updatePost(_id:\"" POST "\",data:{author:{update:{data:{name:\"E\"},ifRev:7}}}){_id}}", "PATCH", ITEM "posts/" POST, "{author:{update:{name:'E',_if_rev:7}}}", ERR_STALE},
    {"editor", "mutation{updatePost(_id:\"" POST "\",data:{author:{delete:true}}){_id}}", "PATCH", ITEM "posts/" POST, "{author:{delete:true}}", ERR_OK},
    {"editor", "mutation{updatePost(_id:\"" POST "\",data:{readers:{set:[\"" BOB "\"],create:[{name:\"C\"}]}}){_id}}", "PATCH", ITEM "posts/" POST, "{readers:{set:['" BOB "'],create:[{name:'C'}]}}", ERR_OK},
    {"editor", "mutation{updatePost(_id:\"" POST "\",data:{readers:{connect:[{_id:\"" BOB "\",position:{start:true}}],update:[{_id:\"" ADA "\",data:{salary:9}}]}}){_id}}",
     "PATCH", ITEM "posts/" POST, "{readers:{update:[{_id:'" ADA "',salary:9}],connect:[{_id:'" BOB "',position:{start:true}}]}}", ERR_OK},
    {"editor", "mutation{updatePost(_id:\"" POST "\",data:{readers:{disconnect:[\"" ADA "\"]}}){_id}}", "PATCH", ITEM "posts/" POST, "{readers:{disconnect:['" ADA "']}}", ERR_OK},
    {"editor", "mutation{updatePost(_id:\"" POST "\",data:{readers:{delete:[\"" ADA "\"]}}){_id}}", "PATCH", ITEM "posts/" POST, "{readers:{delete:['" ADA "']}}", ERR_OK},
    {"editor", "mutation{updatePost(_id:\"" POST "\",data:{about:{posts:\"" OTHER "\"}}){_id}}", "PATCH", ITEM "posts/" POST, "{about:{_model:'posts',_id:'" OTHER "'}}", ERR_OK},
    {"editor", "mutation{updatePost(_id:\"" POST "\",data:{blocks:[{quote:{words:\"w\",by:\"" ADA "\"}},{hero:{title:\"t\"}}]}){_id}}",
     "PATCH", ITEM "posts/" POST, "{blocks:[{_component:'quote',words:'w',by:'" ADA "'},{_component:'hero',title:'t'}]}", ERR_OK},
    {"editor", "mutation{updatePost(_id:\"" POST "\",data:{author:{create:{name:\"a\",mentor:{create:{name:\"x\",mentor:{create:{name:\"x\",mentor:{create:{name:\"x\",mentor:{create:{name:\"x\"}}}}}}}}}}}){_id}}",
     "PATCH", ITEM "posts/" POST, "{author:{create:{name:'a',mentor:{create:{name:'x',mentor:{create:{name:'x',mentor:{create:{name:'x',mentor:{create:{name:'x'}}}}}}}}}}}", ERR_OK},
    {"editor", "mutation{updatePost(_id:\"" POST "\",data:{author:{create:{name:\"a\",mentor:{create:{name:\"x\",mentor:{create:{name:\"x\",mentor:{create:{name:\"x\",mentor:{create:{name:\"x\",mentor:{create:{name:\"x\"}}}}}}}}}}}}}){_id}}",
     "PATCH", ITEM "posts/" POST, "{author:{create:{name:'a',mentor:{create:{name:'x',mentor:{create:{name:'x',mentor:{create:{name:'x',mentor:{create:{name:'x',mentor:{create:{name:'x'}}}}}}}}}}}}}", ERR_INVALID},
    /* languages and versions */
    {"editor", "mutation{updatePost(_id:\"" POST "\",locale:\"de\",data:{title:\"Eins\"}){title}}", "PATCH", ITEM "posts/" POST "?locale=de", "{title:'Eins'}", ERR_OK},
    {"editor", "mutation{updatePost(_id:\"" POST "\",locale:\"fr\",data:{title:\"Eins\"}){title}}", "PATCH", ITEM "posts/" POST "?locale=fr", "{title:'Eins'}", ERR_BAD_INPUT},
    {"editor", "mutation{updatePost(_id:\"" POST "\",data:{title:\"En\",_translations:[{_locale:\"de\",title:\"Eins\"}]}){title}}", "PATCH", ITEM "posts/" POST, "{title:'En',title_de:'Eins'}", ERR_OK},
    {"editor", "mutation{updatePost(_id:\"" POST "\",perspective:DRAFT,data:{title:\"Draft\",readers:{connect:[{_id:\"" BOB "\"}]}}){title}}", "PATCH", ITEM "posts/" POST "?perspective=draft", "{title:'Draft',readers:{connect:['" BOB "']}}", ERR_OK},
    {"editor", "mutation{createPost(perspective:DRAFT,data:{slug:\"s\",title:\"x\"}){title}}", "POST", ITEM "posts?perspective=draft", "{data:{slug:'s',title:'x'}}", ERR_OK},
    {"editor", "mutation{updatePost(_id:\"" POST "\",data:{_state:0}){_id}}", "PATCH", ITEM "posts/" POST, "{_state:0}", ERR_OK},
    {"editor", "mutation{updatePost(_id:\"" POST "\",data:{_state:7}){_id}}", "PATCH", ITEM "posts/" POST, "{_state:7}", ERR_INVALID},
    {"editor", "mutation{unpublishPost(_id:\"" POST "\"){_id}}", "POST", ITEM "posts/" POST "/unpublish", "", ERR_OK},
    {"editor", "mutation{archivePost(_id:\"" POST "\",ifRev:1){_id}}", "POST", ITEM "posts/" POST "/archive|If-Match: \"1\"", "", ERR_OK},
    {"editor", "mutation{archivePost(_id:\"" POST "\",ifRev:2){_id}}", "POST", ITEM "posts/" POST "/archive|If-Match: \"2\"", "", ERR_STALE},
    {"editor", "mutation{publishPost(_id:\"" NONE "\"){_id}}", "POST", ITEM "posts/" NONE "/publish", "", ERR_NOT_FOUND},
    {"editor", "mutation{discardPost(_id:\"" POST "\"){_id}}", "POST", ITEM "posts/" POST "/discard", "", ERR_OK},
    {"editor", "mutation{publishPost(_id:\"" POST "\",at:\"2099-01-01T00:00:00Z\",unpublishAt:\"2099-02-01T00:00:00Z\"){_id}}", "POST", ITEM "posts/" POST "/publish", "{at:'2099-01-01T00:00:00Z',unpublish_at:'2099-02-01T00:00:00Z'}", ERR_OK},
    {"editor", "mutation{unpublishPost(_id:\"" POST "\",at:null){_id}}", "POST", ITEM "posts/" POST "/unpublish", "{at:null}", ERR_OK},
    /* singletons, trees */
    {"editor", "mutation{updateHome(data:{title:\"Hi\"}){title}}", "PATCH", ITEM "home", "{title:'Hi'}", ERR_OK},
    {"editor", "mutation{updateHome(replace:true,data:{views:2}){title}}", "PUT", ITEM "home", "{views:2}", ERR_OK},
    {"editor", "mutation{updateHome(ifRev:3,data:{views:2}){title}}", "PATCH", ITEM "home|If-Match: \"3\"", "{views:2}", ERR_STALE},
    {"editor", "mutation{createPage(data:{_id:\"" NEW_ID "\",title:\"Sub\",_pid:\"" POST "\"}){title}}", "POST", ITEMS "pages", "[{title:'Sub',_id:'" NEW_ID "',_pid:'" POST "'}]", ERR_OK},
    {"editor", "mutation{updatePage(_id:\"" POST "\",data:{_pid:\"" POST "\"}){title}}", "PATCH", ITEM "pages/" POST, "{_pid:'" POST "'}", ERR_INVALID},
    /* create or change */
    {"editor", "mutation{upsertAuthor(key:{slug:\"ada\"},create:{name:\"New\"},update:{salary:7}){name}}", "POST", ITEMS "authors?upsert=slug", "{slug:'ada',salary:7}", ERR_OK},
    {"editor", "mutation{upsertAuthor(key:{slug:\"zoe\"},create:{name:\"Zoe\"},update:{name:\"Zoe\"}){name}}", "POST", ITEMS "authors?upsert=slug", "{slug:'zoe',name:'Zoe'}", ERR_OK},
    {"editor", "mutation{upsertAuthor(key:{_id:\"" NEW_ID "\"},create:{name:\"Zoe\"},update:{name:\"Zoe\"}){name}}", "POST", ITEMS "authors?upsert=_id", "{_id:'" NEW_ID "',name:'Zoe'}", ERR_OK},
    /* many */
    {"editor", "mutation{updatePosts(where:{views:{lt:9}},atMost:9,data:{price:4}){count}}", "PATCH", ITEMS "posts?filter={\"views\":{\"$lt\":9}}&state=any", "{price:4}", ERR_OK},
    {"editor", "mutation{updatePosts(where:{},atMost:9,data:{_inc:{views:99}}){count}}", "PATCH", ITEMS "posts?filter={}", "{$inc:{views:99}}", ERR_INVALID},
    {"editor", "mutation{deletePosts(where:{author:{name:{eq:\"Ada\"}}},atMost:2){count ids nodes{title}}}", "DELETE", ITEMS "posts?filter={\"author.name\":\"Ada\"}", "", ERR_OK},
    {"editor", "mutation{deletePosts(where:{},atMost:9,dryRun:true){count}}", "DELETE", ITEMS "posts?filter={}&dry_run=1", "", ERR_OK},
    {"editor", "mutation{deletePost(_id:\"" POST "\"){title author{name}}}", "DELETE", ITEM "posts/" POST, "", ERR_OK},
    {"editor", "mutation{deletePost(_id:\"" POST "\",permanent:true){title}}", "DELETE", ITEM "posts/" POST "?permanent=1", "", ERR_OK},
    {"editor", "mutation{deletePosts(where:{},atMost:2,permanent:true){count}}", "DELETE", ITEMS "posts?filter={}&permanent=1", "", ERR_OK},
    {"editor", "mutation{deletePost(_id:\"" NONE "\"){title}}", "DELETE", ITEM "posts/" NONE, "", ERR_NOT_FOUND},
    /* grants: rows, presets, checks */
    {"writer", "mutation{createPost(data:{title:\"W\"}){title views}}", "POST", ITEM "posts", "{data:{title:'W'}}", ERR_OK},
    {"writer", "mutation{updatePost(_id:\"" OTHER "\",data:{title:\"W\"}){title}}", "PATCH", ITEM "posts/" OTHER, "{title:'W'}", ERR_NOT_FOUND},
    {"writer", "mutation{updatePost(_id:\"" POST "\",data:{title:\"W\",views:7}){title}}", "PATCH", ITEM "posts/" POST, "{title:'W',views:7}", ERR_OK},
    {"writer", "mutation{updatePosts(where:{},atMost:9,data:{title:\"W\"}){count}}", "PATCH", ITEMS "posts?filter={}", "{title:'W'}", ERR_OK},
    {"checked", "mutation{updatePost(_id:\"" POST "\",data:{views:10}){title}}", "PATCH", ITEM "posts/" POST, "{views:10}", ERR_FORBIDDEN},
    {"checked", "mutation{createPost(data:{title:\"x\",views:10}){title}}", "POST", ITEM "posts", "{data:{title:'x',views:10}}", ERR_FORBIDDEN},
    {"checked", "mutation{updatePost(_id:\"" POST "\",data:{_state:0}){title}}", "PATCH", ITEM "posts/" POST, "{_state:0}", ERR_FORBIDDEN},
    {"mine", "mutation{unpublishPost(_id:\"" OTHER "\"){title}}", "POST", ITEM "posts/" OTHER "/unpublish", "", ERR_NOT_FOUND},
    {"mine", "mutation{deletePost(_id:\"" OTHER "\"){title}}", "DELETE", ITEM "posts/" OTHER, "", ERR_NOT_FOUND},
    {"mine", "mutation{deletePosts(where:{},atMost:9){count}}", "DELETE", ITEMS "posts?filter={}", "", ERR_OK},
    {"blind", "mutation{createPost(data:{title:\"x\"}){_id _rev}}", "POST", ITEM "posts", "{data:{title:'x'}}", ERR_OK},
    {"blind", "mutation{updatePost(_id:\"" POST "\",data:{title:\"x\"}){_id _rev}}", "PATCH", ITEM "posts/" POST, "{title:'x'}", ERR_OK},
    {"blind", "mutation{deletePost(_id:\"" POST "\"){_id _rev}}", "DELETE", ITEM "posts/" POST, "", ERR_OK},
};

static struct fake_exchange *ask_rest(struct side *s, struct arena *a, const struct pair_of_wishes *r, enum err *err)
{
    str target, header, path, query;
    bool has_header = str_cut(str_of(r->target), '|', &target, &header);
    struct buf b;
    buf_init(&b, a, 4096);
    bool has_query = str_cut(target, '?', &path, &query);
    buf_add(&b, path);
    for (size_t i = 0; has_query && i <= query.len; i++) { /* what a client would have encoded */
        char c = i == 0 ? '?' : query.at[i - 1];
        if (c == '{' || c == '}' || c == '"' || c == '$' || c == ':')
            buf_percent(&b, (str){&c, 1});
        else
            buf_byte(&b, c);
    }
    str lines = arena_format(a, "api-key: " STR_FMT "\n" STR_FMT "%s%s", STR_ARG(house_key(s->house, r->who)), STR_ARG(has_header ? header : S("")),
                             has_header ? "\n" : "", r->body[0] ? "Content-Type: application/json\n" : "");
    str body = r->body[0] ? json_print(a, house_json(a, r->body)) : S("");
    return rest_request(s->house->gate, a, r->method, arena_cstr(a, buf_str(&b)), arena_cstr(a, lines), body, err);
}

/* "title required,tags limit": the last part of each place, and the rule. */
static str faults_of(struct arena *a, const struct json *faults, str place, char between)
{
    struct buf b;
    buf_init(&b, a, 1u << 16);
    for (uint32_t i = 0; faults && faults->type == JSON_LIST && i < faults->count; i++) {
        str path = json_get(&faults->items[i], place)->text;
        size_t at = path.len;
        while (at > 0 && path.at[at - 1] != between)
            at--;
        buf_format(&b, STR_FMT " " STR_FMT ",", STR_ARG(str_slice(path, at, path.len)),
                   STR_ARG(json_get(&faults->items[i], S("code"))->text));
    }
    return buf_str(&b);
}

static void compare(const struct pair_of_wishes *r, struct side *rest, struct side *graph)
{
    struct arena *a = arena_open(1u << 20);
    struct graph_answer answer;
    enum err by_rest;
    fill(rest);
    fill(graph);
    struct fake_exchange *f = ask_rest(rest, a, r, &by_rest);
    graph_ask(&graph->graph, a, house_key(graph->house, r->who), str_of(r->document), NULL, NULL, &answer);
    str code = graph_code(&answer);
    if (by_rest != r->err)
        CHECK_SAY("%s\n   REST says %s, wanted %s\n" STR_FMT, r->document, err_facts(by_rest)->name, err_facts(r->err)->name, STR_ARG(f->answer));
    if (answer.err != ERR_OK || (r->err == ERR_OK) != str_is_absent(code) || (r->err != ERR_OK && graph_err(code) != r->err))
        CHECK_SAY("%s\n   GraphQL says " STR_FMT ", wanted %s", r->document, STR_ARG(answer.text), err_facts(r->err)->name);
    if (r->err == ERR_INVALID || r->err == ERR_CONFLICT)
        CHECK_STR(faults_of(a, json_at(answer.errors, S("/0/extensions/errors")), S("path"), '.'),
                  faults_of(a, json_get(house_json(a, arena_cstr(a, f->answer)), S("errors")), S("pointer"), '/'));
    str of_rest = everything(rest, a), of_graph = everything(graph, a);
    if (!str_equal(of_rest, of_graph))
        CHECK_SAY("%s\n   REST:\n" STR_FMT "\n   GraphQL:\n" STR_FMT, r->document, STR_ARG(of_rest), STR_ARG(of_graph));
    arena_close(a);
}

static void both_ways_do_the_same(void **state)
{
    struct side rest, graph;
    (void)state;
    open_side(&rest);
    open_side(&graph);
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        compare(&rows[i], &rest, &graph);
    }
    close_side(&rest);
    close_side(&graph);
}

CHECK_MAIN(TEST(both_ways_do_the_same))
