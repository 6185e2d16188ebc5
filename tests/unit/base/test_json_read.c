#include "tests/support/check.h"

#include "base/json.h"
#include "base/limits.h"

static const struct json *read_with(struct arena *a, str text, struct json_options options,
                                    struct problem *why)
{
    *why = (struct problem){.arena = a};
    const struct json *v = NULL;
    enum err e = json_read(a, text, &options, S(""), &v, why);
    CHECK((e == ERR_OK) == (v != NULL));
    return v;
}

static const struct json *read_strict(struct arena *a, str text)
{
    struct problem why;
    const struct json *v = read_with(a, text, (struct json_options){0}, &why);
    if (v == NULL)
        CHECK_SAY(STR_FMT ": " STR_FMT, STR_ARG(text), STR_ARG(why.text));
    NEED(v != NULL);
    return v;
}

static void each_type_is_told_apart(void **state)
{
    (void)state;
    static const struct {
        str text;
        enum json_type type;
        uint32_t count;
    } cases[] = {
        {STR("null"), JSON_NULL, 0},      {STR("true"), JSON_BOOL, 0},
        {STR("0"), JSON_INT, 0},          {STR("0.0"), JSON_REAL, 0},
        {STR("1e0"), JSON_REAL, 0},       {STR("\"\""), JSON_TEXT, 0},
        {STR("[]"), JSON_LIST, 0},        {STR("{}"), JSON_MAP, 0},
        {STR("[1,[2],3]"), JSON_LIST, 3}, {STR("{\"a\":1}"), JSON_MAP, 1},
    };
    struct arena *a = arena_open(1024);
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        const struct json *v = read_strict(a, cases[i].text);
        CHECK_INT(v->type, cases[i].type);
        CHECK_INT(v->count, cases[i].count);
        CHECK(str_is_absent(v->name));
    }
    arena_close(a);
}

static void members_lie_side_by_side_with_their_names(void **state)
{
    (void)state;
    struct arena *a = arena_open(1024);
    const struct json *v = read_strict(a, S(" {\"a\" : {\"x\":[1,2]}, \"b\":[], \"c\": \"t\"} "));
    NEED(v->count == 3);
    CHECK_STR(v->items[0].name, S("a"));
    CHECK_STR(v->items[0].items[0].name, S("x"));
    CHECK_INT(v->items[0].items[0].items[1].integer, 2);
    CHECK(str_is_absent(v->items[0].items[0].items[1].name));
    CHECK_STR(v->items[1].name, S("b"));
    CHECK_STR(v->items[2].text, S("t"));
    arena_close(a);
}

static void texts_without_escapes_are_slices_of_the_input(void **state)
{
    (void)state;
    struct arena *a = arena_open(1024);
    str text = S("{\"name\":\"Gr\xc3\xbc\xc3\x9f Gott\",\"\":\"a\\nb\"}");
    const struct json *v = read_strict(a, text);
    CHECK(v->items[0].name.at == text.at + 2);
    CHECK(v->items[0].text.at == text.at + 9);
    CHECK_STR(v->items[0].text, S("Gr\xc3\xbc\xc3\x9f Gott"));
    CHECK(v->items[1].name.at != NULL);
    CHECK_STR(v->items[1].text, S("a\nb"));
    CHECK(v->items[1].text.at < text.at || v->items[1].text.at > text.at + text.len);
    arena_close(a);
}

static void escapes_are_decoded(void **state)
{
    (void)state;
    static const struct {
        str text, wanted;
    } cases[] = {
        {STR("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""), STR("\"\\/\b\f\n\r\t")},
        {STR("\"\\u0041\\u00e9\\u20AC\""), STR("A\xc3\xa9\xe2\x82\xac")},
        {STR("\"\\ud834\\udd1e\""), STR("\xf0\x9d\x84\x9e")},
        {STR("\"\\uDBFF\\uDFFF\""), STR("\xf4\x8f\xbf\xbf")},
        {STR("\"a\\u0000b\""), STR("a\0b")},
        {STR("\"0123456789012345\\n0123456789012345\""), STR("0123456789012345\n0123456789012345")},
        {STR("\"\\n\\n\""), STR("\n\n")},
        {STR("\"x\\u007f\\u0080\\u07ff\\u0800\\uffff\""),
         STR("x\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf")},
    };
    struct arena *a = arena_open(1024);
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        CHECK_STR(read_strict(a, cases[i].text)->text, cases[i].wanted);
    }
    arena_close(a);
}

/* The end of a text, an escape, a control and a broken sequence at each place relative to the
 * blocks of 16 bytes that are looked at together, in memory that ends right behind the text. */
static void texts_are_checked_at_every_offset(void **state)
{
    (void)state;
    for (size_t before = 0; before < 40; before++) {
        for (size_t after = 0; after < 20; after++) {
            static const struct {
                str middle;
                bool is_good;
                size_t decoded;
            } cases[] = {
                {STR(""), true, 0},         {STR("\\t"), true, 1},   {STR("\xc3\xa9"), true, 2},
                {STR("\x01"), false, 0},    {STR("\x80"), false, 0}, {STR("\xe2\x82"), false, 0},
                {STR("\\ud800"), false, 0},
            };
            for (size_t i = 0; i < COUNTOF(cases); i++) {
                CHECK_AT(before * 100 + i);
                size_t n = before + cases[i].middle.len + after + 2;
                char *text = malloc(n);
                NEED(text != NULL);
                memset(text, 'x', n);
                text[0] = text[n - 1] = '"';
                memcpy(text + 1 + before, cases[i].middle.at, cases[i].middle.len);
                struct arena *a = arena_open(1024);
                struct problem why;
                const struct json *v = read_with(a, (str){text, n}, (struct json_options){0}, &why);
                CHECK((v != NULL) == cases[i].is_good);
                if (v != NULL)
                    CHECK_INT(v->text.len, before + after + cases[i].decoded);
                CHECK(read_with(a, (str){text, n - 1}, (struct json_options){0}, &why) == NULL);
                arena_close(a);
                free(text);
            }
        }
    }
}

static void ceilings_hold_exactly(void **state)
{
    (void)state;
    static const struct {
        str text;
        struct json_options options;
        bool is_good;
        str rule;
    } cases[] = {
        {STR("[[]]"), {.depth_max = 2}, true, {0}},
        {STR("[[[]]]"), {.depth_max = 2}, false, STR("json-depth")},
        {STR("{\"a\":{\"b\":{}}}"), {.depth_max = 2}, false, STR("json-depth")},
        {STR("[[],[],[[]]]"), {.depth_max = 3}, true, {0}},
        {STR("1"), {.depth_max = 1, .count_max = 1}, true, {0}},
        {STR("[1,2]"), {.count_max = 3}, true, {0}},
        {STR("[1,2,3]"), {.count_max = 3}, false, STR("json-count")},
        {STR("{\"a\":[1]}"), {.count_max = 2}, false, STR("json-count")},
    };
    struct arena *a = arena_open(1024);
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        struct problem why;
        CHECK((read_with(a, cases[i].text, cases[i].options, &why) != NULL) == cases[i].is_good);
        if (!cases[i].is_good)
            CHECK_FAULT(&why, S(""), cases[i].rule);
    }
    arena_close(a);
}

static str repeated(struct arena *a, str piece, size_t times)
{
    char *at = arena_get(a, piece.len, times);
    for (size_t i = 0; i < times; i++)
        memcpy(at + i * piece.len, piece.at, piece.len);
    return (str){at, piece.len * times};
}

static void endless_nesting_is_refused_at_the_ceiling(void **state)
{
    (void)state;
    static const str pieces[] = {STR("["), STR("{\"a\":"), STR("[{\"\":"), STR("[[],")};
    struct arena *a = arena_open(1024);
    for (size_t i = 0; i < COUNTOF(pieces); i++) {
        CHECK_AT(i);
        struct problem why;
        str text = repeated(a, pieces[i], 100000);
        size_t before = arena_bytes(a);
        CHECK(read_with(a, text, (struct json_options){0}, &why) == NULL);
        CHECK_FAULT(&why, S(""), S("json-depth"));
        CHECK(arena_bytes(a) - before < 4096);
    }
    arena_close(a);
}

static void the_count_of_values_is_bounded_by_default(void **state)
{
    (void)state;
    struct arena *a = arena_open(1024);
    struct buf b;
    buf_init(&b, a, 1 << 20);
    buf_add(&b, S("[0"));
    for (size_t i = 2; i < LIMIT_JSON_VALUES; i++)
        buf_add(&b, S(",0"));
    buf_add(&b, S("]"));
    CHECK_INT(read_strict(a, buf_str(&b))->count, LIMIT_JSON_VALUES - 1);
    buf_truncate(&b, b.len - 1);
    buf_add(&b, S(",0]"));
    struct problem why;
    CHECK(read_with(a, buf_str(&b), (struct json_options){0}, &why) == NULL);
    CHECK_FAULT(&why, S(""), S("json-count"));
    arena_close(a);
}

/* The first map is searched one by one, the bigger ones by hash. */
static void a_name_twice_is_found_in_maps_of_any_size(void **state)
{
    (void)state;
    for (size_t count = 1; count < 200; count += count < 40 ? 1 : 37) {
        for (size_t twin = 0; twin <= count; twin += 1 + twin / 2) {
            CHECK_AT(count * 1000 + twin);
            struct arena *a = arena_open(4096);
            struct buf b;
            buf_init(&b, a, 1 << 20);
            for (size_t i = 0; i < count; i++)
                buf_format(&b, "%s\"name %zu\":{\"name 0\":%zu}", i == 0 ? "{" : ",", i, i);
            buf_format(&b, ",\"name \\u0031%02zu\":0}", twin); /* 100 and up: "1" is escaped */
            struct problem why;
            const struct json *v = read_with(a, buf_str(&b), (struct json_options){0}, &why);
            bool is_twice = twin + 100 < count && twin < 100;
            CHECK((v == NULL) == is_twice);
            buf_truncate(&b, b.len - 1);
            buf_format(&b, ",\"name %zu\":0}", twin);
            v = read_with(a, buf_str(&b), (struct json_options){0}, &why);
            CHECK((v == NULL) == (is_twice || twin < count));
            if (v == NULL)
                CHECK_FAULT(&why, S(""), S("json-duplicate"));
            arena_close(a);
        }
    }
}

static void a_mistake_leaves_the_result_untouched(void **state)
{
    (void)state;
    struct arena *a = arena_open(1024);
    struct problem why = {.arena = a};
    const struct json *v = &json_true;
    CHECK_ERR(json_read(a, S("[1,"), NULL, S("filter"), &v, &why), ERR_BAD_INPUT);
    CHECK(v == &json_true);
    CHECK_ERR(why.err, ERR_BAD_INPUT);
    CHECK_FAULT(&why, S("filter"), S("json-syntax"));
    CHECK_ERR(json_read(a, (str){0}, NULL, S("filter"), &v, NULL), ERR_BAD_INPUT);
    arena_close(a);
}

CHECK_MAIN(TEST(each_type_is_told_apart), TEST(members_lie_side_by_side_with_their_names),
           TEST(texts_without_escapes_are_slices_of_the_input), TEST(escapes_are_decoded),
           TEST(texts_are_checked_at_every_offset), TEST(ceilings_hold_exactly),
           TEST(endless_nesting_is_refused_at_the_ceiling),
           TEST(the_count_of_values_is_bounded_by_default),
           TEST(a_name_twice_is_found_in_maps_of_any_size),
           TEST(a_mistake_leaves_the_result_untouched))
