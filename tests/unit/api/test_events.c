/* The change feed as it is asked for over HTTP; what it tells whom is tests/unit/roles/test_feed.c. */
#include "base/limits.h"
#include "tests/support/check.h"
#include "tests/support/house.h"
#include "tests/support/rest.h"

struct call {
    const char *key, *target, *headers;
    int status;
    const char *has, *lacks;          /* parts with '|' between them; NULL: none */
};

static struct house *open_house(void)
{
    struct house *h = house_open();
    house_model(h, "[{name:'posts', fields:[{name:'title', kind:'text'}, {name:'views', kind:'number'}]}]");
    house_people(h, "{roles: {reader: [{collection:'posts', verbs:['read'], fields:['title']}], all: [{collection:'posts', verbs:['read']}],"
                    " nothing: []}, keys: {reader: {role:'reader'}, all: {role:'all'}, nothing: {role:'nothing'}}}");
    return h;
}

static struct fake_exchange *ask(struct house *h, struct arena *a, const struct call *c)
{
    str key = *c->key ? arena_format(a, "api-key: " STR_FMT "\n", STR_ARG(house_key(h, c->key))) : S("");
    const char *headers = arena_cstr(a, arena_format(a, STR_FMT "%s", STR_ARG(key), c->headers ? c->headers : ""));
    return rest_request(h->gate, a, "GET", c->target, headers, S(""), NULL);
}

static void converse(struct house *h, const struct call *calls, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct arena *a = arena_open(16u << 10);
        struct fake_exchange *f = ask(h, a, &calls[i]);
        CHECK_AT(i);
        if (f->status != calls[i].status || !check_has_parts(f->answer, calls[i].has, true) || !check_has_parts(f->answer, calls[i].lacks, false))
            CHECK_SAY("%s: " STR_FMT, calls[i].target, STR_ARG(rest_answer(f)));
        arena_close(a);
    }
    check_row = -1;
}

#define EVENTS "/api/events"
#define NAMES_33 "a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a"

static void what_is_asked_for_is_told(void **state)
{
    (void)state;
    struct house *h = open_house();
    str id = house_item(h, "posts", "{title:'One', views:1}");
    house_update(h, "posts", id, "{views:20}");
    const char *item = arena_cstr(h->arena, arena_format(h->arena, EVENTS "?since=0&collection=posts&item=" STR_FMT, STR_ARG(id)));
    struct call calls[] = {
        {"all", EVENTS, NULL, 200, "{\"events\":[],\"last\":|,\"more\":false}", NULL},
        {"all", EVENTS "?since=0", NULL, 200, "\"change\":\"added\"|\"verb\":\"update\"|\"views\":20|\"before\":null|\"at\":\"", "\"who\""},
        {"reader", EVENTS "?since=0", NULL, 200, "\"title\":\"One\"", "views"},
        {"all", EVENTS "?since=0&collection=posts&limit=1", NULL, 200, "\"change\":\"added\"|\"more\":true", "changed"},
        {"all", EVENTS "?since=0&verb=delete,update", NULL, 200, "\"verb\":\"update\"", "\"verb\":\"create\""},
        {"all", EVENTS "?since=0&collection=posts&filter={views:{$gt:10}}", NULL, 200, "\"change\":\"added\"", "\"change\":\"changed\""},
        {"all", EVENTS "?since=0&collection=posts&filter[views][$gt]=10", NULL, 200, "\"change\":\"added\"", "\"change\":\"changed\""},
        {"all", item, NULL, 200, "\"change\":\"added\"", NULL},
        {"all", EVENTS "?since=99999999", "Last-Event-ID: 0\n", 200, "\"change\":\"added\"", NULL}, /* goes before what the address says */
        {"all", EVENTS "?since=99999999", NULL, 410, "/docs/errors#gone|\"first\":1|\"last\":", NULL},
        {"all", EVENTS "?since=x", NULL, 400, "\"pointer\":\"since\"", NULL},
        {"all", EVENTS, "Last-Event-ID: x\n", 400, "Last-Event-ID", NULL},
        {"all", EVENTS "?wait=61", NULL, 400, "\"pointer\":\"wait\"", NULL},
        {"all", EVENTS "?limit=1001", NULL, 400, "\"pointer\":\"limit\"", NULL},
        {"all", EVENTS "?collection=", NULL, 400, "\"pointer\":\"collection\"", NULL},
        {"all", EVENTS "?collection=posts,", NULL, 400, "\"pointer\":\"collection\"", NULL},
        {"all", EVENTS "?verb=" NAMES_33, NULL, 400, "\"pointer\":\"verb\"", NULL},
        {"all", EVENTS "?item=0000000000000000000000a1", NULL, 400, "\"pointer\":\"item\"", NULL},
        {"all", EVENTS "?filter={views:1}", NULL, 400, "\"pointer\":\"filter\"", NULL},
        {"reader", EVENTS "?collection=posts&filter={views:1}", NULL, 400, "views", NULL},
        {"all", EVENTS "?colection=posts", NULL, 400, "unknown-parameter", NULL},
        {"all", EVENTS "?query={model:'posts'}&collection=posts", NULL, 400, "\"pointer\":\"query\"", NULL},
        {"all", EVENTS "?query=7", NULL, 400, "\"pointer\":\"query\"", NULL},
        {"all", EVENTS "?query={model:'posts',limit:1001}", NULL, 400, "limit", NULL},
        {"all", EVENTS "?query={model:'nothing'}", NULL, 404, NULL, NULL},
        {"reader", EVENTS "?query={model:'posts',filter:{views:1}}", NULL, 400, "views", NULL},
        {"all", EVENTS "?collection=users", NULL, 404, NULL, NULL},
        {"nothing", EVENTS, NULL, 403, NULL, NULL},
        {"", EVENTS, NULL, 401, NULL, NULL},
    };
    converse(h, calls, COUNTOF(calls));
    house_close(h);
}

static void pending_versions_are_told_to_those_who_see_them(void **state)
{
    static const struct call calls[] = {
        {"editor", EVENTS "?since=0&collection=posts", NULL, 200, "\"verb\":\"draft\"|secret plan", NULL},
        {"site", EVENTS "?since=0&collection=posts", NULL, 200, "\"verb\":\"create\"", "\"draft\"|secret plan"},
    };
    (void)state;
    struct house *h = open_house();
    struct arena *a = arena_open(16u << 10);
    house_people(h, "{roles: {editor: [{collection:'posts', verbs:['read','create','update','publish']}],"
                    " site: [{collection:'posts', verbs:['read'], where:{_state:1}}]}, keys: {editor: {role:'editor'}, site: {role:'site'}}}");
    str id = house_item(h, "posts", "{title:'One', _state:1}");
    const char *headers = arena_cstr(a, arena_format(a, "api-key: " STR_FMT "\nContent-Type: application/json\n", STR_ARG(house_key(h, "editor"))));
    const char *target = arena_cstr(a, arena_format(a, "/api/content/item/posts/" STR_FMT "?perspective=draft", STR_ARG(id)));
    CHECK_INT(rest_request(h->gate, a, "PATCH", target, headers, S("{\"title\":\"secret plan\"}"), NULL)->status, 200);
    converse(h, calls, COUNTOF(calls));
    arena_close(a);
    house_close(h);
}

/* Items are told apart by _id: it is there whatever `fields` says, and nothing else has its name. */
static void a_live_query_shows_ids(void **state)
{
    static const struct { const char *query; int status; } cases[] = {
        {"{model:'posts',fields:'title'}", 200},
        {"{model:'posts',fields:'title,-_id'}", 200},
        {"{model:'posts',fields:'title,key:_id'}", 200},
        {"{model:'posts',fields:{title:1,_id:0}}", 200},
        {"{model:'posts',fields:'_id:title'}", 400},
        {"{model:'posts',fields:'_id:title,-_id'}", 400},
    };
    (void)state;
    struct house *h = open_house();
    str id = house_item(h, "posts", "{title:'A title that is longer than any id may ever be, and then some', views:1, _state:1}");
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        struct arena *a = arena_open(16u << 10);
        const char *headers = arena_cstr(a, arena_format(a, "api-key: " STR_FMT "\nAccept: text/event-stream\n", STR_ARG(house_key(h, "all"))));
        const char *target = arena_cstr(a, arena_format(a, EVENTS "?query=%s", cases[i].query));
        struct fake_exchange *f = rest_glance(h->gate, a, target, headers);
        CHECK_AT(i);
        CHECK_INT(f->status, cases[i].status);
        if (cases[i].status == 200)
            CHECK(str_contains(f->answer, arena_format(a, "\"_id\":\"" STR_FMT "\"", STR_ARG(id))));
        arena_close(a);
    }
    check_row = -1;
    house_close(h);
}

static void other_sites_pages_open_no_stream(void **state)
{
    static const struct { const char *headers; int status; } cases[] = {
        {"", 200}, /* a program */
        {"Host: cms.example\nOrigin: http://cms.example\n", 200},
        {"Host: cms.example\nSec-Fetch-Site: same-origin\n", 200},
        {"Host: cms.example\nOrigin: http://evil.example\n", 403},
        {"Host: cms.example\nOrigin: null\n", 403},
        {"Host: cms.example\nSec-Fetch-Site: cross-site\n", 403},
    };
    static const char *const targets[] = {EVENTS, EVENTS "?query={model:'posts'}"};
    (void)state;
    struct house *h = open_house();
    for (size_t i = 0; i < COUNTOF(cases) * COUNTOF(targets); i++) {
        struct arena *a = arena_open(16u << 10);
        const char *headers = arena_cstr(a, arena_format(a, "api-key: " STR_FMT "\nAccept: text/event-stream\n%s", STR_ARG(house_key(h, "all")), cases[i / 2].headers));
        CHECK_AT(i / 2);
        CHECK_INT(rest_glance(h->gate, a, targets[i % 2], headers)->status, cases[i / 2].status);
        arena_close(a);
    }
    check_row = -1;
    house_close(h);
}

/* Nor do they wait, and they are not told at once what others wait for. */
static void other_sites_pages_do_not_wait(void **state)
{
    static const struct call calls[] = {
        {"all", EVENTS "?since=0&wait=1", "Host: cms.example\nOrigin: http://cms.example\n", 200, "\"change\":\"added\"", NULL},
        {"all", EVENTS "?since=0&wait=1", "Host: cms.example\nOrigin: http://evil.example\n", 403, "of this origin", "events\":"},
        {"all", EVENTS "?since=0", "Host: cms.example\nOrigin: http://evil.example\n", 200, "\"change\":\"added\"", NULL},
    };
    (void)state;
    struct house *h = open_house();
    (void)house_item(h, "posts", "{title:'One'}");
    converse(h, calls, COUNTOF(calls));
    house_close(h);
}

static void a_live_query_has_a_size(void **state)
{
    enum { TEXT = 1u << 20 };
    (void)state;
    struct house *h = open_house();
    struct arena *a = arena_open(4u << 20);
    const char *text = arena_cstr(a, arena_format(a, "{title:'%*s', _state:1}", (int)TEXT - 200, "x"));
    const char *headers = arena_cstr(a, arena_format(a, "api-key: " STR_FMT "\nAccept: text/event-stream\n", STR_ARG(house_key(h, "reader"))));
    for (unsigned i = 0; i < LIMIT_RESPONSE_BYTES / TEXT; i++)
        (void)house_item(h, "posts", text);
    CHECK_INT(rest_glance(h->gate, a, EVENTS "?query={model:'posts',fields:'title'}", headers)->status, 200);
    (void)house_item(h, "posts", text);
    struct fake_exchange *f = rest_glance(h->gate, a, EVENTS "?query={model:'posts',fields:'title'}", headers);
    CHECK_INT(f->status, 413);
    for (unsigned i = 0; i < LIMIT_RESPONSE_BYTES / TEXT; i++) /* more than is gathered */
        (void)house_item(h, "posts", text);
    CHECK_INT(rest_glance(h->gate, a, EVENTS "?query={model:'posts',fields:'title'}", headers)->status, 413);
    arena_close(a);
    house_close(h);
}

/* The client has hung up already: what would wait returns. */
static void nobody_waits_for_a_client_that_is_gone(void **state)
{
    static const char *const targets[] = {EVENTS "?wait=60", EVENTS, EVENTS "?query={model:'posts'}"};
    (void)state;
    struct house *h = open_house();
    for (size_t i = 0; i < COUNTOF(targets); i++) {
        struct arena *a = arena_open(16u << 10);
        const char *headers = arena_cstr(a, arena_format(a, "api-key: " STR_FMT "\nAccept: %s\n", STR_ARG(house_key(h, "all")),
                                                         i == 0 ? "application/json" : "text/event-stream"));
        struct fake_exchange *f = rest_gone(h->gate, a, "GET", targets[i], headers);
        CHECK(f->has_ended || f->status == 0 || f->status == 200);
        arena_close(a);
    }
    house_close(h);
}

static void heads_do_not_wait(void **state)
{
    (void)state;
    struct house *h = open_house();
    struct arena *a = arena_open(16u << 10);
    const char *headers = arena_cstr(a, arena_format(a, "api-key: " STR_FMT "\nAccept: text/event-stream\n", STR_ARG(house_key(h, "all"))));
    struct fake_exchange *f = rest_request(h->gate, a, "HEAD", EVENTS, headers, S(""), NULL);
    CHECK_INT(f->status, 200);
    CHECK_STR(fake_header(f, "content-type"), S("text/event-stream; charset=utf-8"));
    CHECK_STR(fake_header(f, "cache-control"), S("no-store"));
    CHECK(f->has_ended);
    arena_close(a);
    house_close(h);
}

CHECK_MAIN(TEST(what_is_asked_for_is_told), TEST(pending_versions_are_told_to_those_who_see_them), TEST(a_live_query_shows_ids), TEST(a_live_query_has_a_size), TEST(other_sites_pages_open_no_stream), TEST(other_sites_pages_do_not_wait), TEST(nobody_waits_for_a_client_that_is_gone),
           TEST(heads_do_not_wait))
