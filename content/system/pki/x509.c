#include "content/system/pki/x509.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "content/system/pki/pem.h"
#include "content/system/pki/x509_key.h"
#include "content/system/pki/x509_own.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#define LABEL S("CERTIFICATE")

static void free_x509(X509 **p)
{
    X509_free(*p);
}
static void free_bio(BIO **p)
{
    BIO_free(*p);
}
static void free_number(BIGNUM **p)
{
    BN_free(*p);
}
static void free_text(char **p)
{
    OPENSSL_free(*p);
}
static void free_bytes(unsigned char **p)
{
    OPENSSL_free(*p);
}
static void free_time(ASN1_TIME **p)
{
    ASN1_TIME_free(*p);
}
static void free_store(X509_STORE **p)
{
    X509_STORE_free(*p);
}
static void free_context(X509_STORE_CTX **p)
{
    X509_STORE_CTX_free(*p);
}
static void free_stack(STACK_OF(X509) * *p)
{
    sk_X509_pop_free(*p, X509_free);
}

/* ---- one certificate ---- */

X509 *x509_of_der(str der)
{
    const unsigned char *at = (const unsigned char *)der.at, *end = at + der.len;
    if (der.len == 0 || der.len > LIMIT_TRUST_KEY_BYTES)
        return NULL;
    X509 *x = d2i_X509(NULL, &at, (long)der.len);
    if (x && at == end && (X509_get_extension_flags(x) & EXFLAG_INVALID) == 0)
        return x;
    X509_free(x);
    return NULL;
}

/* Letters that change how those around them are read: C1 controls, zero width, directions, line ends. */
static bool is_deceiving(uint32_t c)
{
    return (c >= 0x80 && c < 0xa0) || (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) ||
           c == 0xfeff;
}

static str without_deceit(struct arena *a, str text)
{
    struct buf b;
    uint32_t code;
    buf_init(&b, a, 3 * text.len + 1);
    for (size_t n; (n = utf8_first(text, &code)) > 0; text = str_slice(text, n, text.len)) {
        for (size_t i = 0; is_deceiving(code) && i < n; i++)
            buf_format(&b, "\\%02X", (unsigned)(unsigned char)text.at[i]);
        if (!is_deceiving(code))
            buf_add(&b, str_slice(text, 0, n));
    }
    must(!b.failed);
    return buf_str(&b);
}

static bool print_name(struct arena *a, const X509_NAME *name, unsigned long flags, str *out)
{
    CLEANUP(free_bio) BIO *bio = BIO_new(BIO_s_mem());
    char *at = NULL;
    must(bio != NULL);
    if (X509_NAME_print_ex(bio, name, 0, flags) < 0)
        return false;
    long n = BIO_get_mem_data(bio, &at);
    *out = arena_copy(a, (str){at ? at : "", n > 0 ? (size_t)n : 0});
    return true;
}

/* Texts that claim to be UTF-8 and are not have every byte above ASCII escaped. */
static bool name_of(struct arena *a, const X509_NAME *name, str *out)
{
    if (!print_name(a, name, XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB, out))
        return false;
    if (!utf8_valid(*out) && !print_name(a, name, XN_FLAG_RFC2253, out))
        return false;
    *out = without_deceit(a, *out);
    return true;
}

static bool serial_of(struct arena *a, const X509 *x, str *out)
{
    CLEANUP(free_number) BIGNUM *n = ASN1_INTEGER_to_BN(X509_get0_serialNumber(x), NULL);
    CLEANUP(free_text) char *hex = n ? BN_bn2hex(n) : NULL;
    if (!hex)
        return false;
    char *lower = arena_get(a, strlen(hex) + 1, 1);
    for (size_t i = 0; hex[i]; i++)
        lower[i] = hex[i] >= 'A' && hex[i] <= 'F' ? (char)(hex[i] - 'A' + 'a') : hex[i];
    *out = str_of(lower);
    return true;
}

bool x509_time(const ASN1_TIME *t, int64_t *ms)
{
    CLEANUP(free_time) ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
    int days = 0, seconds = 0;
    if (!epoch || ASN1_TIME_diff(&days, &seconds, epoch, t) != 1)
        return false;
    *ms = ((int64_t)days * 86400 + seconds) * 1000;
    return true;
}

static bool key_of(struct arena *a, const X509 *x, str *out)
{
    CLEANUP(free_bytes) unsigned char *bytes = NULL;
    int length = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), &bytes);
    if (length <= 0)
        return false;
    *out = arena_copy(a, (str){(const char *)bytes, (size_t)length});
    return true;
}

static bool facts_of(struct arena *a, str der, struct certificate *out)
{
    CLEANUP(free_x509) X509 *x = x509_of_der(der);
    struct certificate c = {0};
    enum key_sort sort;
    if (!x || !name_of(a, X509_get_subject_name(x), &c.subject) || !name_of(a, X509_get_issuer_name(x), &c.issuer) ||
        !serial_of(a, x, &c.serial) || !key_of(a, x, &c.key) || !public_key_sort(c.key, &sort) ||
        !x509_time(X509_get0_notBefore(x), &c.not_before_ms) || !x509_time(X509_get0_notAfter(x), &c.not_after_ms))
        return false;
    const ASN1_OCTET_STRING *by = X509_get0_authority_key_id(x);
    if (by)
        c.issuer_key_id = arena_copy(a, (str){(const char *)ASN1_STRING_get0_data(by), (size_t)ASN1_STRING_length(by)});
    c.der = arena_copy(a, der);
    c.is_ca = X509_check_ca(x) == 1;
    c.path_len = X509_get_pathlen(x);
    *out = c;
    return true;
}

enum err certificate_read(struct arena *a, str der, struct certificate *out, struct problem *why)
{
    ERR_set_mark();
    bool is = facts_of(a, der, out);
    ERR_pop_to_mark();
    return is ? ERR_OK : problem_set(why, ERR_INVALID, "This is no certificate with a key of RSA (from %u bits), P-256, P-384, P-521 or Ed25519",
                                     LIMIT_RSA_BITS_LEAST);
}

enum err certificates_read(struct arena *a, str bytes, struct certificate **out, size_t *count, struct problem *why)
{
    struct pem_block one = {.label = LABEL, .der = bytes}, *blocks = &one;
    size_t n = 1;
    if (pem_begins(bytes))
        TRY(pem_read(a, bytes, LIMIT_CERTIFICATE_CHAIN, &blocks, &n, why));
    struct certificate *list = NEW_N(a, struct certificate, n);
    for (size_t i = 0; i < n; i++) {
        if (!str_equal(blocks[i].label, LABEL))
            return problem_set(why, ERR_INVALID, "This is a " STR_FMT ", not a certificate", STR_ARG(blocks[i].label));
        TRY(certificate_read(a, blocks[i].der, &list[i], why));
    }
    *out = list;
    *count = n;
    return ERR_OK;
}

str certificate_pem(struct arena *a, const struct certificate *c)
{
    return pem_write(a, LABEL, c->der);
}

static str subject_der(X509 *x)
{
    const unsigned char *bytes = NULL;
    size_t length = 0;
    return x && X509_NAME_get0_der(X509_get_subject_name(x), &bytes, &length) == 1 ? (str){(const char *)bytes, length} : (str){0};
}

bool certificates_have_one_name(const struct certificate *one, const struct certificate *other)
{
    ERR_set_mark();
    CLEANUP(free_x509) X509 *first = x509_of_der(one->der), *second = x509_of_der(other->der);
    bool are = first && second && str_equal(subject_der(first), subject_der(second));
    ERR_pop_to_mark();
    return are;
}

/* ---- chains ---- */

/* What the key of a leaf is for (CA/Browser baseline for code, and what Notary's signatures ask of it). */
static bool is_for_code(X509 *x)
{
    enum { NEVER = XKU_SSL_SERVER | XKU_SMIME | XKU_OCSP_SIGN | XKU_TIMESTAMP | XKU_ANYEKU };
    uint32_t usage = X509_get_key_usage(x), extended = X509_get_extended_key_usage(x);
    bool has_usage = (X509_get_extension_flags(x) & EXFLAG_KUSAGE) != 0, has_extended = (X509_get_extension_flags(x) & EXFLAG_XKUSAGE) != 0;
    if (!has_usage || (usage & KU_DIGITAL_SIGNATURE) == 0 || (usage & KU_KEY_CERT_SIGN) != 0)
        return false;
    return !has_extended || ((extended & XKU_CODE_SIGN) != 0 && (extended & NEVER) == 0);
}

static STACK_OF(X509) * stack_of(const struct certificate *list, size_t count)
{
    CLEANUP(free_stack) STACK_OF(X509) *all = sk_X509_new_null();
    must(all != NULL);
    for (size_t i = 0; i < count; i++) {
        X509 *x = x509_of_der(list[i].der);
        if (!x || sk_X509_push(all, x) <= 0) {
            X509_free(x);
            return NULL;
        }
    }
    STACK_OF(X509) *out = all;
    all = NULL;
    return out;
}

/* What was built leads over the certificates that came, in their order, and over authorities alone. */
static bool is_in_order(STACK_OF(X509) * built, STACK_OF(X509) * came)
{
    for (int i = 0; i < sk_X509_num(built); i++) {
        X509 *x = sk_X509_value(built, i);
        if (i > 0 && X509_check_ca(x) != 1)
            return false;
        if (i < sk_X509_num(came) && X509_cmp(x, sk_X509_value(came, i)) != 0)
            return false;
    }
    return true;
}

static const char *verify(STACK_OF(X509) * chain, STACK_OF(X509) * roots, enum certificate_use use, int64_t at_ms)
{
    CLEANUP(free_store) X509_STORE *store = X509_STORE_new();
    CLEANUP(free_context) X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    must(store != NULL && ctx != NULL);
    for (int i = 0; i < sk_X509_num(roots); i++)
        if (X509_STORE_add_cert(store, sk_X509_value(roots, i)) != 1)
            return "a root cannot be used";
    X509 *leaf = sk_X509_value(chain, 0);
    if (X509_STORE_CTX_init(ctx, store, leaf, chain) != 1)
        return "the chain cannot be used";
    X509_VERIFY_PARAM *how = X509_STORE_CTX_get0_param(ctx);
    X509_VERIFY_PARAM_set_time(how, (time_t)(at_ms / 1000));
    X509_VERIFY_PARAM_set_depth(how, (int)LIMIT_CERTIFICATE_CHAIN);
    X509_VERIFY_PARAM_set_auth_level(how, X509_STRENGTH);
    if (X509_VERIFY_PARAM_set_flags(how, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_CHECK_SS_SIGNATURE) != 1 ||
        X509_verify_cert(ctx) != 1)
        return X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx));
    if (!is_in_order(X509_STORE_CTX_get0_chain(ctx), chain))
        return "an issuer is no authority, or the chain is in disorder";
    if (use == CERTIFICATE_FOR_CODE && !is_for_code(leaf))
        return "its key is not for signing code";
    return NULL;
}

enum err certificates_verify(const struct certificate *chain, size_t count, const struct certificate *roots, size_t root_count,
                             enum certificate_use use, int64_t at_ms, struct problem *why)
{
    if (count == 0 || count > LIMIT_CERTIFICATE_CHAIN)
        return problem_set(why, ERR_INVALID, "A chain has one to %u certificates", LIMIT_CERTIFICATE_CHAIN);
    ERR_set_mark();
    CLEANUP(free_stack) STACK_OF(X509) *came = stack_of(chain, count);
    CLEANUP(free_stack) STACK_OF(X509) *trusted = stack_of(roots, root_count);
    const char *wrong = came && trusted ? verify(came, trusted, use, at_ms) : "a certificate cannot be read";
    ERR_pop_to_mark();
    return wrong ? problem_set(why, ERR_INVALID, "The certificate is not trusted: %s", wrong) : ERR_OK;
}
