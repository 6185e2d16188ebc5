#ifndef ROLES_CREDENTIALS_LAST_USE_H
#define ROLES_CREDENTIALS_LAST_USE_H
#include "roles/internal.h"

/* When keys were last used, from where and by what (AK-5). Taken in memory on the thread of the request, which
 * never waits for the database; written by gate_tick, at most once a minute for each key, many in one
 * transaction. Of more than LIMIT_LAST_USES keys at a time some go unwritten until they are used again.
 * Thread-safe. What is not written when the process dies is lost: that is a minute at most. */
struct last_use;
struct last_use *last_use_open(void);
void last_use_close(struct last_use *u);
void last_use_note(struct last_use *u, const struct principal *who);
/* Writes what is due, or (all) whatever waits. What could not be written waits on. */
NODISCARD enum err last_use_flush(struct gate *g, bool all, struct problem *why);

/* Writes some of what waits as long as there is more. A model that changed between looking and writing (ERR_UNAVAILABLE) is
 * no failure: what waits is written on the next occasion, or, when this is the last one, with another look. */
NODISCARD enum err books_flush(struct gate *g, bool all,
                               enum err (*some)(struct gate *g, bool all, bool *more, struct problem *why), struct problem *why);
#endif
