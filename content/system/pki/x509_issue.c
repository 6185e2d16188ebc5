/* Certificates made: what is in one is said by the caller whole, nothing of it by the request (CA-2). */
#include "base/digest.h"
#include "base/limits.h"
#include "content/system/pki/pem.h"
#include "content/system/pki/x509_own.h"

#include <openssl/rand.h>

enum { SERIAL_BYTES = 20 };

X509 *x509_of_pem(str pem)
{
    CLEANUP(arena_closep) struct arena *a = arena_open(4096);
    struct problem quiet = {.arena = a};
    struct pem_block *b = NULL;
    size_t count = 0;
    if (pem_read(a, pem, LIMIT_CERTIFICATE_CHAIN, &b, &count, &quiet) != ERR_OK || !str_equal(b[0].label, S("CERTIFICATE")))
        return NULL;
    const unsigned char *at = (const unsigned char *)b[0].der.at;
    return d2i_X509(NULL, &at, (long)b[0].der.len);
}

bool set_time(ASN1_TIME *to, int64_t ms)
{
    return ASN1_TIME_set(to, (time_t)(ms / 1000)) != NULL;
}

/* Twenty random bytes, positive and not zero (CA-3). */
static bool set_serial(X509 *x)
{
    unsigned char bytes[SERIAL_BYTES];
    if (RAND_bytes(bytes, sizeof bytes) != 1)
        return false;
    bytes[0] = (unsigned char)((bytes[0] & 0x7f) | 0x40); /* always as long, and so never zero */
    CLEANUP(close_BIGNUM) BIGNUM *n = BN_bin2bn(bytes, sizeof bytes, NULL);
    return n && BN_to_ASN1_INTEGER(n, X509_get_serialNumber(x)) != NULL;
}

/* Only of texts that are written here, never of anybody's words: the library reads a little language in them. */
static bool add_extension(X509 *x, X509 *issuer, int nid, const char *text)
{
    X509V3_CTX ctx;
    X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
    X509V3_set_ctx_nodb(&ctx);
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &ctx, nid, text);
    bool is_added = e && X509_add_ext(x, e, -1) == 1;
    X509_EXTENSION_free(e);
    return is_added;
}

static bool add_names(X509 *x, const struct certificate_wish *w)
{
    if (w->name_count == 0)
        return true;
    CLEANUP(close_GENERAL_NAMES) GENERAL_NAMES *names = general_names_of(w->names, w->name_count);
    bool is_critical = w->subject.count == 0; /* RFC 5280 4.2.1.6 */
    return names && X509_add1_ext_i2d(x, NID_subject_alt_name, names, is_critical, X509V3_ADD_DEFAULT) == 1;
}

static void close_constraints(NAME_CONSTRAINTS **p)
{
    NAME_CONSTRAINTS_free(*p);
}

static bool add_constraints(X509 *x, const struct certificate_wish *w)
{
    if (w->permitted_count == 0)
        return true;
    CLEANUP(close_constraints) NAME_CONSTRAINTS *all = NAME_CONSTRAINTS_new();
    if (!all || !(all->permittedSubtrees = sk_GENERAL_SUBTREE_new_null()))
        return false;
    for (size_t i = 0; i < w->permitted_count; i++) {
        GENERAL_SUBTREE *one = GENERAL_SUBTREE_new();
        GENERAL_NAME *base = constraint_of(&w->permitted[i]);
        if (!one || !base || sk_GENERAL_SUBTREE_push(all->permittedSubtrees, one) <= 0) {
            GENERAL_SUBTREE_free(one);
            GENERAL_NAME_free(base);
            return false;
        }
        GENERAL_NAME_free(one->base);
        one->base = base;
    }
    return X509_add1_ext_i2d(x, NID_name_constraints, all, 1, X509V3_ADD_DEFAULT) == 1;
}

static GENERAL_NAME *uri_name(str url)
{
    const struct alt_name n = {NAME_URI, url};
    GENERAL_NAMES *one = general_names_of(&n, 1);
    GENERAL_NAME *g = one ? sk_GENERAL_NAME_pop(one) : NULL;
    GENERAL_NAMES_free(one);
    return g;
}

static void close_points(STACK_OF(DIST_POINT) **p)
{
    sk_DIST_POINT_pop_free(*p, DIST_POINT_free);
}

static bool add_crl_point(X509 *x, str url)
{
    if (str_is_absent(url))
        return true;
    CLEANUP(close_points) STACK_OF(DIST_POINT) *points = sk_DIST_POINT_new_null();
    DIST_POINT *p = DIST_POINT_new();
    const struct alt_name n = {NAME_URI, url};
    if (!points || !p || sk_DIST_POINT_push(points, p) <= 0) {
        DIST_POINT_free(p);
        return false;
    }
    p->distpoint = DIST_POINT_NAME_new();
    if (!p->distpoint || !(p->distpoint->name.fullname = general_names_of(&n, 1)))
        return false;
    p->distpoint->type = 0;
    return X509_add1_ext_i2d(x, NID_crl_distribution_points, points, 0, X509V3_ADD_DEFAULT) == 1;
}

static void close_access(AUTHORITY_INFO_ACCESS **p)
{
    AUTHORITY_INFO_ACCESS_free(*p);
}

static bool add_access(AUTHORITY_INFO_ACCESS *list, int method, str url)
{
    if (str_is_absent(url))
        return true;
    ACCESS_DESCRIPTION *d = ACCESS_DESCRIPTION_new();
    GENERAL_NAME *where = uri_name(url);
    if (!d || !where || sk_ACCESS_DESCRIPTION_push(list, d) <= 0) {
        ACCESS_DESCRIPTION_free(d);
        GENERAL_NAME_free(where);
        return false;
    }
    ASN1_OBJECT_free(d->method);
    GENERAL_NAME_free(d->location);
    d->method = OBJ_nid2obj(method);
    d->location = where;
    return true;
}

static bool add_issuer_info(X509 *x, const struct certificate_wish *w)
{
    if (str_is_absent(w->ocsp_url) && str_is_absent(w->issuer_url))
        return true;
    CLEANUP(close_access) AUTHORITY_INFO_ACCESS *list = AUTHORITY_INFO_ACCESS_new();
    return list && add_access(list, NID_ad_OCSP, w->ocsp_url) && add_access(list, NID_ad_ca_issuers, w->issuer_url) &&
           X509_add1_ext_i2d(x, NID_info_access, list, 0, X509V3_ADD_DEFAULT) == 1;
}

static const struct {
    unsigned usage;
    const char *name;
} purposes[] = {
    {USAGE_SERVER, "serverAuth"}, {USAGE_CLIENT, "clientAuth"}, {USAGE_CODE_SIGNING, "codeSigning"}, {USAGE_EMAIL, "emailProtection"}};

static bool add_usages(X509 *x, X509 *issuer, const struct certificate_wish *w, const EVP_PKEY *key)
{
    char text[80] = "";
    size_t length = 0;
    if (w->is_authority)
        return add_extension(x, issuer, NID_key_usage, "critical,keyCertSign,cRLSign");
    for (size_t i = 0; i < COUNTOF(purposes); i++)
        if (w->usages & purposes[i].usage)
            length += (size_t)snprintf(text + length, sizeof text - length, "%s%s", length ? "," : "", purposes[i].name);
    const char *usage = EVP_PKEY_is_a(key, "RSA") ? "critical,digitalSignature,keyEncipherment" : "critical,digitalSignature";
    return add_extension(x, issuer, NID_key_usage, usage) && (length == 0 || add_extension(x, issuer, NID_ext_key_usage, text));
}

static bool add_basics(X509 *x, X509 *issuer, const struct certificate_wish *w)
{
    char text[48];
    if (!w->is_authority)
        return add_extension(x, issuer, NID_basic_constraints, "critical,CA:FALSE");
    if (w->path_len < 0)
        return add_extension(x, issuer, NID_basic_constraints, "critical,CA:TRUE");
    (void)snprintf(text, sizeof text, "critical,CA:TRUE,pathlen:%d", w->path_len);
    return add_extension(x, issuer, NID_basic_constraints, text);
}

static bool fill(X509 *x, X509 *issuer, EVP_PKEY *key, const struct certificate_wish *w)
{
    CLEANUP(close_X509_NAME) X509_NAME *subject = name_of_subject(&w->subject);
    return subject && X509_set_version(x, X509_VERSION_3) == 1 && set_serial(x) && X509_set_subject_name(x, subject) == 1 &&
           X509_set_issuer_name(x, X509_get_subject_name(issuer)) == 1 && set_time(X509_getm_notBefore(x), w->not_before_ms) &&
           set_time(X509_getm_notAfter(x), w->not_after_ms) && X509_set_pubkey(x, key) == 1 && add_basics(x, issuer, w) &&
           add_usages(x, issuer, w, key) && add_extension(x, issuer, NID_subject_key_identifier, "hash") &&
           add_extension(x, issuer, NID_authority_key_identifier, "keyid:always") && add_names(x, w) && add_constraints(x, w) &&
           add_crl_point(x, w->crl_url) && add_issuer_info(x, w);
}

static bool take_out(X509 *x, struct arena *a, struct certificate_made *out)
{
    int length = i2d_X509(x, NULL);
    CLEANUP(close_BIGNUM) BIGNUM *serial = ASN1_INTEGER_to_BN(X509_get0_serialNumber(x), NULL);
    char *digits = serial ? BN_bn2hex(serial) : NULL;
    if (length <= 0 || !digits)
        return false;
    unsigned char *bytes = arena_get(a, (size_t)length, 1), *end = bytes;
    (void)i2d_X509(x, &end);
    out->der = (str){(const char *)bytes, (size_t)length};
    out->serial = lower_case(a, str_of(digits));
    out->pem = pem_write(a, S("CERTIFICATE"), out->der);
    out->fingerprint = digest_hex(a, DIGEST_SHA256, out->der);
    OPENSSL_free(digits);
    return true;
}

enum err certificate_make(const struct certificate_wish *w, struct arena *a, struct certificate_made *out, struct problem *why)
{
    KEEP_ERRORS;
    bool is_root = str_is_absent(w->issuer_pem);
    CLEANUP(close_EVP_PKEY) EVP_PKEY *key = key_of_spki(w->public_key);
    CLEANUP(close_EVP_PKEY) EVP_PKEY *signer = private_key_of(w->issuer_key);
    CLEANUP(close_X509) X509 *issuer = is_root ? NULL : x509_of_pem(w->issuer_pem);
    CLEANUP(close_X509) X509 *x = X509_new();
    if (!key || !signer || !x || (!is_root && !issuer))
        return x509_failed(why, "reading the keys of a certificate");
    bool is_own = is_root ? EVP_PKEY_eq(key, signer) == 1 : X509_check_private_key(issuer, signer) == 1;
    if (!is_own)
        return problem_set(why, ERR_INVALID, "The key is not the issuer's");
    if (is_root) { /* it is its own issuer: its name must be there before it is asked for */
        CLEANUP(close_X509_NAME) X509_NAME *subject = name_of_subject(&w->subject);
        if (!subject || X509_set_subject_name(x, subject) != 1)
            return x509_failed(why, "making a certificate");
    }
    if (!fill(x, is_root ? x : issuer, key, w) || X509_sign(x, signer, digest_for(signer)) <= 0 || !take_out(x, a, out))
        return x509_failed(why, "making a certificate");
    return ERR_OK;
}
