#ifndef GRAPHQL_LANGUAGE_LEX_H
#define GRAPHQL_LANGUAGE_LEX_H
#include "graphql/language/document.h"

/* Tokens of GraphQL (September 2025, section 2.1; graphql.md 2), for readers of documents and of SDL. One token is at
 * hand; there is no recursion and no way back. Limits count here, before any reader sees the token: bytes, tokens, and how
 * deep { [ ( are nested, so that a reader which recurses only behind one of them is bounded.
 *
 * The first fault is the only one: it is in `errors` with its place, and every function returns ERR_BAD_INPUT, which
 * readers pass on. Places follow graphql-js: the byte that is wrong inside a token, the token's first byte otherwise. */

enum gql_token {
    GQL_T_END, GQL_T_BANG, GQL_T_DOLLAR, GQL_T_AND, GQL_T_PAREN_OPEN, GQL_T_PAREN_CLOSE, GQL_T_SPREAD, GQL_T_COLON,
    GQL_T_EQUALS, GQL_T_AT, GQL_T_BRACKET_OPEN, GQL_T_BRACKET_CLOSE, GQL_T_BRACE_OPEN, GQL_T_PIPE, GQL_T_BRACE_CLOSE,
    GQL_T_NAME, GQL_T_INT, GQL_T_FLOAT, GQL_T_STRING, GQL_T_BLOCK
};

struct gql_lexer {
    struct arena *arena;
    struct gql_errors *errors;
    str text;                         /* a copy in the arena, followed by a zero byte */
    const char *next;                 /* behind the token at hand */
    uint32_t count, count_max;        /* tokens so far, without the end */
    uint32_t depth;                   /* of { [ ( that are open behind the token at hand */

    enum gql_token token;
    uint32_t at;
    str value;                        /* a name, a number as it is written, the value of a string */
};

/* Copies the text and reads the first token. */
NODISCARD enum err gql_lex_begin(struct gql_lexer *l, struct arena *a, str text, uint32_t bytes_max, uint32_t tokens_max,
                                 struct gql_errors *errors);
NODISCARD enum err gql_lex_next(struct gql_lexer *l);

/* A fault of syntax at this byte: the sentence, without "Syntax error: " and without its full stop. Always ERR_BAD_INPUT. */
NODISCARD enum err gql_lex_fail(struct gql_lexer *l, size_t at, const char *format, ...) PRINTF_LIKE(3, 4);
/* "Expected a name but found "}"": the token at hand is wrong. */
NODISCARD enum err gql_lex_expected(struct gql_lexer *l, const char *what);
/* Steps over this token, or fails. */
NODISCARD enum err gql_lex_take(struct gql_lexer *l, enum gql_token token);
NODISCARD enum err gql_lex_name(struct gql_lexer *l, str *name); /* … over a name */
static inline bool gql_lex_is_word(const struct gql_lexer *l, str word)
{
    return l->token == GQL_T_NAME && str_equal(l->value, word);
}

/* lex.c and lex_string.c between themselves: l->next stands at the first quote. */
NODISCARD enum err gql_lex_string(struct gql_lexer *l);
NODISCARD enum err gql_lex_block(struct gql_lexer *l);

#endif
