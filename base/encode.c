#include "base/encode.h"

#include "base/limits.h"

int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

bool hex_decode(struct arena *a, str text, str *bytes)
{
    if (text.len % 2 != 0)
        return false;
    char *at = arena_get(a, text.len / 2 + 1, 1);
    for (size_t i = 0; i < text.len / 2; i++) {
        int high = hex_digit(text.at[2 * i]), low = hex_digit(text.at[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        at[i] = (char)(high * 16 + low);
    }
    *bytes = (str){at, text.len / 2};
    return true;
}

static const str letters_32 = STR("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567");

str base32_encode(struct arena *a, str bytes)
{
    char *at = arena_get(a, (bytes.len * 8 + 4) / 5 + 1, 1);
    size_t n = 0;
    unsigned held = 0, bits = 0; /* the lowest `bits` of held are still to be written */
    for (size_t i = 0; i < bytes.len; i++) {
        held = held << 8 | (unsigned char)bytes.at[i];
        for (bits += 8; bits >= 5; bits -= 5)
            at[n++] = letters_32.at[held >> (bits - 5) & 31];
    }
    if (bits > 0)
        at[n++] = letters_32.at[held << (5 - bits) & 31];
    return (str){at, n};
}

bool base32_decode(struct arena *a, str text, str *bytes)
{
    char *at = arena_get(a, text.len * 5 / 8 + 1, 1);
    size_t n = 0, value = 0;
    unsigned held = 0, bits = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        if (!str_find(letters_32, (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c), &value))
            return false;
        held = held << 5 | (unsigned)value;
        bits += 5;
        if (bits >= 8) {
            bits -= 8;
            at[n++] = (char)(held >> bits);
        }
    }
    /* What is left over is less than a letter, and zero: else two texts were the same bytes. */
    if (bits >= 5 || (held & ((1u << bits) - 1)) != 0)
        return false;
    *bytes = (str){at, n};
    return true;
}

static const str letters_58 = STR("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz");
/* log 256 / log 58 is a little less than 1.4. */
enum { ROOM_58 = LIMIT_BASE58_BYTES * 7 / 5 + 1 };

/* Multiplies the number in digits (lowest first, of base `to`) by `from` and adds one digit. */
static size_t push_digit(uint8_t *digits, size_t n, unsigned to, unsigned from, unsigned digit)
{
    unsigned carry = digit;
    for (size_t i = 0; i < n; i++) {
        carry += digits[i] * from;
        digits[i] = (uint8_t)(carry % to);
        carry /= to;
    }
    for (; carry > 0; carry /= to)
        digits[n++] = (uint8_t)(carry % to);
    return n;
}

static size_t leading(str s, char zero)
{
    size_t n = 0;
    while (n < s.len && s.at[n] == zero)
        n++;
    return n;
}

str base58_encode(struct arena *a, str bytes)
{
    must(bytes.len <= LIMIT_BASE58_BYTES);
    uint8_t digits[ROOM_58];
    size_t n = 0, zeros = leading(bytes, 0);
    for (size_t i = zeros; i < bytes.len; i++)
        n = push_digit(digits, n, 58, 256, (unsigned char)bytes.at[i]);
    char *at = arena_get(a, zeros + n + 1, 1);
    memset(at, letters_58.at[0], zeros);
    for (size_t i = 0; i < n; i++)
        at[zeros + i] = letters_58.at[digits[n - 1 - i]];
    return (str){at, zeros + n};
}

bool base58_decode(struct arena *a, str text, str *bytes)
{
    uint8_t digits[ROOM_58];
    size_t n = 0, value = 0, zeros = leading(text, letters_58.at[0]);
    if (text.len > ROOM_58)
        return false;
    for (size_t i = zeros; i < text.len; i++) {
        if (!str_find(letters_58, text.at[i], &value))
            return false;
        n = push_digit(digits, n, 256, 58, (unsigned)value);
    }
    if (zeros + n > LIMIT_BASE58_BYTES)
        return false;
    char *at = arena_get(a, zeros + n + 1, 1); /* zeroed */
    for (size_t i = 0; i < n; i++)
        at[zeros + i] = (char)digits[n - 1 - i];
    *bytes = (str){at, zeros + n};
    return true;
}
