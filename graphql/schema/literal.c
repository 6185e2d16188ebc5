/* Literals as values. Validation has said already whether a literal of a document fits; this says it again, because
 * defaults of a schema come this way, too, and so that a mistake there is an error and not a wrong value. */
#include "graphql/schema/schema.h"

/* A GraphQL number is JSON's. One that JSON cannot hold stays a text, and the scalar looks at what was written. */
static struct json number_json(struct arena *a, str text)
{
    const struct json *n = NULL;
    return json_read(a, text, NULL, S(""), &n, NULL) == ERR_OK ? *n : json_of_text(text);
}

static const struct json *variable_of(const struct json *variables, const struct gql_value *v)
{
    return v->kind == GQL_VARIABLE ? json_get(variables, v->text) : NULL;
}

static struct json list_json(struct arena *a, const struct gql_value *v, const struct json *variables)
{
    struct json *items = NEW_N(a, struct json, v->count);
    uint32_t count = 0;
    for (uint32_t i = 0; i < v->count; i++) {
        const struct gql_value *item = &v->items[i];
        if (v->kind == GQL_OBJECT && item->kind == GQL_VARIABLE && variable_of(variables, item) == NULL)
            continue;
        struct json value = gql_literal_json(a, item, variables);
        items[count++] = v->kind == GQL_OBJECT ? json_named(item->name, value) : value;
    }
    return v->kind == GQL_OBJECT ? json_of_map(items, count) : json_of_list(items, count);
}

struct json gql_literal_json(struct arena *a, const struct gql_value *v, const struct json *variables)
{
    const struct json *variable = variable_of(variables, v);
    switch (v->kind) {
    case GQL_VARIABLE:
        return variable == NULL ? json_null : json_named((str){0}, *variable);
    case GQL_INT:
    case GQL_FLOAT:
        return number_json(a, v->text);
    case GQL_STRING:
    case GQL_ENUM:
        return json_of_text(v->text);
    case GQL_BOOLEAN:
        return json_of_bool(v->is_true);
    case GQL_LIST:
    case GQL_OBJECT:
        return list_json(a, v, variables);
    case GQL_NULL:
        break;
    }
    return json_null;
}

struct taking {
    struct arena *arena;
    const struct json *variables;
    str *why;
};

static bool take(const struct taking *t, const struct gql_type *type, const struct gql_value *v, struct json *out);

static bool refuse(const struct taking *t, const char *before, str name, const char *after)
{
    *t->why = arena_format(t->arena, "%s" STR_FMT "%s", before, STR_ARG(name), after);
    return false;
}

static bool take_enum(const struct taking *t, const struct gql_type *type, const struct gql_value *v, struct json *out)
{
    if (v->kind != GQL_ENUM || gql_value_named(type, v->text) == NULL)
        return refuse(t, "a value of ", type->name, " is wanted");
    *out = json_of_text(v->text);
    return true;
}

static bool take_scalar(const struct taking *t, const struct gql_type *type, const struct gql_value *v, struct json *out)
{
    struct json in = gql_literal_json(t->arena, v, t->variables);
    if (type->scalar != NULL && type->scalar->take != NULL)
        return type->scalar->take(t->arena, &in, v, out, t->why);
    *out = in;
    return true;
}

static const struct gql_value *member_of(const struct gql_value *object, str name)
{
    for (uint32_t i = 0; i < object->count; i++)
        if (str_equal(object->items[i].name, name))
            return &object->items[i];
    return NULL;
}

/* One member of an input object: given, by default, or left out. */
static bool take_member(const struct taking *t, const struct gql_input *input, const struct gql_value *given, struct json *out,
                        uint32_t *count)
{
    bool is_absent = given == NULL || (given->kind == GQL_VARIABLE && variable_of(t->variables, given) == NULL);
    if (is_absent && input->standard == NULL) {
        if (input->type->kind == GQL_NON_NULL)
            return refuse(t, "\"", input->name, "\" is missing");
        return true;
    }
    struct json value = json_null;
    if (is_absent) {
        value = *input->standard;
    } else if (!take(t, input->type, given, &value)) {
        *t->why = arena_format(t->arena, "\"" STR_FMT "\": " STR_FMT, STR_ARG(input->name), STR_ARG(*t->why));
        return false;
    }
    out[(*count)++] = json_named(input->name, value);
    return true;
}

static bool take_object(const struct taking *t, const struct gql_type *type, const struct gql_value *v, struct json *out)
{
    if (v->kind != GQL_OBJECT)
        return refuse(t, "a ", type->name, " is wanted, in braces");
    for (uint32_t i = 0; i < v->count; i++)
        if (gql_input_named(type, v->items[i].name) == NULL)
            return refuse(t, "\"", v->items[i].name, "\" is not known here");
    struct json *members = NEW_N(t->arena, struct json, gql_input_room(type, v->count));
    uint32_t count = 0;
    for (uint32_t i = 0; i < type->input_count; i++)
        if (!take_member(t, &type->inputs[i], member_of(v, type->inputs[i].name), members, &count))
            return false;
    if (type->one_of && (count != 1 || members[0].type == JSON_NULL))
        return refuse(t, "exactly one member of ", type->name, " is to be given, and not null");
    *out = json_of_map(members, count);
    return true;
}

static bool take_list(const struct taking *t, const struct gql_type *type, const struct gql_value *v, struct json *out)
{
    uint32_t count = v->kind == GQL_LIST ? v->count : 1;
    struct json *items = NEW_N(t->arena, struct json, count);
    for (uint32_t i = 0; i < count; i++)
        if (!take(t, type->of, v->kind == GQL_LIST ? &v->items[i] : v, &items[i]))
            return false;
    *out = json_of_list(items, count);
    return true;
}

/* As deep as the literal, whose reader counts, and the lists of its type, which somebody wrote down. */
static bool take(const struct taking *t, const struct gql_type *type, const struct gql_value *v, struct json *out)
{
    const struct json *variable = variable_of(t->variables, v);
    bool is_null = v->kind == GQL_NULL || (v->kind == GQL_VARIABLE && (variable == NULL || variable->type == JSON_NULL));
    if (is_null && type->kind == GQL_NON_NULL)
        return refuse(t, "null is not possible here", S(""), "");
    type = gql_nullable(type);
    if (is_null || v->kind == GQL_VARIABLE) {
        *out = is_null ? json_null : json_named((str){0}, *variable);
        return true;
    }
    switch (type->kind) {
    case GQL_LIST_OF:
        return take_list(t, type, v, out);
    case GQL_INPUT:
        return take_object(t, type, v, out);
    case GQL_ENUM_TYPE:
        return take_enum(t, type, v, out);
    case GQL_SCALAR:
        return take_scalar(t, type, v, out);
    case GQL_OBJECT_TYPE:
    case GQL_INTERFACE:
    case GQL_UNION:
    case GQL_NON_NULL:
        break;
    }
    return refuse(t, "", type->name, " is no type of values");
}

bool gql_take_literal(struct arena *a, const struct gql_type *type, const struct gql_value *literal, const struct json *variables,
                      struct json *out, str *why)
{
    return take(&(struct taking){.arena = a, .variables = variables, .why = why}, type, literal, out);
}
