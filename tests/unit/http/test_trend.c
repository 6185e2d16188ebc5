/* The graphs' memory, under a clock that the test turns. */
#include "server/trend.h"

#include "tests/support/check.h"

static struct arena *arena;
static struct trend *trend;
static struct trend_sample now;
static int64_t second;

static void begin(int64_t at)
{
    trend_close(trend);
    trend = trend_open();
    now = (struct trend_sample){{0}, {0}, {0}};
    second = at;
    trend_add(trend, second, &now);
}

/* Seconds go by with so many requests each, which took so long. */
static void pass(unsigned seconds, unsigned requests, uint64_t us)
{
    for (unsigned i = 0; i < seconds; i++) {
        now.values[TREND_REQUESTS] += requests;
        now.durations[trend_bucket(us)] += requests;
        trend_add(trend, ++second, &now);
    }
}

static const struct json *show(const char *span)
{
    struct buf b;
    struct json_writer w;
    struct problem why = {.arena = arena};
    const struct json *out = NULL;
    buf_init(&b, arena, 8 << 20);
    json_begin(&w, &b);
    json_map_open(&w);
    trend_write(trend, trend_span(str_of(span)), second, (1700000000 + second) * 1000, NULL, 0, &w);
    json_map_close(&w);
    json_end(&w);
    NEED(json_read(arena, buf_str(&b), &(struct json_options){.count_max = 200000}, S("trend"), &out, &why) == ERR_OK);
    return out;
}

static double at(const struct json *shown, const char *series, size_t from_end)
{
    const struct json *list = json_get(json_get(shown, S("values")), str_of(series));
    NEED(list != NULL && list->count > from_end);
    const struct json *v = &list->items[list->count - 1 - from_end];
    return v->type == JSON_INT ? (double)v->integer : v->type == JSON_REAL ? v->real : -1;
}

static size_t length(const struct json *shown)
{
    return json_get(json_get(shown, S("values")), S("requests"))->count;
}

#define CHECK_ABOUT(a, b) CHECK((a) >= (b) * 0.999 && (a) < (b) * 1.001 + 0.0001)

static void it_has_its_place(void **state)
{
    (void)state;
    CHECK(trend_bytes() <= 256u << 10);
    CHECK(trend_span(S("5m")) == 0 && trend_span(S("7d")) == 3 && trend_span(S("1y")) < 0);
}

static void every_level_tells_the_same_story(void **state)
{
    (void)state;
    begin(6000);
    pass(600, 20, 900);
    pass(600, 40, 900);
    CHECK_INT(length(show("5m")), 300);
    CHECK_INT(length(show("1h")), 360);
    CHECK_INT(length(show("24h")), 1440);
    CHECK_INT(length(show("7d")), 1008);
    CHECK_ABOUT(at(show("5m"), "requests", 0), 40);
    CHECK_ABOUT(at(show("1h"), "requests", 0), 40);
    CHECK_ABOUT(at(show("1h"), "requests", 59), 40);
    CHECK_ABOUT(at(show("1h"), "requests", 60), 20);
    CHECK_ABOUT(at(show("24h"), "requests", 9), 40);
    CHECK_ABOUT(at(show("24h"), "requests", 10), 20);
    CHECK_ABOUT(at(show("7d"), "requests", 0), 40);
    CHECK_ABOUT(at(show("7d"), "requests", 1), 20);
    CHECK(at(show("7d"), "requests", 2) < 0); /* before the beginning there is nothing */
    CHECK_INT(json_get(show("1h"), S("at"))->integer, 1700000000 + second);
}

static void percentiles_are_of_their_own_step(void **state)
{
    (void)state;
    begin(1200);
    pass(30, 98, 1000);
    now.durations[trend_bucket(80000)] += 2;
    pass(1, 98, 1000);
    double p50 = at(show("5m"), "latency_p50", 0), p95 = at(show("5m"), "latency_p95", 0), p99 = at(show("5m"), "latency_p99", 0);
    CHECK(p50 >= 1.0 && p50 < 1.3);
    CHECK(p95 >= 1.0 && p95 < 1.3);
    CHECK(p99 >= 80 && p99 < 100);
    CHECK(at(show("5m"), "latency_p99", 1) < 1.3);
    pass(1, 0, 0);
    CHECK(at(show("5m"), "latency_p99", 0) < 0); /* of nothing there is no percentile */
    CHECK_ABOUT(at(show("5m"), "requests", 0), 0.0);
}

static void peaks_stay_and_means_are_means(void **state)
{
    (void)state;
    begin(600);
    for (unsigned i = 0; i < 60; i++) {
        now.values[TREND_WRITER_QUEUE] = i == 31 ? 500 : 1;
        now.values[TREND_MEMORY] = i < 30 ? 1000 : 3000;
        pass(1, 0, 0);
    }
    CHECK_ABOUT(at(show("24h"), "writer_queue", 0), 500);
    CHECK_ABOUT(at(show("24h"), "memory_bytes", 0), 2000);
}

static void ratios_are_of_what_happened_meanwhile(void **state)
{
    (void)state;
    begin(600);
    now.values[TREND_BATCH] += 30;
    now.of[TREND_BATCH] += 10;
    pass(1, 0, 0);
    CHECK_ABOUT(at(show("5m"), "writer_batch", 0), 3);
    pass(1, 0, 0);
    CHECK(at(show("5m"), "writer_batch", 0) < 0);
}

static void a_late_second_bends_nothing(void **state)
{
    (void)state;
    begin(600);
    pass(10, 10, 100);
    second += 2; /* two were missed; their requests are told with the third */
    pass(1, 30, 100);
    CHECK_ABOUT(at(show("5m"), "requests", 0), 10);
    CHECK(at(show("5m"), "requests", 1) < 0 && at(show("5m"), "requests", 2) < 0);
    CHECK_ABOUT(at(show("5m"), "requests", 3), 10);
    trend_add(trend, second, &now); /* the same second again, and one from the past */
    trend_add(trend, second - 5, &now);
    CHECK_ABOUT(at(show("5m"), "requests", 0), 10);
}

static void a_machine_asleep_leaves_a_gap(void **state)
{
    (void)state;
    begin(3600);
    pass(120, 5, 100);
    second += 100000;
    pass(60, 5, 100);
    CHECK_ABOUT(at(show("5m"), "requests", 10), 5);
    CHECK(at(show("5m"), "requests", 60) < 0 && at(show("5m"), "requests", 299) < 0);
    CHECK(at(show("24h"), "requests", 3) < 0);
    CHECK_INT(length(show("5m")), 300);
}

static void it_goes_round(void **state)
{
    (void)state;
    begin(0);
    pass(1000, 1, 100);
    pass(300, 2, 100);
    CHECK_ABOUT(at(show("5m"), "requests", 299), 2);
    CHECK_ABOUT(at(show("5m"), "requests", 0), 2);
}

static void buckets_hold_what_they_say(void **state)
{
    (void)state;
    size_t before = 0;
    for (uint64_t us = 0; us < 200000000; us += us / 64 + 1) {
        size_t b = trend_bucket(us);
        NEED(b < TREND_BUCKETS && b >= before);
        before = b;
        if (b == TREND_BUCKETS - 1)
            break;
        CHECK((double)us / 1000 < trend_bucket_ms(b));
        CHECK(us < 8 || trend_bucket_ms(b) <= (double)us / 1000 * 1.26);
    }
    CHECK_INT(trend_bucket(UINT64_MAX), TREND_BUCKETS - 1);
}

static int start(void **state)
{
    (void)state;
    arena = arena_open(1 << 20);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    trend_close(trend);
    arena_close(arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_has_its_place),
        TEST(every_level_tells_the_same_story),
        TEST(percentiles_are_of_their_own_step),
        TEST(peaks_stay_and_means_are_means),
        TEST(ratios_are_of_what_happened_meanwhile),
        TEST(a_late_second_bends_nothing),
        TEST(a_machine_asleep_leaves_a_gap),
        TEST(it_goes_round),
        TEST(buckets_hold_what_they_say),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
