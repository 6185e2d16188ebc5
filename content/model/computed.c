/* Computed fields: expressions over the other fields of an item. */
#include "content/aggregate/expression.h"
#include "content/model/parts.h"

static bool is_computed(const struct field *f)
{
    return f->definition && json_get(f->definition, S("computed"));
}

static const struct field *first_computed(const struct expression *e)
{
    const struct field *const *fields;
    size_t count = expression_fields(e, &fields);
    for (size_t i = 0; i < count; i++)
        if (is_computed(fields[i]))
            return fields[i];
    return NULL;
}

/* Not of each other: then there is no order in which they would have to be made. */
void link_computed(struct reader *r, struct draft *d)
{
    for (size_t i = 0; i < d->field_count; i++) {
        struct field *f = &d->own[i];
        const struct expression *e = NULL;
        if (!is_computed(f))
            continue;
        str path = written_path(r->why->arena, d->fields[i].given, d->fields[i].path, S("computed"));
        if (expression_of_collection(r->arena, d->collection, json_get(f->definition, S("computed")), path, &e,
                                     r->why) != ERR_OK)
            r->faults++;
        else if (first_computed(e))
            REFUSE(r, path, "not-here", "A computed field is not made of others, like " STR_FMT,
                   STR_ARG(first_computed(e)->name));
        else
            f->computed = e;
    }
}
