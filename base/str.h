#ifndef BASE_STR_H
#define BASE_STR_H
#include <string.h>

#include "base/defs.h"

/* Borrowed bytes: not terminated, copied by value, owned by somebody else (an arena, a table, a
 * request's body). {0} is "absent"; an empty string has a non-NULL `at` where the difference
 * counts. All functions are pure and thread-safe. Cursor functions move *rest only on success. */
typedef struct str {
    const char *at;
    size_t len;
} str;

/* clang-format off */
#define STR(literal) {"" literal, sizeof(literal) - 1} /* in static tables */
#define S(literal) ((str)STR(literal))                 /* in expressions   */
/* clang-format on */
#define STR_FMT    "%.*s"
#define STR_ARG(s) (int)(s).len, (s).at

static inline bool str_equal(str a, str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

static inline bool str_is_absent(str s)
{
    return s.at == NULL;
}

str str_of(const char *terminated);  /* NULL gives {0} */
int str_order(str a, str b);         /* by bytes, shorter first; -1 0 1 */
bool str_equal_nocase(str a, str b); /* ASCII letters only: header names, schemes */
bool str_starts(str s, str prefix);
bool str_ends(str s, str suffix);
bool str_contains(str s, str part);
str str_slice(str s, size_t from, size_t to); /* clamped to the string */
str str_trim(str s);                          /* spaces and tabs at both ends */
bool str_find(str s, char c, size_t *index);
/* Splits at the first separator. Without one: false, *head is the whole, *tail is empty. */
bool str_cut(str whole, char separator, str *head, str *tail);
/* The first n bytes; false when there are fewer. */
bool str_take(str *rest, size_t n, str *out);
/* The next piece of a list; false when the list is used up. "a,,b" has three pieces, "" has one. */
bool str_next(str *rest, bool *ended, char separator, str *piece);

/* Numbers: the whole string must be one, no sign tricks, no blanks, no leading '+'. */
bool str_to_u64(str s, uint64_t max, uint64_t *out);
bool str_to_i64(str s, int64_t *out);

/* FNV-like hash for tables whose keys are ours. Keys that clients choose go through base/map.h. */
uint64_t str_hash(str s);

#endif
