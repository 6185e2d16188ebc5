/* Executable documents (section 2; graphql.md 3). Selections recurse behind "{", which the lexer counts. */
#include "graphql/language/parse.h"

#include "base/limits.h"

#define SCRATCH_BYTES (8u << 10)

struct definitions {
    struct gql_pile operations, fragments, foreign;
};

static enum err read_selections(struct gql_parser *p, const struct gql_selections **out);

/* ---- selections */

static enum err read_field(struct gql_parser *p, struct gql_selection *s)
{
    struct gql_lexer *l = &p->lex;
    s->kind = GQL_FIELD;
    s->name_at = l->at;
    TRY(gql_lex_name(l, &s->name));
    if (l->token == GQL_T_COLON) {
        TRY(gql_lex_next(l));
        s->alias = s->name;
        s->name_at = l->at;
        TRY(gql_lex_name(l, &s->name));
    }
    TRY(gql_parse_arguments(p, GQL_WITH_VARIABLES, &s->arguments, &s->argument_count));
    TRY(gql_parse_directives(p, GQL_WITH_VARIABLES, &s->directives, &s->directive_count));
    return l->token == GQL_T_BRACE_OPEN ? read_selections(p, &s->set) : ERR_OK;
}

/* What begins with "...": the name of a fragment, or one on the spot. */
static enum err read_spread(struct gql_parser *p, struct gql_selection *s)
{
    struct gql_lexer *l = &p->lex;
    TRY(gql_lex_next(l));
    if (l->token == GQL_T_NAME && !gql_lex_is_word(l, S("on"))) {
        s->kind = GQL_SPREAD;
        s->name_at = l->at;
        TRY(gql_lex_name(l, &s->name));
        return gql_parse_directives(p, GQL_WITH_VARIABLES, &s->directives, &s->directive_count);
    }
    s->kind = GQL_INLINE;
    if (l->token == GQL_T_NAME) {
        TRY(gql_lex_next(l));
        s->on_at = l->at;
        TRY(gql_lex_name(l, &s->on));
    }
    TRY(gql_parse_directives(p, GQL_WITH_VARIABLES, &s->directives, &s->directive_count));
    return read_selections(p, &s->set);
}

static enum err read_selections(struct gql_parser *p, const struct gql_selections **out)
{
    struct gql_lexer *l = &p->lex;
    struct gql_selections *set = NEW(l->arena, struct gql_selections);
    size_t first = p->others.used;
    set->at = l->at;
    set->number = p->set_count++;
    TRY(gql_lex_take(l, GQL_T_BRACE_OPEN));
    do {
        struct gql_selection s = {.at = l->at, .number = p->selection_count++};
        if (l->token == GQL_T_SPREAD)
            TRY(read_spread(p, &s));
        else if (l->token == GQL_T_NAME)
            TRY(read_field(p, &s));
        else
            return gql_lex_expected(l, "a field or a fragment");
        gql_pile_push(p, &p->others, &s, sizeof s);
    } while (l->token != GQL_T_BRACE_CLOSE);
    set->items = gql_pile_take(p, &p->others, first, sizeof(struct gql_selection), &set->count);
    *out = set;
    return gql_lex_next(l);
}

/* ---- definitions */

static enum err read_variable(struct gql_parser *p, struct gql_variable *v)
{
    struct gql_lexer *l = &p->lex;
    str description = {0};
    v->at = l->at;
    TRY(gql_parse_description(p, &description));
    TRY(gql_lex_take(l, GQL_T_DOLLAR));
    v->name_at = l->at;
    TRY(gql_lex_name(l, &v->name));
    TRY(gql_lex_take(l, GQL_T_COLON));
    TRY(gql_parse_type(p, &v->type));
    if (l->token == GQL_T_EQUALS) {
        struct gql_value *standard = NEW(l->arena, struct gql_value);
        TRY(gql_lex_next(l));
        TRY(gql_parse_value(p, GQL_CONSTANT, standard));
        v->standard = standard;
    }
    return gql_parse_directives(p, GQL_CONSTANT, &v->directives, &v->directive_count);
}

static enum err read_variables(struct gql_parser *p, struct gql_operation *o)
{
    struct gql_lexer *l = &p->lex;
    if (l->token != GQL_T_PAREN_OPEN)
        return ERR_OK;
    TRY(gql_lex_next(l));
    uint32_t number = 0;
    do {
        struct gql_variable v = {.number = number++};
        TRY(read_variable(p, &v));
        gql_pile_push(p, &p->others, &v, sizeof v);
    } while (l->token != GQL_T_PAREN_CLOSE);
    o->variables = gql_pile_take(p, &p->others, 0, sizeof(struct gql_variable), &o->variable_count);
    return gql_lex_next(l);
}

/* at: of its description, if it has one. The token at hand is "query", … or "{". */
static enum err read_operation(struct gql_parser *p, struct definitions *d, uint32_t at, enum gql_operation_kind kind)
{
    struct gql_lexer *l = &p->lex;
    struct gql_operation o = {.kind = kind, .at = at};
    if (l->token == GQL_T_NAME) {
        TRY(gql_lex_next(l));
        if (l->token == GQL_T_NAME) {
            o.name_at = l->at;
            TRY(gql_lex_name(l, &o.name));
        }
        TRY(read_variables(p, &o));
        TRY(gql_parse_directives(p, GQL_WITH_VARIABLES, &o.directives, &o.directive_count));
    }
    TRY(read_selections(p, &o.set));
    gql_pile_push(p, &d->operations, &o, sizeof o);
    return ERR_OK;
}

static enum err read_fragment(struct gql_parser *p, struct definitions *d, uint32_t at)
{
    struct gql_lexer *l = &p->lex;
    struct gql_fragment f = {.at = at, .number = (uint32_t)(d->fragments.used / sizeof(struct gql_fragment))};
    TRY(gql_lex_next(l));
    f.name_at = l->at;
    if (gql_lex_is_word(l, S("on")))
        return gql_lex_expected(l, "the name of a fragment");
    TRY(gql_lex_name(l, &f.name));
    if (!gql_lex_is_word(l, S("on")))
        return gql_lex_expected(l, "\"on\"");
    TRY(gql_lex_next(l));
    f.on_at = l->at;
    TRY(gql_lex_name(l, &f.on));
    TRY(gql_parse_directives(p, GQL_WITH_VARIABLES, &f.directives, &f.directive_count));
    TRY(read_selections(p, &f.set));
    gql_pile_push(p, &d->fragments, &f, sizeof f);
    return ERR_OK;
}

static enum err read_definition(struct gql_parser *p, struct definitions *d)
{
    static const str kinds[] = {[GQL_QUERY] = STR("query"), [GQL_MUTATION] = STR("mutation"), [GQL_SUBSCRIPTION] = STR("subscription")};
    struct gql_lexer *l = &p->lex;
    uint32_t at = l->at;
    str description = {0};
    TRY(gql_parse_description(p, &description));
    bool is_described = !str_is_absent(description);
    if (l->token == GQL_T_BRACE_OPEN && is_described)
        return gql_lex_fail(l, at, "a query without the word \"query\" has no description");
    if (l->token == GQL_T_BRACE_OPEN)
        return read_operation(p, d, at, GQL_QUERY);
    if (l->token != GQL_T_NAME)
        return gql_lex_expected(l, "a definition");
    for (unsigned i = 0; i < COUNTOF(kinds); i++)
        if (str_equal(l->value, kinds[i]))
            return read_operation(p, d, at, (enum gql_operation_kind)i);
    if (gql_lex_is_word(l, S("fragment")))
        return read_fragment(p, d, at);
    if (is_described && !gql_is_foreign_word(l->value))
        return gql_lex_fail(l, at, "only definitions have descriptions");
    struct gql_foreign f = {.at = at};
    TRY(gql_skip_foreign(p, &f));
    gql_pile_push(p, &d->foreign, &f, sizeof f);
    return ERR_OK;
}

static enum err read_document(struct gql_parser *p, struct gql_document *out)
{
    struct definitions d = {0};
    do
        TRY(read_definition(p, &d));
    while (p->lex.token != GQL_T_END);
    out->text = p->lex.text;
    out->operations = gql_pile_take(p, &d.operations, 0, sizeof(struct gql_operation), &out->operation_count);
    out->fragments = gql_pile_take(p, &d.fragments, 0, sizeof(struct gql_fragment), &out->fragment_count);
    out->foreign = gql_pile_take(p, &d.foreign, 0, sizeof(struct gql_foreign), &out->foreign_count);
    out->selection_count = p->selection_count;
    out->set_count = p->set_count;
    out->token_count = p->lex.count;
    return ERR_OK;
}

enum err gql_read(struct arena *a, str text, struct gql_errors *errors, const struct gql_document **out)
{
    CLEANUP(arena_closep) struct arena *scratch = arena_open(SCRATCH_BYTES);
    struct gql_parser p = {.scratch = scratch};
    struct gql_document *d = NEW(a, struct gql_document);
    *out = NULL;
    TRY(gql_lex_begin(&p.lex, a, text, LIMIT_GRAPHQL_BYTES, LIMIT_GRAPHQL_TOKENS, errors));
    TRY(read_document(&p, d));
    *out = d;
    return ERR_OK;
}

const struct gql_value *gql_read_value(struct arena *a, str text, struct gql_errors *errors)
{
    CLEANUP(arena_closep) struct arena *scratch = arena_open(SCRATCH_BYTES);
    struct gql_parser p = {.scratch = scratch};
    struct gql_value *v = NEW(a, struct gql_value);
    if (gql_lex_begin(&p.lex, a, text, LIMIT_GRAPHQL_BYTES, LIMIT_GRAPHQL_TOKENS, errors) != ERR_OK ||
        gql_parse_value(&p, GQL_CONSTANT, v) != ERR_OK)
        return NULL;
    if (p.lex.token != GQL_T_END) {
        err_ignored(gql_lex_expected(&p.lex, "the end of the text"));
        return NULL;
    }
    return v;
}
