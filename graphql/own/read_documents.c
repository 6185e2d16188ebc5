/* Documents: sets, components, lists of them, blocks. A row has them as one text, which becomes a
 * tree; the selection is followed through it. References inside lead to branches of the row's own,
 * one for each place of the selection. */
#include "graphql/own/read.h"

#include "base/limits.h"
#include "content/kind.h"

/* ---- compiled ---- */

struct looking {
    struct reading *reading;
    struct sketch *sketch;
    struct item_step *step;
    struct inner_branch *branches;
    size_t branch_count, room;
    size_t inside_room;
};

static void look_at(struct looking *l, const struct gql_fields *fields, unsigned depth);

static const struct gql_type *part_type(const struct reading *r, const struct collection *component)
{
    for (size_t i = 0; i < r->schema->model->component_count; i++)
        if (r->schema->model->components[i] == component)
            return r->schema->part_of[i];
    return NULL;
}

static void add_inside(struct looking *l, const struct gql_node *node, const struct field *along)
{
    struct reading *r = l->reading;
    const struct gql_type *type = along->to ? own_type_of_items(r, along->to) : NULL;
    if (!type || !gql_is_possible(gql_innermost(node->field->type), type) || l->step->fault)
        return;
    struct query *q = own_compile_branch(r, l->sketch, l->step, along->to);
    if (!q)
        return;
    if (l->branch_count == l->room) {
        size_t room = l->room ? 2 * l->room : 4;
        l->branches = arena_grow(r->x->arena, l->branches, l->room * sizeof *l->branches,
                                 room * sizeof *l->branches);
        l->step->inside =
            arena_grow(r->x->arena, l->step->inside, l->room * sizeof *l->step->inside,
                       room * sizeof *l->step->inside);
        l->room = room;
    }
    struct sketch below = {.query = q, .hops = l->sketch->hops + 1};
    l->step->inside[l->step->inside_count++] = (struct inside){
        node, l->branch_count, own_compile_items(r, &below, gql_fields_of(r->x, node, type))};
    l->branches[l->branch_count++] = (struct inner_branch){along, q};
}

static void look_at_reference(struct looking *l, const struct gql_node *node, const struct field *f)
{
    if (!field_is_polymorphic(f))
        add_inside(l, node, f);
    for (size_t i = 0; i < f->target_count; i++)
        add_inside(l, node, &f->into[i]);
}

/* Every type that may stand at a position. */
static void look_into(struct looking *l, const struct gql_node *node, const struct field *f,
                      unsigned depth)
{
    const struct gql_type *type = gql_innermost(node->field->type);
    if (type->kind == GQL_OBJECT_TYPE)
        look_at(l, node->fields, depth);
    for (size_t i = 0; type->kind != GQL_OBJECT_TYPE && i < f->of_count; i++) {
        const struct gql_type *part = part_type(l->reading, f->of[i]);
        if (part)
            look_at(l, gql_fields_of(l->reading->x, node, part), depth);
    }
}

/* Depth: of the selection, LIMIT_GRAPHQL_DEPTH. */
static void look_at(struct looking *l, const struct gql_fields *fields, unsigned depth)
{
    must(depth <= LIMIT_GRAPHQL_NESTING);
    for (uint32_t i = 0; i < fields->count; i++) {
        const struct gql_node *node = &fields->nodes[i];
        const struct own_meaning *m =
            node->field && node->field != &gql_typename_field ? own_meaning_of(node->field) : NULL;
        if (!m || node->arguments == NULL)
            continue;
        if (m->what == OWN_MEMBER_REF)
            look_at_reference(l, node, m->field);
        if (m->what == OWN_MEMBER_DOCUMENT || m->what == OWN_MEMBER_BLOCKS)
            look_into(l, node, m->field, depth + 1);
    }
}

void own_compile_document(struct reading *r, struct sketch *s, struct item_step *step)
{
    struct looking l = {.reading = r, .sketch = s, .step = step};
    const struct field *f = step->meaning->field;
    step->write = own_write_document;
    look_into(&l, step->node, f, 0);
    step->output = l.branch_count ? own_sketch_output(r, s, f) : own_sketch_value(r, s, f);
    s->query->outputs[step->output].inside = l.branches;
    s->query->outputs[step->output].inside_count = l.branch_count;
}

/* ---- written ---- */

struct document {
    struct reading *reading;
    const struct item_step *step;
    const struct item_view *view;
};

static enum gql_done write_position(const struct document *d, const struct gql_node *node,
                                    const struct gql_type *type, const struct field *f,
                                    const struct json *v);

struct target_sink {
    struct item_sink sink; /* first */
    struct reading *reading;
    const struct item_steps *steps;
    bool found;
};

static enum err take_target(struct item_sink *self, const struct item_view *v, struct problem *why)
{
    struct target_sink *t = (struct target_sink *)(void *)self;
    (void)why;
    if (t->found)
        return ERR_OK;
    t->found = true;
    enum gql_done done = own_write_steps(t->reading, t->steps, v);
    return done == GQL_WROTE ? ERR_OK : own_halt_read(t->reading, done);
}

/* The item that a reference leads to; *found stays false when it is not there, or not for this
 * caller. */
static enum gql_done write_target(const struct document *d, const struct gql_node *node, str id,
                                  bool *found)
{
    struct reading *r = d->reading;
    for (size_t i = 0; i < d->step->inside_count && !*found; i++) {
        const struct inside *in = &d->step->inside[i];
        struct target_sink sink = {{take_target}, r, in->steps, false};
        if (in->node != node)
            continue;
        enum gql_done done = own_end_of_read(
            r, item_inside(d->view, d->step->output, in->k, id, &sink.sink, &r->why));
        *found = sink.found;
        if (done != GQL_WROTE)
            return done;
    }
    return GQL_WROTE;
}

static enum gql_done null_at(const struct document *d, const struct gql_node *node,
                             const struct gql_type *type)
{
    struct gql_thing nothing = {.kind = GQL_THING_NULL};
    return gql_complete(d->reading->x, node, type, &nothing);
}

static enum gql_done write_map(const struct document *d, const struct gql_fields *fields,
                               const struct json *map);

static enum gql_done write_object(const struct document *d, const struct gql_node *node,
                                  const struct gql_type *type, const struct field *f,
                                  const struct json *v)
{
    if (type->kind == GQL_OBJECT_TYPE)
        return write_map(d, gql_fields_of(d->reading->x, node, type), v);
    const struct collection *component = block_component(f, v);
    const struct gql_type *part = component ? part_type(d->reading, component) : NULL;
    if (!part || !gql_is_possible(type, part)) /* of a component that is gone */
        return null_at(d, node, type);
    return write_map(d, gql_fields_of(d->reading->x, node, part), v);
}

/* A block of a component that is gone is left out of a list: the list's elements are never null. */
static bool is_there(const struct document *d, const struct gql_type *type, const struct field *f,
                     const struct json *v)
{
    const struct gql_type *t = gql_innermost(type);
    if (v->type == JSON_NULL)
        return type->kind != GQL_NON_NULL;
    if (t->kind != GQL_UNION || field_is_polymorphic(f))
        return true;
    const struct collection *component = block_component(f, v);
    return component && part_type(d->reading, component);
}

static enum gql_done write_list(const struct document *d, const struct gql_node *node,
                                const struct gql_type *type, const struct field *f,
                                const struct json *list)
{
    struct gql_execution *x = d->reading->x;
    struct gql_path here = {.in = x->path};
    enum gql_done done = GQL_WROTE;
    bool is_reference = f->kind->flags & KIND_REF;
    x->path = &here;
    buf_byte(x->out, '[');
    for (uint32_t i = 0; i < list->count && done == GQL_WROTE; i++) {
        size_t before = x->out->len;
        bool found = true;
        if (!is_there(d, type->of, f, &list->items[i]))
            continue;
        buf_add(x->out, here.index ? S(",") : S(""));
        if (is_reference) {
            found = false;
            done = list->items[i].type == JSON_TEXT
                       ? write_target(d, node, list->items[i].text, &found)
                       : GQL_WROTE;
            done = gql_settle(x, type->of, done, before + (here.index > 0));
        } else {
            done = write_position(d, node, type->of, f, &list->items[i]);
        }
        if (!found && done == GQL_WROTE)
            buf_truncate(x->out, before);
        here.index += found;
    }
    buf_byte(x->out, ']');
    x->path = here.in;
    return done;
}

/* A document, a reference, or a list of them. */
static enum gql_done write_position(const struct document *d, const struct gql_node *node,
                                    const struct gql_type *type, const struct field *f,
                                    const struct json *v)
{
    struct gql_execution *x = d->reading->x;
    size_t start = x->out->len;
    const struct gql_type *t = gql_nullable(type);
    enum gql_done done = GQL_WROTE;
    bool found = false;
    if (v->type == JSON_NULL)
        return null_at(d, node, type);
    if (t->kind == GQL_LIST_OF && v->type == JSON_LIST) {
        done = write_list(d, node, t, f, v);
    } else if ((f->kind->flags & KIND_REF) && v->type == JSON_TEXT) {
        done = write_target(d, node, v->text, &found);
        if (!found && done == GQL_WROTE)
            return null_at(d, node, type);
    } else if (v->type == JSON_MAP) {
        done = write_object(d, node, t, f, v);
    } else {
        return null_at(d, node, type);
    }
    return gql_settle(x, type, done, start);
}

static enum gql_done write_member(const struct document *d, const struct gql_fields *fields,
                                  const struct gql_node *node, const struct json *map)
{
    struct reading *r = d->reading;
    enum gql_done done = GQL_WROTE;
    if (gql_is_faulty(r->x, node, &done))
        return done;
    if (node->field == &gql_typename_field) {
        buf_json_text(r->x->out, fields->of->name);
        return GQL_WROTE;
    }
    const struct own_meaning *m = own_meaning_of(node->field);
    must(m != NULL);
    if (m->what == OWN_COLLECTION) { /* "_component" */
        buf_json_text(r->x->out, m->of->name);
        return GQL_WROTE;
    }
    const struct json *v = json_get(map, m->field->name);
    v = v ? v : &json_null;
    if (m->what != OWN_MEMBER)
        return write_position(d, node, node->field->type, m->field, v);
    return own_write_tree(r, node, v);
}

static enum gql_done write_map(const struct document *d, const struct gql_fields *fields,
                               const struct json *map)
{
    struct gql_execution *x = d->reading->x;
    struct gql_path here = {.in = x->path};
    enum gql_done done = GQL_WROTE;
    if (fields->fault.at)
        return gql_broken_fields(x, NULL, fields);
    x->path = &here;
    buf_byte(x->out, '{');
    for (uint32_t i = 0; i < fields->count && done == GQL_WROTE; i++) {
        here.key = fields->nodes[i].key;
        if (i > 0)
            buf_byte(x->out, ',');
        buf_add(x->out, fields->nodes[i].quoted);
        done = write_member(d, fields, &fields->nodes[i], map);
    }
    buf_byte(x->out, '}');
    x->path = here.in;
    return done;
}

enum gql_done own_write_document(struct reading *r, const struct item_step *s,
                                 const struct item_view *v)
{
    struct document d = {r, s, v};
    CLEANUP(arena_closep) struct arena *own = arena_open(4096); /* a row's: a thousand may be large */
    struct json tree = item_tree(v, s->output, own);
    return write_position(&d, s->node, s->node->field->type, s->meaning->field, &tree);
}

enum gql_done own_write_document_tree(struct reading *r, const struct gql_node *node,
                                      const struct field *f, const struct json *tree)
{
    struct item_step nowhere = {.node = node};
    struct document d = {r, &nowhere, NULL};
    return write_position(&d, node, node->field->type, f, tree);
}
