/* Strings in one pair of quotes, with escapes, and block strings, with their indentation taken off (section 2.9.4). What
 * needs no change is a slice of the document. */
#include "graphql/language/lex.h"

static size_t at_of(const struct gql_lexer *l, const char *p)
{
    return (size_t)(p - l->text.at);
}

/* ---- quoted strings */

static int hex_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_surrogate(uint32_t code)
{
    return code >= 0xd800 && code < 0xe000;
}

/* Four digits. Nothing is read behind a wrong one, so the zero byte at the end of the text ends this, too. */
static bool take_four(const char *p, uint32_t *code)
{
    *code = 0;
    for (int i = 0; i < 4; i++) {
        int digit = hex_of(p[i]);
        if (digit < 0)
            return false;
        *code = *code << 4 | (uint32_t)digit;
    }
    return true;
}

/* "{1F600}", leading zeros as many as one likes. */
static bool take_braced(const char **at, uint32_t *code)
{
    const char *p = *at + 1;
    *code = 0;
    for (int digit = 0; (digit = hex_of(*p)) >= 0; p++) {
        *code = *code << 4 | (uint32_t)digit;
        if (*code > 0x10ffff)
            return false;
    }
    if (*p != '}' || p == *at + 1)
        return false;
    *at = p + 1;
    return true;
}

/* at stands behind "\u". Two surrogates that belong together are one code point. */
static bool take_unicode(const char **at, uint32_t *code)
{
    uint32_t low = 0;
    if (**at == '{')
        return take_braced(at, code) && !is_surrogate(*code);
    if (!take_four(*at, code))
        return false;
    *at += 4;
    if (!is_surrogate(*code))
        return true;
    if (*code >= 0xdc00 || (*at)[0] != '\\' || (*at)[1] != 'u' || !take_four(*at + 2, &low) || low < 0xdc00 || low > 0xdfff)
        return false;
    *code = 0x10000 + ((*code - 0xd800) << 10) + (low - 0xdc00);
    *at += 6;
    return true;
}

/* Never more bytes than the escape has. */
static char *put_code(char *to, uint32_t code)
{
    if (code < 0x80) {
        *to++ = (char)code;
        return to;
    }
    if (code < 0x800) {
        *to++ = (char)(0xc0 | code >> 6);
    } else {
        if (code < 0x10000) {
            *to++ = (char)(0xe0 | code >> 12);
        } else {
            *to++ = (char)(0xf0 | code >> 18);
            *to++ = (char)(0x80 | (code >> 12 & 0x3f));
        }
        *to++ = (char)(0x80 | (code >> 6 & 0x3f));
    }
    *to++ = (char)(0x80 | (code & 0x3f));
    return to;
}

static enum err fail_escape(struct gql_lexer *l, const char *at)
{
    char c = at[1];
    if (c == 'u')
        return gql_lex_fail(l, at_of(l, at), "an escape \\u takes four hexadecimal digits, or any number of them in braces, that "
                                             "make a Unicode scalar value");
    if (c > ' ' && c < 0x7f)
        return gql_lex_fail(l, at_of(l, at), "there is no escape \\%c", c);
    return gql_lex_fail(l, at_of(l, at), "a backslash begins an escape");
}

/* at: at a backslash; moves behind the escape. */
static enum err unescape(struct gql_lexer *l, const char **at, char **to)
{
    static const char from[] = "\"\\/bfnrt", into[] = "\"\\/\b\f\n\r\t";
    const char *p = *at + 1;
    uint32_t code = 0;
    const char *known = *p ? strchr(from, *p) : NULL;
    if (known) {
        *(*to)++ = into[known - from];
        *at = p + 1;
        return ERR_OK;
    }
    if (*p++ != 'u' || !take_unicode(&p, &code))
        return fail_escape(l, *at);
    *to = put_code(*to, code);
    *at = p;
    return ERR_OK;
}

/* The first byte that ends a string or is not itself in one. A zero byte is data unless the text ends there. */
static const char *end_of_plain(const struct gql_lexer *l, const char *p)
{
    const char *end = l->text.at + l->text.len;
    while (p < end && *p != '"' && *p != '\\' && *p != '\n' && *p != '\r')
        p++;
    return p;
}

/* Behind the first escape, into memory of its own. */
static enum err lex_escaped(struct gql_lexer *l, const char *start, const char *p)
{
    /* The string is at most as long as to the quote that ends it, and what is decoded is not longer. */
    const char *end = p, *text_end = l->text.at + l->text.len;
    while (end < text_end && *end != '"' && *end != '\n' && *end != '\r')
        end += *end == '\\' && end + 1 < text_end ? 2 : 1;
    char *value = arena_get(l->arena, (size_t)(end - start) + 1, 1), *to = value;
    for (;;) {
        memcpy(to, start, (size_t)(p - start));
        to += p - start;
        if (*p != '\\')
            break;
        TRY(unescape(l, &p, &to));
        start = p;
        p = end_of_plain(l, p);
    }
    l->value = (str){value, (size_t)(to - value)};
    l->next = p;
    return ERR_OK;
}

enum err gql_lex_string(struct gql_lexer *l)
{
    const char *start = l->next + 1, *p = end_of_plain(l, start);
    l->token = GQL_T_STRING;
    l->value = (str){start, (size_t)(p - start)};
    l->next = p;
    if (*p == '\\')
        TRY(lex_escaped(l, start, p));
    if (*l->next != '"')
        return gql_lex_fail(l, at_of(l, l->next), "a string is not closed on its line");
    l->next++;
    return ERR_OK;
}

/* ---- block strings */

struct lines {
    str rest;
    bool ended;
};

/* The next line; CRLF, CR and LF end one. */
static bool next_line(struct lines *lines, str *line)
{
    if (lines->ended)
        return false;
    str s = lines->rest;
    size_t n = 0;
    while (n < s.len && s.at[n] != '\n' && s.at[n] != '\r')
        n++;
    *line = str_slice(s, 0, n);
    lines->ended = n == s.len;
    if (n < s.len)
        n += s.at[n] == '\r' && n + 1 < s.len && s.at[n + 1] == '\n' ? 2 : 1;
    lines->rest = str_slice(s, n, s.len);
    return true;
}

static size_t indent_of(str line)
{
    size_t n = 0;
    while (n < line.len && (line.at[n] == ' ' || line.at[n] == '\t'))
        n++;
    return n;
}

struct layout {
    size_t indent;       /* of all lines but the first */
    size_t first, after; /* the lines that stay */
};

static struct layout layout_of(str raw)
{
    struct layout out = {.indent = SIZE_MAX};
    struct lines lines = {.rest = raw};
    str line = {0};
    for (size_t i = 0; next_line(&lines, &line); i++) {
        size_t indent = indent_of(line);
        if (indent == line.len)
            continue;
        if (i && indent < out.indent)
            out.indent = indent;
        if (!out.after)
            out.first = i;
        out.after = i + 1;
    }
    return out;
}

/* A line's text: \""" is its only escape. */
static char *put_line(char *to, str line)
{
    for (size_t i = 0; i < line.len; i++)
        if (line.at[i] != '\\' || line.len - i < 4 || memcmp(line.at + i + 1, "\"\"\"", 3) != 0)
            *to++ = line.at[i];
    return to;
}

static str block_value(struct arena *a, str raw)
{
    struct layout layout = layout_of(raw);
    struct lines lines = {.rest = raw};
    char *value = arena_get(a, raw.len + 1, 1), *to = value;
    str line = {0};
    for (size_t i = 0; i < layout.after && next_line(&lines, &line); i++) {
        if (i < layout.first)
            continue;
        if (i > layout.first)
            *to++ = '\n';
        to = put_line(to, i ? str_slice(line, layout.indent, line.len) : line);
    }
    return (str){value, (size_t)(to - value)};
}

enum err gql_lex_block(struct gql_lexer *l)
{
    const char *start = l->next + 3, *p = start, *end = l->text.at + l->text.len;
    /* A backslash is used up only by an escape, which ends in a quote: one in front of three quotes is always free. */
    while ((p = memchr(p, '"', (size_t)(end - p))) && (p[1] != '"' || p[2] != '"' || p[-1] == '\\'))
        p += p[1] == '"' && p[2] == '"' ? 3 : 1;
    if (!p)
        return gql_lex_fail(l, l->text.len, "a block string is not closed");
    l->token = GQL_T_BLOCK;
    l->value = block_value(l->arena, (str){start, (size_t)(p - start)});
    l->next = p + 3;
    return ERR_OK;
}
