#include "base/jwt.h"

#include "base/crypt.h"
#include "base/limits.h"
#include "tests/support/check.h"

#define SECRET "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static const struct jwt_key shared = {
    .algorithm = JWT_HS256, .verify = STR(SECRET), .sign = STR(SECRET)};

/* A token of any header and claims, signed with the shared key whatever the header says. */
static str token_of(struct arena *a, str header, str claims)
{
    uint8_t code[HMAC_SHA256_BYTES];
    str text = arena_format(a, STR_FMT "." STR_FMT, STR_ARG(base64url_encode(a, header)),
                            STR_ARG(base64url_encode(a, claims)));
    hmac_sha256(shared.sign, text, code);
    return arena_format(a, STR_FMT "." STR_FMT, STR_ARG(text),
                        STR_ARG(base64url_encode(a, (str){(const char *)code, sizeof code})));
}

static enum err take(struct arena *a, str token, const struct jwt_key *key, struct problem *why)
{
    struct jwt t;
    TRY(jwt_read(a, token, &t, why));
    return jwt_verify(&t, key, why);
}

/* The documented token of ZenML's sign-in, both ways. */
#define ZENML_CLAIMS                                                                               \
    "{\"sub\":\"3f0c9a52-6d0e-4c1b-8a57-5d1b6c0e7f11\",\"iss\":\"vitrine-test\","                  \
    "\"aud\":\"vitrine-test\",\"exp\":1893456000,"                                                 \
    "\"api_key_id\":\"0b5c7d1e-5a77-4b5e-9d11-2f0c6c8a4e11\"}"
#define ZENML_TOKEN                                                                                \
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."                                                        \
    "eyJzdWIiOiIzZjBjOWE1Mi02ZDBlLTRjMWItOGE1Ny01ZDFiNmMwZTdmMTEiLCJpc3MiOiJ2aXRyaW5lLXRlc3QiLCJh" \
    "dWQiOiJ2aXRyaW5lLXRlc3QiLCJleHAiOjE4OTM0NTYwMDAsImFwaV9rZXlfaWQiOiIwYjVjN2QxZS01YTc3LTRiNWUt" \
    "OWQxMS0yZjBjNmM4YTRlMTEifQ.jE0-KdMAT4tgJfeTlZce-TfsMV9wR-h8qD64dbUilUY"

static void the_token_of_zenml_is_read_and_written(void **state)
{
    struct arena *a = arena_open(1 << 14);
    struct problem why = {.arena = a};
    struct jwt_rules rules = {.issuer = S("vitrine-test"), .audience = S("vitrine-test"),
                              .now_ms = 1760000000000, .needs_expiry = true};
    const struct json *claims = NULL;
    struct jwt t;
    str written = {0};
    (void)state;
    NEED(jwt_read(a, S(ZENML_TOKEN), &t, &why) == ERR_OK);
    CHECK_STR(t.algorithm, S("HS256"));
    CHECK_STR(t.type, S("JWT"));
    CHECK(str_is_absent(t.kid));
    CHECK_STR(t.unverified, S(ZENML_CLAIMS));
    CHECK(!t.is_verified);
    CHECK_PROBLEM(jwt_verify(&t, &shared, &why), ERR_OK, &why);
    NEED(jwt_claims(a, &t, &rules, &claims, &why) == ERR_OK);
    CHECK_STR(json_get(claims, S("api_key_id"))->text, S("0b5c7d1e-5a77-4b5e-9d11-2f0c6c8a4e11"));
    CHECK_PROBLEM(jwt_write(a, &shared, S(ZENML_CLAIMS), &written, &why), ERR_OK, &why);
    CHECK_STR(written, S(ZENML_TOKEN));
    arena_close(a);
}

static str decoded(struct arena *a, const char *text)
{
    str bytes = {0};
    NEED(base64url_decode(a, str_of(text), &bytes));
    return bytes;
}

static void the_examples_of_the_standards_verify(void **state)
{
    static const struct {
        enum jwt_algorithm algorithm;
        const char *key, *token;
    } cases[] = {
        /* RFC 7515, A.1 and RFC 8037, A.4 */
        {JWT_HS256,
         "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
         "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
         "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0"
         "cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"},
        {JWT_EDDSA, "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
         "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
         "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"},
    };
    struct arena *a = arena_open(1 << 14);
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        struct problem why = {.arena = a};
        struct jwt_key key = {.algorithm = cases[i].algorithm, .verify = decoded(a, cases[i].key)};
        CHECK_AT(i);
        CHECK_PROBLEM(take(a, str_of(cases[i].token), &key, &why), ERR_OK, &why);
    }
    arena_close(a);
}

/* RFC 7515, A.2 and A.3, and what becomes of them with the other's key or another name on it. */
static void keys_of_identity_providers_verify(void **state)
{
#define BODY                                                                                       \
    ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl" \
    "fQ."
    static const struct {
        enum jwt_algorithm algorithm;
        const char *jwk, *token;
    } cases[] = {
        {JWT_RS256,
         "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W2"
         "6mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47s"
         "oMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQ"
         "Y4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9g"
         "b54h4FRWyuXpoQ\"}",
         "eyJhbGciOiJSUzI1NiJ9" BODY
         "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5"
         "jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb"
         "1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QO"
         "YEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"},
        {JWT_ES256,
         "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
         "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}",
         "eyJhbGciOiJFUzI1NiJ9" BODY
         "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"},
        {JWT_EDDSA,
         "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}",
         "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
         "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"},
    };
    struct arena *a = arena_open(1 << 14);
    struct problem why = {.arena = a};
    struct jwt_key keys[COUNTOF(cases)];
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        const struct json *jwk = NULL;
        struct pubkey others;
        NEED(json_read(a, str_of(cases[i].jwk), NULL, S(""), &jwk, NULL) == ERR_OK);
        NEED(pubkey_of_jwk(a, jwk, &others));
        keys[i] = jwt_key_of(&others, (str){0});
        CHECK_INT(keys[i].algorithm, cases[i].algorithm);
    }
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        for (size_t k = 0; k < COUNTOF(keys); k++)
            CHECK_ERR(take(a, str_of(cases[i].token), &keys[k], &why), i == k ? ERR_OK : ERR_UNAUTHENTICATED);
        struct jwt_key relabelled = keys[i]; /* a caller's mistake is no hole either */
        relabelled.algorithm = cases[i].algorithm == JWT_ES256 ? JWT_RS256 : JWT_ES256;
        CHECK_ERR(take(a, str_of(cases[i].token), &relabelled, &why), ERR_UNAUTHENTICATED);
    }
    arena_close(a);
}

static void algorithms_have_one_name_each(void **state)
{
    enum jwt_algorithm algorithm;
    (void)state;
    for (int i = JWT_EDDSA; i <= JWT_RS256; i++)
        CHECK(jwt_algorithm_of(jwt_algorithm_name((enum jwt_algorithm)i), &algorithm) && (int)algorithm == i);
    CHECK(!jwt_algorithm_of(S("none"), &algorithm) && !jwt_algorithm_of(S("eddsa"), &algorithm));
}

static void what_is_no_token_is_refused(void **state)
{
#define H "eyJhbGciOiJIUzI1NiJ9" /* {"alg":"HS256"} */
    static const struct {
        str token;
        const char *says;
    } cases[] = {
        {{0}, "three parts"},
        {STR(""), "three parts"},
        {STR("."), "three parts"},
        {STR(H ".e30"), "three parts"},
        {STR(H ".e30.QQ.QQ"), "base64url"}, /* five are JWE */
        {STR(H ".e30.QQ."), "base64url"},
        {STR("." H ".e30.QQ"), "base64url"},
        {STR(H ".e30."), "not signed"},
        {STR("..QQ"), "no JSON"},
        {STR(H "=.e30.QQ"), "base64url"},
        {STR(H ".e30=.QQ"), "base64url"},
        {STR(H ".e30.QQ=="), "base64url"},
        {STR(H ".e30.QR"), "base64url"}, /* a bit more than there is */
        {STR(H ".e31.QQ"), "base64url"},
        {STR(H ".e30.Q"), "base64url"},
        {STR(H ".e30.Q+"), "base64url"},
        {STR(H ".e30.Q Q"), "base64url"},
        {STR(H ".e30.QQ\n"), "base64url"},
        {STR(" " H ".e30.QQ"), "base64url"},
        {STR("e30.e30.QQ"), "algorithm"},
        {STR("W10.e30.QQ"), "no JSON"},
        {STR("QQ.e30.QQ"), "no JSON"},
    };
    struct arena *a = arena_open(1 << 14);
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        struct problem why = {.arena = a};
        struct jwt t;
        CHECK_AT(i);
        CHECK_ERR(jwt_read(a, cases[i].token, &t, &why), ERR_UNAUTHENTICATED);
        if (!str_contains(why.text, str_of(cases[i].says)))
            CHECK_SAY("says " STR_FMT, STR_ARG(why.text));
    }
    arena_close(a);
}

static void headers_are_taken_at_their_word_or_not_at_all(void **state)
{
    static const struct {
        str header;
        const char *says; /* NULL: taken */
    } cases[] = {
        {STR("{\"alg\":\"HS256\"}"), NULL},
        {STR("{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"k\",\"cty\":\"x\"}"), NULL},
        {STR("{\"alg\":\"hs256\"}"), "another algorithm"},
        {STR("{\"alg\":\"HS256 \"}"), "another algorithm"},
        {STR("{\"alg\":\"HS512\"}"), "another algorithm"},
        {STR("{\"alg\":\"none\"}"), "another algorithm"},
        {STR("{\"alg\":\"None\"}"), "another algorithm"},
        {STR("{\"alg\":\"EdDSA\"}"), "another algorithm"},
        {STR("{\"alg\":\"\"}"), "names no algorithm"},
        {STR("{\"Alg\":\"HS256\"}"), "names no algorithm"},
        {STR("{\"alg\":null}"), "wrong types"},
        {STR("{\"alg\":[\"HS256\"]}"), "wrong types"},
        {STR("{\"alg\":\"HS256\",\"kid\":1}"), "wrong types"},
        {STR("{\"alg\":\"HS256\",\"typ\":true}"), "wrong types"},
        {STR("{\"alg\":\"none\",\"alg\":\"HS256\"}"), "no JSON"},
        {STR("{\"alg\":\"HS256\",\"\\u0061lg\":\"HS256\"}"), "no JSON"},
        {STR("{\"alg\":\"HS256\"} {}"), "no JSON"},
        {STR("{\"alg\":\"HS256\",}"), "no JSON"},
        {STR("{\"alg\":\"HS256\",\"jwk\":{}}"), "\"jwk\""},
        {STR("{\"alg\":\"HS256\",\"jku\":\"https://example.org\"}"), "\"jku\""},
        {STR("{\"alg\":\"HS256\",\"x5u\":\"https://example.org\"}"), "\"x5u\""},
        {STR("{\"alg\":\"HS256\",\"x5c\":[]}"), "\"x5c\""},
        {STR("{\"alg\":\"HS256\",\"crit\":null}"), "\"crit\""},
        {STR("{\"alg\":\"HS256\",\"crit\":[\"b64\"],\"b64\":false}"), "\"crit\""},
    };
    struct arena *a = arena_open(1 << 14);
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        struct problem why = {.arena = a};
        CHECK_AT(i);
        enum err e = take(a, token_of(a, cases[i].header, S("{}")), &shared, &why);
        CHECK_PROBLEM(e, cases[i].says ? ERR_UNAUTHENTICATED : ERR_OK, &why);
        if (cases[i].says && !str_contains(why.text, str_of(cases[i].says)))
            CHECK_SAY("says " STR_FMT, STR_ARG(why.text));
    }
    arena_close(a);
}

static struct jwt_key pair_key(struct arena *a, uint8_t first)
{
    uint8_t seed[ED25519_SEED_BYTES] = {first};
    struct ed25519_pair *pair = NEW(a, struct ed25519_pair);
    ed25519_pair_of(seed, pair);
    return (struct jwt_key){.algorithm = JWT_EDDSA,
                            .kid = S("k1"),
                            .verify = {(const char *)pair->public, sizeof pair->public},
                            .sign = {(const char *)pair->secret, sizeof pair->secret}};
}

static void the_key_decides_and_not_the_token(void **state)
{
    struct arena *a = arena_open(1 << 14);
    struct jwt_key pair = pair_key(a, 1), other = pair_key(a, 2);
    /* The classic: the public key, which everybody knows, as the shared one. */
    struct jwt_key confused = {
        .algorithm = JWT_HS256, .kid = S("k1"), .verify = pair.verify, .sign = pair.verify};
    struct jwt_key renamed = pair, unnamed = pair, short_key = shared;
    renamed.kid = S("k2");
    unnamed.kid = (str){0};
    short_key.verify = S("0123456789012345678901234567890");
    str token = {0}, forged = {0};
    struct problem why = {.arena = a};
    (void)state;
    NEED(jwt_write(a, &pair, S("{}"), &token, &why) == ERR_OK);
    NEED(jwt_write(a, &confused, S("{}"), &forged, &why) == ERR_OK);
    CHECK_PROBLEM(take(a, token, &pair, &why), ERR_OK, &why);
    CHECK_PROBLEM(take(a, token, &unnamed, &why), ERR_OK, &why);
    CHECK_ERR(take(a, token, &renamed, &why), ERR_UNAUTHENTICATED);
    CHECK_ERR(take(a, token, &other, &why), ERR_UNAUTHENTICATED);
    CHECK_ERR(take(a, token, &confused, &why), ERR_UNAUTHENTICATED);
    CHECK_PROBLEM(take(a, forged, &confused, &why), ERR_OK, &why);
    CHECK_ERR(take(a, forged, &pair, &why), ERR_UNAUTHENTICATED);
    /* One byte less than a shared key must have signs nothing and verifies nothing. */
    uint8_t code[HMAC_SHA256_BYTES];
    hmac_sha256(short_key.verify, S("eyJhbGciOiJIUzI1NiJ9.e30"), code);
    str weak = arena_format(a, "eyJhbGciOiJIUzI1NiJ9.e30." STR_FMT,
                            STR_ARG(base64url_encode(a, (str){(char *)code, sizeof code})));
    CHECK_ERR(take(a, weak, &short_key, &why), ERR_UNAUTHENTICATED);
    short_key.verify = short_key.sign = S("01234567890123456789012345678901");
    NEED(jwt_write(a, &short_key, S("{}"), &token, &why) == ERR_OK);
    CHECK_PROBLEM(take(a, token, &short_key, &why), ERR_OK, &why);
    arena_close(a);
}

static void every_changed_byte_of_a_token_is_seen(void **state)
{
    struct arena *a = arena_open(1 << 16);
    struct jwt_key keys[] = {shared, pair_key(a, 1)};
    (void)state;
    for (size_t k = 0; k < COUNTOF(keys); k++) {
        struct problem why = {.arena = a};
        str token = {0};
        NEED(jwt_write(a, &keys[k], S("{\"sub\":\"a\"}"), &token, &why) == ERR_OK);
        char *at = arena_get(a, token.len, 1);
        for (size_t i = 0; i < token.len; i++) {
            CHECK_AT(i);
            for (unsigned c = 0; c < 256; c++) {
                struct arena *one = arena_open(1024);
                memcpy(at, token.at, token.len);
                at[i] = (char)c;
                if (take(one, (str){at, token.len}, &keys[k], NULL) == ERR_OK &&
                    (char)c != token.at[i])
                    CHECK_SAY("byte %zu as %u", i, c);
                arena_close(one);
            }
            CHECK_ERR(take(a, str_slice(token, 0, i), &keys[k], NULL), ERR_UNAUTHENTICATED);
        }
    }
    arena_close(a);
}

static void claims_hold_for_whom_and_when(void **state)
{
#define WHO "\"iss\":\"us\",\"aud\":\"them\""
    static const struct {
        str claims;
        const char *says; /* NULL: taken */
    } cases[] = { /* it is 1000 s, clocks differ by 30 s */
        {STR("{" WHO ",\"exp\":2000}"), NULL},
        {STR("{" WHO ",\"exp\":971}"), NULL},
        {STR("{" WHO ",\"exp\":970}"), "expired"},
        {STR("{" WHO ",\"exp\":970.5}"), NULL},
        {STR("{" WHO ",\"exp\":-1}"), "expired"},
        {STR("{" WHO ",\"exp\":2000,\"nbf\":1030,\"iat\":1030}"), NULL},
        {STR("{" WHO ",\"exp\":2000,\"nbf\":1031}"), "not valid yet"},
        {STR("{" WHO ",\"exp\":2000,\"iat\":1031}"), "in the future"},
        {STR("{" WHO "}"), "never expires"},
        {STR("{" WHO ",\"exp\":null}"), "time that is none"},
        {STR("{" WHO ",\"exp\":\"2000\"}"), "time that is none"},
        {STR("{" WHO ",\"exp\":1e300}"), "time that is none"},
        {STR("{" WHO ",\"exp\":9223372036854775807}"), "time that is none"},
        {STR("{" WHO ",\"exp\":2000,\"nbf\":\"\"}"), "time that is none"},
        {STR("{" WHO ",\"exp\":2000,\"iat\":{}}"), "time that is none"},
        {STR("{" WHO ",\"exp\":2000,\"exp\":9000}"), "no JSON"},
        {STR("{\"iss\":\"us\",\"aud\":[\"x\",\"them\"],\"exp\":2000}"), NULL},
        {STR("{\"iss\":\"us\",\"aud\":[\"them\",1],\"exp\":2000}"), "meant for somebody else"},
        {STR("{\"iss\":\"us\",\"aud\":[],\"exp\":2000}"), "meant for somebody else"},
        {STR("{\"iss\":\"us\",\"aud\":\"the\",\"exp\":2000}"), "meant for somebody else"},
        {STR("{\"iss\":\"us\",\"aud\":{\"them\":1},\"exp\":2000}"), "meant for somebody else"},
        {STR("{\"iss\":\"us\",\"exp\":2000}"), "meant for somebody else"},
        {STR("{\"aud\":\"them\",\"exp\":2000}"), "issued by somebody else"},
        {STR("{\"iss\":\"US\",\"aud\":\"them\",\"exp\":2000}"), "issued by somebody else"},
        {STR("{\"iss\":[\"us\"],\"aud\":\"them\",\"exp\":2000}"), "issued by somebody else"},
        {STR("[]"), "no JSON"},
        {STR("\"text\""), "no JSON"},
        {STR(""), "no JSON"},
    };
    struct arena *a = arena_open(1 << 14);
    struct jwt_rules rules = {.issuer = S("us"), .audience = S("them"), .now_ms = 1000000,
                              .skew_s = 30, .needs_expiry = true};
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        struct problem why = {.arena = a};
        const struct json *claims = NULL;
        struct jwt t;
        CHECK_AT(i);
        NEED(jwt_read(a, token_of(a, S("{\"alg\":\"HS256\"}"), cases[i].claims), &t, &why) == ERR_OK);
        NEED(jwt_verify(&t, &shared, &why) == ERR_OK);
        CHECK_PROBLEM(jwt_claims(a, &t, &rules, &claims, &why),
                      cases[i].says ? ERR_UNAUTHENTICATED : ERR_OK, &why);
        CHECK((claims != NULL) == (cases[i].says == NULL));
        if (cases[i].says && !str_contains(why.text, str_of(cases[i].says)))
            CHECK_SAY("says " STR_FMT, STR_ARG(why.text));
    }
    arena_close(a);
}

static void types_keep_sorts_of_tokens_apart(void **state)
{
    static const struct {
        str header, wanted;
        bool ok;
    } cases[] = {
        {STR("{\"alg\":\"HS256\"}"), {0}, true},
        {STR("{\"alg\":\"HS256\",\"typ\":\"jwt\"}"), {0}, true},
        {STR("{\"alg\":\"HS256\",\"typ\":\"at+jwt\"}"), {0}, false},
        {STR("{\"alg\":\"HS256\",\"typ\":\"at+jwt\"}"), STR("at+jwt"), true},
        {STR("{\"alg\":\"HS256\",\"typ\":\"JWT\"}"), STR("at+jwt"), false},
        {STR("{\"alg\":\"HS256\"}"), STR("at+jwt"), false},
    };
    struct arena *a = arena_open(1 << 14);
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        struct jwt_rules rules = {.type = cases[i].wanted, .issuer = S("us"), .audience = S("them")};
        const struct json *claims = NULL;
        struct jwt t;
        CHECK_AT(i);
        NEED(jwt_read(a, token_of(a, cases[i].header, S("{" WHO "}")), &t, NULL) == ERR_OK);
        NEED(jwt_verify(&t, &shared, NULL) == ERR_OK);
        CHECK_INT(jwt_claims(a, &t, &rules, &claims, NULL) == ERR_OK, cases[i].ok);
    }
    arena_close(a);
}

/* LIMIT_TOKEN_BYTES on both sides: what is written is read, what could not be read is not written. */
static void long_tokens_are_neither_written_nor_read(void **state)
{
    struct arena *a = arena_open(1 << 16);
    char *text = arena_get(a, LIMIT_TOKEN_BYTES, 1);
    str token = {0};
    size_t longest = 0;
    (void)state;
    memset(text, ' ', LIMIT_TOKEN_BYTES);
    for (size_t n = 6000; n < LIMIT_TOKEN_BYTES && longest == 0; n++) {
        struct problem why = {.arena = a};
        if (jwt_write(a, &shared, (str){text, n}, &token, &why) == ERR_OK) {
            CHECK(token.len <= LIMIT_TOKEN_BYTES);
            CHECK_PROBLEM(take(a, token, &shared, &why), ERR_OK, &why);
            continue;
        }
        CHECK_INT(why.err, ERR_TOO_LARGE);
        longest = n - 1;
    }
    str over = token_of(a, S("{\"alg\":\"HS256\",\"typ\":\"JWT\"}"), (str){text, longest + 1});
    CHECK_INT(over.len, LIMIT_TOKEN_BYTES + 1);
    CHECK_ERR(take(a, over, &shared, NULL), ERR_UNAUTHENTICATED);
    arena_close(a);
}

CHECK_MAIN(TEST(the_token_of_zenml_is_read_and_written), TEST(the_examples_of_the_standards_verify),
           TEST(keys_of_identity_providers_verify), TEST(algorithms_have_one_name_each),
           TEST(what_is_no_token_is_refused), TEST(headers_are_taken_at_their_word_or_not_at_all),
           TEST(the_key_decides_and_not_the_token), TEST(every_changed_byte_of_a_token_is_seen),
           TEST(claims_hold_for_whom_and_when), TEST(types_keep_sorts_of_tokens_apart),
           TEST(long_tokens_are_neither_written_nor_read))
