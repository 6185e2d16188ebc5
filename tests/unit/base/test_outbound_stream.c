/* What mirrors need of the one way out: bytes that are passed on as they come, headers of the answer, and redirects
 * to where another registry keeps its layers (SS-1: each hop is looked at again). */
#include "tests/support/other_server.h"

#include "base/limits.h"
#include "base/outbound.h"

static struct network loopback;

struct heap {
    char bytes[256];
    size_t length;
    enum err fails;
};

static enum err take(void *self, str bytes, struct problem *why)
{
    struct heap *h = self;
    if (h->fails != ERR_OK)
        return problem_set(why, h->fails, "No room");
    NEED(h->length + bytes.len < sizeof h->bytes);
    memcpy(h->bytes + h->length, bytes.at, bytes.len);
    h->length += bytes.len;
    return ERR_OK;
}

struct asked {
    struct arena *arena;
    struct problem why;
    struct outbound_answer answer;
    enum err err;
};

/* From this port of ours; the other one may be reached, too. */
static void fetch(struct asked *k, const struct other *from, uint16_t other_port, const struct outbound_request *wish)
{
    uint16_t ports[] = {from->port, other_port};
    NEED(network_read(S("127.0.0.1"), &loopback));
    struct outbound_policy p = {.may_http = true, .allow = &loopback, .allow_count = 1, .ports = ports, .port_count = 2};
    struct outbound_request r = *wish;
    *k = (struct asked){.arena = arena_open(4096)};
    k->why.arena = k->arena;
    r.url = arena_format(k->arena, "http://127.0.0.1:%u/first", from->port);
    k->err = outbound_fetch(&p, k->arena, &r, &k->answer, &k->why);
}

static void bodies_are_passed_on(void **state)
{
    static const char *const answers[] = {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde", "HTTP/1.1 404 No\r\nContent-Length: 5\r\n\r\nabcde",
                                          "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabcde"};
    static const struct {
        uint64_t most;
        enum err fails, err;
        size_t answer;
        const char *got;
    } rows[] = {
        {5, ERR_OK, ERR_OK, 0, "abcde"},
        {4, ERR_OK, ERR_TOO_LARGE, 0, ""},
        {5, ERR_FULL, ERR_FULL, 0, ""},
        {5, ERR_OK, ERR_OK, 1, ""},            /* nobody takes what is no layer */
        {9, ERR_OK, ERR_UNAVAILABLE, 2, "abcde"}, /* cut off */
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct other o = {0};
        struct asked k;
        struct heap heap = {.fails = rows[i].fails};
        struct outbound_sink sink = {take, &heap};
        CHECK_AT(i);
        open_other_with(&o, &answers[rows[i].answer], 1);
        fetch(&k, &o, 0, &(struct outbound_request){.answer_max = rows[i].most, .sink = &sink, .stall_s = 5});
        CHECK_PROBLEM(k.err, rows[i].err, &k.why);
        CHECK_STR(((str){heap.bytes, heap.length}), str_of(rows[i].got));
        close_other(&o);
        arena_close(k.arena);
    }
}

static void heads_have_no_body(void **state)
{
    static const str wanted[] = {STR("docker-content-digest"), STR("WWW-Authenticate"), STR("Absent")};
    struct other o;
    struct asked k;
    (void)state;
    open_other(&o, "HTTP/1.1 100 Continue\r\nDocker-Content-Digest: early\r\n\r\nHTTP/1.1 401 No\r\nDocker-Content-Digest:  sha256:ab \r\nX: y\r\n"
                   "Www-Authenticate: Basic\r\nWWW-Authenticate: Bearer realm=\"r\"\r\nContent-Length: 99\r\n\r\n");
    fetch(&k, &o, 0, &(struct outbound_request){.head_only = true, .wanted = wanted, .wanted_count = COUNTOF(wanted), .answer_max = 10});
    CHECK_PROBLEM(k.err, ERR_OK, &k.why);
    CHECK(str_starts(str_of(o.requests[0]), S("HEAD /first HTTP/1.1\r\n")));
    CHECK_INT(k.answer.status, 401);
    CHECK_INT(k.answer.header_count, 3);
    CHECK_STR(outbound_header(&k.answer, S("Docker-Content-Digest")), S("sha256:ab"));
    CHECK_STR(outbound_header(&k.answer, S("www-authenticate")), S("Basic"));
    CHECK_STR(k.answer.headers[2].value, S("Bearer realm=\"r\""));
    CHECK(str_is_absent(outbound_header(&k.answer, S("absent"))));
    close_other(&o);
    arena_close(k.arena);
}

static void headers_have_a_ceiling(void **state)
{
    static const str wanted[] = {STR("Link")};
    static char answer[LIMIT_OUTBOUND_HEADER_BYTES + 200];
    (void)state;
    for (int over = 0; over < 2; over++) {
        struct other o;
        struct asked k;
        static char value[LIMIT_OUTBOUND_HEADER_BYTES + 2];
        memset(value, 'x', sizeof value);
        (void)snprintf(answer, sizeof answer, "HTTP/1.1 200 OK\r\nLink: %.*s\r\nContent-Length: 0\r\n\r\n",
                       (int)LIMIT_OUTBOUND_HEADER_BYTES + over, value);
        open_other(&o, answer);
        fetch(&k, &o, 0, &(struct outbound_request){.wanted = wanted, .wanted_count = 1, .answer_max = 1});
        CHECK_PROBLEM(k.err, ERR_OK, &k.why);
        CHECK_INT(k.answer.header_count, over ? 0 : 1);
        close_other(&o);
        arena_close(k.arena);
    }
}

static const struct pair told[] = {{STR("Authorization"), STR("Basic c2VjcmV0")}, {STR("Accept"), STR("text/x")}, {STR("X-Other"), STR("1")}};

static void other_hosts_see_no_secrets(void **state)
{
    static struct other here, there;  /* two are too much for a frame */
    struct asked k;
    struct heap heap = {0};
    struct outbound_sink sink = {take, &heap};
    char elsewhere[100];
    const char *const answers[] = {"HTTP/1.1 302 Found\r\nLocation: /second?a=b\r\nContent-Length: 3\r\n\r\nno\n", elsewhere};
    (void)state;
    open_other(&there, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
    (void)snprintf(elsewhere, sizeof elsewhere, "HTTP/1.1 307 No\r\nLocation: http://127.0.0.1:%u/x\r\nContent-Length: 0\r\n\r\n", there.port);
    open_other_with(&here, answers, 2);
    fetch(&k, &here, there.port,
          &(struct outbound_request){.headers = told, .header_count = COUNTOF(told), .answer_max = 2, .sink = &sink, .stall_s = 5, .redirects_max = 2});
    CHECK_PROBLEM(k.err, ERR_OK, &k.why);
    CHECK_STR(((str){heap.bytes, heap.length}), S("hi"));
    str second = str_of(here.requests[1]), last = str_of(there.requests[0]);
    CHECK(str_starts(second, S("GET /second?a=b ")) && str_contains(second, S("c2VjcmV0")) && str_contains(second, S("X-Other")));
    CHECK(str_starts(last, S("GET /x ")) && str_contains(last, S("Accept: text/x")));
    CHECK(!str_contains(last, S("c2VjcmV0")) && !str_contains(last, S("Authorization")) && !str_contains(last, S("X-Other")));
    close_other(&here);
    close_other(&there);
    arena_close(k.arena);
}

static void redirects_lead_nowhere_else(void **state)
{
    static const struct {
        const char *location;
        unsigned most;
        enum err err;
        int connections;
    } rows[] = {
        {"http://127.0.0.2:%u/", 3, ERR_FORBIDDEN, 1}, /* only 127.0.0.1 was named by the operator */
        {"http://169.254.169.254/", 3, ERR_FORBIDDEN, 1},
        {"http://[::1]:%u/", 3, ERR_FORBIDDEN, 1},
        {"http://127.0.0.1:9/", 3, ERR_INVALID, 1}, /* a port that is not on the list */
        {"http://user:secret@127.0.0.1:%u/", 3, ERR_INVALID, 1},
        {"file:///etc/passwd", 3, ERR_INVALID, 1},
        {"gopher://127.0.0.1:%u/", 3, ERR_INVALID, 1},
        {"/again", 3, ERR_UNAVAILABLE, 4},
        {"/again", 1, ERR_UNAVAILABLE, 2},
        {"/again", 0, ERR_OK, 1}, /* who does not ask for it gets the answer itself */
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct other o = {0};
        struct asked k;
        char answer[200], format[200];
        const char *const answers[] = {answer};
        CHECK_AT(i);
        open_other_with(&o, answers, 1);
        (void)snprintf(format, sizeof format, "HTTP/1.1 307 No\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n", rows[i].location);
        str text = str_of(format), before, after;
        if (str_contains(text, S("%u"))) {
            NEED(str_cut(text, '%', &before, &after));
            (void)snprintf(answer, sizeof answer, STR_FMT "%u" STR_FMT, STR_ARG(before), o.port, STR_ARG(str_slice(after, 1, after.len)));
        } else
            (void)snprintf(answer, sizeof answer, "%s", format);
        fetch(&k, &o, 0, &(struct outbound_request){.answer_max = 100, .redirects_max = rows[i].most});
        CHECK_PROBLEM(k.err, rows[i].err, &k.why);
        CHECK_INT(o.connections, rows[i].connections);
        close_other(&o);
        arena_close(k.arena);
    }
}

static void what_stalls_is_given_up(void **state)
{
    struct other o;
    struct asked k;
    (void)state;
    open_other(&o, NULL); /* never says anything */
    fetch(&k, &o, 0, &(struct outbound_request){.answer_max = 20, .stall_s = 1});
    CHECK_PROBLEM(k.err, ERR_UNAVAILABLE, &k.why);
    close_other(&o);
    arena_close(k.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(bodies_are_passed_on),       TEST(heads_have_no_body),          TEST(headers_have_a_ceiling),
        TEST(other_hosts_see_no_secrets), TEST(redirects_lead_nowhere_else), TEST(what_stalls_is_given_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
