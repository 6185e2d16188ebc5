#include "base/webhook_signature.h"

#include "base/crypt.h"
#include "tests/support/check.h"

/* The example that the standard's own libraries are tested with. */
#define MSG STR("msg_p5jXN8AQM9LWM0D4loKWxJek")
#define BODY STR("{\"test\": 2432232314}")
#define SIGNED STR("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
static const str secret = STR("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), msg = MSG, body = BODY, signature = SIGNED;
enum { AT = 1614265330 };

static str key_of(struct arena *a, str text)
{
    struct problem why = {.arena = a};
    str key = {0};
    NEED(webhook_secret_read(a, text, &key, &why) == ERR_OK);
    return key;
}

static void the_standards_own_example(void **state)
{
    struct arena *a = arena_open(1024);
    struct pair out[WEBHOOK_HEADERS];
    str key = key_of(a, secret);
    (void)state;
    webhook_sign(a, &key, 1, msg, AT, body, out);
    CHECK_STR(out[0].name, S("webhook-id"));
    CHECK_STR(out[0].value, msg);
    CHECK_STR(out[1].name, S("webhook-timestamp"));
    CHECK_STR(out[1].value, S("1614265330"));
    CHECK_STR(out[2].name, S("webhook-signature"));
    CHECK_STR(out[2].value, signature);
    arena_close(a);
}

static void secrets_that_are_none_are_refused_and_not_quoted(void **state)
{
    static const struct {
        str text;
        bool ok;
    } cases[] = {
        {STR("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), true},  /* 24 bytes */
        {STR("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="), false}, /* 23 */
        {STR("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="), true},  /* 64 */
        {STR("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="), false}, /* 65 */
        {STR("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), false},
        {STR("whsec_"), false},
        {STR(""), false},
        {STR("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA-"), false},
        {STR("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), false}, /* no padding */
        {STR("whsec_ AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), false},
        {STR("WHSEC_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), false},
        {STR("whpk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), false},
    };
    struct arena *a = arena_open(1024);
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        struct problem why = {.arena = a};
        str key = {0};
        CHECK_AT(i);
        CHECK_ERR(webhook_secret_read(a, cases[i].text, &key, &why), cases[i].ok ? ERR_OK : ERR_INVALID);
        CHECK((key.len > 0) == cases[i].ok);
        CHECK(!str_contains(why.text, S("AAAA")));
    }
    arena_close(a);
}

static void a_new_secret_is_another_one_each_time(void **state)
{
    struct arena *a = arena_open(1024);
    str one = webhook_secret_make(a), two = webhook_secret_make(a);
    (void)state;
    CHECK(!str_equal(one, two));
    CHECK_INT(key_of(a, one).len, 32);
    CHECK_INT(key_of(a, two).len, 32);
    arena_close(a);
}

/* During a rotation: whoever knows either secret finds his signature, the new one's first. */
static void each_key_has_its_signature(void **state)
{
    struct arena *a = arena_open(1024);
    struct pair both[WEBHOOK_HEADERS], first[WEBHOOK_HEADERS];
    str keys[] = {key_of(a, webhook_secret_make(a)), key_of(a, secret)}, head, tail;
    (void)state;
    webhook_sign(a, keys, 2, msg, AT, body, both);
    webhook_sign(a, keys, 1, msg, AT, body, first);
    CHECK(str_cut(both[2].value, ' ', &head, &tail));
    CHECK_STR(head, first[2].value);
    CHECK_STR(tail, signature);
    for (size_t i = 0; i < 2; i++) {
        struct problem why = {.arena = a};
        struct webhook_signed in = {both[0].value, both[1].value, both[2].value, body};
        CHECK_AT(i);
        CHECK_PROBLEM(webhook_verify(&in, &keys[i], 1, AT, &why), ERR_OK, &why);
    }
    arena_close(a);
}

static void what_was_touched_or_is_old_does_not_verify(void **state)
{
    static const struct {
        str id, timestamp, signature, body;
        int64_t later;
        enum err wanted;
    } cases[] = {
        {MSG, STR("1614265330"), SIGNED, BODY, 0, ERR_OK},
        {MSG, STR("1614265330"), SIGNED, BODY, WEBHOOK_TOLERANCE_S, ERR_OK},
        {MSG, STR("1614265330"), SIGNED, BODY, -WEBHOOK_TOLERANCE_S, ERR_OK},
        {MSG, STR("1614265330"), SIGNED, BODY, WEBHOOK_TOLERANCE_S + 1, ERR_UNAUTHENTICATED},
        {MSG, STR("1614265330"), SIGNED, BODY, -WEBHOOK_TOLERANCE_S - 1, ERR_UNAUTHENTICATED},
        {MSG, STR("1614265331"), SIGNED, BODY, 0, ERR_UNAUTHENTICATED},
        {MSG, STR("1614265330"), SIGNED, STR("{\"test\": 2432232315}"), 0, ERR_UNAUTHENTICATED},
        {MSG, STR("1614265330"), SIGNED, STR(""), 0, ERR_UNAUTHENTICATED},
        {STR("msg_p5jXN8AQM9LWM0D4loKWxJel"), STR("1614265330"), SIGNED, BODY, 0, ERR_UNAUTHENTICATED},
        {STR("msg.1"), STR("1614265330"), SIGNED, BODY, 0, ERR_BAD_INPUT},
        {STR(""), STR("1614265330"), SIGNED, BODY, 0, ERR_BAD_INPUT},
        {MSG, STR(""), SIGNED, BODY, 0, ERR_BAD_INPUT},
        {MSG, STR("-1614265330"), SIGNED, BODY, 0, ERR_BAD_INPUT},
        {MSG, STR("1614265330.5"), SIGNED, BODY, 0, ERR_BAD_INPUT},
        {MSG, STR("99999999999999999999999999"), SIGNED, BODY, 0, ERR_BAD_INPUT},
        {MSG, STR("9223372036854775807"), SIGNED, BODY, 0, ERR_UNAUTHENTICATED},
        {MSG, STR("1614265330"), STR(""), BODY, 0, ERR_BAD_INPUT},
        {MSG, STR("1614265330"), STR("v1,"), BODY, 0, ERR_UNAUTHENTICATED},
        {MSG, STR("1614265330"), STR("v1"), BODY, 0, ERR_UNAUTHENTICATED},
        {MSG, STR("1614265330"), STR("g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="), BODY, 0, ERR_UNAUTHENTICATED},
        {MSG, STR("1614265330"), STR("v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="), BODY, 0, ERR_UNAUTHENTICATED},
        {MSG, STR("1614265330"), STR("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OF="), BODY, 0, ERR_UNAUTHENTICATED},
        {MSG, STR("1614265330"), STR("v1a,AAAA v1,AAAA v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE= v3,x"), BODY, 0, ERR_OK},
    };
    struct arena *a = arena_open(1024);
    str key = key_of(a, secret);
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        struct problem why = {.arena = a};
        struct webhook_signed in = {cases[i].id, cases[i].timestamp, cases[i].signature, cases[i].body};
        CHECK_AT(i);
        CHECK_PROBLEM(webhook_verify(&in, &key, 1, AT + cases[i].later, &why), cases[i].wanted, &why);
    }
    arena_close(a);
}

static void without_a_key_nothing_verifies(void **state)
{
    struct arena *a = arena_open(1024);
    struct problem why = {.arena = a};
    struct webhook_signed in = {msg, S("1614265330"), signature, body};
    (void)state;
    CHECK_ERR(webhook_verify(&in, NULL, 0, AT, &why), ERR_UNAUTHENTICATED);
    arena_close(a);
}

CHECK_MAIN(TEST(the_standards_own_example), TEST(secrets_that_are_none_are_refused_and_not_quoted),
           TEST(a_new_secret_is_another_one_each_time), TEST(each_key_has_its_signature),
           TEST(what_was_touched_or_is_old_does_not_verify), TEST(without_a_key_nothing_verifies))
