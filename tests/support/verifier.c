#include "tests/support/verifier.h"

#include <openssl/core_names.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>

static X509 *certificate_of(str pem)
{
    BIO *bio = BIO_new_mem_buf(pem.at, (int)pem.len);
    X509 *x = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
    BIO_free(bio);
    must(x != NULL);
    return x;
}

/* ---- OCSP ---- */

str verifier_asks(struct arena *a, str certificate, str issuer)
{
    X509 *of = certificate_of(certificate), *by = certificate_of(issuer);
    OCSP_REQUEST *r = OCSP_REQUEST_new();
    unsigned char *bytes = NULL;
    must(r && OCSP_request_add0_id(r, OCSP_cert_to_id(EVP_sha256(), of, by)));
    int length = i2d_OCSP_REQUEST(r, &bytes);
    must(length > 0);
    str der = arena_copy(a, (str){(const char *)bytes, (size_t)length});
    OPENSSL_free(bytes);
    OCSP_REQUEST_free(r);
    X509_free(of);
    X509_free(by);
    return der;
}

static bool is_signed_by(OCSP_BASICRESP *answer, X509 *issuer)
{
    X509_STORE *store = X509_STORE_new();
    must(store && X509_STORE_add_cert(store, issuer) == 1);
    X509_VERIFY_PARAM_set_flags(X509_STORE_get0_param(store), X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_NO_CHECK_TIME);
    STACK_OF(X509) *others = sk_X509_new_null(); /* the answer brings no certificate along: its reader has it */
    must(others && sk_X509_push(others, issuer) > 0);
    bool is = OCSP_basic_verify(answer, others, store, 0) == 1;
    sk_X509_free(others);
    X509_STORE_free(store);
    return is;
}

const char *verifier_hears(str answer, str certificate, str issuer)
{
    static const char *const words[] = {[V_OCSP_CERTSTATUS_GOOD] = "good", [V_OCSP_CERTSTATUS_REVOKED] = "revoked", [V_OCSP_CERTSTATUS_UNKNOWN] = "unknown"};
    const unsigned char *at = (const unsigned char *)answer.at;
    X509 *of = certificate_of(certificate), *by = certificate_of(issuer);
    OCSP_RESPONSE *r = d2i_OCSP_RESPONSE(NULL, &at, (long)answer.len);
    OCSP_BASICRESP *basic = r ? OCSP_response_get1_basic(r) : NULL;
    OCSP_CERTID *id = OCSP_cert_to_id(EVP_sha256(), of, by);
    int status = -1;
    if (!basic || !is_signed_by(basic, by) || OCSP_resp_find_status(basic, id, &status, NULL, NULL, NULL, NULL) != 1)
        status = -1;
    OCSP_CERTID_free(id);
    OCSP_BASICRESP_free(basic);
    OCSP_RESPONSE_free(r);
    X509_free(of);
    X509_free(by);
    return status < 0 ? "" : words[status];
}

/* ---- lists ---- */

static int reason_of(X509_REVOKED *r)
{
    ASN1_ENUMERATED *said = X509_REVOKED_get_ext_d2i(r, NID_crl_reason, NULL, NULL);
    int reason = said ? (int)ASN1_ENUMERATED_get(said) : 0;
    bool is_said_in_vain = said && reason == 0; /* RFC 5280 5.3.1 */
    ASN1_ENUMERATED_free(said);
    return is_said_in_vain ? -1 : reason;
}

static bool has_entry(X509_CRL *c, const struct revoked *one)
{
    CLEANUP(arena_closep) struct arena *a = arena_open(256);
    BIGNUM *n = NULL;
    X509_REVOKED *found = NULL;
    time_t at = (time_t)(one->at_ms / 1000), before = at - 1;
    ASN1_INTEGER *serial = BN_hex2bn(&n, arena_cstr(a, one->serial)) > 0 ? BN_to_ASN1_INTEGER(n, NULL) : NULL;
    bool has = serial && X509_CRL_get0_by_serial(c, &found, serial) == 1 && reason_of(found) == one->reason &&
               X509_cmp_time(X509_REVOKED_get0_revocationDate(found), &at) == -1 && /* not later than that second */
               X509_cmp_time(X509_REVOKED_get0_revocationDate(found), &before) == 1;
    ASN1_INTEGER_free(serial);
    BN_free(n);
    return has;
}

bool verifier_finds(str list, const struct crl_wish *w)
{
    const unsigned char *at = (const unsigned char *)list.at;
    X509 *by = certificate_of(w->issuer_pem);
    X509_CRL *c = d2i_X509_CRL(NULL, &at, (long)list.len);
    ASN1_INTEGER *n = c ? X509_CRL_get_ext_d2i(c, NID_crl_number, NULL, NULL) : NULL;
    uint64_t number = 0;
    bool is = n && at == (const unsigned char *)list.at + list.len && X509_CRL_verify(c, X509_get0_pubkey(by)) == 1 &&
              ASN1_INTEGER_get_uint64(&number, n) == 1 && number == w->number && X509_CRL_get_version(c) == X509_CRL_VERSION_2 &&
              X509_CRL_get_ext_by_NID(c, NID_authority_key_identifier, -1) >= 0 &&
              sk_X509_REVOKED_num(X509_CRL_get_REVOKED(c)) == (w->count ? (int)w->count : -1); /* none: no list, RFC 5280 5.1.2.6 */
    for (size_t i = 0; is && i < w->count; i++)
        is = has_entry(c, &w->list[i]);
    ASN1_INTEGER_free(n);
    X509_CRL_free(c);
    X509_free(by);
    return is;
}

/* ---- bundles and keys ---- */

int verifier_unpacks(str pkcs12, const char *password)
{
    const unsigned char *at = (const unsigned char *)pkcs12.at;
    PKCS12 *p = d2i_PKCS12(NULL, &at, (long)pkcs12.len);
    EVP_PKEY *key = NULL;
    X509 *leaf = NULL;
    STACK_OF(X509) *rest = NULL;
    int count = -1;
    if (p && at == (const unsigned char *)pkcs12.at + pkcs12.len && PKCS12_parse(p, password, &key, &leaf, &rest) == 1 && !key)
        count = (leaf ? 1 : 0) + (rest ? sk_X509_num(rest) : 0);
    EVP_PKEY_free(key);
    X509_free(leaf);
    sk_X509_pop_free(rest, X509_free);
    PKCS12_free(p);
    return count;
}

static str number_of(struct arena *a, const EVP_PKEY *key, const char *name)
{
    BIGNUM *n = NULL;
    must(EVP_PKEY_get_bn_param(key, name, &n) == 1);
    unsigned char *bytes = arena_get(a, (size_t)BN_num_bytes(n), 1);
    int length = BN_bn2bin(n, bytes);
    BN_clear_free(n);
    return (str){(const char *)bytes, (size_t)length};
}

size_t verifier_secrets(struct arena *a, str pkcs8, str out[3])
{
    static const char *const of_rsa[] = {OSSL_PKEY_PARAM_RSA_D, OSSL_PKEY_PARAM_RSA_FACTOR1, OSSL_PKEY_PARAM_RSA_FACTOR2};
    const unsigned char *at = (const unsigned char *)pkcs8.at;
    EVP_PKEY *key = d2i_AutoPrivateKey(NULL, &at, (long)pkcs8.len);
    size_t count = 1, length = 32;
    must(key != NULL);
    if (EVP_PKEY_is_a(key, "ED25519")) {
        unsigned char *seed = arena_get(a, length, 1);
        must(EVP_PKEY_get_raw_private_key(key, seed, &length) == 1);
        out[0] = (str){(const char *)seed, length};
    } else if (EVP_PKEY_is_a(key, "EC")) {
        out[0] = number_of(a, key, OSSL_PKEY_PARAM_PRIV_KEY);
    } else {
        for (count = 0; count < COUNTOF(of_rsa); count++)
            out[count] = number_of(a, key, of_rsa[count]);
    }
    EVP_PKEY_free(key);
    return count;
}
