/* When what failed is tried again. */
#include "base/limits.h"
#include "base/time.h"
#include "content/system/members.h"
#include "roles/webhooks/part.h"

/* Eleven attempts within a day, each later than the one before. */
static const int64_t usual_s[] = {5, 30, 120, 600, 1800, 3600, 7200, 14400, 28800, 28800};

int64_t webhook_retry_ms(const struct json *rows, unsigned failures, uint32_t chance)
{
    size_t count = rows && rows->type == JSON_LIST && rows->count ? rows->count : COUNTOF(usual_s);
    bool is_own = rows && rows->type == JSON_LIST && rows->count;
    if (failures == 0 || failures > count)
        return -1;
    int64_t ms = 1000 * (is_own ? number_in(&rows->items[failures - 1], S("after_s")) : usual_s[failures - 1]);
    return ms - ms / 5 * (int64_t)(chance % 1000) / 1000;
}

static bool read_two(str s, size_t at, int64_t *out)
{
    uint64_t n = 0;
    bool is_number = str_to_u64(str_slice(s, at, at + 2), 99, &n);
    *out = (int64_t)n;
    return is_number;
}

/* "Sun, 06 Nov 1994 08:49:37 GMT", the one form that is still sent (RFC 9110, 5.6.7). */
static bool read_date(str s, int64_t *ms)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    struct time_parts p = {0};
    uint64_t year = 0;
    if (s.len != HTTP_DATE_LENGTH || !str_ends(s, S(" GMT")) || !read_two(s, 5, &p.day) || !str_to_u64(str_slice(s, 12, 16), 9999, &year))
        return false;
    for (size_t i = 0; i < 12; i++)
        if (memcmp(months + 3 * i, s.at + 8, 3) == 0)
            p.month = (int64_t)i + 1;
    p.year = (int64_t)year;
    if (p.month == 0 || !read_two(s, 17, &p.hour) || !read_two(s, 20, &p.minute) || !read_two(s, 23, &p.second))
        return false;
    *ms = time_join(&p);
    return true;
}

int64_t webhook_retry_after_ms(str value, int64_t now_ms)
{
    const int64_t most = (int64_t)LIMIT_WEBHOOK_RETRY_AFTER_S * 1000;
    uint64_t seconds = 0;
    int64_t at_ms = 0;
    if (str_to_u64(value, UINT64_MAX, &seconds))
        return seconds > LIMIT_WEBHOOK_RETRY_AFTER_S ? most : (int64_t)seconds * 1000;
    if (!read_date(value, &at_ms))
        return -1;
    return at_ms <= now_ms ? 0 : at_ms - now_ms > most ? most : at_ms - now_ms;
}

int64_t webhook_rest_ms(unsigned failures)
{
    int64_t ms = 1000;
    for (unsigned i = 1; i < failures && ms < (int64_t)LIMIT_WEBHOOK_REST_S * 1000; i++)
        ms *= 2;
    if (failures == 0)
        return 0;
    return ms < (int64_t)LIMIT_WEBHOOK_REST_S * 1000 ? ms : (int64_t)LIMIT_WEBHOOK_REST_S * 1000;
}

#define WORD_BYTES 4u /* what is shorter is no secret: "key", "Bot" */

/* How long the word is that begins here, also as JSON would have it (many write a slash as \/, which base64 is full of); 0: there
 * is none. */
static size_t word_here(const char *text, size_t length, str word)
{
    size_t at = 0;
    for (size_t i = 0; i < word.len; i++, at++) {
        if (at < length && text[at] == '\\' && word.at[i] != '\\')
            at++;
        if (at >= length || text[at] != word.at[i])
            return 0;
    }
    return at;
}

static void mask_word(char *text, size_t length, str word)
{
    if (word.len < WORD_BYTES)
        return;
    for (size_t i = 0; i < length; i++) {
        size_t here = word_here(text + i, length - i, word);
        memset(text + i, '*', here);
    }
}

/* Some say of a header only what stands behind "Bearer": each word of it counts, the whole first. */
void webhook_mask(char *text, size_t length, const struct pair *secrets, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        str rest = secrets[i].value, word;
        bool ended = false;
        mask_word(text, length, rest);
        while (str_next(&rest, &ended, ' ', &word))
            mask_word(text, length, word);
    }
}
