#include "content/kinds/kinds.h"

#include "base/limits.h"
#include "base/regex.h"
#include "base/utf8.h"

str check_subject(const struct check *c)
{
    return str_is_absent(c->subject) ? c->field->name : c->subject;
}

static const char *said(const struct json *v)
{
    static const char *const words[] = {
        [JSON_NULL] = "nothing", [JSON_BOOL] = "a boolean", [JSON_INT] = "a number",    [JSON_REAL] = "a number",
        [JSON_TEXT] = "text",    [JSON_LIST] = "a list",    [JSON_MAP] = "an object",   [JSON_BYTES] = "bytes",
    };
    return words[v->type];
}

enum err check_type_fault(const struct check *c, const char *wanted, const struct json *in)
{
    str subject = check_subject(c);
    return problem_fault(c->why, ERR_INVALID, c->path, S("type"), STR_FMT " must be %s, not %s",
                         STR_ARG(subject), wanted, said(in));
}

bool check_takes_text(const struct check *c, const char *wanted, const struct json *in, struct json *out,
                      enum err *e)
{
    if (in->type != JSON_TEXT) {
        *e = check_type_fault(c, wanted, in);
        return false;
    }
    if (in->text.len == 0) {
        *out = json_null;
        *e = ERR_OK;
        return false;
    }
    return true;
}

static const char *characters(uint32_t n)
{
    return n == 1 ? "character" : "characters";
}

static enum err check_length(const struct check *c, str text)
{
    const struct field *f = c->field;
    str subject = check_subject(c);
    if (text.len > LIMIT_TEXT_BYTES)
        return problem_fault(c->why, ERR_INVALID, c->path, S("maxlength"),
                             STR_FMT " is longer than %u bytes", STR_ARG(subject), LIMIT_TEXT_BYTES);
    size_t length = utf8_length(text);
    if (f->min_length > 0 && length < f->min_length)
        return problem_fault(c->why, ERR_INVALID, c->path, S("minlength"),
                             STR_FMT " must have at least %u %s, not %zu", STR_ARG(subject),
                             f->min_length, characters(f->min_length), length);
    if (f->max_length > 0 && length > f->max_length)
        return problem_fault(c->why, ERR_INVALID, c->path, S("maxlength"),
                             STR_FMT " must have at most %u %s, not %zu", STR_ARG(subject),
                             f->max_length, characters(f->max_length), length);
    return ERR_OK;
}

/* Zero bytes are legal in JSON and in UTF-8, and a trap in every database and file behind us. */
static enum err check_characters(const struct check *c, str text)
{
    size_t at;
    if (!str_find(text, '\0', &at))
        return ERR_OK;
    str subject = check_subject(c);
    return problem_fault(c->why, ERR_INVALID, c->path, S("characters"),
                         STR_FMT " must not contain the character U+0000", STR_ARG(subject));
}

/* An empty text is a text, and passes the rules: whether there must be one is what `required` says. */
enum err check_text(const struct check *c, const struct json *in, struct json *out)
{
    if (in->type != JSON_TEXT)
        return check_type_fault(c, "text", in);
    if (in->text.len > 0) {
        TRY(check_characters(c, in->text));
        TRY(check_length(c, in->text));
        if (c->field->pattern && !regex_matches(c->field->pattern, in->text)) {
            str subject = check_subject(c);
            return problem_fault(c->why, ERR_INVALID, c->path, S("match"), STR_FMT " must match " STR_FMT,
                                 STR_ARG(subject), STR_ARG(c->field->match));
        }
    }
    *out = json_of_text(in->text);
    return ERR_OK;
}

enum err operand_text(const struct check *c, const struct json *in, struct json *out)
{
    if (in->type != JSON_TEXT)
        return check_type_fault(c, "text", in);
    *out = json_of_text(in->text);
    return ERR_OK;
}

/* A slug stands in URLs, unescaped. One that was chosen by hand (or by the system it was imported from)
 * is kept as it is when it can do that; change_check makes those that are absent. */
static bool is_slug_byte(char c)
{
    unsigned char byte = (unsigned char)c;
    return byte >= 0x80 || (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
           (byte >= 'A' && byte <= 'Z') || byte == '-' || byte == '_' || byte == '.' || byte == '~' ||
           byte == '/';
}

enum err check_slug(const struct check *c, const struct json *in, struct json *out)
{
    enum err e;
    if (!check_takes_text(c, "text", in, out, &e))
        return e;
    for (size_t i = 0; i < in->text.len; i++) {
        if (!is_slug_byte(in->text.at[i])) {
            str subject = check_subject(c), better = utf8_slug(c->arena, in->text);
            return problem_fault(c->why, ERR_INVALID, c->path, S("format"),
                                 STR_FMT " may hold letters, digits and - _ . ~ / only, for example \"" STR_FMT "\"",
                                 STR_ARG(subject), STR_ARG(better.len > 0 ? better : S("my-page")));
        }
    }
    return check_text(c, in, out);
}

enum err define_text(struct arena *a, const struct json *definition, struct field *f, str path,
                     struct problem *why)
{
    (void)definition;
    if (f->max_length > 0 && f->min_length > f->max_length)
        return problem_fault(why, ERR_INVALID, path, S("range"), "minlength is larger than maxlength");
    if (str_is_absent(f->match))
        return ERR_OK;
    struct problem inner = {.arena = why->arena};
    if (f->match.len > LIMIT_REGEX_BYTES ||
        regex_compile(a, f->match, REGEX_WHOLE, &f->pattern, &inner) != ERR_OK)
        return problem_fault(why, ERR_INVALID, path, S("match"), "match is not a pattern: " STR_FMT,
                             STR_ARG(inner.text.len > 0 ? inner.text : S("it is too long")));
    return ERR_OK;
}
