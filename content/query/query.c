#include "content/query/query.h"

#include "content/filter/internal.h"
#include "content/kind.h"

enum err query_unknown_field(struct problem *why, str where, str name)
{
    name = short_name(name);
    return problem_fault(why, ERR_BAD_INPUT, where, S("unknown-field"), "There is no field \"" STR_FMT "\".",
                         STR_ARG(name));
}

void query_all_fields(struct arena *a, struct query *q, const field_set *only)
{
    const struct collection *c = q->from;

    q->outputs = NEW_N(a, struct output, c->field_count);
    q->output_count = 0;
    for (size_t i = 0; i < c->field_count; i++) {
        bool is_secret = (c->fields[i].kind->flags & (KIND_SECRET | KIND_DIGEST)) ||
                         field_set_has(&c->secret_fields, i);
        if (field_set_has(&c->all_fields, i) && !is_secret && (!only || field_set_has(only, i)))
            q->outputs[q->output_count++] = (struct output){.field = &c->fields[i]};
    }
}

void query_image_fields(struct arena *a, struct query *q)
{
    field_set kept = q->from->all_fields;
    for (size_t i = 0; i < q->from->field_count; i++)
        if (q->from->fields[i].apart)
            field_set_drop(&kept, i);
    query_all_fields(a, q, &kept);
}

struct query *query_branch(struct arena *a, const struct query *q, const struct field *along)
{
    struct query *b = NEW(a, struct query);

    *b = (struct query){.from = along->to, .limit = LIMIT_ROWS, .reader = q->reader};
    return b;
}

/* Queries whose references are still to be followed, nearest first. */
struct frontier {
    struct {
        struct query *query;
        unsigned hops;
    } *waiting;
    size_t first, count, room;
    size_t made;
};

static void push(struct arena *a, struct frontier *f, struct query *q, unsigned hops)
{
    if (f->count == f->room) {
        size_t room = f->room ? 2 * f->room : 16;
        f->waiting = arena_grow(a, f->waiting, f->room * sizeof *f->waiting, room * sizeof *f->waiting);
        f->room = room;
    }
    f->waiting[f->count].query = q;
    f->waiting[f->count++].hops = hops;
}

/* A branch is made unless there is one or there are too many. */
static void follow(struct arena *a, struct frontier *f, const struct query *from, const struct field *along,
                   struct query **branch, unsigned left)
{
    if (!*branch && f->made < LIMIT_POPULATE_BRANCHES) {
        f->made++;
        *branch = query_branch(a, from, along);
        (*branch)->with_model = along->via != NULL; /* which of the collections it is */
        query_all_fields(a, *branch, NULL);
    }
    if (*branch)
        push(a, f, *branch, left);
}

void query_populate(struct arena *a, struct query *q, unsigned hops)
{
    struct frontier f = {0};

    push(a, &f, q, hops < LIMIT_POPULATE_HOPS ? hops : LIMIT_POPULATE_HOPS);
    while (f.first < f.count) {
        struct query *at = f.waiting[f.first].query;
        unsigned left = f.waiting[f.first++].hops;
        for (size_t i = 0; left > 0 && i < at->output_count; i++) {
            struct output *o = &at->outputs[i];
            query_populate_inside(a, at, o, &f.made);
            for (size_t k = 0; k < o->inside_count; k++)
                push(a, &f, o->inside[k].query, left - 1);
            if (!is_reference(o->field) || o->field->is_meta) /* a parent is told by its id */
                continue;
            if (field_is_polymorphic(o->field) && !o->into)
                o->into = NEW_N(a, struct query *, o->field->target_count);
            for (size_t k = 0; k < o->field->target_count; k++)
                follow(a, &f, at, &o->field->into[k], &o->into[k], left - 1);
            if (o->field->to)
                follow(a, &f, at, o->field, &o->branch, left - 1);
        }
    }
}
