#include "content/kinds/kinds.h"

/* Booleans: forms and some databases say 1 and 0. */
enum err check_boolean(const struct check *c, const struct json *in, struct json *out)
{
    if (in->type == JSON_BOOL) {
        *out = json_of_bool(in->boolean);
        return ERR_OK;
    }
    if (in->type == JSON_INT && (in->integer == 0 || in->integer == 1)) {
        *out = json_of_bool(in->integer == 1);
        return ERR_OK;
    }
    return check_type_fault(c, "true or false", in);
}

enum err operand_boolean(const struct check *c, const struct json *in, struct json *out)
{
    if (in->type == JSON_TEXT) {
        bool yes = str_equal(in->text, S("true")) || str_equal(in->text, S("1"));
        if (yes || str_equal(in->text, S("false")) || str_equal(in->text, S("0"))) {
            *out = json_of_bool(yes);
            return ERR_OK;
        }
    }
    return check_boolean(c, in, out);
}

#define EXACT 9007199254740992.0 /* 2^53: up to here a double holds every integer */

static enum err check_range(const struct check *c, double value)
{
    const struct field *f = c->field;
    str subject = check_subject(c);
    if (f->has_min && value < f->min)
        return problem_fault(c->why, ERR_INVALID, c->path, S("min"), STR_FMT " must be at least %.15g",
                             STR_ARG(subject), f->min);
    if (f->has_max && value > f->max)
        return problem_fault(c->why, ERR_INVALID, c->path, S("max"), STR_FMT " must be at most %.15g",
                             STR_ARG(subject), f->max);
    return ERR_OK;
}

enum err check_number(const struct check *c, const struct json *in, struct json *out)
{
    const char *wanted = c->field->integer_only ? "a whole number" : "a number";
    if (in->type == JSON_INT) {
        TRY(check_range(c, (double)in->integer));
        *out = json_of_int(in->integer);
        return ERR_OK;
    }
    if (in->type != JSON_REAL)
        return check_type_fault(c, wanted, in);
    TRY(check_range(c, in->real));
    if (!c->field->integer_only) {
        *out = json_of_real(in->real);
        return ERR_OK;
    }
    if (in->real < -EXACT || in->real > EXACT || (double)(int64_t)in->real < in->real ||
        (double)(int64_t)in->real > in->real) {
        str subject = check_subject(c);
        return problem_fault(c->why, ERR_INVALID, c->path, S("integer"), STR_FMT " must be a whole number",
                             STR_ARG(subject));
    }
    *out = json_of_int((int64_t)in->real);
    return ERR_OK;
}

/* The text of a query string as the JSON number it spells. */
static bool number_of_text(const struct check *c, str text, struct json *out)
{
    struct problem ignored = {.arena = c->arena};
    const struct json *v;
    static const struct json_options options = {.depth_max = 1, .count_max = 1};
    if (json_read(c->arena, text, &options, S(""), &v, &ignored) != ERR_OK)
        return false;
    *out = *v;
    return v->type == JSON_INT || v->type == JSON_REAL;
}

enum err operand_number(const struct check *c, const struct json *in, struct json *out)
{
    struct json number;
    if (in->type == JSON_TEXT && number_of_text(c, in->text, &number))
        in = &number;
    if (in->type == JSON_INT)
        *out = json_of_int(in->integer);
    else if (in->type == JSON_REAL)
        *out = json_of_real(in->real);
    else
        return check_type_fault(c, "a number", in);
    return ERR_OK;
}

enum err define_number(struct arena *a, const struct json *definition, struct field *f, str path,
                       struct problem *why)
{
    (void)a, (void)definition;
    if (f->has_min && f->has_max && f->min > f->max)
        return problem_fault(why, ERR_INVALID, path, S("range"), "min is larger than max");
    return ERR_OK;
}
