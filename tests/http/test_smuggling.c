/* What must never be understood in two ways (security 1.1, 1.2). Each request is followed by a
 * second one that a lenient server would answer: after a refusal there is one answer and then the
 * end. */
#include "tests/http/wire.h"
#include "tests/support/check.h"

static struct wire_server server;

#define SECOND "GET /second HTTP/1.1\r\nHost: a\r\n\r\n"

static int ask_once(const char *text, size_t len, struct wire_answer *a)
{
    static struct wire w;
    int status = -1;
    NEED(wire_connect(&w, &server, 0));
    wire_send_bytes(&w, text, len);
    if (wire_answer(&w, "GET", a)) {
        status = a->status;
        char value[256];
        CHECK_STR(str_of(wire_header(a, "Connection", value)), S("close"));
        CHECK_STR(str_of(wire_header(a, "Content-Type", value)), S("application/problem+json"));
        CHECK_INT(wire_header_count(a, "X-Request-Id"), 1);
        wire_half_close(&w);
        CHECK(wire_ends(&w));
    }
    wire_close(&w);
    return status;
}

/* clang-format off */
static const struct {
    int status;
    str text;
} ambiguous[] = {
#define HEADS(status, head) {status, STR(head "\r\n" SECOND)},
    /* two lengths */
    HEADS(400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n")
    HEADS(400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n")
    HEADS(400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 36\r\n")
    HEADS(400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 0\r\n")
    HEADS(400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0, 0\r\n")
    HEADS(400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n")
    HEADS(400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n")
    HEADS(400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n")
    HEADS(400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n")
    HEADS(400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked,\r\n")
    HEADS(400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n")
    HEADS(400, "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n")
    /* lengths that are no lengths */
    HEADS(400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\nabc")
    HEADS(400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -3\r\n\r\nabc")
    HEADS(400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3x\r\n\r\nabc")
    HEADS(400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x3\r\n\r\nabc")
    HEADS(400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3 4\r\n\r\nabc")
    HEADS(400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3;4\r\n\r\nabc")
    HEADS(400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n")
    HEADS(400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000000000\r\n")
    HEADS(400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n")
    HEADS(400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: abc\r\n")
    /* names */
    HEADS(400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length : 3\r\n\r\nabc")
    HEADS(400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length\t: 3\r\n\r\nabc")
    HEADS(400, "GET / HTTP/1.1\r\nHost : a\r\n")
    HEADS(400, "GET / HTTP/1.1\r\nHost: a\r\n: b\r\n")
    HEADS(400, "GET / HTTP/1.1\r\nHost: a\r\nX(y): b\r\n")
    HEADS(400, "GET / HTTP/1.1\r\nHost: a\r\nXy\r\n")
    HEADS(400, "GET / HTTP/1.1\r\nHost: a\r\nX\x80y: b\r\n")
    HEADS(400, "GET / HTTP/1.1\r\nHost: a\r\nX\0y: b\r\n")
    /* lines */
    HEADS(400, "GET / HTTP/1.1\nHost: a\r\n")
    HEADS(400, "GET / HTTP/1.1\r\nHost: a\n\r\n")
    HEADS(400, "GET / HTTP/1.1\nHost: a\n\n")
    HEADS(400, "GET / HTTP/1.1\r\nHost: a\r\nX: b\n\r\n")
    HEADS(400, "GET / HTTP/1.1\r\nHost: a\r\n\n")
    HEADS(400, "GET / HTTP/1.1\r\nHost: a\r\nX: b\rY: c\r\n")
    HEADS(400, "GET / HTTP/1.1\r\nHost: a\r\nX: b\r\r\n")
    HEADS(400, "GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n")
    HEADS(400, "GET / HTTP/1.1\r\n Host: a\r\n")
    HEADS(400, "GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n\tContent-Length: 10\r\n")
    HEADS(400, "GET / HTTP/1.1\r\nHost: a\r\nX: b\0c\r\n")
    HEADS(400, "GET / HTTP/1.1\r\nHost: a\r\nX: b\x01""c\r\n")
    HEADS(400, "GET / HTTP/1.1\r\nHost: a\r\nX: b\x7f""c\r\n")
    HEADS(400, "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n")
    /* Host */
    HEADS(400, "GET / HTTP/1.1\r\n")
    HEADS(400, "GET / HTTP/1.1\r\nX: a\r\n")
    HEADS(400, "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n")
    HEADS(400, "GET / HTTP/1.1\r\nHost: a\r\nhOST: b\r\n")
    HEADS(400, "GET / HTTP/1.1\r\nHost:\r\n")
    HEADS(400, "GET / HTTP/1.1\r\nHost: a b\r\n")
    HEADS(400, "GET / HTTP/1.1\r\nHost: u@a\r\n")
    HEADS(400, "GET / HTTP/1.1\r\nHost: a:80:80\r\n")
    HEADS(400, "GET / HTTP/1.1\r\nHost: a:\r\n")
    HEADS(400, "GET / HTTP/1.1\r\nHost: a:99999\r\n")
    HEADS(400, "GET / HTTP/1.1\r\nHost: [::1\r\n")
    HEADS(400, "GET / HTTP/1.1\r\nHost: a/b\r\n")
    /* request line */
    HEADS(400, "GET /\r\nHost: a\r\n")
    HEADS(400, "GET  / HTTP/1.1\r\nHost: a\r\n")
    HEADS(400, "GET /  HTTP/1.1\r\nHost: a\r\n")
    HEADS(400, "GET\t/ HTTP/1.1\r\nHost: a\r\n")
    HEADS(400, "GET / HTTP/1.1 \r\nHost: a\r\n")
    HEADS(400, "GET / a HTTP/1.1\r\nHost: a\r\n")
    HEADS(400, "GET / http/1.1\r\nHost: a\r\n")
    HEADS(400, "GET / HTTP/1.10\r\nHost: a\r\n")
    HEADS(400, "GET / HTTP/11\r\nHost: a\r\n")
    HEADS(505, "GET / HTTP/1.2\r\nHost: a\r\n")
    HEADS(505, "GET / HTTP/2.0\r\nHost: a\r\n")
    HEADS(505, "GET / HTTP/0.9\r\nHost: a\r\n")
    HEADS(505, "PRI * HTTP/2.0\r\n\r\nSM\r\n")
    HEADS(501, "QUERY / HTTP/1.1\r\nHost: a\r\n")
    HEADS(501, "TRACE / HTTP/1.1\r\nHost: a\r\n")
    HEADS(501, "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n")
    HEADS(501, "PROPFIND / HTTP/1.1\r\nHost: a\r\n")
    HEADS(501, "get / HTTP/1.1\r\nHost: a\r\n")
    HEADS(400, "G[T / HTTP/1.1\r\nHost: a\r\n")
    HEADS(400, "GET / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n")
    /* target */
    HEADS(400, "GET * HTTP/1.1\r\nHost: a\r\n")
    HEADS(400, "GET a HTTP/1.1\r\nHost: a\r\n")
    HEADS(400, "GET ?a HTTP/1.1\r\nHost: a\r\n")
    HEADS(400, "GET http://b/ HTTP/1.1\r\nHost: a\r\n")
    HEADS(400, "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n")
    HEADS(400, "GET /a#b HTTP/1.1\r\nHost: a\r\n")
    HEADS(400, "GET /\x80 HTTP/1.1\r\nHost: a\r\n")
    HEADS(400, "GET /?\xc3\xa4 HTTP/1.1\r\nHost: a\r\n")
    HEADS(400, "GET /a\\b HTTP/1.1\r\nHost: a\r\n")
    HEADS(400, "GET /api%00x HTTP/1.1\r\nHost: a\r\n")
    HEADS(400, "GET /a%2Fb HTTP/1.1\r\nHost: a\r\n")
    HEADS(400, "GET /a%2fb HTTP/1.1\r\nHost: a\r\n")
    HEADS(400, "GET /a%5cb HTTP/1.1\r\nHost: a\r\n")
    HEADS(400, "GET /a%0d%0ab HTTP/1.1\r\nHost: a\r\n")
    HEADS(400, "GET /a%7f HTTP/1.1\r\nHost: a\r\n")
    HEADS(400, "GET /a%ff HTTP/1.1\r\nHost: a\r\n")
    HEADS(400, "GET /a% HTTP/1.1\r\nHost: a\r\n")
    HEADS(400, "GET /a%4 HTTP/1.1\r\nHost: a\r\n")
    HEADS(400, "GET /a%4x HTTP/1.1\r\nHost: a\r\n")
    HEADS(400, "GET /a%u0041 HTTP/1.1\r\nHost: a\r\n")
    HEADS(400, "GET //a HTTP/1.1\r\nHost: a\r\n")
    HEADS(400, "GET /a//b HTTP/1.1\r\nHost: a\r\n")
    HEADS(400, "GET /a// HTTP/1.1\r\nHost: a\r\n")
    HEADS(400, "GET /./a HTTP/1.1\r\nHost: a\r\n")
    HEADS(400, "GET /a/../b HTTP/1.1\r\nHost: a\r\n")
    HEADS(400, "GET /a/.. HTTP/1.1\r\nHost: a\r\n")
    HEADS(400, "GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: a\r\n")
    HEADS(400, "GET /a/.%2E/b HTTP/1.1\r\nHost: a\r\n")
    HEADS(400, "GET /%2e HTTP/1.1\r\nHost: a\r\n")
    /* not HTTP at all */
    HEADS(400, "\x16\x03\x01\x02\x01\x01\r\n")
    HEADS(400, "{\"jsonrpc\":\"2.0\"}\r\n")
#undef HEADS
};
/* clang-format on */

static void every_ambiguous_head_is_refused_and_the_connection_closed(void **state)
{
    struct wire_answer a;
    (void)state;
    for (size_t i = 0; i < COUNTOF(ambiguous); i++) {
        CHECK_AT(i);
        int status = ask_once(ambiguous[i].text.at, ambiguous[i].text.len, &a);
        if (status != ambiguous[i].status)
            CHECK_SAY("%d instead of %d for\n" STR_FMT, status, ambiguous[i].status,
                      STR_ARG(ambiguous[i].text));
    }
}

static void what_is_in_order_is_served(void **state)
{
    static const struct {
        const char *text, *answer;
    } cases[] = {
        {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET /? "},
        {"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET /? "},
        {"GET / HTTP/1.0\r\n\r\n", "GET /? "},
        {"GET / HTTP/1.1\r\nHost:a.example:8080\r\n\r\n", "GET /? "},
        {"GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n", "GET /? "},
        {"GET / HTTP/1.1\r\nHost: my_host-1\r\nX: \ta\tb \r\nY:\r\nZ: \xc3\xa4\r\n\r\n", "GET /? "},
        {"GET http://A:80/x?y HTTP/1.1\r\nHost: a:80\r\n\r\n", "GET /x?y "},
        {"GET https://a HTTP/1.1\r\nHost: a\r\n\r\n", "GET /? "},
        {"GET /a/b/?a=%zz&b={\"c\":[1]} HTTP/1.1\r\nHost: a\r\n\r\n",
         "GET /a/b/?a=%zz&b={\"c\":[1]} "},
        {"GET /a%20b/%C3%BC/.../a;b=c HTTP/1.1\r\nHost: a\r\n\r\n",
         "GET /a b/\xc3\xbc/.../a;b=c? "},
        {"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS *? "},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", "POST /? abc"},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 000000000000003\r\n\r\nabc", "POST /? abc"},
        {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
         "Chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n",
         "POST /? abc"},
        {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\nX: "
         "y\r\n\r\n",
         "POST /? abc"},
    };
    static struct wire w;
    struct wire_answer a;
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        NEED(wire_connect(&w, &server, 0));
        CHECK(wire_send(&w, cases[i].text));
        CHECK(wire_answer(&w, "GET", &a));
        CHECK_INT(a.status, 200);
        if (a.body != NULL)
            CHECK_STR(str_of(a.body), str_of(cases[i].answer));
        wire_close(&w);
    }
}

/* Heads built of a number of equal parts. */
static int ask_big(const char *before, char fill, size_t count, const char *after)
{
    struct wire_answer a;
    size_t b = strlen(before), e = strlen(after);
    char *text = malloc(b + count + e + sizeof SECOND);
    NEED(text != NULL);
    memcpy(text, before, b);
    memset(text + b, fill, count);
    memcpy(text + b + count, after, e);
    memcpy(text + b + count + e, SECOND, sizeof SECOND);
    int status = ask_once(text, b + count + e + sizeof SECOND - 1, &a);
    free(text);
    return status;
}

static int ask_headers(unsigned count, const char *last, struct wire_answer *a)
{
    char text[4096] = "POST / HTTP/1.1\r\nHost: a\r\n";
    size_t len = strlen(text);
    for (unsigned i = 1; i < count; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "X-%u: y\r\n", i);
    len += (size_t)snprintf(text + len, sizeof text - len, "%s\r\n" SECOND, last);
    return ask_once(text, len, a);
}

static void sizes_have_limits(void **state)
{
    struct wire_answer a;
    static struct wire w;
    (void)state;
    CHECK_INT(ask_big("GET /", 'a', 8191, " HTTP/1.1\r\nHost: a\r\nBad\r\n\r\n"), 400);
    CHECK_INT(ask_big("GET /", 'a', 8192, " HTTP/1.1\r\nHost: a\r\n\r\n"), 414);
    CHECK_INT(ask_big("GET /", 'a', 20000, " HTTP/1.1\r\nHost: a\r\n\r\n"), 414);
    CHECK_INT(ask_big("GET /", 'a', 100000, " HTTP/1.1\r\nHost: a\r\n\r\n"), 414);
    CHECK_INT(ask_big("GET / HTTP/1.1\r\nHost: a\r\nX: ", 'a', 17000, "\r\n\r\n"), 431);
    CHECK_INT(ask_big("GET / HTTP/1.1\r\nHost: a\r\nX: ", 'a', 100000, "\r\n\r\n"), 431);
    /* A header behind the 64th used to be dropped, and the body behind it taken for a request. */
    CHECK_INT(ask_headers(61, "", &a), 431);
    CHECK_INT(ask_headers(64, "Content-Length: 36\r\n", &a), 431);
    CHECK_INT(ask_headers(65, "Content-Length: 36\r\n", &a), 431);

    char text[4096] = "GET / HTTP/1.1\r\nHost: a\r\n";
    size_t len = strlen(text);
    for (unsigned i = 1; i < 60; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "X-%u: y\r\n", i);
    snprintf(text + len, sizeof text - len, "\r\n");
    NEED(wire_connect(&w, &server, 0));
    CHECK(wire_send(&w, text));
    CHECK(wire_answer(&w, "GET", &a) && a.status == 200);
    wire_close(&w);
}

static void broken_chunks_are_refused(void **state)
{
    static const struct {
        int status;
        const char *chunks;
    } cases[] = {
        {400, "ZZ\r\nabc\r\n0\r\n\r\n"},
        {400, "-1\r\nabc\r\n0\r\n\r\n"},
        {400, "\r\nabc\r\n0\r\n\r\n"},
        {400, " 3\r\nabc\r\n0\r\n\r\n"},
        {400, "3 \r\nabc\r\n0\r\n\r\n"},
        {400, "0x3\r\nabc\r\n0\r\n\r\n"},
        {400, "+3\r\nabc\r\n0\r\n\r\n"},
        {400, "3\nabc\r\n0\r\n\r\n"},
        {400, "3\r\nabc\n0\r\n\r\n"},
        {400, "3\r\nabcd\r\n0\r\n\r\n"},
        {400, "3\r\nab\r\n0\r\n\r\n"},
        {400, "3\r3\r\nabc\r\n0\r\n\r\n"},
        {400, "FFFFFFFFFFFFFFFFF\r\nabc\r\n0\r\n\r\n"},
        {400, "000000003\r\nabc\r\n0\r\n\r\n"},
        {400, "3;"
              "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n"
              "abc\r\n0\r\n\r\n"},
        {400, "3;a\nb\r\nabc\r\n0\r\n\r\n"},
        {400, "3\r\nabc\r\n0\r\nX: y\n\r\n"},
        {400, "3\r\nabc\r\n0\r\n\rX\r\n"},
        {413, "FFFFFFFF\r\nabc"},
    };
    static struct wire w;
    struct wire_answer a;
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        NEED(wire_connect(&w, &server, 0));
        CHECK(wire_send(
            &w, i + 1 == COUNTOF(cases)
                    ? "POST /small HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                    : "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"));
        wire_send(&w, cases[i].chunks);
        if (cases[i].status == 413)
            wire_send(&w, "aaaaaaaaaa");
        wire_send(&w, SECOND);
        CHECK(wire_answer(&w, "POST", &a));
        CHECK_INT(a.status, cases[i].status);
        wire_half_close(&w);
        CHECK(wire_ends(&w));
        wire_close(&w);
    }
}

static int start(void **state)
{
    (void)state;
    wire_serve(&server, NULL);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    return wire_stop(&server, 5000) ? 0 : 1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_ambiguous_head_is_refused_and_the_connection_closed),
        TEST(what_is_in_order_is_served),
        TEST(sizes_have_limits),
        TEST(broken_chunks_are_refused),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
