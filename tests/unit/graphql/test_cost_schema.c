/* What introspection may cost: the tools' question passes under every ceiling and in every schema; what multiplies the schema does
 * not. */
#include "base/limits.h"
#include "graphql/schema/build.h"
#include "tests/support/check.h"
#include "tests/support/gql_ask.h"

/* So many collections' worth of types, each with fields that lead to others, as generated schemas have. */
static struct gql_schema *schema_of(struct arena *a, unsigned count)
{
    struct buf b;
    buf_init(&b, a, 16u << 20);
    buf_add(&b, S("interface Node { id: ID! } enum Sort { ASC DESC } type Query {"));
    for (unsigned i = 0; i < count; i++)
        buf_format(&b, " t%u(where: W%u, limit: Int = 50, offset: Int, search: String): [T%u!]!", i, i, i);
    buf_add(&b, S(" }"));
    for (unsigned i = 0; i < count; i++) {
        buf_format(&b, " type T%u implements Node { id: ID!", i);
        for (unsigned k = 0; k < 12; k++)
            buf_format(&b, " s%u: String r%u(where: W%u, limit: Int): [T%u!]!", k, k, (i * 7 + k) % count, (i * 7 + k) % count);
        buf_format(&b, " } input W%u { _and: [W%u!] sort: Sort", i, i);
        for (unsigned k = 0; k < 12; k++)
            buf_format(&b, " s%u: String r%u: W%u", k, k, (i * 7 + k) % count);
        buf_add(&b, S(" }"));
    }
    buf_byte(&b, '\0');
    NEED(!b.failed);
    return gql_schema_of(b.at, NULL, NULL);
}

static void tools_may_ask(void **state)
{
    static const unsigned counts[] = {1, 10, 100, 600};
    static const uint64_t ceilings[] = {100, 5000, LIMIT_GRAPHQL_COST, 1000000000};
    (void)state;
    for (size_t i = 0; i < COUNTOF(counts); i++) {
        struct arena *a = arena_open(1 << 16);
        struct gql_schema *s = schema_of(a, counts[i]);
        for (size_t k = 0; k < COUNTOF(ceilings); k++) {
            CHECK_AT(i * 10 + k);
            bool passes;
            uint64_t cost = gql_price_of(s, str_of(gql_tools_ask), ceilings[k], &passes);
            CHECK(passes);
            CHECK(cost > 30);
            CHECK(cost <= ceilings[k] / 2 || ceilings[k] == 100);
        }
        counted_release(&s->counted);
        arena_close(a);
    }
}

static void what_multiplies_is_refused(void **state)
{
    static const struct {
        const char *head, *each, *end;
        unsigned times;
        bool passes;
    } rows[] = {
        {"{__schema{types{name}}}", "", "", 0, true},
        {"{__schema{types{fields{name type{name}}}}}", "", "", 0, true},
        {"{__type(name:\"T1\"){name fields{name type{name kind ofType{name kind}}}}}", "", "", 0, true},
        {"{__schema{types{fields{type{fields{name}}}}}}", "", "", 0, true}, /* two and a half of the tools' */
        {"{__schema{types{fields{type{fields{name type{name}}}}}}}", "", "", 0, false},
        {"{__schema{types{fields{type{ofType{ofType{fields{args{name}}}}}}}}}", "", "", 0, false},
        {"{__schema{types{inputFields{type{inputFields{name type{name}}}}}}}", "", "", 0, false},
        {"{__schema{types{possibleTypes{fields{args{name}}}}}}", "", "", 0, true},
        {"{__type(name:\"Node\"){possibleTypes{fields{args{name type{name}}}}}}", "", "", 0, true},
        {"{__schema{types{possibleTypes{interfaces{name}}}}}", "", "", 0, true},
        {"{__schema{", "a#:types{fields{name}}", "}}", 90, false},
        {"{", "a#:__schema{types{fields{name args{name}}}}", "}", 49, false},
        {"{", "a#:__schema{types{...F}}", "}fragment F on __Type{fields{name args{name}}}", 49, false},
        {"{", "a#:__type(name:\"Query\"){fields{type{ofType{ofType{ofType{fields{name}}}}}}}", "}", 49, false},
    };
    (void)state;
    struct arena *a = arena_open(1 << 16);
    struct gql_schema *s = schema_of(a, 600);
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        struct buf b;
        buf_init(&b, a, 1 << 16);
        buf_add(&b, str_of(rows[i].head));
        for (unsigned n = 0; n < rows[i].times; n++)
            for (const char *c = rows[i].each; *c; c++)
                if (*c == '#')
                    buf_u64(&b, n);
                else
                    buf_byte(&b, *c);
        buf_add(&b, str_of(rows[i].end));
        bool passes;
        uint64_t cost = gql_price_of(s, buf_str(&b), LIMIT_GRAPHQL_COST, &passes);
        if (passes != rows[i].passes)
            CHECK_SAY("%llu: %s", (unsigned long long)cost, rows[i].head);
    }
    counted_release(&s->counted);
    arena_close(a);
}

CHECK_MAIN(TEST(tools_may_ask), TEST(what_multiplies_is_refused))
