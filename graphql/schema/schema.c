/* Looking things up in a finished schema. */
#include "graphql/schema/internal.h"

const struct gql_type *gql_type_named(const struct gql_schema *s, str name)
{
    return map_get(s->by_name, name);
}

/* Lists that the reader has counted. */
const struct gql_type *gql_type_of_ref(struct arena *a, const struct gql_schema *s, const struct gql_typeref *t)
{
    const struct gql_type *type = t->is_list ? gql_type_of_ref(a, s, t->of) : gql_type_named(s, t->name);
    if (type == NULL)
        return NULL;
    for (int i = 0; i < 2; i++) {
        enum gql_type_kind kind = i == 0 ? GQL_LIST_OF : GQL_NON_NULL;
        if (i == 0 ? !t->is_list : !t->non_null)
            continue;
        const struct gql_type *around = i == 0 ? type->list : type->non_null;
        if (around == NULL) {
            struct gql_type *made = NEW(a, struct gql_type);
            *made = (struct gql_type){.kind = kind, .of = type};
            around = made;
        }
        type = around;
    }
    return type;
}

const struct gql_field *gql_field_named(const struct gql_schema *s, const struct gql_type *of, str name)
{
    if (str_starts(name, S("__"))) {
        if (str_equal(name, gql_typename_field.name) && gql_is_composite(of))
            return &gql_typename_field;
        for (size_t i = 0; i < 2 && of == s->query && !s->hides_itself; i++)
            if (str_equal(name, s->meta[i].name))
                return &s->meta[i];
        return NULL;
    }
    if (of->kind != GQL_OBJECT_TYPE && of->kind != GQL_INTERFACE)
        return NULL;
    if (of->by_name != NULL)
        return map_get(of->by_name, name);
    for (uint32_t i = 0; i < of->field_count; i++)
        if (str_equal(of->fields[i].name, name))
            return &of->fields[i];
    return NULL;
}

const struct gql_input *gql_argument_named(const struct gql_field *f, str name)
{
    for (uint32_t i = 0; i < f->argument_count; i++)
        if (str_equal(f->arguments[i].name, name))
            return &f->arguments[i];
    return NULL;
}

const struct gql_input *gql_input_named(const struct gql_type *t, str name)
{
    if (t->kind != GQL_INPUT)
        return NULL;
    if (t->by_name != NULL)
        return map_get(t->by_name, name);
    for (uint32_t i = 0; i < t->input_count; i++)
        if (str_equal(t->inputs[i].name, name))
            return &t->inputs[i];
    return NULL;
}

size_t gql_input_room(const struct gql_type *t, size_t given)
{
    size_t room = given;
    for (uint32_t i = 0; i < t->input_count; i++)
        room += t->inputs[i].standard != NULL;
    return room < t->input_count ? room : t->input_count;
}

const struct gql_enum_value *gql_value_named(const struct gql_type *t, str name)
{
    if (t->kind != GQL_ENUM_TYPE)
        return NULL;
    if (t->by_name != NULL)
        return map_get(t->by_name, name);
    for (uint32_t i = 0; i < t->value_count; i++)
        if (str_equal(t->values[i].name, name))
            return &t->values[i];
    return NULL;
}

const struct gql_directive_type *gql_directive_named(const struct gql_schema *s, str name)
{
    for (uint32_t i = 0; i < s->directive_count; i++)
        if (str_equal(s->directives[i].name, name))
            return &s->directives[i];
    return NULL;
}

bool gql_is_leaf(const struct gql_type *t)
{
    return t->kind == GQL_SCALAR || t->kind == GQL_ENUM_TYPE;
}

bool gql_is_composite(const struct gql_type *t)
{
    return t->kind == GQL_OBJECT_TYPE || t->kind == GQL_INTERFACE || t->kind == GQL_UNION;
}

bool gql_is_input(const struct gql_type *t)
{
    return gql_is_leaf(t) || t->kind == GQL_INPUT;
}

bool gql_is_output(const struct gql_type *t)
{
    return gql_is_leaf(t) || gql_is_composite(t);
}

bool gql_is_possible(const struct gql_type *abstract, const struct gql_type *object)
{
    if (abstract == object)
        return object->kind == GQL_OBJECT_TYPE;
    for (uint32_t i = 0; i < object->interface_count; i++)
        if (object->interfaces[i] == abstract)
            return object->kind == GQL_OBJECT_TYPE;
    for (uint32_t i = 0; abstract->kind == GQL_UNION && i < abstract->possible_count; i++)
        if (abstract->possible[i] == object)
            return true;
    return false;
}

bool gql_types_overlap(const struct gql_type *a, const struct gql_type *b)
{
    if (a == b)
        return gql_is_composite(a);
    if (a->kind == GQL_OBJECT_TYPE)
        return gql_is_possible(b, a);
    for (uint32_t i = 0; i < a->possible_count; i++)
        if (gql_is_possible(b, a->possible[i]))
            return true;
    return false;
}

void gql_print_type_name(struct buf *b, const struct gql_type *t)
{
    if (t->of == NULL) {
        buf_add(b, t->name);
        return;
    }
    bool is_list = t->kind == GQL_LIST_OF;
    if (is_list)
        buf_byte(b, '[');
    gql_print_type_name(b, t->of);
    buf_byte(b, is_list ? ']' : '!');
}
