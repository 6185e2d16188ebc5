/* Nothing the fuzzer says is signed, so nothing is proven, and the kept counter stays. What is made of an
 * attestation has a key that can be read and an id of a bounded length, both from within the input. */
#include "base/limits.h"
#include "base/pubkey.h"
#include "base/webauthn.h"
#include "tests/support/fuzz.h"

#define SAID(type)                                                                                 \
    "{\"type\":\"webauthn." type "\",\"challenge\":\"MDEyMzQ1Njc4OWFiY2RlZg\",\"origin\":\"https://a\"}"

static bool is_within(str part, str whole)
{
    return part.at >= whole.at && part.at + part.len <= whole.at + whole.len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const str origin = STR("https://a");
    static const struct webauthn_site site = {STR("a"), &origin, 1};
    static const struct webauthn_wish wish = {&site, STR("0123456789abcdef"), false};
    struct arena *a = arena_open(4096);
    str in = {(const char *)data, size};
    struct passkey key = {0};
    if (webauthn_make(a, &wish, S(SAID("create")), in, &key, NULL) == ERR_OK) {
        struct cbor map;
        struct pubkey read;
        str rest = key.public_key;
        must(is_within(key.credential, in) && is_within(key.public_key, in));
        must(key.credential.len >= 1 && key.credential.len <= LIMIT_CREDENTIAL_BYTES);
        must(cbor_read(a, &rest, &map) && rest.len == 0 && pubkey_of_cose(&map, &read));
        uint32_t count = key.sign_count;
        must(webauthn_prove(a, &wish, S(SAID("get")), in, in, &key, NULL) == ERR_UNAUTHENTICATED);
        must(key.sign_count == count);
    }
    /* As a browser's word it is only taken when it says what was asked. */
    str made = S("\xa0");
    must(webauthn_make(a, &wish, in, made, &key, NULL) == ERR_INVALID);
    arena_close(a);
    return 0;
}
