#include "content/query/forest.h"

#include "base/limits.h"
#include "base/map.h"

struct forest {
    struct map *by_id;                /* of struct forest_node */
    struct forest_node root;          /* nobody's: holds what stands on top */
};

static str text_member(const struct json *item, str name)
{
    const struct json *v = json_get(item, name);
    return v && v->type == JSON_TEXT ? v->text : (str){0};
}

static void append(struct forest_node *parent, struct forest_node *child)
{
    if (parent->last)
        parent->last->next = child;
    else
        parent->first = child;
    parent->last = child;
}

static struct forest_node *parent_of(struct forest *f, const struct forest_node *n)
{
    str pid = text_member(n->item, S("_pid"));
    return str_is_absent(pid) ? &f->root : map_get(f->by_id, pid);
}

static void assemble(struct arena *a, const struct json *items, size_t count, struct forest *f)
{
    struct forest_node *nodes = NEW_N(a, struct forest_node, count);
    *f = (struct forest){.by_id = map_new(a, count)};
    for (size_t i = 0; i < count; i++) {
        nodes[i].item = &items[i];
        (void)map_put(f->by_id, text_member(nodes[i].item, S("_id")), &nodes[i]);
    }
    for (size_t i = 0; i < count; i++) {
        struct forest_node *above = parent_of(f, &nodes[i]);
        if (above)
            append(above, &nodes[i]);
    }
}

/* The node to begin with. One that hangs on something hidden is as absent as what hides it. */
static const struct forest_node *find_top(struct forest *f, str parent, size_t count)
{
    const struct forest_node *top = str_is_absent(parent) ? &f->root : map_get(f->by_id, parent);
    const struct forest_node *at = top;
    for (size_t steps = 0; at && at != &f->root; steps++)
        at = steps > count ? NULL : parent_of(f, at); /* a circle leads nowhere */
    return at ? top : NULL;
}

enum err forest_below(struct arena *a, const struct json *items, size_t count, str parent, const struct forest_node **first,
                      struct problem *why)
{
    struct forest f;
    assemble(a, items, count, &f);
    const struct forest_node *top = find_top(&f, parent, count);
    if (!top)
        return problem_set(why, ERR_NOT_FOUND, "There is no such item");
    *first = top->first;
    return ERR_OK;
}

struct forest_extras forest_outputs(struct arena *a, struct query *q)
{
    struct forest_extras missing = {true, true};
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

static void write_members(struct json_writer *w, const struct json *item, const struct forest_extras *hidden)
{
    for (uint32_t i = 0; i < item->count; i++) {
        str name = item->items[i].name;
        if ((hidden->id && str_equal(name, S("_id"))) || (hidden->parent && str_equal(name, S("_pid"))))
            continue;
        json_name(w, name);
        json_value(w, &item->items[i]);
    }
}

static enum err write_level(struct json_writer *w, const struct forest_node *first, const struct forest_extras *hidden, unsigned depth,
                            struct problem *why)
{
    if (depth >= LIMIT_TREE_DEPTH)
        return problem_set(why, ERR_TOO_LARGE, "The tree is more than %u levels deep; ask for a part of it by parent",
                           LIMIT_TREE_DEPTH);
    json_list_open(w);
    for (const struct forest_node *n = first; n; n = n->next) {
        json_map_open(w);
        write_members(w, n->item, hidden);
        json_name(w, S("_children"));
        TRY(write_level(w, n->first, hidden, depth + 1, why));
        json_map_close(w);
    }
    json_list_close(w);
    return ERR_OK;
}

enum err forest_write(struct json_writer *w, const struct forest_node *first, const struct forest_extras *hidden, struct problem *why)
{
    return write_level(w, first, hidden, 0, why);
}
