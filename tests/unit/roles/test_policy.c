/* Rights are compiled once and shared, and what changes in the collections is in force for the next request. */
#include "tests/support/check.h"
#include "tests/support/house.h"

static const char model[] =
    "[{name:'posts', fields:[{name:'title', kind:'text'}, {name:'body', kind:'text'}, {name:'owner', kind:'text'}]},"
    " {name:'pages', fields:[{name:'title', kind:'text'}]}]";

static const char people[] = "{roles: {reader: [{collection:'posts', verbs:['read'], fields:['title']}], nobody: []},"
                             " users: {ada: {roles:['reader']}, bob: {roles:['reader']}},"
                             " keys:  {ada: {user:'ada'}, bob: {user:'bob'}, narrow: {user:'ada', scopes:[{collection:'pages'}]}}}";

static struct house *open_house(void)
{
    struct house *h = house_open();
    house_model(h, model);
    house_people(h, people);
    return h;
}

/* "read posts: title body" as letters: which of title, body, owner can be read now with this key. */
static str readable(struct house *h, struct arena *a, const char *key)
{
    const struct principal *who = house_who(h, a, key ? house_key(h, key) : (str){0});
    const struct access *access = rights_access(who->rights, VERB_READ, house_collection(who, "posts"));
    struct buf b;
    buf_init(&b, a, 256);
    for (size_t i = META_COUNT; i < access->in->field_count; i++)
        if (field_set_has(&access->fields, i))
            buf_byte(&b, access->in->fields[i].name.at[0]);
    return access->granted ? buf_str(&b) : S("-");
}

#define CHECK_READS(h, key, wanted)                                                                \
    do {                                                                                           \
        struct arena *a_ = arena_open(4096);                                                       \
        CHECK_STR(readable((h), a_, (key)), S(wanted));                                            \
        arena_close(a_);                                                                           \
    } while (0)

static void equal_roles_share_one_compilation(void **state)
{
    (void)state;
    struct house *h = open_house();
    struct arena *a = arena_open(4096);
    const struct principal *ada = house_who(h, a, house_key(h, "ada")), *bob = house_who(h, a, house_key(h, "bob"));
    const struct principal *narrow = house_who(h, a, house_key(h, "narrow"));
    CHECK(ada->rights == bob->rights);
    CHECK(ada->rights != narrow->rights);
    house_item(h, "posts", "{title:'No news for rights'}");
    CHECK(house_who(h, a, house_key(h, "bob"))->rights == ada->rights);
    CHECK(house_who(h, a, house_key(h, "narrow"))->rights == narrow->rights);
    arena_close(a);
    house_close(h);
}

static void changed_grants_are_in_force_for_the_next_request(void **state)
{
    (void)state;
    struct house *h = open_house();
    CHECK_READS(h, "ada", "t");
    house_people(h, "{roles: {reader: [{collection:'posts', verbs:['read'], fields:['title','body']}]}}");
    CHECK_READS(h, "ada", "tb");
    house_people(h, "{roles: {reader: [{collection:'posts', verbs:['read']}]}}");
    CHECK_READS(h, "ada", "tbo");
    house_people(h, "{roles: {reader: []}}");
    CHECK_READS(h, "ada", "-");
    house_people(h, "{roles: {other: [{collection:'posts', verbs:['read'], fields:['owner']}]},"
                    " users: {ada: {roles:['reader','other']}}}");
    CHECK_READS(h, "ada", "o");
    CHECK_READS(h, "bob", "-");
    house_close(h);
}

static void rights_in_use_outlive_the_swap(void **state)
{
    (void)state;
    struct house *h = open_house();
    struct arena *a = arena_open(4096);
    const struct principal *before = house_who(h, a, house_key(h, "ada"));
    const struct collection *posts = house_collection(before, "posts");
    house_people(h, "{roles: {reader: []}}");
    house_model(h, "[{name:'later', fields:[{name:'title', kind:'text'}]}]");
    CHECK_READS(h, "ada", "-");
    CHECK(rights_access(before->rights, VERB_READ, posts)->granted); /* the request that began before ends as it began */
    CHECK_STR(posts->name, S("posts"));
    arena_close(a);
    house_close(h);
}

static void a_deleted_role_takes_its_grants_and_its_holders_rights(void **state)
{
    (void)state;
    struct house *h = open_house();
    CHECK_READS(h, "ada", "t");
    house_delete(h, "roles", house_role(h, "reader"));
    CHECK_READS(h, "ada", "-");
    house_people(h, "{roles: {reader: []}, users: {ada: {roles:['reader']}}}");
    CHECK_READS(h, "ada", "-"); /* a role of the same name starts with none (AZ-8) */
    house_close(h);
}

static void a_deleted_collection_takes_its_grants(void **state)
{
    (void)state;
    struct house *h = open_house();
    struct arena *a = arena_open(4096);
    const struct principal *who = principal_system(h->gate, a, SYSTEM_COMMAND);
    const struct collection *c = house_collection(who, "collections");
    struct query q = {.from = c, .limit = 1};
    struct item_list list;
    struct problem why = {.arena = a};
    q.where = filter_test(a, collection_field(c, S("name")), TEST_EQ, json_of_text(S("posts")));
    query_all_fields(a, &q, NULL);
    item_list_init(&list, a);
    NEED(gate_read(h->gate, who, &q, &list.receiver, NULL, &why) == ERR_OK && list.count == 1);
    house_delete(h, "collections", json_get(&list.items[0], S("_id"))->text);
    house_model(h, "[{name:'posts', fields:[{name:'title', kind:'text'}]}]");
    CHECK_READS(h, "ada", "-");
    arena_close(a);
    house_close(h);
}

static void the_public_is_what_the_settings_say(void **state)
{
    (void)state;
    struct house *h = open_house();
    CHECK_READS(h, NULL, "-");
    house_people(h, "{public:'reader'}");
    CHECK_READS(h, NULL, "t");
    house_people(h, "{public:null}");
    CHECK_READS(h, NULL, "-");
    house_people(h, "{public:'reader'}");
    house_delete(h, "roles", house_role(h, "reader"));
    CHECK_READS(h, NULL, "-");
    house_close(h);
}

/* Beside their own roles, at once, and not for a role's key or the public; scopes narrow it like everything else. */
static void who_has_signed_in_holds_what_the_settings_say(void **state)
{
    (void)state;
    struct house *h = open_house();
    house_people(h, "{roles: {all: [{collection:'posts', verbs:['read'], fields:['body']}]}, services: {robot: {}}, users: {cid: {}},"
                    " keys: {cid: {user:'cid'}, robot: {service:'robot'}, role: {role:'nobody'}}}");
    CHECK_READS(h, "cid", "-");
    str id = house_item(h, "settings", arena_cstr(h->arena, arena_format(h->arena, "{signed_in_role:'" STR_FMT "'}", STR_ARG(house_role(h, "all")))));
    CHECK_READS(h, "cid", "b");
    CHECK_READS(h, "ada", "tb");
    CHECK_READS(h, "robot", "b");
    CHECK_READS(h, "narrow", "-");
    CHECK_READS(h, "role", "-");
    CHECK_READS(h, NULL, "-");
    house_update(h, "settings", id, "{signed_in_role:null}");
    CHECK_READS(h, "cid", "-");
    CHECK_READS(h, "ada", "t");
    house_update(h, "settings", id, arena_cstr(h->arena, arena_format(h->arena, "{signed_in_role:'" STR_FMT "'}", STR_ARG(house_role(h, "all")))));
    house_delete(h, "roles", house_role(h, "all"));
    CHECK_READS(h, "cid", "-");
    house_close(h);
}

static void a_model_change_reaches_rights(void **state)
{
    (void)state;
    struct house *h = open_house();
    house_people(h, "{roles: {reader: [{collection:'*', verbs:['read']}]}}");
    CHECK_READS(h, "ada", "tbo");
    struct arena *a = arena_open(4096);
    uint64_t before = house_who(h, a, house_key(h, "ada"))->rights->fingerprint;
    house_model(h, "[{name:'later', fields:[{name:'title', kind:'text'}]}]");
    const struct principal *who = house_who(h, a, house_key(h, "ada"));
    CHECK(gate_may(who, VERB_READ, house_collection(who, "later")));
    CHECK(who->rights->fingerprint != before);
    arena_close(a);
    house_close(h);
}

static void permissions_in_cockpits_spelling_work_on_roles(void **state)
{
    (void)state;
    struct house *h = open_house();
    house_people(h, "{roles: {cockpit: {permissions: {'content/posts/read':true}}}, users: {ada: {roles:['cockpit']}}}");
    CHECK_READS(h, "ada", "tbo");
    house_close(h);
}

CHECK_MAIN(TEST(equal_roles_share_one_compilation), TEST(changed_grants_are_in_force_for_the_next_request),
           TEST(rights_in_use_outlive_the_swap), TEST(a_deleted_role_takes_its_grants_and_its_holders_rights),
           TEST(a_deleted_collection_takes_its_grants), TEST(the_public_is_what_the_settings_say),
           TEST(who_has_signed_in_holds_what_the_settings_say),
           TEST(a_model_change_reaches_rights), TEST(permissions_in_cockpits_spelling_work_on_roles))
