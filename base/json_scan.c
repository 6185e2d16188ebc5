/* Texts are looked at 16 bytes at a time for the four things that end a plain stretch: the quote, a
 * backslash, a control character, a byte above ASCII. Seen as signed bytes the last two are one
 * comparison ("less than a space"). A text with escapes is read twice: once to check it and find
 * its end, once to decode it into the arena; decoding never makes it longer. */
#include "base/json_scan.h"

#include <stdarg.h>
#include <stdio.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define NO_POINT UINT32_MAX

struct escape {
    uint32_t point;    /* NO_POINT: stands for nothing */
    unsigned length;   /* in bytes, with the backslash */
    const char *wrong; /* NULL: fine */
    const char *hint;
};

static unsigned char byte_at(const char *p)
{
    return (unsigned char)*p;
}

static bool is_tail(unsigned char c)
{
    return (c & 0xC0) == 0x80;
}

/* Length of the UTF-8 sequence at p whose first byte is above ASCII; 0 when it is not one
 * (Unicode 15, table 3-7: no overlong forms, no surrogates, nothing above U+10FFFF). */
static unsigned utf8_step(const char *p, const char *end)
{
    size_t left = (size_t)(end - p);
    unsigned char a = byte_at(p);
    unsigned char b = left > 1 ? byte_at(p + 1) : 0;
    if (a < 0xC2 || a > 0xF4 || !is_tail(b))
        return 0;
    if (a < 0xE0)
        return 2;
    if (left < 3 || !is_tail(byte_at(p + 2)))
        return 0;
    if (a < 0xF0)
        return (a == 0xE0 && b < 0xA0) || (a == 0xED && b > 0x9F) ? 0 : 3;
    if (left < 4 || !is_tail(byte_at(p + 3)))
        return 0;
    return (a == 0xF0 && b < 0x90) || (a == 0xF4 && b > 0x8F) ? 0 : 4;
}

static uint32_t utf8_point(const char *p, unsigned length)
{
    static const unsigned char lead[5] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    uint32_t point = byte_at(p) & lead[length];
    for (unsigned i = 1; i < length; i++)
        point = point << 6 | (byte_at(p + i) & 0x3Fu);
    return point;
}

static char *put_utf8(char *to, uint32_t point)
{
    if (point < 0x80) {
        *to++ = (char)point;
        return to;
    }
    unsigned tails = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
    static const unsigned char mark[4] = {0, 0xC0, 0xE0, 0xF0};
    *to++ = (char)(mark[tails] | point >> (6 * tails));
    while (tails-- > 0)
        *to++ = (char)(0x80u | (point >> (6 * tails) & 0x3Fu));
    return to;
}

/* ---- mistakes */

struct place {
    size_t line, column, byte;
};

/* Columns count characters, as editors do. */
static struct place place_of(const struct json_scan *s, const char *at)
{
    struct place p = {.line = 1, .column = 1, .byte = (size_t)(at - s->begin)};
    for (const char *c = s->begin; c < at; c++) {
        bool is_break = *c == '\n' || (*c == '\r' && !(c + 1 < s->end && c[1] == '\n'));
        if (is_break) {
            p.line++;
            p.column = 1;
        } else if (!is_tail(byte_at(c))) {
            p.column++;
        }
    }
    return p;
}

enum err json_fail(const struct json_scan *s, const char *at, str rule, const char *hint,
                   const char *format, ...)
{
    if (s->why == NULL)
        return ERR_BAD_INPUT;
    char what[512];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    struct place p = place_of(s, at);
    problem_fault(s->why, ERR_BAD_INPUT, s->where, rule,
                  "%s at line %zu, column %zu (byte %zu).%s%s", what, p.line, p.column, p.byte,
                  hint == NULL ? "" : " ", hint == NULL ? "" : hint);
    if (str_is_absent(s->why->text) && s->why->fault_count > 0) {
        str text = s->why->faults[s->why->fault_count - 1].text;
        problem_set(s->why, s->why->err, STR_FMT, STR_ARG(text));
    }
    return ERR_BAD_INPUT;
}

struct json_found json_found_at(const struct json_scan *s, const char *at)
{
    struct json_found f;
    if (at >= s->end) {
        snprintf(f.text, sizeof f.text, "the end of the text");
        return f;
    }
    unsigned char c = byte_at(at);
    unsigned length = c < 0x80 ? 1 : utf8_step(at, s->end);
    if (c == '\n' || c == '\r')
        snprintf(f.text, sizeof f.text, "a line break");
    else if (c < 0x20 || c == 0x7F)
        snprintf(f.text, sizeof f.text, "the control character U+%04X", c);
    else if (c < 0x80)
        snprintf(f.text, sizeof f.text, "'%c'", c);
    else if (length == 0)
        snprintf(f.text, sizeof f.text, "the byte 0x%02X", c);
    else
        snprintf(f.text, sizeof f.text, "'%.*s' (U+%04X)", (int)length, at, utf8_point(at, length));
    return f;
}

static enum err fail_utf8(const struct json_scan *s, const char *at)
{
    return json_fail(s, at, RULE_UTF8, "JSON is written in UTF-8.",
                     "The byte 0x%02X is not valid UTF-8 here", byte_at(at));
}

/* ---- texts */

static const char *skip_plain(const char *p, const char *end, char quote)
{
#ifdef __SSE2__
    const __m128i quotes = _mm_set1_epi8(quote);
    const __m128i slashes = _mm_set1_epi8('\\');
    const __m128i spaces = _mm_set1_epi8(' ');
    while (end - p >= 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
        __m128i stop = _mm_or_si128(_mm_cmpeq_epi8(v, quotes), _mm_cmpeq_epi8(v, slashes));
        stop = _mm_or_si128(stop, _mm_cmplt_epi8(v, spaces));
        int mask = _mm_movemask_epi8(stop);
        if (mask != 0)
            return p + __builtin_ctz((unsigned)mask);
        p += 16;
    }
#endif
    while (p < end && *p != quote && *p != '\\' && byte_at(p) >= ' ' && byte_at(p) < 0x80)
        p++;
    return p;
}

static bool read_hex(const char *p, const char *end, unsigned digits, uint32_t *out)
{
    if (end - p < (ptrdiff_t)digits)
        return false;
    uint32_t n = 0;
    for (unsigned i = 0; i < digits; i++) {
        unsigned char c = byte_at(p + i);
        unsigned char low = c | 0x20;
        if (c >= '0' && c <= '9')
            n = n << 4 | (uint32_t)(c - '0');
        else if (low >= 'a' && low <= 'f')
            n = n << 4 | (uint32_t)(low - 'a' + 10);
        else
            return false;
    }
    *out = n;
    return true;
}

static struct escape wrong_escape(const char *wrong, const char *hint)
{
    return (struct escape){.wrong = wrong, .hint = hint};
}

/* \uXXXX, and the second half of a pair; p is at the backslash. */
static struct escape read_unicode_escape(const char *p, const char *end)
{
    uint32_t point, low;
    if (!read_hex(p + 2, end, 4, &point))
        return wrong_escape("\\u without four hexadecimal digits", NULL);
    if (point < 0xD800 || point > 0xDFFF)
        return (struct escape){.point = point, .length = 6};
    if (point < 0xDC00 && end - p >= 12 && p[6] == '\\' && p[7] == 'u' &&
        read_hex(p + 8, end, 4, &low) && low >= 0xDC00 && low <= 0xDFFF) {
        point = 0x10000 + ((point - 0xD800) << 10 | (low - 0xDC00));
        return (struct escape){.point = point, .length = 12};
    }
    return wrong_escape("Half of a surrogate pair", "Characters above U+FFFF need both halves.");
}

static struct escape read_json5_escape(const char *p, const char *end)
{
    uint32_t point = byte_at(p + 1);
    switch (point) {
    case '\n':
        return (struct escape){.point = NO_POINT, .length = 2};
    case '\r':
        return (struct escape){.point = NO_POINT, .length = end - p > 2 && p[2] == '\n' ? 3 : 2};
    case 'v':
        return (struct escape){.point = '\v', .length = 2};
    case 'x':
        if (!read_hex(p + 2, end, 2, &point))
            return wrong_escape("\\x without two hexadecimal digits", NULL);
        return (struct escape){.point = point, .length = 4};
    case '0':
        if (end - p > 2 && p[2] >= '0' && p[2] <= '9')
            return wrong_escape("An octal escape", "Write \\x and two hexadecimal digits.");
        return (struct escape){.point = 0, .length = 2};
    default:
        break;
    }
    if (point >= '1' && point <= '9')
        return wrong_escape("An octal escape", "Write \\x and two hexadecimal digits.");
    if (point < 0x80)
        return (struct escape){.point = point, .length = 2};
    /* A line separator (U+2028, U+2029) is swallowed; other characters stand for themselves and
     * only the backslash goes. */
    bool is_separator = end - p >= 4 && byte_at(p + 1) == 0xE2 && byte_at(p + 2) == 0x80 &&
                        (byte_at(p + 3) & 0xFE) == 0xA8;
    return (struct escape){.point = NO_POINT, .length = is_separator ? 4 : 1};
}

static struct escape read_escape(const char *p, const char *end, bool json5)
{
    if (end - p < 2)
        return wrong_escape("An unfinished escape", NULL);
    static const char letters[] = "\"\\/bfnrt", points[] = "\"\\/\b\f\n\r\t";
    const char *known = memchr(letters, p[1], sizeof letters - 1);
    if (known != NULL)
        return (struct escape){.point = byte_at(&points[known - letters]), .length = 2};
    if (p[1] == 'u')
        return read_unicode_escape(p, end);
    if (json5)
        return read_json5_escape(p, end);
    return wrong_escape("An unknown escape",
                        "Known are \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX.");
}

static str decode(const struct json_scan *s, const char *p, const char *end)
{
    char *begin = arena_get(s->arena, (size_t)(end - p), 1), *to = begin;
    while (p < end) {
        const char *slash = memchr(p, '\\', (size_t)(end - p));
        size_t plain = (size_t)((slash != NULL ? slash : end) - p);
        memcpy(to, p, plain);
        to += plain;
        p += plain;
        if (slash == NULL)
            break;
        struct escape e = read_escape(p, end, s->json5);
        must(e.wrong == NULL);
        if (e.point != NO_POINT)
            to = put_utf8(to, e.point);
        p += e.length;
    }
    return (str){begin, (size_t)(to - begin)};
}

static enum err fail_control(const struct json_scan *s, const char *at)
{
    struct json_found f = json_found_at(s, at);
    return json_fail(s, at, RULE_SYNTAX, "Inside a text it is written as an escape, such as \\n.",
                     "Found %s inside a text", f.text);
}

/* Where a plain stretch ended without being the end of the text: over it, or the mistake. */
static enum err step_over(const struct json_scan *s, const char **at, bool *has_escapes)
{
    const char *p = *at;
    unsigned char c = byte_at(p);
    if (c >= 0x80) {
        do {
            unsigned n = utf8_step(p, s->end);
            if (n == 0)
                return fail_utf8(s, p);
            p += n;
        } while (p < s->end && byte_at(p) >= 0x80);
    } else if (c == '\\') {
        struct escape e = read_escape(p, s->end, s->json5);
        if (e.wrong != NULL)
            return json_fail(s, p, RULE_SYNTAX, e.hint, "%s", e.wrong);
        *has_escapes = true;
        p += e.length;
    } else if (!s->json5 || c == '\n' || c == '\r') {
        return fail_control(s, p);
    } else {
        p++;
    }
    *at = p;
    return ERR_OK;
}

enum err json_scan_text(struct json_scan *s, str *out)
{
    char quote = *s->at;
    const char *begin = s->at + 1, *p = begin;
    bool has_escapes = false;
    while ((p = skip_plain(p, s->end, quote)) < s->end && *p != quote)
        TRY(step_over(s, &p, &has_escapes));
    if (p == s->end)
        return json_fail(s, s->at, RULE_SYNTAX, NULL, "The closing quote is missing for the text");
    *out = has_escapes ? decode(s, begin, p) : (str){begin, (size_t)(p - begin)};
    s->at = p + 1;
    return ERR_OK;
}

/* ---- what JSON5 adds */

/* Length of the Unicode space at p, 0 when it is none. All of general category Zs, and the two line
 * separators. The byte order mark is none here: it is refused in both dialects. */
static unsigned wide_blank(const char *p, const char *end)
{
    if (byte_at(p) < 0x80)
        return *p == '\v' || *p == '\f' || json_is_blank(*p) ? 1 : 0;
    unsigned length = utf8_step(p, end);
    if (length == 0)
        return 0;
    uint32_t point = utf8_point(p, length);
    bool is_blank = point == 0xA0 || point == 0x1680 || (point >= 0x2000 && point <= 0x200A) ||
                    point == 0x2028 || point == 0x2029 || point == 0x202F || point == 0x205F ||
                    point == 0x3000;
    return is_blank ? length : 0;
}

static bool ends_line(const char *p, const char *end)
{
    return *p == '\n' || *p == '\r' ||
           (end - p >= 3 && byte_at(p) == 0xE2 && byte_at(p + 1) == 0x80 &&
            (byte_at(p + 2) & 0xFE) == 0xA8);
}

/* s->at is at the first slash. */
static enum err skip_comment(struct json_scan *s)
{
    char kind = s->end - s->at >= 2 ? s->at[1] : 0;
    if (kind != '/' && kind != '*')
        return json_fail(s, s->at, RULE_SYNTAX, "Comments begin with // or /*.",
                         "Found a lone '/'");
    const char *p = s->at + 2;
    for (;;) {
        if (p == s->end && kind == '*')
            return json_fail(s, s->at, RULE_SYNTAX, NULL,
                             "The closing */ is missing for the comment");
        if (p == s->end || (kind == '/' && ends_line(p, s->end)))
            break;
        if (kind == '*' && *p == '*' && s->end - p >= 2 && p[1] == '/') {
            p += 2;
            break;
        }
        unsigned n = byte_at(p) < 0x80 ? 1 : utf8_step(p, s->end);
        if (n == 0)
            return fail_utf8(s, p);
        p += n;
    }
    s->at = p;
    return ERR_OK;
}

enum err json_skip_json5(struct json_scan *s)
{
    while (s->at < s->end) {
        unsigned n = wide_blank(s->at, s->end);
        if (n == 0 && *s->at != '/')
            break;
        if (n == 0)
            TRY(skip_comment(s));
        s->at += n;
    }
    return ERR_OK;
}

/* Letters above ASCII are taken as they come, without tables of what is a letter: a name is data.
 */
static unsigned bare_step(const char *p, const char *end, bool is_first)
{
    unsigned char c = byte_at(p), low = c | 0x20;
    if ((low >= 'a' && low <= 'z') || c == '_' || c == '$')
        return 1;
    if (c < 0x80)
        return !is_first && c >= '0' && c <= '9' ? 1 : 0;
    return wide_blank(p, end) > 0 ? 0 : utf8_step(p, end);
}

bool json_begins_bare_name(const struct json_scan *s)
{
    return s->at < s->end && bare_step(s->at, s->end, true) > 0;
}

enum err json_scan_bare_name(struct json_scan *s, str *out)
{
    const char *p = s->at;
    unsigned n;
    while (p < s->end && (n = bare_step(p, s->end, p == s->at)) > 0)
        p += n;
    if (p < s->end && *p == '\\')
        return json_fail(s, p, RULE_SYNTAX, "Put the name in quotes.",
                         "Found an escape in a name without quotes");
    *out = (str){s->at, (size_t)(p - s->at)};
    s->at = p;
    return ERR_OK;
}
