/* References inside sets, components and blocks: which there are, and what is read of their targets. */
#include "base/limits.h"
#include "content/filter/internal.h"
#include "content/query/query.h"

struct inside {
    struct arena *arena;
    const struct query *from;
    struct output *output;
    size_t room;
    size_t *made;                     /* branches of the whole query, of LIMIT_POPULATE_BRANCHES */
};

static void add(struct inside *s, const struct field *along)
{
    struct output *o = s->output;
    for (size_t i = 0; i < o->inside_count; i++)
        if (o->inside[i].along == along)
            return;
    if (*s->made == LIMIT_POPULATE_BRANCHES)
        return;
    ++*s->made;
    if (o->inside_count == s->room) {
        size_t room = s->room ? 2 * s->room : 4;
        o->inside = arena_grow(s->arena, o->inside, s->room * sizeof *o->inside, room * sizeof *o->inside);
        s->room = room;
    }
    struct query *branch = query_branch(s->arena, s->from, along);
    branch->with_model = true;
    query_all_fields(s->arena, branch, NULL);
    o->inside[o->inside_count++] = (struct inner_branch){along, branch};
}

static void look_at(struct inside *s, const struct field *f, unsigned depth);

static void look_into(struct inside *s, const struct field *members, size_t count, unsigned depth)
{
    for (size_t i = 0; i < count; i++) {
        const struct field *m = &members[i];
        if (is_deep(m) && depth > 0)
            look_at(s, m, depth - 1);
        if (!is_reference(m))
            continue;
        for (size_t k = 0; k < m->target_count; k++)
            add(s, &m->into[k]);
        if (m->to)
            add(s, m);
    }
}

static void look_at(struct inside *s, const struct field *f, unsigned depth)
{
    look_into(s, f->members, f->member_count, depth);
    for (size_t i = 0; f->member_count == 0 && i < f->of_count; i++)
        look_into(s, f->of[i]->fields + META_COUNT, f->of[i]->field_count - META_COUNT, depth);
}

void query_populate_inside(struct arena *a, const struct query *from, struct output *o, size_t *made)
{
    struct inside s = {.arena = a, .from = from, .output = o, .room = o->inside_count, .made = made};
    if (is_deep(o->field))
        look_at(&s, o->field, LIMIT_FIELD_DEPTH);
}
