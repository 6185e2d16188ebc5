/* Certificates to carry away: PKCS#12. */
#include "base/limits.h"
#include "content/system/pki/pem.h"
#include "content/system/pki/x509_own.h"

#include <openssl/pkcs12.h>

static void close_pkcs12(PKCS12 **p)
{
    PKCS12_free(*p);
}

static void close_chain(STACK_OF(X509) **p)
{
    sk_X509_pop_free(*p, X509_free);
}

static X509 *of_block(const struct pem_block *b)
{
    const unsigned char *at = (const unsigned char *)b->der.at;
    return str_equal(b->label, S("CERTIFICATE")) ? d2i_X509(NULL, &at, (long)b->der.len) : NULL;
}

/* The first one, and those behind it. */
static X509 *read_chain(struct arena *a, str pem, STACK_OF(X509) *rest)
{
    struct problem quiet = {.arena = a};
    struct pem_block *b = NULL;
    size_t count = 0;
    if (pem_read(a, pem, LIMIT_CERTIFICATE_CHAIN, &b, &count, &quiet) != ERR_OK)
        return NULL;
    for (size_t i = 1; i < count; i++) {
        X509 *next = of_block(&b[i]);
        if (!next || sk_X509_push(rest, next) <= 0) {
            X509_free(next);
            return NULL;
        }
    }
    return of_block(&b[0]);
}

enum err pkcs12_make(str chain_pem, str pkcs8, str password, str friendly_name, struct arena *a, str *der, struct problem *why)
{
    KEEP_ERRORS;
    CLEANUP(close_chain) STACK_OF(X509) *rest = sk_X509_new_null();
    CLEANUP(close_X509) X509 *leaf = rest ? read_chain(a, chain_pem, rest) : NULL;
    CLEANUP(close_EVP_PKEY) EVP_PKEY *key = str_is_absent(pkcs8) ? NULL : private_key_of(pkcs8);
    if (!leaf)
        return problem_set(why, ERR_INVALID, "There is no certificate");
    if (!str_is_absent(pkcs8) && (!key || X509_check_private_key(leaf, key) != 1))
        return problem_set(why, ERR_INVALID, "The key is not the certificate's");
    CLEANUP(close_pkcs12)
    PKCS12 *p = PKCS12_create(arena_cstr(a, password), arena_cstr(a, friendly_name), key, leaf, rest, 0, 0, 0, 0, 0);
    int length = p ? i2d_PKCS12(p, NULL) : 0;
    if (length <= 0)
        return x509_failed(why, "making a PKCS#12 file");
    unsigned char *bytes = arena_get(a, (size_t)length, 1), *end = bytes;
    (void)i2d_PKCS12(p, &end);
    *der = (str){(const char *)bytes, (size_t)length};
    return ERR_OK;
}
