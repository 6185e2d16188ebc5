#include "base/digest.h"

#include "base/buf.h"

#include <openssl/evp.h>
#include <stdlib.h>

struct digest {
    EVP_MD_CTX *state;
};

static const struct {
    str name;
    size_t length;
} kinds[DIGEST_KIND_COUNT] = {{STR("sha256"), 32}, {STR("sha512"), 64}};

struct digest *digest_open(enum digest_kind kind)
{
    struct digest *d = calloc(1, sizeof *d);
    must(d != NULL);
    d->state = EVP_MD_CTX_new();
    must(d->state != NULL);
    must(EVP_DigestInit_ex(d->state, kind == DIGEST_SHA512 ? EVP_sha512() : EVP_sha256(), NULL) == 1);
    return d;
}

void digest_close(struct digest *d)
{
    if (!d)
        return;
    EVP_MD_CTX_free(d->state);
    free(d);
}

void digest_add(struct digest *d, const void *bytes, size_t n)
{
    must(EVP_DigestUpdate(d->state, bytes, n) == 1);
}

size_t digest_end(struct digest *d, uint8_t out[DIGEST_LARGEST])
{
    unsigned n = 0;
    must(EVP_DigestFinal_ex(d->state, out, &n) == 1);
    return n;
}

void digest_sha1(str bytes, uint8_t out[DIGEST_SHA1_BYTES])
{
    unsigned n = 0;
    must(EVP_Digest(bytes.at, bytes.len, out, &n, EVP_sha1(), NULL) == 1 && n == DIGEST_SHA1_BYTES);
}

str digest_name(enum digest_kind kind)
{
    return kinds[kind].name;
}

size_t digest_length(enum digest_kind kind)
{
    return kinds[kind].length;
}

str digest_hex(struct arena *a, enum digest_kind kind, str bytes)
{
    uint8_t raw[DIGEST_LARGEST];
    struct buf b;
    struct digest *d = digest_open(kind);
    digest_add(d, bytes.at, bytes.len);
    size_t n = digest_end(d, raw);
    digest_close(d);
    buf_init(&b, a, 2 * DIGEST_LARGEST);
    buf_hex(&b, raw, n);
    return buf_str(&b);
}
