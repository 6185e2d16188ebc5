/* The life of a connection: keeping it, ending it, bodies, slowness, stopping. */
#include "base/limits.h"
#include "base/time.h"
#include "tests/http/wire.h"
#include "tests/support/check.h"

#include <poll.h>
#include <pthread.h>
#include <unistd.h>

static struct wire_server server;
static struct wire one, two;
static struct wire_answer a;
static char value[256];

static bool ask(struct wire *w, const char *text)
{
    return wire_send(w, text) && wire_answer(w, "GET", &a);
}

static void a_connection_serves_many_requests(void **state)
{
    (void)state;
    NEED(wire_connect(&one, &server, 0));
    for (int i = 0; i < 5; i++) {
        CHECK(ask(&one, "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi"));
        CHECK_INT(a.status, 200);
        CHECK_STR(str_of(a.body), S("POST /x? hi"));
        CHECK_INT(wire_header_count(&a, "Connection"), 0);
        CHECK_INT(wire_header_count(&a, "Date"), 1);
        CHECK_INT(wire_header_count(&a, "Content-Type"), 1);
        CHECK_STR(str_of(wire_header(&a, "X-Standing", value)), S("yes"));
        CHECK_STR(str_of(wire_header(&a, "Cache-Control", value)), S("no-store"));
        CHECK_INT(strlen(wire_header(&a, "X-Request-Id", value)), 26);
    }
    wire_close(&one);
}

static void pipelined_requests_are_answered_in_order(void **state)
{
    (void)state;
    NEED(wire_connect(&one, &server, 0));
    CHECK(wire_send(
        &one,
        "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n"
        "POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
        "POST /3 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ndef\r\n0\r\n\r\n"
        "POST /ignore HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
        "GET /5 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
    static const char *const bodies[] = {"GET /1? ", "POST /2? abc", "POST /3? def", "ignored",
                                         "GET /5? "};
    for (size_t i = 0; i < COUNTOF(bodies); i++) {
        CHECK_AT(i);
        CHECK(wire_answer(&one, "GET", &a));
        CHECK_STR(str_of(a.body), str_of(bodies[i]));
    }
    CHECK_STR(str_of(wire_header(&a, "Connection", value)), S("close"));
    CHECK(wire_ends(&one));
    wire_close(&one);
}

static void the_wish_to_close_is_respected(void **state)
{
    static const struct {
        const char *text;
        bool keep;
    } cases[] = {
        {"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", false},
        {"GET / HTTP/1.1\r\nHost: a\r\nConnection: X, Close\r\n\r\n", false},
        {"GET / HTTP/1.1\r\nHost: a\r\nConnection: Keep-Alive\r\n\r\n", true},
        {"GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n", true},
        {"GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\nConnection: close\r\n\r\n", false},
        {"GET / HTTP/1.0\r\nHost: a\r\n\r\n", false},
        {"GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n", true},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        NEED(wire_connect(&one, &server, 0));
        CHECK(ask(&one, cases[i].text));
        CHECK_INT(a.status, 200);
        CHECK_INT(strcmp(wire_header(&a, "Connection", value), "close") != 0, cases[i].keep);
        if (cases[i].keep)
            CHECK(ask(&one, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
        else
            CHECK(wire_ends(&one));
        wire_close(&one);
    }
}

static void head_and_bodiless_answers_have_no_body(void **state)
{
    (void)state;
    NEED(wire_connect(&one, &server, 0));
    CHECK(wire_send(&one,
                    "HEAD /x HTTP/1.1\r\nHost: a\r\n\r\nHEAD /pieces HTTP/1.1\r\nHost: a\r\n\r\n"));
    CHECK(wire_answer(&one, "HEAD", &a));
    CHECK_STR(str_of(wire_header(&a, "Content-Length", value)), S("9"));
    CHECK(wire_answer(&one, "HEAD", &a));
    CHECK_STR(str_of(wire_header(&a, "Transfer-Encoding", value)), S("chunked"));
    CHECK(ask(&one, "GET /y HTTP/1.1\r\nHost: a\r\n\r\n"));
    CHECK_STR(str_of(a.body), S("GET /y? "));
    wire_close(&one);
}

static void a_body_is_asked_for_when_it_is_wanted(void **state)
{
    (void)state;
    NEED(wire_connect(&one, &server, 0));
    CHECK(ask(&one,
              "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"));
    CHECK_INT(a.status, 100);
    CHECK(ask(&one, "hi"));
    CHECK_STR(str_of(a.body), S("POST /? hi"));
    /* Nobody wants it: the answer at once, and the end, since nothing says whether a body follows.
     */
    CHECK(ask(
        &one,
        "POST /ignore HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 2\r\n\r\n"));
    CHECK_INT(a.status, 200);
    CHECK_STR(str_of(wire_header(&a, "Connection", value)), S("close"));
    wire_half_close(&one);
    CHECK(wire_ends(&one));
    wire_close(&one);
    /* Too large is known before it is sent. */
    NEED(wire_connect(&one, &server, 0));
    CHECK(ask(
        &one,
        "POST /small HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 11\r\n\r\n"));
    CHECK_INT(a.status, 413);
    wire_close(&one);
}

static void an_unread_body_never_becomes_a_request(void **state)
{
    static const char *const cases[] = {
        "POST /ignore HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nGET /second "
        "HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST /ignore HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n24\r\nGET /second "
        "HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 36\r\n\r\nGET /second "
        "HTTP/1.1\r\nHost: a\r\n\r\n....",
        "POST /mute HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nGET /second "
        "HTTP/1.1\r\nHost: a\r\n\r\n",
    };
    static const int status[] = {200, 200, 413, 500};
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        NEED(wire_connect(&one, &server, 0));
        CHECK(ask(&one, cases[i]));
        CHECK_INT(a.status, status[i]);
        CHECK_STR(str_of(wire_header(&a, "Connection", value)), S("close"));
        wire_half_close(&one);
        CHECK(wire_ends(&one));
        wire_close(&one);
    }
}

static void a_refused_upload_still_gets_its_answer(void **state)
{
    static char chunk[64 << 10];
    (void)state;
    NEED(wire_connect(&one, &server, 0));
    CHECK(wire_send(&one, "POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n"));
    for (int i = 0; i < 3; i++)
        wire_send_bytes(&one, chunk, sizeof chunk);
    CHECK(wire_answer(&one, "POST", &a));
    CHECK_INT(a.status, 413);
    wire_close(&one);
}

static void a_body_cut_short_is_an_error(void **state)
{
    (void)state;
    NEED(wire_connect(&one, &server, 0));
    CHECK(wire_send(&one, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc"));
    wire_half_close(&one);
    CHECK(wire_answer(&one, "POST", &a));
    CHECK_INT(a.status, 400);
    CHECK(wire_ends(&one));
    wire_close(&one);
    NEED(wire_connect(&one, &server, 0));
    CHECK(wire_send(&one, "GET / HTTP/1.1\r\nHo"));
    wire_half_close(&one);
    CHECK(wire_ends(&one));
    wire_close(&one);
}

static void large_bodies_and_answers_pass_whole(void **state)
{
    size_t size = LIMIT_BODY_BYTES;
    char *text = malloc(size + 1);
    (void)state;
    NEED(text != NULL);
    for (size_t i = 0; i < size; i++)
        text[i] = (char)('a' + i % 23);
    text[size] = 0;
    NEED(wire_connect(&one, &server, 0));
    char head[128];
    snprintf(head, sizeof head, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n\r\n", size);
    CHECK(wire_send(&one, head) && wire_send_bytes(&one, text, size) &&
          wire_answer(&one, "POST", &a));
    CHECK_INT(a.body_bytes, size + 8);
    CHECK(a.body_bytes == size + 8 && memcmp(a.body + 8, text, size) == 0);

    CHECK(wire_send(&one, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"));
    for (size_t at = 0; at < size;) {
        size_t n = 1 + at % 9999;
        n = n > size - at ? size - at : n;
        snprintf(head, sizeof head, "%zX\r\n", n);
        CHECK(wire_send(&one, head) && wire_send_bytes(&one, text + at, n) &&
              wire_send(&one, "\r\n"));
        at += n;
    }
    CHECK(wire_send(&one, "0\r\n\r\n") && wire_answer(&one, "POST", &a));
    CHECK(a.body_bytes == size + 8 && memcmp(a.body + 8, text, size) == 0);
    CHECK(wire_send(
        &one,
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n100000\r\n"));
    CHECK(wire_send_bytes(&one, text, size) && wire_answer(&one, "POST", &a));
    CHECK_INT(a.status, 413);
    wire_close(&one);
    free(text);

    NEED(wire_connect(&one, &server, 0));
    CHECK(ask(&one, "GET /big HTTP/1.1\r\nHost: a\r\n\r\n"));
    CHECK_INT(a.body_bytes, 2 << 20);
    CHECK(ask(&one, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    wire_close(&one);
}

static void answers_come_in_pieces(void **state)
{
    (void)state;
    NEED(wire_connect(&one, &server, 0));
    CHECK(ask(&one, "GET /pieces HTTP/1.1\r\nHost: a\r\n\r\n"));
    CHECK_STR(str_of(a.body), S("one,two,three"));
    CHECK(ask(&one, "GET /pieces HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n"));
    CHECK_STR(str_of(a.body), S("one,two,three"));
    CHECK_STR(str_of(wire_header(&a, "Connection", value)), S("close"));
    wire_close(&one);
    /* Less than announced: the end comes early, nothing is made up. */
    NEED(wire_connect(&one, &server, 0));
    CHECK(wire_send(&one, "GET /cut HTTP/1.1\r\nHost: a\r\n\r\n"));
    CHECK(!wire_answer(&one, "GET", &a));
    CHECK_INT(a.status, 200);
    wire_close(&one);
}

static void half_sent_heads_do_not_hold_up_others(void **state)
{
    static struct wire slow[7];
    (void)state;
    for (size_t i = 0; i < COUNTOF(slow); i++) {
        NEED(wire_connect(&slow[i], &server, 0));
        CHECK(wire_send(&slow[i], "GET / HTTP/1.1\r\nHost: a\r\nX-Slow"));
    }
    int64_t before = time_mono_us();
    NEED(wire_connect(&one, &server, 0));
    CHECK(ask(&one, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    CHECK(time_mono_us() - before < 3000000);
    wire_close(&one);
    for (size_t i = 0; i < COUNTOF(slow); i++) {
        CHECK(wire_send(&slow[i], ": y\r\n\r\n") && wire_answer(&slow[i], "GET", &a) &&
              a.status == 200);
        wire_close(&slow[i]);
    }
}

/* Sends a byte at a time until an answer comes or nobody wants more. */
static void drip(struct wire *w)
{
    struct pollfd answer = {.fd = w->fd, .events = POLLIN};
    while (poll(&answer, 1, 2) == 0 && wire_send(w, "a")) {
    }
}

static void whoever_stands_still_or_drips_is_cut_off(void **state)
{
    static const struct {
        const char *text;
        bool drips;
        int status;
    } cases[] = {
        {"", false, 0},
        {"GET / HT", false, 408},
        {"GET / HTTP/1.1\r\nHost: a\r\nX: ", true, 408},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nab", false, 408},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nab", true, 408},
        {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1000\r\n", true, 408},
        {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;", false, 408},
    };
    static struct wire_server own;
    (void)state;
    wire_serve(&own, &(struct wire_options){.hurry = 100});
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        NEED(wire_connect(&one, &own, 0));
        CHECK(wire_send(&one, cases[i].text));
        if (cases[i].drips)
            drip(&one);
        if (cases[i].status) {
            CHECK(wire_answer(&one, "GET", &a));
            CHECK_INT(a.status, cases[i].status);
            CHECK_STR(str_of(wire_header(&a, "Connection", value)), S("close"));
        }
        wire_half_close(&one);
        CHECK(wire_ends(&one));
        wire_close(&one);
    }
    /* An idle connection ends without a word. */
    NEED(wire_connect(&one, &own, 0));
    CHECK(ask(&one, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    CHECK(wire_ends(&one));
    wire_close(&one);
    /* Nobody reads: the handler is told. */
    NEED(wire_connect(&one, &own, 0));
    CHECK(wire_send(&one, "GET /endless HTTP/1.1\r\nHost: a\r\n\r\n"));
    wire_await_ended(1);
    wire_close(&one);
    CHECK(wire_stop(&own, 5000));
}

static void an_address_has_a_number_of_connections(void **state)
{
    static struct wire_server own;
    static struct wire three;
    (void)state;
    wire_serve(&own, &(struct wire_options){.per_address = 2});
    NEED(wire_connect(&one, &own, 0) && ask(&one, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    NEED(wire_connect(&two, &own, 0) && ask(&two, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    NEED(wire_connect(&three, &own, 0));
    CHECK(wire_ends(&three));
    wire_close(&three);
    CHECK(ask(&one, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
    CHECK(wire_ends(&one));
    wire_close(&one);
    /* Counted out when its worker is done with it, a moment after we saw the end. */
    bool served = false;
    for (int64_t until = time_mono_us() + 5000000; !served && time_mono_us() < until;) {
        NEED(wire_connect(&one, &own, 0));
        served = ask(&one, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        wire_close(&one);
    }
    CHECK(served);
    wire_close(&two);
    CHECK(wire_stop(&own, 5000));

    wire_serve(&own, &(struct wire_options){.per_address = 1, .trusted = "127.0.0.0/8"});
    NEED(wire_connect(&one, &own, 0) && wire_connect(&two, &own, 0));
    CHECK(ask(&one, "GET / HTTP/1.1\r\nHost: a\r\n\r\n") &&
          ask(&two, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    wire_close(&one);
    wire_close(&two);
    CHECK(wire_stop(&own, 5000));
}

static void only_a_trusted_proxy_may_name_the_client(void **state)
{
    static struct wire_server own;
    (void)state;
    const char *text =
        "GET /peer HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 203.0.113.9, 192.0.2.7\r\n"
        "X-Forwarded-Proto: https\r\nForwarded: for=192.0.2.8\r\nX-Real-IP: 192.0.2.9\r\n\r\n";
    NEED(wire_connect(&one, &server, 0));
    CHECK(ask(&one, text));
    CHECK_STR(str_of(a.body), S("127.0.0.1 plain"));
    wire_close(&one);
    wire_serve(&own, &(struct wire_options){.trusted = "127.0.0.1"});
    NEED(wire_connect(&one, &own, 0));
    CHECK(ask(&one, text));
    CHECK_STR(str_of(a.body), S("192.0.2.7 tls"));
    wire_close(&one);
    CHECK(wire_stop(&own, 5000));
}

static void it_listens_on_every_kind_of_address(void **state)
{
    static struct wire_server own;
    char path[64];
    (void)state;
    /* civetweb would read "1s" as a port with TLS, and a path before an address as a host's name. */
    snprintf(path, sizeof path, "unix:/tmp/vitrine-%d1s.sock", getpid());
    static const char *const is[] = {"unix plain", "127.0.0.1 plain", "::1 plain"};
    wire_serve(&own, &(struct wire_options){.listen = {path, "127.0.0.1:0", "[::1]:0"}});
    for (size_t i = 0; i < COUNTOF(is); i++) {
        CHECK_AT(i);
        NEED(wire_connect(&one, &own, i));
        CHECK(ask(&one, "GET /peer HTTP/1.1\r\nHost: a\r\n\r\n"));
        CHECK_STR(str_of(a.body), str_of(is[i]));
        wire_close(&one);
    }
    /* A taken address is an error that says so. */
    struct civet *c;
    struct problem why = {.arena = own.arena};
    CHECK_ERR(
        civet_start(&(struct civet_options){.listen = &own.listen[1], .listen_count = 1, .threads = 2},
                    &c, &why),
        ERR_INVALID);
    CHECK(str_contains(why.text, S("127.0.0.1")));
    CHECK(wire_stop(&own, 5000));
    CHECK(access(path + 5, F_OK) != 0);
}

static void *release_when_refused(void *arg)
{
    /* The front stops listening before it waits: as soon as nobody can connect, let the request
     * finish. */
    static struct wire w;
    const struct wire_server *s = arg;
    for (int64_t until = time_mono_us() + 5000000;
         wire_connect(&w, s, 0) && time_mono_us() < until;)
        wire_close(&w);
    wire_release();
    return NULL;
}

static void stopping_lets_a_running_request_finish(void **state)
{
    static struct wire_server own;
    static struct wire idle;
    pthread_t helper;
    (void)state;
    wire_serve(&own, NULL);
    struct wire_server copy = own;
    NEED(wire_connect(&idle, &own, 0) && ask(&idle, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    NEED(wire_connect(&one, &own, 0));
    CHECK(wire_send(&one, "GET /wait HTTP/1.1\r\nHost: a\r\n\r\n"));
    wire_await_waiting(1);
    NEED(pthread_create(&helper, NULL, release_when_refused, &copy) == 0);
    int64_t before = time_mono_us();
    CHECK(wire_stop(&own, 10000));
    CHECK(time_mono_us() - before < 4000000);
    pthread_join(helper, NULL);
    CHECK(wire_answer(&one, "GET", &a));
    CHECK_STR(str_of(a.body), S("GET /wait? "));
    CHECK_STR(str_of(wire_header(&a, "Connection", value)), S("close"));
    CHECK(wire_ends(&one));
    CHECK(wire_ends(&idle));
    wire_close(&one);
    wire_close(&idle);
}

static void stopping_gives_up_after_its_grace(void **state)
{
    static struct wire_server own;
    (void)state;
    wire_serve(&own, NULL);
    NEED(wire_connect(&one, &own, 0));
    CHECK(wire_send(&one, "GET /wait HTTP/1.1\r\nHost: a\r\n\r\n"));
    wire_await_waiting(1);
    CHECK(!wire_stop(&own, 1));
    wire_release();
    CHECK(wire_answer(&one, "GET", &a));
    CHECK(wire_stop(&own, 5000)); /* asking again is fine once it is done */
    wire_close(&one);
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
        TEST(a_connection_serves_many_requests),
        TEST(pipelined_requests_are_answered_in_order),
        TEST(the_wish_to_close_is_respected),
        TEST(head_and_bodiless_answers_have_no_body),
        TEST(a_body_is_asked_for_when_it_is_wanted),
        TEST(an_unread_body_never_becomes_a_request),
        TEST(a_refused_upload_still_gets_its_answer),
        TEST(a_body_cut_short_is_an_error),
        TEST(large_bodies_and_answers_pass_whole),
        TEST(answers_come_in_pieces),
        TEST(half_sent_heads_do_not_hold_up_others),
        TEST(whoever_stands_still_or_drips_is_cut_off),
        TEST(an_address_has_a_number_of_connections),
        TEST(only_a_trusted_proxy_may_name_the_client),
        TEST(it_listens_on_every_kind_of_address),
        TEST(stopping_lets_a_running_request_finish),
        TEST(stopping_gives_up_after_its_grace),
    };
    if (getenv("VITRINE_TEST") != NULL)
        cmocka_set_test_filter(getenv("VITRINE_TEST"));
    return cmocka_run_group_tests(tests, start, stop);
}
