/* SDL to a schema and back, and what makes it none (graphql.md 8). */
#include "graphql/schema/build.h"

#include "tests/support/snap.h"

static str file_text(struct arena *a, const char *path)
{
    FILE *f = fopen(path, "rb");
    NEED(f != NULL);
    char *room = arena_get(a, 1, 64u << 10);
    size_t n = fread(room, 1, 64u << 10, f);
    fclose(f);
    return (str){room, n};
}

static str printed(struct arena *a, const struct gql_schema *s)
{
    struct buf b;
    buf_init(&b, a, 1u << 20);
    gql_print_schema(&b, s);
    return buf_str(&b);
}

static void reading_and_printing_gives_the_same(void **state)
{
    (void)state;
    struct arena *a = arena_open(4096);
    struct gql_errors errors = {.arena = a};
    struct gql_schema *s = NULL, *again = NULL;
    enum err e = gql_schema_read(file_text(a, TESTS_DIR "/snap/graphql/kitchen_sink.graphql"), NULL, NULL, &s, &errors);
    for (size_t i = 0; i < errors.count; i++)
        CHECK_SAY(STR_FMT, STR_ARG(errors.items[i].message));
    NEED(e == ERR_OK);
    CHECK_SNAP("graphql/kitchen_sink.graphql", printed(a, s));
    NEED(gql_schema_read(printed(a, s), NULL, NULL, &again, &errors) == ERR_OK);
    CHECK(s->hash == again->hash);
    counted_release(&again->counted);
    counted_release(&s->counted);
    arena_close(a);
}

static void what_was_read_is_known(void **state)
{
    (void)state;
    struct arena *a = arena_open(4096);
    struct gql_errors errors = {.arena = a};
    struct gql_schema *s = NULL;
    NEED(gql_schema_read(file_text(a, TESTS_DIR "/snap/graphql/kitchen_sink.graphql"), NULL, NULL, &s, &errors) == ERR_OK);
    const struct gql_type *person = gql_type_named(s, S("Person")), *sort = gql_type_named(s, S("Sort"));
    CHECK_STR(s->query->name, S("Root"));
    CHECK(gql_type_named(s, S("Sort"))->one_of && !gql_type_named(s, S("Place"))->one_of);
    CHECK_STR(gql_field_named(s, person, S("nick"))->words->deprecated, S("Use `name`."));
    CHECK_STR(gql_type_named(s, S("Date"))->specified_by, S("https://www.rfc-editor.org/rfc/rfc3339"));
    const struct gql_field *friends = gql_field_named(s, person, S("friends"));
    CHECK_STR(json_print(a, gql_argument_named(friends, S("sort"))->standard), S("[{\"by\":\"NAME\"}]"));
    CHECK_STR(json_print(a, gql_argument_named(friends, S("where"))->standard), S("{\"age\":{\"atLeast\":18,\"atMost\":null}}"));
    CHECK_STR(gql_input_named(sort, S("text"))->type->name, S("String"));
    CHECK_INT(gql_type_named(s, S("Node"))->possible_count, 2);
    const struct gql_directive_type *cost = gql_directive_named(s, S("cost"));
    NEED(cost != NULL);
    CHECK(cost->repeatable);
    CHECK_INT(cost->arguments[0].standard->integer, 1);
    counted_release(&s->counted);
    arena_close(a);
}

static const struct {
    const char *sdl, *says;
} bad[] = {
    /* what is no SDL */
    {"", "definition"},
    {"type Query { a: Int", "name"},
    {"extend type Query { a: Int }", "definition"},
    {"query { a }", "definition"},
    {"type Query { a: Int } type Query { b: Int }", "There is a type Query already."},
    {"type Query { a: Int } scalar Int", "There is a type Int already."},
    {"type Query { a: Int } type __Type { x: Int }", "The name __Type is introspection's."},
    {"type Query { a: Nothing }", "There is no type Nothing."},
    {"type Query { a(b: [Nothing!]): Int }", "There is no type Nothing."},
    {"type Query { a: Int } schema { query: Query } schema { query: Query }", "The schema is defined twice."},
    {"type Query { a: Int } schema { what: Query }", "what is no kind of operation."},
    {"type Query { a: Int } directive @d on NOWHERE", "NOWHERE is no place"},
    {"type Query { a: Int } directive @d on FIELD | FIELD", "FIELD is no place"},
    {"type Query { a: Int @deprecated(reason: 1) }", "@deprecated takes one text."},
    {"type Query { a: S } scalar S @specifiedBy", "@specifiedBy lacks its argument."},
    {"type Query implements Int { a: Int }", "Int is no interface."},
    {"type Query { a: U } union U = Int", "Int is no object type."},
    /* what is no schema */
    {"type Mutation { a: Int }", "There is no type for queries to begin at."},
    {"interface Query { a: Int }", "The root of queries, Query, is no object type."},
    {"type Q { a: Int } schema { query: Q mutation: Q }", "Q is the root of both queries and mutations."},
    {"type Query", "Query has no fields."},
    {"type Query { a: E } enum E", "E has no values."},
    {"type Query { a(i: I): Int } input I", "I has no fields."},
    {"type Query { a: U } union U", "U has no types."},
    {"type Query { a: Int a: String }", "Query.a is there twice."},
    {"type Query { a(b: Int b: Int): Int }", "Query.a(b:) is there twice."},
    {"type Query { a: E } enum E { A A }", "E.A is there twice."},
    {"type Query { a: Int } enum Alone { true }", "Alone.true has the name of a literal."},
    {"type Query { a: E } enum E { true }", "E.true has the name of a literal."},
    {"type Query { a(i: I): Int } input I { x: Int x: Int }", "I.x is there twice."},
    {"type Query { a: U } union U = Query | Query", "Query is in U twice."},
    {"type Query { __a: Int }", "Query.__a begins with \"__\""},
    {"type Query { a(__b: Int): Int }", "Query.a(__b:) begins with \"__\""},
    {"type Query { a: Int } directive @__d on FIELD", "@__d begins with \"__\""},
    {"type Query { a: Int } directive @d on FIELD directive @d on FIELD", "@d is there twice."},
    {"type Query { a: I } input I { x: Int }", "Query.a has type I, which is none of output."},
    {"type Query { a(q: [Query]): Int }", "Query.a(q:) has type [Query], which is none of input."},
    {"type Query { a(i: I): Int } input I { x: Query }", "I.x has type Query, which is none of input."},
    {"type Query { a(b: Int = \"x\"): Int }", "Query.a(b:) has a default that is no Int."},
    {"type Query { a(b: Int! = null): Int }", "Query.a(b:) has a default that is no Int!."},
    {"type Query { a(b: I = {y: 1}): Int } input I { x: Int }", "Query.a(b:) has a default that is no I."},
    {"type Query { a(b: I = {}): Int } input I { x: Int! }", "Query.a(b:) has a default that is no I."},
    {"type Query { a(b: E = X): Int } enum E { Y }", "Query.a(b:) has a default that is no E."},
    {"type Query { a(b: O = {x: 1, y: 2}): Int } input O @oneOf { x: Int y: Int }", "Query.a(b:) has a default that is no O."},
    {"type Query { a(b: O = {x: null}): Int } input O @oneOf { x: Int y: Int }", "Query.a(b:) has a default that is no O."},
    {"type Query { a(o: O): Int } input O @oneOf { x: Int! y: Int }", "O.x is one of several"},
    {"type Query { a(o: O): Int } input O @oneOf { x: Int y: Int = 1 }", "O.y is one of several"},
    {"type Query { a(b: Int! @deprecated): Int }", "Query.a(b:) is required and cannot be deprecated."},
    {"type Query { a(i: I): Int } input I { x: Int! @deprecated y: Int }", "I.x is required and cannot be deprecated."},
    /* promises of interfaces */
    {"interface I { x: Int } type Query implements I { a: Int }", "Query.x is missing: I has it."},
    {"interface I { x: Int } type Query implements I { x: String }", "Query.x is String, and I wants Int."},
    {"interface I { x: Int! } type Query implements I { x: Int }", "Query.x is Int, and I wants Int!."},
    {"interface I { x: [Int] } type Query implements I { x: Int }", "Query.x is Int, and I wants [Int]."},
    {"interface I { x(a: Int): Int } type Query implements I { x: Int }", "Query.x lacks the argument \"a: Int\" of I."},
    {"interface I { x(a: Int): Int } type Query implements I { x(a: Int!): Int }", "Query.x lacks the argument \"a: Int\" of I."},
    {"interface I { x: Int } type Query implements I { x(a: Int!): Int }", "Query.x demands an argument \"a\" that I does not know."},
    {"interface I { x: Int } type Query implements I { x: Int @deprecated }", "Query.x is deprecated, but not in I."},
    {"interface I implements I { x: Int } type Query implements I { x: Int }", "I implements itself."},
    {"interface I { x: Int } type Query implements I & I { x: Int }", "Query implements the same interface twice."},
    {"interface I { x: Int } interface J implements I { x: Int } type Query implements J { x: Int }",
     "Query implements J, but not I, which that one implements."},
    /* circles */
    {"type Query { a(i: I): Int } input I { x: I! }", "I needs a value of its own type inside of each value."},
    {"type Query { a(i: I): Int } input I { x: J! } input J { y: Int z: I! }", "J needs a value of its own type"},
    {"type Query { a(o: O): Int } input O @oneOf { x: O }", "O needs a value of its own type"},
    {"type Query { a(i: I): Int } input I { x: I = {} }", "The default of I.x holds itself."},
    {"type Query { a(i: I): Int } input I { x: J = {} } input J { y: [I!] = [{}] }", "holds itself."},
};

static void bad_schemas_are_refused_with_a_sentence(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNTOF(bad); i++) {
        CHECK_AT(i);
        struct arena *a = arena_open(1024);
        struct gql_errors errors = {.arena = a};
        struct gql_schema *s = NULL;
        CHECK(gql_schema_read(str_of(bad[i].sdl), NULL, NULL, &s, &errors) != ERR_OK);
        CHECK(s == NULL);
        bool is_said = false;
        for (size_t k = 0; k < errors.count; k++)
            is_said = is_said || str_contains(errors.items[k].message, str_of(bad[i].says));
        if (!is_said)
            CHECK_SAY("%s: " STR_FMT, bad[i].sdl, STR_ARG(errors.count ? errors.items[0].message : S("nothing said")));
        arena_close(a);
    }
}

static const char *const good[] = {
    "type Query { a: Int }",
    "\"d\" type Query { \"f\" a(\"x\" b: Int = 1): Int }",
    "schema { query: Q } type Q { a: Int }",
    "type Query implements I & J { x: Int! y: [J!] } interface I { x: Int } interface J { y: [J] }",
    "interface I { x: I } type Query implements I { x(a: Int! = 1, b: Int): Query! }",
    "type Query { a(i: I): Int } input I { x: I y: [I!]! z: J } input J { i: I! }",
    "type Query { a(o: O): Int } input O @oneOf { x: O y: Int }",
    "type Query { a(i: I): Int } input I { x: I = null y: J = {i: {x: null, y: null}} } input J { i: I! }",
    "type Query { a(e: [[E!]] = A, f: Float = 1, i: ID = 5): Int } enum E { A }",
    "union U = | Query type Query { a: U } directive @a repeatable on | FIELD | QUERY",
    "type Query { a: Int } type Alone { b: Lonely } enum Lonely { A } interface Nobody { x: Float }", /* nothing leads there */
    "type Query { type: type } type type { input: Int implements: Int on: Int }",
};

static void good_ones_come_back_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNTOF(good); i++) {
        CHECK_AT(i);
        struct arena *a = arena_open(1024);
        struct gql_errors errors = {.arena = a};
        struct gql_schema *s = NULL, *again = NULL;
        if (gql_schema_read(str_of(good[i]), NULL, NULL, &s, &errors) != ERR_OK) {
            CHECK_SAY("%s: " STR_FMT, good[i], STR_ARG(errors.items[0].message));
        } else {
            CHECK_ERR(gql_schema_read(printed(a, s), NULL, NULL, &again, &errors), ERR_OK);
            CHECK_STR(printed(a, again), printed(a, s));
            CHECK(!str_contains(str_of(good[i]), S("Lonely")) || (gql_type_named(s, S("Alone")) && gql_type_named(s, S("Nobody"))));
            CHECK(again->hash == s->hash);
            counted_release(&again->counted);
            counted_release(&s->counted);
        }
        arena_close(a);
    }
}

static void mark(void *self, const struct gql_type *t, struct gql_field *f)
{
    (*(int *)self)++;
    f->meaning = t->name.at;
    f->cost = 7;
}

static void fields_are_bound(void **state)
{
    (void)state;
    struct arena *a = arena_open(1024);
    struct gql_errors errors = {.arena = a};
    struct gql_schema *s = NULL;
    int count = 0;
    NEED(gql_schema_read(S("interface I { x: Int } type Query implements I { x: Int, p: P } type P { y: Int }"), mark, &count, &s,
                         &errors) == ERR_OK);
    CHECK_INT(count, 3);
    CHECK_INT(s->query->fields[1].cost, 7);
    CHECK(s->query->fields[1].meaning == s->query->name.at);
    CHECK_INT(gql_type_named(s, S("I"))->fields[0].cost, 0);
    counted_release(&s->counted);
    arena_close(a);
}

CHECK_MAIN(TEST(reading_and_printing_gives_the_same), TEST(what_was_read_is_known), TEST(bad_schemas_are_refused_with_a_sentence),
           TEST(good_ones_come_back_the_same), TEST(fields_are_bound))
