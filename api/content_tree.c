/* GET /api/content/tree/{model}: all published nodes below a parent, nested. The whole tree is read
 * in order and put together here: children of a node that is not visible disappear with it,
 * wherever one begins to look. */
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

static enum err read_nodes(struct exchange *x, struct api *api, struct query *q,
                           struct item_list *out, struct problem *why)
{
    bool has_more;
    item_list_init(out, x->arena);
    out->references = true;
    TRY(content_read_all(x, api, q, LIMIT_TREE_ITEMS, out, &has_more, why));
    return has_more ? problem_set(why, ERR_TOO_LARGE, "The tree has more than %u nodes",
                                  LIMIT_TREE_ITEMS)
                    : ERR_OK;
}

struct forest {
    struct map *by_id; /* of struct node */
    struct node root;  /* nobody's: holds what stands on top */
};

static const struct node *parent_of(const struct forest *f, const struct node *n)
{
    str pid = text_member(n->item, S("_pid"));
    return str_is_absent(pid) ? &f->root : map_get(f->by_id, pid);
}

static void assemble(struct arena *a, const struct item_list *items, struct forest *f)
{
    struct node *nodes = NEW_N(a, struct node, items->count);
    *f = (struct forest){.by_id = map_new(a, items->count)};
    for (size_t i = 0; i < items->count; i++) {
        nodes[i].item = &items->items[i];
        (void)map_put(f->by_id, text_member(nodes[i].item, S("_id")), &nodes[i]);
    }
    for (size_t i = 0; i < items->count; i++) {
        struct node *above = (struct node *)(uintptr_t)parent_of(f, &nodes[i]);
        if (above)
            append(above, &nodes[i]);
    }
}

/* The node to begin with. One that hangs on something hidden is as absent as what hides it. */
static const struct node *find_top(const struct forest *f, str parent, size_t count)
{
    const struct node *top = str_is_absent(parent) ? &f->root : map_get(f->by_id, parent);
    const struct node *at = top;
    for (size_t steps = 0; at && at != &f->root; steps++)
        at = steps > count ? NULL : parent_of(f, at); /* a circle leads nowhere */
    return at ? top : NULL;
}

/* What the nodes hang together by is read even if the answer leaves it out. */
struct extras {
    bool id, parent;
};

static struct extras read_extras(struct arena *a, struct query *q)
{
    struct extras missing = {true, true};
    struct output *all = NEW_N(a, struct output, q->output_count + 2);
    for (size_t i = 0; i < q->output_count; i++) {
        all[i] = q->outputs[i];
        missing.id &= all[i].field != &q->from->fields[META_ID];
        missing.parent &= all[i].field != &q->from->fields[META_PARENT];
    }
    if (missing.id)
        all[q->output_count++] = (struct output){.field = &q->from->fields[META_ID]};
    if (missing.parent)
        all[q->output_count++] = (struct output){.field = &q->from->fields[META_PARENT]};
    q->outputs = all;
    return missing;
}

/* At most LIMIT_TREE_DEPTH deep. */
static enum err write_nodes(struct json_writer *w, const struct node *first,
                            const struct extras *hidden, unsigned depth, struct problem *why)
{
    if (depth >= LIMIT_TREE_DEPTH)
        return problem_set(why, ERR_TOO_LARGE,
                           "The tree is more than %u levels deep; ask for a part of it by parent",
                           LIMIT_TREE_DEPTH);
    json_list_open(w);
    for (const struct node *n = first; n; n = n->next) {
        json_map_open(w);
        for (uint32_t i = 0; i < n->item->count; i++) {
            str name = n->item->items[i].name;
            if ((hidden->id && str_equal(name, S("_id"))) ||
                (hidden->parent && str_equal(name, S("_pid"))))
                continue;
            json_name(w, name);
            json_value(w, &n->item->items[i]);
        }
        json_name(w, S("_children"));
        TRY(write_nodes(w, n->first, hidden, depth + 1, why));
        json_map_close(w);
    }
    json_list_close(w);
    return ERR_OK;
}

const char *const content_tree_names[] = {"parent", "fields", "populate", "locale",
                                          "state", "perspective",  "filter", "fallback", "locale_report", NULL};

enum err content_tree(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct content_params params;
    const struct collection *c;
    struct query *q;
    struct item_list items;
    struct answer answer;
    struct etag tag;
    struct forest forest;
    TRY(gate_collection(api->gate, x->who, param(p, "model"), &c, why));
    if (c->shape != SHAPE_TREE)
        return problem_set(why, ERR_BAD_INPUT, STR_FMT " is not a tree", STR_ARG(c->name));
    TRY(content_params_read(x, api, content_tree_names, &params, why));
    TRY(content_query(x->arena, x->who, c, &params, &q, why));
    struct extras hidden = read_extras(x->arena, q);
    etag_begin(x, api, &tag);
    etag_add(x, api, q, &tag);
    if (etag_is_fresh(x, &tag)) {
        etag_send_unchanged(x, &tag);
        return ERR_OK;
    }
    TRY(read_nodes(x, api, q, &items, why));
    assemble(x->arena, &items, &forest);
    const struct node *top = find_top(&forest, params.parent, items.count);
    if (!top)
        return problem_set(why, ERR_NOT_FOUND, "There is no such item");
    answer_begin(x, &answer);
    TRY(write_nodes(&answer.json, top->first, &hidden, 0, why));
    return answer_send(x, &answer, &tag, why);
}
