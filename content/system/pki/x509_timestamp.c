#include "content/system/pki/x509_timestamp.h"

#include "base/limits.h"
#include "content/system/pki/x509_own.h"

#include <openssl/ts.h>

#define ACCURACY_MS INT64_C(60000)    /* a clock that is worse tells no time */

/* clang-format off */
OWNED(PKCS7, PKCS7_free)
OWNED(TS_TST_INFO, TS_TST_INFO_free)
OWNED(TS_VERIFY_CTX, TS_VERIFY_CTX_free)
OWNED(X509_STORE, X509_STORE_free)
/* clang-format on */

static PKCS7 *token_of(str der)
{
    const unsigned char *at = (const unsigned char *)der.at, *end = at + der.len;
    if (der.len == 0 || der.len > LIMIT_SIGNATURE_BYTES)
        return NULL;
    PKCS7 *token = d2i_PKCS7(NULL, &at, (long)der.len);
    if (token && at == end && PKCS7_type_is_signed(token))
        return token;
    PKCS7_free(token);
    return NULL;
}

static bool is_strong(const X509_ALGOR *algorithm)
{
    const ASN1_OBJECT *named = NULL;
    X509_ALGOR_get0(&named, NULL, NULL, algorithm);
    int nid = OBJ_obj2nid(named);
    return nid == NID_sha256 || nid == NID_sha384 || nid == NID_sha512;
}

/* What is signed and what of it is digested, by one signer. */
static bool has_strong_digests(PKCS7 *token, TS_TST_INFO *info)
{
    STACK_OF(PKCS7_SIGNER_INFO) *signers = PKCS7_get_signer_info(token);
    X509_ALGOR *digest = NULL;
    if (!signers || sk_PKCS7_SIGNER_INFO_num(signers) != 1)
        return false;
    PKCS7_SIGNER_INFO_get0_algs(sk_PKCS7_SIGNER_INFO_value(signers, 0), NULL, &digest, NULL);
    return digest && is_strong(digest) && is_strong(TS_MSG_IMPRINT_get_algo(TS_TST_INFO_get_msg_imprint(info)));
}

static bool part_of(const ASN1_INTEGER *n, int64_t *out)
{
    *out = 0;
    return !n || (ASN1_INTEGER_get_int64(out, n) == 1 && *out >= 0 && *out <= ACCURACY_MS);
}

static bool moment_of(TS_TST_INFO *info, struct timestamp *out)
{
    TS_ACCURACY *accuracy = TS_TST_INFO_get_accuracy(info);
    int64_t at, seconds = 0, millis = 0, micros = 0;
    if (!x509_time(TS_TST_INFO_get_time(info), &at))
        return false;
    if (accuracy && (!part_of(TS_ACCURACY_get_seconds(accuracy), &seconds) || !part_of(TS_ACCURACY_get_millis(accuracy), &millis) ||
                     !part_of(TS_ACCURACY_get_micros(accuracy), &micros)))
        return false;
    int64_t off = seconds * 1000 + millis + (micros + 999) / 1000;
    *out = (struct timestamp){at - off, at + 999 + off}; /* whole seconds: what is behind them is not read */
    return off <= ACCURACY_MS;
}

/* The certificates of the token's maker at the moment that it tells. */
static X509_STORE *store_of(const struct certificate *roots, size_t count, int64_t at_ms)
{
    CLEANUP(close_X509_STORE) X509_STORE *store = X509_STORE_new();
    must(store != NULL);
    for (size_t i = 0; i < count; i++) {
        CLEANUP(close_X509) X509 *root = x509_of_der(roots[i].der);
        if (!root || X509_STORE_add_cert(store, root) != 1)
            return NULL;
    }
    X509_VERIFY_PARAM *how = X509_STORE_get0_param(store);
    X509_VERIFY_PARAM_set_time(how, (time_t)(at_ms / 1000));
    X509_VERIFY_PARAM_set_depth(how, (int)LIMIT_CERTIFICATE_CHAIN);
    X509_VERIFY_PARAM_set_auth_level(how, X509_STRENGTH);
    must(X509_VERIFY_PARAM_set_flags(how, X509_V_FLAG_PARTIAL_CHAIN) == 1);
    X509_STORE *out = store;
    store = NULL;
    return out;
}

static bool verifies(PKCS7 *token, str text, X509_STORE *store)
{
    CLEANUP(close_TS_VERIFY_CTX) TS_VERIFY_CTX *ctx = TS_VERIFY_CTX_new();
    BIO *data = BIO_new_mem_buf(text.at, (int)text.len);
    must(ctx != NULL && data != NULL);
    (void)TS_VERIFY_CTX_set_flags(ctx, TS_VFY_SIGNATURE | TS_VFY_VERSION | TS_VFY_DATA);
    (void)TS_VERIFY_CTX_set_data(ctx, data);   /* both are the context's now */
    (void)TS_VERIFY_CTX_set_store(ctx, store);
    return TS_RESP_verify_token(ctx, token) == 1;
}

enum err timestamp_verify(str token, str text, const struct certificate *roots, size_t root_count, int64_t now_ms,
                          struct timestamp *out, struct problem *why)
{
    KEEP_ERRORS;
    CLEANUP(close_PKCS7) PKCS7 *signed_data = token_of(token);
    CLEANUP(close_TS_TST_INFO) TS_TST_INFO *info = signed_data ? PKCS7_to_TS_TST_INFO(signed_data) : NULL;
    struct timestamp told;
    if (!info || text.len > LIMIT_SIGNATURE_BYTES || !has_strong_digests(signed_data, info) || !moment_of(info, &told))
        return problem_set(why, ERR_INVALID, "The timestamp cannot be read");
    if (told.earliest_ms > now_ms)
        return problem_set(why, ERR_INVALID, "The timestamp is of the future");
    X509_STORE *store = root_count ? store_of(roots, root_count, told.earliest_ms) : NULL;
    if (!store || !verifies(signed_data, text, store))
        return problem_set(why, ERR_INVALID, "The timestamp is not trusted");
    *out = told;
    return ERR_OK;
}
