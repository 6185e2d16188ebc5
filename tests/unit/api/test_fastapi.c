/* Bodies and parameters refused in FastAPI's words (chutes-keys.md 9): types, places and texts, all at once. */
#include "tests/support/check.h"
#include "tests/support/fake_exchange.h"

#include "api/fastapi.h"
#include "base/limits.h"

struct scope {
    str type, action;
};
struct body {
    bool admin;
    int64_t size;
    str name, password;
    struct fast_list scopes;
};
static const str actions[] = {STR("read"), STR("write"), STR("delete"), STR("invoke"), {0}};
static const struct fast_field scope_fields[] = {
    {.name = STR("object_type"), .kind = FAST_TEXT, .flags = FAST_REQUIRED, .offset = offsetof(struct scope, type)},
    {.name = STR("action"), .kind = FAST_WORD, .flags = FAST_NULLABLE, .offset = offsetof(struct scope, action), .words = actions},
};
static const struct fast_shape scope_shape = {scope_fields, COUNTOF(scope_fields), sizeof(struct scope), false};
static const struct fast_field body_fields[] = {
    {.name = STR("admin"), .kind = FAST_BOOL, .flags = FAST_REQUIRED, .offset = offsetof(struct body, admin)},
    {.name = STR("name"), .kind = FAST_TEXT, .flags = FAST_REQUIRED, .offset = offsetof(struct body, name), .least = 1, .most = 4},
    {.name = STR("size"), .kind = FAST_INT, .offset = offsetof(struct body, size), .least = 0, .most = 1000},
    {.name = STR("password"), .kind = FAST_TEXT, .flags = FAST_SECRET, .offset = offsetof(struct body, password), .least = 0, .most = 8},
    {.name = STR("scopes"), .kind = FAST_MAPS, .flags = FAST_NULLABLE, .offset = offsetof(struct body, scopes), .maps = &scope_shape},
};
static const struct fast_shape body_shape = {body_fields, COUNTOF(body_fields), sizeof(struct body), false};
static const struct fast_shape closed_shape = {body_fields, COUNTOF(body_fields), sizeof(struct body), true};

static struct fake_exchange *ask(struct arena *a, const char *headers, str body, const struct fast_shape *shape, struct body *into)
{
    struct fake_exchange *f = fake_request(a, "POST", "/x", headers, body);
    struct problem why = {.arena = a};
    struct fast_faults faults;
    const struct json *json;
    bool is_json;
    f->x.body_max = LIMIT_BODY_BYTES;
    fast_begin(&faults, &f->x);
    CHECK_ERR(fast_read(&faults, &f->x, &json, &is_json, &why), ERR_OK);
    if (is_json)
        fast_body(&faults, json, shape, into);
    if (faults.count)
        CHECK_ERR(fast_refuse(&f->x, &faults), ERR_OK);
    return f;
}

#define MISSING(in) "{\"type\":\"missing\",\"loc\":[\"body\",\"admin\"],\"msg\":\"Field required\",\"input\":" in "}"
#define BOOL(type, input, more)                                                                     \
    "{\"type\":\"" type "\",\"loc\":[\"body\",\"admin\"],\"msg\":\"Input should be a valid boolean" more "\",\"input\":" input "}"
#define NOT_A_MAP(input)                                                                           \
    "{\"type\":\"model_attributes_type\",\"loc\":[\"body\"],\"msg\":\"Input should be a valid dictionary or object to "   \
    "extract fields from\",\"input\":" input "}"

static void each_fault_has_its_words(void **state)
{
    static const struct {
        const char *headers;
        str sent, detail;
    } cases[] = {
        {"", STR("{\"admin\":true,\"name\":\"a\"}"), {0}},
        {"Content-Type: application/json\n", STR("{\"admin\":\"Yes\",\"name\":\"a\",\"more\":1}"), {0}},
        {"", STR("{\"name\":\"a\"}"), STR(MISSING("{\"name\":\"a\"}"))},
        {"", STR(""), STR("{\"type\":\"missing\",\"loc\":[\"body\"],\"msg\":\"Field required\",\"input\":null}")},
        {"", STR("[1]"), STR(NOT_A_MAP("[1]"))},
        {"Content-Type: text/plain\n", STR("{}"), STR(NOT_A_MAP("\"{}\""))},
        {"", STR("{\"admin\":\"maybe\",\"name\":\"a\"}"), STR(BOOL("bool_parsing", "\"maybe\"", ", unable to interpret input"))},
        {"", STR("{\"admin\":2,\"name\":\"a\"}"), STR(BOOL("bool_parsing", "2", ", unable to interpret input"))},
        {"", STR("{\"admin\":[],\"name\":\"a\"}"), STR(BOOL("bool_type", "[]", ""))},
        {"", STR("{\"admin\":{},\"name\":\"a\"}"), STR(BOOL("bool_type", "{}", ""))},
        {"", STR("{\"admin\":null,\"name\":\"a\"}"), STR(BOOL("bool_type", "null", ""))},
        {"", STR("{\"admin\":1,\"name\":5}"),
         STR("{\"type\":\"string_type\",\"loc\":[\"body\",\"name\"],\"msg\":\"Input should be a valid string\",\"input\":5}")},
        {"", STR("{\"admin\":1,\"name\":\"\"}"),
         STR("{\"type\":\"string_too_short\",\"loc\":[\"body\",\"name\"],\"msg\":\"String should have at least 1 character\","
             "\"input\":\"\",\"ctx\":{\"min_length\":1}}")},
        {"", STR("{\"admin\":1,\"name\":\"abcd\",\"password\":\"123456789\"}"),
         STR("{\"type\":\"string_too_long\",\"loc\":[\"body\",\"password\"],\"msg\":\"String should have at most 8 characters\","
             "\"input\":\"**********\",\"ctx\":{\"max_length\":8}}")},
        {"", STR("{\"name\":\"a\",\"password\":\"hush\"}"), STR(MISSING("{\"name\":\"a\",\"password\":\"**********\"}"))},
        {"", STR("{\"admin\":1,\"name\":\"a\",\"size\":1001}"),
         STR("{\"type\":\"less_than_equal\",\"loc\":[\"body\",\"size\"],\"msg\":\"Input should be less than or equal to 1000\","
             "\"input\":1001,\"ctx\":{\"le\":1000}}")},
        {"", STR("{\"admin\":1,\"name\":\"a\",\"size\":1.5}"),
         STR("{\"type\":\"int_from_float\",\"loc\":[\"body\",\"size\"],\"msg\":\"Input should be a valid integer, got a number with a "
             "fractional part\",\"input\":1.5}")},
        {"", STR("{\"admin\":1,\"name\":\"a\",\"scopes\":\"x\"}"),
         STR("{\"type\":\"list_type\",\"loc\":[\"body\",\"scopes\"],\"msg\":\"Input should be a valid list\",\"input\":\"x\"}")},
        {"", STR("{\"admin\":1,\"name\":\"a\",\"scopes\":[{}]}"),
         STR("{\"type\":\"missing\",\"loc\":[\"body\",\"scopes\",0,\"object_type\"],\"msg\":\"Field required\",\"input\":{}}")},
        {"", STR("{\"admin\":1,\"name\":\"a\",\"scopes\":[{\"object_type\":\"images\"},{\"object_type\":\"images\",\"action\":\"run\"}]}"),
         STR("{\"type\":\"enum\",\"loc\":[\"body\",\"scopes\",1,\"action\"],\"msg\":\"Input should be 'read', 'write', 'delete' or "
             "'invoke'\",\"input\":\"run\",\"ctx\":{\"expected\":\"'read', 'write', 'delete' or 'invoke'\"}}")},
        {"", STR("{\"admin\":\"maybe\",\"scopes\":3}"),
         STR(BOOL("bool_parsing", "\"maybe\"", ", unable to interpret input") ",{\"type\":\"missing\",\"loc\":[\"body\",\"name\"],"
             "\"msg\":\"Field required\",\"input\":{\"admin\":\"maybe\",\"scopes\":3}},{\"type\":\"list_type\",\"loc\":[\"body\","
             "\"scopes\"],\"msg\":\"Input should be a valid list\",\"input\":3}")},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        struct arena *a = arena_open(16u << 10);
        struct body body = {0};
        CHECK_AT(i);
        struct fake_exchange *f = ask(a, cases[i].headers, cases[i].sent, &body_shape, &body);
        CHECK_INT(f->status, cases[i].detail.len ? 422 : 0);
        if (cases[i].detail.len)
            CHECK_STR(f->answer, arena_format(a, "{\"detail\":[" STR_FMT "]}", STR_ARG(cases[i].detail)));
        else
            CHECK(body.admin);
        arena_close(a);
    }
}

static void what_is_good_is_taken(void **state)
{
    struct arena *a = arena_open(16u << 10);
    struct body body = {.size = 7};
    (void)state;
    str sent = S("{\"admin\":\"off\",\"name\":\"n\",\"size\":\"12\",\"scopes\":[{\"object_type\":\"images\",\"action\":null}]}");
    (void)ask(a, "", sent, &body_shape, &body);
    const struct scope *scopes = body.scopes.items;
    CHECK(!body.admin);
    CHECK_STR(body.name, S("n"));
    CHECK_INT(body.size, 12);
    NEED(body.scopes.count == 1);
    CHECK_STR(scopes[0].type, S("images"));
    CHECK(str_is_absent(scopes[0].action));
    arena_close(a);
}

static void closed_shapes_name_what_they_do_not_know(void **state)
{
    struct arena *a = arena_open(16u << 10);
    struct body body = {0};
    (void)state;
    struct fake_exchange *f = ask(a, "", S("{\"admin\":1,\"name\":\"n\",\"nmae\":2}"), &closed_shape, &body);
    CHECK_STR(f->answer, S("{\"detail\":[{\"type\":\"extra_forbidden\",\"loc\":[\"body\",\"nmae\"],\"msg\":\"Extra inputs are not "
                           "permitted\",\"input\":2}]}"));
    arena_close(a);
}

static void bad_json_is_said_with_its_place(void **state)
{
    struct arena *a = arena_open(16u << 10);
    struct body body = {0};
    (void)state;
    struct fake_exchange *f = ask(a, "", S("{\"admin\": tru}"), &body_shape, &body);
    CHECK_INT(f->status, 422);
    CHECK(str_starts(f->answer, S("{\"detail\":[{\"type\":\"json_invalid\",\"loc\":[\"body\",10],\"msg\":\"JSON decode error\",\"input\":{},"
                                  "\"ctx\":{\"error\":\"")));
    arena_close(a);
}

static void parameters_are_texts(void **state)
{
    static const struct {
        str value, detail;
        int64_t size;
    } cases[] = {
        {STR("3"), {0}, 3},
        {STR(" 1000 "), {0}, 1000},
        {STR("abc"), STR("{\"detail\":[{\"type\":\"int_parsing\",\"loc\":[\"query\",\"size\"],\"msg\":\"Input should be a valid integer, unable "
                         "to parse string as an integer\",\"input\":\"abc\"}]}"), 5},
        {STR(""), STR("{\"detail\":[{\"type\":\"int_parsing\",\"loc\":[\"query\",\"size\"],\"msg\":\"Input should be a valid integer, unable "
                      "to parse string as an integer\",\"input\":\"\"}]}"), 5},
        {STR("-1"), STR("{\"detail\":[{\"type\":\"greater_than_equal\",\"loc\":[\"query\",\"size\"],\"msg\":\"Input should be greater than or "
                        "equal to 0\",\"input\":\"-1\",\"ctx\":{\"ge\":0}}]}"), 5},
    };
    static const struct fast_shape shape = {&body_fields[2], 1, sizeof(struct body), false};
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        struct arena *a = arena_open(16u << 10);
        struct fake_exchange *f = fake_request(a, "GET", "/x", "", S(""));
        struct pair pair = {S("size"), cases[i].value};
        struct body body = {.size = 5};
        struct fast_faults faults;
        CHECK_AT(i);
        fast_begin(&faults, &f->x);
        fast_values(&faults, "query", &pair, 1, &shape, &body);
        CHECK_INT(body.size, cases[i].size);
        CHECK_INT(faults.count, cases[i].detail.len > 0);
        if (faults.count && fast_refuse(&f->x, &faults) == ERR_OK)
            CHECK_STR(f->answer, cases[i].detail);
        arena_close(a);
    }
}

static void identifiers_have_their_shape(void **state)
{
    static const struct fast_field field = {.name = STR("id"), .kind = FAST_UUID, .flags = FAST_REQUIRED, .offset = 0};
    static const struct fast_shape shape = {&field, 1, sizeof(str), false};
    static const struct {
        str value;
        bool good;
    } cases[] = {
        {STR("0123456789abcdef0123456789abcdef"), true}, {STR("01234567-89ab-cdef-0123-456789ABCDEF"), true},
        {STR("01234567-89ab-cdef-0123-456789abcde"), false}, {STR("0123456-789ab-cdef-0123-456789abcdef"), false},
        {STR("g1234567-89ab-cdef-0123-456789abcdef"), false}, {STR(""), false},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        struct arena *a = arena_open(16u << 10);
        struct fake_exchange *f = fake_request(a, "GET", "/x", "", S(""));
        struct pair pair = {S("id"), cases[i].value};
        struct fast_faults faults;
        str id = {0};
        CHECK_AT(i);
        fast_begin(&faults, &f->x);
        fast_values(&faults, "path", &pair, 1, &shape, &id);
        CHECK_INT(faults.count == 0, cases[i].good);
        CHECK(cases[i].good == str_equal(id, cases[i].value) || cases[i].value.len == 0);
        arena_close(a);
    }
}

CHECK_MAIN(TEST(each_fault_has_its_words), TEST(what_is_good_is_taken), TEST(closed_shapes_name_what_they_do_not_know),
           TEST(bad_json_is_said_with_its_place), TEST(parameters_are_texts), TEST(identifiers_have_their_shape))
