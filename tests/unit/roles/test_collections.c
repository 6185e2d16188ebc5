/* Changing the model is changing items of "collections", through the gate like everything else. */
#include "tests/support/check.h"
#include "tests/support/master_key.h"
#include "tests/support/model_text.h"

#include "content/content.h"
#include "content/kind.h"
#include "roles/gate.h"

struct bench {
    struct arena *arena;
    struct crypt *crypt;
    struct gate *gate;
    struct problem why;
};

static void bench_open(struct bench *b)
{
    *b = (struct bench){.arena = arena_open(1u << 16)};
    b->why.arena = b->arena;
    b->crypt = master_key_new(b->arena);
    struct content_config content = {.directory = S(""), .engine = &engine_sqlite, .crypt = b->crypt, .verify_rows = true};
    struct gate_config config = {.content = &content};
    if (gate_open(&config, &b->gate, &b->why) != ERR_OK)
        CHECK_SAY(STR_FMT, STR_ARG(b->why.text));
    NEED(b->gate != NULL);
}

static void bench_close(struct bench *b)
{
    arena_close(b->arena);
    gate_close(b->gate);
    crypt_close(b->crypt);
}

static const struct principal *server(struct bench *b)
{
    return principal_system(b->gate, b->arena, SYSTEM_COMMAND);
}

/* Writes one item as the server; *id: the item to update, or the one that was made. */
static enum err save(struct bench *b, const char *collection, const char *item, str *id)
{
    const struct principal *who = server(b);
    struct change c = {.op = str_is_absent(*id) ? OP_CREATE : OP_UPDATE, .id = *id};
    b->why = (struct problem){.arena = b->arena};
    TRY(change_read(b->arena, model_find(principal_model(who), str_of(collection)), json_of(b->arena, item), S(""), &c,
                    &b->why));
    enum err e = gate_write(b->gate, who, &c, 1, b->arena, &b->why);
    *id = e == ERR_OK ? c.result_id : *id;
    return e;
}

static const struct json *items(struct bench *b, const char *collection)
{
    const struct principal *who = server(b);
    const struct collection *c = model_find(principal_model(who), str_of(collection));
    if (!c)
        return NULL;
    struct query q = {.from = c, .limit = 100};
    struct item_list list;
    query_all_fields(b->arena, &q, NULL);
    item_list_init(&list, b->arena);
    struct problem why = {.arena = b->arena};
    CHECK_PROBLEM(gate_read(b->gate, who, &q, &list.receiver, NULL, &why), ERR_OK, &why);
    struct json *out = NEW(b->arena, struct json);
    *out = json_of_list(list.items, list.count);
    return out;
}

static str member(const struct json *list, const char *pointer)
{
    const struct json *v = json_at(list, str_of(pointer));
    return v && v->type == JSON_TEXT ? v->text : (str){0};
}

static void a_definition_becomes_a_collection(void **state)
{
    (void)state;
    struct bench b;
    str id = {0}, post = {0};
    bench_open(&b);
    CHECK_PROBLEM(save(&b, "collections", "{definition:{name:'posts',label:'Posts',type:'collection',fields:[{name:'t',type:'text'}]}}", &id),
                  ERR_OK, &b.why);
    const struct json *list = items(&b, "collections");
    CHECK_STR(member(list, "/0/name"), S("posts"));
    CHECK_STR(member(list, "/0/label"), S("Posts"));
    CHECK_STR(member(list, "/0/shape"), S("list"));
    CHECK_STR(member(list, "/0/definition/fields/0/kind"), S("text"));
    CHECK_PROBLEM(save(&b, "posts", "{t:'hello'}", &post), ERR_OK, &b.why);
    CHECK_STR(member(items(&b, "posts"), "/0/t"), S("hello"));
    bench_close(&b);
}

static void faults_point_into_the_definition_that_was_sent(void **state)
{
    (void)state;
    static const struct {
        const char *item, *path, *rule;
    } rows[] = {
        {"{definition:{name:'p',fields:[{name:'t',kind:'txt'}]}}", "/definition/fields/0/kind", "unknown-kind"},
        {"{definition:{name:'p',fields:[{name:'t',type:'txt'}]}}", "/definition/fields/0/type", "unknown-kind"},
        {"{definition:{name:'users',fields:[]}}", "/definition/name", "reserved"},
        {"{definition:{name:'users',system:true,fields:[]}}", "/definition/system", "locked"},
        {"{definition:{name:'p',fields:[{name:'r',kind:'ref',to:'nowhere'}]}}", "/definition/fields/0/to", "unknown-collection"},
        {"{definition:{fields:[]}}", "/name", "required"},
        {"{name:'p'}", "/definition", "required"},
        {"{name:'9',definition:{}}", "/name", "match"},
    };
    struct bench b;
    bench_open(&b);
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        str id = {0};
        CHECK_AT(i);
        CHECK_PROBLEM(save(&b, "collections", rows[i].item, &id), ERR_INVALID, &b.why);
        CHECK_FAULT(&b.why, str_of(rows[i].path), str_of(rows[i].rule));
        CHECK_INT(items(&b, "collections")->count, 0);
    }
    bench_close(&b);
}

static void a_renamed_collection_keeps_items_and_grants(void **state)
{
    (void)state;
    struct bench b;
    str id = {0}, post = {0}, role = {0}, grant = {0};
    bench_open(&b);
    CHECK_PROBLEM(save(&b, "collections", "{definition:{name:'posts',fields:[{name:'t',kind:'text'}]}}", &id), ERR_OK, &b.why);
    CHECK_PROBLEM(save(&b, "posts", "{t:'hello'}", &post), ERR_OK, &b.why);
    CHECK_PROBLEM(save(&b, "roles", "{name:'editor'}", &role), ERR_OK, &b.why);
    const char *text = arena_cstr(b.arena, arena_format(b.arena, "{role:'" STR_FMT "',collection:'posts',verbs:['read']}", STR_ARG(role)));
    CHECK_PROBLEM(save(&b, "grants", text, &grant), ERR_OK, &b.why);
    CHECK_PROBLEM(save(&b, "collections", "{name:'articles'}", &id), ERR_OK, &b.why);
    CHECK(items(&b, "posts") == NULL);
    CHECK_STR(member(items(&b, "articles"), "/0/t"), S("hello"));
    CHECK_STR(member(items(&b, "grants"), "/0/collection"), S("articles"));
    CHECK_STR(member(items(&b, "collections"), "/0/definition/name"), S("articles"));

    const char *headline = "{definition:{name:'articles',fields:[{name:'headline',kind:'text',was:'t'}]}}";
    CHECK_PROBLEM(save(&b, "collections", headline, &id), ERR_OK, &b.why);
    CHECK_STR(member(items(&b, "articles"), "/0/headline"), S("hello"));
    CHECK_PROBLEM(save(&b, "collections", headline, &id), ERR_OK, &b.why);
    CHECK_STR(member(items(&b, "articles"), "/0/headline"), S("hello"));
    bench_close(&b);
}

static void losing_values_needs_a_yes(void **state)
{
    (void)state;
    struct bench b;
    str id = {0}, post = {0};
    bench_open(&b);
    CHECK_PROBLEM(save(&b, "collections", "{definition:{name:'p',fields:[{name:'t',kind:'text'},{name:'n',kind:'number'}]}}", &id),
                  ERR_OK, &b.why);
    CHECK_PROBLEM(save(&b, "p", "{t:'hello',n:4}", &post), ERR_OK, &b.why);
    CHECK_PROBLEM(save(&b, "collections", "{definition:{fields:[{name:'n',kind:'text'}]}}", &id), ERR_CONFLICT, &b.why);
    CHECK_FAULT(&b.why, S("/definition"), S("loses-data"));
    CHECK_STR(member(items(&b, "p"), "/0/t"), S("hello"));
    CHECK_PROBLEM(save(&b, "collections", "{definition:{fields:[{name:'n',kind:'text'}],allow_loss:true}}", &id), ERR_OK, &b.why);
    CHECK_STR(member(items(&b, "p"), "/0/n"), S("4"));
    CHECK(json_at(items(&b, "collections"), S("/0/definition/allow_loss")) == NULL);
    bench_close(&b);
}

static void a_definition_comes_by_itself(void **state)
{
    (void)state;
    struct bench b;
    str id = {0}, other = {0};
    bench_open(&b);
    CHECK_PROBLEM(save(&b, "collections", "{definition:{name:'p',fields:[{name:'c',kind:'ref',to:'collections'}]}}", &id), ERR_OK, &b.why);
    /* Nested in an item that refers to it, it would have no table. */
    enum err e = save(&b, "p", "{c:{create:{definition:{name:'q',fields:[]}}}}", &other);
    CHECK(e == ERR_INVALID);
    CHECK_INT(items(&b, "collections")->count, 1);
    bench_close(&b);
}

static void users_get_further_fields(void **state)
{
    (void)state;
    struct bench b;
    str id = {0}, user = {0};
    bench_open(&b);
    CHECK_PROBLEM(save(&b, "collections", "{definition:{name:'users',extends:true,fields:[{name:'phone',kind:'text'}]}}", &id),
                  ERR_OK, &b.why);
    CHECK_PROBLEM(save(&b, "users", "{name:'Ada',email:'Ada@Example.com',phone:'12'}", &user), ERR_OK, &b.why);
    CHECK_STR(member(items(&b, "users"), "/0/phone"), S("12"));
    CHECK_STR(member(items(&b, "users"), "/0/email"), S("ada@example.com"));
    bench_close(&b);
}

CHECK_MAIN(TEST(a_definition_becomes_a_collection), TEST(faults_point_into_the_definition_that_was_sent),
           TEST(a_renamed_collection_keeps_items_and_grants), TEST(losing_values_needs_a_yes), TEST(a_definition_comes_by_itself), TEST(users_get_further_fields))
