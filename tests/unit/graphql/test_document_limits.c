/* Limits of documents, on both sides of each (security G-1). */
#include "graphql/validate/validate.h"

#include "base/limits.h"
#include "tests/support/check.h"
#include "tests/support/gql_ask.h"

typedef void make(struct buf *b, unsigned count);

static void times(struct buf *b, unsigned count, const char *what)
{
    for (unsigned i = 0; i < count; i++)
        buf_format(b, "%s", what);
}

static void aliases(struct buf *b, unsigned count)
{
    buf_add(b, S("{a{"));
    times(b, count, "x:a ");
    buf_add(b, S("b}}"));
}
static void root_fields(struct buf *b, unsigned count)
{
    buf_add(b, S("{a ...F ...F ...{a ...F}} query B{b} fragment F on Q{")); /* F counts once */
    times(b, count - 2, "a ");
    buf_add(b, S("...F ...Missing}"));
}
static void directives(struct buf *b, unsigned count)
{
    buf_add(b, S("query($v:Int @d) @d {a ...on Q @d{a} ...F @d} fragment F on Q @d{a{"));
    times(b, count - 5, "a{a @d}");
    buf_add(b, S("}}"));
}
static void directives_here(struct buf *b, unsigned count)
{
    buf_add(b, S("{a @d {b "));
    times(b, count, "@d ");
    buf_add(b, S("}}"));
}
static void fragments(struct buf *b, unsigned count)
{
    buf_add(b, S("{a} "));
    times(b, count, "fragment F on Q{a}");
}
static void variables(struct buf *b, unsigned count)
{
    buf_add(b, S("query A($a:Int){a} query B("));
    times(b, count - 1, "$a:Int ");
    buf_add(b, S("){a}"));
}
static void depth(struct buf *b, unsigned count)
{
    times(b, count, "{a");
    times(b, count, "}");
}
static void depth_with_fragments(struct buf *b, unsigned count)
{
    buf_add(b, S("{a{...F}} fragment F on Q{...G ...F a{...G} ...on Q{a{...G}}} fragment G on Q "));
    depth(b, count - 2);
}
static void depth_beside_schema(struct buf *b, unsigned count)
{
    buf_add(b, S("{__schema{a{b{c{d{e{f{g{h{i{j{k{l{m{n{o{p}}}}}}}}}}}}}}}} b"));
    depth(b, count - 1);
    buf_add(b, S("}"));
}
static void schema_depth(struct buf *b, unsigned count)
{
    buf_add(b, S("{a{__schema{...F}}} fragment F on Q "));
    depth(b, count - 2);
}
static void schema_lists(struct buf *b, unsigned count)
{
    buf_add(b, S("{__schema{types{x{...F}}}} fragment F on T{name "));
    times(b, count, "fields{type{");
    buf_add(b, S("name"));
    times(b, count, "}}");
    buf_add(b, S("}"));
}
static void own_lists(struct buf *b, unsigned count) /* elsewhere the names mean nothing */
{
    (void)count;
    buf_add(b, S("{fields{interfaces{possibleTypes{inputFields{fields{x}}}}}}"));
}

static const struct {
    make *make;
    const char *limit;
    unsigned max;
} cases[] = {
    {aliases, "aliases", LIMIT_GRAPHQL_ALIASES},
    {root_fields, "root fields", LIMIT_GRAPHQL_ROOT_FIELDS},
    {directives, "directives", LIMIT_GRAPHQL_DIRECTIVES},
    {directives_here, "directives at one place", LIMIT_GRAPHQL_DIRECTIVES_HERE},
    {fragments, "fragments", LIMIT_GRAPHQL_FRAGMENTS},
    {variables, "variables", LIMIT_GRAPHQL_VARIABLES},
    {depth, "depth", LIMIT_GRAPHQL_DEPTH},
    {depth_with_fragments, "depth", LIMIT_GRAPHQL_DEPTH},
    {depth_beside_schema, "depth", LIMIT_GRAPHQL_DEPTH},
    {schema_depth, "introspection depth", LIMIT_GRAPHQL_DEPTH_SCHEMA},
    {schema_lists, "introspection lists", LIMIT_GRAPHQL_SCHEMA_LISTS},
    {own_lists, NULL, 0},
};

static bool is_within(struct arena *a, str text, struct gql_errors *errors)
{
    const struct gql_document *d = NULL;
    *errors = (struct gql_errors){.arena = a};
    if (gql_read(a, text, errors, &d) != ERR_OK) {
        CHECK_SAY("no document: " STR_FMT " in " STR_FMT, STR_ARG(errors->items[0].message), STR_ARG(text));
        return false;
    }
    return gql_within_limits(d, errors);
}

static void every_limit_has_two_sides(void **state)
{
    (void)state;
    struct arena *a = arena_open(1 << 16);
    for (size_t i = 0; i < COUNTOF(cases); i++)
        for (unsigned more = 0; more <= (cases[i].limit != NULL); more++) {
            struct gql_errors errors;
            struct buf b;
            CHECK_AT(i);
            buf_init(&b, a, LIMIT_GRAPHQL_BYTES);
            cases[i].make(&b, cases[i].max + more);
            CHECK(is_within(a, buf_str(&b), &errors) == (more == 0));
            if (!more) {
                CHECK_INT(errors.count, 0);
                continue;
            }
            NEED(errors.count == 1);
            CHECK_STR(errors.items[0].code, GQL_LIMIT);
            CHECK_STR(json_get(errors.items[0].more, S("limit"))->text, str_of(cases[i].limit));
            CHECK_INT(json_get(errors.items[0].more, S("max"))->integer, cases[i].max);
            CHECK_INT(json_get(errors.items[0].more, S("actual"))->integer, cases[i].max + 1);
        }
    arena_close(a);
}

/* What graphql-js's getIntrospectionQuery() asks, and what GraphiQL does. */
static void the_query_of_tools_passes(void **state)
{
    (void)state;
    struct arena *a = arena_open(1 << 16);
    struct gql_errors errors;
    CHECK(is_within(a, str_of(gql_tools_ask), &errors));
    arena_close(a);
}

static void one_error_per_limit(void **state)
{
    (void)state;
    struct arena *a = arena_open(1 << 16);
    struct gql_errors errors;
    struct buf b;
    buf_init(&b, a, LIMIT_GRAPHQL_BYTES);
    aliases(&b, LIMIT_GRAPHQL_ALIASES + 20);
    directives_here(&b, LIMIT_GRAPHQL_DIRECTIVES_HERE + 3);
    CHECK(!is_within(a, buf_str(&b), &errors));
    CHECK_INT(errors.count, 2);
    CHECK_STR(errors.items[0].message, S("The document has 120 aliases; at most 100 are possible."));
    arena_close(a);
}

/* 2^n fields when it is unfolded; n^n levels when it is measured without remembering. */
static void fragments_are_measured_once(void **state)
{
    (void)state;
    struct arena *a = arena_open(1 << 16);
    struct gql_errors errors;
    struct buf b;
    buf_init(&b, a, LIMIT_GRAPHQL_BYTES);
    buf_add(&b, S("{...F0}"));
    for (unsigned i = 0; i < LIMIT_GRAPHQL_FRAGMENTS - 1; i++)
        buf_format(&b, "fragment F%u on Q{...F%u ...F%u b{c} ...F0}", i, i + 1, i + 1);
    buf_format(&b, "fragment F%u on Q{x}", LIMIT_GRAPHQL_FRAGMENTS - 1);
    CHECK(!is_within(a, buf_str(&b), &errors)); /* fields at the root */
    CHECK_INT(errors.count, 1);
    arena_close(a);
}

CHECK_MAIN(TEST(every_limit_has_two_sides), TEST(the_query_of_tools_passes), TEST(one_error_per_limit), TEST(fragments_are_measured_once))
