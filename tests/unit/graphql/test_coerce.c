/* Variables and arguments (graphql.md 4): absent, null and a value are three things. */
#include "graphql/validate/validate.h"

#include "tests/support/animals.h"
#include "tests/support/check.h"
#include "tests/support/model_text.h"

struct question {
    const char *operation;            /* its head: "($a: Int = 1)" */
    const char *given;                /* JSON5; NULL: nothing was sent */
    const char *taken;                /* JSON; NULL: errors, of which the first says … */
    const char *sentence;
    unsigned errors;
};
/* clang-format off */
static const struct question questions[] = {
    /* absent, null, default */
    {"($a:Int)", NULL, "{}", NULL, 0},
    {"($a:Int)", "{}", "{}", NULL, 0},
    {"($a:Int)", "{a:null}", "{\"a\":null}", NULL, 0},
    {"($a:Int=7)", "{}", "{\"a\":7}", NULL, 0},
    {"($a:Int=7)", "{a:null}", "{\"a\":null}", NULL, 0},
    {"($a:Int=null)", "{}", "{\"a\":null}", NULL, 0},
    {"($a:Int!=7)", "{}", "{\"a\":7}", NULL, 0},
    {"($a:Int!=7)", "{a:null}", NULL, "The variable \"$a\" does not fit: \"Int!\" cannot be null.", 1},
    {"($a:Int!)", "{}", NULL, "The variable \"$a\" does not fit: a value of the type \"Int!\" must be given.", 1},
    {"($a:Int)", "{b:1,A:2}", "{}", NULL, 0},
    /* scalars */
    {"($a:Int)", "{a:1.0}", "{\"a\":1}", NULL, 0},
    {"($a:Int)", "{a:10e-1}", "{\"a\":1}", NULL, 0},
    {"($a:Int)", "{a:1.5}", NULL, "The variable \"$a\" does not fit: a whole number of at most 32 bits is wanted, not 1.5.", 1},
    {"($a:Int)", "{a:2147483647}", "{\"a\":2147483647}", NULL, 0},
    {"($a:Int)", "{a:2147483648}", NULL, NULL, 1},
    {"($a:Int)", "{a:-2147483648}", "{\"a\":-2147483648}", NULL, 0},
    {"($a:Int)", "{a:'1'}", NULL, NULL, 1},
    {"($a:Int)", "{a:true}", NULL, NULL, 1},
    {"($a:Int)", "{a:[1]}", NULL, NULL, 1},
    {"($a:Float)", "{a:1}", "{\"a\":1}", NULL, 0},
    {"($a:Float)", "{a:'1.5'}", NULL, NULL, 1},
    {"($a:String)", "{a:1}", NULL, NULL, 1},
    {"($a:String)", "{a:'a\\u0000b'}", "{\"a\":\"a\\u0000b\"}", NULL, 0},
    {"($a:Boolean)", "{a:0}", NULL, NULL, 1},
    {"($a:ID)", "{a:'x'}", "{\"a\":\"x\"}", NULL, 0},
    {"($a:ID)", "{a:12}", "{\"a\":\"12\"}", NULL, 0},
    {"($a:ID)", "{a:1.0}", "{\"a\":\"1\"}", NULL, 0},
    {"($a:ID)", "{a:1.5}", NULL, NULL, 1},
    {"($a:ID)", "{a:true}", NULL, NULL, 1},
    {"($a:Anything)", "{a:{b:[1,null,'x']}}", "{\"a\":{\"b\":[1,null,\"x\"]}}", NULL, 0},
    /* enums */
    {"($a:Unit)", "{a:'FOOT'}", "{\"a\":\"FOOT\"}", NULL, 0},
    {"($a:Unit)", "{a:'foot'}", NULL, "The variable \"$a\" does not fit: a value of \"Unit\" is expected.", 1},
    {"($a:Unit)", "{a:1}", NULL, NULL, 1},
    {"($a:Unit=FOOT)", "{}", "{\"a\":\"FOOT\"}", NULL, 0},
    /* lists: a single value is one */
    {"($a:[Int])", "{a:1}", "{\"a\":[1]}", NULL, 0},
    {"($a:[[Int]])", "{a:1}", "{\"a\":[[1]]}", NULL, 0},
    {"($a:[[Int]])", "{a:[1,2]}", "{\"a\":[[1],[2]]}", NULL, 0},
    {"($a:[[Int]])", "{a:[1,[2,null],null]}", "{\"a\":[[1],[2,null],null]}", NULL, 0},
    {"($a:[Int])", "{a:null}", "{\"a\":null}", NULL, 0},
    {"($a:[Int!])", "{a:[1,null,'x']}", NULL, "The variable \"$a\" does not fit at \"[1]\": \"Int!\" cannot be null.", 2},
    {"($a:[Int!]!)", "{a:[]}", "{\"a\":[]}", NULL, 0},
    {"($a:[Int!]=[1,2])", "{}", "{\"a\":[1,2]}", NULL, 0},
    {"($a:[Int!]=1)", "{}", "{\"a\":[1]}", NULL, 0},
    /* input objects: the order of the definition, defaults put in */
    {"($a:AnimalFilter)", "{a:{}}", "{\"a\":{\"kind\":\"DOG\",\"must\":3}}", NULL, 0},
    {"($a:AnimalFilter)", "{a:{must:1,kind:null}}", "{\"a\":{\"kind\":null,\"must\":1}}", NULL, 0},
    {"($a:AnimalFilter)", "{a:{must:null}}", NULL, "The variable \"$a\" does not fit at \"must\": \"Int!\" cannot be null.", 1},
    {"($a:AnimalFilter)", "{a:{and:{must:2,name:{in:'x'}}}}",
     "{\"a\":{\"and\":[{\"name\":{\"in\":[\"x\"]},\"kind\":\"DOG\",\"must\":2}],\"kind\":\"DOG\",\"must\":3}}", NULL, 0},
    {"($a:AnimalFilter)", "{a:{or:[null,{age:{eq:'1'}},{nme:1}]}}", NULL,
     "The variable \"$a\" does not fit at \"or[1].age.eq\": a number is wanted, not \"1\".", 2},
    {"($a:AnimalFilter)", "{a:{nme:{}}}", NULL, "The variable \"$a\" does not fit: \"AnimalFilter\" has no field \"nme\". Did you mean \"name\"?", 1},
    {"($a:PersonFilter!)", "{a:{}}", NULL, "The variable \"$a\" does not fit: \"name\" of the type \"TextFilter!\" is missing.", 1},
    {"($a:PersonFilter!)", "{a:[]}", NULL, "The variable \"$a\" does not fit: an object \"PersonFilter\" is expected, and it is a list.", 1},
    {"($a:HomeFilter={rooms:[1]})", "{}", "{\"a\":{\"address\":\"here\",\"rooms\":[1]}}", NULL, 0},
    /* exactly one */
    {"($a:Key)", "{a:{id:1}}", "{\"a\":{\"id\":\"1\"}}", NULL, 0},
    {"($a:Key)", "{a:{}}", NULL, "The variable \"$a\" does not fit: exactly one field of \"Key\" must be given, and it cannot be null.", 1},
    {"($a:Key)", "{a:{id:1,name:null}}", NULL, NULL, 1},
    {"($a:Key)", "{a:{id:null}}", NULL, NULL, 1},
    {"($a:[Key!])", "{a:{name:'x'}}", "{\"a\":[{\"name\":\"x\"}]}", NULL, 0},
    /* all of them at once */
    {"($a:Int! $b:[Int!]! $c:Key $d:Int)", "{b:[null],c:{},d:3}", NULL, "The variable \"$a\" does not fit: a value of the type \"Int!\" must be given.", 3},
};
/* clang-format on */

static const struct gql_document *document_of(struct arena *a, str text)
{
    struct gql_errors errors = {.arena = a};
    const struct gql_document *d = NULL;
    if (gql_read(a, text, &errors, &d) != ERR_OK)
        CHECK_SAY(STR_FMT ": " STR_FMT, STR_ARG(text), STR_ARG(errors.items[0].message));
    return d;
}

static void variables_are_taken(void **state)
{
    (void)state;
    struct arena *a = arena_open(1 << 16);
    struct gql_schema *s = animals(a);
    for (size_t i = 0; i < COUNTOF(questions); i++) {
        const struct question *q = &questions[i];
        struct gql_errors errors = {.arena = a};
        const struct json *taken = NULL;
        CHECK_AT(i);
        const struct gql_document *d = document_of(a, arena_format(a, "query%s{cat{id}}", q->operation));
        bool is_taken = gql_take_variables(a, s, d, &d->operations[0], q->given ? json_of(a, q->given) : NULL, &taken, &errors);
        CHECK(is_taken == (q->taken != NULL));
        CHECK_INT(errors.count, q->errors);
        if (is_taken && q->taken)
            CHECK_STR(json_print(a, taken), str_of(q->taken));
        if (q->sentence && errors.count)
            CHECK_STR(errors.items[0].message, str_of(q->sentence));
        for (size_t k = 0; k < errors.count; k++)
            CHECK(str_equal(errors.items[k].code, GQL_BAD_INPUT) && errors.items[k].place_count == 1);
        if (errors.count)
            CHECK_INT(errors.items[0].places[0].column, 7); /* the definition of $a */
    }
    counted_release(&s->counted);
    arena_close(a);
}

/* clang-format off */
static const struct {
    const char *field, *variables;    /* the first field of a query; what was taken */
    const char *taken;                /* JSON; NULL: an error, which says … */
    const char *sentence;
} calls[] = {
    {"cat", NULL, "{\"age\":3}", NULL},
    {"cat(age:null)", NULL, "{\"age\":null}", NULL},
    {"cat(age:4 name:\"x\")", NULL, "{\"name\":\"x\",\"age\":4}", NULL},
    {"cat(age:$a name:$b)", "{}", "{\"age\":3}", NULL},
    {"cat(age:$a name:$b)", NULL, "{\"age\":3}", NULL},
    {"cat(age:$a name:$b)", "{a:null,b:null}", "{\"name\":null,\"age\":null}", NULL},
    {"cat(age:$a name:$b)", "{a:1,b:'x'}", "{\"name\":\"x\",\"age\":1}", NULL},
    {"animals(first:$a)", "{}", "{\"where\":{\"kind\":\"DOG\",\"must\":4},\"first\":50}", NULL},
    {"animals(first:$a)", "{a:null}", NULL, "The argument \"first\" does not fit: null is not possible here."},
    {"animals(first:$a where:null)", "{a:2}", "{\"where\":null,\"first\":2}", NULL},
    {"animals(where:{must:$a kind:$b name:{eq:$c}})", "{b:null}", "{\"where\":{\"name\":{},\"kind\":null,\"must\":3},\"first\":50}", NULL},
    {"animals(where:{must:$a})", "{a:null}", NULL, "The argument \"where\" does not fit: \"must\": null is not possible here."},
    {"animals(where:{and:{must:1}})", NULL, "{\"where\":{\"and\":[{\"kind\":\"DOG\",\"must\":1}],\"kind\":\"DOG\",\"must\":3},\"first\":50}", NULL},
    {"dog(id:$a)", "{}", NULL, "The argument \"id\" does not fit: it must be given."},
    {"dog(id:12345678901234567890)", NULL, "{\"id\":\"12345678901234567890\"}", NULL},
    {"dog(id:-0)", NULL, "{\"id\":\"-0\"}", NULL},
    {"dogBy(key:{id:$a})", "{a:'1'}", "{\"key\":{\"id\":\"1\"}}", NULL},
    {"dogBy(key:{id:$a})", "{}", NULL, NULL},
    {"dogBy(key:{id:$a})", "{a:null}", NULL, NULL},
    {"thing(any:[$a {b:$b c:$c}])", "{b:[1]}", "{\"any\":[null,{\"b\":[1]}]}", NULL},
    {"thing(any:{a:1.50 b:\"x\" c:true d:null e:1e3})", NULL, "{\"any\":{\"a\":1.5,\"b\":\"x\",\"c\":true,\"d\":null,\"e\":1000}}", NULL},
    {"count(ints:1 floats:[1 [2] null])", NULL, "{\"ints\":[1],\"floats\":[[1],[2],null]}", NULL},
    {"count(ints:[$a])", "{a:1}", "{\"ints\":[1]}", NULL},
    {"count(ints:[$a])", "{}", NULL, "The argument \"ints\" does not fit: null is not possible here."},
};
/* clang-format on */

static void arguments_are_taken(void **state)
{
    (void)state;
    struct arena *a = arena_open(1 << 16);
    struct gql_schema *s = animals(a);
    for (size_t i = 0; i < COUNTOF(calls); i++) {
        CHECK_AT(i);
        const struct gql_document *d = document_of(a, arena_format(a, "{%s}", calls[i].field));
        const struct gql_selection *call = &d->operations[0].set->items[0];
        const struct gql_field *f = gql_field_named(s, s->query, call->name);
        const struct json *taken = NULL;
        str why = {0};
        bool is_taken = gql_take_arguments(a, f->arguments, f->argument_count, call->arguments, call->argument_count,
                                           calls[i].variables ? json_of(a, calls[i].variables) : NULL, &taken, &why);
        CHECK(is_taken == (calls[i].taken != NULL));
        if (is_taken && calls[i].taken)
            CHECK_STR(json_print(a, taken), str_of(calls[i].taken));
        else if (is_taken)
            CHECK_SAY("taken as " STR_FMT, STR_ARG(json_print(a, taken)));
        else if (calls[i].taken)
            CHECK_SAY(STR_FMT, STR_ARG(why));
        if (calls[i].sentence)
            CHECK_STR(why, str_of(calls[i].sentence));
    }
    counted_release(&s->counted);
    arena_close(a);
}

static void the_operation_that_runs_is_found(void **state)
{
    static const struct {
        const char *text, *name;      /* NULL: no name */
        int found;                    /* its index; -1: none */
    } cases[] = {
        {"{cat{id}}", NULL, 0},
        {"query A{cat{id}}", NULL, 0},
        {"query A{cat{id}} fragment B on Cat{id}", NULL, 0},
        {"query A{cat{id}} query B{cat{id}}", NULL, -1},
        {"query A{cat{id}} query B{cat{id}}", "B", 1},
        {"query A{cat{id}} query B{cat{id}}", "b", -1},
        {"query A{cat{id}} query B{cat{id}}", "", -1},
        {"{cat{id}}", "A", -1},
        {"{cat{id}}", "", -1},
        {"query A{cat{id}} fragment B on Cat{id}", "B", -1},
        {"fragment B on Cat{id}", NULL, -1},
    };
    (void)state;
    struct arena *a = arena_open(1 << 16);
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        struct gql_errors errors = {.arena = a};
        CHECK_AT(i);
        const struct gql_document *d = document_of(a, str_of(cases[i].text));
        const struct gql_operation *o = gql_operation_named(d, str_of(cases[i].name), &errors);
        CHECK_INT(o ? o - d->operations : -1, cases[i].found);
        CHECK_INT(errors.count, o == NULL);
        CHECK(o || str_equal(errors.items[0].code, GQL_NO_OPERATION));
    }
    arena_close(a);
}

CHECK_MAIN(TEST(variables_are_taken), TEST(arguments_are_taken), TEST(the_operation_that_runs_is_found))
