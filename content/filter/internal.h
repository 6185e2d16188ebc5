#ifndef CONTENT_FILTER_INTERNAL_H
#define CONTENT_FILTER_INTERNAL_H
#include "content/filter/filter.h"

/* Shared by the files that read names, filters, sorts and aggregations; nobody else includes it. */

extern const str var_names[VAR_COUNT];

/* What of a reference to several collections is looked at: "about", "about._model", "about._id". */
enum part { PART_WHOLE, PART_MODEL, PART_ID };

/* Where a dotted name leads. */
struct place {
    str name;                         /* as it is named in sentences: hops, field, path */
    const struct field *hops[LIMIT_FILTER_HOPS];
    size_t hop_count;
    const struct field *field;        /* NULL inside of an element */
    const str *path;
    size_t path_count;
    const struct field *member;       /* what has the value: field, a declared member; NULL: free JSON */
    enum part part;
    enum func func;                   /* of it */
};

/* One name of a document in an aggregation: a field of the collection still, or something made. */
struct known {
    str name;
    const struct field *field;        /* NULL: made */
    unsigned levels;                  /* how deep its value may nest: 0 a scalar */
};
struct known_names {
    struct known *at;
    size_t count;
    field_set *used;                  /* fields that somebody looked at */
};
/* NULL: no such name. Notes that its field was used. */
const struct known *known_find(const struct known_names *s, str name);

/* Whose names are looked for, and where a fault goes. */
struct name_scope {
    const struct collection *in;      /* names are fields of this collection, */
    bool is_element;                  /* or ($elemMatch) members of … */
    const struct field *element;      /* … this deep field or member; NULL: of free JSON */
    const struct known_names *known;   /* or what a stage of an aggregation left */
    const struct rights *reader;      /* NULL: every name but secrets */
    bool plain;                       /* without functions */
    str where;
    size_t hops;                      /* made by the conditions around, of LIMIT_FILTER_HOPS */
};
NODISCARD enum err place_find(struct arena *a, const struct name_scope *scope, str name, struct place *out,
                              struct problem *why);
/* A field of a collection by its name, as far as this reader may know; NULL otherwise. */
const struct field *known_field(const struct collection *c, const struct rights *reader, str name);
/* The same for "about:posts" and "posts_via_author". */
const struct field *known_relation(const struct collection *c, const struct rights *reader, str name);
/* Whether a test on it is the business of relation.c: something that has no column of its own, or several
 * targets. */
bool is_relation(const struct place *p);
bool is_deep(const struct field *f);
bool is_reference(const struct field *f);
bool is_member_name(str s);           /* what may stand in a JSON path */
/* Follows one piece of a path into what `member` holds; false when there is no such member. *member
 * becomes NULL in free JSON and stays so. */
bool member_step(const struct field **member, str piece);
str short_name(str name);             /* at most 80 bytes for a sentence, cut between characters */

struct filter_reader {
    struct arena *arena;
    const struct filter_options *options;
    struct problem *why;
    unsigned nodes;                   /* made so far */
};
#define REFUSE(r, rule, ...)                                                                       \
    problem_fault((r)->why, ERR_BAD_INPUT, (r)->options->where, S(rule), __VA_ARGS__)

/* Reads what stands behind an operator into the test: its operand in canonical form, a variable, or a
 * compiled pattern (`flags`: the sibling $options or NULL). May change the test's node (ALL, NONE) and
 * operator (a list of one variable). ELEM is not an operand's business. */
NODISCARD enum err operand_read(struct filter_reader *r, const struct place *p, const struct json *in,
                                const struct json *flags, struct filter *test);

/* relation.c. A test on a place that is_relation; and {"r": {"$some": {…}}}, "$none", "$every" on any. `level`:
 * groups around it. */
NODISCARD enum err relation_read(struct filter_reader *r, const struct place *p, enum test op, const struct json *in,
                                 const struct filter **out);
bool is_quantifier(str name);
NODISCARD enum err quantifier_read(struct filter_reader *r, const struct name_scope *names, unsigned level,
                                   const struct place *p, const struct json *in, const struct filter **out);
/* read.c, for those. */
NODISCARD enum err filter_read_members(struct filter_reader *r, const struct name_scope *names, unsigned level,
                                       const struct json *map, const struct filter **out);
NODISCARD enum err filter_count_node(struct filter_reader *r);
NODISCARD enum err filter_too_deep(struct filter_reader *r);

/* A filter whose names are looked up by this scope. */
NODISCARD enum err filter_read_names(struct arena *a, const struct name_scope *names, const struct json *text,
                                     const struct filter_options *options, const struct filter **out,
                                     struct problem *why);

/* The operator's row of a test that was read. */
const struct filter_operator *operator_of(const struct filter *test);
/* Whether a text has the words of a TEXT (content/filter/words.c). */
bool filter_words_found(struct arena *scratch, const struct filter *f, str text);

/* -1 0 1 into *order for two scalars; false when they cannot be compared (content/filter/filter.h, COMPARING). */
bool scalar_order(const struct json *l, const struct json *r, int *order);

/* Folding constructors: no empty group, no group in a group of its own sort, no ALL or NONE inside. */
const struct filter *filter_group(struct arena *a, enum filter_node node,
                                  const struct filter *const *children, size_t count);
const struct filter *filter_not(struct arena *a, const struct filter *f);
unsigned filter_depth(const struct filter *f);       /* groups and $elemMatch within one another */

struct query;
/* A query for the targets of a reference, without outputs. */
struct query *query_branch(struct arena *a, const struct query *q, const struct field *along);

/* Branches for every reference inside of the output's documents; *made counts them. */
struct output;
void query_populate_inside(struct arena *a, const struct query *from, struct output *o, size_t *made);

#endif
