#ifndef SERVER_WATCH_H
#define SERVER_WATCH_H
#include "server/metrics.h"
#include "server/slow.h"
#include "server/tracing.h"
#include "server/trend.h"

/* Once a second: a point for each graph, and the plans of slow requests for the log. */
struct watch;
struct watched {
    struct gate *gate;
    struct metrics *metrics;
    struct trend *trend;
    struct slow *slow;                /* NULL: nothing is slow */
};
NODISCARD enum err watch_start(const struct watched *what, struct watch **out, struct problem *why);
void watch_stop(struct watch *w);     /* NULL is fine */
#endif
