#include "tests/support/check.h"

#include "base/json.h"

static const struct json *read_number(struct arena *a, str text)
{
    const struct json *v = NULL;
    struct problem why = {.arena = a};
    if (json_read(a, text, NULL, S(""), &v, &why) != ERR_OK)
        CHECK_SAY(STR_FMT ": " STR_FMT, STR_ARG(text), STR_ARG(why.text));
    return v;
}

static bool same_bits(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

static void whole_numbers_are_exact(void **state)
{
    (void)state;
    static const struct {
        str text;
        int64_t wanted;
    } cases[] = {
        {STR("0"), 0},
        {STR("7"), 7},
        {STR("-1"), -1},
        {STR("9007199254740993"), 9007199254740993},
        {STR("123456789012345678"), 123456789012345678},
        {STR("999999999999999999"), 999999999999999999},
        {STR("1000000000000000000"), 1000000000000000000},
        {STR("-999999999999999999"), -999999999999999999},
        {STR("9223372036854775807"), INT64_MAX},
        {STR("-9223372036854775808"), INT64_MIN},
        {STR("-9223372036854775807"), -INT64_MAX},
    };
    struct arena *a = arena_open(1024);
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        const struct json *v = read_number(a, cases[i].text);
        CHECK(v != NULL && v->type == JSON_INT);
        CHECK_INT(v->integer, cases[i].wanted);
        CHECK_STR(json_print(a, v), cases[i].text);
    }
    arena_close(a);
}

static void reals_are_rounded_correctly(void **state)
{
    (void)state;
    static const struct {
        str text;
        double wanted;
    } cases[] = {
        {STR("-0"), -0.0},
        {STR("-0.0"), -0.0},
        {STR("0.0"), 0.0},
        {STR("0e999"), 0.0},
        {STR("1.0"), 1.0},
        {STR("1e0"), 1.0},
        {STR("0.1"), 0.1},
        {STR("-2.5e-3"), -2.5e-3},
        {STR("1e22"), 1e22},
        {STR("1e23"), 1e23},
        {STR("8.5e-22"), 8.5e-22},
        {STR("123456789012345e22"), 123456789012345e22},
        {STR("9007199254740993.0"), 9007199254740992.0},
        {STR("9007199254740993.00000000000000000000000000000000000000000001"), 9007199254740994.0},
        {STR("9223372036854775808"), 0x1p63},
        {STR("-9223372036854775809"), -0x1p63},
        {STR("9223372036854776833"), 0x1.0000000000001p63},
        {STR("9223372036854776832"), 0x1p63},
        {STR("18446744073709551616"), 0x1p64},
        {STR("100000000000000000000"), 1e20},
        {STR("100000000000000008192.0001"), 0x1.5af1d78b58c41p66},
        {STR("1.7976931348623157e308"), 0x1.fffffffffffffp1023},
        {STR("1.7976931348623158e308"), 0x1.fffffffffffffp1023},
        {STR("2.2250738585072011e-308"), 0x0.fffffffffffffp-1022},
        {STR("2.2250738585072014e-308"), 0x1p-1022},
        {STR("4.9406564584124654e-324"), 0x1p-1074},
        {STR("2.4703282292062328e-324"), 0x1p-1074},
        {STR("2.4703282292062327e-324"), 0.0},
        {STR("1e-400"), 0.0},
        {STR("-1e-400"), -0.0},
        {STR("1e-99999999999999999999999999"), 0.0},
        {STR("0.000000000000000000000000000000000000000000000000000001"), 1e-54},
        {STR("6.0221407600000000000000000000000000000000000000000000e23"), 6.02214076e23},
        {STR("1090544144181609348835077142190"), 0x1.b8779f2474dfbp+99},
        {STR("2.22507385850720113605740979670913197593481954635164564e-308"),
         0x0.fffffffffffffp-1022},
    };
    struct arena *a = arena_open(1024);
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        const struct json *v = read_number(a, cases[i].text);
        CHECK(v != NULL && v->type == JSON_REAL);
        if (v != NULL && !same_bits(v->real, cases[i].wanted))
            CHECK_SAY(STR_FMT " is %a, wanted %a", STR_ARG(cases[i].text), v->real,
                      cases[i].wanted);
    }
    arena_close(a);
}

/* Exactly between two doubles; one digit far behind decides. Up to 767 digits can matter. */
static void the_last_of_many_digits_decides(void **state)
{
    (void)state;
    struct arena *a = arena_open(1024);
    struct buf b;
    buf_init(&b, a, 1 << 20);
    buf_format(&b, "%.1074f", 0x1p-1074 * 1.5 > 0 ? 0x1p-1073 : 0);
    const struct json *v = read_number(a, buf_str(&b));
    CHECK(v != NULL && same_bits(v->real, 0x1p-1073));
    static const struct {
        size_t zeros;
        str last;
        double wanted;
    } cases[] = {
        {0, STR(""), 0x1p53},       {10, STR("1"), 0x1.0000000000001p53},
        {800, STR("0"), 0x1p53},    {800, STR("1"), 0x1.0000000000001p53},
        {100000, STR("0"), 0x1p53}, {100000, STR("1"), 0x1.0000000000001p53},
    };
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        buf_clear(&b);
        buf_add(&b, S("9007199254740993."));
        for (size_t k = 0; k <= cases[i].zeros; k++)
            buf_byte(&b, '0');
        buf_add(&b, cases[i].last);
        v = read_number(a, buf_str(&b));
        CHECK(v != NULL && same_bits(v->real, cases[i].wanted));
    }
    arena_close(a);
}

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static void random_decimals_agree_with_the_c_library(void **state)
{
    (void)state;
    uint64_t seed = 20240229;
    struct arena *a = arena_open(1024);
    for (int i = 0; i < 20000; i++) {
        CHECK_AT(i);
        arena_reset(a);
        char text[128];
        unsigned digits = 1 + (unsigned)(next_random(&seed) % 30);
        size_t n = 0;
        text[n++] = (char)('1' + next_random(&seed) % 9);
        text[n++] = '.';
        for (unsigned k = 0; k < digits; k++)
            text[n++] = (char)('0' + next_random(&seed) % 10);
        int power = (int)(next_random(&seed) % 660) - 340;
        if (i % 2 == 0)
            power /= 15;
        n += (size_t)snprintf(text + n, sizeof text - n, "e%d", power > 307 ? 307 : power);
        const struct json *v = read_number(a, (str){text, n});
        double wanted = strtod(text, NULL);
        if (v == NULL || !same_bits(v->real, wanted))
            CHECK_SAY("%s is %a, wanted %a", text, v != NULL ? v->real : 0, wanted);
    }
    arena_close(a);
}

static void random_doubles_survive_being_printed(void **state)
{
    (void)state;
    uint64_t seed = 7;
    struct arena *a = arena_open(1024);
    for (int i = 0; i < 20000; i++) {
        CHECK_AT(i);
        arena_reset(a);
        uint64_t bits = next_random(&seed);
        if (i % 2 == 0)
            bits = (bits & ~((uint64_t)0x7FF << 52)) | (uint64_t)(1000 + bits % 60) << 52;
        double d;
        memcpy(&d, &bits, sizeof d);
        if (d - d != 0) /* not finite */
            continue;
        struct json v = json_of_real(d);
        const struct json *again = read_number(a, json_print(a, &v));
        NEED(again != NULL);
        CHECK(json_equal(&v, again));
        CHECK(again->type == JSON_INT || same_bits(again->real, d));
    }
    arena_close(a);
}

CHECK_MAIN(TEST(whole_numbers_are_exact), TEST(reals_are_rounded_correctly),
           TEST(the_last_of_many_digits_decides), TEST(random_decimals_agree_with_the_c_library),
           TEST(random_doubles_survive_being_printed))
