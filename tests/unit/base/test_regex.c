#include "tests/support/check.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/regex.h"

static void patterns_match_with_their_flags(void **state)
{
    static const struct {
        const char *pattern;
        unsigned flags;
        const char *text;
        bool matches;
    } rows[] = {
        {"a.c", 0, "xabcx", true},
        {"a.c", 0, "xABCx", false},
        {"a.c", REGEX_CASELESS, "xABCx", true},
        {"a.c", REGEX_WHOLE, "abc", true},
        {"a.c", REGEX_WHOLE, "abcx", false},
        {"a|ab", REGEX_WHOLE, "ab", true},
        {"^b", 0, "a\nb", false},
        {"^b", REGEX_MULTILINE, "a\nb", true},
        {"a.b", 0, "a\nb", false},
        {"a.b", REGEX_DOTALL, "a\nb", true},
        {"^.$", 0, "é", true},
        {"É", REGEX_CASELESS, "é", true},
        {"^\\w+$", 0, "Žluťoučký", true},
        {"", 0, "", true},
        {"^$", 0, "", true},
        {"(a)(b)(c)", 0, "abc", true},
        {"(?i)a", 0, "A", true},
        {"a(?C1)b", 0, "ab", true},
        {"(*LIMIT_MATCH=1)a+b", 0, "aaab", false},
        {".", 0, "\xff\xfe", false}, /* not UTF-8 */
    };
    struct arena *a = arena_open(4096);
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct problem why = {.arena = a};
        const struct regex *r = NULL;
        CHECK_AT(i);
        NEED(regex_compile(a, str_of(rows[i].pattern), rows[i].flags, &r, &why) == ERR_OK);
        CHECK_INT(regex_matches(r, str_of(rows[i].text)), rows[i].matches);
        CHECK_STR(regex_pattern(r), str_of(rows[i].pattern));
        CHECK_INT(regex_flags_of(r), rows[i].flags);
    }
    arena_close(a);
}

static void bad_patterns_are_refused_with_the_place(void **state)
{
    static const struct {
        const char *pattern, *sentence;
    } rows[] = {
        {"(a", "The pattern cannot be understood at byte 2: missing closing parenthesis."},
        {"a\\C", "The pattern cannot be understood at byte 3: using \\C is disabled by the application."},
        {"[b-a]", "The pattern cannot be understood at byte 3: range out of order in character class."},
        {"a{99999}", "The pattern cannot be understood at byte 7: number too big in {} quantifier."},
        {"\xff", NULL},
        {"((((((((((((((((((((((((((((((((((((((((((((((((((((a))))))))))))))))))))))))))))))))))))))))))))))))))))", NULL},
        {"(((((((a{100}){100}){100}){100}){100}){100}){100}", NULL},
    };
    struct arena *a = arena_open(4096);
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct problem why = {.arena = a};
        const struct regex *r = NULL;
        CHECK_AT(i);
        CHECK_ERR(regex_compile(a, str_of(rows[i].pattern), 0, &r, &why), ERR_BAD_INPUT);
        CHECK(r == NULL);
        if (rows[i].sentence)
            CHECK_STR(why.text, str_of(rows[i].sentence));
    }
    char pattern[LIMIT_REGEX_BYTES + 1];
    memset(pattern, 'a', sizeof pattern);
    struct problem why = {.arena = a};
    const struct regex *r = NULL;
    CHECK_ERR(regex_compile(a, (str){pattern, LIMIT_REGEX_BYTES}, 0, &r, &why), ERR_OK);
    CHECK_ERR(regex_compile(a, (str){pattern, LIMIT_REGEX_BYTES + 1}, 0, &r, &why), ERR_BAD_INPUT);
    arena_close(a);
}

static void runaway_patterns_end_without_a_match(void **state)
{
    static const struct {
        const char *pattern, *unit;
        size_t count;
    } rows[] = {
        {"(a+)+$", "a", 100000},     {"(a|aa)+$", "a", 100000}, {"(?:x+x+)+y", "x", 20000}, {"(\\w+\\s)+foo", "lorem ", 2000},
        {"(.)(?1){30}\\1z", "ab", 20000}, {"(?R)?b", "a", 20000}, {"^(.*?,){11}P", "1,", 5000},
    };
    struct arena *a = arena_open(4096);
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct problem why = {.arena = a};
        const struct regex *r = NULL;
        struct buf text;
        CHECK_AT(i);
        buf_init(&text, a, 1u << 20);
        for (size_t k = 0; k < rows[i].count; k++)
            buf_add(&text, str_of(rows[i].unit));
        buf_byte(&text, '!');
        NEED(regex_compile(a, str_of(rows[i].pattern), REGEX_CASELESS, &r, &why) == ERR_OK);
        CHECK(!regex_matches(r, buf_str(&text)));
    }
    arena_close(a);
}

static void a_long_text_is_searched_to_its_end(void **state)
{
    struct arena *a = arena_open(4096);
    struct problem why = {.arena = a};
    const struct regex *r = NULL;
    struct buf text;
    (void)state;
    buf_init(&text, a, LIMIT_TEXT_BYTES);
    for (size_t i = 0; i < 50000; i++)
        buf_add(&text, S("lorem ipsum dolor "));
    buf_add(&text, S("needle"));
    NEED(regex_compile(a, S("dolor\\s+n.*e$"), REGEX_CASELESS, &r, &why) == ERR_OK);
    CHECK(regex_matches(r, buf_str(&text)));
    arena_close(a);
}

CHECK_MAIN(TEST(patterns_match_with_their_flags), TEST(bad_patterns_are_refused_with_the_place),
           TEST(runaway_patterns_end_without_a_match), TEST(a_long_text_is_searched_to_its_end))
