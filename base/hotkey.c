#include "base/hotkey.h"

#include "base/buf.h"
#include "base/crypt.h"
#include "base/encode.h"

static const struct {
    str name;
    bool (*verify)(str key, str text, str signature);
} algorithms[] = {
    [HOTKEY_SR25519] = {STR("sr25519"), sr25519_verify},
    [HOTKEY_ED25519] = {STR("ed25519"), ed25519_verify},
};

bool hotkey_algorithm_of(str name, enum hotkey_algorithm *out)
{
    for (size_t i = 0; i < COUNTOF(algorithms); i++) {
        if (str_equal(name, algorithms[i].name)) {
            *out = (enum hotkey_algorithm)i;
            return true;
        }
    }
    return false;
}

enum { NETWORK = 42, SUM = 2, ADDRESS = 1 + HOTKEY_KEY_BYTES + SUM };
static const str sum_prefix = STR("SS58PRE");

/* The whole address from its network and key: reading is writing and comparing. */
static void build(const uint8_t key[HOTKEY_KEY_BYTES], uint8_t bytes[ADDRESS])
{
    uint8_t summed[16 + ADDRESS], digest[64];
    size_t n = sum_prefix.len + 1 + HOTKEY_KEY_BYTES;
    bytes[0] = NETWORK;
    memcpy(bytes + 1, key, HOTKEY_KEY_BYTES);
    memcpy(summed, sum_prefix.at, sum_prefix.len);
    memcpy(summed + sum_prefix.len, bytes, 1 + HOTKEY_KEY_BYTES);
    crypt_blake2b_512((str){(const char *)summed, n}, digest);
    memcpy(bytes + ADDRESS - SUM, digest, SUM);
}

bool hotkey_read(struct arena *a, str address, uint8_t key[HOTKEY_KEY_BYTES])
{
    uint8_t wanted[ADDRESS];
    str bytes;
    if (!base58_decode(a, address, &bytes) || bytes.len != ADDRESS)
        return false;
    build((const uint8_t *)bytes.at + 1, wanted);
    if (memcmp(bytes.at, wanted, ADDRESS) != 0)
        return false;
    memcpy(key, bytes.at + 1, HOTKEY_KEY_BYTES);
    return true;
}

str hotkey_write(struct arena *a, const uint8_t key[HOTKEY_KEY_BYTES])
{
    uint8_t bytes[ADDRESS];
    build(key, bytes);
    return base58_encode(a, (str){(const char *)bytes, ADDRESS});
}

bool hotkey_verify(struct arena *a, enum hotkey_algorithm algorithm, str address, str message,
                   str signature)
{
    uint8_t key[HOTKEY_KEY_BYTES];
    must((size_t)algorithm < COUNTOF(algorithms));
    if (!hotkey_read(a, address, key))
        return false;
    str public_key = {(const char *)key, sizeof key};
    if (algorithms[algorithm].verify(public_key, message, signature))
        return true;
    struct buf wrapped; /* not by format, which ends at a zero byte */
    buf_init(&wrapped, a, message.len + 16);
    buf_add(&wrapped, S("<Bytes>"));
    buf_add(&wrapped, message);
    buf_add(&wrapped, S("</Bytes>"));
    return algorithms[algorithm].verify(public_key, buf_str(&wrapped), signature);
}
