#ifndef BASE_ENCODE_H
#define BASE_ENCODE_H
#include "base/arena.h"

/* Bytes as letters (base64 is in base/crypt.h). Each reader takes one spelling only, case aside where
 * it says so, and refuses the rest. Not for comparing secrets: time depends on the text. Pure. */
int hex_digit(char c); /* any case; -1: none */
bool hex_decode(struct arena *a, str text, str *bytes); /* any case, pairs; writing is buf_hex() */
/* RFC 4648 section 6 without padding; read in any case. */
str base32_encode(struct arena *a, str bytes);
bool base32_decode(struct arena *a, str text, str *bytes);
/* Bitcoin's alphabet; a leading zero byte is a leading '1'. Its cost grows with the square: must() be at
 * most LIMIT_BASE58_BYTES to write, and longer texts than those make are refused. */
str base58_encode(struct arena *a, str bytes);
bool base58_decode(struct arena *a, str text, str *bytes);
#endif
