#ifndef SERVER_TRACING_H
#define SERVER_TRACING_H
#include "base/http.h"
#include "base/spans.h"

/* OpenTelemetry: requests as traces, sent to a collector over OTLP/HTTP (JSON, as its protobuf mapping says: ids in hex, 64-bit
 * numbers as texts, members in lowerCamelCase). A request's spans are written when its answer is sent, wait in a bounded queue and
 * go out with others from a thread of their own; a collector that is slow or gone costs spans, which are counted, and nothing else.
 *
 * A caller's traceparent is continued. Whether a trace is recorded says its id, the same for everybody who samples by ids; one that
 * its caller does not record is not recorded here. No personal data, no secret and no value of anybody's is sent: routes, not
 * paths, kinds of principals, not their names. Thread-safe. */
struct tracing;
struct tracing_config {
    str endpoint;                     /* otel.endpoint: "http://127.0.0.1:4318"; {0}: nothing is traced */
    bool is_whole;                    /* the endpoint is where traces go as it is (OTEL_EXPORTER_OTLP_TRACES_ENDPOINT), else "/v1/traces" of it */
    str headers;                      /* otel.headers: "name=value,name=value", values percent-encoded; {0}: none */
    str service;                      /* otel.service_name */
    uint64_t percent;                 /* otel.sample_percent */
};
/* What is wrong with it, for the operator; ERR_INVALID. */
NODISCARD enum err tracing_check(const struct tracing_config *c, struct arena *a, struct problem *why);
/* *out NULL: there is no endpoint. */
NODISCARD enum err tracing_start(const struct tracing_config *c, const char *version, struct tracing **out, struct problem *why);
void tracing_stop(struct tracing *t); /* sends what waits, for two seconds at most; NULL is fine */

/* Is this request recorded? Then the spans get their ids. t NULL: no. */
bool tracing_wants(struct tracing *t, const struct exchange *x, struct trace_context *context);
void tracing_name(struct spans *s, const struct trace_context *context);
/* The request is over. */
void tracing_send(struct tracing *t, const struct spans *s, const struct exchange *x);

struct tracing_figures {
    uint64_t sent, dropped, failures, waiting; /* spans, spans, calls, requests */
};
void tracing_count(struct tracing *t, struct tracing_figures *out); /* t NULL: nothing */
/* For tests, and whoever wants to see it: the spans of one request as they are sent, joined by commas. */
void tracing_write(const struct spans *s, const struct exchange *x, int64_t unix_minus_mono_us, struct buf *out);
#endif
