/* The check of every list row: the element's check, one by one. */
#include "content/kinds/kinds.h"

#include "content/pointer.h"

static const char *entries(uint32_t n)
{
    return n == 1 ? "entry" : "entries";
}

static enum err check_counts(const struct check *c, const struct json *in)
{
    const struct field *f = c->field;
    if (f->min_items > 0 && in->count > 0 && in->count < f->min_items)
        return problem_fault(c->why, ERR_INVALID, c->path, S("min_items"),
                             STR_FMT " must have at least %u %s, not %u", STR_ARG(f->name), f->min_items,
                             entries(f->min_items), in->count);
    if (f->max_items > 0 && in->count > f->max_items)
        return problem_fault(c->why, ERR_INVALID, c->path, S("max_items"),
                             STR_FMT " must have at most %u %s, not %u", STR_ARG(f->name), f->max_items,
                             entries(f->max_items), in->count);
    return ERR_OK;
}

static enum err check_element(const struct check *c, const struct json *in, uint32_t index, struct json *out)
{
    struct check inner = *c;
    inner.path = pointer_index(c->arena, c->path, index);
    inner.subject = arena_format(c->arena, "entry %u of " STR_FMT, index + 1, STR_ARG(c->field->name));
    *out = json_null;
    if (in->type != JSON_NULL)
        TRY(c->field->kind->one->check(&inner, in, out));
    if (out->type == JSON_NULL || (out->type == JSON_TEXT && out->text.len == 0))
        return problem_fault(c->why, ERR_INVALID, inner.path, S("required"), STR_FMT " is empty",
                             STR_ARG(inner.subject));
    return ERR_OK;
}

/* Tags, options and references are sets in an order: the same one twice is a slip. */
bool kind_is_distinct(const struct field *f)
{
    return (f->kind->flags & KIND_REF) || str_equal(f->kind->name, S("tags")) ||
           str_equal(f->kind->name, S("multiselect"));
}

static enum err check_distinct(const struct check *c, struct json *items, uint32_t count)
{
    struct map *seen = map_new(c->arena, count);
    enum err e = ERR_OK;
    for (uint32_t i = 0; i < count; i++) {
        if (items[i].type == JSON_TEXT && map_put(seen, items[i].text, &items[i]))
            e = problem_fault(c->why, ERR_INVALID, pointer_index(c->arena, c->path, i), S("duplicate"),
                              "entry %u of " STR_FMT " is there twice", i + 1, STR_ARG(c->field->name));
    }
    return e;
}

enum err check_many(const struct check *c, const struct json *in, struct json *out)
{
    if (in->type != JSON_LIST)
        return check_type_fault(c, "a list", in);
    enum err e = check_counts(c, in);
    struct json *items = NEW_N(c->arena, struct json, in->count + 1);
    for (uint32_t i = 0; i < in->count; i++) {
        enum err one = check_element(c, &in->items[i], i, &items[i]);
        if (one != ERR_OK)
            e = one;
    }
    if (e == ERR_OK && kind_is_distinct(c->field))
        e = check_distinct(c, items, in->count);
    if (e == ERR_OK)
        *out = json_of_list(items, in->count);
    return e;
}
