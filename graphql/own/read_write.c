/* Rows into the answer. Positions that turn out null are cut off again by gql_settle; x->path
 * stands where an error would be told. */
#include "graphql/own/read.h"

#include "base/limits.h"
#include "content/kind.h"

/* What a sink returns to end its read, when it is no problem of the read's: never seen by anybody
 * else. */
#define HALT ERR_CONFLICT

enum err own_halt_read(struct reading *r, enum gql_done done)
{
    must(done != GQL_WROTE);
    r->halt = done;
    return HALT;
}

enum gql_done own_end_of_read(struct reading *r, enum err e)
{
    enum gql_done done = r->halt;
    r->halt = GQL_WROTE;
    if (e == ERR_OK)
        return GQL_WROTE;
    if (done != GQL_WROTE)
        return done;
    r->is_broken = true;
    return GQL_STOPPED;
}

enum gql_done own_told(struct reading *r, const struct gql_node *node)
{
    r->is_broken = false;
    return gql_broken(r->x, node, &r->why);
}

enum err own_check_room(struct reading *r, size_t more)
{
    return r->x->out->failed || more > r->x->out->max - r->x->out->len
               ? problem_set(&r->why, ERR_TOO_LARGE, "The answer is larger than this server sends")
               : ERR_OK;
}

enum gql_done own_write_fault(struct reading *r, const struct item_step *s,
                              const struct item_view *v)
{
    enum gql_done done = GQL_NULLED;
    (void)v;
    if (s->fault)
        return gql_broken(r->x, s->node, s->fault);
    (void)gql_is_faulty(r->x, s->node, &done);
    return done;
}

enum gql_done own_write_tree(struct reading *r, const struct gql_node *node,
                             const struct json *tree)
{
    struct gql_thing leaf = {.kind = GQL_THING_LEAF, .leaf = *tree};
    return gql_complete(r->x, node, node->field->type, &leaf);
}

/* ---- values ---- */

/* What the content API writes is what these scalars answer with. An Int has bounds of its own, an enum its words. */
static bool is_as_it_is(const struct gql_type *t, const struct field *f)
{
    bool is_reference = (f->kind->flags & KIND_REF) && !f->is_meta;
    if (t->kind == GQL_LIST_OF)
        t = gql_nullable(t->of);
    return t->kind == GQL_SCALAR && t->scalar != &gql_int && !is_reference;
}

/* By hand where the cell says all (most do); whether it was written. */
static bool write_cell(struct buf *b, const struct gql_type *t, enum column column, const struct cell *cell)
{
    bool is_number = column == COLUMN_INTEGER || column == COLUMN_NUMBER;
    bool is_word = column == COLUMN_TEXT || column == COLUMN_REF;
    if (cell->type == CELL_TEXT && is_word && t->kind == GQL_SCALAR && t->scalar != &gql_int)
        buf_json_text(b, cell->text);
    else if (cell->type == CELL_TEXT && is_word && t->kind == GQL_ENUM_TYPE && gql_value_named(t, cell->text))
        buf_json_text(b, cell->text);
    else if (cell->type == CELL_INT && is_number && t->kind == GQL_SCALAR &&
             (t->scalar != &gql_int || (cell->integer >= INT32_MIN && cell->integer <= INT32_MAX)))
        buf_i64(b, cell->integer);
    else
        return false;
    return true;
}

enum gql_done own_write_value(struct reading *r, const struct item_step *s, const struct item_view *v)
{
    const struct cell *cell = item_cell(v, s->output);
    const struct gql_type *type = s->node->field->type, *t = gql_nullable(type);
    const struct field *f = s->meaning->field;
    struct buf *out = r->x->out;
    bool is_null = !cell || cell->type == CELL_NULL;
    if (is_null && type->kind != GQL_NON_NULL) {
        buf_add(out, S("null"));
        return GQL_WROTE;
    }
    if (is_null && t->kind == GQL_LIST_OF) { /* no list is an empty one */
        buf_add(out, S("[]"));
        return GQL_WROTE;
    }
    if (!is_null && write_cell(out, t, f->kind->column, cell))
        return GQL_WROTE;
    if (!is_null && is_as_it_is(t, f))
        return own_end_of_read(r, item_write(v, s->output, out, &r->why));
    struct json tree = item_tree(v, s->output, r->x->arena);
    return own_write_tree(r, s->node, &tree);
}

/* ---- objects ---- */

enum gql_done own_write_steps(struct reading *r, const struct item_steps *steps,
                              const struct item_view *v)
{
    struct gql_execution *x = r->x;
    struct gql_path here = {.in = x->path};
    enum gql_done done = GQL_WROTE;
    if (steps->fields->fault.at)
        return gql_broken_fields(x, NULL, steps->fields);
    x->path = &here;
    buf_byte(x->out, '{');
    for (size_t i = 0; i < steps->count && done == GQL_WROTE; i++) {
        const struct item_step *s = &steps->at[i];
        here.key = s->node->key;
        if (i > 0)
            buf_byte(x->out, ',');
        buf_add(x->out, s->node->quoted);
        size_t start = x->out->len;
        done = s->write(r, s, v);
        if (done != GQL_WROTE && s->node->field)
            done = gql_settle(x, s->node->field->type, done, start);
    }
    buf_byte(x->out, '}');
    x->path = here.in;
    return done;
}

const struct item_steps *own_steps_for(struct item_steps *const *items, size_t count,
                                       const struct item_view *v)
{
    if (count == 1)
        return items[0];
    for (size_t i = 0; i < count; i++)
        if (items[i]->query == item_query(v))
            return items[i];
    return NULL;
}

/* ---- relations ---- */

static enum err take_element(struct item_sink *self, const struct item_view *v, struct problem *why)
{
    struct elements *e = (struct elements *)(void *)self;
    struct reading *r = e->reading;
    struct buf *out = r->x->out;
    const struct item_steps *steps = own_steps_for(e->items, e->item_count, v);
    (void)why;
    if (!steps)
        return ERR_OK;
    if (e->here.index > 0)
        buf_byte(out, ',');
    size_t start = out->len;
    enum gql_done done = gql_settle(r->x, e->element, own_write_steps(r, steps, v), start);
    if (done != GQL_WROTE)
        return own_halt_read(r, done);
    e->here.index++;
    return own_check_room(r, 0);
}

void own_elements_begin(struct elements *e, struct reading *r, struct item_steps *const *items,
                        size_t count, const struct gql_type *list)
{
    const struct gql_type *t = gql_nullable(list);
    must(t->kind == GQL_LIST_OF);
    *e = (struct elements){{take_element}, r, items, count, t->of, {.in = r->x->path}};
    r->x->path = &e->here;
    buf_byte(r->x->out, '[');
}

void own_elements_end(struct elements *e)
{
    buf_byte(e->reading->x->out, ']');
    e->reading->x->path = e->here.in;
}

enum gql_done own_write_many(struct reading *r, const struct item_step *s,
                             const struct item_view *v)
{
    struct elements e;
    enum err result = ERR_OK;
    own_elements_begin(&e, r, s->items, s->item_count, s->node->field->type);
    if (!s->nothing)
        result = item_each(v, s->output, &e.sink, &r->why);
    own_elements_end(&e);
    return own_end_of_read(r, result);
}

struct one_sink {
    struct item_sink sink; /* first */
    struct reading *reading;
    const struct item_step *step;
    bool found;
};

static enum err take_one(struct item_sink *self, const struct item_view *v, struct problem *why)
{
    struct one_sink *o = (struct one_sink *)(void *)self;
    const struct item_steps *steps = own_steps_for(o->step->items, o->step->item_count, v);
    (void)why;
    if (!steps || o->found)
        return ERR_OK;
    o->found = true;
    enum gql_done done = own_write_steps(o->reading, steps, v);
    return done == GQL_WROTE ? ERR_OK : own_halt_read(o->reading, done);
}

/* Not there, or not for this caller: null without an error. */
enum gql_done own_write_one(struct reading *r, const struct item_step *s, const struct item_view *v)
{
    struct one_sink o = {{take_one}, r, s, false};
    struct buf *out = r->x->out;
    uint64_t shape = s->item_count == 1 ? s->items[0]->shape : 0;
    size_t start = out->len, errors = r->x->errors->count;
    if (s->nothing) {
        buf_add(out, S("null"));
        return GQL_WROTE;
    }
    if (shape && item_recall(v, s->output, shape, out))
        return GQL_WROTE;
    enum gql_done done = own_end_of_read(r, item_each(v, s->output, &o.sink, &r->why));
    if (done != GQL_WROTE)
        return done;
    if (!o.found)
        return own_write_tree(r, s->node, &json_null);
    if (shape && errors == r->x->errors->count && !r->x->errors->is_full && !out->failed)
        item_remember(v, s->output, shape, str_slice(buf_str(out), start, out->len));
    return GQL_WROTE;
}
