/* What a role reaches, as text (tests/snap/audit). */
#include "tests/support/house.h"
#include "tests/support/snap.h"

static const char model[] =
    "[{name:'authors', fields:[{name:'name', kind:'text'}, {name:'salary', kind:'number'}]},"
    " {name:'posts', fields:[{name:'title', kind:'text'}, {name:'body', kind:'text'}, {name:'owner', kind:'text'},"
    "   {name:'pin', kind:'secret'}, {name:'author', kind:'ref', to:'authors'}], actions:[{name:'approve'}]},"
    " {name:'pages', shape:'tree', fields:[{name:'title', kind:'text'}]}]";

static const char people[] =
    "{roles: {reader: [{collection:'posts', verbs:['read'], fields:['title','body'], where:{_state:1}},"
    "                  {collection:'authors', verbs:['read'], fields:['name']}, {collection:'pages', verbs:['read']}],"
    "         author: [{collection:'posts', verbs:['read','update','delete'], where:{owner:'$user'}},"
    "                  {collection:'posts', verbs:['create'], check:{owner:'$user'}, preset:{owner:'$user'}},"
    "                  {collection:'posts', verbs:['read'], where:{'author.name':{$in:['Ada','Bob']}}}],"
    "         editor: [{collection:'*', verbs:['*']}, {collection:'users', verbs:['read','update'], fields:['name','last_login_at']}],"
    "         broken: [{collection:'posts', verbs:['read'], where:{_state:1}}, {collection:'gone', verbs:['read']},"
    "                  {collection:'posts', verbs:['approve'], where:{_state:0}}],"
    "         cockpit: {permissions:{'content/pages/read':true, 'content/posts/read':true, 'content/posts/update':true}},"
    "         limited: {grants: [{collection:'posts', verbs:['read'], fields:['title']},"
    "                            {collection:'posts', verbs:['read','update'], fields:['body'], addresses:['10.0.0.0/8','2001:db8::/32'],"
    "                             locales:['de']}, {collection:'pages', verbs:['*'], valid_from:'2020-01-01T00:00:00Z',"
    "                             valid_until:'2100-01-01T00:00:00Z'}]},"
    "         guest: {grants: [{collection:'authors', verbs:['read']}], addresses:['192.0.2.1'], valid_until:'2100-01-01T00:00:00Z'},"
    "         heir: {inherits:['limited','guest']},"
    "         nothing: []},"
    " groups: {staff: {roles:['author']}}, services: {bot: {groups:['staff']}},"
    " users: {ada: {roles:['reader'], groups:['staff']}},"
    " keys: {narrow: {user:'ada', scopes:[{collection:'posts', verbs:['read'], fields:['title']}]}}}";

#define CHECK_AUDIT(role) CHECK_AUDIT_AS(role, role)
#define CHECK_AUDIT_AS(role, file)                                                                          \
    do {                                                                                           \
        struct json list_ = json_null;                                                             \
        CHECK_PROBLEM(gate_audit(h->gate, a, str_of(role), &list_, &why), ERR_OK, &why);                \
        CHECK_SNAP("audit/" file ".txt", gate_audit_text(a, &list_));                              \
    } while (0)

static void what_a_role_reaches_is_text(void **state)
{
    (void)state;
    struct house *h = house_open();
    house_model(h, model);
    house_people(h, people);
    struct arena *a = arena_open(64u << 10);
    struct problem why = {.arena = a};
    CHECK_AUDIT("reader");
    CHECK_AUDIT("author");
    CHECK_AUDIT("editor");
    CHECK_AUDIT("@own");
    CHECK_AUDIT("broken");
    CHECK_AUDIT("cockpit");
    CHECK_AUDIT("nothing");
    CHECK_AUDIT("admin");
    CHECK_AUDIT("limited");
    CHECK_AUDIT("heir");
    CHECK_AUDIT_AS("user:ada@example.com", "user");
    CHECK_AUDIT_AS("service:bot", "service");
    CHECK_AUDIT_AS(arena_cstr(a, arena_format(a, "key:" STR_FMT, STR_ARG(house_key_id(h, "narrow")))), "key");
    static const char *const unknown[] = {"unknown", "user:nobody", "key:0123456789abcdef01234567", "role:unknown", "sort:x", "service:"};
    for (size_t i = 0; i < COUNTOF(unknown); i++) {
        struct json list = json_null;
        CHECK_AT(i);
        CHECK_ERR(gate_audit(h->gate, a, str_of(unknown[i]), &list, &why), ERR_NOT_FOUND);
    }
    arena_close(a);
    house_close(h);
}

CHECK_MAIN(TEST(what_a_role_reaches_is_text))
