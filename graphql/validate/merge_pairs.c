/* Which fields of a document cannot be merged: every conflict with both fields, as graphql-js tells it, so that tools which
 * know its errors know ours.
 *
 * Each set is compared with itself, with each fragment spread in it, and those with each other; two fields with selections
 * have theirs compared in turn. Fragments are not put in: what was compared with one is remembered. It is quadratic all
 * the same, ends with LIMIT_GRAPHQL_WORK, and is asked only about documents that merge.c found a conflict in. */
#include "graphql/validate/internal.h"

enum { DEPTH = 500, PLACES = 20 };    /* of one side of a conflict */

typedef const struct gql_selection *field_of_document;

struct place_list {
    uint32_t at[PLACES];
    uint32_t count;
};
struct conflict {
    str key, reason;
    struct place_list one, other;
    struct conflict *next;
};
struct conflicts {
    struct conflict *first, **end;
    size_t count, max;                /* then nobody looks for more */
};
struct entry {
    field_of_document field;
    struct entry *next;
};
struct entries {
    struct entry *first, **end;
};
struct laid_out {                     /* one set, its inline fragments put in */
    struct map *keys;                 /* struct entries by name in the answer */
    const struct gql_fragment **spreads; /* each once */
    uint32_t spread_count, spread_room;
    uint32_t number;
};
enum compared { NOT_COMPARED, EXCLUSIVE, TOGETHER };
struct pairs {
    struct visit *v;
    struct laid_out **sets;           /* by number */
    uint8_t *with_set, *with_fragment; /* enum compared: [set][fragment], [fragment][fragment] */
    unsigned depth;
};

/* ---- laying out --------------------------------------------------------------------------------- */

static void put_in(struct pairs *p, struct laid_out *out, const struct gql_selections *set)
{
    struct arena *a = p->v->arena;
    for (uint32_t i = 0; i < set->count && visit_spend(p->v, 1); i++) {
        field_of_document s = &set->items[i];
        if (s->kind == GQL_INLINE) {
            put_in(p, out, s->set);
        } else if (s->kind == GQL_FIELD) {
            struct entries *same = map_get(out->keys, gql_key(s));
            if (!same) {
                same = NEW(a, struct entries);
                same->end = &same->first;
                map_put(out->keys, gql_key(s), same);
            }
            struct entry *e = NEW(a, struct entry);
            e->field = s;
            *same->end = e;
            same->end = &e->next;
        } else {
            const struct gql_fragment *f = visit_fragment(p->v, s->name);
            bool is_new = f != NULL;
            for (uint32_t k = 0; k < out->spread_count && is_new; k++)
                is_new = out->spreads[k] != f;
            if (!is_new)
                continue;
            if (out->spread_count == out->spread_room) {
                uint32_t more = out->spread_room ? out->spread_room * 2 : 4;
                out->spreads = arena_grow(a, out->spreads, out->spread_room * sizeof *out->spreads, more * sizeof *out->spreads);
                out->spread_room = more;
            }
            out->spreads[out->spread_count++] = f;
        }
    }
}

static struct laid_out *lay_out(struct pairs *p, const struct gql_selections *set)
{
    struct laid_out **out = &p->sets[set->number];
    if (!*out) {
        *out = NEW(p->v->arena, struct laid_out);
        (*out)->keys = map_new(p->v->arena, set->count);
        (*out)->number = set->number;
        put_in(p, *out, set);
    }
    return *out;
}

/* Compared before, and as strictly as now? Notes that it will be. */
static bool was_compared(uint8_t *cell, bool exclusive)
{
    if (*cell == TOGETHER || (*cell == EXCLUSIVE && exclusive))
        return true;
    *cell = exclusive ? EXCLUSIVE : TOGETHER;
    return false;
}

/* ---- conflicts ----------------------------------------------------------------------------------- */

static void add_places(struct place_list *to, const struct place_list *from)
{
    uint32_t room = PLACES - to->count, skip = from->count > room ? from->count - room : 0; /* the last ones */
    for (uint32_t i = skip; i < from->count; i++)
        to->at[to->count++] = from->at[i];
}

static struct conflict *conflict_of(struct pairs *p, field_of_document a, field_of_document b, str reason)
{
    struct conflict *c = NEW(p->v->arena, struct conflict);
    c->key = gql_key(a);
    c->reason = reason;
    c->one.at[c->one.count++] = a->at;
    c->other.at[c->other.count++] = b->at;
    return c;
}

static void keep(struct conflicts *to, struct conflict *c)
{
    if (c) {
        *to->end = c;
        to->end = &c->next;
        to->count++;
    }
}

static bool is_enough(const struct pairs *p, const struct conflicts *out)
{
    return out->count >= out->max || visit_is_over(p->v);
}

static struct conflict *conflict_below(struct pairs *p, field_of_document a, field_of_document b, const struct conflicts *below)
{
    if (!below->first)
        return NULL;
    struct buf reason;
    buf_init(&reason, p->v->arena, LIMIT_GRAPHQL_MESSAGE_BYTES);
    for (const struct conflict *c = below->first; c && !reason.failed; c = c->next)
        buf_format(&reason, "%stheir fields \"" STR_FMT "\" differ: " STR_FMT, c == below->first ? "" : ", and ", STR_ARG(c->key), STR_ARG(c->reason));
    struct conflict *c = conflict_of(p, a, b, reason.failed ? S("their fields differ in many ways") : buf_str(&reason));
    for (const struct conflict *each = below->first; each; each = each->next) {
        add_places(&c->one, &each->one);
        add_places(&c->other, &each->other);
    }
    return c;
}

/* ---- comparing ----------------------------------------------------------------------------------- */

static void compare_sets(struct pairs *p, struct conflicts *out, bool exclusive, const struct laid_out *a, const struct laid_out *b);

static void compare_with_fragment(struct pairs *p, struct conflicts *out, bool exclusive, const struct laid_out *a, const struct gql_fragment *f)
{
    size_t cell = (size_t)a->number * p->v->document->fragment_count + f->number;
    if (map_count(a->keys) == 0 || !visit_spend(p->v, 1) || was_compared(&p->with_set[cell], exclusive))
        return;
    const struct laid_out *b = lay_out(p, f->set);
    if (a == b)
        return;
    compare_sets(p, out, exclusive, a, b);
    for (uint32_t i = 0; i < b->spread_count && !is_enough(p, out); i++)
        compare_with_fragment(p, out, exclusive, a, b->spreads[i]);
}

static void compare_fragments(struct pairs *p, struct conflicts *out, bool exclusive, const struct gql_fragment *f, const struct gql_fragment *g)
{
    uint32_t count = p->v->document->fragment_count, low = f->number < g->number ? f->number : g->number;
    size_t cell = (size_t)low * count + (f->number + g->number - low);
    if (f == g || !visit_spend(p->v, 1) || was_compared(&p->with_fragment[cell], exclusive))
        return;
    const struct laid_out *a = lay_out(p, f->set), *b = lay_out(p, g->set);
    compare_sets(p, out, exclusive, a, b);
    for (uint32_t i = 0; i < b->spread_count && !is_enough(p, out); i++)
        compare_fragments(p, out, exclusive, f, b->spreads[i]);
    for (uint32_t i = 0; i < a->spread_count && !is_enough(p, out); i++)
        compare_fragments(p, out, exclusive, a->spreads[i], g);
}

static void compare_below(struct pairs *p, struct conflicts *out, bool exclusive, const struct gql_selections *one, const struct gql_selections *other)
{
    const struct laid_out *a = lay_out(p, one), *b = lay_out(p, other);
    compare_sets(p, out, exclusive, a, b);
    for (uint32_t i = 0; i < b->spread_count; i++)
        compare_with_fragment(p, out, exclusive, a, b->spreads[i]);
    for (uint32_t i = 0; i < a->spread_count; i++)
        compare_with_fragment(p, out, exclusive, b, a->spreads[i]);
    for (uint32_t i = 0; i < a->spread_count; i++)
        for (uint32_t k = 0; k < b->spread_count && !is_enough(p, out); k++)
            compare_fragments(p, out, exclusive, a->spreads[i], b->spreads[k]);
}

static bool exclude_each_other(const struct pairs *p, field_of_document a, field_of_document b)
{
    const struct gql_type *x = p->v->parents[a->number], *y = p->v->parents[b->number];
    return x != y && x && y && x->kind == GQL_OBJECT_TYPE && y->kind == GQL_OBJECT_TYPE;
}

static struct conflict *compare(struct pairs *p, bool exclusive, field_of_document a, field_of_document b)
{
    struct visit *v = p->v;
    if (!visit_spend(v, 1))
        return NULL;
    exclusive = exclusive || exclude_each_other(p, a, b);
    if (!exclusive && !str_equal(a->name, b->name))
        return conflict_of(p, a, b, arena_format(v->arena, "\"" STR_FMT "\" and \"" STR_FMT "\" are different fields",
                                                 STR_ARG(str_slice(a->name, 0, 100)), STR_ARG(str_slice(b->name, 0, 100))));
    if (!exclusive && !gql_same_arguments(v, a, b))
        return v->is_entangled ? NULL : conflict_of(p, a, b, S("their arguments differ"));
    const struct gql_field *x = v->fields[a->number], *y = v->fields[b->number];
    if (x && y && !gql_same_shape(x->type, y->type)) {
        str one = visit_type(v, x->type), other = visit_type(v, y->type);
        return conflict_of(p, a, b, arena_format(v->arena, "one is \"" STR_FMT "\", the other \"" STR_FMT "\"", STR_ARG(one), STR_ARG(other)));
    }
    if (!a->set || !b->set)
        return NULL;
    struct conflicts below = {.max = PLACES};
    below.end = &below.first;
    if (p->depth++ > DEPTH)
        v->is_entangled = true;
    else
        compare_below(p, &below, exclusive, a->set, b->set);
    p->depth--;
    return conflict_below(p, a, b, &below);
}

static void compare_sets(struct pairs *p, struct conflicts *out, bool exclusive, const struct laid_out *a, const struct laid_out *b)
{
    size_t at = 0;
    str key;
    void *value;
    while (!is_enough(p, out) && map_each(a->keys, &at, &key, &value) && visit_spend(p->v, 1)) {
        const struct entries *others = map_get(b->keys, key);
        for (const struct entry *x = ((struct entries *)value)->first; others && x; x = x->next)
            for (const struct entry *y = others->first; y && !is_enough(p, out); y = y->next)
                keep(out, compare(p, exclusive, x->field, y->field));
    }
}

static void compare_within(struct pairs *p, struct conflicts *out, const struct laid_out *set)
{
    size_t at = 0;
    str key;
    void *value;
    while (!is_enough(p, out) && map_each(set->keys, &at, &key, &value))
        for (const struct entry *x = ((struct entries *)value)->first; x; x = x->next)
            for (const struct entry *y = x->next; y && !is_enough(p, out); y = y->next)
                keep(out, compare(p, false, x->field, y->field));
    for (uint32_t i = 0; i < set->spread_count && !is_enough(p, out); i++) {
        compare_with_fragment(p, out, false, set, set->spreads[i]);
        for (uint32_t k = i + 1; k < set->spread_count && !is_enough(p, out); k++)
            compare_fragments(p, out, false, set->spreads[i], set->spreads[k]);
    }
}

static void tell(struct visit *v, const struct conflict *c)
{
    struct gql_error *e = refuse(v, "The fields with the name \"" STR_FMT "\" cannot be one field: " STR_FMT ". Other aliases would give both.",
                                 STR_ARG(str_slice(c->key, 0, 100)), STR_ARG(c->reason));
    for (uint32_t i = 0; i < c->one.count; i++)
        refuse_at(v, e, c->one.at[i]);
    for (uint32_t i = 0; i < c->other.count; i++)
        refuse_at(v, e, c->other.at[i]);
}

bool gql_explain_conflicts(struct visit *v)
{
    const struct gql_document *d = v->document;
    struct pairs p = {.v = v,
                      .sets = NEW_N(v->arena, struct laid_out *, d->set_count + 1u),
                      .with_set = NEW_N(v->arena, uint8_t, (size_t)d->set_count * d->fragment_count + 1),
                      .with_fragment = NEW_N(v->arena, uint8_t, (size_t)d->fragment_count * d->fragment_count + 1)};
    size_t before = v->errors->count;
    v->work = 0; /* what deciding took does not count: it was little */
    for (uint32_t i = 0; i < v->set_count && !visit_is_over(v); i++) {
        struct conflicts found = {.max = LIMIT_GRAPHQL_ERRORS + 1u};
        found.end = &found.first;
        compare_within(&p, &found, lay_out(&p, v->sets[i].set));
        for (const struct conflict *c = found.first; c && !v->errors->is_full; c = c->next)
            tell(v, c);
    }
    bool is_told = v->errors->count > before;
    if (is_told)
        v->is_entangled = false;
    return is_told;
}
