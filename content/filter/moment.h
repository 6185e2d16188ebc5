#ifndef CONTENT_FILTER_MOMENT_H
#define CONTENT_FILTER_MOMENT_H
#include "base/buf.h"

/* Moments relative to now, as operands: $now(-7 days), $now(start of month), $now(today, +9 hours).
 *
 *   moment = "$now" [ "(" step { "," step } ")" ]        the name in any letter case
 *   step   = number unit | "start of" unit | "end of" unit | "today" | "tomorrow" | "yesterday"
 *   unit   = second minute hour day week month year, also with an s; weeks begin on Monday
 *
 * Steps are taken from left to right, in UTC. A month or year added keeps the day, or takes the last one
 * that the month has. "end of" is the last millisecond. What would leave the years 0 to 9999 stays at
 * their edge. */
enum moment_unit { UNIT_SECOND, UNIT_MINUTE, UNIT_HOUR, UNIT_DAY, UNIT_WEEK, UNIT_MONTH, UNIT_YEAR, UNIT_COUNT };
enum moment_do { MOMENT_ADD, MOMENT_START, MOMENT_END };
struct moment_step {
    enum moment_do what;
    enum moment_unit unit;
    int64_t count;                    /* ADD */
};
struct from_now {
    struct moment_step steps[8];      /* LIMIT_MOMENT_STEPS */
    size_t count;                     /* 0: now itself */
};

/* Whether the text wants to be one: begins with "$now" and is nothing else or goes on with a bracket. */
bool moment_is_meant(str text);
/* NULL when it is one; else what is wrong, as the end of a sentence. */
const char *moment_read(str text, struct from_now *out);
int64_t moment_at(const struct from_now *m, int64_t now_ms);
void moment_write(struct buf *b, const struct from_now *m);      /* canonical spelling */

#endif
