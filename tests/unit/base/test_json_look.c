#include "tests/support/check.h"

#include "base/json.h"
#include "base/limits.h"

static const struct json *must_read(struct arena *a, str text)
{
    const struct json *v = NULL;
    struct problem why = {.arena = a};
    if (json_read(a, text, &(struct json_options){.dialect = JSON_5}, S(""), &v, &why) != ERR_OK)
        CHECK_SAY(STR_FMT ": " STR_FMT, STR_ARG(text), STR_ARG(why.text));
    NEED(v != NULL);
    return v;
}

static void get_finds_members_of_maps_only(void **state)
{
    (void)state;
    struct arena *a = arena_open(1024);
    const struct json *v = must_read(a, S("{a:1,'':2,aa:[3]}"));
    CHECK_INT(json_get(v, S("a"))->integer, 1);
    CHECK_INT(json_get(v, S(""))->integer, 2);
    CHECK(json_get(v, S("b")) == NULL);
    CHECK(json_get(json_get(v, S("aa")), S("a")) == NULL);
    CHECK(json_get(json_get(v, S("a")), S("a")) == NULL);
    CHECK(json_get(NULL, S("a")) == NULL);
    arena_close(a);
}

static void pointers_follow_rfc_6901(void **state)
{
    (void)state;
    struct arena *a = arena_open(1024);
    const struct json *v =
        must_read(a, S("{'foo':['bar','baz'],'':0,'a/b':1,'c%d':2,'e^f':3,'g|h':4,'i\\\\j':5,"
                       "'k\"l':6,' ':7,'m~n':8,'deep':{'':{'':9}},'~1':10}"));
    static const struct {
        str pointer, wanted;
    } cases[] = {
        {STR("/foo"), STR("[\"bar\",\"baz\"]")},
        {STR("/foo/0"), STR("\"bar\"")},
        {STR("/foo/1"), STR("\"baz\"")},
        {STR("/"), STR("0")},
        {STR("/a~1b"), STR("1")},
        {STR("/c%d"), STR("2")},
        {STR("/e^f"), STR("3")},
        {STR("/g|h"), STR("4")},
        {STR("/i\\j"), STR("5")},
        {STR("/k\"l"), STR("6")},
        {STR("/ "), STR("7")},
        {STR("/m~0n"), STR("8")},
        {STR("/deep//"), STR("9")},
        {STR("/~01"), STR("10")},
        {STR("/foo/2"), {0}},
        {STR("/foo/00"), {0}},
        {STR("/foo/01"), {0}},
        {STR("/foo/-"), {0}},
        {STR("/foo/-1"), {0}},
        {STR("/foo/"), {0}},
        {STR("/foo/0/x"), {0}},
        {STR("/foo/18446744073709551616"), {0}},
        {STR("foo"), {0}},
        {STR("/m~n"), {0}},
        {STR("/m~"), {0}},
        {STR("/a~2b"), {0}},
        {STR("/missing/x"), {0}},
    };
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        const struct json *found = json_at(v, cases[i].pointer);
        CHECK((found == NULL) == str_is_absent(cases[i].wanted));
        if (found != NULL)
            CHECK_STR(json_print(a, found), cases[i].wanted);
    }
    CHECK(json_at(v, S("")) == v);
    CHECK(json_at(NULL, S("/a")) == NULL);
    CHECK(json_at(must_read(a, S("[]")), S("/0")) == NULL);
    arena_close(a);
}

static void equality_ignores_order_and_the_way_a_number_is_written(void **state)
{
    (void)state;
    static const struct {
        str a, b;
        bool wanted;
    } cases[] = {
        {STR("null"), STR("null"), true},
        {STR("null"), STR("false"), false},
        {STR("true"), STR("true"), true},
        {STR("true"), STR("false"), false},
        {STR("1"), STR("1.0"), true},
        {STR("1.5"), STR("1.5"), true},
        {STR("1"), STR("1.5"), false},
        {STR("1e3"), STR("1000"), true},
        {STR("-0"), STR("0"), true},
        {STR("9007199254740993"), STR("9007199254740992.0"), false},
        {STR("9223372036854775807"), STR("9223372036854775808"), false},
        {STR("-9223372036854775808"), STR("-9223372036854775808.0"), true},
        {STR("1"), STR("'1'"), false},
        {STR("'a'"), STR("'\\x61'"), true},
        {STR("''"), STR("null"), false},
        {STR("[]"), STR("{}"), false},
        {STR("[]"), STR("[]"), true},
        {STR("[1,2]"), STR("[2,1]"), false},
        {STR("[1,2]"), STR("[1,2,3]"), false},
        {STR("[[1],[2,[3]]]"), STR("[[1],[2,[3]]]"), true},
        {STR("[[1],[2,[3]]]"), STR("[[1],[2,[4]]]"), false},
        {STR("{a:1,b:2}"), STR("{b:2,a:1}"), true},
        {STR("{a:1,b:2}"), STR("{a:1,c:2}"), false},
        {STR("{a:1,b:2}"), STR("{a:2,b:1}"), false},
        {STR("{a:{x:[{y:1,z:2}]},b:[]}"), STR("{b:[],a:{x:[{z:2,y:1}]}}"), true},
        {STR("{a:{x:[{y:1,z:2}]},b:[]}"), STR("{b:[],a:{x:[{z:2,y:2}]}}"), false},
    };
    struct arena *a = arena_open(1024);
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        const struct json *left = must_read(a, cases[i].a), *right = must_read(a, cases[i].b);
        CHECK(json_equal(left, right) == cases[i].wanted);
        CHECK(json_equal(right, left) == cases[i].wanted);
    }
    struct json text = json_of_text(S("a"));
    CHECK(json_is_text(&text, S("a")) && !json_is_text(&text, S("A")) && !json_is_text(&text, S("")));
    CHECK(!json_is_text(NULL, S("")) && !json_is_text(&json_null, S("")));
    CHECK(json_equal(NULL, NULL));
    CHECK(!json_equal(&json_null, NULL));
    arena_close(a);
}

/* Maps whose order is reversed are compared in time that grows with their size, not its square. */
static void big_maps_are_compared_by_hash(void **state)
{
    (void)state;
    const unsigned count = 40000;
    struct arena *a = arena_open(1024);
    struct json *up = NEW_N(a, struct json, count), *down = NEW_N(a, struct json, count);
    for (unsigned i = 0; i < count; i++) {
        str name = arena_format(a, "same beginning %06u", i);
        up[i] = json_named(name, json_of_int(i));
        down[count - 1 - i] = up[i];
    }
    struct json inner[2][2] = {{json_of_map(up, count), json_of_int(1)},
                               {json_of_map(down, count), json_of_int(1)}};
    struct json left = json_of_list(inner[0], 2), right = json_of_list(inner[1], 2);
    CHECK(json_equal(&left, &right));
    inner[1][1] = json_of_int(2);
    CHECK(!json_equal(&left, &right));
    inner[1][1] = json_of_int(1);
    down[7].integer++;
    CHECK(!json_equal(&left, &right));
    down[7].integer--;
    down[7].name = S("another");
    CHECK(!json_equal(&left, &right));
    CHECK(!json_equal(&right, &left));
    arena_close(a);
}

static void copies_stand_alone(void **state)
{
    (void)state;
    struct arena *a = arena_open(1024), *short_lived = arena_open(1024);
    str source = arena_copy(short_lived, S("{a:[1,{b:'text',c:[]}],'d':null,e:2.5,f:''}"));
    struct json copy = json_copy(a, must_read(short_lived, source));
    arena_close(short_lived);
    CHECK_STR(json_print(a, &copy),
              S("{\"a\":[1,{\"b\":\"text\",\"c\":[]}],\"d\":null,\"e\":2.5,\"f\":\"\"}"));
    arena_close(a);
}

/* Code may put trees that were read into other trees: deeper than can be read, up to a ceiling. */
static void trees_made_by_hand_may_be_deep(void **state)
{
    (void)state;
    struct arena *a = arena_open(1024);
    struct json *levels = NEW_N(a, struct json, LIMIT_JSON_TREE_DEPTH);
    levels[0] = json_of_list(NULL, 0);
    for (unsigned i = 1; i < LIMIT_JSON_TREE_DEPTH; i++)
        levels[i] = i % 2 == 0 ? json_of_list(&levels[i - 1], 1)
                               : json_named(S("n"), json_of_map(&levels[i - 1], 1));
    for (unsigned i = 0; i < LIMIT_JSON_TREE_DEPTH; i++)
        levels[i].name = S("n");
    const struct json *top = &levels[LIMIT_JSON_TREE_DEPTH - 1];
    struct json copy = json_copy(a, top);
    CHECK(json_equal(top, &copy));
    CHECK_INT(json_print(a, &copy).len, LIMIT_JSON_TREE_DEPTH * 2 + LIMIT_JSON_TREE_DEPTH / 2 * 4);
    arena_close(a);
}

static void values_made_by_hand_carry_what_they_were_given(void **state)
{
    (void)state;
    struct arena *a = arena_open(1024);
    struct json items[] = {json_null,
                           json_true,
                           json_false,
                           json_of_bool(true),
                           json_of_int(INT64_MIN),
                           json_of_real(0.5),
                           json_of_text(S("t"))};
    struct json members[] = {json_named(S("list"), json_of_list(items, COUNTOF(items))),
                             json_named(S("map"), json_of_map(NULL, 0))};
    struct json v = json_of_map(members, COUNTOF(members));
    CHECK_STR(json_print(a, &v), S("{\"list\":[null,true,false,true,-9223372036854775808,0.5,"
                                   "\"t\"],\"map\":{}}"));
    arena_close(a);
}

CHECK_MAIN(TEST(get_finds_members_of_maps_only), TEST(pointers_follow_rfc_6901),
           TEST(equality_ignores_order_and_the_way_a_number_is_written),
           TEST(big_maps_are_compared_by_hash), TEST(copies_stand_alone),
           TEST(trees_made_by_hand_may_be_deep),
           TEST(values_made_by_hand_carry_what_they_were_given))
