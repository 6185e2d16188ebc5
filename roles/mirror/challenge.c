/* Challenges as other registries write them: schemes and parameters in one row, parted by commas. */
#include "base/arena.h"
#include "roles/mirror/client.h"

static bool is_word(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c != '\0' && strchr("!#$%&'*+-.^_`|~", c));
}

static void skip(str *rest, const char *what)
{
    while (rest->len && strchr(what, rest->at[0]) && rest->at[0] != '\0')
        *rest = str_slice(*rest, 1, rest->len);
}

static str take_word(str *rest)
{
    size_t n = 0;
    while (n < rest->len && is_word(rest->at[n]))
        n++;
    str word = str_slice(*rest, 0, n);
    *rest = str_slice(*rest, n, rest->len);
    return word;
}

/* Behind the equals sign; {0}: it does not end. */
static str take_value(struct arena *a, str *rest)
{
    if (rest->len == 0 || rest->at[0] != '"')
        return take_word(rest);
    char *text = arena_get(a, rest->len, 1);
    size_t n = 0;
    for (size_t i = 1; i < rest->len; i++) {
        char c = rest->at[i];
        if (c == '"') {
            *rest = str_slice(*rest, i + 1, rest->len);
            return (str){text, n};
        }
        if (c == '\\' && i + 1 < rest->len)
            c = rest->at[++i];
        text[n++] = c;
    }
    *rest = (str){0};
    return (str){0};
}

static void note(struct registry_challenge *out, bool is_bearer, str name, str value)
{
    if (!is_bearer || str_is_absent(value))
        return;
    if (str_equal_nocase(name, S("realm")) && str_is_absent(out->realm))
        out->realm = value;
    if (str_equal_nocase(name, S("service")) && str_is_absent(out->service))
        out->service = value;
}

void registry_challenge_read(struct arena *a, str header, struct registry_challenge *out)
{
    str rest = header;
    bool is_bearer = false;
    for (;;) {
        skip(&rest, " \t,");
        str word = take_word(&rest);
        if (word.len == 0)
            return; /* the end, or nothing that we know */
        skip(&rest, " \t");
        if (rest.len && rest.at[0] == '=') {
            rest = str_slice(rest, 1, rest.len);
            skip(&rest, " \t");
            note(out, is_bearer, word, take_value(a, &rest));
            continue;
        }
        is_bearer = str_equal_nocase(word, S("Bearer"));
        out->bearer |= is_bearer;
        out->basic |= str_equal_nocase(word, S("Basic"));
    }
}
