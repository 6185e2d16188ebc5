#include "content/kinds/kinds.h"

static enum err format_fault(const struct check *c, const char *must)
{
    str subject = check_subject(c);
    return problem_fault(c->why, ERR_INVALID, c->path, S("format"), STR_FMT " must be %s",
                         STR_ARG(subject), must);
}

static str lower(struct arena *a, str s)
{
    char *at = arena_get(a, s.len + 1, 1);
    for (size_t i = 0; i < s.len; i++)
        at[i] = s.at[i] >= 'A' && s.at[i] <= 'Z' ? (char)(s.at[i] - 'A' + 'a') : s.at[i];
    return (str){at, s.len};
}

/* Blanks, controls and what ends or quotes an address in the places where addresses stand. */
static bool is_plain(char c)
{
    unsigned char byte = (unsigned char)c;
    return byte > ' ' && byte != 0x7f && byte != '<' && byte != '>' && byte != '"' && byte != '\\';
}

static bool all_plain(str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!is_plain(s.at[i]))
            return false;
    }
    return true;
}

static bool is_domain(str s)
{
    if (s.len == 0 || s.len > 253)
        return false;
    str rest = s, label;
    bool ended = false;
    while (str_next(&rest, &ended, '.', &label)) {
        if (label.len == 0 || label.len > 63 || label.at[0] == '-' || label.at[label.len - 1] == '-')
            return false;
        for (size_t i = 0; i < label.len; i++) {
            unsigned char c = (unsigned char)label.at[i];
            if (!(c >= 0x80 || c == '-' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')))
                return false;
        }
    }
    return true;
}

static bool is_local_part(str s)
{
    if (s.len == 0 || s.len > 64 || s.at[0] == '.' || s.at[s.len - 1] == '.' || str_contains(s, S("..")))
        return false;
    for (size_t i = 0; i < s.len; i++) {
        if (!is_plain(s.at[i]) || memchr("(),:;[]@", s.at[i], 8))
            return false;
    }
    return true;
}

/* Kept in lower case: who signs in as Ada@Example.com means ada@example.com, and `unique` must know. */
enum err check_email(const struct check *c, const struct json *in, struct json *out)
{
    enum err e;
    if (!check_takes_text(c, "an e-mail address", in, out, &e))
        return e;
    str local, domain;
    if (!str_cut(in->text, '@', &local, &domain) || !is_local_part(local) || !is_domain(domain))
        return format_fault(c, "an e-mail address like ada@example.com");
    struct json lowered = json_of_text(lower(c->arena, in->text));
    return check_text(c, &lowered, out);
}

enum err operand_email(const struct check *c, const struct json *in, struct json *out)
{
    TRY(operand_text(c, in, out));
    *out = json_of_text(lower(c->arena, in->text));
    return ERR_OK;
}

/* The scheme of a URL ("https"), or an empty one when it has none. */
static str scheme_of(str url)
{
    for (size_t i = 0; i < url.len; i++) {
        char c = url.at[i];
        if (c == ':')
            return str_slice(url, 0, i);
        if (c == '/' || c == '?' || c == '#')
            break;
    }
    return S("");
}

/* javascript: and data: are not on the list because these values become links. "//host" is a way
 * out of the site that looks like a path. */
static bool is_url(str url)
{
    if (!all_plain(url))
        return false;
    str scheme = scheme_of(url);
    str rest = str_slice(url, scheme.len + 1, url.len);
    if (str_equal_nocase(scheme, S("http")) || str_equal_nocase(scheme, S("https"))) {
        if (!str_starts(rest, S("//")))
            return false;
        str host = str_slice(rest, 2, rest.len);
        return host.len > 0 && !memchr("/?#:@", host.at[0], 5);
    }
    if (str_equal_nocase(scheme, S("mailto")))
        return rest.len > 0;
    return scheme.len == 0 && url.at[0] != ':' && !str_starts(url, S("//"));
}

enum err check_url(const struct check *c, const struct json *in, struct json *out)
{
    enum err e;
    if (!check_takes_text(c, "a URL", in, out, &e))
        return e;
    if (!is_url(in->text))
        return format_fault(c, "a URL with http, https or mailto, or a path within the site");
    return check_text(c, in, out);
}

static bool is_hex_color(str s)
{
    if ((s.len != 4 && s.len != 7 && s.len != 9) || s.at[0] != '#')
        return false;
    for (size_t i = 1; i < s.len; i++) {
        char c = s.at[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')))
            return false;
    }
    return true;
}

enum err check_color(const struct check *c, const struct json *in, struct json *out)
{
    enum err e;
    if (!check_takes_text(c, "a colour", in, out, &e))
        return e;
    if (!is_hex_color(in->text))
        return format_fault(c, "a colour like #1a2b3c");
    *out = json_of_text(lower(c->arena, in->text));
    return ERR_OK;
}

enum err operand_color(const struct check *c, const struct json *in, struct json *out)
{
    return operand_email(c, in, out);
}
