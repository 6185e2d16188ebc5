/* Answers to "is this certificate still good?" (RFC 6960). The authority signs them itself. */
#include "base/limits.h"
#include "content/system/pki/x509_own.h"

#include <openssl/ocsp.h>

/* clang-format off */
OWNED(OCSP_REQUEST, OCSP_REQUEST_free)
OWNED(OCSP_RESPONSE, OCSP_RESPONSE_free)
OWNED(OCSP_BASICRESP, OCSP_BASICRESP_free)
OWNED(OCSP_CERTID, OCSP_CERTID_free)
/* clang-format on */

struct answering {
    X509 *issuer;
    int64_t now_ms, next_ms;
    ocsp_look *look;
    void *self;
    struct arena *arena;
};

static OCSP_REQUEST *read_request(str der)
{
    const unsigned char *at = (const unsigned char *)der.at;
    OCSP_REQUEST *r = der.len <= LIMIT_OCSP_BYTES ? d2i_OCSP_REQUEST(NULL, &at, (long)der.len) : NULL;
    int count = r ? OCSP_request_onereq_count(r) : 0;
    if (count > 0 && count <= (int)LIMIT_OCSP_REQUESTS && at == (const unsigned char *)der.at + der.len)
        return r;
    OCSP_REQUEST_free(r);
    return NULL;
}

bool ocsp_is_plain(str request_der)
{
    KEEP_ERRORS;
    CLEANUP(close_OCSP_REQUEST) OCSP_REQUEST *r = read_request(request_der);
    return r && OCSP_request_onereq_count(r) == 1 && OCSP_REQUEST_get_ext_count(r) == 0 &&
           OCSP_ONEREQ_get_ext_count(OCSP_request_onereq_get0(r, 0)) == 0;
}

/* Whether it is about a certificate of this issuer, by the hashes that the client chose; its serial number. */
static bool is_ours(const struct answering *q, OCSP_CERTID *id, str *serial)
{
    ASN1_OBJECT *algorithm = NULL;
    ASN1_INTEGER *number = NULL;
    if (OCSP_id_get0_info(NULL, &algorithm, NULL, &number, id) != 1)
        return false;
    const EVP_MD *md = EVP_get_digestbyobj(algorithm);
    CLEANUP(close_OCSP_CERTID)
    OCSP_CERTID *own =
        md ? OCSP_cert_id_new(md, X509_get_subject_name(q->issuer), X509_get0_pubkey_bitstr(q->issuer), number) : NULL;
    CLEANUP(close_BIGNUM) BIGNUM *n = ASN1_INTEGER_to_BN(number, NULL);
    char *digits = n ? BN_bn2hex(n) : NULL;
    *serial = digits ? lower_case(q->arena, str_of(digits)) : (str){0};
    OPENSSL_free(digits);
    return own && OCSP_id_issuer_cmp(own, id) == 0 && serial->len > 0;
}

static const int statuses[] = {
    [OCSP_IS_GOOD] = V_OCSP_CERTSTATUS_GOOD, [OCSP_IS_REVOKED] = V_OCSP_CERTSTATUS_REVOKED, [OCSP_IS_UNKNOWN] = V_OCSP_CERTSTATUS_UNKNOWN};

static bool add_answer(const struct answering *q, OCSP_BASICRESP *to, OCSP_CERTID *id, const struct ocsp_verdict *v)
{
    CLEANUP(close_ASN1_TIME) ASN1_TIME *at = ASN1_TIME_new();
    CLEANUP(close_ASN1_TIME) ASN1_TIME *now = ASN1_TIME_new();
    CLEANUP(close_ASN1_TIME) ASN1_TIME *next = ASN1_TIME_new();
    int reason = v->reason ? v->reason : OCSP_REVOKED_STATUS_NOSTATUS;
    return at && now && next && set_time(at, v->at_ms) && set_time(now, q->now_ms) && set_time(next, q->next_ms) &&
           OCSP_basic_add1_status(to, id, statuses[v->status], reason, at, now, next) != NULL;
}

static enum err add_all(const struct answering *q, OCSP_REQUEST *r, OCSP_BASICRESP *to, bool *is_authorised, struct problem *why)
{
    *is_authorised = true;
    for (int i = 0; i < OCSP_request_onereq_count(r) && *is_authorised; i++) {
        OCSP_CERTID *id = OCSP_onereq_get0_id(OCSP_request_onereq_get0(r, i));
        struct ocsp_verdict v = {.status = OCSP_IS_UNKNOWN};
        str serial;
        *is_authorised = is_ours(q, id, &serial);
        if (!*is_authorised)
            break;
        TRY(q->look(q->self, serial, &v, why));
        if (!add_answer(q, to, id, &v))
            return x509_failed(why, "answering OCSP");
    }
    return ERR_OK;
}

static enum err take_out(OCSP_RESPONSE *r, struct arena *a, str *out, struct problem *why)
{
    int length = r ? i2d_OCSP_RESPONSE(r, NULL) : 0;
    if (length <= 0)
        return x509_failed(why, "answering OCSP");
    unsigned char *bytes = arena_get(a, (size_t)length, 1), *end = bytes;
    (void)i2d_OCSP_RESPONSE(r, &end);
    *out = (str){(const char *)bytes, (size_t)length};
    return ERR_OK;
}

static enum err refuse(int status, struct arena *a, str *out, struct problem *why)
{
    CLEANUP(close_OCSP_RESPONSE) OCSP_RESPONSE *r = OCSP_response_create(status, NULL);
    return take_out(r, a, out, why);
}

enum err ocsp_answer(str request_der, str issuer_pem, str issuer_key, int64_t now_ms, int64_t next_ms, ocsp_look *look, void *self,
                     struct arena *a, str *response_der, struct problem *why)
{
    KEEP_ERRORS;
    bool is_authorised = false;
    CLEANUP(close_OCSP_REQUEST) OCSP_REQUEST *request = read_request(request_der);
    if (!request)
        return refuse(OCSP_RESPONSE_STATUS_MALFORMEDREQUEST, a, response_der, why);
    CLEANUP(close_X509) X509 *issuer = x509_of_pem(issuer_pem);
    CLEANUP(close_EVP_PKEY) EVP_PKEY *key = private_key_of(issuer_key);
    CLEANUP(close_OCSP_BASICRESP) OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
    if (!issuer || !key || !basic)
        return x509_failed(why, "answering OCSP");
    const struct answering q = {issuer, now_ms, next_ms, look, self, a};
    TRY(add_all(&q, request, basic, &is_authorised, why));
    if (!is_authorised)
        return refuse(OCSP_RESPONSE_STATUS_UNAUTHORIZED, a, response_der, why);
    (void)OCSP_copy_nonce(basic, request); /* none is fine */
    /* Whoever asks has the issuer's certificate, this one or an earlier one of the same key; another one in the answer would have to lead
     * to his root. */
    if (OCSP_basic_sign(basic, issuer, key, digest_for(key), NULL, OCSP_RESPID_KEY | OCSP_NOCERTS) != 1)
        return x509_failed(why, "signing an OCSP answer");
    CLEANUP(close_OCSP_RESPONSE) OCSP_RESPONSE *r = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
    return take_out(r, a, response_der, why);
}
