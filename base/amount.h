#ifndef BASE_AMOUNT_H
#define BASE_AMOUNT_H
#include "base/str.h"

/* Amounts as people write them: a whole number and a unit, blanks between them allowed. False: it is none, or too large. */
bool amount_read_ms(str text, uint64_t *ms);       /* "30m", "12h", "30d", "500ms", "90" (seconds) */
bool amount_read_bytes(str text, uint64_t *bytes); /* "64MiB", "1GiB", "512" */
#endif
