/* Literals: each fits the type of where it stands (5.6). Variables in them are looked at by the rules for variables. */
#include "graphql/validate/internal.h"

#include "graphql/schema/build.h"

/* What a literal becomes must be no deeper than what is read from JSON. */
static bool is_too_deep(const struct gql_value *value, unsigned left)
{
    if (value->kind != GQL_LIST && value->kind != GQL_OBJECT)
        return false;
    for (uint32_t i = 0; left && i < value->count; i++)
        if (is_too_deep(&value->items[i], left - 1))
            return true;
    return left == 0;
}

static void must_not(struct visit *v, const struct gql_value *value, const struct gql_type *type, str why)
{
    str is = visit_value(v, value), wanted = visit_type(v, type);
    refuse_at(v, refuse(v, "\"" STR_FMT "\" is expected here, and " STR_FMT " is none%s" STR_FMT "%s", STR_ARG(wanted), STR_ARG(is),
                        why.len ? ": " : "", STR_ARG(why), str_ends(why, S("?")) ? "" : "."), value->at);
}

static void judge_enum(struct visit *v, const struct gql_value *value, const struct gql_type *type)
{
    if (value->kind == GQL_ENUM && gql_value_named(type, value->text))
        return;
    if (value->kind == GQL_STRING && gql_value_named(type, value->text)) {
        must_not(v, value, type, S("values of an enum are written without quotes"));
        return;
    }
    struct suggestions near = suggest(value->text.at ? value->text : S(""), &v->letters);
    for (uint32_t i = 0; value->text.len && i < type->value_count; i++)
        suggest_name(&near, type->values[i].name);
    str did_you_mean = suggestions_text(v->arena, &near);
    must_not(v, value, type, str_slice(did_you_mean, 1, did_you_mean.len));
}

static bool is_standard(const struct gql_scalar *s)
{
    return s == &gql_int || s == &gql_float || s == &gql_string || s == &gql_boolean || s == &gql_id;
}

/* Other scalars may hold variables inside lists and maps: those are judged when their values are known. */
static void judge_scalar(struct visit *v, const struct gql_value *value, const struct gql_type *type)
{
    const struct gql_scalar *scalar = type->scalar;
    if (!scalar || !scalar->take || (gql_has_variables(value) && !is_standard(scalar)))
        return;
    struct json in = gql_literal_json(v->arena, value, NULL), out;
    str why = S("it is none");
    if (!scalar->take(v->arena, &in, value, &out, &why))
        refuse_at(v, refuse(v, "The value does not fit \"" STR_FMT "\": " STR_FMT ".", STR_ARG(type->name), STR_ARG(why)), value->at);
}

static void judge(struct visit *v, const struct gql_value *value, const struct gql_type *type);

static void judge_members(struct visit *v, const struct gql_value *value, const struct gql_type *type, struct map *members)
{
    uint32_t known = 0;
    const struct gql_value *only = NULL;
    for (uint32_t i = 0; i < value->count && !visit_is_over(v); i++) {
        const struct gql_value *member = &value->items[i];
        const struct gql_input *input = gql_input_named(type, member->name);
        if (input) {
            known++;
            only = member;
            if (map_get(members, member->name) == member)
                judge(v, member, input->type);
            continue;
        }
        struct suggestions near = suggest(member->name, &v->letters);
        for (uint32_t k = 0; k < type->input_count; k++)
            suggest_name(&near, type->inputs[k].name);
        str did_you_mean = suggestions_text(v->arena, &near);
        refuse_at(v, refuse(v, "\"" STR_FMT "\" has no field \"" STR_FMT "\"." STR_FMT, STR_ARG(type->name), STR_ARG(member->name),
                            STR_ARG(did_you_mean)), member->name_at);
    }
    if (type->one_of && (known != 1 || only->kind == GQL_NULL) && !visit_is_over(v))
        refuse_at(v, refuse(v, "Exactly one field of \"" STR_FMT "\" must be given, and it cannot be null.", STR_ARG(type->name)), value->at);
}

static void judge_object(struct visit *v, const struct gql_value *value, const struct gql_type *type)
{
    if (value->kind != GQL_OBJECT) {
        must_not(v, value, type, S(""));
        return;
    }
    struct map *members = map_new(v->arena, value->count); /* of several of a name, the last */
    for (uint32_t i = 0; i < value->count; i++)
        map_put(members, value->items[i].name, (void *)(uintptr_t)&value->items[i]);
    for (uint32_t i = 0; i < type->input_count && !visit_is_over(v); i++) {
        const struct gql_input *input = &type->inputs[i];
        if (input->type->kind == GQL_NON_NULL && !input->standard && !map_get(members, input->name)) {
            str wanted = visit_type(v, input->type);
            refuse_at(v, refuse(v, "\"" STR_FMT "\" must have the field \"" STR_FMT "\" of the type \"" STR_FMT "\".", STR_ARG(type->name),
                                STR_ARG(input->name), STR_ARG(wanted)), value->at);
        }
    }
    judge_members(v, value, type, members);
}

static void judge(struct visit *v, const struct gql_value *value, const struct gql_type *type)
{
    if (value->kind == GQL_VARIABLE || visit_is_over(v))
        return;
    if (value->kind == GQL_NULL) {
        if (type->kind == GQL_NON_NULL)
            must_not(v, value, type, S(""));
        return;
    }
    type = gql_nullable(type);
    if (type->kind == GQL_LIST_OF && value->kind == GQL_LIST)
        for (uint32_t i = 0; i < value->count; i++)
            judge(v, &value->items[i], type->of);
    else if (type->kind == GQL_LIST_OF)
        judge(v, value, type->of); /* a single value is a list of it */
    else if (type->kind == GQL_INPUT)
        judge_object(v, value, type);
    else if (type->kind == GQL_ENUM_TYPE)
        judge_enum(v, value, type);
    else
        judge_scalar(v, value, type);
}

void rule_values(struct visit *v, const struct gql_value *value, const struct gql_type *type)
{
    if (is_too_deep(value, LIMIT_JSON_DEPTH)) {
        struct gql_error *e = gql_fail_limit(v->errors, S("value depth"), LIMIT_JSON_DEPTH, LIMIT_JSON_DEPTH + 1,
                                             "This value is nested more than %u levels deep.", LIMIT_JSON_DEPTH);
        refuse_at(v, e, value->at);
    } else if (type) {
        judge(v, value, type);
    }
}

void rule_input_field_names(struct visit *v, const struct gql_value *value, const struct gql_type *type)
{
    (void)type;
    if (value->kind != GQL_LIST && value->kind != GQL_OBJECT)
        return;
    struct map *seen = value->kind == GQL_OBJECT && value->count > 1 ? map_new(v->arena, value->count) : NULL;
    for (uint32_t i = 0; i < value->count && !visit_is_over(v); i++) {
        const struct gql_value *member = &value->items[i], *first = seen ? map_get(seen, member->name) : NULL;
        if (first) {
            struct gql_error *e = refuse(v, "The field \"" STR_FMT "\" is given more than once.", STR_ARG(member->name));
            refuse_at(v, e, first->name_at);
            refuse_at(v, e, member->name_at);
        } else if (seen) {
            map_put(seen, member->name, (void *)(uintptr_t)member);
        }
        rule_input_field_names(v, member, NULL);
    }
}

bool gql_has_variables(const struct gql_value *v)
{
    if (v->kind == GQL_LIST || v->kind == GQL_OBJECT)
        for (uint32_t i = 0; i < v->count; i++)
            if (gql_has_variables(&v->items[i]))
                return true;
    return v->kind == GQL_VARIABLE;
}
