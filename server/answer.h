#ifndef SERVER_ANSWER_H
#define SERVER_ANSWER_H
#include "base/buf.h"
#include "base/http.h"
#include "base/time.h"

/* The head of an answer as text. Pure; no I/O. */
struct answer {
    int status;
    bool keep_alive;
    unsigned
        minor_version; /* of the request: HTTP/1.0 clients are told that the connection stays */
    bool has_length;
    uint64_t length;
    bool is_chunked;
    bool is_upgrade; /* the connection goes on in another protocol */
    str date; /* RFC 9110 5.6.7, or {0} */
    str request_id;
    str standing;    /* ready-made lines */
    bool is_private; /* Cache-Control is no-store, whatever the headers say */
    const struct pair *headers;
    size_t header_count;
    const struct pair *extra;
    size_t extra_count;
};

/* must(): no CR, LF or NUL in a header's name or value (H-9). "Cache-Control: no-store" goes out
 * unless a header says otherwise. */
void answer_head(struct buf *out, const struct answer *a);
str status_text(int status);

#endif
