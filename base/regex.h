#ifndef BASE_REGEX_H
#define BASE_REGEX_H
#include "base/arena.h"

/* Patterns that users write (field rules, $regex): PCRE2 with UTF, without callouts, with match, depth
 * and heap limits, so that no pattern runs away. Compiled into an arena (freed with it); a
 * compiled one may be used by any number of threads. */
struct regex;
enum regex_flags { REGEX_CASELESS = 1, REGEX_WHOLE = 2, REGEX_MULTILINE = 4, REGEX_DOTALL = 8 };
NODISCARD enum err regex_compile(struct arena *a, str pattern, unsigned flags, const struct regex **out, struct problem *why);
bool regex_matches(const struct regex *r, str text);   /* a text that exhausts the limits does not match */
str regex_pattern(const struct regex *r);
unsigned regex_flags_of(const struct regex *r);
#endif
