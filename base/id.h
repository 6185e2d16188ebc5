#ifndef BASE_ID_H
#define BASE_ID_H
#include "base/arena.h"

/* Item ids: 24 lower-case hex digits = 12 bytes: 6 bytes of milliseconds, then 6 bytes that start
 * random and grow by a random step within a millisecond, so that ids of one process are strictly
 * increasing. (Contract 5; the width is Cockpit's.) Thread-safe. */
#define ID_LENGTH 24
void id_make(char out[ID_LENGTH]);
str id_new(struct arena *a);
bool id_valid(str s);
/* Request ids: 26 Crockford base32 characters of a ULID. */
#define REQUEST_ID_LENGTH 26
void request_id_make(char out[REQUEST_ID_LENGTH]);
#endif
