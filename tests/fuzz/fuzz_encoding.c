/* Percent and base64: what is written reads back, and what is read has one spelling only (base64).
 */
#include "base/crypt.h"
#include "base/http.h"
#include "tests/support/fuzz.h"

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
    arena_close(a);
    return 0;
}
