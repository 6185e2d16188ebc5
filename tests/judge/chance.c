#include "tests/judge/chance.h"

#include <stdio.h>

#include "graphql/schema/build.h"

/* FNV-1a of "seed/pets/0/name". */
static uint32_t hash(uint32_t sum, str text)
{
    for (size_t i = 0; i < text.len; i++)
        sum = (sum ^ (unsigned char)text.at[i]) * UINT32_C(16777619);
    return sum;
}

/* The root's step is the field's own name: the same field under two names is one value (execute/twins.c). */
static uint32_t chance_at(const struct gql_path *p, str root, uint32_t seed)
{
    char digits[16];
    const struct gql_path *from_root[256];
    size_t count = 0;
    for (; p != NULL; p = p->in) {
        must(count < COUNTOF(from_root));
        from_root[count++] = p;
    }
    int n = snprintf(digits, sizeof digits, "%u", seed);
    uint32_t sum = hash(UINT32_C(2166136261), (str){digits, (size_t)n});
    while (count-- > 0) {
        const struct gql_path *step = from_root[count];
        str key = step->in ? step->key : root;
        n = snprintf(digits, sizeof digits, "%u", step->index);
        sum = hash(hash(sum, S("/")), key.at ? key : (str){digits, (size_t)n});
    }
    sum ^= sum >> 15; /* the last bytes reach the low bits */
    return (sum * UINT32_C(0x2c1b3c6d)) ^ (sum >> 12);
}

static struct gql_thing leaf(struct json v)
{
    return (struct gql_thing){.kind = GQL_THING_LEAF, .leaf = v};
}

static struct json right_leaf(struct arena *a, const struct gql_type *t, uint32_t n)
{
    if (t->kind == GQL_ENUM_TYPE)
        return json_of_text(t->values[n % t->value_count].name);
    if (str_equal(t->name, S("Int")))
        return json_of_int(n % 1000);
    if (str_equal(t->name, S("Float")))
        return json_of_real((n % 1000) / 4.0);
    if (str_equal(t->name, S("Boolean")))
        return json_of_bool(n & 1);
    return json_of_text(arena_format(a, "s%u", n % 100));
}

static struct json wrong_leaf(const struct gql_type *t)
{
    bool takes_texts = str_equal(t->name, S("String")) || str_equal(t->name, S("ID"));
    return takes_texts ? json_of_list(&json_null, 0) : json_of_text(S("wrong"));
}

static const struct gql_type *possible(const struct gql_type *t, uint32_t n)
{
    uint32_t wanted = n % t->possible_count;
    for (uint32_t i = 0; i < t->possible_count; i++) {
        uint32_t before = 0;
        for (uint32_t k = 0; k < t->possible_count; k++)
            before += str_order(t->possible[k]->name, t->possible[i]->name) < 0;
        if (before == wanted)
            return t->possible[i];
    }
    return NULL;
}

static struct gql_thing value_at(struct gql_execution *x, const struct gql_type *type, const struct gql_path *at, const str *root)
{
    const struct gql_type *t = gql_nullable(type);
    uint32_t chance = chance_at(at, *root, *(const uint32_t *)x->world), way = chance % 16, n = chance >> 8;
    if (way == 0 || (way == 2 && gql_is_composite(t)))
        return (struct gql_thing){.kind = GQL_THING_NULL};
    if (t->kind == GQL_LIST_OF) {
        struct gql_thing list = {.kind = GQL_THING_LIST, .count = n % 4};
        struct gql_thing *items = NEW_N(x->arena, struct gql_thing, 4);
        if (way == 2)
            return leaf(json_of_int(5));
        for (uint32_t i = 0; i < list.count; i++)
            items[i] = value_at(x, t->of, &(struct gql_path){.in = at, .index = i}, root);
        list.items = items;
        return list;
    }
    if (gql_is_composite(t))
        return (struct gql_thing){.kind = GQL_THING_OBJECT, .type = t->kind == GQL_OBJECT_TYPE ? t : possible(t, n), .self = root};
    return leaf(way == 2 && t->scalar != &gql_json ? wrong_leaf(t) : right_leaf(x->arena, t, n));
}

static enum err resolve(struct gql_execution *x, const struct gql_node *node, const void *self, struct gql_thing *out, struct problem *why)
{
    const str *root = self ? self : &node->field->name; /* things tell the fields below them */
    if (chance_at(x->path, *root, *(const uint32_t *)x->world) % 16 == 1)
        return problem_set(why, ERR_INVALID, "By chance");
    *out = value_at(x, node->field->type, x->path, root);
    return ERR_OK;
}

void chance_bind(void *self, const struct gql_type *t, struct gql_field *f)
{
    (void)self;
    (void)t;
    f->resolve = resolve;
}

void chance_answer(struct json_writer *w, struct arena *a, const struct gql_schema *s, const struct gql_document *d,
                   const struct gql_operation *o, const struct json *variables, uint32_t seed)
{
    struct gql_errors errors = {.arena = a};
    struct buf data;
    buf_init(&data, a, 16u << 20);
    struct gql_execution x = {.arena = a, .schema = s, .document = d, .operation = o, .variables = variables, .out = &data,
                              .errors = &errors, .world = &seed};
    gql_execute(&x);
    json_name(w, S("data"));
    json_ready(w, buf_str(&data));
    json_name(w, S("faults"));
    gql_write_errors(w, &errors);
}
