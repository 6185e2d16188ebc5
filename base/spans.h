#ifndef BASE_SPANS_H
#define BASE_SPANS_H
#include "base/arena.h"

/* The course of a request: which parts it had, within which other, and how long each took. Made by whoever serves it when somebody
 * wants to know (the log of slow requests, a trace that is sent); struct problem carries it to wherever work is done, and where
 * that carries none (NULL) everything here is a look at a pointer.
 *
 * Belongs to the request's thread, and to the writer's while the request waits for it. Lives in the request's arena. At most
 * LIMIT_SPANS parts are kept, further ones are counted.
 *
 * No value of anybody's has a way in: names are words of ours, and what a part is about is a collection, a host, or SQL in which
 * values stand as parameters (content/store/emit.h). */
enum span_kind { SPAN_PART, SPAN_STATEMENT, SPAN_CALL /* to another server */ };
struct span {
    const char *name;
    str about;
    str shape;                        /* of a filter, its values left out; {0}: none */
    enum span_kind kind;
    unsigned within;                  /* the one around it; 0: the request itself */
    int64_t from_us, to_us;           /* of the clock that never jumps; statements: from the first run to the last */
    int64_t us;                       /* statements: of all runs, without those of statements that ran within */
    uint64_t times, rows;             /* statements: runs and what they gave; a shared commit: how many changes share it */
    int status;                       /* calls: what was answered; 0: nothing */
};
/* W3C Trace Context, level 1: version-trace-parent-flags. */
struct trace_context {
    uint8_t trace[16];
    uint8_t parent[8];                /* of whoever called us; zeros: nobody did */
    bool is_sampled;
};
struct spans {
    struct arena *arena;
    struct span *at;                  /* the first is the request */
    size_t count;
    unsigned now;                     /* the innermost that is open */
    uint64_t lost;
    int64_t inner_us;                 /* of statements that ran within the one at work */
    int64_t slow_us;                  /* what took longer is worth more words; 0: nothing is */
    struct trace_context trace;
    uint64_t first_id;                /* span i is called first_id + i */
    bool is_sent;                     /* the trace goes to a collector, and is told of in calls */
};

struct spans *spans_open(struct arena *a, const char *name, int64_t from_us);
/* What is begun is within whatever is open. span_end ends what was left open within it, too. `about` is copied. */
unsigned span_begin(struct spans *s, const char *name, str about);
void span_end(struct spans *s, unsigned span);
/* One that is over already. */
void span_between(struct spans *s, const char *name, int64_t from_us, int64_t to_us, uint64_t times);
static inline struct span *span_of(struct spans *s, unsigned span)
{
    return s && span ? &s->at[span] : NULL;
}
/* NULL unless it is open and has taken longer than slow_us by now. */
struct span *span_if_slow(struct spans *s, unsigned span);

/* A run of a statement; runs of the same text are one span. The time is with whatever was done with its rows. */
struct span_run {
    int64_t from_us, inner_us;
};
void span_run_begin(struct spans *s, struct span_run *r);
void span_run_end(struct spans *s, const struct span_run *r, str sql, uint64_t rows);

/* "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"; false: not one, and the trace begins here. A later version counts
 * as far as it looks like this one. */
bool traceparent_read(str header, struct trace_context *out);
#define TRACEPARENT_LENGTH 55
/* For a call that belongs to this span. */
void traceparent_write(const struct spans *s, unsigned span, char out[TRACEPARENT_LENGTH + 1]);
uint64_t span_id(const struct spans *s, unsigned span);

#endif
