#ifndef SERVER_HEAD_H
#define SERVER_HEAD_H
#include "base/http.h"
#include "base/limits.h"

/* A request's head, from its method to the empty line, judged before anything else looks at it
 * (security H-3; the path is exchange_take_target()'s business). Pure functions on raw bytes:
 * civet's workers call them on what the socket gave, tests and the fuzzer on tables.
 *
 * Everything that two parsers could read differently is refused: two lengths, bare line feeds,
 * folded lines, blanks before colons, a repeated Host. */
struct head {
    enum method method;
    unsigned minor_version;             /* HTTP/1.0 or 1.1 */
    str target;                         /* as sent */
    str origin_form;                    /* the target as path and query, "*" for OPTIONS * */
    str host;                           /* {0} possible with HTTP/1.0 only */
    struct pair headers[LIMIT_HEADERS]; /* names as sent, values trimmed */
    size_t header_count;
    uint64_t body_length; /* 0 without a body, UINT64_MAX when chunked */
    bool keep_alive;
    bool expects_continue;
};

#define HEAD_BYTES_MAX (LIMIT_TARGET_BYTES + LIMIT_HEAD_BYTES + 32u)

/* Where the head ends (just behind the empty line), 0 while it is not complete. Looks only at what
 * came since `seen` bytes. A bare LF counts as a line's end here, so that head_read() can refuse
 * it. */
size_t head_end(str got, size_t seen);

/* What is wrong with a head that is not complete: ERR_OK while it may become one. */
NODISCARD enum err head_hopeless(str got, struct problem *why);

/* `raw` is a whole head; slices point into it. On an error the connection must be closed: where the
 * next request begins is anybody's guess. */
NODISCARD enum err head_read(str raw, struct head *out, struct problem *why);

#endif
