#include "base/time.h"
#include "tests/support/check.h"

static str written(struct arena *a, int64_t ms)
{
    struct buf b;
    buf_init(&b, a, 64);
    time_write(&b, ms);
    return buf_str(&b);
}

static void instants_are_read(void **state)
{
    (void)state;
    static const struct {
        str text;
        int64_t ms;
        str again; /* as written */
    } cases[] = {
        {STR("1970-01-01T00:00:00Z"), 0, STR("1970-01-01T00:00:00Z")},
        {STR("1970-01-01T00:00:00.001Z"), 1, STR("1970-01-01T00:00:00.001Z")},
        {STR("1969-12-31T23:59:59.999Z"), -1, STR("1969-12-31T23:59:59.999Z")},
        {STR("2026-11-21T10:00:00Z"), 1795255200000, STR("2026-11-21T10:00:00Z")},
        {STR("2026-11-21T10:00:00.5+01:00"), 1795251600500, STR("2026-11-21T09:00:00.500Z")},
        {STR("2026-11-21t10:00:00z"), 1795255200000, STR("2026-11-21T10:00:00Z")},
        {STR("2026-11-21 10:00"), 1795255200000, STR("2026-11-21T10:00:00Z")},
        {STR("2026-11-21 10:00:07"), 1795255207000, STR("2026-11-21T10:00:07Z")},
        {STR("2026-11-21 10:00:00-00:30"), 1795257000000, STR("2026-11-21T10:30:00Z")},
        {STR("2026-11-21T10:00:00.123456789Z"), 1795255200123, STR("2026-11-21T10:00:00.123Z")},
        {STR("2026-11-21T10:00:00.9999Z"), 1795255200999, STR("2026-11-21T10:00:00.999Z")},
        {STR("2000-02-29T00:00:00Z"), 951782400000, STR("2000-02-29T00:00:00Z")},
        {STR("2024-12-31T23:59:59Z"), 1735689599000, STR("2024-12-31T23:59:59Z")},
        {STR("0000-01-01T00:00:00Z"), -62167219200000, STR("0000-01-01T00:00:00Z")},
        {STR("9999-12-31T23:59:59.999Z"), 253402300799999, STR("9999-12-31T23:59:59.999Z")},
        {STR("2026-01-01T00:00:00+23:59"), 1767139260000, STR("2025-12-31T00:01:00Z")},
    };
    struct arena *a = arena_open(1024);
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        int64_t ms = 7;
        CHECK(time_read(cases[i].text, &ms));
        CHECK_INT(ms, cases[i].ms);
        CHECK_STR(written(a, ms), cases[i].again);
    }
    arena_close(a);
}

static void what_is_no_instant_is_refused(void **state)
{
    (void)state;
    static const str cases[] = {
        STR(""),
        STR("2026"),
        STR("2026-11-21"),
        STR("2026-11-21T"),
        STR("2026-11-21T10:00Z"),
        STR("2026-11-21T10:00:00"),
        STR("2026-11-21T10:00:00 Z"),
        STR("2026-11-21T10:00:00Z "),
        STR(" 2026-11-21T10:00:00Z"),
        STR("2026-11-21  10:00"),
        STR("2026-11-21 10:00Z"),
        STR("2026-11-21 10:00:"),
        STR("2026-11-21 10:00:00."),
        STR("2026-11-21T10:00:00.Z"),
        STR("2026-13-01T00:00:00Z"),
        STR("2026-00-01T00:00:00Z"),
        STR("2026-04-31T00:00:00Z"),
        STR("2026-01-00T00:00:00Z"),
        STR("2025-02-29T00:00:00Z"),
        STR("1900-02-29T00:00:00Z"),
        STR("2026-01-01T24:00:00Z"),
        STR("2026-01-01T23:60:00Z"),
        STR("2026-01-01T23:59:60Z"),
        STR("2026-01-01T00:00:00+24:00"),
        STR("2026-01-01T00:00:00+01:60"),
        STR("2026-01-01T00:00:00+0100"),
        STR("2026-01-01T00:00:00+1"),
        STR("+2026-01-01T00:00:00Z"),
        STR("-026-01-01T00:00:00Z"),
        STR("26-01-01T00:00:00Z"),
        STR("2026-1-1T0:0:0Z"),
        STR("2026/01/01T00:00:00Z"),
        STR("0000-01-01T00:00:00+00:01"),
        STR("9999-12-31T23:59:59-00:01"),
        STR("2026-01-01T00:00:00Zx"),
    };
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        int64_t ms = 7;
        if (time_read(cases[i], &ms))
            CHECK_SAY("accepted: " STR_FMT, STR_ARG(cases[i]));
        CHECK_INT(ms, 7);
    }
}

static void every_day_of_four_centuries_comes_back(void **state)
{
    (void)state;
    struct arena *a = arena_open(1024);
    for (int64_t day = -80000; day < 80000; day++) {
        int64_t ms = day * 86400000 + (day & 1 ? 86399999 : 0), back = 0;
        if (day % 512 == 0)
            arena_reset(a);
        if (!time_read(written(a, ms), &back) || back != ms)
            CHECK_SAY("day %lld", (long long)day);
    }
    arena_close(a);
}

static void instants_beyond_the_years_are_held_at_the_edge(void **state)
{
    (void)state;
    struct arena *a = arena_open(1024);
    CHECK_STR(written(a, INT64_MIN), S("0000-01-01T00:00:00Z"));
    CHECK_STR(written(a, INT64_MAX), S("9999-12-31T23:59:59.999Z"));
    arena_close(a);
}

static void an_instant_is_echoed_with_its_offset(void **state)
{
    (void)state;
    static const struct {
        str text;
        int minutes_east;
        str again, naive;
    } cases[] = {
        {STR("2030-01-01T00:00:00+03:00"), 180, STR("2030-01-01T00:00:00+03:00"),
         STR("2029-12-31T21:00:00")},
        {STR("2030-01-01T00:00:00.250-11:30"), -690, STR("2030-01-01T00:00:00.250-11:30"),
         STR("2030-01-01T11:30:00.250000")},
        {STR("2026-03-01T09:00:00Z"), 0, STR("2026-03-01T09:00:00Z"), STR("2026-03-01T09:00:00")},
        {STR("2026-03-01T09:00:00+00:00"), 0, STR("2026-03-01T09:00:00Z"),
         STR("2026-03-01T09:00:00")},
        {STR("2026-03-01 09:00"), 0, STR("2026-03-01T09:00:00Z"), STR("2026-03-01T09:00:00")},
        {STR("2026-02-03T10:11:12.131415Z"), 0, STR("2026-02-03T10:11:12.131Z"),
         STR("2026-02-03T10:11:12.131000")},
        {STR("0001-01-01T00:00:00+23:59"), 1439, STR("0001-01-01T00:00:00+23:59"),
         STR("0000-12-31T00:01:00")},
    };
    struct arena *a = arena_open(1024);
    struct buf b;
    buf_init(&b, a, 64);
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        int64_t ms = 0;
        int minutes_east = 7;
        CHECK_AT(i);
        NEED(time_read_zoned(cases[i].text, &ms, &minutes_east));
        CHECK_INT(minutes_east, cases[i].minutes_east);
        buf_clear(&b);
        time_write_zoned(&b, ms, minutes_east);
        CHECK_STR(buf_str(&b), cases[i].again);
        buf_clear(&b);
        time_write_naive(&b, ms);
        CHECK_STR(buf_str(&b), cases[i].naive);
    }
    static const struct { /* where it is another year that cannot be written: as UTC */
        int64_t ms;
        int minutes_east;
        str text;
    } edges[] = {
        {INT64_MAX, 60, STR("9999-12-31T23:59:59.999Z")},
        {INT64_MAX, -60, STR("9999-12-31T22:59:59.999-01:00")},
        {INT64_MIN, -60, STR("0000-01-01T00:00:00Z")},
        {INT64_MIN, 60, STR("0000-01-01T01:00:00+01:00")},
    };
    for (size_t i = 0; i < COUNTOF(edges); i++) {
        CHECK_AT(i);
        buf_clear(&b);
        time_write_zoned(&b, edges[i].ms, edges[i].minutes_east);
        CHECK_STR(buf_str(&b), edges[i].text);
    }
    buf_clear(&b);
    time_write_naive(&b, INT64_MAX);
    CHECK_STR(buf_str(&b), S("9999-12-31T23:59:59.999000"));
    arena_close(a);
}

static void days_and_clocks(void **state)
{
    (void)state;
    static const struct {
        str text;
        bool is_date, is_clock;
    } cases[] = {
        {STR("2026-11-21"), true, false},  {STR("2024-02-29"), true, false},
        {STR("2023-02-29"), false, false}, {STR("2026-11-21T"), false, false},
        {STR("2026-11-2"), false, false},  {STR("00:00"), false, true},
        {STR("23:59:59"), false, true},    {STR("23:59:60"), false, false},
        {STR("24:00"), false, false},      {STR("7:00"), false, false},
        {STR("07:00:"), false, false},     {STR("07:00:00.5"), false, false},
        {STR(""), false, false},
    };
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        CHECK(time_is_date(cases[i].text) == cases[i].is_date);
        CHECK(time_is_clock(cases[i].text) == cases[i].is_clock);
    }
}

static void tests_can_turn_the_clock(void **state)
{
    (void)state;
    time_set(1234);
    CHECK_INT(time_now_ms(), 1234);
    time_set(0);
    CHECK(time_now_ms() > 1700000000000);
    int64_t before = time_mono_us();
    CHECK(time_mono_us() >= before);
}

CHECK_MAIN(TEST(instants_are_read), TEST(what_is_no_instant_is_refused),
           TEST(every_day_of_four_centuries_comes_back),
           TEST(instants_beyond_the_years_are_held_at_the_edge),
           TEST(an_instant_is_echoed_with_its_offset), TEST(days_and_clocks),
           TEST(tests_can_turn_the_clock))
