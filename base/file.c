#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/digest.h"

#define PIECE_BYTES (128u << 10)
#define AHEAD_BYTES (8u << 20) /* written, but not begun by the disk */

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

enum err problem_disk(struct problem *why, const char *format, ...)
{
    int cause = errno;
    char text[PROBLEM_DISK_BYTES];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return problem_set(why, cause == ENOSPC || cause == EDQUOT ? ERR_FULL : ERR_UNAVAILABLE, "%s: %s", text, strerror(cause));
}

enum err file_copy(int from, int to, str name, const _Atomic(bool) *stop, struct problem *why)
{
    char *piece = malloc(PIECE_BYTES);
    enum err e = ERR_OK;
    ssize_t n = 1;
    must(piece != NULL);
    for (off_t at = 0; e == ERR_OK && n > 0; at += n) {
        n = file_some_at(from, piece, PIECE_BYTES, at);
        if (n < 0 || !file_write(to, piece, (size_t)n))
            e = problem_disk(why, "It cannot be %s: " STR_FMT, n < 0 ? "read" : "written", STR_ARG(name));
        else if (stop && atomic_load(stop))
            e = problem_set(why, ERR_UNAVAILABLE, "It was told to stop");
        else if (at % AHEAD_BYTES == 0)
            (void)sync_file_range(to, 0, 0, SYNC_FILE_RANGE_WRITE);
    }
    free(piece);
    return e;
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
            e = problem_disk(why, "A file cannot be read");
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
