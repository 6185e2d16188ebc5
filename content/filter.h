#ifndef CONTENT_FILTER_H
#define CONTENT_FILTER_H
#include "content/model.h"
#include "base/http.h"
#include "content/vars.h"

/* Conditions on items: one language (contract 5, docs/filter.md), two spellings, two evaluators that
 * must agree (tests/differ): SQL (content/store/emit.c) and C (filter_matches).
 *
 * A filter is an immutable tree in the arena it was read into. Names were looked up when it was read:
 * an unknown field or operator is a fault that names it, and nothing here is ever pasted into SQL.
 *
 * Semantics, for both evaluators. A comparison with a field that is null is false, except: equal to
 * null, $ne, $nin, $exists, $not/$nor around it (two-valued logic: $not is the complement).
 * A list field (tags, multiselect, many refs) equals a value when it contains it; $ne: does not contain;
 * $in: contains any; $nin: contains none; $all: contains every; $size: number of elements (null: 0).
 * Text compares by bytes. Booleans match true/false and 1/0. Numbers compare by value across integer
 * and real. {"$or":[]} and {"$in":[]} match nothing; {"$and":[]}, {"$nor":[]}, {"$nin":[]} match all. */
enum filter_node { FILTER_ALL, FILTER_NONE, FILTER_AND, FILTER_OR, FILTER_NOT, FILTER_TEST };

#define TEST_TABLE(X)                                                                                \
    X(EQ, "$eq") X(NE, "$ne") X(GT, "$gt") X(GTE, "$gte") X(LT, "$lt") X(LTE, "$lte")              \
    X(IN, "$in") X(NIN, "$nin") X(ALL, "$all") X(HAS, "$has") X(SIZE, "$size")                     \
    X(EXISTS, "$exists") X(REGEX, "$regex") X(MOD, "$mod") X(TEXT, "$text")                        \
    X(STARTS, "$startsWith") X(ENDS, "$endsWith") X(CONTAINS, "$contains")                         \
    X(ELEM, "$elemMatch") X(TYPE, "$type") X(BETWEEN, "$between")
enum test {
#define X(name, spelling) TEST_##name,
    TEST_TABLE(X)
#undef X
        TEST_COUNT
};

struct regex;                             /* base/regex.h: compiled PCRE2 with limits, caseless unless asked */

struct filter {
    enum filter_node node;
    /* AND, OR, NOT (one child) */
    const struct filter *const *children;
    size_t child_count;
    /* TEST: hops along references to the item tested, then the field, then a path inside it. A hop over
     * a many-reference, or a list inside a document, means "some". */
    const struct field *hops[5];          /* LIMIT_FILTER_HOPS */
    size_t hop_count;
    const struct field *field;
    const str *path;                      /* members inside a deep field ("rows.price"), NULL: the field itself */
    size_t path_count;
    enum test op;
    enum var var;                         /* the operand is $user …; else: */
    struct json operand;                  /* canonical by kind_operand; list for IN NIN ALL MOD BETWEEN */
    const struct regex *regex;            /* REGEX */
    const struct filter *inner;           /* ELEM: members without a field: path-only tests */
};

extern const struct filter filter_all, filter_none;

struct filter_options {
    enum json_dialect dialect;            /* JSON_5 for query strings */
    bool allow_vars;                      /* role rules, presets: "$user" etc. are variables; else plain text */
    str where;                            /* "filter": prefix of fault paths */
};

/* From JSON. NULL or null means filter_all. Limits: nodes, depth, hops, list length, regex bytes.
 * Spellings: {f:v}, {f:{$op:v}}, dotted paths through references and into documents ("author.name",
 * "rows.price", "author._id"), Cockpit's "@author.name", "$and" "$or" "$nor" "$not" "$regex"+"$options". */
NODISCARD enum err filter_read(struct arena *a, const struct model *m, const struct collection *c,
                               const struct json *text, const struct filter_options *options,
                               const struct filter **out, struct problem *why);
/* Bracket spelling: filter[views][$gt]=100 → JSON tree, to be given to filter_read (values are text;
 * filter_read turns them into numbers and booleans where the kind asks for it). */
NODISCARD enum err filter_brackets(struct arena *a, const struct pair *pairs, size_t count, str prefix,
                                   const struct json **out, struct problem *why);

const struct filter *filter_and(struct arena *a, const struct filter *l, const struct filter *r); /* folds ALL/NONE */
const struct filter *filter_or(struct arena *a, const struct filter *l, const struct filter *r);
const struct filter *filter_test(struct arena *a, const struct field *f, enum test op, struct json operand);
const struct filter *filter_copy(struct arena *a, const struct filter *f);  /* deep, except model and regex */

/* C evaluation on an item's JSON image. Hops need the target: fetch gives the image of an item (NULL:
 * absent or not visible, the test is false). */
struct filter_world {
    struct arena *arena;
    const struct vars *vars;
    const struct json *(*fetch)(void *self, const struct collection *c, str id);
    void *self;
};
bool filter_matches(const struct filter *f, const struct json *item, struct filter_world *world);

/* Calls see() for every field a filter looks at (hops included), until it returns an error: how the
 * planner refuses tests on fields the caller may not read (AZ-3). */
NODISCARD enum err filter_each_field(const struct filter *f,
                                     enum err (*see)(void *self, const struct field *field, const struct filter *at),
                                     void *self);
bool filter_uses(const struct filter *f, enum var var);
str filter_print(struct arena *a, const struct filter *f);   /* canonical JSON spelling; audit reports, tests */

#endif
