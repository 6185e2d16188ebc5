#include "base/range.h"

#define MOST (UINT64_MAX / 2)

static bool take_number(str text, uint64_t *out)
{
    if (str_to_u64(text, MOST, out))
        return true;
    for (size_t i = 0; i < text.len; i++) /* digits, but more than there can be bytes */
        if (text.at[i] < '0' || text.at[i] > '9')
            return false;
    *out = MOST;
    return text.len > 0;
}

enum range range_read(str header, uint64_t size, uint64_t *from, uint64_t *end)
{
    str unit, set, first, last;
    uint64_t a = 0, b = 0;
    *from = 0;
    *end = size;
    if (!str_cut(header.at ? header : S(""), '=', &unit, &set) || !str_equal_nocase(str_trim(unit), S("bytes")))
        return RANGE_WHOLE;
    set = str_trim(set);
    if (memchr(set.at, ',', set.len) || !str_cut(set, '-', &first, &last))
        return RANGE_WHOLE;
    bool is_tail = first.len == 0, is_open = last.len == 0;
    if ((is_tail && is_open) || (!is_tail && !take_number(first, &a)) || (!is_open && !take_number(last, &b)))
        return RANGE_WHOLE;
    if (is_tail) { /* the last b bytes */
        if (b == 0 || size == 0)
            return RANGE_BEYOND;
        *from = b < size ? size - b : 0;
        return RANGE_PART;
    }
    if (a >= size || (!is_open && b < a)) /* backwards: it may be passed over or refused (RFC 9110 14.2); registries' clients want to be told */
        return RANGE_BEYOND;
    *from = a;
    *end = is_open || b >= size ? size : b + 1;
    return RANGE_PART;
}
