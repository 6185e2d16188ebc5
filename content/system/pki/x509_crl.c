/* Lists of revoked certificates (RFC 5280 5). Their entries are written here, one behind the other: a list may have hundreds of
 * thousands of them, and the library's own take some five hundred bytes each. What is around them is the library's. */
#include "base/buf.h"
#include "base/encode.h"
#include "base/limits.h"
#include "content/system/pki/pem.h"
#include "content/system/pki/x509_own.h"

enum { SEQUENCE = 0x30, BITS = 0x03, ENTRY_BYTES = 128, BEFORE_ENTRIES = 5 }; /* version, algorithm, issuer, two times */

static void close_crl(X509_CRL **p)
{
    X509_CRL_free(*p);
}

static void close_digest(EVP_MD_CTX **p)
{
    EVP_MD_CTX_free(*p);
}

static void free_bytes(unsigned char **p)
{
    OPENSSL_free(*p);
}

/* ---- DER ---- */

static void add_header(struct buf *to, unsigned tag, size_t length)
{
    unsigned bytes = 0;
    buf_byte(to, (char)tag);
    while (length >> (8 * bytes) != 0 && length >= 0x80)
        bytes++;
    buf_byte(to, bytes ? (char)(0x80 | bytes) : (char)length);
    for (; bytes > 0; bytes--)
        buf_byte(to, (char)(length >> (8 * (bytes - 1))));
}

/* The next value with its header; false: there is none that is whole. */
static bool next_value(str *rest, str *out)
{
    const unsigned char *at = (const unsigned char *)rest->at, *content = at;
    long length = 0;
    int tag, class;
    if (rest->len == 0 || (ASN1_get_object(&content, &length, &tag, &class, (long)rest->len) & 0x80) != 0)
        return false;
    *out = str_slice(*rest, 0, (size_t)(content - at) + (size_t)length);
    *rest = str_slice(*rest, out->len, rest->len);
    return true;
}

/* ---- entries ---- */

static bool add_serial(struct buf *to, str hex)
{
    CLEANUP(arena_closep) struct arena *a = arena_open(256);
    str bytes = {0};
    if (hex.len == 0 || !hex_decode(a, hex, &bytes))
        return false;
    while (bytes.len > 1 && bytes.at[0] == 0)
        bytes = str_slice(bytes, 1, bytes.len);
    bool needs_zero = (bytes.at[0] & 0x80) != 0;
    add_header(to, V_ASN1_INTEGER, bytes.len + needs_zero);
    if (needs_zero)
        buf_byte(to, 0);
    buf_add(to, bytes);
    return true;
}

/* To the second; with two digits of the year until 2049 (RFC 5280 4.1.2.5). */
static bool add_time(struct buf *to, int64_t ms)
{
    CLEANUP(close_ASN1_TIME) ASN1_TIME *t = ASN1_TIME_new();
    if (!t || !set_time(t, ms))
        return false;
    add_header(to, (unsigned)ASN1_STRING_type(t), (size_t)ASN1_STRING_length(t));
    buf_add(to, (str){(const char *)ASN1_STRING_get0_data(t), (size_t)ASN1_STRING_length(t)});
    return true;
}

bool crl_entry(const struct revoked *one, struct buf *to)
{
    char room[ENTRY_BYTES];
    struct buf entry = {.at = room, .room = sizeof room, .max = sizeof room};
    if (!add_serial(&entry, one->serial) || !add_time(&entry, one->at_ms))
        return false;
    if (one->reason) { /* "unspecified" is said by saying nothing */
        const char reason[] = {SEQUENCE, 12, SEQUENCE, 10, 0x06, 3, 0x55, 0x1d, 0x15, 0x04, 3, 0x0a, 1, (char)one->reason};
        buf_add(&entry, (str){reason, sizeof reason});
    }
    if (entry.failed)
        return false;
    add_header(to, SEQUENCE, entry.len);
    buf_add(to, buf_str(&entry));
    return !to->failed;
}

/* ---- around them ---- */

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

/* What is signed: that of an empty list, with the entries between its times and its extensions. */
static bool fill_in(X509_CRL *empty, str entries, struct buf *out)
{
    CLEANUP(free_bytes) unsigned char *bytes = NULL;
    int length = i2d_re_X509_CRL_tbs(empty, &bytes);
    str whole = {(const char *)bytes, length > 0 ? (size_t)length : 0}, value = {"", 0}, rest;
    const unsigned char *content = bytes;
    long inner = 0;
    int tag, class;
    if (length <= 0 || (ASN1_get_object(&content, &inner, &tag, &class, length) & 0x80) != 0)
        return false;
    rest = whole = str_slice(whole, whole.len - (size_t)inner, whole.len);
    for (unsigned i = 0; i < BEFORE_ENTRIES; i++)
        if (!next_value(&rest, &value))
            return false;
    char room[16];
    struct buf header = {.at = room, .room = sizeof room, .max = sizeof room};
    if (entries.len)
        add_header(&header, SEQUENCE, entries.len);
    add_header(out, SEQUENCE, whole.len + header.len + entries.len);
    buf_add(out, str_slice(whole, 0, whole.len - rest.len));
    buf_add(out, buf_str(&header));
    buf_add(out, entries);
    buf_add(out, rest);
    return !out->failed && !header.failed;
}

static bool add_signature(str signed_text, EVP_PKEY *key, struct buf *out)
{
    CLEANUP(close_digest) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    unsigned char signature[LIMIT_CERTIFICATE_RSA_BITS / 8];
    size_t length = sizeof signature;
    if (!ctx || EVP_DigestSignInit(ctx, NULL, digest_for(key), NULL, key) != 1 ||
        EVP_DigestSign(ctx, signature, &length, (const unsigned char *)signed_text.at, signed_text.len) != 1)
        return false;
    add_header(out, BITS, length + 1);
    buf_byte(out, 0); /* bits of the last byte that do not count */
    buf_add(out, (str){(const char *)signature, length});
    return !out->failed;
}

static bool put_together(X509_CRL *empty, EVP_PKEY *key, str entries, struct arena *a, str *der)
{
    CLEANUP(free_bytes) unsigned char *algorithm = NULL;
    const X509_ALGOR *said = NULL;
    const ASN1_BIT_STRING *signature = NULL;
    struct buf text, behind, all;
    X509_CRL_get0_signature(empty, &signature, &said);
    int length = i2d_X509_ALGOR(said, &algorithm);
    buf_init(&text, a, entries.len + LIMIT_TRUST_KEY_BYTES);
    buf_init(&behind, a, LIMIT_TRUST_KEY_BYTES);
    buf_init(&all, a, entries.len + 3 * LIMIT_TRUST_KEY_BYTES);
    if (length <= 0 || !fill_in(empty, entries, &text))
        return false;
    buf_add(&behind, (str){(const char *)algorithm, (size_t)length});
    if (!add_signature(buf_str(&text), key, &behind))
        return false;
    add_header(&all, SEQUENCE, text.len + behind.len);
    buf_add(&all, buf_str(&text));
    buf_add(&all, buf_str(&behind));
    *der = buf_str(&all);
    return !all.failed;
}

/* Those that are told one by one stand behind the others. */
static bool all_entries(const struct crl_wish *w, struct arena *a, str *out)
{
    struct buf b;
    buf_init(&b, a, w->entries.len + w->count * ENTRY_BYTES + 1);
    buf_add(&b, w->entries);
    for (size_t i = 0; i < w->count; i++)
        if (!crl_entry(&w->list[i], &b))
            return false;
    *out = w->count ? buf_str(&b) : w->entries;
    return true;
}

enum err crl_make(const struct crl_wish *w, struct arena *a, str *pem, str *der, struct problem *why)
{
    KEEP_ERRORS;
    CLEANUP(close_X509) X509 *issuer = x509_of_pem(w->issuer_pem);
    CLEANUP(close_EVP_PKEY) EVP_PKEY *key = private_key_of(w->issuer_key);
    CLEANUP(close_crl) X509_CRL *c = X509_CRL_new();
    str entries = {"", 0};
    if (!issuer || !key || X509_check_private_key(issuer, key) != 1)
        return problem_set(why, ERR_INVALID, "The key is not the issuer's");
    bool is_made = c && X509_CRL_set_version(c, X509_CRL_VERSION_2) == 1 && X509_CRL_set_issuer_name(c, X509_get_subject_name(issuer)) == 1 &&
                   set_times(c, w) && add_extensions(c, issuer, w->number) && X509_CRL_sign(c, key, digest_for(key)) > 0 &&
                   all_entries(w, a, &entries) && put_together(c, key, entries, a, der);
    if (!is_made)
        return x509_failed(why, "making a list of revoked certificates");
    *pem = pem_write(a, S("X509 CRL"), *der);
    return ERR_OK;
}
