/* What an operation may cost at most, out of the text and before anything runs (graphql.md 14; security G-2).
 *
 *     leaf                 what its field says, mostly 0; where it takes a size, as many as that
 *     object               1 + its selections
 *     list                 times the value of `limit`, `first`, `last` or `atMost`, by the table below where the field
 *                          has one and nobody gave it; else times the longest list among its arguments; 0 is 1,
 *                          for what is selected is looked at all the same
 *     __schema, __type     by how much of the schema they tell (cost_schema.c)
 *
 * A fragment is priced once and added wherever it is spread: the price of a document is found in time linear in its
 * length, however often its fragments multiply. Too high is fine (fields that merge count each), too low is not. */
#include "graphql/execute/internal.h"

#include "base/limits.h"

#define ENOUGH GQL_PRICE_MOST

struct pricing {
    struct gql_execution *x;
    uint64_t *fragments;              /* by number and telling: price + 1; 0: not known yet */
    enum gql_telling telling;         /* within introspection: of which types */
    const struct gql_schema_lengths *lengths; /* NULL: nobody asked yet */
    unsigned depth;
    bool is_too_deep;
};

const char gql_zero_is_all = 0;

/* Arguments that say how many, and how many that is when they have no value. */
static const struct {
    str name;
    uint64_t otherwise;
} sizes[] = {
    {STR("limit"), LIMIT_ROWS},
    {STR("first"), LIMIT_GRAPHQL_PAGE},
    {STR("last"), LIMIT_GRAPHQL_PAGE},
    {STR("atMost"), LIMIT_BULK_ROWS},
};

static uint64_t price_set(struct pricing *p, const struct gql_selections *set, const struct gql_type *of);

static uint64_t plus(uint64_t a, uint64_t b)
{
    return a + b < ENOUGH ? a + b : ENOUGH;
}

uint64_t gql_price_times(uint64_t a, uint64_t b)
{
    return a == 0 || b < ENOUGH / a ? a * b : ENOUGH;
}

static const struct gql_value *given(const struct gql_selection *s, str name)
{
    for (uint32_t i = 0; i < s->argument_count; i++)
        if (str_equal(s->arguments[i].name, name))
            return &s->arguments[i].value;
    return NULL;
}

/* A number that an argument gives; false: none, or null. */
static bool number_of(const struct pricing *p, const struct gql_selection *s, const struct gql_input *i, uint64_t *out)
{
    const struct gql_value *v = given(s, i->name);
    const struct json *known = i->standard;
    int64_t n = 0;
    if (v != NULL && v->kind == GQL_VARIABLE) {
        const struct json *sent = json_get(p->x->variables, v->text);
        known = sent != NULL ? sent : known;
    } else if (v != NULL) {
        known = NULL;
        if (v->kind != GQL_INT)
            return false;
        if (!str_to_i64(v->text, &n))
            n = (int64_t)ENOUGH;
        *out = n > 0 ? (uint64_t)n : 0;
        return true;
    }
    if (known == NULL || known->type != JSON_INT)
        return false;
    *out = known->integer > 0 ? (uint64_t)known->integer : 0;
    return true;
}

static uint64_t length_of(const struct pricing *p, const struct gql_selection *s, const struct gql_input *i)
{
    const struct gql_value *v = given(s, i->name);
    if (v == NULL || gql_nullable(i->type)->kind != GQL_LIST_OF)
        return 1;
    if (v->kind == GQL_LIST)
        return v->count;
    const struct json *sent = v->kind == GQL_VARIABLE ? json_get(p->x->variables, v->text) : NULL;
    return sent != NULL && sent->type == JSON_LIST ? sent->count : 1;
}

static bool size_of(str name, uint64_t *otherwise)
{
    for (size_t i = 0; i < COUNTOF(sizes); i++)
        if (str_equal(sizes[i].name, name)) {
            *otherwise = sizes[i].otherwise;
            return true;
        }
    return false;
}

/* How many there may be of what stands at this field; *is_sized: it takes an argument that says so. */
static uint64_t how_many(const struct pricing *p, const struct gql_selection *s, const struct gql_field *f, bool *is_sized)
{
    bool is_said = false;
    uint64_t said = 0, unsaid = ENOUGH, longest = 1;
    *is_sized = false;
    for (uint32_t i = 0; i < f->argument_count; i++) {
        uint64_t n = 0, otherwise = 0;
        uint64_t length = length_of(p, s, &f->arguments[i]);
        longest = length > longest ? length : longest;
        if (!size_of(f->arguments[i].name, &otherwise))
            continue;
        *is_sized = true;
        unsaid = otherwise < unsaid ? otherwise : unsaid;
        if (number_of(p, s, &f->arguments[i], &n)) {
            if (n == 0)
                n = f->arguments[i].meaning == &gql_zero_is_all ? otherwise : 1;
            said = said > n ? said : n;
            is_said = true;
        }
    }
    if (is_said)
        return said < ENOUGH ? said : ENOUGH;
    return *is_sized ? unsaid : longest;
}

/* Introspection: `of` is one of its types, or the field is one of the root's. */
static uint64_t price_telling(struct pricing *p, const struct gql_selection *s, const struct gql_type *of, const struct gql_field *f)
{
    enum gql_telling before = p->telling;
    p->telling = gql_telling_of(s->name, before);
    uint64_t below = price_set(p, s->set, gql_innermost(f->type));
    p->telling = before;
    uint64_t price = gql_price_telling(p->x, &p->lengths, s, of, before, below);
    return gql_is_introspection(of->name) ? price : gql_price_of_telling(p->x, &p->lengths, price);
}

static uint64_t price_field(struct pricing *p, const struct gql_selection *s, const struct gql_type *of)
{
    const struct gql_field *f = gql_field_named(p->x->schema, of, s->name);
    if (f == NULL)
        return 0;
    if (s->set != NULL && gql_is_introspection(gql_innermost(f->type)->name))
        return price_telling(p, s, of, f);
    bool is_sized;
    uint64_t count = how_many(p, s, f, &is_sized);
    if (s->set == NULL)
        return plus(f->cost, is_sized ? count : 0);
    return plus(f->cost, gql_price_times(count, plus(1, price_set(p, s->set, gql_innermost(f->type)))));
}

static uint64_t price_fragment(struct pricing *p, str name)
{
    const struct gql_fragment *f = gql_fragment_named(p->x->document, name);
    const struct gql_type *on = f != NULL ? gql_type_named(p->x->schema, f->on) : NULL;
    if (on == NULL)
        return 0;
    uint64_t *price = &p->fragments[f->number * GQL_TELLINGS + p->telling];
    if (*price == 0)
        *price = price_set(p, f->set, on) + 1;
    return *price - 1;
}

static uint64_t price_set(struct pricing *p, const struct gql_selections *set, const struct gql_type *of)
{
    if (p->is_too_deep || p->depth == LIMIT_GRAPHQL_FRAGMENTS + LIMIT_GRAPHQL_NESTING) {
        p->is_too_deep = true;
        return ENOUGH;
    }
    p->depth++;
    uint64_t sum = 0;
    for (uint32_t i = 0; i < set->count; i++) {
        const struct gql_selection *s = &set->items[i];
        struct gql_flaw flaw = {.at = 0};
        if (!gql_is_included(s, p->x->variables, &flaw))
            continue;
        const struct gql_type *on = s->kind == GQL_INLINE && s->on.at != NULL ? gql_type_named(p->x->schema, s->on) : of;
        if (s->kind == GQL_FIELD)
            sum = plus(sum, price_field(p, s, of));
        else if (s->kind == GQL_SPREAD)
            sum = plus(sum, price_fragment(p, s->name));
        else if (on != NULL)
            sum = plus(sum, price_set(p, s->set, on));
    }
    p->depth--;
    return sum;
}

static const struct json *figures(struct arena *a, uint64_t max, uint64_t actual)
{
    struct json *members = NEW_N(a, struct json, 3);
    members[0] = json_named(S("limit"), json_of_text(S("cost")));
    members[1] = json_named(S("max"), json_of_int((int64_t)max));
    members[2] = json_named(S("actual"), json_of_int((int64_t)actual));
    struct json *more = NEW(a, struct json);
    *more = json_of_map(members, 3);
    return more;
}

bool gql_price(struct gql_execution *x)
{
    struct pricing p = {.x = x, .fragments = NEW_N(x->arena, uint64_t, GQL_TELLINGS * (x->document->fragment_count + 1))};
    const struct gql_type *root = gql_root_type(x);
    x->cost = root != NULL ? price_set(&p, x->operation->set, root) : 0;
    if (x->cost <= x->cost_max && !p.is_too_deep)
        return true;
    struct gql_error *e = gql_fail(x->errors, GQL_LIMIT, "This would cost %llu, and %llu is the most: ask for fewer items at a time.",
                                   (unsigned long long)x->cost, (unsigned long long)x->cost_max);
    if (e != NULL)
        e->more = figures(x->errors->arena, x->cost_max, x->cost);
    gql_fail_at(x->errors, e, x->document->text, x->operation->at);
    return false;
}
