#include "content/search/plain_text.h"

/* Elements that stand within words. */
static const str inline_tags[] = {
    STR("a"),    STR("abbr"), STR("b"),    STR("bdi"),   STR("bdo"), STR("cite"), STR("code"), STR("del"),
    STR("dfn"),  STR("em"),   STR("font"), STR("i"),     STR("ins"), STR("kbd"),  STR("mark"), STR("q"),
    STR("s"),    STR("samp"), STR("small"), STR("span"), STR("strong"), STR("strike"), STR("sub"), STR("sup"),
    STR("u"),    STR("var"),  STR("wbr"),
};
static const str silent_tags[] = {STR("script"), STR("style"), STR("template")};

/* Letters that editors write by name. */
static const struct {
    str name;
    const char *text;
} references[] = {
    {STR("amp"), "&"},     {STR("lt"), "<"},      {STR("gt"), ">"},      {STR("quot"), "\""},   {STR("apos"), "'"},
    {STR("nbsp"), " "},    {STR("shy"), ""},      {STR("auml"), "ä"},    {STR("ouml"), "ö"},    {STR("uuml"), "ü"},
    {STR("Auml"), "Ä"},    {STR("Ouml"), "Ö"},    {STR("Uuml"), "Ü"},    {STR("szlig"), "ß"},   {STR("agrave"), "à"},
    {STR("aacute"), "á"},  {STR("acirc"), "â"},   {STR("atilde"), "ã"},  {STR("aring"), "å"},   {STR("aelig"), "æ"},
    {STR("ccedil"), "ç"},  {STR("egrave"), "è"},  {STR("eacute"), "é"},  {STR("ecirc"), "ê"},   {STR("euml"), "ë"},
    {STR("igrave"), "ì"},  {STR("iacute"), "í"},  {STR("icirc"), "î"},   {STR("iuml"), "ï"},    {STR("ntilde"), "ñ"},
    {STR("ograve"), "ò"},  {STR("oacute"), "ó"},  {STR("ocirc"), "ô"},   {STR("otilde"), "õ"},  {STR("oslash"), "ø"},
    {STR("ugrave"), "ù"},  {STR("uacute"), "ú"},  {STR("ucirc"), "û"},   {STR("yacute"), "ý"},  {STR("Aring"), "Å"},
    {STR("Aacute"), "Á"},  {STR("Agrave"), "À"},  {STR("Ccedil"), "Ç"},  {STR("Eacute"), "É"},  {STR("Egrave"), "È"},
    {STR("Ntilde"), "Ñ"},  {STR("Oslash"), "Ø"},  {STR("ndash"), "–"},   {STR("mdash"), "—"},   {STR("hellip"), "…"},
    {STR("lsquo"), "‘"},   {STR("rsquo"), "’"},   {STR("ldquo"), "“"},   {STR("rdquo"), "”"},   {STR("bdquo"), "„"},
    {STR("euro"), "€"},    {STR("copy"), "©"},    {STR("reg"), "®"},     {STR("trade"), "™"},
};

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_name_char(char c)
{
    return is_letter(c) || (c >= '0' && c <= '9');
}

static bool same_word(str a, str b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if ((a.at[i] | 0x20) != (b.at[i] | 0x20))
            return false;
    return true;
}

static bool is_one_of(str name, const str *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (same_word(name, list[i]))
            return true;
    return false;
}

static void add_code(struct buf *out, uint32_t code)
{
    if (code == 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
        code = 0xfffd;
    if (code < 0x80) {
        buf_byte(out, (char)code);
    } else if (code < 0x800) {
        buf_byte(out, (char)(0xc0 | code >> 6));
        buf_byte(out, (char)(0x80 | (code & 0x3f)));
    } else if (code < 0x10000) {
        buf_byte(out, (char)(0xe0 | code >> 12));
        buf_byte(out, (char)(0x80 | (code >> 6 & 0x3f)));
        buf_byte(out, (char)(0x80 | (code & 0x3f)));
    } else {
        buf_byte(out, (char)(0xf0 | code >> 18));
        buf_byte(out, (char)(0x80 | (code >> 12 & 0x3f)));
        buf_byte(out, (char)(0x80 | (code >> 6 & 0x3f)));
        buf_byte(out, (char)(0x80 | (code & 0x3f)));
    }
}

static unsigned digit_of(char c)
{
    return c >= '0' && c <= '9' ? (unsigned)(c - '0') : is_letter(c) ? (unsigned)((c | 0x20) - 'a') + 10u : 99u;
}

/* "&#228;", "&#xe4;": how many bytes it takes; 0: none. */
static size_t take_number(struct buf *out, str s)
{
    bool hex = s.len > 2 && (s.at[2] | 0x20) == 'x';
    size_t at = hex ? 3 : 2, first = at;
    uint32_t code = 0, base = hex ? 16 : 10;
    for (; at < s.len && digit_of(s.at[at]) < base; at++)
        code = code > 0x10ffff ? code : code * base + digit_of(s.at[at]);
    if (at == first)
        return 0;
    add_code(out, code);
    return at + (at < s.len && s.at[at] == ';');
}

static size_t take_reference(struct buf *out, str s)
{
    size_t end = 1;
    if (s.len > 1 && s.at[1] == '#')
        return take_number(out, s);
    while (end < s.len && end < 10 && is_name_char(s.at[end]))
        end++;
    if (end >= s.len || s.at[end] != ';')
        return 0;
    str name = str_slice(s, 1, end);
    for (size_t i = 0; i < COUNTOF(references); i++)
        if (str_equal(references[i].name, name)) {
            buf_add(out, str_of(references[i].text));
            return end + 1;
        }
    return 0;
}

/* Where a tag that begins at 0 ends: behind its '>', which does not count within quotes. */
static size_t tag_end(str s)
{
    char quote = 0;
    for (size_t i = 1; i < s.len; i++) {
        char c = s.at[i];
        if (quote)
            quote = c == quote ? 0 : quote;
        else if (c == '"' || c == '\'')
            quote = c;
        else if (c == '>')
            return i + 1;
    }
    return s.len;
}

static size_t comment_end(str s)
{
    for (size_t i = 4; i + 2 < s.len; i++)
        if (memcmp(s.at + i, "-->", 3) == 0)
            return i + 3;
    return s.len;
}

/* Behind "</script" and its like. */
static size_t silence_end(str s, str name)
{
    for (size_t i = 0; i + 2 + name.len <= s.len; i++)
        if (s.at[i] == '<' && s.at[i + 1] == '/' && same_word(str_slice(s, i + 2, i + 2 + name.len), name))
            return i + tag_end(str_slice(s, i, s.len));
    return s.len;
}

/* A tag, comment or declaration at the beginning; 0: the '<' is one of the text's own. */
static size_t take_tag(struct buf *out, str s)
{
    if (str_starts(s, S("<!--")))
        return comment_end(s);
    bool closes = s.len > 1 && s.at[1] == '/';
    size_t first = closes ? 2 : 1, end = first;
    if (first >= s.len || (!is_letter(s.at[first]) && s.at[first] != '!' && s.at[first] != '?'))
        return 0;
    while (end < s.len && is_name_char(s.at[end]))
        end++;
    str name = str_slice(s, first, end);
    if (!is_one_of(name, inline_tags, COUNTOF(inline_tags)) && out->len > 0 && out->at[out->len - 1] != '\n')
        buf_byte(out, '\n');
    size_t whole = tag_end(s);
    if (!closes && is_one_of(name, silent_tags, COUNTOF(silent_tags)))
        whole += silence_end(str_slice(s, whole, s.len), name);
    return whole;
}

void plain_html(struct buf *out, str html)
{
    while (html.len > 0) {
        size_t run = 0;
        while (run < html.len && html.at[run] != '<' && html.at[run] != '&')
            run++;
        buf_add(out, str_slice(html, 0, run));
        html = str_slice(html, run, html.len);
        if (html.len == 0)
            return;
        size_t taken = html.at[0] == '<' ? take_tag(out, html) : take_reference(out, html);
        if (taken == 0) {
            buf_byte(out, html.at[0]);
            taken = 1;
        }
        html = str_slice(html, taken, html.len);
    }
}

/* Depth: JSON readers', LIMIT_JSON_DEPTH. */
void plain_json(struct buf *out, const struct json *v, bool html)
{
    if (v->type == JSON_TEXT) {
        if (out->len > 0)
            buf_byte(out, '\n');
        if (html)
            plain_html(out, v->text);
        else
            buf_add(out, v->text);
    }
    for (uint32_t i = 0; (v->type == JSON_LIST || v->type == JSON_MAP) && i < v->count; i++)
        plain_json(out, &v->items[i], html);
}

void escape_html(struct buf *out, str text)
{
    for (size_t i = 0; i < text.len; i++) {
        switch (text.at[i]) {
        case '&': buf_add(out, S("&amp;")); break;
        case '<': buf_add(out, S("&lt;")); break;
        case '>': buf_add(out, S("&gt;")); break;
        case '"': buf_add(out, S("&quot;")); break;
        case '\'': buf_add(out, S("&#39;")); break;
        default: buf_byte(out, text.at[i]);
        }
    }
}
