#include "base/validator.h"

static str without_weakness(str tag)
{
    tag = str_trim(tag);
    return str_starts(tag, S("W/")) ? str_slice(tag, 2, tag.len) : tag;
}

/* Our tags hold no comma, so that a list may be cut at commas. */
bool validator_matches(str if_none_match, str tag)
{
    bool ended = if_none_match.len == 0;
    str one;
    while (str_next(&if_none_match, &ended, ',', &one))
        if (str_equal(str_trim(one), S("*")) || str_equal(without_weakness(one), without_weakness(tag)))
            return true;
    return false;
}
