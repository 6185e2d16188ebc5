/* How names are proven, and what strangers' servers cannot make of it. */
#include "tests/support/other_server.h"

#include "base/crypt.h"
#include "base/limits.h"
#include "roles/acme/trial.h"
#include "tests/support/dns_double.h"

#define TOKEN "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA"
#define KEY_AUTHORIZATION TOKEN ".9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI"
#define RIGHT "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: 87\r\n\r\n" KEY_AUTHORIZATION
#define TXT_RIGHT "lCM7cZyQXcVHK2nnW3jjAhNT3Fvm18UN-kWZZknKoYM"

static struct dns_double names;
static struct other other, next;      /* where it begins, where it may lead */
static struct network loopback;
static uint16_t ports[2];

static const struct dns_row zone[] = {
    {"a.example", 1, "127.0.0.1", 0, 0},
    {"alias.example", 5, "a.example", 0, 0},
    {"several.example", 1, "10.9.9.9", 0, 0},
    {"several.example", 1, "127.0.0.1", 0, 0},
    {"inside.example", 1, "10.9.9.9", 0, 0},
    {"metadata.example", 1, "169.254.169.254", 0, 0},
    {"turns.example", 1, "127.0.0.1", DNS_TURNS, 0},
    {"turns.example", 1, "10.9.9.9", DNS_TURNS, 0},
    {"texts.example", 16, "no address", 0, 0},
    {"broken.example", 1, "127.0.0.1", DNS_SERVFAIL, 0},
    {"broken.example", 28, "::1", DNS_SERVFAIL, 0},
    {"loop.example", 1, "127.0.0.1", DNS_POINTER_LOOP, 0},
    {"silent.example", 28, "::1", DNS_SILENT, 0},
    {"many.example", 1, "127.0.0.1", DNS_TRUNCATED, LIMIT_DNS_RECORDS},
    {"last.example", 1, "10.9.9.9", 0, LIMIT_ACME_ADDRESSES - 1},
    {"last.example", 1, "127.0.0.1", 0, 0},
    {"beyond.example", 1, "10.9.9.9", 0, LIMIT_ACME_ADDRESSES},
    {"beyond.example", 1, "127.0.0.1", 0, 0},
    {"_acme-challenge.a.example", 16, "of another order", 0, 0},
    {"_acme-challenge.a.example", 16, TXT_RIGHT, 0, 0},
    {"_acme-challenge.wrong.example", 16, "lCM7cZyQXcVHK2nnW3jjAhNT3Fvm18UN-kWZZknKoY", 0, 0},
    {"_acme-challenge.wrong.example", 16, TXT_RIGHT "A", 0, 0},
    {"_acme-challenge.alias.example", 5, "_acme-challenge.a.example", 0, 0},
    {"_acme-challenge.large.example", 16, TXT_RIGHT, DNS_TRUNCATED, LIMIT_DNS_RECORDS},
    {"_acme-challenge.larger.example", 16, TXT_RIGHT, DNS_TRUNCATED, LIMIT_DNS_RECORDS + 1},
    {"_acme-challenge.broken.example", 16, TXT_RIGHT, DNS_SERVFAIL, 0},
    {"_acme-challenge.short.example", 16, TXT_RIGHT, DNS_CUT_SHORT, 0},
    {"example.org", 257, "0 issue ca.example", 0, 0},
    {"closed.example.org", 257, "0 issue ;", 0, 0},
    {"unclear.example.org", 257, "0 issue ca.example", DNS_SERVFAIL, 0},
    {"_acme-challenge.deep.below.example.org", 16, TXT_RIGHT, 0, 0},
    {"_acme-challenge.closed.example.org", 16, TXT_RIGHT, 0, 0},
    {"_acme-challenge.below.closed.example.org", 16, TXT_RIGHT, 0, 0},
    {"_acme-challenge.unclear.example.org", 16, TXT_RIGHT, 0, 0},
};

struct outcome {
    enum err err;
    enum acme_fault fault;
    str text;
    struct arena *arena;
};

static struct acme_outside outside(void)
{
    NEED(network_read(S("127.0.0.1"), &loopback));
    ports[0] = other.port;
    ports[1] = next.port;
    return (struct acme_outside){.policy = {.may_http = true, .allow = &loopback, .allow_count = 1, .ports = ports, .port_count = 2},
                                 .resolver = names.at, .http_port = other.port};
}

static struct outcome try_with(const struct acme_outside *o, const struct acme_trial *wish)
{
    struct outcome out = {.arena = arena_open(4096)};
    struct problem why = {.arena = out.arena};
    struct acme_trial t = *wish;
    t.token = S(TOKEN);
    t.key_authorization = S(KEY_AUTHORIZATION);
    out.err = acme_try(o, &t, out.arena, &out.fault, &why);
    out.text = why.text;
    if (out.err != ERR_OK)
        CHECK(why.err == out.err && why.text.len > 0 && !str_contains(why.text, S("evaGx")));
    CHECK_INT(out.fault == ACME_NO_FAULT, out.err == ERR_OK || out.err == ERR_UNAVAILABLE);
    return out;
}

enum { NOT_TRIED = 100 };

static unsigned fault_of(const struct acme_outside *o, const struct acme_trial *wish)
{
    struct outcome out = try_with(o, wish);
    arena_close(out.arena);
    return out.err == ERR_UNAVAILABLE ? NOT_TRIED : (unsigned)out.fault;
}

static unsigned http_with(const char *const *answers, size_t count, const char *name)
{
    other = (struct other){0};
    open_other_with(&other, answers, count);
    struct acme_outside o = outside();
    unsigned fault = fault_of(&o, &(struct acme_trial){.by = PROOF_HTTP, .name = str_of(name)});
    close_other(&other);
    return fault;
}

static void answers_are_compared(void **state)
{
    static const struct {
        const char *answer;
        enum acme_fault fault;
    } rows[] = {
        {RIGHT, ACME_NO_FAULT},
        {"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n" KEY_AUTHORIZATION " \r\n", ACME_NO_FAULT},
        {"HTTP/1.1 200 OK\r\nContent-Length: 88\r\n\r\n " KEY_AUTHORIZATION, ACME_INCORRECT},
        {"HTTP/1.1 200 OK\r\nContent-Length: 88\r\n\r\n" KEY_AUTHORIZATION "x", ACME_INCORRECT},
        {"HTTP/1.1 200 OK\r\nContent-Length: 43\r\n\r\n" TOKEN, ACME_INCORRECT},
        {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", ACME_INCORRECT},
        {"HTTP/1.1 404 No\r\nContent-Length: 87\r\n\r\n" KEY_AUTHORIZATION, ACME_UNAUTHORIZED},
        {"HTTP/1.1 203 Maybe\r\nContent-Length: 87\r\n\r\n" KEY_AUTHORIZATION, ACME_UNAUTHORIZED},
        {"HTTP/1.1 200 OK\r\nContent-Length: 21474836480\r\n\r\n" KEY_AUTHORIZATION, ACME_CONNECTION}, /* it never comes */
        {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" KEY_AUTHORIZATION, ACME_CONNECTION},
        {"garbage\r\n", ACME_CONNECTION},
        {"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n", ACME_UNAUTHORIZED},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        CHECK_INT(http_with(&rows[i].answer, 1, "a.example"), rows[i].fault);
        CHECK_INT(other.connections, 1);
        char host[64];
        (void)snprintf(host, sizeof host, "\r\nHost: a.example:%u\r\n", other.port);
        CHECK(str_starts(str_of(other.requests[0]), S("GET /.well-known/acme-challenge/" TOKEN " HTTP/1.1\r\n")));
        CHECK(str_contains(str_of(other.requests[0]), str_of(host)));
    }
}

static void large_answers_end_early(void **state)
{
    static char answer[4096];
    (void)state;
    for (int over = 0; over < 2; over++) {
        size_t body = LIMIT_ACME_ANSWER_BYTES + (size_t)over;
        int head = snprintf(answer, sizeof answer, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s", body, KEY_AUTHORIZATION);
        size_t written = strlen(KEY_AUTHORIZATION);
        memset(answer + head, '\n', body - written);
        answer[(size_t)head + body - written] = '\0';
        CHECK_AT(over);
        CHECK_INT(http_with((const char *const[]){answer}, 1, "a.example"), over ? ACME_INCORRECT : ACME_NO_FAULT);
    }
}

static void names_lead_where_the_resolver_says(void **state)
{
    static const struct {
        const char *name;
        enum acme_fault fault;
        int connections;
    } rows[] = {
        {"alias.example", ACME_NO_FAULT, 1},      {"several.example", ACME_NO_FAULT, 1}, {"many.example", ACME_NO_FAULT, 1},
        {"last.example", ACME_NO_FAULT, 1},       {"beyond.example", ACME_CONNECTION, 0},
        {"inside.example", ACME_CONNECTION, 0},   {"metadata.example", ACME_CONNECTION, 0},
        {"texts.example", ACME_DNS, 0},           {"nothing.example", ACME_DNS, 0},
        {"broken.example", ACME_DNS, 0},          {"loop.example", ACME_DNS, 0},
        {"localhost", ACME_DNS, 0}, /* the system knows it; it is not asked */
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        CHECK_INT(http_with((const char *const[]){RIGHT}, 1, rows[i].name), rows[i].fault);
        CHECK_INT(other.connections, rows[i].connections);
    }
}

/* "#" is the port of the one where it may lead. */
static unsigned moved_to(const char *location, const char *name)
{
    char url[256], moved[512];
    size_t at = 0;
    other = next = (struct other){0};
    open_other(&next, RIGHT);
    for (const char *c = location; *c; c++)
        at += (size_t)snprintf(url + at, sizeof url - at, *c == '#' ? "%u" : "%c", *c == '#' ? next.port : (unsigned char)*c);
    (void)snprintf(moved, sizeof moved, "HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n", url);
    open_other_with(&other, (const char *const[]){moved, RIGHT}, 2);
    struct acme_outside o = outside();
    unsigned fault = fault_of(&o, &(struct acme_trial){.by = PROOF_HTTP, .name = str_of(name)});
    close_other(&other);
    close_other(&next);
    return fault;
}

static void redirects_lead_outside_only(void **state)
{
    static const struct {
        const char *location;
        enum acme_fault fault;
        int connections;
    } rows[] = {
        {"/elsewhere", ACME_NO_FAULT, 2},
        {"http://alias.example:#/x?y=z", ACME_NO_FAULT, 2},
        {"https://a.example:#/", ACME_CONNECTION, 2}, /* where nobody speaks TLS */
        {"http://inside.example:#/", ACME_CONNECTION, 1},
        {"http://metadata.example/latest/", ACME_CONNECTION, 1},
        {"http://nothing.example:#/", ACME_DNS, 1},
        {"http://localhost:#/", ACME_DNS, 1},
        {"http://127.0.0.1:#/", ACME_CONNECTION, 1},
        {"http://2130706433:#/", ACME_CONNECTION, 1},
        {"http://0x7f.1:#/", ACME_CONNECTION, 1},
        {"http://[::ffff:127.0.0.1]:#/", ACME_CONNECTION, 1},
        {"http://169.254.169.254/", ACME_CONNECTION, 1},
        {"http://a.example:22/", ACME_CONNECTION, 1},
        {"http://who:what@a.example:#/", ACME_CONNECTION, 1},
        {"file:///etc/passwd", ACME_CONNECTION, 1},
        {"gopher://a.example:#/", ACME_CONNECTION, 1},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        CHECK_INT(moved_to(rows[i].location, "a.example"), rows[i].fault);
        CHECK_INT(other.connections + next.connections, rows[i].connections);
    }
    /* The second look at the same name finds another address. */
    CHECK_AT(100);
    CHECK_INT(moved_to("http://turns.example:#/", "turns.example"), ACME_CONNECTION);
    CHECK_INT(other.connections + next.connections, 1);
}

static void redirects_end(void **state)
{
    static const char *round = "HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n";
    const char *answers[LIMIT_ACME_REDIRECTS + 1];
    (void)state;
    CHECK_INT(http_with(&round, 1, "a.example"), ACME_CONNECTION);
    CHECK_INT(other.connections, LIMIT_ACME_REDIRECTS + 1);
    for (size_t i = 0; i < LIMIT_ACME_REDIRECTS; i++)
        answers[i] = round;
    answers[LIMIT_ACME_REDIRECTS] = RIGHT;
    CHECK_INT(http_with(answers, COUNTOF(answers), "a.example"), ACME_NO_FAULT);
}

static void addresses_are_proven_where_they_are(void **state)
{
    (void)state;
    open_other(&other, RIGHT);
    struct acme_outside o = outside();
    unsigned before = names.questions;
    CHECK_INT(fault_of(&o, &(struct acme_trial){.by = PROOF_HTTP, .name = S("127.0.0.1"), .is_address = true}), ACME_NO_FAULT);
    CHECK_INT(fault_of(&o, &(struct acme_trial){.by = PROOF_HTTP, .name = S("::1"), .is_address = true}), ACME_CONNECTION);
    CHECK_INT(fault_of(&o, &(struct acme_trial){.by = PROOF_DNS, .name = S("127.0.0.1"), .is_address = true}), ACME_UNAUTHORIZED);
    CHECK_INT(names.questions, before);
    CHECK_INT(other.connections, 1);
    CHECK_INT(fault_of(&o, &(struct acme_trial){.by = PROOF_HTTP, .name = S("a.example"), .is_wildcard = true}), ACME_UNAUTHORIZED);
    o.policy.allow_count = 0;
    CHECK_INT(fault_of(&o, &(struct acme_trial){.by = PROOF_HTTP, .name = S("127.0.0.1"), .is_address = true}), ACME_CONNECTION);
    CHECK_INT(fault_of(&o, &(struct acme_trial){.by = PROOF_HTTP, .name = S("a.example")}), ACME_CONNECTION);
    CHECK_INT(other.connections, 1);
    close_other(&other);
}

static void what_hangs_is_stopped(void **state)
{
    static const struct acme_trial rows[] = {{.by = PROOF_HTTP, .name = STR("a.example")},
                                             {.by = PROOF_HTTP, .name = STR("silent.example")}};
    _Atomic(bool) stop = true;
    (void)state;
    open_other(&other, NULL);
    struct acme_outside o = outside();
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct acme_trial t = rows[i];
        t.stop = &stop;
        CHECK_AT(i);
        CHECK_INT(fault_of(&o, &t), NOT_TRIED);
    }
    struct dns_double gone;
    dns_double_open(&gone, zone, 1);
    dns_double_close(&gone);
    o.resolver = gone.at;
    CHECK_AT(10);
    CHECK_INT(fault_of(&o, &(struct acme_trial){.by = PROOF_HTTP, .name = S("a.example")}), NOT_TRIED);
    CHECK_INT(fault_of(&o, &(struct acme_trial){.by = PROOF_DNS, .name = S("a.example")}), NOT_TRIED);
    close_other(&other);
}

static void texts_are_compared(void **state)
{
    static const struct {
        str name;
        enum acme_fault fault;
    } rows[] = {
        {STR("a.example"), ACME_NO_FAULT},        {STR("alias.example"), ACME_NO_FAULT},  {STR("large.example"), ACME_NO_FAULT},
        {STR("wrong.example"), ACME_INCORRECT},   {STR("none.example"), ACME_UNAUTHORIZED}, {STR("larger.example"), ACME_DNS},
        {STR("broken.example"), ACME_DNS},        {STR("short.example"), ACME_DNS},
    };
    struct acme_outside o = outside();
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++)
        for (int wild = 0; wild < 2; wild++) {
            CHECK_AT(i);
            CHECK_INT(fault_of(&o, &(struct acme_trial){.by = PROOF_DNS, .name = rows[i].name, .is_wildcard = wild}), rows[i].fault);
        }
    char longest[LIMIT_DNS_NAME_BYTES + 1];
    for (size_t i = 0; i < sizeof longest; i++)
        longest[i] = i % 2 ? '.' : 'a';
    CHECK_INT(fault_of(&o, &(struct acme_trial){.by = PROOF_DNS, .name = {longest, LIMIT_DNS_NAME_BYTES}}), ACME_DNS);
}

static void records_upwards_say_who_issues(void **state)
{
    static const struct {
        str name, identity;
        enum acme_fault fault;
    } rows[] = {
        {STR("deep.below.example.org"), STR("ca.example"), ACME_NO_FAULT},
        {STR("deep.below.example.org"), STR("CA.example"), ACME_NO_FAULT},
        {STR("deep.below.example.org"), STR("other.example"), ACME_CAA},
        {STR("deep.below.example.org"), {0}, ACME_NO_FAULT},
        {STR("closed.example.org"), STR("ca.example"), ACME_CAA}, /* the closest counts alone */
        {STR("below.closed.example.org"), STR("ca.example"), ACME_CAA},
        {STR("unclear.example.org"), STR("ca.example"), ACME_DNS},
        {STR("a.example"), STR("ca.example"), ACME_NO_FAULT},
    };
    struct acme_outside o = outside();
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        o.caa_identity = rows[i].identity;
        CHECK_AT(i);
        CHECK_INT(fault_of(&o, &(struct acme_trial){.by = PROOF_DNS, .name = rows[i].name}), rows[i].fault);
    }
}

static void records_are_read_by_the_book(void **state)
{
    static const struct {
        struct dns_record records[3];
        size_t count;
        bool is_wildcard, may;
    } rows[] = {
        {{{.tag = STR("issue"), .text = STR("ca.example")}}, 1, false, true},
        {{{.tag = STR("ISSUE"), .text = STR(" ca.example ; a=b")}}, 1, true, true},
        {{{.tag = STR("issue"), .text = STR("other.example")}, {.tag = STR("issue"), .text = STR("ca.example")}}, 2, false, true},
        {{{.tag = STR("issue"), .text = STR("")}}, 1, false, false},
        {{{.tag = STR("issue"), .text = STR(";")}}, 1, false, false},
        {{{.tag = STR("issue"), .text = STR("ca.example.org")}}, 1, false, false},
        {{{.tag = STR("issue"), .text = STR("ca.example; broken")}}, 1, false, false},
        {{{.tag = STR("iodef"), .text = STR("mailto:a@b.example")}}, 1, false, true},
        {{{.tag = STR("iodef"), .text = STR("x"), .is_critical = true}}, 1, false, true},
        {{{.tag = STR("tbs"), .text = STR("x")}}, 1, false, true},
        {{{.tag = STR("tbs"), .text = STR("x"), .is_critical = true}}, 1, false, false},
        {{{.tag = STR("issue"), .text = STR("ca.example")}, {.tag = STR("tbs"), .is_critical = true}}, 2, false, false},
        {{{.tag = STR("issuewild"), .text = STR("ca.example")}}, 1, false, true},
        {{{.tag = STR("issuewild"), .text = STR("other.example")}}, 1, false, true},
        {{{.tag = STR("issuewild"), .text = STR("other.example")}}, 1, true, false},
        {{{.tag = STR("issue"), .text = STR("ca.example")}, {.tag = STR("issuewild"), .text = STR(";")}}, 2, true, false},
        {{{.tag = STR("issue"), .text = STR("ca.example")}, {.tag = STR("issuewild"), .text = STR(";")}}, 2, false, true},
        {{{.tag = STR("issue"), .text = STR(";")}, {.tag = STR("issuewild"), .text = STR("ca.example")}}, 2, true, true},
        {{{.tag = STR("issue"), .text = STR("ca.example; validationmethods=dns-01,http-01")}}, 1, false, true},
        {{{.tag = STR("issue"), .text = STR("ca.example; validationmethods=http-01")}}, 1, false, false},
        {{{.tag = STR("issue"), .text = STR("ca.example; accounturi=https://ca.example/acme/account/1")}}, 1, false, true},
        {{{.tag = STR("issue"), .text = STR("ca.example; accounturi=https://ca.example/acme/account/2")}}, 1, false, false},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct problem why = {0};
        struct dns_answer records = {rows[i].records, rows[i].count};
        struct acme_outside o = {.caa_identity = S("ca.example")};
        struct acme_trial t = {.by = PROOF_DNS, .is_wildcard = rows[i].is_wildcard, .account_url = S("https://ca.example/acme/account/1")};
        CHECK_AT(i);
        CHECK_ERR(caa_judge(&o, &t, &records, &why), rows[i].may ? ERR_OK : ERR_INVALID);
    }
}

static int start(void **state)
{
    uint8_t digest[32];
    struct arena *a = arena_open(1024);
    (void)state;
    crypt_start();
    crypt_sha256(S(KEY_AUTHORIZATION), digest);
    CHECK_STR(base64url_encode(a, (str){(const char *)digest, sizeof digest}), S(TXT_RIGHT));
    arena_close(a);
    dns_double_open(&names, zone, COUNTOF(zone));
    return check_failures;
}

static int stop(void **state)
{
    (void)state;
    dns_double_close(&names);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(answers_are_compared),          TEST(large_answers_end_early),
        TEST(names_lead_where_the_resolver_says), TEST(redirects_lead_outside_only),
        TEST(redirects_end),                 TEST(addresses_are_proven_where_they_are),
        TEST(what_hangs_is_stopped),         TEST(texts_are_compared),
        TEST(records_upwards_say_who_issues), TEST(records_are_read_by_the_book),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
