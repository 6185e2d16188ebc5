/* Keys of authorities, and what keys of others are. */
#include "base/crypt.h"
#include "base/limits.h"
#include "content/system/pki/pem.h"
#include "content/system/pki/x509_own.h"

#include <openssl/core_names.h>
#include <openssl/rsa.h>

static const struct {
    const char *type, *curve;
    size_t bits;
} makings[MAKE_COUNT] = {
    [MAKE_RSA_2048] = {"RSA", NULL, 2048}, [MAKE_RSA_3072] = {"RSA", NULL, 3072},  [MAKE_RSA_4096] = {"RSA", NULL, 4096},
    [MAKE_EC_P256] = {"EC", "P-256", 0},   [MAKE_EC_P384] = {"EC", "P-384", 0},    [MAKE_ED25519] = {"ED25519", NULL, 0},
};

const str key_type_names[MAKE_COUNT] = {
    [MAKE_RSA_2048] = STR("rsa-2048"), [MAKE_RSA_3072] = STR("rsa-3072"), [MAKE_RSA_4096] = STR("rsa-4096"),
    [MAKE_EC_P256] = STR("ec-p256"),   [MAKE_EC_P384] = STR("ec-p384"),   [MAKE_ED25519] = STR("ed25519"),
};

bool key_type_read(str name, enum key_type *out)
{
    for (size_t i = 0; i < MAKE_COUNT; i++)
        if (str_equal(key_type_names[i], name)) {
            *out = (enum key_type)i;
            return true;
        }
    return false;
}

bool key_type_is_slow(enum key_type t)
{
    return makings[t].bits > 0;
}

enum err x509_failed(struct problem *why, const char *doing)
{
    return problem_set(why, ERR_INTERNAL, "OpenSSL failed while %s", doing);
}

static EVP_PKEY *generate(enum key_type t)
{
    if (makings[t].bits)
        return EVP_PKEY_Q_keygen(NULL, NULL, makings[t].type, makings[t].bits);
    if (makings[t].curve)
        return EVP_PKEY_Q_keygen(NULL, NULL, makings[t].type, makings[t].curve);
    return EVP_PKEY_Q_keygen(NULL, NULL, makings[t].type);
}

static void close_pkcs8(PKCS8_PRIV_KEY_INFO **p)
{
    PKCS8_PRIV_KEY_INFO_free(*p);
}

static bool write_pkcs8(const EVP_PKEY *key, struct arena *a, str *pkcs8)
{
    CLEANUP(close_pkcs8) PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key);
    int length = info ? i2d_PKCS8_PRIV_KEY_INFO(info, NULL) : 0;
    if (length <= 0)
        return false;
    unsigned char *bytes = arena_get(a, (size_t)length, 1), *end = bytes;
    (void)i2d_PKCS8_PRIV_KEY_INFO(info, &end);
    *pkcs8 = (str){(const char *)bytes, (size_t)length};
    return true;
}

enum err private_key_make(enum key_type t, struct arena *a, str *pkcs8, struct problem *why)
{
    KEEP_ERRORS;
    CLEANUP(close_EVP_PKEY) EVP_PKEY *key = generate(t);
    return key && write_pkcs8(key, a, pkcs8) ? ERR_OK : x509_failed(why, "making a key");
}

enum err private_key_read(str pem, struct arena *a, str *pkcs8, struct problem *why)
{
    KEEP_ERRORS;
    struct problem quiet = {.arena = a};
    struct pem_block *b = NULL;
    size_t count = 0;
    if (pem_read(a, str_trim(pem), 1, &b, &count, &quiet) != ERR_OK || !str_ends(b->label, S("PRIVATE KEY")))
        return problem_set(why, ERR_INVALID, "It is no private key in PEM");
    const unsigned char *at = (const unsigned char *)b->der.at;
    CLEANUP(close_EVP_PKEY) EVP_PKEY *key = d2i_AutoPrivateKey(NULL, &at, (long)b->der.len);
    bool is_read = key && at == (const unsigned char *)b->der.at + b->der.len && write_pkcs8(key, a, pkcs8);
    crypt_wipe((void *)(uintptr_t)b->der.at, b->der.len);
    return is_read ? ERR_OK : problem_set(why, ERR_INVALID, "It is no private key");
}

EVP_PKEY *private_key_of(str pkcs8)
{
    const unsigned char *at = (const unsigned char *)pkcs8.at;
    CLEANUP(close_pkcs8) PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, (long)pkcs8.len);
    return info ? EVP_PKCS82PKEY(info) : NULL;
}

bool private_key_public(str pkcs8, struct arena *a, str *spki)
{
    KEEP_ERRORS;
    CLEANUP(close_EVP_PKEY) EVP_PKEY *key = private_key_of(pkcs8);
    int length = key ? i2d_PUBKEY(key, NULL) : 0;
    if (length <= 0)
        return false;
    unsigned char *bytes = arena_get(a, (size_t)length, 1), *end = bytes;
    (void)i2d_PUBKEY(key, &end);
    *spki = (str){(const char *)bytes, (size_t)length};
    return true;
}

EVP_PKEY *key_of_spki(str der)
{
    const unsigned char *at = (const unsigned char *)der.at;
    EVP_PKEY *key = d2i_PUBKEY(NULL, &at, (long)der.len);
    if (key && at != (const unsigned char *)der.at + der.len) {
        EVP_PKEY_free(key);
        return NULL;
    }
    return key;
}

const EVP_MD *digest_for(const EVP_PKEY *key)
{
    if (EVP_PKEY_is_a(key, "ED25519"))
        return NULL;
    return EVP_PKEY_is_a(key, "EC") && EVP_PKEY_get_bits(key) > 256 ? EVP_sha384() : EVP_sha256();
}

/* A curve said by its numbers instead of its name, or half a point: verifiers refuse it (RFC 5480 2.1.1 and 2.2). */
static bool is_odd_spelling(const EVP_PKEY *key)
{
    char form[32] = "";
    size_t length = 0;
    int is = 0;
    return EVP_PKEY_get_int_param(key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &is) != 1 || is != 0 ||
           EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, form, sizeof form, &length) != 1 ||
           strcmp(form, "uncompressed") != 0;
}

str key_name_of(const EVP_PKEY *key, struct arena *a, int *bits)
{
    char curve[32] = "";
    size_t length = 0;
    *bits = EVP_PKEY_get_bits(key);
    if (EVP_PKEY_is_a(key, "ED25519"))
        return S("ed25519");
    if (EVP_PKEY_is_a(key, "RSA"))
        return rsa_is_sound(key) ? arena_format(a, "rsa-%d", *bits) : (str){0};
    if (!EVP_PKEY_is_a(key, "EC") || is_odd_spelling(key) || EVP_PKEY_get_group_name(key, curve, sizeof curve, &length) != 1)
        return (str){0};
    if (strcmp(curve, "prime256v1") == 0)
        return S("ec-p256");
    return strcmp(curve, "secp384r1") == 0 ? S("ec-p384") : (str){0};
}
