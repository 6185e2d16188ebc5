#include "base/file.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/digest.h"

#define PIECE_BYTES (128u << 10)

bool file_write(int fd, const void *bytes, size_t n)
{
    for (const char *at = bytes; n > 0;) {
        ssize_t some = write(fd, at, n);
        if (some < 0 && errno == EINTR)
            continue;
        if (some < 0)
            return false;
        at += some;
        n -= (size_t)some;
    }
    return true;
}

bool file_write_at(int fd, const void *bytes, size_t n, off_t at)
{
    for (const char *from = bytes; n > 0;) {
        ssize_t some = pwrite(fd, from, n, at);
        if (some < 0 && errno == EINTR)
            continue;
        if (some < 0)
            return false;
        from += some;
        at += some;
        n -= (size_t)some;
    }
    return true;
}

bool file_read_at(int fd, void *into, size_t n, off_t at)
{
    for (char *to = into; n > 0;) {
        ssize_t some = file_some_at(fd, to, n, at);
        if (some == 0)
            errno = 0;
        if (some <= 0)
            return false;
        to += some;
        at += some;
        n -= (size_t)some;
    }
    return true;
}

ssize_t file_some_at(int fd, void *into, size_t room, off_t at)
{
    ssize_t n;
    do
        n = pread(fd, into, room, at);
    while (n < 0 && errno == EINTR);
    return n;
}

enum err file_digest(int fd, const _Atomic(bool) *stop, struct arena *a, str *hex, uint64_t *size, struct problem *why)
{
    uint8_t sum[DIGEST_LARGEST];
    struct digest *d = digest_open(DIGEST_SHA256);
    char *piece = malloc(PIECE_BYTES);
    enum err e = ERR_OK;
    ssize_t n = 1;
    off_t at = 0;
    struct buf b;
    must(piece != NULL);
    for (; e == ERR_OK && n > 0; at += n) {
        n = file_some_at(fd, piece, PIECE_BYTES, at);
        if (n < 0)
            e = problem_set(why, ERR_UNAVAILABLE, "A file cannot be read: %s", strerror(errno));
        else if (stop && atomic_load(stop))
            e = problem_set(why, ERR_UNAVAILABLE, "It was told to stop");
        else
            digest_add(d, piece, (size_t)n);
    }
    size_t length = digest_end(d, sum);
    digest_close(d);
    free(piece);
    buf_init(&b, a, 2 * length + 1);
    buf_hex(&b, sum, length);
    *hex = buf_str(&b);
    *size = (uint64_t)at;
    return e;
}
