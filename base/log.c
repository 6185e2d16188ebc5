/* The sink is the process's one standard error, and so its state is one of base's few statics.
 *
 * A line is written into a fixed buffer on the caller's stack: logging never asks for memory once
 * it has started. Lines wait in one of two halves; the background thread writes one half out while
 * the other fills. Order of locks: `writing`, then `lock`. */
#include "base/log.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/time.h"
#include "base/utf8.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static struct {
    pthread_mutex_t lock;    /* everything below */
    pthread_mutex_t writing; /* held while bytes go out, so that lines keep their order */
    pthread_cond_t has_lines;
    bool is_gathering;
    char *filling, *resting; /* LIMIT_LOG_BYTES each; NULL: not started */
    size_t length;
    uint64_t dropped, dropped_ever;
    bool has_started, is_stopping;
    pthread_t thread;
} sink = {.lock = PTHREAD_MUTEX_INITIALIZER,
          .writing = PTHREAD_MUTEX_INITIALIZER,
          .has_lines = PTHREAD_COND_INITIALIZER};

static _Atomic(int) least_level = LOG_INFO;
static _Atomic(int) line_format = LOG_FORMAT_AUTO;

static const str level_names[] = {STR("debug"), STR("info"), STR("warn"), STR("error")};

static void write_out(const char *at, size_t n)
{
    if (!file_write(STDERR_FILENO, at, n))
        return; /* nobody listens; there is no other place to complain */
}

static void flush(void)
{
    pthread_mutex_lock(&sink.writing);
    pthread_mutex_lock(&sink.lock);
    char *full = sink.filling;
    size_t n = sink.length;
    sink.filling = sink.resting;
    sink.resting = full;
    sink.length = 0;
    pthread_mutex_unlock(&sink.lock);
    write_out(full, n);
    pthread_mutex_unlock(&sink.writing);
}

/* Lines come in crowds: a moment's wait turns a wake-up and a write per line into one per crowd. Called
 * with the lock held; stopping or a half-full half cuts it short. */
static void gather(void)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += (long)LIMIT_LOG_GATHER_MS * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    sink.is_gathering = true;
    while (!sink.is_stopping && sink.length < LIMIT_LOG_BYTES / 2 &&
           pthread_cond_timedwait(&sink.has_lines, &sink.lock, &until) == 0)
        ;
    sink.is_gathering = false;
}

static void *write_lines(void *unused)
{
    (void)unused;
    for (;;) {
        pthread_mutex_lock(&sink.lock);
        while (sink.length == 0 && !sink.is_stopping)
            pthread_cond_wait(&sink.has_lines, &sink.lock);
        gather(); /* meanwhile an urgent line may have taken everything out */
        bool is_over = sink.is_stopping && sink.length == 0;
        pthread_mutex_unlock(&sink.lock);
        if (is_over)
            return NULL;
        flush();
    }
}

static enum log_format decide(enum log_format format)
{
    if (format != LOG_FORMAT_AUTO)
        return format;
    return isatty(STDERR_FILENO) ? LOG_FORMAT_KEYS : LOG_FORMAT_JSON;
}

void log_start(enum log_level least, enum log_format format)
{
    must(!sink.has_started);
    least_level = (int)least;
    line_format = (int)decide(format);
    char *halves = malloc(2 * (size_t)LIMIT_LOG_BYTES);
    must(halves != NULL);
    sink.filling = halves;
    sink.resting = halves + LIMIT_LOG_BYTES;
    sink.is_stopping = false;
    sink.has_started = pthread_create(&sink.thread, NULL, write_lines, NULL) == 0;
    must(sink.has_started);
}

void log_stop(void)
{
    if (!sink.has_started)
        return;
    pthread_mutex_lock(&sink.lock);
    sink.is_stopping = true;
    pthread_cond_signal(&sink.has_lines);
    pthread_mutex_unlock(&sink.lock);
    pthread_join(sink.thread, NULL);
    pthread_mutex_lock(&sink.writing);
    pthread_mutex_lock(&sink.lock);
    write_out(sink.filling, sink.length); /* what came while the thread ended */
    free(sink.filling < sink.resting ? sink.filling : sink.resting);
    sink.filling = sink.resting = NULL;
    sink.length = 0;
    sink.has_started = false;
    least_level = LOG_INFO;
    line_format = LOG_FORMAT_AUTO;
    pthread_mutex_unlock(&sink.lock);
    pthread_mutex_unlock(&sink.writing);
}

/* How many bytes from the start need no second look. */
static size_t plain_run(str s)
{
    size_t n = 0;
    while (n < s.len && s.at[n] >= ' ' && s.at[n] != '"' && s.at[n] != '\\' && s.at[n] != 0x7f)
        n++; /* bytes above 0x7f are below ' ' where char is signed, and take the slow way */
    return n;
}

/* What neither a terminal nor a JSON reader may get raw: controls of both sets, broken UTF-8. */
static void add_escaped(struct buf *b, str s)
{
    while (s.len > 0) {
        size_t run = plain_run(s);
        buf_add(b, str_slice(s, 0, run));
        s = str_slice(s, run, s.len);
        if (s.len == 0)
            return;
        uint32_t code = 0;
        size_t n = utf8_first(s, &code);
        if (n == 0)
            buf_add(b, S("\\ufffd"));
        else if (code == '"' || code == '\\')
            buf_add(b, code == '"' ? S("\\\"") : S("\\\\"));
        else if (code < 0x20 || (code >= 0x7f && code < 0xa0))
            buf_format(b, "\\u%04x", (unsigned)code);
        else
            buf_add(b, (str){s.at, n});
        s = str_slice(s, n == 0 ? 1 : n, s.len);
    }
}

static bool is_bare(str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.at[i] <= ' ' || s.at[i] == '"' || s.at[i] == '\\' || s.at[i] == '=' || s.at[i] > '~')
            return false; /* bytes above 0x7f included, where char is signed */
    return s.len > 0 && s.len <= LIMIT_LOG_VALUE_BYTES;
}

static void add_text(struct buf *b, str s, bool may_be_bare)
{
    if (may_be_bare && is_bare(s)) {
        buf_add(b, s);
        return;
    }
    bool is_cut = s.len > LIMIT_LOG_VALUE_BYTES;
    s = utf8_cut(s, LIMIT_LOG_VALUE_BYTES);
    buf_byte(b, '"');
    add_escaped(b, s);
    buf_add(b, is_cut ? S("…\"") : S("\""));
}

static void add_time(struct buf *b)
{
    size_t start = b->len;
    time_write(b, time_now_ms());
    if (b->len - start == sizeof "2026-11-21T10:00:00Z" - 1) {
        buf_truncate(b, b->len - 1);
        buf_add(b, S(".000Z"));
    }
}

static void add_value(struct buf *b, const struct log_value *v, bool is_json)
{
    size_t before = b->len;
    str key = str_of(v->key);
    if (is_json) {
        buf_add(b, S(",\""));
        buf_add(b, key);
        buf_add(b, S("\":"));
    } else {
        buf_byte(b, ' ');
        buf_add(b, key);
        buf_byte(b, '=');
    }
    if (v->text.at != NULL)
        add_text(b, v->text, !is_json);
    else
        buf_i64(b, v->number);
    if (b->failed) { /* a value that does not fit is left out; the line stays whole */
        b->failed = false;
        b->len = before;
    }
}

/* Fills b, which has fixed memory of LIMIT_LOG_LINE_BYTES. */
static void write_line(struct buf *b, enum log_level level, const char *event,
                       const struct log_value *values, size_t count, uint64_t dropped)
{
    bool is_json = decide((enum log_format)line_format) == LOG_FORMAT_JSON;
    buf_add(b, is_json ? S("{\"ts\":\"") : S(""));
    add_time(b);
    buf_add(b, is_json ? S("\",\"level\":\"") : S(" "));
    buf_add(b, level_names[level]);
    buf_add(b, is_json ? S("\",\"event\":") : S(" "));
    add_text(b, str_of(event), !is_json);
    struct log_value lost = LOG_NUMBER("dropped", (int64_t)dropped);
    if (dropped > 0)
        add_value(b, &lost, is_json);
    for (size_t i = 0; i < count; i++)
        add_value(b, &values[i], is_json);
    b->max = b->room = LIMIT_LOG_LINE_BYTES;
    buf_add(b, is_json ? S("}\n") : S("\n"));
}

enum outcome { KEPT, SINK_IS_FULL, NOT_STARTED };

static enum outcome keep_line(str line)
{
    enum outcome outcome = NOT_STARTED;
    pthread_mutex_lock(&sink.lock);
    if (sink.has_started)
        outcome = line.len <= LIMIT_LOG_BYTES - sink.length ? KEPT : SINK_IS_FULL;
    if (outcome == KEPT) {
        memcpy(sink.filling + sink.length, line.at, line.len);
        bool was_empty = sink.length == 0;
        sink.length += line.len;
        if (sink.is_gathering ? sink.length >= LIMIT_LOG_BYTES / 2 : was_empty)
            pthread_cond_signal(&sink.has_lines);
    }
    pthread_mutex_unlock(&sink.lock);
    return outcome;
}

static uint64_t take_dropped(void)
{
    pthread_mutex_lock(&sink.lock);
    uint64_t dropped = sink.dropped;
    sink.dropped = 0;
    pthread_mutex_unlock(&sink.lock);
    return dropped;
}

static void count_dropped(uint64_t n)
{
    pthread_mutex_lock(&sink.lock);
    sink.dropped += n;
    sink.dropped_ever++;
    pthread_mutex_unlock(&sink.lock);
}

uint64_t log_dropped(void)
{
    pthread_mutex_lock(&sink.lock);
    uint64_t dropped = sink.dropped_ever;
    pthread_mutex_unlock(&sink.lock);
    return dropped;
}

void log_event(enum log_level level, const char *event, const struct log_value *values,
               size_t count)
{
    if ((int)level < least_level)
        return;
    char memory[LIMIT_LOG_LINE_BYTES];
    /* Two bytes are kept back for the end of the line. */
    struct buf b = {.at = memory, .room = sizeof memory - 2, .max = sizeof memory - 2};
    uint64_t dropped = take_dropped();
    write_line(&b, level, event, values, count, dropped);
    bool is_urgent = level >= LOG_WARN;
    enum outcome outcome = keep_line(buf_str(&b));
    if (outcome == SINK_IS_FULL && !is_urgent)
        count_dropped(dropped + 1);
    else if (is_urgent && outcome != NOT_STARTED)
        flush();
    if (outcome == NOT_STARTED || (outcome == SINK_IS_FULL && is_urgent)) {
        pthread_mutex_lock(&sink.writing);
        write_out(memory, b.len);
        pthread_mutex_unlock(&sink.writing);
    }
}
