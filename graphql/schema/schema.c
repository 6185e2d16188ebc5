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

/* The rows of a type, whatever they are: their names are their first members. */
struct rows {
    const char *at;
    size_t size;
    uint32_t count;
};

static struct rows rows_of(const struct gql_type *t)
{
    if (t->kind == GQL_INPUT)
        return (struct rows){(const char *)t->inputs, sizeof *t->inputs, t->input_count};
    if (t->kind == GQL_ENUM_TYPE)
        return (struct rows){(const char *)t->values, sizeof *t->values, t->value_count};
    return (struct rows){(const char *)t->fields, sizeof *t->fields, t->field_count};
}

static str name_at(const struct rows *rows, uint32_t i)
{
    str name;
    memcpy(&name, rows->at + i * rows->size, sizeof name);
    return name;
}

/* Up to so many are found by looking at each. */
#define FEW 8u

/* The first of two with one name is the one; gql_schema_check() tells about the other. */
static uint32_t row_named(const struct gql_type *t, const struct gql_index *index, str name)
{
    struct rows rows = rows_of(t);
    if (index == NULL) {
        for (uint32_t i = 0; i < rows.count; i++)
            if (str_equal(name_at(&rows, i), name))
                return i;
        return UINT32_MAX;
    }
    for (uint32_t at = (uint32_t)str_hash(name) & index->mask; index->slots[at] != 0; at = (at + 1) & index->mask)
        if (str_equal(name_at(&rows, index->slots[at] - 1u), name))
            return index->slots[at] - 1u;
    return UINT32_MAX;
}

const struct gql_index *gql_index_rows(struct arena *a, const struct gql_type *t)
{
    struct rows rows = rows_of(t);
    if (rows.count <= FEW || rows.count >= UINT16_MAX)
        return NULL;
    uint32_t width = 2 * FEW;
    while (width < rows.count + rows.count / 2)
        width *= 2;
    struct gql_index *index = arena_get(a, 1, sizeof *index + width * sizeof index->slots[0]);
    index->mask = width - 1;
    for (uint32_t i = 0; i < rows.count; i++) {
        str name = name_at(&rows, i);
        if (row_named(t, index, name) != UINT32_MAX)
            continue;
        uint32_t at = (uint32_t)str_hash(name) & index->mask;
        while (index->slots[at] != 0)
            at = (at + 1) & index->mask;
        index->slots[at] = (uint16_t)(i + 1);
    }
    return index;
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
    uint32_t i = row_named(of, of->index, name);
    return i == UINT32_MAX ? NULL : &of->fields[i];
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
    uint32_t i = row_named(t, t->index, name);
    return i == UINT32_MAX ? NULL : &t->inputs[i];
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
    uint32_t i = row_named(t, t->index, name);
    return i == UINT32_MAX ? NULL : &t->values[i];
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
