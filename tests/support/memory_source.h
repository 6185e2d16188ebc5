#ifndef TESTS_SUPPORT_MEMORY_SOURCE_H
#define TESTS_SUPPORT_MEMORY_SOURCE_H
#include "base/tar.h"

/* Bytes in memory as what an archive or XML is read from, at most `most` at a time. */
struct memory {
    struct tar_source source; /* first */
    const void *at;
    size_t bytes, taken, most;
};

static inline enum err read_memory(struct tar_source *self, void *into, size_t room, size_t *got, struct problem *why)
{
    struct memory *m = (struct memory *)(void *)self;
    (void)why;
    *got = m->bytes - m->taken < room ? m->bytes - m->taken : room;
    if (*got > m->most)
        *got = m->most;
    if (*got > 0)
        memcpy(into, (const char *)m->at + m->taken, *got);
    m->taken += *got;
    return ERR_OK;
}
#endif
