/* Execution over a schema of its own (graphql.md 6): values are a tree of JSON, so that each row can bring a world. */
#include "base/limits.h"
#include "base/time.h"
#include "graphql/execute/execute.h"
#include "graphql/schema/build.h"
#include "tests/support/check.h"

struct world {
    const struct json *tree;          /* members of the query root */
    int64_t counter;
};

static enum err from_tree(struct gql_execution *x, const struct gql_node *node, const void *self, struct gql_thing *out, struct problem *why)
{
    const struct world *w = x->world;
    const struct json *v = json_get(w->tree, node->field->name);
    (void)self;
    (void)why;
    if (v != NULL)
        *out = (struct gql_thing){.kind = GQL_THING_LEAF, .leaf = *v};
    return ERR_OK;
}

static enum err echo(struct gql_execution *x, const struct gql_node *node, const void *self, struct gql_thing *out, struct problem *why)
{
    (void)self;
    (void)why;
    *out = (struct gql_thing){.kind = GQL_THING_LEAF, .leaf = json_of_text(json_print(x->arena, node->arguments))};
    return ERR_OK;
}

static enum err fails(struct gql_execution *x, const struct gql_node *node, const void *self, struct gql_thing *out, struct problem *why)
{
    (void)x;
    (void)node;
    (void)self;
    (void)out;
    return problem_set(why, ERR_FORBIDDEN, "not for you");
}

static enum err is_late(struct gql_execution *x, const struct gql_node *node, const void *self, struct gql_thing *out, struct problem *why)
{
    (void)x;
    (void)node;
    (void)self;
    (void)out;
    return problem_set(why, ERR_TIMEOUT, "too slow");
}

/* Code of its own: writes three numbers by hand, the second of which is not there. */
static enum gql_done by_hand(struct gql_execution *x, const struct gql_node *node, const void *self)
{
    size_t start = x->out->len;
    struct problem why = {.arena = x->arena};
    (void)self;
    buf_add(x->out, S("[1,"));
    struct gql_path here = {.in = x->path, .index = 1};
    x->path = &here;
    err_ignored(problem_set(&why, ERR_NOT_FOUND, "no second"));
    enum gql_done done = gql_settle(x, node->field->type->of, gql_broken(x, node, &why), x->out->len);
    x->path = here.in;
    if (done == GQL_WROTE)
        buf_add(x->out, S(",3]"));
    return gql_settle(x, node->field->type, done, start);
}

static enum err add(struct gql_execution *x, const struct gql_node *node, const void *self, struct gql_thing *out, struct problem *why)
{
    struct world *w = (struct world *)(uintptr_t)x->world;
    (void)self;
    int64_t by = gql_argument(node, S("by"))->integer;
    if (by < 0)
        return problem_set(why, ERR_INVALID, "it only goes up");
    w->counter += by;
    *out = (struct gql_thing){.kind = GQL_THING_OBJECT, .self = w};
    return ERR_OK;
}

static enum err counted(struct gql_execution *x, const struct gql_node *node, const void *self, struct gql_thing *out, struct problem *why)
{
    const struct world *w = self;
    (void)x;
    (void)node;
    (void)why;
    *out = (struct gql_thing){.kind = GQL_THING_LEAF, .leaf = json_of_int(w->counter)};
    return ERR_OK;
}

/* ---- the schema ---- */

static const struct {
    enum gql_type_kind kind;
    const char *name;
} types[] = {
    {GQL_OBJECT_TYPE, "Query"}, {GQL_OBJECT_TYPE, "Mutation"}, {GQL_OBJECT_TYPE, "Counter"}, {GQL_OBJECT_TYPE, "Human"},
    {GQL_OBJECT_TYPE, "Dog"},   {GQL_INTERFACE, "Being"},      {GQL_UNION, "Any"},           {GQL_ENUM_TYPE, "Mood"},
};
static const struct {
    const char *of, *name, *type;
    gql_resolve *resolve;
    gql_writer *write;
} fields[] = {
    {"Being", "name", "String!", NULL, NULL},
    {"Being", "friend", "Being", NULL, NULL},
    {"Human", "name", "String!", NULL, NULL},
    {"Human", "friend", "Being", NULL, NULL},
    {"Human", "id", "ID!", NULL, NULL},
    {"Human", "age", "Int", NULL, NULL},
    {"Human", "height", "Float", NULL, NULL},
    {"Human", "alive", "Boolean", NULL, NULL},
    {"Human", "mood", "Mood", NULL, NULL},
    {"Human", "dog", "Dog", NULL, NULL},
    {"Human", "some", "[Dog]", NULL, NULL},
    {"Human", "each", "[Dog!]", NULL, NULL},
    {"Human", "all", "[Dog!]!", NULL, NULL},
    {"Human", "self", "Human", NULL, NULL},
    {"Dog", "name", "String!", NULL, NULL},
    {"Dog", "friend", "Being", NULL, NULL},
    {"Dog", "barks", "Boolean!", NULL, NULL},
    {"Query", "human", "Human", from_tree, NULL},
    {"Query", "sure", "Human!", from_tree, NULL},
    {"Query", "being", "Being", from_tree, NULL},
    {"Query", "beings", "[Being]", from_tree, NULL},
    {"Query", "anything", "[Any!]", from_tree, NULL},
    {"Query", "matrix", "[[Int!]]", from_tree, NULL},
    {"Query", "humans", "[Human!]", from_tree, NULL},
    {"Query", "a", "String", from_tree, NULL},
    {"Query", "b", "String", from_tree, NULL},
    {"Query", "echo", "String", echo, NULL},
    {"Query", "fails", "String", fails, NULL},
    {"Query", "failsSurely", "String!", fails, NULL},
    {"Query", "late", "String", is_late, NULL},
    {"Query", "three", "[Int]", NULL, by_hand},
    {"Query", "threeSurely", "[Int!]", NULL, by_hand},
    {"Mutation", "add", "Counter", add, NULL},
    {"Mutation", "addSurely", "Counter!", add, NULL},
    {"Mutation", "late", "String", is_late, NULL},
    {"Mutation", "echo", "String", echo, NULL},
    {"Counter", "value", "Int!", counted, NULL},
};
static const struct {
    const char *of, *field, *name, *type, *standard;
} arguments[] = {
    {"Query", "echo", "text", "String", NULL},
    {"Query", "echo", "n", "Int", "7"},
    {"Query", "echo", "list", "[Int]", NULL},
    {"Query", "echo", "always", "Int!", "3"},
    {"Query", "humans", "limit", "Int", NULL},
    {"Mutation", "add", "by", "Int!", NULL},
    {"Mutation", "echo", "text", "String", NULL},
    {"Mutation", "addSurely", "by", "Int!", NULL},
};

static struct gql_schema *make_schema(void)
{
    struct gql_builder *b = gql_build(S("For tests"));
    for (size_t i = 0; i < COUNTOF(types); i++)
        gql_type_make(b, types[i].kind, str_of(types[i].name), (str){0});
    for (size_t i = 0; i < COUNTOF(fields); i++) {
        struct gql_type *of = (struct gql_type *)(uintptr_t)gql_type_have(b, str_of(fields[i].of));
        struct gql_field *f = gql_add_field(b, of, str_of(fields[i].name), gql_type_text(b, fields[i].type), (str){0});
        f->resolve = fields[i].resolve;
        f->write = fields[i].write;
        for (size_t k = 0; k < COUNTOF(arguments); k++) {
            if (strcmp(arguments[k].of, fields[i].of) != 0 || strcmp(arguments[k].field, fields[i].name) != 0)
                continue;
            struct gql_input *in = gql_add_argument(b, f, str_of(arguments[k].name), gql_type_text(b, arguments[k].type), (str){0});
            if (arguments[k].standard != NULL)
                gql_set_default(b, in, arguments[k].standard);
        }
    }
    struct gql_type *human = (struct gql_type *)(uintptr_t)gql_type_have(b, S("Human"));
    struct gql_type *dog = (struct gql_type *)(uintptr_t)gql_type_have(b, S("Dog"));
    struct gql_type *any = (struct gql_type *)(uintptr_t)gql_type_have(b, S("Any"));
    struct gql_type *mood = (struct gql_type *)(uintptr_t)gql_type_have(b, S("Mood"));
    gql_add_interface(b, human, gql_type_have(b, S("Being")));
    gql_add_interface(b, dog, gql_type_have(b, S("Being")));
    gql_add_member(b, any, human);
    gql_add_member(b, any, dog);
    gql_add_value(b, mood, S("GOOD"), (str){0});
    gql_add_value(b, mood, S("BAD"), (str){0});
    return gql_schema_finish(b, gql_type_have(b, S("Query")), gql_type_have(b, S("Mutation")), NULL);
}

#define WORLD                                                                                                           \
    "{\"a\":\"A\",\"b\":\"B\",\"matrix\":[[1,2],[],null,[3]],"                                                          \
    "\"human\":{\"name\":\"Ann\",\"id\":7,\"age\":30,\"height\":1.5,\"alive\":true,\"mood\":\"GOOD\","                  \
    "\"dog\":{\"name\":\"Rex\",\"barks\":true},"                                                                        \
    "\"some\":[{\"name\":\"Rex\",\"barks\":true},{\"name\":null},{\"name\":\"Fifi\",\"barks\":null}],"                  \
    "\"each\":[{\"name\":\"Rex\"},{\"name\":null},{\"name\":\"Fifi\"}],\"all\":[{\"name\":\"Rex\"},{\"name\":null}]},"  \
    "\"sure\":{\"name\":\"Sue\",\"all\":[{\"name\":null}]},"                                                            \
    "\"humans\":[{\"name\":\"Ann\"},{\"name\":\"Bob\",\"dog\":{\"name\":\"Rex\"}}],"                                    \
    "\"being\":{\"__typename\":\"Dog\",\"name\":\"Rex\",\"barks\":false,"                                               \
    "\"friend\":{\"__typename\":\"Human\",\"name\":\"Ann\",\"age\":30}},"                                               \
    "\"beings\":[{\"__typename\":\"Dog\",\"name\":\"Rex\",\"barks\":false},{\"__typename\":\"Human\",\"name\":\"Ann\"}," \
    "{\"__typename\":\"Query\"},null],"                                                                                 \
    "\"anything\":[{\"__typename\":\"Human\",\"name\":\"Ann\"},{\"__typename\":\"Dog\",\"name\":\"Rex\"}]}"

struct row {
    const char *text, *variables, *data, *errors;
};

struct run {
    struct arena *arena;
    struct gql_schema *schema;
    struct world world;
    struct gql_errors errors;
    struct gql_execution x;
    struct buf out;
};

static const struct json *tree(struct arena *a, const char *text)
{
    const struct json *out = NULL;
    NEED(json_read(a, str_of(text), NULL, S("test"), &out, NULL) == ERR_OK);
    return out;
}

static bool prepare(struct run *r, struct gql_schema *schema, const char *text, const char *variables)
{
    r->arena = arena_open(1 << 16);
    r->schema = schema;
    r->errors = (struct gql_errors){.arena = r->arena};
    r->world.tree = tree(r->arena, WORLD);
    buf_init(&r->out, r->arena, 1 << 20);
    const struct gql_document *d = NULL;
    if (gql_read(r->arena, str_of(text), &r->errors, &d) != ERR_OK)
        return false;
    const struct gql_operation *o = gql_operation_named(d, (str){0}, &r->errors);
    const struct json *taken = NULL;
    if (o == NULL || !gql_take_variables(r->arena, schema, d, o, variables != NULL ? tree(r->arena, variables) : NULL, &taken, &r->errors))
        return false;
    r->x = (struct gql_execution){
        .arena = r->arena,
        .schema = schema,
        .document = d,
        .operation = o,
        .variables = taken,
        .out = &r->out,
        .errors = &r->errors,
        .cost_max = LIMIT_GRAPHQL_COST,
        .world = &r->world,
    };
    return true;
}

static str told(struct run *r)
{
    struct buf b;
    struct json_writer w;
    buf_init(&b, r->arena, 1 << 20);
    if (r->errors.count == 0)
        return S("");
    json_begin(&w, &b);
    gql_write_errors(&w, &r->errors);
    json_end(&w);
    return buf_str(&b);
}

static void all_rows(const struct row *rows, size_t count)
{
    struct gql_schema *schema = make_schema();
    for (size_t i = 0; i < count; i++) {
        CHECK_AT(i);
        struct run r = {0};
        if (prepare(&r, schema, rows[i].text, rows[i].variables))
            gql_execute(&r.x);
        CHECK_STR(buf_str(&r.out), str_of(rows[i].data));
        CHECK_STR(told(&r), str_of(rows[i].errors != NULL ? rows[i].errors : ""));
        arena_close(r.arena);
    }
    counted_release(&schema->counted);
}

#define AT(line, column) "{\"line\":" #line ",\"column\":" #column "}"
#define ERROR(code, message, places, path)                                                                              \
    "{\"message\":\"" message "\",\"locations\":[" places "],\"path\":[" path "],\"extensions\":{\"code\":\"" code "\"}}"
#define NOTHING(field) "\\\"" field "\\\" is never null, and has no value here."
#define BROKEN "INTERNAL_SERVER_ERROR"

static void selections_become_one_answer(void **state)
{
    static const struct row rows[] = {
        /* In the order of the first mention; aliases; the same name merged. */
        {"{b a}", NULL, "{\"b\":\"B\",\"a\":\"A\"}", NULL},
        {"{x: b, y: a, a, x: b}", NULL, "{\"x\":\"B\",\"y\":\"A\",\"a\":\"A\"}", NULL},
        {"{human{name} a human{age name dog{name}} human{dog{barks}}}", NULL,
         "{\"human\":{\"name\":\"Ann\",\"age\":30,\"dog\":{\"name\":\"Rex\",\"barks\":true}},\"a\":\"A\"}", NULL},
        /* Fragments stand where they are spread, once per set. */
        {"{...F b ...F} fragment F on Query{a b}", NULL, "{\"a\":\"A\",\"b\":\"B\"}", NULL},
        {"{b ...{a ...F}} fragment F on Query{human{name}} ", NULL, "{\"b\":\"B\",\"a\":\"A\",\"human\":{\"name\":\"Ann\"}}", NULL},
        {"{human{...F} h: human{...F age}} fragment F on Human{name dog{...G}} fragment G on Dog{name}", NULL,
         "{\"human\":{\"name\":\"Ann\",\"dog\":{\"name\":\"Rex\"}},\"h\":{\"name\":\"Ann\",\"dog\":{\"name\":\"Rex\"},\"age\":30}}", NULL},
        {"{human{...F} human{...F}} fragment F on Human{name}", NULL, "{\"human\":{\"name\":\"Ann\"}}", NULL},
        /* A fragment that was skipped once counts when it comes again. */
        {"{...F @skip(if:true) b ...F} fragment F on Query{a}", NULL, "{\"b\":\"B\",\"a\":\"A\"}", NULL},
        /* Types: conditions that do not hold add nothing. */
        {"{being{... on Human{age} name ...D __typename}} fragment D on Dog{barks}", NULL,
         "{\"being\":{\"name\":\"Rex\",\"barks\":false,\"__typename\":\"Dog\"}}", NULL},
        {"{being{... on Being{name} friend{...on Dog{name} ...on Human{age name}}}}", NULL,
         "{\"being\":{\"name\":\"Rex\",\"friend\":{\"age\":30,\"name\":\"Ann\"}}}", NULL},
        {"{anything{__typename ...on Being{name} ...on Dog{n: name}}}", NULL,
         "{\"anything\":[{\"__typename\":\"Human\",\"name\":\"Ann\"},{\"__typename\":\"Dog\",\"name\":\"Rex\",\"n\":\"Rex\"}]}", NULL},
        {"{t: __typename}", NULL, "{\"t\":\"Query\"}", NULL},
        {"mutation{__typename}", NULL, "{\"__typename\":\"Mutation\"}", NULL},
        {"{matrix}", NULL, "{\"matrix\":[[1,2],[],null,[3]]}", NULL},
    };
    (void)state;
    all_rows(rows, COUNTOF(rows));
}

static void conditions_drop_selections(void **state)
{
    static const struct row rows[] = {
        {"{a @skip(if:true) b}", NULL, "{\"b\":\"B\"}", NULL},
        {"{a @include(if:false)}", NULL, "{}", NULL},
        {"{a @include(if:true) @skip(if:true) b @skip(if:false) @include(if:true)}", NULL, "{\"b\":\"B\"}", NULL},
        {"{a a @skip(if:true)}", NULL, "{\"a\":\"A\"}", NULL},
        {"{b ...F @include(if:false) ...@skip(if:true){a}} fragment F on Query{a}", NULL, "{\"b\":\"B\"}", NULL},
        {"query($y:Boolean!){a @skip(if:$y) b @include(if:$y)}", "{\"y\":true}", "{\"b\":\"B\"}", NULL},
        {"query($y:Boolean!){a @skip(if:$y) b @include(if:$y)}", "{\"y\":false}", "{\"a\":\"A\"}", NULL},
        {"query($y:Boolean=false){human{name @include(if:$y) age}}", NULL, "{\"human\":{\"age\":30}}", NULL},
        /* Null where a condition has a default: the set's position is what breaks. */
        {"query($y:Boolean=false){a human{name @include(if:$y) age}}", "{\"y\":null}", "{\"a\":\"A\",\"human\":null}",
         "[" ERROR("BAD_USER_INPUT", "Argument \\\"if\\\" of \\\"@include\\\" must not be null.", AT(1, 50), "\"human\"") "]"},
        {"query($y:Boolean=false){beings{name @skip(if:$y)}}", "{\"y\":null}",
         "{\"beings\":[null,null,null,null]}",
         "[" ERROR("BAD_USER_INPUT", "Argument \\\"if\\\" of \\\"@skip\\\" must not be null.", AT(1, 46), "\"beings\",0") ","
         ERROR("BAD_USER_INPUT", "Argument \\\"if\\\" of \\\"@skip\\\" must not be null.", AT(1, 46), "\"beings\",1") ","
         ERROR(BROKEN, "The value of \\\"beings\\\" is no Being.", AT(1, 25), "\"beings\",2") "]"},
    };
    (void)state;
    all_rows(rows, COUNTOF(rows));
}

static void arguments_have_three_states(void **state)
{
    static const struct row rows[] = {
        {"{echo}", NULL, "{\"echo\":\"{\\\"n\\\":7,\\\"always\\\":3}\"}", NULL},
        {"{echo(text:null,n:null)}", NULL, "{\"echo\":\"{\\\"text\\\":null,\\\"n\\\":null,\\\"always\\\":3}\"}", NULL},
        {"{echo(always:1,text:\"x\",list:4)}", NULL,
         "{\"echo\":\"{\\\"text\\\":\\\"x\\\",\\\"n\\\":7,\\\"list\\\":[4],\\\"always\\\":1}\"}", NULL},
        {"query($t:String,$n:Int){echo(text:$t,n:$n)}", NULL, "{\"echo\":\"{\\\"n\\\":7,\\\"always\\\":3}\"}", NULL},
        {"query($t:String,$n:Int){echo(text:$t,n:$n)}", "{\"t\":null,\"n\":null}",
         "{\"echo\":\"{\\\"text\\\":null,\\\"n\\\":null,\\\"always\\\":3}\"}", NULL},
        {"query($t:String=\"d\",$n:Int=1){echo(text:$t,n:$n)}", "{\"n\":2}",
         "{\"echo\":\"{\\\"text\\\":\\\"d\\\",\\\"n\\\":2,\\\"always\\\":3}\"}", NULL},
        {"query($n:Int){echo(list:[1,$n])}", NULL, "{\"echo\":\"{\\\"n\\\":7,\\\"list\\\":[1,null],\\\"always\\\":3}\"}", NULL},
    };
    (void)state;
    all_rows(rows, COUNTOF(rows));
}

static void nulls_travel_outwards(void **state)
{
    static const struct row rows[] = {
        {"{a fails b}", NULL, "{\"a\":\"A\",\"fails\":null,\"b\":\"B\"}",
         "[" ERROR("FORBIDDEN", "not for you.", AT(1, 4), "\"fails\"") "]"},
        {"{a\n  f: fails f: fails}", NULL, "{\"a\":\"A\",\"f\":null}",
         "[" ERROR("FORBIDDEN", "not for you.", AT(2, 3) "," AT(2, 12), "\"f\"") "]"},
        {"{a failsSurely b}", NULL, "null", "[" ERROR("FORBIDDEN", "not for you.", AT(1, 4), "\"failsSurely\"") "]"},
        /* [T]: the item; [T!]: the list; [T!]!: what holds the list. */
        {"{human{some{name}}}", NULL, "{\"human\":{\"some\":[{\"name\":\"Rex\"},null,{\"name\":\"Fifi\"}]}}",
         "[" ERROR(BROKEN, NOTHING("name"), AT(1, 13), "\"human\",\"some\",1,\"name\"") "]"},
        {"{human{some{n:name barks}}}", NULL, "{\"human\":{\"some\":[{\"n\":\"Rex\",\"barks\":true},null,null]}}",
         "[" ERROR(BROKEN, NOTHING("name"), AT(1, 13), "\"human\",\"some\",1,\"n\"") ","
         ERROR(BROKEN, NOTHING("barks"), AT(1, 20), "\"human\",\"some\",2,\"barks\"") "]"},
        {"{human{age each{name} name}}", NULL, "{\"human\":{\"age\":30,\"each\":null,\"name\":\"Ann\"}}",
         "[" ERROR(BROKEN, NOTHING("name"), AT(1, 17), "\"human\",\"each\",1,\"name\"") "]"},
        {"{human{age all{name} name} a}", NULL, "{\"human\":null,\"a\":\"A\"}",
         "[" ERROR(BROKEN, NOTHING("name"), AT(1, 16), "\"human\",\"all\",1,\"name\"") "]"},
        {"{a sure{all{name}}}", NULL, "null", "[" ERROR(BROKEN, NOTHING("name"), AT(1, 13), "\"sure\",\"all\",0,\"name\"") "]"},
        {"{sure{id}}", NULL, "null", "[" ERROR(BROKEN, NOTHING("id"), AT(1, 7), "\"sure\",\"id\"") "]"},
        /* Code that writes itself. */
        {"{three a}", NULL, "{\"three\":[1,null,3],\"a\":\"A\"}", "[" ERROR("NOT_FOUND", "no second.", AT(1, 2), "\"three\",1") "]"},
        {"{threeSurely a}", NULL, "{\"threeSurely\":null,\"a\":\"A\"}",
         "[" ERROR("NOT_FOUND", "no second.", AT(1, 2), "\"threeSurely\",1") "]"},
        /* Types that do not fit. */
        {"{beings{name}}", NULL, "{\"beings\":[{\"name\":\"Rex\"},{\"name\":\"Ann\"},null,null]}",
         "[" ERROR(BROKEN, "The value of \\\"beings\\\" is no Being.", AT(1, 2), "\"beings\",2") "]"},
        /* A null that arguments must not have is this position's. */
        {"query($n:Int=1){a echo(always:$n)}", "{\"n\":null}", "{\"a\":\"A\",\"echo\":null}", "?"},
        /* The end of time ends everything. */
        {"{a late b fails}", NULL, "null", "[" ERROR("TIMEOUT", "too slow.", AT(1, 4), "\"late\"") "]"},
    };
    (void)state;
    struct gql_schema *schema = make_schema();
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        struct run r = {0};
        if (prepare(&r, schema, rows[i].text, rows[i].variables))
            gql_execute(&r.x);
        CHECK_STR(buf_str(&r.out), str_of(rows[i].data));
        if (rows[i].errors[0] != '?')
            CHECK_STR(told(&r), str_of(rows[i].errors));
        else
            CHECK_INT(r.errors.count, 1);
        arena_close(r.arena);
    }
    counted_release(&schema->counted);
}

static void leaves_are_what_their_types_say(void **state)
{
    static const struct {
        const char *human, *field, *value; /* value NULL: an error, and null */
    } rows[] = {
        {"{\"id\":7}", "id", "\"7\""},
        {"{\"id\":\"x\"}", "id", "\"x\""},
        {"{\"age\":2147483647}", "age", "2147483647"},
        {"{\"age\":2147483648}", "age", NULL},
        {"{\"age\":1.5}", "age", NULL},
        {"{\"age\":\"1\"}", "age", NULL},
        {"{\"height\":1.5}", "height", "1.5"},
        {"{\"height\":2}", "height", "2"},
        {"{\"height\":[1]}", "height", NULL},
        {"{\"alive\":false}", "alive", "false"},
        {"{\"alive\":{}}", "alive", NULL},
        {"{\"mood\":\"BAD\"}", "mood", "\"BAD\""},
        {"{\"mood\":\"bad\"}", "mood", NULL},
        {"{\"mood\":1}", "mood", NULL},
        {"{\"some\":{}}", "some{name}", NULL},
        {"{\"dog\":[]}", "dog{name}", NULL},
        {"{\"dog\":5}", "dog{name}", NULL},
        {"{\"name\":\"\\u2028\\n\\\"\"}", "name", "\"\342\200\250\\n\\\"\""},
    };
    (void)state;
    struct gql_schema *schema = make_schema();
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        struct run r = {0};
        char text[64], world[256], wanted[128];
        snprintf(text, sizeof text, "{human{v:%s}}", rows[i].field);
        snprintf(world, sizeof world, "{\"human\":%s}", rows[i].human);
        snprintf(wanted, sizeof wanted, "{\"human\":{\"v\":%s}}", rows[i].value != NULL ? rows[i].value : "null");
        NEED(prepare(&r, schema, text, NULL));
        r.world.tree = tree(r.arena, world);
        gql_execute(&r.x);
        CHECK_STR(buf_str(&r.out), str_of(wanted));
        CHECK_INT(r.errors.count, rows[i].value != NULL ? 0 : 1);
        arena_close(r.arena);
    }
    counted_release(&schema->counted);
}

static void mutations_run_one_after_the_other(void **state)
{
    static const struct row rows[] = {
        {"mutation{x:add(by:1){value v:value} y:add(by:2){value} add(by:3){value}}", NULL,
         "{\"x\":{\"value\":1,\"v\":1},\"y\":{\"value\":3},\"add\":{\"value\":6}}", NULL},
        /* One that fails does not keep the next from running … */
        {"mutation{x:add(by:1){value} y:add(by:-1){value} z:add(by:1){value}}", NULL,
         "{\"x\":{\"value\":1},\"y\":null,\"z\":{\"value\":2}}",
         "[" ERROR("INVALID", "it only goes up.", AT(1, 29), "\"y\"") "]"},
        /* … unless it takes the whole answer along. */
        {"mutation{x:addSurely(by:1){value} y:addSurely(by:-1){value} z:addSurely(by:1){value}}", NULL, "null",
         "[" ERROR("INVALID", "it only goes up.", AT(1, 35), "\"y\"") "]"},
        /* Time is for queries; what was done is told. */
        {"mutation{x:add(by:1){value} late y:add(by:1){value}}", NULL, "{\"x\":{\"value\":1},\"late\":null,\"y\":{\"value\":2}}",
         "[" ERROR("TIMEOUT", "too slow.", AT(1, 29), "\"late\"") "]"},
    };
    (void)state;
    all_rows(rows, COUNTOF(rows));
    struct gql_schema *schema = make_schema();
    struct run r = {0};
    NEED(prepare(&r, schema, rows[2].text, NULL));
    gql_execute(&r.x);
    CHECK_INT(r.world.counter, 1); /* z never ran */
    arena_close(r.arena);
    counted_release(&schema->counted);
}

static void an_answer_has_an_end(void **state)
{
    (void)state;
    struct gql_schema *schema = make_schema();
    const char *text = "{human{some{name}} a}";
    struct run whole = {0};
    NEED(prepare(&whole, schema, text, NULL));
    gql_execute(&whole.x);
    size_t length = whole.out.len;
    for (size_t room = 4; room <= length; room++) {
        CHECK_AT(room);
        struct run r = {0};
        NEED(prepare(&r, schema, text, NULL));
        buf_init(&r.out, r.arena, room);
        gql_execute(&r.x);
        CHECK(!r.out.failed);
        CHECK_STR(buf_str(&r.out), room < length ? S("null") : buf_str(&whole.out));
        CHECK_STR(r.errors.items[r.errors.count - 1].code, room < length ? S("TOO_LARGE") : S("INTERNAL_SERVER_ERROR"));
        arena_close(r.arena);
    }
    arena_close(whole.arena);
    counted_release(&schema->counted);
}

/* An answer that does not fit takes itself away, not what the other mutations say. */
static void mutations_are_told_even_when_one_is_too_large(void **state)
{
    static const char text[] = "mutation{x:add(by:1){value} echo(text:\"0123456789012345678901234567890123456789\") y:add(by:1){value}}";
    static const char told[] = "{\"x\":{\"value\":1},\"echo\":null,\"y\":{\"value\":2}}";
    (void)state;
    struct gql_schema *schema = make_schema();
    for (size_t room = sizeof told - 1; room < sizeof told + 30; room++) {
        CHECK_AT(room);
        struct run r = {0};
        NEED(prepare(&r, schema, text, NULL));
        buf_init(&r.out, r.arena, room);
        gql_execute(&r.x);
        CHECK_STR(buf_str(&r.out), str_of(told));
        CHECK_INT(r.errors.count, 1);
        CHECK_STR(r.errors.items[0].code, S("TOO_LARGE"));
        arena_close(r.arena);
    }
    counted_release(&schema->counted);
}

static void a_query_has_its_time(void **state)
{
    static const struct {
        const char *text;
        int64_t until_us;             /* from now */
        const char *data;
    } rows[] = {
        {"{a b}", 60000000, "{\"a\":\"A\",\"b\":\"B\"}"},
        {"{a b}", -1, "null"},
        {"mutation{add(by:1){value}}", -1, "{\"add\":{\"value\":1}}"},
    };
    (void)state;
    struct gql_schema *schema = make_schema();
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        struct run r = {0};
        NEED(prepare(&r, schema, rows[i].text, NULL));
        r.x.until_us = time_mono_us() + rows[i].until_us;
        gql_execute(&r.x);
        CHECK_STR(buf_str(&r.out), str_of(rows[i].data));
        CHECK(r.errors.count == 0 || str_equal(r.errors.items[0].code, S("TIMEOUT")));
        arena_close(r.arena);
    }
    counted_release(&schema->counted);
}

static void what_it_costs_is_known_before(void **state)
{
    static const struct {
        const char *text, *variables;
        uint64_t cost;
    } rows[] = {
        {"{a b}", NULL, 0},
        {"{human{name}}", NULL, 1},
        {"{human{dog{name}}}", NULL, 2},
        {"{humans{name}}", NULL, 1000},
        {"{humans(limit:7){dog{name}}}", NULL, 14},
        {"query($n:Int){humans(limit:$n){dog{name}}}", "{\"n\":3}", 6},
        {"query($n:Int=4){humans(limit:$n){dog{name}}}", NULL, 8},
        {"query($n:Int){humans(limit:$n){name}}", NULL, 1000},
        {"{humans(limit:-5){name}}", NULL, 1},
        {"{humans(limit:0){dog{name}}}", NULL, 2},
        {"{humans(limit:null){name}}", NULL, 1000},
        {"{human{...F} h:human{...F}} fragment F on Human{dog{name} friend{name}}", NULL, 6},
        {"{human @skip(if:true){name}}", NULL, 0},
        {"{being{...on Dog{friend{name}} ...on Human{friend{name}}}}", NULL, 3},
    };
    (void)state;
    struct gql_schema *schema = make_schema();
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        struct run r = {0};
        NEED(prepare(&r, schema, rows[i].text, rows[i].variables));
        r.x.cost_max = rows[i].cost;
        CHECK(gql_price(&r.x));
        CHECK_INT(r.x.cost, rows[i].cost);
        if (rows[i].cost > 0) {
            r.x.cost_max = rows[i].cost - 1;
            CHECK(!gql_price(&r.x));
            CHECK_STR(r.errors.items[0].code, GQL_LIMIT);
        }
        arena_close(r.arena);
    }
    counted_release(&schema->counted);
}

/* 2^n of everything: priced and refused at once, and collected in linear time when it is run all the same. */
static void fragments_that_multiply_cost_nothing(void **state)
{
    (void)state;
    struct gql_schema *schema = make_schema();
    struct run r = {0};
    struct buf b;
    struct arena *a = arena_open(1 << 16);
    buf_init(&b, a, 1 << 16);
    buf_add(&b, S("{human{...F0}}"));
    for (int i = 0; i < 60; i++)
        buf_format(&b, " fragment F%d on Human{l:friend{...F%d} r:friend{...F%d}}", i, i + 1, i + 1);
    buf_add(&b, S(" fragment F60 on Human{name}"));
    buf_byte(&b, '\0');
    NEED(prepare(&r, schema, b.at, NULL));
    CHECK(!gql_price(&r.x));
    CHECK(r.x.cost > LIMIT_GRAPHQL_COST);
    gql_execute(&r.x);
    CHECK_STR(buf_str(&r.out), S("{\"human\":{\"l\":null,\"r\":null}}"));
    CHECK(arena_bytes(r.arena) < 1 << 20);
    arena_close(r.arena);
    arena_close(a);
    counted_release(&schema->counted);
}

/* Each way through these fragments merges another set of them: 2^n sets, whatever is remembered. */
static void merging_comes_to_an_end(void **state)
{
    static const struct {
        int levels;
        const char *data;
    } rows[] = {{6, "{\"human\":{\"x\":null,\"y\":null}}"}, {16, "null"}};
    (void)state;
    struct gql_schema *schema = make_schema();
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        struct run r = {0};
        struct buf b;
        struct arena *a = arena_open(1 << 16);
        buf_init(&b, a, 1 << 16);
        buf_add(&b, S("{human{...F0}}"));
        for (int n = 0; n < rows[i].levels; n++) {
            buf_format(&b, " fragment F%d on Human{x:self{...F%d} y:self{...F%d ...T%d_%d}}", n, n + 1, n + 1, n + 1, n);
            for (int from = 0; from < n; from++)
                buf_format(&b, " fragment T%d_%d on Human{x:self{...T%d_%d} y:self{...T%d_%d}}", n, from, n + 1, from, n + 1, from);
        }
        for (int from = 0; from < rows[i].levels; from++)
            buf_format(&b, " fragment T%d_%d on Human{name}", rows[i].levels, from);
        buf_format(&b, " fragment F%d on Human{name}", rows[i].levels);
        buf_byte(&b, '\0');
        NEED(prepare(&r, schema, b.at, NULL));
        gql_execute(&r.x);
        CHECK_STR(buf_str(&r.out), str_of(rows[i].data));
        CHECK_INT(r.errors.count, i);
        CHECK(arena_bytes(r.arena) < 64 << 20);
        arena_close(r.arena);
        arena_close(a);
    }
    counted_release(&schema->counted);
}

CHECK_MAIN(TEST(selections_become_one_answer), TEST(conditions_drop_selections), TEST(arguments_have_three_states),
           TEST(nulls_travel_outwards), TEST(leaves_are_what_their_types_say), TEST(mutations_run_one_after_the_other),
           TEST(an_answer_has_an_end), TEST(mutations_are_told_even_when_one_is_too_large), TEST(a_query_has_its_time), TEST(what_it_costs_is_known_before), TEST(fragments_that_multiply_cost_nothing),
           TEST(merging_comes_to_an_end))
