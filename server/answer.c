#include "server/answer.h"

#include <stdio.h>

/* clang-format off */
#define STATUS_TABLE(X)                                                                              \
    X(100, "Continue") X(101, "Switching Protocols")                                                 \
    X(200, "OK") X(201, "Created") X(202, "Accepted") X(204, "No Content") X(205, "Reset Content")   \
    X(206, "Partial Content") X(207, "Multi-Status")                                                 \
    X(301, "Moved Permanently") X(302, "Found") X(303, "See Other") X(304, "Not Modified")           \
    X(307, "Temporary Redirect") X(308, "Permanent Redirect")                                        \
    X(400, "Bad Request") X(401, "Unauthorized") X(402, "Payment Required") X(403, "Forbidden")      \
    X(404, "Not Found") X(405, "Method Not Allowed") X(406, "Not Acceptable")                        \
    X(408, "Request Timeout") X(409, "Conflict") X(410, "Gone") X(411, "Length Required")            \
    X(412, "Precondition Failed") X(413, "Content Too Large") X(414, "URI Too Long")                 \
    X(415, "Unsupported Media Type") X(416, "Range Not Satisfiable") X(417, "Expectation Failed")    \
    X(421, "Misdirected Request") X(422, "Unprocessable Content") X(423, "Locked")                   \
    X(425, "Too Early") X(426, "Upgrade Required") X(428, "Precondition Required")                   \
    X(429, "Too Many Requests") X(431, "Request Header Fields Too Large")                            \
    X(500, "Internal Server Error") X(501, "Not Implemented") X(502, "Bad Gateway")                  \
    X(503, "Service Unavailable") X(504, "Gateway Timeout") X(505, "HTTP Version Not Supported")     \
    X(507, "Insufficient Storage")
/* clang-format on */

str status_text(int status)
{
    switch (status) {
#define X(number, text)                                                                            \
    case number:                                                                                   \
        return S(text);
        STATUS_TABLE(X)
#undef X
    default:
        return S("Status");
    }
}

static str status_line(int status)
{
    switch (status) {
#define X(number, text)                                                                            \
    case number:                                                                                   \
        return S("HTTP/1.1 " #number " " text "\r\n");
        STATUS_TABLE(X)
#undef X
    default:
        return (str){0};
    }
}

static bool is_line_text(str s)
{
    return s.len == 0 || (memchr(s.at, '\r', s.len) == NULL && memchr(s.at, '\n', s.len) == NULL &&
                          memchr(s.at, 0, s.len) == NULL);
}

/* Returns whether there was a Cache-Control. */
static bool add_headers(struct buf *out, const struct pair *headers, size_t count, bool is_private)
{
    bool cache = false;
    for (size_t i = 0; i < count; i++) {
        const struct pair *h = &headers[i];
        must(h->name.len > 0 && is_line_text(h->name) && is_line_text(h->value));
        bool own = h->name.len == 13 && str_equal_nocase(h->name, S("cache-control"));
        if (own && is_private)
            continue;
        cache = cache || own;
        buf_add(out, h->name);
        buf_add(out, S(": "));
        buf_add(out, h->value);
        buf_add(out, S("\r\n"));
    }
    return cache;
}

void answer_head(struct buf *out, const struct answer *a)
{
    str line = status_line(a->status);
    if (str_is_absent(line))
        buf_format(out, "HTTP/1.1 %d Status\r\n", a->status);
    else
        buf_add(out, line);
    if (a->date.len > 0) {
        buf_add(out, S("Date: "));
        buf_add(out, a->date);
        buf_add(out, S("\r\n"));
    }
    if (a->is_chunked) {
        buf_add(out, S("Transfer-Encoding: chunked\r\n"));
    } else if (a->has_length) {
        buf_add(out, S("Content-Length: "));
        buf_u64(out, a->length);
        buf_add(out, S("\r\n"));
    }
    if (a->is_upgrade)
        buf_add(out, S("Connection: Upgrade\r\n"));
    else if (!a->keep_alive)
        buf_add(out, S("Connection: close\r\n"));
    else if (a->minor_version == 0)
        buf_add(out, S("Connection: keep-alive\r\n"));
    if (a->request_id.len > 0) {
        buf_add(out, S("X-Request-Id: "));
        buf_add(out, a->request_id);
        buf_add(out, S("\r\n"));
    }
    buf_add(out, a->standing);
    bool cache = add_headers(out, a->headers, a->header_count, a->is_private);
    cache = add_headers(out, a->extra, a->extra_count, a->is_private) || cache;
    if (!cache)
        buf_add(out, S("Cache-Control: no-store\r\n"));
    buf_add(out, S("\r\n"));
}
