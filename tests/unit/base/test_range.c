#include "tests/support/check.h"

#include "base/range.h"

static void one_range_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        uint64_t size;
        enum range is;
        uint64_t from, end;
    } rows[] = {
        {"bytes=0-0", 10, RANGE_PART, 0, 1},      {"bytes=0-9", 10, RANGE_PART, 0, 10},  {"bytes=0-", 10, RANGE_PART, 0, 10},
        {"bytes=3-5", 10, RANGE_PART, 3, 6},      {"bytes=3-99", 10, RANGE_PART, 3, 10}, {"bytes=-3", 10, RANGE_PART, 7, 10},
        {"bytes=-99", 10, RANGE_PART, 0, 10},     {"BYTES= 3-5", 10, RANGE_PART, 3, 6},  {"bytes=9-", 10, RANGE_PART, 9, 10},
        {"bytes=10-", 10, RANGE_BEYOND, 0, 10},   {"bytes=-0", 10, RANGE_BEYOND, 0, 10}, {"bytes=0-", 0, RANGE_BEYOND, 0, 0},
        {"bytes=-1", 0, RANGE_BEYOND, 0, 0},      {"bytes=99999999999999999999-", 10, RANGE_BEYOND, 0, 10},
        {"bytes=0-99999999999999999999", 10, RANGE_PART, 0, 10},
        {"bytes=5-3", 10, RANGE_BEYOND, 0, 10},    {"bytes=0-1,3-4", 10, RANGE_WHOLE, 0, 10}, {"bytes=", 10, RANGE_WHOLE, 0, 10},
        {"bytes=-", 10, RANGE_WHOLE, 0, 10},      {"bytes=a-b", 10, RANGE_WHOLE, 0, 10}, {"items=0-1", 10, RANGE_WHOLE, 0, 10},
        {"", 10, RANGE_WHOLE, 0, 10},             {"bytes=--1", 10, RANGE_WHOLE, 0, 10}, {"bytes=1", 10, RANGE_WHOLE, 0, 10},
        {"bytes=+1-2", 10, RANGE_WHOLE, 0, 10},   {"bytes=1 -2", 10, RANGE_WHOLE, 0, 10},
    };
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        uint64_t from = 99, end = 99;
        CHECK_AT(i);
        CHECK_INT(range_read(str_of(rows[i].header), rows[i].size, &from, &end), rows[i].is);
        CHECK_INT(from, rows[i].from);
        CHECK_INT(end, rows[i].end);
    }
}

CHECK_MAIN(TEST(one_range_is_read))
