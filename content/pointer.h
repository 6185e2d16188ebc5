#ifndef CONTENT_POINTER_H
#define CONTENT_POINTER_H
#include "base/arena.h"

/* JSON Pointers (RFC 6901) for the paths of faults, grown at the end. Pure; results live in the arena. */
str pointer_name(struct arena *a, str base, str name);      /* escapes '~' and '/' */
str pointer_index(struct arena *a, str base, size_t index);

#endif
