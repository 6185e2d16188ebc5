#include "content/search/excerpt.h"

#include "base/buf.h"
#include "base/utf8.h"

struct reading {
    str rest;
    struct buf *out;
    uint32_t left;                    /* characters that may follow */
    bool is_markup;
    bool blank;                       /* white space is due before the next character */
    bool cut;
};

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static void skip(struct reading *r, size_t bytes)
{
    r->rest = str_slice(r->rest, bytes < r->rest.len ? bytes : r->rest.len, r->rest.len);
}

static void add(struct reading *r, str character)
{
    uint32_t cost = r->blank && r->out->len > 0 ? 2 : 1;
    if (r->left < cost) {
        r->left = 0;
        r->cut = true;
        return;
    }
    if (cost == 2)
        buf_byte(r->out, ' ');
    buf_add(r->out, character);
    r->left -= cost;
    r->blank = false;
}

static size_t find_text(str in, str what)
{
    for (size_t i = 0; i + what.len <= in.len; i++)
        if (str_equal_nocase((str){in.at + i, what.len}, what))
            return i;
    return in.len;
}

/* Behind a tag; behind its end for those that hold no text. A '<' that opens none is a character. */
static bool skip_tag(struct reading *r)
{
    static const struct {
        str open, close;
    } silent[] = {{STR("<script"), STR("</script")}, {STR("<style"), STR("</style")}, {STR("<!--"), STR("-->")}};
    char next = r->rest.len > 1 ? r->rest.at[1] : ' ';
    bool letter = (next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z');
    if (!letter && next != '/' && next != '!')
        return false;
    for (size_t i = 0; i < COUNTOF(silent); i++)
        if (r->rest.len >= silent[i].open.len && str_equal_nocase((str){r->rest.at, silent[i].open.len}, silent[i].open))
            skip(r, find_text(r->rest, silent[i].close));
    skip(r, find_text(r->rest, S(">")) + 1);
    r->blank = true;
    return true;
}

static bool add_entity(struct reading *r)
{
    static const struct {
        str written, means;
    } known[] = {{STR("&amp;"), STR("&")}, {STR("&lt;"), STR("<")}, {STR("&gt;"), STR(">")}, {STR("&quot;"), STR("\"")},
                 {STR("&#39;"), STR("'")}, {STR("&apos;"), STR("'")}, {STR("&nbsp;"), STR(" ")}};
    for (size_t i = 0; i < COUNTOF(known); i++) {
        if (!str_starts(r->rest, known[i].written))
            continue;
        skip(r, known[i].written.len);
        if (str_equal(known[i].means, S(" ")))
            r->blank = true;
        else
            add(r, known[i].means);
        return true;
    }
    return false;
}

static void read_character(struct reading *r)
{
    uint32_t code;
    char c = r->rest.at[0];
    if (is_space(c)) {
        skip(r, 1);
        r->blank = true;
        return;
    }
    if (r->is_markup && ((c == '<' && skip_tag(r)) || (c == '&' && add_entity(r))))
        return;
    size_t bytes = utf8_first(r->rest, &code);
    bytes = bytes ? bytes : 1;
    add(r, str_slice(r->rest, 0, bytes));
    skip(r, bytes);
}

str excerpt_of(struct arena *a, str text, bool is_markup, uint32_t max, bool ellipsis)
{
    struct buf out;
    struct reading r = {.rest = text, .out = &out, .left = max, .is_markup = is_markup};
    buf_init(&out, a, (size_t)max * 4 + 8);
    while (r.rest.len > 0 && !r.cut)
        read_character(&r);
    if (r.cut && ellipsis)
        buf_add(&out, S("…"));
    return buf_str(&out);
}
