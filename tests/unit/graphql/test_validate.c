/* The rules of validation, one document after the other: the places of all errors are those that graphql-js 17.1 gives for
 * the same document. web/e2e/graphql-rules.test.mjs asks it about thousands more. */
#include "graphql/validate/internal.h"

#include "tests/support/animals.h"
#include "tests/support/check.h"

struct row {
    const char *rule, *text;
    const char *places;               /* columns of each error, errors sorted as texts */
};
/* clang-format off */
static const struct row rows[] = {
    {"ExecutableDefinitions", "{cat{id}} type A{a:Int}",
     "11"},
    {"ExecutableDefinitions", "{cat{id}} scalar A extend type Dog{x:Int}",
     "11, 20"},
    {"KnownOperationTypes", "subscription{removed} mutation A{remove(key:{id:1})} query B{cat{id}}",
     "1, 1, 23"},
    {"UniqueOperationNames", "query A{cat{id}} mutation A{remove(key:{id:1})} query A{cat{id}}",
     "7 27, 7 55"},
    {"UniqueOperationNames", "query A{cat{...A}} fragment A on Cat{id}",
     ""},
    {"LoneAnonymousOperation", "{cat{id}} query A{cat{id}}",
     "1"},
    {"LoneAnonymousOperation", "{cat{...A}} fragment A on Cat{id}",
     ""},
    {"SingleFieldSubscriptions", "subscription{removed added{__typename}}",
     "22"},
    {"SingleFieldSubscriptions", "subscription S{...F} fragment F on Subscription{a:removed a:removed b:removed}",
     "69"},
    {"SingleFieldSubscriptions", "subscription{__typename}",
     "14"},
    {"SingleFieldSubscriptions", "subscription{removed @skip(if:true) ... @include(if:false){b:removed}}",
     "22 41"},
    {"SingleFieldSubscriptions", "subscription{...F ...F} fragment F on Subscription{removed ...F}",
     "60"},
    {"KnownTypeNames", "query($a:Dogg $b:[[Nothing!]]!){cat{...on Cta{id}}}",
     "10, 15, 20, 43, 7"},
    {"FragmentsOnCompositeTypes", "{cat{...on Int{x} ...F ...on Unit{y}}} fragment F on AnimalFilter{kind}",
     "12, 30, 54"},
    {"VariablesAreInputTypes", "query($a:Dog $b:[Animal!]!){cat{id}}",
     "10, 14, 17, 7"},
    {"ScalarLeafs", "{cat{id{x}} dog(id:1) animals{...on Dog{age{y}}} thing}",
     "13, 44, 50, 8"},
    {"FieldsOnCorrectType", "{ca cat{barks ... on Named{id} friends{id name ...on Dog{barks}}} __schema{__nothing}}",
     "2, 28, 40, 43, 76, 9"},
    {"FieldsOnCorrectType", "{a:ca b:__schema{c:__typename} __type(name:\"Dog\"){d:name} cat{__typename __schema{types{name}}}}",
     "2, 74"},
    {"FieldsOnCorrectType", "{thing{name}}",
     "8"},
    {"UniqueFragmentNames", "{cat{...A}} fragment A on Cat{id} fragment A on Cat{name} fragment A on Dog{age}",
     "22 44, 22 68, 6"},
    {"KnownFragmentNames", "{cat{...A ...B}} fragment A on Cat{... C ... on Cat{...D}}",
     "14, 40, 56"},
    {"NoUnusedFragments", "{cat{id}} fragment A on Cat{...B} fragment B on Cat{id}",
     "11, 35"},
    {"NoUnusedFragments", "query A{cat{...A}} query B{cat{...B}} fragment A on Cat{id} fragment B on Cat{...C} fragment C on Cat{id}",
     ""},
    {"PossibleFragmentSpreads", "{cat{...on Dog{id} ...A ...on Named{name} ...on Animal{__typename} ...on Person{id} ...on Thing{__typename}}} fragment A on Home{address}",
     "20, 6, 68, 85"},
    {"PossibleFragmentSpreads", "{sized{...on Home{address} ...on Thing{...on Dog{id}} ...on Nowhere{x} ...on Int{x}}}",
     "61, 78, 8"},
    {"NoFragmentCycles", "{cat{...A}} fragment A on Cat{...A}",
     "31"},
    {"NoFragmentCycles", "{cat{...A}} fragment A on Cat{owner{pets{...B}}} fragment B on Animal{...on Cat{...C ...A}} fragment C on Cat{...on Cat{...A}}",
     "42 81 121, 42 86"},
    {"NoFragmentCycles", "{cat{...A ...A}} fragment A on Cat{...B ...B} fragment B on Cat{id}",
     ""},
    {"UniqueVariableNames", "query($a:Int $b:Int $a:String $a:Int){cat(age:$a){size}} query B($b:Int){cat(age:$b){id}}",
     "1, 14, 8 22 32"},
    {"NoUndefinedVariables", "query A{cat(age:$a){friends(where:{age:{in:[$b]}}){...F}}} query B($c:Unit){cat{...F}} fragment F on Sized{size(unit:$c)@tag(name:$d)}",
     "118 1, 131 1, 131 60, 17 1, 41, 45 1"},
    {"NoUndefinedVariables", "{count(ints:[$a] floats:[[1,$b]])}",
     "14 1, 29 1"},
    {"NoUnusedVariables", "query A($a:Int $b:Int $c:Int){cat(age:$a){...F}} fragment F on Cat{friends(first:$b){__typename}}",
     "23"},
    {"KnownDirectives", "query($a:Int @skip(if:true) @onVariable @x) @skip(if:true) @nope(a:1){cat(age:$a) @onVariable @skip(if:false){...F @once ... @include(if:true){id}}} fragment F on Cat @once @skip(if:true){id}",
     "116, 14, 174, 41, 45, 60, 83"},
    {"UniqueDirectivesPerLocation", "{cat @skip(if:true) @skip(if:false) @include(if:true) @skip(if:true){id @tag(name:\"a\") @tag(name:\"b\") @x @x}}",
     "103, 106, 6 21, 6 55"},
    {"KnownArgumentNames", "{dog(id:1 idd:2){barks(lout:true)@skip(if:true unless:1)@nope(a:1)} nope(a:1)}",
     "11, 24, 48, 57, 69"},
    {"UniqueArgumentNames", "{cat(age:1 name:\"a\" age:2 age:3){size@tag(name:\"a\" name:\"b\")} nope(a:1 a:2)}",
     "43 52, 6 21 27, 63, 68 72"},
    {"ValuesOfCorrectType", "{cat(name:1 age:\"1\"){size(unit:\"METRE\") a:size(unit:MTR) b:size(unit:1) friends(first:1.0){__typename}}}",
     "11, 17, 32, 53, 70, 87"},
    {"ValuesOfCorrectType", "{a:cat(age:2147483648){id} b:cat(age:-2147483648){id} c:cat(name:null){id} d:node(id:1.5){id} e:node(id:null){id} f:node(id:12345678901234567890){id} g:flag(is:1)}",
     "105, 12, 161, 86"},
    {"ValuesOfCorrectType", "{count(ints:[1,\"a\",null,[2]] floats:[1,[2,x],null]) a:count(ints:1 floats:1.5) b:count(ints:{} floats:[[{}]])}",
     "105, 16, 20, 25, 43, 93"},
    {"ValuesOfCorrectType", "{animals(where:{nam:1 and:{age:{eq:\"x\"}} or:[null {kind:dog}] must:null}){__typename} a:person(where:{home:3}){id} b:person(where:{name:{}}){id} c:person(where:1){id}}",
     "102, 108, 161, 17, 36, 57, 68"},
    {"ValuesOfCorrectType", "{a:by(key:{}){__typename} b:by(key:{id:1 name:\"b\"}){__typename} c:by(key:{id:null}){__typename} d:by(key:{x:1}){__typename} e:by(keys:{id:1}){__typename} f:by(keys:[{id:1},{}]){__typename}}",
     "106, 107, 11, 173, 36, 74"},
    {"ValuesOfCorrectType", "query($a:Int=\"1\" $b:[Int!]=[1 null] $c:Key={id:1} $d:AnimalFilter={must:1 x:2} $e:Dog=1 $f:Float=1){cat(age:$a){id} count(ints:$b) by(key:$c){__typename} animals(where:$d){__typename} thing(any:[$e {a:$f}]){__typename}}",
     "14, 31, 75, 83"},
    {"ProvidedRequiredArguments", "{dog{id} person{id} cat{barks id@skip@include} count(floats:[]) animals{__typename}}",
     "10, 2, 25, 33, 38, 48"},
    {"VariablesInAllowedPosition", "query($a:Int $b:Int! $c:String $d:[Int] $e:[Int!]! $f:Int=1 $g:Int=null){a:cat(age:$a){id} b:cat(age:$b){id} c:cat(age:$c){id} d:count(ints:$d) e:count(ints:$e) f:count(ints:[$a $b $f $g]) g:animals(first:$a){__typename} h:animals(first:$g){__typename} i:count(ints:$b)}",
     "14 267, 22 120, 32 141, 61 185, 7 176"},
    {"VariablesInAllowedPosition", "query($a:String $b:String! $c:Int $d:String=\"x\"){a:by(key:{name:$a}){__typename} b:by(key:{name:$b}){__typename} c:by(key:{id:$c}){__typename} d:by(key:{name:$d}){__typename}}",
     "28 127, 28 127, 35 159, 7 65"},
    {"VariablesInAllowedPosition", "query A($a:Int){cat{...F}} query B($a:Int!){cat{...F}} query C($a:String){cat{...F}} fragment F on Cat{friends(first:$a where:{must:$a}){__typename}}",
     "64 118, 64 133"},
    {"VariablesInAllowedPosition", "query($a:[[Float!]!] $b:[[Float]] $c:Float $d:AnimalFilter!){person(where:{name:{} home:{depth:$a}}){id} a:person(where:{name:{} home:{depth:$b}}){id} b:count(ints:[] floats:[[$c]]) animals(where:{and:[$d] not:$d}){__typename}}",
     "22 142, 35 177"},
    {"OverlappingFieldsCanBeMerged", "{cat{id id:name}}",
     "6 9"},
    {"OverlappingFieldsCanBeMerged", "{cat(age:1){id} cat(age:2){id} cat{id} a:cat(age:1 name:\"a\"){id} a:cat(name:\"a\" age:1){id}}",
     "17 32, 2 17, 2 32"},
    {"OverlappingFieldsCanBeMerged", "{animals{...on Dog{age} ...on Cat{age}}}",
     "20 35"},
    {"OverlappingFieldsCanBeMerged", "{animals{...on Dog{x:name} ...on Cat{x:id}}}",
     "20 38"},
    {"OverlappingFieldsCanBeMerged", "{animals{...on Dog{tags owner{id}} ...on Cat{tags owner{id}}}}",
     "20 46, 25 51"},
    {"OverlappingFieldsCanBeMerged", "{animals{...on Dog{x:owner{y:id}} ...on Cat{x:owner{y:name}}}}",
     "20 45"},
    {"OverlappingFieldsCanBeMerged", "{animals{...on Named{x:name} ...on Dog{x:name} ...on Cat{x:name}} animals{...on Node{x:id}}}",
     "2 22 40 58 67 86 86 86"},
    {"OverlappingFieldsCanBeMerged", "{cat{...A owner{name:id}}} fragment A on Cat{owner{name ...B}} fragment B on Person{home{a:address}home{a:rooms}}",
     "11 17 46 52, 85 90 100 105"},
    {"OverlappingFieldsCanBeMerged", "{person(where:{name:{eq:\"a\" in:[\"b\"]}}){id} person(where:{name:{in:[\"b\"] eq:\"a\"}}){id} a:cat(name:\"a\"){id} a:cat(name:\"\"\"a\"\"\"){id}}",
     "88 108"},
    {"OverlappingFieldsCanBeMerged", "{...A ...B} fragment A on Query{cat{owner{a:id}}} fragment B on Query{cat{owner{a:name b:name}} ...C} fragment C on Query{cat{owner{b:id}}}",
     "33 37 43 71 75 81, 71 75 88 123 127 133"},
    {"OverlappingFieldsCanBeMerged", "query($v:Int){cat(age:$v){id} cat(age:$v){id} a:cat(age:$v){id} a:cat(age:1){id}}",
     "47 65"},
    {"OverlappingFieldsCanBeMerged", "{node(id:1){...on Dog{x:age} ...on Person{x:home{rooms}} ...on Cat{x:age}}}",
     "23 43, 23 68, 43 68"},
    {"UniqueInputFieldNames", "{person(where:{name:{eq:\"a\" like:\"b\" eq:\"c\"} name:{} name:{}}){id} thing(any:[{a:1 a:{b:1 b:2}}]){__typename}}",
     "16 46, 16 54, 22 38, 80 84, 87 91"},
};
/* clang-format on */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static str places_of(struct arena *a, const struct gql_errors *errors)
{
    const char *one[LIMIT_GRAPHQL_ERRORS];
    for (size_t i = 0; i < errors->count; i++) {
        struct buf b;
        buf_init(&b, a, 1 << 16);
        for (size_t k = 0; k < errors->items[i].place_count; k++)
            buf_format(&b, "%s%u", k ? " " : "", errors->items[i].places[k].column);
        one[i] = arena_cstr(a, buf_str(&b));
    }
    qsort(one, errors->count, sizeof one[0], by_text);
    struct buf b;
    buf_init(&b, a, 1 << 16);
    for (size_t i = 0; i < errors->count; i++)
        buf_format(&b, "%s%s", i ? ", " : "", one[i]);
    return buf_str(&b);
}

/* Reads and judges; false: it is no document. */
static bool judge(struct arena *a, const struct gql_schema *s, str text, struct gql_errors *errors, bool *is_valid)
{
    const struct gql_document *d = NULL;
    *errors = (struct gql_errors){.arena = a};
    if (gql_read(a, text, errors, &d) != ERR_OK) {
        CHECK_SAY("no document: " STR_FMT, STR_ARG(errors->items[0].message));
        return false;
    }
    *is_valid = gql_validate(s, d, errors);
    return true;
}

static void errors_are_at_the_places_of_the_reference(void **state)
{
    (void)state;
    struct arena *a = arena_open(1 << 16);
    struct gql_schema *s = animals(a), *queries = animals_without_changes(a);
    struct gql_errors errors;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        bool is_valid = false;
        bool is_about_types = strcmp(rows[i].rule, "KnownOperationTypes") == 0;
        CHECK_AT(i);
        if (!judge(a, is_about_types ? queries : s, str_of(rows[i].text), &errors, &is_valid))
            continue;
        CHECK(is_valid == (errors.count == 0) && is_valid == (*rows[i].places == '\0'));
        CHECK_STR(places_of(a, &errors), str_of(rows[i].places));
        for (size_t k = 0; k < errors.count; k++)
            CHECK_STR(errors.items[k].code, GQL_INVALID);
    }
    counted_release(&queries->counted);
    counted_release(&s->counted);
    arena_close(a);
}

static void every_rule_is_broken_by_a_document(void **state)
{
    (void)state;
    for (size_t i = 0; i < gql_rule_count; i++) {
        bool is_broken = false;
        for (size_t k = 0; k < COUNTOF(rows); k++)
            is_broken = is_broken || (str_equal(str_of(rows[k].rule), gql_rules[i].name) && *rows[k].places);
        if (!is_broken)
            CHECK_SAY("no document breaks " STR_FMT, STR_ARG(gql_rules[i].name));
    }
}

static void sentences_help(void **state)
{
    static const struct {
        const char *text, *sentence;
    } cases[] = {
        {"{dogg(id:1){id}}", "There is no field \"dogg\" on the type \"Query\". Did you mean \"dog\"?"},
        {"{zzzzzzzz}", "There is no field \"zzzzzzzz\" on the type \"Query\"."},
        {"{named{barks}}", "There is no field \"barks\" on the type \"Named\". An inline fragment would reach it. Did you mean \"Dog\"?"},
        {"{cat(aeg:1){id}}", "The field \"Query.cat\" has no argument \"aeg\". Did you mean \"age\"?"},
        {"{cat @skpi{id}}", "There is no directive \"@skpi\"."},
        {"{cat{size(unit:metre)}}", "\"Unit\" is expected here, and metre is none: Did you mean \"METRE\"?"},
        {"{cat{size(unit:\"METRE\")}}", "\"Unit\" is expected here, and \"METRE\" is none: values of an enum are written without quotes."},
        {"{cat(age:1.0){id}}", "The value does not fit \"Int\": a whole number of at most 32 bits is wanted, not 1.0."},
        {"{animals(where:{nme:{}}){__typename}}", "\"AnimalFilter\" has no field \"nme\". Did you mean \"name\"?"},
        {"{dog{id}}", "The field \"Query.dog\" must have the argument \"id\" of the type \"ID!\"."},
        {"{cat{id id:name}}", "The fields with the name \"id\" cannot be one field: \"id\" and \"name\" are different fields. Other aliases would give both."},
        {"query($a:String){dogBy(key:{name:$a}){id}}",
         "The variable \"$a\" of the type \"String\" may be null, which nothing in \"Key\" can be: its type must end in \"!\"."},
        {"query A{cat(age:$a){id}}", "The variable \"$a\" is not among the variables of operation \"A\"."},
    };
    (void)state;
    struct arena *a = arena_open(1 << 16);
    struct gql_schema *s = animals(a);
    struct gql_errors errors;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        bool is_valid = true;
        CHECK_AT(i);
        if (judge(a, s, str_of(cases[i].text), &errors, &is_valid) && errors.count)
            CHECK_STR(errors.items[0].message, str_of(cases[i].sentence));
        CHECK(!is_valid);
    }
    counted_release(&s->counted);
    arena_close(a);
}

/* ---- bounds -------------------------------------------------------------------------------------- */

/* before, then `count` times what (with its number for %u), then after. */
static str repeated(struct arena *a, const char *before, unsigned count, str (*what)(struct arena *a, unsigned i), const char *after)
{
    struct buf b;
    buf_init(&b, a, LIMIT_GRAPHQL_BYTES);
    buf_add(&b, str_of(before));
    for (unsigned i = 0; i < count; i++)
        buf_add(&b, what(a, i));
    buf_add(&b, str_of(after));
    CHECK(!b.failed);
    return buf_str(&b);
}
static str wrong_field(struct arena *a, unsigned i)
{
    return arena_format(a, "x%u ", i);
}

static void a_hundred_errors_are_told(void **state)
{
    (void)state;
    struct arena *a = arena_open(1 << 16);
    struct gql_schema *s = animals(a);
    struct gql_errors errors;
    for (unsigned count = LIMIT_GRAPHQL_ERRORS - 1; count <= LIMIT_GRAPHQL_ERRORS + 1; count++) {
        bool is_valid = true;
        CHECK(judge(a, s, repeated(a, "{", count, wrong_field, "}"), &errors, &is_valid) && !is_valid);
        CHECK_INT(errors.count, count < LIMIT_GRAPHQL_ERRORS ? count : LIMIT_GRAPHQL_ERRORS);
        CHECK(errors.is_full == (count > LIMIT_GRAPHQL_ERRORS));
    }
    counted_release(&s->counted);
    arena_close(a);
}

static str same_field(struct arena *a, unsigned i)
{
    (void)a;
    (void)i;
    return S("name ");
}
static str two_spreads(struct arena *a, unsigned i)
{
    return arena_format(a, "fragment F%u on Animal{...on Dog{friends{...F%u}}...on Cat{friends{...F%u}}}", i, i + 1, i + 1);
}
static str spreads_beside(struct arena *a, unsigned i)
{
    return arena_format(a, "fragment F%u on Animal{...F%u ...F%u ...on Dog{friends{...F%u}} ...on Cat{friends{...F%u}}}", i, i + 1, i + 1,
                        i + 1, i + 1);
}
static str nested_pair(struct arena *a, unsigned i)
{
    return arena_format(a, "fragment F%u on Person{home{owners{...F%u}} home{owners{...F%u}}}", i, i + 1, i + 1);
}

/* What took others down: it is judged within LIMIT_GRAPHQL_WORK, and what is valid stays so. */
static void entangled_documents_are_valid_and_cheap(void **state)
{
    static const struct {
        const char *before;
        unsigned count;
        str (*what)(struct arena *a, unsigned i);
        const char *after;
    } cases[] = {
        {"{cat{", 9000, same_field, "}}"},
        {"{animals{...F0}}", 150, two_spreads, "fragment F150 on Named{name}"},
        {"{animals{...F0}}", 15, spreads_beside, "fragment F15 on Named{name}"},
        {"{cat{owner{...F0}}}", 190, nested_pair, "fragment F190 on Person{id}"},
    };
    (void)state;
    struct arena *a = arena_open(1 << 16);
    struct gql_schema *s = animals(a);
    struct gql_errors errors;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        bool is_valid = false;
        CHECK_AT(i);
        CHECK(judge(a, s, repeated(a, cases[i].before, cases[i].count, cases[i].what, cases[i].after), &errors, &is_valid) && is_valid);
        if (errors.count)
            CHECK_SAY(STR_FMT, STR_ARG(errors.items[0].message));
    }
    counted_release(&s->counted);
    arena_close(a);
}

/* Objects that exclude each other multiply what has to be compared; that ends. */
static str operation_with_fragment(struct arena *a, unsigned i)
{
    return arena_format(a, "query Q%u($a:Int){cat(age:$a){...F}} ", i);
}
static str use(struct arena *a, unsigned i)
{
    return arena_format(a, "a%u:friends(first:$a){__typename} ", i);
}

static void work_ends(void **state)
{
    (void)state;
    struct arena *a = arena_open(1 << 16);
    struct gql_schema *s = animals(a);
    struct gql_errors errors;
    /* Uses of variables in a fragment count once more for each operation and rule: 3 x operations x uses steps. */
    for (unsigned uses = 30; uses <= 300; uses += 270) {
        bool is_valid = false;
        str fragment = repeated(a, "fragment F on Cat{", uses, use, "}");
        str text = repeated(a, "", 300, operation_with_fragment, arena_cstr(a, fragment));
        CHECK(judge(a, s, text, &errors, &is_valid));
        CHECK(is_valid == (uses == 30));
        if (uses == 30)
            continue;
        NEED(errors.count == 1);
        CHECK_STR(errors.items[0].code, GQL_LIMIT);
        CHECK_STR(json_get(errors.items[0].more, S("limit"))->text, S("work"));
    }
    counted_release(&s->counted);
    arena_close(a);
}

static str conflict(struct arena *a, unsigned i)
{
    return arena_format(a, "%s ", i % 2 ? "x:id" : "x:name");
}

static void conflicts_of_a_large_document_are_told_as_far_as_the_work_goes(void **state)
{
    (void)state;
    struct arena *a = arena_open(1 << 16);
    struct gql_schema *s = animals(a);
    struct gql_errors errors;
    bool is_valid = true;
    CHECK(judge(a, s, repeated(a, "{cat{", 2400, conflict, "}}"), &errors, &is_valid) && !is_valid);
    CHECK(errors.count == LIMIT_GRAPHQL_ERRORS && errors.is_full);
    CHECK_STR(errors.items[0].code, GQL_INVALID);
    /* The only conflict is beyond what pairs can be compared. */
    str text = repeated(a, "{cat{", 2400, same_field, "x:id x:name}}");
    CHECK(judge(a, s, text, &errors, &is_valid) && !is_valid);
    NEED(errors.count == 1);
    CHECK_STR(errors.items[0].code, GQL_INVALID);
    CHECK_INT(errors.items[0].place_count, 2);
    counted_release(&s->counted);
    arena_close(a);
}

static str bracket(struct arena *a, unsigned i)
{
    (void)a;
    (void)i;
    return S("[");
}

static void literals_are_as_deep_as_json_may_be(void **state)
{
    (void)state;
    struct arena *a = arena_open(1 << 16);
    struct gql_schema *s = animals(a);
    struct gql_errors errors;
    for (unsigned depth = LIMIT_JSON_DEPTH - 1; depth <= LIMIT_JSON_DEPTH + 1; depth++) {
        bool is_valid = false;
        struct buf close;
        buf_init(&close, a, 1000);
        for (unsigned i = 0; i < depth; i++)
            buf_byte(&close, ']');
        buf_add(&close, S("){__typename}}"));
        CHECK(judge(a, s, repeated(a, "{thing(any:", depth, bracket, arena_cstr(a, buf_str(&close))), &errors, &is_valid));
        CHECK(is_valid == (depth <= LIMIT_JSON_DEPTH));
        CHECK(is_valid || str_equal(errors.items[0].code, GQL_LIMIT));
    }
    counted_release(&s->counted);
    arena_close(a);
}

CHECK_MAIN(TEST(errors_are_at_the_places_of_the_reference), TEST(every_rule_is_broken_by_a_document), TEST(sentences_help),
           TEST(a_hundred_errors_are_told), TEST(entangled_documents_are_valid_and_cheap), TEST(work_ends),
           TEST(conflicts_of_a_large_document_are_told_as_far_as_the_work_goes), TEST(literals_are_as_deep_as_json_may_be))
