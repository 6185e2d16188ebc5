#include "tests/support/signer.h"

#include "base/crypt.h"
#include "tests/support/cbor_write.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

struct signer {
    EVP_PKEY *key;
    struct ed25519_pair pair; /* of EdDSA */
    struct pubkey public;
};

static void forget(void *arg)
{
    struct signer *s = arg;
    EVP_PKEY_free(s->key);
}

static str number_of(struct arena *a, const EVP_PKEY *key, const char *name, size_t width)
{
    BIGNUM *n = NULL;
    must(EVP_PKEY_get_bn_param(key, name, &n) == 1);
    size_t length = width > 0 ? width : (size_t)BN_num_bytes(n);
    unsigned char *at = arena_get(a, length, 1);
    must(BN_bn2binpad(n, at, (int)length) == (int)length);
    BN_free(n);
    return (str){(const char *)at, length};
}

struct signer *signer_make(struct arena *a, enum pubkey_algorithm algorithm, unsigned rsa_bits)
{
    struct signer *s = NEW(a, struct signer);
    s->public.algorithm = algorithm;
    arena_on_close(a, forget, s);
    if (algorithm == PUBKEY_ES256) {
        s->key = EVP_EC_gen("P-256");
        s->public.x = number_of(a, s->key, OSSL_PKEY_PARAM_EC_PUB_X, 32);
        s->public.y = number_of(a, s->key, OSSL_PKEY_PARAM_EC_PUB_Y, 32);
    } else if (algorithm == PUBKEY_RS256) {
        s->key = EVP_RSA_gen(rsa_bits);
        s->public.x = number_of(a, s->key, OSSL_PKEY_PARAM_RSA_N, 0);
        s->public.y = number_of(a, s->key, OSSL_PKEY_PARAM_RSA_E, 0);
    } else {
        uint8_t seed[ED25519_SEED_BYTES];
        crypt_random(seed, sizeof seed);
        ed25519_pair_of(seed, &s->pair);
        s->public.x = (str){(const char *)s->pair.public, sizeof s->pair.public};
    }
    return s;
}

struct pubkey signer_public(const struct signer *s)
{
    return s->public;
}

str signer_private(struct arena *a, const struct signer *s)
{
    unsigned char *der = NULL;
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(s->key);
    int length = info ? i2d_PKCS8_PRIV_KEY_INFO(info, &der) : 0;
    must(length > 0);
    str out = arena_copy(a, (str){(const char *)der, (size_t)length});
    OPENSSL_free(der);
    PKCS8_PRIV_KEY_INFO_free(info);
    return out;
}

static str raw_of(struct arena *a, str der)
{
    const unsigned char *at = (const unsigned char *)der.at;
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &at, (long)der.len);
    unsigned char *raw = arena_get(a, 64, 1);
    must(pair != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(pair), raw, 32) == 32 &&
         BN_bn2binpad(ECDSA_SIG_get0_s(pair), raw + 32, 32) == 32);
    ECDSA_SIG_free(pair);
    return (str){(const char *)raw, 64};
}

str signer_sign(struct arena *a, const struct signer *s, enum pubkey_form form, str text)
{
    size_t length = 1024;
    unsigned char *at = arena_get(a, length, 1);
    if (s->public.algorithm == PUBKEY_EDDSA) {
        ed25519_sign(s->pair.secret, text, at);
        return (str){(const char *)at, ED25519_SIGNATURE_BYTES};
    }
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    must(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, s->key) == 1 &&
         EVP_DigestSign(ctx, at, &length, (const unsigned char *)text.at, text.len) == 1);
    EVP_MD_CTX_free(ctx);
    str der = {(const char *)at, length};
    return s->public.algorithm == PUBKEY_ES256 && form == PUBKEY_RAW ? raw_of(a, der) : der;
}

str signer_cose(struct arena *a, const struct signer *s)
{
    static const struct {
        int64_t type, algorithm, curve, x, y;
    } sorts[] = {[PUBKEY_ES256] = {2, -7, 1, -2, -3},
                 [PUBKEY_RS256] = {3, -257, 0, -1, -2},
                 [PUBKEY_EDDSA] = {1, -8, 6, -2, 0}};
    struct buf b;
    size_t i = s->public.algorithm;
    buf_init(&b, a, 4096);
    cbor_put_head(&b, 5, 3 + (uint64_t)(sorts[i].curve != 0) + (uint64_t)(sorts[i].y != 0));
    cbor_put_int(&b, 1);
    cbor_put_int(&b, sorts[i].type);
    cbor_put_int(&b, 3);
    cbor_put_int(&b, sorts[i].algorithm);
    if (sorts[i].curve != 0) {
        cbor_put_int(&b, -1);
        cbor_put_int(&b, sorts[i].curve);
    }
    cbor_put_int(&b, sorts[i].x);
    cbor_put_bytes(&b, s->public.x);
    if (sorts[i].y != 0) {
        cbor_put_int(&b, sorts[i].y);
        cbor_put_bytes(&b, s->public.y);
    }
    return buf_str(&b);
}

str signer_jwk(struct arena *a, const struct signer *s, str kid)
{
    static const char *const begins[] = {
        [PUBKEY_ES256] = "{\"kty\":\"EC\",\"crv\":\"P-256\"",
        [PUBKEY_RS256] = "{\"kty\":\"RSA\",\"alg\":\"RS256\"",
        [PUBKEY_EDDSA] = "{\"kty\":\"OKP\",\"crv\":\"Ed25519\""};
    bool is_rsa = s->public.algorithm == PUBKEY_RS256;
    str x = base64url_encode(a, s->public.x), y = base64url_encode(a, s->public.y);
    struct buf b;
    buf_init(&b, a, 4096);
    buf_format(&b, "%s,\"%s\":\"" STR_FMT "\"", begins[s->public.algorithm], is_rsa ? "n" : "x", STR_ARG(x));
    if (y.len > 0)
        buf_format(&b, ",\"%s\":\"" STR_FMT "\"", is_rsa ? "e" : "y", STR_ARG(y));
    buf_format(&b, ",\"use\":\"sig\",\"kid\":\"" STR_FMT "\"}", STR_ARG(kid));
    return buf_str(&b);
}
