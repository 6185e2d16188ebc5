/* Percent, base64, hex, base32, base58: what is written reads back, and what is read has one spelling
 * only (percent and case aside). */
#include "base/crypt.h"
#include "base/encode.h"
#include "base/http.h"
#include "base/limits.h"
#include "tests/support/fuzz.h"

static void check_letters(struct arena *a, str in)
{
    str out = {0};
    struct buf b;
    buf_init(&b, a, 2 * in.len + 1);
    buf_hex(&b, in.at, in.len);
    must(hex_decode(a, buf_str(&b), &out) && str_equal(out, in));
    if (hex_decode(a, in, &out)) {
        buf_clear(&b);
        buf_hex(&b, out.at, out.len);
        must(str_equal_nocase(buf_str(&b), in));
    }
    must(base32_decode(a, base32_encode(a, in), &out) && str_equal(out, in));
    if (base32_decode(a, in, &out))
        must(str_equal_nocase(base32_encode(a, out), in));
    if (in.len <= LIMIT_BASE58_BYTES)
        must(base58_decode(a, base58_encode(a, in), &out) && str_equal(out, in));
    if (base58_decode(a, in, &out))
        must(str_equal(base58_encode(a, out), in));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_open(1024);
    str in = {(const char *)data, size}, out = {0};
    struct buf b;
    buf_init(&b, a, 3 * size + 1);
    buf_percent(&b, in);
    must(percent_decode(a, buf_str(&b), false, &out) && str_equal(out, in));
    if (percent_decode(a, in, true, &out))
        must(out.len <= in.len);
    must(base64url_decode(a, base64url_encode(a, in), &out) && str_equal(out, in));
    if (base64url_decode(a, in, &out))
        must(str_equal(base64url_encode(a, out), in));
    if (base64_decode(a, in, &out))
        must(in.len % 4 == 0 && out.len <= in.len / 4 * 3);
    check_letters(a, in);
    arena_close(a);
    return 0;
}
