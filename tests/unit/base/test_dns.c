/* What is asked of a name server and how much of its answer is taken. */
#include "base/dns.h"

#include "base/limits.h"
#include "base/time.h"
#include "tests/support/dns_double.h"

#define LONG_TEXT                                                                                                                  \
    "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123" \
    "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123" \
    "0123456789 and its end"

static const struct dns_row zone[] = {
    {"a.example", 1, "192.0.2.1", 0, 0},
    {"a.example", 1, "192.0.2.2", 0, 0},
    {"a.example", 28, "2001:db8::7", 0, 0},
    {"txt.example", 16, "one", 0, 0},
    {"txt.example", 16, "", 0, 0},
    {"txt.example", 16, LONG_TEXT, 0, 0},
    {"caa.example", 257, "0 issue ca.example; x=y", 0, 0},
    {"caa.example", 257, "128 tbs unknown", 0, 0},
    {"alias.example", 5, "second.example", 0, 0},
    {"second.example", 5, "a.example", 0, 0},
    {"round.example", 5, "round.example", 0, 0},
    {"large.example", 16, LONG_TEXT, DNS_TRUNCATED, 40},
    {"most.example", 1, "192.0.2.1", DNS_TRUNCATED, LIMIT_DNS_RECORDS},
    {"more.example", 1, "192.0.2.1", DNS_TRUNCATED, LIMIT_DNS_RECORDS + 1},
    {"more.example", 28, "2001:db8::7", DNS_TRUNCATED, LIMIT_DNS_RECORDS + 1},
    {"more.example", 16, "x", DNS_TRUNCATED, LIMIT_DNS_RECORDS + 1},
    {"more.example", 257, "0 issue x", DNS_TRUNCATED, LIMIT_DNS_RECORDS + 1},
    {"silent.example", 1, "192.0.2.1", DNS_SILENT, 0},
    {"silent-tcp.example", 1, "192.0.2.1", DNS_SILENT_TCP, 0},
    {"broken.example", 1, "192.0.2.1", DNS_SERVFAIL, 0},
    {"id.example", 1, "192.0.2.1", DNS_WRONG_ID, 0},
    {"question.example", 1, "192.0.2.1", DNS_WRONG_QUESTION, 0},
    {"loop.example", 1, "192.0.2.1", DNS_POINTER_LOOP, 0},
    {"loop.example", 16, "x", DNS_POINTER_LOOP, 0},
    {"loop.example", 257, "0 issue x", DNS_POINTER_LOOP, 0},
    {"short.example", 1, "192.0.2.1", DNS_CUT_SHORT, 0},
    {"short.example", 28, "2001:db8::7", DNS_CUT_SHORT, 0},
    {"short.example", 16, "text", DNS_CUT_SHORT, 0},
    {"short.example", 257, "0 issue x", DNS_CUT_SHORT, 0},
};

static struct dns_double server;

static enum err ask_for(struct arena *a, const char *name, enum dns_kind kind, unsigned ms, struct dns_answer *got)
{
    struct problem why = {.arena = a};
    struct dns_question q = {.server = server.at, .name = str_of(name), .kind = kind, .ms = ms};
    enum err e = dns_ask(&q, a, got, &why);
    if (e != ERR_OK)
        CHECK(why.err == e && why.text.len > 0);
    return e;
}

static void records_are_read(void **state)
{
    struct arena *a = arena_open(4096);
    struct dns_answer got;
    (void)state;
    CHECK_ERR(ask_for(a, "a.example", DNS_A, 0, &got), ERR_OK);
    CHECK_INT(got.count, 2);
    CHECK_STR(address_write(a, &got.records[0].address), S("192.0.2.1"));
    CHECK_STR(address_write(a, &got.records[1].address), S("192.0.2.2"));
    CHECK_ERR(ask_for(a, "A.EXAMPLE", DNS_AAAA, 0, &got), ERR_OK);
    CHECK_INT(got.count, 1);
    CHECK_STR(address_write(a, &got.records[0].address), S("2001:db8::7"));
    CHECK_ERR(ask_for(a, "txt.example", DNS_TXT, 0, &got), ERR_OK);
    CHECK_INT(got.count, 3);
    CHECK_STR(got.records[0].text, S("one"));
    CHECK_STR(got.records[1].text, S(""));
    CHECK_STR(got.records[2].text, S(LONG_TEXT));
    CHECK_ERR(ask_for(a, "caa.example", DNS_CAA, 0, &got), ERR_OK);
    CHECK_INT(got.count, 2);
    CHECK_STR(got.records[0].tag, S("issue"));
    CHECK_STR(got.records[0].text, S("ca.example; x=y"));
    CHECK(!got.records[0].is_critical && got.records[1].is_critical);
    CHECK_STR(got.records[1].tag, S("tbs"));
    arena_close(a);
}

static void aliases_lead_on_and_end(void **state)
{
    struct arena *a = arena_open(4096);
    struct dns_answer got;
    (void)state;
    CHECK_ERR(ask_for(a, "alias.example", DNS_A, 0, &got), ERR_OK);
    CHECK_INT(got.count, 2);
    CHECK_ERR(ask_for(a, "alias.example", DNS_TXT, 0, &got), ERR_OK);
    CHECK_INT(got.count, 0);
    CHECK_ERR(ask_for(a, "round.example", DNS_A, 0, &got), ERR_OK);
    CHECK_INT(got.count, 0);
    arena_close(a);
}

static void what_is_not_there(void **state)
{
    struct arena *a = arena_open(4096);
    struct dns_answer got;
    (void)state;
    for (int kind = 0; kind < DNS_KIND_COUNT; kind++) {
        CHECK_AT(kind);
        CHECK_ERR(ask_for(a, "nothing.example", (enum dns_kind)kind, 0, &got), ERR_NOT_FOUND);
        CHECK_INT(got.count, 0);
    }
    CHECK_ERR(ask_for(a, "txt.example", DNS_A, 0, &got), ERR_OK);
    CHECK_INT(got.count, 0);
    CHECK_ERR(ask_for(a, "broken.example", DNS_A, 0, &got), ERR_INVALID);
    arena_close(a);
}

static void large_answers_come_over_tcp(void **state)
{
    struct arena *a = arena_open(4096);
    struct dns_answer got;
    (void)state;
    unsigned before = server.over_tcp;
    CHECK_ERR(ask_for(a, "large.example", DNS_TXT, 0, &got), ERR_OK);
    CHECK_INT(got.count, 40);
    CHECK_INT(server.over_tcp - before, 1);
    CHECK_ERR(ask_for(a, "most.example", DNS_A, 0, &got), ERR_OK);
    CHECK_INT(got.count, LIMIT_DNS_RECORDS);
    for (int kind = 0; kind < DNS_KIND_COUNT; kind++) {
        CHECK_AT(kind);
        CHECK_ERR(ask_for(a, "more.example", (enum dns_kind)kind, 0, &got), ERR_TOO_LARGE);
        CHECK_INT(got.count, 0);
    }
    arena_close(a);
}

static void names_are_names(void **state)
{
    static const char *const bad[] = {"", ".", "a..b", ".a", "a.", "a b", "a\\.b", "a\\032b", "\xc3\xa4.example", "a/b", "*.example",
                                      "a123456789012345678901234567890123456789012345678901234567890123.example"};
    struct arena *a = arena_open(4096);
    struct dns_answer got;
    (void)state;
    unsigned before = server.questions;
    for (size_t i = 0; i < COUNTOF(bad); i++) {
        CHECK_AT(i);
        CHECK_ERR(ask_for(a, bad[i], DNS_A, 0, &got), ERR_INVALID);
    }
    char text[LIMIT_DNS_NAME_BYTES + 2];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = i % 2 ? '.' : 'a';
    text[LIMIT_DNS_NAME_BYTES + 1] = '\0';
    text[LIMIT_DNS_NAME_BYTES] = 'a';
    CHECK_ERR(ask_for(a, text, DNS_A, 0, &got), ERR_INVALID);
    CHECK_INT(server.questions - before, 0);
    text[LIMIT_DNS_NAME_BYTES] = '\0';
    CHECK_ERR(ask_for(a, text, DNS_A, 0, &got), ERR_NOT_FOUND);
    CHECK_INT(server.questions - before, 1);
    arena_close(a);
}

static void hostile_answers_are_refused(void **state)
{
    static const struct {
        const char *name;
        enum dns_kind kind;
        enum err err;
    } rows[] = {
        {"loop.example", DNS_A, ERR_BAD_INPUT},    {"loop.example", DNS_TXT, ERR_BAD_INPUT},   {"loop.example", DNS_CAA, ERR_BAD_INPUT},
        {"short.example", DNS_A, ERR_BAD_INPUT},   {"short.example", DNS_AAAA, ERR_BAD_INPUT}, {"short.example", DNS_TXT, ERR_BAD_INPUT},
        {"short.example", DNS_CAA, ERR_BAD_INPUT}, {"id.example", DNS_A, ERR_TIMEOUT},         {"question.example", DNS_A, ERR_TIMEOUT},
        {"silent.example", DNS_A, ERR_TIMEOUT},    {"silent-tcp.example", DNS_A, ERR_TIMEOUT},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct arena *a = arena_open(4096);
        struct dns_answer got;
        CHECK_AT(i);
        int64_t begun = time_mono_us();
        CHECK_ERR(ask_for(a, rows[i].name, rows[i].kind, 300, &got), rows[i].err);
        CHECK_INT(got.count, 0);
        CHECK(time_mono_us() - begun < 3000000);
        arena_close(a);
    }
}

static void ids_are_not_guessed(void **state)
{
    struct arena *a = arena_open(4096);
    struct dns_answer got;
    unsigned steps = 0;
    (void)state;
    while (server.questions % COUNTOF(server.ids))
        CHECK_ERR(ask_for(a, "a.example", DNS_A, 0, &got), ERR_OK);
    for (size_t i = 0; i < COUNTOF(server.ids); i++)
        CHECK_ERR(ask_for(a, "a.example", DNS_A, 0, &got), ERR_OK);
    for (size_t i = 1; i < COUNTOF(server.ids); i++)
        steps += (uint16_t)(server.ids[i] - server.ids[i - 1]) <= 1;
    CHECK(steps < 2);
    arena_close(a);
}

static void who_is_told_to_stop_stops(void **state)
{
    struct arena *a = arena_open(4096);
    struct problem why = {.arena = a};
    struct dns_answer got;
    _Atomic(bool) stop = true;
    (void)state;
    struct dns_question q = {.server = server.at, .name = S("silent.example"), .kind = DNS_A, .stop = &stop};
    CHECK_ERR(dns_ask(&q, a, &got, &why), ERR_UNAVAILABLE);
    arena_close(a);
}

static void nobody_there_is_said(void **state)
{
    struct arena *a = arena_open(4096);
    struct problem why = {.arena = a};
    struct dns_answer got;
    struct dns_double gone;
    (void)state;
    dns_double_open(&gone, zone, 1);
    dns_double_close(&gone);
    struct dns_question q = {.server = gone.at, .name = S("a.example"), .kind = DNS_A};
    CHECK_ERR(dns_ask(&q, a, &got, &why), ERR_UNAVAILABLE);
    q.server = S("nowhere");
    CHECK_ERR(dns_ask(&q, a, &got, &why), ERR_UNAVAILABLE);
    arena_close(a);
}

static int start(void **state)
{
    (void)state;
    dns_double_open(&server, zone, COUNTOF(zone));
    return 0;
}

static int stop(void **state)
{
    (void)state;
    dns_double_close(&server);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(records_are_read),     TEST(aliases_lead_on_and_end),     TEST(what_is_not_there),
        TEST(names_are_names),      TEST(large_answers_come_over_tcp), TEST(hostile_answers_are_refused),
        TEST(ids_are_not_guessed),  TEST(who_is_told_to_stop_stops),   TEST(nobody_there_is_said),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
