/* Nobody becomes more by writing accounts, keys and roles, and nobody makes somebody who is (AZ-9, AK-6): mona
 * may write all of these collections, and still hand on only what she holds herself. */
#include "tests/support/check.h"
#include "tests/support/house.h"

static const char people[] =
    "{roles: {editor: [{collection:'assets', verbs:['read']}], other: [{collection:'locales', verbs:['read']}],"
    "         manager: [{collection:'users', verbs:['*']}, {collection:'api_keys', verbs:['*']}, {collection:'roles', verbs:['*']},"
    "                   {collection:'grants', verbs:['*']}, {collection:'settings', verbs:['*']},"
    "                   {collection:'service_accounts', verbs:['*']}],"
    "         self: [{collection:'users', verbs:['read','update'], where:{_id:'$user'}}, {collection:'roles', verbs:['read']},"
    "                {collection:'api_keys', verbs:['read','create','update','delete'], where:{user:'$user'}}]},"
    " services: {small: {roles:['editor']}, big: {roles:['admin']}},"
    " users: {root: {roles:['admin']}, mona: {roles:['manager','editor']}, ada: {roles:['editor','self']},"
    "         otto: {roles:['other']}, plain: {}},"
    " keys: {small: {service:'small'}, root: {user:'root'}, mona: {user:'mona'}, ada: {user:'ada'}, otto: {user:'otto'}, byrole: {role:'manager'},"
    "        rootnarrow: {user:'root', scopes:[{collection:'*'}]}, monanarrow: {user:'mona', scopes:[{collection:'*'}]}}}";

/* {user:ada}, {role:editor}, {key:ada}: ids. */
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
        const char *of = arena_cstr(a, name);
        buf_add(&b, str_equal(sort, S("user")) ? house_user(h, of) : str_equal(sort, S("role")) ? house_role(h, of) : str_equal(sort, S("service")) ? house_service(h, of) : house_key_id(h, of));
    }
    buf_add(&b, rest);
    return arena_cstr(a, buf_str(&b));
}

static enum err attempt(struct house *h, struct arena *a, const char *key, enum op op, const char *collection, const char *id,
                        const char *item, struct problem *why)
{
    const struct principal *who = house_who(h, a, house_key(h, key));
    struct change c = {.op = op, .in = house_collection(who, collection)};
    *why = (struct problem){.arena = a};
    if (op != OP_DELETE)
        TRY(change_read(a, c.in, house_json(a, expand(h, a, item)), S(""), &c, why));
    c.op = op;
    c.id = id ? str_of(expand(h, a, id)) : (str){0};
    return gate_write(h->gate, who, &c, 1, a, why);
}

static void nobody_hands_on_what_he_does_not_hold(void **state)
{
    static const struct {
        const char *who;
        enum op op;
        const char *collection, *id, *item;
        enum err err;
    } rows[] = {
        /* People. */
        {"mona", OP_CREATE, "users", NULL, "{email:'n1@example.com', roles:['<role:editor>']}", ERR_OK},
        {"mona", OP_CREATE, "users", NULL, "{email:'n2@example.com'}", ERR_OK},
        {"mona", OP_CREATE, "users", NULL, "{email:'n3@example.com', roles:['<role:admin>']}", ERR_FORBIDDEN},
        {"mona", OP_CREATE, "users", NULL, "{email:'n3@example.com', roles:['<role:editor>','<role:other>']}", ERR_FORBIDDEN},
        {"mona", OP_UPDATE, "users", "<user:mona>", "{roles:['<role:manager>','<role:editor>','<role:admin>']}", ERR_FORBIDDEN},
        {"mona", OP_UPDATE, "users", "<user:mona>", "{name:'mona', password:'correct horse'}", ERR_OK},
        {"mona", OP_UPDATE, "users", "<user:root>", "{password:'correct horse'}", ERR_FORBIDDEN},
        {"mona", OP_UPDATE, "users", "<user:root>", "{email:'mine@example.com'}", ERR_FORBIDDEN},
        {"mona", OP_UPDATE, "users", "<user:root>", "{roles:[]}", ERR_FORBIDDEN},
        {"mona", OP_UPDATE, "users", "<user:otto>", "{password:'correct horse'}", ERR_FORBIDDEN},
        {"mona", OP_DELETE, "users", "<user:otto>", NULL, ERR_FORBIDDEN},
        {"mona", OP_DELETE, "users", "<user:root>", NULL, ERR_FORBIDDEN},
        {"mona", OP_UPDATE, "users", "<user:plain>", "{roles:['<role:editor>'], password:'correct horse'}", ERR_OK},
        {"mona", OP_UPDATE, "users", "<user:plain>", "{roles:['<role:other>']}", ERR_FORBIDDEN},
        {"mona", OP_REPLACE, "users", "<user:plain>", "{email:'p@example.com', roles:['<role:editor>','<role:admin>']}", ERR_FORBIDDEN},
        {"ada", OP_UPDATE, "users", "<user:ada>", "{language:'de'}", ERR_OK},
        {"ada", OP_UPDATE, "users", "<user:ada>", "{roles:['<role:editor>','<role:self>','<role:admin>']}", ERR_FORBIDDEN},
        {"ada", OP_UPDATE, "users", "<user:root>", "{language:'de'}", ERR_NOT_FOUND},
        {"root", OP_UPDATE, "users", "<user:otto>", "{roles:['<role:other>','<role:admin>']}", ERR_OK},
        {"root", OP_UPDATE, "users", "<user:otto>", "{roles:['<role:other>']}", ERR_OK},
        {"root", OP_UPDATE, "users", "<user:root>", "{roles:[]}", ERR_CONFLICT},
        {"root", OP_UPDATE, "users", "<user:root>", "{active:false}", ERR_CONFLICT},
        {"root", OP_DELETE, "users", "<user:root>", NULL, ERR_CONFLICT},

        /* Keys. */
        {"mona", OP_CREATE, "api_keys", NULL, "{user:'<user:mona>'}", ERR_OK},
        {"mona", OP_CREATE, "api_keys", NULL, "{user:'<user:root>'}", ERR_FORBIDDEN},
        {"mona", OP_CREATE, "api_keys", NULL, "{user:'<user:ada>'}", ERR_FORBIDDEN},
        {"mona", OP_CREATE, "api_keys", NULL, "{role:'<role:editor>'}", ERR_OK},
        {"mona", OP_CREATE, "api_keys", NULL, "{role:'<role:other>'}", ERR_FORBIDDEN},
        {"mona", OP_CREATE, "api_keys", NULL, "{role:'<role:admin>'}", ERR_FORBIDDEN},
        {"mona", OP_CREATE, "api_keys", NULL, "{}", ERR_INVALID},
        {"mona", OP_CREATE, "api_keys", NULL, "{user:'<user:mona>', role:'<role:editor>'}", ERR_INVALID},
        {"mona", OP_CREATE, "api_keys", NULL, "{user:'<user:mona>', secret:'USR-0123456789abcdef0123456789abcdef01234567'}", ERR_INVALID},
        {"mona", OP_UPDATE, "api_keys", "<key:mona>", "{user:'<user:root>'}", ERR_INVALID},
        {"mona", OP_UPDATE, "api_keys", "<key:mona>", "{user:null, role:'<role:admin>'}", ERR_INVALID},
        {"mona", OP_UPDATE, "api_keys", "<key:rootnarrow>", "{scopes:[]}", ERR_FORBIDDEN},
        {"mona", OP_UPDATE, "api_keys", "<key:otto>", "{expires_at:'2100-01-01T00:00:00Z'}", ERR_FORBIDDEN},
        {"mona", OP_UPDATE, "api_keys", "<key:otto>", "{disabled:true}", ERR_OK}, /* taking away is what managers are for */
        {"mona", OP_UPDATE, "api_keys", "<key:otto>", "{disabled:false}", ERR_FORBIDDEN},
        {"mona", OP_UPDATE, "api_keys", "<key:monanarrow>", "{scopes:[{collection:'*', verbs:['*']}]}", ERR_OK},
        {"mona", OP_UPDATE, "api_keys", "<key:mona>", "{label:'mona'}", ERR_OK},
        {"mona", OP_UPDATE, "api_keys", "<key:mona>", "{secret:'USR-0123456789abcdef0123456789abcdef01234567'}", ERR_INVALID},
        {"ada", OP_CREATE, "api_keys", NULL, "{user:'<user:ada>'}", ERR_OK},
        {"ada", OP_CREATE, "api_keys", NULL, "{user:'<user:mona>'}", ERR_FORBIDDEN},
        {"byrole", OP_CREATE, "api_keys", NULL, "{role:'<role:manager>'}", ERR_OK},
        {"byrole", OP_CREATE, "api_keys", NULL, "{role:'<role:editor>'}", ERR_FORBIDDEN},
        {"byrole", OP_CREATE, "api_keys", NULL, "{user:'<user:mona>'}", ERR_FORBIDDEN},
        {"root", OP_CREATE, "api_keys", NULL, "{user:'<user:ada>'}", ERR_OK},
        {"root", OP_CREATE, "api_keys", NULL, "{role:'<role:admin>'}", ERR_OK},

        /* Service accounts: like people, and like keys. */
        {"mona", OP_CREATE, "service_accounts", NULL, "{name:'s1', roles:['<role:editor>']}", ERR_OK},
        {"mona", OP_CREATE, "service_accounts", NULL, "{name:'s2', roles:['<role:admin>']}", ERR_FORBIDDEN},
        {"mona", OP_CREATE, "service_accounts", NULL, "{name:'s1'}", ERR_CONFLICT},
        {"mona", OP_CREATE, "service_accounts", "<user:root>", "{name:'s3'}", ERR_CONFLICT},
        {"mona", OP_CREATE, "users", "<service:big>", "{email:'n8@example.com'}", ERR_CONFLICT},
        {"mona", OP_CREATE, "service_accounts", NULL, "{name:'0123456789abcdef01234567'}", ERR_INVALID},
        {"mona", OP_CREATE, "service_accounts", NULL, "{name:'0B5C7D1E-5a77-4b5e-9d11-2f0c6c8a4e11'}", ERR_INVALID},
        {"mona", OP_CREATE, "service_accounts", NULL, "{name:'0b5c7d1e5a774b5e9d112f0c6c8a4e11'}", ERR_INVALID},
        {"mona", OP_CREATE, "service_accounts", NULL, "{name:'feed-bad-cafe'}", ERR_OK},
        {"mona", OP_UPDATE, "service_accounts", "<service:small>", "{active:true}", ERR_OK},
        {"mona", OP_UPDATE, "service_accounts", "<service:big>", "{active:false}", ERR_FORBIDDEN},
        {"mona", OP_DELETE, "service_accounts", "<service:big>", NULL, ERR_FORBIDDEN},
        {"mona", OP_CREATE, "api_keys", NULL, "{service_account:'<service:small>'}", ERR_OK},
        {"mona", OP_CREATE, "api_keys", NULL, "{service_account:'<service:big>'}", ERR_FORBIDDEN},
        {"mona", OP_CREATE, "api_keys", NULL, "{service_account:'<service:small>', user:'<user:mona>'}", ERR_INVALID},
        {"mona", OP_UPDATE, "api_keys", "<key:small>", "{service_account:'<service:big>'}", ERR_INVALID},
        {"root", OP_CREATE, "api_keys", NULL, "{service_account:'<service:big>'}", ERR_OK},
        {"monanarrow", OP_CREATE, "api_keys", NULL, "{service_account:'<service:small>'}", ERR_FORBIDDEN},

        /* A narrowed key makes nothing that is wider than itself. */
        {"rootnarrow", OP_CREATE, "api_keys", NULL, "{user:'<user:root>'}", ERR_FORBIDDEN},
        {"rootnarrow", OP_CREATE, "api_keys", NULL, "{role:'<role:editor>'}", ERR_FORBIDDEN},
        {"rootnarrow", OP_UPDATE, "api_keys", "<key:rootnarrow>", "{scopes:[]}", ERR_FORBIDDEN},
        {"rootnarrow", OP_CREATE, "users", NULL, "{email:'n4@example.com', roles:['<role:admin>']}", ERR_FORBIDDEN},
        {"rootnarrow", OP_CREATE, "users", NULL, "{email:'n5@example.com'}", ERR_OK},
        {"rootnarrow", OP_UPDATE, "users", "<user:root>", "{password:'correct horse'}", ERR_FORBIDDEN},
        {"rootnarrow", OP_CREATE, "grants", NULL, "{role:'<role:editor>', collection:'*', verbs:['*']}", ERR_FORBIDDEN},
        {"monanarrow", OP_UPDATE, "users", "<user:mona>", "{password:'correct horse'}", ERR_FORBIDDEN},
        {"monanarrow", OP_CREATE, "api_keys", NULL, "{user:'<user:mona>'}", ERR_FORBIDDEN},

        /* Roles, grants, the public. */
        {"mona", OP_CREATE, "grants", NULL, "{role:'<role:manager>', collection:'*', verbs:['*']}", ERR_FORBIDDEN},
        {"root", OP_CREATE, "grants", NULL, "{role:'<role:other>', collection:'locales', verbs:['read']}", ERR_OK},
        {"mona", OP_CREATE, "roles", NULL, "{name:'new'}", ERR_OK},
        {"mona", OP_CREATE, "roles", NULL, "{name:'new2', permissions:{'content/posts/read':true}}", ERR_FORBIDDEN},
        {"mona", OP_CREATE, "roles", NULL, "{name:'new3', builtin:true}", ERR_INVALID},
        {"mona", OP_UPDATE, "roles", "<role:manager>", "{permissions:{'content/posts/read':true}}", ERR_FORBIDDEN},
        {"mona", OP_UPDATE, "roles", "<role:editor>", "{label:'Editors'}", ERR_OK},
        {"mona", OP_UPDATE, "roles", "<role:editor>", "{name:'admins'}", ERR_FORBIDDEN},
        {"root", OP_UPDATE, "roles", "<role:admin>", "{name:'boss'}", ERR_CONFLICT},
        {"root", OP_UPDATE, "roles", "<role:admin>", "{label:'Boss'}", ERR_OK},
        {"root", OP_DELETE, "roles", "<role:admin>", NULL, ERR_CONFLICT},
        {"root", OP_CREATE, "roles", NULL, "{name:'admin'}", ERR_CONFLICT},
        {"mona", OP_CREATE, "settings", NULL, "{public_role:'<role:other>'}", ERR_FORBIDDEN},
        {"root", OP_CREATE, "settings", NULL, "{public_role:'<role:admin>'}", ERR_INVALID},
        {"mona", OP_CREATE, "settings", NULL, "{public_role:'<role:admin>'}", ERR_FORBIDDEN},
        {"root", OP_CREATE, "settings", NULL, "{public_role:'000000000000000000000009'}", ERR_INVALID},
        {"root", OP_CREATE, "settings", NULL, "{public_role:'<role:other>'}", ERR_OK},
        {"mona", OP_UPDATE, "settings", "000000000000000000000001", "{site_name:'Ours'}", ERR_OK},
        {"mona", OP_UPDATE, "settings", "000000000000000000000001", "{public_role:'<role:editor>'}", ERR_OK},
        {"monanarrow", OP_UPDATE, "settings", "000000000000000000000001", "{public_role:'<role:manager>'}", ERR_FORBIDDEN},
        {"mona", OP_DELETE, "roles", "<role:other>", NULL, ERR_OK}, /* its holders follow, though mona could not change otto */
    };
    (void)state;
    struct house *h = house_open();
    house_people(h, people);
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct arena *a = arena_open(16u << 10);
        struct problem why;
        CHECK_AT(i);
        CHECK_PROBLEM(attempt(h, a, rows[i].who, rows[i].op, rows[i].collection, rows[i].id, rows[i].item, &why), rows[i].err, &why);
        arena_close(a);
    }
    house_close(h);
}

/* The server's commands are bound by it, too. */
static void there_is_always_an_administrator(void **state)
{
    (void)state;
    struct house *h = house_open();
    struct arena *a = arena_open(16u << 10);
    house_people(h, "{users: {one: {roles:['admin']}, two: {roles:['admin'], active:false}}}");
    struct problem why = {.arena = a};
    CHECK_ERR(gate_user_disable(h->gate, a, S("one"), true, &why), ERR_CONFLICT);
    why = (struct problem){.arena = a};
    CHECK_PROBLEM(gate_user_disable(h->gate, a, S("two"), false, &why), ERR_OK, &why);
    CHECK_PROBLEM(gate_user_disable(h->gate, a, S("one"), true, &why), ERR_OK, &why);
    CHECK_ERR(gate_user_disable(h->gate, a, S("two"), true, &why), ERR_CONFLICT);
    arena_close(a);
    house_close(h);
}

CHECK_MAIN(TEST(nobody_hands_on_what_he_does_not_hold), TEST(there_is_always_an_administrator))
