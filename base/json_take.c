#include "base/json.h"

#include "base/limits.h"

static const struct json_want *row_for(str name, const struct json_want *table, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (str_equal(table[i].name, name))
            return &table[i];
    }
    return NULL;
}

/* "/name" as a JSON Pointer (RFC 6901). */
static str pointer_to(struct problem *why, str name)
{
    if (why == NULL)
        return (str){0};
    struct buf b;
    buf_init(&b, why->arena, SIZE_MAX / 4);
    buf_byte(&b, '/');
    for (size_t i = 0; i < name.len; i++) {
        if (name.at[i] == '~' || name.at[i] == '/')
            buf_add(&b, name.at[i] == '~' ? S("~0") : S("~1"));
        else
            buf_byte(&b, name.at[i]);
    }
    return buf_str(&b);
}

static str known_names(struct problem *why, const struct json_want *table, size_t count)
{
    if (why == NULL)
        return (str){0};
    struct buf b;
    buf_init(&b, why->arena, SIZE_MAX / 4);
    for (size_t i = 0; i < count; i++) {
        buf_add(&b, i == 0 ? S("") : S(", "));
        buf_add(&b, table[i].name);
    }
    return buf_str(&b);
}

static bool is_whole(double d)
{
    return d >= -0x1p53 && d <= 0x1p53 && (double)(int64_t)d == d;
}

static bool fits(const struct json_want *want, const struct json *v)
{
    if (v->type == JSON_NULL && (want->flags & WANT_NULLABLE) != 0)
        return true;
    if (want->type == JSON_NULL)
        return want->as == TAKE_JSON;
    if (want->type == JSON_REAL)
        return v->type == JSON_REAL || v->type == JSON_INT;
    if (want->type == JSON_INT && v->type == JSON_REAL)
        return is_whole(v->real); /* 1.0 and 1e3 are whole numbers, whoever wrote them */
    return v->type == want->type;
}

static bool is_full(const struct problem *why)
{
    return why != NULL && why->fault_count >= LIMIT_FAULTS;
}

static enum err check_member(const struct json *v, const struct json_want *table, size_t count,
                             struct problem *why)
{
    const struct json_want *want = row_for(v->name, table, count);
    if (want != NULL && fits(want, v))
        return ERR_OK;
    if (is_full(why))
        return ERR_INVALID;
    str path = pointer_to(why, v->name);
    if (want == NULL) {
        str known = known_names(why, table, count);
        return problem_fault(why, ERR_INVALID, path, S("unknown-field"),
                             "There is no such member here. Known are: " STR_FMT ".",
                             STR_ARG(known));
    }
    return problem_fault(
        why, ERR_INVALID, path, S("type"), "Expected %s%s but got %s.", json_type_name(want->type),
        (want->flags & WANT_NULLABLE) != 0 ? " or null" : "", json_type_name(v->type));
}

static void store(const struct json_want *want, const struct json *v, void *into)
{
    char *at = (char *)into + want->offset;
    bool is_null = v->type == JSON_NULL;
    union {
        str text;
        bool boolean;
        int64_t integer;
        double real;
        const struct json *json;
    } x;
    memset(&x, 0, sizeof x);
    size_t size = 0;
    switch (want->as) {
    case TAKE_STR:
        must(want->type == JSON_TEXT);
        x.text = is_null ? (str){0} : v->text;
        size = sizeof x.text;
        break;
    case TAKE_BOOL:
        must(want->type == JSON_BOOL);
        x.boolean = !is_null && v->boolean;
        size = sizeof x.boolean;
        break;
    case TAKE_I64:
        must(want->type == JSON_INT);
        x.integer = is_null ? 0 : v->type == JSON_REAL ? (int64_t)v->real : v->integer;
        size = sizeof x.integer;
        break;
    case TAKE_DOUBLE:
        must(want->type == JSON_REAL);
        x.real = is_null ? 0 : v->type == JSON_INT ? (double)v->integer : v->real;
        size = sizeof x.real;
        break;
    case TAKE_JSON:
        x.json = v;
        size = sizeof x.json;
        break;
    }
    memcpy(at, &x, size);
}

enum err json_take(const struct json *body, const struct json_want *table, size_t count, void *into,
                   struct problem *why)
{
    if (body == NULL || body->type != JSON_MAP)
        return problem_fault(why, ERR_INVALID, S(""), S("type"), "Expected map but got %s.",
                             body == NULL ? "nothing" : json_type_name(body->type));
    enum err e = ERR_OK;
    for (uint32_t i = 0; i < body->count; i++) {
        if (check_member(&body->items[i], table, count, why) != ERR_OK)
            e = ERR_INVALID;
    }
    for (size_t i = 0; i < count; i++) {
        if ((table[i].flags & WANT_REQUIRED) != 0 && json_get(body, table[i].name) == NULL)
            e = problem_fault(why, ERR_INVALID, pointer_to(why, table[i].name), S("required"),
                              "This member is required.");
    }
    TRY(e);
    for (size_t i = 0; i < count; i++) {
        const struct json *v = json_get(body, table[i].name);
        if (v != NULL)
            store(&table[i], v, into);
    }
    return ERR_OK;
}
