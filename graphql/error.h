#ifndef GRAPHQL_ERROR_H
#define GRAPHQL_ERROR_H
#include "base/json.h"

/* What went wrong, as GraphQL tells it: message, locations, path, extensions.code (graphql.md 6.9; codes:
 * graphql-cms-schema.md 3). One list per request, in its arena. */

/* Line and column from 1. A column counts code points; CR, LF and CRLF end a line, nothing else does. */
struct gql_place {
    uint32_t line, column;
};
struct gql_place gql_place_of(str text, uint32_t at);

/* Where in the answer: names and indices from the root on. Linked from the inside out; lives on the stack while the
 * answer is written, so errors copy it. */
struct gql_path {
    const struct gql_path *in;        /* NULL: the root */
    str key;                          /* {0}: */
    uint32_t index;
};

struct gql_error {
    str message;
    const struct gql_place *places;
    size_t place_count;
    const struct json *path;          /* a list, NULL: none (a request error) */
    str code;
    const struct json *more;          /* further members of extensions: a map, or NULL */
};
struct gql_errors {
    struct arena *arena;              /* set by the owner; the rest starts as {0} */
    struct gql_error *items;          /* do not move */
    size_t count;
    bool is_full;                     /* LIMIT_GRAPHQL_ERRORS were kept, and there would have been more */
    struct {                          /* the place that was asked for last, because the next one is mostly behind it */
        str text;
        uint32_t at;
        struct gql_place place;
    } last;
};
/* Adds one; the message is copied, its first LIMIT_GRAPHQL_MESSAGE_BYTES. Code: one of the texts below. NULL when the list
 * is full. */
struct gql_error *gql_fail(struct gql_errors *errors, str code, const char *format, ...) PRINTF_LIKE(3, 4);
/* LIMIT_EXCEEDED with extensions {limit, max, actual}. limit is a literal ("tokens"); actual may be where counting stopped. */
struct gql_error *gql_fail_limit(struct gql_errors *errors, str limit, uint64_t max, uint64_t actual, const char *format, ...)
    PRINTF_LIKE(5, 6);
/* … it happened here in the text of the document, too; of one error LIMIT_GRAPHQL_PLACES are kept. e may be NULL (the list
 * was full). */
void gql_fail_at(struct gql_errors *errors, struct gql_error *e, str text, uint32_t at);
void gql_fail_path(struct gql_errors *errors, struct gql_error *e, const struct gql_path *path);
/* A problem of a door as an error: its sentence, its faults as extensions.errors [{path, code, message}], the code of
 * base/err.h's table. Nothing of the inside for ERR_INTERNAL. */
struct gql_error *gql_fail_problem(struct gql_errors *errors, const struct problem *why);
/* The value of "errors", a list; with one more at its end that says so when there would have been more. */
void gql_write_errors(struct json_writer *w, const struct gql_errors *errors);

#define GQL_PARSE_FAILED S("GRAPHQL_PARSE_FAILED")
#define GQL_INVALID S("GRAPHQL_VALIDATION_FAILED")
#define GQL_NO_OPERATION S("OPERATION_RESOLUTION_FAILURE")
#define GQL_BAD_INPUT S("BAD_USER_INPUT")
#define GQL_LIMIT S("LIMIT_EXCEEDED")
#define GQL_TOO_MANY_ROWS S("TOO_MANY_ROWS")
#define GQL_INTERNAL S("INTERNAL_SERVER_ERROR")

#endif
