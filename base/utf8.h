#ifndef BASE_UTF8_H
#define BASE_UTF8_H
#include "base/arena.h"

/* Unicode text: validity, length, folding, slugs. Pure functions; utf8proc underneath. */
bool utf8_valid(str s);                          /* no surrogates, no overlong forms, max U+10FFFF; NUL is valid here */
size_t utf8_length(str s);                       /* code points of valid text */
str utf8_fold(struct arena *a, str s);           /* NFKC + case folding + diacritics removed: for search and slugs */
str utf8_nfc(struct arena *a, str s);
str utf8_slug(struct arena *a, str s);           /* "Über uns!" -> "uber-uns"; may be empty */
#endif
