/* Are the arguments of two fields the same (5.3.2)? As they are written: an argument that is not there differs from one
 * that has the default; 1 differs from 1.0 and "a" from """a"""; members of objects have no order. */
#include "graphql/validate/internal.h"

static bool same_value(struct visit *v, const struct gql_value *a, const struct gql_value *b);

/* The member of that name, mostly at the same index. */
static const struct gql_value *member(struct visit *v, const struct gql_value *object, str name, uint32_t at)
{
    if (at < object->count && str_equal(object->items[at].name, name))
        return &object->items[at];
    for (uint32_t i = object->count; i-- > 0 && visit_spend(v, 1);)
        if (str_equal(object->items[i].name, name))
            return &object->items[i];
    return NULL;
}

static bool same_items(struct visit *v, const struct gql_value *a, const struct gql_value *b)
{
    if (a->count != b->count)
        return false;
    for (uint32_t i = 0; i < a->count; i++) {
        const struct gql_value *other = a->kind == GQL_LIST ? &b->items[i] : member(v, b, a->items[i].name, i);
        if (!other || !same_value(v, &a->items[i], other))
            return false;
    }
    return true;
}

static bool same_value(struct visit *v, const struct gql_value *a, const struct gql_value *b)
{
    if (!visit_spend(v, 1) || a->kind != b->kind)
        return false;
    switch (a->kind) {
    case GQL_LIST:
    case GQL_OBJECT:
        return same_items(v, a, b);
    case GQL_BOOLEAN:
        return a->is_true == b->is_true;
    case GQL_NULL:
        return true;
    case GQL_STRING:
        return a->is_block == b->is_block && str_equal(a->text, b->text);
    case GQL_VARIABLE:
    case GQL_INT:
    case GQL_FLOAT:
    case GQL_ENUM:
        break;
    }
    return str_equal(a->text, b->text);
}

bool gql_same_arguments(struct visit *v, const struct gql_selection *a, const struct gql_selection *b)
{
    if (a->argument_count != b->argument_count)
        return false;
    for (uint32_t i = 0; i < a->argument_count; i++) {
        const struct gql_argument *other = NULL;
        for (uint32_t k = b->argument_count; k-- > 0 && !other && visit_spend(v, 1);)
            if (str_equal(b->arguments[k].name, a->arguments[i].name))
                other = &b->arguments[k];
        if (!other || !same_value(v, &a->arguments[i].value, &other->value))
            return false;
    }
    return true;
}
