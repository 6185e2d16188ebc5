#include "tests/support/check.h"
#include "tests/support/model_text.h"

#include "content/change/change.h"

#define NOW_MS INT64_C(1795255200123) /* 2026-11-21T10:00:00.123Z */
#define ID_A "aaaaaaaaaaaaaaaaaaaaaaaa"

/* fields: of the collection p; item: what the client sent; set: the values afterwards, in model order. */
struct row {
    enum op op;
    const char *fields, *item, *set, *faults;
};

static const struct row requireds[] = {
    {OP_CREATE, "{name:'t',kind:'text',required:true}", "{}", "{}", "/t required: t is required\n"},
    {OP_CREATE, "{name:'t',kind:'text',required:true}", "{t:null}", "{t:null}", "/t required: t is required\n"},
    {OP_CREATE, "{name:'t',kind:'text',required:true}", "{t:''}", "{t:''}", "/t required: t is required\n"},
    {OP_CREATE, "{name:'t',kind:'email',required:true}", "{t:''}", "{t:null}", "/t required: t is required\n"},
    {OP_CREATE, "{name:'t',kind:'tags',required:true}", "{t:[]}", "{t:[]}", "/t required: t is required\n"},
    {OP_CREATE, "{name:'t',kind:'number',required:true}", "{t:0}", "{t:0}", ""},
    {OP_CREATE, "{name:'t',kind:'boolean',required:true}", "{t:false}", "{t:false}", ""},
    {OP_CREATE, "{name:'t',kind:'text',required:true}", "{t:5}", "{t:5}", "/t type: t must be text, not a number\n"},
    {OP_UPDATE, "{name:'t',kind:'text',required:true}", "{}", "{}", ""},
    {OP_UPDATE, "{name:'t',kind:'text',required:true}", "{t:null}", "{t:null}", "/t required: t is required\n"},
    {OP_REPLACE, "{name:'t',kind:'text',required:true}", "{t:null}", "{t:null}", "/t required: t is required\n"},
    {OP_DELETE, "{name:'t',kind:'text',required:true}", "{}", "{}", ""},
    {OP_CREATE, "{name:'a',kind:'number'},{name:'b',kind:'text',required:true},{name:'c',kind:'email'}", "{a:'x',c:'y'}",
     "{a:'x',c:'y'}",
     "/a type: a must be a number, not text\n/c format: c must be an e-mail address like ada@example.com\n"
     "/b required: b is required\n"},
};

static const struct row defaults[] = {
    {OP_CREATE, "{name:'n',kind:'number',default:4}", "{}", "{n:4}", ""},
    {OP_CREATE, "{name:'n',kind:'number',default:4}", "{n:null}", "{n:null}", ""},
    {OP_CREATE, "{name:'n',kind:'number',default:4}", "{n:5}", "{n:5}", ""},
    {OP_UPDATE, "{name:'n',kind:'number',default:4}", "{}", "{}", ""},
    {OP_REPLACE, "{name:'n',kind:'number',default:4}", "{n:null}", "{n:4}", ""},
    {OP_CREATE, "{name:'n',kind:'number',default:4,required:true}", "{}", "{n:4}", ""},
    {OP_CREATE, "{name:'d',kind:'date',default:'$now'}", "{}", "{d:'2026-11-21'}", ""},
    {OP_CREATE, "{name:'d',kind:'time',default:'$now'}", "{}", "{d:'10:00'}", ""},
    {OP_CREATE, "{name:'d',kind:'datetime',default:'$now'}", "{}", "{d:'2026-11-21T10:00:00.123Z'}", ""},
    {OP_CREATE, "{name:'d',kind:'text',default:'$now'}", "{}", "{d:'$now'}", ""},
    {OP_CREATE, "{name:'d',kind:'text',default:'$user'}", "{}", "{d:'" ID_A "'}", ""},
    {OP_CREATE, "{name:'d',kind:'ref',to:'users',default:'$user'}", "{}", "{d:'" ID_A "'}", ""},
    {OP_CREATE, "{name:'d',kind:'tags',default:['a']}", "{}", "{d:['a']}", ""},
    {OP_CREATE, "{name:'d',kind:'object',default:{a:1}}", "{}", "{d:{a:1}}", ""},
    {OP_CREATE, "{name:'e',kind:'email'}", "{e:'A@B.C'}", "{e:'a@b.c'}", ""},
};

static const struct row slugs[] = {
    {OP_CREATE, "{name:'s',kind:'slug',from:'t'},{name:'t',kind:'text'}", "{t:'Über uns!'}", "{s:'uber-uns',t:'Über uns!'}", ""},
    {OP_CREATE, "{name:'s',kind:'slug',from:'t'},{name:'t',kind:'text'}", "{t:'x',s:'Own_One'}", "{s:'Own_One',t:'x'}", ""},
    {OP_CREATE, "{name:'s',kind:'slug',from:'t'},{name:'t',kind:'text'}", "{t:'x',s:''}", "{s:'x',t:'x'}", ""},
    {OP_CREATE, "{name:'s',kind:'slug',from:'t'},{name:'t',kind:'text'}", "{t:'!'}", "{t:'!'}", ""},
    {OP_CREATE, "{name:'s',kind:'slug',from:'t'},{name:'t',kind:'text'}", "{}", "{}", ""},
    {OP_CREATE, "{name:'s',kind:'slug',from:'t',maxlength:5},{name:'t',kind:'text'}", "{t:'aaaa bbbb'}", "{s:'aaaa',t:'aaaa bbbb'}", ""},
    {OP_CREATE, "{name:'s',kind:'slug',from:'t',required:true},{name:'t',kind:'text'}", "{t:'?'}", "{t:'?'}",
     "/s required: s is required\n"},
    {OP_CREATE, "{name:'s',kind:'slug',from:'t',minlength:3},{name:'t',kind:'text'}", "{t:'ab'}", "{s:'ab',t:'ab'}",
     "/s minlength: s must have at least 3 characters, not 2\n"},
    {OP_UPDATE, "{name:'s',kind:'slug',from:'t'},{name:'t',kind:'text'}", "{t:'new'}", "{t:'new'}", ""},
    {OP_UPDATE, "{name:'s',kind:'slug',from:'t'},{name:'t',kind:'text'}", "{t:'new',s:null}", "{s:'new',t:'new'}", ""},
    {OP_REPLACE, "{name:'s',kind:'slug',from:'t'},{name:'t',kind:'text'}", "{t:'new',s:null}", "{s:'new',t:'new'}", ""},
};

static str set_text(struct arena *a, const struct change *c)
{
    struct json *members = NEW_N(a, struct json, c->in->field_count + 1);
    size_t count = 0;
    for (size_t i = 0; i < c->in->field_count; i++) {
        if (field_set_has(&c->set, i))
            members[count++] = json_named(c->in->fields[i].name, c->values[i]);
    }
    struct json map = json_of_map(members, count);
    return json_print(a, &map);
}

static void check_change(const struct row *row)
{
    struct arena *a = arena_open(4096);
    struct problem why = {.arena = a};
    const struct model *m;
    struct change c = {.op = row->op};
    struct vars vars = {.now_ms = NOW_MS, .user = STR(ID_A)};
    const char *text = arena_cstr(a, arena_format(a, "{name:'p',fields:[%s]}", row->fields));
    if (model_of(a, text, true, &m, &why) != ERR_OK)
        CHECK_STR(faults_text(a, &why), S(""));
    NEED(m != NULL);
    CHECK_ERR(change_read(a, model_find(m, S("p")), json_of(a, row->item), S(""), &c, &why), ERR_OK);
    enum err e = change_check(a, &c, &vars, S(""), &why);
    CHECK_ERR(e, row->faults[0] ? ERR_INVALID : ERR_OK);
    CHECK_STR(faults_text(a, &why), str_of(row->faults));
    CHECK_STR(set_text(a, &c), json_print(a, json_of(a, row->set)));
    arena_close(a);
}

#define CHECK_CHANGES(rows)                                                                                  \
    (void)state;                                                                                             \
    for (size_t i = 0; i < COUNTOF(rows); i++) {                                                             \
        CHECK_AT(i);                                                                                         \
        check_change(&(rows)[i]);                                                                            \
    }

static void what_is_required_must_be_there(void **state)
{
    CHECK_CHANGES(requireds)
}
static void defaults_fill_what_a_new_item_lacks(void **state)
{
    CHECK_CHANGES(defaults)
}
static void slugs_are_made_when_there_is_none(void **state)
{
    CHECK_CHANGES(slugs)
}

static enum err check_system(const char *collection, enum op op, const char *item, struct problem *why)
{
    const struct model *m;
    struct vars vars = {.now_ms = NOW_MS};
    struct change c = {.op = op};
    NEED(model_of(why->arena, "[]", true, &m, why) == ERR_OK);
    NEED(change_read(why->arena, model_find(m, str_of(collection)), json_of(why->arena, item), S(""), &c, why) == ERR_OK);
    return change_check(why->arena, &c, &vars, S(""), why);
}

static void the_server_writes_locked_fields_later(void **state)
{
    (void)state;
    struct arena *a = arena_open(4096);
    struct problem why = {.arena = a};
    CHECK_ERR(check_system("sessions", OP_CREATE, "{}", &why), ERR_OK);
    CHECK_ERR(check_system("api_keys", OP_CREATE, "{label:'ci'}", &why), ERR_OK);
    CHECK_ERR(check_system("assets", OP_CREATE, "{title:'A picture'}", &why), ERR_OK);
    CHECK_ERR(check_system("users", OP_CREATE, "{name:'Ada'}", &why), ERR_INVALID);
    CHECK_FAULT(&why, S("/email"), S("required"));
    arena_close(a);
}

static void nobody_without_a_name_fills_in_user(void **state)
{
    (void)state;
    struct arena *a = arena_open(4096);
    struct problem why = {.arena = a};
    const struct model *m;
    struct vars vars = {.now_ms = NOW_MS};
    NEED(model_of(a, "{name:'p',fields:[{name:'by',kind:'ref',to:'users',default:'$user',required:true}]}", true, &m, &why) == ERR_OK);
    struct change c = {.op = OP_CREATE, .in = model_find(m, S("p"))};
    CHECK_ERR(change_check(a, &c, &vars, S("/3"), &why), ERR_INVALID);
    CHECK_FAULT(&why, S("/3/by"), S("required"));
    CHECK(field_set_is_empty(&c.set));
    arena_close(a);
}

CHECK_MAIN(TEST(what_is_required_must_be_there), TEST(defaults_fill_what_a_new_item_lacks),
           TEST(slugs_are_made_when_there_is_none), TEST(the_server_writes_locked_fields_later),
           TEST(nobody_without_a_name_fills_in_user))
