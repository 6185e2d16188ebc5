/* Documents that are valid for a schema whose fields answer by chance: right, wrong, nothing, an error. Whatever runs, the
 * answer is JSON in the shape of the selection, nothing is null that must not be, and what is missing has an error. The
 * first byte is the chance, the rest a document. */
#include "tests/support/fuzz.h"

#include "base/limits.h"
#include "base/utf8.h"
#include "graphql/execute/internal.h"
#include "graphql/schema/build.h"

static const char sdl[] =
    "type Query { a: String b(n: Int = 3, list: [Int!], in: In): Int! thing: Thing things(limit: Int = 3): [Thing!] maybe: [Thing]"
    " all: [[Thing!]!]! any: Any being: Being! mood: Mood id: ID! f: Float yes: Boolean }"
    "type Thing implements Being { name: String! self: Thing sure: Thing! being: Being any: [Any] n(x: Int!): Int mood: [Mood!] }"
    "type Other implements Being { name: String! being: Being o: Boolean! }"
    "interface Being { name: String! being: Being } union Any = Other | Thing enum Mood { GOOD BAD }"
    "input In { a: Int b: [In!] c: String = \"x\" } type Mutation { add(n: Int = 1): Thing sure: Thing! }";

struct chance {
    uint64_t state;
};

static uint64_t next(const struct gql_execution *x)
{
    struct chance *c = (struct chance *)(uintptr_t)x->world;
    c->state ^= c->state << 13;
    c->state ^= c->state >> 7;
    c->state ^= c->state << 17;
    return c->state;
}

static struct gql_thing some_leaf(struct gql_execution *x)
{
    static const struct json_and {
        enum json_type type;
    } types[] = {{JSON_INT}, {JSON_TEXT}, {JSON_BOOL}, {JSON_REAL}, {JSON_LIST}, {JSON_MAP}};
    struct json v = {.type = types[next(x) % COUNTOF(types)].type};
    if (v.type == JSON_INT)
        v = json_of_int((int64_t)next(x) >> (next(x) % 64));
    else if (v.type == JSON_TEXT)
        v = json_of_text(next(x) % 2 ? S("GOOD") : S("\" \\ \n"));
    else if (v.type == JSON_REAL)
        v = json_of_real(next(x) % 2 ? 1.5 : 1e300);
    else if (v.type == JSON_LIST)
        v = json_of_list(&json_null, 1);
    else if (v.type == JSON_MAP)
        v = json_of_map(&json_null, 0);
    return (struct gql_thing){.kind = GQL_THING_LEAF, .leaf = v};
}

static struct gql_thing right_leaf(struct gql_execution *x, const struct gql_type *t)
{
    struct json v = json_of_text(S("GOOD"));
    if (str_equal(t->name, S("Int")) || str_equal(t->name, S("Float")) || str_equal(t->name, S("ID")))
        v = json_of_int((int64_t)(next(x) % 1000));
    else if (str_equal(t->name, S("Boolean")))
        v = json_of_bool(next(x) % 2);
    return (struct gql_thing){.kind = GQL_THING_LEAF, .leaf = v};
}

static struct gql_thing some_thing(struct gql_execution *x, const struct gql_type *type)
{
    const struct gql_type *t = gql_nullable(type);
    uint64_t way = next(x) % 16;
    if (way == 0)
        return (struct gql_thing){.kind = GQL_THING_NULL};
    if (way == 1)
        return some_leaf(x);
    if (t->kind == GQL_LIST_OF) {
        struct gql_thing list = {.kind = GQL_THING_LIST, .count = next(x) % 4};
        struct gql_thing *items = NEW_N(x->arena, struct gql_thing, list.count + 1);
        for (size_t i = 0; i < list.count; i++)
            items[i] = some_thing(x, t->of);
        list.items = items;
        return list;
    }
    if (gql_is_composite(t))
        return (struct gql_thing){.kind = GQL_THING_OBJECT, .type = t->kind == GQL_OBJECT_TYPE ? NULL : t->possible[0], .self = x};
    return right_leaf(x, t);
}

static enum err resolve(struct gql_execution *x, const struct gql_node *node, const void *self, struct gql_thing *out, struct problem *why)
{
    (void)self;
    if (next(x) % 32 == 0)
        return problem_set(why, next(x) % 4 == 0 ? ERR_TIMEOUT : ERR_INVALID, "By chance");
    *out = some_thing(x, node->field->type);
    return ERR_OK;
}

static void bind(void *self, const struct gql_type *t, struct gql_field *f)
{
    (void)self;
    (void)t;
    f->resolve = resolve;
}

/* ---- the answer ---- */

static void check_fields(struct gql_execution *x, const struct gql_fields *fields, const struct json *v);

static void check_value(struct gql_execution *x, const struct gql_node *node, const struct gql_type *type, const struct json *v)
{
    const struct gql_type *t = gql_nullable(type);
    must(type->kind != GQL_NON_NULL || v->type != JSON_NULL);
    if (v->type == JSON_NULL)
        return;
    if (t->kind == GQL_LIST_OF) {
        must(v->type == JSON_LIST);
        for (uint32_t i = 0; i < v->count; i++)
            check_value(x, node, t->of, &v->items[i]);
    } else if (gql_is_composite(t)) {
        check_fields(x, gql_fields_of(x, node, t->kind == GQL_OBJECT_TYPE ? t : t->possible[0]), v);
    } else if (t->kind == GQL_ENUM_TYPE) {
        must(v->type == JSON_TEXT && gql_value_named(t, v->text) != NULL);
    }
}

static void check_fields(struct gql_execution *x, const struct gql_fields *fields, const struct json *v)
{
    must(v->type == JSON_MAP && v->count == fields->count && fields->fault.at == NULL);
    for (uint32_t i = 0; i < fields->count; i++) {
        must(str_equal(v->items[i].name, fields->nodes[i].key));
        must(fields->nodes[i].arguments != NULL || v->items[i].type == JSON_NULL);
        if (!str_starts(fields->nodes[i].field->name, S("__")))
            check_value(x, &fields->nodes[i], fields->nodes[i].field->type, &v->items[i]);
    }
}

static void check_errors(const struct gql_errors *errors)
{
    for (size_t i = 0; i < errors->count; i++)
        must(errors->items[i].message.len > 0 && utf8_valid(errors->items[i].message) && errors->items[i].code.len > 0);
}

static void run(struct gql_execution *x)
{
    struct json_options deep = {.depth_max = LIMIT_JSON_DEPTH};
    const struct json *data = NULL;
    gql_execute(x);
    must(!x->out->failed && x->out->len > 0);
    check_errors(x->errors);
    must(json_read(x->arena, buf_str(x->out), &deep, S("data"), &data, NULL) == ERR_OK);
    if (data->type == JSON_NULL)
        must(x->errors->count > 0);
    else
        check_fields(x, gql_collect_root(x, x->operation->kind == GQL_MUTATION ? x->schema->mutation : x->schema->query), data);
}

static void one(struct arena *a, const struct gql_schema *schema, uint8_t seed, str text)
{
    struct gql_errors errors = {.arena = a};
    struct chance chance = {seed * UINT64_C(0x9e3779b97f4a7c15) + 1};
    struct buf out;
    buf_init(&out, a, seed % 16 == 0 ? 200 : 1 << 20);
    struct gql_execution x = {.arena = a, .schema = schema, .out = &out, .errors = &errors, .cost_max = 2000, .world = &chance};
    if (gql_read(a, text, &errors, &x.document) != ERR_OK || !gql_within_limits(x.document, &errors) ||
        !gql_validate(schema, x.document, &errors))
        return;
    x.operation = gql_operation_named(x.document, (str){0}, &errors);
    if (x.operation == NULL || x.operation->kind == GQL_SUBSCRIPTION ||
        !gql_take_variables(a, schema, x.document, x.operation, NULL, &x.variables, &errors) || !gql_price(&x))
        return;
    run(&x);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct gql_schema *schema;
    if (size < 2)
        return 0;
    struct arena *a = arena_open(1 << 16);
    if (schema == NULL) {
        struct gql_errors errors = {.arena = a};
        must(gql_schema_read(str_of(sdl), bind, NULL, &schema, &errors) == ERR_OK);
    }
    str text = {(const char *)data + 1, size - 1};
    if (utf8_valid(text))
        one(a, schema, data[0], text);
    arena_close(a);
    return 0;
}
