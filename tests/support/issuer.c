#include "tests/support/issuer.h"

#include <openssl/ecdsa.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/ts.h>
#include <openssl/x509v3.h>

struct issued {
    EVP_PKEY *key;
    X509 *certificate;
    str der;
};

static void forget(void *arg)
{
    struct issued *i = arg;
    EVP_PKEY_free(i->key);
    X509_free(i->certificate);
}

static EVP_PKEY *key_of(const struct issue *wish)
{
    switch (wish->sort) {
    case KEY_RSA: return EVP_RSA_gen(wish->rsa_bits ? wish->rsa_bits : 2048);
    case KEY_P256: return EVP_EC_gen("P-256");
    case KEY_P384: return EVP_EC_gen("P-384");
    case KEY_P521: return EVP_EC_gen("P-521");
    case KEY_ED25519: return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    }
    return NULL;
}

static void extend(X509 *x, int nid, const char *value)
{
    X509_EXTENSION *e = value ? X509V3_EXT_conf_nid(NULL, NULL, nid, value) : NULL;
    must(!value || (e && X509_add_ext(x, e, -1) == 1));
    X509_EXTENSION_free(e);
}

struct issued *issue(struct arena *a, const struct issue *wish)
{
    struct issued *i = NEW(a, struct issued);
    unsigned char *bytes = NULL;
    i->key = wish->with ? wish->with->key : key_of(wish);
    if (wish->with)
        EVP_PKEY_up_ref(i->key);
    X509 *x = i->certificate = X509_new();
    arena_on_close(a, forget, i);
    must(i->key && x && X509_set_version(x, 2) == 1 && ASN1_INTEGER_set(X509_get_serialNumber(x), 0xabc) == 1);
    must(X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_UTF8, (const unsigned char *)wish->name, -1, -1, 0) == 1);
    const X509_NAME *issuer = X509_get_subject_name(wish->by ? wish->by->certificate : x);
    must(X509_set_issuer_name(x, issuer) == 1 && X509_set_pubkey(x, i->key) == 1);
    ASN1_TIME_set(X509_getm_notBefore(x), (time_t)(wish->from_ms / 1000));
    ASN1_TIME_set(X509_getm_notAfter(x), (time_t)(wish->to_ms / 1000));
    extend(x, NID_basic_constraints, wish->constraints);
    extend(x, NID_key_usage, wish->usage);
    extend(x, NID_ext_key_usage, wish->extended);
    EVP_PKEY *by = wish->by ? wish->by->key : i->key;
    must(X509_sign(x, by, EVP_PKEY_get_base_id(by) == EVP_PKEY_ED25519 ? NULL : EVP_sha256()) > 0);
    int length = i2d_X509(x, &bytes);
    must(length > 0);
    i->der = arena_copy(a, (str){(const char *)bytes, (size_t)length});
    OPENSSL_free(bytes);
    return i;
}

str issued_der(const struct issued *i)
{
    return i->der;
}

static str copied(struct arena *a, unsigned char *bytes, int length)
{
    must(length > 0);
    str out = arena_copy(a, (str){(const char *)bytes, (size_t)length});
    OPENSSL_free(bytes);
    return out;
}

str issued_spki(struct arena *a, const struct issued *i)
{
    unsigned char *bytes = NULL;
    int length = i2d_PUBKEY(i->key, &bytes);
    return copied(a, bytes, length);
}

str issued_private_pem(struct arena *a, const struct issued *i)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *at = NULL;
    must(bio && PEM_write_bio_PKCS8PrivateKey(bio, i->key, NULL, NULL, 0, NULL, NULL) == 1);
    long n = BIO_get_mem_data(bio, &at);
    str out = arena_copy(a, (str){at, (size_t)n});
    BIO_free(bio);
    return out;
}

static str raw_of(struct arena *a, const struct issued *i, str der)
{
    const unsigned char *at = (const unsigned char *)der.at;
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &at, (long)der.len);
    int width = (EVP_PKEY_get_bits(i->key) + 7) / 8;
    unsigned char *raw = arena_get(a, 2 * (size_t)width, 1);
    must(pair && BN_bn2binpad(ECDSA_SIG_get0_r(pair), raw, width) == width && BN_bn2binpad(ECDSA_SIG_get0_s(pair), raw + width, width) == width);
    ECDSA_SIG_free(pair);
    return (str){(const char *)raw, 2 * (size_t)width};
}

static const EVP_MD *digest_of(enum signature_scheme scheme)
{
    bool is_384 = scheme == SIGNED_ECDSA_SHA384 || scheme == SIGNED_PSS_SHA384, is_512 = scheme == SIGNED_ECDSA_SHA512 || scheme == SIGNED_PSS_SHA512;
    return scheme == SIGNED_ED25519 ? NULL : is_384 ? EVP_sha384() : is_512 ? EVP_sha512() : EVP_sha256();
}

str issued_sign(struct arena *a, const struct issued *i, enum signature_scheme scheme, enum signature_form form, str text)
{
    size_t length = 1024;
    unsigned char *at = arena_get(a, length, 1);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *how = NULL;
    must(ctx && EVP_DigestSignInit(ctx, &how, digest_of(scheme), NULL, i->key) == 1);
    if (scheme >= SIGNED_PSS_SHA256 && scheme <= SIGNED_PSS_SHA512)
        must(EVP_PKEY_CTX_set_rsa_padding(how, RSA_PKCS1_PSS_PADDING) == 1 && EVP_PKEY_CTX_set_rsa_pss_saltlen(how, RSA_PSS_SALTLEN_DIGEST) == 1);
    must(EVP_DigestSign(ctx, at, &length, (const unsigned char *)text.at, text.len) == 1);
    EVP_MD_CTX_free(ctx);
    str der = {(const char *)at, length};
    return EVP_PKEY_get_base_id(i->key) == EVP_PKEY_EC && form == SIGNATURE_RAW ? raw_of(a, i, der) : der;
}

bool issued_left_errors(void)
{
    return ERR_peek_error() != 0;
}

static int time_of(struct TS_resp_ctx *ctx, void *at_ms, long *seconds, long *micros)
{
    (void)ctx;
    *seconds = (long)(*(int64_t *)at_ms / 1000);
    *micros = 0;
    return 1;
}

static BIO *request_of(str text, const EVP_MD *digest)
{
    unsigned char is[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    TS_REQ *request = TS_REQ_new();
    TS_MSG_IMPRINT *imprint = TS_MSG_IMPRINT_new();
    X509_ALGOR *algorithm = X509_ALGOR_new();
    BIO *out = BIO_new(BIO_s_mem());
    must(request && imprint && algorithm && out && EVP_Digest(text.at, text.len, is, &n, digest, NULL) == 1);
    must(X509_ALGOR_set0(algorithm, OBJ_nid2obj(EVP_MD_get_type(digest)), V_ASN1_NULL, NULL) == 1);
    must(TS_MSG_IMPRINT_set_algo(imprint, algorithm) == 1 && TS_MSG_IMPRINT_set_msg(imprint, is, (int)n) == 1);
    must(TS_REQ_set_version(request, 1) == 1 && TS_REQ_set_msg_imprint(request, imprint) == 1 && TS_REQ_set_cert_req(request, 1) == 1);
    must(i2d_TS_REQ_bio(out, request) == 1);
    X509_ALGOR_free(algorithm);
    TS_MSG_IMPRINT_free(imprint);
    TS_REQ_free(request);
    return out;
}

str issued_timestamp(struct arena *a, const struct issued *clock, str text, int64_t at_ms, bool weak)
{
    ERR_set_mark();                   /* its own tries are not what is tested */
    TS_RESP_CTX *ctx = TS_RESP_CTX_new();
    ASN1_OBJECT *policy = OBJ_txt2obj("1.2.3.4", 1);
    BIO *request = request_of(text, weak ? EVP_sha1() : EVP_sha256());
    must(ctx && policy && TS_RESP_CTX_set_signer_cert(ctx, clock->certificate) == 1 && TS_RESP_CTX_set_signer_key(ctx, clock->key) == 1);
    must(TS_RESP_CTX_set_def_policy(ctx, policy) == 1 && TS_RESP_CTX_set_signer_digest(ctx, EVP_sha256()) == 1);
    must(TS_RESP_CTX_add_md(ctx, EVP_sha256()) == 1 && TS_RESP_CTX_add_md(ctx, EVP_sha1()) == 1 && TS_RESP_CTX_set_accuracy(ctx, 2, 0, 0) == 1);
    TS_RESP_CTX_set_time_cb(ctx, time_of, &at_ms);
    TS_RESP *answer = TS_RESP_create_response(ctx, request);
    unsigned char *bytes = NULL;
    must(answer && TS_RESP_get_token(answer));
    int length = i2d_PKCS7(TS_RESP_get_token(answer), &bytes);
    TS_RESP_free(answer);
    TS_RESP_CTX_free(ctx);
    ASN1_OBJECT_free(policy);
    BIO_free(request);
    ERR_pop_to_mark();
    return copied(a, bytes, length);
}
