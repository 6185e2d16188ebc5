/* Selection sets, merged (specification 6.3.2; graphql.md 6.2 and 6.3).
 *
 * A position's fields depend on which selections stand there and on the object's type; that pair is the key under which
 * they are remembered. Fragments that are spread in many places are therefore compiled once, and a document whose
 * fragments would unfold to 2^n fields costs what it is long. What merging can still multiply ends at
 * LIMIT_GRAPHQL_WORK selections that were looked at.
 *
 * Conditions and arguments are settled while collecting, with the request's variables. Nothing here recurs on the text:
 * fragments go over a stack of their own, and fields nest as deep as gql_within_limits() allows. */
#include "graphql/execute/internal.h"

#include "base/limits.h"

struct same {                         /* selections with one response name */
    const struct gql_selection *const *at;
    uint32_t count;
};
struct memory {
    struct memory *next;
    struct same same;
    const struct gql_fields *fields;
};
#define BUCKETS 256u
#define TOO_ENTANGLED "The selections of this document are too entangled."
struct level {
    const struct gql_selections *set;
    uint32_t next;
};
struct gql_remembered {
    struct memory *buckets[BUCKETS];
    size_t work;                      /* selections, and values in arguments, that were looked at */
    unsigned depth;
    bool is_over;
    /* For one set after the other, while its selections are gone through: */
    uint64_t *seen;                   /* a bit per fragment, then one per selection */
    size_t seen_words;
    struct level *levels;
    size_t level_count, level_room;
};

struct pick {
    const struct gql_selection *selection;
    struct pick *next;
};
struct group {
    str key;
    struct pick *first, *last;
    uint32_t count;
    uint32_t next;                    /* with the same hint: its index + 1 */
};
#define HINTS 64u
struct collector {
    struct gql_execution *x;
    struct gql_remembered *r;
    const struct gql_type *of;
    struct group *groups;
    size_t group_count, group_room;
    uint32_t hints[HINTS];            /* groups by hint_of(): the newest one's index + 1 */
    struct gql_flaw flaw;
};

static void *one_more(struct arena *a, void *items, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return items;
    size_t more = *room == 0 ? 16 : 2 * *room;
    items = arena_grow(a, items, *room * size, more * size);
    *room = more;
    return items;
}

static bool see(struct collector *c, uint32_t number) /* for the first time? */
{
    uint64_t bit = (uint64_t)1 << (number & 63);
    bool is_new = (c->r->seen[number >> 6] & bit) == 0;
    c->r->seen[number >> 6] |= bit;
    return is_new;
}

const struct gql_fragment *gql_fragment_named(const struct gql_document *d, str name)
{
    for (uint32_t i = 0; i < d->fragment_count; i++)
        if (str_equal(d->fragments[i].name, name))
            return &d->fragments[i];
    return NULL;
}

bool gql_is_included(const struct gql_selection *s, const struct json *variables, struct gql_flaw *flaw)
{
    for (uint32_t i = 0; i < s->directive_count; i++) {
        const struct gql_directive *d = &s->directives[i];
        bool skips = str_equal(d->name, S("skip"));
        if ((!skips && !str_equal(d->name, S("include"))) || d->argument_count == 0)
            continue;
        const struct gql_value *v = &d->arguments[0].value;
        bool is_true = v->is_true;
        if (v->kind == GQL_VARIABLE) {
            const struct json *given = json_get(variables, v->text);
            if (given == NULL || given->type != JSON_BOOL) {
                flaw->text = skips ? S("Argument \"if\" of \"@skip\" must not be null.") : S("Argument \"if\" of \"@include\" must not be null.");
                flaw->at = v->at;
                return false;
            }
            is_true = given->boolean;
        }
        if (is_true == skips)
            return false;
    }
    return true;
}

static void push(struct collector *c, const struct gql_selections *set)
{
    if (set == NULL)
        return;
    struct gql_remembered *r = c->r;
    r->levels = one_more(c->x->arena, r->levels, r->level_count, &r->level_room, sizeof *r->levels);
    r->levels[r->level_count++] = (struct level){.set = set};
}

/* Cheap bytes of a name: tells most of them apart. */
static uint32_t hint_of(str key)
{
    return ((uint32_t)key.len * 31 + (unsigned char)key.at[0] * 7u + (unsigned char)key.at[key.len / 2] * 3u +
            (unsigned char)key.at[key.len - 1]) % HINTS;
}

static struct group *group_of(struct collector *c, str key)
{
    uint32_t *hint = &c->hints[hint_of(key)];
    for (uint32_t i = *hint; i > 0; i = c->groups[i - 1].next)
        if (str_equal(c->groups[i - 1].key, key))
            return &c->groups[i - 1];
    c->groups = one_more(c->x->arena, c->groups, c->group_count, &c->group_room, sizeof *c->groups);
    struct group *g = &c->groups[c->group_count++];
    *g = (struct group){.key = key, .next = *hint};
    *hint = (uint32_t)c->group_count;
    return g;
}

static void pick(struct collector *c, const struct gql_selection *field)
{
    if (!see(c, c->x->document->fragment_count + field->number))
        return; /* came through the same fragment before */
    struct group *g = group_of(c, gql_key(field));
    struct pick *p = NEW(c->x->arena, struct pick);
    p->selection = field;
    if (g->last != NULL)
        g->last->next = p;
    else
        g->first = p;
    g->last = p;
    g->count++;
}

static bool applies(const struct collector *c, str on)
{
    if (on.at == NULL)
        return true;
    const struct gql_type *condition = gql_type_named(c->x->schema, on);
    return condition != NULL && gql_is_possible(condition, c->of);
}

static void take_selection(struct collector *c, const struct gql_selection *s)
{
    c->r->work++;
    if (!gql_is_included(s, c->x->variables, &c->flaw))
        return;
    if (s->kind == GQL_FIELD) {
        pick(c, s);
    } else if (s->kind == GQL_INLINE) {
        if (applies(c, s->on))
            push(c, s->set);
    } else {
        const struct gql_fragment *f = gql_fragment_named(c->x->document, s->name);
        if (f != NULL && see(c, f->number) && applies(c, f->on))
            push(c, f->set);
    }
}

static void take_set(struct collector *c, const struct gql_selections *set)
{
    struct gql_remembered *r = c->r;
    push(c, set);
    while (r->level_count > 0) {
        struct level *l = &r->levels[r->level_count - 1];
        if (l->next == l->set->count)
            r->level_count--;
        else
            take_selection(c, &l->set->items[l->next++]);
    }
}

/* ---- nodes ---- */

static const struct json no_arguments = {.type = JSON_MAP, .items = &json_null};

static const struct gql_fields *fields_of(struct gql_execution *x, struct same same, const struct gql_type *of);

static str quoted(struct arena *a, str key)
{
    char *at = arena_get(a, key.len + 3, 1);
    at[0] = '"';
    memcpy(at + 1, key.at, key.len); /* a name: nothing in it wants escaping */
    memcpy(at + 1 + key.len, "\":", 2);
    return (str){at, key.len + 3};
}

/* Values of which arguments are made: they are looked at, too. As deep as literals are. */
static size_t count_values(const struct gql_value *v)
{
    size_t count = 1;
    for (uint32_t i = 0; i < v->count; i++)
        count += count_values(&v->items[i]);
    return count;
}

static bool is_worth(struct gql_remembered *r, const struct gql_selection *field)
{
    for (uint32_t i = 0; i < field->argument_count; i++)
        r->work += count_values(&field->arguments[i].value);
    return r->work <= LIMIT_GRAPHQL_WORK;
}

/* The first variable inside of a value that has nothing where there must be something: the one thing that validation
 * leaves to be wrong. As deep as the reader lets values be. */
static uint32_t place_of_null(const struct gql_execution *x, const struct gql_type *type, const struct gql_value *v)
{
    const struct gql_type *t = gql_nullable(type);
    if (v->kind == GQL_VARIABLE) {
        const struct json *value = json_get(x->variables, v->text);
        return type->kind == GQL_NON_NULL && (value == NULL || value->type == JSON_NULL) ? v->at : GQL_NOWHERE;
    }
    if (t->kind == GQL_LIST_OF && v->kind != GQL_LIST)
        return place_of_null(x, t->of, v);
    for (uint32_t i = 0; (v->kind == GQL_LIST || v->kind == GQL_OBJECT) && i < v->count; i++) {
        const struct gql_input *member = t->kind == GQL_INPUT ? gql_input_named(t, v->items[i].name) : NULL;
        const struct gql_type *of = t->kind == GQL_LIST_OF ? t->of : member != NULL ? member->type : NULL;
        uint32_t at = of != NULL ? place_of_null(x, of, &v->items[i]) : GQL_NOWHERE;
        if (at != GQL_NOWHERE)
            return at;
    }
    return GQL_NOWHERE;
}

/* Where the first argument that cannot be taken goes wrong. */
static uint32_t faulty_argument(struct gql_execution *x, const struct gql_field *f, const struct gql_selection *s)
{
    for (uint32_t i = 0; i < f->argument_count; i++) {
        const struct json *taken = NULL;
        str why = {0};
        if (gql_take_arguments(x->arena, &f->arguments[i], 1, s->arguments, s->argument_count, x->variables, &taken, &why))
            continue;
        for (uint32_t k = 0; k < s->argument_count; k++) {
            if (!str_equal(s->arguments[k].name, f->arguments[i].name))
                continue;
            uint32_t at = place_of_null(x, f->arguments[i].type, &s->arguments[k].value);
            return at != GQL_NOWHERE ? at : s->arguments[k].value.at;
        }
    }
    return GQL_NOWHERE;
}

static struct gql_node make_node(struct gql_execution *x, const struct gql_type *of, const struct group *g)
{
    const struct gql_selection **same = NEW_N(x->arena, const struct gql_selection *, g->count);
    uint32_t count = 0;
    for (const struct pick *p = g->first; p != NULL; p = p->next)
        same[count++] = p->selection;
    const struct gql_selection *first = same[0];
    struct gql_node node = {
        .key = g->key,
        .quoted = quoted(x->arena, g->key),
        .field = gql_field_named(x->schema, of, first->name),
        .same = same,
        .same_count = count,
        .arguments = &no_arguments,
    };
    if (node.field == NULL) { /* the document is not valid for this schema */
        node.arguments = NULL;
        node.fault = S("There is no such field.");
        node.fault_at = GQL_NOWHERE;
        return node;
    }
    if (!is_worth(x->remembered, first)) {
        node.arguments = NULL;
        node.fault = S(TOO_ENTANGLED);
        return node;
    }
    if (node.field->argument_count > 0 &&
        !gql_take_arguments(x->arena, node.field->arguments, node.field->argument_count, first->arguments, first->argument_count,
                            x->variables, &node.arguments, &node.fault)) {
        node.arguments = NULL;
        node.fault_at = faulty_argument(x, node.field, first);
    }
    const struct gql_type *t = gql_innermost(node.field->type);
    if (t->kind == GQL_OBJECT_TYPE) {
        node.fields = fields_of(x, (struct same){same, count}, t);
        if (node.fields->fault.at != NULL && node.field->resolve == NULL) { /* others come by gql_write_object() */
            node.arguments = NULL;
            node.fault = node.fields->fault;
            node.fault_at = node.fields->fault_at;
        }
    }
    return node;
}

static struct gql_fields *make_fields(struct collector *c)
{
    struct gql_remembered *r = c->r;
    struct gql_fields *out = NEW(c->x->arena, struct gql_fields);
    out->of = c->of;
    r->is_over |= r->work > LIMIT_GRAPHQL_WORK || r->depth > LIMIT_GRAPHQL_NESTING;
    if (r->is_over)
        c->flaw = (struct gql_flaw){S(TOO_ENTANGLED), GQL_NOWHERE};
    out->fault = c->flaw.text;
    out->fault_at = c->flaw.at;
    if (out->fault.at != NULL)
        return out;
    r->depth++;
    struct gql_node *nodes = NEW_N(c->x->arena, struct gql_node, c->group_count + 1);
    for (size_t i = 0; i < c->group_count; i++)
        nodes[i] = make_node(c->x, c->of, &c->groups[i]);
    r->depth--;
    out->nodes = nodes;
    out->count = (uint32_t)c->group_count;
    return out;
}

/* Its sets follow at once, then make_fields(): the scratch is one for all. */
static struct collector begin(struct gql_execution *x, const struct gql_type *of)
{
    struct gql_remembered *r = x->remembered;
    if (r == NULL) {
        r = NEW(x->arena, struct gql_remembered);
        r->seen_words = ((size_t)x->document->fragment_count + x->document->selection_count) / 64 + 1;
        r->seen = NEW_N(x->arena, uint64_t, r->seen_words);
        x->remembered = r;
    }
    memset(r->seen, 0, r->seen_words * sizeof *r->seen);
    return (struct collector){.x = x, .r = r, .of = of};
}

static struct memory **place_of(struct gql_remembered *r, struct same same, const struct gql_type *of)
{
    uint64_t hash = (uintptr_t)of >> 4;
    for (uint32_t i = 0; i < same.count; i++)
        hash = hash * 31 + same.at[i]->number;
    struct memory **place = &r->buckets[hash % BUCKETS];
    for (; *place != NULL; place = &(*place)->next) {
        const struct memory *m = *place;
        if (m->fields->of == of && m->same.count == same.count && memcmp(m->same.at, same.at, same.count * sizeof *same.at) == 0)
            break;
    }
    return place;
}

static const struct gql_fields *fields_of(struct gql_execution *x, struct same same, const struct gql_type *of)
{
    struct memory **place = place_of(x->remembered, same, of);
    if (*place != NULL)
        return (*place)->fields;
    struct collector c = begin(x, of);
    for (uint32_t i = 0; i < same.count; i++)
        take_set(&c, same.at[i]->set);
    struct memory *m = NEW(x->arena, struct memory);
    m->same = same;
    m->fields = make_fields(&c);
    *place_of(x->remembered, same, of) = m; /* deeper ones may have moved in since: the chain's end is looked for again */
    return m->fields;
}

const struct gql_fields *gql_fields_of(struct gql_execution *x, const struct gql_node *node, const struct gql_type *of)
{
    if (node->fields != NULL && node->fields->of == of)
        return node->fields;
    return fields_of(x, (struct same){node->same, node->same_count}, of);
}

const struct gql_fields *gql_collect_root(struct gql_execution *x, const struct gql_type *root)
{
    struct collector c = begin(x, root);
    take_set(&c, x->operation->set);
    struct gql_fields *fields = make_fields(&c);
    if (c.r->is_over) /* somewhere below: nothing is begun then */
        *fields = (struct gql_fields){.of = root, .fault = S(TOO_ENTANGLED), .fault_at = GQL_NOWHERE};
    return fields;
}
