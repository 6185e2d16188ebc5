#ifndef BASE_LOG_H
#define BASE_LOG_H
#include "base/str.h"

/* One event, one line on standard error: key=value on a terminal, JSON otherwise. Only the
 * outermost layer logs (server/ and commands). Values are strings or integers; a secret has no way
 * in. Lines are gathered in memory and written by one background thread (or at once when
 * error/warn, or when log_start was not called); log_stop() flushes. Thread-safe. When the sink is
 * slow, info lines are dropped and counted: the next line that gets through carries dropped=N. */
enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

struct log_value {
    const char *key;
    str text; /* used when text.at is set, else number */
    int64_t number;
};
#define LOG_TEXT(k, s)   ((struct log_value){.key = (k), .text = (s)})
#define LOG_NUMBER(k, n) ((struct log_value){.key = (k), .number = (n)})

enum log_format { LOG_FORMAT_AUTO, LOG_FORMAT_KEYS, LOG_FORMAT_JSON };
void log_start(enum log_level least, enum log_format format);
void log_stop(void);
uint64_t log_dropped(void); /* lines, since the start */
void log_event(enum log_level level, const char *event, const struct log_value *values,
               size_t count);
#define LOG(level, event, ...)                                                                     \
    log_event((level), (event), (const struct log_value[]){__VA_ARGS__},                           \
              COUNTOF(((const struct log_value[]){__VA_ARGS__})))
#endif
