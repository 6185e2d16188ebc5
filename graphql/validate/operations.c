/* Operations as such: which there may be, what they are called, which one runs. */
#include "graphql/validate/internal.h"

static const char *const words[] = {"query", "mutation", "subscription"};

void rule_executable(struct visit *v)
{
    for (uint32_t i = 0; i < v->document->foreign_count && !visit_is_over(v); i++) {
        const struct gql_foreign *f = &v->document->foreign[i];
        refuse_at(v, refuse(v, "The definition of %s\"" STR_FMT "\" does not execute anything: documents have operations and fragments.",
                            f->name.at ? "" : "the ", STR_ARG(f->name.at ? f->name : f->word)), f->at);
    }
}

void rule_operation_types(struct visit *v, const struct gql_operation *o)
{
    const struct gql_type *const roots[] = {v->schema->query, v->schema->mutation, v->schema->subscription};
    if (!roots[o->kind])
        refuse_at(v, refuse(v, "The schema has no operations of the sort \"%s\".", words[o->kind]), o->at);
}

void rule_operation_names(struct visit *v)
{
    const struct gql_document *d = v->document;
    struct map *seen = map_new(v->arena, d->operation_count);
    for (uint32_t i = 0; i < d->operation_count && !visit_is_over(v); i++) {
        const struct gql_operation *o = &d->operations[i], *first = o->name.at ? map_get(seen, o->name) : NULL;
        if (first) {
            struct gql_error *e = refuse(v, "There is more than one operation with the name \"" STR_FMT "\".", STR_ARG(o->name));
            refuse_at(v, e, first->name_at);
            refuse_at(v, e, o->name_at);
        } else if (o->name.at) {
            map_put(seen, o->name, (void *)(uintptr_t)o);
        }
    }
}

void rule_lone_anonymous(struct visit *v, const struct gql_operation *o)
{
    if (!o->name.at && v->document->operation_count > 1)
        refuse_at(v, refuse(v, "An operation without a name must be the only one of its document."), o->at);
}

const struct gql_operation *gql_operation_named(const struct gql_document *d, str name, struct gql_errors *errors)
{
    if (!name.at && d->operation_count == 1)
        return &d->operations[0];
    for (uint32_t i = 0; name.at && i < d->operation_count; i++)
        if (d->operations[i].name.at && str_equal(d->operations[i].name, name))
            return &d->operations[i];
    if (name.at)
        gql_fail(errors, GQL_NO_OPERATION, "The document has no operation with the name \"" STR_FMT "\".", STR_ARG(name));
    else if (d->operation_count == 0)
        gql_fail(errors, GQL_NO_OPERATION, "The document has no operation.");
    else
        gql_fail(errors, GQL_NO_OPERATION, "The document has several operations: \"operationName\" must tell which one is meant.");
    return NULL;
}
