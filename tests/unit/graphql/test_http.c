/* GraphQL over HTTP, from the router to the answer: methods, media types, statuses, forgeries, introspection. */
#include "tests/support/check.h"

#include "tests/support/parlour.h"

static void requests_have_media_types_and_statuses(void **state)
{
    static const struct talk rows[] = {
        {NOBODY, "POST", "/graphql", JSON, "{\"query\":\"{hello}\"}", 200, TYPE_JSON, "{\"data\":{\"hello\":\"graphql\"}}", NULL},
        {KEY, "POST", "/graphql", JSON, "{\"query\":\"{hello}\"}", 200, TYPE_JSON, "{\"data\":{\"hello\":\"graphql\"}}", NULL},
        {NOBODY, "POST", "/graphql", JSON ACCEPT_NEW, "{\"query\":\"{hello}\"}", 200, TYPE_NEW, "\"data\"", NULL},
        {NOBODY, "POST", "/api/gql", JSON ACCEPT_NEW, "{\"query\":\"{hello}\"}", 200, TYPE_NEW, "\"data\"", NULL},
        {NOBODY, "POST", "/graphql", JSON "Accept: text/html\n", "{\"query\":\"{hello}\"}", 406, TYPE_JSON, "NOT_ACCEPTABLE", NULL},
        {NOBODY, "POST", "/graphql", "", "{\"query\":\"{hello}\"}", 415, TYPE_JSON, "UNSUPPORTED_MEDIA_TYPE", NULL},
        {NOBODY, "POST", "/graphql", "Content-Type: text/plain\n", "{\"query\":\"{hello}\"}", 415, NULL, NULL, NULL},
        {NOBODY, "POST", "/graphql", FORM, "query={hello}", 415, NULL, NULL, NULL},
        {NOBODY, "POST", "/graphql", "Content-Type: multipart/form-data; boundary=a\n", "--a--", 415, NULL, NULL, NULL},
        {NOBODY, "POST", "/graphql", "Content-Type: application/graphql\n", "{hello}", 415, NULL, NULL, NULL},
        {NOBODY, "POST", "/graphql", "Content-Type: application/vnd.api+json\n", "{\"query\":\"{hello}\"}", 415, NULL, NULL, NULL},
        {NOBODY, "POST", "/graphql", "Content-Type: Application/JSON; Charset=\"UTF-8\"\n", "{\"query\":\"{hello}\"}", 200, TYPE_JSON, NULL, NULL},
        {NOBODY, "POST", "/graphql", "Content-Type: application/json; charset=utf-16\n", "{\"query\":\"{hello}\"}", 415, NULL, NULL, NULL},
        {NOBODY, "POST", "/graphql", "Content-Type: application/json; charset=iso-8859-1\n", "{\"query\":\"{hello}\"}", 415, NULL, NULL, NULL},
        {NOBODY, "POST", "/graphql", "Content-Type: application/json; charset\n", "{\"query\":\"{hello}\"}", 415, NULL, NULL, NULL},
        {NOBODY, "POST", "/graphql", JSON, "", 400, TYPE_JSON, "errors", NULL},
        {NOBODY, "POST", "/graphql", JSON, "{\"query\":", 400, TYPE_JSON, "errors", NULL},
        {NOBODY, "POST", "/graphql", JSON ACCEPT_NEW, "{\"query\":", 400, TYPE_NEW, "errors", NULL},
        {NOBODY, "POST", "/graphql", JSON, "{\"query\":\"{hello}\",\"query\":\"{hello}\"}", 400, TYPE_JSON, "errors", NULL},
        {NOBODY, "POST", "/graphql", JSON, "{\"query\":\"{hello(name:\\\"\xff\\\")}\"}", 400, TYPE_JSON, "errors", NULL},
        {NOBODY, "POST", "/graphql", JSON, "{\"query\":\"{hello}\",\"variables\":{\"a\":\"\\ud83d\"}}", 400, TYPE_JSON, "errors", NULL},
        {NOBODY, "POST", "/graphql", JSON, "\xef\xbb\xbf{\"query\":\"{hello}\"}", 400, TYPE_JSON, "errors", NULL},
        {NOBODY, "POST", "/graphql", JSON, "{}", 400, TYPE_JSON, "BAD_USER_INPUT", NULL},
        {NOBODY, "POST", "/graphql", JSON ACCEPT_NEW, "{}", 400, TYPE_NEW, "BAD_USER_INPUT", NULL},
        {NOBODY, "POST", "/graphql", JSON, "{\"query\":7}", 400, TYPE_JSON, "BAD_USER_INPUT", NULL},
        {NOBODY, "POST", "/graphql", JSON, "{\"query\":\"{hello}\",\"variables\":[1]}", 400, TYPE_JSON, "BAD_USER_INPUT", NULL},
        {NOBODY, "POST", "/graphql", JSON, "{\"query\":\"{hello}\",\"operationName\":[1]}", 400, TYPE_JSON, "BAD_USER_INPUT", NULL},
        {NOBODY, "POST", "/graphql", JSON, "{\"query\":\"{hello}\",\"extensions\":1}", 400, TYPE_JSON, "BAD_USER_INPUT", NULL},
        {NOBODY, "POST", "/graphql", JSON, "[{\"query\":\"{hello}\"}]", 400, TYPE_JSON, "BAD_USER_INPUT", NULL},
        {NOBODY, "POST", "/graphql", JSON, "[]", 400, TYPE_JSON, "BAD_USER_INPUT", NULL},
        {NOBODY, "POST", "/graphql", JSON, "{\"query\":\"{hello}\",\"more\":1}", 200, TYPE_JSON, "\"data\"", NULL},
        {NOBODY, "POST", "/graphql", JSON, "{\"query\":\"{hello\"}", 200, TYPE_JSON, "GRAPHQL_PARSE_FAILED", "\"data\""},
        {NOBODY, "POST", "/graphql", JSON ACCEPT_NEW, "{\"query\":\"{hello\"}", 400, TYPE_NEW, "GRAPHQL_PARSE_FAILED", NULL},
        {NOBODY, "POST", "/graphql", JSON, "{\"query\":\"{nothing}\"}", 200, TYPE_JSON, "GRAPHQL_VALIDATION_FAILED", "\"data\""},
        {NOBODY, "POST", "/graphql", JSON ACCEPT_NEW, "{\"query\":\"{nothing}\"}", 400, TYPE_NEW, "GRAPHQL_VALIDATION_FAILED", NULL},
        {NOBODY, "POST", "/graphql", JSON ACCEPT_NEW, "{\"query\":\"{secret}\"}", 400, TYPE_NEW, "GRAPHQL_VALIDATION_FAILED", NULL},
        {NOBODY, "POST", "/graphql", JSON, "{\"query\":\"query A{hello} query B{hello}\"}", 200, TYPE_JSON, "OPERATION_RESOLUTION_FAILURE", "\"data\""},
        {NOBODY, "POST", "/graphql", JSON ACCEPT_NEW, "{\"query\":\"query A{hello}\",\"operationName\":\"B\"}", 400, TYPE_NEW, "OPERATION_RESOLUTION_FAILURE", NULL},
        {NOBODY, "POST", "/graphql", JSON ACCEPT_NEW, "{\"query\":\"query A{hello} query B{a:hello}\",\"operationName\":\"B\"}", 200, TYPE_NEW, "{\"a\":", NULL},
        {NOBODY, "POST", "/graphql", JSON, "{\"query\":\"query($n:String!){hello(name:$n)}\"}", 200, TYPE_JSON, "BAD_USER_INPUT", "\"data\""},
        {NOBODY, "POST", "/graphql", JSON ACCEPT_NEW, "{\"query\":\"query($n:String!){hello(name:$n)}\",\"variables\":{\"n\":1}}", 400, TYPE_NEW, "BAD_USER_INPUT", NULL},
        {NOBODY, "POST", "/graphql", JSON ACCEPT_NEW, "{\"query\":\"query($n:String!){hello(name:$n)}\",\"variables\":{\"n\":\"x\",\"m\":1}}", 200, TYPE_NEW, "\"x\"", NULL},
        {NOBODY, "POST", "/graphql", JSON ACCEPT_NEW, "{\"query\":\"{a:denied hello}\"}", 200, TYPE_NEW, "\"data\":{\"a\":null,\"hello\":\"graphql\"}}", NULL},
        {NOBODY, "POST", "/graphql", JSON ACCEPT_NEW, "{\"query\":\"{a:denied hello}\"}", 200, TYPE_NEW, "{\"errors\":[{\"message\":\"Not for you.\"", NULL},
        {NOBODY, "POST", "/graphql", JSON ACCEPT_NEW, "{\"query\":\"{hello never}\"}", 200, TYPE_NEW, "\"data\":null}", NULL},
        {NOBODY, "POST", "/graphql", JSON ACCEPT_NEW, "{\"query\":\"{dear a:dear}\"}", 400, TYPE_NEW, "LIMIT_EXCEEDED", NULL},
        {NOBODY, "POST", "/graphql", JSON, "{\"query\":\"{dear a:dear}\"}", 200, TYPE_JSON, "LIMIT_EXCEEDED", "\"data\""},
        {NOBODY, "POST", "/graphql", JSON, "{\"query\":\"{dear}\",\"extensions\":{\"cost\":true}}", 200, TYPE_JSON,
         "\"extensions\":{\"cost\":{\"requested\":120000,\"limit\":200000}}}", NULL},
        {NOBODY, "POST", "/graphql", JSON "GraphQL-Cost: 1\n", "{\"query\":\"{denied}\"}", 200, TYPE_JSON, "\"data\":{\"denied\":null},\"extensions\":{\"cost\":{", NULL},
        {NOBODY, "POST", "/graphql", JSON, "{\"query\":\"{a:big b:big c:big d:big}\"}", 200, TYPE_JSON, "TOO_LARGE", "aaaa"},
        {NOBODY, "POST", "/graphql", JSON, "{\"query\":\"subscription{hello}\"}", 200, TYPE_JSON, "errors", "\"data\""},
        {NOBODY, "POST", "/graphql", JSON, "{\"query\":\"mutation{touch}\"}", 200, TYPE_JSON, "{\"data\":{\"touch\":\"graphql\"}}", NULL},
    };
    struct parlour b;
    (void)state;
    parlour_open(&b, &parlour_usual);
    parlour_rows(&b, rows, COUNTOF(rows));
    parlour_close(&b);
}

static void get_asks_and_changes_nothing(void **state)
{
    static const struct talk rows[] = {
        {NOBODY, "GET", "/graphql?query=%7Bhello%7D", "", "", 200, TYPE_JSON, "\"data\"", NULL},
        {NOBODY, "HEAD", "/graphql?query=%7Bhello%7D", "", "", 200, TYPE_JSON, NULL, NULL},
        {NOBODY, "GET", "/api/gql?query=%7Bhello%7D", "", "", 200, TYPE_JSON, "\"data\"", NULL},
        {NOBODY, "GET", "/graphql?query=%7Bhello(name:%22a+b%22)%7D", "", "", 200, TYPE_JSON, "\"a b\"", NULL},
        {NOBODY, "GET", "/graphql?query=%7Bhello%7D&operationName=&variables=&extensions=", "", "", 200, TYPE_JSON, "\"data\"", NULL},
        {NOBODY, "GET", "/graphql?query=query+null%7Bhello%7D&operationName=null", "", "", 200, TYPE_JSON, "\"data\"", NULL},
        {NOBODY, "GET", "/graphql?query=%7Bhello%7D&operationName=null", ACCEPT_NEW, "", 400, TYPE_NEW, "OPERATION_RESOLUTION_FAILURE", NULL},
        {NOBODY, "GET", "/graphql?query=query(%24n:String)%7Bhello(name:%24n)%7D&variables=%7B%22n%22:%22x%22%7D", "", "", 200, TYPE_JSON, "\"x\"", NULL},
        {NOBODY, "GET", "/graphql?query=%7Bhello%7D&variables=%7B", "", "", 400, TYPE_JSON, "BAD_USER_INPUT", NULL},
        {NOBODY, "GET", "/graphql?query=%7Bhello%7D&variables=%5B%5D", "", "", 400, TYPE_JSON, "BAD_USER_INPUT", NULL},
        {NOBODY, "GET", "/graphql?query=%7Bhello%7D&query=%7Bhello%7D", "", "", 400, TYPE_JSON, "BAD_USER_INPUT", NULL},
        {NOBODY, "GET", "/graphql?query=%ff", "", "", 400, TYPE_JSON, "errors", NULL},
        {NOBODY, "GET", "/graphql?query=%7Bhello%7D&other=1", "", "", 200, TYPE_JSON, "\"data\"", NULL},
        {NOBODY, "GET", "/graphql", "", "", 400, TYPE_JSON, "query", NULL},
        {NOBODY, "GET", "/graphql?query=", ACCEPT_NEW, "", 400, TYPE_NEW, "query", NULL},
        {NOBODY, "GET", "/graphql?query=mutation%7Btouch%7D", "", "", 405, TYPE_JSON, "METHOD_NOT_ALLOWED", NULL},
        {NOBODY, "GET", "/graphql?query=mutation%7Btouch%7D", ACCEPT_NEW, "", 405, TYPE_NEW, "METHOD_NOT_ALLOWED", NULL},
        {KEY, "HEAD", "/graphql?query=mutation%7Btouch%7D", "", "", 405, TYPE_JSON, NULL, NULL},
        {NOBODY, "GET", "/api/gql?query=mutation%7Btouch%7D", "", "", 405, TYPE_JSON, "METHOD_NOT_ALLOWED", NULL},
        {NOBODY, "GET", "/graphql?query=query+A%7Bhello%7Dmutation+B%7Btouch%7D&operationName=A", "", "", 200, TYPE_JSON, "\"data\"", NULL},
        {NOBODY, "GET", "/graphql?query=query+A%7Bhello%7Dmutation+B%7Btouch%7D&operationName=B", "", "", 405, TYPE_JSON, NULL, NULL},
        {NOBODY, "GET", "/graphql", "Accept: text/html, */*;q=0.8\n", "", 200, "text/html; charset=utf-8", "<title>", NULL},
        {NOBODY, "GET", "/graphql?query=%7Bhello%7D", "Accept: text/html, */*;q=0.8\n", "", 200, TYPE_JSON, "\"data\"", NULL},
        {NOBODY, "GET", "/graphql?query=%7Bhello%7D", "Accept: text/html\n", "", 406, TYPE_JSON, NULL, NULL},
        {NOBODY, "GET", "/api/gql", "Accept: text/html, */*;q=0.8\n", "", 400, TYPE_JSON, NULL, NULL},
        {NOBODY, "GET", "/graphql/-/page.js", "", "", 200, "text/javascript; charset=utf-8", NULL, NULL},
        {NOBODY, "GET", "/graphql/-/page.css", "", "", 200, "text/css; charset=utf-8", NULL, NULL},
        {NOBODY, "GET", "/graphql/schema.graphql", "", "", 200, "text/plain; charset=utf-8", "type Query {", "secret"},
    };
    struct parlour b;
    (void)state;
    parlour_open(&b, &parlour_usual);
    (void)parlour_touched();
    parlour_rows(&b, rows, COUNTOF(rows));
    CHECK_INT(parlour_touched(), 0);
    parlour_close(&b);
}

static void pages_of_other_sites_are_refused(void **state)
{
#define PARTS                                                                                                                  \
    "--a\r\nContent-Disposition: form-data; name=\"operations\"\r\n\r\n{\"query\":\"mutation($f:Upload!){take(file:$f)}\",\"variables\":{\"f\":null}}\r\n" \
    "--a\r\nContent-Disposition: form-data; name=\"map\"\r\n\r\n{\"0\":[\"variables.f\"]}\r\n"                                \
    "--a\r\nContent-Disposition: form-data; name=\"0\"; filename=\"a.txt\"\r\n\r\nabc\r\n--a--"
    static const struct talk rows[] = {
        {COOKIE, "GET", "/graphql?query=%7Bhello%7D", "", "", 403, TYPE_JSON, "FORBIDDEN", NULL},
        {COOKIE, "GET", "/api/gql?query=%7Bhello%7D", "", "", 403, TYPE_JSON, "FORBIDDEN", NULL},
        {COOKIE, "GET", "/graphql/some", "", "", 403, TYPE_JSON, "FORBIDDEN", NULL},
        {COOKIE, "GET", "/graphql?query=%7Bhello%7D", "GraphQL-Preflight: 1\n", "", 200, TYPE_JSON, "\"data\"", NULL},
        {COOKIE, "GET", "/graphql?query=%7Bhello%7D", "X-Requested-With: XMLHttpRequest\n", "", 200, TYPE_JSON, "\"data\"", NULL},
        {COOKIE, "GET", "/graphql?query=%7Bhello%7D", "Apollo-Require-Preflight: true\n", "", 200, TYPE_JSON, "\"data\"", NULL},
        {COOKIE, "GET", "/graphql?query=%7Bhello%7D", "GraphQL-Preflight: 1\nSec-Fetch-Site: cross-site\n", "", 403, TYPE_JSON, NULL, NULL},
        {COOKIE, "GET", "/graphql?query=%7Bhello%7D", "GraphQL-Preflight: 1\nSec-Fetch-Site: same-site\n", "", 403, TYPE_JSON, NULL, NULL},
        {COOKIE, "GET", "/graphql", "Accept: text/html\n", "", 200, "text/html; charset=utf-8", NULL, NULL},
        {COOKIE, "POST", "/graphql", JSON, "{\"query\":\"mutation{touch}\"}", 403, TYPE_JSON, "FORBIDDEN", NULL},
        {COOKIE, "POST", "/graphql", JSON, "{\"query\":\"{hello}\"}", 403, TYPE_JSON, "FORBIDDEN", NULL},
        {COOKIE_CSRF, "POST", "/graphql", JSON, "{\"query\":\"mutation{touch}\"}", 200, TYPE_JSON, "\"data\"", NULL},
        {COOKIE_CSRF, "POST", "/graphql", "Content-Type: text/plain\n", "{\"query\":\"mutation{touch}\"}", 403, TYPE_JSON, NULL, NULL},
        {COOKIE_CSRF, "POST", "/api/gql", FORM, "query=mutation{touch}", 403, TYPE_JSON, NULL, NULL},
        {COOKIE_CSRF, "POST", "/graphql", MULTI, PARTS, 403, TYPE_JSON, NULL, NULL},
        {KEY, "GET", "/graphql?query=%7Bhello%7D", "", "", 200, TYPE_JSON, "\"data\"", NULL},
        {KEY, "POST", "/api/gql", FORM, "query=%7Bhello%7D", 200, TYPE_JSON, "\"data\"", NULL},
        {KEY, "POST", "/api/gql", FORM, "query=%7Bhello%7D&variables=%7B", 400, TYPE_JSON, NULL, NULL},
        {NOBODY, "POST", "/api/gql", FORM, "query=%7Bhello%7D", 403, TYPE_JSON, NULL, NULL},
        {NOBODY, "POST", "/api/gql", FORM "GraphQL-Preflight: 1\n", "query=%7Bhello%7D", 200, TYPE_JSON, "\"data\"", NULL},
        {KEY, "POST", "/graphql", FORM, "query=%7Bhello%7D", 415, TYPE_JSON, NULL, NULL},
        {NOBODY, "POST", "/graphql", MULTI, PARTS, 403, TYPE_JSON, "FORBIDDEN", NULL},
        {KEY, "POST", "/graphql", MULTI, PARTS, 200, TYPE_JSON, "{\"data\":{\"take\":\"a.txt: abc\"}}", NULL},
        {NOBODY, "POST", "/graphql", MULTI "GraphQL-Preflight: 1\n", PARTS, 200, TYPE_JSON, "a.txt: abc", NULL},
        {NOBODY, "POST", "/graphql", JSON "api-key: vtr_s_wrong\n", "{\"query\":\"{hello}\"}", 401, TYPE_JSON, "UNAUTHENTICATED", NULL},
        {NOBODY, "POST", "/graphql", JSON ACCEPT_NEW "api-key: vtr_s_wrong\n", "{\"query\":\"{hello}\"}", 401, TYPE_NEW, "UNAUTHENTICATED", NULL},
    };
    struct graphql_options o = parlour_usual;
    struct parlour b;
    (void)state;
    o.uploads = true;
    parlour_open(&b, &o);
    parlour_rows(&b, rows, COUNTOF(rows));
    parlour_close(&b);
}

static void the_draft_has_finer_statuses(void **state)
{
    static const struct talk rows[] = {
        {NOBODY, "POST", "/graphql", JSON ACCEPT_NEW, "{\"query\":\"{hello}\"}", 200, TYPE_NEW, NULL, NULL},
        {NOBODY, "POST", "/graphql", JSON, "{\"query\":\"{hello}\"}", 200, TYPE_JSON, NULL, NULL},
        {NOBODY, "POST", "/graphql", JSON, "{\"query\":\"{hello denied}\"}", 200, TYPE_JSON, NULL, NULL},
        {NOBODY, "POST", "/graphql", JSON, "{\"query\":", 400, TYPE_NEW, NULL, NULL},
        {NOBODY, "POST", "/graphql", JSON, "{}", 422, TYPE_NEW, NULL, NULL},
        {NOBODY, "POST", "/graphql", JSON, "{\"query\":\"{\"}", 400, TYPE_NEW, NULL, NULL},
        {NOBODY, "POST", "/graphql", JSON ACCEPT_NEW, "{\"query\":\"{nothing}\"}", 422, TYPE_NEW, NULL, NULL},
        {NOBODY, "POST", "/graphql", JSON, "{\"query\":\"{nothing}\"}", 422, TYPE_NEW, NULL, NULL},
        {NOBODY, "POST", "/graphql", JSON, "{\"query\":\"query($n:String!){hello(name:$n)}\"}", 422, TYPE_NEW, NULL, NULL},
        {NOBODY, "POST", "/graphql", JSON, "{\"query\":\"{dear a:dear}\"}", 422, TYPE_NEW, NULL, NULL},
    };
    struct graphql_options o = parlour_usual;
    struct parlour b;
    (void)state;
    o.statuses = STATUSES_DRAFT_2026;
    parlour_open(&b, &o);
    parlour_rows(&b, rows, COUNTOF(rows));
    struct arena *a = arena_open(4096);
    struct fake_exchange *f = parlour_ask(&b, a, "POST", "/graphql", JSON ACCEPT_NEW, S("{\"query\":\"{hello denied}\"}"));
    CHECK_INT(f->status, 294);
    CHECK(str_contains(f->answer, S("\"data\"")));
    arena_close(a);
    parlour_close(&b);
}

static void denials_show_in_the_status_where_cockpit_shows_them(void **state)
{
    struct graphql_options o = parlour_usual;
    struct parlour b;
    (void)state;
    parlour_open(&b, &parlour_usual);
    for (unsigned with = 0; with < 2; with++) {
        static const struct {
            const char *target, *body;
            int wanted[2];
        } rows[] = {{"/api/gql", "{\"query\":\"{hello denied}\"}", {200, 412}},
                    {"/api/gql", "{\"query\":\"{hello missing}\"}", {200, 412}},
                    {"/api/gql", "{\"query\":\"{hello}\"}", {200, 200}},
                    {"/graphql", "{\"query\":\"{hello denied}\"}", {200, 200}}};
        o.cockpit_statuses = with == 1;
        parlour_options(&b, &o);
        for (size_t i = 0; i < COUNTOF(rows); i++) {
            struct arena *a = arena_open(4096);
            CHECK_AT(i);
            CHECK_INT(parlour_ask(&b, a, "POST", rows[i].target, JSON, str_of(rows[i].body))->status, rows[i].wanted[with]);
            arena_close(a);
        }
    }
    parlour_close(&b);
}

static void schemas_are_told_to_whom_they_may_be(void **state)
{
    static const struct talk rows[] = {
        {NOBODY, "POST", "/graphql", JSON ACCEPT_NEW, "{\"query\":\"{__schema{queryType{name}}}\"}", 400, TYPE_NEW, "errors", "Query\""},
        {NOBODY, "POST", "/graphql", JSON ACCEPT_NEW, "{\"query\":\"{__typename}\"}", 200, TYPE_NEW, "Query", NULL},
        {KEY, "POST", "/graphql", JSON ACCEPT_NEW, "{\"query\":\"{__schema{queryType{name}}}\"}", 200, TYPE_NEW, "Query", NULL},
        {NOBODY, "POST", "/graphql", JSON ACCEPT_NEW, "{\"query\":\"{hallo}\"}", 400, TYPE_NEW, "hallo", "hello"},
        {KEY, "POST", "/graphql", JSON ACCEPT_NEW, "{\"query\":\"{hallo}\"}", 400, TYPE_NEW, "Did you mean \\\"hello\\\"", NULL},
        {NOBODY, "GET", "/graphql/schema.graphql", "", "", 401, TYPE_JSON, "UNAUTHENTICATED", "type"},
        {KEY, "GET", "/graphql/schema.graphql", "", "", 200, "text/plain; charset=utf-8", "type Query", NULL},
    };
    struct graphql_options o = parlour_usual;
    struct parlour b;
    (void)state;
    o.public_introspection = false;
    parlour_open(&b, &o);
    parlour_rows(&b, rows, COUNTOF(rows));
    parlour_close(&b);
}

CHECK_MAIN(TEST(requests_have_media_types_and_statuses), TEST(get_asks_and_changes_nothing), TEST(pages_of_other_sites_are_refused), TEST(the_draft_has_finer_statuses), TEST(denials_show_in_the_status_where_cockpit_shows_them), TEST(schemas_are_told_to_whom_they_may_be))
