#include "base/amount.h"

struct unit {
    str name;
    uint64_t factor;
};

/* clang-format off */
static const struct unit byte_units[] = {
    {STR(""), 1}, {STR("B"), 1}, {STR("KiB"), 1u << 10}, {STR("MiB"), 1u << 20}, {STR("GiB"), 1u << 30},
};
static const struct unit time_units[] = {
    {STR(""), 1000}, {STR("ms"), 1}, {STR("s"), 1000}, {STR("m"), 60000}, {STR("h"), 3600000}, {STR("d"), 86400000},
};
/* clang-format on */

static bool read_amount(str text, const struct unit *units, size_t count, uint64_t *out)
{
    size_t digits = 0;
    while (digits < text.len && text.at[digits] >= '0' && text.at[digits] <= '9')
        digits++;
    str unit = str_trim(str_slice(text, digits, text.len));
    uint64_t n;
    if (!str_to_u64(str_slice(text, 0, digits), UINT64_MAX, &n))
        return false;
    for (size_t i = 0; i < count; i++)
        if (str_equal(units[i].name, unit))
            return !__builtin_mul_overflow(n, units[i].factor, out);
    return false;
}

bool amount_read_ms(str text, uint64_t *ms)
{
    return read_amount(text, time_units, COUNTOF(time_units), ms);
}

bool amount_read_bytes(str text, uint64_t *bytes)
{
    return read_amount(text, byte_units, COUNTOF(byte_units), bytes);
}
