#include "base/encode.h"
#include "base/limits.h"
#include "tests/support/check.h"

static void hex_is_read_in_pairs_and_any_case(void **state)
{
    static const struct {
        str text;
        bool ok;
        str bytes;
    } cases[] = {
        {STR(""), true, STR("")},       {STR("00fF"), true, STR("\x00\xff")},
        {STR("0"), false, STR("")},     {STR("0x"), false, STR("")},
        {STR("g0"), false, STR("")},    {STR(" 00"), false, STR("")},
        {STR("00 0"), false, STR("")},  {STR("\xb0\xb1"), false, STR("")},
        {STR("6A6b"), true, STR("jk")},
    };
    struct arena *a = arena_open(1024);
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        str bytes = STR("");
        CHECK_AT(i);
        CHECK_INT(hex_decode(a, cases[i].text, &bytes), cases[i].ok);
        CHECK_STR(bytes, cases[i].bytes);
    }
    arena_close(a);
}

/* RFC 4648, section 10, without the padding. */
static void base32_both_ways(void **state)
{
    static const struct {
        str bytes, text;
    } cases[] = {
        {STR(""), STR("")},
        {STR("f"), STR("MY")},
        {STR("fo"), STR("MZXQ")},
        {STR("foo"), STR("MZXW6")},
        {STR("foob"), STR("MZXW6YQ")},
        {STR("fooba"), STR("MZXW6YTB")},
        {STR("foobar"), STR("MZXW6YTBOI")},
        {STR("12345678901234567890"), STR("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")},
        {STR("\xff\xff\xff\xff\xff\xff"), STR("7777777774")},
    };
    static const str bad[] = {STR("M"),    STR("MZX"),  STR("MZXW6Y"), STR("MZ"), STR("MY======"),
                              STR("M1"),   STR("M8"),   STR("M0"),     STR("MY "), STR("M Y"),
                              STR("\xcd\xd9"), STR("M-"), STR("MZXW6YTBO")};
    struct arena *a = arena_open(1024);
    str out = {0};
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        CHECK_STR(base32_encode(a, cases[i].bytes), cases[i].text);
        CHECK(base32_decode(a, cases[i].text, &out));
        CHECK_STR(out, cases[i].bytes);
    }
    CHECK(base32_decode(a, S("mzxw6ytboi"), &out));
    CHECK_STR(out, S("foobar"));
    for (size_t i = 0; i < COUNTOF(bad); i++) {
        CHECK_AT(i);
        CHECK(!base32_decode(a, bad[i], &out));
    }
    arena_close(a);
}

/* Bitcoin Core's base58_encode_decode.json, and both sides of the length. */
static void base58_both_ways(void **state)
{
    static const struct {
        str bytes, text;
    } cases[] = {
        {STR(""), STR("")},
        {STR("a"), STR("2g")},
        {STR("bbb"), STR("a3gV")},
        {STR("ccc"), STR("aPEr")},
        {STR("simply a long string"), STR("2cFupjhnEsSn59qHXstmK2ffpLv2")},
        {STR("\x51\x6b\x6f\xcd\x0f"), STR("ABnLTmg")},
        {STR("\xbf\x4f\x89\x00\x1e\x67\x02\x74\xdd"), STR("3SEo3LWLoPntC")},
        {STR("\x57\x2e\x47\x94"), STR("3EFU7m")},
        {STR("\x10\xc8\x51\x1e"), STR("Rt5zm")},
        {STR("\0\0\0\0\0\0\0\0\0\0"), STR("1111111111")},
        {STR("\0a"), STR("12g")},
    };
    static const str bad[] = {STR("0"), STR("O"), STR("I"), STR("l"), STR("2g "), STR("\xb2g")};
    struct arena *a = arena_open(1024);
    str out = {0};
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        CHECK_STR(base58_encode(a, cases[i].bytes), cases[i].text);
        CHECK(base58_decode(a, cases[i].text, &out));
        CHECK_STR(out, cases[i].bytes);
    }
    for (size_t i = 0; i < COUNTOF(bad); i++) {
        CHECK_AT(i);
        CHECK(!base58_decode(a, bad[i], &out));
    }
    char longest[LIMIT_BASE58_BYTES];
    memset(longest, 0xff, sizeof longest);
    str most = {longest, sizeof longest}, text = base58_encode(a, most);
    CHECK(base58_decode(a, text, &out));
    CHECK_STR(out, most);
    CHECK(!base58_decode(a, arena_format(a, STR_FMT "z", STR_ARG(text)), &out));
    char ones[LIMIT_BASE58_BYTES + 1];
    memset(ones, '1', sizeof ones);
    CHECK(base58_decode(a, (str){ones, sizeof ones - 1}, &out) && out.len == LIMIT_BASE58_BYTES);
    CHECK(!base58_decode(a, (str){ones, sizeof ones}, &out));
    arena_close(a);
}

CHECK_MAIN(TEST(hex_is_read_in_pairs_and_any_case), TEST(base32_both_ways), TEST(base58_both_ways))
