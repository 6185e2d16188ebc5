#ifndef GRAPHQL_OWN_CHANGE_PARTS_H
#define GRAPHQL_OWN_CHANGE_PARTS_H
#include "graphql/own/change_data.h"
#include "graphql/own/own.h"

/* What the files of own/change*.c share: one mutation at work. */
struct own_job {
    struct gql_execution *x;
    const struct gql_node *node;
    enum own_what what;
    const struct collection *in;
    struct own_data data;
    struct problem *why;
    struct once *once;                /* NULL: each time anew */
    enum gql_done done;               /* how the answer was written */
};
/* ERR_OK: done, and the answer is written. Else nothing was changed, and why has it. */
typedef enum err own_doer(struct own_job *j);
own_doer own_create, own_create_many, own_update, own_upsert, own_save_single, own_delete; /* change_items.c */
own_doer own_update_many, own_delete_many;                                                  /* change_many.c */
own_doer own_act_on_state, own_act, own_upload;                                             /* change_acts.c */

/* An argument that says something: null says nothing, but where it is looked at by itself. */
const struct json *own_given(const struct own_job *j, str name);
bool own_is_true(const struct own_job *j, str name);
/* ifRev, as If-Match is over the content API. */
NODISCARD enum err own_expect(const struct own_job *j, struct change *c);
/* data into a change of out->op. */
NODISCARD enum err own_take_item(struct own_job *j, const struct json *data, str where, struct change *out);
/* … as it was sent, with locale and perspective. */
NODISCARD enum err own_sent(struct own_job *j, const struct json *data, str where, struct item_sent *out);

/* What was done to one item, as its author sees it: the node's answer. */
enum gql_done own_answer(struct own_job *j, const struct change *c);
/* At a position of this type: of lists of what was made. */
enum gql_done own_answer_at(struct own_job *j, const struct gql_type *type, const struct change *c);
/* Is the answer the item itself, and not something in its place? */
bool own_answers_item(const struct own_job *j, const struct gql_type *type);
/* The item with this id at the present position, or null. */
enum gql_done own_answer_item(struct own_job *j, const struct gql_node *node, str id, const struct lens *lens);
struct bulk;
/* Texts of the fields that ask for the items of a bulk change: each under its name has a selection of its own. */
struct own_written {
    const struct gql_fields *fields;  /* of the answer */
    str *items;                       /* by number of the field */
};
/* {count, ids, nodes}; written: what was written of the nodes before; NULL: they are read now. */
enum gql_done own_answer_many(struct own_job *j, const struct bulk *b, const struct own_written *written);
/* The answer's fields, if one of them asks for the items; NULL: none does. */
const struct gql_fields *own_asks_items(struct own_job *j);
bool own_is_items(const struct gql_node *n);
enum gql_done own_answer_items(struct own_job *j, const struct gql_node *node, const str *ids, size_t count);

#endif
