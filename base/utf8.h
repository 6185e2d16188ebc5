#ifndef BASE_UTF8_H
#define BASE_UTF8_H
#include "base/arena.h"

/* Unicode text: validity, length, folding, slugs. Pure functions; utf8proc underneath. Those that
 * make text expect valid text and give back anything else as it is. */
bool utf8_valid(str s); /* no surrogates, no overlong forms, max U+10FFFF; NUL is valid here */
/* Bytes of the first code point, which goes to *code; 0 when s does not begin with one. */
size_t utf8_first(str s, uint32_t *code);
size_t utf8_length(str s); /* code points of valid text */
str utf8_cut(str s, size_t most); /* the first bytes, at most so many, whole code points; of what is no text fewer */
/* NFKC + case folding + diacritics removed: for search and slugs. */
str utf8_fold(struct arena *a, str s);
/* A letter or digit of any script. */
bool utf8_is_letter(uint32_t code);
/* Case folding alone, composed: for comparing with letter case aside. */
str utf8_caseless(struct arena *a, str s);
/* Every code point's own lower or upper case letter. */
str utf8_lower(struct arena *a, str s);
str utf8_upper(struct arena *a, str s);
str utf8_nfc(struct arena *a, str s);
/* Letters and digits of any script, folded, with single dashes between: "Über uns!" -> "uber-uns",
 * "Привет, мир" -> "привет-мир"; may be empty. */
str utf8_slug(struct arena *a, str s);
#endif
