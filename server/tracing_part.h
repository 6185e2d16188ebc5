#ifndef SERVER_TRACING_PART_H
#define SERVER_TRACING_PART_H
#include "base/outbound.h"
#include "server/tracing.h"

/* Where traces go, as the operator said it. Between server/tracing.c and server/tracing_config.c. */
#define TRACING_HEADERS_MAX 16u
struct tracing_target {
    str url;                          /* …/v1/traces, unless it was said whole */
    struct pair headers[TRACING_HEADERS_MAX];
    size_t header_count;
    struct outbound_anywhere near;    /* the collector is where it is said to be, private networks and plain HTTP included */
};
/* *out is not copied afterwards: it points into itself. */
NODISCARD enum err tracing_aim(const struct tracing_config *c, struct arena *a, struct tracing_target *out, struct problem *why);
#endif
