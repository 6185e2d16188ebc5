/* What every schema has by the specification: five scalars (3.5) and five directives (3.13). */
#include "graphql/schema/internal.h"

#define SCALAR_FACTS(text, code, says) .kind = GQL_SCALAR, .name = STR(text), .scalar = &(code), .description = STR(says)

/* The types around a shared one that schemas use every day. */
#define SHARED_TYPE(t, text, code, says, at)                                                                             \
    static const struct gql_type t##_must, t##_list, t##_list_must, t##_must_list, t##_must_list_must;                   \
    const struct gql_type gql_##t##_type = {                                                                             \
        SCALAR_FACTS(text, code, says), .number = (at), .list = &t##_list, .non_null = &t##_must};                       \
    static const struct gql_type t##_must = {.kind = GQL_NON_NULL, .of = &gql_##t##_type, .list = &t##_must_list};       \
    static const struct gql_type t##_list = {.kind = GQL_LIST_OF, .of = &gql_##t##_type, .non_null = &t##_list_must};    \
    static const struct gql_type t##_list_must = {.kind = GQL_NON_NULL, .of = &t##_list};                                \
    static const struct gql_type t##_must_list = {.kind = GQL_LIST_OF, .of = &t##_must, .non_null = &t##_must_list_must}; \
    static const struct gql_type t##_must_list_must = {.kind = GQL_NON_NULL, .of = &t##_must_list}

SHARED_TYPE(string, "String", gql_string, "Text: any Unicode characters.", 0);
SHARED_TYPE(boolean, "Boolean", gql_boolean, "true or false.", 1);

static const struct {
    str name, description;
    const struct gql_scalar *scalar;
} scalars[] = {
    {STR("Int"), STR("A whole number between -2147483648 and 2147483647."), &gql_int},
    {STR("Float"), STR("A number, as precise as 64 bits of IEEE 754 are."), &gql_float},
    {STR("ID"), STR("The name of one thing among its like: always a text, whole numbers are taken as well."), &gql_id},
};

void gql_add_known(struct gql_builder *b)
{
    for (size_t i = 0; i < COUNTOF(scalars); i++)
        gql_type_make(b, GQL_SCALAR, scalars[i].name, scalars[i].description)->scalar = scalars[i].scalar;
}

bool gql_is_known_type(const struct gql_type *t)
{
    if (t == &gql_string_type || t == &gql_boolean_type || gql_is_introspection(t->name))
        return true;
    for (size_t i = 0; i < COUNTOF(scalars); i++)
        if (str_equal(t->name, scalars[i].name))
            return true;
    return false;
}

#define WORDS(text) &(const struct gql_words){.description = STR(text)}

const struct gql_field gql_typename_field = {
    .name = STR("__typename"), .type = &string_must, .words = WORDS("The name of the object's type.")};

static const str where_selected[] = {STR("FIELD"), STR("FRAGMENT_SPREAD"), STR("INLINE_FRAGMENT")};
static const str where_deprecated[] = {STR("FIELD_DEFINITION"), STR("ARGUMENT_DEFINITION"), STR("INPUT_FIELD_DEFINITION"),
                                       STR("ENUM_VALUE")};
static const str where_scalar[] = {STR("SCALAR")};
static const str where_input[] = {STR("INPUT_OBJECT")};

static const struct json no_longer = {.type = JSON_TEXT, .text = STR("No longer supported")};
static const struct gql_input skip_if[] = {
    {.name = STR("if"), .type = &boolean_must, .words = WORDS("Left out when true.")}};
static const struct gql_input include_if[] = {
    {.name = STR("if"), .type = &boolean_must, .words = WORDS("Left out when false.")}};
static const struct gql_input deprecated_reason[] = {{
    .name = STR("reason"), .type = &string_must, .standard = &no_longer,
    .words = &(const struct gql_words){.description = STR("Why, and what is there instead. CommonMark."),
                                       .standard = STR("\"No longer supported\"")}}};
static const struct gql_input specified_url[] = {
    {.name = STR("url"), .type = &string_must, .words = WORDS("Where the scalar's values are described.")}};

/* clang-format off */
#define AT(places) .locations = (places), .location_count = COUNTOF(places)
#define WITH(inputs) .arguments = (inputs), .argument_count = COUNTOF(inputs)
const struct gql_directive_type gql_directives[] = {
    {.name = STR("include"), AT(where_selected), WITH(include_if),
     .description = STR("Answers with this only when it is wanted.")},
    {.name = STR("skip"), AT(where_selected), WITH(skip_if),
     .description = STR("Leaves this out of the answer when it is not wanted.")},
    {.name = STR("deprecated"), AT(where_deprecated), WITH(deprecated_reason),
     .description = STR("Still there, but not for long.")},
    {.name = STR("specifiedBy"), AT(where_scalar), WITH(specified_url),
     .description = STR("Where a scalar's values are described.")},
    {.name = STR("oneOf"), AT(where_input),
     .description = STR("Exactly one member is to be given, and it is not null.")},
};
/* clang-format on */
const uint32_t gql_directive_count = COUNTOF(gql_directives);
