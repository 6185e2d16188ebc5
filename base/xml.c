#include "base/xml.h"

#include "base/buf.h"
#include "base/utf8.h"

#include <stdlib.h>

#define BUFFER_BYTES (64u << 10)
#define NONE (-1)

struct span {
    size_t at, len;
};

struct xml {
    struct tar_source *from;
    unsigned char buffer[BUFFER_BYTES];
    size_t at, have;
    bool is_over;
    enum err failed;                  /* of the source */
    uint64_t line;
    char names[XML_DEPTH][XML_NAME_BYTES];
    uint8_t lengths[XML_DEPTH];
    unsigned depth;
    char name[XML_NAME_BYTES];
    size_t name_len;
    struct buf text, attributes;
    struct span attribute_names[XML_ATTRIBUTES], attribute_values[XML_ATTRIBUTES];
    size_t attribute_count;
    bool closes, in_cdata, had_root, began;
};

struct xml *xml_open(struct tar_source *from)
{
    struct xml *x = calloc(1, sizeof *x);
    must(x != NULL);
    x->from = from;
    x->line = 1;
    buf_init(&x->text, NULL, 2 * XML_PIECE_BYTES);
    buf_init(&x->attributes, NULL, XML_ATTRIBUTE_BYTES);
    return x;
}

void xml_close(struct xml *x)
{
    if (!x)
        return;
    buf_free(&x->text);
    buf_free(&x->attributes);
    free(x);
}

str xml_name(const struct xml *x)
{
    return (str){x->name, x->name_len};
}

static str attribute_part(const struct xml *x, struct span s)
{
    return str_slice(buf_str(&x->attributes), s.at, s.at + s.len);
}

str xml_attribute(const struct xml *x, str name)
{
    for (size_t i = 0; i < x->attribute_count; i++)
        if (str_equal(attribute_part(x, x->attribute_names[i]), name))
            return attribute_part(x, x->attribute_values[i]);
    return (str){0};
}

str xml_text(const struct xml *x)
{
    return buf_str(&x->text);
}

unsigned xml_depth(const struct xml *x)
{
    return x->depth;
}

uint64_t xml_line(const struct xml *x)
{
    return x->line;
}

static enum err wrong(struct xml *x, struct problem *why, const char *what)
{
    if (x->failed != ERR_OK)
        return x->failed;
    return problem_set(why, ERR_BAD_INPUT, "Line %llu: %s", (unsigned long long)x->line,
                       x->is_over && x->at == x->have ? "the file ends too early" : what);
}

static int peek(struct xml *x, struct problem *why)
{
    if (x->at == x->have && !x->is_over) {
        x->at = x->have = 0;
        x->failed = x->from->read(x->from, x->buffer, sizeof x->buffer, &x->have, why);
        if (x->failed != ERR_OK)
            x->have = 0;
        x->is_over = x->have == 0;
    }
    return x->at == x->have ? NONE : x->buffer[x->at];
}

static int take(struct xml *x, struct problem *why)
{
    int c = peek(x, why);
    if (c == NONE)
        return NONE;
    x->at++;
    x->line += c == '\n';
    return c;
}

static bool is_blank(int c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_name(int c, bool first)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':' || c >= 0x80 ||
           (!first && ((c >= '0' && c <= '9') || c == '-' || c == '.'));
}

static void pass_blanks(struct xml *x, struct problem *why)
{
    while (is_blank(peek(x, why)))
        (void)take(x, why);
}

static enum err expect(struct xml *x, str what, struct problem *why)
{
    for (size_t i = 0; i < what.len; i++)
        if (take(x, why) != (unsigned char)what.at[i])
            return wrong(x, why, "this is not well-formed XML");
    return ERR_OK;
}

/* Over everything until these characters have come. */
static enum err pass_until(struct xml *x, str end, struct problem *why)
{
    size_t seen = 0;
    while (seen < end.len) {
        int c = take(x, why);
        if (c == NONE)
            return wrong(x, why, "something is not closed");
        if (c == (unsigned char)end.at[seen])
            seen++;
        else if (c != (unsigned char)end.at[0] || seen + 1 != end.len) /* "--->" ends, too */
            seen = c == (unsigned char)end.at[0];
    }
    return ERR_OK;
}

static enum err read_name(struct xml *x, char *into, size_t *len, struct problem *why)
{
    *len = 0;
    while (is_name(peek(x, why), *len == 0)) {
        if (*len == XML_NAME_BYTES)
            return wrong(x, why, "a name is too long");
        into[(*len)++] = (char)take(x, why);
    }
    if (*len == 0 || !utf8_valid((str){into, *len}))
        return wrong(x, why, "a name is expected");
    return ERR_OK;
}

static bool is_character(uint64_t code)
{
    return code == '\t' || code == '\n' || code == '\r' || (code >= 0x20 && code < 0xd800) ||
           (code >= 0xe000 && code < 0xfffe) || (code >= 0x10000 && code <= 0x10ffff);
}

static void add_code(struct buf *out, uint64_t c)
{
    if (c < 0x80) {
        buf_byte(out, (char)c);
        return;
    }
    unsigned more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const unsigned char first[] = {0, 0xc0, 0xe0, 0xf0};
    buf_byte(out, (char)(first[more] | (c >> (6 * more))));
    while (more-- > 0)
        buf_byte(out, (char)(0x80 | ((c >> (6 * more)) & 0x3f)));
}

static bool read_number(str digits, uint64_t *code)
{
    if (!str_starts(digits, S("x")))
        return str_to_u64(digits, 0x10ffff, code);
    *code = 0;
    for (size_t i = 1; i < digits.len; i++) {
        char c = digits.at[i];
        int d = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
        if (d < 0)
            return false;
        *code = *code * 16 + (unsigned)d;
    }
    return digits.len > 1;
}

/* Behind the '&'. */
static enum err read_entity(struct xml *x, struct buf *out, struct problem *why)
{
    static const struct {
        str name;
        char is;
    } known[] = {{STR("amp"), '&'}, {STR("lt"), '<'}, {STR("gt"), '>'}, {STR("quot"), '"'}, {STR("apos"), '\''}};
    char name[8];
    size_t len = 0;
    int c;
    uint64_t code;
    while ((c = take(x, why)) != ';') {
        if (c == NONE || len == sizeof name)
            return wrong(x, why, "an entity is not one of XML's own");
        name[len++] = (char)c;
    }
    str is = {name, len};
    for (size_t i = 0; i < COUNTOF(known); i++)
        if (str_equal(is, known[i].name)) {
            buf_byte(out, known[i].is);
            return ERR_OK;
        }
    if (!str_starts(is, S("#")) || !read_number(str_slice(is, 1, is.len), &code) || !is_character(code))
        return wrong(x, why, "an entity is not one of XML's own");
    add_code(out, code);
    return ERR_OK;
}

/* One character of data as it stands there; line ends become '\n'. */
static enum err add_plain(struct xml *x, struct buf *out, struct problem *why)
{
    int c = take(x, why);
    if (c == '\r') {
        if (peek(x, why) == '\n')
            (void)take(x, why);
        c = '\n';
    }
    if (c == NONE || (c < 0x20 && !is_blank(c)))
        return wrong(x, why, "a control character, which XML does not allow");
    buf_byte(out, (char)c);
    return ERR_OK;
}

static enum err read_attribute(struct xml *x, struct problem *why)
{
    char name[XML_NAME_BYTES];
    size_t len;
    TRY(read_name(x, name, &len, why));
    if (!str_is_absent(xml_attribute(x, (str){name, len})))
        return wrong(x, why, "an attribute stands there twice");
    if (x->attribute_count == XML_ATTRIBUTES)
        return wrong(x, why, "too many attributes");
    struct span *n = &x->attribute_names[x->attribute_count], *v = &x->attribute_values[x->attribute_count];
    *n = (struct span){x->attributes.len, len};
    buf_add(&x->attributes, (str){name, len});
    pass_blanks(x, why);
    TRY(expect(x, S("="), why));
    pass_blanks(x, why);
    int quote = take(x, why);
    if (quote != '"' && quote != '\'')
        return wrong(x, why, "an attribute has no quotes");
    v->at = x->attributes.len;
    for (int c; (c = peek(x, why)) != quote;) {
        if (c == NONE || c == '<')
            return wrong(x, why, "an attribute is not closed");
        if (c == '&') {
            (void)take(x, why);
            TRY(read_entity(x, &x->attributes, why));
        } else {
            TRY(add_plain(x, &x->attributes, why));
        }
    }
    (void)take(x, why);
    v->len = x->attributes.len - v->at;
    x->attribute_count++;
    if (x->attributes.failed || !utf8_valid(attribute_part(x, *v)))
        return wrong(x, why, "an attribute is too long or not UTF-8");
    return ERR_OK;
}

static enum err read_open(struct xml *x, struct problem *why)
{
    if (x->depth == XML_DEPTH)
        return wrong(x, why, "elements are nested too deep");
    if (x->depth == 0 && x->had_root)
        return wrong(x, why, "there is more than one outermost element");
    TRY(read_name(x, x->name, &x->name_len, why));
    x->attribute_count = 0;
    buf_clear(&x->attributes);
    for (;;) {
        bool blank = is_blank(peek(x, why));
        pass_blanks(x, why);
        int c = peek(x, why);
        if (c == '>' || c == '/')
            break;
        if (!blank)
            return wrong(x, why, "a tag is not well-formed");
        TRY(read_attribute(x, why));
    }
    x->closes = take(x, why) == '/';
    if (x->closes)
        TRY(expect(x, S(">"), why));
    memcpy(x->names[x->depth], x->name, x->name_len);
    x->lengths[x->depth++] = (uint8_t)x->name_len;
    x->had_root = true;
    return ERR_OK;
}

static enum err close_one(struct xml *x, struct problem *why)
{
    if (x->depth == 0 || !str_equal(xml_name(x), (str){x->names[x->depth - 1], x->lengths[x->depth - 1]}))
        return wrong(x, why, "an element is closed that is not open");
    x->depth--;
    return ERR_OK;
}

static enum err read_close(struct xml *x, struct problem *why)
{
    TRY(read_name(x, x->name, &x->name_len, why));
    pass_blanks(x, why);
    TRY(expect(x, S(">"), why));
    return close_one(x, why);
}

/* A piece ends with a whole character: the rest of one waits for the next piece. */
static bool is_full(const struct xml *x, int next)
{
    return x->text.len >= XML_PIECE_BYTES && (next & 0xc0) != 0x80;
}

static enum err text_done(struct xml *x, struct problem *why)
{
    if (x->text.failed || !utf8_valid(xml_text(x)))
        return wrong(x, why, "the text is not UTF-8");
    return ERR_OK;
}

static enum err read_text(struct xml *x, struct problem *why)
{
    buf_clear(&x->text);
    for (int c; (c = peek(x, why)) != '<' && c != NONE && !is_full(x, c);) {
        if (x->depth == 0 && !is_blank(c))
            return wrong(x, why, "this is no XML");
        if (c == '&') {
            (void)take(x, why);
            TRY(read_entity(x, &x->text, why));
        } else {
            TRY(add_plain(x, &x->text, why));
        }
    }
    return text_done(x, why);
}

/* Brackets at the end of what was read may be the end: they are taken back when '>' follows. */
static enum err read_cdata(struct xml *x, struct problem *why)
{
    buf_clear(&x->text);
    size_t brackets = 0;
    for (int c; (c = peek(x, why)) != NONE;) {
        if (c == '>' && brackets >= 2) {
            (void)take(x, why);
            buf_truncate(&x->text, x->text.len - 2);
            x->in_cdata = false;
            return text_done(x, why);
        }
        if (brackets == 0 && c != ']' && is_full(x, c))
            return text_done(x, why);
        brackets = c == ']' ? brackets + 1 : 0;
        TRY(add_plain(x, &x->text, why));
        if (x->text.failed)
            break;
    }
    return wrong(x, why, "a CDATA section is not closed");
}

/* Behind "<!". */
static enum err read_declaration(struct xml *x, struct problem *why)
{
    int c = take(x, why);
    if (c == '-') {
        TRY(expect(x, S("-"), why));
        return pass_until(x, S("-->"), why);
    }
    if (c != '[')
        return wrong(x, why, "a DOCTYPE, which is not read because it can define entities");
    TRY(expect(x, S("CDATA["), why));
    if (x->depth == 0)
        return wrong(x, why, "this is no XML");
    x->in_cdata = true;
    return ERR_OK;
}

static enum err read_markup(struct xml *x, enum xml_event *out, bool *done, struct problem *why)
{
    (void)take(x, why);
    int c = peek(x, why);
    *done = c != '?' && c != '!';
    if (*done) {
        *out = c == '/' ? XML_CLOSE : XML_OPEN;
        if (c != '/')
            return read_open(x, why);
        (void)take(x, why);
        return read_close(x, why);
    }
    (void)take(x, why);
    return c == '?' ? pass_until(x, S("?>"), why) : read_declaration(x, why);
}

static enum err pass_mark(struct xml *x, struct problem *why)
{
    x->began = true;
    return peek(x, why) == 0xef ? expect(x, S("\xef\xbb\xbf"), why) : ERR_OK;
}

enum err xml_next(struct xml *x, enum xml_event *out, struct problem *why)
{
    if (!x->began)
        TRY(pass_mark(x, why));
    *out = XML_CLOSE;
    if (x->closes) {
        x->closes = false;
        return close_one(x, why);
    }
    for (bool done = false; !done;) {
        int c = x->in_cdata ? '[' : peek(x, why);
        if (c == NONE) {
            if (x->failed != ERR_OK || x->depth > 0 || !x->had_root)
                return wrong(x, why, "");
            *out = XML_END;
            return ERR_OK;
        }
        *out = XML_TEXT;
        if (x->in_cdata || c != '<') {
            TRY(x->in_cdata ? read_cdata(x, why) : read_text(x, why));
            done = x->text.len > 0 && x->depth > 0;
        } else {
            TRY(read_markup(x, out, &done, why));
        }
    }
    return ERR_OK;
}
