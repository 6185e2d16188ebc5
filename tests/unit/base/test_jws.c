#include "base/jws.h"

#include "base/crypt.h"
#include "base/limits.h"
#include "tests/support/bytes.h"
#include "tests/support/check.h"
#include "tests/support/signer.h"

static str encode(struct arena *a, const char *text)
{
    return base64url_encode(a, str_of(text));
}

static enum err take(struct arena *a, const char *header, const char *beside, struct jws *out)
{
    struct problem why = {.arena = a};
    enum err e = jws_read(a, arena_format(a, "{\"protected\":\"" STR_FMT "\",\"payload\":\"" STR_FMT "\",\"signature\":\"AAAA\"%s}",
                                          STR_ARG(encode(a, header)), STR_ARG(encode(a, "{}")), beside),
                          out, &why);
    if (e != ERR_OK)
        CHECK(e == ERR_BAD_INPUT && why.text.len > 0);
    return e;
}

static void what_changes_a_messages_meaning_is_refused(void **state)
{
    static const struct {
        const char *header, *beside;
        bool good;
    } cases[] = {
        {"{\"alg\":\"ES256\",\"kid\":\"k\",\"nonce\":\"n\",\"url\":\"u\",\"typ\":\"x\"}", "", true},
        {"{\"alg\":\"ES256\",\"jwk\":{}}", "", true},
        {"{\"alg\":\"ES256\",\"jwk\":{},\"kid\":\"k\"}", "", false},
        {"{\"alg\":\"ES256\",\"kid\":\"k\",\"crit\":[]}", "", false},
        {"{\"alg\":\"ES256\",\"kid\":\"k\",\"b64\":false}", "", false},
        {"{\"alg\":\"ES256\",\"jku\":\"http://x\"}", "", false},
        {"{\"alg\":\"ES256\",\"x5u\":\"http://x\"}", "", false},
        {"{\"alg\":\"ES256\",\"x5c\":[]}", "", false},
        {"{\"alg\":\"ES256\",\"kid\":1}", "", false},
        {"{\"alg\":\"ES256\",\"nonce\":null}", "", false},
        {"{\"alg\":\"ES256\",\"jwk\":\"k\"}", "", false},
        {"{\"alg\":\"\",\"kid\":\"k\"}", "", false},
        {"{\"alg\":\"ES256\",\"alg\":\"none\"}", "", false},
        {"[]", "", false},
        {"{\"alg\":\"ES256\",\"kid\":\"k\"}", ",\"header\":{}", false},
        {"{\"alg\":\"ES256\",\"kid\":\"k\"}", ",\"signatures\":[]", false},
        {"{\"alg\":\"ES256\",\"kid\":\"k\"}", ",\"more\":1", false},
    };
    struct arena *a = arena_open(1 << 16);
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        struct jws j;
        CHECK_AT(i);
        CHECK_INT(take(a, cases[i].header, cases[i].beside, &j), cases[i].good ? ERR_OK : ERR_BAD_INPUT);
    }
    static const char *const bodies[] = {"", "[]", "{}", "{\"protected\":\"e30\",\"payload\":\"\"}", "{\"protected\":\"e30\",\"payload\":\"\",\"signature\":\"\"}",
                                         "{\"protected\":\"e30=\",\"payload\":\"\",\"signature\":\"AA\"}", "{\"protected\":1,\"payload\":\"\",\"signature\":\"AA\"}"};
    for (size_t i = 0; i < COUNTOF(bodies); i++) {
        struct jws j;
        CHECK_AT(i);
        CHECK_INT(jws_read(a, str_of(bodies[i]), &j, &(struct problem){.arena = a}), ERR_BAD_INPUT);
    }
    arena_close(a);
}

static void a_message_is_verified_by_its_key_alone(void **state)
{
    static const enum pubkey_algorithm sorts[] = {PUBKEY_ES256, PUBKEY_RS256, PUBKEY_EDDSA};
    struct arena *a = arena_open(1 << 16);
    struct signer *keys[COUNTOF(sorts)];
    (void)state;
    for (size_t i = 0; i < COUNTOF(sorts); i++)
        keys[i] = signer_make(a, sorts[i], LIMIT_RSA_BITS_LEAST);
    for (size_t i = 0; i < COUNTOF(sorts); i++)
        for (size_t said = 0; said < COUNTOF(sorts); said++) {
            str text = S("e30.e30");
            struct jws j = {.algorithm = jws_algorithms[said], .signed_text = text, .signature = signer_sign(a, keys[i], PUBKEY_RAW, text)};
            for (size_t k = 0; k < COUNTOF(sorts); k++) {
                struct pubkey key = signer_public(keys[k]);
                CHECK_AT(i * 9 + said * 3 + k);
                CHECK(jws_verify(&j, &key) == (i == k && said == k));
            }
            CHECK(!jws_verify_hs256(&j, S("01234567890123456789012345678901")));
        }
    arena_close(a);
}

/* RFC 7638 3.1, and RFC 8037 A.3 for Ed25519. */
static void thumbprints_are_those_of_the_standard(void **state)
{
    static const char rsa[] = "{\"kty\":\"RSA\",\"n\":\"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W"
         "-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4l"
         "Fd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw\",\"e\":\"AQAB\",\"alg\":\"RS256\",\"kid\":\"2011-04-29\"}";
    static const struct {
        const char *jwk, *thumbprint;
    } cases[] = {
        {rsa,
         "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"},
        {"{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}", "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"},
    };
    struct arena *a = arena_open(1 << 16);
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        const struct json *jwk = NULL;
        struct pubkey key;
        CHECK_AT(i);
        assert_true(json_read(a, str_of(cases[i].jwk), NULL, S(""), &jwk, NULL) == ERR_OK && pubkey_of_jwk(a, jwk, &key));
        CHECK_STR(jwk_thumbprint(a, &key), str_of(cases[i].thumbprint));
    }
    arena_close(a);
}

CHECK_MAIN(TEST(what_changes_a_messages_meaning_is_refused), TEST(a_message_is_verified_by_its_key_alone), TEST(thumbprints_are_those_of_the_standard))
