/* What is read is written again byte for byte, since there is one form of it, and a key made of it has
 * the sizes of its algorithm. */
#include "base/pubkey.h"
#include "tests/support/cbor_write.h"
#include "tests/support/fuzz.h"

static void put(struct buf *b, const struct cbor *v, unsigned depth)
{
    size_t n = v->type == CBOR_MAP ? 2 * (size_t)v->count : v->count;
    must(depth < 10);
    switch (v->type) {
    case CBOR_NULL:
        cbor_put_head(b, 7, 22);
        break;
    case CBOR_BOOL:
        cbor_put_head(b, 7, v->boolean ? 21 : 20);
        break;
    case CBOR_INT:
        cbor_put_int(b, v->integer);
        break;
    case CBOR_BYTES:
        cbor_put_bytes(b, v->bytes);
        break;
    case CBOR_TEXT:
        cbor_put_text(b, v->bytes);
        break;
    case CBOR_LIST:
    case CBOR_MAP:
        cbor_put_head(b, v->type == CBOR_MAP ? 5 : 4, v->count);
        for (size_t i = 0; i < n; i++)
            put(b, &v->items[i], depth + 1);
        break;
    case CBOR_TAG:
        cbor_put_head(b, 6, v->count);
        put(b, v->items, depth + 1);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_open(4096);
    str whole = {(const char *)data, size}, rest = whole;
    struct cbor v;
    struct buf b;
    buf_init(&b, a, size + 1);
    if (cbor_read(a, &rest, &v)) {
        struct pubkey key;
        put(&b, &v, 0);
        must(str_equal(buf_str(&b), str_slice(whole, 0, size - rest.len)));
        if (pubkey_of_cose(&v, &key))
            must(key.x.len >= 32 && !pubkey_verify(&key, PUBKEY_DER, S("text"), whole));
    } else {
        must(rest.at == whole.at && rest.len == whole.len);
    }
    struct buf tagged;
    struct cbor with;
    str left = whole;
    buf_init(&tagged, a, size + 1);
    if (cbor_read_tagged(a, &left, &with)) {
        put(&tagged, &with, 0);
        must(str_equal(buf_str(&tagged), str_slice(whole, 0, size - left.len)));
    }
    arena_close(a);
    return 0;
}
