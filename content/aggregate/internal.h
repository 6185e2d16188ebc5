#ifndef CONTENT_AGGREGATE_INTERNAL_H
#define CONTENT_AGGREGATE_INTERNAL_H
#include "content/aggregate/aggregate.h"
#include "content/filter/internal.h"

/* Shared by the files of the aggregation; nobody else includes it. */

/* Expressions: compiled once, evaluated per document. */
struct run;
/* false: the result is null. */
typedef bool call_code(struct run *run, const struct json *args, size_t count, struct json *out);

/* How deep a result nests: not at all, as deep as its arguments, or one deeper. */
enum call_levels { CALL_SCALAR, CALL_AS_ARGUMENTS, CALL_ONE_MORE };
struct call {
    str name;
    unsigned least, most;             /* arguments */
    enum call_levels levels;
    call_code *code;
};
const struct call *call_find(str name);   /* NULL: no such operator */
extern const struct call call_list_of;    /* [a, b]: a list of values */

enum expr_kind { EXPR_LITERAL, EXPR_PATH, EXPR_DOCUMENT, EXPR_MAP, EXPR_CALL };
struct expr {
    enum expr_kind kind;
    struct json literal;
    const str *path;                  /* PATH: the first piece is a name of the document */
    size_t path_count;
    call_code *code;                  /* CALL */
    const struct expr *args;          /* CALL, MAP: members */
    const str *names;                 /* MAP */
    size_t arg_count;
    size_t scratch;                   /* CALL: where its arguments are put */
    unsigned levels;                  /* how deep its value may nest: 0 a scalar */
};

struct named_expr {
    str name;
    struct expr expr;
};

/* A dotted name in pieces. */
struct dotted {
    const str *pieces;
    size_t count;
};

enum output_rule { OUTPUT_KEEP, OUTPUT_KEEP_PARTS, OUTPUT_MAKE };
struct doc_output {                 /* one member of a document that $project makes */
    str name;
    enum output_rule rule;
    const struct dotted *parts;       /* KEEP_PARTS; the first piece is the name */
    size_t part_count;
    struct expr expr;                 /* MAKE */
};

struct accumulator_code;
struct accumulator {
    str name;
    const struct accumulator_code *code;
    struct expr arg;
};

enum stage_kind {
    RUN_MATCH, RUN_SKIP, RUN_LIMIT, RUN_SHAPE, RUN_DROP, RUN_ADD, RUN_SORT, RUN_GROUP, RUN_UNWIND, RUN_FACET, RUN_SAMPLE
};

struct doc_sort {
    struct dotted by;
    bool down;
};

struct stage {
    enum stage_kind kind;
    const struct filter *where;       /* MATCH */
    uint64_t count;                   /* SKIP, LIMIT, SAMPLE */
    const struct doc_output *outputs; /* SHAPE, ADD (all MAKE) */
    size_t output_count;
    const struct dotted *dropped;     /* DROP */
    size_t dropped_count;
    struct doc_sort sort[LIMIT_SORT_KEYS];
    size_t sort_count;
    struct expr key;                  /* GROUP */
    const struct json *boundaries;    /* GROUP by $bucket: a list, or NULL */
    const struct json *otherwise;     /* … and the key of what is outside; NULL: left out */
    const struct accumulator *accumulators;
    size_t accumulator_count;
    str name;                         /* UNWIND */
    bool keep_empty;
    str index_name;                   /* {0}: none */
    const struct pipeline *facets;    /* FACET */
    size_t facet_count;
};

struct pipeline {
    str name;                         /* of a facet */
    struct stage *stages;
    size_t count;
};

struct aggregate {
    struct aggregate_start start;
    struct pipeline main;
    field_set fields;
    size_t scratch;                   /* arguments of all calls together */
};

/* Reading. */
struct aggregate_reader {
    struct arena *arena;
    const struct model *model;
    const struct collection *in;
    const struct filter_options *options;
    struct problem *why;
    struct aggregate *into;
    str stage;                        /* its spelling, for sentences */
    unsigned stages, nodes;           /* read so far, facets included */
};
#define REFUSE_STAGE(r, rule, ...)                                                                 \
    problem_fault((r)->why, ERR_BAD_INPUT, (r)->options->where, S(rule), __VA_ARGS__)

NODISCARD enum err expr_read(struct aggregate_reader *r, const struct known_names *known, const struct json *in,
                             struct expr *out);
/* A name that an output may get: no dots, no '$'. */
NODISCARD enum err output_name_check(struct aggregate_reader *r, str name);
/* "a.b" of a document into pieces; *known_as is its first piece. */
NODISCARD enum err dotted_read(struct aggregate_reader *r, const struct known_names *known, str name,
                               struct dotted *out, struct known *known_as);
/* Stages: read what stands behind the name, and change the names to what the stage leaves. */
NODISCARD enum err group_read(struct aggregate_reader *r, struct known_names *known, const struct json *in, struct stage *out);
NODISCARD enum err bucket_read(struct aggregate_reader *r, struct known_names *known, const struct json *in, struct stage *out);
NODISCARD enum err project_read(struct aggregate_reader *r, struct known_names *known, const struct json *in, struct stage *out);
NODISCARD enum err unset_read(struct aggregate_reader *r, struct known_names *known, const struct json *in, struct stage *out);
NODISCARD enum err add_read(struct aggregate_reader *r, struct known_names *known, const struct json *in, struct stage *out);
/* Names of a document: put replaces or adds, drop takes away. */
void known_put(struct arena *a, struct known_names *k, struct known name);
void known_drop(struct arena *a, struct known_names *k, str name);

/* Running. */
struct run {
    struct arena *arena;
    struct json *scratch;
    struct problem *why;
    enum err err;                     /* set once by run_fail; whoever sees it stops */
    int64_t deadline_us;
    size_t bytes_before;
    unsigned looks;                   /* how often it was asked whether to go on */
    struct buf key;                   /* of value_key */
};
struct documents {
    struct json *items;
    size_t count;
};
void run_fail(struct run *run, enum err e, const char *text);
bool run_goes_on(struct run *run);        /* time and memory are left, nothing has failed */
struct json expr_value(struct run *run, const struct expr *e, const struct json *document);
void group_run(struct run *run, const struct stage *s, struct documents *d);

/* Values. */
int value_order(const struct json *l, const struct json *r);  /* null, numbers, texts, maps, lists */
bool value_is_true(const struct json *v);
str value_key(struct run *run, const struct json *v); /* equal values, equal keys; valid until the next */
struct json value_at(struct arena *a, const struct json *document, const str *path, size_t count);
struct json value_keep(struct arena *a, const struct json *v, const struct dotted *parts, size_t count, size_t step);
struct json value_drop(struct arena *a, const struct json *v, const struct dotted *parts, size_t count, size_t step);
/* Values in it, counted up to `most`. */
size_t value_weight(const struct json *v, size_t most);

#endif
