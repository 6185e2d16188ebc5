/* Values of inputs: what literals and variables become, row for row as graphql.md 4 has them; what may be answered with. */
#include "graphql/schema/build.h"

#include "tests/support/check.h"

static const char sdl[] =
    "type Query { a(i: Int, f: Float, s: String, b: Boolean, d: ID, j: JSON, e: E, o: O, in: In,"
    " l: [Int], ll: [[Int]], lm: [Int!], m: Int!, le: [E!]!): Int }"
    "enum E { RED GREEN } input O @oneOf { x: Int y: String } input In { r: Int! d: Int = 7 s: String in: In } scalar JSON";

struct world {
    struct arena *arena;
    struct gql_schema *schema;
    const struct json *variables;
};

static struct world begin(void)
{
    struct world w = {.arena = arena_open(4096)};
    struct gql_errors errors = {.arena = w.arena};
    NEED(gql_schema_read(str_of(sdl), NULL, NULL, &w.schema, &errors) == ERR_OK);
    NEED(json_read(w.arena, S("{\"one\":1,\"null\":null,\"text\":\"x\",\"list\":[1,2]}"), NULL, S(""), &w.variables, NULL) == ERR_OK);
    return w;
}

static void end(struct world *w)
{
    counted_release(&w->schema->counted);
    arena_close(w->arena);
}

/* wanted NULL: refused. $absent is no variable; literals with variables are put together by hand below. */
static const struct {
    const char *argument, *literal, *wanted;
} literals[] = {
    {"i", "1", "1"},
    {"i", "-2147483648", "-2147483648"},
    {"i", "2147483647", "2147483647"},
    {"i", "2147483648", NULL},
    {"i", "-2147483649", NULL},
    {"i", "99999999999999999999999", NULL},
    {"i", "1.0", NULL},
    {"i", "1e2", NULL},
    {"i", "\"1\"", NULL},
    {"i", "true", NULL},
    {"i", "RED", NULL},
    {"i", "[1]", NULL},
    {"i", "{}", NULL},
    {"i", "null", "null"},
    {"i", "-0", "0"},
    {"m", "null", NULL},
    {"m", "3", "3"},
    {"f", "1", "1"},
    {"f", "1.5", "1.5"},
    {"f", "1e400", NULL},
    {"f", "\"1\"", NULL},
    {"f", "NaN", NULL},
    {"s", "\"x\"", "\"x\""},
    {"s", "\"\"\"x\"\"\"", "\"x\""},
    {"s", "1", NULL},
    {"s", "x", NULL},
    {"s", "[\"x\"]", NULL},
    {"b", "true", "true"},
    {"b", "false", "false"},
    {"b", "0", NULL},
    {"b", "\"true\"", NULL},
    {"d", "\"x\"", "\"x\""},
    {"d", "12345678901234567890", "\"12345678901234567890\""},
    {"d", "-0", "\"-0\""},
    {"d", "1.0", NULL},
    {"d", "true", NULL},
    {"e", "RED", "\"RED\""},
    {"e", "red", NULL},
    {"e", "\"RED\"", NULL},
    {"e", "0", NULL},
    {"j", "{a: [1, 2.5, \"x\", null, true], b: {}}", "{\"a\":[1,2.5,\"x\",null,true],\"b\":{}}"},
    {"j", "RED", NULL},
    {"j", "{a: [RED]}", NULL},
    {"j", "[1e400]", NULL},
    {"l", "[1, null]", "[1,null]"},
    {"l", "1", "[1]"},
    {"l", "[]", "[]"},
    {"l", "[[1]]", NULL},
    {"l", "null", "null"},
    {"ll", "1", "[[1]]"},
    {"ll", "[1, 2]", "[[1],[2]]"},
    {"ll", "[[1], null, 2]", "[[1],null,[2]]"},
    {"lm", "[1, null]", NULL},
    {"lm", "null", "null"},
    {"le", "RED", "[\"RED\"]"},
    {"le", "[RED, GREEN]", "[\"RED\",\"GREEN\"]"},
    {"le", "null", NULL},
    {"o", "{x: 1}", "{\"x\":1}"},
    {"o", "{}", NULL},
    {"o", "{x: null}", NULL},
    {"o", "{x: 1, y: null}", NULL},
    {"in", "{r: 1}", "{\"r\":1,\"d\":7}"},
    {"in", "{s: null, r: 1, d: null}", "{\"r\":1,\"d\":null,\"s\":null}"},
    {"in", "{r: 1, in: {r: 2}}", "{\"r\":1,\"d\":7,\"in\":{\"r\":2,\"d\":7}}"},
    {"in", "{}", NULL},
    {"in", "{r: null}", NULL},
    {"in", "{r: 1, z: 1}", NULL},
    {"in", "1", NULL},
    {"in", "[{r: 1}]", NULL},
};

static const struct gql_type *type_of(const struct world *w, const char *argument)
{
    const struct gql_input *i = gql_argument_named(&w->schema->query->fields[0], str_of(argument));
    NEED(i != NULL);
    return i->type;
}

static void literals_become_values(void **state)
{
    (void)state;
    struct world w = begin();
    struct gql_errors errors = {.arena = w.arena};
    for (size_t i = 0; i < COUNTOF(literals); i++) {
        CHECK_AT(i);
        const struct gql_value *v = gql_read_value(w.arena, str_of(literals[i].literal), &errors);
        NEED(v != NULL);
        struct json out = json_null;
        str why = {0};
        bool is_good = gql_take_literal(w.arena, type_of(&w, literals[i].argument), v, NULL, &out, &why);
        CHECK(is_good == (literals[i].wanted != NULL));
        if (is_good && literals[i].wanted != NULL)
            CHECK_STR(json_print(w.arena, &out), str_of(literals[i].wanted));
        CHECK(is_good || why.len > 0);
    }
    end(&w);
}

/* A literal out of a document, where variables may stand. */
static const struct {
    const char *argument, *literal, *wanted;
} with_variables[] = {
    {"i", "$one", "1"},
    {"i", "$null", "null"},
    {"m", "$null", NULL},
    {"m", "$absent", NULL},
    {"l", "[$one, $absent, $null]", "[1,null,null]"},
    {"lm", "[$absent]", NULL},
    {"l", "$list", "[1,2]"},
    {"in", "{r: $one, d: $absent, s: $absent}", "{\"r\":1,\"d\":7}"},
    {"in", "{r: $absent}", NULL},
    {"in", "{r: $one, d: $null}", "{\"r\":1,\"d\":null}"},
    {"o", "{x: $one}", "{\"x\":1}"},
    {"o", "{x: $null}", NULL},
    {"o", "{x: $absent}", NULL},
    {"o", "{x: $one, y: $absent}", "{\"x\":1}"},
    {"j", "{a: [$one, $absent], b: $absent, c: {d: $list}}", "{\"a\":[1,null],\"c\":{\"d\":[1,2]}}"},
};

static void variables_are_put_in(void **state)
{
    (void)state;
    struct world w = begin();
    for (size_t i = 0; i < COUNTOF(with_variables); i++) {
        CHECK_AT(i);
        struct gql_errors errors = {.arena = w.arena};
        const struct gql_document *d = NULL;
        str text = arena_format(w.arena, "{ a(x: %s) }", with_variables[i].literal);
        NEED(gql_read(w.arena, text, &errors, &d) == ERR_OK);
        struct json out = json_null;
        str why = {0};
        bool is_good = gql_take_literal(w.arena, type_of(&w, with_variables[i].argument),
                                        &d->operations[0].set->items[0].arguments[0].value, w.variables, &out, &why);
        CHECK(is_good == (with_variables[i].wanted != NULL));
        if (is_good && with_variables[i].wanted != NULL)
            CHECK_STR(json_print(w.arena, &out), str_of(with_variables[i].wanted));
    }
    end(&w);
}

/* JSON that came as a variable, and JSON that a field answers with. */
static const struct {
    const struct gql_scalar *scalar;
    const char *json, *taken, *given;
} values[] = {
    {&gql_int, "1", "1", "1"},
    {&gql_int, "1.0", "1", "1"},
    {&gql_int, "10e-1", "1", "1"},
    {&gql_int, "1.5", NULL, NULL},
    {&gql_int, "2147483648", NULL, NULL},
    {&gql_int, "-2147483648", "-2147483648", "-2147483648"},
    {&gql_int, "1e300", NULL, NULL},
    {&gql_int, "\"1\"", NULL, NULL},
    {&gql_int, "true", NULL, NULL},
    {&gql_float, "1", "1", "1"},
    {&gql_float, "1.5", "1.5", "1.5"},
    {&gql_float, "\"1\"", NULL, NULL},
    {&gql_float, "false", NULL, NULL},
    {&gql_string, "\"a\\u0000b\"", "\"a\\u0000b\"", "\"a\\u0000b\""},
    {&gql_string, "1", NULL, "\"1\""},
    {&gql_string, "true", NULL, "\"true\""},
    {&gql_string, "[]", NULL, NULL},
    {&gql_boolean, "true", "true", "true"},
    {&gql_boolean, "0", NULL, NULL},
    {&gql_boolean, "\"true\"", NULL, NULL},
    {&gql_id, "\"x\"", "\"x\"", "\"x\""},
    {&gql_id, "5", "\"5\"", "\"5\""},
    {&gql_id, "5.0", "\"5\"", "\"5\""},
    {&gql_id, "-0.0", "\"0\"", "\"0\""},
    {&gql_id, "5.5", NULL, NULL},
    {&gql_id, "true", NULL, NULL},
    {&gql_id, "{}", NULL, NULL},
    {&gql_json, "{\"a\":[1]}", "{\"a\":[1]}", "{\"a\":[1]}"},
};

static void variables_and_answers_are_values(void **state)
{
    (void)state;
    struct arena *a = arena_open(4096);
    for (size_t i = 0; i < COUNTOF(values); i++) {
        CHECK_AT(i);
        const struct json *in = NULL;
        struct json out = json_null;
        str why = {0};
        NEED(json_read(a, str_of(values[i].json), NULL, S(""), &in, NULL) == ERR_OK);
        bool is_taken = values[i].scalar->take(a, in, NULL, &out, &why);
        CHECK(is_taken == (values[i].taken != NULL));
        if (is_taken && values[i].taken != NULL)
            CHECK_STR(json_print(a, &out), str_of(values[i].taken));
        CHECK(is_taken || why.len > 0);
        out = *in;
        bool is_given = values[i].scalar->give == NULL || values[i].scalar->give(a, in, &out);
        CHECK(is_given == (values[i].given != NULL));
        if (is_given && values[i].given != NULL)
            CHECK_STR(json_print(a, &out), str_of(values[i].given));
    }
    arena_close(a);
}

CHECK_MAIN(TEST(literals_become_values), TEST(variables_are_put_in), TEST(variables_and_answers_are_values))
