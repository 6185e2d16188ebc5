/* The sentences that people see when their JSON is wrong. */
#include "tests/support/check.h"

#include "base/json.h"

struct mistake {
    str text, sentence, rule;
};

static void check_sentences(const struct mistake *cases, size_t count, enum json_dialect dialect)
{
    struct arena *a = arena_open(1024);
    for (size_t i = 0; i < count; i++) {
        CHECK_AT(i);
        struct problem why = {.arena = a};
        const struct json *v = NULL;
        CHECK_ERR(json_read(a, cases[i].text, &(struct json_options){.dialect = dialect}, S("body"),
                            &v, &why),
                  ERR_BAD_INPUT);
        NEED(why.fault_count == 1);
        CHECK_STR(why.faults[0].text, cases[i].sentence);
        CHECK_STR(why.text, cases[i].sentence);
        CHECK_STR(why.faults[0].path, S("body"));
        CHECK_STR(why.faults[0].rule, cases[i].rule);
    }
    arena_close(a);
}

#define SYNTAX STR("json-syntax")
#define NUMBER STR("json-number")
#define TWICE  STR("json-duplicate")
#define UTF8   STR("json-utf8")

static void mistakes_in_json_are_explained(void **state)
{
    (void)state;
    // clang-format off
    static const struct mistake cases[] = {
        {STR(""), STR("Expected a value but found the end of the text at line 1, column 1 (byte 0)."), SYNTAX},
        {STR("[1,\n 2,\n x]"), STR("Expected a value but found 'x' at line 3, column 2 (byte 9). The only words are true, false and null."), SYNTAX},
        {STR("[1, 2"), STR("The list is never closed at line 1, column 1 (byte 0)."), SYNTAX},
        {STR("{\"a\":{\"b\":1"), STR("The map is never closed at line 1, column 6 (byte 5)."), SYNTAX},
        {STR("[1 2]"), STR("Expected ',' or ']' but found '2' at line 1, column 4 (byte 3)."), SYNTAX},
        {STR("{\"a\":1 \"b\":2}"), STR("Expected ',' or '}' but found '\"' at line 1, column 8 (byte 7)."), SYNTAX},
        {STR("{\"a\" 1}"), STR("Expected ':' after the name but found '1' at line 1, column 6 (byte 5)."), SYNTAX},
        {STR("{\"a\":1,}"), STR("Expected a name but found '}' at line 1, column 8 (byte 7). There is a comma too many."), SYNTAX},
        {STR("[1,\t]"), STR("Expected a value but found ']' at line 1, column 5 (byte 4). There is a comma too many."), SYNTAX},
        {STR("{a:1}"), STR("Expected a name but found 'a' at line 1, column 2 (byte 1). Names are written in double quotes."), SYNTAX},
        {STR("{1:1}"), STR("Expected a name but found '1' at line 1, column 2 (byte 1). Names are written in quotes."), SYNTAX},
        {STR("['a']"), STR("Expected a value but found ''' at line 1, column 2 (byte 1). Texts are written in double quotes."), SYNTAX},
        {STR("[1 // one\n]"), STR("Expected ',' or ']' but found '/' at line 1, column 4 (byte 3). Comments are not part of JSON."), SYNTAX},
        {STR("[NaN]"), STR("Expected a value but found 'N' at line 1, column 2 (byte 1). NaN and Infinity are not accepted."), SYNTAX},
        {STR("[+1]"), STR("Expected a value but found '+' at line 1, column 2 (byte 1). Numbers do not begin with '+'."), SYNTAX},
        {STR("[.5]"), STR("Expected a value but found '.' at line 1, column 2 (byte 1). Write a digit before the decimal point."), SYNTAX},
        {STR("{} x"), STR("Expected the end of the text but found 'x' at line 1, column 4 (byte 3)."), SYNTAX},
        {STR("\"a"), STR("The closing quote is missing for the text at line 1, column 1 (byte 0)."), SYNTAX},
        {STR("[\"a\nb\"]"), STR("Found a line break inside a text at line 1, column 4 (byte 3). Inside a text it is written as an escape, such as \\n."), SYNTAX},
        {STR("[\"\x01\"]"), STR("Found the control character U+0001 inside a text at line 1, column 3 (byte 2). Inside a text it is written as an escape, such as \\n."), SYNTAX},
        {STR("\"\\q\""), STR("An unknown escape at line 1, column 2 (byte 1). Known are \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX."), SYNTAX},
        {STR("\"\\u12G4\""), STR("\\u without four hexadecimal digits at line 1, column 2 (byte 1)."), SYNTAX},
        {STR("\"\\ud800\""), STR("Half of a surrogate pair at line 1, column 2 (byte 1). Characters above U+FFFF need both halves."), SYNTAX},
        {STR("\"\xc3\xa9 \xff\""), STR("The byte 0xFF is not valid UTF-8 here at line 1, column 4 (byte 4). JSON is written in UTF-8."), UTF8},
        {STR("[\xff]"), STR("Expected a value but found the byte 0xFF at line 1, column 2 (byte 1)."), SYNTAX},
        {STR("[\xe2\x82\xac]"), STR("Expected a value but found '\xe2\x82\xac' (U+20AC) at line 1, column 2 (byte 1)."), SYNTAX},
        {STR("\"\xe2\x82\xac\xe2\x82\xac\" x"), STR("Expected the end of the text but found 'x' at line 1, column 6 (byte 9)."), SYNTAX},
        {STR("[1\0]"), STR("Expected ',' or ']' but found the control character U+0000 at line 1, column 3 (byte 2)."), SYNTAX},
        {STR("\xef\xbb\xbf{}"), STR("The text begins with a byte order mark at line 1, column 1 (byte 0). Send UTF-8 without it."), SYNTAX},
        {STR("\r\n\r\n\r x"), STR("Expected a value but found 'x' at line 4, column 2 (byte 6). The only words are true, false and null."), SYNTAX},
        {STR("[1.]"), STR("Expected a digit after the decimal point but found ']' at line 1, column 4 (byte 3)."), NUMBER},
        {STR("-"), STR("Expected a digit after the sign but found the end of the text at line 1, column 2 (byte 1)."), NUMBER},
        {STR("-Infinity"), STR("Expected a digit after the sign but found 'I' at line 1, column 2 (byte 1). NaN and Infinity are not accepted."), NUMBER},
        {STR("1e+"), STR("Expected a digit after the exponent's beginning but found the end of the text at line 1, column 4 (byte 3)."), NUMBER},
        {STR("[007]"), STR("Found a number that begins with a superfluous 0 at line 1, column 2 (byte 1). Write it without the zero, or as a text."), NUMBER},
        {STR("[1, 1e400]"), STR("Found a number that is too large at line 1, column 5 (byte 4). The largest is about 1.8e308."), NUMBER},
        {STR("{\"a\":1,\n\"a\":2}"), STR("The name \"a\" is there twice at line 2, column 1 (byte 8)."), TWICE},
        {STR("{\"0123456789012345678901234567890123456789012345678901234567890123456789\":1,"
             "\"0123456789012345678901234567890123456789012345678901234567890123456789\":1}"),
         STR("The name \"0123456789012345678901234567890123456789012345678901234567890123\xe2\x80\xa6\" is there twice at line 1, column 77 (byte 76)."), TWICE},
    };
    // clang-format on
    check_sentences(cases, COUNTOF(cases), JSON_STRICT);
}

static void mistakes_in_json5_are_explained(void **state)
{
    (void)state;
    // clang-format off
    static const struct mistake cases[] = {
        {STR("{a:1 /* x"), STR("The closing */ is missing for the comment at line 1, column 6 (byte 5)."), SYNTAX},
        {STR("[1 / 2]"), STR("Found a lone '/' at line 1, column 4 (byte 3). Comments begin with // or /*."), SYNTAX},
        {STR("{a-b:1}"), STR("Expected ':' after the name but found '-' at line 1, column 3 (byte 2)."), SYNTAX},
        {STR("{1a:1}"), STR("Expected a name but found '1' at line 1, column 2 (byte 1). Names are written in quotes."), SYNTAX},
        {STR("{\\u0061:1}"), STR("Expected a name but found '\\' at line 1, column 2 (byte 1)."), SYNTAX},
        {STR("{a\\u0061:1}"), STR("Found an escape in a name without quotes at line 1, column 3 (byte 2). Put the name in quotes."), SYNTAX},
        {STR("'\\1'"), STR("An octal escape at line 1, column 2 (byte 1). Write \\x and two hexadecimal digits."), SYNTAX},
        {STR("'\\xg'"), STR("\\x without two hexadecimal digits at line 1, column 2 (byte 1)."), SYNTAX},
        {STR("'a\n'"), STR("Found a line break inside a text at line 1, column 3 (byte 2). Inside a text it is written as an escape, such as \\n."), SYNTAX},
        {STR("'\\"), STR("An unfinished escape at line 1, column 2 (byte 1)."), SYNTAX},
        {STR("[0x]"), STR("Expected a digit after 0x but found ']' at line 1, column 4 (byte 3)."), NUMBER},
        {STR("0x11111111111111111"), STR("Found a hexadecimal number that needs more than 64 bits at line 1, column 1 (byte 0)."), NUMBER},
        {STR("+Infinity"), STR("Expected a digit after the sign but found 'I' at line 1, column 2 (byte 1). NaN and Infinity are not accepted."), NUMBER},
        {STR("{a:1,\xc3\xa9:2,'\xc3\xa9':3}"), STR("The name \"\xc3\xa9\" is there twice at line 1, column 10 (byte 10)."), TWICE},
        {STR("[1,,2]"), STR("Expected a value but found ',' at line 1, column 4 (byte 3)."), SYNTAX},
        {STR("// \xff"), STR("The byte 0xFF is not valid UTF-8 here at line 1, column 4 (byte 3). JSON is written in UTF-8."), UTF8},
    };
    // clang-format on
    check_sentences(cases, COUNTOF(cases), JSON_5);
}

static void ceilings_are_named(void **state)
{
    (void)state;
    struct arena *a = arena_open(1024);
    struct problem why = {.arena = a};
    const struct json *v = NULL;
    CHECK_ERR(json_read(a, S("[[[1]]]"), &(struct json_options){.depth_max = 2}, S(""), &v, &why),
              ERR_BAD_INPUT);
    CHECK_STR(why.text,
              S("Lists and maps are nested more than 2 deep at line 1, column 3 (byte 2)."));
    why = (struct problem){.arena = a};
    CHECK_ERR(json_read(a, S("[1,2]"), &(struct json_options){.count_max = 2}, S(""), &v, &why),
              ERR_BAD_INPUT);
    CHECK_STR(why.text, S("There are more than 2 values at line 1, column 4 (byte 3)."));
    arena_close(a);
}

CHECK_MAIN(TEST(mistakes_in_json_are_explained), TEST(mistakes_in_json5_are_explained),
           TEST(ceilings_are_named))
