/* The journal as a collection: who is shown which entries, and what of them (docs/audit.md). */
#include "base/limits.h"
#include "content/journal/audit.h"
#include "tests/support/check.h"
#include "tests/support/house.h"
#include "tests/support/rest.h"

struct call {
    const char *key, *target;
    int status;
    const char *has, *lacks;          /* parts with '|' between them; NULL: none */
};

/* `pay` is nobody's but the administrator's; `mine` is read by rows; of `posts` the auditor reads the title. */
static struct house *open_house(void)
{
    struct house *h = house_open();
    house_model(h, "[{name:'posts', fields:[{name:'title', kind:'text'}, {name:'secret', kind:'text'}]},"
                   " {name:'pay', fields:[{name:'amount', kind:'number'}]},"
                   " {name:'mine', fields:[{name:'title', kind:'text'}]}]");
    house_people(h, "{roles: {auditor: [{collection:'journal', verbs:['read']}, {collection:'posts', verbs:['read'], fields:['title']},"
                    "                   {collection:'mine', verbs:['read'], where:{title:'b'}}],"
                    "         half: [{collection:'journal', verbs:['read'], fields:['seq', 'verb', 'changes']}, {collection:'posts', verbs:['read']}],"
                    "         reader: [{collection:'posts', verbs:['read']}]},"
                    " keys: {auditor: {role:'auditor'}, half: {role:'half'}, reader: {role:'reader'}, root: {role:'admin'}}}");
    str id = house_item(h, "posts", "{title:'One', secret:'hidden-1'}");
    house_update(h, "posts", id, "{title:'Two', secret:'hidden-2'}");
    house_update(h, "posts", id, "{secret:'hidden-3'}");
    house_delete(h, "posts", id);
    (void)house_item(h, "pay", "{amount:4711}");
    (void)house_item(h, "mine", "{title:'a'}");
    return h;
}

static struct fake_exchange *ask(struct house *h, struct arena *a, const char *method, const char *key, const char *target)
{
    const char *headers = arena_cstr(a, arena_format(a, "api-key: " STR_FMT "\n", STR_ARG(house_key(h, key))));
    return rest_request(h->gate, a, method, target, headers, S(""), NULL);
}

static void converse(struct house *h, const struct call *calls, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct arena *a = arena_open(16u << 10);
        struct fake_exchange *f = ask(h, a, "GET", calls[i].key, calls[i].target);
        CHECK_AT(i);
        if (f->status != calls[i].status || !check_has_parts(f->answer, calls[i].has, true) || !check_has_parts(f->answer, calls[i].lacks, false))
            CHECK_SAY("%s %s: " STR_FMT, calls[i].key, calls[i].target, STR_ARG(rest_answer(f)));
        arena_close(a);
    }
    check_row = -1;
}

#define LIST "/api/content/items/journal"
#define GROUPS "/api/content/groups/journal"
#define PIPELINE "/api/content/aggregate/journal?pipeline="

static void an_auditor_sees_what_he_may_read(void **state)
{
    static const struct call calls[] = {
        {"root", LIST "?limit=1000", 200, "hidden-1|hidden-3|4711|\"collection\":\"mine\"", NULL},
        {"auditor", LIST "?limit=1000", 200, "\"title\":\"One\"|\"title\":\"Two\"|\"verb\":\"delete\"", "hidden|4711|\"pay\"|\"mine\"|\"collections\"|secret"},
        {"auditor", LIST "?fields=after", 200, "\"title\":\"Two\"", "hidden|4711|\"collection\":"},
        {"auditor", LIST "?fields=changes&filter={collection:'posts',verb:'update'}", 200,
         "{\"field\":\"title\",\"from\":\"One\",\"to\":\"Two\"}|\"changes\":[]", "hidden|secret|_rev"},
        {"root", LIST "?fields=changes&filter={collection:'posts',verb:'update'}", 200,
         "{\"field\":\"secret\",\"from\":\"hidden-2\",\"to\":\"hidden-3\"}", "_rev|_modified"},
        {"half", LIST "?limit=1000", 200, "{\"field\":\"secret\",\"from\":\"hidden-2\",\"to\":\"hidden-3\"}", "\"after\"|\"who\"|4711"},
        {"auditor", LIST "?filter={collection:'pay'}", 200, "[]", NULL},
        {"auditor", LIST "?filter={$or:[{collection:'pay'},{verb:'create'}]}&count=exact", 200, "\"total\":1,", "pay"},
        {"auditor", LIST "?filter={$nor:[{collection:'posts'}]}&count=exact", 200, "\"total\":0", NULL},
        {"auditor", LIST "?skip=0&limit=1&count=exact", 200, "\"total\":4", NULL},
        {"reader", LIST, 404, NULL, "verb"},
    };
    (void)state;
    struct house *h = open_house();
    converse(h, calls, COUNTOF(calls));
    house_close(h);
}

static void nobody_asks_by_what_he_may_not_see(void **state)
{
    static const struct call calls[] = {
        {"auditor", LIST "?filter={'after.secret':'hidden-1'}", 400, "after", "hidden-1\""},
        {"auditor", LIST "?filter={'before.secret':{$exists:true}}", 400, NULL, NULL},
        {"auditor", LIST "?filter={after:{$exists:true}}", 400, NULL, NULL},
        {"auditor", LIST "?filter={changes:{$exists:true}}", 400, NULL, NULL},
        {"root", LIST "?filter={changes:{$exists:true}}", 400, NULL, NULL},
        {"root", LIST "?filter={'after.secret':'hidden-1'}&fields=after", 200, "hidden-1", NULL},
        {"auditor", LIST "?sort=after", 400, NULL, NULL},
        {"auditor", LIST "?search=hidden", 400, NULL, NULL},
        {"auditor", GROUPS "?groupBy=after&aggregate[count]=*", 400, NULL, NULL},
        {"auditor", GROUPS "?groupBy=verb&aggregate[countDistinct]=after", 400, NULL, NULL},
        {"auditor", GROUPS "?groupBy=verb&aggregate[min]=before", 400, NULL, NULL},
        {"auditor", GROUPS "?groupBy=collection&aggregate[count]=*", 200, "{\"collection\":\"posts\",\"count\":4}", "pay|mine|users"},
        {"auditor", GROUPS "?groupBy=collection,verb,year(at),month(at),day(at)&aggregate[count]=*", 200,
         "\"verb\":\"update\"|\"count\":2", "pay"},
        {"root", GROUPS "?groupBy=collection&aggregate[count]=*", 200, "{\"collection\":\"pay\",\"count\":1}", NULL},
        {"auditor", PIPELINE "[{$group:{_id:'$collection',n:{$sum:1}}}]", 200, "posts", "pay"},
        {"auditor", PIPELINE "[{$project:{s:'$after.secret',t:'$after.title'}}]", 200, "One", "hidden"},
        {"auditor", PIPELINE "[{$match:{'after.secret':'hidden-1'}}]", 400, NULL, NULL},
        {"half", LIST "?filter={who:'x'}", 400, "who", NULL},
    };
    (void)state;
    struct house *h = open_house();
    converse(h, calls, COUNTOF(calls));
    house_close(h);
}

static void redefine(struct house *h, const char *name, const char *item)
{
    house_update(h, "collections", house_find(h, h->arena, "collections", "name", name), item);
}

/* A name that becomes free is another one's. */
static void names_are_those_of_their_time(void **state)
{
    static const struct call calls[] = {
        {"auditor", LIST "?limit=1000", 200, "open-1|open-2|\"title\":\"now\"|\"headline\":\"Two\"", "hidden|4711|secret-was"},
        {"root", LIST "?limit=1000", 200, "hidden-1|4711|open-1", NULL},
        {"auditor", LIST "?filter={collection:'pay'}&count=exact&limit=9", 200, "\"total\":1", "4711"},
        {"auditor", "/api/events?since=0&limit=1000", 200, "open-1|open-2|\"headline\":\"One\"|\"title\":\"now\"", "hidden|4711|\"title\":\"One\""},
    };
    (void)state;
    struct house *h = open_house();
    (void)house_item(h, "posts", "{title:'Two', secret:'hidden-5'}");
    redefine(h, "posts", "{definition:{name:'posts', fields:[{name:'headline', was:'title', kind:'text'}, {name:'private', was:'secret', kind:'text'}]}}");
    redefine(h, "pay", "{name:'wages', definition:{name:'wages', was:'pay', fields:[{name:'amount', kind:'number'}]}}");
    (void)house_item(h, "posts", "{headline:'Two', private:'hidden-6'}");
    redefine(h, "posts", "{definition:{name:'posts', fields:[{name:'headline', kind:'text'}, {name:'private', kind:'text'},"
                         " {name:'secret', kind:'text', id:77}, {name:'title', kind:'text', id:78}]}}");
    house_model(h, "[{name:'pay', fields:[{name:'amount', kind:'number'}, {name:'note', kind:'text'}]}]");
    house_people(h, "{roles: {auditor: [{collection:'journal', verbs:['read']}, {collection:'posts', verbs:['read'], fields:['headline', 'secret', 'title']},"
                    " {collection:'pay', verbs:['read']}]}}");
    (void)house_item(h, "posts", "{secret:'open-1', private:'hidden-7', title:'now'}");
    (void)house_item(h, "pay", "{note:'open-2'}");
    converse(h, calls, COUNTOF(calls));
    house_close(h);
}

#define EXPORT "/api/content/export/"

static void exports_are_listings(void **state)
{
    static const struct call calls[] = {
        {"auditor", EXPORT "journal", 200, "\"title\":\"One\"|\"title\":\"Two\"|}\n{", "hidden|4711|\"pay\"|\"mine\"|secret"},
        {"auditor", EXPORT "journal?format=csv", 200, "_id,|,seq,tx,at,who,|\r\n|\"\"title\"\":\"\"One\"\"|posts", "hidden|4711|pay|mine|secret"},
        {"auditor", EXPORT "journal?format=csv&fields=verb,changes&filter={collection:'posts',verb:'update'}", 200,
         "_id,verb,changes\r\n|,update,\"[{\"\"field\"\":\"\"title\"\",\"\"from\"\":\"\"One\"\",\"\"to\"\":\"\"Two\"\"}]\"\r\n|,update,[]\r\n", "hidden"},
        {"half", EXPORT "journal?format=csv", 200, "seq,verb,changes\r\n|hidden-3", "after|who|4711"},
        {"auditor", EXPORT "journal?filter={'after.secret':'hidden-1'}", 400, NULL, NULL},
        {"auditor", EXPORT "journal?sort=before", 400, NULL, NULL},
        {"auditor", EXPORT "journal?format=xml", 400, "\"pointer\":\"format\"", NULL},
        {"auditor", EXPORT "journal?limit=1", 400, "\"pointer\":\"limit\"", NULL},
        {"auditor", EXPORT "journal?populate=1", 400, "\"pointer\":\"populate\"", NULL},
        {"auditor", EXPORT "pay", 404, NULL, NULL},
        {"reader", EXPORT "journal", 404, NULL, "verb"},
        {"root", EXPORT "mine?fields=title&format=csv&sort=title", 200,
         ",\"'=1+1\"|,\"'@x\"|,\"'+49\"|,\"'\t9\"|,\"'-1\"|,\"a,\"\"b\"\"\"|,a\r\n|,\"two\nlines\"\r\n", NULL},
    };
    (void)state;
    struct house *h = open_house();
    (void)house_item(h, "mine", "{title:'=1+1'}");
    (void)house_item(h, "mine", "{title:'@x'}");
    (void)house_item(h, "mine", "{title:'+49'}");
    (void)house_item(h, "mine", "{title:'\\t9'}");
    (void)house_item(h, "mine", "{title:'-1'}");
    (void)house_item(h, "mine", "{title:'a,\"b\"'}");
    (void)house_item(h, "mine", "{title:'two\\nlines'}");
    converse(h, calls, COUNTOF(calls));
    house_close(h);
}

/* Pages follow each other without a gap, whether they end by number or by size. */
static void exports_have_every_row(void **state)
{
    (void)state;
    struct house *h = open_house();
    struct buf big;
    buf_init(&big, h->arena, 1u << 20);
    buf_add(&big, S("{title:'"));
    for (unsigned i = 0; i < 300000; i++)
        buf_byte(&big, 'x');
    buf_add(&big, S("'}"));
    for (unsigned i = 0; i < 9; i++)
        (void)house_item(h, "mine", arena_cstr(h->arena, buf_str(&big)));
    for (unsigned i = 0; i < LIMIT_ROWS + 5; i++)
        (void)house_item(h, "pay", "{amount:1}");
    static const struct {
        const char *target;
        size_t rows;
    } cases[] = {{EXPORT "mine?fields=title", 10}, {EXPORT "pay", LIMIT_ROWS + 6}, {EXPORT "pay?sort=-amount", LIMIT_ROWS + 6}};
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        struct arena *a = arena_open(64u << 10);
        struct fake_exchange *f = ask(h, a, "GET", "root", cases[i].target);
        CHECK_AT(i);
        CHECK_INT(f->status, 200);
        CHECK_INT(check_lines(f->answer), cases[i].rows);
        CHECK(f->has_ended);
        arena_close(a);
    }
    check_row = -1;
    house_close(h);
}

static void the_administrator_verifies(void **state)
{
    static const struct {
        const char *key, *body;
        int status;
        const char *has, *lacks;
    } cases[] = {
        {"root", "", 200, "\"ok\":true|\"first\":1|\"next\":null|\"chained_from\":1", "finding"},
        {"root", "{\"after\":5}", 200, "\"ok\":true|\"first\":6,", "finding"},
        {"root", "{\"after\":999999}", 400, "There is no entry 999999", NULL},
        {"root", "{\"after\":-1}", 400, "/after", NULL},
        {"root", "{\"before\":1}", 422, "before", NULL},
        {"auditor", "", 403, NULL, "first"},
        {"reader", "", 404, NULL, "first"},
    };
    (void)state;
    struct house *h = open_house();
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        struct arena *a = arena_open(16u << 10);
        const char *headers = arena_cstr(a, arena_format(a, "Content-Type: application/json\napi-key: " STR_FMT "\n", STR_ARG(house_key(h, cases[i].key))));
        struct fake_exchange *f = rest_request(h->gate, a, "POST", "/api/journal/verify", headers, str_of(cases[i].body), NULL);
        CHECK_AT(i);
        if (f->status != cases[i].status || !check_has_parts(f->answer, cases[i].has, true) || !check_has_parts(f->answer, cases[i].lacks, false))
            CHECK_SAY(STR_FMT, STR_ARG(rest_answer(f)));
        arena_close(a);
    }
    check_row = -1;
    house_close(h);
}

/* A condition for each name that a collection had, not for each time that its fields changed: there are thousands of those. */
static void changes_of_the_model_make_no_conditions(void **state)
{
    (void)state;
    struct house *h = open_house();
    struct arena *a = arena_open(16u << 10);
    struct vars vars = {0};
    size_t before = 0;
    for (unsigned i = 0; i < 3; i++) {
        const struct principal *who = house_who(h, a, house_key(h, "reader"));
        const struct filter *f = audit_reach(a, who->rights, &vars, model_find(who->rights->model, S("journal")));
        if (i == 0)
            before = f->child_count;
        CHECK(f->node == FILTER_OR && f->child_count > 0);
        CHECK_INT((int)f->child_count, (int)before);
        redefine(h, "posts", arena_cstr(a, arena_format(a, "{definition:{name:'posts', fields:[{name:'title', kind:'text'}, {name:'secret', kind:'text'},"
                                                           " {name:'more', label:'%u', kind:'text'}%s]}}", i, i ? ", {name:'again', kind:'text'}" : "")));
    }
    arena_close(a);
    house_close(h);
}

CHECK_MAIN(TEST(an_auditor_sees_what_he_may_read), TEST(nobody_asks_by_what_he_may_not_see), TEST(names_are_those_of_their_time),
           TEST(exports_are_listings), TEST(exports_have_every_row), TEST(the_administrator_verifies),
           TEST(changes_of_the_model_make_no_conditions))
