/* One walk over a document with the types of where it stands (specification, 5). The reader has bounded how deep
 * selections and values nest (LIMIT_GRAPHQL_NESTING), which bounds the recursion here; fragments are walked where they are
 * defined, not where they are spread. */
#include "graphql/validate/internal.h"

#define EACH(v, place, ...)                                                                                            \
    for (size_t rule_ = 0; rule_ < gql_rule_count && !visit_is_over(v); rule_++)                                       \
        if (gql_rules[rule_].place)                                                                                    \
            gql_rules[rule_].place((v), __VA_ARGS__)

static void *room_for_one(struct visit *v, void *items, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return items;
    size_t more = *room ? *room * 2 : 8;
    items = arena_grow(v->arena, items, *room * size, more * size);
    *room = more;
    return items;
}

/* What is known of where a value stands. */
struct position {
    const struct gql_type *type, *one_of;
    bool has_default;
};

static void note_uses(struct visit *v, const struct gql_value *value, struct position p)
{
    if (value->kind == GQL_VARIABLE) {
        struct site *s = v->site;
        s->uses = room_for_one(v, s->uses, s->use_count, &s->use_room, sizeof *s->uses);
        s->uses[s->use_count++] = (struct use){value, p.type, p.one_of, p.has_default};
    } else if (value->kind == GQL_LIST) {
        const struct gql_type *list = p.type ? gql_nullable(p.type) : NULL;
        struct position item = {.type = list && list->kind == GQL_LIST_OF ? list->of : NULL};
        for (uint32_t i = 0; i < value->count; i++)
            note_uses(v, &value->items[i], item);
    } else if (value->kind == GQL_OBJECT) {
        const struct gql_type *object = p.type ? gql_innermost(p.type) : NULL;
        if (object && object->kind != GQL_INPUT)
            object = NULL;
        for (uint32_t i = 0; i < value->count; i++) {
            const struct gql_input *field = object ? gql_input_named(object, value->items[i].name) : NULL;
            struct position member = {.type = field ? field->type : NULL,
                                      .one_of = object && object->one_of ? object : NULL,
                                      .has_default = field && field->standard};
            note_uses(v, &value->items[i], member);
        }
    }
}

static const struct gql_input *asked_for(const struct asked *a, str name)
{
    for (uint32_t i = 0; i < a->input_count; i++)
        if (str_equal(a->inputs[i].name, name))
            return &a->inputs[i];
    return NULL;
}

static void walk_arguments(struct visit *v, const struct asked *a)
{
    EACH(v, arguments, a);
    for (uint32_t i = 0; i < a->given_count; i++) {
        const struct gql_input *input = asked_for(a, a->given[i].name);
        EACH(v, value, &a->given[i].value, input ? input->type : NULL);
        note_uses(v, &a->given[i].value, (struct position){.type = input ? input->type : NULL, .has_default = input && input->standard});
    }
}

static void walk_directives(struct visit *v, str location, const struct gql_directive *all, uint32_t count)
{
    if (count == 0)
        return;
    v->location = location;
    EACH(v, directives, all, count);
    for (uint32_t i = 0; i < count && !visit_is_over(v); i++) {
        const struct gql_directive_type *known = gql_directive_named(v->schema, all[i].name);
        EACH(v, directive, &all[i], known);
        struct asked a = {.directive = known, .at = all[i].at, .given = all[i].arguments, .given_count = all[i].argument_count};
        if (known) {
            a.inputs = known->arguments;
            a.input_count = known->argument_count;
        }
        walk_arguments(v, &a);
    }
}

static void walk_set(struct visit *v, const struct gql_selections *set, const struct gql_type *type);

static void walk_field(struct visit *v, const struct gql_selection *s)
{
    const struct gql_field *field = v->parent ? gql_field_named(v->schema, v->parent, s->name) : NULL;
    v->field = v->fields[s->number] = field;
    v->type = field ? field->type : NULL;
    struct asked a = {.field = field, .of = v->parent, .at = s->at, .given = s->arguments, .given_count = s->argument_count};
    if (field) {
        a.inputs = field->arguments;
        a.input_count = field->argument_count;
    }
    EACH(v, selection, s);
    walk_arguments(v, &a);
    walk_directives(v, S("FIELD"), s->directives, s->directive_count);
    if (s->set)
        walk_set(v, s->set, field ? field->type : NULL);
}

/* The type that a fragment is on; NULL: unknown, or none that has fields or could be a field's. */
static const struct gql_type *condition(const struct visit *v, str name)
{
    const struct gql_type *t = gql_type_named(v->schema, name);
    return t && gql_is_output(t) ? t : NULL;
}

static void walk_inline(struct visit *v, const struct gql_selection *s, const struct gql_type *around)
{
    const struct gql_type *type = s->on.at ? condition(v, s->on) : around ? gql_innermost(around) : NULL;
    v->type = type;
    if (s->on.at)
        EACH(v, type, s->on, s->on_at);
    EACH(v, selection, s);
    walk_directives(v, S("INLINE_FRAGMENT"), s->directives, s->directive_count);
    walk_set(v, s->set, type);
}

static void walk_spread(struct visit *v, const struct gql_selection *s)
{
    struct site *site = v->site;
    site->spreads = room_for_one(v, site->spreads, site->spread_count, &site->spread_room, sizeof *site->spreads);
    site->spreads[site->spread_count++] = s;
    v->type = NULL;
    EACH(v, selection, s);
    walk_directives(v, S("FRAGMENT_SPREAD"), s->directives, s->directive_count);
}

/* type: of the field, or what the fragment is on. */
static void walk_set(struct visit *v, const struct gql_selections *set, const struct gql_type *type)
{
    const struct gql_type *parent = type ? gql_innermost(type) : NULL;
    if (parent && !gql_is_composite(parent))
        parent = NULL;
    for (uint32_t i = 0; i < set->count && !visit_is_over(v); i++) {
        const struct gql_selection *s = &set->items[i];
        v->parent = v->parents[s->number] = parent;
        v->field = NULL;
        if (s->kind == GQL_FIELD)
            walk_field(v, s);
        else if (s->kind == GQL_INLINE)
            walk_inline(v, s, type);
        else
            walk_spread(v, s);
    }
}

static void note_set(struct visit *v, const struct gql_selections *set)
{
    const struct gql_type *parent = set->count ? v->parents[set->items[0].number] : NULL;
    v->sets[v->set_count++] = (struct root_set){set, parent};
}

/* Sets in the order of the document, each before those inside it. */
static void note_sets(struct visit *v, const struct gql_selections *set, bool is_inline)
{
    if (!is_inline)
        note_set(v, set);
    for (uint32_t i = 0; i < set->count; i++)
        if (set->items[i].set)
            note_sets(v, set->items[i].set, set->items[i].kind == GQL_INLINE);
}

static void walk_variable(struct visit *v, const struct gql_variable *d)
{
    const struct gql_typeref *named = d->type;
    while (named->is_list)
        named = named->of;
    const struct gql_type *type = gql_type_of_ref(v->arena, v->schema, d->type);
    if (type && !gql_is_input(gql_innermost(type)))
        type = NULL;
    EACH(v, type, named->name, named->at);
    EACH(v, variable, d);
    if (d->standard)
        EACH(v, value, d->standard, type);
    walk_directives(v, S("VARIABLE_DEFINITION"), d->directives, d->directive_count);
}

static void walk_operation(struct visit *v, const struct gql_operation *o)
{
    static const str locations[] = {STR("QUERY"), STR("MUTATION"), STR("SUBSCRIPTION")};
    const struct gql_type *const roots[] = {v->schema->query, v->schema->mutation, v->schema->subscription};
    v->site = &v->operations[o - v->document->operations];
    EACH(v, operation, o);
    for (uint32_t i = 0; i < o->variable_count && !visit_is_over(v); i++)
        walk_variable(v, &o->variables[i]);
    walk_directives(v, locations[o->kind], o->directives, o->directive_count);
    walk_set(v, o->set, roots[o->kind]);
}

static void walk_fragment(struct visit *v, const struct gql_fragment *f)
{
    v->site = &v->fragment_sites[f->number];
    EACH(v, type, f->on, f->on_at);
    EACH(v, fragment, f);
    walk_directives(v, S("FRAGMENT_DEFINITION"), f->directives, f->directive_count);
    walk_set(v, f->set, condition(v, f->on));
}

void visit_walk(struct visit *v)
{
    const struct gql_document *d = v->document;
    struct arena *a = v->arena;
    v->fragments = map_new(a, d->fragment_count);
    for (uint32_t i = 0; i < d->fragment_count; i++)
        map_put(v->fragments, d->fragments[i].name, (void *)(uintptr_t)&d->fragments[i]);
    v->operations = NEW_N(a, struct site, d->operation_count + 1u);
    v->fragment_sites = NEW_N(a, struct site, d->fragment_count + 1u);
    v->parents = NEW_N(a, const struct gql_type *, d->selection_count + 1u);
    v->fields = NEW_N(a, const struct gql_field *, d->selection_count + 1u);
    v->sets = NEW_N(a, struct root_set, d->set_count + 1u);

    uint32_t o = 0, f = 0;
    while ((o < d->operation_count || f < d->fragment_count) && !visit_is_over(v)) {
        bool is_operation = f == d->fragment_count || (o < d->operation_count && d->operations[o].at < d->fragments[f].at);
        const struct gql_selections *set = is_operation ? d->operations[o].set : d->fragments[f].set;
        if (is_operation)
            walk_operation(v, &d->operations[o++]);
        else
            walk_fragment(v, &d->fragments[f++]);
        note_sets(v, set, false);
    }
}
