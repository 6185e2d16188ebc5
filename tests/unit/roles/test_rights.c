#include "tests/support/check.h"

#include "content/kind.h"
#include "content/system/system.h"
#include "roles/internal.h"

/* Grants and scopes as they stand in items, and the access that comes of them, printed as the audit does:
 * "read fields where=… check=…", or "-" without a grant. */
struct bench {
    struct arena *arena;
    struct model *model;
};

static const char definitions[] =
    "[{name:'authors', fields:[{name:'name', kind:'text'}, {name:'salary', kind:'number'}]},"
    " {name:'posts', fields:[{name:'title', kind:'text'}, {name:'body', kind:'text'}, {name:'views', kind:'number'},"
    "   {name:'owner', kind:'text'}, {name:'pin', kind:'secret'}, {name:'author', kind:'ref', to:'authors'}],"
    "   actions:[{name:'approve'}]}, {name:'sections', shape:'tree', fields:[{name:'title', kind:'text'}]}]";

static const struct json *read_text(struct arena *a, const char *text)
{
    const struct json *v = NULL;
    struct problem why = {.arena = a};
    struct json_options options = {.dialect = JSON_5};
    if (json_read(a, str_of(text), &options, S("test"), &v, &why) != ERR_OK)
        CHECK_SAY(STR_FMT ": %s", STR_ARG(why.text), text);
    NEED(v != NULL);
    return v;
}

static struct bench open_bench(void)
{
    struct bench b = {.arena = arena_open(64u << 10)};
    struct problem why = {.arena = b.arena};
    const struct json *const *system = NULL, *own = read_text(b.arena, definitions);
    size_t count = 0;
    NEED(system_definitions(b.arena, &system, &count, &why) == ERR_OK);
    const struct json **all = NEW_N(b.arena, const struct json *, count + own->count);
    memcpy(all, system, count * sizeof *all);
    for (uint32_t i = 0; i < own->count; i++)
        all[count++] = &own->items[i];
    NEED(model_read(all, count, 7, &b.model, &why) == ERR_OK);
    return b;
}

static void close_bench(struct bench *b)
{
    counted_release(&b->model->counted);
    arena_close(b->arena);
}

/* grants: items of the collection, with the role's name in place of its id; "r" is the role by default. */
static struct policy_rules rules(struct bench *b, const char *grants)
{
    const struct json *list = read_text(b->arena, grants);
    struct item_list roles = {.items = NEW_N(b->arena, struct json, 8)}, items = {.items = NEW_N(b->arena, struct json, 32)};
    static const char *const names[] = {"{_id:'r',name:'r'}", "{_id:'q',name:'q'}", "{_id:'admin',name:'admin'}",
                                        "{_id:'a',name:'a'}", "{_id:'b',name:'b'}", "{_id:'ab',name:'ab'}"};
    for (size_t i = 0; i < COUNTOF(names); i++)
        roles.items[roles.count++] = *read_text(b->arena, names[i]);
    for (uint32_t i = 0; i < list->count; i++) {
        struct json *members = NEW_N(b->arena, struct json, list->items[i].count + 1);
        memcpy(members, list->items[i].items, list->items[i].count * sizeof *members);
        size_t count = list->items[i].count;
        if (!json_get(&list->items[i], S("role")))
            members[count++] = json_named(S("role"), json_of_text(S("r")));
        items.items[items.count++] = json_of_map(members, count);
    }
    return rules_of(b->arena, &roles, &items);
}

static const struct rights *make_with(struct bench *b, const struct policy_rules *r, const str *roles, size_t role_count,
                                     const struct scope *scopes, size_t scope_count)
{
    struct rights_wish wish = {.model = b->model, .policy_epoch = 1, .rules = r, .roles = roles, .role_count = role_count,
                               .scopes = scopes, .scope_count = scope_count};
    return rights_make(&wish);
}

static const struct rights *make(struct bench *b, const char *grants, const char *scopes)
{
    struct policy_rules r = rules(b, grants);
    static const str roles[] = {STR("r")};
    size_t count = 0;
    const struct scope *list = scopes ? scopes_of(b->arena, read_text(b->arena, scopes), &count) : NULL;
    return make_with(b, &r, roles, COUNTOF(roles), list, count);
}

static void release(const struct rights *r)
{
    counted_release((struct counted *)(uintptr_t)&r->counted);
}

static str fields_of(struct arena *a, const struct access *access)
{
    struct buf b;
    buf_init(&b, a, 4096);
    for (size_t i = META_COUNT; i < access->in->field_count; i++)
        if (field_set_has(&access->fields, i))
            buf_format(&b, "%s" STR_FMT, b.len ? "," : "", STR_ARG(access->in->fields[i].name));
    return b.len ? buf_str(&b) : S("none");
}

static str print(struct arena *a, const struct access *access)
{
    struct buf b;
    if (!access->granted) {
        CHECK(access->where->node == FILTER_NONE && access->check->node == FILTER_NONE && access->preset_count == 0);
        CHECK(field_set_is_empty(&access->fields));
        return S("-");
    }
    buf_init(&b, a, 4096);
    buf_add(&b, fields_of(a, access));
    if (access->where->node != FILTER_ALL)
        buf_format(&b, " where=" STR_FMT, STR_ARG(filter_print(a, access->where)));
    if (access->check->node != FILTER_ALL)
        buf_format(&b, " check=" STR_FMT, STR_ARG(filter_print(a, access->check)));
    for (size_t i = 0; i < access->preset_count; i++)
        buf_format(&b, " preset." STR_FMT "=" STR_FMT, STR_ARG(access->presets[i].field->name),
                   STR_ARG(json_print(a, &access->presets[i].value)));
    return buf_str(&b);
}

static str access_text(struct bench *b, const struct rights *r, const char *collection, enum verb verb)
{
    return print(b->arena, rights_access(r, verb, model_find(b->model, str_of(collection))));
}

#define OWN "title,body,views,owner,author"
#define WRITABLE "title,body,views,owner,pin,author"

static void grants_become_access(void **state)
{
    static const struct {
        const char *grants, *scopes, *collection;
        enum verb verb;
        const char *wanted;
    } rows[] = {
        {"[]", NULL, "posts", VERB_READ, "-"},
        {"[{collection:'posts',verbs:['read']}]", NULL, "posts", VERB_READ, OWN},
        {"[{collection:'posts',verbs:['read']}]", NULL, "posts", VERB_UPDATE, "-"},
        {"[{collection:'posts',verbs:['read']}]", NULL, "authors", VERB_READ, "-"},
        {"[{collection:'posts',verbs:['create']}]", NULL, "posts", VERB_CREATE, WRITABLE},
        {"[{collection:'posts',verbs:['*']}]", NULL, "posts", VERB_DELETE, WRITABLE},
        {"[{collection:'*',verbs:['read']}]", NULL, "posts", VERB_READ, OWN},
        {"[{collection:'*',verbs:['*']}]", NULL, "authors", VERB_DELETE, "name,salary"},
        {"[{collection:'posts',verbs:['read'],role:'q'}]", NULL, "posts", VERB_READ, "-"},
        {"[{collection:'posts',verbs:['read'],role:'gone'}]", NULL, "posts", VERB_READ, "-"},
        {"[{collection:'posts',verbs:['read']}]", NULL, "posts", VERB_PUBLISH, "-"},

        /* A star means the users' collections and their files, never accounts, keys or the model. */
        {"[{collection:'*',verbs:['*']}]", NULL, "users", VERB_READ, "-"},
        {"[{collection:'*',verbs:['*']}]", NULL, "api_keys", VERB_CREATE, "-"},
        {"[{collection:'*',verbs:['*']}]", NULL, "grants", VERB_CREATE, "-"},
        {"[{collection:'*',verbs:['*']}]", NULL, "collections", VERB_UPDATE, "-"},
        {"[{collection:'*',verbs:['*']}]", NULL, "journal", VERB_READ, "-"},
        {"[{collection:'*',verbs:['*']}]", NULL, "settings", VERB_READ, "-"},
        {"[{collection:'*',verbs:['delete']}]", NULL, "assets", VERB_DELETE, "title,description,altText,tags,folder,fp,colors,private"},

        /* Names with stars: users' collections, by the whole name. */
        {"[{collection:'p*',verbs:['read']}]", NULL, "posts", VERB_READ, OWN},
        {"[{collection:'*s',verbs:['read']}]", NULL, "posts", VERB_READ, OWN},
        {"[{collection:'p*s*',verbs:['read']}]", NULL, "posts", VERB_READ, OWN},
        {"[{collection:'p*t',verbs:['read']}]", NULL, "posts", VERB_READ, "-"},
        {"[{collection:'P*',verbs:['read']}]", NULL, "posts", VERB_READ, "-"},
        {"[{collection:'u*',verbs:['read']}]", NULL, "users", VERB_READ, "-"},
        {"[{collection:'**',verbs:['read']}]", NULL, "users", VERB_READ, "-"},
        {"[{collection:'a*',verbs:['read']}]", NULL, "assets", VERB_READ, "-"},
        {"[{collection:'*assets',verbs:['read']}]", NULL, "assets", VERB_READ, "-"},

        /* What is secret is not read and what is the server's is not written, whatever a grant says. */
        {"[{collection:'posts',verbs:['read'],fields:['pin','title']}]", NULL, "posts", VERB_READ, "title"},
        {"[{collection:'posts',verbs:['create'],fields:['pin']}]", NULL, "posts", VERB_CREATE, "pin"},
        {"[{collection:'users',verbs:['read'],fields:['password','email']}]", NULL, "users", VERB_READ, "email"},
        {"[{collection:'users',verbs:['update'],fields:['last_login_at']}]", NULL, "users", VERB_UPDATE, "none"},
        {"[{collection:'journal',verbs:['*']}]", NULL, "journal", VERB_DELETE, "-"},
        {"[{collection:'journal',verbs:['*']}]", NULL, "journal", VERB_CREATE, "-"},
        {"[{collection:'sessions',verbs:['create']}]", NULL, "sessions", VERB_CREATE, "none"},

        /* Fields: union. A name that is no field any more gives nothing, and not everything. */
        {"[{collection:'posts',verbs:['read'],fields:['title']}]", NULL, "posts", VERB_READ, "title"},
        {"[{collection:'posts',verbs:['read'],fields:['title']},{collection:'posts',verbs:['read'],fields:['body']}]", NULL,
         "posts", VERB_READ, "title,body"},
        {"[{collection:'posts',verbs:['read'],fields:['title']},{collection:'*',verbs:['read']}]", NULL, "posts", VERB_READ, OWN},
        {"[{collection:'posts',verbs:['read'],fields:['dropped']}]", NULL, "posts", VERB_READ, "none"},
        {"[{collection:'posts',verbs:['read'],fields:[]}]", NULL, "posts", VERB_READ, OWN},
        {"[{collection:'posts',verbs:['read'],fields:null}]", NULL, "posts", VERB_READ, OWN},
        {"[{collection:'posts',verbs:['read'],fields:[1]}]", NULL, "posts", VERB_READ, "-"},
        {"[{collection:'posts',verbs:['read'],fields:'title'}]", NULL, "posts", VERB_READ, "-"},
        {"[{collection:'posts',verbs:'read'}]", NULL, "posts", VERB_READ, "-"},
        {"[{collection:'posts'}]", NULL, "posts", VERB_READ, "-"},

        /* Rows: OR; an unconditional grant opens all. */
        {"[{collection:'posts',verbs:['read'],where:{views:1}}]", NULL, "posts", VERB_READ, OWN " where={\"views\":1}"},
        {"[{collection:'posts',verbs:['read'],where:{views:1}},{collection:'posts',verbs:['read'],where:{owner:'$user'}}]", NULL,
         "posts", VERB_READ, OWN " where={\"$or\":[{\"views\":1},{\"owner\":\"$user\"}]}"},
        {"[{collection:'posts',verbs:['read'],where:{views:1}},{collection:'posts',verbs:['read']}]", NULL, "posts", VERB_READ,
         OWN},
        {"[{collection:'posts',verbs:['read'],where:{'author.name':'Ada'}}]", NULL, "posts", VERB_READ,
         OWN " where={\"author.name\":\"Ada\"}"},
        {"[{collection:'posts',verbs:['update'],check:{owner:'$user'}}]", NULL, "posts", VERB_UPDATE,
         WRITABLE " check={\"owner\":\"$user\"}"},
        {"[{collection:'posts',verbs:['create'],preset:{owner:'$user',views:3}}]", NULL, "posts", VERB_CREATE,
         WRITABLE " preset.owner=\"$user\" preset.views=3"},

        /* What does not read grants nothing. */
        {"[{collection:'posts',verbs:['read'],where:{dropped:1}}]", NULL, "posts", VERB_READ, "-"},
        {"[{collection:'posts',verbs:['read'],where:{pin:'x'}}]", NULL, "posts", VERB_READ, "-"},
        {"[{collection:'posts',verbs:['read'],where:{views:{$nonsense:1}}}]", NULL, "posts", VERB_READ, "-"},
        {"[{collection:'posts',verbs:['read'],where:[]}]", NULL, "posts", VERB_READ, "-"},
        {"[{collection:'posts',verbs:['read'],where:'all'}]", NULL, "posts", VERB_READ, "-"},
        {"[{collection:'posts',verbs:['read'],where:true}]", NULL, "posts", VERB_READ, "-"},
        {"[{collection:'posts',verbs:['read'],where:null}]", NULL, "posts", VERB_READ, OWN},
        {"[{collection:'posts',verbs:['read'],where:{}}]", NULL, "posts", VERB_READ, OWN},
        {"[{collection:'posts',verbs:['update'],check:{dropped:1}}]", NULL, "posts", VERB_UPDATE, "-"},
        {"[{collection:'posts',verbs:['create'],preset:{dropped:1}}]", NULL, "posts", VERB_CREATE, "-"},
        {"[{collection:'posts',verbs:['create'],preset:[1]}]", NULL, "posts", VERB_CREATE, "-"},
        {"[{collection:'posts',verbs:['create'],preset:{_cby:'x'}}]", NULL, "posts", VERB_CREATE, "-"},
        {"[{collection:'posts',verbs:['create'],preset:{_state:'x'}}]", NULL, "posts", VERB_CREATE, "-"},
        {"[{collection:'posts',verbs:['create'],preset:{_state:0}}]", NULL, "posts", VERB_CREATE, WRITABLE " preset._state=0"},
        {"[{collection:'posts',verbs:['read'],where:{dropped:1}},{collection:'posts',verbs:['read'],fields:['title']}]", NULL,
         "posts", VERB_READ, "title"},

        /* Scopes take away. */
        {"[{collection:'*',verbs:['*']}]", "[]", "posts", VERB_READ, OWN},
        {"[{collection:'*',verbs:['*']}]", "null", "posts", VERB_READ, OWN},
        {"[{collection:'*',verbs:['*']}]", "[{collection:'posts'}]", "posts", VERB_DELETE, WRITABLE},
        {"[{collection:'*',verbs:['*']}]", "[{collection:'posts'}]", "authors", VERB_READ, "-"},
        {"[{collection:'*',verbs:['*']}]", "[{collection:'posts',verbs:['read']}]", "posts", VERB_READ, OWN},
        {"[{collection:'*',verbs:['*']}]", "[{collection:'posts',verbs:['read']}]", "posts", VERB_UPDATE, "-"},
        {"[{collection:'*',verbs:['*']}]", "[{collection:'*',verbs:['read']}]", "authors", VERB_READ, "name,salary"},
        {"[{collection:'posts',verbs:['read']}]", "[{collection:'*',verbs:['*']}]", "posts", VERB_UPDATE, "-"},
        {"[{collection:'posts',verbs:['read']}]", "[{collection:'*'}]", "users", VERB_READ, "-"},
        {"[{collection:'posts',verbs:['read'],fields:['title','body']}]", "[{collection:'posts',fields:['body','views']}]", "posts",
         VERB_READ, "body"},
        {"[{collection:'posts',verbs:['read']}]", "[{collection:'posts',fields:[]}]", "posts", VERB_READ, "none"},
        {"[{collection:'posts',verbs:['read']}]", "[{collection:'posts',fields:'title'}]", "posts", VERB_READ, "-"},
        {"[{collection:'posts',verbs:['read'],where:{views:1}}]", "[{collection:'posts',where:{owner:'$user'}}]", "posts", VERB_READ,
         OWN " where={\"$and\":[{\"views\":1},{\"owner\":\"$user\"}]} check={\"owner\":\"$user\"}"},
        {"[{collection:'posts',verbs:['read']}]", "[{collection:'posts',where:{views:1}},{collection:'posts',where:{views:2}}]",
         "posts", VERB_READ,
         OWN " where={\"$or\":[{\"views\":1},{\"views\":2}]} check={\"$or\":[{\"views\":1},{\"views\":2}]}"},
        {"[{collection:'posts',verbs:['update'],check:{views:1}}]", "[{collection:'posts',where:{owner:'$user'}}]", "posts",
         VERB_UPDATE, WRITABLE " where={\"owner\":\"$user\"} check={\"$and\":[{\"views\":1},{\"owner\":\"$user\"}]}"},

        /* A scope that does not read lets nothing through. */
        {"[{collection:'*',verbs:['*']}]", "[{}]", "posts", VERB_READ, "-"},
        {"[{collection:'*',verbs:['*']}]", "[1]", "posts", VERB_READ, "-"},
        {"[{collection:'*',verbs:['*']}]", "'all'", "posts", VERB_READ, "-"},
        {"[{collection:'*',verbs:['*']}]", "{collection:'posts'}", "posts", VERB_READ, "-"},
        {"[{collection:'*',verbs:['*']}]", "[{collection:['posts']}]", "posts", VERB_READ, "-"},
        {"[{collection:'*',verbs:['*']}]", "[{collection:'posts',verbs:'read'}]", "posts", VERB_READ, "-"},
        {"[{collection:'*',verbs:['*']}]", "[{collection:'posts',verbs:[]}]", "posts", VERB_READ, "-"},
        {"[{collection:'*',verbs:['*']}]", "[{collection:'posts',where:{dropped:1}}]", "posts", VERB_READ, "-"},
        {"[{collection:'*',verbs:['*']}]", "[{collection:'posts',where:'all'}]", "posts", VERB_READ, "-"},
        {"[{collection:'*',verbs:['*']}]", "[{collection:'posts',where:{dropped:1}},{collection:'posts',fields:['title']}]", "posts",
         VERB_READ, "title"},
    };
    struct bench b = open_bench();
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        const struct rights *r = make(&b, rows[i].grants, rows[i].scopes);
        CHECK_STR(access_text(&b, r, rows[i].collection, rows[i].verb), str_of(rows[i].wanted));
        release(r);
    }
    close_bench(&b);
}

static void actions_are_granted_by_name_and_narrowed_like_verbs(void **state)
{
    static const struct {
        const char *grants, *scopes;
        bool granted;
        const char *where;
    } rows[] = {
        {"[]", NULL, false, NULL},
        {"[{collection:'posts',verbs:['read']}]", NULL, false, NULL},
        {"[{collection:'posts',verbs:['approve']}]", NULL, true, "{}"},
        {"[{collection:'posts',verbs:['*']}]", NULL, true, "{}"},
        {"[{collection:'authors',verbs:['approve']}]", NULL, false, NULL},
        {"[{collection:'posts',verbs:['approve'],where:{views:1}}]", NULL, true, "{\"views\":1}"},
        {"[{collection:'posts',verbs:['approve'],where:{dropped:1}}]", NULL, false, NULL},
        {"[{collection:'posts',verbs:['*']}]", "[{collection:'posts',verbs:['read']}]", false, NULL},
        {"[{collection:'posts',verbs:['*']}]", "[{collection:'authors'}]", false, NULL},
        {"[{collection:'posts',verbs:['*']}]", "[{collection:'posts'}]", true, "{}"},
        {"[{collection:'posts',verbs:['*']}]", "[{collection:'posts',verbs:['approve'],where:{views:2}}]", true, "{\"views\":2}"},
        {"[{collection:'posts',verbs:['approve']}]", "[{collection:'*',verbs:['*']}]", true, "{}"},
    };
    struct bench b = open_bench();
    const struct collection *posts = model_find(b.model, S("posts"));
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        const struct rights *r = make(&b, rows[i].grants, rows[i].scopes);
        const struct action_access *a = rights_action(r, posts, S("approve"));
        CHECK(a->granted == rows[i].granted);
        if (rows[i].where)
            CHECK_STR(filter_print(b.arena, a->where), str_of(rows[i].where));
        else
            CHECK(a->where->node == FILTER_NONE);
        CHECK(!rights_action(r, posts, S("unknown"))->granted);
        release(r);
    }
    close_bench(&b);
}

static void the_built_in_administrator_reaches_all_but_secrets_and_locks(void **state)
{
    struct bench b = open_bench();
    struct policy_rules none = rules(&b, "[]");
    str admin = S("admin");
    const struct rights *r = make_with(&b, &none, &admin, 1, NULL, 0);
    (void)state;
    CHECK_STR(access_text(&b, r, "posts", VERB_READ), S(OWN));
    CHECK_STR(access_text(&b, r, "posts", VERB_UPDATE), S(WRITABLE));
    CHECK_STR(access_text(&b, r, "journal", VERB_DELETE), S("-"));
    CHECK_STR(access_text(&b, r, "api_keys", VERB_CREATE), S("label,description,kind,user,role,service_account,scopes,addresses,not_before,expires_at,disabled"));
    CHECK_STR(access_text(&b, r, "sessions", VERB_UPDATE), S("none"));
    for (size_t i = 0; i < b.model->collection_count; i++) {
        const struct collection *c = b.model->collections[i];
        const struct access *read = rights_access(r, VERB_READ, c);
        for (size_t k = 0; k < c->field_count; k++)
            if (c->fields[k].kind->flags & (KIND_SECRET | KIND_DIGEST))
                CHECK(!field_set_has(&read->fields, k));
    }
    release(r);
    static const struct scope narrow = {.collection = STR("posts")};
    r = make_with(&b, &none, &admin, 1, &narrow, 1);
    CHECK_STR(access_text(&b, r, "posts", VERB_DELETE), S(WRITABLE));
    CHECK_STR(access_text(&b, r, "users", VERB_READ), S("-"));
    release(r);
    close_bench(&b);
}

static void nobody_has_nothing(void **state)
{
    struct bench b = open_bench();
    struct policy_rules all = rules(&b, "[{collection:'*',verbs:['*']},{collection:'users',verbs:['*']}]");
    const struct rights *r = make_with(&b, &all, NULL, 0, NULL, 0);
    (void)state;
    for (size_t i = 0; i < b.model->collection_count; i++)
        for (enum verb v = 0; v < VERB_COUNT; v++)
            CHECK(!rights_access(r, v, b.model->collections[i])->granted);
    release(r);
    close_bench(&b);
}

/* Different rights have different fingerprints, equal ones equal (ETags, caches). */
static void fingerprints_tell_rights_apart(void **state)
{
    struct bench b = open_bench();
    struct policy_rules none = rules(&b, "[]");
    static const struct {
        uint64_t epoch;
        bool is_server;
        const char *roles, *scopes;
    } rows[] = {
        {1, false, "[]", NULL},
        {1, false, "['a']", NULL},
        {1, false, "['b']", NULL},
        {1, false, "['a','b']", NULL},
        {1, false, "['ab']", NULL},
        {2, false, "['a']", NULL},
        {1, false, "['a','admin']", NULL},
        {1, true, "['a']", NULL},
        {1, false, "['a']", "[{collection:'posts'}]"},
        {1, false, "['a']", "[{collection:'posts'},{collection:'posts'}]"},
        {1, false, "['a']", "[{collection:'authors'}]"},
        {1, false, "['a']", "[{collection:'posts',verbs:['read']}]"},
        {1, false, "['a']", "[{collection:'posts',fields:['read']}]"},
        {1, false, "['a']", "[{collection:'posts',fields:[]}]"},
        {1, false, "['a']", "[{collection:'posts',where:{views:1}}]"},
        {1, false, "['a']", "[{collection:'posts',where:{views:2}}]"},
        {1, false, "['a']", "[{collection:'posts',where:{title:'Lea1_kqNnWF'}}]"}, /* alike to str_hash */
        {1, false, "['a']", "[{collection:'posts',where:{title:'rttmHSZJa8P'}}]"},
    };
    uint64_t seen[COUNTOF(rows)];
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        const struct json *names = read_text(b.arena, rows[i].roles);
        str roles[4];
        size_t count = 0;
        for (uint32_t k = 0; k < names->count; k++)
            roles[k] = names->items[k].text;
        const struct scope *scopes = rows[i].scopes ? scopes_of(b.arena, read_text(b.arena, rows[i].scopes), &count) : NULL;
        struct rights_wish wish = {b.model, rows[i].epoch, rows[i].is_server, &none, roles, names->count, scopes, count, {0}};
        const struct rights *r = rights_make(&wish), *again = rights_make(&wish);
        CHECK_AT(i);
        CHECK(r->fingerprint == again->fingerprint);
        seen[i] = r->fingerprint;
        for (size_t k = 0; k < i; k++)
            if (seen[k] == seen[i])
                CHECK_SAY("the same as row %zu", k);
        release(r);
        release(again);
    }
    close_bench(&b);
}

static void conditions_on_the_person_are_known(void **state)
{
    static const struct {
        const char *grants;
        bool uses;
    } rows[] = {
        {"[{collection:'posts',verbs:['read']}]", false},
        {"[{collection:'posts',verbs:['read'],where:{views:1}}]", false},
        {"[{collection:'posts',verbs:['read'],where:{owner:'$user'}}]", true},
        {"[{collection:'posts',verbs:['read'],where:{$or:[{views:1},{owner:{$ne:'$ip'}}]}}]", true},
        {"[{collection:'posts',verbs:['read'],where:{_created:{$lte:'$now'}}}]", true},
    };
    struct bench b = open_bench();
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        const struct rights *r = make(&b, rows[i].grants, NULL);
        CHECK(r->uses_vars == rows[i].uses);
        release(r);
    }
    close_bench(&b);
}

static void permissions_in_cockpits_spelling_are_grants(void **state)
{
    static const struct {
        const char *permissions, *collection;
        enum verb verb;
        const char *wanted;
    } rows[] = {
        {"{}", "posts", VERB_READ, "-"},
        {"null", "posts", VERB_READ, "-"},
        {"[]", "posts", VERB_READ, "-"},
        {"{'content/posts/read':true}", "posts", VERB_READ, OWN " where={\"_state\":1}"},
        {"{'content/posts/read':true}", "posts", VERB_CREATE, "-"},
        {"{'content/posts/read':true}", "authors", VERB_READ, "-"},
        {"{'content/posts/read':false}", "posts", VERB_READ, "-"},
        {"{'content/posts/read':1}", "posts", VERB_READ, "-"},
        {"{'content/posts/read':true,'content/posts/update':true}", "posts", VERB_READ, OWN},
        {"{'content/posts/read':true,'content/posts/update':true}", "posts", VERB_UPDATE, WRITABLE},
        {"{'content/posts/read':true,'content/authors/update':true}", "posts", VERB_READ, OWN " where={\"_state\":1}"},
        {"{'content/posts/publish':true}", "posts", VERB_PUBLISH, WRITABLE},
        {"{'content/posts/delete':true}", "posts", VERB_DELETE, WRITABLE},
        {"{'content/posts/manage':true,'content/:models/manage':true,'content/posts/updateorder':true}", "posts", VERB_UPDATE, "-"},
        {"{'content/users/read':true,'content/users/update':true}", "users", VERB_READ, "-"},
        {"{'content/api_keys/create':true}", "api_keys", VERB_CREATE, "-"},
        {"{'content/*/read':true}", "posts", VERB_READ, "-"},
        {"{'content/posts/*':true}", "posts", VERB_READ, "-"},
        {"{'content/sections/updateorder':true}", "sections", VERB_UPDATE, "none"}, /* but where it stands */
        {"{'content/sections/updateorder':true}", "sections", VERB_DELETE, "-"},
        {"{'content/posts/read':true,'content/posts/updateorder':true}", "posts", VERB_READ, OWN},
        {"{'content/posts/manage':true}", "collections", VERB_UPDATE,
         "name,definition where={\"name\":\"posts\"} check={\"name\":\"posts\"}"},
        {"{'content/posts/manage':true}", "collections", VERB_CREATE, "-"},
        {"{'content/posts/read':true,'content/posts/manage':true}", "posts", VERB_READ, OWN " where={\"_state\":1}"},
        {"{'content/:models/manage':true}", "collections", VERB_DELETE, "name,definition"},
        {"{'content/:models/read':true}", "collections", VERB_READ, "-"},
        {"{'assets/upload':true}", "assets", VERB_CREATE, "title,description,altText,tags,folder,fp,colors,private"},
        {"{'assets/upload':true}", "assets", VERB_DELETE, "-"},
        {"{'assets/edit':true}", "assets", VERB_UPDATE, "title,description,altText,tags,folder,fp,colors,private"},
        {"{'assets/delete':true}", "assets", VERB_DELETE, "title,description,altText,tags,folder,fp,colors,private"},
        {"{'app/users/manage':true}", "users", VERB_DELETE, "*"},
        {"{'app/users/manage':true}", "roles", VERB_READ, "-"},
        {"{'app/roles/manage':true}", "roles", VERB_CREATE, "*"},
        {"{'app/roles/manage':true}", "grants", VERB_UPDATE, "*"},
        {"{'app/roles/manage':true}", "groups", VERB_DELETE, "*"},
        {"{'app/api/manage':true}", "api_keys", VERB_CREATE, "*"},
        {"{'app/locales/manage':true}", "locales", VERB_CREATE, "*"},
        {"{'app/logs':true}", "journal", VERB_READ, "seq,tx,at,who,via,request_id,user,collection,item,verb,revision"},
        {"{'app/spaces':true,'app/system/info':true,'assets/folders/create':true}", "assets", VERB_READ, "-"},
        {"{'content/posts/read/x':true}", "posts", VERB_READ, "-"},
        {"{'content//read':true}", "posts", VERB_READ, "-"},
    };
    struct bench b = open_bench();
    str role = S("r");
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct json members[] = {json_named(S("_id"), json_of_text(role)), json_named(S("name"), json_of_text(role)),
                                 json_named(S("permissions"), *read_text(b.arena, rows[i].permissions))};
        struct json item = json_of_map(members, COUNTOF(members));
        struct item_list roles = {.items = &item, .count = 1}, grants = {0};
        struct policy_rules r = rules_of(b.arena, &roles, &grants);
        const struct rights *rights = make_with(&b, &r, &role, 1, NULL, 0);
        CHECK_AT(i);
        if (str_equal(str_of(rows[i].wanted), S("*"))) /* whatever fields these have */
            CHECK(rights_access(rights, rows[i].verb, model_find(b.model, str_of(rows[i].collection)))->every_field);
        else
            CHECK_STR(access_text(&b, rights, rows[i].collection, rows[i].verb), str_of(rows[i].wanted));
        release(rights);
    }
    close_bench(&b);
}

CHECK_MAIN(TEST(grants_become_access), TEST(actions_are_granted_by_name_and_narrowed_like_verbs),
           TEST(the_built_in_administrator_reaches_all_but_secrets_and_locks), TEST(nobody_has_nothing),
           TEST(fingerprints_tell_rights_apart), TEST(conditions_on_the_person_are_known),
           TEST(permissions_in_cockpits_spelling_are_grants))
