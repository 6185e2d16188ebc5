#include "base/str.h"

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

str str_of(const char *terminated)
{
    if (terminated == NULL)
        return (str){0};
    return (str){terminated, strlen(terminated)};
}

int str_order(str a, str b)
{
    size_t shorter = a.len < b.len ? a.len : b.len;
    int order = shorter == 0 ? 0 : memcmp(a.at, b.at, shorter);
    if (order != 0)
        return order < 0 ? -1 : 1;
    return (a.len > b.len) - (a.len < b.len);
}

bool str_equal_nocase(str a, str b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (lower(a.at[i]) != lower(b.at[i]))
            return false;
    return true;
}

bool str_starts(str s, str prefix)
{
    return s.len >= prefix.len && (prefix.len == 0 || memcmp(s.at, prefix.at, prefix.len) == 0);
}

bool str_ends(str s, str suffix)
{
    return s.len >= suffix.len &&
           (suffix.len == 0 || memcmp(s.at + s.len - suffix.len, suffix.at, suffix.len) == 0);
}

bool str_contains(str s, str part)
{
    return part.len == 0 || (s.len >= part.len && memmem(s.at, s.len, part.at, part.len) != NULL);
}

str str_slice(str s, size_t from, size_t to)
{
    if (to > s.len)
        to = s.len;
    if (from > to)
        from = to;
    return s.at == NULL ? s : (str){s.at + from, to - from};
}

str str_trim(str s)
{
    while (s.len > 0 && (s.at[0] == ' ' || s.at[0] == '\t'))
        s = (str){s.at + 1, s.len - 1};
    while (s.len > 0 && (s.at[s.len - 1] == ' ' || s.at[s.len - 1] == '\t'))
        s.len--;
    return s;
}

bool str_find(str s, char c, size_t *index)
{
    const char *found = s.len == 0 ? NULL : memchr(s.at, c, s.len);
    if (found == NULL)
        return false;
    *index = (size_t)(found - s.at);
    return true;
}

bool str_take(str *rest, size_t n, str *out)
{
    if (rest->len < n)
        return false;
    *out = (str){rest->at, n};
    *rest = (str){rest->at + n, rest->len - n};
    return true;
}

bool str_cut(str whole, char separator, str *head, str *tail)
{
    size_t at = 0;
    if (!str_find(whole, separator, &at)) {
        *head = whole;
        *tail = str_slice(whole, whole.len, whole.len);
        return false;
    }
    *head = (str){whole.at, at};
    *tail = (str){whole.at + at + 1, whole.len - at - 1};
    return true;
}

bool str_next(str *rest, bool *ended, char separator, str *piece)
{
    if (*ended)
        return false;
    str tail = {0};
    *ended = !str_cut(*rest, separator, piece, &tail);
    *rest = tail;
    return true;
}

bool str_to_u64(str s, uint64_t max, uint64_t *out)
{
    uint64_t n = 0;
    if (s.len == 0)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        if (s.at[i] < '0' || s.at[i] > '9')
            return false;
        if (__builtin_mul_overflow(n, 10u, &n) ||
            __builtin_add_overflow(n, (uint64_t)(s.at[i] - '0'), &n))
            return false;
    }
    if (n > max)
        return false;
    *out = n;
    return true;
}

bool str_to_i64(str s, int64_t *out)
{
    bool is_negative = s.len > 0 && s.at[0] == '-';
    uint64_t ceiling = is_negative ? (uint64_t)INT64_MAX + 1 : (uint64_t)INT64_MAX;
    uint64_t n = 0;
    if (!str_to_u64(is_negative ? str_slice(s, 1, s.len) : s, ceiling, &n))
        return false;
    *out = (int64_t)(is_negative ? 0 - n : n);
    return true;
}

uint64_t str_hash(str s)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < s.len; i++)
        hash = (hash ^ (unsigned char)s.at[i]) * 0x100000001b3u;
    /* FNV's low bits are its best, its high bits poor: fold them, since tables take either. */
    return hash ^ (hash >> 32);
}
