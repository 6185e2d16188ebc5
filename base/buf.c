#include "base/buf.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

static const char hex_digits[] = "0123456789abcdef";

void buf_init(struct buf *b, struct arena *arena, size_t max)
{
    *b = (struct buf){.max = max, .arena = arena};
}

void buf_free(struct buf *b)
{
    if (b->arena == NULL)
        free(b->at);
    *b = (struct buf){.max = b->max, .arena = b->arena};
}

void buf_clear(struct buf *b)
{
    b->len = 0;
    b->failed = false;
}

void buf_truncate(struct buf *b, size_t len)
{
    if (len < b->len)
        b->len = len;
}

static char *refuse(struct buf *b)
{
    b->failed = true;
    return NULL;
}

static char *grow(struct buf *b, size_t need)
{
    size_t room = b->room < 128 ? 256 : 2 * b->room;
    if (room < need)
        room = need;
    if (room > b->max)
        room = b->max;
    /* A machine without memory answers as a ceiling does: these are bytes whose number clients
     * choose. */
    char *at = b->arena != NULL ? arena_grow(b->arena, b->at, b->room, room) : realloc(b->at, room);
    if (at == NULL)
        return refuse(b);
    b->at = at;
    b->room = room;
    return at + b->len;
}

char *buf_room(struct buf *b, size_t n)
{
    if (b->failed)
        return NULL;
    if (b->at != NULL && n <= b->room - b->len)
        return b->at + b->len;
    if (n > b->max - b->len)
        return refuse(b);
    return grow(b, b->len + (n > 0 ? n : 1));
}

void buf_add_slowly(struct buf *b, str s)
{
    char *at = s.len == 0 ? NULL : buf_room(b, s.len);
    if (at == NULL)
        return;
    memcpy(at, s.at, s.len);
    b->len += s.len;
}

void buf_u64(struct buf *b, uint64_t n)
{
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + n % 10);
        n /= 10;
    } while (n > 0);
    buf_add(b, (str){digits + at, sizeof digits - at});
}

void buf_i64(struct buf *b, int64_t n)
{
    if (n < 0)
        buf_byte(b, '-');
    buf_u64(b, n < 0 ? 0 - (uint64_t)n : (uint64_t)n);
}

/* A double below 2^53 with few decimals is r / 10^k for an integer r. Both are exact doubles, so
 * the division is rounded once, as reading the decimal text would be: equal here means equal there.
 * The first k that fits has the fewest digits. */
static bool add_short_decimal(struct buf *b, double d)
{
    static const double powers[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};
    const double exact = 9007199254740992.0; /* 2^53 */
    for (size_t k = 0; k < COUNTOF(powers); k++) {
        double scaled = d * powers[k];
        if (scaled >= exact)
            return false;
        double r = nearbyint(scaled);
        if (r / powers[k] != d)
            continue;
        uint64_t whole = (uint64_t)r / (uint64_t)powers[k];
        uint64_t part = (uint64_t)r % (uint64_t)powers[k];
        buf_u64(b, whole);
        if (k == 0)
            return true;
        char digits[10] = ".";
        for (size_t i = k; i > 0; i--) {
            digits[i] = (char)('0' + part % 10);
            part /= 10;
        }
        buf_add(b, (str){digits, k + 1});
        return true;
    }
    return false;
}

/* "1e+20" and "1e-07" become "1e20" and "1e-7": shorter, and every reader takes them. */
static void add_tidy_exponent(struct buf *b, str text)
{
    str mantissa = {0}, exponent = {0};
    if (!str_cut(text, 'e', &mantissa, &exponent)) {
        buf_add(b, text);
        return;
    }
    buf_add(b, mantissa);
    buf_byte(b, 'e');
    if (exponent.at[0] == '-')
        buf_byte(b, '-');
    size_t from = 1;
    while (from + 1 < exponent.len && exponent.at[from] == '0')
        from++;
    buf_add(b, str_slice(exponent, from, exponent.len));
}

void buf_double(struct buf *b, double d)
{
    must(isfinite(d));
    if (signbit(d))
        buf_byte(b, '-');
    d = fabs(d);
    if (d == 0) {
        buf_byte(b, '0');
        return;
    }
    if (add_short_decimal(b, d))
        return;
    char text[32];
    int n = 0;
    for (int digits = 15; digits <= 17; digits++) {
        n = snprintf(text, sizeof text, "%.*g", digits, d);
        if (strtod(text, NULL) == d)
            break;
    }
    add_tidy_exponent(b, (str){text, (size_t)n});
}

void buf_format(struct buf *b, const char *format, ...)
{
    char first_try[256];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(first_try, sizeof first_try, format, args);
    va_end(args);
    must(n >= 0);
    str text = {first_try, (size_t)n};
    if (text.len < sizeof first_try) {
        buf_add(b, text);
        return;
    }
    /* vsnprintf wants a byte for its NUL that the ceiling need not cover. */
    char *own = malloc(text.len + 1);
    if (own == NULL) {
        refuse(b);
        return;
    }
    va_start(args, format);
    vsnprintf(own, text.len + 1, format, args);
    va_end(args);
    buf_add(b, (str){own, text.len});
    free(own);
}

void buf_hex(struct buf *b, const void *bytes, size_t n)
{
    const unsigned char *in = bytes;
    char *at = n > SIZE_MAX / 2 ? refuse(b) : buf_room(b, 2 * n);
    if (at == NULL)
        return;
    for (size_t i = 0; i < n; i++) {
        *at++ = hex_digits[in[i] >> 4];
        *at++ = hex_digits[in[i] & 15];
    }
    b->len += 2 * n;
}

static bool is_plain(char c)
{
    return (unsigned char)c >= 0x20 && c != '"' && c != '\\';
}

/* Copies bytes until one needs an escape; returns how many. `to` has room for all of them. The
 * hottest loop of the server: nearly all text has nothing to escape. */
static size_t copy_plain(char *to, const char *from, size_t n)
{
    size_t i = 0;
#ifdef __SSE2__
    const __m128i last_control = _mm_set1_epi8(0x1f);
    const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\');
    for (; n - i >= 16; i += 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(from + i));
        __m128i bad = _mm_cmpeq_epi8(_mm_min_epu8(v, last_control), v);
        bad = _mm_or_si128(bad, _mm_cmpeq_epi8(v, quote));
        bad = _mm_or_si128(bad, _mm_cmpeq_epi8(v, backslash));
        _mm_storeu_si128((__m128i *)(void *)(to + i), v);
        unsigned mask = (unsigned)_mm_movemask_epi8(bad);
        if (mask != 0)
            return i + (size_t)__builtin_ctz(mask);
    }
#endif
    for (; i < n && is_plain(from[i]); i++)
        to[i] = from[i];
    return i;
}

static size_t escape(char *to, unsigned char c)
{
    static const char letters[] = {['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f',
                                   ['\r'] = 'r', ['"'] = '"',  ['\\'] = '\\'};
    to[0] = '\\';
    if (c < sizeof letters && letters[c] != '\0') {
        to[1] = letters[c];
        return 2;
    }
    memcpy(to + 1, "u00", 3);
    to[4] = hex_digits[c >> 4];
    to[5] = hex_digits[c & 15];
    return 6;
}

void buf_json_text(struct buf *b, str s)
{
    char *at = s.len > SIZE_MAX - 2 ? refuse(b) : buf_room(b, s.len + 2);
    if (at == NULL)
        return;
    *at = '"';
    b->len++;
    for (;;) {
        size_t n = s.len == 0 ? 0 : copy_plain(b->at + b->len, s.at, s.len);
        b->len += n;
        if (n == s.len)
            break;
        char six[6];
        buf_add(b, (str){six, escape(six, (unsigned char)s.at[n])});
        s = (str){s.at + n + 1, s.len - n - 1};
        if (buf_room(b, s.len + 1) == NULL)
            return;
    }
    b->at[b->len++] = '"';
}

void buf_percent(struct buf *b, str s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.at[i];
        bool is_unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                             (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
        if (is_unreserved)
            buf_byte(b, (char)c);
        else
            buf_add(
                b, (str){(char[]){'%', "0123456789ABCDEF"[c >> 4], "0123456789ABCDEF"[c & 15]}, 3});
    }
}

enum err buf_done(const struct buf *b, str *out)
{
    if (b->failed)
        return ERR_TOO_LARGE;
    *out = buf_str(b);
    return ERR_OK;
}
