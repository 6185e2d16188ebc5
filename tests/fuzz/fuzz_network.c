/* An address that is read is written in the one form that reads as the same. A range holds the address
 * it is named after and every one that differs behind its mask only, and none that differs before. */
#include "base/network.h"
#include "tests/support/fuzz.h"

static void check_address(struct arena *a, str text)
{
    struct address at, again;
    if (!address_read(text, &at))
        return;
    str written = address_write(a, &at);
    must(address_read(written, &again) && memcmp(at.bytes, again.bytes, sizeof at.bytes) == 0);
    must(str_equal(address_write(a, &again), written) && !at.is_local);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_open(1024);
    str text = {(const char *)data, size};
    struct network n;
    check_address(a, text);
    if (network_read(text, &n)) {
        must(network_has(&n, 1, &n.at) && n.bits <= 128);
        bool is_v4 = address_is_v4(&n.at);
        must(n.at.is_local || !is_v4 || n.bits >= 96);
        for (unsigned bit = 0; bit < 128 && !n.at.is_local; bit++) {
            struct address near = n.at;
            near.bytes[bit / 8] = (uint8_t)(near.bytes[bit / 8] ^ 0x80 >> bit % 8);
            bool inside = bit >= n.bits && address_is_v4(&near) == is_v4;
            must(network_has(&n, 1, &near) == inside);
        }
    }
    arena_close(a);
    return 0;
}
