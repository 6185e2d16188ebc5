#ifndef CONTENT_WRITE_ONCE_H
#define CONTENT_WRITE_ONCE_H
#include "content/internal.h"

/* Idempotency keys: what came of a request is kept with the change itself, so that asking again, after a crash or from
 * another process, does not do it again. The writer is one at a time: who asks while the first request still runs
 * waits for it and finds its result. Kept are keyed digests of key and request, and what was written (ids and
 * revisions, counts), never an answer: a repeated answer is made anew, with the rights of that moment and without
 * secrets. Forgotten after LIMIT_ONCE_S. All on the writer's thread. */

/* *result: what was kept; {0}: this is the first time. ERR_INVALID: the key stood for another request. */
NODISCARD enum err once_look(struct work *w, struct once *o, str *result, struct problem *why);
NODISCARD enum err once_keep(struct work *w, const struct once *o, str result, struct problem *why);

/* Ids and revisions of changes as a text, and back. */
str once_of_changes(struct arena *a, const struct change *changes, size_t count);
void once_to_changes(struct arena *a, str result, struct change *changes, size_t count);

#endif
