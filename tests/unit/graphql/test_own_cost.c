/* What documents over our own schema cost, and that what people write passes without anybody saying how many. */
#include "base/limits.h"
#include "graphql/own/own.h"
#include "tests/support/check.h"
#include "tests/support/gql_ask.h"
#include "tests/support/kitchen.h"

static const struct {
    const char *text;
    uint64_t cost;
} rows[] = {
    {"{blog_posts{title}}", 50},
    {"{blog_posts(limit:2){title}}", 2},
    {"{blog_postsConnection(first:2){edges{node{title}}}}", 6},
    /* A total is of all of them. */
    {"{blog_postsConnection(first:1){totalCount}}", 11},
    {"{a:blog_postsConnection(first:1){totalCount} b:blog_postsConnection(first:1){totalCount}}", 22},
    {"{blog_postsAggregate(limit:1){count}}", 11},
    {"{blog_postsAggregate(limit:3){count}}", 13},
    /* Three lists within each other, as they come. */
    {"{repositories{name tags{name manifest{layers{digest}}}}}", 130050},
    {"{repositories{name tags{name manifest{layers{digest _cby{name}}}}}}", 255050},
    {"{repositories{name tags{name manifest{layers(limit:51){digest}}}}}", 132550},
};

static void prices(void **state)
{
    struct house *h = kitchen_open();
    struct arena *a = arena_open(1u << 16);
    const struct principal *who = house_who(h, a, house_key(h, "admin"));
    struct gql_schema *s = own_schema_make(who, true);
    (void)state;
    kitchen_fill(h);
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        bool passes;
        CHECK_INT(gql_price_of(s, str_of(rows[i].text), LIMIT_GRAPHQL_COST, &passes), rows[i].cost);
        CHECK(passes == (rows[i].cost <= LIMIT_GRAPHQL_COST));
        str answer = gql_ask_gate(a, s, h->gate, who, str_of(rows[i].text), NULL);
        if (str_starts(answer, S("{\"errors\"")) == passes)
            CHECK_SAY("%s: " STR_FMT, rows[i].text, STR_ARG(answer));
        arena_reset(a);
        who = house_who(h, a, house_key(h, "admin"));
    }
    counted_release(&s->counted);
    arena_close(a);
    house_close(h);
}

CHECK_MAIN(TEST(prices))
