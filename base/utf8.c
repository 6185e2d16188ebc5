#include "base/utf8.h"

#include <utf8proc.h>

static size_t ascii_prefix(str s)
{
    size_t i = 0;
    for (; s.len - i >= 8; i += 8) {
        uint64_t eight = 0;
        memcpy(&eight, s.at + i, 8);
        if ((eight & UINT64_C(0x8080808080808080)) != 0)
            break;
    }
    while (i < s.len && (unsigned char)s.at[i] < 0x80)
        i++;
    return i;
}

size_t utf8_first(str s, uint32_t *code)
{
    if (s.len == 0)
        return 0;
    const unsigned char *at = (const unsigned char *)s.at;
    if (at[0] < 0x80) {
        *code = at[0];
        return 1;
    }
    size_t length = at[0] >= 0xc2 && at[0] < 0xe0   ? 2
                    : at[0] >= 0xe0 && at[0] < 0xf0 ? 3
                    : at[0] >= 0xf0 && at[0] < 0xf5 ? 4
                                                    : 0;
    if (length == 0 || s.len < length)
        return 0;
    uint32_t value = at[0] & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
        value = value << 6 | (at[i] & 0x3f);
    }
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (value < least[length] || value > 0x10ffff || (value >= 0xd800 && value < 0xe000))
        return 0;
    *code = value;
    return length;
}

bool utf8_valid(str s)
{
    for (;;) {
        s = str_slice(s, ascii_prefix(s), s.len);
        if (s.len == 0)
            return true;
        uint32_t code = 0;
        size_t n = utf8_first(s, &code);
        if (n == 0)
            return false;
        s = str_slice(s, n, s.len);
    }
}

str utf8_cut(str s, size_t most)
{
    if (s.len <= most)
        return s;
    while (most > 0 && ((unsigned char)s.at[most] & 0xc0) == 0x80)
        most--;
    return str_slice(s, 0, most);
}

size_t utf8_length(str s)
{
    size_t count = 0;
    for (size_t i = 0; i < s.len; i++)
        count += ((unsigned char)s.at[i] & 0xc0) != 0x80;
    return count;
}

struct codes {
    utf8proc_int32_t *at;
    size_t count;
};

static bool decompose(struct arena *a, str s, int options, struct codes *out)
{
    const utf8proc_uint8_t *bytes = (const utf8proc_uint8_t *)s.at;
    utf8proc_ssize_t length = (utf8proc_ssize_t)s.len;
    utf8proc_option_t as = (utf8proc_option_t)options;
    utf8proc_ssize_t need = utf8proc_decompose(bytes, length, NULL, 0, as);
    if (need < 0)
        return false;
    /* One more: utf8proc_reencode() works in place and ends its bytes with a NUL. */
    out->at = NEW_N(a, utf8proc_int32_t, (size_t)need + 1);
    out->count = (size_t)need;
    return utf8proc_decompose(bytes, length, out->at, need, as) == need;
}

static bool compose(const struct codes *c, str *out)
{
    utf8proc_ssize_t n =
        utf8proc_reencode(c->at, (utf8proc_ssize_t)c->count, UTF8PROC_STABLE | UTF8PROC_COMPOSE);
    if (n < 0)
        return false;
    *out = (str){(const char *)c->at, (size_t)n};
    return true;
}

str utf8_nfc(struct arena *a, str s)
{
    struct codes codes = {0};
    str out = s;
    if (ascii_prefix(s) == s.len)
        return s;
    if (!decompose(a, s, UTF8PROC_STABLE | UTF8PROC_COMPOSE, &codes) || !compose(&codes, &out))
        return s;
    return out;
}

/* Marks on Latin, Greek and Cyrillic letters. Those of other scripts are no ornament: without its
 * vowel signs a Hindi word is another word. */
static bool is_diacritic(utf8proc_int32_t c)
{
    return (c >= 0x300 && c <= 0x36f) || (c >= 0x1ab0 && c <= 0x1aff) ||
           (c >= 0x1dc0 && c <= 0x1dff) || (c >= 0x20d0 && c <= 0x20ff) ||
           (c >= 0xfe20 && c <= 0xfe2f);
}

/* Letters whose stroke or ligature Unicode does not take apart. After folding all are lower case.
 */
static const struct {
    utf8proc_int32_t from;
    char to[3];
} plain_letters[] = {
    {0xe6, "ae"}, {0xf0, "d"},  {0xf8, "o"},  {0xfe, "th"},  {0x111, "d"},
    {0x127, "h"}, {0x131, "i"}, {0x142, "l"}, {0x153, "oe"}, {0x167, "t"},
};

static void plain_letter(utf8proc_int32_t c, struct codes *out)
{
    for (size_t i = 0; c >= 0xe6 && c <= 0x167 && i < COUNTOF(plain_letters); i++) {
        if (plain_letters[i].from != c)
            continue;
        for (const char *to = plain_letters[i].to; *to != '\0'; to++)
            out->at[out->count++] = *to;
        return;
    }
    out->at[out->count++] = c;
}

static bool fold_codes(struct arena *a, str s, struct codes *out)
{
    struct codes all = {0};
    int options = UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD |
                  UTF8PROC_IGNORE;
    if (!decompose(a, s, options, &all))
        return false;
    *out = (struct codes){.at = NEW_N(a, utf8proc_int32_t, 2 * all.count + 1)};
    for (size_t i = 0; i < all.count; i++)
        if (!is_diacritic(all.at[i]))
            plain_letter(all.at[i], out);
    return true;
}

static str lower_ascii(struct arena *a, str s)
{
    char *at = arena_get(a, s.len, 1);
    for (size_t i = 0; i < s.len; i++)
        at[i] = s.at[i] >= 'A' && s.at[i] <= 'Z' ? (char)(s.at[i] + ('a' - 'A')) : s.at[i];
    return (str){at, s.len};
}

str utf8_fold(struct arena *a, str s)
{
    struct codes codes = {0};
    str out = s;
    if (ascii_prefix(s) == s.len)
        return lower_ascii(a, s);
    if (!fold_codes(a, s, &codes) || !compose(&codes, &out))
        return s;
    return out;
}

static bool is_slug_letter(utf8proc_int32_t c)
{
    utf8proc_category_t category = utf8proc_category(c);
    return (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO) ||
           (category >= UTF8PROC_CATEGORY_ND && category <= UTF8PROC_CATEGORY_NO);
}

bool utf8_is_letter(uint32_t code)
{
    return is_slug_letter((utf8proc_int32_t)code);
}

static bool is_mark(utf8proc_int32_t c)
{
    utf8proc_category_t category = utf8proc_category(c);
    return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_MC;
}

str utf8_slug(struct arena *a, str s)
{
    struct codes codes = {0};
    str out = S("");
    if (!fold_codes(a, s, &codes))
        return out;
    size_t count = 0;
    bool needs_dash = false;
    for (size_t i = 0; i < codes.count; i++) {
        utf8proc_int32_t c = codes.at[i];
        if (c == '\'' || c == 0x2019)
            continue; /* "don't" is one word */
        if (!is_slug_letter(c) && !(is_mark(c) && count > 0 && !needs_dash)) {
            needs_dash = count > 0;
            continue;
        }
        if (needs_dash)
            codes.at[count++] = '-'; /* never overtakes i: a dash stands for at least one code */
        needs_dash = false;
        codes.at[count++] = c;
    }
    codes.count = count;
    return compose(&codes, &out) ? out : S("");
}

static bool is_ascii(str s)
{
    return ascii_prefix(s) == s.len;
}

str utf8_caseless(struct arena *a, str s)
{
    struct codes codes = {0};
    str out = s;
    if (is_ascii(s))
        return lower_ascii(a, s);
    if (!decompose(a, s, UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD, &codes) || !compose(&codes, &out))
        return s;
    return out;
}

static str each_letter(struct arena *a, str s, utf8proc_int32_t (*becomes)(utf8proc_int32_t))
{
    char *at = NEW_N(a, char, 4 * s.len + 1);
    size_t len = 0;
    while (s.len > 0) {
        uint32_t code = 0;
        size_t n = utf8_first(s, &code);
        if (n == 0) { /* no text: as it is */
            at[len++] = s.at[0];
            n = 1;
        } else {
            utf8proc_uint8_t bytes[4];
            utf8proc_ssize_t made = utf8proc_encode_char(becomes((utf8proc_int32_t)code), bytes);
            memcpy(at + len, bytes, (size_t)made);
            len += (size_t)made;
        }
        s = str_slice(s, n, s.len);
    }
    return (str){at, len};
}

str utf8_lower(struct arena *a, str s)
{
    return is_ascii(s) ? lower_ascii(a, s) : each_letter(a, s, utf8proc_tolower);
}

str utf8_upper(struct arena *a, str s)
{
    return each_letter(a, s, utf8proc_toupper);
}
