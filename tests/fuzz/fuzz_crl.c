/* A list of revoked certificates says what it was made of, read by somebody else: its number, every serial number that was given with its
 * moment and reason, and not one more; and its authority signed it. The input: eight bytes of the number, then entries of a length, a
 * serial number, four bytes of a time, a reason. */
#include "base/arena.h"
#include "content/system/pki/x509_make.h"
#include "tests/support/fuzz.h"
#include "tests/support/fuzz_issuer.h"
#include "tests/support/verifier.h"

#include <stdio.h>

enum { ENTRIES = 64, SERIAL_MOST = 20 };

static uint64_t number_at(const uint8_t *bytes, size_t n)
{
    uint64_t v = 0;
    for (size_t i = 0; i < n; i++)
        v = v << 8 | bytes[i];
    return v;
}

/* As rows have them: digits in lower case, no two rows with the same number. */
static size_t read_entries(struct arena *a, const uint8_t *at, const uint8_t *end, struct revoked *list)
{
    static const int reasons[] = {0, 1, 2, 3, 4, 5, 9};
    size_t count = 0;
    while (count < ENTRIES && at < end) {
        size_t length = 1u + *at++ % SERIAL_MOST;
        if ((size_t)(end - at) < length + 5)
            break;
        char *hex = arena_get(a, 2 * length + 1, 1);
        for (size_t i = 0; i < length; i++)
            snprintf(hex + 2 * i, 3, "%02x", at[i]);
        list[count] = (struct revoked){str_of(hex), (int64_t)number_at(at + length, 4) * 1000, reasons[at[length + 4] % COUNTOF(reasons)]};
        at += length + 5;
        bool is_new = true;
        for (size_t i = 0; i < count; i++)
            is_new &= !str_ends(list[i].serial, list[count].serial) && !str_ends(list[count].serial, list[i].serial);
        count += is_new;
    }
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str pem = {0}, der = {0};
    struct revoked list[ENTRIES];
    if (size < 8)
        return 0;
    struct arena *a = arena_open(4096);
    struct problem why = {.arena = a};
    const struct crl_wish wish = {.issuer_pem = fuzz_issuer()->pem, .issuer_key = fuzz_issuer_key, .number = number_at(data, 8), .this_ms = FUZZ_NOW,
                                  .next_ms = FUZZ_NOW + 86400000, .list = list, .count = read_entries(a, data + 8, data + size, list)};
    must(crl_make(&wish, a, &pem, &der, &why) == ERR_OK && pem.len > der.len && verifier_finds(der, &wish));
    arena_close(a);
    return 0;
}
