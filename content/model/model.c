#include "base/limits.h"
#include "content/model/parts.h"

const struct collection *model_find(const struct model *m, str name)
{
    return map_get(m->by_name, name);
}

const struct field *collection_field(const struct collection *c, str name)
{
    return map_get(c->by_name, name);
}

field_set field_set_and(field_set a, field_set b)
{
    for (size_t i = 0; i < COUNTOF(a.bits); i++)
        a.bits[i] &= b.bits[i];
    return a;
}

field_set field_set_or(field_set a, field_set b)
{
    for (size_t i = 0; i < COUNTOF(a.bits); i++)
        a.bits[i] |= b.bits[i];
    return a;
}

bool field_set_equal(const field_set *a, const field_set *b)
{
    return memcmp(a->bits, b->bits, sizeof a->bits) == 0;
}

/* A letter, then letters, digits and '_': what SQL, GraphQL, JSON paths and people all can say. */
bool name_is_valid(str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.at[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && (i == 0 || !((c >= '0' && c <= '9') || c == '_')))
            return false;
    }
    return name.len > 0 && name.len <= LIMIT_NAME_BYTES;
}

str lower_name(struct arena *a, str name)
{
    char *at = arena_get(a, name.len + 1, 1);
    for (size_t i = 0; i < name.len; i++)
        at[i] = name.at[i] >= 'A' && name.at[i] <= 'Z' ? (char)(name.at[i] - 'A' + 'a') : name.at[i];
    return (str){at, name.len};
}

str quoted(struct arena *a, str name)
{
    return arena_format(a, "\"" STR_FMT "\"", STR_ARG(name));
}

/* Whether b is a with one letter more, less, other, or two swapped; letter case does not count. */
static bool one_slip(str a, str b)
{
    if (str_equal_nocase(a, b))
        return true;
    if (a.len > b.len)
        return one_slip(b, a);
    if (b.len - a.len > 1)
        return false;
    size_t i = 0;
    while (i < a.len && a.at[i] == b.at[i])
        i++;
    str rest_a = str_slice(a, i + 1, a.len), rest_b = str_slice(b, i + 1, b.len);
    if (a.len < b.len)
        return str_equal(str_slice(a, i, a.len), rest_b);
    if (str_equal(rest_a, rest_b))
        return true;
    return i + 1 < a.len && a.at[i] == b.at[i + 1] && a.at[i + 1] == b.at[i] &&
           str_equal(str_slice(a, i + 2, a.len), str_slice(b, i + 2, b.len));
}

str nearest_word(str wrong, str (*word)(const void *words, size_t index), const void *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (one_slip(wrong, word(words, i)))
            return word(words, i);
    }
    return (str){0};
}
