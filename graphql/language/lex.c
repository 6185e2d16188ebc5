/* Tokens, one at a time. A table tells what a byte begins; the text ends in a zero byte, which begins nothing, so that
 * loops over names, digits and blanks need no look at the end. */
#include "graphql/language/lex.h"

#include "base/limits.h"
#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>

enum class { NOTHING, BLANK, NAME, DIGIT, MINUS, QUOTE, DOT, COMMENT, BOM, SIGN, OPENER, CLOSER };

/* clang-format off */
static const uint8_t class_of[256] = {
    ['\t'] = BLANK, ['\n'] = BLANK, ['\r'] = BLANK, [' '] = BLANK, [','] = BLANK,
    ['A'] = NAME, ['B'] = NAME, ['C'] = NAME, ['D'] = NAME, ['E'] = NAME, ['F'] = NAME, ['G'] = NAME, ['H'] = NAME,
    ['I'] = NAME, ['J'] = NAME, ['K'] = NAME, ['L'] = NAME, ['M'] = NAME, ['N'] = NAME, ['O'] = NAME, ['P'] = NAME,
    ['Q'] = NAME, ['R'] = NAME, ['S'] = NAME, ['T'] = NAME, ['U'] = NAME, ['V'] = NAME, ['W'] = NAME, ['X'] = NAME,
    ['Y'] = NAME, ['Z'] = NAME, ['a'] = NAME, ['b'] = NAME, ['c'] = NAME, ['d'] = NAME, ['e'] = NAME, ['f'] = NAME,
    ['g'] = NAME, ['h'] = NAME, ['i'] = NAME, ['j'] = NAME, ['k'] = NAME, ['l'] = NAME, ['m'] = NAME, ['n'] = NAME,
    ['o'] = NAME, ['p'] = NAME, ['q'] = NAME, ['r'] = NAME, ['s'] = NAME, ['t'] = NAME, ['u'] = NAME, ['v'] = NAME,
    ['w'] = NAME, ['x'] = NAME, ['y'] = NAME, ['z'] = NAME, ['_'] = NAME,
    ['0'] = DIGIT, ['1'] = DIGIT, ['2'] = DIGIT, ['3'] = DIGIT, ['4'] = DIGIT, ['5'] = DIGIT, ['6'] = DIGIT, ['7'] = DIGIT,
    ['8'] = DIGIT, ['9'] = DIGIT,
    ['-'] = MINUS, ['"'] = QUOTE, ['.'] = DOT,
    ['#'] = COMMENT, [0xef] = BOM, ['!'] = SIGN, ['$'] = SIGN, ['&'] = SIGN, [':'] = SIGN, ['='] = SIGN, ['@'] = SIGN,
    ['|'] = SIGN, ['('] = OPENER, ['['] = OPENER, ['{'] = OPENER, [')'] = CLOSER, [']'] = CLOSER, ['}'] = CLOSER,
};
static const uint8_t sign_of[128] = {
    ['!'] = GQL_T_BANG, ['$'] = GQL_T_DOLLAR, ['&'] = GQL_T_AND, ['('] = GQL_T_PAREN_OPEN, [')'] = GQL_T_PAREN_CLOSE,
    [':'] = GQL_T_COLON, ['='] = GQL_T_EQUALS, ['@'] = GQL_T_AT, ['['] = GQL_T_BRACKET_OPEN, [']'] = GQL_T_BRACKET_CLOSE,
    ['{'] = GQL_T_BRACE_OPEN, ['|'] = GQL_T_PIPE, ['}'] = GQL_T_BRACE_CLOSE,
};
/* clang-format on */

/* How tokens are called in sentences; NULL: by what is written there. */
static const char *const token_names[] = {
    [GQL_T_END] = "the end of the text", [GQL_T_BANG] = "\"!\"",          [GQL_T_DOLLAR] = "\"$\"",
    [GQL_T_AND] = "\"&\"",               [GQL_T_PAREN_OPEN] = "\"(\"",    [GQL_T_PAREN_CLOSE] = "\")\"",
    [GQL_T_SPREAD] = "\"...\"",          [GQL_T_COLON] = "\":\"",         [GQL_T_EQUALS] = "\"=\"",
    [GQL_T_AT] = "\"@\"",                [GQL_T_BRACKET_OPEN] = "\"[\"",  [GQL_T_BRACKET_CLOSE] = "\"]\"",
    [GQL_T_BRACE_OPEN] = "\"{\"",        [GQL_T_PIPE] = "\"|\"",          [GQL_T_BRACE_CLOSE] = "\"}\"",
    [GQL_T_NAME] = NULL,                 [GQL_T_INT] = NULL,              [GQL_T_FLOAT] = NULL,
    [GQL_T_STRING] = "a string",         [GQL_T_BLOCK] = "a block string",
};

static enum class class_at(const char *at)
{
    return class_of[(unsigned char)*at];
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* ---- faults */

static enum err fail_tokens(struct gql_lexer *l)
{
    uint32_t max = l->count_max;
    struct gql_error *e =
        gql_fail_limit(l->errors, S("tokens"), max, (uint64_t)max + 1, "The document has more than %u tokens.", max);
    gql_fail_at(l->errors, e, l->text, l->at);
    return ERR_BAD_INPUT;
}

static enum err fail_nesting(struct gql_lexer *l)
{
    struct gql_error *e = gql_fail_limit(l->errors, S("nesting"), LIMIT_GRAPHQL_NESTING, l->depth,
                                         "Brackets are nested more than %u deep.", LIMIT_GRAPHQL_NESTING);
    gql_fail_at(l->errors, e, l->text, l->at);
    return ERR_BAD_INPUT;
}

enum err gql_lex_fail(struct gql_lexer *l, size_t at, const char *format, ...)
{
    char text[LIMIT_GRAPHQL_MESSAGE_BYTES + 1];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    must(n >= 0);
    str said = utf8_cut((str){text, (size_t)n}, sizeof text - 1);
    struct gql_error *e = gql_fail(l->errors, GQL_PARSE_FAILED, "Syntax error: " STR_FMT ".", STR_ARG(said));
    gql_fail_at(l->errors, e, l->text, (uint32_t)at);
    return ERR_BAD_INPUT;
}

enum err gql_lex_expected(struct gql_lexer *l, const char *what)
{
    const char *name = token_names[l->token];
    if (name)
        return gql_lex_fail(l, l->at, "expected %s but found %s", what, name);
    str shown = utf8_cut(l->value, 64);
    return gql_lex_fail(l, l->at, "expected %s but found \"" STR_FMT "%s\"", what, STR_ARG(shown),
                        shown.len < l->value.len ? "…" : "");
}

/* No token begins with this. */
static enum err fail_character(struct gql_lexer *l)
{
    size_t at = (size_t)(l->next - l->text.at);
    uint32_t code = 0;
    if (*l->next == '\'')
        return gql_lex_fail(l, at, "strings are written in double quotes");
    size_t n = utf8_first(str_slice(l->text, at, l->text.len), &code);
    must(n);
    if (code > ' ' && code < 0x7f)
        return gql_lex_fail(l, at, "unexpected character \"%c\"", (char)code);
    return gql_lex_fail(l, at, "unexpected character U+%04X", (unsigned)code);
}

static enum err fail_number(struct gql_lexer *l, const char *at, const char *what)
{
    return gql_lex_fail(l, (size_t)(at - l->text.at), "a number goes wrong here: %s", what);
}

/* ---- tokens */

/* Blanks, commas, byte order marks, comments. */
static void skip_ignored(struct gql_lexer *l)
{
    const char *p = l->next;
    for (;;) {
        enum class c = class_at(p);
        if (c == BLANK) {
            p++;
        } else if (c == COMMENT) {
            const char *end = l->text.at + l->text.len;
            while (p < end && *p != '\n' && *p != '\r')
                p++;
        } else if (c == BOM && p[1] == '\xbb' && p[2] == '\xbf') {
            p += 3;
        } else {
            break;
        }
    }
    l->next = p;
}

static enum err skip_digits(struct gql_lexer *l, const char **at)
{
    if (!is_digit(**at))
        return fail_number(l, *at, "a digit is missing");
    while (is_digit(**at))
        ++*at;
    return ERR_OK;
}

static enum err lex_number(struct gql_lexer *l)
{
    const char *p = l->next;
    l->token = GQL_T_INT;
    if (*p == '-')
        p++;
    if (p[0] == '0' && is_digit(p[1]))
        return fail_number(l, p + 1, "no digit may follow a leading 0");
    TRY(skip_digits(l, &p));
    if (*p == '.') {
        l->token = GQL_T_FLOAT;
        p++;
        TRY(skip_digits(l, &p));
    }
    if (*p == 'e' || *p == 'E') {
        l->token = GQL_T_FLOAT;
        p++;
        if (*p == '+' || *p == '-')
            p++;
        TRY(skip_digits(l, &p));
    }
    if (*p == '.' || class_at(p) == NAME)
        return fail_number(l, p, "it has ended before");
    l->value = (str){l->next, (size_t)(p - l->next)};
    l->next = p;
    return ERR_OK;
}

static enum err lex_sign(struct gql_lexer *l, enum class c)
{
    l->token = (enum gql_token)sign_of[(unsigned char)*l->next];
    l->next++;
    if (c == OPENER && ++l->depth > LIMIT_GRAPHQL_NESTING)
        return fail_nesting(l);
    if (c == CLOSER && l->depth)
        l->depth--;
    return ERR_OK;
}

static enum err lex_rest(struct gql_lexer *l, enum class c)
{
    switch (c) {
    case DIGIT:
    case MINUS:
        return lex_number(l);
    case QUOTE:
        return l->next[1] == '"' && l->next[2] == '"' ? gql_lex_block(l) : gql_lex_string(l);
    case DOT:
        if (l->next[1] != '.' || l->next[2] != '.')
            return fail_character(l);
        l->next += 3;
        l->token = GQL_T_SPREAD;
        return ERR_OK;
    case SIGN:
    case OPENER:
    case CLOSER:
        return lex_sign(l, c);
    case NOTHING:
    case BLANK:
    case NAME:
    case COMMENT:
    case BOM:
        break;
    }
    return fail_character(l);
}

enum err gql_lex_next(struct gql_lexer *l)
{
    skip_ignored(l);
    const char *p = l->next;
    enum class c = class_at(p);
    l->at = (uint32_t)(p - l->text.at);
    if (c == NOTHING && l->at == l->text.len) {
        l->token = GQL_T_END;
        return ERR_OK;
    }
    if (l->count == l->count_max)
        return fail_tokens(l);
    l->count++;
    if (c != NAME)
        return lex_rest(l, c);
    do
        p++;
    while (class_at(p) == NAME || class_at(p) == DIGIT);
    l->token = GQL_T_NAME;
    l->value = (str){l->next, (size_t)(p - l->next)};
    l->next = p;
    return ERR_OK;
}

enum err gql_lex_begin(struct gql_lexer *l, struct arena *a, str text, uint32_t bytes_max, uint32_t tokens_max,
                       struct gql_errors *errors)
{
    *l = (struct gql_lexer){.arena = a, .errors = errors, .count_max = tokens_max};
    if (text.len > bytes_max) {
        gql_fail_limit(errors, S("bytes"), bytes_max, text.len, "The document has more than %u bytes.", bytes_max);
        return ERR_BAD_INPUT;
    }
    if (!utf8_valid(text)) {
        gql_fail(errors, GQL_PARSE_FAILED, "Syntax error: the document is not UTF-8.");
        return ERR_BAD_INPUT;
    }
    char *copy = arena_get(a, text.len + 1, 1);
    if (text.len)
        memcpy(copy, text.at, text.len);
    l->text = (str){copy, text.len};
    l->next = copy;
    return gql_lex_next(l);
}

enum err gql_lex_take(struct gql_lexer *l, enum gql_token token)
{
    static const char *const others[] = {
        [GQL_T_NAME] = "a name", [GQL_T_INT] = "an integer", [GQL_T_FLOAT] = "a number",
    };
    if (l->token != token)
        return gql_lex_expected(l, token_names[token] ? token_names[token] : others[token]);
    return gql_lex_next(l);
}

enum err gql_lex_name(struct gql_lexer *l, str *name)
{
    *name = l->value;
    return gql_lex_take(l, GQL_T_NAME);
}
