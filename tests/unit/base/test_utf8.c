#include "base/utf8.h"
#include "tests/support/check.h"

static void validity(void **state)
{
    (void)state;
    static const struct {
        str text;
        bool is_valid;
        size_t length;
    } cases[] = {
        {STR(""), true, 0},
        {STR("plain ascii, longer than eight"), true, 30},
        {STR("a\0b"), true, 3},
        {STR("Grüße €"), true, 7},
        {STR("\xf0\x9f\x98\x80"), true, 1},
        {STR("\xf4\x8f\xbf\xbf"), true, 1},         /* U+10FFFF */
        {STR("\xf4\x90\x80\x80"), false, 0},        /* one more */
        {STR("\xed\x9f\xbf\xee\x80\x80"), true, 2}, /* around the surrogates */
        {STR("\xed\xa0\x80"), false, 0},
        {STR("\xed\xbf\xbf"), false, 0},
        {STR("\xc0\x80"), false, 0}, /* overlong */
        {STR("\xc1\xbf"), false, 0},
        {STR("\xe0\x9f\xbf"), false, 0},
        {STR("\xf0\x8f\xbf\xbf"), false, 0},
        {STR("\x80"), false, 0},
        {STR("abcdefgh\xff"), false, 0},
        {STR("abcdefg\xc3"), false, 0}, /* cut short */
        {STR("\xe2\x82"), false, 0},
        {STR("\xf0\x9f\x98"), false, 0},
        {STR("\xc3\x28"), false, 0},
        {STR("\xf8\x88\x80\x80\x80"), false, 0},
    };
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        CHECK(utf8_valid(cases[i].text) == cases[i].is_valid);
        if (cases[i].is_valid)
            CHECK_INT(utf8_length(cases[i].text), cases[i].length);
    }
    CHECK(utf8_valid((str){0}));
    uint32_t code = 7;
    CHECK_INT(utf8_first(S("€uro"), &code), 3);
    CHECK_INT(code, 0x20ac);
    CHECK_INT(utf8_first(S("\xff"), &code), 0);
    CHECK_INT(utf8_first(S(""), &code), 0);
    CHECK_INT(code, 0x20ac);
}

/* Every code point there is goes in and out. */
static void every_code_point_is_judged_rightly(void **state)
{
    (void)state;
    for (uint32_t code = 0; code < 0x110000; code++) {
        char at[4];
        size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
        static const unsigned char marks[] = {0, 0, 0xc0, 0xe0, 0xf0};
        uint32_t rest = code;
        for (size_t i = n; i-- > 1; rest >>= 6)
            at[i] = (char)(0x80 | (rest & 0x3f));
        at[0] = (char)(marks[n] | rest);
        uint32_t back = 0;
        bool is_surrogate = code >= 0xd800 && code < 0xe000;
        if (utf8_first((str){at, n}, &back) != (is_surrogate ? 0 : n) ||
            (!is_surrogate && back != code))
            CHECK_SAY("U+%04X became U+%04X", code, back);
    }
}

static void folding(void **state)
{
    (void)state;
    static const struct {
        str text, folded;
    } cases[] = {
        {STR(""), STR("")},
        {STR("Hello World"), STR("hello world")},
        {STR("ÄÖÜ äöü ß"), STR("aou aou ss")},
        {STR("Crème Brûlée"), STR("creme brulee")},
        {STR("e\xcc\x81"), STR("e")}, /* e and a combining acute */
        {STR("Łódź Ørsted Æsir Þór"), STR("lodz orsted aesir thor")},
        {STR("ΑΘΉΝΑ σς"), STR("αθηνα σσ")},
        {STR("МОСКВА"), STR("москва")},
        {STR("ﬁn Ｆｕｌｌ"), STR("fin full")},
        {STR("हिन्दी"), STR("हिन्दी")}, /* vowel signs stay */
        {STR("が"), STR("が")},
        {STR("broken \xff"), STR("broken \xff")},
    };
    struct arena *a = arena_open(1024);
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        str once = utf8_fold(a, cases[i].text);
        CHECK_STR(once, cases[i].folded);
        CHECK_STR(utf8_fold(a, once), once);
    }
    arena_close(a);
}

static void composing(void **state)
{
    (void)state;
    struct arena *a = arena_open(1024);
    CHECK_STR(utf8_nfc(a, S("plain")), S("plain"));
    CHECK_STR(utf8_nfc(a, S("e\xcc\x81t\xc3\xa9")), S("été"));
    CHECK_STR(utf8_nfc(a, S("\xe2\x84\xab")), S("Å")); /* the unit, not the letter */
    CHECK_STR(utf8_nfc(a, S("Ａ")), S("Ａ"));          /* compatibility forms stay */
    CHECK_STR(utf8_nfc(a, S("\xc3")), S("\xc3"));
    arena_close(a);
}

static void slugs(void **state)
{
    (void)state;
    static const struct {
        str text, slug;
    } cases[] = {
        {STR("Über uns!"), STR("uber-uns")},
        {STR("  Hello,   World -- again  "), STR("hello-world-again")},
        {STR("Don't Stop"), STR("dont-stop")},
        {STR("It’s 50% off"), STR("its-50-off")},
        {STR("Привет, мир"), STR("привет-мир")},
        {STR("हिन्दी भाषा"), STR("हिन्दी-भाषा")},
        {STR("日本語 テスト"), STR("日本語-テスト")},
        {STR("Straße & Æther"), STR("strasse-aether")},
        {STR("--"), STR("")},
        {STR(""), STR("")},
        {STR("😀"), STR("")},
        {STR("a/b\\c.d_e"), STR("a-b-c-d-e")},
    };
    struct arena *a = arena_open(1024);
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        CHECK_STR(utf8_slug(a, cases[i].text), cases[i].slug);
    }
    arena_close(a);
}

static void a_cut_is_between_characters(void **state)
{
    static const struct { str text; size_t most; str cut; } rows[] = {
        {STR(""), 0, STR("")},      {STR("abc"), 3, STR("abc")},  {STR("abc"), 4, STR("abc")}, {STR("abc"), 2, STR("ab")},
        {STR("aä"), 2, STR("a")},   {STR("aä"), 3, STR("aä")},    {STR("aäb"), 3, STR("aä")},  {STR("ä"), 1, STR("")},
        {STR("🌱🌱"), 7, STR("🌱")}, {STR("🌱🌱"), 4, STR("🌱")},  {STR("🌱"), 0, STR("")},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        CHECK_STR(utf8_cut(rows[i].text, rows[i].most), rows[i].cut);
    }
}

CHECK_MAIN(TEST(validity), TEST(a_cut_is_between_characters), TEST(every_code_point_is_judged_rightly), TEST(folding), TEST(composing),
           TEST(slugs))
