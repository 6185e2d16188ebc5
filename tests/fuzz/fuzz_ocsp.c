/* Whatever is asked, there is an answer: a DER sequence that says first what became of the question. Only certificates of this
 * authority are looked for, and never more than may be asked at once. */
#include "base/arena.h"
#include "base/limits.h"
#include "content/system/pki/x509_make.h"
#include "tests/support/fuzz.h"

#define NOW INT64_C(1790000000000)

static struct arena *kept;
static struct certificate_made issuer;
/* PKCS#8 of Ed25519 whose seed is thirty-two ones: the questions of the corpus are about its certificates. */
static const str issuer_key = STR("\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20"
                                  "\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1");

static void prepare(void)
{
    struct dn_part part = {S("CN"), S("Fuzz")};
    struct request_facts own;
    str pem;
    kept = arena_open(1 << 16);
    struct problem why = {.arena = kept};
    const struct dn name = {&part, 1};
    must(request_make(issuer_key, &name, NULL, 0, kept, &pem, &why) == ERR_OK &&
         request_read(pem, kept, &own, &why) == ERR_OK);
    const struct certificate_wish wish = {.public_key = own.public_key, .subject = own.subject, .is_authority = true, .path_len = -1,
                                          .not_before_ms = NOW, .not_after_ms = NOW + 86400000, .issuer_key = issuer_key};
    must(certificate_make(&wish, kept, &issuer, &why) == ERR_OK);
}

static enum err look(void *self, str serial, struct ocsp_verdict *out, struct problem *why)
{
    unsigned *count = self;
    (void)why;
    must(serial.len > 0);
    *count += 1;
    *out = (struct ocsp_verdict){(enum ocsp_status)(*count % 3), NOW, (int)(*count % 3)};
    return ERR_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned count = 0;
    str answer = {0};
    if (!kept)
        prepare();
    struct arena *a = arena_open(4096);
    struct problem why = {.arena = a};
    must(ocsp_answer((str){(const char *)data, size}, issuer.pem, issuer_key, NOW, NOW + 1000, look, &count, a, &answer, &why) == ERR_OK);
    must(count <= LIMIT_OCSP_REQUESTS && answer.len >= 5 && answer.at[0] == 0x30);
    arena_close(a);
    return 0;
}
