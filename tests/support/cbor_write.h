#ifndef TESTS_SUPPORT_CBOR_WRITE_H
#define TESTS_SUPPORT_CBOR_WRITE_H
/* Writing what base/cbor.h reads, in its one form. */
#include "base/buf.h"
#include "base/cbor.h"

static inline void cbor_put_head(struct buf *b, unsigned major, uint64_t n)
{
    static const uint64_t least[4] = {24, UINT64_C(1) << 8, UINT64_C(1) << 16, UINT64_C(1) << 32};
    size_t form = 0;
    while (form < 4 && n >= least[form])
        form++;
    buf_byte(b, (char)(major << 5 | (form == 0 ? (unsigned)n : (unsigned)(23 + form))));
    for (size_t i = form == 0 ? 0 : (size_t)1 << (form - 1); i > 0; i--)
        buf_byte(b, (char)(n >> (8 * (i - 1))));
}

static inline void cbor_put_int(struct buf *b, int64_t n)
{
    cbor_put_head(b, n < 0, n < 0 ? (uint64_t)(-1 - n) : (uint64_t)n);
}

static inline void cbor_put_bytes(struct buf *b, str bytes)
{
    cbor_put_head(b, 2, bytes.len);
    buf_add(b, bytes);
}

static inline void cbor_put_text(struct buf *b, str text)
{
    cbor_put_head(b, 3, text.len);
    buf_add(b, text);
}
#endif
