/* The life of a request, without a socket. */
#include "server/serve.h"

#include "base/time.h"
#include "tests/support/check.h"
#include "tests/support/fake_exchange.h"
#include "tests/support/house.h"

static struct arena *arena;
static struct house *house;
static struct serving serving;
static struct config config;

static enum err hello(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    (void)app, (void)why;
    exchange_send_text(x, 200, S("text/plain"), param(p, "name"));
    return ERR_OK;
}

static enum err take(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    str body;
    (void)app, (void)p;
    TRY(exchange_body(x, &body, why));
    exchange_send_text(x, 200, S("text/plain"), body);
    return ERR_OK;
}

static enum err fail_inside(struct exchange *x, void *app, const struct params *p,
                            struct problem *why)
{
    (void)x, (void)app, (void)p;
    return problem_set(why, ERR_INTERNAL, "the secret table is on fire");
}

static enum err mute(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    (void)x, (void)app, (void)p, (void)why;
    return ERR_OK;
}

static const struct route routes[] = {
    {M_GET, "/hello/{name}", hello, 0, ROUTE_OPEN, ""},
    {M_POST, "/take", take, 10, ROUTE_OPEN, ""},
    {M_PUT, "/json", take, LIMIT_BODY_BYTES, ROUTE_OPEN, ""},
    {M_GET, "/inside", fail_inside, 0, ROUTE_OPEN, ""},
    {M_GET, "/mute", mute, 0, ROUTE_OPEN, ""},
    {M_GET, "/closed", mute, 0, 0, ""},
};
static const struct route_set sets[] = {{routes, COUNTOF(routes), NULL}};

static struct fake_exchange *ask(const char *method, const char *path, const char *headers,
                                 str body)
{
    struct fake_exchange *f = fake_request(arena, method, path, headers, body);
    f->x.request_id = S("01TEST");
    f->x.peer = S("192.0.2.1");
    serve(&f->x, &serving);
    return f;
}

static void requests_find_their_routes(void **state)
{
    (void)state;
    struct fake_exchange *f = ask("GET", "/hello/you", "", S(""));
    CHECK_INT(f->status, 200);
    CHECK_STR(f->answer, S("you"));
    CHECK_STR(str_of(f->x.route), S("/hello/{name}"));
    CHECK(str_contains(f->x.standing_headers, S("nosniff")) &&
          str_contains(f->x.standing_headers, S("default-src 'none'")));
    CHECK(!str_contains(f->x.standing_headers, S("Strict-Transport-Security")));
    CHECK_INT(ask("HEAD", "/hello/you", "", S(""))->status, 200);
    f = ask("GET", "/nowhere", "", S(""));
    CHECK_INT(f->status, 404);
    CHECK_STR(fake_header(f, "Content-Type"), S("application/problem+json"));
    f = ask("DELETE", "/take", "", S(""));
    CHECK_INT(f->status, 405);
    CHECK_STR(fake_header(f, "Allow"), S("POST"));
}

static void a_wrong_credential_is_refused_before_anything_else_is_said(void **state)
{
    static const struct {
        const char *method, *path;
    } cases[] = {{"GET", "/nowhere"}, {"DELETE", "/take"}, {"GET", "/closed"}, {"POST", "/closed"}};
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        struct fake_exchange *f = ask(cases[i].method, cases[i].path, "api-key: wrong\n", S("body"));
        CHECK_INT(f->status, 401);
        CHECK(str_contains(fake_header(f, "WWW-Authenticate"), S("Bearer")));
    }
    CHECK_INT(ask("GET", "/hello/you", "api-key: wrong\n", S(""))->status, 200);
}

static void options_are_answered_for_every_path(void **state)
{
    (void)state;
    struct fake_exchange *f = ask("OPTIONS", "/hello/you", "", S(""));
    CHECK_INT(f->status, 204);
    CHECK_STR(fake_header(f, "Allow"), S("GET, HEAD, OPTIONS"));
    CHECK(str_is_absent(fake_header(f, "Access-Control-Allow-Origin")));
    CHECK_INT(ask("OPTIONS", "/nowhere", "", S(""))->status, 404);
}

static void bodies_are_measured_before_they_are_read(void **state)
{
    static const struct {
        const char *method, *path, *headers;
        size_t length;
        int status;
    } cases[] = {
        {"POST", "/take", "", 10, 200},
        {"POST", "/take", "", 11, 413},
        {"GET", "/hello/you", "", 1, 413},
        {"POST", "/take", "Content-Encoding: gzip\n", 3, 415},
        {"POST", "/take", "Content-Encoding: identity\n", 3, 200},
        {"POST", "/take", "Content-Encoding: gzip\n", 0, 200},
        {"PUT", "/json", "", 2000, 200}, /* limits.json_body is 2000 here */
        {"PUT", "/json", "", 2001, 413},
    };
    static char text[4096];
    (void)state;
    memset(text, 'a', sizeof text);
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        CHECK_INT(
            ask(cases[i].method, cases[i].path, cases[i].headers, (str){text, cases[i].length})
                ->status,
            cases[i].status);
    }
}

static void what_goes_wrong_inside_stays_inside(void **state)
{
    (void)state;
    struct fake_exchange *f = ask("GET", "/inside", "", S(""));
    CHECK_INT(f->status, 500);
    CHECK(!str_contains(f->answer, S("fire")));
    CHECK(str_contains(f->answer, S("01TEST")));
    CHECK_INT(ask("GET", "/mute", "", S(""))->status, 500);
}

static void only_named_origins_may_look(void **state)
{
    static const str origins[] = {STR("https://shop.example")};
    static const struct {
        const char *headers;
        bool allowed;
    } cases[] = {
        {"Origin: https://shop.example\n", true},
        {"Origin: https://shop.example.evil\n", false},
        {"Origin: http://shop.example\n", false},
        {"Origin: null\n", false},
        {"Origin: https://shop.example:443\n", false},
        {"", false},
    };
    (void)state;
    config.cors_origins = (struct str_list){origins, 1};
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        struct fake_exchange *f = ask("GET", "/hello/you", cases[i].headers, S(""));
        CHECK_STR(fake_header(f, "Vary"), S("Origin"));
        CHECK_STR(fake_header(f, "Access-Control-Allow-Origin"),
                  cases[i].allowed ? origins[0] : (str){0});
        CHECK(str_is_absent(fake_header(f, "Access-Control-Allow-Credentials")));
        CHECK_INT(
            str_contains(f->x.standing_headers, S("Cross-Origin-Resource-Policy: cross-origin")),
            cases[i].allowed);
        f = ask("OPTIONS", "/take",
                arena_cstr(arena, arena_format(arena, "%sAccess-Control-Request-Method: POST\n",
                                               cases[i].headers)),
                S(""));
        CHECK_INT(f->status, 204);
        CHECK_STR(fake_header(f, "Access-Control-Allow-Methods"),
                  cases[i].allowed ? S("POST, OPTIONS") : (str){0});
        CHECK_INT(str_contains(fake_header(f, "Access-Control-Allow-Headers"), S("X-ZOT-API-CLIENT")), cases[i].allowed);
    }
    config.cors_origins = (struct str_list){0};
    struct fake_exchange *f = ask("GET", "/hello/you", "Origin: https://shop.example\n", S(""));
    CHECK(str_is_absent(fake_header(f, "Access-Control-Allow-Origin")) &&
          str_is_absent(fake_header(f, "Vary")));
}

static void a_key_in_the_url_is_kept_out_of_caches(void **state)
{
    (void)state;
    struct fake_exchange *f = ask("GET", "/hello/you?api_key=x", "", S(""));
    CHECK(!f->x.is_private);
    config.key_in_query = true;
    f = ask("GET", "/hello/you?a=b&api_key=x", "", S(""));
    CHECK(f->x.is_private);
    CHECK(str_contains(f->x.standing_headers, S("Referrer-Policy: no-referrer")));
    CHECK(!ask("GET", "/hello/you?my_api_key=x", "", S(""))->x.is_private);
    config.key_in_query = false;
}

static double seven(void *arg)
{
    (void)arg;
    return 7;
}

static void everything_is_counted(void **state)
{
    struct buf b;
    str text;
    (void)state;
    struct metrics *before = serving.metrics;
    serving.metrics = metrics_open(sets, 1);
    metrics_register(serving.metrics, METRIC_GAUGE, "vitrine_seven", "Seven.", seven, NULL);
    ask("GET", "/hello/a", "", S(""));
    ask("GET", "/hello/b", "", S(""));
    ask("POST", "/take", "", S("12345678901"));
    ask("GET", "/nowhere", "", S(""));
    metrics_refused(serving.metrics, 431);
    buf_init(&b, arena, 1 << 20);
    metrics_write(serving.metrics, &b);
    NEED(buf_done(&b, &text) == ERR_OK);
    static const char *const lines[] = {
        "vitrine_http_requests_total{route=\"/hello/{name}\",method=\"GET\",status=\"2xx\"} 2\n",
        "vitrine_http_requests_total{route=\"/take\",method=\"POST\",status=\"4xx\"} 1\n",
        "vitrine_http_requests_total{route=\"\",method=\"\",status=\"4xx\"} 1\n",
        ("vitrine_http_request_duration_seconds_bucket{route=\"/hello/"
         "{name}\",method=\"GET\",le=\"+Inf\"} 2\n"),
        "vitrine_http_request_duration_seconds_count{route=\"/take\",method=\"POST\"} 1\n",
        "vitrine_http_requests_in_flight 0\n",
        "http_requests_total{method=\"get\",code=\"200\"} 2\n",
        "http_requests_total{method=\"post\",code=\"413\"} 1\n",
        "http_requests_total{method=\"get\",code=\"404\"} 1\n",
        "# TYPE http_request_duration_seconds histogram\n",
        "http_request_duration_seconds_bucket{method=\"get\",code=\"200\",le=\"+Inf\"} 2\n",
        "http_request_duration_seconds_count{method=\"get\",code=\"200\"} 2\n",
        "# TYPE process_cpu_seconds_total counter\n",
        "# TYPE process_resident_memory_bytes gauge\n",
        "# TYPE process_start_time_seconds gauge\n",
        "# TYPE process_open_fds gauge\n",
        "vitrine_http_request_bytes_total 11\n",
        "vitrine_http_refused_total{status=\"431\"} 1\n",
        "# TYPE vitrine_seven gauge\nvitrine_seven 7\n",
    };
    for (size_t i = 0; i < COUNTOF(lines); i++) {
        CHECK_AT(i);
        CHECK(str_contains(text, str_of(lines[i])));
    }
    CHECK(!str_contains(text, S("/inside")));
    metrics_close(serving.metrics);
    CHECK_AT(-1);
    serving.metrics = before;
}

/* Notary's bounds, each on both sides. */
static void notary_buckets_hold_what_they_say(void **state)
{
    static const int64_t us[] = {100000, 100001, 150000, 150001, 225000, 225001, 337500, 337501, 506250, 506251};
    static const char *const lines[] = {"0.1\"} 1\n", "0.15\"} 3\n", "0.225\"} 5\n", "0.3375\"} 7\n", "0.50625\"} 9\n", "+Inf\"} 10\n"};
    struct metrics *m = metrics_open(sets, 1);
    struct buf b;
    (void)state;
    for (size_t i = 0; i < COUNTOF(us); i++) {
        metrics_begin(m);
        metrics_end(m, &(struct metrics_request){.method = M_DELETE, .status = 202, .us = us[i]});
    }
    buf_init(&b, arena, 1 << 20);
    metrics_write(m, &b);
    for (size_t i = 0; i < COUNTOF(lines); i++) {
        CHECK_AT(i);
        CHECK(str_contains(buf_str(&b), arena_format(arena, "http_request_duration_seconds_bucket{method=\"delete\",code=\"202\",le=\"%s", lines[i])));
    }
    CHECK_AT(-1);
    CHECK(str_contains(buf_str(&b), S("http_request_duration_seconds_sum{method=\"delete\",code=\"202\"} 2.637505\n")));
    metrics_close(m);
}

static int start(void **state)
{
    (void)state;
    arena = arena_open(1 << 20);
    house = house_open();
    struct problem why = {.arena = arena};
    config.json_body_max = 2000;
    log_start(LOG_ERROR, LOG_FORMAT_KEYS);
    return serving_make(arena, house->gate, &config, sets, 1, &serving, &why) == ERR_OK ? 0 : 1;
}

static int stop(void **state)
{
    (void)state;
    serving_done(&serving);
    arena_close(arena); /* with the principals in it */
    house_close(house);
    log_stop();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(requests_find_their_routes),
        TEST(a_wrong_credential_is_refused_before_anything_else_is_said),
        TEST(options_are_answered_for_every_path),
        TEST(bodies_are_measured_before_they_are_read),
        TEST(what_goes_wrong_inside_stays_inside),
        TEST(only_named_origins_may_look),
        TEST(a_key_in_the_url_is_kept_out_of_caches),
        TEST(everything_is_counted), TEST(notary_buckets_hold_what_they_say),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
