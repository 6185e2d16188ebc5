/* Grants, roles and groups written by people who are no administrators: only within what they hold (AZ-9). */
#include "tests/support/check.h"
#include "tests/support/folder.h"
#include "tests/support/house.h"

#include "base/limits.h"
#include "content/content.h"
#include "content/kind.h"

#include <stdlib.h>
#include <unistd.h>

static const char model[] =
    "[{name:'people', fields:[{name:'salary', kind:'number'}]}, {name:'open', fields:[{name:'title', kind:'text'}]},"
    " {name:'posts', fields:[{name:'by', kind:'ref', to:'people'}, {name:'of', kind:'ref', to:'open'},{name:'title', kind:'text'}, {name:'body', kind:'text'}, {name:'owner', kind:'text'},"
    "   {name:'views', kind:'number'}, {name:'pin', kind:'secret'}], actions:[{name:'approve'}]},"
    " {name:'blog_a', fields:[{name:'title', kind:'text'}]}, {name:'pages', fields:[{name:'title', kind:'text'}]},"
    " {name:'drafts', fields:[{name:'title', kind:'text'}, {name:'cost', kind:'number'}, {name:'by', kind:'ref', to:'people'},"
    "   {name:'of', kind:'ref', to:'open'}]}]";

/* lead may write roles, grants and groups, and holds this and that. */
static const char people[] =
    "{roles: {clerk: [{collection:'roles', verbs:['*']}, {collection:'grants', verbs:['*']}, {collection:'groups', verbs:['*']},"
    "                 {collection:'users', verbs:['*']}, {collection:'settings', verbs:['*']}],"
    "         lead: {inherits:['clerk'], grants: ["
    "                 {collection:'posts', verbs:['read'], fields:['title','body'], where:{owner:'$user'}},"
    "                 {collection:'posts', verbs:['update'], where:{views:1}, check:{views:{$lt:9}}},"
    "                 {collection:'posts', verbs:['create'], preset:{owner:'$user'}},"
    "                 {collection:'posts', verbs:['approve'], where:{views:1}},"
    "                 {collection:'blog_*', verbs:['read','create']},"
    "                 {collection:'pages', verbs:['*']}, {collection:'open', verbs:['read']},"
    "                 {collection:'drafts', verbs:['read'], fields:['title','of','by']}, {collection:'drafts', verbs:['delete']},"
    "                 {collection:'locales', verbs:['read'], locales:['de','fr']},"
    "                 {collection:'assets', verbs:['read'], valid_until:'2100-01-01T00:00:00Z'}]},"
    "         spare: [], wide: [{collection:'*', verbs:['*']}], within: [{collection:'pages', verbs:['read']}],"
    "         boss: {inherits:['admin']}, cockpit: {permissions:{'content/pages/update':true}}},"
    " groups: {staff: {roles:['lead']}, powers: {roles:['wide']}, heirs: {roles:['boss']}, pages: {roles:['within']}},"
    " users: {root: {roles:['admin']}, lea: {roles:['lead']}, vic: {roles:['wide']}, member: {groups:['powers']}, plain: {}},"
    " keys: {root: {user:'root'}, lea: {user:'lea'}, narrow: {user:'lea', scopes:[{collection:'grants'}, {collection:'roles'}, {collection:'pages', verbs:['read']}]}}}";

static str id_for(struct house *h, str sort, const char *name)
{
    if (str_equal(sort, S("role")))
        return house_role(h, name);
    if (str_equal(sort, S("group")))
        return house_group(h, name);
    return house_user(h, name);
}

/* <role:lead>: its id. */
static const char *expand(struct house *h, struct arena *a, const char *text)
{
    struct buf b;
    buf_init(&b, a, 1u << 16);
    str rest = str_of(text), head, name, sort;
    for (size_t at; str_find(rest, '<', &at);) {
        (void)str_cut(rest, '<', &head, &rest);
        buf_add(&b, head);
        (void)str_cut(rest, '>', &name, &rest);
        (void)str_cut(name, ':', &sort, &name);
        buf_add(&b, id_for(h, sort, arena_cstr(a, name)));
    }
    buf_add(&b, rest);
    return arena_cstr(a, buf_str(&b));
}

static enum err attempt(struct house *h, struct arena *a, const char *key, enum op op, const char *collection, const char *id,
                        const char *item, struct change *c, struct problem *why)
{
    const struct principal *who = house_who(h, a, house_key(h, key));
    *c = (struct change){.op = op, .in = house_collection(who, collection)};
    *why = (struct problem){.arena = a};
    if (op != OP_DELETE)
        TRY(change_read(a, c->in, house_json(a, expand(h, a, item)), S(""), c, why));
    c->op = op;
    c->id = id ? str_of(expand(h, a, id)) : (str){0};
    return gate_write(h->gate, who, c, 1, a, why);
}

static void a_grant_gives_no_more_than_its_author_holds(void **state)
{
    static const struct {
        const char *grant;
        enum err err;
    } rows[] = {
        /* Verbs, collections, patterns. */
        {"collection:'pages', verbs:['read']", ERR_OK},
        {"collection:'pages', verbs:['read','publish','delete']", ERR_OK},
        {"collection:'pages', verbs:['*']", ERR_OK},
        {"collection:'pages', verbs:['whatever']", ERR_OK}, /* the author's star covers it as well */
        {"collection:'posts', verbs:['delete']", ERR_FORBIDDEN},
        {"collection:'pages', verbs:['read'], fields:['title'], where:{title:'x'}, check:{title:'y'}, preset:{title:'z'}", ERR_OK},
        {"collection:'blog_a', verbs:['read']", ERR_OK},
        {"collection:'blog_a', verbs:['update']", ERR_FORBIDDEN},
        {"collection:'blog_a', verbs:['*']", ERR_FORBIDDEN},
        {"collection:'blog_*', verbs:['read']", ERR_OK},
        {"collection:'blog_x*', verbs:['create']", ERR_OK},
        {"collection:'blog_later', verbs:['read']", ERR_OK},
        {"collection:'later', verbs:['read']", ERR_FORBIDDEN},
        {"collection:'blog*', verbs:['read']", ERR_FORBIDDEN},
        {"collection:'*', verbs:['read']", ERR_FORBIDDEN},
        {"collection:'p*', verbs:['read']", ERR_FORBIDDEN},
        {"collection:'users', verbs:['read']", ERR_OK},
        {"collection:'api_keys', verbs:['read']", ERR_FORBIDDEN},
        {"collection:'certificates', verbs:['read']", ERR_FORBIDDEN},
        {"collection:'journal', verbs:['read']", ERR_FORBIDDEN},

        /* Fields. */
        {"collection:'posts', verbs:['read'], fields:['title'], where:{owner:'$user'}", ERR_OK},
        {"collection:'posts', verbs:['read'], fields:['title','body'], where:{owner:'$user'}", ERR_OK},
        {"collection:'posts', verbs:['read'], fields:['title','views'], where:{owner:'$user'}", ERR_FORBIDDEN},
        {"collection:'posts', verbs:['read'], where:{owner:'$user'}", ERR_FORBIDDEN},
        {"collection:'posts', verbs:['read'], fields:[], where:{owner:'$user'}", ERR_FORBIDDEN},
        {"collection:'posts', verbs:['read'], fields:['title','later'], where:{owner:'$user'}", ERR_FORBIDDEN},
        {"collection:'posts', verbs:['read'], fields:['pin'], where:{owner:'$user'}", ERR_FORBIDDEN},

        /* Rows: the author's filter as it is, or with more beside it. */
        {"collection:'posts', verbs:['read'], fields:['title']", ERR_FORBIDDEN},
        {"collection:'posts', verbs:['read'], fields:['title'], where:{}", ERR_FORBIDDEN},
        {"collection:'posts', verbs:['read'], fields:['title'], where:{owner:'somebody'}", ERR_FORBIDDEN},
        {"collection:'posts', verbs:['read'], fields:['title'], where:{owner:'$user',body:'3'}", ERR_OK},
        {"collection:'posts', verbs:['read'], fields:['title'], where:{$and:[{body:'3'},{owner:'$user'}]}", ERR_OK},
        {"collection:'posts', verbs:['read'], fields:['title'], where:{owner:'$user',views:3}", ERR_FORBIDDEN}, /* a field he cannot ask of */
        {"collection:'posts', verbs:['read'], fields:['title'], where:{$or:[{views:3},{owner:'$user'}]}", ERR_FORBIDDEN},
        {"collection:'posts', verbs:['read'], fields:['title'], where:{$or:[{owner:'$user',body:'3'},{owner:'$user',body:'4'}]}", ERR_OK},
        {"collection:'posts', verbs:['read'], fields:['title'], where:{$nor:[{owner:'$user'}]}", ERR_FORBIDDEN},
        {"collection:'posts', verbs:['read'], fields:['title'], where:{owner:'$user',later:1}", ERR_FORBIDDEN},
        {"collection:'drafts', verbs:['read'], fields:['title'], where:{title:'x'}", ERR_OK},
        {"collection:'drafts', verbs:['read'], fields:['title'], where:{cost:{$gt:5}}", ERR_FORBIDDEN},
        {"collection:'drafts', verbs:['read'], fields:['title'], where:{'of.title':'x'}", ERR_OK},
        {"collection:'drafts', verbs:['read'], fields:['title'], where:{'by.salary':{$gt:5}}", ERR_FORBIDDEN},
        {"collection:'drafts', verbs:['delete'], where:{title:'x'}", ERR_OK},
        {"collection:'drafts', verbs:['delete'], where:{cost:1}", ERR_FORBIDDEN},
        {"collection:'drafts', verbs:['delete']", ERR_OK},
        {"collection:'blog_a', verbs:['read'], where:{title:'x'}", ERR_OK},
        {"collection:'blog_later', verbs:['read'], where:{title:'x'}", ERR_FORBIDDEN},
        {"collection:'posts', verbs:['approve'], where:{views:1}", ERR_OK},
        {"collection:'posts', verbs:['approve'], where:{views:2}", ERR_FORBIDDEN},
        {"collection:'posts', verbs:['approve']", ERR_FORBIDDEN},

        /* Checks and presets. */
        {"collection:'posts', verbs:['update'], where:{views:1}, check:{views:{$lt:9}}", ERR_OK},
        {"collection:'posts', verbs:['update'], where:{views:1}, check:{views:{$lt:9}, title:'x'}", ERR_OK},
        {"collection:'posts', verbs:['update'], where:{views:1}, check:{views:{$lt:9}, owner:'x'}", ERR_FORBIDDEN},
        {"collection:'posts', verbs:['update'], where:{views:1}", ERR_FORBIDDEN},
        {"collection:'posts', verbs:['update'], where:{views:1}, check:{views:{$lt:10}}", ERR_FORBIDDEN},
        {"collection:'posts', verbs:['create'], preset:{owner:'$user'}", ERR_OK},
        {"collection:'posts', verbs:['create'], preset:{owner:'$user',views:1}", ERR_OK},
        {"collection:'posts', verbs:['create'], preset:{owner:'other'}", ERR_FORBIDDEN},
        {"collection:'posts', verbs:['create']", ERR_FORBIDDEN},

        /* Languages, and what is held for a time only. */
        {"collection:'locales', verbs:['read'], locales:['de']", ERR_OK},
        {"collection:'locales', verbs:['read'], locales:['FR','de']", ERR_OK},
        {"collection:'locales', verbs:['read'], locales:['en']", ERR_FORBIDDEN},
        {"collection:'locales', verbs:['read']", ERR_FORBIDDEN},
        {"collection:'assets', verbs:['read']", ERR_FORBIDDEN},
        {"collection:'assets', verbs:['read'], valid_until:'2099-01-01T00:00:00Z'", ERR_FORBIDDEN},
        {"collection:'pages', verbs:['read'], valid_until:'2099-01-01T00:00:00Z', addresses:['10.0.0.0/8']", ERR_OK},
        {"collection:'pages', verbs:['read'], addresses:['10.0.0.0/33']", ERR_INVALID},
    };
    (void)state;
    struct house *h = house_open();
    house_model(h, model);
    house_people(h, people);
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct arena *a = arena_open(16u << 10);
        struct problem why;
        struct change c;
        CHECK_AT(i);
        const char *item = arena_cstr(a, arena_format(a, "{role:'<role:spare>', %s}", rows[i].grant));
        CHECK_PROBLEM(attempt(h, a, "lea", OP_CREATE, "grants", NULL, item, &c, &why), rows[i].err, &why);
        if (why.err == ERR_OK)
            house_delete(h, "grants", c.result_id);
        CHECK_PROBLEM(attempt(h, a, "root", OP_CREATE, "grants", NULL, item, &c, &why),
                      rows[i].err == ERR_INVALID ? ERR_INVALID : ERR_OK, &why);
        if (why.err == ERR_OK) { /* an update is judged by where it ends */
            str id = c.result_id;
            CHECK_PROBLEM(attempt(h, a, "lea", OP_UPDATE, "grants", arena_cstr(a, id), "{info:'touched'}", &c, &why), rows[i].err, &why);
            house_delete(h, "grants", id);
        }
        arena_close(a);
    }
    house_close(h);
}

static void roles_and_groups_are_handed_on_within_what_is_held(void **state)
{
    static const struct {
        const char *who;
        enum op op;
        const char *collection, *id, *item;
        enum err err;
    } rows[] = {
        {"lea", OP_CREATE, "roles", NULL, "{name:'n1', inherits:['<role:within>']}", ERR_OK},
        {"lea", OP_CREATE, "roles", NULL, "{name:'n2', inherits:['<role:lead>']}", ERR_OK},
        {"lea", OP_CREATE, "roles", NULL, "{name:'n3', inherits:['<role:clerk>']}", ERR_OK}, /* by inheritance */
        {"lea", OP_CREATE, "roles", NULL, "{name:'n4', inherits:['<role:wide>']}", ERR_FORBIDDEN},
        {"lea", OP_CREATE, "roles", NULL, "{name:'n5', inherits:['<role:admin>']}", ERR_FORBIDDEN},
        {"lea", OP_CREATE, "roles", NULL, "{name:'n6', inherits:['<role:boss>']}", ERR_FORBIDDEN},
        {"lea", OP_CREATE, "roles", NULL, "{name:'n7', inherits:['<role:cockpit>']}", ERR_OK},
        {"lea", OP_CREATE, "roles", NULL, "{name:'n8', permissions:{'content/pages/update':true}}", ERR_OK},
        {"lea", OP_CREATE, "roles", NULL, "{name:'n9', permissions:{'content/posts/update':true}}", ERR_FORBIDDEN},
        {"lea", OP_CREATE, "roles", NULL, "{name:'n10', permissions:{'app/users/manage':true,'app/roles/manage':true}}", ERR_OK},
        {"lea", OP_CREATE, "roles", NULL, "{name:'n11', permissions:{'app/api/manage':true}}", ERR_FORBIDDEN},
        {"lea", OP_UPDATE, "roles", "<role:spare>", "{inherits:['<role:wide>']}", ERR_FORBIDDEN},
        {"lea", OP_UPDATE, "roles", "<role:within>", "{valid_until:'2099-01-01T00:00:00Z'}", ERR_OK},
        {"lea", OP_UPDATE, "roles", "<role:wide>", "{valid_until:'2099-01-01T00:00:00Z'}", ERR_FORBIDDEN},
        {"lea", OP_UPDATE, "roles", "<role:wide>", "{label:'Wide'}", ERR_OK},
        {"root", OP_CREATE, "roles", NULL, "{name:'n12', addresses:['here']}", ERR_INVALID},
        {"root", OP_UPDATE, "roles", "<role:admin>", "{valid_until:'2099-01-01T00:00:00Z'}", ERR_CONFLICT},
        {"root", OP_UPDATE, "roles", "<role:admin>", "{addresses:['10.0.0.0/8']}", ERR_CONFLICT},

        /* Circles. */
        {"root", OP_UPDATE, "roles", "<role:lead>", "{inherits:['<role:lead>']}", ERR_INVALID},
        {"root", OP_UPDATE, "roles", "<role:clerk>", "{inherits:['<role:lead>']}", ERR_INVALID},
        {"root", OP_UPDATE, "roles", "<role:admin>", "{inherits:['<role:boss>']}", ERR_INVALID},
        {"root", OP_UPDATE, "roles", "<role:clerk>", "{inherits:['<role:spare>']}", ERR_OK},
        {"root", OP_UPDATE, "roles", "<role:clerk>", "{inherits:[]}", ERR_OK},

        {"lea", OP_CREATE, "groups", NULL, "{name:'g1', roles:['<role:within>','<role:lead>']}", ERR_OK},
        {"lea", OP_CREATE, "groups", NULL, "{name:'g2', roles:['<role:wide>']}", ERR_FORBIDDEN},
        {"lea", OP_UPDATE, "groups", "<group:staff>", "{roles:['<role:lead>','<role:boss>']}", ERR_FORBIDDEN},
        {"lea", OP_UPDATE, "groups", "<group:powers>", "{label:'Powers'}", ERR_OK},
        {"lea", OP_UPDATE, "users", "<user:plain>", "{groups:['<group:staff>']}", ERR_OK},
        {"lea", OP_UPDATE, "users", "<user:plain>", "{groups:['<group:staff>','<group:powers>']}", ERR_FORBIDDEN},
        {"lea", OP_UPDATE, "users", "<user:plain>", "{groups:['<group:heirs>']}", ERR_FORBIDDEN},
        {"lea", OP_UPDATE, "users", "<user:lea>", "{groups:['<group:powers>']}", ERR_FORBIDDEN},
        {"lea", OP_UPDATE, "users", "<user:member>", "{password:'correct horse'}", ERR_FORBIDDEN},
        {"lea", OP_UPDATE, "users", "<user:plain>", "{roles:['<role:within>']}", ERR_OK},
        {"lea", OP_CREATE, "settings", NULL, "{public_role:'<role:boss>'}", ERR_FORBIDDEN},
        {"root", OP_CREATE, "settings", NULL, "{public_role:'<role:boss>'}", ERR_INVALID},
        {"lea", OP_CREATE, "settings", NULL, "{signed_in_role:'<role:boss>'}", ERR_FORBIDDEN},
        {"root", OP_CREATE, "settings", NULL, "{signed_in_role:'<role:boss>'}", ERR_INVALID},
        {"lea", OP_CREATE, "settings", NULL, "{public_role:'<role:within>'}", ERR_OK},

        /* A narrowed key hands on what is left, and no roles. */
        {"narrow", OP_CREATE, "grants", NULL, "{role:'<role:spare>', collection:'pages', verbs:['read'], fields:['title']}", ERR_OK},
        {"narrow", OP_CREATE, "grants", NULL, "{role:'<role:spare>', collection:'pages', verbs:['*']}", ERR_FORBIDDEN},
        {"narrow", OP_CREATE, "grants", NULL, "{role:'<role:spare>', collection:'pages', verbs:['update'], fields:['title']}", ERR_FORBIDDEN},
        {"narrow", OP_CREATE, "roles", NULL, "{name:'n13', inherits:['<role:within>']}", ERR_FORBIDDEN},

        /* Where conditions speak of $role, a role's name is a right: only who holds it hands it on. */
        {"root", OP_CREATE, "grants", NULL, "{role:'<role:spare>', collection:'posts', verbs:['read'], where:{owner:'$role'}}", ERR_OK},
        {"lea", OP_UPDATE, "users", "<user:plain>", "{roles:['<role:within>','<role:cockpit>']}", ERR_FORBIDDEN},
        {"lea", OP_CREATE, "users", NULL, "{email:'n@example.com', roles:['<role:lead>']}", ERR_OK},
    };
    (void)state;
    struct house *h = house_open();
    house_model(h, model);
    house_people(h, people);
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct arena *a = arena_open(16u << 10);
        struct problem why;
        struct change c;
        CHECK_AT(i);
        CHECK_PROBLEM(attempt(h, a, rows[i].who, rows[i].op, rows[i].collection, rows[i].id, rows[i].item, &c, &why), rows[i].err, &why);
        arena_close(a);
    }
    house_close(h);
}

/* Whatever the detour: groups, inheritance, limits, deletion. Each row against a house where Ada is the only
 * administrator, in the way that `people` says. */
static void the_last_administrator_stays_by_whatever_way(void **state)
{
    static const char by_group[] = "{groups: {admins: {roles:['admin']}}, users: {ada: {groups:['admins']}, bob: {}}}";
    static const char by_boss[] = "{roles: {boss: {inherits:['admin']}, spare: []}, users: {ada: {roles:['boss']}, bob: {}}}";
    static const char by_both[] = "{roles: {boss: {inherits:['admin']}}, groups: {admins: {roles:['boss']}},"
                                  " users: {ada: {groups:['admins']}, bob: {}}}";
    static const char with_limited[] = "{roles: {old: {inherits:['admin'], valid_until:'2100-01-01T00:00:00Z'}},"
                                       " services: {bot: {roles:['admin']}}, groups: {empty: {roles:['admin']}},"
                                       " users: {ada: {roles:['admin']}, bob: {roles:['old']}, off: {roles:['admin'], active:false}}}";
    static const char two[] = "{roles: {boss: {inherits:['admin']}}, users: {ada: {roles:['admin']}, bob: {roles:['boss']}}}";
    static const struct {
        const char *people;
        enum op op;
        const char *collection, *id, *item;
        enum err err;
    } rows[] = {
        {by_group, OP_UPDATE, "users", "<user:ada>", "{groups:[]}", ERR_CONFLICT},
        {by_group, OP_UPDATE, "users", "<user:ada>", "{active:false}", ERR_CONFLICT},
        {by_group, OP_DELETE, "users", "<user:ada>", NULL, ERR_CONFLICT},
        {by_group, OP_UPDATE, "groups", "<group:admins>", "{roles:[]}", ERR_CONFLICT},
        {by_group, OP_DELETE, "groups", "<group:admins>", NULL, ERR_CONFLICT},
        {by_group, OP_UPDATE, "users", "<user:ada>", "{groups:[], roles:['<role:admin>']}", ERR_OK},
        {by_group, OP_DELETE, "users", "<user:bob>", NULL, ERR_OK},
        {by_boss, OP_UPDATE, "users", "<user:ada>", "{roles:[]}", ERR_CONFLICT},
        {by_boss, OP_UPDATE, "roles", "<role:boss>", "{inherits:[]}", ERR_CONFLICT},
        {by_boss, OP_UPDATE, "roles", "<role:boss>", "{valid_until:'2100-01-01T00:00:00Z'}", ERR_CONFLICT},
        {by_boss, OP_UPDATE, "roles", "<role:boss>", "{addresses:['10.0.0.0/8']}", ERR_CONFLICT},
        {by_boss, OP_UPDATE, "roles", "<role:boss>", "{inherits:['<role:admin>','<role:spare>']}", ERR_OK},
        {by_boss, OP_DELETE, "roles", "<role:boss>", NULL, ERR_CONFLICT},
        {by_boss, OP_DELETE, "roles", "<role:spare>", NULL, ERR_OK},
        {by_both, OP_DELETE, "groups", "<group:admins>", NULL, ERR_CONFLICT},
        {by_both, OP_DELETE, "roles", "<role:boss>", NULL, ERR_CONFLICT},
        {by_both, OP_UPDATE, "groups", "<group:admins>", "{roles:['<role:admin>']}", ERR_OK},
        {with_limited, OP_DELETE, "users", "<user:ada>", NULL, ERR_CONFLICT},
        {with_limited, OP_UPDATE, "users", "<user:ada>", "{roles:[]}", ERR_CONFLICT},
        {with_limited, OP_UPDATE, "users", "<user:ada>", "{roles:['<role:old>']}", ERR_CONFLICT},
        {with_limited, OP_DELETE, "roles", "<role:old>", NULL, ERR_OK},
        {two, OP_DELETE, "users", "<user:ada>", NULL, ERR_OK},
        {two, OP_DELETE, "users", "<user:bob>", NULL, ERR_OK},
        {two, OP_DELETE, "roles", "<role:boss>", NULL, ERR_OK},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct house *h = house_open();
        struct arena *a = arena_open(16u << 10);
        struct problem why = {.arena = a};
        CHECK_AT(i);
        house_people(h, rows[i].people);
        const struct principal *who = principal_system(h->gate, a, SYSTEM_COMMAND); /* binds the server's commands, too */
        struct change c = {.op = rows[i].op, .in = house_collection(who, rows[i].collection)};
        if (rows[i].item)
            NEED(change_read(a, c.in, house_json(a, expand(h, a, rows[i].item)), S(""), &c, &why) == ERR_OK);
        c.op = rows[i].op;
        c.id = str_of(expand(h, a, rows[i].id));
        CHECK_PROBLEM(gate_write(h->gate, who, &c, 1, a, &why), rows[i].err, &why);
        CHECK(str_is_absent(gate_setup_code(h->gate))); /* no second first administrator, however it came about */
        arena_close(a);
        house_close(h);
    }
}

/* Two who go at once, in one transaction: the second finds nobody left. */
static void two_cannot_leave_together(void **state)
{
    (void)state;
    struct house *h = house_open();
    struct arena *a = arena_open(16u << 10);
    struct problem why = {.arena = a};
    house_people(h, "{groups: {admins: {roles:['admin']}}, users: {ada: {roles:['admin']}, bob: {groups:['admins']}}}");
    const struct principal *who = principal_system(h->gate, a, SYSTEM_COMMAND);
    struct change c[2] = {{.op = OP_DELETE, .in = house_collection(who, "users"), .id = house_user(h, "ada")},
                          {.op = OP_DELETE, .in = house_collection(who, "groups"), .id = house_group(h, "admins")}};
    CHECK_ERR(gate_write(h->gate, who, c, 2, a, &why), ERR_CONFLICT);
    CHECK(house_has(h, "users", house_user(h, "ada")));
    arena_close(a);
    house_close(h);
}

static enum err write_text(struct gate *g, struct arena *a, enum op op, const char *collection, str id, const char *item)
{
    const struct principal *who = principal_system(g, a, SYSTEM_COMMAND);
    struct change c = {.op = op, .in = house_collection(who, collection)};
    struct problem why = {.arena = a};
    if (item)
        TRY(change_read(a, c.in, house_json(a, item), S(""), &c, &why));
    c.op = op;
    c.id = id;
    return gate_write(g, who, &c, 1, a, &why);
}

static const char *inherits(struct arena *a, str id)
{
    return arena_cstr(a, arena_format(a, "{inherits:['" STR_FMT "']}", STR_ARG(id)));
}

/* What one process wrote counts for the other, whose picture of people and roles is an old one. */
static void two_processes_judge_by_what_is_committed(void **state)
{
    static const char *const files[] = {"vitrine.db", "vitrine.db-wal", "vitrine.db-shm", "vitrine.lock"};
    char folder[FOLDER_ROOM];
    (void)state;
    folder_new(folder, "handing");
    struct house *h = house_open_with(&(struct house_config){.directory = str_of(folder)});
    struct arena *a = arena_open(64u << 10);
    struct problem why = {.arena = a};
    struct content_config content = {.directory = str_of(folder), .engine = &engine_sqlite, .crypt = h->crypt};
    struct gate_config config = {.content = &content};
    struct gate *other = NULL;
    house_people(h, "{roles: {x: [], y: []}, users: {ada: {roles:['admin']}, bob: {roles:['admin']}}}");
    str x = house_role(h, "x"), y = house_role(h, "y"), ada = house_user(h, "ada"), bob = house_user(h, "bob");
    CHECK_PROBLEM(gate_open(&config, &other, &why), ERR_OK, &why);
    NEED(other != NULL);
    CHECK_ERR(write_text(h->gate, a, OP_UPDATE, "roles", x, inherits(a, y)), ERR_OK);
    CHECK_ERR(write_text(other, a, OP_UPDATE, "roles", y, inherits(a, x)), ERR_INVALID);
    CHECK_ERR(write_text(other, a, OP_DELETE, "users", ada, NULL), ERR_OK);
    CHECK_ERR(write_text(h->gate, a, OP_DELETE, "users", bob, NULL), ERR_CONFLICT);
    arena_close(a);
    gate_close(other);
    house_close(h);
    struct arena *paths = arena_open(1024);
    for (size_t i = 0; i < COUNTOF(files); i++)
        (void)unlink(arena_cstr(paths, arena_format(paths, "%s/%s", folder, files[i])));
    (void)rmdir(folder);
    arena_close(paths);
}

/* LIMIT_ROLE_DEPTH inheritances in a row are taken, wherever the chain is made longer. */
static void chains_have_an_end(void **state)
{
    (void)state;
    struct house *h = house_open();
    struct arena *a = arena_open(64u << 10);
    str below = {0}, top = {0};
    for (unsigned i = 0; i <= LIMIT_ROLE_DEPTH; i++) {
        const char *more = str_is_absent(below) ? "" : arena_cstr(a, arena_format(a, ", inherits:['" STR_FMT "']", STR_ARG(below)));
        below = house_item(h, "roles", arena_cstr(a, arena_format(a, "{name:'c%u'%s}", i, more)));
        top = below;
    }
    CHECK_ERR(write_text(h->gate, a, OP_CREATE, "roles", (str){0}, arena_cstr(a, arena_format(a, "{name:'over', inherits:['" STR_FMT "']}", STR_ARG(top)))), ERR_INVALID);
    str bottom = house_role(h, "c0"), spare = house_item(h, "roles", "{name:'spare'}");
    CHECK_ERR(write_text(h->gate, a, OP_UPDATE, "roles", bottom, inherits(a, spare)), ERR_INVALID);
    CHECK_ERR(write_text(h->gate, a, OP_UPDATE, "roles", house_role(h, "c1"), inherits(a, spare)), ERR_OK);
    arena_close(a);
    house_close(h);
}

/* Nor does a collection get into reach by its name. */
static void a_new_name_widens_nothing(void **state)
{
    static const struct {
        const char *key, *name;
        enum err err;
    } rows[] = {
        {"modeler", "blog_ledger", ERR_FORBIDDEN},
        {"modeler", "accounts", ERR_OK},
        {"root", "blog_ledger", ERR_OK},
        {"modeler", "blog_more", ERR_OK}, /* already within */
        {"modeler", "ledger", ERR_OK},
    };
    (void)state;
    struct house *h = house_open();
    house_model(h, "[{name:'ledger', fields:[{name:'entry', kind:'text'}]}]");
    house_people(h, "{roles: {modeler: [{collection:'collections', verbs:['*']}], blogger: [{collection:'blog_*', verbs:['read']},"
                    "         {collection:'*', verbs:['create']}]},"
                    " users: {root: {roles:['admin']}}, keys: {modeler: {role:'modeler'}, root: {user:'root'}}}");
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct arena *a = arena_open(16u << 10);
        struct problem why;
        struct change c;
        str id = house_find(h, a, "collections", "name", i == 0 || i == 1 ? "ledger" : rows[i - 1].name);
        CHECK_AT(i);
        const char *item = arena_cstr(a, arena_format(a, "{name:'%s'}", rows[i].name));
        CHECK_PROBLEM(attempt(h, a, rows[i].key, OP_UPDATE, "collections", arena_cstr(a, id), item, &c, &why), rows[i].err, &why);
        arena_close(a);
    }
    house_close(h);
}

CHECK_MAIN(TEST(a_grant_gives_no_more_than_its_author_holds), TEST(roles_and_groups_are_handed_on_within_what_is_held),
           TEST(the_last_administrator_stays_by_whatever_way), TEST(two_cannot_leave_together),
           TEST(two_processes_judge_by_what_is_committed), TEST(chains_have_an_end),
           TEST(a_new_name_widens_nothing))
