#ifndef TESTS_DIFFER_CHANCE_H
#define TESTS_DIFFER_CHANCE_H
#include "tests/support/engine_bench.h"

/* Seeded chance: the same seed gives the same models, items and filters. Values come from small pools,
 * so that equal ones, nulls and near misses are common. */
struct chance {
    uint64_t state;
};
void chance_seed(struct chance *c, uint64_t seed);
uint64_t chance_next(struct chance *c);
size_t chance_of(struct chance *c, size_t n);                     /* 0 … n-1 */
bool chance_one_in(struct chance *c, size_t n);
uint64_t chance_number_of(const char *variable, uint64_t standard); /* from the environment */

/* Definitions of three collections, "c0" to "c2", whose fields are f0, f1 …; references among them. */
const char *chance_definitions(struct chance *c, struct arena *a);
/* An item with this id; references lead to ids of chance_id() below `count`. */
const struct json *chance_item(struct chance *c, struct engine_bench *b, const struct collection *in, str id, size_t count);
str chance_id(struct arena *a, const struct collection *in, size_t n);
/* NULL half of the time; items say something in de and fr, en is the default. */
const struct lens *chance_lens(struct chance *c, struct engine_bench *b);
void chance_vars(struct chance *c, struct engine_bench *b);
/* A filter that filter_read accepts; may look through references. */
const struct filter *chance_filter(struct chance *c, struct engine_bench *b, const struct collection *in);
/* Writes `count` items into each collection; images (all fields, as JSON) by id. */
void chance_fill(struct chance *c, struct engine_bench *b, size_t count);
struct map *chance_images(struct engine_bench *b, const struct collection *in);

#endif
