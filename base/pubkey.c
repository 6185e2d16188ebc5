#include "base/pubkey.h"

#include "base/crypt.h"
#include "base/limits.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

enum { NUMBER = 32 }; /* bytes of a coordinate, a half of a signature, an Ed25519 key */

/* ---- what is a key ---- */

static bool is_odd(str number)
{
    return number.len > 0 && (number.at[number.len - 1] & 1) != 0;
}

static size_t bits_of(str number)
{
    /* Without leading zeros: one spelling, and as long as it looks. */
    if (number.len == 0 || number.at[0] == 0)
        return 0;
    size_t bits = 8 * number.len;
    for (unsigned first = (unsigned char)number.at[0]; (first & 0x80) == 0; first <<= 1)
        bits--;
    return bits;
}

static bool is_sound(const struct pubkey *k)
{
    switch (k->algorithm) {
    case PUBKEY_ES256: /* whether it is on the curve is seen when it is used */
        return k->x.len == NUMBER && k->y.len == NUMBER;
    case PUBKEY_RS256:
        return bits_of(k->x) >= LIMIT_RSA_BITS_LEAST && bits_of(k->x) <= LIMIT_RSA_BITS &&
               is_odd(k->x) && bits_of(k->y) >= LIMIT_RSA_EXPONENT_BITS_LEAST && bits_of(k->y) <= LIMIT_RSA_EXPONENT_BITS && is_odd(k->y);
    case PUBKEY_EDDSA:
        return k->x.len == ED25519_PUBLIC_BYTES;
    }
    return false;
}

/* ---- COSE ---- */

static const struct {
    int64_t cose_type, cose_algorithm;
    int64_t cose_curve; /* 0: none */
    int64_t cose_x, cose_y;
    str type, algorithm, curve, x, y;
} sorts[] = {
    [PUBKEY_ES256] = {2, -7, 1, -2, -3, STR("EC"), STR("ES256"), STR("P-256"), STR("x"), STR("y")},
    [PUBKEY_RS256] = {3, -257, 0, -1, -2, STR("RSA"), STR("RS256"), {0}, STR("n"), STR("e")},
    [PUBKEY_EDDSA] = {1, -8, 6, -2, 0, STR("OKP"), STR("EdDSA"), STR("Ed25519"), STR("x"), {0}},
};

static bool has_int(const struct cbor *map, int64_t label, int64_t wanted)
{
    const struct cbor *v = cbor_by_int(map, label);
    return v != NULL && v->type == CBOR_INT && v->integer == wanted;
}

static bool bytes_at(const struct cbor *map, int64_t label, str *out)
{
    const struct cbor *v = cbor_by_int(map, label);
    if (label == 0)
        return true;
    if (v == NULL || v->type != CBOR_BYTES)
        return false;
    *out = v->bytes;
    return true;
}

bool pubkey_of_cose(const struct cbor *map, struct pubkey *out)
{
    enum { TYPE = 1, ALGORITHM = 3, CURVE = -1 };
    for (size_t i = 0; i < COUNTOF(sorts); i++) {
        struct pubkey key = {.algorithm = (enum pubkey_algorithm)i};
        if (!has_int(map, ALGORITHM, sorts[i].cose_algorithm) ||
            !has_int(map, TYPE, sorts[i].cose_type) ||
            (sorts[i].cose_curve != 0 && !has_int(map, CURVE, sorts[i].cose_curve)))
            continue;
        if (!bytes_at(map, sorts[i].cose_x, &key.x) || !bytes_at(map, sorts[i].cose_y, &key.y) ||
            !is_sound(&key))
            return false;
        *out = key;
        return true;
    }
    return false;
}

/* ---- JWK ---- */

static bool says_or_nothing(const struct json *map, str name, str wanted)
{
    const struct json *v = json_get(map, name);
    return v == NULL || json_is_text(v, wanted);
}

static bool may_verify(const struct json *jwk)
{
    const struct json *operations = json_get(jwk, S("key_ops"));
    bool has = operations == NULL;
    for (uint32_t i = 0; operations && operations->type == JSON_LIST && i < operations->count; i++)
        has = has || json_is_text(&operations->items[i], S("verify"));
    return has && says_or_nothing(jwk, S("use"), S("sig")) && json_get(jwk, S("d")) == NULL;
}

static bool number_at(struct arena *a, const struct json *jwk, str name, str *out)
{
    const struct json *v = json_get(jwk, name);
    if (str_is_absent(name))
        return true;
    return v != NULL && v->type == JSON_TEXT && base64url_decode(a, v->text, out);
}

bool pubkey_of_jwk(struct arena *a, const struct json *jwk, struct pubkey *out)
{
    for (size_t i = 0; i < COUNTOF(sorts); i++) {
        struct pubkey key = {.algorithm = (enum pubkey_algorithm)i};
        if (!json_is_text(json_get(jwk, S("kty")), sorts[i].type) ||
            !says_or_nothing(jwk, S("alg"), sorts[i].algorithm) ||
            (!str_is_absent(sorts[i].curve) && !json_is_text(json_get(jwk, S("crv")), sorts[i].curve)))
            continue;
        if (!may_verify(jwk) || !number_at(a, jwk, sorts[i].x, &key.x) ||
            !number_at(a, jwk, sorts[i].y, &key.y) || !is_sound(&key))
            return false;
        *out = key;
        return true;
    }
    return false;
}

bool pubkey_of_jwks(struct arena *a, const struct json *set, enum pubkey_algorithm algorithm, str kid,
                    struct pubkey *out)
{
    const struct json *keys = json_get(set, S("keys"));
    struct pubkey found = {0}, key;
    size_t count = 0;
    for (uint32_t i = 0; keys != NULL && keys->type == JSON_LIST && i < keys->count; i++) {
        if (!str_is_absent(kid) && !json_is_text(json_get(&keys->items[i], S("kid")), kid))
            continue;
        if (!pubkey_of_jwk(a, &keys->items[i], &key) || key.algorithm != algorithm)
            continue;
        found = key;
        count++;
    }
    if (count == 1)
        *out = found;
    return count == 1;
}

/* ---- verifying ---- */

static void free_pkey(EVP_PKEY **p)
{
    EVP_PKEY_free(*p);
}
static void free_pkey_ctx(EVP_PKEY_CTX **p)
{
    EVP_PKEY_CTX_free(*p);
}
static void free_builder(OSSL_PARAM_BLD **p)
{
    OSSL_PARAM_BLD_free(*p);
}
static void free_params(OSSL_PARAM **p)
{
    OSSL_PARAM_free(*p);
}
static void free_number(BIGNUM **p)
{
    BN_free(*p);
}
static void free_md_ctx(EVP_MD_CTX **p)
{
    EVP_MD_CTX_free(*p);
}
static void free_signature(ECDSA_SIG **p)
{
    ECDSA_SIG_free(*p);
}
static void free_bytes(unsigned char **p)
{
    OPENSSL_free(*p);
}

static BIGNUM *number_of(str bytes)
{
    BIGNUM *n = BN_bin2bn((const unsigned char *)bytes.at, (int)bytes.len, NULL);
    must(n != NULL);
    return n;
}

static EVP_PKEY *import(const char *type, OSSL_PARAM_BLD *builder)
{
    CLEANUP(free_params) OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(builder);
    CLEANUP(free_pkey_ctx) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    EVP_PKEY *key = NULL;
    must(params != NULL && ctx != NULL && EVP_PKEY_fromdata_init(ctx) == 1);
    /* Fails for points beside the curve. */
    return EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) == 1 ? key : NULL;
}

static EVP_PKEY *import_ec(const struct pubkey *k)
{
    unsigned char point[1 + 2 * NUMBER] = {4}; /* uncompressed */
    memcpy(point + 1, k->x.at, NUMBER);
    memcpy(point + 1 + NUMBER, k->y.at, NUMBER);
    CLEANUP(free_builder) OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
    must(b != NULL &&
         OSSL_PARAM_BLD_push_utf8_string(b, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) == 1 &&
         OSSL_PARAM_BLD_push_octet_string(b, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point) == 1);
    return import("EC", b);
}

static EVP_PKEY *import_rsa(const struct pubkey *k)
{
    CLEANUP(free_number) BIGNUM *n = number_of(k->x);
    CLEANUP(free_number) BIGNUM *e = number_of(k->y);
    CLEANUP(free_builder) OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
    must(b != NULL && OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
         OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_E, e) == 1);
    return import("RSA", b);
}

static EVP_PKEY *import_key(const struct pubkey *k)
{
    switch (k->algorithm) {
    case PUBKEY_ES256: return import_ec(k);
    case PUBKEY_RS256: return import_rsa(k);
    case PUBKEY_EDDSA: return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, (const unsigned char *)k->x.at, k->x.len);
    }
    return NULL;
}

/* PKCS #1 v1.5 is what OpenSSL takes for RSA unless told otherwise, which RS256 and COSE -257 are. */
static bool verify_with(EVP_PKEY *key, str text, const unsigned char *signature, size_t length)
{
    CLEANUP(free_md_ctx) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    must(ctx != NULL);
    return EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
           EVP_DigestVerify(ctx, signature, length, (const unsigned char *)text.at, text.len) == 1;
}

static bool verify_raw_ec(EVP_PKEY *key, str text, str signature)
{
    if (signature.len != (size_t)2 * NUMBER)
        return false;
    CLEANUP(free_signature) ECDSA_SIG *pair = ECDSA_SIG_new();
    CLEANUP(free_bytes) unsigned char *der = NULL;
    must(pair != NULL && ECDSA_SIG_set0(pair, number_of(str_slice(signature, 0, NUMBER)),
                                        number_of(str_slice(signature, NUMBER, 2 * NUMBER))) == 1);
    int length = i2d_ECDSA_SIG(pair, &der);
    return length > 0 && verify_with(key, text, der, (size_t)length);
}

static bool verify_by_openssl(const struct pubkey *k, enum pubkey_form form, str text, str signature)
{
    CLEANUP(free_pkey) EVP_PKEY *key = import_key(k);
    if (key == NULL)
        return false;
    if (k->algorithm == PUBKEY_ES256 && form == PUBKEY_RAW)
        return verify_raw_ec(key, text, signature);
    return verify_with(key, text, (const unsigned char *)signature.at, signature.len);
}

bool pubkey_verify(const struct pubkey *k, enum pubkey_form form, str text, str signature)
{
    if (!is_sound(k))
        return false;
    if (k->algorithm == PUBKEY_EDDSA)
        return ed25519_verify(k->x, text, signature);
    /* What fails here must not be found by the TLS connection of this thread. */
    ERR_set_mark();
    bool verifies = verify_by_openssl(k, form, text, signature);
    ERR_pop_to_mark();
    return verifies;
}

/* ---- as certificates have it ---- */

static bool write_spki(struct arena *a, const struct pubkey *k, str *out)
{
    CLEANUP(free_pkey) EVP_PKEY *key = import_key(k);
    CLEANUP(free_bytes) unsigned char *bytes = NULL;
    int length = key ? i2d_PUBKEY(key, &bytes) : 0;
    if (length > 0)
        *out = arena_copy(a, (str){(const char *)bytes, (size_t)length});
    return length > 0;
}

bool pubkey_spki(struct arena *a, const struct pubkey *k, str *out)
{
    if (!is_sound(k))
        return false;
    ERR_set_mark();
    bool is_key = write_spki(a, k, out);
    ERR_pop_to_mark();
    return is_key;
}
