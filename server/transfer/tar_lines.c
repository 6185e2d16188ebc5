#include "server/transfer/tar_lines.h"

#include "base/buf.h"

static enum err give(struct buf *line, struct line_sink *sink, const struct tar_reader *r, struct problem *why)
{
    str whole;
    if (buf_done(line, &whole) != ERR_OK)
        return problem_set(why, ERR_TOO_LARGE, "%s: a line has more than %zu bytes", r->name, line->max);
    enum err e = whole.len > 0 ? sink->line(sink, whole, why) : ERR_OK;
    buf_clear(line);
    return e;
}

enum err tar_lines(struct tar_reader *r, size_t max, struct line_sink *sink, struct problem *why)
{
    struct buf line;
    char piece[4096];
    enum err e = ERR_OK;
    buf_init(&line, NULL, max);
    for (size_t got = 1; e == ERR_OK && got > 0;) {
        e = tar_read(r, piece, sizeof piece, &got, why);
        for (size_t at = 0; e == ERR_OK && at < got;) {
            const char *end = memchr(piece + at, '\n', got - at);
            size_t n = end ? (size_t)(end - piece) - at : got - at;
            buf_add(&line, (str){piece + at, n});
            at += n + (end ? 1 : 0);
            if (end)
                e = give(&line, sink, r, why);
        }
    }
    if (e == ERR_OK)
        e = give(&line, sink, r, why);
    buf_free(&line);
    return e;
}
