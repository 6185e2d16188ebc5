#ifndef API_FASTAPI_H
#define API_FASTAPI_H
#include "api/api.h"

/* The words in which servers built on FastAPI and pydantic 2 refuse what they were sent, for the dialects of
 * such servers (chutes-keys.md 9). Bodies and parameters are taken by table; every fault of all of them goes
 * into one answer, in the order of the tables. Unlike base/json.h's json_take, unknown members are passed
 * over and words stand for booleans. Everything lies in the exchange's arena. */

/* {"type","loc","msg","input"[,"ctx"]} each. */
struct fast_faults {
    struct arena *arena;
    struct json *list;
    size_t count; /* at most LIMIT_FAULTS are kept */
};
void fast_begin(struct fast_faults *f, struct exchange *x);

enum fast_kind {
    FAST_BOOL, /* bool; also 0, 1 and true/false, t/f, yes/no, y/n, on/off in any case */
    FAST_INT,  /* int64_t; also text and whole numbers written otherwise */
    FAST_TEXT, /* str */
    FAST_WORD, /* str, one of `words` */
    FAST_UUID, /* str as sent: 32 hex digits, dashes or none */
    FAST_JSON, /* const struct json *, whatever it is */
    FAST_MAPS  /* struct fast_list of `maps` */
};
enum fast_flags {
    FAST_REQUIRED = 1,
    FAST_NULLABLE = 2, /* null leaves what *into has, as absence does */
    FAST_SECRET = 4    /* never said again in an answer */
};
struct fast_shape;
struct fast_field {
    str name;
    enum fast_kind kind;
    unsigned flags;
    size_t offset;
    int64_t least, most;  /* FAST_INT: bounds, when least < most; FAST_TEXT: characters */
    const str *words;     /* FAST_WORD: ends with {0} */
    const struct fast_shape *maps;
};
struct fast_shape {
    const struct fast_field *fields;
    size_t count;
    size_t bytes;         /* of the struct that it fills */
    bool closed;          /* unknown members are faults ("extra_forbidden") */
};
struct fast_list {
    const void *items;    /* structs of the shape, side by side */
    size_t count;
};

/* The body as JSON. What says that it is something else comes as the text it is; what says nothing is JSON.
 * *body NULL: there is none. Bad JSON is a fault ("json_invalid"), and then *is_json is false. */
NODISCARD enum err fast_read(struct fast_faults *f, struct exchange *x, const struct json **body, bool *is_json,
                             struct problem *why);
/* Fills *into, what is good of it at least. */
void fast_body(struct fast_faults *f, const struct json *body, const struct fast_shape *shape, void *into);
/* in: "query", "path" or "header". */
void fast_values(struct fast_faults *f, const char *in, const struct pair *pairs, size_t count,
                 const struct fast_shape *shape, void *into);
/* One more, found by other means; loc is a list of texts and numbers, input and ctx may be NULL. */
void fast_add(struct fast_faults *f, struct json loc, const char *type, str message, const struct json *input,
              const struct json *ctx);

/* 422 with {"detail":[…]}: the handler's answer. */
enum err fast_refuse(struct exchange *x, const struct fast_faults *f);
/* Any other refusal: {"detail":"text"}. */
void fast_send_detail(struct exchange *x, const struct problem *why, str text);
/* … with FastAPI's own text where the problem has none for the caller. */
void fast_problem(struct exchange *x, const struct problem *why);
#endif
