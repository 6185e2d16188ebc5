#include "tests/support/fuzz_issuer.h"

#include "base/arena.h"

/* Ed25519 whose seed is thirty-two ones. */
const str fuzz_issuer_key = STR("\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20"
                                "\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1");

const struct certificate_made *fuzz_issuer(void)
{
    static struct arena *kept;
    static struct certificate_made issuer;
    if (kept)
        return &issuer;
    const struct dn_part part = {S("CN"), S("Fuzz")};
    str spki;
    kept = arena_open(1 << 16);
    struct problem why = {.arena = kept};
    must(private_key_public(fuzz_issuer_key, kept, &spki));
    const struct certificate_wish wish = {.public_key = spki, .subject = {&part, 1}, .is_authority = true, .path_len = -1, .not_before_ms = FUZZ_NOW,
                                          .not_after_ms = FUZZ_NOW + 86400000, .issuer_key = fuzz_issuer_key};
    must(certificate_make(&wish, kept, &issuer, &why) == ERR_OK);
    return &issuer;
}
