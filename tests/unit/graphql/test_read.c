/* Documents: what reads, as it is printed; what does not, and where. */
#include "base/limits.h"
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

/* head, then middle so many times, leaf, then tail so many times, then end. */
static str repeat(struct arena *a, str head, str middle, str leaf, str tail, size_t times, str end)
{
    struct buf b;
    buf_init(&b, a, 1u << 24);
    buf_add(&b, head);
    for (size_t i = 0; i < times; i++)
        buf_add(&b, middle);
    buf_add(&b, leaf);
    for (size_t i = 0; i < times && tail.len; i++)
        buf_add(&b, tail);
    buf_add(&b, end);
    return buf_str(&b);
}

static void limits_have_two_sides(void **state)
{
    (void)state;
    static const struct {
        str head, middle, leaf, tail, end;
        size_t fits; /* so many times, and not one more */
        str limit;
    } rows[] = {
        {STR("{a#"), STR("x"), STR(""), STR(""), STR("\n}"), LIMIT_GRAPHQL_BYTES - 5, STR("bytes")},
        {STR("{"), STR("a "), STR(""), STR(""), STR("}"), LIMIT_GRAPHQL_TOKENS - 2, STR("tokens")},
        {STR(""), STR("{a"), STR(""), STR("}"), STR(""), LIMIT_GRAPHQL_NESTING, STR("nesting")},
        {STR("{"), STR("...{"), STR("a"), STR("}"), STR("}"), LIMIT_GRAPHQL_NESTING - 1, STR("nesting")},
        {STR("{a(b:"), STR("["), STR(""), STR("]"), STR(")}"), LIMIT_GRAPHQL_NESTING - 2, STR("nesting")},
        {STR("{a(b:"), STR("{c:["), STR(""), STR("]}"), STR(")}"), (LIMIT_GRAPHQL_NESTING - 2) / 2, STR("nesting")},
        {STR("query($a:"), STR("["), STR("Int"), STR("]"), STR("){a}"), LIMIT_GRAPHQL_NESTING - 1, STR("nesting")},
    };
    struct arena *a = arena_open(4096);
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        struct gql_errors errors;
        for (size_t more = 0; more < 2; more++) {
            str text = repeat(a, rows[i].head, rows[i].middle, rows[i].leaf, rows[i].tail, rows[i].fits + more, rows[i].end);
            const struct gql_document *d = read(a, text, &errors);
            CHECK((d != NULL) == (more == 0));
            if (more == 1 && d == NULL) {
                CHECK_STR(errors.items[0].code, GQL_LIMIT);
                CHECK(json_is_text(json_get(errors.items[0].more, S("limit")), rows[i].limit));
            } else if (d == NULL) {
                CHECK_SAY(STR_FMT, STR_ARG(errors.items[0].message));
            }
        }
    }
    arena_close(a);
}

/* Each ends at its limit: with an error, and with no more memory than the copy of the text and its beginning as a tree. */
static void hostile_texts_end_early(void **state)
{
    (void)state;
    static const struct {
        str head, middle, tail;
        size_t times;
    } rows[] = {
        {STR(""), STR("{"), STR(""), LIMIT_GRAPHQL_BYTES},
        {STR(""), STR("{a"), STR("}"), 10000},
        {STR("query($a:"), STR("["), STR("]"), 1000},
        {STR("query($a:"), STR("["), STR(""), LIMIT_GRAPHQL_BYTES - 9},
        {STR("{a(b:"), STR("["), STR("]"), 30000},
        {STR("{a(b:"), STR("{c:"), STR("}"), 15000},
        {STR("type A{a(b:T="), STR("["), STR("]"), 30000},
        {STR("{a(b:"), STR("[]"), STR(""), 30000},
        {STR("{"), STR("a:a "), STR(""), 16000},
        {STR("{a"), STR("@a"), STR(""), 30000},
        {STR("query("), STR("$a:a "), STR(""), 12000},
        {STR(""), STR("{a}"), STR(""), 21000},
        {STR(""), STR("\""), STR(""), 65536},
        {STR("{a(b:\"\"\""), STR("\n"), STR(""), 65000},
        {STR("{a(b:\""), STR("\\"), STR(""), 65000},
        {STR("\""), STR("a"), STR(""), 100000000},
    };
    struct arena *a = arena_open(4096);
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        struct gql_errors errors;
        struct arena *own = arena_open(4096);
        struct buf b;
        buf_init(&b, NULL, 1u << 27);
        buf_add(&b, rows[i].head);
        for (size_t k = 0; k < rows[i].times; k++)
            buf_add(&b, rows[i].middle);
        for (size_t k = 0; k < rows[i].times && rows[i].tail.len; k++)
            buf_add(&b, rows[i].tail);
        CHECK(read(own, buf_str(&b), &errors) == NULL);
        if (arena_bytes(own) > 4u << 20)
            CHECK_SAY("%zu bytes", arena_bytes(own));
        buf_free(&b);
        arena_close(own);
    }
    arena_close(a);
}

CHECK_MAIN(TEST(documents_read_and_print), TEST(faults_have_places), TEST(limits_have_two_sides), TEST(hostile_texts_end_early))
