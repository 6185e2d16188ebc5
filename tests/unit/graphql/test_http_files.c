/* Multipart requests: files are values of variables, read while they come. */
#include "tests/support/check.h"

#include "base/limits.h"
#include "tests/support/parlour.h"

static struct fake_exchange *send_files(struct parlour *b, struct arena *a, const char *operations, const char *map, const char *files)
{
    str body = arena_format(a, "--a\r\nContent-Disposition: form-data; name=\"operations\"\r\n\r\n%s\r\n"
                               "--a\r\nContent-Disposition: form-data; name=\"map\"\r\n\r\n%s\r\n%s--a--", operations, map, files);
    struct fake_exchange *f = fake_request(a, "POST", "/graphql", arena_cstr(a, arena_format(a, MULTI "%s", b->key)), body);
    f->body_step = 7;
    parlour_serve(b, f);
    return f;
}

#define PART(name, text) "--a\r\nContent-Disposition: form-data; name=\"" name "\"; filename=\"" name ".txt\"\r\n\r\n" text "\r\n"

static void files_come_with_their_request(void **state)
{
#define ONE "{\"query\":\"mutation($f:Upload!){take(file:$f)}\",\"variables\":{\"f\":null}}"
#define TWO "{\"query\":\"mutation($f:Upload!,$g:Upload!){a:take(file:$f) b:take(file:$g)}\",\"variables\":{\"f\":null,\"g\":null}}"
    static const struct {
        const char *operations, *map, *files;
        int status;
        const char *has;
    } rows[] = {
        {ONE, "{\"x\":[\"variables.f\"]}", PART("x", "abc"), 200, "{\"data\":{\"take\":\"x.txt: abc\"}}"},
        {ONE, "{\"x\":[\"variables.f\"]}", PART("x", ""), 200, "{\"data\":{\"take\":\"x.txt: \"}}"},
        {TWO, "{\"x\":[\"variables.f\"],\"y\":[\"variables.g\"]}", PART("x", "abc") PART("y", "def"), 200, "{\"data\":{\"a\":\"x.txt: abc\",\"b\":\"y.txt: def\"}}"},
        {TWO, "{\"y\":[\"variables.g\"],\"x\":[\"variables.f\"]}", PART("x", "abc") PART("y", "def"), 200, "{\"data\":{\"a\":\"x.txt: abc\",\"b\":\"y.txt: def\"}}"},
        {TWO, "{\"x\":[\"variables.f\"],\"y\":[\"variables.g\"]}", PART("z", "no") PART("x", "abc") PART("z", "no") PART("y", "def"), 200, "\"b\":\"y.txt: def\""},
        {TWO, "{\"x\":[\"variables.f\"],\"y\":[\"variables.g\"]}", PART("y", "def") PART("x", "abc"), 200, "errors"}, /* the other way round */
        {TWO, "{\"x\":[\"variables.f\",\"variables.g\"]}", PART("x", "abc"), 200, "\"a\":\"x.txt: abc\",\"b\":null"}, /* read once */
        {ONE, "{\"x\":[\"variables.f\"]}", "", 200, "errors"},
        {ONE, "{\"x\":[\"variables.f\"]}", PART("y", "abc"), 200, "errors"},
        {ONE, "{\"x\":[\"variables.g\"]}", PART("x", "abc"), 400, "map"},
        {ONE, "{\"x\":[\"query\"]}", PART("x", "abc"), 400, "map"},
        {ONE, "{\"x\":[\"\"]}", PART("x", "abc"), 400, "map"},
        {ONE, "{\"x\":[\"variables.f.0\"]}", PART("x", "abc"), 400, "map"},
        {ONE, "{\"x\":[\"variables.f\",\"variables.f\"]}", PART("x", "abc"), 400, "map"},
        {ONE, "{\"x\":[7]}", PART("x", "abc"), 400, "map"},
        {ONE, "{\"x\":\"variables.f\"}", PART("x", "abc"), 400, "map"},
        {ONE, "[]", PART("x", "abc"), 400, "map"},
        {ONE, "{", PART("x", "abc"), 400, "JSON"},
        {"{", "{}", PART("x", "abc"), 400, "JSON"},
        {"{\"query\":\"{hello}\"}", "{}", "", 200, "\"data\""},
        {"{\"query\":\"mutation{take(file:\\\"x\\\")}\"}", "{}", "", 200, "errors"},
        {"[" ONE "]", "{\"x\":[\"0.variables.f\"]}", PART("x", "abc"), 200, "[{\"data\":{\"take\":\"x.txt: abc\"}}]"},
        {"[" ONE "]", "{\"x\":[\"variables.f\"]}", PART("x", "abc"), 400, "map"},
    };
    struct graphql_options o = parlour_usual;
    struct parlour b;
    (void)state;
    o.uploads = true;
    o.batch_max = 2;
    parlour_open(&b, &o);
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct arena *a = arena_open(16u << 10);
        int before = check_failures;
        CHECK_AT(i);
        struct fake_exchange *f = send_files(&b, a, rows[i].operations, rows[i].map, rows[i].files);
        CHECK_INT(f->status, rows[i].status);
        CHECK(str_contains(f->answer, str_of(rows[i].has)));
        if (check_failures > before)
            parlour_say(f);
        arena_close(a);
    }
    parlour_close(&b);
}

/* A map of so many files, or of one file at so many places; nobody sends any. */
static str map_of(struct arena *a, unsigned files, unsigned places)
{
    struct buf map;
    buf_init(&map, a, LIMIT_BODY_BYTES);
    buf_byte(&map, '{');
    for (unsigned i = 0; i < files; i++) {
        buf_format(&map, "%s\"%u\":[", i ? "," : "", i);
        for (unsigned k = 0; k < places; k++)
            buf_format(&map, "%s\"variables.f.%u\"", k ? "," : "", k);
        buf_byte(&map, ']');
    }
    buf_byte(&map, '}');
    return buf_str(&map);
}

static void files_have_limits(void **state)
{
    static const struct {
        unsigned files, places;
        int status;
    } rows[] = {{LIMIT_GRAPHQL_FILES, 0, 200}, {LIMIT_GRAPHQL_FILES + 1, 0, 400}, {1, LIMIT_GRAPHQL_FILE_PATHS, 200}, {1, LIMIT_GRAPHQL_FILE_PATHS + 1, 400}};
    struct graphql_options o = parlour_usual;
    struct parlour b;
    (void)state;
    o.uploads = true;
    parlour_open(&b, &o);
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct arena *a = arena_open(16u << 10);
        struct buf operations;
        CHECK_AT(i);
        buf_init(&operations, a, LIMIT_BODY_BYTES);
        buf_add(&operations, S("{\"query\":\"{hello}\",\"variables\":{\"f\":["));
        for (unsigned k = 0; k <= LIMIT_GRAPHQL_FILE_PATHS; k++)
            buf_add(&operations, k ? S(",null") : S("null"));
        buf_add(&operations, S("]}}"));
        struct fake_exchange *f = send_files(&b, a, arena_cstr(a, buf_str(&operations)), arena_cstr(a, map_of(a, rows[i].files, rows[i].places)), "");
        CHECK_INT(f->status, rows[i].status);
        arena_close(a);
    }
    parlour_close(&b);
}

CHECK_MAIN(TEST(files_come_with_their_request), TEST(files_have_limits))
