/* A singleton that was never saved: its defaults, as in the content API. What only a saved item has
 * says so: no id, revision 0, made at no time. */
#include "graphql/own/read.h"

#include "content/kind.h"

static struct json standard_of(const struct field *f)
{
    if (!f->is_meta)
        return f->standard ? *f->standard : json_null;
    switch ((enum meta)f->index) {
    case META_ID:
        return json_of_text(S(""));
    case META_STATE:
    case META_CREATED:
    case META_MODIFIED:
    case META_REV:
        return json_of_int(0);
    case META_CBY:
    case META_MBY:
    case META_PARENT:
    case META_ORDER:
    case META_I18N:
    case META_COUNT:
        break;
    }
    return json_null;
}

static enum gql_done write_no_pages(struct reading *r, const struct gql_node *node)
{
    struct window none = {0};
    struct pages_ended ended = {0};
    struct pages *p = own_pages_make(r, node, &none);
    (void)own_pages_begin(r, p);
    return own_pages_end(r, p, &ended);
}

static enum gql_done write_default(struct reading *r, const struct gql_node *node,
                                   const struct collection *c)
{
    struct buf *out = r->x->out;
    if (node->field == &gql_typename_field) {
        buf_json_text(out, own_type_of_items(r, c)->name);
        return GQL_WROTE;
    }
    const struct own_meaning *m = own_meaning_of(node->field);
    struct json v;
    switch ((unsigned)m->what) {
    case OWN_VALUE:
    case OWN_RAW:
        v = standard_of(m->field);
        if (v.type == JSON_NULL && gql_nullable(node->field->type)->kind == GQL_LIST_OF &&
            node->field->type->kind == GQL_NON_NULL)
            v = json_of_list(NULL, 0);
        return own_write_tree(r, node, &v);
    case OWN_DOCUMENT:
    case OWN_BLOCKS:
        v = standard_of(m->field);
        return own_write_document_tree(r, node, m->field, &v);
    case OWN_MANY:
    case OWN_ANY_MANY:
        buf_add(out, S("[]"));
        return GQL_WROTE;
    case OWN_MANY_CONNECTION:
        return write_no_pages(r, node);
    case OWN_COLLECTION:
        buf_json_text(out, c->name);
        return GQL_WROTE;
    case OWN_IS_DRAFT:
        buf_add(out, S("false"));
        return GQL_WROTE;
    case OWN_NODE_ID:
        buf_byte(out, '"');
        own_node_id(out, c, S(""));
        buf_byte(out, '"');
        return GQL_WROTE;
    default:
        return own_write_tree(r, node, &json_null);
    }
}

enum gql_done own_read_defaults(struct reading *r, const struct gql_node *node,
                                const struct collection *c)
{
    struct gql_execution *x = r->x;
    struct gql_path here = {.in = x->path};
    enum gql_done done = GQL_WROTE;
    x->path = &here;
    buf_byte(x->out, '{');
    for (uint32_t i = 0; i < node->fields->count && done == GQL_WROTE; i++) {
        const struct gql_node *n = &node->fields->nodes[i];
        here.key = n->key;
        if (i > 0)
            buf_byte(x->out, ',');
        buf_add(x->out, n->quoted);
        size_t start = x->out->len;
        if (!gql_is_faulty(x, n, &done))
            done = gql_settle(x, n->field->type, write_default(r, n, c), start);
    }
    buf_byte(x->out, '}');
    x->path = here.in;
    return done;
}
