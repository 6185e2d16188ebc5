/* What of webhooks can be told without a house: when something is tried again, what a template makes, which headers may be
 * said, and what of an answer is not kept. */
#include <sys/resource.h>

#include "base/id.h"
#include "base/limits.h"
#include "content/system/site/webhook_headers.h"
#include "roles/webhooks/part.h"
#include "tests/support/check.h"

static const struct json *read(struct arena *a, const char *text)
{
    struct problem why = {.arena = a};
    const struct json *v = NULL;
    struct json_options options = {.dialect = JSON_5};
    if (json_read(a, str_of(text), &options, S(""), &v, &why) != ERR_OK)
        fail_msg("%s", text);
    return v;
}

static void what_failed_is_tried_again_within_a_day(void **state)
{
    static const int64_t wanted_s[] = {5, 30, 120, 600, 1800, 3600, 7200, 14400, 28800, 28800};
    int64_t latest = 0;
    (void)state;
    for (unsigned i = 0; i < COUNTOF(wanted_s); i++) {
        int64_t ms = wanted_s[i] * 1000;
        CHECK_AT(i);
        CHECK_INT(webhook_retry_ms(NULL, i + 1, 0), ms);
        CHECK_INT(webhook_retry_ms(NULL, i + 1, 1000), ms);
        for (uint32_t chance = 0; chance < 5000; chance += 77) {
            int64_t some = webhook_retry_ms(NULL, i + 1, chance);
            CHECK(some <= ms && some >= ms - ms / 5);
        }
        latest += ms;
    }
    CHECK(latest <= LIMIT_WEBHOOK_RETRY_S * INT64_C(1000));
    CHECK_INT(webhook_retry_ms(NULL, COUNTOF(wanted_s) + 1, 0), -1);
    CHECK_INT(webhook_retry_ms(NULL, 0, 0), -1);
}

static void a_webhook_may_have_rows_of_its_own(void **state)
{
    struct arena *a = arena_open(1024);
    const struct json *rows = read(a, "[{after_s:1},{after_s:60}]");
    (void)state;
    CHECK_INT(webhook_retry_ms(rows, 1, 0), 1000);
    CHECK_INT(webhook_retry_ms(rows, 2, 0), 60000);
    CHECK_INT(webhook_retry_ms(rows, 2, 999), 60000 - 11988);
    CHECK_INT(webhook_retry_ms(rows, 3, 0), -1);
    CHECK_INT(webhook_retry_ms(read(a, "[]"), 1, 0), 5000);
    arena_close(a);
}

static void retry_after_counts_within_bounds(void **state)
{
    enum { HOUR = LIMIT_WEBHOOK_RETRY_AFTER_S * 1000 };
    static const struct {
        const char *said;
        int64_t ms;
    } rows[] = {
        {"0", 0}, {"7", 7000}, {"3600", HOUR}, {"3601", HOUR}, {"18446744073709551615", HOUR}, {"99999999999999999999999", -1},
        {"Sun, 06 Nov 1994 08:49:37 GMT", 37000}, {"Sun, 06 Nov 1994 08:49:00 GMT", 0}, {"Sat, 05 Nov 1994 08:49:37 GMT", 0},
        {"Sun, 06 Nov 2094 08:49:37 GMT", HOUR}, {"-1", -1}, {"", -1}, {"soon", -1}, {"1.5", -1}, {"Sun, 06 Xxx 1994 08:49:37 GMT", -1},
        {"Sun, 06 Nov 1994 08:49:37 CET", -1}, {"Sunday, 06-Nov-94 08:49:37 GMT", -1},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        CHECK_INT(webhook_retry_after_ms(str_of(rows[i].said), INT64_C(784111740000)), rows[i].ms);
    }
}

static void receivers_that_fail_are_left_alone_longer_and_longer(void **state)
{
    (void)state;
    CHECK_INT(webhook_rest_ms(0), 0);
    CHECK_INT(webhook_rest_ms(1), 1000);
    CHECK_INT(webhook_rest_ms(2), 2000);
    CHECK_INT(webhook_rest_ms(9), 256000);
    CHECK_INT(webhook_rest_ms(10), LIMIT_WEBHOOK_REST_S * 1000);
    CHECK_INT(webhook_rest_ms(UINT32_MAX), LIMIT_WEBHOOK_REST_S * 1000);
}

static void secrets_that_come_back_become_stars(void **state)
{
    static const struct {
        const char *text, *wanted;
    } rows[] = {
        {"Authorization: Bearer s3cr3t-token", "Authorization: *******************"},
        {"you said s3cr3t-token s3cr3t-token", "you said ************ ************"},
        {"Bearer of news", "****** of news"},
        {"s3cr3t-toke", "s3cr3t-toke"},
        {"", ""},
        {"abc ab", "abc ab"},
        {"{\"authorization\":\"Basic dTpw\\/Lz4\\/=\"}", "{\"authorization\":\"******************\"}"},
        {"dTpw/Lz4/= dTpw\\/Lz4/=\\", "********** ***********\\"},
    };
    struct pair secrets[] = {{STR("z"), STR("Basic dTpw/Lz4/=")}, {STR("Authorization"), STR("Bearer s3cr3t-token")}, {STR("x"), STR("ab")},
                             {STR("y"), STR("")}};
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        char text[100];
        size_t n = strlen(rows[i].text);
        memcpy(text, rows[i].text, n + 1);
        webhook_mask(text, n, secrets, COUNTOF(secrets));
        CHECK_AT(i);
        CHECK_STR(str_of(text), str_of(rows[i].wanted));
    }
}

static void templates_are_filled(void **state)
{
    static const char from[] = "{type:'posts.create', data:{seq:7, after:{title:'A \"b\"', views:3, tags:['x','y'], none:null}}}";
    static const struct {
        const char *template, *wanted;
    } rows[] = {
        {"'{{type}}'", "\"posts.create\""},
        {"{text:'New: {{ data.after.title }}!', n:'{{data.after.views}}'}", "{\"text\":\"New: A \\\"b\\\"!\",\"n\":3}"},
        {"['{{data.after.tags}}','{{data.after.tags.1}}','{{data.after.tags.2}}']", "[[\"x\",\"y\"],\"y\",null]"},
        {"'{{data.after.none}}'", "null"},
        {"'<{{data.after.none}}{{nothing}}{{data.seq}}>'", "\"<7>\""},
        {"'a {{data.after.tags}}'", "\"a [\\\"x\\\",\\\"y\\\"]\""},
        {"'{{type'", "\"{{type\""},
        {"'{{}}'", "null"},
        {"'{{type}} {{ open'", "\"posts.create {{ open\""},
        {"'}}{{type}}'", "\"}}posts.create\""},
        {"{'{{type}}':1, b:true, c:null, d:1.5}", "{\"{{type}}\":1,\"b\":true,\"c\":null,\"d\":1.5}"},
        {"'{{data.after.title.x}}'", "null"},
        {"'{{data.after.tags.-1}}'", "null"},
    };
    struct arena *a = arena_open(4096);
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct problem why = {.arena = a};
        struct buf out;
        buf_init(&out, a, LIMIT_WEBHOOK_BODY_BYTES);
        CHECK_AT(i);
        CHECK_PROBLEM(webhook_fill(&out, read(a, rows[i].template), read(a, from), &why), ERR_OK, &why);
        CHECK_STR(buf_str(&out), str_of(rows[i].wanted));
    }
    arena_close(a);
}

static void a_template_does_not_make_more_than_is_sent(void **state)
{
    struct arena *a = arena_open(4096);
    struct problem why = {.arena = a};
    struct buf out;
    struct json big = json_of_text((str){arena_get(a, 600u << 10, 1), 600u << 10}), member = json_named(S("x"), big), from = json_of_map(&member, 1);
    memset((char *)(uintptr_t)big.text.at, 'x', big.text.len);
    (void)state;
    buf_init(&out, a, LIMIT_WEBHOOK_BODY_BYTES);
    CHECK_ERR(webhook_fill(&out, read(a, "['{{x}}','{{x}}']"), &from, &why), ERR_TOO_LARGE);
    buf_init(&out, a, LIMIT_WEBHOOK_BODY_BYTES);
    CHECK_ERR(webhook_fill(&out, read(a, "'{{x}}{{x}}'"), &from, &why), ERR_TOO_LARGE);
    arena_close(a);
}

static long most_kilobytes(void)
{
    struct rusage usage;
    NEED(getrusage(RUSAGE_SELF, &usage) == 0);
    return usage.ru_maxrss;
}

/* Thousands of places that each would be 100 KiB: what is too large is known long before all of them are filled. */
static void a_template_takes_no_more_memory_than_is_sent(void **state)
{
    enum { PLACES = 3000, VALUES = 50000 };
    struct arena *a = arena_open(4096);
    struct json *numbers = NEW_N(a, struct json, VALUES), *texts = NEW_N(a, struct json, PLACES);
    struct problem why = {.arena = a};
    struct buf out, text;
    (void)state;
    for (size_t i = 0; i < VALUES; i++)
        numbers[i] = json_of_int(7);
    struct json many = json_named(S("x"), json_of_list(numbers, VALUES)), from = json_of_map(&many, 1);
    buf_init(&text, a, 1u << 20);
    for (size_t i = 0; i < PLACES; i++) {
        buf_add(&text, S("a{{x}}"));
        texts[i] = json_of_text(S("a{{x}}"));
    }
    const struct json one = json_of_text(buf_str(&text)), all = json_of_list(texts, PLACES), *const templates[] = {&one, &all};
    long before = most_kilobytes();
    for (size_t i = 0; i < COUNTOF(templates); i++) {
        CHECK_AT(i);
        buf_init(&out, a, LIMIT_WEBHOOK_BODY_BYTES);
        CHECK_ERR(webhook_fill(&out, templates[i], &from, &why), ERR_TOO_LARGE);
        CHECK(most_kilobytes() - before < 100 << 10);
    }
    arena_close(a);
}

/* An item that is as deep or as large as it may be is more so in a body: it holds nobody up. */
static void a_template_that_cannot_be_filled_is_filled_without_images(void **state)
{
    enum { VALUES = LIMIT_JSON_VALUES / 2 };
    struct arena *a = arena_open(4096);
    struct json deep = json_of_list(NULL, 0), numbers = json_of_list(NEW_N(a, struct json, VALUES), VALUES);
    (void)state;
    for (unsigned i = 1; i < LIMIT_JSON_DEPTH - 2; i++) { /* with {"data": {"x": …}} the deepest that is taken */
        struct json *one = NEW(a, struct json);
        *one = deep;
        deep = json_of_list(one, 1);
    }
    for (size_t i = 0; i < VALUES; i++)
        ((struct json *)(uintptr_t)numbers.items)[i] = json_of_int(7);
    const struct json values[] = {json_of_text(S("t")), deep, numbers};
    static const str wanted[] = {STR("{\"x\":\"t\",\"all\":null}"), STR("{\"x\":null,\"all\":true}"), STR("{\"x\":null,\"all\":true}")};
    const struct hook h = hook_of(read(a, "{template:{x:'{{data.after.x}}', all:'{{omitted}}'}}"));
    for (size_t i = 0; i < COUNTOF(values); i++) {
        struct problem why = {.arena = a};
        struct json x = json_named(S("x"), values[i]), image = json_of_map(&x, 1);
        struct feed_event e = {.seq = 1, .collection = S("posts"), .item = S("i"), .seen = {.sight = SIGHT_CHANGED, .verb = S("update"), .before = &image, .after = &image}};
        str out = {0};
        CHECK_AT(i);
        CHECK_PROBLEM(webhook_body(a, &h, &e, &out, &why), ERR_OK, &why);
        CHECK_STR(out, wanted[i]);
    }
    arena_close(a);
}

static void headers_that_make_the_message_are_not_for_others(void **state)
{
    static const struct {
        const char *lines;
        size_t count;
        bool ok;
    } rows[] = {
        {"", 0, true}, {"\n \r\n", 0, true}, {"Authorization: Bearer x", 1, true}, {"A: 1\r\nB:2\n\nC:  ", 3, true}, {"X-Key:a:b:c", 1, true},
        {"no colon", 0, false}, {": x", 0, false}, {"a b: x", 0, false}, {"Host: evil", 0, false}, {"content-length: 3", 0, false},
        {"Transfer-Encoding: chunked", 0, false}, {"webhook-signature: v1,x", 0, false}, {"Webhook-Id: x", 0, false}, {"Proxy-Authorization: x", 0, false},
        {"Content-Type: text/plain", 0, false}, {"X: a\tb", 0, false}, {"X: a\x7f", 0, false}, {"Connection: close", 0, false}, {"X\x80: y", 0, false},
        {"a:1\na:1\na:1\na:1\na:1\na:1\na:1\na:1\na:1\na:1\na:1\na:1\na:1\na:1\na:1\na:1", 16, true},
        {"a:1\na:1\na:1\na:1\na:1\na:1\na:1\na:1\na:1\na:1\na:1\na:1\na:1\na:1\na:1\na:1\na:1", 0, false},
    };
    struct arena *a = arena_open(4096);
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct problem why = {.arena = a};
        struct pair out[LIMIT_WEBHOOK_HEADERS];
        size_t count = 0;
        CHECK_AT(i);
        CHECK_PROBLEM(webhook_headers_read(a, str_of(rows[i].lines), S("/h"), out, &count, &why), rows[i].ok ? ERR_OK : ERR_INVALID, &why);
        if (rows[i].ok)
            CHECK_INT(count, rows[i].count);
        else
            CHECK_INT(why.fault_count, 1);
    }
    arena_close(a);
}

static void a_delivery_is_the_same_whoever_makes_it(void **state)
{
    char one[ID_LENGTH + 1], two[ID_LENGTH + 1];
    (void)state;
    delivery_id(S("0123456789abcdef01234567"), 7, INT64_C(1600000000000), one);
    delivery_id(S("0123456789abcdef01234567"), 7, INT64_C(1600000000000), two);
    CHECK(id_valid(str_of(one)) && str_equal(str_of(one), str_of(two)) && str_starts(str_of(one), S("017487")));
    delivery_id(S("0123456789abcdef01234567"), 8, INT64_C(1600000000000), two);
    CHECK(!str_equal(str_of(one), str_of(two)));
    delivery_id(S("0123456789abcdef01234568"), 7, INT64_C(1600000000000), two);
    CHECK(!str_equal(str_of(one), str_of(two)));
}

CHECK_MAIN(TEST(what_failed_is_tried_again_within_a_day), TEST(a_webhook_may_have_rows_of_its_own), TEST(retry_after_counts_within_bounds),
           TEST(receivers_that_fail_are_left_alone_longer_and_longer), TEST(secrets_that_come_back_become_stars), TEST(templates_are_filled),
           TEST(a_template_does_not_make_more_than_is_sent), TEST(a_template_takes_no_more_memory_than_is_sent),
           TEST(a_template_that_cannot_be_filled_is_filled_without_images), TEST(headers_that_make_the_message_are_not_for_others),
           TEST(a_delivery_is_the_same_whoever_makes_it))
