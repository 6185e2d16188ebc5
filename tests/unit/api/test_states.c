/* What is not published yet stays with those whom it concerns; publishing, trash, history, plans and releases. */
#include "tests/support/check.h"
#include "tests/support/house.h"
#include "tests/support/rest.h"

#include "base/limits.h"
#include "base/utf8.h"

#define AUTHOR "00000000000000000000a001"
#define GHOST "00000000000000000000a002"
#define POST "00000000000000000000b001"
#define OTHER "00000000000000000000b002"

static struct house *open_house(void)
{
    struct house *h = house_open();
    house_model(h, "[{name:'authors', fields:[{name:'name', kind:'text', required:true}]},"
                   " {name:'posts', fields:[{name:'title', kind:'text', required:true}, {name:'views', kind:'number'},"
                   "   {name:'price', kind:'number'}, {name:'about', kind:'object'},"
                   "   {name:'author', kind:'ref', to:'authors'}, {name:'readers', kind:'ref', to:'authors', many:true}]},"
                   " {name:'slips', no_trash:true, history:{keep:2}, fields:[{name:'title', kind:'text'}]}]");
    house_people(h, "{roles: {editor: [{collection:'*', verbs:['read','create','update','delete','publish']},"
                    "                  {collection:'releases', verbs:['read','create','update','publish']},"
                    "                  {collection:'schedules', verbs:['read']}],"
                    "         writer: [{collection:'posts', verbs:['read','update'], fields:['title','views','readers']}],"
                    "         reader: [{collection:'*', verbs:['read'], where:{_state:1}}],"
                    "         mine: [{collection:'posts', verbs:['read','update','delete','publish'], where:{views:1}}],"
                    "         open: [{collection:'*', verbs:['read']}],"
                   "         desk: [{collection:'posts', verbs:['read','create','update','delete']},"
                   "                {collection:'posts', verbs:['publish'], where:{views:1}, check:{price:{$lt:10}}}]},"
                    " public: 'open',"
                    " keys: {editor: {role:'editor'}, writer: {role:'writer'}, reader: {role:'reader'}, open: {role:'open'}, mine: {role:'mine'}, desk: {role:'desk'}}}");
    (void)house_item(h, "authors", "{_id:'" AUTHOR "', name:'Ada'}");
    (void)house_item(h, "posts", "{_id:'" POST "', title:'One', views:1, price:5, author:'" AUTHOR "', readers:['" AUTHOR "']}");
    (void)house_item(h, "posts", "{_id:'" OTHER "', title:'Other', views:2}");
    return h;
}

/* One call, what it must answer; `has` and `lacks` are pieces of the answer, `has` in order and apart by '|'. */
struct call {
    const char *key, *method, *target, *body;
    int status;
    const char *has, *lacks;
};

static struct fake_exchange *say(struct house *h, struct arena *a, const struct call *c, const char *more)
{
    str key = c->key[0] ? arena_format(a, "api-key: " STR_FMT "\n", STR_ARG(house_key(h, c->key))) : S("");
    const char *type = c->body[0] ? "Content-Type: application/json\n" : "";
    const char *headers = arena_cstr(a, arena_format(a, STR_FMT "%s%s", STR_ARG(key), type, more));
    const struct json *body = c->body[0] ? house_json(a, c->body) : NULL;
    enum err err;
    return rest_request(h->gate, a, c->method, c->target, headers, body ? json_print(a, body) : S(""), &err);
}

static void converse(struct house *h, const struct call *calls, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct arena *a = arena_open(64u << 10);
        struct fake_exchange *f = say(h, a, &calls[i], "");
        CHECK_AT(i);
        if (f->status != calls[i].status)
            CHECK_SAY("%s %s %s: %d, wanted %d\n" STR_FMT, calls[i].key, calls[i].method, calls[i].target, f->status,
                      calls[i].status, STR_ARG(f->answer));
        if (!check_has_parts(f->answer, calls[i].has, true))
            CHECK_SAY("%s %s lacks a part of %s\n" STR_FMT, calls[i].key, calls[i].target, calls[i].has, STR_ARG(f->answer));
        if (calls[i].lacks[0] && !check_has_parts(f->answer, calls[i].lacks, false))
            CHECK_SAY("%s %s tells %s\n" STR_FMT, calls[i].key, calls[i].target, calls[i].lacks, STR_ARG(f->answer));
        arena_close(a);
    }
}

#define ITEM "/api/content/item/posts/" POST
#define LIST "/api/content/items/posts"
#define DRAFT "perspective=draft"

static void pending_versions_are_for_those_who_see_drafts(void **state)
{
    static const struct call calls[] = {
        {"editor", "PATCH", ITEM "?" DRAFT, "{title:'Two', views:70, about:{a:[1,2]}, readers:[]}", 200, "\"title\":\"Two\"|\"_draft\":true|\"_rev\":2", ""},
        {"editor", "GET", ITEM, "", 200, "\"title\":\"One\"|\"views\":1|\"_rev\":1|\"readers\":[{", "_draft"},
        {"editor", "GET", ITEM "?" DRAFT, "", 200, "\"title\":\"Two\"|\"views\":70|\"about\":{\"a\":[1,2]}|\"readers\":[]|\"price\":5", ""},
        {"reader", "GET", ITEM "?" DRAFT, "", 200, "\"title\":\"One\"|\"_rev\":1", "_draft"},
        {"", "GET", ITEM "?" DRAFT, "", 200, "\"title\":\"One\"|\"_rev\":1", "_draft"},
        {"open", "GET", ITEM "?" DRAFT, "", 200, "\"title\":\"Two\"", ""},
        {"reader", "GET", LIST "?" DRAFT "&filter[title]=Two", "", 200, "[]", ""},
        {"", "GET", LIST "?" DRAFT "&filter[title]=Two&count=exact&limit=5&skip=0", "", 200, "\"total\":0", ""},
        {"", "GET", LIST "?" DRAFT "&filter[views][$gt]=50&count=only", "", 200, "\"total\":0", ""},
        {"editor", "GET", LIST "?filter[title]=Two", "", 200, "[]", ""},
        {"editor", "GET", LIST "?" DRAFT "&filter[title]=Two&count=exact", "", 200, "\"total\":1", ""},
        {"editor", "GET", LIST "?" DRAFT "&filter[readers]=" AUTHOR, "", 200, "[]", ""},
        {"editor", "GET", LIST "?filter[readers.name]=Ada&fields=title", "", 200, "One", ""},
        {"editor", "GET", LIST "?" DRAFT "&filter[readers.name]=Ada&fields=title", "", 200, "[]", ""},
        {"editor", "GET", LIST "?" DRAFT "&sort=-views&fields=title", "", 200, "[{\"_id\":\"" POST, ""},
        {"editor", "GET", LIST "?" DRAFT "&sort=-views&fields=title&limit=1&cursor=", "", 200, "Two", "Other"},
        {"editor", "GET", "/api/content/items/authors?" DRAFT "&filter={posts_via_author:{$some:{title:'Two'}}}", "", 200, "Ada", ""},
        {"editor", "GET", "/api/content/items/authors?filter={posts_via_author:{$some:{title:'Two'}}}", "", 200, "[]", ""},
        {"editor", "GET", LIST "?publication=modified", "", 200, "Two", "Other"},
        {"editor", "GET", LIST "?publication=unmodified", "", 200, "Other", "Two"},
        {"editor", "GET", LIST "?publication=has-published-version", "", 200, "Other|Two", ""},
        {"editor", "GET", LIST "?publication=never-published", "", 200, "[]", ""},
        {"editor", "GET", LIST "?publication=published", "", 400, "publication must be", ""},
        {"editor", "GET", LIST "?perspective=both", "", 400, "perspective must be", ""},
        {"editor", "GET", LIST "?perspective=published&state=draft", "", 400, "state does not go", ""},
        {"reader", "GET", LIST "?publication=modified", "", 403, "pending versions", ""},
        {"", "GET", LIST "?publication=unmodified&perspective=published", "", 403, "pending versions", ""},
        {"reader", "GET", "/api/content/aggregate/posts?" DRAFT "&pipeline=[{$group:{_id:null,n:{$sum:'$views'}}}]", "", 200, "3", "72"},
        {"editor", "GET", "/api/content/aggregate/posts?" DRAFT "&pipeline=[{$group:{_id:null,n:{$sum:'$views'}}}]", "", 200, "72", ""},
        {"reader", "GET", "/api/content/items?models={posts:{perspective:'draft'}}", "", 200, "One", "Two"},
        /* Live changes go on beside it, and what the pending version does not say follows them. */
        {"editor", "PATCH", ITEM, "{title:'Live', price:6}", 200, "\"title\":\"Live\"|\"_rev\":3", ""},
        {"editor", "GET", ITEM "?" DRAFT, "", 200, "\"title\":\"Two\"|\"price\":6", ""},
        {"writer", "PATCH", ITEM "?" DRAFT, "{price:1}", 422, "There is no field", ""},
        {"writer", "PATCH", ITEM "?" DRAFT, "{_state:0}", 422, "_state", ""},
        {"writer", "PATCH", ITEM "?" DRAFT, "{title:null}", 200, "\"title\":null", ""},
        {"writer", "POST", ITEM "/publish", "", 403, "", ""},
        {"reader", "POST", ITEM "/publish", "", 403, "", ""},
        {"editor", "POST", ITEM "/publish", "", 422, "/title", ""},
        {"editor", "GET", ITEM, "", 200, "\"title\":\"Live\"", ""},
        {"editor", "PATCH", ITEM "?" DRAFT, "{title:'Three'}", 200, "\"_rev\":5", ""},
        {"editor", "POST", ITEM "/publish", "", 200, "\"title\":\"Three\"|\"views\":70|\"readers\":[]|\"price\":6|\"_rev\":6", "_draft"},
        {"reader", "GET", ITEM, "", 200, "\"title\":\"Three\"", ""},
        {"editor", "POST", ITEM "/publish", "", 200, "\"_rev\":6", ""},
        {"editor", "PATCH", ITEM "?" DRAFT, "{title:'Four'}", 200, "\"_rev\":7", ""},
        {"editor", "POST", ITEM "/discard", "", 200, "Three", ""},
        {"editor", "GET", ITEM "?" DRAFT, "", 200, "Three", "_draft"},
        {"editor", "PATCH", ITEM "?" DRAFT, "{title:'Five'}", 200, "\"_rev\":9", ""}, /* a number is given once */
        {"editor", "POST", ITEM "/unpublish", "", 200, "\"_state\":0|Five", ""},
        {"reader", "GET", ITEM, "", 404, "", ""},
        {"editor", "POST", ITEM "/archive", "", 200, "\"_state\":-1", ""},
        {"editor", "GET", LIST "?" DRAFT, "", 200, "Other", "Five"},
        {"editor", "POST", "/api/content/item/grants/" POST "/publish", "", 404, "", ""},
    };
    (void)state;
    struct house *h = open_house();
    converse(h, calls, COUNTOF(calls));
    house_close(h);
}

static str tag_of(const struct fake_exchange *f)
{
    return fake_header(f, "ETag");
}

static void published_answers_do_not_move_with_drafts(void **state)
{
    static const struct call looks[] = {
        {"reader", "GET", LIST, "", 200, "", ""}, {"reader", "GET", ITEM, "", 200, "", ""},
        {"reader", "GET", ITEM "?populate=1", "", 200, "", ""}, {"editor", "GET", LIST "?" DRAFT, "", 200, "", ""},
        {"editor", "GET", ITEM "?" DRAFT, "", 200, "", ""},
    };
    static const struct call writes[] = {
        {"editor", "PATCH", ITEM "?" DRAFT, "{title:'Two'}", 200, "", ""},
        {"editor", "POST", ITEM "/discard", "", 200, "", ""},
    };
    struct arena *a = arena_open(64u << 10);
    (void)state;
    struct house *h = open_house();
    for (size_t i = 0; i < COUNTOF(looks); i++) {
        str before = tag_of(say(h, a, &looks[i], ""));
        CHECK_AT(i);
        CHECK(!str_is_absent(before));
        converse(h, writes, 1);
        str after = tag_of(say(h, a, &looks[i], ""));
        if (str_equal(str_of(looks[i].key), S("editor")))
            CHECK(!str_equal(after, before)); /* looks at drafts */
        else
            CHECK_STR(after, before);
        converse(h, writes + 1, 1);
    }
    house_close(h);
    arena_close(a);
}

static void a_page_may_go_live_before_what_it_links(void **state)
{
    static const struct call calls[] = {
        {"editor", "POST", "/api/content/item/authors?" DRAFT, "{data:{_id:null}}", 200, "\"_state\":0|\"name\":null", ""},
        {"editor", "POST", "/api/content/item/posts?" DRAFT, "{data:{_state:1}}", 422, "/data/_state", ""},
        {"editor", "PATCH", ITEM "?" DRAFT, "{title:'With ghost', author:'" GHOST "', readers:['" GHOST "','" AUTHOR "']}", 200, "\"_id\":\"" GHOST, ""},
        {"editor", "GET", ITEM "?populate=1", "", 200, "Ada", "Ghost"},
        {"editor", "GET", ITEM "?populate=1&" DRAFT, "", 200, "Ghost|Ada", ""},
        {"editor", "POST", ITEM "/publish", "", 200, "\"_id\":\"" GHOST, ""},
        {"reader", "GET", ITEM "?populate=1", "", 200, "{\"_model\":\"authors\",\"_id\":\"" GHOST "\"}|Ada", "Ghost"},
        {"editor", "GET", ITEM "?populate=1&" DRAFT, "", 200, "Ghost|Ada", ""},
        {"editor", "POST", "/api/content/item/authors/" GHOST "/publish", "", 200, "Ghost", ""},
        {"reader", "GET", ITEM "?populate=1", "", 200, "Ghost|Ada", ""},
        /* What is deleted before the page goes live is not linked any more. */
        {"editor", "PATCH", ITEM "?" DRAFT, "{readers:['" GHOST "']}", 200, "", ""},
        {"editor", "PATCH", ITEM, "{author:null, readers:[]}", 200, "", ""},
        {"editor", "DELETE", "/api/content/item/authors/" GHOST, "", 200, "", ""},
        {"editor", "POST", ITEM "/publish", "", 200, "\"readers\":[]", ""},
    };
    (void)state;
    struct house *h = open_house();
    (void)house_item(h, "authors", "{_id:'" GHOST "', _state:0, name:'Ghost'}");
    converse(h, calls, COUNTOF(calls));
    house_close(h);
}

static void history_is_read_and_written_again(void **state)
{
    static const struct call calls[] = {
        {"editor", "PATCH", ITEM, "{title:'Two', price:9}", 200, "", ""},
        {"editor", "PATCH", ITEM "?" DRAFT, "{title:'Three', views:3}", 200, "", ""},
        {"editor", "GET", ITEM "/history", "", 200, "\"rev\":3|\"verb\":\"draft\"|\"fields\":[\"title\",\"price\"]|\"rev\":1|\"complete\":true", ""},
        {"editor", "GET", ITEM "/history?limit=1", "", 200, "\"rev\":3|\"complete\":false", "\"rev\":2"},
        {"writer", "GET", ITEM "/history", "", 200, "\"fields\":[\"title\"]", "price"},
        {"writer", "GET", ITEM "/history/1", "", 200, "One", "price"},
        {"writer", "GET", ITEM "/diff?from=1&to=3", "", 200, "{\"field\":\"title\",\"from\":\"One\",\"to\":\"Three\"}|views", "price"},
        {"reader", "GET", ITEM "/history", "", 403, "", "One"},
        {"open", "GET", ITEM "/history/1", "", 403, "", "One"},
        {"", "GET", ITEM "/diff?from=1&to=2", "", 401, "", "One"},
        {"mine", "GET", "/api/content/item/posts/" OTHER "/history", "", 404, "", ""},
        {"editor", "GET", ITEM "/history/77", "", 404, "no revision 77", ""},
        {"editor", "GET", ITEM "/history/x", "", 404, "", ""},
        {"editor", "GET", ITEM "/diff?from=1", "", 400, "to must be", ""},
        {"reader", "POST", ITEM "/restore", "{rev:1}", 403, "", ""},
        {"editor", "POST", ITEM "/restore", "{rev:'1', fields:['x'], draft:2, more:1}", 422, "/rev|/draft|/fields/0|/more", ""},
        {"writer", "POST", ITEM "/restore", "{rev:1, fields:['price']}", 422, "/fields/0", ""},
        /* AZ-6: a copy is a write; what of it he may not write stays as it is */
        {"writer", "POST", ITEM "/restore", "{rev:1}", 200, "\"title\":\"One\"|\"_rev\":4", "price"},
        {"writer", "POST", ITEM "/restore", "{rev:1, fields:['title']}", 200, "\"title\":\"One\"|\"_rev\":5", ""},
        {"editor", "GET", ITEM, "", 200, "\"title\":\"One\"|\"price\":9", ""},
        {"editor", "POST", ITEM "/restore", "{rev:2, draft:true}", 200, "\"title\":\"Two\"|\"_draft\":true", ""},
        {"editor", "GET", ITEM, "", 200, "\"title\":\"One\"", ""},
        {"editor", "POST", ITEM "/restore", "{rev:1}", 200, "\"price\":5", ""},
    };
    (void)state;
    struct house *h = open_house();
    converse(h, calls, COUNTOF(calls));
    house_close(h);
}

static void what_was_deleted_comes_back(void **state)
{
    static const struct call calls[] = {
        {"editor", "PATCH", "/api/content/item/authors/" AUTHOR "?" DRAFT, "{name:'Ada L.'}", 200, "", ""},
        {"editor", "DELETE", "/api/content/item/authors/" AUTHOR, "", 200, "", ""},
        {"editor", "GET", ITEM, "", 200, "\"author\":null|\"readers\":[]", ""},
        {"editor", "GET", "/api/content/trash/authors", "", 200, AUTHOR "|Ada", ""},
        {"reader", "GET", "/api/content/trash/authors", "", 403, "", "Ada"},
        {"editor", "GET", "/api/content/trash/posts", "", 200, "[]", ""},
        {"reader", "POST", "/api/content/trash/authors/" AUTHOR "/restore", "", 403, "", ""},
        {"editor", "POST", "/api/content/trash/posts/" AUTHOR "/restore", "", 404, "", ""},
        {"editor", "POST", "/api/content/trash/authors/" AUTHOR "/restore", "", 200, "Ada|\"_state\":1|\"_rev\":4", ""},
        {"editor", "POST", "/api/content/trash/authors/" AUTHOR "/restore", "", 404, "", ""},
        {"editor", "GET", ITEM, "", 200, "\"author\":{\"_model\":\"authors\",\"_id\":\"" AUTHOR "\"}|\"readers\":[{", ""},
        {"editor", "GET", "/api/content/item/authors/" AUTHOR "?" DRAFT, "", 200, "Ada L.", ""},
        {"editor", "GET", "/api/content/item/authors/" AUTHOR "/history", "", 200, "\"rev\":5|draft|restore|delete|create", ""},
        {"mine", "DELETE", "/api/content/item/posts/" OTHER, "", 404, "", ""},
        {"editor", "DELETE", "/api/content/item/posts/" OTHER, "", 200, "", ""},
        {"mine", "GET", "/api/content/trash/posts", "", 200, "[]", ""},
        {"mine", "POST", "/api/content/trash/posts/" OTHER "/restore", "", 404, "", ""},
        {"editor", "DELETE", "/api/content/trash/posts/" OTHER, "", 200, "", ""},
        {"editor", "GET", "/api/content/trash/posts", "", 200, "[]", ""},
        {"editor", "DELETE", ITEM "?permanent=2", "", 400, "permanent must be", ""},
        {"editor", "DELETE", ITEM "?permanent=1", "", 200, "", ""},
        {"editor", "GET", "/api/content/trash/posts", "", 200, "[]", ""},
        {"editor", "POST", "/api/content/item/slips", "{data:{_id:null, title:'s'}}", 200, "", ""},
        {"editor", "GET", "/api/content/items/trash", "", 404, "", ""},
    };
    (void)state;
    struct house *h = open_house();
    converse(h, calls, COUNTOF(calls));
    str slip = house_find(h, h->arena, "slips", "title", "s");
    for (int i = 0; i < 3; i++)
        house_update(h, "slips", slip, "{title:'t'}");
    const char *past = arena_cstr(h->arena, arena_format(h->arena, "/api/content/item/slips/" STR_FMT "/history", STR_ARG(slip)));
    const struct call kept = {"editor", "GET", past, "", 200, "\"rev\":4|\"rev\":3|\"complete\":false", "\"rev\":2"};
    const struct call gone = {"editor", "GET", arena_cstr(h->arena, arena_format(h->arena, "%s/2", past)), "", 404, "", ""};
    converse(h, &kept, 1);
    converse(h, &gone, 1);
    house_delete(h, "slips", slip);
    const struct call none = {"editor", "GET", "/api/content/trash/slips", "", 200, "[]", ""};
    converse(h, &none, 1);
    house_close(h);
}

/* The model may have changed meanwhile: what a field cannot hold any more stays in the trash's entry of the journal. */
static void what_comes_back_fits_the_model_of_now(void **state)
{
    static const struct call before[] = {
        {"editor", "PATCH", "/api/content/item/cards/" OTHER "?" DRAFT, "{n:6, keep:'pending'}", 200, "", ""},
        {"editor", "DELETE", "/api/content/item/cards/" OTHER, "", 200, "", ""},
    };
    static const struct call after[] = {
        {"editor", "POST", "/api/content/trash/cards/" OTHER "/restore", "", 200,
         "\"words\":null|\"n\":null|\"due\":null|\"list\":null|\"to\":null|\"keep\":\"long\"", ""},
        {"editor", "GET", "/api/content/item/cards/" OTHER "?" DRAFT, "", 200, "\"n\":null|\"keep\":\"pending\"", ""},
        {"editor", "POST", "/api/content/item/cards/" OTHER "/publish", "", 200, "\"n\":null|\"keep\":\"pending\"", ""},
    };
    (void)state;
    struct house *h = open_house();
    house_model(h, "[{name:'cards', fields:[{name:'words', kind:'text'}, {name:'n', kind:'number'}, {name:'due', kind:'text'},"
                   " {name:'list', kind:'tags'}, {name:'to', kind:'ref', to:['authors','posts']}, {name:'keep', kind:'text'},"
                   " {name:'twice', kind:'number', computed:{$multiply:['$n', 2]}}]}]");
    (void)house_item(h, "cards", "{_id:'" OTHER "', words:'abc', n:5, due:'soon', list:['a'], to:{_model:'posts', _id:'" POST "'}, keep:'long'}");
    converse(h, before, COUNTOF(before));
    house_update(h, "collections", house_find(h, h->arena, "collections", "name", "cards"),
                 "{definition:{name:'cards', allow_loss:true, fields:[{name:'words', kind:'number'}, {name:'n', kind:'text'},"
                 " {name:'due', kind:'datetime'}, {name:'list', kind:'ref', to:'authors'},"
                 " {name:'to', kind:'ref', to:['authors','slips']}, {name:'keep', kind:'text', maxlength:2},"
                 " {name:'twice', kind:'text', computed:{$concat:['$keep', '!']}}]}}");
    converse(h, after, COUNTOF(after));
    house_close(h);
}

/* Fields change while something is pending in them. */
static void pending_versions_follow_the_model(void **state)
{
    static const struct call before[] = {
        {"editor", "PATCH", "/api/content/item/cards/" OTHER "?" DRAFT,
         "{words:'zwei', to:{_model:'posts', _id:'" POST "'}, who:'" AUTHOR "'}", 200, "", ""},
    };
    static const struct call after[] = {
        {"editor", "GET", "/api/content/item/cards/" OTHER "?" DRAFT, "", 200, "\"words\":\"zwei\"|\"who\":null", ""},
        {"editor", "POST", "/api/content/item/cards/" OTHER "/publish", "", 200, "\"words\":\"zwei\"|\"to\":null|\"who\":null", ""},
    };
    (void)state;
    struct house *h = open_house();
    house_model(h, "[{name:'cards', fields:[{name:'words', kind:'text'}, {name:'to', kind:'ref', to:['authors','posts']},"
                   " {name:'who', kind:'ref', to:'authors'}]}]");
    (void)house_item(h, "cards", "{_id:'" OTHER "', words:'eins'}");
    converse(h, before, COUNTOF(before));
    house_update(h, "collections", house_find(h, h->arena, "collections", "name", "cards"),
                 "{definition:{name:'cards', allow_loss:true, fields:[{name:'words', kind:'text'},"
                 " {name:'to', kind:'ref', to:['authors','slips']}, {name:'who', kind:'ref', to:'posts'}]}}");
    converse(h, after, COUNTOF(after));
    house_close(h);
}

static void a_release_goes_live_as_a_whole(void **state)
{
    (void)state;
    struct house *h = open_house();
    str id = house_item(h, "releases", "{name:'Spring', entries:[{collection:'posts', item:'" POST "'}, {collection:'posts', item:'" OTHER "'}]}");
    const char *publish = arena_cstr(h->arena, arena_format(h->arena, "/api/content/item/releases/" STR_FMT "/publish", STR_ARG(id)));
    const struct call rows[] = {
        {"editor", "POST", ITEM "/unpublish", "", 200, "", ""},
        {"editor", "PATCH", "/api/content/item/posts/" OTHER "?" DRAFT, "{title:null}", 200, "", ""},
        {"editor", "POST", publish, "", 422, "/entries/1|/entries/1/title", "/entries/0"},
        {"reader", "GET", ITEM, "", 404, "", ""},
        {"writer", "POST", publish, "", 404, "", ""},
        {"editor", "PATCH", "/api/content/item/posts/" OTHER "?" DRAFT, "{title:'New'}", 200, "", ""},
        {"editor", "POST", publish, "", 200, "published_at", ""},
        {"reader", "GET", LIST "?fields=title", "", 200, "One|New", ""},
        {"editor", "POST", publish, "", 200, "", ""},
        {"editor", "POST", publish, "{at:'2999-01-01T00:00:00Z'}", 200, "scheduled", ""},
        {"editor", "GET", "/api/content/items/schedules", "", 200, "releases|waiting", ""},
    };
    converse(h, rows, COUNTOF(rows));
    house_close(h);
}

static void plans_are_made_with_what_is_done_or_not_at_all(void **state)
{
    static const struct {
        const char *act, *body, *match;
        int status;
        const char *planned;
    } rows[] = {
        {"publish", "{unpublish_at:'2999-01-01T00:00:00Z'}", "If-Match: \"77\"\n", 412, "[]"},
        {"unpublish", "{at:'2999-01-01T00:00:00Z'}", "If-Match: \"77\"\n", 412, "[]"},
        {"publish", "{unpublish_at:'2999-01-01T00:00:00Z'}", "", 422, "[]"}, /* without a title it is not published */
        {"publish", "{at:'2999-01-01T00:00:00Z'}", "If-Match: \"2\"\n", 200, "\"action\":\"publish\""},
    };
    (void)state;
    struct house *h = open_house();
    static const struct call empties = {"editor", "PATCH", ITEM "?" DRAFT, "{title:null}", 200, "", ""};
    converse(h, &empties, 1);
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct arena *a = arena_open(64u << 10);
        const char *target = arena_cstr(a, arena_format(a, ITEM "/%s", rows[i].act));
        const struct call act = {"editor", "POST", target, rows[i].body, 0, "", ""};
        const struct call look = {"editor", "GET", "/api/content/items/schedules?fields=action", "", 200, rows[i].planned, ""};
        CHECK_AT(i);
        CHECK_INT(say(h, a, &act, rows[i].match)->status, rows[i].status);
        converse(h, &look, 1);
        arena_close(a);
    }
    house_close(h);
}

static void batches_publish_the_newest_version(void **state)
{
#define BATCH(op, more) "{changes:[{op:'" op "',in:'posts',id:'" POST "'" more "}]}"
    static const struct call calls[] = {
        {"editor", "PATCH", ITEM "?" DRAFT, "{title:'Two', views:70}", 200, "\"_rev\":2", ""},
        {"writer", "POST", "/api/batch", BATCH("publish", ""), 403, "", "Two"},
        {"editor", "POST", "/api/batch", BATCH("publish", ",if_rev:1"), 412, "", ""},
        {"reader", "GET", ITEM, "", 200, "One", ""},
        {"editor", "POST", "/api/batch", BATCH("publish", ",if_rev:2"), 200, "\"title\":\"Two\"", ""},
        {"reader", "GET", ITEM, "", 200, "\"title\":\"Two\"|\"views\":70", ""},
        {"editor", "GET", ITEM "?" DRAFT, "", 200, "Two", "_draft"},
        {"editor", "PATCH", ITEM "?" DRAFT, "{title:null}", 200, "", ""},
        {"editor", "POST", "/api/batch", BATCH("publish", ""), 422, "/changes/0/data/title", ""},
        {"editor", "POST", "/api/batch", BATCH("unpublish", ""), 200, "\"_state\":0|\"title\":null|\"views\":70", ""},
    };
    (void)state;
    struct house *h = open_house();
    converse(h, calls, COUNTOF(calls));
    house_close(h);
}

/* Whichever way it is asked for: as an act, in a batch, with a change of _state, with a new item, out of the trash. */
static void publishing_keeps_to_rows_and_check_of_its_grant(void **state)
{
    static const struct call calls[] = {
        {"editor", "PATCH", ITEM "?" DRAFT, "{price:11}", 200, "", ""},
        {"desk", "POST", ITEM "/publish", "", 403, "", ""},
        {"desk", "POST", "/api/batch", BATCH("publish", ""), 403, "", ""},
        {"desk", "PATCH", ITEM, "{_state:0}", 403, "", ""}, /* what is pending goes with it */
        {"editor", "POST", ITEM "/discard", "", 200, "", ""},
        {"desk", "PATCH", ITEM, "{_state:0}", 200, "\"_state\":0", ""},
        {"desk", "PATCH", ITEM, "{_state:1, price:10}", 403, "", ""},
        {"desk", "POST", "/api/content/item/posts", "{data:{_id:'" POST "', _state:1, price:10}}", 403, "", ""},
        {"desk", "PATCH", ITEM, "{price:10}", 200, "\"_state\":0", ""},
        {"desk", "POST", ITEM "/publish", "", 403, "", ""},
        {"desk", "POST", "/api/batch", BATCH("publish", ""), 403, "", ""},
        {"desk", "PATCH", ITEM, "{price:9}", 200, "", ""},
        {"desk", "POST", "/api/batch", BATCH("publish", ""), 200, "\"_state\":1", ""},
        {"desk", "PATCH", "/api/content/item/posts/" OTHER, "{_state:0}", 403, "", ""}, /* not among its rows */
        {"desk", "PATCH", "/api/content/item/posts/" OTHER, "{title:'Live still'}", 200, "\"_state\":1", ""},
        {"desk", "POST", "/api/content/item/posts", "{data:{title:'In', views:1, price:9}}", 200, "\"_state\":1", ""},
        {"desk", "POST", "/api/content/item/posts", "{data:{title:'Row', views:2, price:9}}", 200, "\"_state\":0", ""},
        {"desk", "POST", "/api/content/item/posts", "{data:{title:'Check', views:1, price:10}}", 200, "\"_state\":0", ""},
        {"desk", "POST", "/api/content/item/posts", "{data:{_state:1, title:'In', views:1, price:9}}", 200, "\"_state\":1", ""},
        {"desk", "POST", "/api/content/item/posts", "{data:{_state:1, title:'Row', views:2, price:9}}", 403, "", ""},
        {"desk", "POST", "/api/content/item/posts", "{data:{_state:1, title:'Check', views:1, price:10}}", 403, "", ""},
        {"desk", "POST", "/api/content/items/posts", "[{title:'In', views:1, price:9},{title:'Out', views:2}]", 200, "\"_state\":1|\"_state\":0", ""},
        {"desk", "DELETE", "/api/content/item/posts/" OTHER, "", 200, "", ""},
        {"desk", "POST", "/api/content/trash/posts/" OTHER "/restore", "", 200, "\"_state\":0", ""},
        {"desk", "DELETE", ITEM, "", 200, "", ""},
        {"desk", "POST", "/api/content/trash/posts/" POST "/restore", "", 200, "\"_state\":1", ""},
    };
    (void)state;
    struct house *h = open_house();
    converse(h, calls, COUNTOF(calls));
    house_close(h);
}

static void tick(struct house *h)
{
    struct arena *a = arena_open(64u << 10);
    struct problem why = {.arena = a};
    CHECK_PROBLEM(gate_tick(h->gate, &why), ERR_OK, &why);
    arena_close(a);
}

static void plans_are_carried_out_with_the_rights_of_then(void **state)
{
    static const struct call plan[] = {
        {"editor", "POST", ITEM "/unpublish", "{at:'2020-01-01T00:00:00Z'}", 200, "unpublish", ""},
        {"mine", "POST", "/api/content/item/posts/" OTHER "/unpublish", "{at:'2020-01-01T00:00:00Z'}", 404, "", ""},
        {"reader", "POST", ITEM "/publish", "{at:'2020-01-01T00:00:00Z'}", 403, "", ""},
        {"editor", "POST", ITEM "/publish", "{at:'soon'}", 422, "/at", ""},
        {"editor", "POST", ITEM "/publish", "{when:1}", 422, "/when", ""},
        {"editor", "POST", ITEM "/discard", "{at:'2020-01-01T00:00:00Z'}", 422, "/at", ""},
        {"editor", "POST", "/api/content/item/posts/" OTHER "/publish", "{publish_at:'2999-01-01T00:00:00Z',unpublish_at:'2999-01-02T00:00:00Z'}", 200, "unpublish", ""},
        {"editor", "POST", "/api/content/item/posts/" OTHER "/unpublish", "{at:null}", 200, "null", ""},
        {"reader", "GET", ITEM, "", 200, "", ""},
    };
    static const struct call after[] = {
        {"reader", "GET", ITEM, "", 404, "", ""},
        {"editor", "GET", "/api/content/items/schedules?filter[state]=done", "", 200, POST "|\"problem\":null", OTHER},
        {"editor", "GET", "/api/content/items/schedules?filter[state]=waiting", "", 200, OTHER "|publish", "unpublish"},
        {"mine", "POST", ITEM "/publish", "{at:'2020-01-01T00:00:00Z'}", 200, "", ""},
    };
    static const struct call failed[] = {
        {"reader", "GET", ITEM, "", 404, "", ""},
        {"editor", "GET", "/api/content/items/schedules?filter[state]=failed", "", 200, POST "|problem", "\"problem\":null"},
    };
    (void)state;
    struct house *h = open_house();
    converse(h, plan, COUNTOF(plan));
    tick(h);
    tick(h);
    converse(h, after, COUNTOF(after));
    house_people(h, "{roles: {mine: []}}"); /* the right is taken away before the time has come */
    tick(h);
    converse(h, failed, COUNTOF(failed));
    house_close(h);
}

static size_t published_of(struct house *h, struct arena *a)
{
    const struct call count = {"reader", "GET", "/api/content/items/slips?count=exact&limit=1&skip=0", "", 200, "", ""};
    str answer = say(h, a, &count, "")->answer;
    const struct json *v = NULL;
    struct problem why = {.arena = a};
    CHECK_PROBLEM(json_read(a, answer, NULL, S("answer"), &v, &why), ERR_OK, &why);
    const struct json *total = json_get(json_get(v, S("meta")), S("total"));
    return total ? (size_t)total->integer : SIZE_MAX;
}

/* What is told of a failure is cut between characters. */
static void a_reason_is_text(void **state)
{
    struct arena *a = arena_open(64u << 10);
    (void)state;
    struct house *h = open_house();
    for (unsigned shift = 0; shift < 4; shift++) {
        struct buf release;
        buf_init(&release, a, 16384);
        buf_format(&release, "{name:'R%u', entries:[", shift);
        for (unsigned i = 0; i < 10; i++) {
            buf_format(&release, "%s{collection:'posts', item:'%.*s", i ? "," : "", i ? 0 : (int)shift, "xxx");
            for (unsigned k = 0; k < 60; k++)
                buf_add(&release, S("\xf0\x9f\x8c\xb1"));
            buf_add(&release, S("'}"));
        }
        buf_add(&release, S("]}"));
        str id = house_item(h, "releases", arena_cstr(a, buf_str(&release)));
        const char *target = arena_cstr(a, arena_format(a, "/api/content/item/releases/" STR_FMT "/publish", STR_ARG(id)));
        const struct call plan = {"editor", "POST", target, "{at:'2020-01-01T00:00:00Z'}", 200, "", ""};
        converse(h, &plan, 1);
    }
    tick(h);
    const struct call failed = {"editor", "GET", "/api/content/items/schedules?filter[state]=failed", "", 200, "", ""};
    str answer = say(h, a, &failed, "")->answer;
    CHECK(str_contains(answer, S("blocked")) && utf8_valid(answer));
    house_close(h);
    arena_close(a);
}

static void one_look_does_so_many_plans(void **state)
{
    struct arena *a = arena_open(64u << 10);
    (void)state;
    struct house *h = open_house();
    for (unsigned i = 0; i <= LIMIT_SCHEDULES_AT_ONCE; i++) {
        str id = arena_format(a, "00000000000000000000e%03u", i);
        (void)house_item(h, "slips", arena_cstr(a, arena_format(a, "{_id:'" STR_FMT "', _state:0, title:'s'}", STR_ARG(id))));
        const char *target = arena_cstr(a, arena_format(a, "/api/content/item/slips/" STR_FMT "/publish", STR_ARG(id)));
        const struct call plan = {"editor", "POST", target, "{at:'2020-01-01T00:00:00Z'}", 200, "", ""};
        converse(h, &plan, 1);
    }
    CHECK_INT(published_of(h, a), 0);
    tick(h);
    CHECK_INT(published_of(h, a), LIMIT_SCHEDULES_AT_ONCE);
    tick(h);
    CHECK_INT(published_of(h, a), LIMIT_SCHEDULES_AT_ONCE + 1);
    house_close(h);
    arena_close(a);
}

CHECK_MAIN(TEST(pending_versions_are_for_those_who_see_drafts), TEST(published_answers_do_not_move_with_drafts),
           TEST(a_page_may_go_live_before_what_it_links), TEST(history_is_read_and_written_again),
           TEST(what_was_deleted_comes_back), TEST(what_comes_back_fits_the_model_of_now), TEST(pending_versions_follow_the_model),
           TEST(a_release_goes_live_as_a_whole), TEST(plans_are_made_with_what_is_done_or_not_at_all),
           TEST(batches_publish_the_newest_version), TEST(publishing_keeps_to_rows_and_check_of_its_grant),
           TEST(plans_are_carried_out_with_the_rights_of_then), TEST(a_reason_is_text), TEST(one_look_does_so_many_plans))
