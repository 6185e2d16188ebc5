#ifndef BASE_TIME_H
#define BASE_TIME_H
#include "base/buf.h"

/* Instants are int64 milliseconds since 1970 UTC inside, RFC 3339 outside. Wall time may jump and
 * is for stamps; mono is for deadlines. Tests turn the wall clock with time_set(). Thread-safe. */
int64_t time_now_ms(void);
int64_t time_mono_us(void);
void time_set(int64_t now_ms); /* tests; 0 gives the real clock back */

/* Accepts RFC 3339 ("2026-11-21T10:00:00.5+01:00", "…Z") and Cockpit's "2026-11-21 10:00[:00]"
 * (taken as UTC). Days and leap years are checked, second 60 is refused. */
bool time_read(str s, int64_t *ms);
/* The same, and how far east of UTC it was said: for dialects that echo an instant as it was sent. */
bool time_read_zoned(str s, int64_t *ms, int *minutes_east);
void time_write(struct buf *b, int64_t ms); /* "2026-11-21T10:00:00Z", ".500" only when not zero */
/* "2026-11-21T11:00:00+01:00"; with no minutes as above. At most a day either way. */
void time_write_zoned(struct buf *b, int64_t ms, int minutes_east);
/* "20261129T052624Z": what files are named by, and object storage dates its requests with. */
#define TIME_STAMP_LENGTH (sizeof "20261129T052624Z" - 1)
str time_stamp(struct arena *a, int64_t ms);
/* As Python writes UTC without saying so: "2026-11-21T10:00:00", ".500000" only when not zero. */
void time_write_naive(struct buf *b, int64_t ms);
/* An instant in parts, UTC, and back. A month or day beyond its range is counted on (month 14 is next year's
 * second); years outside 0 to 9999 become their edge. */
struct time_parts {
    int64_t year, month, day, hour, minute, second, ms; /* month and day from 1 */
    int64_t weekday;                        /* 0 Sunday; time_join does not look at it */
};
void time_split(int64_t ms, struct time_parts *out);
int64_t time_join(const struct time_parts *p);
int64_t time_month_days(int64_t year, int64_t month);
bool time_is_date(str s);                   /* "2026-11-21", a day that exists */
bool time_is_clock(str s);                  /* "HH:MM" or "HH:MM:SS" */
/* "Sat, 21 Nov 2026 12:00:00 GMT" (RFC 9110 5.6.7). */
#define HTTP_DATE_LENGTH 29
void http_date(int64_t seconds, char out[HTTP_DATE_LENGTH + 1]);

#endif
