/* Documents: what reads, as it is printed; what does not, and where. */
#include "graphql/language/document.h"
#include "tests/support/check.h"

static str print(struct arena *a, const struct gql_document *d)
{
    struct buf b;
    buf_init(&b, a, 1u << 24);
    gql_print_document(&b, d);
    return buf_str(&b);
}

/* NULL: it was refused. */
static const struct gql_document *read(struct arena *a, str text, struct gql_errors *errors)
{
    const struct gql_document *d = NULL;
    *errors = (struct gql_errors){.arena = a};
    enum err e = gql_read(a, text, errors, &d);
    CHECK((e == ERR_OK) == (d != NULL) && errors->count == (d ? 0 : 1));
    if (d == NULL)
        CHECK_ERR(e, ERR_BAD_INPUT);
    return d;
}

static void documents_read_and_print(void **state)
{
    (void)state;
    static const struct {
        str text, printed;
    } rows[] = {
        {STR("{a}"), STR("{\n  a\n}\n")},
        {STR("query{a}"), STR("{\n  a\n}\n")},
        {STR("query Q($a:Int=1@x,$b:[[X!]!]!={a:[1,\"b\"],c:null}){a}"),
         STR("query Q($a: Int = 1 @x, $b: [[X!]!]! = { a: [1, \"b\"], c: null }) {\n  a\n}\n")},
        {STR("query($a:Int){a}"), STR("query ($a: Int) {\n  a\n}\n")},
        {STR("query @x{a}"), STR("query @x {\n  a\n}\n")},
        {STR("mutation{a:b(x:$y,z:E)@i(if:true){c ...F...on T@d{e}...{f}...@g{h}}}fragment F on T@d{x}"),
         STR("mutation {\n  a: b(x: $y, z: E) @i(if: true) {\n    c\n    ...F\n    ... on T @d {\n      e\n    }\n    ... {\n      f\n    }\n"
             "    ... @g {\n      h\n    }\n  }\n}\n\nfragment F on T @d {\n  x\n}\n")},
        {STR("\"d\" query Q(\"d\" $a: Int) {a} \"\"\"d\"\"\" fragment F on T {a}"),
         STR("query Q($a: Int) {\n  a\n}\n\nfragment F on T {\n  a\n}\n")},
        {STR("fragment query on on { on: null }"), STR("fragment query on on {\n  on: null\n}\n")},
        {STR("type A implements B & C @d(a: {b: 1}) { x: Int } {a} scalar S {b} union U = | A | B {c} directive @q(a: Int) repeatable on | FIELD {d}"),
         STR("{\n  a\n}\n\n{\n  b\n}\n\n{\n  c\n}\n\n{\n  d\n}\n")},
    };
    struct arena *a = arena_open(4096);
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        struct gql_errors errors;
        const struct gql_document *d = read(a, rows[i].text, &errors), *again = NULL;
        if (d == NULL) {
            CHECK_SAY(STR_FMT, STR_ARG(errors.items[0].message));
            continue;
        }
        CHECK_STR(print(a, d), rows[i].printed);
        again = read(a, rows[i].printed, &errors);
        if (again != NULL)
            CHECK_STR(print(a, again), rows[i].printed);
        else
            CHECK_SAY("what was printed does not read");
    }
    arena_close(a);
}

static void faults_have_places(void **state)
{
    (void)state;
    static const struct {
        str text;
        struct gql_place place;
        const char *sentence;
    } rows[] = {
        {STR(""), {1, 1}, "Syntax error: expected a definition but found the end of the text."},
        {STR("{}"), {1, 2}, "Syntax error: expected a field or a fragment but found \"}\"."},
        {STR("{a"), {1, 3}, "Syntax error: expected a field or a fragment but found the end of the text."},
        {STR("{a}\r\n\r\xc3\xa9"), {3, 1}, "Syntax error: unexpected character U+00E9."},
        {STR("{a(b:\"\xc3\xa9\" ?)}"), {1, 10}, "Syntax error: unexpected character \"?\"."},
        {STR("{a}\0{a}"), {1, 4}, "Syntax error: unexpected character U+0000."},
        {STR("\"d\" {a}"), {1, 1}, "Syntax error: a query without the word \"query\" has no description."},
        {STR("query($a:Int=$b){a}"), {1, 14}, "Syntax error: no variable may stand in a constant."},
        {STR("fragment on on T{a}"), {1, 10}, "Syntax error: expected the name of a fragment but found \"on\"."},
        {STR("{a(b:01)}"), {1, 7}, "Syntax error: a number goes wrong here: no digit may follow a leading 0."},
        {STR("{a(b:\"\\x\")}"), {1, 7}, "Syntax error: there is no escape \\x."},
        {STR("nonsense"), {1, 1}, "Syntax error: expected a definition but found \"nonsense\"."},
    };
    struct arena *a = arena_open(4096);
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        struct gql_errors errors;
        if (read(a, rows[i].text, &errors) != NULL || errors.count != 1) {
            CHECK_SAY("it reads");
            continue;
        }
        const struct gql_error *e = &errors.items[0];
        CHECK_STR(e->message, str_of(rows[i].sentence));
        CHECK_STR(e->code, GQL_PARSE_FAILED);
        CHECK(e->place_count == 1);
        CHECK_INT(e->places[0].line, rows[i].place.line);
        CHECK_INT(e->places[0].column, rows[i].place.column);
    }
    arena_close(a);
}

CHECK_MAIN(TEST(documents_read_and_print), TEST(faults_have_places))
