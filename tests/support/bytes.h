#ifndef TESTS_SUPPORT_BYTES_H
#define TESTS_SUPPORT_BYTES_H
/* Bytes in tests of cryptography: written as hex, and bent to see that it is noticed. */
#include "base/buf.h"
#include "base/encode.h"

/* clang-format off */
#define BYTES(array) ((str){(const char *)(array), sizeof(array)})
/* clang-format on */

static inline str bytes_of_hex(struct arena *a, const char *text)
{
    str bytes = {0};
    must(hex_decode(a, str_of(text), &bytes));
    return bytes;
}

static inline char *bytes_copy(struct arena *a, str bytes)
{
    char *copy = arena_get(a, bytes.len + 1, 1);
    if (bytes.len > 0)
        memcpy(copy, bytes.at, bytes.len);
    return copy;
}

/* The bytes with bits of one of them turned over. */
static inline str bytes_changed(struct arena *a, str bytes, size_t at, int bits)
{
    char *copy = bytes_copy(a, bytes);
    copy[at] = (char)(copy[at] ^ bits);
    return (str){copy, bytes.len};
}

/* One behind the other, zeros and all (a format would stop at one). */
static inline str bytes_joined(struct arena *a, str one, str two)
{
    struct buf b;
    buf_init(&b, a, one.len + two.len + 1);
    buf_add(&b, one);
    buf_add(&b, two);
    return buf_str(&b);
}

/* The order of the group of Curve25519 added to the little-endian number in the second half of a
 * signature: another spelling of the same one. */
static inline str bytes_plus_order(struct arena *a, str signature)
{
    static const uint8_t order[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
                                      0xa2, 0xde, 0xf9, 0xde, 0x14, [31] = 0x10};
    must(signature.len == 64);
    char *copy = bytes_copy(a, signature);
    unsigned carry = 0;
    for (size_t i = 0; i < sizeof order; i++) {
        carry += (unsigned)(unsigned char)copy[32 + i] + order[i];
        copy[32 + i] = (char)carry;
        carry >>= 8;
    }
    return (str){copy, signature.len};
}
#endif
