/* Requests for certificates: read with every check that comes before anything is stored (CA-1), and made for our own
 * authorities. */
#include "base/limits.h"
#include "content/system/pki/pem.h"
#include "content/system/pki/x509_own.h"

enum { VERSION_MOST = 2 };            /* the standard knows 0 only; what others write there has no meaning */

static enum err refuse(struct problem *why, str rule, const char *text)
{
    return problem_fault(why, ERR_INVALID, S("/csr"), rule, "%s", text);
}

/* ---- what a request says ---- */

static enum err read_key(X509_REQ *r, struct arena *a, struct request_facts *out, struct problem *why)
{
    EVP_PKEY *key = X509_REQ_get0_pubkey(r);
    int length = key ? i2d_PUBKEY(key, NULL) : 0;
    out->key_name = length > 0 ? key_name_of(key, a, &out->key_bits) : (str){0};
    if (out->key_name.len == 0)
        return refuse(why, S("csr-key"), "Its key must be RSA with 2048 to 8192 bits, EC on P-256 or P-384, or Ed25519");
    unsigned char *bytes = arena_get(a, (size_t)length, 1), *end = bytes;
    (void)i2d_PUBKEY(key, &end);
    out->public_key = (str){(const char *)bytes, (size_t)length};
    return key_is_weak(key, out->public_key, a) ? refuse(why, S("csr-key"), "Its key is known to be weak; make another one") : ERR_OK;
}

static void close_extensions(STACK_OF(X509_EXTENSION) **p)
{
    sk_X509_EXTENSION_pop_free(*p, X509_EXTENSION_free);
}

/* How often it asks for extensions, in the standard's way and in the older one. */
static int wishes(const X509_REQ *r)
{
    static const int ways[] = {NID_ext_req, NID_ms_ext_req};
    int count = 0;
    for (size_t i = 0; i < COUNTOF(ways); i++)
        for (int at = X509_REQ_get_attr_by_NID(r, ways[i], -1); at >= 0; at = X509_REQ_get_attr_by_NID(r, ways[i], at))
            count++;
    return count;
}

static enum err read_names(X509_REQ *r, struct arena *a, struct request_facts *out, struct problem *why)
{
    CLEANUP(close_extensions) STACK_OF(X509_EXTENSION) *list = X509_REQ_get_extensions(r);
    int found = -1, count = wishes(r);
    if (count > 1 || (count == 1 && !list)) /* the library would pass over them, and the names with them */
        return refuse(why, S("csr-names"), "The extensions that it asks for cannot be read");
    CLEANUP(close_GENERAL_NAMES) GENERAL_NAMES *names = list ? X509V3_get_d2i(list, NID_subject_alt_name, &found, NULL) : NULL;
    if (!names && found != -1) /* -1: there is none; -2: there are two; else it cannot be read */
        return refuse(why, S("csr-names"), "Its alternative names cannot be read");
    return names_of_general(names, a, &out->names, &out->name_count, why);
}

/* All of the bytes, in the one spelling that there is (DER). */
static X509_REQ *request_of(str der)
{
    const unsigned char *at = (const unsigned char *)der.at;
    unsigned char *again = NULL;
    X509_REQ *r = der.len <= LIMIT_CSR_BYTES ? d2i_X509_REQ(NULL, &at, (long)der.len) : NULL;
    bool is_whole = r && at == (const unsigned char *)der.at + der.len && X509_REQ_get_version(r) >= 0 && X509_REQ_get_version(r) <= VERSION_MOST;
    int length = is_whole ? i2d_X509_REQ(r, &again) : 0;
    bool is_der = length > 0 && str_equal((str){(const char *)again, (size_t)length}, der);
    OPENSSL_free(again);
    if (is_der)
        return r;
    X509_REQ_free(r);
    return NULL;
}

enum err request_read_der(str der, struct arena *a, struct request_facts *out, struct problem *why)
{
    KEEP_ERRORS;
    *out = (struct request_facts){.der = der};
    CLEANUP(close_X509_REQ) X509_REQ *r = request_of(der);
    if (!r)
        return refuse(why, S("csr-parse"), "It is no certificate request");
    TRY(read_key(r, a, out, why));
    if (X509_REQ_verify(r, X509_REQ_get0_pubkey(r)) != 1)
        return refuse(why, S("csr-signature"), "It is not signed with its own key");
    TRY(subject_of_name(X509_REQ_get_subject_name(r), a, &out->subject, &out->subject_text, why));
    return read_names(r, a, out, why);
}

enum err request_read(str pem, struct arena *a, struct request_facts *out, struct problem *why)
{
    struct problem quiet = {.arena = a};
    struct pem_block *b = NULL;
    size_t count = 0;
    *out = (struct request_facts){0};
    if (pem.len > LIMIT_CSR_BYTES)
        return problem_fault(why, ERR_TOO_LARGE, S("/csr"), S("csr-pem"), "A request has at most %u bytes", LIMIT_CSR_BYTES);
    if (pem_read(a, str_trim(pem), 1, &b, &count, &quiet) != ERR_OK)
        return refuse(why, S("csr-pem"), "It is not one PEM block");
    if (!str_equal(b->label, S("CERTIFICATE REQUEST")) && !str_equal(b->label, S("NEW CERTIFICATE REQUEST")))
        return refuse(why, S("csr-label"), "Its PEM block is no CERTIFICATE REQUEST");
    return request_read_der(b->der, a, out, why);
}

/* ---- our own ---- */

static bool add_names(X509_REQ *r, const struct alt_name *names, size_t count)
{
    STACK_OF(X509_EXTENSION) *list = NULL;
    if (count == 0)
        return true;
    CLEANUP(close_GENERAL_NAMES) GENERAL_NAMES *general = general_names_of(names, count);
    bool is_added = general && X509V3_add1_i2d(&list, NID_subject_alt_name, general, 0, X509V3_ADD_DEFAULT) == 1 &&
                    X509_REQ_add_extensions(r, list) == 1;
    sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
    return is_added;
}

enum err request_make(str pkcs8, const struct dn *subject, const struct alt_name *names, size_t name_count, struct arena *a, str *pem,
                      struct problem *why)
{
    KEEP_ERRORS;
    CLEANUP(close_EVP_PKEY) EVP_PKEY *key = private_key_of(pkcs8);
    CLEANUP(close_X509_NAME) X509_NAME *name = name_of_subject(subject);
    CLEANUP(close_X509_REQ) X509_REQ *r = X509_REQ_new();
    bool is_made = key && name && r && X509_REQ_set_version(r, 0) == 1 && X509_REQ_set_subject_name(r, name) == 1 &&
                   X509_REQ_set_pubkey(r, key) == 1 && add_names(r, names, name_count) && X509_REQ_sign(r, key, digest_for(key)) > 0;
    int length = is_made ? i2d_X509_REQ(r, NULL) : 0;
    if (length <= 0)
        return x509_failed(why, "making a request");
    unsigned char *bytes = arena_get(a, (size_t)length, 1), *end = bytes;
    (void)i2d_X509_REQ(r, &end);
    *pem = pem_write(a, S("CERTIFICATE REQUEST"), (str){(const char *)bytes, (size_t)length});
    return ERR_OK;
}
