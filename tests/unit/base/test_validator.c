#include "tests/support/check.h"

#include "base/validator.h"

static void tags_are_compared_weakly(void **state)
{
    static const struct {
        const char *header;
        bool matches;
    } cases[] = {
        {NULL, false},
        {"", false},
        {"W/\"abc\"", true},
        {"\"abc\"", true},
        {"\"x\", W/\"abc\"", true},
        {"*", true},
        {"abc", false},
        {"\"ab\"", false},
        {"\"abc", false},
        {"\"x\",\"y\"", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        CHECK_INT(validator_matches(str_of(cases[i].header), S("W/\"abc\"")), cases[i].matches);
        CHECK_INT(validator_matches(str_of(cases[i].header), S("\"abc\"")), cases[i].matches);
    }
}

CHECK_MAIN(TEST(tags_are_compared_weakly))
