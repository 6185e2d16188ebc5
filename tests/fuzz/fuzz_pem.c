/* Blocks of PEM that are read are written and read as the same ones, never more than may be. What is carried away as PKCS#12 are the
 * certificates that came, all of them and in their order, and nothing else is carried away. */
#include "base/buf.h"
#include "base/limits.h"
#include "content/system/pki/pem.h"
#include "content/system/pki/x509_make.h"
#include "tests/support/fuzz.h"
#include "tests/support/verifier.h"

static void check_again(struct arena *a, const struct pem_block *blocks, size_t count)
{
    struct buf all;
    struct pem_block *again = NULL;
    size_t n = 0;
    buf_init(&all, a, 1 << 24);
    for (size_t i = 0; i < count; i++)
        buf_add(&all, pem_write(a, blocks[i].label, blocks[i].der));
    must(pem_read(a, buf_str(&all), count, &again, &n, &(struct problem){.arena = a}) == ERR_OK && n == count);
    for (size_t i = 0; i < n; i++)
        must(str_equal(again[i].label, blocks[i].label) && str_equal(again[i].der, blocks[i].der));
    must(pem_read(a, buf_str(&all), count - 1, &again, &n, &(struct problem){.arena = a}) != ERR_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_open(4096);
    struct problem why = {.arena = a};
    struct pem_block *blocks = NULL;
    size_t count = 0;
    str text = {(const char *)data, size}, der = {0};
    bool is_read = pem_read(a, text, LIMIT_CERTIFICATE_CHAIN, &blocks, &count, &why) == ERR_OK;
    if (is_read) {
        must(count >= 1 && count <= LIMIT_CERTIFICATE_CHAIN);
        check_again(a, blocks, count);
    }
    if (pkcs12_make(text, (str){0}, S("secret"), S("name"), a, &der, &why) == ERR_OK)
        must(is_read && verifier_unpacks(der, "secret") == (int)count);
    arena_close(a);
    return 0;
}
