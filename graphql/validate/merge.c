/* Fields with one name in the answer must be able to be one field (5.3.2, OverlappingFieldsCanBeMerged).
 *
 * Comparing all pairs is quadratic in fields and exponential in fragments; this is linear but for what types that
 * exclude each other multiply. A set of selections is laid out once, with its fragments put in once, and its fields are
 * grouped by their name in the answer. Then
 *   - all of a group must have the same shape, whatever object it is, and so must what is selected in all of them together;
 *   - those of a group that can be on one object must be the same field with the same arguments as the first of them, and
 *     what is selected in these together must merge in its turn.
 * "As the first" suffices, because both are equivalences. What is selected in a group is a set of sets; the same set
 * is looked at once for each of the two questions.
 *
 * Whether there is a conflict is decided here. Which ones there are is told by merge_pairs.c, pair by pair, for those
 * documents only that have one. */
#include "graphql/validate/internal.h"

#include <stdlib.h>

enum { DEPTH = 500 };                 /* of fields and fragments, put in: documents that are so deep are refused before */

typedef const struct gql_selection *field_of_document;

struct fields {                       /* a growing list */
    field_of_document *items;
    uint32_t count, room;
};
struct group {
    struct fields fields;
};
struct merge {
    struct visit *v;
    uint32_t *round_of;               /* by number of a fragment: when it was put in last */
    uint32_t round;
    bool *is_reached;                 /* … whether it ever was */
    struct map *shapes, *merged;      /* sets that were looked at: the numbers of their fields */
    uint32_t *group_of, group;        /* by number of a type: the group in which it was met last */
    field_of_document one, other;     /* the first conflict */
};

static bool is_stopped(const struct merge *m)
{
    return m->one || visit_is_over(m->v);
}

static void add(struct merge *m, struct fields *f, field_of_document s)
{
    if (f->count == f->room) {
        uint32_t more = f->room ? f->room * 2 : 4;
        f->items = arena_grow(m->v->arena, f->items, f->room * sizeof *f->items, more * sizeof *f->items);
        f->room = more;
    }
    f->items[f->count++] = s;
}

/* ---- laying out --------------------------------------------------------------------------------- */

static void put_in(struct merge *m, const struct gql_selections *set, struct map *groups, unsigned depth)
{
    if (depth > DEPTH) {
        m->v->is_entangled = true;
        return;
    }
    for (uint32_t i = 0; i < set->count && visit_spend(m->v, 1); i++) {
        field_of_document s = &set->items[i];
        if (s->kind == GQL_FIELD) {
            struct group *g = map_get(groups, gql_key(s));
            if (!g)
                map_put(groups, gql_key(s), g = NEW(m->v->arena, struct group));
            add(m, &g->fields, s);
        } else if (s->kind == GQL_INLINE) {
            put_in(m, s->set, groups, depth + 1);
        } else {
            const struct gql_fragment *f = visit_fragment(m->v, s->name);
            if (f && m->round_of[f->number] != m->round) {
                m->round_of[f->number] = m->round;
                m->is_reached[f->number] = true;
                put_in(m, f->set, groups, depth + 1);
            }
        }
    }
}

/* What is selected in these fields together, by name in the answer. */
static struct map *lay_out(struct merge *m, const struct fields *in)
{
    struct map *groups = map_new(m->v->arena, 8);
    m->round++;
    for (uint32_t i = 0; i < in->count && !visit_is_over(m->v); i++)
        if (in->items[i]->set)
            put_in(m, in->items[i]->set, groups, 0);
    return groups;
}

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* The first time that this set of fields comes up? Those without selections do not count. */
static bool is_new(struct merge *m, struct map *seen, const struct fields *in)
{
    uint32_t *numbers = NEW_N(m->v->arena, uint32_t, in->count + 1u);
    size_t count = 0;
    for (uint32_t i = 0; i < in->count; i++)
        if (in->items[i]->set)
            numbers[count++] = in->items[i]->number;
    if (count == 0 || !visit_spend(m->v, count))
        return false;
    qsort(numbers, count, sizeof *numbers, by_number);
    str key = {(const char *)numbers, count * sizeof *numbers};
    return !map_put(seen, key, numbers);
}

/* ---- the same shape ------------------------------------------------------------------------------ */

bool gql_same_shape(const struct gql_type *a, const struct gql_type *b)
{
    while (a->of || b->of) {
        if (a->kind != b->kind)
            return false;
        a = a->of;
        b = b->of;
    }
    return a == b || !(gql_is_leaf(a) || gql_is_leaf(b));
}

static const struct gql_type *type_of(const struct merge *m, field_of_document s)
{
    const struct gql_field *f = m->v->fields[s->number];
    return f ? f->type : NULL;
}

static void check_shapes(struct merge *m, struct map *groups, unsigned depth)
{
    if (depth > DEPTH)
        m->v->is_entangled = true;
    size_t at = 0;
    str key;
    void *value;
    while (!is_stopped(m) && map_each(groups, &at, &key, &value)) {
        const struct fields *same = &((struct group *)value)->fields;
        field_of_document first = NULL;
        for (uint32_t i = 0; i < same->count; i++) {
            const struct gql_type *type = type_of(m, same->items[i]);
            if (type && !first)
                first = same->items[i];
            if (type && !gql_same_shape(type_of(m, first), type)) {
                m->one = first;
                m->other = same->items[i];
                return;
            }
        }
        if (is_new(m, m->shapes, same))
            check_shapes(m, lay_out(m, same), depth + 1);
    }
}

/* ---- the same field ------------------------------------------------------------------------------ */

static void check_merged(struct merge *m, struct map *groups, unsigned depth);

/* Fields that can be on one object. */
static void check_together(struct merge *m, const struct fields *same, unsigned depth)
{
    field_of_document first = same->items[0];
    for (uint32_t i = 1; i < same->count && !is_stopped(m); i++)
        if (!str_equal(first->name, same->items[i]->name) || !gql_same_arguments(m->v, first, same->items[i])) {
            m->one = first;
            m->other = same->items[i];
        }
    if (!is_stopped(m) && is_new(m, m->merged, same))
        check_merged(m, lay_out(m, same), depth + 1);
}

static const struct gql_type *object_of(const struct merge *m, field_of_document s)
{
    const struct gql_type *parent = m->v->parents[s->number];
    return parent && parent->kind == GQL_OBJECT_TYPE ? parent : NULL;
}

/* One field of each object type that there is. */
static struct fields one_of_each(struct merge *m, const struct fields *all)
{
    struct fields out = {0};
    m->group++;
    for (uint32_t i = 0; i < all->count && visit_spend(m->v, 1); i++) {
        const struct gql_type *object = object_of(m, all->items[i]);
        if (!object || m->group_of[object->number] == m->group)
            continue;
        m->group_of[object->number] = m->group;
        add(m, &out, all->items[i]);
    }
    return out;
}

/* Those of abstract types can be on the same object as any other; those of objects only with their own kind. */
static void check_group(struct merge *m, const struct fields *all, unsigned depth)
{
    struct fields objects = one_of_each(m, all);
    for (uint32_t i = 0; i < objects.count && !is_stopped(m); i++) {
        const struct gql_type *object = object_of(m, objects.items[i]);
        struct fields together = {0};
        for (uint32_t k = 0; k < all->count; k++)
            if (object_of(m, all->items[k]) == object || !object_of(m, all->items[k]))
                add(m, &together, all->items[k]);
        if (visit_spend(m->v, all->count))
            check_together(m, &together, depth);
    }
    if (objects.count == 0 && !is_stopped(m))
        check_together(m, all, depth);
}

static void check_merged(struct merge *m, struct map *groups, unsigned depth)
{
    if (depth > DEPTH)
        m->v->is_entangled = true;
    size_t at = 0;
    str key;
    void *value;
    while (!is_stopped(m) && map_each(groups, &at, &key, &value))
        check_group(m, &((struct group *)value)->fields, depth);
}

/* ---- documents ----------------------------------------------------------------------------------- */

static void check_set(struct merge *m, const struct gql_selections *set)
{
    struct map *groups = map_new(m->v->arena, 8);
    m->round++;
    put_in(m, set, groups, 0);
    check_shapes(m, groups, 0);
    check_merged(m, groups, 0);
}

static void tell_first(struct visit *v, const struct merge *m)
{
    str key = gql_key(m->one);
    struct gql_error *e = refuse(v, "Fields with the name \"" STR_FMT "\" in the answer cannot be one field. Other aliases would give both.", STR_ARG(key));
    refuse_at(v, e, m->one->at);
    refuse_at(v, e, m->other->at);
}

void rule_merge(struct visit *v)
{
    const struct gql_document *d = v->document;
    struct merge m = {.v = v,
                      .round_of = NEW_N(v->arena, uint32_t, d->fragment_count + 1u),
                      .is_reached = NEW_N(v->arena, bool, d->fragment_count + 1u),
                      .shapes = map_new(v->arena, 64),
                      .merged = map_new(v->arena, 64),
                      .group_of = NEW_N(v->arena, uint32_t, v->schema->type_count + 1u)};
    for (uint32_t i = 0; i < d->operation_count && !is_stopped(&m); i++)
        check_set(&m, d->operations[i].set);
    for (uint32_t i = 0; i < d->fragment_count && !is_stopped(&m); i++)
        if (!m.is_reached[i])
            check_set(&m, d->fragments[i].set);
    if (m.one && !visit_is_over(v) && !gql_explain_conflicts(v)) {
        v->is_entangled = false;
        tell_first(v, &m);
    }
}
