#ifndef TESTS_SUPPORT_ENGINE_BENCH_H
#define TESTS_SUPPORT_ENGINE_BENCH_H
#include "content/store/engine.h"

/* An engine in memory with a model's tables in it, for tests below content.c: items are written from
 * JSON without any rights or checks, and read back as JSON. */
struct engine_bench {
    struct arena *arena;
    struct problem why;
    const struct engine_ops *ops;
    struct engine *engine;
    const struct model *model;
    struct vars vars;
};

/* Definitions in JSON5: "[{name: 'posts', fields: […]}, …]". Aborts when anything fails. */
void bench_open(struct engine_bench *b, const char *definitions);
void bench_open_at(struct engine_bench *b, const char *definitions, str directory);  /* tables are as they are */
void bench_create(struct engine_bench *b);                                         /* all tables of the model */
void bench_close(struct engine_bench *b);
const struct model *bench_model(struct arena *a, const char *definitions);
const struct collection *bench_collection(struct engine_bench *b, const char *name);

/* One transaction of its own, journalled. "_id" is taken from the item. Links are written too. */
enum err bench_insert(struct engine_bench *b, const char *collection, const char *item);
enum err bench_update(struct engine_bench *b, const char *collection, const char *item); /* only what is there */
enum err bench_delete(struct engine_bench *b, const char *collection, const char *id);
/* The pieces, inside a transaction of the caller's. */
enum err bench_put(struct engine_bench *b, struct txn *t, enum write_kind kind, const char *collection, const struct json *item);
enum err bench_note(struct engine_bench *b, struct txn *t, const char *collection, str id, const char *verb);

const struct json *bench_json(struct arena *a, const char *json5);
const struct filter *bench_filter(struct engine_bench *b, const char *collection, const char *json5);
/* "filter" and "sort" may be NULL. fields: "title,author.name" (one level of branches), NULL: "_id". */
struct query *bench_query(struct engine_bench *b, const char *collection, const char *filter, const char *sort,
                          const char *fields);
struct plan *bench_plan(struct engine_bench *b, struct query *q);
/* Rows as one JSON text: "[…]". References stay ids unless they were branches. On failure "" and *e. */
str bench_read(struct engine_bench *b, const struct plan *p, enum err *e);
str bench_list(struct engine_bench *b, const char *collection, const char *filter, const char *sort, const char *fields);
uint64_t bench_count(struct engine_bench *b, const char *collection, const char *filter);

#endif
