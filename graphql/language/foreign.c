/* Definitions of types and extensions in a document that is to be executed. They are refused by a rule
 * (ExecutableDefinitions), not by the grammar, so here they are only stepped over: to their end, in balanced brackets. */
#include "graphql/language/parse.h"

#include "base/limits.h"

static const struct sort {
    str word;
    bool has_name, has_body;
} sorts[] = {
    {STR("schema"), false, true}, {STR("scalar"), true, false}, {STR("type"), true, true},   {STR("interface"), true, true},
    {STR("union"), true, false},  {STR("enum"), true, true},    {STR("input"), true, true},  {STR("directive"), true, false},
};

/* From an opening bracket to behind the one that closes it. */
static enum err skip_brackets(struct gql_lexer *l)
{
    static const enum gql_token closing[] = {
        [GQL_T_PAREN_OPEN] = GQL_T_PAREN_CLOSE, [GQL_T_BRACKET_OPEN] = GQL_T_BRACKET_CLOSE, [GQL_T_BRACE_OPEN] = GQL_T_BRACE_CLOSE};
    enum gql_token open[LIMIT_GRAPHQL_NESTING];
    size_t depth = 0;
    do {
        enum gql_token token = l->token;
        if (token == GQL_T_PAREN_OPEN || token == GQL_T_BRACKET_OPEN || token == GQL_T_BRACE_OPEN)
            open[depth++] = closing[token];
        else if (token == open[depth - 1])
            depth--;
        else if (token == GQL_T_PAREN_CLOSE || token == GQL_T_BRACKET_CLOSE || token == GQL_T_BRACE_CLOSE || token == GQL_T_END)
            return gql_lex_take(l, open[depth - 1]);
        TRY(gql_lex_next(l));
    } while (depth);
    return ERR_OK;
}

/* Outside of brackets a name belongs to the definition behind these, or when it is one of the words of its grammar. */
static bool goes_on(const struct gql_lexer *l, enum gql_token before)
{
    static const str words[] = {STR("implements"), STR("repeatable"), STR("on")};
    if (l->token != GQL_T_NAME)
        return l->token == GQL_T_AT || l->token == GQL_T_AND || l->token == GQL_T_PIPE || l->token == GQL_T_EQUALS ||
               l->token == GQL_T_PAREN_OPEN;
    if (before == GQL_T_AT || before == GQL_T_AND || before == GQL_T_PIPE || before == GQL_T_EQUALS)
        return true;
    for (size_t i = 0; i < COUNTOF(words); i++)
        if (str_equal(l->value, words[i]))
            return true;
    return false;
}

static enum err skip_head(struct gql_lexer *l)
{
    enum gql_token before = GQL_T_END;
    while (goes_on(l, before)) {
        bool is_word = l->token == GQL_T_NAME && before != GQL_T_AT;
        before = is_word && (gql_lex_is_word(l, S("implements")) || gql_lex_is_word(l, S("on"))) ? GQL_T_AND : l->token;
        if (l->token == GQL_T_PAREN_OPEN)
            TRY(skip_brackets(l));
        else
            TRY(gql_lex_next(l));
    }
    return ERR_OK;
}

enum err gql_skip_foreign(struct gql_parser *p, bool is_described, struct gql_foreign *out)
{
    struct gql_lexer *l = &p->lex;
    bool extends = gql_lex_is_word(l, S("extend"));
    out->word = l->value;
    if (extends && is_described)
        return gql_lex_fail(l, out->at, "an extension has no description");
    if (extends)
        TRY(gql_lex_next(l));
    size_t i = 0;
    while (i < COUNTOF(sorts) && !gql_lex_is_word(l, sorts[i].word))
        i++;
    if (i == COUNTOF(sorts) || (extends && str_equal(sorts[i].word, S("directive"))))
        return gql_lex_expected(l, extends ? "what is extended" : "a definition");
    TRY(gql_lex_next(l));
    if (l->token == GQL_T_AT && str_equal(sorts[i].word, S("directive")))
        TRY(gql_lex_next(l));
    if (sorts[i].has_name)
        TRY(gql_lex_name(l, &out->name));
    TRY(skip_head(l));
    return sorts[i].has_body && l->token == GQL_T_BRACE_OPEN ? skip_brackets(l) : ERR_OK;
}
