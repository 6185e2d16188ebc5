/* SDL to a schema (specification, section 3), for schemas that somebody wrote down: fixed ones, and tests. Types may be
 * used before they are defined, so names are kept where they stand and looked up when all has been read. The text is ours, so that
 * nothing but its nesting is limited. Definitions of directives are kept for introspection; of those that are applied,
 * the specification's have a meaning and the others have none. `extend` is refused: whoever writes a schema down can write it
 * where it belongs. */
#include "graphql/language/parse.h"
#include "graphql/schema/internal.h"

#define SCRATCH_BYTES (8u << 10)

/* A name that is looked up in the end. */
enum place { SLOT, INTERFACE, MEMBER };
struct later {
    enum place what;
    const struct gql_type **slot;     /* where its type goes, or … */
    struct gql_type *owner;           /* … whose interface or member it is */
    const struct gql_typeref *ref;
    struct later *next;
};

struct reading {
    struct gql_parser p;
    struct gql_builder *b;
    struct later *later, **later_end;
    const struct gql_type *roots[3];
    bool has_roots;
    struct directive_row **directives_end;
};

struct applied {
    const struct gql_directive *items;
    uint32_t count;
};

static enum err fail_at(struct reading *r, uint32_t at, const char *before, str name, const char *after)
{
    struct gql_error *e = gql_fail(r->p.lex.errors, GQL_INVALID, "%s" STR_FMT "%s", before, STR_ARG(name), after);
    gql_fail_at(r->p.lex.errors, e, r->p.lex.text, at);
    return ERR_BAD_INPUT;
}

static struct later *note(struct reading *r, const struct gql_typeref *ref)
{
    struct later *l = NEW(r->b->own, struct later);
    l->ref = ref;
    *r->later_end = l;
    r->later_end = &l->next;
    return l;
}

/* "Name" as a type. */
static enum err read_named(struct reading *r, const struct gql_typeref **out)
{
    struct gql_typeref *ref = NEW(r->b->own, struct gql_typeref);
    ref->at = r->p.lex.at;
    TRY(gql_lex_name(&r->p.lex, &ref->name));
    *out = ref;
    return ERR_OK;
}

static enum err read_applied(struct reading *r, struct applied *out)
{
    return gql_parse_directives(&r->p, GQL_CONSTANT, &out->items, &out->count);
}

/* The argument of a directive that was applied, a text: *out is the default when it is not given. */
static enum err take_applied(struct reading *r, const struct applied *a, str directive, str argument, str standard, str *out)
{
    for (uint32_t i = 0; i < a->count; i++) {
        if (!str_equal(a->items[i].name, directive))
            continue;
        *out = standard;
        for (uint32_t k = 0; k < a->items[i].argument_count; k++) {
            const struct gql_argument *given = &a->items[i].arguments[k];
            if (!str_equal(given->name, argument) || given->value.kind != GQL_STRING)
                return fail_at(r, given->at, "@", directive, " takes one text.");
            *out = given->value.text;
        }
        if (str_is_absent(*out))
            return fail_at(r, a->items[i].at, "@", directive, " lacks its argument.");
    }
    return ERR_OK;
}

static enum err take_deprecated(struct reading *r, const struct applied *a, const struct gql_words **words)
{
    str reason = {0};
    TRY(take_applied(r, a, S("deprecated"), S("reason"), S("No longer supported"), &reason));
    gql_set_deprecated(r->b, words, reason);
    return ERR_OK;
}

/* ---- members of definitions ---- */

/* `name: Type = 1 @deprecated`, its description before it. */
static enum err read_input(struct reading *r, struct input_rows *rows)
{
    struct gql_lexer *l = &r->p.lex;
    str name = {0}, description = {0};
    const struct gql_typeref *ref = NULL;
    struct applied applied = {0};
    TRY(gql_parse_description(&r->p, &description));
    TRY(gql_lex_name(l, &name));
    TRY(gql_lex_take(l, GQL_T_COLON));
    TRY(gql_parse_type(&r->p, &ref));
    struct input_row *row = gql_add_input_row(r->b, rows, name, description);
    note(r, ref)->slot = &row->input.type;
    if (l->token == GQL_T_EQUALS) {
        struct gql_value value = {0};
        TRY(gql_lex_next(l));
        uint32_t at = l->at;
        TRY(gql_parse_value(&r->p, GQL_CONSTANT, &value));
        row->literal = str_slice(l->text, at, l->at);
    }
    TRY(read_applied(r, &applied));
    return take_deprecated(r, &applied, &row->input.words);
}

/* `( … )` or `{ … }`, at least one; nothing at all is for the check to judge. */
static enum err read_inputs(struct reading *r, enum gql_token open, enum gql_token close, struct input_rows *rows)
{
    if (r->p.lex.token != open)
        return ERR_OK;
    TRY(gql_lex_next(&r->p.lex));
    do
        TRY(read_input(r, rows));
    while (r->p.lex.token != close);
    return gql_lex_next(&r->p.lex);
}

static enum err read_field(struct reading *r, struct gql_type *t)
{
    struct gql_lexer *l = &r->p.lex;
    str name = {0}, description = {0};
    const struct gql_typeref *ref = NULL;
    struct applied applied = {0};
    TRY(gql_parse_description(&r->p, &description));
    TRY(gql_lex_name(l, &name));
    struct field_row *row = (struct field_row *)gql_add_field(r->b, t, name, NULL, description);
    TRY(read_inputs(r, GQL_T_PAREN_OPEN, GQL_T_PAREN_CLOSE, &row->arguments));
    row->field.argument_count = row->arguments.count;
    TRY(gql_lex_take(l, GQL_T_COLON));
    TRY(gql_parse_type(&r->p, &ref));
    note(r, ref)->slot = &row->field.type;
    TRY(read_applied(r, &applied));
    return take_deprecated(r, &applied, &row->field.words);
}

/* `implements A & B`, `= A | B`: names with something between them. */
static enum err read_list(struct reading *r, struct gql_type *owner, enum gql_token between, enum place what)
{
    struct gql_lexer *l = &r->p.lex;
    if (l->token == between)
        TRY(gql_lex_next(l));
    for (;;) {
        const struct gql_typeref *ref = NULL;
        TRY(read_named(r, &ref));
        struct later *later = note(r, ref);
        later->what = what;
        later->owner = owner;
        if (l->token != between)
            return ERR_OK;
        TRY(gql_lex_next(l));
    }
}

/* ---- definitions: the token at hand is behind the name ---- */

/* { one … }, or nothing at all. */
static enum err read_braced(struct reading *r, struct gql_type *t, enum err (*one)(struct reading *r, struct gql_type *t))
{
    struct gql_lexer *l = &r->p.lex;
    if (l->token != GQL_T_BRACE_OPEN)
        return ERR_OK;
    TRY(gql_lex_next(l));
    do
        TRY(one(r, t));
    while (l->token != GQL_T_BRACE_CLOSE);
    return gql_lex_next(l);
}

static enum err read_object(struct reading *r, struct gql_type *t)
{
    struct gql_lexer *l = &r->p.lex;
    struct applied applied = {0};
    if (gql_lex_is_word(l, S("implements"))) {
        TRY(gql_lex_next(l));
        TRY(read_list(r, t, GQL_T_AND, INTERFACE));
    }
    TRY(read_applied(r, &applied));
    return read_braced(r, t, read_field);
}

static enum err read_union(struct reading *r, struct gql_type *t)
{
    struct applied applied = {0};
    TRY(read_applied(r, &applied));
    if (r->p.lex.token != GQL_T_EQUALS)
        return ERR_OK;
    TRY(gql_lex_next(&r->p.lex));
    return read_list(r, t, GQL_T_PIPE, MEMBER);
}

static enum err read_value(struct reading *r, struct gql_type *t)
{
    str name = {0}, description = {0};
    struct applied applied = {0};
    TRY(gql_parse_description(&r->p, &description));
    TRY(gql_lex_name(&r->p.lex, &name));
    struct gql_enum_value *v = gql_add_value(r->b, t, name, description);
    TRY(read_applied(r, &applied));
    return take_deprecated(r, &applied, &v->words);
}

static enum err read_enum(struct reading *r, struct gql_type *t)
{
    struct applied applied = {0};
    TRY(read_applied(r, &applied));
    return read_braced(r, t, read_value);
}

static enum err read_input_object(struct reading *r, struct gql_type *t)
{
    struct applied applied = {0};
    TRY(read_applied(r, &applied));
    for (uint32_t i = 0; i < applied.count; i++)
        t->one_of = t->one_of || str_equal(applied.items[i].name, S("oneOf"));
    struct draft *d = &r->b->drafts[t->number];
    TRY(read_inputs(r, GQL_T_BRACE_OPEN, GQL_T_BRACE_CLOSE, &d->inputs));
    t->input_count = d->inputs.count;
    return ERR_OK;
}

/* A scalar of the name JSON takes anything; what others hold is told by whoever binds the schema. */
static enum err read_scalar(struct reading *r, struct gql_type *t)
{
    struct applied applied = {0};
    TRY(read_applied(r, &applied));
    t->scalar = &gql_json;
    return take_applied(r, &applied, S("specifiedBy"), S("url"), (str){0}, &t->specified_by);
}

static const struct {
    str word;
    enum gql_type_kind kind;
    enum err (*read)(struct reading *r, struct gql_type *t);
} definitions[] = {
    {STR("type"), GQL_OBJECT_TYPE, read_object}, {STR("interface"), GQL_INTERFACE, read_object},
    {STR("union"), GQL_UNION, read_union},       {STR("enum"), GQL_ENUM_TYPE, read_enum},
    {STR("input"), GQL_INPUT, read_input_object}, {STR("scalar"), GQL_SCALAR, read_scalar},
};

static enum err read_type(struct reading *r, size_t which, str description)
{
    struct gql_lexer *l = &r->p.lex;
    str name = {0};
    TRY(gql_lex_next(l));
    uint32_t at = l->at;
    TRY(gql_lex_name(l, &name));
    if (str_starts(name, S("__")))
        return fail_at(r, at, "The name ", name, " is introspection's.");
    if (gql_type_have(r->b, name) != NULL)
        return fail_at(r, at, "There is a type ", name, " already.");
    return definitions[which].read(r, gql_type_make(r->b, definitions[which].kind, name, description));
}

static const str root_words[] = {STR("query"), STR("mutation"), STR("subscription")};
static const str root_names[] = {STR("Query"), STR("Mutation"), STR("Subscription")};

static enum err read_root(struct reading *r)
{
    struct gql_lexer *l = &r->p.lex;
    uint32_t at = l->at;
    str word = {0};
    const struct gql_typeref *ref = NULL;
    TRY(gql_lex_name(l, &word));
    for (size_t i = 0; i < COUNTOF(root_words); i++) {
        if (!str_equal(word, root_words[i]))
            continue;
        TRY(gql_lex_take(l, GQL_T_COLON));
        TRY(read_named(r, &ref));
        note(r, ref)->slot = &r->roots[i];
        return ERR_OK;
    }
    return fail_at(r, at, "", word, " is no kind of operation.");
}

static enum err read_schema(struct reading *r, str description)
{
    struct gql_lexer *l = &r->p.lex;
    struct applied applied = {0};
    if (r->has_roots)
        return fail_at(r, l->at, "", S("The schema"), " is defined twice.");
    r->has_roots = true;
    r->b->description = description;
    TRY(gql_lex_next(l));
    TRY(read_applied(r, &applied));
    TRY(gql_lex_take(l, GQL_T_BRACE_OPEN));
    do
        TRY(read_root(r));
    while (l->token != GQL_T_BRACE_CLOSE);
    return gql_lex_next(l);
}

static enum err read_locations(struct reading *r, struct gql_directive_type *d)
{
    struct gql_lexer *l = &r->p.lex;
    const struct gql_type *known = gql_type_have(r->b, S("__DirectiveLocation"));
    str *names = NEW_N(r->b->arena, str, known->value_count);
    d->locations = names;
    if (l->token == GQL_T_PIPE)
        TRY(gql_lex_next(l));
    for (;;) {
        uint32_t at = l->at;
        str name = {0};
        TRY(gql_lex_name(l, &name));
        const struct value_row *v = r->b->drafts[known->number].values;
        while (v != NULL && !str_equal(v->value.name, name))
            v = v->next;
        for (uint32_t i = 0; i < d->location_count; i++)
            if (str_equal(names[i], name))
                v = NULL;
        if (v == NULL)
            return fail_at(r, at, "", name, " is no place for a directive, or is there twice.");
        names[d->location_count++] = name;
        if (l->token != GQL_T_PIPE)
            return ERR_OK;
        TRY(gql_lex_next(l));
    }
}

static enum err read_directive(struct reading *r, str description)
{
    struct gql_lexer *l = &r->p.lex;
    struct directive_row *row = NEW(r->b->own, struct directive_row);
    TRY(gql_lex_next(l));
    TRY(gql_lex_take(l, GQL_T_AT));
    TRY(gql_lex_name(l, &row->directive.name));
    row->directive.description = description;
    TRY(read_inputs(r, GQL_T_PAREN_OPEN, GQL_T_PAREN_CLOSE, &row->arguments));
    if (gql_lex_is_word(l, S("repeatable"))) {
        row->directive.repeatable = true;
        TRY(gql_lex_next(l));
    }
    if (!gql_lex_is_word(l, S("on")))
        return gql_lex_expected(l, "\"on\"");
    TRY(gql_lex_next(l));
    TRY(read_locations(r, &row->directive));
    for (uint32_t i = 0; i < gql_directive_count; i++)
        if (str_equal(gql_directives[i].name, row->directive.name))
            return ERR_OK; /* the specification's: known better */
    *r->directives_end = row;
    r->directives_end = &row->next;
    r->b->directive_count++;
    return ERR_OK;
}

static enum err read_definition(struct reading *r)
{
    struct gql_lexer *l = &r->p.lex;
    str description = {0};
    TRY(gql_parse_description(&r->p, &description));
    for (size_t i = 0; i < COUNTOF(definitions); i++)
        if (gql_lex_is_word(l, definitions[i].word))
            return read_type(r, i, description);
    if (gql_lex_is_word(l, S("schema")))
        return read_schema(r, description);
    if (gql_lex_is_word(l, S("directive")))
        return read_directive(r, description);
    return gql_lex_expected(l, "the definition of a type, a directive or the schema");
}

/* ---- names become types ---- */

/* As deep as the brackets that the lexer has counted. */
static const struct gql_type *type_of(struct gql_builder *b, const struct gql_typeref *ref)
{
    const struct gql_type *t = ref->is_list ? type_of(b, ref->of) : gql_type_have(b, ref->name);
    if (t != NULL && ref->is_list)
        t = gql_list_of(b, t);
    return t != NULL && ref->non_null ? gql_non_null(b, t) : t;
}

static enum err resolve(struct reading *r, const struct later *l)
{
    const struct gql_type *t = type_of(r->b, l->ref);
    const struct gql_typeref *innermost = l->ref;
    while (innermost->is_list)
        innermost = innermost->of;
    if (t == NULL)
        return fail_at(r, innermost->at, "There is no type ", innermost->name, ".");
    if (l->what == SLOT)
        *l->slot = t;
    else if (l->what == INTERFACE && t->kind == GQL_INTERFACE)
        gql_add_interface(r->b, l->owner, t);
    else if (l->what == MEMBER && t->kind == GQL_OBJECT_TYPE)
        gql_add_member(r->b, l->owner, t);
    else
        return fail_at(r, innermost->at, "", innermost->name, l->what == MEMBER ? " is no object type." : " is no interface.");
    return ERR_OK;
}

static enum err read_all(struct reading *r, str sdl, struct gql_errors *errors)
{
    TRY(gql_lex_begin(&r->p.lex, r->b->arena, sdl, UINT32_MAX, UINT32_MAX, errors));
    do
        TRY(read_definition(r));
    while (r->p.lex.token != GQL_T_END);
    for (const struct later *l = r->later; l != NULL; l = l->next)
        TRY(resolve(r, l));
    for (size_t i = 0; i < COUNTOF(root_names) && !r->has_roots; i++)
        r->roots[i] = gql_type_have(r->b, root_names[i]);
    return ERR_OK;
}

static void bind_fields(const struct gql_builder *b, void (*bind)(void *self, const struct gql_type *t, struct gql_field *f),
                        void *self)
{
    for (uint32_t i = 0; i < b->count; i++)
        if (b->drafts[i].type->kind == GQL_OBJECT_TYPE && !gql_is_introspection(b->drafts[i].type->name))
            for (struct field_row *f = b->drafts[i].fields; f != NULL; f = f->next)
                bind(self, b->drafts[i].type, &f->field);
}

enum err gql_schema_read(str sdl, void (*bind)(void *self, const struct gql_type *t, struct gql_field *f), void *self,
                         struct gql_schema **out, struct gql_errors *errors)
{
    CLEANUP(arena_closep) struct arena *scratch = arena_open(SCRATCH_BYTES);
    struct reading r = {.p = {.scratch = scratch}, .b = gql_build((str){0})};
    r.b->is_foreign = true;
    r.later_end = &r.later;
    r.directives_end = &r.b->directives;
    enum err e = read_all(&r, sdl, errors);
    if (e != ERR_OK) {
        gql_build_abandon(r.b);
        return e;
    }
    if (bind != NULL)
        bind_fields(r.b, bind, self);
    struct gql_schema *s = gql_schema_finish(r.b, r.roots[0], r.roots[1], r.roots[2]);
    if (!gql_schema_check(s, errors)) {
        counted_release(&s->counted);
        return ERR_INVALID;
    }
    *out = s;
    return ERR_OK;
}
