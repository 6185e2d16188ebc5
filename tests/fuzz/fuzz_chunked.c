/* A chunked body means the same however it is cut into pieces: byte by byte, whole, or as the first
 * byte says. What is accepted is no longer than what came. */
#include "tests/support/fuzz.h"

#include "server/chunked.h"

#include <stdlib.h>

struct outcome {
    enum err e;
    enum chunked_state state;
    size_t used, data;
    uint64_t digest;
};

static struct outcome run(str in, size_t step)
{
    struct chunked c = {0};
    struct outcome o = {.digest = 1469598103934665603u};
    while (o.used < in.len && c.state != CHUNKED_DONE) {
        str piece = str_slice(in, o.used, o.used + step);
        size_t framing = 0;
        o.e = chunked_frame(&c, piece, &framing, NULL);
        if (o.e != ERR_OK)
            break;
        must(framing <= piece.len);
        o.used += framing;
        if (c.state != CHUNKED_DATA)
            continue;
        size_t n = piece.len - framing < c.left ? piece.len - framing : (size_t)c.left;
        for (size_t i = 0; i < n; i++)
            o.digest = (o.digest ^ (unsigned char)piece.at[framing + i]) * 1099511628211u;
        if (n > 0)
            chunked_took(&c, n);
        o.used += n;
        o.data += n;
    }
    o.state = c.state;
    return o;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    str in = {(const char *)data + 1, size - 1};
    struct outcome whole = run(in, in.len + 1), bytes = run(in, 1), pieces = run(in, 1u + data[0]);
    must(whole.e == bytes.e && whole.e == pieces.e);
    must(whole.data == bytes.data && whole.data == pieces.data && whole.data <= in.len);
    must(whole.digest == bytes.digest && whole.digest == pieces.digest);
    if (whole.e == ERR_OK) {
        must(whole.state == bytes.state && whole.state == pieces.state);
        must(whole.used == bytes.used && whole.used == pieces.used);
    }
    return 0;
}
