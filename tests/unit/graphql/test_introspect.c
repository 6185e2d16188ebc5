/* What a schema says of itself (graphql.md 7). The whole of it, for a schema with one of everything, is a snapshot that
 * graphql-js takes back to the same SDL (web/e2e/graphql-introspection.test.mjs does that for real schemas). */
#include "graphql/schema/build.h"
#include "tests/support/gql_ask.h"
#include "tests/support/snap.h"

static const char small[] =
    "type Query implements Node { id: ID! old(a: Int @deprecated(reason: \"no\"), b: Int = 2): [Int!] @deprecated kind: Kind found: Found }"
    " interface Node { id: ID! } union Found = Query enum Kind { A B @deprecated } input In @oneOf { x: Int y: In @deprecated }"
    " scalar Url @specifiedBy(url: \"https://u\") type Mutation { do(in: In, url: Url): Int }";

static const struct {
    const char *query, *answer;
} questions[] = {
    {"{ __schema { queryType { name kind } mutationType { name } subscriptionType { name } description } }",
     "{\"data\":{\"__schema\":{\"queryType\":{\"name\":\"Query\",\"kind\":\"OBJECT\"},\"mutationType\":{\"name\":\"Mutation\"},"
     "\"subscriptionType\":null,\"description\":null}}}"},
    {"{ __typename __type(name: \"Nothing\") { name } }", "{\"data\":{\"__typename\":\"Query\",\"__type\":null}}"},
    {"{ __type(name: \"query\") { name } }", "{\"data\":{\"__type\":null}}"},
    {"query($n: String!) { __type(name: $n) { name __typename } }", "{\"data\":{\"__type\":{\"name\":\"Kind\",\"__typename\":\"__Type\"}}}"},
    {"{ __type(name: \"Query\") { fields { name } interfaces { name } possibleTypes { name } enumValues { name } inputFields { name }"
     " ofType { name } isOneOf specifiedByURL } }",
     "{\"data\":{\"__type\":{\"fields\":[{\"name\":\"id\"},{\"name\":\"kind\"},{\"name\":\"found\"}],\"interfaces\":[{\"name\":\"Node\"}],"
     "\"possibleTypes\":null,\"enumValues\":null,\"inputFields\":null,\"ofType\":null,\"isOneOf\":null,\"specifiedByURL\":null}}}"},
    {"{ __type(name: \"Query\") { fields(includeDeprecated: true) { name isDeprecated deprecationReason args { name defaultValue } } } }",
     "{\"data\":{\"__type\":{\"fields\":[{\"name\":\"id\",\"isDeprecated\":false,\"deprecationReason\":null,\"args\":[]},"
     "{\"name\":\"old\",\"isDeprecated\":true,\"deprecationReason\":\"No longer supported\",\"args\":[{\"name\":\"b\",\"defaultValue\":\"2\"}]},"
     "{\"name\":\"kind\",\"isDeprecated\":false,\"deprecationReason\":null,\"args\":[]},"
     "{\"name\":\"found\",\"isDeprecated\":false,\"deprecationReason\":null,\"args\":[]}]}}}"},
    {"query($d: Boolean! = true) { __type(name: \"Query\") { fields(includeDeprecated: $d) { args(includeDeprecated: $d)"
     " { name isDeprecated deprecationReason } } } }",
     "{\"data\":{\"__type\":{\"fields\":[{\"args\":[]},{\"args\":[{\"name\":\"a\",\"isDeprecated\":true,\"deprecationReason\":\"no\"},"
     "{\"name\":\"b\",\"isDeprecated\":false,\"deprecationReason\":null}]},{\"args\":[]},{\"args\":[]}]}}}"},
    {"{ __type(name: \"Node\") { kind fields { name } interfaces { name } possibleTypes { name } } }",
     "{\"data\":{\"__type\":{\"kind\":\"INTERFACE\",\"fields\":[{\"name\":\"id\"}],\"interfaces\":[],\"possibleTypes\":[{\"name\":\"Query\"}]}}}"},
    {"{ __type(name: \"Found\") { kind fields { name } interfaces { name } possibleTypes { name kind } } }",
     "{\"data\":{\"__type\":{\"kind\":\"UNION\",\"fields\":null,\"interfaces\":null,\"possibleTypes\":[{\"name\":\"Query\",\"kind\":\"OBJECT\"}]}}}"},
    {"{ __type(name: \"Kind\") { a: enumValues { name } b: enumValues(includeDeprecated: true) { name isDeprecated } } }",
     "{\"data\":{\"__type\":{\"a\":[{\"name\":\"A\"}],\"b\":[{\"name\":\"A\",\"isDeprecated\":false},{\"name\":\"B\",\"isDeprecated\":true}]}}}"},
    {"{ __type(name: \"In\") { kind isOneOf a: inputFields { name } b: inputFields(includeDeprecated: true) { name type { name } } } }",
     "{\"data\":{\"__type\":{\"kind\":\"INPUT_OBJECT\",\"isOneOf\":true,\"a\":[{\"name\":\"x\"}],"
     "\"b\":[{\"name\":\"x\",\"type\":{\"name\":\"Int\"}},{\"name\":\"y\",\"type\":{\"name\":\"In\"}}]}}}"},
    {"{ __type(name: \"Url\") { kind specifiedByURL isOneOf } }",
     "{\"data\":{\"__type\":{\"kind\":\"SCALAR\",\"specifiedByURL\":\"https://u\",\"isOneOf\":null}}}"},
    {"{ __type(name: \"Query\") { fields(includeDeprecated: true) { type { kind name ofType { kind name ofType { kind name ofType { name } } } } } } }",
     "{\"data\":{\"__type\":{\"fields\":["
     "{\"type\":{\"kind\":\"NON_NULL\",\"name\":null,\"ofType\":{\"kind\":\"SCALAR\",\"name\":\"ID\",\"ofType\":null}}},"
     "{\"type\":{\"kind\":\"LIST\",\"name\":null,\"ofType\":{\"kind\":\"NON_NULL\",\"name\":null,\"ofType\":{\"kind\":\"SCALAR\",\"name\":\"Int\",\"ofType\":null}}}},"
     "{\"type\":{\"kind\":\"ENUM\",\"name\":\"Kind\",\"ofType\":null}},{\"type\":{\"kind\":\"UNION\",\"name\":\"Found\",\"ofType\":null}}]}}}"},
    {"{ __schema { directives { name isRepeatable locations args { name defaultValue } } } }",
     "{\"data\":{\"__schema\":{\"directives\":["
     "{\"name\":\"include\",\"isRepeatable\":false,\"locations\":[\"FIELD\",\"FRAGMENT_SPREAD\",\"INLINE_FRAGMENT\"],\"args\":[{\"name\":\"if\",\"defaultValue\":null}]},"
     "{\"name\":\"skip\",\"isRepeatable\":false,\"locations\":[\"FIELD\",\"FRAGMENT_SPREAD\",\"INLINE_FRAGMENT\"],\"args\":[{\"name\":\"if\",\"defaultValue\":null}]},"
     "{\"name\":\"deprecated\",\"isRepeatable\":false,\"locations\":[\"FIELD_DEFINITION\",\"ARGUMENT_DEFINITION\",\"INPUT_FIELD_DEFINITION\",\"ENUM_VALUE\"],"
     "\"args\":[{\"name\":\"reason\",\"defaultValue\":\"\\\"No longer supported\\\"\"}]},"
     "{\"name\":\"specifiedBy\",\"isRepeatable\":false,\"locations\":[\"SCALAR\"],\"args\":[{\"name\":\"url\",\"defaultValue\":null}]},"
     "{\"name\":\"oneOf\",\"isRepeatable\":false,\"locations\":[\"INPUT_OBJECT\"],\"args\":[]}]}}}"},
    {"{ __type(name: \"__Type\") { fields { name args { name type { kind ofType { name } } defaultValue } } } }",
     "{\"data\":{\"__type\":{\"fields\":[{\"name\":\"kind\",\"args\":[]},{\"name\":\"name\",\"args\":[]},{\"name\":\"description\",\"args\":[]},"
     "{\"name\":\"specifiedByURL\",\"args\":[]},"
     "{\"name\":\"fields\",\"args\":[{\"name\":\"includeDeprecated\",\"type\":{\"kind\":\"NON_NULL\",\"ofType\":{\"name\":\"Boolean\"}},\"defaultValue\":\"false\"}]},"
     "{\"name\":\"interfaces\",\"args\":[]},{\"name\":\"possibleTypes\",\"args\":[]},"
     "{\"name\":\"enumValues\",\"args\":[{\"name\":\"includeDeprecated\",\"type\":{\"kind\":\"NON_NULL\",\"ofType\":{\"name\":\"Boolean\"}},\"defaultValue\":\"false\"}]},"
     "{\"name\":\"inputFields\",\"args\":[{\"name\":\"includeDeprecated\",\"type\":{\"kind\":\"NON_NULL\",\"ofType\":{\"name\":\"Boolean\"}},\"defaultValue\":\"false\"}]},"
     "{\"name\":\"ofType\",\"args\":[]},{\"name\":\"isOneOf\",\"args\":[]}]}}}"},
};

static void questions_are_answered(void **state)
{
    (void)state;
    struct gql_schema *s = gql_schema_of(small, NULL, NULL);
    for (size_t i = 0; i < COUNTOF(questions); i++) {
        CHECK_AT(i);
        struct arena *a = arena_open(4096);
        CHECK_STR(gql_ask(a, s, str_of(questions[i].query), "{\"n\":\"Kind\"}", NULL), str_of(questions[i].answer));
        arena_close(a);
    }
    counted_release(&s->counted);
}

static void types_are_listed_once_and_in_order(void **state)
{
    (void)state;
    struct gql_schema *s = gql_schema_of(small, NULL, NULL);
    struct arena *a = arena_open(4096);
    CHECK_STR(gql_ask(a, s, S("{ __schema { types { name } } }"), NULL, NULL),
              S("{\"data\":{\"__schema\":{\"types\":[{\"name\":\"String\"},{\"name\":\"Boolean\"},{\"name\":\"Int\"},{\"name\":\"ID\"},"
                "{\"name\":\"Query\"},{\"name\":\"Node\"},{\"name\":\"Found\"},{\"name\":\"Kind\"},{\"name\":\"In\"},{\"name\":\"Url\"},"
                "{\"name\":\"Mutation\"},{\"name\":\"__Schema\"},{\"name\":\"__Type\"},{\"name\":\"__Field\"},{\"name\":\"__InputValue\"},"
                "{\"name\":\"__EnumValue\"},{\"name\":\"__Directive\"},{\"name\":\"__TypeKind\"},{\"name\":\"__DirectiveLocation\"}]}}}"));
    arena_close(a);
    counted_release(&s->counted);
}

static void the_standard_question_is_answered(void **state)
{
    (void)state;
    struct arena *a = arena_open(4096);
    char *sdl = arena_get(a, 1, 64u << 10);
    FILE *f = fopen(TESTS_DIR "/snap/graphql/kitchen_sink.graphql", "rb");
    NEED(f != NULL && fread(sdl, 1, (64u << 10) - 1, f) > 0);
    fclose(f);
    struct gql_schema *s = gql_schema_of(sdl, NULL, NULL);
    str answer = gql_ask(a, s, str_of(gql_tools_ask), NULL, NULL);
    CHECK_SNAP("graphql/introspection.json", answer);
    CHECK_STR(gql_ask(a, s, str_of(gql_tools_ask), NULL, NULL), answer);
    counted_release(&s->counted);
    arena_close(a);
}

static void a_schema_may_hide_itself(void **state)
{
    (void)state;
    struct gql_schema *s = gql_schema_of(small, NULL, NULL);
    struct arena *a = arena_open(4096);
    s->hides_itself = true;
    CHECK(str_starts(gql_ask(a, s, S("{ __schema { description } }"), NULL, NULL), S("{\"errors\":")));
    CHECK(str_starts(gql_ask(a, s, S("{ __type(name: \"Query\") { name } }"), NULL, NULL), S("{\"errors\":")));
    CHECK_STR(gql_ask(a, s, S("{ __typename }"), NULL, NULL), S("{\"data\":{\"__typename\":\"Query\"}}"));
    CHECK_STR(gql_ask(a, s, S("mutation { __typename }"), NULL, NULL), S("{\"data\":{\"__typename\":\"Mutation\"}}"));
    CHECK(str_starts(gql_ask(a, s, S("mutation { __schema { description } }"), NULL, NULL), S("{\"errors\":")));
    arena_close(a);
    counted_release(&s->counted);
}

CHECK_MAIN(TEST(questions_are_answered), TEST(types_are_listed_once_and_in_order), TEST(the_standard_question_is_answered),
           TEST(a_schema_may_hide_itself))
