#include "base/time.h"

#include <stdatomic.h>
#include <time.h>

/* What tests turned the clock to; 0: the real one. A static, since time itself is one. */
static _Atomic(int64_t) set_ms;

int64_t time_now_ms(void)
{
    int64_t set = atomic_load_explicit(&set_ms, memory_order_relaxed);
    if (set != 0)
        return set;
    struct timespec now = {0};
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t time_mono_us(void)
{
    struct timespec now = {0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void time_set(int64_t now_ms)
{
    atomic_store_explicit(&set_ms, now_ms, memory_order_relaxed);
}

#define DAY_MS    INT64_C(86400000)
#define FIRST_DAY INT64_C(-719528) /* 0000-01-01 */
#define LAST_DAY  INT64_C(2932896) /* 9999-12-31 */

struct day {
    int64_t year, month, day;
};

/* Days since 1970 of the proleptic Gregorian calendar, and back; years start in March so that the
 * leap day comes last (Howard Hinnant, "chrono-compatible low-level date algorithms"). */
static int64_t days_of(struct day d)
{
    int64_t year = d.year - (d.month <= 2);
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (d.month + (d.month > 2 ? -3 : 9)) + 2) / 5 + d.day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static struct day day_of(int64_t days)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t day_of_era = days - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted = (5 * day_of_year + 2) / 153;
    int64_t month = shifted + (shifted < 10 ? 3 : -9);
    return (struct day){.year = year_of_era + era * 400 + (month <= 2),
                        .month = month,
                        .day = day_of_year - (153 * shifted + 2) / 5 + 1};
}

static int64_t days_in_month(int64_t year, int64_t month)
{
    static const int64_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && is_leap);
}

/* Cursor functions: they move *rest only on success. */
static bool take_char(str *rest, char c)
{
    if (rest->len == 0 || rest->at[0] != c)
        return false;
    *rest = (str){rest->at + 1, rest->len - 1};
    return true;
}

static bool take_number(str *rest, size_t digits, int64_t least, int64_t most, int64_t *out)
{
    uint64_t n = 0;
    if (rest->len < digits || !str_to_u64((str){rest->at, digits}, (uint64_t)most, &n))
        return false;
    if ((int64_t)n < least)
        return false;
    *rest = (str){rest->at + digits, rest->len - digits};
    *out = (int64_t)n;
    return true;
}

static bool take_date(str *rest, struct day *d)
{
    return take_number(rest, 4, 0, 9999, &d->year) && take_char(rest, '-') &&
           take_number(rest, 2, 1, 12, &d->month) && take_char(rest, '-') &&
           take_number(rest, 2, 1, days_in_month(d->year, d->month), &d->day);
}

/* "HH:MM" and, unless it may be left out, ":SS". */
static bool take_clock(str *rest, bool may_omit_seconds, bool *has_seconds, int64_t *ms)
{
    int64_t hour = 0, minute = 0, second = 0;
    if (!take_number(rest, 2, 0, 23, &hour) || !take_char(rest, ':') ||
        !take_number(rest, 2, 0, 59, &minute))
        return false;
    *has_seconds = take_char(rest, ':');
    if (*has_seconds ? !take_number(rest, 2, 0, 59, &second) : !may_omit_seconds)
        return false;
    *ms = ((hour * 60 + minute) * 60 + second) * 1000;
    return true;
}

/* ".5", any number of digits; what is finer than a millisecond is cut off. */
static bool take_fraction(str *rest, int64_t *ms)
{
    int64_t unit = 100;
    *ms = 0;
    if (!take_char(rest, '.'))
        return true;
    size_t digits = 0;
    for (; digits < rest->len && rest->at[digits] >= '0' && rest->at[digits] <= '9'; digits++) {
        *ms += unit * (rest->at[digits] - '0');
        unit /= 10;
    }
    *rest = str_slice(*rest, digits, rest->len);
    return digits > 0;
}

static bool take_offset(str *rest, int64_t *ms)
{
    *ms = 0;
    if (take_char(rest, 'Z') || take_char(rest, 'z'))
        return true;
    bool is_west = take_char(rest, '-');
    int64_t hours = 0, minutes = 0;
    if ((!is_west && !take_char(rest, '+')) || !take_number(rest, 2, 0, 23, &hours) ||
        !take_char(rest, ':') || !take_number(rest, 2, 0, 59, &minutes))
        return false;
    *ms = (hours * 60 + minutes) * 60000 * (is_west ? -1 : 1);
    return true;
}

bool time_read_zoned(str s, int64_t *ms, int *minutes_east)
{
    struct day d = {0};
    int64_t clock = 0, fraction = 0, offset = 0;
    bool has_seconds = false;
    if (!take_date(&s, &d))
        return false;
    bool has_blank = take_char(&s, ' ');
    if (!has_blank && !take_char(&s, 'T') && !take_char(&s, 't'))
        return false;
    if (!take_clock(&s, has_blank, &has_seconds, &clock))
        return false;
    /* With a blank and no offset it is Cockpit's form: UTC, seconds optional. */
    if (!(has_blank && s.len == 0)) {
        if (!has_seconds || !take_fraction(&s, &fraction) || !take_offset(&s, &offset) || s.len > 0)
            return false;
    }
    int64_t at = days_of(d) * DAY_MS + clock + fraction - offset;
    if (at < FIRST_DAY * DAY_MS || at >= (LAST_DAY + 1) * DAY_MS)
        return false; /* the offset leads out of the years that can be written */
    *ms = at;
    *minutes_east = (int)(offset / 60000);
    return true;
}

bool time_read(str s, int64_t *ms)
{
    int minutes_east = 0;
    return time_read_zoned(s, ms, &minutes_east);
}

/* Years outside 0000…9999 cannot be written in RFC 3339; the nearest instant that can. */
static int64_t writable(int64_t ms)
{
    if (ms < FIRST_DAY * DAY_MS)
        return FIRST_DAY * DAY_MS;
    return ms < (LAST_DAY + 1) * DAY_MS ? ms : (LAST_DAY + 1) * DAY_MS - 1;
}

int64_t time_month_days(int64_t year, int64_t month)
{
    return days_in_month(year, month);
}

void time_split(int64_t ms, struct time_parts *out)
{
    ms = writable(ms);
    int64_t days = (ms - FIRST_DAY * DAY_MS) / DAY_MS + FIRST_DAY, rest = ms - days * DAY_MS;
    struct day d = day_of(days);
    *out = (struct time_parts){
        .year = d.year, .month = d.month, .day = d.day,
        .hour = rest / 3600000, .minute = rest / 60000 % 60, .second = rest / 1000 % 60, .ms = rest % 1000,
        .weekday = ((days + 4) % 7 + 7) % 7, /* 1970-01-01 was a Thursday */
    };
}

int64_t time_join(const struct time_parts *p)
{
    int64_t months = p->year * 12 + p->month - 1;
    int64_t year = (months >= 0 ? months : months - 11) / 12;
    if (year < 0 || year > 9999)
        return writable(year < 0 ? INT64_MIN : INT64_MAX);
    int64_t first = days_of((struct day){year, months - year * 12 + 1, 1});
    int64_t days = first + p->day - 1;
    if (days < FIRST_DAY || days > LAST_DAY)
        return writable(days < FIRST_DAY ? INT64_MIN : INT64_MAX);
    return writable(days * DAY_MS + ((p->hour * 60 + p->minute) * 60 + p->second) * 1000 + p->ms);
}

static char *put_digits(char *at, int64_t n, size_t digits)
{
    for (size_t i = digits; i > 0; i--, n /= 10)
        at[i - 1] = (char)('0' + n % 10);
    return at + digits;
}

/* "2026-11-21T10:00:00" and, unless it is zero, a fraction of so many digits (3 or more). */
static char *put_instant(char *at, int64_t ms, size_t fraction_digits)
{
    int64_t days = (ms - FIRST_DAY * DAY_MS) / DAY_MS + FIRST_DAY;
    int64_t rest = ms - days * DAY_MS;
    struct day d = day_of(days);
    at = put_digits(at, d.year, 4);
    *at++ = '-';
    at = put_digits(at, d.month, 2);
    *at++ = '-';
    at = put_digits(at, d.day, 2);
    *at++ = 'T';
    at = put_digits(at, rest / 3600000, 2);
    *at++ = ':';
    at = put_digits(at, rest / 60000 % 60, 2);
    *at++ = ':';
    at = put_digits(at, rest / 1000 % 60, 2);
    if (rest % 1000 != 0) {
        *at++ = '.';
        at = put_digits(at, rest % 1000, 3);
        for (size_t i = 3; i < fraction_digits; i++)
            *at++ = '0';
    }
    return at;
}

enum { LONGEST = sizeof "2026-11-21T10:00:00.123456+01:00" };

void time_write_zoned(struct buf *b, int64_t ms, int minutes_east)
{
    must(minutes_east > -24 * 60 && minutes_east < 24 * 60);
    char text[LONGEST];
    ms = writable(ms);
    int64_t local = ms + (int64_t)minutes_east * 60000;
    if (local != writable(local)) { /* another year there */
        minutes_east = 0;
        local = ms;
    }
    char *at = put_instant(text, local, 3);
    if (minutes_east == 0) {
        *at++ = 'Z';
    } else {
        *at++ = minutes_east < 0 ? '-' : '+';
        int minutes = minutes_east < 0 ? -minutes_east : minutes_east;
        at = put_digits(at, minutes / 60, 2);
        *at++ = ':';
        at = put_digits(at, minutes % 60, 2);
    }
    buf_add(b, (str){text, (size_t)(at - text)});
}

void time_write(struct buf *b, int64_t ms)
{
    time_write_zoned(b, ms, 0);
}

str time_stamp(struct arena *a, int64_t ms)
{
    struct time_parts p;
    time_split(ms, &p);
    return arena_format(a, "%04d%02d%02dT%02d%02d%02dZ", (int)p.year, (int)p.month, (int)p.day, (int)p.hour, (int)p.minute, (int)p.second);
}

void time_write_naive(struct buf *b, int64_t ms)
{
    char text[LONGEST];
    char *at = put_instant(text, writable(ms), 6);
    buf_add(b, (str){text, (size_t)(at - text)});
}

bool time_is_date(str s)
{
    struct day d = {0};
    return take_date(&s, &d) && s.len == 0;
}

bool time_is_clock(str s)
{
    int64_t ms = 0;
    bool has_seconds = false;
    return take_clock(&s, true, &has_seconds, &ms) && s.len == 0;
}

void http_date(int64_t seconds, char out[HTTP_DATE_LENGTH + 1])
{
    time_t t = (time_t)seconds;
    struct tm tm;
    must(gmtime_r(&t, &tm) != NULL);
    /* The C locale's names: nothing in this program calls setlocale(). */
    must(strftime(out, HTTP_DATE_LENGTH + 1, "%a, %d %b %Y %H:%M:%S GMT", &tm) == HTTP_DATE_LENGTH);
}
