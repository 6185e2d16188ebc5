#ifndef SERVER_TICKER_H
#define SERVER_TICKER_H
#include "base/err.h"

/* A thread of its own that calls something about once a second, and once more, with is_last, when it is stopped. */
struct ticker;
NODISCARD enum err ticker_start(void (*tick)(void *self, bool is_last), void *self, struct ticker **out, struct problem *why);
void ticker_stop(struct ticker *t);   /* after a last tick; NULL is fine */
#endif
