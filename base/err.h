#ifndef BASE_ERR_H
#define BASE_ERR_H
#include "base/str.h"

struct arena;
struct json;
struct spans;

/* Everything that can go wrong, in one table: name, HTTP status, GraphQL code, code word in
 * problem documents (contract 5). Façades with their own vocabulary map from this enum. */
/* clang-format off */
#define ERR_TABLE(X)                                                                               \
    X(OK, 200, "OK", "ok")                                                                         \
    X(BAD_INPUT, 400, "BAD_USER_INPUT", "bad-input")           /* cannot be understood      */     \
    X(UNAUTHENTICATED, 401, "UNAUTHENTICATED", "unauthenticated")                                  \
    X(FORBIDDEN, 403, "FORBIDDEN", "forbidden")                                                    \
    X(NOT_FOUND, 404, "NOT_FOUND", "not-found")                                                    \
    X(BAD_METHOD, 405, "METHOD_NOT_ALLOWED", "method-not-allowed")                                 \
    X(TIMEOUT, 408, "TIMEOUT", "timeout")                                                          \
    X(CONFLICT, 409, "CONFLICT", "conflict")                   /* unique, referenced, state */     \
    X(GONE, 410, "GONE", "gone")                               /* not kept any more     */     \
    X(STALE, 412, "STALE", "stale")                            /* If-Match does not hold    */     \
    X(TOO_LARGE, 413, "TOO_LARGE", "too-large")                                                    \
    X(TARGET_TOO_LONG, 414, "TOO_LARGE", "target-too-long")                                        \
    X(BAD_MEDIA, 415, "UNSUPPORTED_MEDIA_TYPE", "unsupported-media-type")                          \
    X(BAD_RANGE, 416, "BAD_USER_INPUT", "range-not-satisfiable")                                   \
    X(INVALID, 422, "INVALID", "invalid")                      /* understood, not acceptable */    \
    X(NEEDS_PRECONDITION, 428, "PRECONDITION_REQUIRED", "precondition-required")                   \
    X(TOO_MANY, 429, "TOO_MANY_REQUESTS", "too-many-requests")                                     \
    X(HEAD_TOO_LARGE, 431, "TOO_LARGE", "head-too-large")                                          \
    X(INTERNAL, 500, "INTERNAL_SERVER_ERROR", "internal")                                          \
    X(BAD_METHOD_NAME, 501, "NOT_IMPLEMENTED", "method-unknown")                                   \
    X(BAD_GATEWAY, 502, "BAD_GATEWAY", "bad-gateway")          /* another server's answer   */     \
    X(UNAVAILABLE, 503, "UNAVAILABLE", "unavailable")                                              \
    X(GATEWAY_TIMEOUT, 504, "GATEWAY_TIMEOUT", "gateway-timeout") /* another server is late */     \
    X(BAD_VERSION, 505, "BAD_USER_INPUT", "http-version")                                          \
    X(FULL, 507, "INSUFFICIENT_STORAGE", "insufficient-storage")
/* clang-format on */

enum err {
#define X(name, status, graphql, word) ERR_##name,
    ERR_TABLE(X)
#undef X
        ERR_COUNT
};

struct err_facts {
    const char *name;
    int http_status;
    str graphql_code;
    str word;
};
const struct err_facts *err_facts(enum err e);

/* One field, one rule, one sentence. path is a JSON Pointer into the input ("/data/title") or the
 * name of a parameter ("filter"); rule is a stable word ("required", "unique", "unknown-field"). */
struct fault {
    str path;
    str rule;
    str text;
};

/* An error with its causes, without a protocol: each façade renders it in its own shape.
 * The owner sets `arena` before use; texts and faults live there, and without one only `err` is kept.
 * A problem is reused by nobody:
 * one per request or job. `text` never holds a credential, SQL, or data of somebody else. */
struct problem {
    struct arena *arena;
    enum err err;
    str text;
    struct fault *faults;
    size_t fault_count;
    unsigned retry_after_s; /* with TOO_MANY and UNAVAILABLE; 0: not said */
    const struct json *more; /* a map of further members for façades that can show them; NULL: none */
    struct spans *spans;     /* how long which part of the request took (base/spans.h); NULL: nobody asks */
};

/* Sets the error and its sentence (faults stay) and returns e, so that a check is one line. */
enum err problem_set(struct problem *why, enum err e, const char *format, ...) PRINTF_LIKE(3, 4);
/* Adds a fault; at most LIMIT_FAULTS are kept. Sets err to e unless one is set. Returns e. */
enum err problem_fault(struct problem *why, enum err e, str path, str rule, const char *format, ...)
    PRINTF_LIKE(5, 6);

/* One sentence for people, without its full stop; nothing of the inside for ERR_INTERNAL. */
str problem_sentence(struct arena *a, const struct problem *why);
/* A sentence that ends with the line it stands in, however it was written. */
str problem_without_stop(str s);

/* For the rare result that is nobody's business, said aloud: the problem keeps it, or there is no
 * caller left to tell. */
static inline void err_ignored(enum err e)
{
    (void)e;
}

/* The one macro that hides control flow. */
#define TRY(call)                                                                                  \
    do {                                                                                           \
        enum err try_ = (call);                                                                    \
        if (try_ != ERR_OK)                                                                        \
            return try_;                                                                           \
    } while (0)

#endif
