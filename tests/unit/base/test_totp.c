#include "base/totp.h"

#include "tests/support/check.h"

static const str secret = STR("12345678901234567890");

static str code_of(struct arena *a, uint64_t step)
{
    char *code = arena_get(a, TOTP_DIGITS, 1);
    totp_code(secret, step, code);
    return (str){code, TOTP_DIGITS};
}

static void codes_of_the_standards(void **state)
{
    static const str counted[] = { /* RFC 4226, appendix D */
        STR("755224"), STR("287082"), STR("359152"), STR("969429"), STR("338314"),
        STR("254676"), STR("287922"), STR("162583"), STR("399871"), STR("520489")};
    static const struct { /* RFC 6238, appendix B, of eight digits the last six */
        int64_t seconds;
        str code;
    } timed[] = {{59, STR("287082")},         {1111111109, STR("081804")},
                 {1111111111, STR("050471")}, {1234567890, STR("005924")},
                 {2000000000, STR("279037")}, {20000000000, STR("353130")}};
    struct arena *a = arena_open(1024);
    (void)state;
    for (size_t i = 0; i < COUNTOF(counted); i++) {
        CHECK_AT(i);
        CHECK_STR(code_of(a, i), counted[i]);
    }
    for (size_t i = 0; i < COUNTOF(timed); i++) {
        uint64_t step = 0;
        CHECK_AT(i);
        CHECK_STR(code_of(a, totp_step(timed[i].seconds * 1000)), timed[i].code);
        CHECK(totp_check(secret, timed[i].code, timed[i].seconds * 1000, 0, &step));
        CHECK_INT(step, timed[i].seconds / 30);
    }
    arena_close(a);
}

static void a_code_is_good_for_three_steps_and_once(void **state)
{
    enum { NOW = 1000 };
    static const struct {
        int64_t offset;   /* steps from the code's to now */
        uint64_t last_used;
        bool ok;
    } cases[] = {
        {0, 0, true},         {1, 0, true},         {-1, 0, true},          {2, 0, false},
        {-2, 0, false},       {0, NOW - 1, true},   {0, NOW, false},        {0, NOW + 1, false},
        {1, NOW, false},      {-1, NOW, false},     {-1, NOW - 1, true},    {0, UINT64_MAX, false},
    };
    struct arena *a = arena_open(1024);
    str code = code_of(a, NOW);
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        static const int64_t edges[] = {0, TOTP_STEP_MS - 1};
        CHECK_AT(i);
        for (size_t e = 0; e < COUNTOF(edges); e++) {
            uint64_t step = 7;
            int64_t now = (NOW + cases[i].offset) * TOTP_STEP_MS + edges[e];
            CHECK_INT(totp_check(secret, code, now, cases[i].last_used, &step), cases[i].ok);
            CHECK_INT(step, cases[i].ok ? NOW : 7);
        }
    }
    arena_close(a);
}

static void what_is_no_code_is_refused(void **state)
{
    static const str bad[] = {{0},           STR(""),       STR("75522"),  STR("7552240"), STR("755225"),
                              STR("755 24"), STR("+55224"), STR("75522a"), STR("\xb7" "55224")};
    uint64_t step = 0;
    (void)state;
    CHECK(totp_check(secret, S("287082"), TOTP_STEP_MS, 0, &step));
    CHECK(!totp_check(secret, S("755224"), 0, 0, &step)); /* step 0 is "none used yet" */
    CHECK(totp_check(secret, S("287082"), 0, 0, &step));  /* no step before the first */
    CHECK(totp_check(secret, S("287082"), INT64_MIN, 0, &step));
    for (size_t i = 0; i < COUNTOF(bad); i++) {
        CHECK_AT(i);
        CHECK(!totp_check(secret, bad[i], TOTP_STEP_MS, 0, &step));
    }
    char code[TOTP_DIGITS];
    for (size_t i = 0; i < sizeof code; i++)
        for (char c = '0'; c <= '9'; c++) {
            memcpy(code, "359152", sizeof code);
            bool is_same = code[i] == c;
            code[i] = c;
            CHECK_INT(totp_check(secret, (str){code, sizeof code}, 2 * TOTP_STEP_MS, 0, &step), is_same);
        }
    CHECK(!totp_check(S("12345678901234567891"), S("287082"), TOTP_STEP_MS, 0, &step));
}

static void authenticators_get_an_address(void **state)
{
    struct arena *a = arena_open(1024);
    (void)state;
    CHECK_STR(totp_uri(a, S("Vitrine & Co"), S("ada@example.org"), secret),
              S("otpauth://totp/Vitrine%20%26%20Co:ada%40example.org"
                "?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Vitrine%20%26%20Co"
                "&algorithm=SHA1&digits=6&period=30"));
    arena_close(a);
}

CHECK_MAIN(TEST(codes_of_the_standards), TEST(a_code_is_good_for_three_steps_and_once),
           TEST(what_is_no_code_is_refused), TEST(authenticators_get_an_address))
