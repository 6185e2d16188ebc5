#ifndef TESTS_SUPPORT_FAKE_EXCHANGE_H
#define TESTS_SUPPORT_FAKE_EXCHANGE_H
#include "base/http.h"

/* A request without a socket, and what was answered to it. The exchange is the first member, so
 * that &f->x goes to whatever wants one. Everything lives in the arena. Not thread-safe.
 *
 *     struct fake_exchange *f = fake_request(a, "POST", "/api/x?a=1",
 *                                            "Content-Type: application/json\n", S("{}"));
 *     … handler(&f->x, app, &params, &why) …
 *     CHECK_INT(f->status, 200);
 */
struct fake_exchange {
    struct exchange x;
    str body; /* of the request; delivered in pieces of at most body_step bytes */
    size_t body_at;
    size_t body_step;    /* 0: all at once */
    enum err body_error; /* what reading gives once body_at has reached the end; ERR_OK: the end */

    bool is_gone; /* the client has hung up: begin, piece and is_over say so */

    int status; /* of the answer; 0: none yet */
    struct pair headers[80];
    size_t header_count; /* the answer's, extra headers included */
    str answer;          /* pieces put together */
    uint64_t length;     /* what begin announced */
    bool has_ended;      /* send or end was called */
};

/* Method and target must be acceptable (exchange_take_target); headers are lines "Name: value". The
 * body's length is announced; set x.body_length = UINT64_MAX for a chunked one. body_max is
 * LIMIT_BODY_BYTES until the caller sets another. */
struct fake_exchange *fake_request(struct arena *a, const char *method, const char *target,
                                   const char *headers, str body);
/* Of the answer; {0} when absent. */
str fake_header(const struct fake_exchange *f, const char *name);
size_t fake_header_count(const struct fake_exchange *f, const char *name);
#endif
