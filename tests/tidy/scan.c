#include "tests/tidy/scan.h"

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

str scan_trim(str s)
{
    while (s.len > 0 && is_blank(s.at[0]))
        s = str_slice(s, 1, s.len);
    while (s.len > 0 && is_blank(s.at[s.len - 1]))
        s.len--;
    return s;
}

str scan_code(struct arena *a, str text)
{
    enum { CODE, LINE_COMMENT, COMMENT, QUOTED } state = CODE;
    char *out = arena_get(a, text.len + 1, 1);
    char quote = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i], next = i + 1 < text.len ? text.at[i + 1] : '\0';
        out[i] = state == CODE || c == '\n' ? c : ' ';
        if (state == CODE && c == '/' && (next == '/' || next == '*')) {
            state = next == '/' ? LINE_COMMENT : COMMENT;
            out[i] = ' ';
            out[++i] = ' ';
        } else if (state == CODE && (c == '"' || c == '\'')) {
            state = QUOTED;
            quote = c;
        } else if (state == QUOTED && c == '\\' && next != '\n' && i + 1 < text.len) {
            out[++i] = ' ';
        } else if (state == QUOTED && c == quote) {
            out[i] = c;
            state = CODE;
        } else if (state == LINE_COMMENT && c == '\n') {
            state = CODE;
        } else if (state == COMMENT && c == '*' && next == '/') {
            out[++i] = ' ';
            state = CODE;
        }
    }
    return (str){out, text.len};
}

bool scan_line(str text, size_t *cursor, str *line)
{
    if (*cursor >= text.len)
        return false;
    str tail;
    str_cut(str_slice(text, *cursor, text.len), '\n', line, &tail);
    *cursor += line->len + 1;
    return true;
}

unsigned scan_line_of(str text, const char *place)
{
    unsigned line = 1;
    for (const char *at = text.at; at < place; at++)
        line += *at == '\n';
    return line;
}

static bool is_member(str code, size_t at)
{
    while (at > 0 && is_blank(code.at[at - 1]))
        at--;
    return at > 0 &&
           (code.at[at - 1] == '.' || (at > 1 && code.at[at - 1] == '>' && code.at[at - 2] == '-'));
}

bool scan_call(str code, size_t *cursor, str *name)
{
    while (*cursor < code.len) {
        size_t from = *cursor, to = from;
        while (to < code.len && is_name_char(code.at[to]))
            to++;
        *cursor = to > from ? to : from + 1;
        size_t behind = to;
        while (behind < code.len && code.at[behind] == ' ')
            behind++;
        if (to > from && behind < code.len && code.at[behind] == '(' && !is_member(code, from)) {
            *name = str_slice(code, from, to);
            return true;
        }
    }
    return false;
}

bool scan_has_word(str text, str word)
{
    for (size_t i = 0; i + word.len <= text.len; i++)
        if (memcmp(text.at + i, word.at, word.len) == 0 &&
            (i == 0 || !is_name_char(text.at[i - 1])) &&
            (i + word.len == text.len || !is_name_char(text.at[i + word.len])))
            return true;
    return false;
}

bool scan_function(str code, size_t *cursor, str *body)
{
    size_t from = 0;
    bool inside = false;
    str line;
    while (scan_line(code, cursor, &line)) {
        size_t begin = (size_t)(line.at - code.at);
        if (!inside && line.len > 0 && line.at[0] == '{' && scan_trim(line).len == 1) {
            inside = true;
            from = *cursor;
        } else if (inside && line.len > 0 && line.at[0] == '}') {
            *body = str_slice(code, from, begin);
            return true;
        }
    }
    return false;
}

/* A declaration up to its `=`, `;` or `{`, with the insides of brackets left out. */
struct head {
    char *at;
    size_t len;
    str name;            /* the last one outside brackets, in the text itself */
    bool has_parameters; /* a name before a parenthesis: prototype, function, assertion */
    bool has_body;       /* braces were seen */
};

static void head_add(struct head *h, const char *c)
{
    if (is_name_char(*c)) {
        bool goes_on = h->len > 0 && is_name_char(h->at[h->len - 1]);
        h->name = goes_on ? (str){h->name.at, h->name.len + 1} : (str){c, 1};
    }
    h->at[h->len++] = *c;
}

static bool starts_with_word(str s, str word)
{
    return str_starts(s, word) && (s.len == word.len || !is_name_char(s.at[word.len]));
}

static size_t count_words(str s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++)
        n += is_name_char(s.at[i]) && (i == 0 || !is_name_char(s.at[i - 1]));
    return n;
}

static bool declares_mutable(const struct head *h)
{
    str s = scan_trim((str){h->at, h->len});
    if (count_words(s) < 2 || h->has_parameters || starts_with_word(s, S("typedef")) ||
        starts_with_word(s, S("extern")))
        return false;
    if (starts_with_word(s, S("struct")) || starts_with_word(s, S("union")) ||
        starts_with_word(s, S("enum"))) {
        bool is_type_only = h->has_body ? str_ends(s, S("}")) : count_words(s) == 2;
        if (is_type_only)
            return false;
    }
    str behind = s; /* of a pointer, what stands behind the last star says whether it may change */
    for (size_t i = 0; i < s.len; i++)
        if (s.at[i] == '*')
            behind = str_slice(s, i, s.len);
    return !scan_has_word(behind, S("const"));
}

static size_t skip_directive(str code, size_t i)
{
    while (i < code.len && (code.at[i] != '\n' || code.at[i - 1] == '\\'))
        i++;
    return i;
}

/* Not parameters but part of the type. */
static bool is_specifier(str word)
{
    static const str specifiers[] = {STR("_Atomic"), STR("__attribute__"), STR("_Alignas"),
                                     STR("alignas")};
    for (size_t i = 0; i < COUNTOF(specifiers); i++)
        if (str_equal(word, specifiers[i]))
            return true;
    return false;
}

static void see_bracket(struct head *h, const char *c)
{
    str before = scan_trim((str){h->at, h->len});
    if (*c == '(' && before.len > 0 && is_name_char(before.at[before.len - 1]) &&
        !is_specifier(h->name))
        h->has_parameters = true;
    h->has_body = h->has_body || *c == '{';
    head_add(h, c);
}

/* Reads the declaration that begins at i, or a function with its body; returns where it ends. */
static size_t read_declaration(str code, size_t i, struct head *h)
{
    unsigned depth = 0;
    bool in_value = false;
    *h = (struct head){.at = h->at};
    for (; i < code.len; i++) {
        char c = code.at[i];
        bool closes = c == ')' || c == ']' || c == '}';
        if (closes && depth > 0 && --depth == 0 && !in_value) {
            head_add(h, code.at + i);
            if (c == '}' && h->has_parameters)
                return i + 1;
        } else if (c == '(' || c == '[' || c == '{') {
            if (depth++ == 0 && !in_value)
                see_bracket(h, code.at + i);
        } else if (depth == 0 && c == '#') {
            i = skip_directive(code, i);
        } else if (depth == 0 && c == ';') {
            return i + 1;
        } else if (depth == 0 && c == '=') {
            in_value = true;
        } else if (depth == 0 && !in_value && !closes) {
            head_add(h, code.at + i);
        }
    }
    return i;
}

bool scan_mutable(struct arena *a, str code, bool is_header, size_t *cursor, str *name)
{
    struct head h = {.at = arena_get(a, code.len + 1, 1)};
    while (*cursor < code.len) {
        *cursor = read_declaration(code, *cursor, &h);
        bool counts = !is_header || starts_with_word(scan_trim((str){h.at, h.len}), S("static"));
        if (counts && declares_mutable(&h)) {
            *name = h.name;
            return true;
        }
    }
    return false;
}

bool scan_static(struct arena *a, str code, size_t *cursor, str *name)
{
    struct head h = {.at = arena_get(a, code.len + 1, 1)};
    str line;
    while (scan_line(code, cursor, &line)) {
        if (line.len == 0 || !is_blank(line.at[0]) ||
            !starts_with_word(scan_trim(line), S("static")))
            continue;
        read_declaration(code, (size_t)(line.at - code.at), &h);
        if (declares_mutable(&h)) {
            *name = h.name;
            return true;
        }
    }
    return false;
}
