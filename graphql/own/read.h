#ifndef GRAPHQL_OWN_READ_H
#define GRAPHQL_OWN_READ_H
#include "content/item/view.h"
#include "graphql/own/own.h"

/* Between the files that read items; nobody else includes this.
 *
 * A root field is read in two passes. The first (read_compile.c, read_related.c) turns its
 * selection into a tree of queries, an output for each field and a branch for each relation, and
 * beside it into steps: how each value is written. The second feeds rows from the cursor to the
 * steps, which write at the end of x->out. Both trees are the request's.
 *
 * What ends the reading: a step answers as gql_writers do (GQL_WROTE, GQL_NULLED, GQL_STOPPED).
 * Problems of the read itself (time, too many linked items) stand in `why` and stop everything;
 * they are told at the root field. */
struct reading;
struct item_step;

/* The item's value of this step, at the end of x->out. Not settled: the caller does. */
typedef enum gql_done step_writer(struct reading *r, const struct item_step *s,
                                  const struct item_view *v);

/* What is written of an item: the fields of one object type. */
struct item_steps {
    const struct gql_fields *fields;
    struct item_step *at;
    size_t count;
    const struct query *query; /* whose items; for positions where several collections may stand */
    uint64_t shape;            /* what the text depends on beside the row; 0: on more than that
                                  (content/plan/fragments.h) */
};
struct inside { /* a reference inside of a document */
    const struct gql_node *node;
    size_t k; /* of the output's `inside` */
    struct item_steps *steps;
};
struct item_step {
    const struct gql_node *node;
    const struct gql_type *of; /* the object's */
    step_writer *write;
    const struct own_meaning *meaning;
    size_t output; /* of the item's query */
    size_t extra;  /* URL: the file's hash */
    struct item_steps *const
        *items; /* relations: what is written of the targets; one per collection they may be of */
    size_t item_count;
    uint32_t nothing;      /* a list that asks for no items */
    struct inside *inside; /* documents */
    size_t inside_count;
    struct pages *pages;         /* connections */
    const struct problem *fault; /* what is wrong with the arguments */
};

struct reading {
    struct gql_execution *x;
    const struct own_schema *schema;
    size_t branches;    /* made so far, of LIMIT_POPULATE_BRANCHES */
    enum gql_done halt; /* why a sink ended its read; GQL_WROTE: it did not */
    bool drafts;                      /* the root looks at pending versions */
    bool is_broken;     /* `why` ends it all */
    struct problem why;
};

/* A query in the making: outputs are added to it. */
struct sketch {
    struct query *query;
    size_t room;
    unsigned hops; /* from the root */
};
size_t own_sketch_output(struct reading *r, struct sketch *s,
                         const struct field *f); /* a new one */
size_t own_sketch_value(struct reading *r, struct sketch *s,
                        const struct field *f); /* a field without branches: one for all */

void own_reading_begin(struct reading *r, struct gql_execution *x);
/* The steps for an object of fields->of at this query's items. */
struct item_steps *own_compile_items(struct reading *r, struct sketch *s,
                                     const struct gql_fields *fields);
/* read_related.c: relations, each an output of its own, so that one relation may stand there twice.
 */
void own_compile_relation(struct reading *r, struct sketch *s, struct item_step *step);
void own_compile_pages(struct reading *r, struct sketch *s, struct item_step *step);
/* read_documents.c */
void own_compile_document(struct reading *r, struct sketch *s, struct item_step *step);
/* A query for one relation's targets, within the limits; NULL: step->fault says what is wrong. */
struct query *own_compile_branch(struct reading *r, const struct sketch *s, struct item_step *step,
                                 const struct collection *to);
/* The step answers with a problem. */
struct problem *own_compile_fault(struct reading *r, struct item_step *step);
/* The type that a collection's items have in this schema; NULL: the caller cannot read them. */
const struct gql_type *own_type_of_items(const struct reading *r, const struct collection *c);

/* limit, offset, where, orderBy of a list of relations or a root. ERR_BAD_INPUT. *nothing: limit is
 * 0. */
NODISCARD enum err own_take_list(struct reading *r, const struct gql_node *node, struct query *q,
                                 bool *nothing, struct problem *why);
/* first, after, last, before. *limit may be 0 where q->limit is 1: then no row is told. */
struct window {
    uint32_t limit;
    bool from_end, has_cursor;
};
NODISCARD enum err own_take_window(struct reading *r, const struct gql_node *node, struct query *q,
                                   struct window *out, struct problem *why);

/* { … } */
enum gql_done own_write_steps(struct reading *r, const struct item_steps *steps,
                              const struct item_view *v);
/* For an item of one of several collections. */
const struct item_steps *own_steps_for(struct item_steps *const *items, size_t count,
                                       const struct item_view *v);
/* A tree as the position's type wants it. */
enum gql_done own_write_tree(struct reading *r, const struct gql_node *node,
                             const struct json *tree);
/* What became of a read below a row: an error of ours was a halt, others break the whole. */
enum gql_done own_end_of_read(struct reading *r, enum err e);
/* A sink's way to end its read. */
enum err own_halt_read(struct reading *r, enum gql_done done);
/* The answer, or the scratch that is written in its place, has no more room, not even for so many bytes that are to come. */
enum err own_check_room(struct reading *r, size_t more);

/* Elements of a list, [ … ]. */
struct elements {
    struct item_sink sink; /* first */
    struct reading *reading;
    struct item_steps *const *items;
    size_t item_count;
    const struct gql_type *element;
    struct gql_path here;
};
void own_elements_begin(struct elements *e, struct reading *r, struct item_steps *const *items,
                        size_t count, const struct gql_type *list);
void own_elements_end(struct elements *e);

step_writer own_write_value, own_write_fault, own_write_one, own_write_many, own_write_document,
    own_write_pages, own_write_url;

/* read_pages.c. A connection: its items once, whatever of it is selected how often. */
struct pages;
struct pages *own_pages_make(struct reading *r, const struct gql_node *node,
                             const struct window *w);
/* Are items read at all, and is the number of all? The latter comes from this output. */
bool own_pages_want_items(const struct pages *p);
bool own_pages_want_total(const struct pages *p);
void own_pages_total_at(struct pages *p, size_t output);
/* What of the items is selected: a step per field with items. */
void own_pages_compile(struct reading *r, struct pages *p, struct sketch *s);
/* One connection: own_pages_begin, items through the sink, own_pages_end writes { … }. */
struct item_sink *own_pages_begin(struct reading *r, struct pages *p);
struct pages_ended {
    uint64_t total;
    bool has_more;
};
enum gql_done own_pages_end(struct reading *r, struct pages *p, const struct pages_ended *ended);

/* Roots. Unsettled, too. */
enum gql_done own_read_items(struct reading *r, const struct gql_node *node,
                             const struct gql_fields *fields, struct query *q, bool is_list,
                             bool *found);
enum gql_done own_read_connection(struct reading *r, const struct gql_node *node, struct query *q);
enum gql_done own_read_groups(struct reading *r, const struct gql_node *node, struct query *q);
enum gql_done own_read_defaults(struct reading *r, const struct gql_node *node,
                                const struct collection *c);
enum gql_done own_read_nodes(struct reading *r, const struct gql_node *node);
enum gql_done own_read_search(struct reading *r, const struct gql_node *node);
enum gql_done own_told(struct reading *r, const struct gql_node *node); /* r->why, told here */
enum gql_done own_refuse(struct reading *r, enum err e); /* r->why, told at the root */
struct query *own_root_query(struct reading *r, const struct collection *c);
const struct filter *own_filter_of_id(struct reading *r, const struct collection *c, str id);
/* A document that is in no row. */
enum gql_done own_write_document_tree(struct reading *r, const struct gql_node *node,
                                      const struct field *f, const struct json *tree);

#endif
