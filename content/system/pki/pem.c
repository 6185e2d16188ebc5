#include "content/system/pki/pem.h"

#include "base/crypt.h"

#define BEGIN S("-----BEGIN ")
#define END   S("-----END ")
#define DASH  S("-----")

enum { LINE = 64 };

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool pem_begins(str text)
{
    while (text.len && is_blank(text.at[0]))
        text = str_slice(text, 1, text.len);
    return str_starts(text, BEGIN);
}

/* Without what ends it and blanks around it. */
static bool next_line(str *rest, bool *ended, str *line)
{
    if (!str_next(rest, ended, '\n', line))
        return false;
    if (str_ends(*line, S("\r")))
        line->len--;
    *line = str_trim(*line);
    return true;
}

static bool label_of(str line, str begins, str *label)
{
    if (!str_starts(line, begins) || !str_ends(line, DASH) || line.len <= begins.len + DASH.len)
        return false;
    *label = str_slice(line, begins.len, line.len - DASH.len);
    for (size_t i = 0; i < label->len; i++)
        if (label->at[i] < ' ' || label->at[i] > '~' || label->at[i] == '-')
            return false;
    return true;
}

static enum err read_block(struct arena *a, str *rest, bool *ended, struct pem_block *out, struct problem *why)
{
    struct buf letters;
    str line, label;
    buf_init(&letters, a, rest->len + 1);
    while (next_line(rest, ended, &line)) {
        if (!str_starts(line, DASH)) {
            buf_add(&letters, line);
            continue;
        }
        if (!label_of(line, END, &label) || !str_equal(label, out->label))
            return problem_set(why, ERR_INVALID, "A block of PEM ends otherwise than it begins");
        if (letters.len == 0 || !base64_decode(a, buf_str(&letters), &out->der))
            return problem_set(why, ERR_INVALID, "There is something else than base64 in a block of PEM");
        return ERR_OK;
    }
    return problem_set(why, ERR_INVALID, "A block of PEM has no end");
}

enum err pem_read(struct arena *a, str text, size_t most, struct pem_block **out, size_t *count, struct problem *why)
{
    struct pem_block *blocks = NEW_N(a, struct pem_block, most + 1);
    size_t n = 0;
    bool ended = false;
    str line;
    while (next_line(&text, &ended, &line)) {
        if (line.len == 0)
            continue;
        if (n == most)
            return problem_set(why, ERR_INVALID, "There are more than %zu blocks of PEM", most);
        if (!label_of(line, BEGIN, &blocks[n].label))
            return problem_set(why, ERR_INVALID, "There is something beside blocks of PEM");
        TRY(read_block(a, &text, &ended, &blocks[n], why));
        n++;
    }
    if (n == 0)
        return problem_set(why, ERR_INVALID, "There is no block of PEM");
    *out = blocks;
    *count = n;
    return ERR_OK;
}

str pem_write(struct arena *a, str label, str der)
{
    struct buf b;
    str letters = base64_encode(a, der);
    buf_init(&b, a, letters.len + letters.len / LINE + 2 * label.len + 64);
    buf_format(&b, "-----BEGIN " STR_FMT "-----\n", STR_ARG(label));
    for (size_t at = 0; at < letters.len; at += LINE) {
        buf_add(&b, str_slice(letters, at, at + LINE));
        buf_byte(&b, '\n');
    }
    buf_format(&b, "-----END " STR_FMT "-----\n", STR_ARG(label));
    must(!b.failed);
    return buf_str(&b);
}
