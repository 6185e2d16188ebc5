/* GET /api/content/tree/{model}: all published nodes below a parent, nested. The whole tree is read in
 * order and put together here: children of a node that is not visible disappear with it. */
#include "api/content.h"
#include "base/limits.h"
#include "base/map.h"

struct node {
    const struct json *item;
    struct node *first, *last, *next;
};

static str text_member(const struct json *item, str name)
{
    const struct json *v = json_get(item, name);
    return v && v->type == JSON_TEXT ? v->text : (str){0};
}

static void append(struct node *parent, struct node *child)
{
    if (parent->last)
        parent->last->next = child;
    else
        parent->first = child;
    parent->last = child;
}

static enum err read_nodes(struct exchange *x, struct api *api, struct query *q, struct item_list *out,
                           struct problem *why)
{
    struct page page = {.has_more = true};
    item_list_init(out, x->arena);
    out->references = true;
    q->limit = LIMIT_ROWS;
    while (page.has_more && out->count < LIMIT_TREE_ITEMS) {
        TRY(gate_read(api->gate, x->who, q, &out->receiver, &page, why));
        q->after = page.next;
    }
    return page.has_more
               ? problem_set(why, ERR_TOO_LARGE, "The tree has more than %u nodes; ask for a part by parent", LIMIT_TREE_ITEMS)
               : ERR_OK;
}

/* Nodes under their parents; the root is nobody's node and holds what hangs on `parent`. */
static struct node *assemble(struct arena *a, const struct item_list *items, str parent)
{
    struct map *by_id = map_new(a, items->count);
    struct node *nodes = NEW_N(a, struct node, items->count);
    struct node *root = NEW(a, struct node);
    for (size_t i = 0; i < items->count; i++) {
        nodes[i].item = &items->items[i];
        (void)map_put(by_id, text_member(nodes[i].item, S("_id")), &nodes[i]);
    }
    for (size_t i = 0; i < items->count; i++) {
        str pid = text_member(nodes[i].item, S("_pid"));
        struct node *above = str_equal(pid, parent) ? root : str_is_absent(pid) ? NULL : map_get(by_id, pid);
        if (above)
            append(above, &nodes[i]);
    }
    return root;
}

static enum err write_nodes(struct json_writer *w, const struct node *first, unsigned depth, struct problem *why)
{
    if (depth >= LIMIT_JSON_DEPTH / 2)
        return problem_set(why, ERR_TOO_LARGE, "The tree is too deep to be written as one answer");
    json_list_open(w);
    for (const struct node *n = first; n; n = n->next) {
        json_map_open(w);
        for (uint32_t i = 0; i < n->item->count; i++) {
            json_name(w, n->item->items[i].name);
            json_value(w, &n->item->items[i]);
        }
        json_name(w, S("_children"));
        TRY(write_nodes(w, n->first, depth + 1, why));
        json_map_close(w);
    }
    json_list_close(w);
    return ERR_OK;
}

enum err content_tree(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    static const char *const names[] = {"parent", "fields", "populate", "locale", "state", "filter", NULL};
    struct api *api = app;
    struct content_params params;
    const struct collection *c;
    struct query *q;
    struct item_list items;
    struct buf b;
    struct json_writer w;
    TRY(gate_collection(api->gate, x->who, param(p, "model"), &c, why));
    if (c->shape != SHAPE_TREE)
        return problem_set(why, ERR_BAD_INPUT, STR_FMT " is not a tree", STR_ARG(c->name));
    TRY(content_params_read(x, api, names, &params, why));
    TRY(content_query(x->arena, x->who, c, &params, &q, why));
    TRY(read_nodes(x, api, q, &items, why));
    const struct node *root = assemble(x->arena, &items, params.parent);
    buf_init(&b, x->arena, LIMIT_RESPONSE_BYTES);
    json_begin(&w, &b);
    TRY(write_nodes(&w, root->first, 0, why));
    exchange_send_json(x, 200, buf_str(&b));
    return ERR_OK;
}
