#ifndef BASE_REDIRECT_H
#define BASE_REDIRECT_H
#include "base/arena.h"

/* Where a request may ask to be sent afterwards (security B-5): a path on this server and nothing that a
 * browser, a proxy or a second decoding makes a host of: begins with one slash, has no second one before
 * the query, no backslash, no control characters, dots that climb, or anything beyond ASCII; neither as it
 * stands nor with percent signs decoded. Pure. */
bool redirect_stays_here(struct arena *a, str to);

#endif
