/* CompleteValue (specification 6.4.3), straight into the answer: a position that turns out null is cut off again, and so
 * is what stands around it, up to the nearest that may be null. */
#include "graphql/execute/internal.h"

#include "base/limits.h"
#include "base/time.h"

static void tell_where(struct gql_execution *x, const struct gql_node *node, struct gql_error *e)
{
    for (uint32_t i = 0; node != NULL && i < node->same_count; i++)
        gql_fail_at(x->errors, e, x->document->text, node->same[i]->at);
    gql_fail_path(x->errors, e, x->path);
}

static enum gql_done stop_too_large(struct gql_execution *x, const struct gql_node *node)
{
    tell_where(x, node,
               gql_fail(x->errors, err_facts(ERR_TOO_LARGE)->graphql_code, "The answer is too large here: ask for fewer items or fields."));
    return GQL_STOPPED;
}

enum gql_done gql_broken(struct gql_execution *x, const struct gql_node *node, const struct problem *why)
{
    if (x->out->failed)
        return stop_too_large(x, node);
    tell_where(x, node, gql_fail_problem(x->errors, why));
    return why->err == ERR_TIMEOUT && x->operation->kind == GQL_QUERY ? GQL_STOPPED : GQL_NULLED;
}

enum gql_done gql_broken_by(struct gql_execution *x, const struct gql_node *node, str code, str sentence)
{
    if (x->out->failed)
        return stop_too_large(x, node);
    tell_where(x, node, gql_fail(x->errors, code, STR_FMT, STR_ARG(sentence)));
    return GQL_NULLED;
}

enum gql_done gql_settle(struct gql_execution *x, const struct gql_type *type, enum gql_done done, size_t start)
{
    if (done == GQL_WROTE)
        return GQL_WROTE;
    buf_truncate(x->out, start);
    if (done == GQL_STOPPED || type->kind == GQL_NON_NULL)
        return done;
    buf_add(x->out, S("null"));
    return GQL_WROTE;
}

/* A sentence that collecting found; from a place of its own. */
static enum gql_done broken_at(struct gql_execution *x, const struct gql_node *node, str fault, uint32_t at)
{
    if (at == GQL_NOWHERE || x->out->failed)
        return gql_broken_by(x, node, GQL_BAD_INPUT, fault);
    struct gql_error *e = gql_fail(x->errors, GQL_BAD_INPUT, STR_FMT, STR_ARG(fault));
    gql_fail_at(x->errors, e, x->document->text, at);
    gql_fail_path(x->errors, e, x->path);
    return GQL_NULLED;
}

enum gql_done gql_broken_fields(struct gql_execution *x, const struct gql_node *node, const struct gql_fields *fields)
{
    return broken_at(x, node, fields->fault, fields->fault_at);
}

bool gql_is_faulty(struct gql_execution *x, const struct gql_node *node, enum gql_done *done)
{
    if (node->arguments != NULL)
        return false;
    size_t start = x->out->len;
    *done = broken_at(x, node, node->fault, node->fault_at);
    if (node->field != NULL)
        *done = gql_settle(x, node->field->type, *done, start);
    return true;
}

/* ---- values ---- */

/* What code behind a field gave is not what its schema promises. */
static enum gql_done not_one(struct gql_execution *x, const struct gql_node *node, const struct gql_type *type)
{
    struct buf b;
    buf_init(&b, x->arena, LIMIT_GRAPHQL_BYTES);
    buf_add(&b, S("The value of \""));
    buf_add(&b, node->field->name);
    buf_add(&b, S("\" is no "));
    gql_print_type_name(&b, type);
    buf_byte(&b, '.');
    return gql_broken_by(x, node, GQL_INTERNAL, buf_str(&b));
}

static enum gql_done complete_leaf(struct gql_execution *x, const struct gql_node *node, const struct gql_type *type,
                                   const struct json *v)
{
    struct json given = *v;
    bool is_one = true;
    if (type->kind == GQL_ENUM_TYPE)
        is_one = v->type == JSON_TEXT && gql_value_named(type, v->text) != NULL;
    else if (type->scalar != NULL && type->scalar->give != NULL)
        is_one = type->scalar->give(x->arena, v, &given);
    if (!is_one)
        return not_one(x, node, type);
    struct json_writer w;
    json_begin(&w, x->out);
    json_value(&w, &given);
    json_end(&w);
    return GQL_WROTE;
}

static enum gql_done complete_list(struct gql_execution *x, const struct gql_node *node, const struct gql_type *type,
                                   const struct gql_thing *thing)
{
    bool is_tree = thing->kind == GQL_THING_LEAF;
    if (is_tree ? thing->leaf.type != JSON_LIST : thing->kind != GQL_THING_LIST)
        return not_one(x, node, type);
    size_t count = is_tree ? thing->leaf.count : thing->count;
    struct gql_path here = {.in = x->path};
    x->path = &here;
    enum gql_done done = GQL_WROTE;
    buf_byte(x->out, '[');
    for (size_t i = 0; i < count && done == GQL_WROTE; i++) {
        here.index = (uint32_t)i;
        if (i > 0)
            buf_byte(x->out, ',');
        struct gql_thing leaf = {.kind = GQL_THING_LEAF};
        if (is_tree)
            leaf.leaf = thing->leaf.items[i];
        done = gql_complete(x, node, type->of, is_tree ? &leaf : &thing->items[i]);
        if (x->out->failed && done == GQL_WROTE)
            done = stop_too_large(x, node);
    }
    buf_byte(x->out, ']');
    x->path = here.in;
    return done;
}

/* Which object is it? NULL: none that may stand here. */
static const struct gql_type *concrete(struct gql_execution *x, const struct gql_type *type, const struct gql_thing *thing)
{
    const struct gql_type *t = thing->type;
    if (t == NULL && type->kind == GQL_OBJECT_TYPE)
        return type;
    if (t == NULL && thing->kind == GQL_THING_LEAF) {
        const struct json *name = json_get(&thing->leaf, S("__typename"));
        t = name != NULL && name->type == JSON_TEXT ? gql_type_named(x->schema, name->text) : NULL;
    }
    return t != NULL && t->kind == GQL_OBJECT_TYPE && gql_is_possible(type, t) ? t : NULL;
}

static enum gql_done complete_object(struct gql_execution *x, const struct gql_node *node, const struct gql_type *type,
                                     const struct gql_thing *thing)
{
    bool is_tree = thing->kind == GQL_THING_LEAF;
    bool is_object = is_tree ? thing->leaf.type == JSON_MAP : thing->kind == GQL_THING_OBJECT;
    const struct gql_type *of = is_object ? concrete(x, type, thing) : NULL;
    if (of == NULL)
        return not_one(x, node, type);
    return gql_write_object(x, node, gql_fields_of(x, node, of), is_tree ? (const void *)&thing->leaf : thing->self, is_tree);
}

enum gql_done gql_complete(struct gql_execution *x, const struct gql_node *node, const struct gql_type *type,
                           const struct gql_thing *thing)
{
    size_t start = x->out->len;
    const struct gql_type *t = gql_nullable(type);
    enum gql_done done = GQL_WROTE;
    if (thing->kind == GQL_THING_NULL || (thing->kind == GQL_THING_LEAF && thing->leaf.type == JSON_NULL)) {
        if (type->kind == GQL_NON_NULL)
            done = gql_broken_by(x, node, GQL_INTERNAL,
                                 arena_format(x->arena, "\"" STR_FMT "\" is never null, and has no value here.",
                                              STR_ARG(node->field->name)));
        else
            buf_add(x->out, S("null"));
    } else if (t->kind == GQL_LIST_OF) {
        done = complete_list(x, node, t, thing);
    } else if (gql_is_composite(t)) {
        done = complete_object(x, node, t, thing);
    } else if (thing->kind == GQL_THING_LEAF) {
        done = complete_leaf(x, node, t, &thing->leaf);
    } else {
        done = not_one(x, node, t);
    }
    return gql_settle(x, type, done, start);
}

/* ---- objects ---- */

static enum gql_done resolve(struct gql_execution *x, const struct gql_node *node, const void *self, bool is_json)
{
    struct gql_thing thing = {.kind = GQL_THING_NULL};
    const struct gql_field *f = node->field;
    if (f->resolve != NULL) {
        size_t start = x->out->len;
        struct problem why = {.arena = x->arena, .spans = x->spans};
        if (f->resolve(x, node, self, &thing, &why) != ERR_OK)
            return gql_settle(x, f->type, gql_broken(x, node, &why), start);
    } else {
        must(is_json); /* else whoever made the schema forgot this field */
        const struct json *v = json_get(self, f->name);
        if (v != NULL)
            thing = (struct gql_thing){.kind = GQL_THING_LEAF, .leaf = *v};
    }
    return gql_complete(x, node, f->type, &thing);
}

static bool is_of_mutation(const struct gql_execution *x) /* this very field, at the root */
{
    return x->path->in == NULL && x->operation->kind == GQL_MUTATION;
}

static bool is_late(const struct gql_execution *x)
{
    return x->path->in == NULL && x->until_us != 0 && x->operation->kind == GQL_QUERY && time_mono_us() >= x->until_us;
}

static enum gql_done stop_late(struct gql_execution *x, const struct gql_node *node)
{
    struct problem why = {.arena = x->arena, .spans = x->spans};
    err_ignored(problem_set(&why, ERR_TIMEOUT, "The query took longer than it may"));
    return gql_broken(x, node, &why);
}

enum gql_done gql_write_field(struct gql_execution *x, const struct gql_type *of, const struct gql_node *node, const void *self,
                              bool is_json)
{
    struct gql_path here = {.in = x->path, .key = node->key};
    x->path = &here;
    size_t start = x->out->len, errors = x->errors->count;
    enum gql_done done = GQL_WROTE;
    if (gql_write_as_twin(x, node)) {
        /* as before */
    } else if (is_late(x)) {
        done = stop_late(x, node);
    } else if (gql_is_faulty(x, node, &done)) {
        /* told */
    } else if (node->field == &gql_typename_field) {
        buf_byte(x->out, '"');
        buf_add(x->out, of->name);
        buf_byte(x->out, '"');
    } else if (node->field->write != NULL) {
        done = node->field->write(x, node, self);
    } else {
        done = resolve(x, node, self, is_json);
    }
    if (done == GQL_WROTE && x->errors->count == errors && !x->errors->is_full)
        gql_keep_for_twins(x, node, start);
    if (done == GQL_WROTE && x->out->failed)
        done = stop_too_large(x, node);
    if (done == GQL_STOPPED && is_of_mutation(x)) { /* goes on: what was done by the others would be told by nobody */
        x->out->failed = false;
        done = gql_settle(x, node->field->type, GQL_NULLED, start);
    }
    x->path = here.in;
    return done;
}

enum gql_done gql_write_object(struct gql_execution *x, const struct gql_node *node, const struct gql_fields *fields, const void *self,
                               bool is_json)
{
    if (fields->fault.at != NULL)
        return gql_broken_fields(x, node, fields);
    size_t start = x->out->len;
    buf_byte(x->out, '{');
    for (uint32_t i = 0; i < fields->count; i++) {
        if (i > 0)
            buf_byte(x->out, ',');
        buf_add(x->out, fields->nodes[i].quoted);
        enum gql_done done = gql_write_field(x, fields->of, &fields->nodes[i], self, is_json);
        if (done != GQL_WROTE) {
            buf_truncate(x->out, start);
            return done;
        }
    }
    buf_byte(x->out, '}');
    return x->out->failed ? stop_too_large(x, node) : GQL_WROTE;
}
