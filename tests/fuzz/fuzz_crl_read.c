/* Another desk's list of revoked certificates: read only when its authority signed it, never more of it than may be, and what was
 * read is what a list that is made of it says again. */
#include "base/arena.h"
#include "base/limits.h"
#include "content/system/pki/pem.h"
#include "content/system/pki/x509_make.h"
#include "tests/support/fuzz.h"
#include "tests/support/fuzz_issuer.h"

static void say_again(const struct crl_facts *f, struct arena *a)
{
    struct problem why = {.arena = a};
    struct crl_facts again;
    str pem, der;
    const struct crl_wish wish = {.issuer_pem = fuzz_issuer()->pem, .issuer_key = fuzz_issuer_key, .number = (uint64_t)f->number, .this_ms = FUZZ_NOW,
                                  .next_ms = FUZZ_NOW + 1000, .list = f->list, .count = f->count};
    if (crl_make(&wish, a, &pem, &der, &why) != ERR_OK) /* a time before 1950 or after 9999 */
        return;
    must(crl_read(pem, fuzz_issuer()->pem, a, &again, &why) == ERR_OK && again.number == f->number && again.count == f->count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct crl_facts f;
    struct arena *a = arena_open(4096);
    struct problem why = {.arena = a};
    if (crl_read(pem_write(a, S("X509 CRL"), (str){(const char *)data, size}), fuzz_issuer()->pem, a, &f, &why) == ERR_OK) {
        must(f.count <= LIMIT_REVOKED_READ && f.number >= 0);
        say_again(&f, a);
    }
    err_ignored(crl_read((str){(const char *)data, size}, fuzz_issuer()->pem, a, &f, &why)); /* the frame of PEM */
    arena_close(a);
    return 0;
}
