/* One parameter of a list as a filter: `text`, or `op:text` where op is an operator of the column's type. What is
 * compared comes from the client, what compares does not: the result is read by content/filter/filter.h like every
 * other filter, and wildcards of databases mean nothing in it. */
#include "api/zenml/zenml.h"
#include "base/encode.h"
#include "base/limits.h"
#include "base/time.h"

enum {
    OF_TEXT = 1 << ZENML_TEXT | 1 << ZENML_NULL,
    OF_BOOL = 1 << ZENML_BOOL | 1 << ZENML_OFF,
    OF_TIME = 1 << ZENML_TIME | 1 << ZENML_SECONDS,
    OF_UUID = 1 << ZENML_UUID,
    OF_ALL = OF_TEXT | OF_BOOL | OF_TIME | OF_UUID
};
enum op_word {
    EQUALS, NOT_EQUALS, CONTAINS, NOT_CONTAINS, STARTS, ENDS, ONE_OF, NOT_ONE_OF, ABOVE, FROM, BELOW, UP_TO, WITHIN, EMPTY, NOT_EMPTY
};
/* clang-format off */
static const struct {
    str word;
    enum op_word op;
    unsigned types;
} words[] = {
    {STR("equals"),      EQUALS,       OF_ALL},            {STR("notequals"),   NOT_EQUALS,   OF_ALL},
    {STR("contains"),    CONTAINS,     OF_TEXT | OF_UUID}, {STR("notcontains"), NOT_CONTAINS, OF_TEXT | OF_UUID},
    {STR("startswith"),  STARTS,       OF_TEXT | OF_UUID}, {STR("endswith"),    ENDS,         OF_TEXT | OF_UUID},
    {STR("oneof"),       ONE_OF,       OF_TEXT | OF_UUID}, {STR("notoneof"),    NOT_ONE_OF,   OF_TEXT | OF_UUID},
    {STR("gt"),          ABOVE,        OF_TEXT | OF_TIME}, {STR("gte"),         FROM,         OF_TEXT | OF_TIME},
    {STR("lt"),          BELOW,        OF_TEXT | OF_TIME}, {STR("lte"),         UP_TO,        OF_TEXT | OF_TIME},
    {STR("in"),          WITHIN,       OF_TIME},
    {STR("isempty"),     EMPTY,        OF_ALL},            {STR("isnotempty"),  NOT_EMPTY,    OF_ALL},
};
/* clang-format on */

/* Making filters. */

static struct json map_of(struct arena *a, str name, struct json v)
{
    struct json *member = NEW(a, struct json);
    *member = json_named(name, v);
    return json_of_map(member, 1);
}

static struct json test(struct arena *a, str field, const char *op, struct json v)
{
    return map_of(a, field, map_of(a, str_of(op), v));
}

static struct json joined(struct arena *a, const char *how, struct json one, struct json other)
{
    struct json *list = NEW_N(a, struct json, 2);
    list[0] = one;
    list[1] = other;
    return map_of(a, str_of(how), json_of_list(list, 2));
}

static struct json opposite(struct arena *a, struct json v)
{
    struct json *list = NEW(a, struct json);
    *list = v;
    return map_of(a, S("$nor"), json_of_list(list, 1));
}

static struct json everything(void)
{
    return json_of_map(&json_null, 0);
}

static struct json nothing(struct arena *a)
{
    return opposite(a, everything());
}

static struct json emptiness(struct arena *a, const struct zenml_column *c, bool wanted)
{
    struct json is_null = test(a, c->field, "$exists", json_false);
    struct json v = c->type == ZENML_TEXT ? joined(a, "$or", is_null, test(a, c->field, "$eq", json_of_text(S("")))) : is_null;
    return wanted ? v : opposite(a, v);
}

/* `["a","b"]` */
static bool read_list(struct arena *a, str text, const struct json **out)
{
    struct problem quiet = {.arena = a};
    if (json_read(a, text, NULL, S(""), out, &quiet) != ERR_OK || (*out)->type != JSON_LIST || (*out)->count > LIMIT_FILTER_LIST)
        return false;
    for (uint32_t i = 0; i < (*out)->count; i++)
        if ((*out)->items[i].type != JSON_TEXT)
            return false;
    return true;
}

static bool is_number(str text)
{
    struct arena *a = arena_open(256);
    struct problem quiet = {.arena = a};
    const struct json *v = NULL;
    bool is = json_read(a, text, NULL, S(""), &v, &quiet) == ERR_OK && (v->type == JSON_INT || v->type == JSON_REAL);
    arena_close(a);
    return is;
}

/* Text. */

static bool of_text(struct arena *a, const struct zenml_column *c, enum op_word op, str v, struct json *out, str *text)
{
    static const char *const tests[] = {[EQUALS] = "$eq", [NOT_EQUALS] = "$ne", [CONTAINS] = "$contains",
                                        [NOT_CONTAINS] = "$contains", [STARTS] = "$startsWith", [ENDS] = "$endsWith"};
    const struct json *list = NULL;
    switch (op) {
    case EQUALS:
    case NOT_EQUALS:
    case CONTAINS:
    case NOT_CONTAINS:
    case STARTS:
    case ENDS:
        *out = test(a, c->field, tests[op], json_of_text(v));
        *out = op == NOT_CONTAINS ? opposite(a, *out) : *out;
        return true;
    case ONE_OF:
    case NOT_ONE_OF:
        *text = S("Value error, oneof wants a list of texts like [\"a\",\"b\"]");
        if (!read_list(a, v, &list))
            return false;
        *out = test(a, c->field, op == ONE_OF ? "$in" : "$nin", *list);
        return true;
    case ABOVE:
    case FROM:
    case BELOW:
    case UP_TO: /* as numbers, which texts here are not */
        *text = S("Value error, this operator compares numbers");
        *out = nothing(a);
        return is_number(v);
    case WITHIN:
    case EMPTY:
    case NOT_EMPTY: break;
    }
    return false;
}

/* Times. A second of the client's is a second long here. */

static bool read_time(str v, int64_t *ms)
{
    str s = str_trim(v);
    return s.len == 19 && s.at[10] == ' ' && time_read(s, ms);
}

/* first..last, both included; INT64_MIN, INT64_MAX: open. */
static struct json of_range(struct arena *a, const struct zenml_column *c, int64_t first, int64_t last)
{
    struct json bounds[2];
    for (int i = 0; i < 2; i++) {
        int64_t ms = i ? last : first;
        struct buf b;
        if (c->type == ZENML_SECONDS) {
            bounds[i] = json_of_int(ms / 1000);
            continue;
        }
        buf_init(&b, a, 64);
        if (ms != INT64_MIN && ms != INT64_MAX)
            time_write(&b, ms);
        bounds[i] = json_of_text(buf_str(&b));
    }
    if (first == INT64_MIN)
        return test(a, c->field, "$lte", bounds[1]);
    if (last == INT64_MAX)
        return test(a, c->field, "$gte", bounds[0]);
    return joined(a, "$and", test(a, c->field, "$gte", bounds[0]), test(a, c->field, "$lte", bounds[1]));
}

static bool of_time(struct arena *a, const struct zenml_column *c, enum op_word op, str v, struct json *out, str *text)
{
    int64_t ms = 0, until = 0;
    str first = v, last;
    *text = S("Value error, times look like 2026-01-31 12:00:00");
    bool two = op == WITHIN && str_cut(v, ',', &first, &last) && read_time(last, &until);
    if (!read_time(first, &ms) || (op == WITHIN && !two))
        return false;
    int64_t end = ms + 999; /* of that second */
    struct json same = of_range(a, c, ms, end);
    *out = op == NOT_EQUALS ? opposite(a, same)
           : op == ABOVE    ? of_range(a, c, end + 1, INT64_MAX)
           : op == FROM     ? of_range(a, c, ms, INT64_MAX)
           : op == BELOW    ? of_range(a, c, INT64_MIN, ms - 1)
           : op == UP_TO    ? of_range(a, c, INT64_MIN, end)
           : op == WITHIN   ? of_range(a, c, ms, until + 999)
                            : same;
    return true;
}

/* Booleans. */

static bool of_bool(struct arena *a, const struct zenml_column *c, enum op_word op, str v, struct json *out, str *text)
{
    bool yes = str_equal_nocase(v, S("true")) || str_equal(v, S("1"));
    bool no = str_equal_nocase(v, S("false")) || str_equal(v, S("0"));
    *text = S("Value error, a boolean is true, false, 1 or 0");
    if (!yes && !no)
        return false;
    bool wanted = yes == (op == EQUALS);
    if (c->type == ZENML_OFF) /* never set means off */
        *out = test(a, c->field, wanted ? "$ne" : "$eq", json_true);
    else
        *out = test(a, c->field, "$eq", json_of_bool(wanted));
    return true;
}

/* UUIDs, as text of 32 digits: the item's id and the fixed ones behind it (base/id.h). */

static str hex_of(struct arena *a, str v)
{
    char *out = arena_get(a, v.len + 1, 1);
    size_t n = 0;
    for (size_t i = 0; i < v.len; i++) {
        char c = v.at[i];
        if (c != '-')
            out[n++] = c >= 'A' && c <= 'F' ? (char)(c - 'A' + 'a') : c;
    }
    return (str){out, n};
}

static str tail_of(struct arena *a)
{
    str any = hex_of(a, id_uuid(a, S("000000000000000000000000")));
    return str_slice(any, ID_LENGTH, any.len);
}

static struct json starts_with(struct arena *a, str field, str hex)
{
    if (hex.len <= ID_LENGTH)
        return test(a, field, "$startsWith", json_of_text(hex));
    if (!str_starts(tail_of(a), str_slice(hex, ID_LENGTH, hex.len)))
        return nothing(a);
    return test(a, field, "$eq", json_of_text(str_slice(hex, 0, ID_LENGTH)));
}

static struct json ends_with(struct arena *a, str field, str hex)
{
    str tail = tail_of(a);
    if (hex.len <= tail.len)
        return str_ends(tail, hex) ? everything() : nothing(a);
    if (!str_ends(hex, tail))
        return nothing(a);
    return test(a, field, "$endsWith", json_of_text(str_slice(hex, 0, hex.len - tail.len)));
}

/* In the id, in the fixed part, or across the border between them. */
static struct json contains(struct arena *a, str field, str hex)
{
    str tail = tail_of(a);
    if (str_contains(tail, hex))
        return everything();
    struct json *list = NEW_N(a, struct json, 1 + tail.len);
    size_t count = 0;
    list[count++] = test(a, field, "$contains", json_of_text(hex));
    for (size_t n = 1; n < hex.len && n <= tail.len; n++)
        if (str_starts(tail, str_slice(hex, hex.len - n, hex.len)))
            list[count++] = test(a, field, "$endsWith", json_of_text(str_slice(hex, 0, hex.len - n)));
    return map_of(a, S("$or"), json_of_list(list, count));
}

static struct json one_of(struct arena *a, str field, const struct json *list)
{
    struct json *ids = NEW_N(a, struct json, list->count + 1);
    size_t count = 0;
    for (uint32_t i = 0; i < list->count; i++) {
        char id[ID_LENGTH];
        if (uuid_id(list->items[i].text, id))
            ids[count++] = json_of_text(arena_copy(a, (str){id, ID_LENGTH}));
    }
    return test(a, field, "$in", json_of_list(ids, count));
}

static bool of_uuid(struct arena *a, const struct zenml_column *c, enum op_word op, str v, struct json *out, str *text)
{
    str hex = hex_of(a, v);
    const struct json *list = NULL;
    char id[ID_LENGTH];
    *text = S("Value error, oneof wants a list of ids like [\"…\",\"…\"]");
    if (op == EQUALS || op == NOT_EQUALS)
        *out = uuid_id(v, id) ? test(a, c->field, "$eq", json_of_text(arena_copy(a, (str){id, ID_LENGTH}))) : nothing(a);
    else if (op == STARTS)
        *out = starts_with(a, c->field, hex);
    else if (op == ENDS)
        *out = ends_with(a, c->field, hex);
    else if (op == CONTAINS || op == NOT_CONTAINS)
        *out = contains(a, c->field, hex);
    else if (read_list(a, v, &list))
        *out = one_of(a, c->field, list);
    else
        return false;
    bool turned = op == NOT_EQUALS || op == NOT_CONTAINS || op == NOT_ONE_OF;
    *out = turned ? opposite(a, *out) : *out;
    return true;
}

/* What stands nowhere is null everywhere. */
static struct json of_null(struct arena *a, enum op_word op)
{
    bool holds = op == NOT_EQUALS || op == NOT_CONTAINS || op == NOT_ONE_OF || op == EMPTY;
    return holds ? everything() : nothing(a);
}

/* A value that has a colon, but no operator before it, is meant as it stands. */
static bool split(str value, enum op_word *op, unsigned *types, str *v)
{
    str head, rest;
    *op = EQUALS;
    *types = OF_ALL;
    *v = value;
    if (!str_cut(value, ':', &head, &rest))
        return false;
    for (size_t i = 0; i < COUNTOF(words); i++)
        if (str_equal(words[i].word, head)) {
            *op = words[i].op;
            *types = words[i].types;
            *v = rest;
            return true;
        }
    return false;
}

bool zenml_condition(struct arena *a, const struct zenml_column *column, str value, struct json *out, str *text)
{
    enum op_word op;
    unsigned types;
    str v;
    (void)split(value, &op, &types, &v);
    *text = S("Value error, this operator is not one of the column's type");
    if (!(types >> column->type & 1u))
        return false;
    if (column->type == ZENML_NULL) {
        *out = of_null(a, op);
        return true;
    }
    if (op == EMPTY || op == NOT_EMPTY) {
        *out = emptiness(a, column, op == EMPTY);
        return true;
    }
    switch (column->type) {
    case ZENML_TEXT: return of_text(a, column, op, v, out, text);
    case ZENML_BOOL:
    case ZENML_OFF: return of_bool(a, column, op, v, out, text);
    case ZENML_TIME:
    case ZENML_SECONDS: return of_time(a, column, op, v, out, text);
    case ZENML_UUID: return of_uuid(a, column, op, v, out, text);
    case ZENML_NULL: break;
    }
    return false;
}
