#include "tests/support/check.h"

#include "base/json.h"

#include <math.h>

static void scopes_place_the_commas(void **state)
{
    (void)state;
    struct arena *a = arena_open(1024);
    struct buf b;
    buf_init(&b, a, 4096);
    struct json_writer w;
    json_begin(&w, &b);
    json_map_open(&w);
    json_name(&w, S("list"));
    json_list_open(&w);
    json_int(&w, -1);
    json_uint(&w, UINT64_MAX);
    json_real(&w, 0.25);
    json_bool(&w, true);
    json_bool(&w, false);
    json_nothing(&w);
    json_list_open(&w);
    json_list_close(&w);
    json_map_open(&w);
    json_map_close(&w);
    json_ready(&w, S("[1, 2]"));
    json_list_close(&w);
    json_name_ready(&w, S("\"ready\":"));
    json_text(&w, S("a \"b\"\n"));
    json_name(&w, S("na\"me"));
    json_map_open(&w);
    json_name(&w, S(""));
    json_value(&w, &json_null);
    json_map_close(&w);
    json_name(&w, S("last"));
    json_int(&w, 0);
    json_map_close(&w);
    json_end(&w);
    str out = {0};
    CHECK_ERR(buf_done(&b, &out), ERR_OK);
    CHECK_STR(out, S("{\"list\":[-1,18446744073709551615,0.25,true,false,null,[],{},[1, 2]],"
                     "\"ready\":\"a \\\"b\\\"\\n\",\"na\\\"me\":{\"\":null},\"last\":0}"));
    arena_close(a);
}

static void a_real_that_is_no_number_is_null(void **state)
{
    (void)state;
    static const double cases[] = {NAN, INFINITY, -INFINITY};
    struct arena *a = arena_open(1024);
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        struct json v = json_of_real(cases[i]);
        CHECK_STR(json_print(a, &v), S("null"));
    }
    arena_close(a);
}

static void the_ceiling_of_the_buf_sticks(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, NULL, 16);
    struct json_writer w;
    json_begin(&w, &b);
    json_list_open(&w);
    for (int i = 0; i < 100; i++)
        json_text(&w, S("a text"));
    json_list_close(&w);
    json_end(&w);
    str out;
    CHECK_ERR(buf_done(&b, &out), ERR_TOO_LARGE);
    buf_free(&b);
}

static void scopes_may_be_deeper_than_the_writers_memory(void **state)
{
    (void)state;
    struct arena *a = arena_open(1024);
    struct buf b;
    buf_init(&b, a, 1 << 20);
    struct json_writer w;
    json_begin(&w, &b);
    for (int i = 0; i < 100; i++) {
        json_map_open(&w);
        json_name(&w, S("a"));
        json_list_open(&w);
        json_int(&w, i);
    }
    for (int i = 0; i < 100; i++) {
        json_list_close(&w);
        json_name(&w, S("b"));
        json_int(&w, i);
        json_map_close(&w);
    }
    json_end(&w);
    CHECK(str_starts(buf_str(&b), S("{\"a\":[0,{\"a\":[1,{\"a\":[2,")));
    CHECK(str_ends(buf_str(&b), S("],\"b\":98}],\"b\":99}")));
    arena_close(a);
}

static void trees_are_printed_compactly(void **state)
{
    (void)state;
    static const struct {
        str text, printed;
    } cases[] = {
        {STR(" [ ] "), STR("[]")},
        {STR("{ }"), STR("{}")},
        {STR("[ 1 , [ 2 , { } ] , 3 ]"), STR("[1,[2,{}],3]")},
        {STR("{\"a\" : { \"b\" : [ null , true ] } , \"c\" : false }"),
         STR("{\"a\":{\"b\":[null,true]},\"c\":false}")},
        {STR("\"\\u00e9\\/\\u001f\\u0022\""), STR("\"\xc3\xa9/\\u001f\\\"\"")},
        {STR("-0"), STR("-0")},
        {STR("1.0"), STR("1")},
        {STR("1e20"), STR("1e20")},
        {STR("0.1"), STR("0.1")},
    };
    struct arena *a = arena_open(1024);
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        const struct json *v = NULL;
        struct problem why = {.arena = a};
        CHECK_PROBLEM(json_read(a, cases[i].text, NULL, S(""), &v, &why), ERR_OK, &why);
        NEED(v != NULL);
        CHECK_STR(json_print(a, v), cases[i].printed);
    }
    arena_close(a);
}

CHECK_MAIN(TEST(scopes_place_the_commas), TEST(a_real_that_is_no_number_is_null),
           TEST(the_ceiling_of_the_buf_sticks), TEST(scopes_may_be_deeper_than_the_writers_memory),
           TEST(trees_are_printed_compactly))
