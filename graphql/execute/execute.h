#ifndef GRAPHQL_EXECUTE_EXECUTE_H
#define GRAPHQL_EXECUTE_EXECUTE_H
#include "graphql/validate/validate.h"
#include "roles/gate.h"

/* Execution (specification, section 6). A selection is compiled, not walked: the fields of a set are merged once per type
 * (collect.c), a root field of content becomes one query tree for the gate, and rows go from the cursor into the
 * answer. Fields without a writer of their own (introspection, fixed schemas) give things, which complete.c writes by the
 * selection.
 *
 * An execution belongs to one request and one thread; its memory is the request's arena. */

struct gql_fields;

/* One field of a merged selection set, as it stands in the answer. */
struct gql_node {
    str key;
    str quoted;                       /* `"key":` */
    const struct gql_field *field;
    const struct gql_selection *const *same; /* the selections that became this one; the first one's arguments count */
    uint32_t same_count;
    const struct json *arguments;     /* coerced, a map; NULL: they are faulty, and … */
    str fault;                        /* … the sentence of the execution error that this position is */
    const struct gql_fields *fields;  /* selections: of the field's own type, when that is an object */
};
struct gql_fields {
    const struct gql_type *of;        /* an object type */
    const struct gql_node *nodes;     /* in the order of the answer */
    uint32_t count;
};
/* What is selected when the position is an object of this type: CollectFields over all of node->same, remembered by node and
 * type. `of` is a possible type of the node's. */
const struct gql_fields *gql_fields_of(struct gql_execution *x, const struct gql_node *node, const struct gql_type *of);
/* The value of an argument; NULL: absent. */
static inline const struct json *gql_argument(const struct gql_node *node, str name)
{
    return json_get(node->arguments, name);
}

/* How writing a position ended. NULLED: there is an error (or the null of a position that must not be null), nothing was
 * written (the buffer is as long as before): the nearest position outside that may be null is. STOPPED: the
 * whole execution ends (the answer is too large, the time is over), errors has it. */
enum gql_done { GQL_WROTE, GQL_NULLED, GQL_STOPPED };

struct gql_execution {
    struct arena *arena;
    struct exchange *exchange;        /* NULL in tests that have none */
    struct gate *gate;
    const struct principal *who;
    const struct gql_schema *schema;
    const struct gql_document *document;
    const struct gql_operation *operation;
    const struct json *variables;     /* as gql_take_variables gives them */
    struct buf *out;                  /* the answer's data */
    struct gql_errors *errors;
    const struct gql_path *path;      /* where writing stands */
    uint64_t cost, cost_max;          /* known before execution begins (cost.c) */
    struct gql_remembered *remembered; /* execute/collect.c: merged sets by node and type */
    const void *world;                /* what the schema's code needs beside: server- or façade-owned */
};

/* A value of the scalar Upload: JSON_BYTES whose `bytes` is the first member of this. http/ makes them of the parts of a
 * multipart request; whoever takes the bytes reads them once. */
struct gql_upload {
    struct byte_source source;        /* first */
    str name;                         /* of the file, as the client calls it; {0} */
    bool taken;
};

/* An error at the present path, with the places of the node; then return GQL_NULLED (or gql_null). why's ERR_TIMEOUT and
 * ERR_TOO_LARGE end the execution: the result says which. */
enum gql_done gql_broken(struct gql_execution *x, const struct gql_node *node, const struct problem *why);
/* The end of every writer: what `done` means at this position. Writes null where null may stand. start: length of the
 * buffer before the value. */
enum gql_done gql_settle(struct gql_execution *x, const struct gql_type *type, enum gql_done done, size_t start);

/* Values as resolvers give them. */
enum gql_thing_kind { GQL_THING_NULL, GQL_THING_LEAF, GQL_THING_OBJECT, GQL_THING_LIST };
struct gql_thing {
    enum gql_thing_kind kind;
    struct json leaf;
    const struct gql_type *type;      /* GQL_THING_OBJECT: its type; NULL: the field's, which is an object */
    const void *self;                 /* GQL_THING_OBJECT: handed to the resolvers of its fields */
    const struct gql_thing *items;    /* GQL_THING_LIST */
    size_t count;
};
/* Writes a thing at a position of this type by the node's selections (CompleteValue). */
enum gql_done gql_complete(struct gql_execution *x, const struct gql_node *node, const struct gql_type *type,
                           const struct gql_thing *thing);
/* { … } of an object: each field by its writer, its resolver or, when it has neither, the member of its name when self is a
 * JSON map (`is_json`). */
enum gql_done gql_write_object(struct gql_execution *x, const struct gql_fields *fields, const void *self, bool is_json);

/* Runs x->operation, whose document is valid for x->schema and whose variables were taken: writes the value of "data" at the
 * end of x->out. Fields of a mutation one after the other. Subscriptions are refused. */
void gql_execute(struct gql_execution *x);

/* What it will cost, before it runs (graphql.md 14): over x->cost_max is an error LIMIT_EXCEEDED and false. Each
 * fragment is looked into once. */
bool gql_price(struct gql_execution *x);

#endif
