/* What is granted follows names, and goes with what it was granted on: a later collection, field, role or group
 * of the same name starts with none (AZ-8). */
#include "tests/support/check.h"
#include "tests/support/house.h"

#include "content/kind.h"

static const char model[] =
    "[{name:'authors', fields:[{name:'name', kind:'text'}]},"
    " {name:'posts', fields:[{name:'title', kind:'text'}, {name:'body', kind:'text'}, {name:'note', kind:'text'},"
    "   {name:'author', kind:'ref', to:'authors'}]}]";

static str definition_id(struct house *h, struct arena *a, const char *name)
{
    const struct principal *who = principal_system(h->gate, a, SYSTEM_COMMAND);
    const struct collection *c = house_collection(who, "collections");
    struct query q = {.from = c, .limit = 1};
    struct item_list list;
    struct problem why = {.arena = a};
    q.where = filter_test(a, collection_field(c, S("name")), TEST_EQ, json_of_text(str_of(name)));
    query_all_fields(a, &q, NULL);
    item_list_init(&list, a);
    NEED(gate_read(h->gate, who, &q, &list.receiver, NULL, &why) == ERR_OK && list.count == 1);
    return arena_copy(h->arena, json_get(&list.items[0], S("_id"))->text);
}

/* The only grant, as far as names go: "posts [fields] where check preset"; "-": there is none. */
static str grant_text(struct house *h, struct arena *a)
{
    static const str shown[] = {STR("fields"), STR("where"), STR("check"), STR("preset")};
    const struct principal *who = principal_system(h->gate, a, SYSTEM_COMMAND);
    struct query q = {.from = house_collection(who, "grants"), .limit = 10};
    struct item_list list;
    struct problem why = {.arena = a};
    struct buf b;
    query_all_fields(a, &q, NULL);
    item_list_init(&list, a);
    NEED(gate_read(h->gate, who, &q, &list.receiver, NULL, &why) == ERR_OK && list.count <= 1);
    if (list.count == 0)
        return S("-");
    buf_init(&b, a, 4096);
    buf_add(&b, json_get(&list.items[0], S("collection"))->text);
    for (size_t i = 0; i < COUNTOF(shown); i++) {
        const struct json *v = json_get(&list.items[0], shown[i]);
        if (v && v->type != JSON_NULL)
            buf_format(&b, " " STR_FMT, STR_ARG(json_print(a, v)));
    }
    return buf_str(&b);
}

#define FIELDS(text) "{definition:{name:'posts', allow_loss:true, fields:[" text "]}}"
#define AUTHOR "{name:'author', kind:'ref', to:'authors'}"

static void grants_follow_fields(void **state)
{
    static const struct {
        const char *grant, *change, *wanted;
    } rows[] = {
        {"fields:['title','body']", FIELDS("{name:'title',kind:'text'},{name:'note',kind:'text'}," AUTHOR), "posts [\"title\"]"},
        {"fields:['body']", FIELDS("{name:'title',kind:'text'},{name:'note',kind:'text'}," AUTHOR), "-"},
        {"fields:['title','later']", FIELDS("{name:'title',kind:'text'}," AUTHOR), "posts [\"title\",\"later\"]"},
        {"fields:['_state','body']", FIELDS("{name:'title',kind:'text'}," AUTHOR), "posts [\"_state\"]"},
        {"fields:['title','body']", FIELDS("{name:'title',kind:'text'},{name:'text',kind:'text',was:'body'}," AUTHOR),
         "posts [\"title\",\"text\"]"},
        {"info:'all'", FIELDS("{name:'title',kind:'text'}"), "posts"},
        {"where:{body:'x'}", FIELDS("{name:'title',kind:'text'}," AUTHOR), "-"},
        {"where:{$or:[{title:1},{$and:[{body:{$exists:true}}]}]}", FIELDS("{name:'title',kind:'text'}," AUTHOR), "-"},
        {"where:{title:'body'}", FIELDS("{name:'title',kind:'text'}," AUTHOR), "posts {\"title\":\"body\"}"},
        {"where:{'author.name':'Ada'}", FIELDS("{name:'title',kind:'text'}"), "-"},
        {"where:{'@author.name':'Ada',body:'x'}",
         FIELDS("{name:'title',kind:'text'},{name:'text',kind:'text',was:'body'},{name:'by',kind:'ref',to:'authors',was:'author'}"),
         "posts {\"@by.name\":\"Ada\",\"text\":\"x\"}"},
        {"check:{body:'x'}", FIELDS("{name:'title',kind:'text'}," AUTHOR), "-"},
        {"preset:{note:'x'}", FIELDS("{name:'title',kind:'text'}," AUTHOR), "-"},
        {"preset:{note:'x'},check:{title:'y'}",
         FIELDS("{name:'title',kind:'text'},{name:'memo',kind:'text',was:'note'}," AUTHOR),
         "posts {\"title\":\"y\"} {\"memo\":\"x\"}"},
        {"fields:['title']", "{name:'articles'}", "articles [\"title\"]"},
        {"fields:['title']", "{definition:{name:'posts', label:'Posts', fields:[{name:'title',kind:'text'},{name:'body',kind:'text'},"
                             "{name:'note',kind:'text'}," AUTHOR "]}}", "posts [\"title\"]"},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct house *h = house_open();
        struct arena *a = arena_open(16u << 10);
        CHECK_AT(i);
        house_model(h, model);
        house_people(h, arena_cstr(a, arena_format(a, "{roles: {r: [{collection:'posts', verbs:['read'], %s}]}}", rows[i].grant)));
        house_update(h, "collections", definition_id(h, a, "posts"), rows[i].change);
        CHECK_STR(grant_text(h, a), str_of(rows[i].wanted));
        arena_close(a);
        house_close(h);
    }
}

static void a_grant_with_a_star_stands_for_itself(void **state)
{
    (void)state;
    struct house *h = house_open();
    struct arena *a = arena_open(16u << 10);
    house_model(h, model);
    house_people(h, "{roles: {r: [{collection:'po*', verbs:['read'], fields:['body']}]}}");
    house_update(h, "collections", definition_id(h, a, "posts"), FIELDS("{name:'title',kind:'text'}"));
    CHECK_STR(grant_text(h, a), S("po* [\"body\"]"));
    house_delete(h, "collections", definition_id(h, a, "posts"));
    CHECK_STR(grant_text(h, a), S("po* [\"body\"]"));
    arena_close(a);
    house_close(h);
}

static void permissions_of_a_role_follow_the_model(void **state)
{
    (void)state;
    struct house *h = house_open();
    struct arena *a = arena_open(16u << 10);
    house_model(h, model);
    house_people(h, "{roles: {r: {permissions:{'content/posts/read':true, 'content/authors/read':true, 'app/logs':true}}}}");
    house_update(h, "collections", definition_id(h, a, "posts"), "{name:'articles'}");
    CHECK_STR(house_value(h, a, "roles", house_role(h, "r"), "permissions"),
              S("{\"content/articles/read\":true,\"content/authors/read\":true,\"app/logs\":true}"));
    house_delete(h, "collections", definition_id(h, a, "articles"));
    CHECK_STR(house_value(h, a, "roles", house_role(h, "r"), "permissions"), S("{\"content/authors/read\":true,\"app/logs\":true}"));
    arena_close(a);
    house_close(h);
}

/* An extension of a system collection takes its own fields away, and no grants of the collection. */
static void an_extension_goes_alone(void **state)
{
    (void)state;
    struct house *h = house_open();
    struct arena *a = arena_open(16u << 10);
    house_model(h, "[{name:'users', 'extends':true, fields:[{name:'phone', kind:'text'}]}]");
    house_people(h, "{roles: {r: [{collection:'users', verbs:['read'], fields:['name','phone']}]}}");
    house_delete(h, "collections", definition_id(h, a, "users"));
    CHECK_STR(grant_text(h, a), S("users [\"name\"]"));
    arena_close(a);
    house_close(h);
}

static void roles_and_groups_leave_no_references(void **state)
{
    (void)state;
    struct house *h = house_open();
    struct arena *a = arena_open(16u << 10);
    house_model(h, model);
    house_people(h, "{roles: {r: [{collection:'posts', verbs:['read']}], heir: {inherits:['r']}}, public:'r',"
                    " groups: {g: {roles:['r']}}, users: {ada: {roles:['r'], groups:['g']}}}");
    house_delete(h, "roles", house_role(h, "r"));
    CHECK_STR(grant_text(h, a), S("-"));
    CHECK_STR(house_value(h, a, "roles", house_role(h, "heir"), "inherits"), S("[]"));
    CHECK_STR(house_value(h, a, "groups", house_group(h, "g"), "roles"), S("[]"));
    CHECK_STR(house_value(h, a, "users", house_user(h, "ada"), "roles"), S("[]"));
    house_delete(h, "groups", house_group(h, "g"));
    CHECK_STR(house_value(h, a, "users", house_user(h, "ada"), "groups"), S("[]"));
    house_people(h, "{roles: {r: [{collection:'posts', verbs:['read']}]}, groups: {g: {roles:['r']}}}");
    CHECK_INT(principal_public(h->gate, a)->role_count, 0);
    CHECK_STR(house_value(h, a, "users", house_user(h, "ada"), "groups"), S("[]"));
    arena_close(a);
    house_close(h);
}

CHECK_MAIN(TEST(grants_follow_fields), TEST(a_grant_with_a_star_stands_for_itself), TEST(permissions_of_a_role_follow_the_model),
           TEST(an_extension_goes_alone), TEST(roles_and_groups_leave_no_references))
