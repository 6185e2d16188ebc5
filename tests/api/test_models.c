/* Models over the API: planned, applied together, renamed without loss. */
#include "roles/internal.h"
#include "tests/support/check.h"
#include "tests/support/stand.h"

#define PLAN  "/api/content/models/plan"
#define APPLY "/api/content/models/apply"

static struct stand *stand;
static struct arena *arena;

static const struct json *ask(const char *method, const char *target, const char *json, int status)
{
    struct fake_exchange *f = stand_ask(stand, arena, method, target, stand->admin, json);
    if (f->status != status)
        CHECK_SAY("%s %s %s: %d, wanted %d: " STR_FMT, method, target, json ? json : "", f->status, status, STR_ARG(f->answer));
    return stand_json(arena, f);
}

static str text_at(const struct json *v, const char *pointer)
{
    const struct json *at = json_at(v, str_of(pointer));
    return at ? json_print(arena, at) : S("(absent)");
}

static void begin(void)
{
    stand = stand_open();
    arena = arena_open(1u << 16);
}

static void end(void)
{
    arena_close(arena);
    stand_close(stand);
}

static void a_plan_counts_and_changes_nothing(void **state)
{
    (void)state;
    begin();
    ask("POST", APPLY, "{definitions:[{name:'seo',shape:'component',fields:[{name:'a',kind:'text'},{name:'b',kind:'text'}]},"
        "{name:'hero',shape:'component',fields:[{name:'h',kind:'text'},{name:'seo',kind:'component',of:'seo'}]},"
        "{name:'p',fields:[{name:'t',kind:'text'},{name:'n',kind:'number'},{name:'g',kind:'tags'},{name:'k',kind:'secret'},"
        "{name:'s',kind:'set',fields:[{name:'x',kind:'text'},{name:'y',kind:'text'}]},{name:'z',kind:'blocks',of:['hero','seo']}]}]}", 200);
    for (int i = 0; i < 5; i++)
        ask("POST", "/api/content/item/p", i < 3 ? "{data:{t:'x',n:1,k:'kkk',g:['a','b'],s:{x:'1',y:'2'},z:[{_component:'hero',h:'1',seo:{a:'1',b:'2'}},{_component:'seo',a:'1'}]}}"
                                                 : "{data:{t:'x',g:['a'],s:{y:'1'},z:[{_component:'hero',h:'1',seo:{a:'1'}}]}}", 200);
    static const struct {
        const char *body, *pointer, *wanted;
    } rows[] = {
        {"{definitions:[]}", "/steps", "[]"},
        {"{drop:['p']}", "/steps/0", "{\"step\":\"drop-collection\",\"collection\":\"p\",\"text\":\"p is dropped with all its items\",\"rows\":5,\"values_lost\":5,\"loses\":true}"},
        {"{drop:['p']}", "/loses", "true"},
        {"{definitions:[{name:'hero',shape:'component',fields:[{name:'h',kind:'text'},{name:'seo',kind:'component',of:'seo'},{name:'new',kind:'text'}]}]}", "/loses", "false"},
        /* Inside components of blocks: three items have b there. */
        {"{definitions:[{name:'seo',shape:'component',fields:[{name:'a',kind:'text'}]}]}", "/steps/0/values_lost", "3"},
        {"{definitions:[{name:'seo',shape:'component',fields:[{name:'a',kind:'text'}]}]}", "/steps/0/step", "\"move-members\""},
        {"{definitions:[{name:'q',fields:[{name:'t',kind:'text'}]}]}", "/steps/0/step", "\"add-collection\""},
    };
    str before = stand_dump(stand, arena);
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        CHECK_STR(text_at(ask("POST", PLAN, rows[i].body, 200), rows[i].pointer), str_of(rows[i].wanted));
    }
    /* One field after the other goes. */
    static const struct {
        const char *fields, *lost;
    } gone[] = {
        {"{name:'t',kind:'text'},{name:'g',kind:'tags'},{name:'k',kind:'secret'},{name:'s',kind:'set',fields:[{name:'x',kind:'text'},{name:'y',kind:'text'}]},{name:'z',kind:'blocks',of:['hero','seo']}", "3"},
        {"{name:'t',kind:'text'},{name:'n',kind:'number'},{name:'g',kind:'tags'},{name:'s',kind:'set',fields:[{name:'x',kind:'text'},{name:'y',kind:'text'}]},{name:'z',kind:'blocks',of:['hero','seo']}", "3"},
        {"{name:'t',kind:'text'},{name:'n',kind:'number'},{name:'g',kind:'tags'},{name:'k',kind:'secret'},{name:'s',kind:'set',fields:[{name:'y',kind:'text'}]},{name:'z',kind:'blocks',of:['hero','seo']}", "3"},
        {"{name:'t',kind:'text'},{name:'n',kind:'number'},{name:'g',kind:'tags'},{name:'k',kind:'secret'},{name:'s',kind:'set',fields:[{name:'x',kind:'text'},{name:'y',kind:'text'}]},{name:'z',kind:'blocks',of:['seo']}", "5"},
        {"{name:'t',kind:'text'},{name:'n',kind:'number'},{name:'g',kind:'text'},{name:'k',kind:'secret'},{name:'s',kind:'set',fields:[{name:'x',kind:'text'},{name:'y',kind:'text'}]},{name:'z',kind:'blocks',of:['hero','seo']}", "3"},
    };
    for (size_t i = 0; i < COUNTOF(gone); i++) {
        CHECK_AT(100 + i);
        const char *body = arena_cstr(arena, arena_format(arena, "{definitions:[{name:'p',fields:[%s]}]}", gone[i].fields));
        const struct json *plan = ask("POST", PLAN, body, 200);
        CHECK_STR(text_at(plan, "/steps/0/values_lost"), str_of(gone[i].lost));
        CHECK_STR(text_at(plan, "/loses"), S("true"));
        CHECK_STR(text_at(ask("POST", APPLY, body, 409), "/errors/0/code"), S("\"loses-data\""));
    }
    CHECK_STR(stand_dump(stand, arena), before);
    end();
}

static void what_the_database_would_refuse_is_told(void **state)
{
    (void)state;
    begin();
    ask("POST", APPLY, "{definitions:[{name:'p',fields:[{name:'t',kind:'text'}]}]}", 200);
    ask("POST", "/api/content/item/p", "{data:{t:'x'}}", 200);
    ask("POST", "/api/content/item/p", "{data:{t:'x'}}", 200);
    const char *unique = "{definitions:[{name:'p',fields:[{name:'t',kind:'text',unique:true}]},{name:'q',fields:[]}]}";
    str before = stand_dump(stand, arena);
    CHECK(json_at(ask("POST", PLAN, unique, 200), S("/fails/detail")) != NULL);
    ask("POST", APPLY, unique, 409);
    CHECK_STR(stand_dump(stand, arena), before); /* not the other one either */
    end();
}

static void definitions_come_together(void **state)
{
    (void)state;
    begin();
    const struct json *done = ask("POST", APPLY, "{definitions:[{name:'a',fields:[{name:'b',kind:'ref',to:'b'}]},{name:'b',fields:[{name:'a',kind:'ref',to:'a',many:true}]}]}", 200);
    CHECK_STR(text_at(done, "/applied"), S("true"));
    /* Names are swapped; a third comes, one goes. */
    ask("POST", "/api/content/item/a", "{data:{}}", 200);
    ask("POST", APPLY, "{definitions:[{name:'c',was:'a',fields:[{name:'b',kind:'ref',to:'b'},{name:'t',kind:'text'}]}]}", 200);
    CHECK_STR(text_at(ask("GET", "/api/content/models/b", NULL, 200), "/fields/0/to"), S("\"c\""));
    CHECK_INT(ask("GET", "/api/content/items/c", NULL, 200)->count, 1);
    static const struct {
        const char *body;
        int status;
        const char *pointer, *code;
    } refused[] = {
        {"{definitions:[{name:'d',fields:[]},{name:'e',fields:[{name:'x',kind:'txt'}]}]}", 422, "/definitions/1/fields/0/kind", "unknown-kind"},
        {"{definitions:[{name:'d',fields:[]},{fields:[]}]}", 422, "/definitions/1/name", "required"},
        {"{definitions:[{name:'d',fields:[]},{name:'d',fields:[]}]}", 422, "/definitions/1/name", "duplicate"},
        {"{definitions:[{name:'users',fields:[]}]}", 422, "/definitions/0/name", "reserved"},
        {"{definitions:[{name:'roles',system:true,fields:[]}]}", 422, "/definitions/0/system", "locked"},
        {"{drop:['b']}", 422, "/drop/0", "unknown-collection"},
        {"{drop:['nope']}", 422, "/drop/0", "unknown-collection"},
        {"{drop:[1]}", 422, "/drop", "type"},
        {"{definitions:{}}", 422, "/definitions", "type"},
        {"{definitions:[],more:1}", 422, "/more", "unknown-field"},
    };
    str before = stand_dump(stand, arena);
    for (size_t i = 0; i < COUNTOF(refused); i++) {
        CHECK_AT(i);
        for (int both = 0; both < 2; both++) {
            const struct json *answer = ask("POST", both ? APPLY : PLAN, refused[i].body, refused[i].status);
            CHECK_STR(text_at(answer, "/errors/0/pointer"), arena_format(arena, "\"%s\"", refused[i].pointer));
            CHECK_STR(text_at(answer, "/errors/0/code"), arena_format(arena, "\"%s\"", refused[i].code));
        }
    }
    CHECK_STR(stand_dump(stand, arena), before);
    CHECK_INT(stand_ask(stand, arena, "POST", PLAN, (str){0}, "{definitions:[]}")->status, 401);
    end();
}

static void a_stale_plan_is_refused(void **state)
{
    (void)state;
    begin();
    const struct json *plan = ask("POST", PLAN, "{definitions:[{name:'p',fields:[]}]}", 200);
    str model = text_at(plan, "/model");
    ask("POST", APPLY, arena_cstr(arena, arena_format(arena, "{definitions:[{name:'p',fields:[]}],model:" STR_FMT "}", STR_ARG(model))), 200);
    ask("POST", APPLY, arena_cstr(arena, arena_format(arena, "{definitions:[{name:'q',fields:[]}],model:" STR_FMT "}", STR_ARG(model))), 412);
    ask("GET", "/api/content/models/q", NULL, 404);
    end();
}

static str secret_of(const char *collection, const char *field, str id)
{
    struct problem why = {.arena = arena};
    struct gate *g = stand->house->gate;
    const struct principal *who = principal_system(g, arena, SYSTEM_COMMAND);
    const struct collection *c = model_find(principal_model(who), str_of(collection));
    str plain = {0};
    CHECK_PROBLEM(content_secret(g->content, c, id, collection_field(c, str_of(field)), arena, &plain, &why), ERR_OK, &why);
    return plain;
}

static void secrets_go_along(void **state)
{
    (void)state;
    begin();
    ask("POST", APPLY, "{definitions:[{name:'p',fields:[{name:'k',kind:'secret'},{name:'w',kind:'password'},{name:'n',kind:'number'}]}]}", 200);
    const struct json *item = ask("POST", "/api/content/item/p", "{data:{k:'open sesame',w:'a long password',n:1}}", 200);
    str id = json_get(item, S("_id"))->text, hash = secret_of("p", "w", id);
    ask("POST", APPLY, "{definitions:[{name:'q',was:'p',fields:[{name:'kk',was:'k',kind:'secret'},{name:'w',kind:'password'},{name:'n',kind:'number'}]}]}", 200);
    CHECK_STR(secret_of("q", "kk", id), S("open sesame"));
    CHECK_STR(secret_of("q", "w", id), hash);
    /* And when the table is copied on the way. */
    ask("POST", APPLY, "{definitions:[{name:'r',was:'q',fields:[{name:'k',was:'kk',kind:'secret'},{name:'w',kind:'password'},{name:'n',kind:'text'}]}]}", 200);
    CHECK_STR(secret_of("r", "k", id), S("open sesame"));
    CHECK_STR(secret_of("r", "w", id), hash);
    end();
}

static uint32_t id_of(const char *collection, const char *field)
{
    const struct principal *who = principal_system(stand->house->gate, arena, SYSTEM_COMMAND);
    const struct field *f = collection_field(model_find(principal_model(who), str_of(collection)), str_of(field));
    NEED(f != NULL);
    return f->id;
}

static void fields_keep_their_numbers(void **state)
{
    (void)state;
    static const char *const fields[] = {"{name:'b',was:'a',kind:'text'}", "{name:'b',kind:'text'}", "{name:'c',was:'b',kind:'text'}",
                                         "{name:'c',was:'b',kind:'text'},{name:'a',kind:'text'}", "{name:'d',was:'c',kind:'text'},{name:'a',kind:'text'}"};
    static const char *const names[] = {"b", "b", "c", "c", "d"};
    begin();
    ask("POST", APPLY, "{definitions:[{name:'p',fields:[{name:'a',kind:'text'}]}]}", 200);
    ask("POST", "/api/content/item/p", "{data:{a:'x'}}", 200);
    uint32_t id = id_of("p", "a");
    for (size_t i = 0; i < COUNTOF(fields); i++) {
        CHECK_AT(i);
        ask("POST", APPLY, arena_cstr(arena, arena_format(arena, "{definitions:[{name:'p',fields:[%s]}]}", fields[i])), 200);
        CHECK_INT(id_of("p", names[i]), id);
        CHECK_STR(text_at(ask("GET", "/api/content/items/p", NULL, 200), arena_cstr(arena, arena_format(arena, "/0/%s", names[i]))), S("\"x\""));
    }
    CHECK(id_of("p", "a") != id);
    end();
}

static void grants_that_go_are_told(void **state)
{
    (void)state;
    begin();
    ask("POST", APPLY, "{definitions:[{name:'p',fields:[{name:'a',kind:'text'},{name:'b',kind:'text'}]}]}", 200);
    const struct json *role = ask("POST", "/api/content/item/roles", "{data:{name:'reads'}}", 200);
    str id = json_get(role, S("_id"))->text;
    ask("POST", "/api/content/item/grants", arena_cstr(arena, arena_format(arena, "{data:{role:'" STR_FMT "',collection:'p',verbs:['read'],where:{a:'x'}}}", STR_ARG(id))), 200);
    const struct json *plan = ask("POST", PLAN, "{definitions:[{name:'p',fields:[{name:'b',kind:'text'}]}]}", 200);
    CHECK_STR(text_at(plan, "/breaks/0/what"), S("\"grant\""));
    CHECK_STR(text_at(plan, "/breaks/0/gone"), S("true"));
    plan = ask("POST", PLAN, "{definitions:[{name:'p',fields:[{name:'aa',was:'a',kind:'text'},{name:'b',kind:'text'}]}]}", 200);
    CHECK_STR(text_at(plan, "/breaks/0/gone"), S("false"));
    plan = ask("POST", PLAN, "{definitions:[{name:'p',fields:[{name:'a',kind:'text'}]}]}", 200);
    CHECK_STR(text_at(plan, "/breaks"), S("[]"));
    end();
}

/* In other languages, and in what is not published yet, too. */
static void translations_and_pending_versions_follow(void **state)
{
    (void)state;
    begin();
    ask("POST", "/api/content/item/locales", "{data:{code:'en',name:'English',enabled:true,standard:true}}", 200);
    ask("POST", "/api/content/item/locales", "{data:{code:'de',name:'Deutsch',enabled:true}}", 200);
    ask("POST", APPLY, "{definitions:[{name:'hero',shape:'component',fields:[{name:'h',kind:'text'}]},"
        "{name:'p',fields:[{name:'t',kind:'text'},{name:'s',kind:'blocks',of:['hero'],localized:true}]}]}", 200);
    const struct json *item = ask("POST", "/api/content/item/p", "{data:{t:'t',s:[{_component:'hero',h:'one'}]}}", 200);
    str id = json_get(item, S("_id"))->text;
    const char *one = arena_cstr(arena, arena_format(arena, "/api/content/item/p/" STR_FMT, STR_ARG(id)));
    const char *german = arena_cstr(arena, arena_format(arena, "%s?locale=de", one));
    const char *draft = arena_cstr(arena, arena_format(arena, "%s?perspective=draft", one)), *seen = arena_cstr(arena, arena_format(arena, "%s?perspective=draft", one));
    ask("PATCH", german, "{s:[{_component:'hero',h:'eins'}]}", 200);
    ask("PATCH", draft, "{s:[{_component:'hero',h:'two'}]}", 200);
    ask("POST", APPLY, "{definitions:[{name:'big',was:'hero',shape:'component',fields:[{name:'hh',was:'h',kind:'text'}]}]}", 200);
    CHECK_STR(text_at(ask("GET", one, NULL, 200), "/s"), S("[{\"_component\":\"big\",\"hh\":\"one\"}]"));
    CHECK_STR(text_at(ask("GET", german, NULL, 200), "/s"), S("[{\"_component\":\"big\",\"hh\":\"eins\"}]"));
    CHECK_STR(text_at(ask("GET", seen, NULL, 200), "/s"), S("[{\"_component\":\"big\",\"hh\":\"two\"}]"));
    end();
}

/* The index of words knows what a conversion and a lost member left behind, and goes on from there. */
static void searches_find_what_is_there(void **state)
{
    static const struct {
        const char *word;
        uint32_t before, after, later;
    } rows[] = {{"alpha", 1, 1, 0}, {"beta", 1, 0, 0}, {"kept", 1, 1, 1}, {"gone", 1, 0, 0}, {"gamma", 0, 0, 1}};
    (void)state;
    begin();
    ask("POST", APPLY, "{definitions:[{name:'hero',shape:'component',fields:[{name:'h',kind:'text'},{name:'g',kind:'text'}]},"
        "{name:'p',fields:[{name:'t',kind:'tags'},{name:'s',kind:'blocks',of:['hero'],search:true}]}]}", 200);
    const struct json *item = ask("POST", "/api/content/item/p", "{data:{t:['alpha','beta'],s:[{_component:'hero',h:'kept',g:'gone'}]}}", 200);
    const char *one = arena_cstr(arena, arena_format(arena, "/api/content/item/p/" STR_FMT, STR_ARG(json_get(item, S("_id"))->text)));
    for (int round = 0; round < 3; round++) {
        if (round == 1)
            ask("POST", APPLY, "{allow_loss:true,definitions:[{name:'hero',shape:'component',fields:[{name:'h',kind:'text'}]},"
                "{name:'p',fields:[{name:'t',kind:'text'},{name:'s',kind:'blocks',of:['hero'],search:true}]}]}", 200);
        if (round == 2)
            ask("PATCH", one, "{t:'gamma'}", 200);
        for (size_t i = 0; i < COUNTOF(rows); i++) {
            CHECK_AT(100 * round + (int)i);
            const char *target = arena_cstr(arena, arena_format(arena, "/api/content/items/p?search=%s", rows[i].word));
            CHECK_INT(ask("GET", target, NULL, 200)->count, round == 0 ? rows[i].before : round == 1 ? rows[i].after : rows[i].later);
        }
    }
    end();
}

static void documents_follow_a_component(void **state)
{
    (void)state;
    begin();
    ask("POST", APPLY, "{definitions:[{name:'hero',shape:'component',fields:[{name:'h',kind:'text',required:true}]},"
        "{name:'p',fields:[{name:'t',kind:'text',required_if:{s:{$exists:true}}},{name:'s',kind:'blocks',of:['hero']}]}]}", 200);
    CHECK_STR(text_at(ask("POST", "/api/content/item/p", "{data:{s:[{_component:'hero'}]}}", 422), "/errors/0/pointer"), S("\"/data/s/0/h\""));
    CHECK_STR(text_at(ask("POST", "/api/content/item/p", "{data:{s:[{_component:'hero',h:'x'}]}}", 422), "/errors/0/pointer"), S("\"/data/t\""));
    const struct json *item = ask("POST", "/api/content/item/p", "{data:{t:'t',s:[{__component:'a.hero',h:'x'}]}}", 200);
    const char *one = arena_cstr(arena, arena_format(arena, "/api/content/item/p/" STR_FMT, STR_ARG(json_get(item, S("_id"))->text)));
    CHECK_STR(text_at(ask("PATCH", one, "{t:null}", 422), "/errors/0/pointer"), S("\"/t\""));
    ask("PATCH", one, "{t:null,s:null}", 200);
    ask("PATCH", one, "{t:'t',s:[{_component:'hero',h:'x'}]}", 200);
    ask("POST", APPLY, "{definitions:[{name:'big',was:'hero',shape:'component',fields:[{name:'hh',was:'h',kind:'text'}]}]}", 200);
    CHECK_STR(text_at(ask("GET", one, NULL, 200), "/s"), S("[{\"_component\":\"big\",\"hh\":\"x\"}]"));
    CHECK_STR(text_at(ask("GET", "/api/content/models/p", NULL, 200), "/components/0/name"), S("\"big\""));
    CHECK_INT(ask("GET", "/api/content/items/p?filter={\"s.hh\":\"x\"}", NULL, 200)->count, 1);
    ask("GET", "/api/content/items/big", NULL, 404);
    end();
}

CHECK_MAIN(TEST(a_plan_counts_and_changes_nothing), TEST(what_the_database_would_refuse_is_told), TEST(definitions_come_together),
           TEST(a_stale_plan_is_refused), TEST(secrets_go_along), TEST(fields_keep_their_numbers), TEST(grants_that_go_are_told),
           TEST(documents_follow_a_component), TEST(translations_and_pending_versions_follow),
           TEST(searches_find_what_is_there))
