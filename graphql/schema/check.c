/* Is a schema one (specification, section 3; graphql.md 8)? Generated schemas hold by construction; this is how tests and
 * readers of SDL know. A sentence per fault, which names the place by its schema coordinate. */
#include "graphql/schema/check.h"

static bool is_word_byte(char c, bool is_first)
{
    return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (!is_first && c >= '0' && c <= '9');
}

/* where: "Post.title", what stands there. */
static void check_name(struct checking *c, str name, str where)
{
    bool is_name = name.len > 0;
    for (size_t i = 0; i < name.len; i++)
        is_name = is_name && is_word_byte(name.at[i], i == 0);
    if (!is_name)
        FAULT(c, "The name of " STR_FMT " is none.", STR_ARG(where));
    else if (str_starts(name, S("__")))
        FAULT(c, STR_FMT " begins with \"__\", as only introspection's names do.", STR_ARG(where));
}

str gql_coordinate(struct checking *c, const struct gql_type *t, str member)
{
    return arena_format(c->arena, STR_FMT "." STR_FMT, STR_ARG(t->name), STR_ARG(member));
}

static str type_text(struct checking *c, const struct gql_type *t)
{
    struct buf b;
    buf_init(&b, c->arena, 64u << 10);
    gql_print_type_name(&b, t);
    return buf_str(&b);
}

/* ---- inputs: arguments and members of input objects ---- */

static void check_input(struct checking *c, const struct gql_input *i, str where)
{
    check_name(c, i->name, where);
    if (!gql_is_input(gql_innermost(i->type)))
        FAULT(c, STR_FMT " has type " STR_FMT ", which is none of input.", STR_ARG(where), STR_ARG(type_text(c, i->type)));
    if (!str_is_absent(i->words->standard) && i->standard == NULL)
        FAULT(c, STR_FMT " has a default that is no " STR_FMT ".", STR_ARG(where), STR_ARG(type_text(c, i->type)));
    if (!str_is_absent(i->words->deprecated) && i->type->kind == GQL_NON_NULL && str_is_absent(i->words->standard))
        FAULT(c, STR_FMT " is required and cannot be deprecated.", STR_ARG(where));
}

static void check_arguments(struct checking *c, const struct gql_input *arguments, uint32_t count, str of)
{
    for (uint32_t i = 0; i < count; i++) {
        str where = arena_format(c->arena, STR_FMT "(" STR_FMT ":)", STR_ARG(of), STR_ARG(arguments[i].name));
        check_input(c, &arguments[i], where);
        for (uint32_t k = 0; k < i; k++)
            if (str_equal(arguments[k].name, arguments[i].name))
                FAULT(c, STR_FMT " is there twice.", STR_ARG(where));
    }
}

static void check_members(struct checking *c, const struct gql_type *t)
{
    if (t->input_count == 0)
        FAULT(c, STR_FMT " has no fields.", STR_ARG(t->name));
    for (uint32_t i = 0; i < t->input_count; i++) {
        const struct gql_input *member = &t->inputs[i];
        str where = gql_coordinate(c, t, member->name);
        check_input(c, member, where);
        if (gql_input_named(t, member->name) != member)
            FAULT(c, STR_FMT " is there twice.", STR_ARG(where));
        if (t->one_of && (member->type->kind == GQL_NON_NULL || !str_is_absent(member->words->standard)))
            FAULT(c, STR_FMT " is one of several: it may be null and has no default.", STR_ARG(where));
    }
}

/* ---- output: fields, and what implements what ---- */

static void check_fields(struct checking *c, const struct gql_type *t)
{
    if (t->field_count == 0)
        FAULT(c, STR_FMT " has no fields.", STR_ARG(t->name));
    for (uint32_t i = 0; i < t->field_count; i++) {
        const struct gql_field *f = &t->fields[i];
        str where = gql_coordinate(c, t, f->name);
        check_name(c, f->name, where);
        if (!gql_is_output(gql_innermost(f->type)))
            FAULT(c, STR_FMT " has type " STR_FMT ", which is none of output.", STR_ARG(where), STR_ARG(type_text(c, f->type)));
        if (gql_field_named(c->schema, t, f->name) != f && !str_starts(f->name, S("__")))
            FAULT(c, STR_FMT " is there twice.", STR_ARG(where));
        check_arguments(c, f->arguments, f->argument_count, where);
    }
}

static bool implements(const struct gql_type *t, const struct gql_type *interface)
{
    for (uint32_t i = 0; i < t->interface_count; i++)
        if (t->interfaces[i] == interface)
            return true;
    return false;
}

static bool is_same(const struct gql_type *a, const struct gql_type *b)
{
    for (; a->of != NULL && b->of != NULL && a->kind == b->kind; a = a->of)
        b = b->of;
    return a == b;
}

/* Whatever is a `narrow` is a `wide` (IsValidImplementationFieldType). */
static bool is_narrower(const struct gql_type *narrow, const struct gql_type *wide)
{
    while (narrow != wide) {
        if (narrow->kind == GQL_NON_NULL) {
            narrow = narrow->of;
            wide = gql_nullable(wide);
        } else if (narrow->kind == GQL_LIST_OF && wide->kind == GQL_LIST_OF) {
            narrow = narrow->of;
            wide = wide->of;
        } else {
            return narrow->of == NULL && wide->of == NULL &&
                   (gql_is_possible(wide, narrow) || (wide->kind == GQL_INTERFACE && implements(narrow, wide)));
        }
    }
    return true;
}

static void check_promised_arguments(struct checking *c, const struct gql_field *promised, const struct gql_field *f, str where,
                                     str interface)
{
    for (uint32_t i = 0; i < promised->argument_count; i++) {
        const struct gql_input *a = gql_argument_named(f, promised->arguments[i].name);
        if (a == NULL || !is_same(a->type, promised->arguments[i].type))
            FAULT(c, STR_FMT " lacks the argument \"" STR_FMT ": " STR_FMT "\" of " STR_FMT ".", STR_ARG(where),
                  STR_ARG(promised->arguments[i].name), STR_ARG(type_text(c, promised->arguments[i].type)), STR_ARG(interface));
    }
    for (uint32_t i = 0; i < f->argument_count; i++) {
        const struct gql_input *a = &f->arguments[i];
        if (a->type->kind == GQL_NON_NULL && str_is_absent(a->words->standard) && gql_argument_named(promised, a->name) == NULL)
            FAULT(c, STR_FMT " demands an argument \"" STR_FMT "\" that " STR_FMT " does not know.", STR_ARG(where),
                  STR_ARG(a->name), STR_ARG(interface));
    }
}

static void check_promise(struct checking *c, const struct gql_type *t, const struct gql_type *interface)
{
    for (uint32_t i = 0; i < interface->interface_count; i++)
        if (!implements(t, interface->interfaces[i]) && interface->interfaces[i] != t)
            FAULT(c, STR_FMT " implements " STR_FMT ", but not " STR_FMT ", which that one implements.", STR_ARG(t->name),
                  STR_ARG(interface->name), STR_ARG(interface->interfaces[i]->name));
    for (uint32_t i = 0; i < interface->field_count; i++) {
        const struct gql_field *promised = &interface->fields[i];
        const struct gql_field *f = gql_field_named(c->schema, t, promised->name);
        str where = gql_coordinate(c, t, promised->name);
        if (f == NULL) {
            FAULT(c, STR_FMT " is missing: " STR_FMT " has it.", STR_ARG(where), STR_ARG(interface->name));
            continue;
        }
        if (!is_narrower(f->type, promised->type))
            FAULT(c, STR_FMT " is " STR_FMT ", and " STR_FMT " wants " STR_FMT ".", STR_ARG(where), STR_ARG(type_text(c, f->type)),
                  STR_ARG(interface->name), STR_ARG(type_text(c, promised->type)));
        if (!str_is_absent(f->words->deprecated) && str_is_absent(promised->words->deprecated))
            FAULT(c, STR_FMT " is deprecated, but not in " STR_FMT ".", STR_ARG(where), STR_ARG(interface->name));
        check_promised_arguments(c, promised, f, where, interface->name);
    }
}

static void check_interfaces(struct checking *c, const struct gql_type *t)
{
    for (uint32_t i = 0; i < t->interface_count; i++) {
        const struct gql_type *interface = t->interfaces[i];
        bool is_twice = false;
        for (uint32_t k = 0; k < i; k++)
            is_twice = is_twice || t->interfaces[k] == interface;
        if (interface->kind != GQL_INTERFACE)
            FAULT(c, STR_FMT " implements " STR_FMT ", which is no interface.", STR_ARG(t->name), STR_ARG(interface->name));
        else if (interface == t || is_twice)
            FAULT(c, STR_FMT " implements %s.", STR_ARG(t->name), interface == t ? "itself" : "the same interface twice");
        else
            check_promise(c, t, interface);
    }
}

static void check_union(struct checking *c, const struct gql_type *t)
{
    if (t->possible_count == 0)
        FAULT(c, STR_FMT " has no types.", STR_ARG(t->name));
    for (uint32_t i = 0; i < t->possible_count; i++) {
        if (t->possible[i]->kind != GQL_OBJECT_TYPE)
            FAULT(c, STR_FMT " of " STR_FMT " is no object type.", STR_ARG(t->possible[i]->name), STR_ARG(t->name));
        for (uint32_t k = 0; k < i; k++)
            if (t->possible[k] == t->possible[i])
                FAULT(c, STR_FMT " is in " STR_FMT " twice.", STR_ARG(t->possible[i]->name), STR_ARG(t->name));
    }
}

static void check_enum(struct checking *c, const struct gql_type *t)
{
    static const str never[] = {STR("true"), STR("false"), STR("null")};
    if (t->value_count == 0)
        FAULT(c, STR_FMT " has no values.", STR_ARG(t->name));
    for (uint32_t i = 0; i < t->value_count; i++) {
        const struct gql_enum_value *v = &t->values[i];
        str where = gql_coordinate(c, t, v->name);
        check_name(c, v->name, where);
        if (gql_value_named(t, v->name) != v)
            FAULT(c, STR_FMT " is there twice.", STR_ARG(where));
        for (size_t k = 0; k < COUNTOF(never); k++)
            if (str_equal(v->name, never[k]))
                FAULT(c, STR_FMT " has the name of a literal.", STR_ARG(where));
    }
}

/* ---- the whole ---- */

static void check_type(struct checking *c, const struct gql_type *t)
{
    check_name(c, t->name, t->name);
    switch (t->kind) {
    case GQL_OBJECT_TYPE:
    case GQL_INTERFACE:
        check_fields(c, t);
        check_interfaces(c, t);
        break;
    case GQL_UNION:
        check_union(c, t);
        break;
    case GQL_ENUM_TYPE:
        check_enum(c, t);
        break;
    case GQL_INPUT:
        check_members(c, t);
        break;
    case GQL_SCALAR:
    case GQL_LIST_OF:
    case GQL_NON_NULL:
        break;
    }
}

static void check_roots(struct checking *c)
{
    const struct gql_type *roots[] = {c->schema->query, c->schema->mutation, c->schema->subscription};
    static const char *const names[] = {"queries", "mutations", "subscriptions"};
    if (roots[0] == NULL)
        FAULT(c, "There is no type for queries to begin at.");
    for (size_t i = 0; i < COUNTOF(roots); i++) {
        if (roots[i] == NULL)
            continue;
        if (roots[i]->kind != GQL_OBJECT_TYPE)
            FAULT(c, "The root of %s, " STR_FMT ", is no object type.", names[i], STR_ARG(roots[i]->name));
        for (size_t k = 0; k < i; k++)
            if (roots[i] == roots[k])
                FAULT(c, STR_FMT " is the root of both %s and %s.", STR_ARG(roots[i]->name), names[k], names[i]);
    }
}

static void check_directives(struct checking *c)
{
    for (uint32_t i = 0; i < c->schema->directive_count; i++) {
        const struct gql_directive_type *d = &c->schema->directives[i];
        str where = arena_format(c->arena, "@" STR_FMT, STR_ARG(d->name));
        check_name(c, d->name, where);
        if (gql_directive_named(c->schema, d->name) != d)
            FAULT(c, STR_FMT " is there twice.", STR_ARG(where));
        if (d->location_count == 0)
            FAULT(c, STR_FMT " has no place to stand at.", STR_ARG(where));
        check_arguments(c, d->arguments, d->argument_count, where);
    }
}

bool gql_schema_check(const struct gql_schema *s, struct gql_errors *errors)
{
    CLEANUP(arena_closep) struct arena *own = arena_open(4096);
    struct checking c = {.schema = s, .errors = errors, .arena = own, .is_valid = true};
    check_roots(&c);
    check_directives(&c);
    for (uint32_t i = 0; i < s->type_count; i++)
        if (!gql_is_introspection(s->types[i]->name))
            check_type(&c, s->types[i]);
    gql_check_circles(&c);
    return c.is_valid;
}
