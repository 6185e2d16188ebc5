#ifndef CONTENT_FILTER_FUNCTION_H
#define CONTENT_FILTER_FUNCTION_H
#include "content/cell.h"

/* Functions on fields, as names in filters, sorts and groups: year(published_at), lower(title), count(tags).
 * There is one implementation: the SQL functions of the engine and filter_matches both call func_cell, so
 * that the two evaluators cannot disagree. A value that a function makes no sense of gives none (null).
 *
 * Parts of dates are in UTC. week is ISO 8601's, weekday 0 (Sunday) to 6. lower and upper are Unicode's,
 * character by character; length is in code points; count of what is no list gives none, of null 0. */
#define FUNC_TABLE(X)                                                                              \
    X(YEAR, "year", DAY, INTEGER)                                                                  \
    X(MONTH, "month", DAY, INTEGER)                                                                \
    X(WEEK, "week", DAY, INTEGER)                                                                  \
    X(DAY, "day", DAY, INTEGER)                                                                    \
    X(WEEKDAY, "weekday", DAY, INTEGER)                                                            \
    X(HOUR, "hour", CLOCK, INTEGER)                                                                \
    X(MINUTE, "minute", CLOCK, INTEGER)                                                            \
    X(SECOND, "second", CLOCK, INTEGER)                                                            \
    X(COUNT, "count", LIST, INTEGER)                                                               \
    X(LOWER, "lower", TEXT, TEXT)                                                                  \
    X(UPPER, "upper", TEXT, TEXT)                                                                  \
    X(LENGTH, "length", TEXT, INTEGER)                                                             \
    X(CASELESS, "caseless", TEXT, TEXT)   /* what $eqi, $containsi … compare: letter case aside */ \
    X(RANDOM, "random", NOTHING, INTEGER) /* of an id and a seed: an order by chance */
enum func {
    FUNC_NONE,
#define X(name, word, takes, gives) FUNC_##name,
    FUNC_TABLE(X)
#undef X
        FUNC_COUNT_OF
};

struct field;
str func_word(enum func f);                        /* "year" */
enum func func_find(str word);                     /* FUNC_NONE: no such function; CASELESS and RANDOM are not asked for by name */
/* "year(author.born)": true, and its parts; *inner is what stands between the brackets. */
bool func_split(str name, str *word, str *inner);
/* Whether it makes sense for a field's single value, or (count) for its list. NULL: of free JSON. */
bool func_takes(enum func f, const struct field *member);
bool func_gives_text(enum func f);

/* Of a value in column form; instants are milliseconds, lists JSON text. `seed`: RANDOM's. Texts made are in a. */
struct cell func_cell(struct arena *a, enum func f, const struct cell *in, int64_t seed);
str text_caseless(struct arena *a, str s);

#endif
