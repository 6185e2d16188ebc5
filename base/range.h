#ifndef BASE_RANGE_H
#define BASE_RANGE_H
#include "base/str.h"

/* A part of something: the header Range (RFC 9110 section 14). One range is served; several, other units and
 * nonsense are passed over, as the RFC allows, and the whole is sent. Pure. */
enum range { RANGE_WHOLE, RANGE_PART, RANGE_BEYOND }; /* the last: nothing of it is there, 416 */
enum range range_read(str header, uint64_t size, uint64_t *from, uint64_t *end);
#endif
