#ifndef SERVER_METRICS_H
#define SERVER_METRICS_H
#include "base/buf.h"
#include "base/http.h"
#include "server/trend.h"

/* Counters and histograms of requests, and gauges that others register; written as Prometheus text.
 * Every label's values are known when it opens: routes, methods, classes of status. Counting is a
 * few relaxed additions to one of several shards, so that workers do not share cache lines.
 * Thread-safe; registering is not, and ends before the first request. */
struct metrics;

struct metrics *metrics_open(const struct route_set *sets, size_t count);
void metrics_close(struct metrics *m);

void metrics_begin(struct metrics *m);
/* route NULL: none matched. Everything that began ends. */
struct metrics_request {
    const struct route *route;
    enum method method;
    int status;
    int64_t us;
    int64_t own_us;                   /* of that, not waiting for the other side, or for news (base/http.h) */
    uint64_t bytes_in, bytes_out;
};
void metrics_end(struct metrics *m, const struct metrics_request *r);
void metrics_refused(struct metrics *m, int status); /* a head that never became a request */

/* All of them together, since the start; durations as trend.h has them, of requests' own time. */
struct metrics_totals {
    uint64_t requests, failed_4xx, failed_5xx, refused, bytes_out;
    int64_t running;
    uint64_t durations[TREND_BUCKETS];
};
void metrics_total(const struct metrics *m, struct metrics_totals *out);

enum metric_kind { METRIC_GAUGE, METRIC_COUNTER };
/* name begins with "vitrine_" and may bring labels, whose values are ours: vitrine_keys{state="active"}; rows of one family are
 * registered one after the other. read() is called while metrics are written, from any thread. */
void metrics_register(struct metrics *m, enum metric_kind kind, const char *name, const char *help,
                      double (*read)(void *arg), void *arg);
/* A histogram that others keep: how many values were at most so large, what was larger in the last place. */
#define METRICS_SPREAD_MAX 16u
struct metrics_spread {
    size_t bound_count;
    double bounds[METRICS_SPREAD_MAX], sum;
    uint64_t counts[METRICS_SPREAD_MAX + 1];
};
void metrics_register_spread(struct metrics *m, const char *name, const char *help, void (*read)(void *arg, struct metrics_spread *out),
                             void *arg);
void metrics_write(struct metrics *m, struct buf *out);
/* For families that are not registered: HELP and TYPE, once each. */
void metrics_head(struct buf *out, const char *name, const char *type, const char *help);

#endif
