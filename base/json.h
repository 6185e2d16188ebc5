#ifndef BASE_JSON_H
#define BASE_JSON_H
#include "base/buf.h"

/* JSON values: read to slices, written by scopes, taken apart by table.
 *
 * Reading (RFC 8259; JSON5 where a dialect asks for it): one pass, explicit stack, all memory in the
 * arena. Texts without escapes are slices of the input, so the input must live as long as the tree.
 * Refused: duplicate names, invalid UTF-8, lone surrogates, depth or counts over the ceilings,
 * numbers that fit neither int64 nor double, trailing bytes. Integers stay integers; a number
 * written with '.', 'e' or out of int64's range is a real, and so is -0. Errors name line, column and
 * offset. NaN, Infinity and a byte order mark are refused in JSON5, too, and so are escapes in names
 * without quotes.
 * Thread-safe: no state. Values are immutable once read. */
enum json_type { JSON_NULL, JSON_BOOL, JSON_INT, JSON_REAL, JSON_TEXT, JSON_LIST, JSON_MAP, JSON_BYTES };

struct json {
    enum json_type type;
    uint32_t count;                 /* members of a list or map */
    str name;                       /* inside a map: the member's name */
    union {
        bool boolean;
        int64_t integer;
        double real;
        str text;                   /* JSON_TEXT */
        const struct json *items;   /* JSON_LIST, JSON_MAP: `count` values side by side, never NULL */
        struct byte_source *bytes;  /* JSON_BYTES: never read from text; a stream handed to an action */
    };
};

/* Bytes that arrive piecemeal: a request's body on its way to a blob. read gives *got == 0 at the end. */
struct byte_source {
    enum err (*read)(struct byte_source *self, void *into, size_t room, size_t *got);
};

enum json_dialect { JSON_STRICT, JSON_5 };

struct json_options {
    enum json_dialect dialect;
    unsigned depth_max;    /* 0: LIMIT_JSON_DEPTH */
    uint32_t count_max;    /* values in all; 0: LIMIT_JSON_VALUES */
};

/* The only error is ERR_BAD_INPUT. *why (may be NULL) gets one fault whose path is `where` (for example
 * "filter" or ""), whose rule is json-syntax, -utf8, -number, -duplicate, -depth or -count, and whose
 * text says line and column; the problem's text is the same when there was none. options may be NULL;
 * depth_max is at most LIMIT_JSON_DEPTH. */
NODISCARD enum err json_read(struct arena *a, str text, const struct json_options *options, str where,
                             const struct json **out, struct problem *why);

/* Looking; linear in the members of one map. json_get: member of a map or NULL (also when v is NULL or no map). */
const struct json *json_get(const struct json *v, str name);
const struct json *json_at(const struct json *v, str pointer); /* RFC 6901, NULL when absent */
bool json_is_text(const struct json *v, str text);              /* is this text; NULL is none */
bool json_equal(const struct json *a, const struct json *b);   /* 1 equals 1.0; maps without order; NULL equals NULL */
const char *json_type_name(enum json_type t);                  /* "text", "number", … for sentences */

/* Making values by hand. */
extern const struct json json_null, json_true, json_false;
struct json json_of_text(str s);
struct json json_of_int(int64_t n);
struct json json_of_real(double d);
struct json json_of_bool(bool b);
struct json json_of_list(const struct json *items, size_t count);
struct json json_of_map(const struct json *members, size_t count);  /* members carry their names */
struct json json_named(str name, struct json v);
struct json json_copy(struct arena *a, const struct json *v);       /* deep */

/* Writing: scopes are counted, commas are placed, balance is a must() in json_end; scopes nest as deep
 * as they like. Text must be valid UTF-8 (everything read by json_read and from the database is).
 * Errors stick in the buf. Trees given to json_value, json_print, json_copy and json_equal may be
 * LIMIT_JSON_TREE_DEPTH deep (a must()): several that were read may be put into each other. */
struct json_writer {
    struct buf *out;
    unsigned depth;
    uint64_t maps;         /* bit per depth, up to 64: this scope is a map */
    bool has_comma_due;    /* something was written in this scope already */
    bool after_name;
};

void json_begin(struct json_writer *w, struct buf *out);
void json_end(struct json_writer *w);                   /* must: all scopes closed */
void json_map_open(struct json_writer *w);
void json_map_close(struct json_writer *w);
void json_list_open(struct json_writer *w);
void json_list_close(struct json_writer *w);
void json_name(struct json_writer *w, str name);
void json_name_ready(struct json_writer *w, str quoted); /* `"title":` prepared beforehand */
void json_text(struct json_writer *w, str s);
void json_member_text(struct json_writer *w, const char *name, str s);         /* a member; absent: "" */
void json_member_text_or_null(struct json_writer *w, const char *name, str s); /* … absent: null */
void json_member_uint(struct json_writer *w, const char *name, uint64_t n);
void json_int(struct json_writer *w, int64_t n);
void json_uint(struct json_writer *w, uint64_t n);
void json_real(struct json_writer *w, double d);        /* null when not finite */
void json_bool(struct json_writer *w, bool b);
void json_nothing(struct json_writer *w);               /* null */
void json_ready(struct json_writer *w, str json);       /* text that is JSON already */
/* A map whose members the caller writes into the returned buf by hand, comma after comma: rows, where
 * every byte counts. Must be closed before anything else is written. */
struct buf *json_raw_map_open(struct json_writer *w);
void json_raw_map_close(struct json_writer *w);
/* A value inside such a map that goes through the writer after all: call before it. */
void json_raw_value(struct json_writer *w);
void json_value(struct json_writer *w, const struct json *v);
str json_print(struct arena *a, const struct json *v);  /* compact text of a tree */

/* Decoding bodies of fixed shape by table; unknown members become faults (rule "unknown-field"),
 * missing required ones "required", wrong types "type". All faults at once, ERR_INVALID; then *into is
 * untouched. Optional members that are absent leave what *into has; null where it is allowed gives {0}
 * (TAKE_JSON: a value of type JSON_NULL). */
enum json_want_flags { WANT_REQUIRED = 1, WANT_NULLABLE = 2 };
struct json_want {
    str name;
    enum json_type type;       /* JSON_REAL also takes integers, JSON_INT also 1.0; with TAKE_JSON,
                                * JSON_NULL takes anything */
    enum { TAKE_STR, TAKE_BOOL, TAKE_I64, TAKE_DOUBLE, TAKE_JSON } as;
    size_t offset;             /* of the member in the target struct */
    unsigned flags;
};
NODISCARD enum err json_take(const struct json *body, const struct json_want *table, size_t count,
                             void *into, struct problem *why);

#endif
