/* What schemas said of themselves is kept: the same answer, once made; nothing else is. */
#include "graphql/http/answers.h"

#include "base/limits.h"
#include "tests/support/check.h"
#include "tests/support/gql_ask.h"

static int asked; /* how often the schema's own field was resolved */

static enum err count(struct gql_execution *x, const struct gql_node *node, const void *self, struct gql_thing *out,
                      struct problem *why)
{
    (void)x;
    (void)node;
    (void)self;
    (void)why;
    asked++;
    *out = (struct gql_thing){.kind = GQL_THING_LEAF, .leaf = json_of_int(asked)};
    return ERR_OK;
}

static void bind(void *self, const struct gql_type *t, struct gql_field *f)
{
    (void)self;
    (void)t;
    f->resolve = count;
}

static str ask(struct arena *a, struct shelf *shelf, uint64_t serial, const struct gql_schema *s, const char *query,
               const char *operation, size_t room)
{
    struct gql_errors errors = {.arena = a};
    struct buf out;
    buf_init(&out, a, room);
    struct gql_execution x = {.arena = a, .schema = s, .out = &out, .errors = &errors, .cost_max = LIMIT_GRAPHQL_COST};
    NEED(gql_read(a, str_of(query), &errors, &x.document) == ERR_OK && gql_validate(s, x.document, &errors));
    x.operation = gql_operation_named(x.document, str_of(operation), &errors);
    NEED(x.operation != NULL && gql_take_variables(a, s, x.document, x.operation, NULL, &x.variables, &errors));
    answers_execute(shelf, serial, false, &x);
    return buf_str(&out);
}

static const struct {
    const char *query, *operation;
    bool is_kept;
} cases[] = {
    {"{ __schema { queryType { name } } }", NULL, true},
    {"{ a: __schema { queryType { name } } __typename __type(name: \"Query\") { name } }", NULL, true},
    {"query A { __schema { description } } query B { __schema { queryType { name } } }", "A", true},
    {"query A { __schema { description } } query B { __schema { queryType { name } } }", "B", true},
    {"{ __schema { ...S } } fragment S on __Schema { description }", NULL, true},
    {"{ __typename }", NULL, false},
    {"{ __type(name: \"Query\") { name } }", NULL, false},
    {"{ number __schema { queryType { name } } }", NULL, false},
    {"{ __schema { queryType { name } } ...Q } fragment Q on Query { number }", NULL, false},
    {"{ __schema { queryType { name } } ... { number } }", NULL, false},
    {"query($d: Boolean! = true) { __schema { types { fields(includeDeprecated: $d) { name } } } }", NULL, false},
};

static void answers_about_schemas_alone_are_kept(void **state)
{
    (void)state;
    struct gql_schema *s = gql_schema_of("type Query { number: Int }", bind, NULL);
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        struct arena *a = arena_open(4096);
        struct shelf *shelf = shelf_open(1u << 20);
        struct shelf_figures figures;
        str first = ask(a, shelf, 1, s, cases[i].query, cases[i].operation, 1u << 20);
        asked = 0;
        str second = ask(a, shelf, 1, s, cases[i].query, cases[i].operation, 1u << 20);
        shelf_figures(shelf, &figures);
        CHECK_INT(figures.count, cases[i].is_kept);
        CHECK_INT(figures.found, cases[i].is_kept);
        CHECK(asked > 0 || str_equal(first, second));
        shelf_close(shelf);
        arena_close(a);
    }
    counted_release(&s->counted);
}

static void each_schema_and_operation_has_its_own(void **state)
{
    (void)state;
    struct gql_schema *one = gql_schema_of("type Query { number: Int }", bind, NULL);
    struct gql_schema *two = gql_schema_of("schema { query: Q } type Q { number: Int }", bind, NULL);
    struct arena *a = arena_open(4096);
    struct shelf *shelf = shelf_open(1u << 20);
    const char *query = "query A { __schema { queryType { name } } } query B { b: __schema { queryType { name } } }";
    for (int i = 0; i < 2; i++) {
        CHECK_STR(ask(a, shelf, 1, one, query, "A", 1000), S("{\"__schema\":{\"queryType\":{\"name\":\"Query\"}}}"));
        CHECK_STR(ask(a, shelf, 1, one, query, "B", 1000), S("{\"b\":{\"queryType\":{\"name\":\"Query\"}}}"));
        CHECK_STR(ask(a, shelf, 2, two, query, "A", 1000), S("{\"__schema\":{\"queryType\":{\"name\":\"Q\"}}}"));
    }
    shelf_forget(shelf, 1);
    struct shelf_figures figures;
    shelf_figures(shelf, &figures);
    CHECK_INT(figures.count, 1);
    shelf_close(shelf);
    arena_close(a);
    counted_release(&one->counted);
    counted_release(&two->counted);
}

static void what_does_not_fit_is_not_kept(void **state)
{
    (void)state;
    struct gql_schema *s = gql_schema_of("type Query { number: Int }", bind, NULL);
    struct arena *a = arena_open(4096);
    const char *query = "{ __schema { queryType { name } } }";
    str answer = S("{\"__schema\":{\"queryType\":{\"name\":\"Query\"}}}");
    for (int larger = 0; larger < 2; larger++) { /* the shelf has just enough room, or a byte too little */
        struct shelf *measure = shelf_open(1u << 20);
        struct shelf_figures figures;
        (void)ask(a, measure, 1, s, query, NULL, 1000);
        shelf_figures(measure, &figures);
        shelf_close(measure);
        struct shelf *shelf = shelf_open(figures.bytes - (size_t)larger);
        CHECK_STR(ask(a, shelf, 1, s, query, NULL, 1000), answer);
        shelf_figures(shelf, &figures);
        CHECK_INT(figures.count, 1 - larger);
        shelf_close(shelf);
    }
    struct shelf *shelf = shelf_open(1u << 20);
    (void)ask(a, shelf, 1, s, query, NULL, answer.len);
    CHECK_STR(ask(a, shelf, 1, s, query, NULL, answer.len), answer);
    CHECK_STR(ask(a, shelf, 1, s, query, NULL, answer.len - 1), S("null")); /* kept, but larger than this answer may be */
    shelf_close(shelf);
    arena_close(a);
    counted_release(&s->counted);
}

CHECK_MAIN(TEST(answers_about_schemas_alone_are_kept), TEST(each_schema_and_operation_has_its_own), TEST(what_does_not_fit_is_not_kept))
