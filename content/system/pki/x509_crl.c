/* Lists of revoked certificates (RFC 5280 5). */
#include "base/limits.h"
#include "content/system/pki/pem.h"
#include "content/system/pki/x509_own.h"

static void close_crl(X509_CRL **p)
{
    X509_CRL_free(*p);
}

static void close_enumerated(ASN1_ENUMERATED **p)
{
    ASN1_ENUMERATED_free(*p);
}

static bool fill_entry(X509_REVOKED *r, const struct revoked *one, struct arena *a)
{
    BIGNUM *n = NULL;
    bool is_read = BN_hex2bn(&n, arena_cstr(a, one->serial)) == (int)one->serial.len;
    CLEANUP(close_BIGNUM) BIGNUM *number = n;
    CLEANUP(close_ASN1_INTEGER) ASN1_INTEGER *serial = is_read ? BN_to_ASN1_INTEGER(number, NULL) : NULL;
    CLEANUP(close_ASN1_TIME) ASN1_TIME *at = ASN1_TIME_new();
    if (!serial || !at || !set_time(at, one->at_ms) || X509_REVOKED_set_serialNumber(r, serial) != 1 || X509_REVOKED_set_revocationDate(r, at) != 1)
        return false;
    if (one->reason == 0) /* "unspecified" is said by saying nothing */
        return true;
    CLEANUP(close_enumerated) ASN1_ENUMERATED *reason = ASN1_ENUMERATED_new();
    return reason && ASN1_ENUMERATED_set(reason, one->reason) == 1 && X509_REVOKED_add1_ext_i2d(r, NID_crl_reason, reason, 0, 0) == 1;
}

static bool add_entries(X509_CRL *c, const struct crl_wish *w, struct arena *a)
{
    for (size_t i = 0; i < w->count; i++) {
        X509_REVOKED *r = X509_REVOKED_new();
        if (!r || !fill_entry(r, &w->list[i], a) || X509_CRL_add0_revoked(c, r) != 1) {
            X509_REVOKED_free(r);
            return false;
        }
    }
    return X509_CRL_sort(c) == 1;
}

static bool add_extensions(X509_CRL *c, X509 *issuer, uint64_t number)
{
    X509V3_CTX ctx;
    CLEANUP(close_ASN1_INTEGER) ASN1_INTEGER *n = ASN1_INTEGER_new();
    X509V3_set_ctx(&ctx, issuer, NULL, NULL, c, 0);
    X509V3_set_ctx_nodb(&ctx);
    X509_EXTENSION *key = X509V3_EXT_conf_nid(NULL, &ctx, NID_authority_key_identifier, "keyid:always");
    bool is_added = key && X509_CRL_add_ext(c, key, -1) == 1;
    X509_EXTENSION_free(key);
    return is_added && n && ASN1_INTEGER_set_uint64(n, number) == 1 && X509_CRL_add1_ext_i2d(c, NID_crl_number, n, 0, 0) == 1;
}

static bool set_times(X509_CRL *c, const struct crl_wish *w)
{
    CLEANUP(close_ASN1_TIME) ASN1_TIME *from = ASN1_TIME_new();
    CLEANUP(close_ASN1_TIME) ASN1_TIME *until = ASN1_TIME_new();
    return from && until && set_time(from, w->this_ms) && set_time(until, w->next_ms) && X509_CRL_set1_lastUpdate(c, from) == 1 &&
           X509_CRL_set1_nextUpdate(c, until) == 1;
}

enum err crl_make(const struct crl_wish *w, struct arena *a, str *pem, str *der, struct problem *why)
{
    KEEP_ERRORS;
    CLEANUP(close_X509) X509 *issuer = x509_of_pem(w->issuer_pem);
    CLEANUP(close_EVP_PKEY) EVP_PKEY *key = private_key_of(w->issuer_key);
    CLEANUP(close_crl) X509_CRL *c = X509_CRL_new();
    if (!issuer || !key || X509_check_private_key(issuer, key) != 1)
        return problem_set(why, ERR_INVALID, "The key is not the issuer's");
    bool is_made = c && X509_CRL_set_version(c, X509_CRL_VERSION_2) == 1 && X509_CRL_set_issuer_name(c, X509_get_subject_name(issuer)) == 1 &&
                   set_times(c, w) && add_entries(c, w, a) && add_extensions(c, issuer, w->number) && X509_CRL_sign(c, key, digest_for(key)) > 0;
    int length = is_made ? i2d_X509_CRL(c, NULL) : 0;
    if (length <= 0)
        return x509_failed(why, "making a list of revoked certificates");
    unsigned char *bytes = arena_get(a, (size_t)length, 1), *end = bytes;
    (void)i2d_X509_CRL(c, &end);
    *der = (str){(const char *)bytes, (size_t)length};
    *pem = pem_write(a, S("X509 CRL"), *der);
    return ERR_OK;
}

/* ---- others' ---- */

static str serial_of(const ASN1_INTEGER *n, struct arena *a)
{
    CLEANUP(close_BIGNUM) BIGNUM *number = ASN1_INTEGER_to_BN(n, NULL);
    char *hex = number && !BN_is_negative(number) && BN_num_bytes(number) <= 32 ? BN_bn2hex(number) : NULL;
    str out = hex ? lower_case(a, str_of(hex)) : (str){0};
    OPENSSL_free(hex);
    return out;
}

static int reason_of(X509_REVOKED *r)
{
    CLEANUP(close_enumerated) ASN1_ENUMERATED *reason = X509_REVOKED_get_ext_d2i(r, NID_crl_reason, NULL, NULL);
    long code = reason ? ASN1_ENUMERATED_get(reason) : 0;
    return code > 0 && code <= 10 ? (int)code : 0;
}

static bool read_entries(X509_CRL *c, struct arena *a, struct crl_facts *out)
{
    STACK_OF(X509_REVOKED) *list = X509_CRL_get_REVOKED(c);
    int n = list ? sk_X509_REVOKED_num(list) : 0;
    if (n > (int)LIMIT_REVOKED_READ)
        return false;
    struct revoked *to = NEW_N(a, struct revoked, (size_t)(n > 0 ? n : 0) + 1);
    for (int i = 0; i < n; i++) {
        X509_REVOKED *r = sk_X509_REVOKED_value(list, i);
        to[i].serial = serial_of(X509_REVOKED_get0_serialNumber(r), a);
        to[i].reason = reason_of(r);
        if (to[i].serial.len == 0 || !x509_time(X509_REVOKED_get0_revocationDate(r), &to[i].at_ms))
            return false;
    }
    out->list = to;
    out->count = (size_t)(n > 0 ? n : 0);
    return true;
}

static int64_t number_of(X509_CRL *c)
{
    CLEANUP(close_ASN1_INTEGER) ASN1_INTEGER *n = X509_CRL_get_ext_d2i(c, NID_crl_number, NULL, NULL);
    int64_t out = 0;
    return n && ASN1_INTEGER_get_int64(&out, n) == 1 && out > 0 ? out : 0;
}

enum err crl_read(str pem, str issuer_pem, struct arena *a, struct crl_facts *out, struct problem *why)
{
    KEEP_ERRORS;
    struct problem quiet = {.arena = a};
    struct pem_block *b = NULL;
    size_t count = 0;
    *out = (struct crl_facts){0};
    if (pem_read(a, str_trim(pem), 1, &b, &count, &quiet) != ERR_OK || !str_equal(b->label, S("X509 CRL")))
        return problem_set(why, ERR_INVALID, "It is no list of revoked certificates in PEM");
    const unsigned char *at = (const unsigned char *)b->der.at;
    CLEANUP(close_crl) X509_CRL *c = d2i_X509_CRL(NULL, &at, (long)b->der.len);
    CLEANUP(close_X509) X509 *issuer = x509_of_pem(issuer_pem);
    if (!c || at != (const unsigned char *)b->der.at + b->der.len || !issuer)
        return problem_set(why, ERR_INVALID, "It is no list of revoked certificates");
    EVP_PKEY *key = X509_get0_pubkey(issuer);
    if (X509_NAME_cmp(X509_CRL_get_issuer(c), X509_get_subject_name(issuer)) != 0 || !key || X509_CRL_verify(c, key) != 1)
        return problem_set(why, ERR_INVALID, "The list of revoked certificates is not signed by its authority");
    if (!read_entries(c, a, out))
        return problem_set(why, ERR_INVALID, "The list of revoked certificates has more than %u entries, or one that is none", LIMIT_REVOKED_READ);
    const ASN1_TIME *next = X509_CRL_get0_nextUpdate(c);
    if (next && !x509_time(next, &out->next_ms))
        return problem_set(why, ERR_INVALID, "The list of revoked certificates has no time that is one");
    out->number = number_of(c);
    return ERR_OK;
}
