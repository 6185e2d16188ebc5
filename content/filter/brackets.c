/* filter[author.name][$in][]=Ada&filter[$or][0][title]=x becomes the tree that the JSON spelling has:
 * a bracket is a member, an empty one or a number an element. A place is a list when all its brackets
 * say so, and then its numbers are 0, 1, 2 … without a gap, in any order. */
#include "content/filter/internal.h"

/* $or, index, …, field, $not, operator, index. */
#define BRACKETS_MAX (2 * LIMIT_FILTER_DEPTH + 4)

/* A tree that still grows: members as a linked list in the order they came. */
struct twig {
    str name;
    str value;                        /* absent: has children */
    struct twig *first, *last, *next;
    uint32_t count;
};

struct bracket_reader {
    struct arena *arena;
    str where;
    struct problem *why;
};

#define BAD_BRACKETS(r, rule, ...) problem_fault((r)->why, ERR_BAD_INPUT, (r)->where, S(rule), __VA_ARGS__)

static struct twig *find_twig(struct twig *in, str name)
{
    for (struct twig *t = in->first; t; t = t->next)
        if (str_equal(t->name, name))
            return t;
    return NULL;
}

static struct twig *add_twig(struct bracket_reader *r, struct twig *in, str name)
{
    struct twig *t = NEW(r->arena, struct twig);

    t->name = name;
    if (in->last)
        in->last->next = t;
    else
        in->first = t;
    in->last = t;
    in->count++;
    return t;
}

/* The next "[name]" of *rest; false when it is not one. */
static bool take_bracket(str *rest, str *name)
{
    size_t end;

    if (!str_starts(*rest, S("[")) || !str_find(*rest, ']', &end))
        return false;
    *name = str_slice(*rest, 1, end);
    *rest = str_slice(*rest, end + 1, rest->len);
    size_t nested;
    return !str_find(*name, '[', &nested);
}

static enum err add_pair(struct bracket_reader *r, struct twig *root, const struct pair *pair, str rest)
{
    struct twig *at = root;
    unsigned depth = 0;

    while (rest.len > 0) {
        str name;
        if (!take_bracket(&rest, &name))
            return BAD_BRACKETS(r, "brackets", "The brackets of \"%.*s\" do not close.",
                                STR_ARG(short_name(pair->name)));
        if (++depth > BRACKETS_MAX)
            return BAD_BRACKETS(r, "limit", "\"%.*s\" has more than %u brackets.",
                                STR_ARG(short_name(pair->name)), BRACKETS_MAX);
        if (!str_is_absent(at->value))
            return BAD_BRACKETS(r, "brackets", "\"%.*s\" adds to something that has a value already.",
                                STR_ARG(short_name(pair->name)));
        /* "[]" is a new element each time it ends a name. */
        if (name.len == 0) {
            if (rest.len > 0)
                return BAD_BRACKETS(r, "brackets", "Empty brackets stand last, not as in \"%.*s\".",
                                    STR_ARG(short_name(pair->name)));
            name = arena_format(r->arena, "%u", at->count);
        }
        struct twig *next = find_twig(at, name);
        at = next ? next : add_twig(r, at, name);
    }
    if (at->first || !str_is_absent(at->value))
        return BAD_BRACKETS(r, "brackets", "\"%.*s\" is given twice.", STR_ARG(short_name(pair->name)));
    at->value = pair->value.at ? pair->value : S("");
    return ERR_OK;
}

static bool is_number(str s)
{
    uint64_t n;
    return str_to_u64(s, UINT32_MAX, &n);
}

/* Elements in the order of their numbers. Each number below the count stands once, or it is no list. */
static enum err order_elements(struct bracket_reader *r, const struct twig *t, const struct twig **ordered)
{
    for (const struct twig *child = t->first; child; child = child->next) {
        uint64_t index = UINT64_MAX;
        if (!str_to_u64(child->name, UINT32_MAX, &index) || index >= t->count || ordered[index])
            return BAD_BRACKETS(r, "brackets", "The numbers in brackets are not 0 to %u: \"%.*s\".",
                                t->count - 1, STR_ARG(short_name(child->name)));
        ordered[index] = child;
    }
    return ERR_OK;
}

/* At most BRACKETS_MAX deep: that is how deep twigs are added. */
static enum err grow_json(struct bracket_reader *r, const struct twig *t, struct json *out)
{
    if (!t->first) {
        *out = json_of_text(t->value);
        return ERR_OK;
    }
    const struct twig **children = NEW_N(r->arena, const struct twig *, t->count);
    struct json *values = NEW_N(r->arena, struct json, t->count);
    bool is_list = is_number(t->first->name);
    size_t n = 0;

    if (is_list)
        TRY(order_elements(r, t, children));
    for (const struct twig *child = t->first; !is_list && child; child = child->next)
        children[n++] = child;
    for (uint32_t i = 0; i < t->count; i++) {
        TRY(grow_json(r, children[i], &values[i]));
        if (!is_list)
            values[i] = json_named(children[i]->name, values[i]);
    }
    *out = is_list ? json_of_list(values, t->count) : json_of_map(values, t->count);
    return ERR_OK;
}

enum err filter_brackets(struct arena *a, const struct pair *pairs, size_t count, str prefix,
                         const struct json **out, struct problem *why)
{
    struct bracket_reader r = {.arena = a, .where = prefix, .why = why};
    struct twig root = {0};

    for (size_t i = 0; i < count; i++) {
        str rest = str_slice(pairs[i].name, prefix.len, pairs[i].name.len);
        if (str_starts(pairs[i].name, prefix) && str_starts(rest, S("[")))
            TRY(add_pair(&r, &root, &pairs[i], rest));
    }
    if (!root.first) {
        *out = NULL;
        return ERR_OK;
    }
    struct json *tree = NEW(a, struct json);
    TRY(grow_json(&r, &root, tree));
    *out = tree;
    return ERR_OK;
}
