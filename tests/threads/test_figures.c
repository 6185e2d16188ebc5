/* Counters, graphs, slow requests and counts of items while everybody is at them. */
#include "roles/figures/figures.h"
#include "server/slow.h"
#include "tests/support/check.h"
#include "tests/support/fake_exchange.h"
#include "tests/support/stand.h"

#include <pthread.h>

enum { ASKERS = 4, LOOKERS = 2, ROUNDS = 40 };

struct bench {
    struct stand *stand;
    _Atomic(unsigned) number;
    _Atomic(bool) over;
};

static str ask(struct bench *b, struct arena *a, const char *method, const char *target, str body, int status)
{
    const char *headers = arena_cstr(a, arena_format(a, "api-key: " STR_FMT "\nContent-Type: application/json\n", STR_ARG(b->stand->admin)));
    struct fake_exchange *f = stand_send(b->stand, a, method, target, headers, body);
    CHECK_INT(f->status, status);
    return f->answer;
}

static void *ask_all(void *arg)
{
    struct bench *b = arg;
    for (unsigned i = 0; i < ROUNDS; i++) {
        struct arena *a = arena_open(16u << 10);
        (void)ask(b, a, "GET", "/api/content/items/authors", S(""), 200);
        (void)ask(b, a, "POST", "/api/content/item/authors", S("{\"data\":{\"name\":\"x\"}}"), 200);
        arena_close(a);
    }
    return NULL;
}

static void *look_all(void *arg)
{
    struct bench *b = arg;
    while (!b->over) {
        struct arena *a = arena_open(16u << 10);
        (void)ask(b, a, "GET", "/metrics", S(""), 200);
        (void)ask(b, a, "GET", "/api/system/metrics", S(""), 200);
        (void)ask(b, a, "GET", "/api/system/slow", S(""), 200);
        arena_close(a);
    }
    return NULL;
}

/* Samples as they come once a second, only faster, and plans. */
static void *beat_all(void *arg)
{
    struct bench *b = arg;
    for (int64_t second = 1; !b->over; second++) {
        struct metrics_totals t;
        struct trend_sample s = {{0}, {0}, {0}};
        metrics_total(b->stand->serving.metrics, &t);
        s.values[TREND_REQUESTS] = (double)t.requests;
        memcpy(s.durations, t.durations, sizeof s.durations);
        trend_add(b->stand->serving.trend, second, &s);
        slow_tick(b->stand->serving.slow);
    }
    return NULL;
}

static void everybody_is_counted_once(void **state)
{
    struct bench b = {.stand = stand_open_demo()};
    pthread_t askers[ASKERS], lookers[LOOKERS], beating;
    struct metrics_totals before, after;
    struct slow_figures slow;
    (void)state;
    b.stand->serving.slow = slow_open(b.stand->house->gate, 1);
    metrics_total(b.stand->serving.metrics, &before);
    for (size_t i = 0; i < ASKERS; i++)
        NEED(pthread_create(&askers[i], NULL, ask_all, &b) == 0);
    for (size_t i = 0; i < LOOKERS; i++)
        NEED(pthread_create(&lookers[i], NULL, look_all, &b) == 0);
    NEED(pthread_create(&beating, NULL, beat_all, &b) == 0);
    for (size_t i = 0; i < ASKERS; i++)
        (void)pthread_join(askers[i], NULL);
    b.over = true;
    for (size_t i = 0; i < LOOKERS; i++)
        (void)pthread_join(lookers[i], NULL);
    (void)pthread_join(beating, NULL);
    struct arena *a = arena_open(1 << 20);
    str text = ask(&b, a, "GET", "/metrics", S(""), 200);
    CHECK(str_contains(text, S("vitrine_http_requests_total{route=\"/api/content/item/{model}\",method=\"POST\",status=\"2xx\"} 160\n")));
    CHECK(str_contains(text, S("vitrine_http_requests_total{route=\"/api/content/items/{model}\",method=\"GET\",status=\"2xx\"} 160\n")));
    metrics_total(b.stand->serving.metrics, &after);
    CHECK(after.requests - before.requests >= 2ull * ASKERS * ROUNDS);
    CHECK_INT(after.running, 0);
    slow_tick(b.stand->serving.slow);
    slow_count(b.stand->serving.slow, &slow);
    CHECK(slow.noted <= 60 * 3); /* a minute or two, at most so many each */
    arena_close(a);
    slow_close(b.stand->serving.slow);
    b.stand->serving.slow = NULL;
    stand_close(b.stand);
}

CHECK_MAIN(TEST(everybody_is_counted_once))
