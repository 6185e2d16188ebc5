#include "content/system/pki/x509_key.h"

#include "base/crypt.h"
#include "base/limits.h"
#include "content/system/pki/pem.h"
#include "content/system/pki/x509_own.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#define LABEL     S("PUBLIC KEY")
#define LABEL_RSA S("RSA PUBLIC KEY")

static void free_key(EVP_PKEY **p)
{
    EVP_PKEY_free(*p);
}
static void free_number(BIGNUM **p)
{
    BN_free(*p);
}
static void free_context(EVP_MD_CTX **p)
{
    EVP_MD_CTX_free(*p);
}
static void free_pair(ECDSA_SIG **p)
{
    ECDSA_SIG_free(*p);
}
static void free_bytes(unsigned char **p)
{
    OPENSSL_free(*p);
}

/* ---- what is a key ---- */

static const struct {
    const char *group;
    enum key_sort sort;
    size_t width;                     /* bytes of a number of its signatures */
} curves[] = {
    {"prime256v1", KEY_P256, 32},
    {"secp384r1", KEY_P384, 48},
    {"secp521r1", KEY_P521, 66},
};

/* 65537 is what is used; smaller ones and even ones are traps, longer ones are taken by few. */
bool rsa_is_sound(const EVP_PKEY *key)
{
    CLEANUP(free_number) BIGNUM *e = NULL;
    int bits = EVP_PKEY_get_bits(key);
    if (bits < (int)LIMIT_RSA_BITS_LEAST || bits > (int)LIMIT_CERTIFICATE_RSA_BITS || EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &e) != 1)
        return false;
    return BN_is_odd(e) && BN_num_bits(e) >= (int)LIMIT_RSA_EXPONENT_BITS_LEAST && BN_num_bits(e) <= (int)LIMIT_RSA_EXPONENT_BITS;
}

static bool sort_of(const EVP_PKEY *key, enum key_sort *out)
{
    char group[32];
    size_t length = 0;
    switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_ED25519:
        *out = KEY_ED25519;
        return true;
    case EVP_PKEY_RSA:
        *out = KEY_RSA;
        return rsa_is_sound(key);
    case EVP_PKEY_EC:
        if (EVP_PKEY_get_group_name(key, group, sizeof group, &length) != 1)
            return false;
        for (size_t i = 0; i < COUNTOF(curves); i++)
            if (strcmp(group, curves[i].group) == 0) {
                *out = curves[i].sort;
                return true;
            }
        return false;
    default:
        return false;
    }
}

/* All of the bytes, and a key of a sort that we take. */
static EVP_PKEY *key_of(str der, bool is_pkcs1)
{
    const unsigned char *at = (const unsigned char *)der.at, *end = at + der.len;
    enum key_sort sort;
    if (der.len == 0 || der.len > LIMIT_TRUST_KEY_BYTES)
        return NULL;
    EVP_PKEY *key = is_pkcs1 ? d2i_PublicKey(EVP_PKEY_RSA, NULL, &at, (long)der.len) : d2i_PUBKEY(NULL, &at, (long)der.len);
    if (key && at == end && sort_of(key, &sort))
        return key;
    EVP_PKEY_free(key);
    return NULL;
}

static bool spki_of(struct arena *a, str der, bool is_pkcs1, str *out)
{
    CLEANUP(free_key) EVP_PKEY *key = key_of(der, is_pkcs1);
    CLEANUP(free_bytes) unsigned char *bytes = NULL;
    int length = key ? i2d_PUBKEY(key, &bytes) : 0;
    if (length > 0)
        *out = arena_copy(a, (str){(const char *)bytes, (size_t)length});
    return length > 0;
}

enum err public_key_read(struct arena *a, str bytes, str *spki, struct problem *why)
{
    struct pem_block one = {.label = LABEL, .der = bytes}, *blocks = &one;
    size_t count = 1;
    if (pem_begins(bytes))
        TRY(pem_read(a, bytes, 1, &blocks, &count, why));
    bool is_pkcs1 = str_equal(blocks->label, LABEL_RSA);
    if (!is_pkcs1 && !str_equal(blocks->label, LABEL))
        return problem_set(why, ERR_INVALID, "This is a " STR_FMT ", not a public key", STR_ARG(blocks->label));
    ERR_set_mark();
    bool is_key = spki_of(a, blocks->der, is_pkcs1, spki);
    ERR_pop_to_mark();
    if (!is_key)
        return problem_set(why, ERR_INVALID, "This is no public key of RSA (%u to %u bits), P-256, P-384, P-521 or Ed25519",
                           LIMIT_RSA_BITS_LEAST, LIMIT_CERTIFICATE_RSA_BITS);
    return ERR_OK;
}

str public_key_pem(struct arena *a, str spki)
{
    return pem_write(a, LABEL, spki);
}

bool public_key_sort(str spki, enum key_sort *out)
{
    ERR_set_mark();
    CLEANUP(free_key) EVP_PKEY *key = key_of(spki, false);
    bool is_key = key && sort_of(key, out);
    ERR_pop_to_mark();
    return is_key;
}

bool public_key_equal(str spki, str other)
{
    ERR_set_mark();
    CLEANUP(free_key) EVP_PKEY *one = key_of(spki, false), *two = key_of(other, false);
    bool are = one && two && EVP_PKEY_eq(one, two) == 1;
    ERR_pop_to_mark();
    return are;
}

/* ---- verifying ---- */

enum family { BY_ECDSA, BY_RSA, BY_PSS, BY_ED25519 };

static const struct {
    enum family family;
    const EVP_MD *(*digest)(void);
} schemes[] = {
    [SIGNED_ECDSA_SHA256] = {BY_ECDSA, EVP_sha256}, [SIGNED_ECDSA_SHA384] = {BY_ECDSA, EVP_sha384},
    [SIGNED_ECDSA_SHA512] = {BY_ECDSA, EVP_sha512}, [SIGNED_RSA_SHA256] = {BY_RSA, EVP_sha256},
    [SIGNED_PSS_SHA256] = {BY_PSS, EVP_sha256},     [SIGNED_PSS_SHA384] = {BY_PSS, EVP_sha384},
    [SIGNED_PSS_SHA512] = {BY_PSS, EVP_sha512},     [SIGNED_ED25519] = {BY_ED25519, NULL},
};

static bool verify_ed25519(const EVP_PKEY *key, str text, str signature)
{
    unsigned char raw[ED25519_PUBLIC_BYTES];
    size_t length = sizeof raw;
    return EVP_PKEY_get_raw_public_key(key, raw, &length) == 1 && length == sizeof raw &&
           ed25519_verify((str){(const char *)raw, sizeof raw}, text, signature);
}

static bool verify_with(EVP_PKEY *key, enum signature_scheme scheme, str text, str signature)
{
    CLEANUP(free_context) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *how = NULL;
    must(ctx != NULL);
    if (EVP_DigestVerifyInit(ctx, &how, schemes[scheme].digest(), NULL, key) != 1)
        return false;
    if (schemes[scheme].family == BY_PSS && (EVP_PKEY_CTX_set_rsa_padding(how, RSA_PKCS1_PSS_PADDING) != 1 ||
                                             EVP_PKEY_CTX_set_rsa_pss_saltlen(how, RSA_PSS_SALTLEN_DIGEST) != 1))
        return false;
    return EVP_DigestVerify(ctx, (const unsigned char *)signature.at, signature.len, (const unsigned char *)text.at, text.len) == 1;
}

static BIGNUM *number_of(str bytes)
{
    BIGNUM *n = BN_bin2bn((const unsigned char *)bytes.at, (int)bytes.len, NULL);
    must(n != NULL);
    return n;
}

static bool verify_raw(EVP_PKEY *key, enum signature_scheme scheme, size_t width, str text, str signature)
{
    if (signature.len != 2 * width)
        return false;
    CLEANUP(free_pair) ECDSA_SIG *pair = ECDSA_SIG_new();
    CLEANUP(free_bytes) unsigned char *der = NULL;
    must(pair != NULL && ECDSA_SIG_set0(pair, number_of(str_slice(signature, 0, width)), number_of(str_slice(signature, width, 2 * width))) == 1);
    int length = i2d_ECDSA_SIG(pair, &der);
    return length > 0 && verify_with(key, scheme, text, (str){(const char *)der, (size_t)length});
}

static bool fits(enum key_sort sort, enum family family)
{
    switch (sort) {
    case KEY_RSA: return family == BY_RSA || family == BY_PSS;
    case KEY_ED25519: return family == BY_ED25519;
    case KEY_P256:
    case KEY_P384:
    case KEY_P521: return family == BY_ECDSA;
    }
    return false;
}

static bool verify(str spki, enum signature_scheme scheme, enum signature_form form, str text, str signature)
{
    CLEANUP(free_key) EVP_PKEY *key = key_of(spki, false);
    enum key_sort sort;
    if (!key || !sort_of(key, &sort) || !fits(sort, schemes[scheme].family))
        return false;
    if (sort == KEY_ED25519)
        return verify_ed25519(key, text, signature);
    if (form == SIGNATURE_RAW && sort != KEY_RSA)
        return verify_raw(key, scheme, curves[sort - KEY_P256].width, text, signature);
    return verify_with(key, scheme, text, signature);
}

bool public_key_verify(str spki, enum signature_scheme scheme, enum signature_form form, str text, str signature)
{
    ERR_set_mark();
    bool verifies = verify(spki, scheme, form, text, signature);
    ERR_pop_to_mark();
    return verifies;
}
