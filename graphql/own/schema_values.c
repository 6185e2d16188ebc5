/* Scalars, enums of options, and the operators that they are asked with. */
#include "base/time.h"
#include "content/filter/operators.h"
#include "graphql/own/schema.h"

/* ---- scalars ---- */

static bool take_whole(struct arena *a, const struct json *in, const struct gql_value *literal, struct json *out, str *why)
{
    (void)a;
    (void)literal;
    bool fits = in->type == JSON_REAL && in->real >= -9007199254740992.0 && in->real <= 9007199254740992.0 &&
                (double)(int64_t)in->real == in->real;
    if (in->type != JSON_INT && !fits) {
        *why = S("a whole number of at most 64 bits is wanted");
        return false;
    }
    *out = json_of_int(fits ? (int64_t)in->real : in->integer);
    return true;
}

static bool give_whole(struct arena *a, const struct json *in, struct json *out)
{
    (void)a;
    *out = *in;
    return in->type == JSON_INT;
}

/* What a text must be to be one is said by the field's kind, in every façade the same. */
static bool take_text(struct arena *a, const struct json *in, const struct gql_value *literal, struct json *out, str *why)
{
    (void)a;
    (void)literal;
    if (in->type != JSON_TEXT) {
        *why = S("a text is wanted");
        return false;
    }
    *out = json_of_text(in->text);
    return true;
}

static bool give_text(struct arena *a, const struct json *in, struct json *out)
{
    (void)a;
    *out = *in;
    return in->type == JSON_TEXT;
}

static bool take_moment(struct arena *a, const struct json *in, const struct gql_value *literal, struct json *out, str *why)
{
    int64_t ms = 0;
    (void)a;
    (void)literal;
    if (in->type != JSON_TEXT || !time_read(in->text, &ms)) {
        *why = S("a date and time like \"2026-11-21T14:30:00Z\" is wanted");
        return false;
    }
    *out = json_of_text(in->text);
    return true;
}

static const struct gql_scalar whole = {take_whole, give_whole}, words = {take_text, give_text}, moment = {take_moment, give_text};

static const struct {
    str name;
    const struct gql_scalar *scalar;
    str description, specified_by;
} scalars[] = {
    {STR("DateTime"), &moment, STR("An instant, answered in UTC: 2026-11-21T14:30:00Z."), STR("https://www.rfc-editor.org/rfc/rfc3339")},
    {STR("Date"), &words, STR("A day: 2026-11-21."), STR("https://www.rfc-editor.org/rfc/rfc3339")},
    {STR("Time"), &words, STR("A time of day: 14:30 or 14:30:15."), {0}},
    {STR("JSON"), &gql_json, STR("Any JSON value."), STR("https://www.rfc-editor.org/rfc/rfc8259")},
    {STR("Long"), &whole, STR("A whole number of 64 bits, written as a JSON number."), {0}},
    {STR("Locale"), &words, STR("A language of this site, like en or de-CH."), STR("https://www.rfc-editor.org/rfc/rfc5646")},
    {STR("Cursor"), &words, STR("A place in a listing. Opaque."), {0}},
    {STR("URL"), &words, STR("A link: http, https, mailto, or a path within the site."), STR("https://www.rfc-editor.org/rfc/rfc3986")},
    {STR("Color"), &words, STR("A colour: #1a2b3c."), {0}},
    {STR("HTML"), &words, STR("Formatted text as HTML."), STR("https://html.spec.whatwg.org")},
    {STR("Upload"), &gql_file, STR("A file that comes with the request."), STR("https://github.com/jaydenseric/graphql-multipart-request-spec")},
};

void make_scalars(struct maker *m)
{
    for (size_t i = 0; i < COUNTOF(scalars); i++) {
        struct gql_type *t = gql_type_make(m->b, GQL_SCALAR, scalars[i].name, scalars[i].description);
        t->scalar = scalars[i].scalar;
        t->specified_by = scalars[i].specified_by;
    }
    struct gql_type *sort = gql_type_make(m->b, GQL_ENUM_TYPE, S("Sort"), (str){0});
    gql_add_value(m->b, sort, S("ASC"), S("Smallest first; nothing before everything."));
    gql_add_value(m->b, sort, S("DESC"), S("Largest first; nothing behind everything."));
    struct gql_type *seen = gql_type_make(m->b, GQL_ENUM_TYPE, S("Perspective"), (str){0});
    gql_add_value(m->b, seen, S("PUBLISHED"), S("What is published."));
    gql_add_value(m->b, seen, S("DRAFT"), S("Pending versions in place of published ones, and what was never published."));
    m->id = gql_type_text(m->b, "ID");
    m->text = gql_type_text(m->b, "String");
    m->yes = gql_type_text(m->b, "Boolean");
    m->whole = gql_type_text(m->b, "Int");
    m->real = gql_type_text(m->b, "Float");
    m->json = gql_type_text(m->b, "JSON");
    m->sort = sort;
}

/* ---- values ---- */

static bool is_small(const struct field *f)
{
    return f->has_min && f->has_max && f->min >= INT32_MIN && f->max <= INT32_MAX;
}

static const char *scalar_word(const struct field *f)
{
    const char *word = kind_of_one(f->kind)->graphql;
    if (is_ref(f))
        return "ID";
    if (kind_of_one(f->kind)->column == COLUMN_NUMBER && f->integer_only)
        return is_small(f) ? "Int" : "Long";
    return word ? word : "JSON";
}

static const struct gql_type *enum_type(struct maker *m, const struct field *f)
{
    struct gql_type *t = gql_type_make(m->b, GQL_ENUM_TYPE, f->api_type, (str){0});
    for (uint32_t i = t->value_count; i < f->options->count; i++) {
        const struct json *label = json_get(&f->options->items[i], S("label"));
        str text = option_text(&f->options->items[i]), said = label && label->type == JSON_TEXT ? label->text : (str){0};
        gql_add_value(m->b, t, text, str_equal(said, text) ? (str){0} : said);
    }
    return t;
}

static bool is_enum(const struct field *f)
{
    return f->api_type.len > 0 && f->options != NULL;
}

const struct gql_type *value_type(struct maker *m, const struct field *f)
{
    return is_enum(f) ? enum_type(m, f) : gql_type_text(m->b, scalar_word(f));
}

const struct gql_type *values_type(struct maker *m, const struct field *f)
{
    const struct gql_type *t = value_type(m, f);
    return is_many(f) ? maker_list(m, t) : t;
}

/* ---- operators ---- */

static const struct gql_type *range_type(struct maker *m, const struct gql_type *scalar)
{
    struct gql_type *t = maker_named(m, GQL_INPUT, scalar->name, "Range");
    if (t->input_count == 0) {
        gql_add_input(m->b, t, S("from"), maker_wanted(m, scalar), (str){0});
        gql_add_input(m->b, t, S("to"), maker_wanted(m, scalar), (str){0});
    }
    return t;
}

static const struct gql_type *operand_type(struct maker *m, const struct own_operator *o, const struct gql_type *value)
{
    switch (o->operand) {
    case OPERAND_ONE:
        return value;
    case OPERAND_LIST:
        return maker_list(m, value);
    case OPERAND_RANGE:
        return range_type(m, value);
    case OPERAND_TEXT:
        return m->text;
    case OPERAND_NUMBER:
        return m->whole;
    case OPERAND_YES:
        return m->yes;
    case OPERAND_JSON:
        return m->json;
    }
    must(false);
    return m->json;
}

/* Words of an enum, ids and what is free are equal to something or are not. */
static bool suits_type(const struct own_operator *o, const struct field *f, const struct gql_type *value)
{
    enum test op = operator_find(o->spelling)->op;
    bool compares = op == TEST_GT || op == TEST_GTE || op == TEST_LT || op == TEST_LTE || op == TEST_BETWEEN;
    if (value->kind == GQL_ENUM_TYPE || is_ref(f))
        return !compares && o->operand != OPERAND_TEXT;
    return true;
}

static const char *filter_ending(const struct field *f)
{
    return is_many(f) ? "ListFilter" : "Filter";
}

static struct gql_type *filter_name(struct maker *m, const struct field *f, const struct gql_type *value)
{
    if (str_equal(f->kind->name, S("geo")))
        return maker_named(m, GQL_INPUT, S("Geo"), "Filter");
    return maker_named(m, GQL_INPUT, is_ref(f) ? S("Reference") : value->name, filter_ending(f));
}

const struct gql_type *filter_type(struct maker *m, const struct field *f)
{
    const struct gql_type *value = value_type(m, f);
    struct gql_type *t = filter_name(m, f, value);
    bool is_new = t->input_count == 0;
    for (size_t i = 0; is_new && i < own_operator_count; i++) {
        const struct own_operator *o = &own_operators[i];
        if (own_operator_suits(o, f) && suits_type(o, f, value))
            gql_add_input(m->b, t, o->name, operand_type(m, o, value), str_of(o->doc))->meaning = o;
    }
    return t->input_count ? t : NULL;
}

const struct gql_type *filter_of_scalar(struct maker *m, const char *scalar)
{
    struct field f = {.kind = kind_find(S("number")), .integer_only = str_equal(str_of(scalar), S("Int")), .has_min = true, .has_max = true};
    return filter_type(m, &f);
}
