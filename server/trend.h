#ifndef SERVER_TREND_H
#define SERVER_TREND_H
#include "base/json.h"

/* The recent past of a few figures, for graphs without any other server: each second for five minutes, every 10 s for an hour, each
 * minute for a day, every 10 minutes for a week. Fixed memory (LIMIT 256 KiB, held by the compiler), of this process alone: after a
 * restart the graphs begin anew, and whoever wants more keeps /metrics elsewhere.
 *
 * One thread adds, any number read. Time is the monotonic clock's, handed in, so a wall clock that jumps bends nothing and tests
 * need not wait; seconds in which nobody added (a machine asleep) are gaps. */
#define TREND_TABLE(X)                                                                                                             \
    X(REQUESTS, RATE, "requests", "Requests a second")                                                                             \
    X(FAILED_4XX, RATE, "requests_4xx", "Of them refused, 4xx, a second")                                                          \
    X(FAILED_5XX, RATE, "requests_5xx", "Of them failed, 5xx, a second")                                                           \
    X(P50, QUANTILE, "latency_p50", "Half of the requests took at most so many milliseconds")                                      \
    X(P95, QUANTILE, "latency_p95", "95 of 100")                                                                                   \
    X(P99, QUANTILE, "latency_p99", "99 of 100")                                                                                   \
    X(IN_FLIGHT, PEAK, "in_flight", "Requests being served at a time, at most")                                                    \
    X(REFUSED, RATE, "refused", "Heads, streams and writes that were refused, a second")                                           \
    X(BYTES_OUT, RATE, "bytes_out", "Bytes of answers a second")                                                                   \
    X(WRITES, RATE, "writes", "Changes a second")                                                                                  \
    X(BATCH, RATIO, "writer_batch", "Changes per commit")                                                                          \
    X(WRITER_QUEUE, PEAK, "writer_queue", "Changes that wait for the writer, at most")                                             \
    X(FEED_LAG, PEAK, "feed_lag", "Journal entries that the slowest consumer has not done, at most")                               \
    X(STREAMS, MEAN, "streams", "Readers of changes that wait for news")                                                           \
    X(MEMORY, MEAN, "memory_bytes", "Memory in use")                                                                               \
    X(CPU, RATE, "cpu", "Processor seconds a second")                                                                              \
    X(WAL, MEAN, "wal_bytes", "Size of the write-ahead log")                                                                       \
    X(DATABASE, MEAN, "database_bytes", "Size of the database")                                                                    \
    X(CACHE, SHARE, "cache_hits", "Credentials that were remembered, of those that were looked up; 0 to 1")                        \
    X(SLOW, RATE, "slow", "Slow requests a second")
enum trend_series {
#define X(name, sort, word, help) TREND_##name,
    TREND_TABLE(X)
#undef X
        TREND_COUNT
};

/* Durations in buckets that grow by a quarter or less: four to each power of two of microseconds. */
#define TREND_BUCKETS 108u
size_t trend_bucket(uint64_t us);
double trend_bucket_ms(size_t bucket); /* its upper end */

/* What was found now. Rates and ratios: counters since the start (of a ratio the other one in `of`); the rest: as it is. */
struct trend_sample {
    double values[TREND_COUNT], of[TREND_COUNT];
    uint64_t durations[TREND_BUCKETS]; /* since the start, for all quantiles */
};

struct trend;
struct trend *trend_open(void);
void trend_close(struct trend *t);     /* NULL is fine */
size_t trend_bytes(void);
/* Once a second; a second that was added to already is passed over. */
void trend_add(struct trend *t, int64_t mono_s, const struct trend_sample *now);

/* "5m", "1h", "24h", "7d"; -1: none of them. */
int trend_span(str name);
/* {"span","step","at","values":{"requests":[…],…}}: oldest first, null where there is nothing; `at` is the newest one's end on the
 * wall clock. Of these series (count 0: of all). */
void trend_write(struct trend *t, int span, int64_t mono_s, int64_t wall_ms, const enum trend_series *series, size_t count,
                 struct json_writer *w);
bool trend_series_named(str name, enum trend_series *out);
#endif
