/* What a document may have, whatever the schema is (security G-1; graphql.md 14). Asked before any rule, so nothing here may
 * rely on the document being valid: fragments may be missing or within themselves. Each fragment is measured once. */
#include "graphql/validate/internal.h"

enum { DEPTH_COUNTED = 1000 };        /* how deep counting goes: far more than any limit of depth */

enum count { ALIASES, ROOT_FIELDS, DIRECTIVES, DIRECTIVES_HERE, FRAGMENTS, VARIABLES, DEPTH, DEPTH_SCHEMA, SCHEMA_LISTS, COUNTS };

/* clang-format off */
static const struct {
    str name;                         /* in extensions */
    uint32_t max;
    const char *before, *what;
} limits[COUNTS] = {
    [ALIASES] =         {STR("aliases"), LIMIT_GRAPHQL_ALIASES, "The document has", "aliases"},
    [ROOT_FIELDS] =     {STR("root fields"), LIMIT_GRAPHQL_ROOT_FIELDS, "An operation has", "fields or more at its root"},
    [DIRECTIVES] =      {STR("directives"), LIMIT_GRAPHQL_DIRECTIVES, "The document has", "directives"},
    [DIRECTIVES_HERE] = {STR("directives at one place"), LIMIT_GRAPHQL_DIRECTIVES_HERE, "One place has", "directives"},
    [FRAGMENTS] =       {STR("fragments"), LIMIT_GRAPHQL_FRAGMENTS, "The document has", "fragments"},
    [VARIABLES] =       {STR("variables"), LIMIT_GRAPHQL_VARIABLES, "The document has", "variables"},
    [DEPTH] =           {STR("depth"), LIMIT_GRAPHQL_DEPTH, "Selections have", "levels"},
    [DEPTH_SCHEMA] =    {STR("introspection depth"), LIMIT_GRAPHQL_DEPTH_SCHEMA, "Selections of introspection have", "levels"},
    [SCHEMA_LISTS] =    {STR("introspection lists"), LIMIT_GRAPHQL_SCHEMA_LISTS, "Selections of introspection have",
                         "levels of fields, interfaces, possibleTypes and inputFields"},
};
/* clang-format on */

/* What is below a place. "Hidden" is what lies in __schema and __type, which have limits of their own. */
struct measure {
    uint32_t depth;                   /* of what is not hidden */
    uint32_t hidden_depth;            /* of what is; 0: there is nothing */
    uint32_t all_depth;               /* of everything: what counts when the place itself is hidden */
    uint32_t hidden_lists, all_lists; /* lists of introspection within each other */
};
enum stage { NOT_MEASURED, MEASURING, MEASURED };
struct counting {
    const struct gql_document *document;
    struct map *fragments;
    struct measure *measures;         /* by number of the fragment */
    uint8_t *stages;
    uint32_t *round_of, round;        /* of the fragments of a root */
    uint32_t actual[COUNTS];
};

static void raise_to(uint32_t *max, uint32_t n)
{
    if (n > *max)
        *max = n;
}

/* ---- what is counted where it is written -------------------------------------------------------- */

static void count_directives(struct counting *c, uint32_t here)
{
    c->actual[DIRECTIVES] += here;
    raise_to(&c->actual[DIRECTIVES_HERE], here);
}

static void count_set(struct counting *c, const struct gql_selections *set)
{
    for (uint32_t i = 0; i < set->count; i++) {
        const struct gql_selection *s = &set->items[i];
        c->actual[ALIASES] += s->alias.at != NULL;
        count_directives(c, s->directive_count);
        if (s->set)
            count_set(c, s->set);
    }
}

static void count_document(struct counting *c)
{
    const struct gql_document *d = c->document;
    c->actual[FRAGMENTS] = d->fragment_count;
    for (uint32_t i = 0; i < d->operation_count; i++) {
        const struct gql_operation *o = &d->operations[i];
        c->actual[VARIABLES] += o->variable_count;
        for (uint32_t k = 0; k < o->variable_count; k++)
            count_directives(c, o->variables[k].directive_count);
        count_directives(c, o->directive_count);
        count_set(c, o->set);
    }
    for (uint32_t i = 0; i < d->fragment_count; i++) {
        count_directives(c, d->fragments[i].directive_count);
        count_set(c, d->fragments[i].set);
    }
}

/* ---- what is counted with fragments put in ------------------------------------------------------ */

/* Fields at a root, until there are more than may be. */
static void count_root(struct counting *c, const struct gql_selections *set, uint32_t *count)
{
    for (uint32_t i = 0; i < set->count && *count <= LIMIT_GRAPHQL_ROOT_FIELDS; i++) {
        const struct gql_selection *s = &set->items[i];
        const struct gql_fragment *f = s->kind == GQL_SPREAD ? map_get(c->fragments, s->name) : NULL;
        if (s->kind == GQL_FIELD) {
            ++*count;
        } else if (s->kind == GQL_INLINE) {
            count_root(c, s->set, count);
        } else if (f && c->round_of[f->number] != c->round) {
            c->round_of[f->number] = c->round;
            count_root(c, f->set, count);
        }
    }
}

static bool is_list_of_schema(str name)
{
    static const str names[] = {STR("fields"), STR("interfaces"), STR("possibleTypes"), STR("inputFields")};
    for (size_t i = 0; i < COUNTOF(names); i++)
        if (str_equal(names[i], name))
            return true;
    return false;
}

static struct measure of_field(const struct gql_selection *s, const struct measure *below)
{
    bool is_schema = str_equal(s->name, S("__schema")) || str_equal(s->name, S("__type"));
    struct measure m = {.all_depth = below->all_depth + 1, .all_lists = below->all_lists + is_list_of_schema(s->name)};
    m.depth = is_schema ? 1 : below->depth + 1;
    m.hidden_depth = is_schema ? below->all_depth + 1 : below->hidden_depth ? below->hidden_depth + 1 : 0;
    m.hidden_lists = is_schema ? below->all_lists : below->hidden_lists;
    return m;
}

static struct measure measure_set(struct counting *c, const struct gql_selections *set, unsigned level);

/* A fragment within itself adds nothing: NoFragmentCycles refuses it. */
static struct measure of_fragment(struct counting *c, str name, unsigned level)
{
    const struct gql_fragment *f = map_get(c->fragments, name);
    if (!f || c->stages[f->number] == MEASURING)
        return (struct measure){0};
    struct measure *m = &c->measures[f->number];
    if (c->stages[f->number] == NOT_MEASURED) {
        c->stages[f->number] = MEASURING;
        *m = measure_set(c, f->set, level);
        c->stages[f->number] = MEASURED;
    }
    return *m;
}

static struct measure measure_set(struct counting *c, const struct gql_selections *set, unsigned level)
{
    struct measure m = {0};
    if (level > DEPTH_COUNTED)
        return (struct measure){.depth = level, .all_depth = level};
    for (uint32_t i = 0; i < set->count; i++) {
        const struct gql_selection *s = &set->items[i];
        struct measure one = {0};
        if (s->kind == GQL_SPREAD)
            one = of_fragment(c, s->name, level + 1);
        else if (s->set)
            one = measure_set(c, s->set, level + 1);
        if (s->kind == GQL_FIELD)
            one = of_field(s, &one);
        raise_to(&m.depth, one.depth);
        raise_to(&m.hidden_depth, one.hidden_depth);
        raise_to(&m.all_depth, one.all_depth);
        raise_to(&m.hidden_lists, one.hidden_lists);
        raise_to(&m.all_lists, one.all_lists);
    }
    return m;
}

static void measure_document(struct counting *c, struct arena *a)
{
    const struct gql_document *d = c->document;
    c->fragments = map_new(a, d->fragment_count);
    for (uint32_t i = 0; i < d->fragment_count; i++)
        map_put(c->fragments, d->fragments[i].name, (void *)(uintptr_t)&d->fragments[i]);
    c->measures = NEW_N(a, struct measure, d->fragment_count + 1u);
    c->stages = NEW_N(a, uint8_t, d->fragment_count + 1u);
    c->round_of = NEW_N(a, uint32_t, d->fragment_count + 1u);
    for (uint32_t i = 0; i < d->operation_count; i++) {
        const struct gql_selections *set = d->operations[i].set;
        uint32_t fields = 0;
        c->round++;
        count_root(c, set, &fields);
        raise_to(&c->actual[ROOT_FIELDS], fields);
        struct measure m = measure_set(c, set, 0);
        raise_to(&c->actual[DEPTH], m.depth);
        raise_to(&c->actual[DEPTH_SCHEMA], m.hidden_depth);
        raise_to(&c->actual[SCHEMA_LISTS], m.hidden_lists);
    }
}

bool gql_within_limits(const struct gql_document *d, struct gql_errors *errors)
{
    CLEANUP(arena_closep) struct arena *a = arena_open(4096);
    struct counting c = {.document = d};
    bool is_within = true;
    count_document(&c);
    if (d->fragment_count <= LIMIT_GRAPHQL_FRAGMENTS)
        measure_document(&c, a);
    for (size_t i = 0; i < COUNTS; i++)
        if (c.actual[i] > limits[i].max) {
            gql_fail_limit(errors, limits[i].name, limits[i].max, c.actual[i], "%s %u %s; at most %u are possible.", limits[i].before,
                           c.actual[i], limits[i].what, limits[i].max);
            is_within = false;
        }
    return is_within;
}
