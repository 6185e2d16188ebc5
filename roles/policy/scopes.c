/* A scope narrows, and a scope of a scope narrows further: what is left of two lists of alternatives is what
 * any pair of them has in common. */
#include "base/limits.h"
#include "roles/credentials/tokens.h"

static bool has_name(const str *list, size_t count, str name)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(list[i], name))
            return true;
    return false;
}

static bool is_star(str s)
{
    return str_equal(s, S("*"));
}

static bool common_collection(str one, str other, str *out)
{
    if (!is_star(one) && !is_star(other) && !str_equal(one, other))
        return false;
    *out = is_star(one) ? other : one;
    return true;
}

/* Names in both lists; "*" in one stands for all of the other. */
static const str *common_names(struct arena *a, const str *one, size_t one_count, const str *other, size_t other_count,
                               size_t *count)
{
    str *names = NEW_N(a, str, one_count + other_count);
    *count = 0;
    for (size_t i = 0; i < one_count; i++)
        if (has_name(other, other_count, one[i]) || has_name(other, other_count, S("*")))
            names[(*count)++] = one[i];
    for (size_t i = 0; i < other_count; i++)
        if (has_name(one, one_count, S("*")) && !has_name(names, *count, other[i]))
            names[(*count)++] = other[i];
    return names;
}

static const struct json *common_rows(struct arena *a, const struct json *one, const struct json *other)
{
    if (!one || !other)
        return one ? one : other;
    struct json *both = NEW_N(a, struct json, 2), *list = NEW(a, struct json), *map = NEW(a, struct json);
    both[0] = *one;
    both[1] = *other;
    *list = json_named(S("$and"), json_of_list(both, 2));
    *map = json_of_map(list, 1);
    return map;
}

/* False: they have nothing in common. No verbs at all mean every verb. */
static bool common(struct arena *a, const struct scope *one, const struct scope *other, struct scope *out)
{
    *out = (struct scope){0};
    if (!common_collection(one->collection, other->collection, &out->collection))
        return false;
    const struct scope *named = one->verb_count ? one : other;
    out->verbs = named->verbs;
    out->verb_count = named->verb_count;
    if (one->verb_count && other->verb_count) {
        out->verbs = common_names(a, one->verbs, one->verb_count, other->verbs, other->verb_count, &out->verb_count);
        if (out->verb_count == 0)
            return false;
    }
    named = one->names_fields ? one : other;
    out->fields = named->fields;
    out->field_count = named->field_count;
    out->names_fields = named->names_fields;
    if (one->names_fields && other->names_fields)
        out->fields = common_names(a, one->fields, one->field_count, other->fields, other->field_count, &out->field_count);
    out->where = common_rows(a, one->where, other->where);
    return true;
}

const struct scope *scopes_narrow(struct arena *a, const struct scope *one, size_t one_count, const struct scope *other,
                                  size_t other_count, size_t *count)
{
    static const struct scope nothing = {.collection = {0}};
    if (one_count == 0 || other_count == 0) {
        *count = one_count ? one_count : other_count;
        return one_count ? one : other;
    }
    struct scope *list = NEW_N(a, struct scope, one_count * other_count);
    *count = 0;
    for (size_t i = 0; i < one_count; i++)
        for (size_t k = 0; k < other_count; k++)
            *count += common(a, &one[i], &other[k], &list[*count]);
    if (*count > 0)
        return list;
    *count = 1; /* lets nothing through; none at all would let everything through */
    return &nothing;
}
