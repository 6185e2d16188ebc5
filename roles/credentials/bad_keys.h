#ifndef ROLES_CREDENTIALS_BAD_KEYS_H
#define ROLES_CREDENTIALS_BAD_KEYS_H
#include "base/err.h"

/* Wrong credentials in headers, counted per address (an IPv6 client is its /64): so many a minute are answered 401,
 * the others 429 until the minute is over. Good ones from the same address go on working, so that one client with
 * an old key locks nobody out. The table has a fixed size; the oldest minute goes first. Thread-safe. */
struct bad_keys;
struct bad_keys *bad_keys_open(uint32_t per_minute, int64_t (*now_us)(void)); /* 0: counts nothing */
void bad_keys_close(struct bad_keys *b);
/* One more. ERR_OK, or ERR_TOO_MANY with retry_after_s. */
NODISCARD enum err bad_keys_count(struct bad_keys *b, str address, struct problem *why);
#endif
