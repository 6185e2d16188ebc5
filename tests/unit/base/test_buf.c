#include "base/buf.h"
#include "tests/support/check.h"

#include <float.h>
#include <math.h>

static struct buf fresh(size_t max)
{
    struct buf b;
    buf_init(&b, NULL, max);
    return b;
}

static void appending_grows_up_to_the_ceiling(void **state)
{
    (void)state;
    struct arena *a = arena_open(1024);
    struct arena *const arenas[] = {NULL, a};
    for (size_t i = 0; i < COUNTOF(arenas); i++) {
        CHECK_AT(i);
        struct buf b;
        str out = {0};
        buf_init(&b, arenas[i], 10000);
        for (int n = 0; n < 1000; n++)
            buf_add(&b, S("0123456789"));
        CHECK_ERR(buf_done(&b, &out), ERR_OK);
        CHECK_INT(out.len, 10000);
        CHECK(memcmp(out.at + 9990, "0123456789", 10) == 0);
        buf_add(&b, S(""));
        CHECK_ERR(buf_done(&b, &out), ERR_OK);
        buf_byte(&b, 'x');
        CHECK_ERR(buf_done(&b, &out), ERR_TOO_LARGE);
        CHECK_INT(buf_str(&b).len, 10000);
        buf_clear(&b);
        buf_add(&b, S("again"));
        CHECK_ERR(buf_done(&b, &out), ERR_OK);
        CHECK_STR(out, S("again"));
        buf_free(&b);
    }
    arena_close(a);
}

static void errors_stick(void **state)
{
    (void)state;
    struct buf b = fresh(4);
    str out = S("untouched");
    buf_add(&b, S("12345"));
    buf_add(&b, S("1"));
    buf_u64(&b, 1);
    CHECK(buf_room(&b, 1) == NULL);
    CHECK_ERR(buf_done(&b, &out), ERR_TOO_LARGE);
    CHECK_STR(out, S("untouched"));
    CHECK_INT(b.len, 0);
    buf_free(&b);
    struct buf nothing = {0};
    CHECK_STR(buf_str(&nothing), S(""));
    buf_free(&nothing);
    struct buf huge = fresh(100);
    CHECK(buf_room(&huge, SIZE_MAX) == NULL);
    buf_free(&huge);
}

static void truncating_and_room(void **state)
{
    (void)state;
    struct buf b = fresh(100);
    memcpy(buf_room(&b, 5), "hello", 5);
    b.len += 5;
    buf_truncate(&b, 99);
    CHECK_STR(buf_str(&b), S("hello"));
    buf_truncate(&b, 4);
    CHECK_STR(buf_str(&b), S("hell"));
    buf_free(&b);
}

static void whole_numbers(void **state)
{
    (void)state;
    struct buf b = fresh(1000);
    buf_u64(&b, 0);
    buf_byte(&b, ' ');
    buf_u64(&b, UINT64_MAX);
    buf_byte(&b, ' ');
    buf_i64(&b, INT64_MIN);
    buf_byte(&b, ' ');
    buf_i64(&b, INT64_MAX);
    buf_byte(&b, ' ');
    buf_i64(&b, -7);
    buf_byte(&b, ' ');
    buf_hex(&b, "\x00\xff\x1a", 3);
    CHECK_STR(buf_str(&b),
              S("0 18446744073709551615 -9223372036854775808 9223372036854775807 -7 00ff1a"));
    buf_free(&b);
}

static void reals_are_short(void **state)
{
    (void)state;
    static const struct {
        double value;
        str text;
    } cases[] = {
        {0, STR("0")},
        {-0.0, STR("-0")},
        {5, STR("5")},
        {-5.5, STR("-5.5")},
        {0.1, STR("0.1")},
        {0.3, STR("0.3")},
        {0.1 + 0.2, STR("0.30000000000000004")},
        {1.0 / 3, STR("0.3333333333333333")},
        {12.34, STR("12.34")},
        {99.99, STR("99.99")},
        {1e9, STR("1000000000")},
        {0.000000001, STR("0.000000001")},
        {1234567.891, STR("1234567.891")},
        {9007199254740991, STR("9007199254740991")},
        {9007199254740992, STR("9007199254740992")},
        {1e20, STR("1e20")},
        {1.5e300, STR("1.5e300")},
        {1e-7, STR("0.0000001")},
        {1e-10, STR("1e-10")},
        {-2.5e-15, STR("-2.5e-15")},
        {DBL_MAX, STR("1.7976931348623157e308")},
        {DBL_MIN, STR("2.2250738585072014e-308")},
        {5e-324, STR("4.94065645841247e-324")},
        {3.141592653589793, STR("3.141592653589793")},
    };
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        struct buf b = fresh(100);
        buf_double(&b, cases[i].value);
        CHECK_STR(buf_str(&b), cases[i].text);
        buf_free(&b);
    }
}

static void check_reads_back(double d)
{
    struct buf b = fresh(64);
    buf_double(&b, d);
    buf_byte(&b, '\0');
    double back = strtod(b.at, NULL);
    if (back != d || signbit(back) != signbit(d))
        CHECK_SAY("%a became %s", d, b.at);
    buf_free(&b);
}

static void reals_read_back_the_same(void **state)
{
    (void)state;
    uint64_t seed = 0x9e3779b97f4a7c15u;
    for (int i = 0; i < 20000; i++) {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        double d = 0;
        memcpy(&d, &seed, sizeof d);
        if (isfinite(d))
            check_reads_back(d);
        check_reads_back((double)(int64_t)(seed >> 20) / 1000);
        check_reads_back((double)(int64_t)seed);
        check_reads_back((double)(seed % 100000) / 100 * 1.19);
    }
}

static void formatting_of_any_length(void **state)
{
    (void)state;
    struct buf b = fresh(3000);
    buf_format(&b, "%s=%d", "a", 1);
    CHECK_STR(buf_str(&b), S("a=1"));
    buf_clear(&b);
    buf_format(&b, "%0*d", 3000, 1);
    CHECK_INT(b.len, 3000);
    CHECK(!b.failed);
    buf_format(&b, "%d", 1);
    CHECK(b.failed);
    buf_free(&b);
}

static void json_text_escapes_what_it_must(void **state)
{
    (void)state;
    static const struct {
        str text, json;
    } cases[] = {
        {STR(""), STR("\"\"")},
        {STR("plain"), STR("\"plain\"")},
        {STR("a\"b\\c/d"), STR("\"a\\\"b\\\\c/d\"")},
        {STR("\b\t\n\f\r"), STR("\"\\b\\t\\n\\f\\r\"")},
        {STR("\0\x01\x1f\x7f"), STR("\"\\u0000\\u0001\\u001f\x7f\"")},
        {STR("äöü €"), STR("\"äöü €\"")},
        {STR("exactly16 bytes."), STR("\"exactly16 bytes.\"")},
        {STR("sixteen bytes.. \"and more than that\""),
         STR("\"sixteen bytes.. \\\"and more than that\\\"\"")},
        {STR("\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\""),
         STR("\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\"")},
    };
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        struct buf b = fresh(1000);
        buf_json_text(&b, cases[i].text);
        CHECK_STR(buf_str(&b), cases[i].json);
        buf_free(&b);
        b = fresh(cases[i].json.len);
        buf_json_text(&b, cases[i].text);
        CHECK(!b.failed);
        buf_free(&b);
        b = fresh(cases[i].json.len - 1);
        buf_json_text(&b, cases[i].text);
        CHECK(b.failed);
        buf_free(&b);
    }
}

/* One special byte at every place of texts of every length around the width of a vector. */
static void json_text_finds_escapes_everywhere(void **state)
{
    (void)state;
    static const char specials[] = {'"', '\\',   '\n',       '\x01',    '\x1f',
                                    ' ', '\x7f', (char)0x80, (char)0xff};
    char text[50];
    for (size_t len = 1; len <= sizeof text; len++) {
        for (size_t at = 0; at < len; at++) {
            for (size_t k = 0; k < sizeof specials; k++) {
                memset(text, 'x', len);
                text[at] = specials[k];
                struct buf b = fresh(400);
                buf_json_text(&b, (str){text, len});
                size_t wanted = len + 2 + (k < 3 ? 1 : k < 5 ? 5 : 0);
                if (b.len != wanted || b.at[0] != '"' || b.at[b.len - 1] != '"' ||
                    b.at[1 + at] != (k < 5 ? '\\' : specials[k]))
                    CHECK_SAY("length %zu, place %zu, byte %zu", len, at, k);
                buf_free(&b);
            }
        }
    }
}

static void percent_keeps_only_unreserved(void **state)
{
    (void)state;
    struct buf b = fresh(1000);
    buf_percent(&b, S("aZ09-._~ /?&=+%ä\0"));
    CHECK_STR(buf_str(&b), S("aZ09-._~%20%2F%3F%26%3D%2B%25%C3%A4%00"));
    buf_free(&b);
}

CHECK_MAIN(TEST(appending_grows_up_to_the_ceiling), TEST(errors_stick), TEST(truncating_and_room),
           TEST(whole_numbers), TEST(reals_are_short), TEST(reals_read_back_the_same),
           TEST(formatting_of_any_length), TEST(json_text_escapes_what_it_must),
           TEST(json_text_finds_escapes_everywhere), TEST(percent_keeps_only_unreserved))
