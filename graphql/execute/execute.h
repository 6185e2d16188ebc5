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
struct gql_twins;

#define GQL_NOWHERE UINT32_MAX

/* One field of a merged selection set, as it stands in the answer. */
struct gql_node {
    str key;
    str quoted;                       /* `"key":` */
    const struct gql_field *field;
    const struct gql_selection *const *same; /* the selections that became this one; the first one's arguments count */
    uint32_t same_count;
    const struct json *arguments;     /* coerced, a map; NULL: they are faulty, and … */
    str fault;                        /* … the sentence of the execution error that this position is, */
    uint32_t fault_at;                /* and where in the text it comes from: GQL_NOWHERE: from the field as a whole */
    const struct gql_fields *fields;  /* selections: of the field's own type, when that is an object */
};
struct gql_fields {
    const struct gql_type *of;        /* an object type */
    const struct gql_node *nodes;     /* in the order of the answer */
    uint32_t count;
    str fault;                        /* the sentence when they could not be collected: then there are no nodes. A node without
                                       * resolver whose `fields` are faulty is faulty itself; those of gql_fields_of() are to be
                                       * looked at (gql_write_object does) */
    uint32_t fault_at;
};
/* What is selected when the position is an object of this type: CollectFields over all of node->same, remembered by their
 * selections and type, so that asking per row is cheap. `of` is a possible type of the node's. */
const struct gql_fields *gql_fields_of(struct gql_execution *x, const struct gql_node *node, const struct gql_type *of);
/* The value of an argument; NULL: absent. */
static inline const struct json *gql_argument(const struct gql_node *node, str name)
{
    return json_get(node->arguments, name);
}
/* … of one that is a text; {0}: absent, or null. */
static inline str gql_argument_text(const struct gql_node *node, str name)
{
    const struct json *v = gql_argument(node, name);
    return v != NULL && v->type == JSON_TEXT ? v->text : (str){0};
}

struct feed_event;                    /* roles/feed/feed.h */
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
    int64_t until_us;                 /* time_mono_us() after which no further root field of a query is begun; 0: no end. Each
                                       * read has its own LIMIT_STATEMENT_MS, and there are LIMIT_GRAPHQL_ROOT_FIELDS of them */
    struct gql_remembered *remembered; /* execute/collect.c: merged sets by node and type */
    struct gql_twins *twins;          /* execute/twins.c: fields of the root that are the same; NULL: there are none */
    uint32_t number;                  /* of the request in a batch, from 0 */
    const struct feed_event *event;   /* of a subscription: what happened; else NULL */
    struct spans *spans;              /* base/spans.h; NULL: nobody asks */
    const void *world;                /* what the schema's code needs beside: server- or façade-owned */
};

/* A value of the scalar Upload: JSON_BYTES whose `bytes` is the first member of this. http/ makes them of the parts of a
 * multipart request; whoever takes the bytes reads them once. */
struct gql_upload {
    struct byte_source source;        /* first */
    str name;                         /* of the file, as the client calls it; {0} */
    bool taken;
};
struct received;                      /* roles/files/files.h */
extern const struct gql_scalar gql_file; /* Upload */
/* Its bytes, taken in once (roles/files/files.h). where: the argument, for faults. */
NODISCARD enum err gql_receive_file(struct gql_execution *x, const struct json *file, str where, bool replaces, struct received *out,
                                    struct problem *why);

/* An error at the present path, with the places of the node. GQL_NULLED, to be settled; GQL_STOPPED for ERR_TIMEOUT of a
 * query, and when it is the answer that became too large. */
enum gql_done gql_broken(struct gql_execution *x, const struct gql_node *node, const struct problem *why);
/* The same with a sentence: an execution error without a code of base/err.h's (code {0}: none). */
enum gql_done gql_broken_by(struct gql_execution *x, const struct gql_node *node, str code, str sentence);
/* The error that fields with a fault are, where it comes from. */
enum gql_done gql_broken_fields(struct gql_execution *x, const struct gql_node *node, const struct gql_fields *fields);
/* The end of every writer: what `done` means at this position. Writes null where null may stand. start: length of the
 * buffer before the value. */
enum gql_done gql_settle(struct gql_execution *x, const struct gql_type *type, enum gql_done done, size_t start);

/* Values as resolvers give them. A leaf is a JSON value and may be a whole tree: what the position's type calls a list is
 * gone through, and maps are objects whose fields without resolver are their members. */
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
 * JSON map (`is_json`). node: the position, for errors; NULL at the root. What it gives is for the position to settle. */
enum gql_done gql_write_object(struct gql_execution *x, const struct gql_node *node, const struct gql_fields *fields, const void *self,
                               bool is_json);
/* One of its fields: x->path goes one step on while its code runs, so writers and resolvers find it at their own position.
 * Faulty nodes, __typename and what became of the answer's size are seen to here. */
enum gql_done gql_write_field(struct gql_execution *x, const struct gql_type *of, const struct gql_node *node, const void *self,
                              bool is_json);
/* Code of its own calls this first when it writes nodes by hand: true, and *done, when the node is faulty. */
bool gql_is_faulty(struct gql_execution *x, const struct gql_node *node, enum gql_done *done);

/* Runs x->operation, whose document is valid for x->schema and whose variables were taken: writes the value of "data" at the
 * end of x->out. Fields of a mutation one after the other; the first that leaves null where none may stand ends it. Fields of a
 * query's root that are the same but for their names are computed once (twins.c).
 * When a query stops, data is null; of a mutation only the field is, for what the others did has to be told. A subscription runs
 * once for each event, with x->event. */
void gql_execute(struct gql_execution *x);
/* Which events a subscription has (CreateSourceEventStream): what its one field says. Arguments that are faulty: ERR_BAD_INPUT. */
NODISCARD enum err gql_find_source(struct gql_execution *x, struct feed_wish *out, struct problem *why);

/* What it will cost, before it runs (graphql.md 14): x->cost; over x->cost_max is an error LIMIT_EXCEEDED and false.
 * An object costs 1, a list as many as its `limit`, `first` or `last` says, and each field what it says itself. Each
 * fragment is looked into once. */
bool gql_price(struct gql_execution *x);
/* The meaning of an argument that says how many, when 0 says nothing. Else 0 costs what 1 does. */
extern const char gql_zero_is_all;

#endif
