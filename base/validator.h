#ifndef BASE_VALIDATOR_H
#define BASE_VALIDATOR_H
#include "base/str.h"

/* Does If-None-Match name this tag (RFC 9110 13.1.2)? "*" names every one; weakness does not count. The tag holds no comma.
 * An absent header names none. Pure. */
bool validator_matches(str if_none_match, str tag);
#endif
