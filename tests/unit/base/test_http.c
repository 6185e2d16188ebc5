#include "base/http.h"
#include "base/limits.h"
#include "tests/support/check.h"
#include "tests/support/fake_exchange.h"

static void methods_have_names(void **state)
{
    (void)state;
    enum method m = M_GET;
    CHECK(method_of(S("PATCH"), &m) && m == M_PATCH);
    CHECK(!method_of(S("patch"), &m) && !method_of(S("TRACE"), &m) && m == M_PATCH);
    for (int i = 0; i < METHOD_COUNT; i++)
        CHECK(method_of(method_name((enum method)i), &m) && (int)m == i);
}

static void targets_are_taken_apart(void **state)
{
    (void)state;
    static const struct {
        str target, path, query;
        size_t count;
        bool trailing_slash;
    } cases[] = {
        {STR("/"), STR("/"), {0}, 0, true},
        {STR("/?a=1"), STR("/"), STR("a=1"), 0, true},
        {STR("/a"), STR("/a"), {0}, 1, false},
        {STR("/a/"), STR("/a/"), {0}, 1, true},
        {STR("/a/b%20c?x=%zz?"), STR("/a/b c"), STR("x=%zz?"), 2, false},
        {STR("/%61/%C3%BC"), STR("/a/ü"), {0}, 2, false},
        {STR("/a;b=c/..."), STR("/a;b=c/..."), {0}, 2, false},
        {STR("/%252e"), STR("/%2e"), {0}, 1, false}, /* decoded once */
        {STR("/a?"), STR("/a"), STR(""), 1, false},
    };
    struct arena *a = arena_open(4096);
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        struct exchange x = {.arena = a};
        struct problem why = {.arena = a};
        CHECK_PROBLEM(exchange_take_target(&x, cases[i].target, &why), ERR_OK, &why);
        CHECK_STR(x.target, cases[i].target);
        CHECK_STR(x.path, cases[i].path);
        CHECK_STR(x.query, cases[i].query);
        CHECK_INT(x.segment_count, cases[i].count);
        CHECK(x.trailing_slash == cases[i].trailing_slash);
    }
    arena_close(a);
}

static void dangerous_targets_are_refused(void **state)
{
    (void)state;
    static const str cases[] = {
        STR(""),
        STR("a"),
        STR("*"),
        STR("http://x/"),
        STR("//"),
        STR("/a//b"),
        STR("//a"),
        STR("/."),
        STR("/.."),
        STR("/a/./b"),
        STR("/a/../b"),
        STR("/%2e%2E/b"),
        STR("/.%2e"),
        STR("/a%2Fb"),
        STR("/a%2fb"),
        STR("/a%5cb"),
        STR("/a\\b"),
        STR("/a%00b"),
        STR("/a%0ab"),
        STR("/a%7f"),
        STR("/a b"),
        STR("/\xc3\xbc"),
        STR("/%c3"),
        STR("/%ff"),
        STR("/%"),
        STR("/%4"),
        STR("/%g1"),
        STR("/%4g"),
        STR("/a?b c"),
        STR("/a?b\nc"),
        STR("/a\0b"),
        STR("/a//"),
    };
    struct arena *a = arena_open(4096);
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        struct exchange x = {.arena = a};
        struct problem why = {.arena = a};
        CHECK_ERR(exchange_take_target(&x, cases[i], &why), ERR_BAD_INPUT);
        CHECK(why.text.len > 0 && str_is_absent(x.path));
    }
    char *longest = arena_get(a, LIMIT_TARGET_BYTES + 1, 1);
    memset(longest, 'a', LIMIT_TARGET_BYTES + 1);
    longest[0] = '/';
    struct exchange x = {.arena = a};
    struct problem why = {.arena = a};
    CHECK_ERR(exchange_take_target(&x, (str){longest, LIMIT_TARGET_BYTES + 1}, &why),
              ERR_TARGET_TOO_LONG);
    CHECK_ERR(exchange_take_target(&x, (str){longest, LIMIT_TARGET_BYTES}, &why), ERR_OK);
    for (size_t i = 0; i < LIMIT_TARGET_BYTES; i += 2)
        longest[i] = '/';
    CHECK_ERR(exchange_take_target(&x, (str){longest, 2 * LIMIT_PATH_SEGMENTS}, &why), ERR_OK);
    CHECK_ERR(exchange_take_target(&x, (str){longest, 2 * LIMIT_PATH_SEGMENTS + 2}, &why), ERR_BAD_INPUT);
    arena_close(a);
}

static void headers_are_found_in_any_case(void **state)
{
    (void)state;
    struct arena *a = arena_open(4096);
    struct fake_exchange *f = fake_request(a, "GET", "/", "X-One: 1\nx-one: 2\nEmpty:\n", S(""));
    CHECK_STR(exchange_header(&f->x, S("x-ONE")), S("1"));
    CHECK(!str_is_absent(exchange_header(&f->x, S("empty"))));
    CHECK(str_is_absent(exchange_header(&f->x, S("none"))));
    arena_close(a);
}

static void bodies_are_read_up_to_their_ceiling(void **state)
{
    (void)state;
    static const struct {
        size_t length, body_max, step;
        bool is_chunked;
        enum err err;
    } cases[] = {
        {0, 0, 0, false, ERR_OK},
        {0, 0, 0, true, ERR_OK},
        {1, 0, 0, false, ERR_TOO_LARGE},
        {1, 0, 0, true, ERR_TOO_LARGE},
        {1000, 1000, 0, false, ERR_OK},
        {1000, 1000, 0, true, ERR_OK},
        {1000, 1000, 7, false, ERR_OK},
        {1000, 1000, 7, true, ERR_OK},
        {1001, 1000, 7, false, ERR_TOO_LARGE},
        {1001, 1000, 7, true, ERR_TOO_LARGE},
        {3000000, 4000000, 65536, false, ERR_OK},
        {3000000, 4000000, 65536, true, ERR_OK},
    };
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        struct arena *a = arena_open(4096);
        struct problem why = {.arena = a};
        char *bytes = arena_get(a, cases[i].length, 1);
        for (size_t j = 0; j < cases[i].length; j++)
            bytes[j] = (char)('a' + j % 26);
        str body = {bytes, cases[i].length}, out = {0};
        struct fake_exchange *f = fake_request(a, "POST", "/", NULL, body);
        f->x.body_max = (uint32_t)cases[i].body_max;
        f->body_step = cases[i].step;
        if (cases[i].is_chunked)
            f->x.body_length = UINT64_MAX;
        CHECK_PROBLEM(exchange_body(&f->x, &out, &why), cases[i].err, &why);
        CHECK(cases[i].err != ERR_OK || str_equal(out, body));
        arena_close(a);
    }
}

static void bodies_cut_short_are_refused(void **state)
{
    (void)state;
    struct arena *a = arena_open(4096);
    struct problem why = {.arena = a};
    str out = {0};
    struct fake_exchange *f = fake_request(a, "POST", "/", NULL, S("four"));
    f->x.body_length = 5;
    CHECK_ERR(exchange_body(&f->x, &out, &why), ERR_BAD_INPUT);
    f = fake_request(a, "POST", "/", NULL, S("four"));
    f->x.body_length = UINT64_MAX;
    f->body_error = ERR_TIMEOUT;
    CHECK_ERR(exchange_body(&f->x, &out, &why), ERR_TIMEOUT);
    CHECK(str_is_absent(out));
    arena_close(a);
}

static void json_bodies_need_a_json_type(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        enum err err;
    } cases[] = {
        {"application/json", ERR_OK},
        {"Application/JSON; charset=utf-8", ERR_OK},
        {"application/json ;x", ERR_OK},
        {"application/merge-patch+json", ERR_OK},
        {"application/vnd.oci.image.index.v1+json", ERR_OK},
        {"text/json", ERR_BAD_MEDIA},
        {"text/plain", ERR_BAD_MEDIA},
        {"application/+json", ERR_BAD_MEDIA},
        {"application/jsonp", ERR_BAD_MEDIA},
        {"", ERR_BAD_MEDIA},
    };
    struct arena *a = arena_open(4096);
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        struct problem why = {.arena = a};
        const struct json *body = NULL;
        const char *headers = arena_cstr(a, arena_format(a, "Content-Type: %s", cases[i].type));
        struct fake_exchange *f = fake_request(a, "POST", "/", headers, S("{\"a\":[1]}"));
        CHECK_PROBLEM(exchange_json(&f->x, &body, &why), cases[i].err, &why);
        CHECK(cases[i].err != ERR_OK || json_at(body, S("/a/0"))->integer == 1);
    }
    struct problem why = {.arena = a};
    const struct json *body = NULL;
    struct fake_exchange *f =
        fake_request(a, "POST", "/", "Content-Type: application/json", S("{"));
    CHECK_ERR(exchange_json(&f->x, &body, &why), ERR_BAD_INPUT);
    arena_close(a);
}

static void answers_carry_the_added_headers(void **state)
{
    (void)state;
    struct arena *a = arena_open(4096);
    struct fake_exchange *f = fake_request(a, "GET", "/", NULL, S(""));
    exchange_add_header(&f->x, S("ETag"), S("\"1\""));
    exchange_send_json(&f->x, 200, S("{}"));
    CHECK_INT(f->status, 200);
    CHECK_STR(f->answer, S("{}"));
    CHECK_STR(fake_header(f, "content-type"), S("application/json"));
    CHECK_STR(fake_header(f, "etag"), S("\"1\""));
    CHECK_INT(fake_header_count(f, "Content-Type"), 1);
    f = fake_request(a, "DELETE", "/", NULL, S(""));
    exchange_send_nothing(&f->x, 204);
    CHECK_INT(f->status, 204);
    CHECK_INT(f->header_count, 0);
    f = fake_request(a, "HEAD", "/", NULL, S(""));
    exchange_send_text(&f->x, 200, S("text/plain"), S("unseen"));
    CHECK_STR(f->answer, S(""));
    CHECK_INT(f->length, 6);
    f = fake_request(a, "GET", "/", NULL, S(""));
    CHECK_ERR(f->x.begin(&f->x, 200, NULL, 0, UINT64_MAX), ERR_OK);
    CHECK_ERR(f->x.piece(&f->x, S("one ")), ERR_OK);
    CHECK_ERR(f->x.piece(&f->x, S("two")), ERR_OK);
    f->x.end(&f->x);
    CHECK_STR(f->answer, S("one two"));
    arena_close(a);
}

static void queries_become_parameters(void **state)
{
    (void)state;
    static const struct {
        str query;
        size_t count;
        struct pair pairs[3];
    } cases[] = {
        {STR(""), 0, {{{0}, {0}}}},
        {STR("a=1&b=2"), 2, {{STR("a"), STR("1")}, {STR("b"), STR("2")}}},
        {STR("a"), 1, {{STR("a"), STR("")}}},
        {STR("=x"), 1, {{STR(""), STR("x")}}},
        {STR("&&a=1&"), 1, {{STR("a"), STR("1")}}},
        {STR("a=b=c"), 1, {{STR("a"), STR("b=c")}}},
        {STR("a+b=c+d%2B%20"), 1, {{STR("a b"), STR("c d+ ")}}},
        {STR("f%5Bx%5D%5B%24gt%5D=%C3%BC"), 1, {{STR("f[x][$gt]"), STR("ü")}}},
        {STR("x[]=1&x[]=2&x%5B%5D=3"),
         3,
         {{STR("x[]"), STR("1")}, {STR("x[]"), STR("2")}, {STR("x[]"), STR("3")}}},
        {STR("a=1&A=2"), 2, {{STR("a"), STR("1")}, {STR("A"), STR("2")}}},
    };
    struct arena *a = arena_open(4096);
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        struct problem why = {.arena = a};
        struct query_string q = {0};
        CHECK_PROBLEM(query_string_read(a, cases[i].query, &q, &why), ERR_OK, &why);
        CHECK_INT(q.count, cases[i].count);
        for (size_t j = 0; j < q.count && j < cases[i].count; j++) {
            CHECK_STR(q.pairs[j].name, cases[i].pairs[j].name);
            CHECK_STR(q.pairs[j].value, cases[i].pairs[j].value);
        }
    }
    arena_close(a);
}

static void bad_queries_are_refused(void **state)
{
    (void)state;
    static const struct {
        str query, path;
    } cases[] = {
        {STR("a=1&a=2"), STR("a")}, {STR("a&%61"), STR("a")}, {STR("a=%00"), STR("a")},
        {STR("a=%ff"), STR("a")},   {STR("%ff=a"), STR("")},  {STR("\xff"), STR("")},
    };
    static const str broken[] = {STR("a=%"), STR("a=%1"), STR("%zz=1"), STR("a=1%"),
                                 STR("a=%1&b=23")};
    struct arena *a = arena_open(4096);
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        struct problem why = {.arena = a};
        struct query_string q = {0};
        CHECK_ERR(query_string_read(a, cases[i].query, &q, &why), ERR_BAD_INPUT);
        CHECK_FAULT(&why, cases[i].path, S("parameter"));
    }
    for (size_t i = 0; i < COUNTOF(broken); i++) {
        CHECK_AT(i);
        struct problem why = {.arena = a};
        struct query_string q = {0};
        CHECK_ERR(query_string_read(a, broken[i], &q, &why), ERR_BAD_INPUT);
    }
    for (size_t n = LIMIT_QUERY_PARAMETERS; n <= LIMIT_QUERY_PARAMETERS + 1; n++) {
        struct problem why = {.arena = a};
        struct query_string q = {0};
        struct buf b;
        buf_init(&b, a, 10000);
        for (size_t i = 0; i < n; i++)
            buf_format(&b, "p%zu=%zu&", i, i);
        CHECK_ERR(query_string_read(a, buf_str(&b), &q, &why),
                  n == LIMIT_QUERY_PARAMETERS ? ERR_OK : ERR_BAD_INPUT);
    }
    arena_close(a);
}

static void parameters_are_found_by_name(void **state)
{
    (void)state;
    struct arena *a = arena_open(4096);
    struct problem why = {.arena = a};
    struct query_string q = {0};
    NEED(query_string_read(a, S("a=1&b="), &q, &why) == ERR_OK);
    CHECK_STR(query_string_get(&q, S("a")), S("1"));
    CHECK(!str_is_absent(query_string_get(&q, S("b"))));
    CHECK(str_is_absent(query_string_get(&q, S("c"))));
    arena_close(a);
}

CHECK_MAIN(TEST(methods_have_names), TEST(targets_are_taken_apart),
           TEST(dangerous_targets_are_refused), TEST(headers_are_found_in_any_case),
           TEST(bodies_are_read_up_to_their_ceiling), TEST(bodies_cut_short_are_refused),
           TEST(json_bodies_need_a_json_type), TEST(answers_carry_the_added_headers),
           TEST(queries_become_parameters), TEST(bad_queries_are_refused),
           TEST(parameters_are_found_by_name))
