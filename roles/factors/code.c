/* Codes that people type: Crockford's digits in groups of four. Twelve of them are 60 bits. */
#include "base/crypt.h"
#include "roles/internal.h"

str code_make(struct arena *a)
{
    str digits = crypt_random_text(a, alphabet_crockford, CODE_DIGITS);
    struct buf b;
    buf_init(&b, a, 2 * CODE_DIGITS);
    for (size_t i = 0; i < CODE_DIGITS; i++) {
        if (i && i % 4 == 0)
            buf_byte(&b, '-');
        buf_byte(&b, digits.at[i]);
    }
    return buf_str(&b);
}

bool code_read(str typed, char out[CODE_DIGITS])
{
    size_t n = 0, unused;
    for (size_t i = 0; i < typed.len; i++) {
        char c = typed.at[i];
        if (c == '-' || c == ' ')
            continue;
        c = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
        c = c == 'O' ? '0' : c == 'I' || c == 'L' ? '1' : c;
        if (n == CODE_DIGITS || !str_find(alphabet_crockford, c, &unused))
            return false;
        out[n++] = c;
    }
    return n == CODE_DIGITS;
}
