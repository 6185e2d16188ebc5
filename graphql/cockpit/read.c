/* Items as Cockpit's GraphQL gives them: rows go from the cursor into the answer, each value as the content API writes it. */
#include "graphql/cockpit/internal.h"

#include "base/limits.h"
#include "content/item/view.h"
#include "content/query/forest.h"

static const struct cockpit_meaning *meaning_of(const struct gql_node *node)
{
    return node->field->meaning;
}

/* ---- postsModel ---- */

struct items {
    struct item_sink sink;            /* first */
    struct gql_execution *x;
    const struct gql_node *node;
    const struct gql_fields *fields;
    const size_t *outputs;            /* of the fields, by number */
    struct gql_path here;
    bool is_list;
    enum gql_done done;
};

/* Which outputs the selected fields are; those of one field are one. */
static const size_t *settle_outputs(struct gql_execution *x, const struct gql_fields *fields, struct query *q)
{
    size_t *at = NEW_N(x->arena, size_t, fields->count + 1);
    q->outputs = NEW_N(x->arena, struct output, fields->count + 1);
    q->output_count = 0;
    for (uint32_t i = 0; i < fields->count; i++) {
        const struct cockpit_meaning *m = meaning_of(&fields->nodes[i]);
        if (m == NULL)
            continue; /* __typename */
        for (at[i] = 0; at[i] < q->output_count && q->outputs[at[i]].field != m->field;)
            at[i]++;
        if (at[i] == q->output_count)
            q->outputs[q->output_count++] = (struct output){.field = m->field};
    }
    if (q->output_count == 0) /* something has to be read to be counted */
        q->outputs[q->output_count++] = (struct output){.field = &q->from->fields[META_ID]};
    return at;
}

/* A set's members are looked at one by one: its text becomes a tree again. */
static enum gql_done write_tree(struct items *s, const struct gql_node *node, const struct item_view *v, size_t output)
{
    struct gql_execution *x = s->x;
    struct problem why = {.arena = x->arena, .spans = x->spans};
    const struct json *tree = NULL;
    struct buf text;
    str json;
    CLEANUP(arena_closep) struct arena *own = arena_open(4096); /* ends with the row: a thousand may be large */
    buf_init(&text, own, LIMIT_BODY_BYTES);
    enum err e = item_write(v, output, &text, &why);
    if (e == ERR_OK)
        e = buf_done(&text, &json);
    if (e == ERR_OK)
        e = json_read(own, json, NULL, node->key, &tree, &why);
    if (e != ERR_OK) {
        err_ignored(problem_set(&why, e, "This value cannot be shown"));
        return gql_settle(x, node->field->type, gql_broken(x, node, &why), x->out->len);
    }
    return gql_complete(x, node, node->field->type, &(struct gql_thing){.kind = GQL_THING_LEAF, .leaf = *tree});
}

static enum gql_done write_value(struct items *s, const struct gql_node *node, const struct item_view *v, size_t output)
{
    struct gql_execution *x = s->x;
    struct problem why = {.arena = x->arena, .spans = x->spans};
    size_t start = x->out->len;
    enum gql_done done = GQL_WROTE;
    if (gql_is_faulty(x, node, &done))
        return done;
    if (node->fields != NULL)
        return write_tree(s, node, v, output);
    if (item_write(v, output, x->out, &why) != ERR_OK)
        done = gql_broken(x, node, &why);
    else if (node->field->type->kind == GQL_NON_NULL && str_equal(str_slice(buf_str(x->out), start, x->out->len), S("null")))
        done = gql_broken_by(x, node, GQL_INTERNAL, S("A value that is never null is not there."));
    return gql_settle(x, node->field->type, done, start);
}

static enum gql_done write_item(struct items *s, const struct item_view *v)
{
    struct gql_execution *x = s->x;
    enum gql_done done = GQL_WROTE;
    buf_byte(x->out, '{');
    for (uint32_t i = 0; i < s->fields->count && done == GQL_WROTE; i++) {
        const struct gql_node *node = &s->fields->nodes[i];
        if (i > 0)
            buf_byte(x->out, ',');
        buf_add(x->out, node->quoted);
        if (node->field == &gql_typename_field) {
            done = gql_write_field(x, s->fields->of, node, NULL, false);
            continue;
        }
        struct gql_path here = {.in = x->path, .key = node->key};
        x->path = &here;
        done = write_value(s, node, v, s->outputs[i]);
        x->path = here.in;
    }
    buf_byte(x->out, '}');
    return done;
}

static enum err take_row(struct item_sink *self, const struct item_view *v, struct problem *why)
{
    struct items *s = (struct items *)(void *)self;
    struct gql_execution *x = s->x;
    if (s->is_list) {
        if (s->here.index > 0)
            buf_byte(x->out, ',');
        x->path = &s->here;
    }
    size_t start = x->out->len;
    s->done = gql_settle(x, gql_innermost(s->node->field->type), write_item(s, v), start);
    if (s->is_list)
        x->path = s->here.in;
    s->here.index++;
    if (s->done == GQL_WROTE && !x->out->failed)
        return ERR_OK;
    return problem_set(why, ERR_TOO_LARGE, "The answer ends here");
}

static enum gql_done read_items(struct gql_execution *x, const struct gql_node *node, bool is_list)
{
    size_t start = x->out->len;
    struct problem why = {.arena = x->arena, .spans = x->spans};
    struct query q;
    struct item_views rows;
    const struct gql_type *of = gql_innermost(node->field->type);
    struct items s = {{take_row}, x, node, gql_fields_of(x, node, of), NULL, {.in = x->path}, is_list, GQL_WROTE};
    enum err e = cockpit_ask(x, node, meaning_of(node)->of, &q, &why);
    s.outputs = settle_outputs(x, s.fields, &q);
    if (e == ERR_OK)
        e = cockpit_populate(x, node, &q, &why);
    if (!is_list)
        q.limit = 1;
    if (is_list)
        buf_byte(x->out, '[');
    item_views_init(&rows, &s.sink);
    if (e == ERR_OK)
        e = gate_read(x->gate, x->who, &q, &rows.receiver, NULL, &why);
    if (is_list)
        buf_byte(x->out, ']');
    else if (e == ERR_OK && s.here.index == 0)
        buf_add(x->out, S("null"));
    enum gql_done done = s.done != GQL_WROTE || e == ERR_OK ? s.done : gql_broken(x, node, &why);
    return gql_settle(x, node->field->type, done, start);
}

enum gql_done cockpit_read_items(struct gql_execution *x, const struct gql_node *node, const void *self)
{
    (void)self;
    return read_items(x, node, true);
}

enum gql_done cockpit_read_single(struct gql_execution *x, const struct gql_node *node, const void *self)
{
    (void)self;
    return read_items(x, node, false);
}

/* ---- content, contentTree ---- */

static enum err write_content(struct gql_execution *x, const struct gql_node *node, struct problem *why)
{
    const struct collection *c;
    struct query q;
    struct item_writer items;
    struct json_writer w;
    TRY(cockpit_model(x, node, &c, why));
    TRY(cockpit_ask(x, node, c, &q, why));
    TRY(cockpit_populate(x, node, &q, why));
    q.with_model = c->shape == SHAPE_SINGLE;
    json_begin(&w, x->out);
    json_list_open(&w);
    item_writer_init(&items, &w);
    TRY(gate_read(x->gate, x->who, &q, &items.receiver, NULL, why));
    json_list_close(&w);
    json_end(&w);
    return ERR_OK;
}

/* All nodes, page by page. */
static enum err read_nodes(struct gql_execution *x, struct query *q, struct arena *a, struct item_list *out, struct problem *why)
{
    struct page page = {.has_more = true};
    item_list_init(out, a);
    out->references = true;
    while (page.has_more) {
        if (out->count >= LIMIT_TREE_ITEMS)
            return problem_set(why, ERR_INVALID, "The tree has more than %u nodes", LIMIT_TREE_ITEMS);
        TRY(gate_read(x->gate, x->who, q, &out->receiver, &page, why));
        q->after = page.next;
    }
    return ERR_OK;
}

static enum err write_tree_of(struct gql_execution *x, const struct gql_node *node, struct problem *why)
{
    const struct collection *c;
    const struct forest_node *first;
    struct query q;
    struct item_list nodes;
    struct json_writer w;
    const struct json *parent = gql_argument(node, S("parent"));
    TRY(cockpit_model(x, node, &c, why));
    if (c->shape != SHAPE_TREE)
        return problem_set(why, ERR_BAD_INPUT, STR_FMT " is not a tree", STR_ARG(c->name));
    TRY(cockpit_ask(x, node, c, &q, why));
    TRY(cockpit_populate(x, node, &q, why));
    struct forest_extras hidden = forest_outputs(x->arena, &q);
    CLEANUP(arena_closep) struct arena *own = arena_open(64u << 10); /* ends with the tree: a document may ask for fifty */
    TRY(read_nodes(x, &q, own, &nodes, why));
    TRY(forest_below(own, nodes.items, nodes.count, parent != NULL && parent->type == JSON_TEXT ? parent->text : (str){0}, &first, why));
    json_begin(&w, x->out);
    TRY(forest_write(&w, first, &hidden, why));
    json_end(&w);
    return ERR_OK;
}

enum gql_done cockpit_read_content(struct gql_execution *x, const struct gql_node *node, const void *self)
{
    size_t start = x->out->len;
    struct problem why = {.arena = x->arena, .spans = x->spans};
    (void)self;
    enum gql_done done = write_content(x, node, &why) == ERR_OK ? GQL_WROTE : gql_broken(x, node, &why);
    return gql_settle(x, node->field->type, done, start);
}

enum gql_done cockpit_read_tree(struct gql_execution *x, const struct gql_node *node, const void *self)
{
    size_t start = x->out->len;
    struct problem why = {.arena = x->arena, .spans = x->spans};
    (void)self;
    enum gql_done done = write_tree_of(x, node, &why) == ERR_OK ? GQL_WROTE : gql_broken(x, node, &why);
    return gql_settle(x, node->field->type, done, start);
}
