/* Whatever is asked, there is an answer: a DER sequence that says first what became of the question. Only certificates of this
 * authority are looked for, and never more than may be asked at once. */
#include "base/arena.h"
#include "base/limits.h"
#include "content/system/pki/x509_make.h"
#include "tests/support/fuzz.h"
#include "tests/support/fuzz_issuer.h"

static enum err look(void *self, str serial, struct ocsp_verdict *out, struct problem *why)
{
    unsigned *count = self;
    (void)why;
    must(serial.len > 0);
    *count += 1;
    *out = (struct ocsp_verdict){(enum ocsp_status)(*count % 3), FUZZ_NOW, (int)(*count % 3)};
    return ERR_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned count = 0;
    str answer = {0};
    struct arena *a = arena_open(4096);
    struct problem why = {.arena = a};
    must(ocsp_answer((str){(const char *)data, size}, fuzz_issuer()->pem, fuzz_issuer_key, FUZZ_NOW, FUZZ_NOW + 1000, look, &count, a, &answer, &why) == ERR_OK);
    must(count <= LIMIT_OCSP_REQUESTS && answer.len >= 5 && answer.at[0] == 0x30);
    arena_close(a);
    return 0;
}
