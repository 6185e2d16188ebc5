/* Which roles somebody holds: inherited, by groups, for a time, from some addresses. */
#include "tests/support/check.h"
#include "tests/support/fake_exchange.h"
#include "tests/support/house.h"

#include "base/limits.h"
#include "roles/internal.h"

static struct item_list items_of(struct arena *a, const char *text)
{
    const struct json *list = house_json(a, text);
    return (struct item_list){.items = (struct json *)(uintptr_t)list->items, .count = list->count};
}

/* "a b<a c<b": the roles held, each with whom it came through; in brackets: not in force. */
static str print_held(struct arena *a, const char *roles, const char *names, const struct moment *at)
{
    struct item_list list = items_of(a, roles), none = {0};
    struct policy_rules rules = rules_of(a, &list, &none);
    str rest = str_of(names), name, given[64];
    size_t count = 0, held_count;
    for (bool ended = rest.len == 0; str_next(&rest, &ended, ' ', &name);)
        given[count++] = name;
    const struct held_role *held = roles_held(a, &rules, given, count, at, &held_count);
    struct buf b;
    buf_init(&b, a, 1u << 16);
    for (size_t i = 0; i < held_count; i++) {
        bool is_in = held[i].verdict == IN_FORCE;
        buf_format(&b, "%s%s" STR_FMT, i ? " " : "", is_in ? "" : "(", STR_ARG(rules.roles[held[i].role].name));
        if (held[i].through != HELD_DIRECTLY)
            buf_format(&b, "<" STR_FMT, STR_ARG(rules.roles[held[held[i].through].role].name));
        buf_add(&b, is_in ? S("") : S(")"));
    }
    return buf_str(&b);
}

static void roles_inherit_without_turning_in_circles(void **state)
{
    static const char roles[] =
        "[{_id:'a',name:'a',inherits:['b','c']}, {_id:'b',name:'b',inherits:['d']}, {_id:'c',name:'c',inherits:['d','gone']},"
        " {_id:'d',name:'d'}, {_id:'x',name:'x',inherits:['y']}, {_id:'y',name:'y',inherits:['z']},"
        " {_id:'z',name:'z',inherits:['x']}, {_id:'self',name:'self',inherits:['self']},"
        " {_id:'old',name:'old',inherits:['d'],valid_until:'2020-01-01T00:00:00Z'}, {_id:'e',name:'e',inherits:['old','b']},"
        " {_id:'odd',name:'odd',inherits:'d'}]";
    static const struct {
        const char *given, *wanted;
    } rows[] = {
        {"", ""},
        {"d", "d"},
        {"unknown", ""},
        {"b", "b d<b"},
        {"a", "a b<a c<a d<b"},
        {"d a", "d a b<a c<a"},
        {"x", "x y<x z<y"},
        {"z y", "z y x<z"},
        {"self", "self"},
        {"old", "(old)"},
        {"e", "e (old<e) b<e d<b"},
        {"odd", "odd"},
    };
    struct arena *a = arena_open(16u << 10);
    struct moment now = {.now_ms = INT64_C(1795255200000)};
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        CHECK_STR(print_held(a, roles, rows[i].given, &now), str_of(rows[i].wanted));
    }
    CHECK_STR(print_held(a, roles, "e", NULL), S("e old<e b<e d<old")); /* whatever the limits say */
    arena_close(a);
}

/* A chain and a fan, on both sides of their limits. */
static void depth_and_number_have_a_bound(void **state)
{
    struct arena *a = arena_open(256u << 10);
    struct moment now = {0};
    struct buf b;
    (void)state;
    buf_init(&b, a, 1u << 20);
    buf_add(&b, S("["));
    for (unsigned i = 0; i <= LIMIT_ROLE_DEPTH + 1; i++)
        buf_format(&b, "{_id:'c%u',name:'c%u',inherits:['c%u']},", i, i, i + 1);
    buf_add(&b, S("{_id:'f',name:'f',inherits:["));
    for (unsigned i = 0; i < LIMIT_ROLES_HELD + 5; i++)
        buf_format(&b, "'m%u',", i);
    buf_add(&b, S("]},"));
    for (unsigned i = 0; i < LIMIT_ROLES_HELD + 5; i++)
        buf_format(&b, "{_id:'m%u',name:'m%u'},", i, i);
    buf_add(&b, S("]"));
    const char *roles = arena_cstr(a, buf_str(&b));
    str chain = print_held(a, roles, "c0", &now), fan = print_held(a, roles, "f", &now);
    CHECK(str_contains(chain, arena_format(a, " c%u<", LIMIT_ROLE_DEPTH)));
    CHECK(!str_contains(chain, arena_format(a, " c%u<", LIMIT_ROLE_DEPTH + 1)));
    CHECK(str_contains(fan, arena_format(a, " m%u<f", LIMIT_ROLES_HELD - 2)));
    CHECK(!str_contains(fan, arena_format(a, " m%u<f", LIMIT_ROLES_HELD - 1)));
    arena_close(a);
}

static void limits_are_judged_by_clock_and_address(void **state)
{
    static const struct {
        const char *item, *address;
        enum force wanted;
    } rows[] = {
        {"{}", "192.0.2.1", IN_FORCE},
        {"{addresses:[],valid_from:null,valid_until:null}", NULL, IN_FORCE},
        {"{valid_from:'2026-11-21T00:00:00Z'}", NULL, IN_FORCE},
        {"{valid_from:'2026-11-21T09:59:59.999Z'}", NULL, IN_FORCE},
        {"{valid_from:'2026-11-21T10:00:00Z'}", NULL, IN_FORCE}, /* this very moment */
        {"{valid_from:'2026-11-21T10:00:00.001Z'}", NULL, OUT_OF_TIME},
        {"{valid_until:'2026-11-21T10:00:00Z'}", NULL, OUT_OF_TIME},
        {"{valid_until:'2026-11-21T10:00:00.001Z'}", NULL, IN_FORCE},
        {"{valid_until:'nonsense'}", NULL, OUT_OF_TIME},
        {"{addresses:['192.0.2.0/24']}", "192.0.2.77", IN_FORCE},
        {"{addresses:['192.0.2.0/24']}", "192.0.3.1", OUT_OF_PLACE},
        {"{addresses:['192.0.2.0/24']}", "::ffff:192.0.2.77", IN_FORCE},
        {"{addresses:['2001:db8::/32']}", "2001:db8::1", IN_FORCE},
        {"{addresses:['2001:db8::/32','192.0.2.1']}", "192.0.2.1", IN_FORCE},
        {"{addresses:['192.0.2.1']}", "192.0.2.2", OUT_OF_PLACE},
        {"{addresses:['unix']}", "unix", IN_FORCE},
        {"{addresses:['unix']}", "127.0.0.1", OUT_OF_PLACE},
        {"{addresses:['127.0.0.1']}", "unix", OUT_OF_PLACE},
        {"{addresses:['0.0.0.0/0','::/0']}", NULL, OUT_OF_PLACE}, /* nobody knows from where */
        {"{addresses:['nonsense']}", "192.0.2.1", OUT_OF_PLACE},
        {"{addresses:'192.0.2.1'}", "192.0.2.1", OUT_OF_PLACE},
        {"{addresses:['192.0.2.1'],valid_until:'2020-01-01T00:00:00Z'}", "192.0.2.1", OUT_OF_TIME},
    };
    struct arena *a = arena_open(4096);
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct moment at = {.now_ms = INT64_C(1795255200000), .address = rows[i].address ? str_of(rows[i].address) : (str){0}};
        const struct limit *l = limit_of(a, house_json(a, rows[i].item));
        CHECK_AT(i);
        CHECK_INT(limit_judge(l, &at), rows[i].wanted);
        at.is_never = true;
        CHECK(limit_holds(l, &at) == (l == NULL));
    }
    arena_close(a);
}

static const char model[] = "[{name:'posts', fields:[{name:'title', kind:'text'}, {name:'body', kind:'text'}, {name:'owner', kind:'text'}]}]";

/* Letters of the fields of posts that can be read with this key, from this address. */
static str readable(struct house *h, struct arena *a, const char *key, const char *from, uint64_t *fingerprint)
{
    struct fake_exchange *f = fake_request(a, "GET", "/", arena_cstr(a, arena_format(a, "api-key: " STR_FMT, STR_ARG(house_key(h, key)))), S(""));
    struct problem why = {.arena = a};
    struct buf b;
    buf_init(&b, a, 256);
    f->x.peer = str_of(from);
    NEED(identify(h->gate, &f->x, &why) == ERR_OK);
    const struct access *access = rights_access(f->x.who->rights, VERB_READ, house_collection(f->x.who, "posts"));
    for (size_t i = META_COUNT; i < access->in->field_count; i++)
        if (field_set_has(&access->fields, i))
            buf_byte(&b, access->in->fields[i].name.at[0]);
    *fingerprint = f->x.who->rights->fingerprint;
    return access->granted ? buf_str(&b) : S("-");
}

static void what_is_in_force_follows_the_request(void **state)
{
    static const struct {
        const char *key, *from, *wanted;
    } rows[] = {
        {"heir", "192.0.2.1", "tb"},    {"member", "192.0.2.1", "tb"},    {"here", "10.1.2.3", "t"},
        {"here", "192.0.2.1", "-"},     {"here", "10.1.2.3", "t"},        {"scoped", "10.1.2.3", "t"},
        {"scoped", "192.0.2.1", "-"},   {"scoped", "10.1.2.4", "t"},      {"once", "192.0.2.1", "-"},
        {"parts", "192.0.2.1", "b"},    {"parts", "10.1.2.3", "tb"},      {"through", "192.0.2.1", "-"},
        {"through", "10.1.2.3", "tb"},
    };
    struct house *h = house_open();
    struct arena *a = arena_open(64u << 10);
    uint64_t away, there, again;
    (void)state;
    house_model(h, model);
    house_people(h, "{roles: {title: [{collection:'posts', verbs:['read'], fields:['title']}],"
                    "         body: {grants:[{collection:'posts', verbs:['read'], fields:['body']}], inherits:['title']},"
                    "         here: {grants:[{collection:'posts', verbs:['read'], fields:['title']}], addresses:['10.0.0.0/8']},"
                    "         once: {grants:[{collection:'posts', verbs:['read']}], valid_until:'2020-01-01T00:00:00Z'},"
                    "         parts: [{collection:'posts', verbs:['read'], fields:['title'], addresses:['10.0.0.0/8']},"
                    "                 {collection:'posts', verbs:['read'], fields:['body']},"
                    "                 {collection:'posts', verbs:['read'], fields:['owner'], valid_from:'2100-01-01T00:00:00Z'}],"
                    "         through: {inherits:['body'], addresses:['10.0.0.0/8']}},"
                    " groups: {writers: {roles:['body']}},"
                    " users: {heir: {roles:['body']}, member: {groups:['writers']}},"
                    " keys: {heir: {user:'heir'}, member: {user:'member'}, here: {role:'here'}, once: {role:'once'},"
                    "        scoped: {role:'here', scopes:[{collection:'posts'}]}, parts: {role:'parts'}, through: {role:'through'}}}");
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        CHECK_STR(readable(h, a, rows[i].key, rows[i].from, &away), str_of(rows[i].wanted));
    }
    (void)readable(h, a, "parts", "192.0.2.1", &away);
    (void)readable(h, a, "parts", "10.1.2.3", &there);
    (void)readable(h, a, "parts", "10.9.9.9", &again);
    CHECK(away != there && there == again); /* other rights, other ETags */
    house_people(h, "{groups: {writers: {roles:['title']}}}");
    CHECK_STR(readable(h, a, "member", "192.0.2.1", &away), S("t"));
    house_people(h, "{roles: {title: [{collection:'posts', verbs:['read'], fields:['owner']}]}}");
    CHECK_STR(readable(h, a, "member", "192.0.2.1", &away), S("o"));
    CHECK_STR(readable(h, a, "heir", "192.0.2.1", &away), S("bo"));
    house_delete(h, "groups", house_group(h, "writers"));
    CHECK_STR(readable(h, a, "member", "192.0.2.1", &away), S("-"));
    house_delete(h, "roles", house_role(h, "title"));
    CHECK_STR(readable(h, a, "heir", "192.0.2.1", &away), S("b"));
    arena_close(a);
    house_close(h);
}

/* Groups of as many roles as one may have: the first LIMIT_ROLES_GIVEN count. */
static void so_many_roles_are_given_to_one(void **state)
{
    struct house *h = house_open();
    struct arena *a = arena_open(256u << 10);
    struct buf b;
    unsigned groups = LIMIT_ROLES_GIVEN / LIMIT_ROLES + 1;
    (void)state;
    buf_init(&b, a, 1u << 20);
    buf_add(&b, S("{roles: {"));
    for (unsigned i = 0; i < groups * LIMIT_ROLES; i++)
        buf_format(&b, "r%u: [],", i);
    buf_add(&b, S("}, groups: {"));
    for (unsigned g = 0; g < groups; g++) {
        buf_format(&b, "g%u: {roles:[", g);
        for (unsigned i = 0; i < LIMIT_ROLES; i++)
            buf_format(&b, "'r%u',", g * LIMIT_ROLES + i);
        buf_add(&b, S("]},"));
    }
    buf_add(&b, S("}, users: {exact: {groups:["));
    for (unsigned g = 0; g + 1 < groups; g++)
        buf_format(&b, "'g%u',", g);
    buf_format(&b, "]}, more: {groups:['g%u',", groups - 1);
    for (unsigned g = 0; g + 1 < groups; g++)
        buf_format(&b, "'g%u',", g);
    buf_add(&b, S("]}}, keys: {exact: {user:'exact'}, more: {user:'more'}}}"));
    house_people(h, arena_cstr(a, buf_str(&b)));
    CHECK_INT(house_who(h, a, house_key(h, "exact"))->role_count, LIMIT_ROLES_GIVEN);
    const struct principal *more = house_who(h, a, house_key(h, "more"));
    CHECK_INT(more->role_count, LIMIT_ROLES_GIVEN);
    CHECK_STR(more->roles[LIMIT_ROLES_GIVEN - 1], arena_format(a, "r%u", LIMIT_ROLES_GIVEN - LIMIT_ROLES - 1));
    arena_close(a);
    house_close(h);
}

/* The public is nobody's administrator, by no detour. */
static void the_public_inherits_no_administrator(void **state)
{
    struct house *h = house_open();
    struct arena *a = arena_open(4096);
    (void)state;
    house_people(h, "{roles: {boss: {inherits:['admin']}, plain: []}, public: 'plain'}");
    CHECK_INT(principal_public(h->gate, a)->role_count, 1);
    house_people(h, "{roles: {plain: {inherits:['boss']}}}");
    CHECK(!principal_public(h->gate, a)->is_admin);
    CHECK_INT(principal_public(h->gate, a)->role_count, 0);
    const struct principal *boss = principal_of_role(h->gate, a, S("boss"));
    CHECK(boss->is_admin && boss->actor.is_admin);
    arena_close(a);
    house_close(h);
}

CHECK_MAIN(TEST(roles_inherit_without_turning_in_circles), TEST(depth_and_number_have_a_bound),
           TEST(limits_are_judged_by_clock_and_address), TEST(what_is_in_force_follows_the_request),
           TEST(so_many_roles_are_given_to_one), TEST(the_public_inherits_no_administrator))
