/* What aggregations do with values: order, keys, paths into them, parts of them. */
#include "content/aggregate/internal.h"

#define KEY_BYTES (2u * LIMIT_TEXT_BYTES)

static int rank(const struct json *v)
{
    switch (v->type) {
    case JSON_BOOL:
    case JSON_INT:
    case JSON_REAL:
        return 1;
    case JSON_TEXT:
        return 2;
    case JSON_MAP:
        return 3;
    case JSON_LIST:
        return 4;
    case JSON_NULL:
    case JSON_BYTES:
        break;
    }
    return 0;
}

int value_order(const struct json *l, const struct json *r)
{
    int order = 0, a = rank(l), b = rank(r);

    if (a != b)
        return a < b ? -1 : 1;
    return scalar_order(l, r, &order) ? order : 0;
}

bool value_is_true(const struct json *v)
{
    switch (v->type) {
    case JSON_NULL:
        return false;
    case JSON_BOOL:
        return v->boolean;
    case JSON_INT:
        return v->integer != 0;
    case JSON_REAL:
        return v->real < 0 || v->real > 0;
    case JSON_TEXT:
    case JSON_LIST:
    case JSON_MAP:
    case JSON_BYTES:
        break;
    }
    return true;
}

str value_key(struct run *run, const struct json *v)
{
    struct json_writer w;
    str key = S("");

    if (value_weight(v, LIMIT_JSON_VALUES) >= LIMIT_JSON_VALUES) {
        run_fail(run, ERR_BAD_INPUT, "A value to group by is too large.");
        return key;
    }
    if (run->key.max == 0)
        buf_init(&run->key, NULL, KEY_BYTES);
    buf_clear(&run->key);
    json_begin(&w, &run->key);
    /* 1 and 1.0 are one number. */
    if (v->type == JSON_REAL && v->real >= -9007199254740992.0 && v->real <= 9007199254740992.0 &&
        (double)(int64_t)v->real >= v->real && (double)(int64_t)v->real <= v->real)
        json_int(&w, (int64_t)v->real);
    else
        json_value(&w, v);
    json_end(&w);
    if (buf_done(&run->key, &key) != ERR_OK)
        run_fail(run, ERR_BAD_INPUT, "A value to group by is too large.");
    return key;
}

/* Recursion over what LIMIT_AGGREGATE_LEVELS bounds. */
size_t value_weight(const struct json *v, size_t most)
{
    size_t n = 1;

    if (v->type != JSON_LIST && v->type != JSON_MAP)
        return n;
    for (uint32_t i = 0; i < v->count && n < most; i++)
        n += value_weight(&v->items[i], most - n);
    return n;
}

/* At most LIMIT_FILTER_PATH + 1 deep. Through a list of maps leads a list of what they have. */
struct json value_at(struct arena *a, const struct json *document, const str *path, size_t count)
{
    if (count == 0)
        return *document;
    if (document->type == JSON_MAP) {
        const struct json *member = json_get(document, path[0]);
        return member ? value_at(a, member, path + 1, count - 1) : json_null;
    }
    if (document->type != JSON_LIST)
        return json_null;
    struct json *found = NEW_N(a, struct json, document->count);
    size_t n = 0;
    for (uint32_t i = 0; i < document->count; i++)
        if (document->items[i].type == JSON_MAP && json_get(&document->items[i], path[0]))
            found[n++] = value_at(a, &document->items[i], path, count);
    return json_of_list(found, n);
}

/* The parts that lead through this member. *ends is set when one of them ends here. */
static size_t parts_through(const struct dotted *parts, size_t count, size_t step, str name, struct dotted *through,
                            bool *ends)
{
    size_t n = 0;

    *ends = false;
    for (size_t i = 0; i < count; i++) {
        if (parts[i].count <= step || !str_equal(parts[i].pieces[step], name))
            continue;
        through[n++] = parts[i];
        if (parts[i].count == step + 1)
            *ends = true;
    }
    return n;
}

/* As deep as the longest part. */
static struct json prune(struct arena *a, const struct json *v, const struct dotted *parts, size_t count, size_t step,
                         bool keep)
{
    if ((v->type != JSON_MAP && v->type != JSON_LIST) || step > LIMIT_FILTER_PATH)
        return keep ? json_null : *v;

    struct json *items = NEW_N(a, struct json, v->count);
    struct dotted *through = NEW_N(a, struct dotted, count);
    size_t n = 0;
    for (uint32_t i = 0; i < v->count; i++) {
        const struct json *item = &v->items[i];
        bool ends = false;
        if (v->type == JSON_LIST) {
            if (item->type == JSON_MAP)
                items[n++] = prune(a, item, parts, count, step, keep);
            else if (!keep)
                items[n++] = *item;
            continue;
        }
        size_t found = parts_through(parts, count, step, item->name, through, &ends);
        if (found == 0 ? keep : ends && !keep)
            continue;
        struct json part = found == 0 || ends ? *item : prune(a, item, through, found, step + 1, keep);
        items[n++] = json_named(item->name, part);
    }
    return v->type == JSON_LIST ? json_of_list(items, n) : json_of_map(items, n);
}

struct json value_keep(struct arena *a, const struct json *v, const struct dotted *parts, size_t count, size_t step)
{
    return prune(a, v, parts, count, step, true);
}

struct json value_drop(struct arena *a, const struct json *v, const struct dotted *parts, size_t count, size_t step)
{
    return prune(a, v, parts, count, step, false);
}
