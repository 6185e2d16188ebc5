#ifndef BASE_JSON_SCAN_H
#define BASE_JSON_SCAN_H
#include "base/json.h"

/* Private to base/json_*.c: the words that JSON is made of. json_scan.c knows texts, names, blanks
 * and sentences about mistakes, json_number.c knows numbers, json_read.c makes trees of them. */
struct json_scan {
    const char *at; /* the next byte */
    const char *end;
    const char *begin;
    struct arena *arena;
    struct problem *why;
    str where;
    bool json5;
};

/* Says what is wrong: "FORMAT at line 1, column 2 (byte 1). HINT" with the stable word `rule`.
 * Always returns ERR_BAD_INPUT. hint may be NULL. */
enum err json_fail(const struct json_scan *s, const char *at, str rule, const char *hint,
                   const char *format, ...) PRINTF_LIKE(5, 6);

#define RULE_SYNTAX S("json-syntax")
#define RULE_UTF8   S("json-utf8")
#define RULE_NUMBER S("json-number")
#define RULE_TWICE  S("json-duplicate")
#define RULE_DEPTH  S("json-depth")
#define RULE_COUNT  S("json-count")

/* What stands at a place, for sentences: "']'", "the end of the text", "a line break". */
struct json_found {
    char text[40];
};
struct json_found json_found_at(const struct json_scan *s, const char *at);

/* s->at is the opening quote before, and behind the closing one afterwards. */
NODISCARD enum err json_scan_text(struct json_scan *s, str *out);
/* A name without quotes; JSON5 only. s->at is at a byte that may begin one. */
NODISCARD enum err json_scan_bare_name(struct json_scan *s, str *out);
bool json_begins_bare_name(const struct json_scan *s);
/* s->at is at a digit or at "-", with JSON5 also at "+" or ".". Sets type and value of *v only. */
NODISCARD enum err json_scan_number(struct json_scan *s, struct json *v);
/* Comments and the wider blanks of JSON5. */
NODISCARD enum err json_skip_json5(struct json_scan *s);

static inline bool json_is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

NODISCARD static inline enum err json_skip(struct json_scan *s)
{
    if (s->json5)
        return json_skip_json5(s);
    const char *p = s->at;
    while (p < s->end && json_is_blank(*p))
        p++;
    s->at = p;
    return ERR_OK;
}

/* Names of a big map, hashed with the process's key because clients choose them. */
struct json_names {
    const struct json *items;
    uint32_t *slots; /* index + 1 of an item, 0: free */
    uint32_t mask;
};
/* False when a name occurs twice; *twice is then the later item. Close it either way. */
NODISCARD bool json_names_open(struct json_names *n, const struct json *items, uint32_t count,
                               uint32_t *twice);
const struct json *json_names_get(const struct json_names *n, str name);
void json_names_close(struct json_names *n); /* zero-initialised is fine */

/* Up to this many members a map is searched one by one. */
#define JSON_NAMES_FEW 32u

#endif
