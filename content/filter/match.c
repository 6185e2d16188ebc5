/* The C evaluator: for feeds, written items and webhooks, where a single item is at hand. The law is in
 * content/filter/filter.h; content/store/emit.c says the same in SQL, tests/differ compares. */
#include "base/regex.h"
#include "base/time.h"
#include "content/aggregate/expression.h"
#include "content/filter/internal.h"
#include "content/kind.h"
#include "content/languages/translations.h"

#define LEVELS_MAX (4 * LIMIT_FILTER_DEPTH)

/* One test at one item. */
struct trial {
    const struct filter *f;
    struct json operand;
    struct filter_world *world;
    unsigned level;
};
typedef bool look(const struct trial *t, const struct json *value);

static bool matches(const struct filter *f, const struct json *item, struct filter_world *world, unsigned level);
static bool holds(const struct trial *t, const struct json *from);

/* Whether `likes` says yes to something that a path leads to; nulls are not shown. As deep as the path. */
static bool some_reached(const struct trial *t, const struct json *at, size_t step, look *likes)
{
    if (!at || at->type == JSON_NULL)
        return false;
    if (step == t->f->path_count)
        return likes(t, at);
    if (at->type == JSON_MAP)
        return some_reached(t, json_get(at, t->f->path[step]), step + 1, likes);
    if (at->type != JSON_LIST)
        return false;
    for (uint32_t i = 0; i < at->count; i++)
        if (at->items[i].type == JSON_MAP &&
            some_reached(t, json_get(&at->items[i], t->f->path[step]), step + 1, likes))
            return true;
    return false;
}

/* Where the test starts: the field's value, or inside of ELEM the map itself. */
static const struct json *start(const struct trial *t, const struct json *item)
{
    const struct field *f = t->f->field;
    if (f && f->computed) { /* images hold what is stored */
        struct json *made = NEW(t->world->arena, struct json);
        *made = expression_of_field(f, t->world->arena, item, t->world->lens);
        return made;
    }
    if (!f || !f->localized || !t->world->lens)
        return f ? json_get(item, f->name) : item;
    struct json *seen = NEW(t->world->arena, struct json);
    *seen = image_value(t->world->arena, item, f, t->world->lens);
    return seen;
}

/* A reference is its id, also where the image shows it as {"_model","_id"} or with its target inside. */
static const struct json *as_id(const struct json *v)
{
    const struct json *id = v->type == JSON_MAP ? json_get(v, S("_id")) : NULL;
    return id ? id : v;
}

/* … of several collections: {"_model":"posts","_id":…} is "posts/<id>". */
static struct json as_reference(const struct trial *t, const struct json *v)
{
    const struct json *model = v->type == JSON_MAP ? json_get(v, S("_model")) : NULL, *id = as_id(v);
    if (!model || !field_is_polymorphic(t->f->field) || model->type != JSON_TEXT || id->type != JSON_TEXT)
        return *id;
    return json_of_text(arena_format(t->world->arena, STR_FMT "/" STR_FMT, STR_ARG(model->text), STR_ARG(id->text)));
}

static bool is_compared_as_time(const struct filter *f)
{
    return f->path_count == 0 && f->field && f->field->kind->column == COLUMN_TIME;
}

/* What the test's function makes of a value in comparable form; null when it makes no sense of it. */
static struct json result_of(const struct trial *t, const struct json *v, bool is_time)
{
    const struct field *f = t->f->path_count == 0 ? t->f->field : NULL;
    struct cell cell = CELL_OF_NULL;

    if (v->type == JSON_TEXT)
        cell = CELL_OF_TEXT(v->text);
    else if (v->type == JSON_INT && is_time)
        cell = CELL_OF_INT(v->integer);
    else if (v->type == JSON_INT && f && f->kind->column == COLUMN_INTEGER) /* Unix seconds */
        cell = CELL_OF_INT(v->integer * 1000);
    struct cell out = func_cell(t->world->arena, t->f->func, &cell, 0);
    return out.type == CELL_INT ? json_of_int(out.integer) : out.type == CELL_TEXT ? json_of_text(out.text) : json_null;
}

/* Opens lists by one level and hands over each value in comparable form. */
static bool some_opened(const struct trial *t, const struct json *v, look *likes)
{
    const struct json *values = v->type == JSON_LIST ? v->items : v;
    uint32_t count = v->type == JSON_LIST ? v->count : 1;
    bool is_id = t->f->field && t->f->path_count == 0 && is_reference(t->f->field);

    for (uint32_t i = 0; i < count; i++) {
        struct json reference = is_id ? as_reference(t, &values[i]) : json_null;
        const struct json *value = is_id ? &reference : &values[i];
        struct json time;
        int64_t ms;
        bool is_time = value->type == JSON_TEXT && is_compared_as_time(t->f) && time_read(value->text, &ms);
        if (is_time) {
            time = json_of_int(ms);
            value = &time;
        }
        if (t->f->func != FUNC_NONE) {
            time = result_of(t, value, is_time);
            value = &time;
        }
        if (value->type != JSON_NULL && likes(t, value))
            return true;
    }
    return false;
}

static int order_integer_real(int64_t i, double d)
{
    if (d >= 9223372036854775808.0)
        return -1;
    if (d < -9223372036854775808.0)
        return 1;
    int64_t whole = (int64_t)d;
    if (i != whole)
        return i < whole ? -1 : 1;
    double rest = d - (double)whole;
    return rest > 0 ? -1 : rest < 0;
}

/* Booleans are the numbers 1 and 0. */
static struct json number_of(const struct json *v)
{
    return v->type == JSON_BOOL ? json_of_int(v->boolean) : *v;
}

bool scalar_order(const struct json *l, const struct json *r, int *order)
{
    if (l->type == JSON_TEXT && r->type == JSON_TEXT) {
        *order = str_order(l->text, r->text);
        return true;
    }
    struct json a = number_of(l), b = number_of(r);
    if ((a.type != JSON_INT && a.type != JSON_REAL) || (b.type != JSON_INT && b.type != JSON_REAL))
        return false;
    if (a.type == JSON_INT && b.type == JSON_INT)
        *order = (a.integer > b.integer) - (a.integer < b.integer);
    else if (a.type == JSON_INT)
        *order = order_integer_real(a.integer, b.real);
    else if (b.type == JSON_INT)
        *order = -order_integer_real(b.integer, a.real);
    else
        *order = (a.real > b.real) - (a.real < b.real);
    return true;
}

static bool is_equal(const struct json *l, const struct json *r)
{
    int order;
    return scalar_order(l, r, &order) && order == 0;
}

static bool equals_any(const struct trial *t, const struct json *value)
{
    const struct json *operand = &t->operand;

    if (operand->type != JSON_LIST)
        return is_equal(value, operand);
    for (uint32_t i = 0; i < operand->count; i++)
        if (is_equal(value, &operand->items[i]))
            return true;
    return false;
}

static bool is_in_range(const struct trial *t, const struct json *value)
{
    const struct json *operand = &t->operand;
    enum test op = t->f->op;
    int order, end;

    if (op == TEST_BETWEEN)
        return scalar_order(value, &operand->items[0], &order) && order >= 0 &&
               scalar_order(value, &operand->items[1], &end) && end <= 0;
    if (!scalar_order(value, operand, &order))
        return false;
    return (op == TEST_GT && order > 0) || (op == TEST_GTE && order >= 0) || (op == TEST_LT && order < 0) ||
           (op == TEST_LTE && order <= 0);
}

static bool is_text_like(const struct trial *t, const struct json *value)
{
    str part = t->operand.text;

    if (value->type != JSON_TEXT)
        return false;
    if (t->f->op == TEST_REGEX)
        return regex_matches(t->f->regex, value->text);
    if (t->f->op == TEST_STARTS)
        return str_starts(value->text, part);
    if (t->f->op == TEST_ENDS)
        return str_ends(value->text, part);
    return str_contains(value->text, part);
}

static bool has_words(const struct trial *t, const struct json *value)
{
    if (value->type != JSON_TEXT)
        return false;
    return filter_words_found(t->world->arena, t->f, value->text);
}

static bool whole_number(const struct json *v, int64_t *out)
{
    struct json n = number_of(v);

    if (n.type == JSON_INT)
        *out = n.integer;
    else if (n.type == JSON_REAL && n.real >= -9223372036854775808.0 && n.real < 9223372036854775808.0 &&
             (double)(int64_t)n.real >= n.real && (double)(int64_t)n.real <= n.real)
        *out = (int64_t)n.real;
    else
        return false;
    return true;
}

static bool leaves_remainder(const struct trial *t, const struct json *value)
{
    int64_t divisor = t->operand.items[0].integer, n;

    if (!whole_number(value, &n))
        return false;
    /* INT64_MIN % -1 traps. */
    return (divisor == -1 ? 0 : n % divisor) == t->operand.items[1].integer;
}

static bool is_anything(const struct trial *t, const struct json *value)
{
    (void)t;
    (void)value;
    return true;
}

static bool says_something(const struct trial *t, const struct json *value)
{
    (void)t;
    return value->type != JSON_TEXT || value->text.len > 0;
}

static bool lies_there(const struct trial *t, const struct json *value)
{
    struct geo_point p;
    return geo_point_of(value, &p) && geo_holds(t->f->area, &p);
}

static bool is_list(const struct trial *t, const struct json *value)
{
    (void)t;
    return value->type == JSON_LIST;
}

static bool is_list_of_size(const struct trial *t, const struct json *value)
{
    return value->type == JSON_LIST && (int64_t)value->count == t->operand.integer;
}

static bool is_of_type(const struct trial *t, const struct json *value)
{
    str word = t->operand.text;
    int64_t whole;

    switch (value->type) {
    case JSON_BOOL:
        return str_equal(word, S("bool"));
    case JSON_INT:
    case JSON_REAL:
        return str_equal(word, S("number")) || (str_equal(word, S("int")) && whole_number(value, &whole));
    case JSON_TEXT:
        return str_equal(word, S("string"));
    case JSON_MAP:
        return str_equal(word, S("object"));
    case JSON_NULL:
    case JSON_LIST:
    case JSON_BYTES:
        break;
    }
    return false;
}

static bool is_matching_element(const struct trial *t, const struct json *value)
{
    return value->type == JSON_MAP && matches(t->f->inner, value, t->world, t->level + 1);
}

/* some_reached wants one function; these open the last list for the others. */
#define OPENED(name)                                                                               \
    static bool name##_opened(const struct trial *t, const struct json *v)                         \
    {                                                                                              \
        return some_opened(t, v, name);                                                            \
    }
OPENED(is_anything)
OPENED(equals_any)
OPENED(is_in_range)
OPENED(is_text_like)
OPENED(has_words)
OPENED(leaves_remainder)
OPENED(is_of_type)
OPENED(is_matching_element)
OPENED(says_something)
OPENED(lies_there)

static bool has_all(const struct trial *t, const struct json *from)
{
    for (uint32_t i = 0; i < t->operand.count; i++) {
        struct trial one = *t;
        one.operand = t->operand.items[i];
        if (!some_reached(&one, from, 0, equals_any_opened))
            return false;
    }
    return true;
}

static bool has_type(const struct trial *t, const struct json *from)
{
    if (str_equal(t->operand.text, S("null")))
        return !some_reached(t, from, 0, is_anything);
    if (str_equal(t->operand.text, S("array")))
        return some_reached(t, from, 0, is_list);
    return some_reached(t, from, 0, is_of_type_opened);
}

static bool holds_equal(const struct trial *t, const struct json *from)
{
    if (t->operand.type == JSON_NULL)
        return t->f->var == VAR_NONE && !some_reached(t, from, 0, is_anything_opened);
    return some_reached(t, from, 0, equals_any_opened);
}

/* A list that is reached, as its length. */
static bool is_list_of_good_length(const struct trial *t, const struct json *value)
{
    if (value->type != JSON_LIST)
        return false;
    struct json item = json_of_int(value->count);
    struct trial one = *t;
    struct filter bare = *t->f;
    bare.func = FUNC_NONE;
    bare.path_count = 0;
    bare.field = NULL;
    one.f = &bare;
    return holds(&one, &item);
}

/* NE and NIN want no length that is equal; everything else some length. */
static bool length_holds(const struct trial *t, const struct json *from)
{
    struct trial positive = *t;
    struct filter f = *t->f;
    bool complement = f.op == TEST_NE || f.op == TEST_NIN || (f.op == TEST_EQ && t->operand.type == JSON_NULL) ||
                      (f.op == TEST_EXISTS && !t->operand.boolean);
    if (f.op == TEST_NE)
        f.op = TEST_EQ;
    else if (f.op == TEST_NIN)
        f.op = TEST_IN;
    if (complement && t->operand.type == JSON_NULL && t->f->op == TEST_NE)
        complement = false; /* some length: NE null */
    if (f.op == TEST_EXISTS || (t->operand.type == JSON_NULL && t->f->var == VAR_NONE)) {
        f.op = TEST_EXISTS;
        positive.operand = json_of_bool(true);
    }
    positive.f = &f;
    struct json zero = json_of_list(NULL, 0);
    bool some = some_reached(&positive, from, 0, is_list_of_good_length) ||
                (!some_reached(t, from, 0, is_anything) && is_list_of_good_length(&positive, &zero));
    return some != complement;
}

static bool holds(const struct trial *t, const struct json *from)
{
    if (t->f->func == FUNC_COUNT)
        return length_holds(t, from);
    switch (t->f->op) {
    case TEST_EQ:
    case TEST_HAS:
    case TEST_IN:
        return holds_equal(t, from);
    case TEST_NE:
    case TEST_NIN:
        return !holds_equal(t, from);
    case TEST_GT:
    case TEST_GTE:
    case TEST_LT:
    case TEST_LTE:
    case TEST_BETWEEN:
        return some_reached(t, from, 0, is_in_range_opened);
    case TEST_ALL:
        return has_all(t, from);
    case TEST_SIZE:
        return some_reached(t, from, 0, is_list_of_size) ||
               (t->operand.integer == 0 && !some_reached(t, from, 0, is_anything));
    case TEST_EXISTS:
        return some_reached(t, from, 0, is_anything_opened) == t->operand.boolean;
    case TEST_REGEX:
    case TEST_STARTS:
    case TEST_ENDS:
    case TEST_CONTAINS:
        return some_reached(t, from, 0, is_text_like_opened);
    case TEST_TEXT:
        return some_reached(t, from, 0, has_words_opened);
    case TEST_MOD:
        return some_reached(t, from, 0, leaves_remainder_opened);
    case TEST_TYPE:
        return has_type(t, from);
    case TEST_ELEM:
        return some_reached(t, from, 0, is_matching_element_opened);
    case TEST_EMPTY:
        return some_reached(t, from, 0, says_something_opened) != t->operand.boolean;
    case TEST_NEAR:
    case TEST_WITHIN:
    case TEST_INTERSECTS:
        return some_reached(t, from, 0, lies_there_opened);
    case TEST_COUNT:
        break;
    }
    return false;
}

static bool holds_along(const struct trial *t, const struct json *item, size_t hop);
static bool holds_at_targets(const struct trial *t, const struct json *item, size_t hop);

static const struct json *referrers_of(const struct trial *t, const struct field *back, const struct json *item, bool *more)
{
    const struct json *id = json_get(item, S("_id"));
    *more = false;
    if (!id || id->type != JSON_TEXT)
        return NULL;
    return t->world->referrers(t->world->self, back, id->text, more);
}

static bool holds_behind(const struct trial *t, const struct json *item, size_t hop)
{
    bool more;
    const struct json *list = referrers_of(t, t->f->hops[hop], item, &more);
    for (uint32_t i = 0; list && i < list->count; i++)
        if (holds_along(t, &list->items[i], hop + 1))
            return true;
    return more && t->world->negated; /* one of the others may be it */
}

/* The id of the item that a reference's value points to within the relation's collection; {0}. */
static str target_of(const struct field *reference, const struct json *v)
{
    const struct json *id = as_id(v);
    const struct json *model = v->type == JSON_MAP ? json_get(v, S("_model")) : NULL;
    if (id->type != JSON_TEXT)
        return (str){0};
    if (!reference->via)
        return id->text;
    if (model)
        return model->type == JSON_TEXT && str_equal(model->text, reference->to->name) ? id->text : (str){0};
    return reference_id(id->text, reference->to);
}

/* At most LIMIT_FILTER_HOPS deep. */
static bool holds_along(const struct trial *t, const struct json *item, size_t hop)
{
    if (hop == t->f->hop_count && t->f->node == FILTER_SOME)
        return matches(t->f->inner, item, t->world, t->level + 1);
    bool looks_on = hop < t->f->hop_count || (t->f->field && t->f->field->backwards);
    const struct field *next = hop < t->f->hop_count ? t->f->hops[hop] : t->f->field;
    if (looks_on && (next->backwards ? !t->world->referrers : !t->world->fetch))
        return t->world->negated; /* nothing is known there */
    if (hop == t->f->hop_count && t->f->field && t->f->field->backwards) {
        bool more;
        const struct json *list = referrers_of(t, t->f->field, item, &more);
        must(t->f->op == TEST_SIZE);
        return more ? t->world->negated : (list ? (int64_t)list->count : 0) == t->operand.integer;
    }
    if (hop == t->f->hop_count)
        return holds(t, start(t, item)) != t->f->negated;

    return next->backwards ? holds_behind(t, item, hop) : holds_at_targets(t, item, hop);
}

static bool holds_at_targets(const struct trial *t, const struct json *item, size_t hop)
{
    const struct field *reference = t->f->hops[hop];
    const struct json *v = json_get(item, field_stored(reference)->name);
    const struct json *ids = v && v->type == JSON_LIST ? v->items : v;
    uint32_t count = !v ? 0 : v->type == JSON_LIST ? v->count : 1;
    for (uint32_t i = 0; i < count; i++) {
        str id = target_of(reference, &ids[i]);
        const struct json *target = str_is_absent(id) ? NULL : t->world->fetch(t->world->self, reference->to, id);
        if (target && holds_along(t, target, hop + 1))
            return true;
    }
    return false;
}

static bool matches_negated(const struct filter *f, const struct json *item, struct filter_world *world, unsigned level)
{
    world->negated = !world->negated;
    bool yes = matches(f, item, world, level);
    world->negated = !world->negated;
    return yes;
}

static bool matches(const struct filter *f, const struct json *item, struct filter_world *world, unsigned level)
{
    must(level < LEVELS_MAX);
    switch (f->node) {
    case FILTER_ALL:
        return true;
    case FILTER_NONE:
        return false;
    case FILTER_AND:
    case FILTER_OR:
        for (size_t i = 0; i < f->child_count; i++)
            if (matches(f->children[i], item, world, level + 1) == (f->node == FILTER_OR))
                return f->node == FILTER_OR;
        return f->node == FILTER_AND;
    case FILTER_NOT:
        return !matches_negated(f->children[0], item, world, level + 1);
    case FILTER_EXPR:
        return expression_is_true(f->expr, world->arena, item, world->lens);
    case FILTER_TEST:
    case FILTER_SOME:
        break;
    }
    struct trial t = {.f = f, .world = world, .level = level, .operand = f->operand};
    if (f->var != VAR_NONE)
        t.operand = filter_operand(world->arena, f, world->vars);
    return holds_along(&t, item, 0);
}

bool filter_matches(const struct filter *f, const struct json *item, struct filter_world *world)
{
    return matches(f, item, world, 0);
}
