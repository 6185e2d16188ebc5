#ifndef BASE_BUF_H
#define BASE_BUF_H
#include "base/arena.h"

/* Growing bytes with a ceiling: the only way to build text. The initialiser demands the ceiling;
 * the error is sticky: append freely, look once at the end with buf_done(). After an error nothing
 * is appended any more. Memory is malloc'd (contents may be larger than an arena should hold) and
 * freed by buf_free(), or belongs to an arena when one was given. Not thread-safe. */
struct buf {
    char *at;
    size_t len;
    size_t room;
    size_t max;
    struct arena *arena; /* NULL: malloc */
    bool failed;
};

void buf_init(struct buf *b, struct arena *arena, size_t max);
void buf_free(struct buf *b);  /* zero-initialised is fine */
void buf_clear(struct buf *b); /* keeps the memory */
void buf_truncate(struct buf *b, size_t len);
/* Makes room for n more bytes and returns where they start (then add to len), NULL on failure. */
char *buf_room(struct buf *b, size_t n);
void buf_add_slowly(struct buf *b, str s); /* what buf_add does when there is no room at hand */

static inline void buf_add(struct buf *b, str s)
{
    if (s.len - 1 < b->room - b->len && !b->failed) { /* an empty one wraps around and goes the other way */
        memcpy(b->at + b->len, s.at, s.len);
        b->len += s.len;
    } else {
        buf_add_slowly(b, s);
    }
}

static inline void buf_byte(struct buf *b, char c)
{
    if (b->len < b->room && !b->failed)
        b->at[b->len++] = c;
    else
        buf_add_slowly(b, (str){&c, 1});
}

void buf_u64(struct buf *b, uint64_t n);
void buf_i64(struct buf *b, int64_t n);
void buf_double(struct buf *b, double d); /* shortest text that reads back the same; finite only */
void buf_format(struct buf *b, const char *format, ...) PRINTF_LIKE(2, 3);
void buf_hex(struct buf *b, const void *bytes, size_t n); /* lower case */
/* With quotes; s is valid UTF-8; escapes " \ and controls only. */
void buf_json_text(struct buf *b, str s);
void buf_percent(struct buf *b, str s); /* everything but RFC 3986 unreserved */
/* ERR_TOO_LARGE when the ceiling was hit. */
NODISCARD enum err buf_done(const struct buf *b, str *out);

static inline str buf_str(const struct buf *b)
{
    return (str){b->at ? b->at : "", b->len};
}

#endif
