/* Documents that are made to cost more than they are long (graphql.md 15, security G-1 to G-3). Each ends where it should: at the
 * reader, at the limits, at the rules, at the price; or it runs, and then it is harmless. Whatever it is, the memory of
 * reading it, of its errors and of its answer stays small, and so does the time: what multiplies would take minutes. */
#include "base/limits.h"
#include "graphql/execute/execute.h"
#include "graphql/schema/build.h"
#include "tests/support/check.h"

#include <time.h>

static const char sdl[] =
    "scalar JSON\n"
    "type Query implements Node { id: ID! n: Int s: String f(x: Int, y: [Int], z: In, w: [In], j: JSON, s: String): Int g(x: Int): Int\n"
    "  a: Query b: Query list(limit: Int): [Query!]! node: Node any: Any }\n"
    "interface Node { id: ID! n: Int }\n"
    "type P implements Node { id: ID! n: Int p: P q: Node v: Int }\n"
    "type R implements Node { id: ID! n: Int p: R q: Node v: Int }\n"
    "union Any = P | R | Query\n"
    "input In { i: In l: [In!] n: Int = 1 }\n"
    "type Mutation { m(j: JSON): Int }\n";

enum where { AT_READER, AT_LIMITS, AT_RULES, AT_VARIABLES, AT_PRICE, NOWHERE };
static const char *const where_names[] = {"reader", "limits", "rules", "variables", "price", "nowhere"};

/* head, then middle so many times, core, tail so many times, end. In middle and tail "#" is the number of the turn and "%"
 * the number after it. */
struct row {
    const char *name;
    enum where ends;
    const char *head, *middle, *core, *tail, *end;
    unsigned times;
};

/* clang-format off */
static const struct row rows[] = {
    /* Text. */
    {"64 KiB of {", AT_READER, "", "{", "", "", "", 65536},
    {"10,000 nested selections", AT_READER, "", "{a", "", "}", "", 10000},
    {"100,000 aliases", AT_READER, "{", "a#:n ", "", "", "}", 100000},
    {"10,000 tokens and more", AT_READER, "{", "n ", "", "", "}", 9999},
    {"lists of lists as a type", AT_READER, "query($a:", "[", "Int", "]", "){f(y:$a)}", 1000},
    {"lists of lists as a value", AT_READER, "{f(y:", "[", "1", "]", ")}", 1000},
    {"objects of objects", AT_READER, "{f(z:", "{i:", "1", "}", ")}", 1000},
    {"inline fragments", AT_READER, "{", "...{", "n", "}", "}", 1000},
    /* Limits. */
    {"aliases", AT_LIMITS, "{a{", "a#:n ", "", "", "}}", 3000},
    {"aliases in fragments", AT_LIMITS, "{a{...F0}}", "fragment F# on Query{x#:n ...F%}", "", "", "fragment F150 on Query{n}", 150},
    {"root fields", AT_LIMITS, "{", "n ", "", "", "}", 9990},
    {"root fields in fragments", AT_LIMITS, "{", "...F ...F ", "", "", "}fragment F on Query{n n n n n n n n n n n n n n n n n n n n n n n n n n n n n n n n n n n n n n n n n n n n n n n n n n n n}", 500},
    {"unknown directives on one field", AT_LIMITS, "{n", "@x#", "", "", "}", 4000},
    {"unknown directives on many fields", AT_LIMITS, "{a{", "n@x ", "", "", "}}", 3000},
    {"directives on fragments", AT_LIMITS, "{n}", "fragment F# on Query@x@y@z{n}", "", "", "", 190},
    {"fragments", AT_LIMITS, "{...F0}", "fragment F# on Query{n}", "", "", "", 900},
    {"variables", AT_LIMITS, "query(", "$v#:Int ", "", "", "){n}", 2400},
    {"depth", AT_LIMITS, "{", "a{", "n", "}", "}", 199},
    {"depth through fragments", AT_LIMITS, "{...F0}", "fragment F# on Query{a{...F%}}", "", "", "fragment F20 on Query{n}", 20},
    {"introspection, deep", AT_LIMITS, "{__schema{types{", "ofType{", "name", "}", "}}}", 100},
    {"introspection of fields of fields", AT_LIMITS, "{__schema{types{", "fields{type{", "name", "}}", "}}}", 6},
    /* Rules. */
    {"a fragment in itself", AT_RULES, "{...F}fragment F on Query{...F}", "", "", "", "", 0},
    {"fragments in each other", AT_RULES, "{...F}fragment F on Query{a{...G}}fragment G on Query{b{...F}}", "", "", "", "", 0},
    {"a ring of 200", AT_RULES, "{...F0}", "fragment F# on Query{...F%}", "", "", "fragment F199 on Query{...F0}", 199},
    {"rings through everything", AT_RULES, "{a{...F0}}", "fragment F# on Query{...F0 ...F1 ...F2 ...F3 ...F4 ...F5 ...F6 ...F7 ...F8 ...F9 ...F% ...F0 a{...F1 b{...F0 ...F2}}}", "", "", "fragment F150 on Query{...F0}", 150},
    {"rings that nobody uses", AT_RULES, "{n}", "fragment F# on Query{...F% ...F#}", "", "", "fragment F199 on Query{...F0}", 199},
    {"unknown fields", AT_RULES, "{a{", "nope# ", "", "", "}}", 5000},
    {"unknown arguments", AT_RULES, "{f(", "nope#:1 ", "", "", ")}", 3000},
    {"unknown types", AT_RULES, "{n}", "fragment F# on Quary{n}", "", "", "", 190},
    {"one argument, again and again", AT_RULES, "{f(", "x:1 ", "", "", ")}", 3300},
    {"one member, again and again", AT_RULES, "{f(z:{", "n:1 ", "", "", "})}", 3300},
    {"unknown members", AT_RULES, "{f(z:{", "m#:{} ", "", "", "})}", 2400},
    {"a list of what does not fit", AT_RULES, "{f(y:[", "A ", "", "", "])}", 9900},
    {"a long value that does not fit", AT_RULES, "{f(x:\"", "0123456789", "", "", "\")}", 6000},
    {"values, 190 deep", AT_RULES, "{f(j:", "[", "1", "]", ")}", 190},
    {"undefined variables", AT_RULES, "{f(y:[", "$v ", "", "", "])}", 4990},
    {"unused variables", AT_RULES, "query(", "$v#:Int ", "", "", "){n}", 200},
    {"operations of one name", AT_RULES, "", "query Q{n}", "", "", "", 1900},
    {"operations without a name", AT_RULES, "", "{n}", "", "", "", 3300},
    {"types", AT_RULES, "{n}", "scalar S# ", "", "", "", 4900},
    {"conflicts of aliases", AT_RULES, "{a{", "s#:n s#:s ", "", "", "}}", 50},
    {"conflicts of arguments", AT_RULES, "{a{", "f(x:#)", "", "", "}}", 1600},
    {"conflicts below", AT_RULES, "{a{", "a{f(x:#)}", "", "", "}}", 1000},
    {"conflicts deep below", AT_RULES, "{", "a{a{a{f(x:#)}}}", "", "", "}", 45},
    {"conflicts between fragments", AT_RULES, "{a{...F0}}", "fragment F# on Query{f(x:#) ...F%}", "", "", "fragment F190 on Query{f}", 190},
    {"conflicts between many fragments", AT_RULES, "{a{", "...F# ", "", "", "}}", 180},
    /* Merging. */
    {"one field, again and again", NOWHERE, "{a{", "n ", "", "", "}}", 9990},
    {"one field with selections", NOWHERE, "{a{", "a{n}", "", "", "}}", 2400},
    {"one deep field", NOWHERE, "{", "a{a{a{a{a{n}}}}}", "", "", "}", 49},
    {"long lists that are compared", NOWHERE, "{a{", "f(y:[1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20])", "", "", "}}", 350},
    {"long texts that are compared", NOWHERE, "{a{", "f(s:\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\")", "", "", "}}", 600},
    {"2^200 by spreading twice", NOWHERE, "{...F0}", "fragment F# on Query{...F% ...F%}", "", "", "fragment F198 on Query{n}", 198},
    {"2^13 by selecting twice", NOWHERE, "{...F0}", "fragment F# on Query{a{...F%}b{...F%}}", "", "", "fragment F13 on Query{n}", 13},
    {"200 fragments deep", NOWHERE, "{a{...F0}}", "fragment F# on Query{n ...F%}", "", "", "fragment F199 on Query{n}", 199},
    {"inline fragments, 190 deep", NOWHERE, "{", "...{", "n", "}", "}", 190},
    {"a fragment spread everywhere", NOWHERE, "{a{", "...F ", "", "", "}}fragment F on Query{n s}", 4900},
    {"one list on many types", NOWHERE, "{node{", "id ...on P{id} ...on R{id} ", "", "", "}}", 750},
    {"objects behind interfaces", NOWHERE, "{node{", "id ", "...on P{", "id ", "}}}", 4500},
    {"objects behind interfaces, everywhere", AT_RULES, "{x0:node{...F}x1:node{...F}x2:node{...F}x3:node{...F}x4:node{...F}x5:node{...F}x6:node{...F}x7:node{...F}x8:node{...F}x9:node{...F}}fragment F on Node{", "id ", "...on P{", "id ", "}}", 4500},
    {"variables of long types", AT_RULES, "query($v:[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[Int]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]){f(z:{l:[", "{l:$v}", "", "", "]})}", 1550},
    {"lists of lists", AT_PRICE, "{", "list{", "n", "}", "}", 13},
    {"none of what unfolds", AT_PRICE, "{list(limit:0){...F0}}", "fragment F# on Query{a{...F%}b{...F%}x#:a{...F%}}", "", "", "fragment F12 on Query{n}", 12},
    {"a list too long", AT_PRICE, "{list(limit:1000000000){n}}", "", "", "", "", 0},
    {"lists under many names", AT_PRICE, "{", "l#:list(limit:5000){id s}", "", "", "}", 49},
    {"lists through fragments", AT_PRICE, "{...F0}", "fragment F# on Query{list{...F%}}", "", "", "fragment F13 on Query{n}", 13},
};
/* clang-format on */

static void add_turn(struct buf *b, const char *text, unsigned turn)
{
    for (; *text; text++)
        if (*text == '#' || *text == '%')
            buf_u64(b, turn + (*text == '%'));
        else
            buf_byte(b, *text);
}

static void unfold(const struct row *r, struct buf *b)
{
    buf_add(b, str_of(r->head));
    for (unsigned i = 0; i < r->times; i++)
        add_turn(b, r->middle, i);
    buf_add(b, str_of(r->core));
    for (unsigned i = 0; i < r->times && *r->tail; i++)
        add_turn(b, r->tail, i);
    buf_add(b, str_of(r->end));
}

/* Every object is an empty map, so that there is an end to them. */
static enum err resolve(struct gql_execution *x, const struct gql_node *node, const void *self, struct gql_thing *out, struct problem *why)
{
    static const struct json nothing = {.type = JSON_LIST, .items = &json_null};
    (void)x;
    (void)self;
    (void)why;
    if (str_equal(node->field->name, S("list")))
        *out = (struct gql_thing){.kind = GQL_THING_LEAF, .leaf = nothing};
    return ERR_OK;
}

static void bind(void *self, const struct gql_type *t, struct gql_field *f)
{
    (void)self;
    if (t->kind == GQL_OBJECT_TYPE && !str_starts(t->name, S("__")))
        f->resolve = resolve;
}

static struct gql_schema *world(void)
{
    struct arena *a = arena_open(4096);
    struct gql_errors errors = {.arena = a};
    struct gql_schema *s = NULL;
    if (gql_schema_read(str_of(sdl), bind, NULL, &s, &errors) != ERR_OK)
        CHECK_SAY(STR_FMT, STR_ARG(errors.items[0].message));
    arena_close(a);
    NEED(s != NULL);
    return s;
}

static enum where run(struct gql_execution *x, str text, const struct json *variables)
{
    if (gql_read(x->arena, text, x->errors, &x->document) != ERR_OK)
        return AT_READER;
    if (!gql_within_limits(x->document, x->errors))
        return AT_LIMITS;
    if (!gql_validate(x->schema, x->document, x->errors))
        return AT_RULES;
    x->operation = gql_operation_named(x->document, (str){0}, x->errors);
    if (x->operation == NULL || !gql_take_variables(x->arena, x->schema, x->document, x->operation, variables, &x->variables, x->errors))
        return AT_VARIABLES;
    if (!gql_price(x))
        return AT_PRICE;
    gql_execute(x);
    return NOWHERE;
}

static double cpu_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* Generous, because checked builds are slow: no bound of ours depends on it, but nothing that multiplies keeps it. */
#define TOO_LONG_MS 3000
#define ERRORS_BYTES (1u << 20)       /* LIMIT_GRAPHQL_ERRORS with their places */
#define BYTES_PER_TOKEN 500           /* the tree, and what merging makes of it */

static void check_most(const struct gql_schema *schema, const char *name, enum where wanted, str text, const struct json *variables,
                       size_t most)
{
    struct arena *a = arena_open(4096);
    struct buf out;
    struct gql_errors errors = {.arena = a};
    struct gql_execution x = {.arena = a, .schema = schema, .out = &out, .errors = &errors, .cost_max = LIMIT_GRAPHQL_COST};
    buf_init(&out, NULL, LIMIT_RESPONSE_BYTES);
    double before = cpu_ms();
    enum where is = run(&x, text, variables);
    double took = cpu_ms() - before;
    size_t bytes = arena_bytes(a);
    if (is != wanted)
        CHECK_SAY("%s: ends at %s, wanted %s: " STR_FMT, name, where_names[is], where_names[wanted],
                  STR_ARG(errors.count > 0 ? errors.items[0].message : S("no error")));
    CHECK((is == NOWHERE) == (errors.count == 0) && errors.count <= LIMIT_GRAPHQL_ERRORS);
    if (took > TOO_LONG_MS)
        CHECK_SAY("%s: %.0f ms", name, took);
    if (bytes > most)
        CHECK_SAY("%s: %zu bytes", name, bytes);
    buf_free(&out);
    arena_close(a);
}

static void check(const struct gql_schema *schema, const char *name, enum where wanted, str text, const struct json *variables)
{
    check_most(schema, name, wanted, text, variables, 3 * LIMIT_GRAPHQL_BYTES + ERRORS_BYTES + LIMIT_GRAPHQL_TOKENS * BYTES_PER_TOKEN);
}

static void hostile_documents_end_where_they_should(void **state)
{
    (void)state;
    struct gql_schema *s = world();
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct buf b;
        CHECK_AT(i);
        buf_init(&b, NULL, 4u << 20);
        unfold(&rows[i], &b);
        check(s, rows[i].name, rows[i].ends, buf_str(&b), NULL);
        buf_free(&b);
    }
    counted_release(&s->counted);
}

/* Suggestions compare each wrong name with all names that there are: of a big schema, and all of them long. */
static void suggestions_end_when_there_are_many(void **state)
{
    (void)state;
    struct arena *a = arena_open(4096);
    struct buf schema, document;
    buf_init(&schema, NULL, 4u << 20);
    buf_init(&document, NULL, LIMIT_GRAPHQL_BYTES);
    buf_add(&schema, S("type Query { n: Int"));
    buf_add(&document, S("{n}"));
    for (unsigned i = 0; i < 3000; i++)
        buf_format(&schema, " x%ux%0*u: x%0*u", i, 70, 0u, 80, i);
    buf_add(&schema, S("}"));
    for (unsigned i = 0; i < 3000; i++)
        buf_format(&schema, " scalar x%0*u", 80, i);
    for (unsigned i = 0; i < 150; i++)
        buf_format(&document, "fragment F%u on y%0*u{n}", i, 80, i);
    struct gql_errors errors = {.arena = a};
    struct gql_schema *s = NULL;
    NEED(gql_schema_read(buf_str(&schema), bind, NULL, &s, &errors) == ERR_OK);
    check(s, "unknown types of a big schema", AT_RULES, buf_str(&document), NULL);
    buf_clear(&document);
    buf_add(&document, S("{"));
    for (unsigned i = 0; i < 45; i++)
        buf_format(&document, "y%ux%0*u ", i, 70, 0u);
    buf_add(&document, S("}"));
    check(s, "unknown fields of a big type", AT_RULES, buf_str(&document), NULL);
    buf_free(&document);
    buf_free(&schema);
    counted_release(&s->counted);
    arena_close(a);
}

/* A value counts wherever its variable stands: so many times it fits, and not once more. */
static void variables_weigh_wherever_they_are_used(void **state)
{
    (void)state;
    enum { USES = 64, OF_A_VALUE = 17 }; /* weight of a text beside its bytes, its name included */
    static const struct {
        const char *name, *head, *use, *end;
        enum where ends;
        unsigned uses;
    } uses[] = {
        {"in a list", "query($v:JSON){f(j:[", "$v ", "])}", NOWHERE, USES},
        {"in a list, once more", "query($v:JSON){f(j:[", "$v ", "])}", AT_VARIABLES, USES + 1},
        {"in a list, thousands of times", "query($v:JSON){f(j:[", "$v ", "])}", AT_VARIABLES, 4900},
        {"in many fields", "query($v:JSON){a{", "f(j:{x:$v})", "}}", AT_VARIABLES, USES + 1},
        {"in a fragment", "query($v:JSON){...F}fragment F on Query{a{", "f(j:{x:$v})", "}}", AT_VARIABLES, USES + 1},
        {"in an operation that does not run", "query($v:JSON){f(j:$v)}query B($v:JSON){", "f(j:$v)", "}", AT_RULES, 9},
    };
    struct gql_schema *s = world();
    struct arena *a = arena_open(4096);
    size_t len = LIMIT_GRAPHQL_VARIABLES_BYTES / USES - OF_A_VALUE;
    char *text = arena_get(a, len, 1);
    memset(text, 'x', len);
    struct json value = json_named(S("v"), json_of_text((str){text, len})), variables = json_of_map(&value, 1);
    for (size_t i = 0; i < COUNTOF(uses); i++) {
        CHECK_AT(i);
        const struct row r = {.head = uses[i].head, .middle = uses[i].use, .core = "", .tail = "", .end = uses[i].end, .times = uses[i].uses};
        struct buf b;
        buf_init(&b, a, LIMIT_GRAPHQL_BYTES);
        unfold(&r, &b);
        check(s, uses[i].name, uses[i].ends, buf_str(&b), &variables);
    }
    counted_release(&s->counted);
    arena_close(a);
}

/* Values in literals are as deep as JSON that came in one piece, and not deeper: items are read back from such. */
static void variables_are_as_deep_as_where_they_stand(void **state)
{
    (void)state;
    enum { AROUND = 40 };
    struct gql_schema *s = world();
    struct arena *a = arena_open(4096);
    for (unsigned depth = LIMIT_JSON_DEPTH - AROUND - 1; depth < LIMIT_JSON_DEPTH - AROUND + 3; depth++) {
        const struct row r = {.head = "query($v:JSON $n:Int){f(j:", .middle = "{x:[", .core = "$v", .tail = "]}", .end = " x:$n)}", .times = AROUND / 2};
        struct json *value = NEW_N(a, struct json, depth + 1), variables[2];
        struct buf b;
        CHECK_AT(depth);
        value[0] = json_of_int(1);
        for (unsigned i = 1; i <= depth; i++)
            value[i] = json_of_list(&value[i - 1], 1);
        variables[0] = json_named(S("v"), value[depth]);
        variables[1] = json_named(S("n"), json_of_int(1));
        struct json map = json_of_map(variables, 2);
        buf_init(&b, a, LIMIT_GRAPHQL_BYTES);
        unfold(&r, &b);
        check(s, "deep in a literal", AROUND + depth <= LIMIT_JSON_DEPTH ? NOWHERE : AT_VARIABLES, buf_str(&b), &map);
    }
    counted_release(&s->counted);
    arena_close(a);
}

/* Objects without members, of a type that could have hundreds: each as large as what it has. */
static void small_objects_of_wide_types_are_small(void **state)
{
    (void)state;
    enum { WIDTH = 300, OBJECTS = 99000, LITERALS = 4900, MOST = 200 };
    struct arena *a = arena_open(4096);
    struct gql_errors errors = {.arena = a};
    struct buf schema, document;
    struct gql_schema *s = NULL;
    buf_init(&schema, a, 1u << 20);
    buf_init(&document, a, LIMIT_GRAPHQL_BYTES);
    buf_add(&schema, S("type Query { f(w: [Wide!]): Int q: Query } input Wide { l: [Wide!]"));
    for (unsigned i = 0; i < WIDTH; i++)
        buf_format(&schema, " i%u: Int", i);
    buf_add(&schema, S("}"));
    NEED(gql_schema_read(buf_str(&schema), bind, NULL, &s, &errors) == ERR_OK);
    struct json *items = NEW_N(a, struct json, OBJECTS);
    for (unsigned i = 0; i < OBJECTS; i++)
        items[i] = json_of_map(NULL, 0);
    struct json value = json_named(S("w"), json_of_list(items, OBJECTS)), variables = json_of_map(&value, 1);
    check_most(s, "as a variable", NOWHERE, S("query($w:[Wide!]){f(w:$w)}"), &variables, OBJECTS * MOST);
    buf_add(&document, S("{q{q{q{...F f(w:[])}...F}...F}...F}fragment F on Query{f(w:["));
    for (unsigned i = 0; i < LITERALS; i++)
        buf_add(&document, S("{}"));
    buf_add(&document, S("])}"));
    str text = arena_copy(a, buf_str(&document));
    check_most(s, "as literals, in conflict", AT_RULES, text, NULL, LITERALS * MOST * 4);
    buf_clear(&document);
    buf_add(&document, S("{q{q{q{...F}...F}...F}...F}fragment F on Query{f(w:["));
    for (unsigned i = 0; i < LITERALS; i++)
        buf_add(&document, S("{}"));
    buf_add(&document, S("])}"));
    check_most(s, "as literals, in four places", NOWHERE, buf_str(&document), NULL, LITERALS * MOST * 8);
    counted_release(&s->counted);
    arena_close(a);
}

CHECK_MAIN(TEST(hostile_documents_end_where_they_should), TEST(suggestions_end_when_there_are_many),
           TEST(variables_weigh_wherever_they_are_used), TEST(variables_are_as_deep_as_where_they_stand),
           TEST(small_objects_of_wide_types_are_small))
