/* The same field under several names of a query's root: asked for once, and answered as if it had been asked each time. */
#include "base/limits.h"
#include "tests/support/check.h"
#include "tests/support/gql_ask.h"

static const char sdl[] = "type Query { n(by: Int = 1, also: Int): Int thing(by: Int): Thing! any: Any bad: Int surely: Int! }\n"
                          "type Thing { n: Int bad: Int }\n"
                          "type Other { n: Int }\n"
                          "union Any = Thing | Other\n"
                          "type Mutation { n(by: Int): Int }\n";

/* How often code behind a field ran. */
static enum err answer(struct gql_execution *x, const struct gql_node *node, const void *self, struct gql_thing *out, struct problem *why)
{
    int *calls = (int *)(uintptr_t)x->world;
    (void)self;
    ++*calls;
    if (str_equal(node->field->name, S("bad")) || str_equal(node->field->name, S("surely")))
        return problem_set(why, ERR_INVALID, "It is bad.");
    struct json *members = NEW_N(x->arena, struct json, 3);
    members[0] = json_named(S("__typename"), json_of_text(S("Thing")));
    members[1] = json_named(S("n"), json_of_int(5));
    bool is_leaf = gql_is_leaf(gql_innermost(node->field->type));
    *out = (struct gql_thing){.kind = GQL_THING_LEAF, .leaf = is_leaf ? json_of_int(7) : json_of_map(members, 2)};
    return ERR_OK;
}

static enum err fails(struct gql_execution *x, const struct gql_node *node, const void *self, struct gql_thing *out, struct problem *why)
{
    (void)x;
    (void)node;
    (void)self;
    (void)out;
    return problem_set(why, ERR_INVALID, "It is bad.");
}

static void bind(void *self, const struct gql_type *t, struct gql_field *f)
{
    (void)self;
    if (str_equal(t->name, S("Query")) || str_equal(t->name, S("Mutation")))
        f->resolve = answer;
    else if (str_equal(f->name, S("bad")))
        f->resolve = fails;
}

#define ERROR(line, column, path)                                                                                                    \
    "{\"message\":\"It is bad.\",\"locations\":[{\"line\":" #line ",\"column\":" #column "}],\"path\":[" path                        \
    "],\"extensions\":{\"code\":\"INVALID\"}}"

static void each_is_asked_for_once(void **state)
{
    static const struct {
        const char *text, *variables, *answer;
        int calls;
    } rows[] = {
        {"{n a:n b:n}", NULL, "{\"data\":{\"n\":7,\"a\":7,\"b\":7}}", 1},
        {"{a:n(by:1) b:n c:n(by:2)}", NULL, "{\"data\":{\"a\":7,\"b\":7,\"c\":7}}", 2},
        {"{a:n(by:1,also:2) b:n(also:2,by:1)}", NULL, "{\"data\":{\"a\":7,\"b\":7}}", 1},
        {"query($by:Int){a:n(by:$by) b:n(by:4)}", "{\"by\":4}", "{\"data\":{\"a\":7,\"b\":7}}", 1},
        {"{a:thing{n} b:thing{n} c:thing{m:n} d:thing{ n }}", NULL,
         "{\"data\":{\"a\":{\"n\":5},\"b\":{\"n\":5},\"c\":{\"m\":5},\"d\":{\"n\":5}}}", 2},
        {"{a:thing{n} b:thing(by:1){n}}", NULL, "{\"data\":{\"a\":{\"n\":5},\"b\":{\"n\":5}}}", 2},
        {"{a:any{...on Thing{n}} b:any{...on Thing{n}} c:any{...on Other{n}}}", NULL, "{\"data\":{\"a\":{\"n\":5},\"b\":{\"n\":5},\"c\":{}}}", 2},
        {"{a:any{...F} b:any{...F} c:any{...G}} fragment F on Thing{n} fragment G on Thing{m:n}", NULL,
         "{\"data\":{\"a\":{\"n\":5},\"b\":{\"n\":5},\"c\":{\"m\":5}}}", 2},
        {"query($y:Boolean!){a:any{__typename @include(if:$y)} b:any{__typename @include(if:true)}}", "{\"y\":false}",
         "{\"data\":{\"a\":{},\"b\":{\"__typename\":\"Thing\"}}}", 2},
        {"{a:thing{n} a:thing{m:n} b:thing{n} b:thing{m:n}}", NULL, "{\"data\":{\"a\":{\"n\":5,\"m\":5},\"b\":{\"n\":5,\"m\":5}}}", 1},
        /* What went wrong is told for each. */
        {"{a:bad b:bad}", NULL, "{\"errors\":[" ERROR(1, 2, "\"a\"") "," ERROR(1, 8, "\"b\"") "],\"data\":{\"a\":null,\"b\":null}}", 2},
        {"{a:thing{bad} b:thing{bad}}", NULL,
         "{\"errors\":[" ERROR(1, 10, "\"a\",\"bad\"") "," ERROR(1, 23, "\"b\",\"bad\"") "],\"data\":{\"a\":{\"bad\":null},\"b\":{\"bad\":null}}}", 2},
        {"{a:n b:surely c:n}", NULL, "{\"errors\":[" ERROR(1, 6, "\"b\"") "],\"data\":null}", 2},
        /* Changes are made as often as they are asked for. */
        {"mutation{a:n b:n}", NULL, "{\"data\":{\"a\":7,\"b\":7}}", 2},
        {"{a:__typename b:__typename n}", NULL, "{\"data\":{\"a\":\"Query\",\"b\":\"Query\",\"n\":7}}", 1},
        {"{a:__schema{queryType{name}} b:__schema{queryType{name}}}", NULL,
         "{\"data\":{\"a\":{\"queryType\":{\"name\":\"Query\"}},\"b\":{\"queryType\":{\"name\":\"Query\"}}}}", 0},
    };
    (void)state;
    struct gql_schema *s = gql_schema_of(sdl, bind, NULL);
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        struct arena *a = arena_open(4096);
        int calls = 0;
        CHECK_STR(gql_ask(a, s, str_of(rows[i].text), rows[i].variables, &calls), str_of(rows[i].answer));
        CHECK_INT(calls, rows[i].calls);
        arena_close(a);
    }
    counted_release(&s->counted);
}

CHECK_MAIN(TEST(each_is_asked_for_once))
