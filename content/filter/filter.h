#ifndef CONTENT_FILTER_FILTER_H
#define CONTENT_FILTER_FILTER_H
#include "base/http.h"
#include "base/limits.h"
#include "content/filter/function.h"
#include "content/filter/geo.h"
#include "content/filter/moment.h"
#include "content/filter/vars.h"
#include "content/model/model.h"

/* Conditions on items: one language (docs/filter.md), two spellings, two evaluators that must agree
 * (tests/differ): SQL (content/store/emit.c) and C (filter_matches).
 *
 * A filter is an immutable tree in the arena it was read into. Names were looked up when it was read:
 * an unknown field or operator is a fault that names it, and nothing here is ever pasted into SQL.
 *
 * The law for both evaluators. Every test is true or false, never unknown; NOT is the complement.
 *
 * VALUES. A test looks at the values V of its field. Null and absent give none; a list gives its
 * elements (one level, nulls left out); a reference gives the ids it points to. A path walks on:
 * a member of a map, or of every map in a list (one level); V are the values where the path ends,
 * lists again opened by one level. So an empty list is the same as null, and V of a plain field has
 * one value or none. "A value" below is: some element of V.
 *
 *   EQ null, EXISTS false   V is empty              NE null, EXISTS true   V is not empty
 *   EQ, HAS   a value equals the operand            NE    not EQ (so true when V is empty)
 *   IN        a value equals one of the operand's   NIN   not IN (so true when V is empty)
 *   ALL       each of the operand's is in V
 *   GT GTE LT LTE BETWEEN   a value is in the range; BETWEEN includes both ends
 *   REGEX STARTS ENDS CONTAINS   a value that is text matches; the last three by bytes
 *   TEXT      a value that is text contains, once folded by utf8_fold, each of `words`
 *   MOD       a value that is a whole number leaves the remainder (C's %: sign of the dividend)
 *   SIZE n    a list reached before the last opening has n elements (nulls counted); for n = 0 also
 *             when nothing but null is reached. Many references: the number of links
 *   TYPE      documents only, a word of type_words: "null" nothing but null is reached; "array" a list
 *             is reached; "bool" "number" "int" "string" "object": some element of V is one ("int": a
 *             number without a fraction, however written)
 *   EMPTY     (true) every element of V is the text ""; so also when V is empty. false: its complement
 *   NEAR WITHIN INTERSECTS   an element of V is a point on earth that lies there (content/filter/geo.h)
 *   ELEM      an element of V is a map that satisfies `inner`, whose tests have no field: their path
 *             starts at that map
 *
 * NEGATED. A test may be the complement of itself, at the item where its hops end: $notContains is true
 * without values, as NE is.
 *
 * FUNCTIONS. With a function V are its results, those that are null left out (content/filter/function.h). count
 * is different: V are the lengths of the lists reached before the last opening (nulls counted), 0 when
 * nothing but null is reached. $eqi, $containsi … are EQ, CONTAINS … of FUNC_CASELESS.
 *
 * WORDS. TEXT with `slips`: a word also occurs where a word of the text is at most so many edits away.
 * With `least`: so many of the words suffice, the share rounded up.
 *
 * EXPRESSIONS. FILTER_EXPR holds when the value of `expr` is true (content/aggregate/expression.h), of the fields of
 * the item where it stands.
 *
 * COMPARING. Text with text by bytes; numbers by value across integer and real, without rounding;
 * booleans are the numbers 1 and 0; text with a number is neither equal nor in order. A field with
 * COLUMN_TIME compares milliseconds (the operand is an integer); a date and time inside a document
 * compares its canonical text.
 *
 * HOPS. With hops a test holds when some item that the reference points to is visible and satisfies
 * the rest: no target, no match, whatever the operator. {"author.name":{"$ne":"Ada"}} wants an author
 * who is not Ada; {"$nor":[{"author.name":"Ada"}]} wants no author who is.
 *
 * A hop "about:posts" follows only references into posts; "posts_via_author" leads from an author to every
 * post that refers to it. The law is the same.
 *
 * SOME holds when one and the same visible item at the end of its hops satisfies `inner` (whose tests have
 * fields of that item's collection and may hop on). {"r":{"$none":x}} is not SOME x, {"$every":x} is not SOME
 * not x: so without targets none and every hold. Of sets and free JSON the same three words mean ELEM.
 * A test on "posts_via_author" itself looks at the ids of visible items; SIZE counts those.
 * A test on a reference to several collections looks at texts "posts/<id>": the reader turns "about._model"
 * into STARTS "posts/", "about._id" into IN over all targets.
 *
 * VARIABLES. filter_operand() puts them in. $role stands for a list: EQ one of them, NE none of them.
 * A variable without a value ($user of nobody) equals nothing: EQ and ranges are false, NE is true. It
 * is not null.
 *
 * EMPTY. FILTER_ALL: {}, {"$and":[]}, {"$nor":[]}, {"$nin":[]}, {"$all":[]}. FILTER_NONE: {"$or":[]},
 * {"$in":[]}. The reader folds them away, so no AND, OR or list operand in a tree that was read is
 * empty, and ALL and NONE stand only alone, but for ELEM with inner ALL: some element is a map. */
enum filter_node {
    FILTER_ALL, FILTER_NONE, FILTER_AND, FILTER_OR, FILTER_NOT, FILTER_TEST, FILTER_SOME, FILTER_EXPR
};

#define TEST_TABLE(X)                                                                                \
    X(EQ, "$eq") X(NE, "$ne") X(GT, "$gt") X(GTE, "$gte") X(LT, "$lt") X(LTE, "$lte")              \
    X(IN, "$in") X(NIN, "$nin") X(ALL, "$all") X(HAS, "$has") X(SIZE, "$size")                     \
    X(EXISTS, "$exists") X(REGEX, "$regex") X(MOD, "$mod") X(TEXT, "$text")                        \
    X(STARTS, "$startsWith") X(ENDS, "$endsWith") X(CONTAINS, "$contains")                         \
    X(ELEM, "$elemMatch") X(TYPE, "$type") X(BETWEEN, "$between") X(EMPTY, "$empty")               \
    X(NEAR, "$near") X(WITHIN, "$geoWithin") X(INTERSECTS, "$geoIntersects")
enum test {
#define X(name, spelling) TEST_##name,
    TEST_TABLE(X)
#undef X
        TEST_COUNT
};
extern const str test_spellings[TEST_COUNT];
/* Every operator of the language, one row each: a test, as it is or with something about it. */
struct filter_operator {
    str spelling;
    enum test op;
    bool negated;                         /* the test's complement */
    bool caseless;                        /* letter case aside; for texts only */
};
extern const struct filter_operator filter_operators[];
extern const size_t filter_operator_count;

struct regex;                             /* base/regex.h: compiled PCRE2 with limits, caseless unless asked */
struct rights;                            /* content/access.h */
struct expression;                        /* content/aggregate/expression.h */

struct filter {
    enum filter_node node;
    /* AND, OR, NOT (one child) */
    const struct filter *const *children;
    size_t child_count;
    /* TEST: hops along references to the item tested, then the field, then a path inside it. A hop over
     * a many-reference, or a list inside a document, means "some". */
    const struct field *hops[LIMIT_FILTER_HOPS];
    size_t hop_count;
    const struct field *field;            /* NULL inside of ELEM */
    const str *path;                      /* members inside a deep field ("rows.price"), NULL: the field itself */
    size_t path_count;
    enum func func;                       /* looks at the function's results */
    enum test op;
    bool negated;
    enum var var;                         /* the operand is $user …; only with EQ NE GT GTE LT LTE; else: */
    const struct from_now *moment;          /* VAR_NOW: what from now, NULL: now; of BETWEEN's first value: */
    const struct from_now *until;           /* … and of its second; NULL: the operand's own value stands */
    struct json operand;                  /* canonical by kind_operand; list for IN NIN ALL MOD BETWEEN */
    bool dated;                           /* the operand was $DATE(…): true only for today */
    const struct regex *regex;            /* REGEX */
    const str *words;                     /* TEXT: folded; each must occur. None: any text will do */
    size_t word_count;
    size_t least;                         /* … or so many of them */
    unsigned slips;                       /* edits that a word may be away */
    const struct geo_area *area;          /* NEAR WITHIN INTERSECTS */
    const struct expression *expr;        /* FILTER_EXPR */
    const struct filter *inner;           /* ELEM: tests without a field; SOME: of the item at the end of the hops */
};

/* What TYPE's operand may be: null bool number int string array object. */
extern const str type_words[];
extern const size_t type_word_count;

extern const struct filter filter_all, filter_none;

struct filter_options {
    /* JSON_5: from a query string. Texts become numbers and booleans where the kind wants them (the
     * bracket spelling knows only texts), and "$DATE(Y-m-d)" is the present date. */
    enum json_dialect dialect;
    bool allow_vars;                      /* role rules, presets: "$user" etc. are variables; else plain text */
    /* Whose names are known: a field that these rights may not read is unknown, whatever else is wrong
     * with the test (AZ-3). NULL: every name but secrets, for rules that the server itself reads. */
    const struct rights *reader;
    str where;                            /* "filter": path of the faults */
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
/* What this reference of an item leads to satisfies f. */
const struct filter *filter_behind(struct arena *a, const struct field *reference, const struct filter *f);
const struct filter *filter_copy(struct arena *a, const struct filter *f);  /* deep, except model, regex, area and expr */

/* C evaluation on an item's JSON image. Hops need the target: fetch gives the image of an item (NULL:
 * absent or not visible, the test is false). Where there is no fetch or referrers at all, nothing is known behind
 * references: what hangs on that does not hold, under a NOT neither. */
struct filter_world {
    struct arena *arena;
    const struct vars *vars;
    const struct lens *lens;          /* in which language localised fields are looked at; NULL: the default one */
    const struct json *(*fetch)(void *self, const struct collection *c, str id);
    void *self;
    /* Images of the visible items that refer along "posts_via_author" to the item with this id, a list; NULL: as
     * if there were none. *more: there are others that were not looked at, and what hangs on them does not hold, under a
     * NOT neither. */
    const struct json *(*referrers)(void *self, const struct field *back, str id, bool *more);
    bool negated;                         /* inside of an odd number of NOT: filter_matches' own */
};
bool filter_matches(const struct filter *f, const struct json *item, struct filter_world *world);

/* The operand of a test with its variable put in, ready to compare with the field: $now as milliseconds
 * (COLUMN_TIME), Unix seconds (numbers), day or time of day in UTC (kinds date and time), $role as a list.
 * JSON_NULL with var != VAR_NONE: the variable has no value. */
struct json filter_operand(struct arena *a, const struct filter *f, const struct vars *vars);

/* Calls see() for every field a filter looks at (hops included), until it returns an error: how the
 * planner refuses tests on fields the caller may not read (AZ-3). */
NODISCARD enum err filter_each_field(const struct filter *f,
                                     enum err (*see)(void *self, const struct field *field, const struct filter *at),
                                     void *self);
bool filter_uses(const struct filter *f, enum var var);  /* $DATE counts as VAR_NOW */
str filter_print(struct arena *a, const struct filter *f);   /* canonical JSON spelling; audit reports, tests */
/* The same without values: {"views":{"$gt":"?"}}, lists of values as ["?"]. For logs. */
str filter_shape(struct arena *a, const struct filter *f);

#endif
