#ifndef BASE_ARENA_H
#define BASE_ARENA_H
#include "base/err.h"

struct arena;

/* A pile of memory with one lifetime: everything in it dies together, nothing in it is freed alone.
 * Not thread-safe; one arena belongs to one request, one job, or one snapshot of the model.
 * Memory comes zeroed and aligned to max_align_t. arena_get() aborts when the machine is out of
 * memory; it never returns NULL, so callers never check. Bytes whose number a client chooses go
 * through struct buf, which has a ceiling and does report ERR_TOO_LARGE.
 * Under AddressSanitizer every piece is followed by poisoned bytes. */
struct arena *arena_open(size_t first_chunk_bytes);
/* NULL is fine; runs what arena_on_close registered, last first. */
void arena_close(struct arena *a);
void arena_reset(struct arena *a); /* same, but keeps the first chunk for the next request */
void *arena_get(struct arena *a, size_t count, size_t size);
/* Grows a piece: in place when it is the newest, by copying otherwise. old may be NULL. */
void *arena_grow(struct arena *a, void *old, size_t old_bytes, size_t new_bytes);
str arena_copy(struct arena *a, str s);
/* For texts: STR_FMT ends at a zero byte. What is signed, digested or compared and came from outside is put
 * together by struct buf. */
str arena_format(struct arena *a, const char *format, ...) PRINTF_LIKE(2, 3);
/* For APIs that insist on a NUL at the end; must() have none inside. */
const char *arena_cstr(struct arena *a, str s);
void arena_on_close(struct arena *a, void (*fn)(void *), void *arg);
size_t arena_bytes(const struct arena *a); /* handed out since the last reset */

static inline void arena_closep(struct arena **a)
{
    arena_close(*a);
}

#define NEW(a, type)      ((type *)arena_get((a), 1, sizeof(type)))
#define NEW_N(a, type, n) ((type *)arena_get((a), (n), sizeof(type)))

#endif
