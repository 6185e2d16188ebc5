#include "base/pubkey.h"

#include "base/crypt.h"
#include "base/limits.h"
#include "tests/support/bytes.h"
#include "tests/support/check.h"
#include "tests/support/signer.h"

static const enum pubkey_algorithm algorithms[] = {PUBKEY_ES256, PUBKEY_RS256, PUBKEY_EDDSA};
static const enum pubkey_form forms[] = {PUBKEY_RAW, PUBKEY_DER};

static bool of_cose(struct arena *a, str bytes, struct pubkey *out)
{
    struct cbor map;
    return cbor_read(a, &bytes, &map) && pubkey_of_cose(&map, out);
}

static bool of_jwk(struct arena *a, str text, struct pubkey *out)
{
    const struct json *jwk = NULL;
    return json_read(a, text, NULL, S(""), &jwk, NULL) == ERR_OK && pubkey_of_jwk(a, jwk, out);
}

static void both_spellings_of_a_key_are_the_same(void **state)
{
    struct arena *a = arena_open(1 << 16);
    (void)state;
    for (size_t i = 0; i < COUNTOF(algorithms); i++) {
        struct signer *s = signer_make(a, algorithms[i], LIMIT_RSA_BITS_LEAST);
        struct pubkey wanted = signer_public(s), key = {0};
        CHECK_AT(i);
        CHECK(of_cose(a, signer_cose(a, s), &key));
        CHECK(key.algorithm == wanted.algorithm && str_equal(key.x, wanted.x) && str_equal(key.y, wanted.y));
        key = (struct pubkey){0};
        CHECK(of_jwk(a, signer_jwk(a, s, S("k")), &key));
        CHECK(key.algorithm == wanted.algorithm && str_equal(key.x, wanted.x) && str_equal(key.y, wanted.y));
    }
    arena_close(a);
}

static void every_changed_byte_of_what_was_signed_is_seen(void **state)
{
    struct arena *a = arena_open(1 << 20);
    str text = S("what was signed");
    (void)state;
    for (size_t i = 0; i < 2 * COUNTOF(algorithms); i++) {
        struct signer *s = signer_make(a, algorithms[i / 2], LIMIT_RSA_BITS_LEAST);
        struct pubkey key = signer_public(s), bent = key;
        enum pubkey_form form = forms[i % 2];
        str signature = signer_sign(a, s, form, text);
        CHECK_AT(i);
        CHECK(pubkey_verify(&key, form, text, signature));
        for (size_t at = 0; at < signature.len; at++) {
            CHECK(!pubkey_verify(&key, form, text, bytes_changed(a, signature, at, 1 << at % 8)));
            CHECK(!pubkey_verify(&key, form, text, str_slice(signature, 0, at)));
        }
        CHECK(!pubkey_verify(&key, form, text, bytes_joined(a, signature, S("0"))));
        for (size_t at = 0; at < text.len; at++)
            CHECK(!pubkey_verify(&key, form, bytes_changed(a, text, at, 1 << at % 8), signature));
        for (size_t at = 0; at < key.x.len; at++) {
            bent.x = bytes_changed(a, key.x, at, 1 << at % 8);
            CHECK(!pubkey_verify(&bent, form, text, signature));
        }
        bent = key;
        for (size_t at = 0; at < key.y.len; at++) {
            bent.y = bytes_changed(a, key.y, at, 1 << at % 8);
            CHECK(!pubkey_verify(&bent, form, text, signature));
        }
        CHECK(!pubkey_verify(&key, form, text, (str){0}));
        if (key.algorithm == PUBKEY_ES256) /* one form is not the other */
            CHECK(!pubkey_verify(&key, forms[(i + 1) % 2], text, signature));
    }
    arena_close(a);
}

/* A pair of zeros, and of the group's order, would verify anything where nobody looks. */
static void zeros_sign_nothing(void **state)
{
    struct arena *a = arena_open(1 << 14);
    struct pubkey key = signer_public(signer_make(a, PUBKEY_ES256, 0));
    const char *order = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
    uint8_t zeros[64] = {0};
    (void)state;
    CHECK(!pubkey_verify(&key, PUBKEY_RAW, S("x"), BYTES(zeros)));
    CHECK(!pubkey_verify(&key, PUBKEY_DER, S("x"), bytes_of_hex(a, "3006020100020100")));
    str twice = arena_format(a, "%s%s", order, order);
    CHECK(!pubkey_verify(&key, PUBKEY_RAW, S("x"), bytes_of_hex(a, arena_cstr(a, twice))));
    struct pubkey origin = {.algorithm = PUBKEY_ES256, .x = {(char *)zeros, 32}, .y = {(char *)zeros, 32}};
    CHECK(!pubkey_verify(&origin, PUBKEY_RAW, S("x"), BYTES(zeros)));
    arena_close(a);
}

static void keys_that_are_none_are_refused(void **state)
{
#define X "x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\""
#define Y "y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\""
    static const struct {
        const char *jwk;
        bool ok;
    } cases[] = {
        {"{\"kty\":\"EC\",\"crv\":\"P-256\",\"" X ",\"" Y "}", true}, /* RFC 7515, A.3 */
        {"{\"kty\":\"EC\",\"crv\":\"P-256\",\"" X ",\"" Y ",\"alg\":\"ES256\",\"use\":\"sig\"}", true},
        {"{\"kty\":\"EC\",\"crv\":\"P-256\",\"" X ",\"" Y ",\"key_ops\":[\"verify\"]}", true},
        {"{\"kty\":\"EC\",\"crv\":\"P-256\",\"" X ",\"" Y ",\"key_ops\":[\"sign\"]}", false},
        {"{\"kty\":\"EC\",\"crv\":\"P-256\",\"" X ",\"" Y ",\"key_ops\":\"verify\"}", false},
        {"{\"kty\":\"EC\",\"crv\":\"P-256\",\"" X ",\"" Y ",\"alg\":\"ES512\"}", false},
        {"{\"kty\":\"EC\",\"crv\":\"P-256\",\"" X ",\"" Y ",\"use\":\"enc\"}", false},
        {"{\"kty\":\"EC\",\"crv\":\"P-256\",\"" X ",\"" Y ",\"use\":null}", false},
        {"{\"kty\":\"EC\",\"crv\":\"P-256\",\"" X ",\"" Y ",\"d\":\"AA\"}", false},
        {"{\"kty\":\"EC\",\"crv\":\"P-384\",\"" X ",\"" Y "}", false},
        {"{\"kty\":\"EC\",\"" X ",\"" Y "}", false},
        {"{\"kty\":\"EC\",\"crv\":\"P-256\",\"" X "}", false},
        {"{\"kty\":\"EC\",\"crv\":\"P-256\",\"" X ",\"y\":\"AA\"}", false},
        {"{\"kty\":\"EC\",\"crv\":\"P-256\",\"" X ",\"y\":7}", false},
        {"{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}", true},
        {"{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}", false},
        {"{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHUQ\"}", false},
        {"{\"kty\":\"oct\",\"k\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}", false},
        {"{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}", false},
        {"{}", false},
        {"[]", false},
    };
    struct arena *a = arena_open(1 << 14);
    struct pubkey key;
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        CHECK_INT(of_jwk(a, str_of(cases[i].jwk), &key), cases[i].ok);
    }
    arena_close(a);
}

/* A modulus of so many bits, all set, and the exponent as it stands. */
static str rsa_jwk(struct arena *a, unsigned bits, const char *exponent)
{
    size_t length = (bits + 7) / 8;
    char *n = arena_get(a, length, 1);
    memset(n, 0xff, length);
    n[0] = (char)(0xff >> (8 * length - bits));
    str text = base64url_encode(a, (str){n, length});
    return arena_format(a, "{\"kty\":\"RSA\",\"n\":\"" STR_FMT "\",\"e\":\"%s\"}", STR_ARG(text), exponent);
}

static void rsa_keys_have_sizes(void **state)
{
    static const struct {
        unsigned bits;
        const char *exponent;
        bool ok;
    } cases[] = {
        {LIMIT_RSA_BITS_LEAST - 1, "AQAB", false}, {LIMIT_RSA_BITS_LEAST, "AQAB", true},
        {LIMIT_RSA_BITS, "AQAB", true},            {LIMIT_RSA_BITS + 1, "AQAB", false},
        {3072, "AQAB", true},                      {3072, "AQAA", false}, /* even */
        {3072, "Aw", false},                       {3072, "__8", false},  /* 3, 65535 */
        {3072, "_____w", true},                    {3072, "AQAAAAE", false}, /* 32 and 33 bits */
        {3072, "AAEAAQ", false},                   {3072, "", false},     /* a zero in front */
    };
    struct arena *a = arena_open(1 << 16);
    struct pubkey key;
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        CHECK_INT(of_jwk(a, rsa_jwk(a, cases[i].bits, cases[i].exponent), &key), cases[i].ok);
    }
    char even[256];
    memset(even, 0xfe, sizeof even);
    str text = base64url_encode(a, BYTES(even));
    CHECK(!of_jwk(a, arena_format(a, "{\"kty\":\"RSA\",\"n\":\"" STR_FMT "\",\"e\":\"AQAB\"}", STR_ARG(text)), &key));
    arena_close(a);
}

static void cose_keys_of_other_sorts_are_refused(void **state)
{
#define P "5820f800000000000000000000000000000000000000000000000000000000000001"
    static const struct {
        const char *hex;
        bool ok;
    } cases[] = {
        {"a501020326200121" P "22" P, true},
        {"a501020326200221" P "22" P, false},     /* P-384's number with P-256's algorithm */
        {"a501020327200121" P "22" P, false},     /* EdDSA's algorithm */
        {"a401020326200121" P, false},            /* no y */
        {"a4020203262001" "21" P, false},         /* no type */
        {"a4010220012" "1" P "22" P, false},      /* no algorithm */
        {"a5010203262001" "21" P "2240", false},  /* an empty y */
        {"a4010103272006" "21" P, true},          /* Ed25519 */
        {"a4010103272004" "21" P, false},         /* X25519 */
        {"a4010103272006" "2141ff", false},
        {"a0", false},
        {"80", false},
    };
    struct arena *a = arena_open(1 << 14);
    struct pubkey key;
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        CHECK_INT(of_cose(a, bytes_of_hex(a, cases[i].hex), &key), cases[i].ok);
    }
    arena_close(a);
}

static void a_set_gives_the_one_key_that_is_meant(void **state)
{
    struct arena *a = arena_open(1 << 16);
    struct signer *one = signer_make(a, PUBKEY_ES256, 0), *two = signer_make(a, PUBKEY_ES256, 0),
                  *ed = signer_make(a, PUBKEY_EDDSA, 0);
    str first = signer_jwk(a, one, S("1")), second = signer_jwk(a, two, S("2")), third = signer_jwk(a, ed, S("2"));
    str text = arena_format(a, "{\"keys\":[{\"kty\":\"oct\"},7," STR_FMT "," STR_FMT "," STR_FMT "]}",
                            STR_ARG(first), STR_ARG(second), STR_ARG(third));
    const struct json *set = NULL;
    struct pubkey key = {0};
    (void)state;
    NEED(json_read(a, text, NULL, S(""), &set, NULL) == ERR_OK);
    CHECK(pubkey_of_jwks(a, set, PUBKEY_ES256, S("1"), &key) && str_equal(key.x, signer_public(one).x));
    CHECK(pubkey_of_jwks(a, set, PUBKEY_ES256, S("2"), &key) && str_equal(key.x, signer_public(two).x));
    CHECK(pubkey_of_jwks(a, set, PUBKEY_EDDSA, S("2"), &key) && str_equal(key.x, signer_public(ed).x));
    CHECK(pubkey_of_jwks(a, set, PUBKEY_EDDSA, (str){0}, &key));
    CHECK(!pubkey_of_jwks(a, set, PUBKEY_ES256, (str){0}, &key)); /* which? */
    CHECK(!pubkey_of_jwks(a, set, PUBKEY_ES256, S("3"), &key));
    CHECK(!pubkey_of_jwks(a, set, PUBKEY_RS256, S("1"), &key));
    CHECK(!pubkey_of_jwks(a, json_get(set, S("keys")), PUBKEY_ES256, S("1"), &key));
    CHECK(!pubkey_of_jwks(a, NULL, PUBKEY_ES256, S("1"), &key));
    arena_close(a);
}

CHECK_MAIN(TEST(both_spellings_of_a_key_are_the_same), TEST(every_changed_byte_of_what_was_signed_is_seen),
           TEST(zeros_sign_nothing), TEST(keys_that_are_none_are_refused), TEST(rsa_keys_have_sizes),
           TEST(cose_keys_of_other_sorts_are_refused), TEST(a_set_gives_the_one_key_that_is_meant))
