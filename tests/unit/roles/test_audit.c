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
    "         nothing: []}}";

#define CHECK_AUDIT(role)                                                                          \
    do {                                                                                           \
        str text_ = {0};                                                                           \
        CHECK_PROBLEM(gate_audit(h->gate, a, S(role), &text_, &why), ERR_OK, &why);                \
        CHECK_SNAP("audit/" role ".txt", text_);                                                   \
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
    str text = {0};
    CHECK_ERR(gate_audit(h->gate, a, S("unknown"), &text, &why), ERR_NOT_FOUND);
    arena_close(a);
    house_close(h);
}

CHECK_MAIN(TEST(what_a_role_reaches_is_text))
