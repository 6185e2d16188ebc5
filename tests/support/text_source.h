#ifndef TESTS_SUPPORT_TEXT_SOURCE_H
#define TESTS_SUPPORT_TEXT_SOURCE_H
#include <string.h>

#include "base/http.h"

/* A text as what an upload is read from: struct text_source from = {{read_text}, S("…")}. */
struct text_source {
    struct byte_source source;        /* first */
    str left;
};

static inline enum err read_text(struct byte_source *self, void *into, size_t room, size_t *got)
{
    struct text_source *t = (struct text_source *)(void *)self;
    *got = t->left.len < room ? t->left.len : room;
    if (*got > 0)
        memcpy(into, t->left.at, *got);
    t->left = str_slice(t->left, *got, t->left.len);
    return ERR_OK;
}
#endif
