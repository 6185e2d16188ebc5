/* Selections to queries and steps. What a field is, says its meaning and never its name. */
#include "graphql/own/read.h"

#include "base/limits.h"
#include "content/kind.h"

void own_reading_begin(struct reading *r, struct gql_execution *x)
{
    *r = (struct reading){.x = x, .schema = x->schema->meaning, .why = {.arena = x->arena, .spans = x->spans}};
}

const struct gql_type *own_type_of_items(const struct reading *r, const struct collection *c)
{
    return c->index < r->schema->model->collection_count ? r->schema->type_of[c->index] : NULL;
}

size_t own_sketch_output(struct reading *r, struct sketch *s, const struct field *f)
{
    struct query *q = s->query;
    if (q->output_count == s->room) {
        size_t room = s->room ? 2 * s->room : 8;
        q->outputs = arena_grow(r->x->arena, q->outputs, s->room * sizeof *q->outputs,
                                room * sizeof *q->outputs);
        s->room = room;
    }
    q->outputs[q->output_count] = (struct output){.field = f};
    return q->output_count++;
}

static bool is_bare(const struct output *o)
{
    return !o->branch && !o->into && o->inside_count == 0;
}

size_t own_sketch_value(struct reading *r, struct sketch *s, const struct field *f)
{
    const struct query *q = s->query;
    for (size_t i = 0; i < q->output_count; i++)
        if (q->outputs[i].field == f && is_bare(&q->outputs[i]))
            return i;
    return own_sketch_output(r, s, f);
}

struct problem *own_compile_fault(struct reading *r, struct item_step *step)
{
    struct problem *fault = NEW(r->x->arena, struct problem);
    fault->arena = r->x->arena;
    step->fault = fault;
    step->write = own_write_fault;
    return fault;
}

struct query *own_compile_branch(struct reading *r, const struct sketch *s, struct item_step *step,
                                 const struct collection *to)
{
    if (s->hops >= LIMIT_POPULATE_HOPS) {
        err_ignored(problem_fault(own_compile_fault(r, step), ERR_BAD_INPUT, step->node->key,
                                  S("limit"), "At most %u relations are followed.",
                                  LIMIT_POPULATE_HOPS));
        return NULL;
    }
    if (r->branches++ == LIMIT_POPULATE_BRANCHES) {
        err_ignored(problem_fault(own_compile_fault(r, step), ERR_BAD_INPUT, step->node->key,
                                  S("limit"), "At most %u relations are read at once.",
                                  LIMIT_POPULATE_BRANCHES));
        return NULL;
    }
    struct query *q = NEW(r->x->arena, struct query);
    q->from = to;
    q->limit = 1;
    q->reader = r->x->who->rights;
    return q;
}

static enum gql_done write_typename(struct reading *r, const struct item_step *s,
                                    const struct item_view *v)
{
    (void)v;
    buf_byte(r->x->out, '"');
    buf_add(r->x->out, s->of->name);
    buf_byte(r->x->out, '"');
    return GQL_WROTE;
}

static enum gql_done write_raw(struct reading *r, const struct item_step *s,
                               const struct item_view *v)
{
    return item_write(v, s->output, r->x->out, &r->why) == ERR_OK ? GQL_WROTE
                                                                  : own_end_of_read(r, r->why.err);
}

static enum gql_done write_collection(struct reading *r, const struct item_step *s,
                                      const struct item_view *v)
{
    (void)s;
    buf_json_text(r->x->out, item_query(v)->from->name);
    return GQL_WROTE;
}

static enum gql_done write_node_id(struct reading *r, const struct item_step *s,
                                   const struct item_view *v)
{
    const struct cell *id = item_cell(v, s->output);
    buf_byte(r->x->out, '"');
    if (id && id->type == CELL_TEXT)
        own_node_id(r->x->out, item_query(v)->from, id->text);
    buf_byte(r->x->out, '"');
    return GQL_WROTE;
}

static enum gql_done write_is_draft(struct reading *r, const struct item_step *s,
                                    const struct item_view *v)
{
    (void)s;
    buf_add(r->x->out, item_is_draft(v) ? S("true") : S("false"));
    return GQL_WROTE;
}

/* Fields that are read from one output and no branch. */
static const struct {
    enum own_what what;
    step_writer *write;
    bool needs_id; /* of "_id", whatever its own field is */
    bool has_output;
    bool is_lasting; /* its text depends on the row and nothing else */
} plain[] = {
    {OWN_VALUE, own_write_value, false, true, true},
    {OWN_RAW, write_raw, false, true, true},
    {OWN_COLLECTION, write_collection, false, false, true},
    {OWN_NODE_ID, write_node_id, true, true, true},
    {OWN_IS_DRAFT, write_is_draft, false, false, false},
    {OWN_URL, own_write_url, true, true, true},
};

static uint64_t mixed(uint64_t h, uint64_t v)
{
    h = (h ^ v) * 0xFF51AFD7ED558CCDu;
    return h ^ (h >> 32);
}

static uint64_t hash_of(str s)
{
    return map_hash(s);
}

static bool compile_plain(struct reading *r, struct sketch *s, struct item_step *step,
                          uint64_t *shape)
{
    for (size_t i = 0; i < COUNTOF(plain); i++) {
        if (plain[i].what != step->meaning->what)
            continue;
        step->write = plain[i].write;
        if (plain[i].has_output)
            step->output = own_sketch_value(
                r, s, plain[i].needs_id ? &s->query->from->fields[META_ID] : step->meaning->field);
        const struct field *hash =
            step->meaning->what == OWN_URL ? collection_field(s->query->from, S("hash")) : NULL;
        step->extra = hash ? own_sketch_value(r, s, hash) : step->output;
        if (!plain[i].is_lasting || step->node->field->argument_count > 0)
            *shape = 0;
        if (*shape)
            *shape = mixed(mixed(*shape, plain[i].what), step->output) | 1;
        return true;
    }
    return false;
}

static void compile_field(struct reading *r, struct sketch *s, struct item_step *step,
                          uint64_t *shape)
{
    if (step->node->arguments == NULL) {
        *shape = 0;
        step->write = own_write_fault;
        return;
    }
    if (step->node->field == &gql_typename_field) {
        step->write = write_typename;
        return;
    }
    step->meaning = own_meaning_of(step->node->field);
    must(step->meaning != NULL); /* else whoever made the schema forgot this field */
    if (compile_plain(r, s, step, shape))
        return;
    *shape = 0;
    switch ((unsigned)step->meaning->what) {
    case OWN_ONE:
    case OWN_MANY:
    case OWN_ANY:
    case OWN_ANY_MANY:
        own_compile_relation(r, s, step);
        break;
    case OWN_MANY_CONNECTION:
        own_compile_pages(r, s, step);
        break;
    case OWN_DOCUMENT:
    case OWN_BLOCKS:
        own_compile_document(r, s, step);
        break;
    default:
        must(false); /* no field of an item */
    }
}

struct item_steps *own_compile_items(struct reading *r, struct sketch *s,
                                     const struct gql_fields *fields)
{
    struct item_steps *out = NEW(r->x->arena, struct item_steps);
    out->fields = fields;
    out->query = s->query;
    out->at = NEW_N(r->x->arena, struct item_step, fields->count);
    out->count = fields->count;
    uint64_t shape = mixed(r->x->schema->hash, hash_of(fields->of->name)) | 1;
    for (uint32_t i = 0; i < fields->count; i++) {
        const struct gql_node *node = &fields->nodes[i];
        out->at[i].node = node;
        out->at[i].of = fields->of;
        if (shape)
            shape = mixed(mixed(shape, hash_of(node->key)),
                          node->field ? hash_of(node->field->name) : 0) |
                    1;
        compile_field(r, s, &out->at[i], &shape);
    }
    out->shape = shape;
    return out;
}
