#include "tests/support/check.h"
#include "tests/support/model_text.h"

#include "content/change/change.h"

#define ID_A "aaaaaaaaaaaaaaaaaaaaaaaa"
#define ID_B "bbbbbbbbbbbbbbbbbbbbbbbb"

static const char model_text[] =
    "[{name:'posts',fields:[{name:'title',kind:'text'},{name:'data',kind:'object'},"
    "  {name:'seo',kind:'set',fields:[{name:'a',kind:'text'},{name:'b',kind:'object'}]},"
    "  {name:'rows',kind:'set',many:true,fields:[{name:'a',kind:'text'}]}]},"
    " {name:'pages',shape:'tree',fields:[{name:'title',kind:'text'}]}]";

struct bench {
    struct arena *arena;
    const struct model *model;
    struct problem why;
};

static struct bench bench_open(void)
{
    struct bench b = {.arena = arena_open(4096)};
    NEED(model_of(b.arena, model_text, true, &b.model, &b.why) == ERR_OK);
    b.why = (struct problem){.arena = b.arena};
    return b;
}

/* What was set, in model order, as {"name":value}; ids as "_id". */
static str set_text(struct arena *a, const struct change *c)
{
    struct json *members = NEW_N(a, struct json, c->in->field_count + 1);
    size_t count = 0;
    if (!str_is_absent(c->id))
        members[count++] = json_named(S("_id"), json_of_text(c->id));
    for (size_t i = 0; i < c->in->field_count; i++) {
        if (field_set_has(&c->set, i))
            members[count++] = json_named(c->in->fields[i].name, c->values[i]);
    }
    struct json map = json_of_map(members, count);
    return json_print(a, &map);
}

static void items_become_changes_or_faults(void **state)
{
    (void)state;
    static const struct {
        const char *collection;
        enum op op;
        const char *id, *item, *set, *faults;
    } rows[] = {
        {"posts", OP_CREATE, NULL, "{title:'x'}", "{title:'x'}", ""},
        {"posts", OP_CREATE, NULL, "{}", "{}", ""},
        {"posts", OP_CREATE, NULL, "{title:null}", "{title:null}", ""},
        {"posts", OP_CREATE, NULL, "[]", "{}", "/data type: An item must be an object\n"},
        {"posts", OP_CREATE, NULL, "{_id:'" ID_A "',title:'x'}", "{_id:'" ID_A "',title:'x'}", ""},
        {"posts", OP_CREATE, NULL, "{_id:null}", "{}", ""},
        {"posts", OP_CREATE, NULL, "{_id:'x'}", "{}",
         "/data/_id format: _id must be 24 hexadecimal digits in lower case\n"},
        {"posts", OP_UPDATE, ID_A, "{_id:'" ID_A "'}", "{_id:'" ID_A "'}", ""},
        {"posts", OP_UPDATE, ID_A, "{_id:'" ID_B "'}", "{_id:'" ID_A "'}", "/data/_id locked: _id cannot be changed\n"},
        {"posts", OP_UPDATE, NULL, "{_id:'" ID_B "'}", "{_id:'" ID_B "'}", ""},
        {"posts", OP_CREATE, NULL, "{titel:'x','a/b':1}", "{}",
         "/data/titel unknown-field: There is no field titel\n/data/a~1b unknown-field: There is no field a/b\n"},
        {"posts", OP_CREATE, NULL, "{_secret:1}", "{}", "/data/_secret unknown-field: There is no field _secret\n"},
        {"posts", OP_UPDATE, ID_A,
         "{_created:1,_modified:'x',_cby:null,_mby:2,_rev:9,_model:'posts',_children:[],_pid:'x',_o:'y',title:'t'}",
         "{_id:'" ID_A "',title:'t'}", ""},
        {"posts", OP_CREATE, NULL, "{_state:-1}", "{_state:-1}", ""},
        {"posts", OP_CREATE, NULL, "{_state:null}", "{}", ""},
        {"posts", OP_CREATE, NULL, "{_state:2}", "{}",
         "/data/_state options: _state must be 1 (published), 0 (draft) or -1 (archived)\n"},
        {"posts", OP_CREATE, NULL, "{_state:'1'}", "{}", "/data/_state type: _state must be a whole number, not text\n"},
        {"pages", OP_CREATE, NULL, "{_pid:'" ID_A "',_o:3}", "{_pid:'" ID_A "',_o:3}", ""},
        {"pages", OP_UPDATE, ID_B, "{_pid:null,_o:null}", "{_id:'" ID_B "',_pid:null}", ""},
        {"pages", OP_CREATE, NULL, "{_pid:{_model:'pages',_id:'" ID_A "'}}", "{_pid:'" ID_A "'}", ""},
        {"pages", OP_CREATE, NULL, "{_pid:'up',_o:1.5}", "{}",
         "/data/_pid format: _pid must be an id of 24 hexadecimal digits in lower case\n"
         "/data/_o integer: _o must be a whole number\n"},
        {"users", OP_UPDATE, ID_A, "{last_login_at:'2026-11-21 10:00',name:'Ada'}", "{_id:'" ID_A "',name:'Ada'}",
         "/data/last_login_at locked: last_login_at is written by the server\n"},
        {"sessions", OP_CREATE, NULL, "{token:'x'}", "{}", "/data/token locked: token is written by the server\n"},
    };
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct bench b = bench_open();
        struct change c = {.op = rows[i].op, .id = str_of(rows[i].id)};
        CHECK_AT(i);
        enum err e = change_read(b.arena, model_find(b.model, str_of(rows[i].collection)),
                                 json_of(b.arena, rows[i].item), S("/data"), &c, &b.why);
        CHECK_ERR(e, rows[i].faults[0] ? ERR_INVALID : ERR_OK);
        CHECK_STR(faults_text(b.arena, &b.why), str_of(rows[i].faults));
        CHECK_STR(set_text(b.arena, &c), json_print(b.arena, json_of(b.arena, rows[i].set)));
        arena_close(b.arena);
    }
}

static void merge_patches_reach_into_deep_fields(void **state)
{
    (void)state;
    static const struct {
        const char *present, *patch, *set;
    } rows[] = {
        {"{data:{a:1,b:{c:2,d:3}}}", "{data:{b:{c:null,e:4}}}", "{data:{a:1,b:{d:3,e:4}}}"},
        {"{data:{a:[1,2]}}", "{data:{a:[3]}}", "{data:{a:[3]}}"},
        {"{data:[1]}", "{data:{a:1}}", "{data:{a:1}}"},
        {"{data:null}", "{data:{a:{b:null,c:1}}}", "{data:{a:{c:1}}}"},
        {"{}", "{data:{a:1}}", "{data:{a:1}}"},
        {"{data:{a:1}}", "{data:7}", "{data:7}"},
        {"{data:{a:1}}", "{data:null}", "{data:null}"},
        {"{title:'x',data:{a:1}}", "{title:'y'}", "{title:'y'}"},
        {"{seo:{a:'x',b:{c:1}}}", "{seo:{b:{d:2}}}", "{seo:{a:'x',b:{c:1,d:2}}}"},
        {"{seo:{a:'x',gone:1}}", "{seo:{b:2}}", "{seo:{a:'x',b:2}}"},
        {"{rows:[{a:'x'}]}", "{rows:[{a:'y'}]}", "{rows:[{a:'y'}]}"},
    };
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct bench b = bench_open();
        struct change c = {.op = OP_UPDATE, .merge = true};
        CHECK_AT(i);
        CHECK_ERR(change_read(b.arena, model_find(b.model, S("posts")), json_of(b.arena, rows[i].patch), S(""), &c, &b.why),
                  ERR_OK);
        CHECK_ERR(change_merge(b.arena, &c, json_of(b.arena, rows[i].present), &b.why), ERR_OK);
        CHECK_STR(set_text(b.arena, &c), json_print(b.arena, json_of(b.arena, rows[i].set)));
        arena_close(b.arena);
    }
}

CHECK_MAIN(TEST(items_become_changes_or_faults), TEST(merge_patches_reach_into_deep_fields))
