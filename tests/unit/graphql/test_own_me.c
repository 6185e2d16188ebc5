/* `me` and `_service`: who asks is told what he is, and nothing of others. */
#include "graphql/own/own.h"
#include "base/time.h"
#include "tests/support/check.h"
#include "tests/support/gql_ask.h"
#include "tests/support/house.h"

static void callers_are_told_who_they_are(void **state)
{
    static const struct {
        const char *key, *query, *answer;
    } rows[] = {
        {"ada", "{me{kind name email roles isAdmin expiresAt access{collection verbs actions}}}",
         "{\"data\":{\"me\":{\"kind\":\"key\",\"name\":\"ada\",\"email\":\"ada@example.com\",\"roles\":[\"reader\"],\"isAdmin\":false,\"expiresAt\":null,"
         "\"access\":[{\"collection\":\"posts\",\"verbs\":[\"read\"],\"actions\":[]}]}}}"},
        {"bot", "{me{kind _id name email roles}}",
         "{\"data\":{\"me\":{\"kind\":\"key\",\"_id\":null,\"name\":null,\"email\":null,\"roles\":[\"reader\"]}}}"},
        {"keeper", "{who:me{__typename can:access{of:collection verbs actions}}}",
         "{\"data\":{\"who\":{\"__typename\":\"Viewer\",\"can\":[{\"of\":\"api_keys\",\"verbs\":[\"read\"],\"actions\":[\"rotate\"]}]}}}"},
        {"admin", "{me{isAdmin}}", "{\"data\":{\"me\":{\"isAdmin\":true}}}"},
        {NULL, "{me{kind roles access{collection}}}", "{\"data\":{\"me\":{\"kind\":\"public\",\"roles\":[],\"access\":[]}}}"},
        {NULL, "{_service{name time limits{documentBytes rows depth cost}}}",
         "{\"data\":{\"_service\":{\"name\":\"Vitrine\",\"time\":\"2026-01-02T03:04:05Z\",\"limits\":{\"documentBytes\":65536,\"rows\":1000,\"depth\":15,\"cost\":200000}}}}"},
    };
    struct house *h = house_open();
    (void)state;
    house_model(h, "[{name:'posts', fields:[{name:'title', kind:'text'}]}, {name:'hidden', fields:[{name:'title', kind:'text'}]}]");
    house_people(h, "{roles:{reader:[{collection:'posts', verbs:['read']}], keeper:[{collection:'api_keys', verbs:['read','rotate']}]},"
                    " users:{ada:{roles:['reader']}}, keys:{ada:{user:'ada'}, bot:{role:'reader'}, keeper:{role:'keeper'}, admin:{role:'admin'}}}");
    time_set(1767323045000);
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        struct arena *a = arena_open(1u << 16);
        const struct principal *who = house_who(h, a, rows[i].key ? house_key(h, rows[i].key) : (str){0});
        struct gql_schema *s = own_schema_make(who, true);
        CHECK_STR(gql_ask_gate(a, s, h->gate, who, str_of(rows[i].query), NULL), str_of(rows[i].answer));
        counted_release(&s->counted);
        arena_close(a);
    }
    time_set(0);
    house_close(h);
}

/* Callers with the same rights have one schema by its hash, whoever they are: they share it (graphql/http/schemas.c). */
static void the_schema_is_told_by_its_hash(void **state)
{
    struct house *h = house_open();
    struct arena *a = arena_open(1u << 16);
    (void)state;
    house_model(h, "[{name:'posts', fields:[{name:'title', kind:'text'}]}]");
    house_people(h, "{roles:{one:[{collection:'posts', verbs:['read']}], two:[{collection:'posts', verbs:['read']}], three:[{collection:'posts', verbs:['create']}]},"
                    " public:'one', keys:{one:{role:'one'}, two:{role:'two'}, three:{role:'three'}}}");
    static const char *const keys[] = {"one", "two", "three", NULL};
    str told[4];
    for (size_t i = 0; i < COUNTOF(keys); i++) {
        const struct principal *who = house_who(h, a, keys[i] ? house_key(h, keys[i]) : (str){0});
        struct gql_schema *s = own_schema_make(who, true);
        told[i] = gql_ask_gate(a, s, h->gate, who, S("{_service{schema}}"), NULL);
        counted_release(&s->counted);
    }
    CHECK(str_starts(told[0], S("{\"data\":{\"_service\":{\"schema\":\"")));
    CHECK_STR(told[0], told[1]);
    CHECK(!str_equal(told[0], told[2]));
    CHECK_STR(told[0], told[3]);
    arena_close(a);
    house_close(h);
}

CHECK_MAIN(TEST(callers_are_told_who_they_are), TEST(the_schema_is_told_by_its_hash))
