/* Items by their ids among all: Relay's node and nodes. */
#include "graphql/own/read.h"

#include "base/limits.h"

void own_node_id(struct buf *out, const struct collection *c, str id)
{
    struct arena *a = arena_open(256);
    buf_add(out, base64url_encode(
                     a, arena_format(a, STR_FMT "/" STR_FMT, STR_ARG(c->name), STR_ARG(id))));
    arena_close(a);
}

/* What it names for this caller; false: nothing. */
static bool read_node_id(struct reading *r, const struct json *given, const struct collection **c,
                         str *id)
{
    str text, name;
    if (!given || given->type != JSON_TEXT || !base64url_decode(r->x->arena, given->text, &text) ||
        !str_cut(text, '/', &name, id))
        return false;
    *c = model_find(r->schema->model, name);
    return *c && own_type_of_items(r, *c);
}

/* As for a reference: what is not there, or not for this caller, is null without an error. */
static enum gql_done read_node(struct reading *r, const struct gql_node *node,
                               const struct json *given)
{
    const struct collection *c;
    bool found;
    str id;
    if (!read_node_id(r, given, &c, &id)) {
        buf_add(r->x->out, S("null"));
        return GQL_WROTE;
    }
    struct query *q = own_root_query(r, c);
    enum err e = own_take_lens(r->x, node, q, &r->why);
    if (e != ERR_OK)
        return own_refuse(r, e);
    q->where = filter_and(r->x->arena, q->where, own_filter_of_id(r, c, id));
    return own_read_items(r, node, gql_fields_of(r->x, node, own_type_of_items(r, c)), q, false,
                          &found);
}

enum gql_done own_read_nodes(struct reading *r, const struct gql_node *node)
{
    struct gql_execution *x = r->x;
    if (own_meaning_of(node->field)->what == OWN_NODE_OF_ID)
        return read_node(r, node, gql_argument(node, S("_nodeId")));
    const struct json *ids = gql_argument(node, S("_nodeIds"));
    struct gql_path here = {.in = x->path};
    enum gql_done done = GQL_WROTE;
    if (ids && ids->count > LIMIT_ROWS)
        return own_refuse(r, problem_fault(&r->why, ERR_BAD_INPUT, S("_nodeIds"), S("limit"),
                                           "At most %u items are read by their ids at once.",
                                           LIMIT_ROWS));
    x->path = &here;
    buf_byte(x->out, '[');
    for (uint32_t i = 0; ids && i < ids->count && done == GQL_WROTE; i++) {
        here.index = i;
        if (i > 0)
            buf_byte(x->out, ',');
        size_t start = x->out->len;
        done = gql_settle(x, gql_nullable(node->field->type)->of,
                          read_node(r, node, &ids->items[i]), start);
    }
    buf_byte(x->out, ']');
    x->path = here.in;
    return done;
}
