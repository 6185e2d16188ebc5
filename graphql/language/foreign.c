/* Definitions of types and extensions in a document that is to be executed. A rule refuses them (ExecutableDefinitions),
 * not the grammar, so here they are read (section 3) and forgotten. */
#include "graphql/language/parse.h"

typedef enum err part(struct gql_parser *p);

/* Members in brackets, if there are any brackets: at least one. */
static enum err skip_members(struct gql_parser *p, enum gql_token open, enum gql_token close, part *member)
{
    struct gql_lexer *l = &p->lex;
    if (l->token != open)
        return ERR_OK;
    TRY(gql_lex_next(l));
    do
        TRY(member(p));
    while (l->token != close);
    return gql_lex_next(l);
}

/* "A & B", "| A | B": names with a sign between them, and in front if one likes. */
static enum err skip_names(struct gql_parser *p, enum gql_token sign, part *name)
{
    struct gql_lexer *l = &p->lex;
    if (l->token == sign)
        TRY(gql_lex_next(l));
    TRY(name(p));
    while (l->token == sign) {
        TRY(gql_lex_next(l));
        TRY(name(p));
    }
    return ERR_OK;
}

static enum err skip_name(struct gql_parser *p)
{
    str name = {0};
    return gql_lex_name(&p->lex, &name);
}

static enum err skip_directives(struct gql_parser *p)
{
    const struct gql_directive *directives = NULL;
    uint32_t count = 0;
    return gql_parse_directives(p, GQL_CONSTANT, &directives, &count);
}

static enum err skip_described_name(struct gql_parser *p)
{
    str description = {0};
    TRY(gql_parse_description(p, &description));
    return skip_name(p);
}

static enum err skip_colon_type(struct gql_parser *p)
{
    const struct gql_typeref *type = NULL;
    TRY(gql_lex_take(&p->lex, GQL_T_COLON));
    return gql_parse_type(p, &type);
}

/* ---- members */

static enum err skip_input(struct gql_parser *p)
{
    struct gql_value standard = {0};
    TRY(skip_described_name(p));
    TRY(skip_colon_type(p));
    if (p->lex.token == GQL_T_EQUALS) {
        TRY(gql_lex_next(&p->lex));
        TRY(gql_parse_value(p, GQL_CONSTANT, &standard));
    }
    return skip_directives(p);
}

static enum err skip_field(struct gql_parser *p)
{
    TRY(skip_described_name(p));
    TRY(skip_members(p, GQL_T_PAREN_OPEN, GQL_T_PAREN_CLOSE, skip_input));
    TRY(skip_colon_type(p));
    return skip_directives(p);
}

static enum err skip_enum_value(struct gql_parser *p)
{
    struct gql_lexer *l = &p->lex;
    str description = {0};
    TRY(gql_parse_description(p, &description));
    if (gql_lex_is_word(l, S("true")) || gql_lex_is_word(l, S("false")) || gql_lex_is_word(l, S("null")))
        return gql_lex_expected(l, "the name of a value");
    TRY(skip_name(p));
    return skip_directives(p);
}

static bool is_one_of(const struct gql_lexer *l, const str *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (gql_lex_is_word(l, words[i]))
            return true;
    return false;
}

static enum err skip_root(struct gql_parser *p)
{
    static const str words[] = {STR("query"), STR("mutation"), STR("subscription")};
    if (!is_one_of(&p->lex, words, COUNTOF(words)))
        return gql_lex_expected(&p->lex, "a sort of operations");
    TRY(gql_lex_next(&p->lex));
    TRY(gql_lex_take(&p->lex, GQL_T_COLON));
    return skip_name(p);
}

static enum err skip_location(struct gql_parser *p)
{
    static const str words[] = {
        STR("QUERY"), STR("MUTATION"), STR("SUBSCRIPTION"), STR("FIELD"), STR("FRAGMENT_DEFINITION"), STR("FRAGMENT_SPREAD"),
        STR("INLINE_FRAGMENT"), STR("VARIABLE_DEFINITION"), STR("SCHEMA"), STR("SCALAR"), STR("OBJECT"), STR("FIELD_DEFINITION"),
        STR("ARGUMENT_DEFINITION"), STR("INTERFACE"), STR("UNION"), STR("ENUM"), STR("ENUM_VALUE"), STR("INPUT_OBJECT"),
        STR("INPUT_FIELD_DEFINITION"),
    };
    if (!is_one_of(&p->lex, words, COUNTOF(words)))
        return gql_lex_expected(&p->lex, "a place for directives");
    return gql_lex_next(&p->lex);
}

/* ---- parts of definitions; each of them may be absent */

static enum err skip_interfaces(struct gql_parser *p)
{
    if (!gql_lex_is_word(&p->lex, S("implements")))
        return ERR_OK;
    TRY(gql_lex_next(&p->lex));
    return skip_names(p, GQL_T_AND, skip_name);
}

static enum err skip_fields(struct gql_parser *p)
{
    return skip_members(p, GQL_T_BRACE_OPEN, GQL_T_BRACE_CLOSE, skip_field);
}

static enum err skip_inputs(struct gql_parser *p)
{
    return skip_members(p, GQL_T_BRACE_OPEN, GQL_T_BRACE_CLOSE, skip_input);
}

static enum err skip_enum_values(struct gql_parser *p)
{
    return skip_members(p, GQL_T_BRACE_OPEN, GQL_T_BRACE_CLOSE, skip_enum_value);
}

static enum err skip_roots(struct gql_parser *p)
{
    return skip_members(p, GQL_T_BRACE_OPEN, GQL_T_BRACE_CLOSE, skip_root);
}

static enum err skip_types(struct gql_parser *p)
{
    if (p->lex.token != GQL_T_EQUALS)
        return ERR_OK;
    TRY(gql_lex_next(&p->lex));
    return skip_names(p, GQL_T_PIPE, skip_name);
}

static enum err skip_places(struct gql_parser *p)
{
    struct gql_lexer *l = &p->lex;
    TRY(skip_members(p, GQL_T_PAREN_OPEN, GQL_T_PAREN_CLOSE, skip_input));
    if (gql_lex_is_word(l, S("repeatable")))
        TRY(gql_lex_next(l));
    if (!gql_lex_is_word(l, S("on")))
        return gql_lex_expected(l, "\"on\"");
    TRY(gql_lex_next(l));
    return skip_names(p, GQL_T_PIPE, skip_location);
}

static const struct sort {
    str word;
    bool has_sign, has_name, has_extensions;
    part *parts[3];
} sorts[] = {
    {STR("schema"), false, false, true, {skip_directives, skip_roots, NULL}},
    {STR("scalar"), false, true, true, {skip_directives, NULL, NULL}},
    {STR("type"), false, true, true, {skip_interfaces, skip_directives, skip_fields}},
    {STR("interface"), false, true, true, {skip_interfaces, skip_directives, skip_fields}},
    {STR("union"), false, true, true, {skip_directives, skip_types, NULL}},
    {STR("enum"), false, true, true, {skip_directives, skip_enum_values, NULL}},
    {STR("input"), false, true, true, {skip_directives, skip_inputs, NULL}},
    {STR("directive"), true, true, false, {skip_places, NULL, NULL}},
};

bool gql_is_foreign_word(str word)
{
    for (size_t i = 0; i < COUNTOF(sorts); i++)
        if (str_equal(word, sorts[i].word))
            return true;
    return false;
}

static const struct sort *sort_here(const struct gql_lexer *l, bool extends)
{
    for (size_t i = 0; i < COUNTOF(sorts); i++)
        if (gql_lex_is_word(l, sorts[i].word) && (!extends || sorts[i].has_extensions))
            return &sorts[i];
    return NULL;
}

enum err gql_skip_foreign(struct gql_parser *p, struct gql_foreign *out)
{
    struct gql_lexer *l = &p->lex;
    bool extends = gql_lex_is_word(l, S("extend"));
    out->word = l->value;
    if (extends)
        TRY(gql_lex_next(l));
    const struct sort *s = sort_here(l, extends);
    if (!s)
        return gql_lex_expected(l, extends ? "what is extended" : "a definition");
    TRY(gql_lex_next(l));
    if (s->has_sign)
        TRY(gql_lex_take(l, GQL_T_AT));
    if (s->has_name)
        TRY(gql_lex_name(l, &out->name));
    uint32_t count = l->count;
    for (size_t i = 0; i < COUNTOF(s->parts) && s->parts[i]; i++) {
        if (s->parts[i] == skip_roots && !extends && l->token != GQL_T_BRACE_OPEN)
            return gql_lex_expected(l, "\"{\"");
        TRY(s->parts[i](p));
    }
    return extends && l->count == count ? gql_lex_expected(l, "something that the extension adds") : ERR_OK;
}
