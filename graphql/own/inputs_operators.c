/* The operators of filter inputs. A row here is a field of every input that it suits; execution
 * reads the same rows. */
#include "content/filter/operators.h"
#include "content/kind.h"
#include "graphql/own/inputs.h"

#define ROW(name, spelling, operand, doc)                                                          \
    {                                                                                              \
        STR(name), STR(spelling), OPERAND_##operand, false, doc                                    \
    }

const struct own_operator own_operators[] = {
    ROW("eq", "$eq", ONE, "Equals; of a list: some element does."),
    ROW("ne", "$ne", ONE, "Does not equal, or has no value."),
    ROW("in", "$in", LIST, "Equals one of these."),
    ROW("notIn", "$nin", LIST, "Equals none of these, or has no value."),
    ROW("lt", "$lt", ONE, "Less than."),
    ROW("lte", "$lte", ONE, "Less than or equal."),
    ROW("gt", "$gt", ONE, "Greater than."),
    ROW("gte", "$gte", ONE, "Greater than or equal."),
    ROW("between", "$between", RANGE, "From the one to the other, both included."),
    {STR("isNull"), STR("$exists"), OPERAND_YES, true, "Has no value."},
    ROW("isEmpty", "$empty", YES, "Has no value but the empty text."),
    ROW("contains", "$contains", TEXT, "Contains this text, byte for byte."),
    ROW("notContains", "$notContains", TEXT, "Does not contain this text."),
    ROW("startsWith", "$startsWith", TEXT, "Begins with this text."),
    ROW("notStartsWith", "$notStartsWith", TEXT, "Does not begin with this text."),
    ROW("endsWith", "$endsWith", TEXT, "Ends with this text."),
    ROW("notEndsWith", "$notEndsWith", TEXT, "Does not end with this text."),
    ROW("ieq", "$eqi", TEXT, "Equals, letter case aside."),
    ROW("ine", "$nei", TEXT, "Does not equal, letter case aside."),
    ROW("icontains", "$containsi", TEXT, "Contains this text, letter case aside."),
    ROW("notIcontains", "$notContainsi", TEXT, "Does not contain this text, letter case aside."),
    ROW("istartsWith", "$startsWithi", TEXT, "Begins with this text, letter case aside."),
    ROW("notIstartsWith", "$notStartsWithi", TEXT,
        "Does not begin with this text, letter case aside."),
    ROW("iendsWith", "$endsWithi", TEXT, "Ends with this text, letter case aside."),
    ROW("notIendsWith", "$notEndsWithi", TEXT, "Does not end with this text, letter case aside."),
    ROW("regex", "$regex", TEXT, "Matches this pattern, letter case aside."),
    ROW("words", "$text", TEXT, "Holds each of these words, letter case and accents aside."),
    ROW("all", "$all", LIST, "Has each of these."),
    ROW("size", "$size", NUMBER, "Has so many elements."),
    ROW("near", "$near", JSON,
        "Lies within $maxDistance metres of {\"$geometry\":{\"coordinates\":[lng,lat]}}."),
    ROW("within", "$geoWithin", JSON, "Lies in this $box, $center or $geometry."),
    ROW("intersects", "$geoIntersects", JSON, "Is this point, or lies in this polygon."),
};
const size_t own_operator_count = COUNTOF(own_operators);

/* Of free JSON everything can be asked; what is worth a name in a schema is less. */
static bool suits_document(const struct own_operator *o, const struct field *f)
{
    bool is_place = o->operand == OPERAND_JSON;
    if (str_equal(f->kind->name, S("geo")))
        return is_place || o->inverted;
    return is_place || o->inverted || o->operand == OPERAND_NUMBER;
}

bool own_operator_suits(const struct own_operator *o, const struct field *f)
{
    const struct filter_operator *operator= operator_find(o->spelling);
    must(operator!= NULL);
    bool on_lists_only = operator->op == TEST_ALL || operator->op == TEST_SIZE;
    if (f->kind->flags & KIND_DEEP)
        return suits_document(o, f);
    if (o->operand == OPERAND_JSON || (on_lists_only && !(f->kind->flags & KIND_LIST)))
        return false;
    if (operator->op == TEST_EMPTY && !(kind_of_one(f->kind)->flags &KIND_TEXTUAL) &&
        !(f->kind->flags & KIND_LIST))
        return false;
    return operator_suits(operator, f);
}

/* ---- taken ---- */

static const struct own_operator *operator_named(str name)
{
    for (size_t i = 0; i < own_operator_count; i++)
        if (str_equal(own_operators[i].name, name))
            return &own_operators[i];
    return NULL;
}

bool own_operators_suit(const struct json *in, const struct field *f)
{
    if (in->type != JSON_MAP)
        return false;
    for (uint32_t i = 0; i < in->count; i++) {
        const struct own_operator *o = operator_named(in->items[i].name);
        if (!o || !own_operator_suits(o, f))
            return false;
    }
    return true;
}

#define REFUSE_TEST(rule, ...) problem_fault(why, ERR_BAD_INPUT, where, S(rule), __VA_ARGS__)

static enum err operand_of(struct arena *a, const struct own_operator *o, const struct json *in,
                           str where, struct json *out, struct problem *why)
{
    *out = *in;
    if (o->inverted && in->type == JSON_BOOL)
        *out = json_of_bool(!in->boolean);
    if (o->operand != OPERAND_RANGE || in->type != JSON_MAP)
        return ERR_OK;
    const struct json *from = json_get(in, S("from")), *to = json_get(in, S("to"));
    if (!from || !to || from->type == JSON_NULL || to->type == JSON_NULL)
        return REFUSE_TEST("type", "\"" STR_FMT "\" has both from and to.", STR_ARG(o->name));
    struct json *ends = NEW_N(a, struct json, 2);
    ends[0] = *from;
    ends[1] = *to;
    *out = json_of_list(ends, 2);
    return ERR_OK;
}

enum err own_take_operators(struct arena *a, str name, const struct json *in, str where,
                            struct json *out, struct problem *why)
{
    struct json *tests = NEW_N(a, struct json, in->count);
    for (uint32_t i = 0; i < in->count; i++) {
        const struct json *v = &in->items[i];
        const struct own_operator *o = operator_named(v->name);
        if (!o)
            return REFUSE_TEST("unknown-operator", "There is no operator \"" STR_FMT "\".",
                               STR_ARG(v->name));
        if (v->type == JSON_NULL)
            return REFUSE_TEST("null",
                               "\"" STR_FMT "\" is null, which is no condition: say isNull.",
                               STR_ARG(v->name));
        TRY(operand_of(a, o, v, where, &tests[i], why));
        tests[i].name = o->spelling;
    }
    *out = in->count ? json_named(name, json_of_map(tests, in->count))
                     : json_named(S("$and"), json_of_list(NULL, 0));
    return ERR_OK;
}
