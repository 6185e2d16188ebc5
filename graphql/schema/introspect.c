/* A schema that tells about itself (specification, section 4; graphql.md 7): types like any other, whose resolvers look at
 * x->schema. The rows below are the specification's text; includeDeprecated is the same argument everywhere. */
#include "graphql/execute/execute.h"
#include "graphql/schema/internal.h"

/* ---- values ---- */

static enum err give_text(struct gql_thing *out, str s)
{
    *out = str_is_absent(s) ? (struct gql_thing){.kind = GQL_THING_NULL}
                            : (struct gql_thing){.kind = GQL_THING_LEAF, .leaf = json_of_text(s)};
    return ERR_OK;
}

static enum err give_bool(struct gql_thing *out, bool is_true)
{
    *out = (struct gql_thing){.kind = GQL_THING_LEAF, .leaf = json_of_bool(is_true)};
    return ERR_OK;
}

static enum err give_nothing(struct gql_thing *out)
{
    *out = (struct gql_thing){.kind = GQL_THING_NULL};
    return ERR_OK;
}

static enum err give_object(struct gql_thing *out, const void *self)
{
    *out = self == NULL ? (struct gql_thing){.kind = GQL_THING_NULL} : (struct gql_thing){.kind = GQL_THING_OBJECT, .self = self};
    return ERR_OK;
}

static enum err give_list(struct gql_thing *out, const struct gql_thing *items, size_t count)
{
    *out = (struct gql_thing){.kind = GQL_THING_LIST, .items = items, .count = count};
    return ERR_OK;
}

static enum err give_types(struct gql_execution *x, struct gql_thing *out, const struct gql_type *const *types, uint32_t count)
{
    struct gql_thing *items = NEW_N(x->arena, struct gql_thing, count);
    for (uint32_t i = 0; i < count; i++)
        err_ignored(give_object(&items[i], types[i]));
    return give_list(out, items, count);
}

static bool wants_deprecated(const struct gql_node *node)
{
    const struct json *wish = gql_argument(node, S("includeDeprecated"));
    return wish != NULL && wish->type == JSON_BOOL && wish->boolean;
}

static enum err give_inputs(struct gql_execution *x, const struct gql_node *node, struct gql_thing *out,
                            const struct gql_input *inputs, uint32_t count)
{
    struct gql_thing *items = NEW_N(x->arena, struct gql_thing, count);
    size_t n = 0;
    for (uint32_t i = 0; i < count; i++)
        if (str_is_absent(inputs[i].words->deprecated) || wants_deprecated(node))
            err_ignored(give_object(&items[n++], &inputs[i]));
    return give_list(out, items, n);
}

/* A resolver: x, node and self are at hand, the value goes to out. */
#define RESOLVE(name)                                                                                                    \
    static enum err name(struct gql_execution *x __attribute__((unused)), const struct gql_node *node __attribute__((unused)), \
                         const void *self __attribute__((unused)), struct gql_thing *out,                                \
                         struct problem *why __attribute__((unused)))
#define AS(type, name) const struct type *name = self

/* ---- __Schema ---- */

RESOLVE(schema_description) { AS(gql_schema, s); return give_text(out, s->description); }
RESOLVE(schema_types) { AS(gql_schema, s); return give_types(x, out, s->types, s->type_count); }
RESOLVE(schema_query) { AS(gql_schema, s); return give_object(out, s->query); }
RESOLVE(schema_mutation) { AS(gql_schema, s); return give_object(out, s->mutation); }
RESOLVE(schema_subscription) { AS(gql_schema, s); return give_object(out, s->subscription); }
RESOLVE(schema_directives)
{
    AS(gql_schema, s);
    struct gql_thing *items = NEW_N(x->arena, struct gql_thing, s->directive_count);
    for (uint32_t i = 0; i < s->directive_count; i++)
        err_ignored(give_object(&items[i], &s->directives[i]));
    return give_list(out, items, s->directive_count);
}

/* ---- __Type ---- */

static const str kinds[] = {
    [GQL_SCALAR] = STR("SCALAR"),      [GQL_OBJECT_TYPE] = STR("OBJECT"), [GQL_INTERFACE] = STR("INTERFACE"),
    [GQL_UNION] = STR("UNION"),        [GQL_ENUM_TYPE] = STR("ENUM"),     [GQL_INPUT] = STR("INPUT_OBJECT"),
    [GQL_LIST_OF] = STR("LIST"),       [GQL_NON_NULL] = STR("NON_NULL"),
};

RESOLVE(type_kind) { AS(gql_type, t); return give_text(out, kinds[t->kind]); }
RESOLVE(type_name) { AS(gql_type, t); return give_text(out, t->name); }
RESOLVE(type_description) { AS(gql_type, t); return give_text(out, t->description); }
RESOLVE(type_specified_by) { AS(gql_type, t); return give_text(out, t->specified_by); }
RESOLVE(type_of) { AS(gql_type, t); return give_object(out, t->of); }
RESOLVE(type_fields)
{
    AS(gql_type, t);
    if (t->kind != GQL_OBJECT_TYPE && t->kind != GQL_INTERFACE)
        return give_nothing(out);
    struct gql_thing *items = NEW_N(x->arena, struct gql_thing, t->field_count);
    size_t n = 0;
    for (uint32_t i = 0; i < t->field_count; i++)
        if (str_is_absent(t->fields[i].words->deprecated) || wants_deprecated(node))
            err_ignored(give_object(&items[n++], &t->fields[i]));
    return give_list(out, items, n);
}
RESOLVE(type_interfaces)
{
    AS(gql_type, t);
    if (t->kind != GQL_OBJECT_TYPE && t->kind != GQL_INTERFACE)
        return give_nothing(out);
    return give_types(x, out, t->interfaces, t->interface_count);
}
RESOLVE(type_possible)
{
    AS(gql_type, t);
    if (t->kind != GQL_UNION && t->kind != GQL_INTERFACE)
        return give_nothing(out);
    return give_types(x, out, t->possible, t->possible_count);
}
RESOLVE(type_values)
{
    AS(gql_type, t);
    if (t->kind != GQL_ENUM_TYPE)
        return give_nothing(out);
    struct gql_thing *items = NEW_N(x->arena, struct gql_thing, t->value_count);
    size_t n = 0;
    for (uint32_t i = 0; i < t->value_count; i++)
        if (str_is_absent(t->values[i].words->deprecated) || wants_deprecated(node))
            err_ignored(give_object(&items[n++], &t->values[i]));
    return give_list(out, items, n);
}
RESOLVE(type_inputs)
{
    AS(gql_type, t);
    return t->kind == GQL_INPUT ? give_inputs(x, node, out, t->inputs, t->input_count) : give_nothing(out);
}
RESOLVE(type_one_of)
{
    AS(gql_type, t);
    return t->kind == GQL_INPUT ? give_bool(out, t->one_of) : give_nothing(out);
}

/* ---- __Field, __InputValue, __EnumValue, __Directive ---- */

RESOLVE(field_name) { AS(gql_field, f); return give_text(out, f->name); }
RESOLVE(field_description) { AS(gql_field, f); return give_text(out, f->words->description); }
RESOLVE(field_arguments) { AS(gql_field, f); return give_inputs(x, node, out, f->arguments, f->argument_count); }
RESOLVE(field_type) { AS(gql_field, f); return give_object(out, f->type); }
RESOLVE(field_is_deprecated) { AS(gql_field, f); return give_bool(out, !str_is_absent(f->words->deprecated)); }
RESOLVE(field_reason) { AS(gql_field, f); return give_text(out, f->words->deprecated); }

RESOLVE(input_name) { AS(gql_input, i); return give_text(out, i->name); }
RESOLVE(input_description) { AS(gql_input, i); return give_text(out, i->words->description); }
RESOLVE(input_type) { AS(gql_input, i); return give_object(out, i->type); }
RESOLVE(input_default) { AS(gql_input, i); return give_text(out, i->words->standard); }
RESOLVE(input_is_deprecated) { AS(gql_input, i); return give_bool(out, !str_is_absent(i->words->deprecated)); }
RESOLVE(input_reason) { AS(gql_input, i); return give_text(out, i->words->deprecated); }

RESOLVE(value_name) { AS(gql_enum_value, v); return give_text(out, v->name); }
RESOLVE(value_description) { AS(gql_enum_value, v); return give_text(out, v->words->description); }
RESOLVE(value_is_deprecated) { AS(gql_enum_value, v); return give_bool(out, !str_is_absent(v->words->deprecated)); }
RESOLVE(value_reason) { AS(gql_enum_value, v); return give_text(out, v->words->deprecated); }

RESOLVE(directive_name) { AS(gql_directive_type, d); return give_text(out, d->name); }
RESOLVE(directive_description) { AS(gql_directive_type, d); return give_text(out, d->description); }
RESOLVE(directive_repeatable) { AS(gql_directive_type, d); return give_bool(out, d->repeatable); }
RESOLVE(directive_arguments) { AS(gql_directive_type, d); return give_inputs(x, node, out, d->arguments, d->argument_count); }
RESOLVE(directive_locations)
{
    AS(gql_directive_type, d);
    struct gql_thing *items = NEW_N(x->arena, struct gql_thing, d->location_count);
    for (uint32_t i = 0; i < d->location_count; i++)
        err_ignored(give_text(&items[i], d->locations[i]));
    return give_list(out, items, d->location_count);
}

/* ---- the meta fields ---- */

RESOLVE(meta_schema) { return give_object(out, x->schema); }
RESOLVE(meta_type)
{
    const struct json *name = gql_argument(node, S("name"));
    return give_object(out, name == NULL || name->type != JSON_TEXT ? NULL : gql_type_named(x->schema, name->text));
}

/* ---- the types ---- */

struct introspection_field {
    const char *name, *type;
    gql_resolve *resolve;
    bool has_deprecated;              /* takes includeDeprecated */
};
static const struct introspection_field of_schema[] = {
    {"description", "String", schema_description, false},
    {"types", "[__Type!]!", schema_types, false},
    {"queryType", "__Type!", schema_query, false},
    {"mutationType", "__Type", schema_mutation, false},
    {"subscriptionType", "__Type", schema_subscription, false},
    {"directives", "[__Directive!]!", schema_directives, false},
};
static const struct introspection_field of_type[] = {
    {"kind", "__TypeKind!", type_kind, false},
    {"name", "String", type_name, false},
    {"description", "String", type_description, false},
    {"specifiedByURL", "String", type_specified_by, false},
    {"fields", "[__Field!]", type_fields, true},
    {"interfaces", "[__Type!]", type_interfaces, false},
    {"possibleTypes", "[__Type!]", type_possible, false},
    {"enumValues", "[__EnumValue!]", type_values, true},
    {"inputFields", "[__InputValue!]", type_inputs, true},
    {"ofType", "__Type", type_of, false},
    {"isOneOf", "Boolean", type_one_of, false},
};
static const struct introspection_field of_field[] = {
    {"name", "String!", field_name, false},
    {"description", "String", field_description, false},
    {"args", "[__InputValue!]!", field_arguments, true},
    {"type", "__Type!", field_type, false},
    {"isDeprecated", "Boolean!", field_is_deprecated, false},
    {"deprecationReason", "String", field_reason, false},
};
static const struct introspection_field of_input[] = {
    {"name", "String!", input_name, false},
    {"description", "String", input_description, false},
    {"type", "__Type!", input_type, false},
    {"defaultValue", "String", input_default, false},
    {"isDeprecated", "Boolean!", input_is_deprecated, false},
    {"deprecationReason", "String", input_reason, false},
};
static const struct introspection_field of_value[] = {
    {"name", "String!", value_name, false},
    {"description", "String", value_description, false},
    {"isDeprecated", "Boolean!", value_is_deprecated, false},
    {"deprecationReason", "String", value_reason, false},
};
static const struct introspection_field of_directive[] = {
    {"name", "String!", directive_name, false},
    {"description", "String", directive_description, false},
    {"isRepeatable", "Boolean!", directive_repeatable, false},
    {"locations", "[__DirectiveLocation!]!", directive_locations, false},
    {"args", "[__InputValue!]!", directive_arguments, true},
};
#define ROWS(rows) (rows), COUNTOF(rows)
static const struct {
    str name, description;
    const struct introspection_field *fields;
    size_t count;
} objects[] = {
    {STR("__Schema"), STR("A schema: its types, where operations begin, its directives."), ROWS(of_schema)},
    {STR("__Type"), STR("A type. Which members it has depends on its kind; lists and non-null types are around another one."),
     ROWS(of_type)},
    {STR("__Field"), STR("A field of an object or interface type."), ROWS(of_field)},
    {STR("__InputValue"), STR("An argument, or a field of an input object; its default as a literal."), ROWS(of_input)},
    {STR("__EnumValue"), STR("A value of an enum: its name is what answers hold."), ROWS(of_value)},
    {STR("__Directive"), STR("A directive: what may be said about a place in a document, and where."), ROWS(of_directive)},
};

static const str locations[] = {
    STR("QUERY"), STR("MUTATION"), STR("SUBSCRIPTION"), STR("FIELD"), STR("FRAGMENT_DEFINITION"), STR("FRAGMENT_SPREAD"),
    STR("INLINE_FRAGMENT"), STR("VARIABLE_DEFINITION"), STR("SCHEMA"), STR("SCALAR"), STR("OBJECT"), STR("FIELD_DEFINITION"),
    STR("ARGUMENT_DEFINITION"), STR("INTERFACE"), STR("UNION"), STR("ENUM"), STR("ENUM_VALUE"), STR("INPUT_OBJECT"),
    STR("INPUT_FIELD_DEFINITION")};

bool gql_is_introspection(str name)
{
    for (size_t i = 0; i < COUNTOF(objects); i++)
        if (str_equal(objects[i].name, name))
            return true;
    return str_equal(name, S("__TypeKind")) || str_equal(name, S("__DirectiveLocation"));
}

static const struct gql_words not_deprecated_words = {.standard = STR("false")};
static const struct json not_deprecated = {.type = JSON_BOOL, .boolean = false};

static void add_deprecated(struct gql_builder *b, struct gql_field *f)
{
    struct gql_input *i = gql_add_argument(b, f, S("includeDeprecated"), gql_type_text(b, "Boolean!"), (str){0});
    i->standard = &not_deprecated;
    i->words = &not_deprecated_words;
}

static void add_enum(struct gql_builder *b, str name, str description, const str *values, size_t count)
{
    struct gql_type *t = gql_type_make(b, GQL_ENUM_TYPE, name, description);
    for (size_t i = 0; i < count; i++)
        gql_add_value(b, t, values[i], (str){0});
}

void gql_add_introspection(struct gql_builder *b)
{
    struct gql_type *types[COUNTOF(objects)];
    for (size_t i = 0; i < COUNTOF(objects); i++)
        types[i] = gql_type_make(b, GQL_OBJECT_TYPE, objects[i].name, objects[i].description);
    add_enum(b, S("__TypeKind"), S("The kinds of types."), kinds, COUNTOF(kinds));
    add_enum(b, S("__DirectiveLocation"), S("The places where directives may stand."), locations, COUNTOF(locations));
    for (size_t i = 0; i < COUNTOF(objects); i++)
        for (size_t k = 0; k < objects[i].count; k++) {
            const struct introspection_field *row = &objects[i].fields[k];
            struct gql_field *f = gql_add_field(b, types[i], str_of(row->name), gql_type_text(b, row->type), (str){0});
            f->resolve = row->resolve;
            if (row->has_deprecated)
                add_deprecated(b, f);
        }
    b->schema_type = types[0];
}

void gql_add_meta_fields(struct gql_builder *b, struct gql_schema *s)
{
    struct gql_input *name = NEW(b->arena, struct gql_input);
    *name = (struct gql_input){.name = S("name"), .type = gql_type_text(b, "String!"), .words = &gql_no_words};
    struct gql_field *meta = NEW_N(b->arena, struct gql_field, 2);
    meta[0] = (struct gql_field){.name = S("__schema"),
                                 .type = gql_type_text(b, "__Schema!"),
                                 .words = gql_share_words(b, (struct gql_words){.description = S("This schema.")}),
                                 .resolve = meta_schema};
    meta[1] = (struct gql_field){.name = S("__type"),
                                 .type = gql_type_text(b, "__Type"),
                                 .words = gql_share_words(
                                     b, (struct gql_words){.description = S("A type of this schema by its name.")}),
                                 .arguments = name,
                                 .argument_count = 1,
                                 .resolve = meta_type};
    s->meta = meta;
}
