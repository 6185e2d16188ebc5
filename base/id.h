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
/* The same id for dialects whose ids are UUIDs: it and four fixed bytes behind it, so that nothing is
 * stored. Not a UUID of any version, which no client of those dialects looks at. */
#define UUID_LENGTH 36
str id_uuid(struct arena *a, str id); /* must be an id; lower case, with dashes */
/* Takes 36 characters with dashes or 32 without, any case; a UUID that is none of ours is refused. */
bool uuid_id(str uuid, char out[ID_LENGTH]);
/* Request ids: 26 Crockford base32 characters of a ULID. */
#define REQUEST_ID_LENGTH 26
void request_id_make(char out[REQUEST_ID_LENGTH]);
#endif
