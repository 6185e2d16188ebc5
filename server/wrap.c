#include "server/wrap.h"

/* Up to a blank outside brackets. */
static str next_word(str *rest)
{
    size_t end = 0, depth = 0;
    for (; end < rest->len && (depth > 0 || rest->at[end] != ' '); end++) {
        char c = rest->at[end];
        depth += c == '[' || c == '(';
        depth -= depth > 0 && (c == ']' || c == ')');
    }
    str word = str_slice(*rest, 0, end);
    *rest = str_slice(*rest, end < rest->len ? end + 1 : end, rest->len);
    return word;
}

static size_t columns_of(str word)
{
    size_t n = 0;
    for (size_t i = 0; i < word.len; i++)
        n += ((unsigned char)word.at[i] & 0xc0) != 0x80; /* not the inside of a UTF-8 sequence */
    return n;
}

void wrap(struct buf *out, str text, size_t column, size_t indent)
{
    bool is_first = true;
    while (text.len > 0) {
        str word = next_word(&text);
        size_t wide = columns_of(word);
        if (!is_first && column + 1 + wide > WRAP_COLUMNS) {
            buf_format(out, "\n%*s", (int)indent, "");
            column = indent;
        } else if (!is_first) {
            buf_byte(out, ' ');
            column++;
        }
        buf_add(out, word);
        column += wide;
        is_first = false;
    }
    buf_byte(out, '\n');
}
