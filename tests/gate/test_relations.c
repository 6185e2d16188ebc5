/* Relations tell nothing of what the asker may not read: two houses that differ only in hidden fields, hidden
 * items and a hidden collection give him the same answers, whatever he asks. */
#include "tests/support/check.h"

#include "tests/support/browser.h"

#define ADA "aaaaaaaaaaaaaaaaaaaaaaa1"
#define BOB "aaaaaaaaaaaaaaaaaaaaaaa2"
#define ZED "aaaaaaaaaaaaaaaaaaaaaaa3" /* hidden */
#define OPEN "bbbbbbbbbbbbbbbbbbbbbbb1"
#define BY_ZED "bbbbbbbbbbbbbbbbbbbbbbb2"
#define SHUT "bbbbbbbbbbbbbbbbbbbbbbb3" /* hidden */
#define NOTE "ccccccccccccccccccccccc1" /* hidden, with its collection */

static void open_house(struct house **out, bool other)
{
    struct house *h = *out = house_open();
    house_model(h, "[{name:'authors', fields:[{name:'name', kind:'text'}, {name:'age', kind:'number'}, {name:'secret', kind:'text'}]},"
                   " {name:'notes', fields:[{name:'title', kind:'text'}, {name:'author', kind:'ref', to:'authors'}]},"
                   " {name:'posts', fields:[{name:'title', kind:'text'}, {name:'live', kind:'boolean'}, {name:'hidden', kind:'ref', to:'authors'},"
                   "  {name:'author', kind:'ref', to:'authors'}, {name:'readers', kind:'ref', to:'authors', many:true},"
                   "  {name:'about', kind:'ref', to:['authors','notes']},"
                   "  {name:'box', kind:'set', many:true, fields:[{name:'by', kind:'ref', to:'authors'}, {name:'note', kind:'ref', to:['notes']}]}]}]");
    house_people(h, "{roles: {reader: [{collection:'authors', verbs:['read'], fields:['_id','name','age'], where:{name:{$ne:'Zed'}}},"
                    "  {collection:'posts', verbs:['read'], fields:['_id','title','live','author','readers','about','box'], where:{live:true}}]},"
                    " keys: {ada: {role:'reader'}}}");
    (void)house_item(h, "authors", other ? "{_id:'" ADA "', name:'Ada', age:1, secret:'x'}" : "{_id:'" ADA "', name:'Ada', age:1, secret:'y'}");
    (void)house_item(h, "authors", other ? "{_id:'" BOB "', name:'Bob', age:2, secret:'y'}" : "{_id:'" BOB "', name:'Bob', age:2, secret:'x'}");
    (void)house_item(h, "authors", other ? "{_id:'" ZED "', name:'Zed', age:0}" : "{_id:'" ZED "', name:'Zed', age:9}");
    (void)house_item(h, "notes", other ? "{_id:'" NOTE "', title:'x', author:'" ADA "'}" : "{_id:'" NOTE "', title:'y', author:'" BOB "'}");
    (void)house_item(h, "posts", other ? "{_id:'" OPEN "', title:'open', live:true, author:'" ADA "', readers:['" BOB "'], hidden:'" ADA "'}"
                                       : "{_id:'" OPEN "', title:'open', live:true, author:'" ADA "', readers:['" BOB "'], hidden:'" BOB "'}");
    (void)house_item(h, "posts", "{_id:'" BY_ZED "', title:'by zed', live:true, author:'" ZED "', readers:['" ZED "','" ADA "'],"
                                 " about:{_model:'notes',_id:'" NOTE "'},"
                                 " box:[{by:'" ZED "', note:{_model:'notes',_id:'" NOTE "'}},{by:'" ADA "'}]}");
    if (other)
        (void)house_item(h, "posts", "{_id:'" SHUT "', title:'shut', live:false, author:'" BOB "', readers:['" ADA "'],"
                                     " about:{_model:'authors',_id:'" ADA "'}}");
}

static const struct {
    const char *collection, *question;
    int status;
} questions[] = {
    {"authors", "filter={posts_via_author:{$exists:true}}", 200},
    {"authors", "filter={posts_via_author:null}", 200},
    {"authors", "filter={posts_via_author:{$size:0}}", 200},
    {"authors", "filter={posts_via_author:{$size:1}}", 200},
    {"authors", "filter={posts_via_author:'" SHUT "'}", 200},
    {"authors", "filter={posts_via_author:{$ne:'" SHUT "'}}", 200},
    {"authors", "filter={'posts_via_author.title':'shut'}", 200},
    {"authors", "filter={posts_via_author:{$none:{live:false}}}", 200},
    {"authors", "filter={posts_via_author:{$every:{live:true}}}", 200},
    {"authors", "filter={posts_via_readers:{$some:{title:{$startsWith:'s'}}}}", 200},
    {"authors", "filter={$nor:[{posts_via_readers:{$some:{}}}]}", 200},
    {"authors", "filter={posts_via_about:{$size:0}}", 200},
    {"authors", "filter={posts_via_author:{$some:{'author.age':{$gt:1}}}}", 200},
    {"authors", "sort=posts_via_author,name", 200},
    {"authors", "sort=-posts_via_readers,name", 200},
    {"authors", "fields=name,posts_via_author.title", 200},
    {"authors", "fields=name,posts_via_author", 200},
    {"authors", "fields=name&populate={posts_via_readers:{sort:'author.age',fields:'title,readers.name'}}", 200},
    {"authors", "fields=name&populate={posts_via_author:{filter:{'author.name':'Bob'},fields:'title'}}", 200},
    {"posts", "filter={'author.age':{$gte:0}}", 200},
    {"posts", "filter={author:{$some:{age:9}}}", 200},
    {"posts", "filter={author:{$none:{age:9}}}", 200},
    {"posts", "filter={author:{$every:{age:1}}}", 200},
    {"posts", "filter={readers:{$every:{name:'Ada'}}}", 200},
    {"posts", "sort=author.age,title&fields=title", 200},
    {"posts", "sort=-author.age,title&fields=title", 200},
    {"posts", "sort=author.posts_via_author,title&fields=title", 200},
    {"posts", "fields=title,author.age,about:authors.name", 200},
    {"posts", "populate=1&fields=title,author,readers,about", 200},
    {"posts", "fields=title&populate=author,about", 200},
    {"posts", "fields=title,box&populate=2", 200},
    {"posts", "filter={'about._model':'notes'}&fields=title", 200},
    /* What may not be read is unknown, by every way. */
    {"authors", "filter={notes_via_author:{$exists:true}}", 400},
    {"authors", "filter={'notes_via_author.title':'x'}", 400},
    {"authors", "filter={posts_via_hidden:null}", 400},
    {"authors", "filter={posts_via_author:{$some:{hidden:null}}}", 400},
    {"authors", "filter={posts_via_author:{$some:{'author.secret':'x'}}}", 400},
    {"authors", "filter={secret:{$some:{}}}", 400},
    {"authors", "sort=notes_via_author", 400},
    {"authors", "sort=posts_via_hidden", 400},
    {"authors", "fields=name,notes_via_author", 400},
    {"authors", "fields=name,notes_via_author.title", 400},
    {"authors", "fields=x:secret", 400},
    {"authors", "fields=secret:excerpt(5)", 400},
    {"authors", "populate=notes_via_author", 400},
    {"authors", "populate={x:{of:'posts_via_hidden'}}", 400},
    {"authors", "populate={posts_via_author:{fields:'hidden'}}", 400},
    {"authors", "populate={posts_via_author:{sort:'author.secret'}}", 400},
    {"authors", "populate={posts_via_author:{filter:{hidden:null}}}", 400},
    {"authors", "deep={posts_via_author:{_filter:{'author.secret':'x'}}}", 400},
    {"posts", "sort=author.secret", 400},
    {"posts", "sort=hidden.name", 400},
    {"posts", "filter={'author.secret':'x'}", 400},
    {"posts", "filter={author:{$every:{secret:'x'}}}", 400},
    {"posts", "filter={'about:notes.title':'x'}", 400},
    {"posts", "filter={'about:notes':{$some:{title:'x'}}}", 400},
    {"posts", "sort=about:notes.title", 400},
    {"posts", "fields=title,about:notes.title", 400},
    {"posts", "populate={'about:notes':1}", 400},
};

static const char *encoded(struct arena *a, const char *text)
{
    struct buf b;
    buf_init(&b, a, 4096);
    for (const char *c = text; *c; c++) {
        bool plain = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') || strchr("=&_-.", *c);
        buf_format(&b, plain ? "%c" : "%%%02X", (unsigned)(unsigned char)*c);
    }
    return arena_cstr(a, buf_str(&b));
}

static struct fake_exchange *ask(struct house *h, size_t i)
{
    struct arena *a = h->arena;
    const char *target = arena_cstr(a, arena_format(a, "/api/content/items/%s?%s", questions[i].collection, encoded(a, questions[i].question)));
    const char *head = arena_cstr(a, arena_format(a, "Host: cms.example\napi-key: " STR_FMT "\n", STR_ARG(house_key(h, "ada"))));
    return rest_request(h->gate, a, "GET", target, head, S(""), NULL);
}

/* All but what differs by the hour and the number of the request. */
static str told(const struct house *h, const struct fake_exchange *f)
{
    struct problem quiet = {.arena = h->arena};
    const struct json *answer = NULL;
    if (f->status == 200 && !str_contains(f->answer, S("_created")))
        return f->answer;
    if (json_read(h->arena, f->answer, NULL, S(""), &answer, &quiet) != ERR_OK)
        return S("no JSON");
    if (f->status != 200)
        return json_get(answer, S("detail"))->text;
    struct buf b;
    buf_init(&b, h->arena, 1u << 16);
    for (uint32_t i = 0; i < answer->count; i++)
        buf_format(&b, STR_FMT " ", STR_ARG(json_get(&answer->items[i], S("_id"))->text));
    return buf_str(&b);
}

static void what_is_hidden_makes_no_difference(void **state)
{
    struct house *one, *other;
    (void)state;
    open_house(&one, false);
    open_house(&other, true);
    for (size_t i = 0; i < COUNTOF(questions); i++) {
        CHECK_AT(i);
        struct fake_exchange *l = ask(one, i), *r = ask(other, i);
        if (l->status != questions[i].status)
            CHECK_SAY("%s: %d " STR_FMT, questions[i].question, l->status, STR_ARG(l->answer));
        CHECK_INT(r->status, l->status);
        CHECK_STR(told(one, l), told(other, r));
        if (str_contains(l->answer, S("shut")) || str_contains(l->answer, S("secret\":")))
            CHECK_SAY("%s tells " STR_FMT, questions[i].question, STR_ARG(l->answer));
    }
    house_close(one);
    house_close(other);
}

/* Linked items are remembered as text; what becomes of a third one counts all the same. */
static void a_rule_along_a_reference_counts_at_once(void **state)
{
    struct house *h = house_open();
    (void)state;
    house_model(h, "[{name:'houses', fields:[{name:'open', kind:'boolean'}]},"
                   " {name:'authors', fields:[{name:'name', kind:'text'}, {name:'house', kind:'ref', to:'houses'}]},"
                   " {name:'posts', fields:[{name:'author', kind:'ref', to:'authors'}]}]");
    house_people(h, "{roles: {reader: [{collection:'posts', verbs:['read']},"
                    "  {collection:'authors', verbs:['read'], where:{'house.open':true}}]}, keys: {ada: {role:'reader'}}}");
    str house = house_item(h, "houses", "{open:true}");
    (void)house_item(h, "authors", arena_cstr(h->arena, arena_format(h->arena, "{_id:'" ADA "', name:'Ada', house:'" STR_FMT "'}", STR_ARG(house))));
    (void)house_item(h, "posts", "{author:'" ADA "'}");
    const char *head = arena_cstr(h->arena, arena_format(h->arena, "Host: cms.example\napi-key: " STR_FMT "\n", STR_ARG(house_key(h, "ada"))));
    for (int i = 0; i < 3; i++) {
        CHECK_AT(i);
        struct fake_exchange *f = rest_request(h->gate, h->arena, "GET", "/api/content/items/posts?populate=1", head, S(""), NULL);
        CHECK_INT(f->status, 200);
        CHECK_INT(str_contains(f->answer, S("Ada")), i < 2);
        if (i == 1)
            house_update(h, "houses", house, "{open:false}");
    }
    house_close(h);
}

CHECK_MAIN(TEST(what_is_hidden_makes_no_difference), TEST(a_rule_along_a_reference_counts_at_once))
