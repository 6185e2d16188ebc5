/* What keys give up: repositories by pattern, and what nobody puts into a key who has it not himself (AK-6). */
#include "tests/support/check.h"
#include "tests/support/fake_exchange.h"
#include "tests/support/house.h"

#include "base/time.h"
#include "content/system/keys/repository_globs.h"

#define NOON INT64_C(1795262400000) /* 2026-11-21T12:00:00Z */

static void patterns_are_names_with_stars(void **state)
{
    static const struct {
        const char *glob;
        bool good;
    } rows[] = {
        {"acme/app", true}, {"acme/*", true}, {"**", true}, {"*", true}, {"a.b_c-d/**/x", true}, {"acme/app-*", true},
        {"", false}, {"Acme", false}, {"a b", false}, {"a+", false}, {"(a)", false}, {"a|b", false}, {"a\\b", false},
        {"***", false}, {"[a]", false}, {"a?", false}, {"$", false}, {"\xc3\xa4", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        CHECK(repository_glob_looks_right(str_of(rows[i].glob)) == rows[i].good);
    }
    char longest[REPOSITORY_GLOB_BYTES + 2] = {0};
    memset(longest, 'a', REPOSITORY_GLOB_BYTES);
    CHECK(repository_glob_looks_right(str_of(longest)));
    longest[REPOSITORY_GLOB_BYTES] = 'a';
    CHECK(!repository_glob_looks_right(str_of(longest)));
}

static const char people[] =
    "{roles:  {pusher: [{collection:'repositories', verbs:['read','create','update'], where:{name:{$regex:'^acme/'}},"
    "                    check:{name:{$regex:'^acme/'}}}],"
    "          puller: [{collection:'repositories', verbs:['read']}],"
    "          own: [{collection:'api_keys', verbs:['create','update','read'], where:{user:'$user'}},"
    "                {collection:'users', verbs:['read'], where:{_id:'$user'}}],"
    "          editor: [{collection:'posts', verbs:['read','update','approve']}], nothing: []},"
    " public: 'puller',"
    " users:  {ada: {roles:['pusher','own']}, bob: {roles:['puller']}, eve: {roles:['editor','own']}, root: {roles:['admin']}},"
    " keys:   {ada: {user:'ada'}, bob: {user:'bob'}, root: {user:'root'}, nobody: {role:'nothing'}, eve: {user:'eve'},"
    "          app: {user:'ada', scopes:[{repositories:['acme/app'], verbs:['pull','push']}]},"
    "          part: {user:'ada', scopes:[{repositories:['acme/*']}]},"
    "          deep: {user:'ada', scopes:[{repositories:['acme/**'], verbs:['pull']}]},"
    "          far: {user:'ada', scopes:[{repositories:['other/**']}]},"
    "          dots: {user:'root', scopes:[{repositories:['a.c'], verbs:['read']}]},"
    "          posts: {user:'root', scopes:[{collection:'posts'}]},"
    "          two: {user:'root', scopes:[{repositories:['x/*'], verbs:['pull']}, {repositories:['y/*'], verbs:['push']}]},"
    "          bound: {user:'ada', addresses:['192.0.2.0/24'], expires_at:'2026-12-01T00:00:00Z'}}}";

static struct house *open_people(const struct house_config *config)
{
    time_set(NOON);
    struct house *h = house_open_with(config);
    house_model(h, "[{name:'posts', fields:[{name:'title', kind:'text'}], actions:[{name:'approve'}]}]");
    house_people(h, people);
    (void)house_item(h, "repositories", "{name:'acme/there'}");
    return h;
}

static void close_people(struct house *h)
{
    house_close(h);
    time_set(0);
}

static void rights_in_repositories_go_by_name(void **state)
{
    static const struct {
        const char *who, *name;
        enum verb verb;
        enum err err;
    } rows[] = {
        {"ada", "acme/app", VERB_READ, ERR_OK},
        {"ada", "acme/app", VERB_CREATE, ERR_OK},
        {"ada", "acme/there", VERB_UPDATE, ERR_OK},
        {"ada", "acme/app", VERB_DELETE, ERR_FORBIDDEN},
        {"ada", "other/app", VERB_READ, ERR_NOT_FOUND},
        {"ada", "other/app", VERB_CREATE, ERR_NOT_FOUND},
        {"bob", "other/app", VERB_READ, ERR_OK},
        {"bob", "other/app", VERB_UPDATE, ERR_FORBIDDEN},
        {"root", "any/thing", VERB_DELETE, ERR_OK},
        {"nobody", "acme/app", VERB_READ, ERR_NOT_FOUND},
        {NULL, "acme/app", VERB_READ, ERR_OK},
        {NULL, "acme/app", VERB_UPDATE, ERR_UNAUTHENTICATED},

        {"app", "acme/app", VERB_READ, ERR_OK},
        {"app", "acme/app", VERB_CREATE, ERR_OK},
        {"app", "acme/app", VERB_UPDATE, ERR_OK},
        {"app", "acme/app", VERB_DELETE, ERR_FORBIDDEN},
        {"app", "acme/app2", VERB_READ, ERR_NOT_FOUND},
        {"app", "acme/app/x", VERB_READ, ERR_NOT_FOUND},
        {"app", "xacme/app", VERB_READ, ERR_NOT_FOUND},
        {"app", "acme/app\n", VERB_READ, ERR_NOT_FOUND},
        {"part", "acme/there", VERB_UPDATE, ERR_OK},
        {"part", "acme/x/y", VERB_READ, ERR_NOT_FOUND},
        {"deep", "acme/x/y", VERB_READ, ERR_OK},
        {"deep", "acme/x/y", VERB_CREATE, ERR_FORBIDDEN},
        {"far", "other/app", VERB_READ, ERR_NOT_FOUND}, /* only narrows */
        {"dots", "a.c", VERB_READ, ERR_OK},
        {"dots", "abc", VERB_READ, ERR_NOT_FOUND},
        {"posts", "acme/app", VERB_READ, ERR_NOT_FOUND},
        {"two", "x/a", VERB_READ, ERR_OK},
        {"two", "x/a", VERB_UPDATE, ERR_FORBIDDEN},
        {"two", "y/a", VERB_UPDATE, ERR_OK},
    };
    (void)state;
    struct house *h = open_people(&(struct house_config){0});
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct arena *a = arena_open(16u << 10);
        struct problem why = {.arena = a};
        const struct principal *who = house_who(h, a, rows[i].who ? house_key(h, rows[i].who) : (str){0});
        CHECK_AT(i);
        CHECK_PROBLEM(gate_repository(h->gate, who, str_of(rows[i].name), rows[i].verb, a, &why), rows[i].err, &why);
        arena_close(a);
    }
    close_people(h);
}

/* A list by the same scope shows the same repositories. */
static void the_same_holds_for_lists(void **state)
{
    (void)state;
    struct house *h = open_people(&(struct house_config){0});
    struct arena *a = arena_open(16u << 10);
    (void)house_item(h, "repositories", "{name:'acme/app'}");
    (void)house_item(h, "repositories", "{name:'acme/app/x'}");
    static const struct {
        const char *who;
        size_t rows;
    } rows[] = {{"ada", 3}, {"app", 1}, {"part", 2}, {"deep", 3}, {"far", 0}, {"root", 3}};
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        const struct principal *who = house_who(h, a, house_key(h, rows[i].who));
        struct query q = {.from = house_collection(who, "repositories"), .limit = 100};
        struct item_list list;
        struct problem why = {.arena = a};
        query_all_fields(a, &q, NULL);
        item_list_init(&list, a);
        CHECK_AT(i);
        CHECK_PROBLEM(gate_read(h->gate, who, &q, &list.receiver, NULL, &why), ERR_OK, &why);
        CHECK_INT(list.count, rows[i].rows);
    }
    arena_close(a);
    close_people(h);
}

static enum err make(struct house *h, struct arena *a, const char *who, const struct key_wish *wish, struct problem *why)
{
    str id, secret;
    *why = (struct problem){.arena = a};
    return gate_key_make(h->gate, house_who(h, a, house_key(h, who)), a, wish, &id, &secret, why);
}

static void nobody_puts_rights_into_a_key_that_he_lacks(void **state)
{
    static const struct {
        const char *who, *scopes;
        enum err err;
    } rows[] = {
        {"ada", "[{repositories:['acme/*'], verbs:['pull','push']}]", ERR_OK},
        {"ada", "[{repositories:['zzz/*']}]", ERR_OK}, /* only narrows */
        {"ada", "[{repositories:['acme/*'], verbs:['delete']}]", ERR_INVALID},
        {"ada", "[{collection:'*'}]", ERR_OK},
        {"ada", "[{collection:'posts'}]", ERR_INVALID},
        {"ada", "[{collection:'users'}]", ERR_OK},
        {"ada", "[{collection:'roles'}]", ERR_INVALID},
        {"ada", "[{collection:'nowhere'}]", ERR_INVALID},
        {"ada", "[{collection:'repositories', verbs:['read']}, {collection:'posts', verbs:['read']}]", ERR_INVALID},
        {"eve", "[{collection:'posts', verbs:['read','approve']}]", ERR_OK},
        {"eve", "[{collection:'posts', verbs:['*']}]", ERR_OK},
        {"eve", "[{collection:'posts', verbs:['delete']}]", ERR_INVALID},
        {"eve", "[{collection:'posts', verbs:['sign']}]", ERR_INVALID},
        {"eve", "[{repositories:['acme/*'], verbs:['pull']}]", ERR_INVALID},
        {"root", "[{collection:'nowhere'}]", ERR_OK},

        {"root", "[{}]", ERR_INVALID},
        {"root", "[{collection:'posts', repositories:['a']}]", ERR_INVALID},
        {"root", "[{repositories:[]}]", ERR_INVALID},
        {"root", "[{repositories:'a'}]", ERR_INVALID},
        {"root", "[{repositories:[1]}]", ERR_INVALID},
        {"root", "[{repositories:['A']}]", ERR_INVALID},
        {"root", "[{collection:'posts', more:1}]", ERR_INVALID},
    };
    (void)state;
    struct house *h = open_people(&(struct house_config){0});
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct arena *a = arena_open(16u << 10);
        struct problem why;
        struct key_wish wish = {.scopes = house_json(a, rows[i].scopes)};
        CHECK_AT(i);
        CHECK_PROBLEM(make(h, a, rows[i].who, &wish, &why), rows[i].err, &why);
        arena_close(a);
    }
    close_people(h);
}

/* A key that ends, or is bound to places, makes none that outlives or outruns it. */
static void a_bound_key_makes_bound_keys(void **state)
{
    static const struct {
        const char *addresses;
        int64_t ends_ms;
        enum err err;
    } rows[] = {
        {"['192.0.2.0/24']", NOON + 86400000, ERR_OK},
        {"['192.0.2.7','192.0.2.128/25']", NOON + 86400000, ERR_OK},
        {"['192.0.2.0/23']", NOON + 86400000, ERR_INVALID},
        {"['198.51.100.1']", NOON + 86400000, ERR_INVALID},
        {"[]", NOON + 86400000, ERR_INVALID},
        {NULL, NOON + 86400000, ERR_INVALID},
        {"['192.0.2.0/24']", 0, ERR_INVALID},
        {"['192.0.2.0/24']", NOON + 30 * INT64_C(86400000), ERR_INVALID},
    };
    (void)state;
    struct house *h = open_people(&(struct house_config){0});
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct arena *a = arena_open(16u << 10);
        struct problem why;
        struct key_wish wish = {.addresses = rows[i].addresses ? house_json(a, rows[i].addresses) : NULL, .expires_ms = rows[i].ends_ms};
        CHECK_AT(i);
        CHECK_PROBLEM(make(h, a, "bound", &wish, &why), rows[i].err, &why);
        arena_close(a);
    }
    close_people(h);
}

static void the_operator_says_how_long_a_key_may_live(void **state)
{
    (void)state;
    struct house *h = open_people(&(struct house_config){.key_days_max = 90});
    struct arena *a = arena_open(16u << 10);
    struct problem why;
    struct key_wish wish = {.expires_ms = NOON + 90 * INT64_C(86400000)};
    CHECK_PROBLEM(make(h, a, "ada", &wish, &why), ERR_OK, &why);
    wish.expires_ms += 1000;
    CHECK_PROBLEM(make(h, a, "ada", &wish, &why), ERR_INVALID, &why);
    CHECK_FAULT(&why, S("/expires_at"), S("range"));
    str id = {0}, secret;
    why = (struct problem){.arena = a};
    wish.expires_ms = 0; /* says nothing: as long as may be */
    CHECK_PROBLEM(gate_key_make(h->gate, house_who(h, a, house_key(h, "ada")), a, &wish, &id, &secret, &why), ERR_OK, &why);
    CHECK_STR(house_value(h, a, "api_keys", id, "expires_at"), S("\"2027-02-19T12:00:00Z\""));
    arena_close(a);
    close_people(h);
}

CHECK_MAIN(TEST(patterns_are_names_with_stars), TEST(rights_in_repositories_go_by_name), TEST(the_same_holds_for_lists),
           TEST(nobody_puts_rights_into_a_key_that_he_lacks), TEST(a_bound_key_makes_bound_keys),
           TEST(the_operator_says_how_long_a_key_may_live))
