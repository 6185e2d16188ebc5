/* An address has one spelling; what a key signed verifies, plain and wrapped; and nothing that the fuzzer
 * can think of is the signature of a wallet. */
#include "base/crypt.h"
#include "base/hotkey.h"
#include "tests/support/bytes.h"
#include "tests/support/fuzz.h"

static const str wallet = STR("5CShbTqxKUgKZBRDu1VGVpivm3m415stz86A5GBdoV7wrU1d");

static void check_address(struct arena *a, str text)
{
    uint8_t key[HOTKEY_KEY_BYTES];
    if (hotkey_read(a, text, key))
        must(str_equal(hotkey_write(a, key), text));
    if (text.len < sizeof key)
        return;
    memcpy(key, text.at, sizeof key);
    must(hotkey_read(a, hotkey_write(a, key), key) && memcmp(key, text.at, sizeof key) == 0);
}

static void check_signed(struct arena *a, str message)
{
    static const uint8_t seed[ED25519_SEED_BYTES] = {1};
    uint8_t bytes[ED25519_SIGNATURE_BYTES];
    struct ed25519_pair pair;
    ed25519_pair_of(seed, &pair);
    str address = hotkey_write(a, pair.public), signature = {(const char *)bytes, sizeof bytes};
    ed25519_sign(pair.secret, message, bytes);
    must(hotkey_verify(a, HOTKEY_ED25519, address, message, signature));
    must(!hotkey_verify(a, HOTKEY_SR25519, address, message, signature));
    str wrapped = bytes_joined(a, bytes_joined(a, S("<Bytes>"), message), S("</Bytes>"));
    ed25519_sign(pair.secret, wrapped, bytes);
    must(hotkey_verify(a, HOTKEY_ED25519, address, message, signature));
    ed25519_sign(pair.secret, bytes_joined(a, message, S("x")), bytes);
    must(!hotkey_verify(a, HOTKEY_ED25519, address, message, signature));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_open(4096);
    str text = {(const char *)data, size};
    size_t cut = size < SR25519_SIGNATURE_BYTES ? size : SR25519_SIGNATURE_BYTES;
    check_address(a, text);
    check_signed(a, text);
    must(!hotkey_verify(a, HOTKEY_SR25519, wallet, str_slice(text, cut, size), str_slice(text, 0, cut)));
    arena_close(a);
    return 0;
}
