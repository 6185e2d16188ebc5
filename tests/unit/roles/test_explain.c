/* Explanations: what decided, where it came from, and nothing that the caller may not know. */
#include "tests/support/check.h"
#include "tests/support/fake_exchange.h"
#include "tests/support/house.h"

#include "content/kind.h"

static const char model[] =
    "[{name:'authors', fields:[{name:'name', kind:'text'}, {name:'salary', kind:'number'}]},"
    " {name:'posts', fields:[{name:'title', kind:'text'}, {name:'body', kind:'text'}, {name:'owner', kind:'text'},"
    "   {name:'cost', kind:'number'}, {name:'pin', kind:'secret'}, {name:'author', kind:'ref', to:'authors'}], actions:[{name:'approve'}]},"
    " {name:'ledger', fields:[{name:'entry', kind:'text'}]}]";

static const char people[] =
    "{roles: {base: [{collection:'posts', verbs:['read'], fields:['title','author'], where:{cost:{$lt:10}}},"
    "                {collection:'authors', verbs:['read'], fields:['name']}],"
    "         writer: {inherits:['base'], grants:[{collection:'posts', verbs:['create','update'], fields:['title','body'],"
    "                  where:{owner:'$user'}, check:{owner:'$user'}, preset:{owner:'$user'}, locales:['de']}]},"
    "         approver: [{collection:'posts', verbs:['approve'], where:{title:'A'}}],"
    "         night: {grants:[{collection:'posts', verbs:['delete']}], addresses:['10.0.0.0/8']},"
    "         auditor: [{collection:'users', verbs:['read']}, {collection:'roles', verbs:['read']}, {collection:'grants', verbs:['read']},"
    "                   {collection:'collections', verbs:['read']}],"
    "         half: [{collection:'users', verbs:['read'], where:{_id:'$user'}}, {collection:'roles', verbs:['read']}, {collection:'grants', verbs:['read']}]},"
    " groups: {staff: {roles:['writer']}}, public: 'base',"
    " users: {ada: {groups:['staff'], roles:['approver','night']}, root: {roles:['admin']}, aud: {roles:['auditor']}, half: {roles:['half']},"
    "         off: {roles:['writer'], active:false}},"
    " keys: {ada: {user:'ada'}, root: {user:'root'}, aud: {user:'aud'}, half: {user:'half'},"
    "        narrow: {user:'ada', scopes:[{collection:'authors'}, {collection:'posts', verbs:['read'], where:{title:'A'}}]}}}";

static const struct json *ask(struct house *h, struct arena *a, const char *key, const struct explain_wish *wish, struct problem *why)
{
    str header = key ? arena_format(a, "api-key: " STR_FMT, STR_ARG(house_key(h, key))) : S("");
    struct fake_exchange *f = fake_request(a, "GET", "/", arena_cstr(a, header), S(""));
    const struct json *v = NULL;
    str text;
    *why = (struct problem){.arena = a};
    NEED(identify(h->gate, &f->x, why) == ERR_OK);
    if (gate_explain(h->gate, &f->x, wish, &text, why) != ERR_OK)
        return NULL;
    NEED(json_read(a, text, NULL, S("explanation"), &v, why) == ERR_OK);
    return v;
}

/* pointer=value pairs that must hold. */
static void check_parts(struct arena *a, const struct json *v, const char *wanted)
{
    str rest = str_of(wanted), part, pointer, value;
    for (bool ended = rest.len == 0; str_next(&rest, &ended, ';', &part);) {
        NEED(str_cut(str_trim(part), '=', &pointer, &value));
        const struct json *at = json_at(v, pointer);
        str is = at ? json_print(a, at) : S("(absent)");
        if (!str_equal(is, value))
            CHECK_SAY(STR_FMT " is " STR_FMT ", wanted " STR_FMT, STR_ARG(pointer), STR_ARG(is), STR_ARG(value));
    }
}

#define ALLOWED "/decision=\"allowed\";/status=200"
#define ASK(c, v) .collection = STR(c), .verb = STR(v)

static void an_explanation_says_what_decided(void **state)
{
    static const struct {
        const char *key;
        struct explain_wish wish;
        const char *item, *wanted; /* item: the one of this title */
    } rows[] = {
        {"ada", {ASK("posts", "read")}, NULL,
         ALLOWED ";/matches=2;/filter=\"hidden\";/fields=[\"title\",\"author\"];/left_out=[];/locales=\"*\";/administrator=false"},
        {"ada", {ASK("posts", "read"), .fields = STR("title,cost,nonsense")}, NULL, "/left_out=[\"cost\",\"nonsense\"]"},
        {"ada", {ASK("posts", "read")}, "A", ALLOWED ";/reached=true"},
        {"ada", {ASK("posts", "read")}, "dear", "/decision=\"refused\";/status=404;/reached=false;/matches=2"},
        {"ada", {ASK("posts", "update")}, NULL,
         ALLOWED ";/fields=[\"title\",\"body\"];/locales=[\"de\"];/filter=\"hidden\";/check=\"hidden\";/presets={}"},
        {"ada", {ASK("posts", "approve")}, NULL, ALLOWED ";/matches=1;/filter={\"title\":\"A\"};/fields=(absent)"},
        {"ada", {ASK("posts", "publish")}, NULL, "/decision=\"refused\";/status=403;/filter=null"},
        {"ada", {ASK("posts", "delete")}, NULL, "/decision=\"refused\";/status=403"},
        {"ada", {ASK("posts", "nonsense")}, NULL, NULL},
        {"ada", {ASK("ledger", "read")}, NULL, NULL},
        {"ada", {ASK("posts", "read"), .as = STR("user:ada")}, NULL, NULL},
        {"half", {ASK("users", "read"), .as = STR("user:ada")}, NULL, NULL},
        {NULL, {ASK("posts", "read")}, NULL, ALLOWED ";/roles/0/role=\"base\";/roles/0/by=\"settings\";/who=\"public\""},
        {NULL, {ASK("posts", "update")}, NULL, "/decision=\"refused\";/status=401"},
        {NULL, {ASK("ledger", "update")}, NULL, NULL},

        /* As somebody else, for whoever may read all of this. */
        {"aud", {ASK("posts", "update"), .as = STR("user:ada")}, "A",
         ALLOWED ";/reached=true;/filter={\"owner\":\"$user\"};/check={\"owner\":\"$user\"};/presets={\"owner\":\"$user\"};"
                 "/left_out=[\"owner\",\"cost\",\"pin\",\"author\"];/roles/2/role=\"night\";/roles/2/in_force=false;/roles/2/reason=\"address\""},
        {"aud", {ASK("posts", "delete"), .as = STR("user:ada")}, NULL, "/decision=\"refused\";/status=403"},
        {"aud", {ASK("posts", "delete"), .as = STR("user:ada"), .address = STR("10.0.0.9")}, NULL, ALLOWED ";/matches=3"},
        {"aud", {ASK("posts", "read"), .as = STR("public")}, NULL, ALLOWED ";/filter={\"cost\":{\"$lt\":10}};/grants/0/applies=true"},
        {"aud", {ASK("posts", "read"), .as = STR("role:writer")}, NULL,
         ALLOWED ";/roles/0/role=\"writer\";/roles/0/by=\"own\";/roles/1/role=\"base\";/roles/1/by=\"inheritance\";/roles/1/through=\"writer\""},
        {"aud", {ASK("ledger", "read"), .as = STR("user:ada")}, NULL, "/decision=\"refused\";/status=404"},
        {"aud", {ASK("ledger", "read"), .as = STR("user:root")}, NULL, ALLOWED ";/administrator=true;/filter={}"},
        {"aud", {ASK("posts", "read"), .as = STR("user:off")}, NULL, "/decision=\"refused\";/status=401;/roles=[]"},
        {"aud", {ASK("posts", "read"), .as = STR("user:nobody")}, NULL, NULL},
        {"aud", {ASK("nowhere", "read"), .as = STR("user:ada")}, NULL, NULL},
        {"root", {ASK("posts", "delete")}, "A", ALLOWED ";/reached=true;/administrator=true"},
    };
    (void)state;
    struct house *h = house_open();
    house_model(h, model);
    house_people(h, people);
    str ada = house_user(h, "ada");
    for (size_t i = 0; i < 3; i++) {
        static const char *const items[] = {"{title:'A', cost:1, owner:'%s'}", "{title:'B', cost:2}", "{title:'dear', cost:99}"};
        str head, tail;
        bool has = str_cut(str_of(items[i]), '%', &head, &tail);
        (void)house_item(h, "posts", has ? arena_cstr(h->arena, arena_format(h->arena, STR_FMT STR_FMT STR_FMT, STR_ARG(head),
                                                                             STR_ARG(ada), STR_ARG(str_slice(tail, 1, tail.len))))
                                         : items[i]);
    }
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct arena *a = arena_open(16u << 10);
        struct explain_wish wish = rows[i].wish;
        struct problem why;
        CHECK_AT(i);
        if (rows[i].item)
            wish.id = house_find(h, a, "posts", "title", rows[i].item);
        const struct json *v = ask(h, a, rows[i].key, &wish, &why);
        CHECK((v != NULL) == (rows[i].wanted != NULL));
        if (v && rows[i].wanted)
            check_parts(a, v, rows[i].wanted);
        arena_close(a);
    }
    house_close(h);
}

/* Which grant, by which role, and why not. */
static void each_grant_has_its_reason(void **state)
{
    (void)state;
    struct house *h = house_open();
    struct arena *a = arena_open(64u << 10);
    struct problem why;
    house_model(h, model);
    house_people(h, people);
    struct explain_wish wish = {ASK("posts", "update"), .as = STR("user:ada")};
    const struct json *v = ask(h, a, "root", &wish, &why);
    check_parts(a, v,
                "/grants/0/role=\"base\";/grants/0/by=\"inheritance\";/grants/0/through=\"writer\";/grants/0/reason=\"verb\";"
                "/grants/1/reason=\"collection\";/grants/2/role=\"writer\";/grants/2/by=\"group\";/grants/2/group=\"staff\";"
                "/grants/2/applies=true;/grants/2/reason=null;/grants/2/where={\"owner\":\"$user\"};"
                "/grants/3/role=\"approver\";/grants/3/by=\"own\";/grants/3/reason=\"verb\";/grants/4/role=\"night\";/grants/4/reason=\"address\"");
    v = ask(h, a, "ada", &wish, &why); /* may not ask about others */
    CHECK(v == NULL && why.err == ERR_FORBIDDEN);
    wish.as = (str){0};
    v = ask(h, a, "ada", &wish, &why); /* not even of himself what conditions say */
    check_parts(a, v, "/grants/2/applies=true;/grants/2/where=(absent);/grants/2/collection=(absent)");
    v = ask(h, a, "narrow", &wish, &why);
    check_parts(a, v, "/decision=\"refused\";/grants/2/reason=\"scope\";/scopes/0/collection=\"authors\"");
    wish.verb = S("read");
    v = ask(h, a, "narrow", &wish, &why);
    check_parts(a, v, "/decision=\"allowed\";/filter=\"hidden\"");
    arena_close(a);
    house_close(h);
}

/* AZ-12: one that may not be known of, and one that does not exist. */
static void an_unknown_collection_is_explained_to_nobody(void **state)
{
    static const char *const keys[] = {"ada", "half", "narrow", NULL};
    (void)state;
    struct house *h = house_open();
    house_model(h, model);
    house_people(h, people);
    for (size_t i = 0; i < COUNTOF(keys); i++) {
        struct arena *a = arena_open(16u << 10);
        struct explain_wish hidden = {ASK("ledger", "read")}, absent = {ASK("nolgdr", "read")};
        struct problem one, two;
        CHECK_AT(i);
        CHECK(ask(h, a, keys[i], &hidden, &one) == NULL && ask(h, a, keys[i], &absent, &two) == NULL);
        CHECK_INT(one.err, two.err);
        CHECK(one.err == ERR_NOT_FOUND);
        CHECK_INT(one.text.len, two.text.len);
        arena_close(a);
    }
    house_close(h);
}

static void templates_make_grants_with_the_role(void **state)
{
    static const struct {
        const char *template;
        size_t grants;
    } rows[] = {{"reader", 1}, {"editor", 1}, {"publisher", 1}, {"registry_pusher", 1}, {"certificate_requestor", 4}, {"certificate_manager", 9}, {"certificate_reader", 6}};
    (void)state;
    struct house *h = house_open();
    struct arena *a = arena_open(64u << 10);
    struct problem why = {.arena = a};
    const struct json *list;
    house_model(h, model);
    const struct principal *server = principal_system(h->gate, a, SYSTEM_COMMAND);
    CHECK_PROBLEM(gate_role_templates(server, a, &list, &why), ERR_OK, &why);
    CHECK_INT(list->count, COUNTOF(rows));
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        str id, name = arena_format(a, "from_%s", rows[i].template);
        struct json shown;
        CHECK_AT(i);
        CHECK_STR(json_get(&list->items[i], S("name"))->text, str_of(rows[i].template));
        CHECK_PROBLEM(gate_role_create(h->gate, a, name, (str){0}, str_of(rows[i].template), &id, &why), ERR_OK, &why);
        CHECK_PROBLEM(gate_role_show(h->gate, a, name, &shown, &why), ERR_OK, &why);
        CHECK_INT(json_get(&shown, S("grants"))->count, rows[i].grants);
    }
    str id;
    CHECK_ERR(gate_role_create(h->gate, a, S("wrong"), (str){0}, S("emperor"), &id, &why), ERR_INVALID);
    const struct principal *public = principal_public(h->gate, a);
    why = (struct problem){.arena = a};
    CHECK_ERR(gate_role_templates(public, a, &list, &why), ERR_UNAUTHENTICATED);
    arena_close(a);
    house_close(h);
}

CHECK_MAIN(TEST(an_explanation_says_what_decided), TEST(each_grant_has_its_reason),
           TEST(an_unknown_collection_is_explained_to_nobody), TEST(templates_make_grants_with_the_role))
