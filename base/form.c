#include "base/form.h"

#include "base/form_part.h"
#include "base/limits.h"
#include "base/utf8.h"

#define BOUNDARY_MAX 70u /* RFC 2046 5.1.1 */

enum err form_broken(struct problem *why, const char *text)
{
    return problem_set(why, ERR_BAD_INPUT, "The form cannot be read: %s", text);
}

/* Header values with parameters: `form-data; name="a"; filename=b`. */

static bool is_token_char(char c)
{
    return c > ' ' && c < 0x7f && !strchr("()<>@,;:\\\"/[]?={}", c);
}

static void skip_blanks(str *rest)
{
    while (rest->len && (rest->at[0] == ' ' || rest->at[0] == '\t'))
        *rest = str_slice(*rest, 1, rest->len);
}

static bool take_token(str *rest, str *out)
{
    size_t n = 0;
    while (n < rest->len && is_token_char(rest->at[n]))
        n++;
    *out = str_slice(*rest, 0, n);
    *rest = str_slice(*rest, n, rest->len);
    return n > 0;
}

/* Browsers write %22 for a quote within, others a backslash before it; a backslash before anything else is one
 * (Windows' file names). */
static bool take_quoted(struct arena *a, str *rest, str *out)
{
    char *text = arena_get(a, rest->len + 1, 1);
    size_t n = 0;
    for (size_t i = 1; i < rest->len; i++) {
        if (rest->at[i] == '"') {
            *out = (str){text, n};
            *rest = str_slice(*rest, i + 1, rest->len);
            return true;
        }
        bool escapes = rest->at[i] == '\\' && i + 1 < rest->len && (rest->at[i + 1] == '"' || rest->at[i + 1] == '\\');
        i += escapes;
        text[n++] = rest->at[i];
    }
    return false;
}

static bool take_parameter(struct arena *a, str *rest, struct pair *out)
{
    skip_blanks(rest);
    if (!take_token(rest, &out->name) || rest->len == 0 || rest->at[0] != '=')
        return false;
    *rest = str_slice(*rest, 1, rest->len);
    bool is_quoted = rest->len && rest->at[0] == '"';
    if (is_quoted ? !take_quoted(a, rest, &out->value) : !take_token(rest, &out->value))
        return false;
    skip_blanks(rest);
    return true;
}

bool header_parameter(struct arena *a, str value, str name, str *out)
{
    str head, rest;
    bool more = str_cut(value, ';', &head, &rest);
    *out = (str){0};
    while (more) {
        struct pair p;
        if (!take_parameter(a, &rest, &p) || (rest.len && rest.at[0] != ';'))
            return false;
        if (str_equal_nocase(p.name, name)) {
            if (!str_is_absent(*out))
                return false;
            *out = p.value;
        }
        more = rest.len > 0;
        rest = str_slice(rest, 1, rest.len);
    }
    return true;
}

/* One field after the other. */

static bool has_name(const struct form *form, str name)
{
    for (size_t i = 0; i < form->count; i++)
        if (str_equal(form->fields[i].name, name))
            return true;
    return false;
}

static bool is_text(str s)
{
    return utf8_valid(s) && (s.len == 0 || memchr(s.at, '\0', s.len) == NULL);
}

static enum err check_field(const struct form *form, const struct form_field *f, struct problem *why)
{
    if (!is_text(f->name) || (!f->is_file && !is_text(f->value)))
        return form_broken(why, "it is not text in UTF-8");
    if (has_name(form, f->name))
        return form_broken(why, "a field stands in it twice");
    if (form->count == LIMIT_QUERY_PARAMETERS)
        return form_broken(why, "it has too many fields");
    return ERR_OK;
}

/* Keys end in "==": a pair is cut at its first "=". */
static enum err read_urlencoded(struct arena *a, str body, struct form *out, struct problem *why)
{
    struct query_string pairs = {0};
    TRY(query_string_read(a, body, &pairs, why));
    struct form_field *fields = NEW_N(a, struct form_field, pairs.count + 1);
    for (size_t i = 0; i < pairs.count; i++)
        fields[i] = (struct form_field){.name = pairs.pairs[i].name, .value = pairs.pairs[i].value};
    *out = (struct form){.fields = fields, .count = pairs.count};
    return ERR_OK;
}

/* A line up to CR LF; false when there is none. */
static bool take_line(str *rest, str *line)
{
    for (size_t i = 0; i + 1 < rest->len; i++) {
        if (rest->at[i] != '\r' || rest->at[i + 1] != '\n')
            continue;
        *line = str_slice(*rest, 0, i);
        *rest = str_slice(*rest, i + 2, rest->len);
        return true;
    }
    return false;
}

/* `filename*` is not for forms (RFC 7578 4.2), but some send it: UTF-8''name%20of%20it. */
static bool wide_name(struct arena *a, str wide, str *out)
{
    str charset, rest, language, name;
    return str_cut(wide, '\'', &charset, &rest) && str_cut(rest, '\'', &language, &name) &&
           str_equal_nocase(charset, S("utf-8")) && percent_decode(a, name, false, out);
}

static enum err read_disposition(struct arena *a, str value, struct part_head *p, struct problem *why)
{
    str kind, parameters, wide;
    (void)str_cut(value, ';', &kind, &parameters);
    if (!str_equal_nocase(str_trim(kind), S("form-data")) || !header_parameter(a, value, S("name"), &p->name) ||
        !header_parameter(a, value, S("filename"), &p->filename) || !header_parameter(a, value, S("filename*"), &wide) ||
        str_is_absent(p->name))
        return form_broken(why, "a part does not say what it is");
    if (str_is_absent(p->filename) && !str_is_absent(wide) && !wide_name(a, wide, &p->filename))
        return form_broken(why, "a part does not say what it is");
    return ERR_OK;
}

static enum err read_part_line(struct arena *a, str name, str value, struct part_head *p, struct problem *why)
{
    if (str_equal_nocase(name, S("content-transfer-encoding")))
        return form_broken(why, "a part is encoded once more");
    if (str_equal_nocase(name, S("content-type")))
        p->content_type = str_trim(value);
    if (!str_equal_nocase(name, S("content-disposition")))
        return ERR_OK;
    if (!str_is_absent(p->name))
        return form_broken(why, "a part says twice what it is");
    return read_disposition(a, str_trim(value), p, why);
}

enum err part_head_read(struct arena *a, str *rest, struct part_head *p, struct problem *why)
{
    *p = (struct part_head){0};
    for (size_t lines = 0; lines < LIMIT_FORM_PART_LINES; lines++) {
        str line, name, value;
        if (!take_line(rest, &line) || line.len > LIMIT_FORM_PART_LINE_BYTES)
            return form_broken(why, "a part's head has no end");
        if (line.len == 0)
            return str_is_absent(p->name) ? form_broken(why, "a part does not say what it is") : ERR_OK;
        if (!str_cut(line, ':', &name, &value) || memchr(line.at, '\r', line.len) || memchr(line.at, '\n', line.len))
            return form_broken(why, "a part's head has a line that is none");
        TRY(read_part_line(a, name, value, p, why));
    }
    return form_broken(why, "a part's head is too long");
}

/* Up to the next delimiter, which is taken with it. */
static bool take_value(str *rest, str delimiter, str *out)
{
    for (size_t i = 0; i + delimiter.len <= rest->len; i++) {
        const char *at = memchr(rest->at + i, '\r', rest->len - i);
        if (!at)
            return false;
        i = (size_t)(at - rest->at);
        if (!str_starts(str_slice(*rest, i, rest->len), delimiter))
            continue;
        *out = str_slice(*rest, 0, i);
        *rest = str_slice(*rest, i + delimiter.len, rest->len);
        return true;
    }
    return false;
}

bool part_goes_on(str *rest, bool *ends)
{
    str line;
    *ends = str_starts(*rest, S("--"));
    if (*ends)
        return true;
    return take_line(rest, &line) && str_trim(line).len == 0;
}

static bool boundary_looks_right(str boundary)
{
    for (size_t i = 0; i < boundary.len; i++)
        if (boundary.at[i] < ' ' || boundary.at[i] >= 0x7f)
            return false;
    return boundary.len >= 1 && boundary.len <= BOUNDARY_MAX && boundary.at[boundary.len - 1] != ' ';
}

enum err part_delimiter(struct arena *a, str content_type, str *out, struct problem *why)
{
    str boundary;
    if (!header_parameter(a, content_type, S("boundary"), &boundary) || !boundary_looks_right(boundary))
        return form_broken(why, "its type names no boundary");
    *out = arena_format(a, "\r\n--" STR_FMT, STR_ARG(boundary));
    return ERR_OK;
}

static enum err read_multipart(struct arena *a, str content_type, str body, struct form *out, struct problem *why)
{
    struct form_field *fields = NEW_N(a, struct form_field, LIMIT_QUERY_PARAMETERS);
    struct form form = {.fields = fields};
    str delimiter;
    bool ends = false;
    TRY(part_delimiter(a, content_type, &delimiter, why));
    str first = str_slice(delimiter, 2, delimiter.len);
    if (!str_starts(body, first))
        return form_broken(why, "it does not begin with its boundary");
    body = str_slice(body, first.len, body.len);
    for (;;) {
        struct form_field f = {0};
        struct part_head head;
        if (!part_goes_on(&body, &ends))
            return form_broken(why, "something stands behind a boundary");
        if (ends)
            break;
        TRY(part_head_read(a, &body, &head, why));
        f = (struct form_field){.name = head.name, .is_file = !str_is_absent(head.filename)};
        /* an empty value's delimiter begins with the line break that ended the head */
        if (str_starts(body, first)) {
            f.value = S("");
            body = str_slice(body, first.len, body.len);
        } else if (!take_value(&body, delimiter, &f.value)) {
            return form_broken(why, "it has no end");
        }
        TRY(check_field(&form, &f, why));
        fields[form.count++] = f;
    }
    *out = form;
    return ERR_OK;
}

enum err form_read(struct arena *a, str content_type, str body, struct form *out, struct problem *why)
{
    str media, parameters;
    *out = (struct form){0};
    if (str_is_absent(content_type) && body.len == 0)
        return ERR_OK;
    (void)str_cut(content_type.at ? content_type : S(""), ';', &media, &parameters);
    media = str_trim(media);
    if (str_equal_nocase(media, S("application/x-www-form-urlencoded")))
        return read_urlencoded(a, body, out, why);
    if (str_equal_nocase(media, S("multipart/form-data")))
        return read_multipart(a, content_type, body, out, why);
    return problem_set(why, ERR_BAD_MEDIA, "Send a form: application/x-www-form-urlencoded or multipart/form-data");
}

str form_get(const struct form *form, str name)
{
    for (size_t i = 0; i < form->count; i++)
        if (str_equal(form->fields[i].name, name) && !form->fields[i].is_file)
            return form->fields[i].value;
    return (str){0};
}
