/* From a builder to a schema: which types are reached, everything side by side, numbers, maps, possible types. Generated
 * schemas have some ten thousand rows and are made per caller's rights, so this is one pass over the rows after another and
 * nothing else. */
#include "graphql/schema/internal.h"

struct reach {
    struct gql_builder *b;
    uint32_t *todo;                   /* types whose rows are still to be looked at */
    uint32_t count;
};

static void reach(struct reach *r, const struct gql_type *type)
{
    const struct gql_type *t = gql_innermost(type);
    if (t == &gql_string_type || t == &gql_boolean_type)
        return;
    must(t->number < r->b->count && r->b->drafts[t->number].type == t); /* of this builder */
    struct draft *d = &r->b->drafts[t->number];
    if (!d->is_reached) {
        d->is_reached = true;
        r->todo[r->count++] = t->number;
    }
}

static void reach_rows(struct reach *r, const struct draft *d)
{
    for (const struct field_row *f = d->fields; f != NULL; f = f->next) {
        reach(r, f->field.type);
        for (const struct input_row *i = f->arguments.first; i != NULL; i = i->next)
            reach(r, i->input.type);
    }
    for (const struct input_row *i = d->inputs.first; i != NULL; i = i->next)
        reach(r, i->input.type);
    for (const struct type_link *l = d->interfaces.first; l != NULL; l = l->next)
        reach(r, l->type);
    for (const struct type_link *l = d->members.first; l != NULL; l = l->next)
        reach(r, l->type);
}

static void follow(struct reach *r)
{
    while (r->count > 0)
        reach_rows(r, &r->b->drafts[r->todo[--r->count]]);
}

/* Whoever can answer for an interface that is reached is reached as well. */
static void reach_implementations(struct reach *r)
{
    for (bool is_more = true; is_more;) {
        is_more = false;
        for (uint32_t i = 0; i < r->b->count; i++) {
            const struct draft *d = &r->b->drafts[i];
            for (const struct type_link *l = d->interfaces.first; l != NULL && !d->is_reached; l = l->next)
                if (r->b->drafts[l->type->number].is_reached)
                    reach(r, d->type);
        }
        is_more = r->count > 0;
        follow(r);
    }
}

static const struct gql_input *lay_inputs(struct arena *a, const struct input_rows *rows, struct gql_input **laid)
{
    if (rows->count == 0)
        return NULL;
    struct gql_input *inputs = NEW_N(a, struct gql_input, rows->count);
    uint32_t n = 0;
    for (const struct input_row *r = rows->first; r != NULL; r = r->next)
        inputs[n++] = r->input;
    *laid = inputs;
    return inputs;
}

static bool is_same_row(const struct input_row *a, const struct input_row *b)
{
    return a->input.name.at == b->input.name.at && a->input.type == b->input.type && a->input.words == b->input.words &&
           a->input.meaning == b->input.meaning && a->input.standard == b->input.standard && a->literal.at == b->literal.at &&
           a->input.name.len == b->input.name.len && a->literal.len == b->literal.len;
}

static bool are_same_rows(const struct input_rows *one, const struct input_rows *two)
{
    const struct input_row *a = one->first, *b = two->first;
    while (a != NULL && b != NULL && is_same_row(a, b)) {
        a = a->next;
        b = b->next;
    }
    return a == NULL && b == NULL;
}

/* Lists, their connections and aggregates take the same arguments, and so does every relation to the same collection. */
static const struct gql_input *lay_arguments(struct gql_builder *b, struct field_row *f)
{
    if (f->arguments.count == 0)
        return NULL;
    uintptr_t mixed = f->arguments.count;
    for (const struct input_row *r = f->arguments.first; r != NULL; r = r->next)
        mixed = (mixed + ((uintptr_t)r->input.name.at ^ (uintptr_t)r->input.type) / 8) * 0x9e3779b1u;
    struct laid_link **at = &b->laid[mixed / BUILD_BUCKETS % BUILD_BUCKETS];
    for (const struct laid_link *l = *at; l != NULL; l = l->next)
        if (are_same_rows(l->rows, &f->arguments))
            return l->laid;
    const struct gql_input *laid = lay_inputs(b->arena, &f->arguments, &f->laid);
    struct laid_link *l = NEW(b->own, struct laid_link);
    *l = (struct laid_link){.rows = &f->arguments, .laid = f->laid, .next = *at};
    *at = l;
    return laid;
}

static const struct gql_field *lay_fields(struct gql_builder *b, struct field_row *first, uint32_t count)
{
    if (count == 0)
        return NULL;
    struct gql_field *fields = NEW_N(b->arena, struct gql_field, count);
    uint32_t n = 0;
    for (struct field_row *r = first; r != NULL; r = r->next) {
        fields[n] = r->field;
        fields[n++].arguments = lay_arguments(b, r);
    }
    return fields;
}

static const struct gql_enum_value *lay_values(struct arena *a, const struct value_row *first, uint32_t count)
{
    if (count == 0)
        return NULL;
    struct gql_enum_value *values = NEW_N(a, struct gql_enum_value, count);
    uint32_t n = 0;
    for (const struct value_row *r = first; r != NULL; r = r->next)
        values[n++] = r->value;
    return values;
}

static const struct gql_type *const *lay_links(struct arena *a, const struct type_links *links)
{
    if (links->count == 0)
        return NULL;
    const struct gql_type **types = NEW_N(a, const struct gql_type *, links->count);
    uint32_t n = 0;
    for (const struct type_link *l = links->first; l != NULL; l = l->next)
        types[n++] = l->type;
    return types;
}

static void lay_type(struct gql_builder *b, struct draft *d)
{
    struct arena *a = b->arena;
    struct gql_type *t = d->type;
    t->fields = lay_fields(b, d->fields, t->field_count);
    t->inputs = lay_inputs(a, &d->inputs, &d->inputs_laid);
    t->values = lay_values(a, d->values, t->value_count);
    t->interfaces = lay_links(a, &d->interfaces);
    t->interface_count = d->interfaces.count;
    if (t->kind == GQL_UNION) {
        t->possible = lay_links(a, &d->members);
        t->possible_count = d->members.count;
    }
}

/* A map's values are not const; nobody writes through them. */
static void *value_of_map(const void *row)
{
    return (void *)(uintptr_t)row;
}

/* Object types that say that they are this interface: counted, then put down. */
static void find_possible(struct gql_builder *b)
{
    uint32_t *counts = NEW_N(b->own, uint32_t, b->count);
    for (int pass = 0; pass < 2; pass++)
        for (uint32_t i = 0; i < b->count; i++) {
            const struct draft *d = &b->drafts[i];
            if (!d->is_reached || d->type->kind != GQL_OBJECT_TYPE)
                continue;
            for (const struct type_link *l = d->interfaces.first; l != NULL; l = l->next) {
                struct gql_type *interface = b->drafts[l->type->number].type;
                if (interface->kind != GQL_INTERFACE)
                    continue; /* gql_schema_check() tells */
                if (pass == 0) {
                    counts[l->type->number]++;
                    continue;
                }
                const struct gql_type **room = b->drafts[l->type->number].possible;
                if (room == NULL) {
                    room = NEW_N(b->arena, const struct gql_type *, counts[l->type->number]);
                    b->drafts[l->type->number].possible = room;
                    interface->possible = room;
                }
                room[interface->possible_count++] = d->type;
            }
        }
}

static bool is_of_introspection(const struct gql_type *t)
{
    return str_starts(t->name, S("__"));
}

/* The specification's scalars, those of the builder in their order, introspection. */
static void number_types(struct gql_builder *b, struct gql_schema *s)
{
    uint32_t count = GQL_SHARED_TYPES;
    for (uint32_t i = 0; i < b->count; i++)
        count += b->drafts[i].is_reached;
    const struct gql_type **types = NEW_N(b->arena, const struct gql_type *, count);
    struct map *by_name = map_new(b->arena, count);
    types[gql_string_type.number] = &gql_string_type;
    types[gql_boolean_type.number] = &gql_boolean_type;
    uint32_t n = GQL_SHARED_TYPES;
    for (int pass = 0; pass < 2; pass++)
        for (uint32_t i = 0; i < b->count; i++)
            if (b->drafts[i].is_reached && is_of_introspection(b->drafts[i].type) == (pass == 1))
                types[n++] = b->drafts[i].type;
    for (uint32_t i = 0; i < count; i++)
        map_put(by_name, types[i]->name, value_of_map(types[i]));
    s->types = types;
    s->type_count = count;
    s->by_name = by_name;
}

/* Numbers found the drafts until now. */
static void renumber(struct gql_builder *b)
{
    uint32_t n = GQL_SHARED_TYPES;
    for (int pass = 0; pass < 2; pass++)
        for (uint32_t i = 0; i < b->count; i++)
            if (b->drafts[i].is_reached && is_of_introspection(b->drafts[i].type) == (pass == 1))
                b->drafts[i].type->number = n++;
}

static void take_directives(struct gql_builder *b, struct gql_schema *s)
{
    s->directives = gql_directives;
    s->directive_count = gql_directive_count;
    if (b->directive_count == 0)
        return;
    struct gql_directive_type *all = NEW_N(b->arena, struct gql_directive_type, gql_directive_count + b->directive_count);
    memcpy(all, gql_directives, gql_directive_count * sizeof *all);
    for (const struct directive_row *r = b->directives; r != NULL; r = r->next) {
        struct gql_directive_type *d = &all[s->directive_count++];
        struct gql_input *laid = NULL;
        *d = r->directive;
        d->arguments = lay_inputs(b->arena, &r->arguments, &laid);
        d->argument_count = r->arguments.count;
        gql_make_defaults_of(b, &r->arguments, laid);
    }
    s->directives = all;
}

static void drop_schema(struct counted *counted)
{
    struct gql_schema *s = (struct gql_schema *)(void *)counted;
    arena_close(s->arena);
}

struct gql_schema *gql_schema_finish(struct gql_builder *b, const struct gql_type *query, const struct gql_type *mutation,
                                     const struct gql_type *subscription)
{
    struct gql_schema *s = NEW(b->arena, struct gql_schema);
    *s = (struct gql_schema){.counted = {.users = 1, .drop = drop_schema},
                             .arena = b->arena,
                             .description = b->description,
                             .query = query,
                             .mutation = mutation,
                             .subscription = subscription};
    struct reach r = {.b = b, .todo = NEW_N(b->own, uint32_t, b->count)};
    reach(&r, b->schema_type);
    const struct gql_type *roots[] = {query, mutation, subscription};
    for (size_t i = 0; i < COUNTOF(roots); i++)
        if (roots[i] != NULL)
            reach(&r, roots[i]);
    for (uint32_t i = 0; b->is_foreign && i < b->count; i++)
        if (b->drafts[i].type->of == NULL && !gql_is_known_type(b->drafts[i].type))
            reach(&r, b->drafts[i].type); /* who writes a type down means it */
    for (const struct directive_row *d = b->directives; d != NULL; d = d->next)
        for (const struct input_row *i = d->arguments.first; i != NULL; i = i->next)
            reach(&r, i->input.type);
    follow(&r);
    reach_implementations(&r);
    for (uint32_t i = 0; i < b->count; i++)
        if (b->drafts[i].is_reached)
            lay_type(b, &b->drafts[i]);
    for (uint32_t i = 0; i < b->count; i++)
        if (b->drafts[i].is_reached)
            b->drafts[i].type->index = gql_index_rows(b->arena, b->drafts[i].type);
    gql_add_meta_fields(b, s);
    find_possible(b);
    gql_make_defaults(b);
    take_directives(b, s);
    number_types(b, s);
    renumber(b);
    s->hash = gql_hash_schema(s);
    arena_close(b->own);
    return s;
}
