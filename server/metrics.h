#ifndef SERVER_METRICS_H
#define SERVER_METRICS_H
#include "base/buf.h"
#include "base/http.h"

/* Counters and histograms of requests, and gauges that others register; written as Prometheus text.
 * Every label's values are known when it opens: routes, methods, classes of status. Counting is a
 * few relaxed additions to one of several shards, so that workers do not share cache lines.
 * Thread-safe; registering is not, and ends before the first request. */
struct metrics;

struct metrics *metrics_open(const struct route_set *sets, size_t count);
void metrics_close(struct metrics *m);

void metrics_begin(struct metrics *m);
/* route NULL: none matched. Everything that began ends. */
void metrics_end(struct metrics *m, const struct route *route, enum method method, int status, int64_t us,
                 uint64_t bytes_in, uint64_t bytes_out);
void metrics_refused(struct metrics *m, int status); /* a head that never became a request */

enum metric_kind { METRIC_GAUGE, METRIC_COUNTER };
/* name begins with "vitrine_"; read() is called while metrics are written, from any thread. */
void metrics_register(struct metrics *m, enum metric_kind kind, const char *name, const char *help,
                      double (*read)(void *arg), void *arg);
void metrics_write(struct metrics *m, struct buf *out);

#endif
