#ifndef BASE_FILE_H
#define BASE_FILE_H
#include <stdatomic.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"

/* Bytes of files that are open: all that were asked for or none, whatever signals come meanwhile. False: errno says why. */
bool file_write(int fd, const void *bytes, size_t n);
bool file_write_at(int fd, const void *bytes, size_t n, off_t at);
/* errno 0: it ends before. */
bool file_read_at(int fd, void *into, size_t n, off_t at);
/* As many as there are, at most so many; 0: it ends there; -1: errno. The file's own place stays, others may read it, too. */
ssize_t file_some_at(int fd, void *into, size_t room, off_t at);

/* What errno says of a disk: ERR_FULL when there is no room, or none for this user; else ERR_UNAVAILABLE. "<what was tried>: <cause>",
 * of at most PROBLEM_DISK_BYTES. */
#define PROBLEM_DISK_BYTES 1024u
enum err problem_disk(struct problem *why, const char *format, ...) PRINTF_LIKE(2, 3);

/* All of a file, from its beginning, to where the other one stands; name: in what is said. stop: becomes true: ERR_UNAVAILABLE; NULL:
 * never. */
NODISCARD enum err file_copy(int from, int to, str name, const _Atomic(bool) *stop, struct problem *why);
/* SHA-256 of it in hex, and its size. stop as above. */
NODISCARD enum err file_digest(int fd, const _Atomic(bool) *stop, struct arena *a, str *hex, uint64_t *size, struct problem *why);
#endif
