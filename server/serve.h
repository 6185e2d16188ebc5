#ifndef SERVER_SERVE_H
#define SERVER_SERVE_H
#include "graphql/http/http.h"
#include "roles/gate.h"
#include "server/backup_job.h"
#include "server/config.h"
#include "server/metrics.h"
#include "server/security_headers.h"
#include "server/slow.h"
#include "server/tracing.h"

/* The life of a request (docs/architecture.md 3.4): route, ceiling of the body, who asks, handler,
 * problem, log line, numbers. serve() and serve_refusal() are what civet calls, with a struct
 * serving as app. Thread-safe once made. */
struct serving {
    struct gate *gate; /* NULL: only routes that are open to everybody (tests) */
    const struct config *config;
    struct router *router;
    struct metrics *metrics;
    struct trend *trend;      /* serving_make opens it; whoever watches adds to it (server/watch.h) */
    struct slow *slow;        /* NULL: no request is slow */
    struct tracing *tracing;  /* NULL: nobody is told */
    struct security_headers security;
    const struct graphql *graphql; /* NULL: none (tests) */
    struct backup_job *backups; /* NULL: none are configured */
    const struct config_result *said; /* the configuration with where it is from; NULL: nobody is told (tests) */
    const struct api *api; /* what façades answer with where no route was met; NULL: none (tests) */
};

/* sets: every table of routes; lives as long as `out`. Two routes that collide: ERR_INVALID. */
NODISCARD enum err serving_make(struct arena *a, struct gate *gate, const struct config *config,
                                const struct route_set *sets, size_t count, struct serving *out,
                                struct problem *why);
void serving_done(struct serving *s);

void serve(struct exchange *x, void *serving);
void serve_refusal(struct exchange *x, const struct problem *why, void *serving);

/* operation.c: GET /metrics and its like; steering.c: its configuration and backups; `app` is a struct serving. */
extern const struct route operation_routes[], steering_routes[];
extern const size_t operation_route_count, steering_route_count;

#endif
