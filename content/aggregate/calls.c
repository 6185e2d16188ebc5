/* What operators of expressions do. They cannot fail but for time and memory: what makes no sense with
 * the data that is there (text plus number, division by zero) is null. */
#include "base/time.h"
#include "content/aggregate/internal.h"

#include <math.h>

static bool number_of(const struct json *v, double *real)
{
    if (v->type == JSON_INT)
        *real = (double)v->integer;
    else if (v->type == JSON_REAL)
        *real = v->real;
    else
        return false;
    return true;
}

/* Numbers that JSON cannot say are null. */
static bool give_real(double d, struct json *out)
{
    if (!isfinite(d))
        return false;
    *out = json_of_real(d);
    return true;
}

typedef bool integer_op(int64_t a, int64_t b, int64_t *out);
typedef double real_op(double a, double b);

static bool add_integers(int64_t a, int64_t b, int64_t *out)
{
    return !__builtin_add_overflow(a, b, out);
}

static bool subtract_integers(int64_t a, int64_t b, int64_t *out)
{
    return !__builtin_sub_overflow(a, b, out);
}

static bool multiply_integers(int64_t a, int64_t b, int64_t *out)
{
    return !__builtin_mul_overflow(a, b, out);
}

static double add_reals(double a, double b)
{
    return a + b;
}

static double subtract_reals(double a, double b)
{
    return a - b;
}

static double multiply_reals(double a, double b)
{
    return a * b;
}

/* Whole numbers stay whole as long as they fit. */
static bool fold(const struct json *args, size_t count, integer_op *whole, real_op *real, struct json *out)
{
    struct json sum = args[0];
    double a, b;

    if (!number_of(&sum, &a))
        return false;
    for (size_t i = 1; i < count; i++) {
        int64_t n;
        if (!number_of(&sum, &a) || !number_of(&args[i], &b))
            return false;
        if (sum.type == JSON_INT && args[i].type == JSON_INT && whole(sum.integer, args[i].integer, &n))
            sum = json_of_int(n);
        else if (!give_real(real(a, b), &sum))
            return false;
    }
    *out = sum;
    out->name = (str){0};
    return true;
}

static bool call_add(struct run *run, const struct json *args, size_t count, struct json *out)
{
    (void)run;
    return fold(args, count, add_integers, add_reals, out);
}

static bool call_subtract(struct run *run, const struct json *args, size_t count, struct json *out)
{
    (void)run;
    return fold(args, count, subtract_integers, subtract_reals, out);
}

static bool call_multiply(struct run *run, const struct json *args, size_t count, struct json *out)
{
    (void)run;
    return fold(args, count, multiply_integers, multiply_reals, out);
}

static bool call_divide(struct run *run, const struct json *args, size_t count, struct json *out)
{
    double a, b;

    (void)run;
    (void)count;
    return number_of(&args[0], &a) && number_of(&args[1], &b) && give_real(a / b, out);
}

static bool call_mod(struct run *run, const struct json *args, size_t count, struct json *out)
{
    double a, b;

    (void)run;
    (void)count;
    if (args[0].type == JSON_INT && args[1].type == JSON_INT && args[1].integer != 0) {
        *out = json_of_int(args[1].integer == -1 ? 0 : args[0].integer % args[1].integer);
        return true;
    }
    return number_of(&args[0], &a) && number_of(&args[1], &b) && give_real(fmod(a, b), out);
}

static bool give_whole(const struct json *v, double (*to_whole)(double), struct json *out)
{
    double d;

    if (v->type == JSON_INT) {
        *out = json_of_int(v->integer);
        return true;
    }
    if (!number_of(v, &d))
        return false;
    d = to_whole(d);
    if (d >= -9007199254740992.0 && d <= 9007199254740992.0)
        *out = json_of_int((int64_t)d);
    else
        *out = json_of_real(d);
    return true;
}

static bool call_floor(struct run *run, const struct json *args, size_t count, struct json *out)
{
    (void)run;
    (void)count;
    return give_whole(&args[0], floor, out);
}

static bool call_ceil(struct run *run, const struct json *args, size_t count, struct json *out)
{
    (void)run;
    (void)count;
    return give_whole(&args[0], ceil, out);
}

static bool call_round(struct run *run, const struct json *args, size_t count, struct json *out)
{
    double d, scale = 1;
    int64_t places = count > 1 && args[1].type == JSON_INT ? args[1].integer : 0;

    (void)run;
    if (places <= 0 || args[0].type == JSON_INT)
        return give_whole(&args[0], rint, out);
    if (places > 15 || !number_of(&args[0], &d))
        return false;
    for (int64_t i = 0; i < places; i++)
        scale *= 10;
    return give_real(rint(d * scale) / scale, out);
}

static bool call_abs(struct run *run, const struct json *args, size_t count, struct json *out)
{
    double d;

    (void)run;
    (void)count;
    if (args[0].type == JSON_INT && args[0].integer != INT64_MIN) {
        *out = json_of_int(args[0].integer < 0 ? -args[0].integer : args[0].integer);
        return true;
    }
    return number_of(&args[0], &d) && give_real(fabs(d), out);
}

static bool call_concat(struct run *run, const struct json *args, size_t count, struct json *out)
{
    struct buf text;
    str written = {0};

    buf_init(&text, run->arena, LIMIT_TEXT_BYTES);
    for (size_t i = 0; i < count; i++) {
        if (args[i].type != JSON_TEXT)
            return false;
        buf_add(&text, args[i].text);
    }
    if (buf_done(&text, &written) != ERR_OK) {
        run_fail(run, ERR_BAD_INPUT, "$concat makes a text of more than a mebibyte.");
        return false;
    }
    *out = json_of_text(written);
    return true;
}

static bool call_cond(struct run *run, const struct json *args, size_t count, struct json *out)
{
    (void)run;
    (void)count;
    *out = value_is_true(&args[0]) ? args[1] : args[2];
    return true;
}

static bool call_if_null(struct run *run, const struct json *args, size_t count, struct json *out)
{
    (void)run;
    for (size_t i = 0; i < count; i++) {
        *out = args[i];
        if (out->type != JSON_NULL)
            break;
    }
    return true;
}

static bool is_equal(const struct json *l, const struct json *r)
{
    bool is_deep_value = l->type == JSON_MAP || l->type == JSON_LIST;

    return is_deep_value ? json_equal(l, r) : value_order(l, r) == 0;
}

#define COMPARING(name, condition)                                                                 \
    static bool call_##name(struct run *run, const struct json *args, size_t count, struct json *out) \
    {                                                                                              \
        (void)run;                                                                                 \
        (void)count;                                                                               \
        *out = json_of_bool(condition);                                                            \
        return true;                                                                               \
    }
COMPARING(eq, is_equal(&args[0], &args[1]))
COMPARING(ne, !is_equal(&args[0], &args[1]))
COMPARING(gt, value_order(&args[0], &args[1]) > 0)
COMPARING(gte, value_order(&args[0], &args[1]) >= 0)
COMPARING(lt, value_order(&args[0], &args[1]) < 0)
COMPARING(lte, value_order(&args[0], &args[1]) <= 0)
COMPARING(not, !value_is_true(&args[0]))

static bool call_and(struct run *run, const struct json *args, size_t count, struct json *out)
{
    bool all = true;

    (void)run;
    for (size_t i = 0; i < count; i++)
        all = all && value_is_true(&args[i]);
    *out = json_of_bool(all);
    return true;
}

static bool call_or(struct run *run, const struct json *args, size_t count, struct json *out)
{
    bool any = false;

    (void)run;
    for (size_t i = 0; i < count; i++)
        any = any || value_is_true(&args[i]);
    *out = json_of_bool(any);
    return true;
}

static bool call_in(struct run *run, const struct json *args, size_t count, struct json *out)
{
    bool found = false;

    (void)run;
    (void)count;
    if (args[1].type != JSON_LIST)
        return false;
    for (uint32_t i = 0; i < args[1].count && !found; i++)
        found = is_equal(&args[0], &args[1].items[i]);
    *out = json_of_bool(found);
    return true;
}

static bool call_size(struct run *run, const struct json *args, size_t count, struct json *out)
{
    (void)run;
    (void)count;
    if (args[0].type != JSON_LIST)
        return false;
    *out = json_of_int(args[0].count);
    return true;
}

static bool call_list(struct run *run, const struct json *args, size_t count, struct json *out)
{
    struct json *items = NEW_N(run->arena, struct json, count);

    for (size_t i = 0; i < count; i++)
        items[i] = json_named((str){0}, args[i]);
    *out = json_of_list(items, count);
    return true;
}

/* Digits [from, to) of a date, date-time, or of Unix seconds. */
static bool date_part(const struct json *v, size_t from, size_t to, struct json *out)
{
    char bytes[64];
    struct buf text = {.at = bytes, .room = sizeof bytes, .max = sizeof bytes};
    str date = v->text;
    int64_t n;

    if (v->type == JSON_INT) {
        if (v->integer < -62135596800 || v->integer > 253402300799) /* years 1 to 9999 */
            return false;
        time_write(&text, v->integer * 1000);
        date = buf_str(&text);
    } else if (v->type != JSON_TEXT || date.len < to || !time_is_date(str_slice(date, 0, 10))) {
        return false;
    }
    while (from + 1 < to && date.at[from] == '0')
        from++;
    if (!str_to_i64(str_slice(date, from, to), &n))
        return false;
    *out = json_of_int(n);
    return true;
}

#define DATE_PART(name, from, to)                                                                  \
    static bool call_##name(struct run *run, const struct json *args, size_t count, struct json *out) \
    {                                                                                              \
        (void)run;                                                                                 \
        (void)count;                                                                               \
        return date_part(&args[0], from, to, out);                                                 \
    }
DATE_PART(year, 0, 4)
DATE_PART(month, 5, 7)
DATE_PART(day, 8, 10)
DATE_PART(hour, 11, 13)

static const struct call calls[] = {
    {STR("$add"), 1, 100, CALL_SCALAR, call_add},
    {STR("$subtract"), 2, 2, CALL_SCALAR, call_subtract},
    {STR("$multiply"), 1, 100, CALL_SCALAR, call_multiply},
    {STR("$divide"), 2, 2, CALL_SCALAR, call_divide},
    {STR("$mod"), 2, 2, CALL_SCALAR, call_mod},
    {STR("$abs"), 1, 1, CALL_SCALAR, call_abs},
    {STR("$ceil"), 1, 1, CALL_SCALAR, call_ceil},
    {STR("$floor"), 1, 1, CALL_SCALAR, call_floor},
    {STR("$round"), 1, 2, CALL_SCALAR, call_round},
    {STR("$concat"), 1, 100, CALL_SCALAR, call_concat},
    {STR("$cond"), 3, 3, CALL_AS_ARGUMENTS, call_cond},
    {STR("$ifNull"), 2, 100, CALL_AS_ARGUMENTS, call_if_null},
    {STR("$eq"), 2, 2, CALL_SCALAR, call_eq},
    {STR("$ne"), 2, 2, CALL_SCALAR, call_ne},
    {STR("$gt"), 2, 2, CALL_SCALAR, call_gt},
    {STR("$gte"), 2, 2, CALL_SCALAR, call_gte},
    {STR("$lt"), 2, 2, CALL_SCALAR, call_lt},
    {STR("$lte"), 2, 2, CALL_SCALAR, call_lte},
    {STR("$and"), 0, 100, CALL_SCALAR, call_and},
    {STR("$or"), 0, 100, CALL_SCALAR, call_or},
    {STR("$not"), 1, 1, CALL_SCALAR, call_not},
    {STR("$in"), 2, 2, CALL_SCALAR, call_in},
    {STR("$size"), 1, 1, CALL_SCALAR, call_size},
    {STR("$year"), 1, 1, CALL_SCALAR, call_year},
    {STR("$month"), 1, 1, CALL_SCALAR, call_month},
    {STR("$dayOfMonth"), 1, 1, CALL_SCALAR, call_day},
    {STR("$hour"), 1, 1, CALL_SCALAR, call_hour},
};
const struct call call_list_of = {STR("a list"), 0, LIMIT_AGGREGATE_NODES, CALL_ONE_MORE, call_list};

const struct call *call_find(str name)
{
    for (size_t i = 0; i < COUNTOF(calls); i++)
        if (str_equal(name, calls[i].name))
            return &calls[i];
    return NULL;
}
