/* The values of the specification's scalars (3.5; graphql.md 4), and JSON, which takes anything. Literals are judged by what
 * was written ("1.0" is no Int), variables by their value (1.0 is one: JSON does not tell the two apart). */
#include "graphql/schema/build.h"

#include <math.h>

static bool is_written_as(const struct gql_value *literal, enum gql_value_kind kind)
{
    return literal == NULL || literal->kind == kind;
}

static bool refuse(struct arena *a, const struct json *in, const struct gql_value *literal, const char *wanted, str *why)
{
    struct buf b;
    buf_init(&b, a, 4096);
    if (literal != NULL)
        gql_print_value(&b, literal);
    else
        buf_add(&b, json_print(a, in));
    bool is_long = b.failed || b.len > 60;
    *why = is_long ? arena_format(a, "%s is wanted here", wanted)
                   : arena_format(a, "%s is wanted, not " STR_FMT, wanted, STR_ARG(buf_str(&b)));
    return false;
}

/* A whole number of any size that a double holds exactly enough. */
static bool is_whole(const struct json *in)
{
    return in->type == JSON_INT || (in->type == JSON_REAL && isfinite(in->real) && trunc(in->real) == in->real);
}

static bool in_32_bits(const struct json *in, int64_t *n)
{
    if (!is_whole(in) || (in->type == JSON_REAL && fabs(in->real) > 4e9))
        return false;
    *n = in->type == JSON_INT ? in->integer : (int64_t)in->real;
    return *n >= INT32_MIN && *n <= INT32_MAX;
}

static bool take_int(struct arena *a, const struct json *in, const struct gql_value *literal, struct json *out, str *why)
{
    int64_t n = 0;
    if (!is_written_as(literal, GQL_INT) || !in_32_bits(in, &n))
        return refuse(a, in, literal, "a whole number of at most 32 bits", why);
    *out = json_of_int(n);
    return true;
}

static bool give_int(struct arena *a, const struct json *in, struct json *out)
{
    (void)a;
    int64_t n = 0;
    if (!in_32_bits(in, &n))
        return false;
    *out = json_of_int(n);
    return true;
}

static bool give_float(struct arena *a, const struct json *in, struct json *out)
{
    (void)a;
    if (in->type != JSON_INT && (in->type != JSON_REAL || !isfinite(in->real)))
        return false;
    *out = *in;
    out->name = (str){0};
    return true;
}

static bool take_float(struct arena *a, const struct json *in, const struct gql_value *literal, struct json *out, str *why)
{
    if ((literal != NULL && literal->kind != GQL_INT && literal->kind != GQL_FLOAT) || !give_float(a, in, out))
        return refuse(a, in, literal, "a number", why);
    return true;
}

static bool take_string(struct arena *a, const struct json *in, const struct gql_value *literal, struct json *out, str *why)
{
    if (!is_written_as(literal, GQL_STRING) || in->type != JSON_TEXT)
        return refuse(a, in, literal, "a text", why);
    *out = json_of_text(in->text);
    return true;
}

/* Numbers and truths have an undoubted spelling; lists and maps have none. */
static bool give_string(struct arena *a, const struct json *in, struct json *out)
{
    if (in->type == JSON_TEXT) {
        *out = json_of_text(in->text);
        return true;
    }
    if (in->type != JSON_INT && in->type != JSON_BOOL && (in->type != JSON_REAL || !isfinite(in->real)))
        return false;
    *out = json_of_text(json_print(a, in));
    return true;
}

static bool take_boolean(struct arena *a, const struct json *in, const struct gql_value *literal, struct json *out, str *why)
{
    if (!is_written_as(literal, GQL_BOOLEAN) || in->type != JSON_BOOL)
        return refuse(a, in, literal, "true or false", why);
    *out = json_of_bool(in->boolean);
    return true;
}

static bool give_boolean(struct arena *a, const struct json *in, struct json *out)
{
    (void)a;
    *out = json_of_bool(in->type == JSON_BOOL && in->boolean);
    return in->type == JSON_BOOL;
}

static bool give_id(struct arena *a, const struct json *in, struct json *out)
{
    if (in->type == JSON_TEXT)
        *out = json_of_text(in->text);
    else if (in->type == JSON_REAL && is_whole(in))
        *out = json_of_text(arena_format(a, "%.0f", in->real == 0 ? 0.0 : in->real));
    else if (in->type == JSON_INT)
        *out = json_of_text(arena_format(a, "%lld", (long long)in->integer));
    else
        return false;
    return true;
}

/* What was written as a number keeps its spelling: it may be longer than any number that we have. */
static bool take_id(struct arena *a, const struct json *in, const struct gql_value *literal, struct json *out, str *why)
{
    if (literal != NULL && literal->kind == GQL_INT) {
        *out = json_of_text(literal->text);
        return true;
    }
    if (!is_written_as(literal, GQL_STRING) || !give_id(a, in, out))
        return refuse(a, in, literal, "an ID (a text or a whole number)", why);
    return true;
}

/* An enum's name says nothing where no enum is known, and numbers have to be such that JSON has them. Depth is bounded
 * by the reader's nesting. */
static bool is_json(struct arena *a, const struct gql_value *v)
{
    if (v->kind == GQL_INT || v->kind == GQL_FLOAT)
        return gql_literal_json(a, v, NULL).type != JSON_TEXT;
    for (uint32_t i = 0; (v->kind == GQL_LIST || v->kind == GQL_OBJECT) && i < v->count; i++)
        if (!is_json(a, &v->items[i]))
            return false;
    return v->kind != GQL_ENUM;
}

/* A file is for a field that reads it; as a part of something else it would come out as null. Depth is the reader's. */
static bool has_file(const struct json *v)
{
    for (uint32_t i = 0; (v->type == JSON_LIST || v->type == JSON_MAP) && i < v->count; i++)
        if (has_file(&v->items[i]))
            return true;
    return v->type == JSON_BYTES;
}

static bool take_json(struct arena *a, const struct json *in, const struct gql_value *literal, struct json *out, str *why)
{
    if (has_file(in)) {
        *why = S("a file goes where a file is wanted, and not into a JSON value");
        return false;
    }
    if (literal != NULL && !is_json(a, literal))
        return refuse(a, in, literal, "a JSON value", why);
    *out = *in;
    out->name = (str){0};
    return true;
}

const struct gql_scalar gql_int = {.take = take_int, .give = give_int};
const struct gql_scalar gql_float = {.take = take_float, .give = give_float};
const struct gql_scalar gql_string = {.take = take_string, .give = give_string};
const struct gql_scalar gql_boolean = {.take = take_boolean, .give = give_boolean};
const struct gql_scalar gql_id = {.take = take_id, .give = give_id};
const struct gql_scalar gql_json = {.take = take_json};
