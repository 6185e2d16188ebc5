/* Another desk's list of revoked certificates: read only when its authority signed it, never more of it than may be, and what was
 * read is what a list that is made of it says again. */
#include "base/arena.h"
#include "base/limits.h"
#include "content/system/pki/pem.h"
#include "content/system/pki/x509_make.h"
#include "tests/support/fuzz.h"

#define NOW INT64_C(1790000000000)

static struct arena *kept;
static struct certificate_made issuer;
/* PKCS#8 of Ed25519 whose seed is thirty-two ones: it signed the lists of the corpus. */
static const str issuer_key = STR("\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20"
                                  "\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1");

static void prepare(void)
{
    const struct dn_part part = {S("CN"), S("Fuzz")};
    str spki;
    kept = arena_open(1 << 16);
    struct problem why = {.arena = kept};
    must(private_key_public(issuer_key, kept, &spki));
    const struct certificate_wish wish = {.public_key = spki, .subject = {&part, 1}, .is_authority = true, .path_len = -1, .not_before_ms = NOW,
                                          .not_after_ms = NOW + 86400000, .issuer_key = issuer_key};
    must(certificate_make(&wish, kept, &issuer, &why) == ERR_OK);
}

static void say_again(const struct crl_facts *f, struct arena *a)
{
    struct problem why = {.arena = a};
    struct crl_facts again;
    str pem, der;
    const struct crl_wish wish = {.issuer_pem = issuer.pem, .issuer_key = issuer_key, .number = (uint64_t)f->number, .this_ms = NOW,
                                  .next_ms = NOW + 1000, .list = f->list, .count = f->count};
    if (crl_make(&wish, a, &pem, &der, &why) != ERR_OK) /* a time before 1950 or after 9999 */
        return;
    must(crl_read(pem, issuer.pem, a, &again, &why) == ERR_OK && again.number == f->number && again.count == f->count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct crl_facts f;
    if (!kept)
        prepare();
    struct arena *a = arena_open(4096);
    struct problem why = {.arena = a};
    if (crl_read(pem_write(a, S("X509 CRL"), (str){(const char *)data, size}), issuer.pem, a, &f, &why) == ERR_OK) {
        must(f.count <= LIMIT_REVOKED_READ && f.number >= 0);
        say_again(&f, a);
    }
    err_ignored(crl_read((str){(const char *)data, size}, issuer.pem, a, &f, &why)); /* the frame of PEM */
    arena_close(a);
    return 0;
}
