/* The course of a request, and the header that ties it to a caller's. */
#include "base/spans.h"

#include "base/limits.h"
#include "tests/support/check.h"

static struct arena *arena;

static void parts_lie_within_what_is_open(void **state)
{
    (void)state;
    struct spans *s = spans_open(arena, "request", 1);
    char name[] = "posts";
    unsigned a = span_begin(s, "a", str_of(name));
    name[0] = 'X'; /* the model that it stood in has gone: a request may last for hours */
    unsigned b = span_begin(s, "b", S(""));
    unsigned left = span_begin(s, "left open", S(""));
    span_end(s, b);
    unsigned c = span_begin(s, "c", S(""));
    span_end(s, c);
    span_end(s, a);
    unsigned d = span_begin(s, "d", S(""));
    CHECK_INT(s->at[a].within, 0);
    CHECK_INT(s->at[b].within, a);
    CHECK_INT(s->at[left].within, b);
    CHECK(s->at[left].to_us >= s->at[left].from_us && s->at[left].to_us == s->at[b].to_us);
    CHECK_INT(s->at[c].within, a);
    CHECK_INT(s->at[d].within, 0);
    CHECK_INT(s->at[d].to_us, 0);
    CHECK_STR(s->at[a].about, S("posts"));
}

static void nobody_asks_and_nothing_happens(void **state)
{
    (void)state;
    struct span_run run;
    unsigned a = span_begin(NULL, "a", S(""));
    span_end(NULL, a);
    span_between(NULL, "b", 1, 2, 3);
    span_run_begin(NULL, &run);
    span_run_end(NULL, &run, S("SELECT 1"), 1);
    CHECK_INT(a, 0);
    CHECK(span_if_slow(NULL, a) == NULL);
}

static void runs_of_a_statement_are_one_span_without_what_ran_within(void **state)
{
    (void)state;
    struct spans *s = spans_open(arena, "request", 1);
    struct span_run outer, inner;
    char text[] = "SELECT inner";
    span_run_begin(s, &outer);
    for (int i = 0; i < 3; i++) {
        span_run_begin(s, &inner);
        span_run_end(s, &inner, str_of(text), 2);
    }
    text[0] = 'X'; /* the cache that it stood in is used again */
    span_run_end(s, &outer, S("SELECT outer"), 3);
    CHECK_INT(s->count, 3);
    CHECK_STR(s->at[1].about, S("SELECT inner"));
    CHECK_INT(s->at[1].times, 3);
    CHECK_INT(s->at[1].rows, 6);
    CHECK_INT(s->at[2].times, 1);
    CHECK_INT(s->at[2].rows, 3);
    CHECK(s->at[2].us + s->at[1].us <= s->at[2].to_us - s->at[2].from_us);
}

static void parts_beyond_the_limit_are_counted(void **state)
{
    (void)state;
    struct spans *s = spans_open(arena, "request", 1);
    for (unsigned i = 0; i < LIMIT_SPANS + 4; i++)
        span_end(s, span_begin(s, "part", S("")));
    CHECK_INT(s->count, LIMIT_SPANS);
    CHECK_INT(s->lost, 5);
    CHECK_INT(s->now, 0);
}

static void long_statements_keep_no_text(void **state)
{
    (void)state;
    struct spans *s = spans_open(arena, "request", 1);
    struct span_run run;
    char *text = arena_get(arena, LIMIT_SPAN_TEXT_BYTES + 1, 1);
    memset(text, 'x', LIMIT_SPAN_TEXT_BYTES + 1);
    span_run_begin(s, &run);
    span_run_end(s, &run, (str){text, LIMIT_SPAN_TEXT_BYTES + 1}, 1);
    CHECK_INT(s->at[1].about.len, 0);
}

static void a_slow_part_is_one_that_took_longer(void **state)
{
    (void)state;
    struct spans *s = spans_open(arena, "request", 1);
    unsigned a = span_begin(s, "a", S(""));
    CHECK(span_if_slow(s, a) == NULL); /* nothing is slow */
    s->slow_us = 1000;
    CHECK(span_if_slow(s, a) == NULL);
    s->at[a].from_us -= 2000;
    CHECK(span_if_slow(s, a) == &s->at[a]);
}

#define TRACE  "4bf92f3577b34da6a3ce929d0e0e4736"
#define PARENT "00f067aa0ba902b7"

static void callers_traces_are_read_as_the_standard_says(void **state)
{
    static const struct {
        const char *header;
        bool ok, sampled;
    } cases[] = {
        {"00-" TRACE "-" PARENT "-01", true, true},
        {"00-" TRACE "-" PARENT "-00", true, false},
        {"00-" TRACE "-" PARENT "-ff", true, true},
        {"00-" TRACE "-" PARENT "-02", true, false},
        {"  00-" TRACE "-" PARENT "-01 ", true, true},
        {"01-" TRACE "-" PARENT "-01", true, true},           /* a later version that looks like this one … */
        {"01-" TRACE "-" PARENT "-01-more", true, true},      /* … or begins like it */
        {"01-" TRACE "-" PARENT "-01more", false, false},
        {"00-" TRACE "-" PARENT "-01-more", false, false},
        {"ff-" TRACE "-" PARENT "-01", false, false},
        {"0g-" TRACE "-" PARENT "-01", false, false},
        {"00-00000000000000000000000000000000-" PARENT "-01", false, false},
        {"00-" TRACE "-0000000000000000-01", false, false},
        {"00-4BF92F3577B34DA6A3CE929D0E0E4736-" PARENT "-01", false, false}, /* lower case only */
        {"00-" TRACE "-" PARENT "-0x", false, false},
        {"00-" TRACE "-" PARENT "-1", false, false},
        {"00_" TRACE "-" PARENT "-01", false, false},
        {"00-" TRACE "_" PARENT "-01", false, false},
        {"", false, false},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        struct trace_context c = {.is_sampled = true};
        CHECK_AT(i);
        CHECK(traceparent_read(str_of(cases[i].header), &c) == cases[i].ok);
        CHECK(!cases[i].ok || c.is_sampled == cases[i].sampled);
        CHECK(!cases[i].ok || (c.trace[0] == 0x4b && c.trace[15] == 0x36 && c.parent[7] == 0xb7));
    }
    CHECK(!traceparent_read((str){0}, &(struct trace_context){.is_sampled = false}));
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    struct spans *s = spans_open(arena, "request", 1);
    struct trace_context back = {.is_sampled = false};
    char header[TRACEPARENT_LENGTH + 1];
    NEED(traceparent_read(S("00-" TRACE "-" PARENT "-01"), &s->trace));
    s->first_id = 0x00f067aa0ba902b0;
    s->is_sent = true;
    traceparent_write(s, 7, header);
    CHECK_STR(str_of(header), S("00-" TRACE "-" PARENT "-01"));
    s->is_sent = false;
    traceparent_write(s, 8, header);
    NEED(traceparent_read(str_of(header), &back));
    CHECK(!back.is_sampled && back.parent[7] == 0xb8);
}

static int start(void **state)
{
    (void)state;
    arena = arena_open(1 << 16);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    arena_close(arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(parts_lie_within_what_is_open),
        TEST(nobody_asks_and_nothing_happens),
        TEST(runs_of_a_statement_are_one_span_without_what_ran_within),
        TEST(parts_beyond_the_limit_are_counted),
        TEST(long_statements_keep_no_text),
        TEST(a_slow_part_is_one_that_took_longer),
        TEST(callers_traces_are_read_as_the_standard_says),
        TEST(what_is_written_is_read),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
