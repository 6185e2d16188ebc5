/* Lists of revoked certificates that others wrote. */
#include "base/limits.h"
#include "content/system/pki/pem.h"
#include "content/system/pki/x509_own.h"

enum { SOONEST_MS = 1000 };           /* no moment at all is 0 here */

static void close_crl(X509_CRL **p)
{
    X509_CRL_free(*p);
}

static void close_enumerated(ASN1_ENUMERATED **p)
{
    ASN1_ENUMERATED_free(*p);
}

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
        if (to[i].at_ms < SOONEST_MS)
            to[i].at_ms = SOONEST_MS;
    }
    out->list = to;
    out->count = (size_t)(n > 0 ? n : 0);
    return true;
}

/* 0 when it has none. One that is larger than numbers here must not be read as a smaller one: the next list's would go back. */
static bool read_number(X509_CRL *c, int64_t *out)
{
    int what = 0;
    CLEANUP(close_ASN1_INTEGER) ASN1_INTEGER *n = X509_CRL_get_ext_d2i(c, NID_crl_number, &what, NULL);
    *out = 0;
    return n ? ASN1_INTEGER_get_int64(out, n) == 1 && *out >= 0 : what == -1; /* it is not there */
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
    if (!read_number(c, &out->number))
        return problem_set(why, ERR_INVALID, "The list of revoked certificates has no number that is one: it is larger than those here, or negative");
    return ERR_OK;
}
