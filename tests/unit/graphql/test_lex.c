/* The numbered rules of graphql.md 2, which implementations get wrong: a row says which rule it is for. */
#include "graphql/language/document.h"
#include "tests/support/check.h"

struct row {
    int rule;
    str text;
    str wanted; /* {0}: refused */
};
#define REFUSED {0}

static str print_value(struct arena *a, const struct gql_value *v)
{
    struct buf b;
    buf_init(&b, a, 1u << 20);
    gql_print_value(&b, v);
    return buf_str(&b);
}

/* Values, as they are printed. */
static const struct row values[] = {
    {1, STR("[1\r2\n3\r\n4#x\r5#y\n6#"), REFUSED},
    {1, STR("[1\r2\n3\r\n4#x\r5#y\n6]#"), STR("[1, 2, 3, 4, 5, 6]")},
    {2, STR("\xef\xbb\xbf[\xef\xbb\xbf\xef\xbb\xbf 1 \xef\xbb\xbf]\xef\xbb\xbf"), STR("[1]")},
    {2, STR("\"\xef\xbb\xbf\""), STR("\"\xef\xbb\xbf\"")},
    {2, STR("[1\xef\xbb]"), REFUSED},
    {3, STR("[1\t2 3]"), STR("[1, 2, 3]")},
    {3, STR("[1\v2]"), REFUSED},
    {3, STR("[1\f2]"), REFUSED},
    {3, STR("[1\xc2\xa0\x32]"), REFUSED},
    {3, STR("[1\xe2\x80\x8b\x32]"), REFUSED},
    {3, STR("[1\xe3\x80\x80\x32]"), REFUSED},
    {3, STR("\"\v\f\xc2\xa0\""), STR("\"\\u000B\\f\xc2\xa0\"")},
    {4, STR("1\0"), REFUSED},
    {4, STR("[1\0]"), REFUSED},
    {4, STR("\"a\0b\"#\0"), STR("\"a\\u0000b\"")},
    {4, STR("\"\"\"a\0b\"\"\""), STR("\"\"\"a\0b\"\"\"")},
    {4, STR("\"a\\\0\""), REFUSED},
    {5, STR("[,,1,,]"), STR("[1]")},
    {5, STR("{,}"), STR("{}")},
    {5, STR(",,[],,"), STR("[]")},
    {5, STR("{a:1,,b:2,}"), STR("{ a: 1, b: 2 }")},
    {8, STR("0"), STR("0")},
    {8, STR("-0"), STR("-0")},
    {8, STR("12345678901234567890123"), STR("12345678901234567890123")},
    {8, STR("1e2"), STR("1e2")},
    {8, STR("1.50E+03"), STR("1.50E+03")},
    {8, STR("-0.0e-0"), STR("-0.0e-0")},
    {8, STR("[1-1]"), STR("[1, -1]")},
    {8, STR("[1\"a\"]"), STR("[1, \"a\"]")},
    {8, STR("[1{}[]]"), STR("[1, {}, []]")},
    {8, STR("1#c"), STR("1")},
    {8, STR("1,"), STR("1")},
    {8, STR("00"), REFUSED},
    {8, STR("01"), REFUSED},
    {8, STR("-01"), REFUSED},
    {8, STR("+1"), REFUSED},
    {8, STR(".5"), REFUSED},
    {8, STR("-.5"), REFUSED},
    {8, STR("5."), REFUSED},
    {8, STR("-"), REFUSED},
    {8, STR("--1"), REFUSED},
    {8, STR("1.e3"), REFUSED},
    {8, STR("1e"), REFUSED},
    {8, STR("1e+"), REFUSED},
    {8, STR("1e1.5"), REFUSED},
    {8, STR("1.2.3"), REFUSED},
    {8, STR("0x1"), REFUSED},
    {8, STR("1_000"), REFUSED},
    {8, STR("1a"), REFUSED},
    {8, STR("[1 ...]"), REFUSED},
    {8, STR("[1...]"), REFUSED},
    {8, STR("1\xc3\xa9"), REFUSED},
    {9, STR("\"\""), STR("\"\"")},
    {9, STR("\"\t\x01\x7f\""), STR("\"\\t\\u0001\\u007F\"")},
    {9, STR("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u{41}\""), STR("\"\\\"\\\\/\\b\\f\\n\\r\\tAA\"")},
    {9, STR("\"\\u00e9\\u00E9\\u{e9}\\u{000000000000000000E9}\""), STR("\"\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\"")},
    {9, STR("\"\\uD83D\\uDE00\\u{1F600}\""), STR("\"\xf0\x9f\x98\x80\xf0\x9f\x98\x80\"")},
    {9, STR("\"\\u{10FFFF}\\uFFFF\\u{0}\""), STR("\"\xf4\x8f\xbf\xbf\xef\xbf\xbf\\u0000\"")},
    {9, STR("\"a\nb\""), REFUSED},
    {9, STR("\"a\rb\""), REFUSED},
    {9, STR("\"a"), REFUSED},
    {9, STR("\"a\\"), REFUSED},
    {9, STR("\"a\\\""), REFUSED},
    {9, STR("\"\\a\""), REFUSED},
    {9, STR("\"\\v\""), REFUSED},
    {9, STR("\"\\0\""), REFUSED},
    {9, STR("\"\\x41\""), REFUSED},
    {9, STR("\"\\'\""), REFUSED},
    {9, STR("\"\\N\""), REFUSED},
    {9, STR("\"\\U0041\""), REFUSED},
    {9, STR("\"\\\n\""), REFUSED},
    {9, STR("\"\\\xc3\xa9\""), REFUSED},
    {9, STR("\"\\u\""), REFUSED},
    {9, STR("\"\\u004\""), REFUSED},
    {9, STR("\"\\u004g\""), REFUSED},
    {9, STR("\"\\u{}\""), REFUSED},
    {9, STR("\"\\u{41\""), REFUSED},
    {9, STR("\"\\u{4g}\""), REFUSED},
    {9, STR("\"\\u{ 41}\""), REFUSED},
    {9, STR("\"\\u{-1}\""), REFUSED},
    {9, STR("\"\\u{110000}\""), REFUSED},
    {9, STR("\"\\u{100000041}\""), REFUSED},
    {9, STR("\"\\u{1000000000000000000000041}\""), REFUSED},
    {9, STR("\"\\u{D800}\""), REFUSED},
    {9, STR("\"\\u{DFFF}\""), REFUSED},
    {9, STR("\"\\uDEAD\""), REFUSED},
    {9, STR("\"\\uDEAD\\uDEAD\""), REFUSED},
    {9, STR("\"\\uD83D\""), REFUSED},
    {9, STR("\"\\uD83Dx\""), REFUSED},
    {9, STR("\"\\uD83D\\uD83D\""), REFUSED},
    {9, STR("\"\\uD83D\\u{DE00}\""), REFUSED},
    {9, STR("\"\\uD83D\\u0041\""), REFUSED},
    {9, STR("\"\\u{D83D}\\u{DE00}\""), REFUSED},
    {9, STR("'a'"), REFUSED},
    {10, STR("\"\"\"\""), REFUSED},
    {10, STR("\"\"\"\"\""), REFUSED},
    {10, STR("\"\"\"\"\"\""), STR("\"\"\"\"\"\"")},
    {10, STR("\"\"\"\"\"\"\""), REFUSED},
    {10, STR("[\"a\"\"b\"]"), STR("[\"a\", \"b\"]")},
    {10, STR("[\"\" \"\"]"), STR("[\"\", \"\"]")},
    {10, STR("[\"\"\"\"\"\"\"\"]"), STR("[\"\"\"\"\"\", \"\"]")},
    {11, STR("\"\"\"a\\\"\"\"b\"\"\""), STR("\"\"\"a\\\"\"\"b\"\"\"")},
    {11, STR("\"\"\"a\\\\\"\"\""), REFUSED},
    {11, STR("\"\"\"a\\\\\"\"\"\"\"\""), STR("\"\"\"a\\\\\"\"\"\"\"\"")},
    {11, STR("\"\"\"\\n\\u0041\\q\"\"\""), STR("\"\"\"\\n\\u0041\\q\"\"\"")},
    {11, STR("\"\"\"a\"\"\"\""), REFUSED},
    {11, STR("\"\"\"a\"\n\"\"\""), STR("\"\"\"a\"\n\"\"\"")},
    {11, STR("\"\"\"a\"\"\n\"\"\""), STR("\"\"\"a\"\"\n\"\"\"")},
    {11, STR("\"\"\"a\\\"\"\"\"\"\""), STR("\"\"\"a\\\"\"\"\"\"\"")},
    {11, STR("\"\"\"a\\\n\"\"\""), STR("\"\"\"a\\\n\"\"\"")},
    {11, STR("\"\"\"a"), REFUSED},
    {11, STR("\"\"\"a\\\"\"\""), REFUSED},
    {13, STR("[query on fragment _x X1]"), STR("[query, on, fragment, _x, X1]")},
    {13, STR("[true false null True NULL]"), STR("[true, false, null, True, NULL]")},
    {13, STR("{true: true, null: null, on: on}"), STR("{ true: true, null: null, on: on }")},
    {13, STR("\xc3\xa9"), REFUSED},
    {13, STR("{\xc3\xa9: 1}"), REFUSED},
    /* Constants, and exactly one of them. */
    {0, STR(""), REFUSED},
    {0, STR("$a"), REFUSED},
    {0, STR("[$a]"), REFUSED},
    {0, STR("1 2"), REFUSED},
    {0, STR("[1"), REFUSED},
    {0, STR("[1}"), REFUSED},
    {0, STR("{a 1}"), REFUSED},
    {0, STR("{a:}"), REFUSED},
    {0, STR("{1: 1}"), REFUSED},
    {0, STR("{\"a\": 1}"), REFUSED},
};

static void values_follow_the_rules(void **state)
{
    (void)state;
    struct arena *a = arena_open(4096);
    for (size_t i = 0; i < COUNTOF(values); i++) {
        const struct row *r = &values[i];
        CHECK_AT(i);
        struct gql_errors errors = {.arena = a};
        const struct gql_value *v = gql_read_value(a, r->text, &errors), *again = NULL;
        CHECK((v != NULL) == (errors.count == 0));
        if ((v != NULL) != (r->wanted.at != NULL))
            CHECK_SAY("rule %d: \"" STR_FMT "\" is %s", r->rule, STR_ARG(r->text), v ? "read" : "refused");
        if (v == NULL)
            continue;
        CHECK_STR(print_value(a, v), r->wanted);
        again = gql_read_value(a, r->wanted, &errors);
        CHECK(again != NULL);
        if (again != NULL)
            CHECK_STR(print_value(a, again), r->wanted);
    }
    arena_close(a);
}

/* Rule 12: what block strings mean. */
static const struct {
    str text, value;
} blocks[] = {
    {STR("a"), STR("a")},
    {STR(""), STR("")},
    {STR(" "), STR("")},
    {STR("\n \t\n"), STR("")},
    {STR("  a"), STR("  a")},
    {STR("a  "), STR("a  ")},
    {STR("\n    Hello,\n      World!\n\n    Yours,\n      GraphQL.\n  "), STR("Hello,\n  World!\n\nYours,\n  GraphQL.")},
    {STR("a\n    b\n  c"), STR("a\n  b\nc")},
    {STR("  a\n    b\n  c"), STR("  a\n  b\nc")},
    {STR("\n\ta\n\t b"), STR("a\n b")},
    {STR("\n\ta\n b"), STR("a\nb")},
    {STR("\n  a\r  b\r\n  c\n\r  d"), STR("a\nb\nc\n\nd")},
    {STR("\n  a\n \n      \n  b"), STR("a\n\n    \nb")},
    {STR("\n\n\n  a\n\n\n"), STR("a")},
    {STR("\xc2\xa0\n a"), STR("\xc2\xa0\na")},
    {STR("\n \xe2\x80\xa8\n a"), STR("\xe2\x80\xa8\na")},
    {STR("\n a\xc2\x85\xe2\x80\xa8  b"), STR("a\xc2\x85\xe2\x80\xa8  b")},
    {STR("\n  \\\"\"\"\n    \\\"\"\""), STR("\"\"\"\n  \"\"\"")},
    {STR("\na\n\n  "), STR("a")},
    {STR("a\n  b"), STR("a\nb")},
    {STR("\n  \"a\n    b\"\n"), STR("\"a\n  b\"")},
    {STR("\n a\\\\\n"), STR("a\\\\")},
};

static void block_strings_lose_their_indentation(void **state)
{
    (void)state;
    struct arena *a = arena_open(4096);
    for (size_t i = 0; i < COUNTOF(blocks); i++) {
        CHECK_AT(i);
        struct gql_errors errors = {.arena = a};
        struct buf b;
        buf_init(&b, a, 4096);
        buf_add(&b, S("\"\"\""));
        buf_add(&b, blocks[i].text);
        buf_add(&b, S("\"\"\""));
        const struct gql_value *v = gql_read_value(a, buf_str(&b), &errors);
        NEED(v != NULL && v->kind == GQL_STRING && v->is_block);
        CHECK_STR(v->text, blocks[i].value);
        v = gql_read_value(a, print_value(a, v), &errors);
        NEED(v != NULL && v->is_block);
        CHECK_STR(v->text, blocks[i].value);
    }
    arena_close(a);
}

/* Documents, as they are printed with line breaks and indentation turned into one blank. */
static const struct row documents[] = {
    {4, STR("{__typename}\0garbage"), REFUSED},
    {5, STR("{a(,name:\"x\",)}"), STR("{ a(name: \"x\") }")},
    {5, STR(",query,($a:,Int,,$b:Int),{,a,,b,},"), STR("query ($a: Int, $b: Int) { a b }")},
    {6, STR("{...F}"), STR("{ ...F }")},
    {6, STR("{... F}"), STR("{ ...F }")},
    {6, STR("{...\nF}"), STR("{ ...F }")},
    {6, STR("{...on T{a}}"), STR("{ ... on T { a } }")},
    {6, STR("{...on on{a}}"), STR("{ ... on on { a } }")},
    {6, STR("{...onT}"), STR("{ ...onT }")},
    {6, STR("{...@include(if:true){a}}"), STR("{ ... @include(if: true) { a } }")},
    {6, STR("{...{a}}"), STR("{ ... { a } }")},
    {6, STR("{...F@x}"), STR("{ ...F @x }")},
    {6, STR("{. ..F}"), REFUSED},
    {6, STR("{..F}"), REFUSED},
    {6, STR("{....F}"), REFUSED},
    {6, STR("{...}"), REFUSED},
    {6, STR("{...{}}"), REFUSED},
    {6, STR("{...on}"), REFUSED},
    {6, STR("{...on{a}}"), REFUSED},
    {6, STR("{...on T}"), REFUSED},
    {6, STR("{...F{a}}"), REFUSED},
    {7, STR("query($\na\n:[Int\n!\n]\n!@\nx\n){a(b:$ a)@ include(if:true)}"),
     STR("query ($a: [Int!]! @x) { a(b: $a) @include(if: true) }")},
    {13, STR("{query:on(fragment:$true)fragment mutation true null}"),
     STR("{ query: on(fragment: $true) fragment mutation true null }")},
    {13, STR("query query($query:query){query} mutation on{a} subscription null{a}"),
     STR("query query($query: query) { query } mutation on { a } subscription null { a }")},
    {13, STR("{__a:__b ___:_}"), STR("{ __a: __b ___: _ }")},
    {13, STR("fragment fragment on fragment{a}"), STR("fragment fragment on fragment { a }")},
    {13, STR("fragment on on on{a}"), REFUSED},
    {13, STR("{\xc3\xa9}"), REFUSED},
    {13, STR("{a\xcc\x81}"), REFUSED},
    /* Section 3. */
    {0, STR(""), REFUSED},
    {0, STR(" #"), REFUSED},
    {0, STR("{}"), REFUSED},
    {0, STR("{a{}}"), REFUSED},
    {0, STR("{a()}"), REFUSED},
    {0, STR("query(){a}"), REFUSED},
    {0, STR("query"), REFUSED},
    {0, STR("query Q"), REFUSED},
    {0, STR("query Q P{a}"), REFUSED},
    {0, STR("{a}}"), REFUSED},
    {0, STR("{a"), REFUSED},
    {0, STR("{a:}"), REFUSED},
    {0, STR("{a:b:c}"), REFUSED},
    {0, STR("{a@}"), REFUSED},
    {0, STR("{a@x(b:1)(c:1)}"), REFUSED},
    {0, STR("{a@x(b:1){c}}"), STR("{ a @x(b: 1) { c } }")},
    {0, STR("{a@x(b:1)@y}"), STR("{ a @x(b: 1) @y }")},
    {0, STR("{a@x(b:{c:[$d]})}"), STR("{ a @x(b: { c: [$d] }) }")},
    {0, STR("{a@x b(c:1)@y{d}@z}"), REFUSED},
    {0, STR("{a{b}(c:1)}"), REFUSED},
    {0, STR("{a@x(b:1)(c:1)}"), REFUSED},
    {0, STR("{a(b)}"), REFUSED},
    {0, STR("{a(b:)}"), REFUSED},
    {0, STR("{a(b:1}"), REFUSED},
    {0, STR("{a(b:!)}"), REFUSED},
    {0, STR("{a(b:$)}"), REFUSED},
    {0, STR("{a(b:{c:$d,e:[$f]})}"), STR("{ a(b: { c: $d, e: [$f] }) }")},
    {0, STR("query($a:Int=$b){a}"), REFUSED},
    {0, STR("query($a:[Int]=[$b]){a}"), REFUSED},
    {0, STR("query($a:T={b:$b}){a}"), REFUSED},
    {0, STR("query($a:Int@x(y:$b)){a}"), REFUSED},
    {0, STR("query($a:Int=1@x(y:1)@z){a}"), STR("query ($a: Int = 1 @x(y: 1) @z) { a }")},
    {0, STR("query($a:Int@x=1){a}"), REFUSED},
    {0, STR("query($a){a}"), REFUSED},
    {0, STR("query(a:Int){a}"), REFUSED},
    {0, STR("query($a:Int!!){a}"), REFUSED},
    {0, STR("query($a:[]){a}"), REFUSED},
    {0, STR("query($a:[Int){a}"), REFUSED},
    {0, STR("query($a:[[Int!]]!){a}"), STR("query ($a: [[Int!]]!) { a }")},
    {0, STR("query($a:$b){a}"), REFUSED},
    {0, STR("query@x($a:Int){a}"), REFUSED},
    {0, STR("query($a:Int)@x(y:$a){a}"), STR("query ($a: Int) @x(y: $a) { a }")},
    {0, STR("fragment F{a}"), REFUSED},
    {0, STR("fragment F on{a}"), REFUSED},
    {0, STR("fragment F on T"), REFUSED},
    {0, STR("fragment F($a:Int)on T{a}"), REFUSED},
    {0, STR("fragment F on T@x{a}"), STR("fragment F on T @x { a }")},
    {0, STR("fragment F on [T]{a}"), REFUSED},
    {0, STR("fragment F on T!{a}"), REFUSED},
    {0, STR("Query{a}"), REFUSED},
    {0, STR("select{a}"), REFUSED},
    {0, STR("{a} 1"), REFUSED},
    {0, STR("{a} $"), REFUSED},
    /* Descriptions. */
    {0, STR("\"d\"query{a}"), STR("{ a }")},
    {0, STR("\"\"\"d\"\"\"mutation{a}\"\"subscription{a}"), STR("mutation { a } subscription { a }")},
    {0, STR("\"d\"fragment F on T{a}"), STR("fragment F on T { a }")},
    {0, STR("query(\"d\"$a:Int,\"\"\"d\"\"\"$b:Int){a}"), STR("query ($a: Int, $b: Int) { a }")},
    {0, STR("\"d\"{a}"), REFUSED},
    {0, STR("\"d\""), REFUSED},
    {0, STR("\"d\"\"e\"query{a}"), REFUSED},
    {0, STR("query\"d\"Q{a}"), REFUSED},
    {0, STR("query Q\"d\"{a}"), REFUSED},
    {0, STR("{\"d\"a}"), REFUSED},
    {0, STR("{a(\"d\"b:1)}"), REFUSED},
    {0, STR("query($a:\"d\"Int){a}"), REFUSED},
    {0, STR("\"d\"extend type A{a:Int}"), REFUSED},
    {0, STR("\"d\"directive @a on FIELD{a}"), STR("{ a }")},
};

static str on_one_line(struct arena *a, str text)
{
    char *at = arena_get(a, text.len + 1, 1);
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        bool is_blank = text.at[i] == '\n' || text.at[i] == ' ';
        if (!is_blank)
            at[n++] = text.at[i];
        else if (n > 0 && at[n - 1] != ' ')
            at[n++] = ' ';
    }
    return (str){at, n > 0 && at[n - 1] == ' ' ? n - 1 : n};
}

static void documents_follow_the_rules(void **state)
{
    (void)state;
    struct arena *a = arena_open(4096);
    for (size_t i = 0; i < COUNTOF(documents); i++) {
        const struct row *r = &documents[i];
        CHECK_AT(i);
        struct gql_errors errors = {.arena = a};
        const struct gql_document *d = NULL;
        bool is_read = gql_read(a, r->text, &errors, &d) == ERR_OK;
        if (is_read != (r->wanted.at != NULL))
            CHECK_SAY("rule %d: \"" STR_FMT "\" is %s", r->rule, STR_ARG(r->text), is_read ? "read" : "refused");
        if (!is_read)
            continue;
        struct buf b;
        buf_init(&b, a, 1u << 20);
        gql_print_document(&b, d);
        CHECK_STR(on_one_line(a, buf_str(&b)), r->wanted);
    }
    arena_close(a);
}

/* Rules 1 and 15: where a fault is, in code points. */
static void lines_and_columns(void **state)
{
    (void)state;
    static const struct {
        str text;
        uint32_t at;
        struct gql_place place;
    } rows[] = {
        {STR(""), 0, {1, 1}},
        {STR("abc"), 2, {1, 3}},
        {STR("abc"), 9, {1, 4}},
        {STR("a\nb"), 1, {1, 2}},
        {STR("a\nb"), 2, {2, 1}},
        {STR("a\rb"), 2, {2, 1}},
        {STR("a\r\nb"), 1, {1, 2}},
        {STR("a\r\nb"), 3, {2, 1}},
        {STR("a\n\rb"), 3, {3, 1}},
        {STR("a\r\r\n\nb"), 5, {4, 1}},
        {STR("a\r"), 2, {2, 1}},
        {STR("\xe2\x80\xa8\xc2\x85\v\f\0x"), 8, {1, 6}},
        {STR("\xc3\xa9\xf0\x9f\x98\x80x"), 6, {1, 3}},
        {STR("\xef\xbb\xbfx"), 3, {1, 2}},
    };
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        struct gql_place p = gql_place_of(rows[i].text, rows[i].at);
        CHECK_INT(p.line, rows[i].place.line);
        CHECK_INT(p.column, rows[i].place.column);
    }
}

CHECK_MAIN(TEST(values_follow_the_rules), TEST(block_strings_lose_their_indentation), TEST(documents_follow_the_rules),
           TEST(lines_and_columns))
