#ifndef SERVER_SLOW_H
#define SERVER_SLOW_H
#include "base/http.h"
#include "base/spans.h"
#include "roles/gate.h"

/* Requests that took longer than they should: told of in the log, with what took how long and how the database goes about their
 * statements, and kept for whoever watches (GET /api/system/slow). Noting one copies a few texts; plans are asked for by slow_tick,
 * when the answer is long sent. Values of nobody: SQL has parameters in their place, filters "?". Thread-safe. */
struct slow;
struct slow *slow_open(struct gate *gate, uint64_t slow_ms); /* slow_ms 0: NULL */
void slow_close(struct slow *s);      /* NULL is fine */
int64_t slow_us(const struct slow *s); /* s NULL: 0, nothing is slow */
/* us: of the request, without waiting for others. Passed over and counted beyond LIMIT_SLOW_PER_MINUTE, or when LIMIT_SLOW_KEPT
 * wait for their plans. */
void slow_note(struct slow *s, const struct spans *spans, const struct exchange *x, int64_t us);
/* One thread's. */
void slow_tick(struct slow *s);
void slow_write(struct slow *s, struct json_writer *w); /* the newest first; s NULL: none */
struct slow_figures {
    uint64_t noted, passed_over;
};
void slow_count(struct slow *s, struct slow_figures *out);
#endif
