/* Where this server connects to when somebody gives it a URL (SS-1, SS-2). */
#include "tests/support/other_server.h"

#include "base/limits.h"
#include "base/outbound.h"
#include "base/time.h"

static struct network everything_here[2];

static struct outbound_policy strict(void)
{
    return (struct outbound_policy){.may_http = true};
}

static struct outbound_policy lenient(void)
{
    NEED(network_read(S("127.0.0.0/8"), &everything_here[0]) && network_read(S("::1"), &everything_here[1]));
    return (struct outbound_policy){.may_http = true, .allow = everything_here, .allow_count = 2};
}

static void inner_addresses_are_refused(void **state)
{
    static const char *const bad[] = {
        "127.0.0.1", "127.0.0.2", "127.255.255.255", "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "172.16.0.1",
        "172.31.255.255", "192.168.0.1", "192.168.255.255", "169.254.169.254", "169.254.0.1", "100.64.0.1", "100.127.255.255",
        "192.0.0.1", "192.0.2.1", "198.51.100.7", "203.0.113.9", "198.18.0.1", "198.19.255.255", "192.88.99.1", "224.0.0.1",
        "239.255.255.255", "240.0.0.1", "255.255.255.255",
        "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:0:127.0.0.1", "::ffff:0:8.8.8.8",
        "64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b::169.254.169.254", "64:ff9b:1::1", "2002:7f00:1::", "2002:a00:1::1",
        "2002:808:808::1", "2001:0:53aa:64c:0:fbfe:80ff:fffe", "2001::1", "2001:db8::1", "2001:2::1", "2001:20::1", "3fff::1",
        "fc00::1", "fd12:3456::1", "fe80::1", "febf::1", "fec0::1", "ff02::1", "ff0e::1", "100::1", "4000::1", "e000::1", "5f00::1",
    };
    static const char *const good[] = {
        "8.8.8.8", "1.1.1.1", "9.255.255.255", "11.0.0.0", "172.15.255.255", "172.32.0.0", "100.63.255.255", "100.128.0.0",
        "169.253.255.255", "169.255.0.0", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255",
        "128.0.0.1", "126.255.255.255", "2606:4700::1111", "2a00:1450::1", "2001:200::1", "2003::1", "3ffe::1", "64:ff9b::8.8.8.8",
    };
    (void)state;
    struct outbound_policy p = strict();
    struct address at;
    for (size_t i = 0; i < COUNTOF(bad); i++)
        if (!address_read(str_of(bad[i]), &at) || outbound_may_reach(&p, &at))
            CHECK_SAY("%s may be reached", bad[i]);
    for (size_t i = 0; i < COUNTOF(good); i++)
        if (!address_read(str_of(good[i]), &at) || !outbound_may_reach(&p, &at))
            CHECK_SAY("%s may not be reached", good[i]);
}

static void the_operator_may_name_networks(void **state)
{
    (void)state;
    struct outbound_policy p = lenient();
    struct address at;
    static const struct {
        const char *address;
        bool may;
    } rows[] = {{"127.0.0.1", true}, {"127.9.9.9", true}, {"::ffff:127.0.0.1", true}, {"::1", true}, {"10.0.0.1", false},
                {"::2", false}, {"2002:7f00:1::", false}, {"64:ff9b::127.0.0.1", false}};
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        NEED(address_read(str_of(rows[i].address), &at));
        CHECK_INT(outbound_may_reach(&p, &at), rows[i].may);
    }
}

static void urls_are_read_strictly(void **state)
{
    static const struct {
        const char *url;
        bool may_http;
        enum err err;
    } rows[] = {
        {"https://example.com", false, ERR_OK},
        {"https://example.com/", false, ERR_OK},
        {"https://example.com:443/a?b=c", false, ERR_OK},
        {"https://example.com:80/", false, ERR_OK},
        {"https://example.com:8443/", false, ERR_OK}, /* on the list of this test */
        {"https://[2606:4700::1111]/", false, ERR_OK},
        {"http://example.com/", true, ERR_OK},
        {"http://example.com/", false, ERR_INVALID},
        {"https://example.com:22/", false, ERR_INVALID},
        {"https://example.com:0/", false, ERR_INVALID},
        {"https://example.com:65536/", false, ERR_INVALID},
        {"https://user@example.com/", false, ERR_INVALID},
        {"https://user:secret@example.com/", false, ERR_INVALID},
        {"https://example.com@127.0.0.1/", false, ERR_INVALID},
        {"https:///path", false, ERR_INVALID},
        {"https://", false, ERR_INVALID},
        {"https:example.com", false, ERR_INVALID},
        {"//example.com/", false, ERR_INVALID},
        {"example.com", false, ERR_INVALID},
        {"", false, ERR_INVALID},
        {"HTTPS://example.com/", false, ERR_INVALID},
        {"https://exa mple.com/", false, ERR_INVALID},
        {"https://example.com\\@127.0.0.1/", false, ERR_INVALID},
        {"https://example.com/\r\nHost: x", false, ERR_INVALID},
        {"https://ex\xc3\xa4mple.com/", false, ERR_INVALID},
        {"gopher://example.com/", true, ERR_INVALID},
        {"file:///etc/passwd", true, ERR_INVALID},
        {"ftp://example.com/", true, ERR_INVALID},
        {"dict://example.com:80/", true, ERR_INVALID},
        {"javascript:alert(1)", true, ERR_INVALID},
    };
    static const uint16_t ports[] = {8443};
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct arena *a = arena_open(4096);
        struct problem why = {.arena = a};
        struct outbound_policy p = {.may_http = rows[i].may_http, .ports = ports, .port_count = 1};
        CHECK_AT(i);
        CHECK_PROBLEM(outbound_check_url(&p, str_of(rows[i].url), &why), rows[i].err, &why);
        arena_close(a);
    }
    struct outbound_policy p = strict();
    struct problem why = {0};
    static char text[LIMIT_OUTBOUND_URL_BYTES + 2] = "https://example.com/";
    memset(text + 20, 'a', sizeof text - 21);
    CHECK_ERR(outbound_check_url(&p, str_of(text), &why), ERR_INVALID);
    text[LIMIT_OUTBOUND_URL_BYTES] = '\0';
    CHECK_ERR(outbound_check_url(&p, str_of(text), &why), ERR_OK);
}

static void nothing_leads_inside(void **state)
{
    static const char *const hosts[] = {"127.0.0.1", "127.1", "127.7.7.7", "0", "0x7f000001", "2130706433", "0177.0.0.1", "[::1]",
                                        "[::ffff:7f00:1]", "[::ffff:127.0.0.1]", "localhost", "localhost.", "LOCALHOST"};
    struct other o;
    (void)state;
    open_other(&o, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
    struct outbound_policy p = strict();
    p.ports = &o.port;
    p.port_count = 1;
    for (size_t i = 0; i < COUNTOF(hosts); i++) {
        struct arena *a = arena_open(4096);
        struct problem why = {.arena = a};
        struct outbound_answer got = {0};
        struct outbound_request r = {.url = arena_format(a, "http://%s:%u/", hosts[i], o.port), .answer_max = 100};
        enum err e = outbound_fetch(&p, a, &r, &got, &why);
        if (e != ERR_FORBIDDEN && e != ERR_UNAVAILABLE)
            CHECK_SAY("%s: %s", hosts[i], err_facts(e)->name);
        arena_close(a);
    }
    CHECK_INT(o.connections, 0);
    close_other(&o);
}

static enum err fetch(struct other *o, struct arena *a, const struct outbound_request *wish, struct outbound_answer *got, struct problem *why)
{
    struct outbound_policy p = lenient();
    struct outbound_request r = *wish;
    *why = (struct problem){.arena = a};
    *got = (struct outbound_answer){0};
    p.ports = &o->port;
    p.port_count = 1;
    r.url = arena_format(a, "http://127.0.0.1:%u/path?x=1", o->port);
    return outbound_fetch(&p, a, &r, got, why);
}

static void an_answer_is_an_answer(void **state)
{
    struct arena *a = arena_open(4096);
    struct other o;
    struct outbound_answer got;
    struct problem why;
    (void)state;
    NEED(setenv("http_proxy", "http://127.0.0.1:9", 1) == 0 && setenv("ALL_PROXY", "http://127.0.0.1:9", 1) == 0);
    open_other(&o, "HTTP/1.1 404 No\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: 2\r\n\r\n{}");
    CHECK_PROBLEM(fetch(&o, a, &(struct outbound_request){.answer_max = 2}, &got, &why), ERR_OK, &why);
    CHECK_INT(got.status, 404);
    CHECK_STR(got.body, S("{}"));
    CHECK_STR(got.media, S("application/json"));
    CHECK(str_starts(str_of(o.requests[0]), S("GET /path?x=1 HTTP/1.1\r\n")) && str_contains(str_of(o.requests[0]), S("User-Agent: Vitrine\r\n")));
    CHECK_ERR(fetch(&o, a, &(struct outbound_request){.answer_max = 1}, &got, &why), ERR_TOO_LARGE);

    struct pair headers[] = {{STR("Authorization"), STR("Basic eA==")}};
    struct outbound_request post = {.body = S("a=b"), .media = S("application/x-www-form-urlencoded"), .headers = headers,
                                    .header_count = 1, .answer_max = 100};
    CHECK_PROBLEM(fetch(&o, a, &post, &got, &why), ERR_OK, &why);
    CHECK(str_starts(str_of(o.requests[0]), S("POST /path?x=1")) && str_ends(str_of(o.requests[0]), S("\r\n\r\na=b")));
    CHECK(str_contains(str_of(o.requests[0]), S("\r\nAuthorization: Basic eA==\r\n")));
    post.method = S("PUT");
    CHECK_PROBLEM(fetch(&o, a, &post, &got, &why), ERR_OK, &why);
    CHECK(str_starts(str_of(o.requests[0]), S("PUT /path?x=1")) && str_ends(str_of(o.requests[0]), S("\r\n\r\na=b")));
    headers[0].value = S("x\r\nEvil: 1");
    CHECK_ERR(fetch(&o, a, &post, &got, &why), ERR_INVALID);
    CHECK_INT(o.connections, 4);
    close_other(&o);
    arena_close(a);
}

static void redirects_are_answers_not_ways(void **state)
{
    struct arena *a = arena_open(4096);
    struct other o;
    struct outbound_answer got;
    struct problem why;
    (void)state;
    open_other(&o, "HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n");
    CHECK_PROBLEM(fetch(&o, a, &(struct outbound_request){.answer_max = 100}, &got, &why), ERR_OK, &why);
    CHECK_INT(got.status, 302);
    CHECK_INT(o.connections, 1);
    close_other(&o);
    arena_close(a);
}

static void endless_answers_end(void **state)
{
    struct arena *a = arena_open(4096);
    struct other o;
    struct outbound_answer got;
    struct problem why;
    (void)state;
    open_other(&o, "HTTP/1.1 200 OK\r\nContent-Length: 21474836480\r\n\r\nxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
    CHECK_ERR(fetch(&o, a, &(struct outbound_request){.answer_max = 20}, &got, &why), ERR_TOO_LARGE);
    /* For whom the beginning is enough there is no more. */
    CHECK_PROBLEM(fetch(&o, a, &(struct outbound_request){.answer_max = 20, .may_cut = true}, &got, &why), ERR_OK, &why);
    CHECK_STR(got.body, S("xxxxxxxxxxxxxxxxxxxx"));
    CHECK_INT(got.status, 200);
    close_other(&o);
    open_other(&o, "garbage\r\n");
    CHECK_ERR(fetch(&o, a, &(struct outbound_request){.answer_max = 20}, &got, &why), ERR_UNAVAILABLE);
    close_other(&o);
    arena_close(a);
}

static void who_is_told_to_stop_stops(void **state)
{
    struct arena *a = arena_open(4096);
    struct other o;
    struct outbound_answer got;
    struct problem why;
    _Atomic(bool) stop = true;
    (void)state;
    open_other(&o, NULL); /* never answers */
    CHECK_ERR(fetch(&o, a, &(struct outbound_request){.answer_max = 20, .stop = &stop}, &got, &why), ERR_UNAVAILABLE);
    close_other(&o);
    arena_close(a);
}

static struct address told;

static enum err tell(void *self, str host, struct arena *a, const struct address **out, size_t *count, struct problem *why)
{
    str *asked = self;
    *asked = arena_copy(a, host);
    if (str_equal(host, S("unknown.example")))
        return problem_set(why, ERR_NOT_FOUND, "No such host");
    NEED(address_read(str_equal(host, S("inside.example")) ? S("10.9.9.9") : S("127.0.0.1"), &told));
    *out = &told;
    *count = !str_equal(host, S("localhost"));
    return ERR_OK;
}

static void names_may_be_asked_elsewhere(void **state)
{
    static const struct {
        const char *host;
        enum err err;
    } rows[] = {{"told.example", ERR_OK}, {"TOLD.example", ERR_OK}, {"%74old.example", ERR_OK}, {"localhost", ERR_OK}, {"127.0.0.1", ERR_OK},
                {"127.1", ERR_OK}, {"inside.example", ERR_FORBIDDEN}, {"unknown.example", ERR_NOT_FOUND}};
    struct other o;
    (void)state;
    open_other(&o, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
    struct outbound_policy p = lenient();
    p.ports = &o.port;
    p.port_count = 1;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct arena *a = arena_open(4096);
        struct problem why = {.arena = a};
        str asked = {0};
        struct outbound_answer got = {0};
        struct outbound_names names = {tell, &asked};
        struct outbound_request r = {.url = arena_format(a, "http://%s:%u/", rows[i].host, o.port), .answer_max = 100, .names = &names};
        CHECK_AT(i);
        CHECK_PROBLEM(outbound_fetch(&p, a, &r, &got, &why), rows[i].err, &why);
        CHECK(asked.len > 0);
        arena_close(a);
    }
    close_other(&o);
}

static void all_hops_share_their_time(void **state)
{
    struct arena *a = arena_open(4096);
    struct other o;
    struct outbound_answer got;
    struct problem why;
    (void)state;
    open_other(&o, NULL); /* never answers */
    int64_t begun = time_mono_us();
    CHECK_ERR(fetch(&o, a, &(struct outbound_request){.answer_max = 20, .all_ms = 200}, &got, &why), ERR_UNAVAILABLE);
    CHECK(time_mono_us() - begun < 5000000);
    close_other(&o);
    arena_close(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(inner_addresses_are_refused),    TEST(the_operator_may_name_networks), TEST(urls_are_read_strictly),
        TEST(nothing_leads_inside),           TEST(an_answer_is_an_answer),         TEST(redirects_are_answers_not_ways),
        TEST(endless_answers_end),            TEST(who_is_told_to_stop_stops),
        TEST(names_may_be_asked_elsewhere),   TEST(all_hops_share_their_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
