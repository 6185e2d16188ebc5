#include "tests/support/pictures.h"

#include "base/buf.h"
#include "base/crypt.h"

const str picture_gif = STR("GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00\x21\xf9\x04\x01\x00\x00\x00\x00\x2c\x00\x00"
                            "\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00\x3b");

static void put_32(struct buf *b, uint32_t n)
{
    for (unsigned i = 0; i < 4; i++)
        buf_byte(b, (char)(n >> (24 - 8 * i)));
}

static void chunk(struct buf *b, str type, str data)
{
    size_t at = b->len + 4;
    put_32(b, (uint32_t)data.len);
    buf_add(b, type);
    buf_add(b, data);
    put_32(b, crc32_of(str_slice(buf_str(b), at, b->len)));
}

/* zlib's format without compressing. */
static str stored(struct arena *a, str raw)
{
    struct buf b;
    uint32_t one = 1, two = 0;
    buf_init(&b, a, raw.len + raw.len / 1000 + 100);
    buf_add(&b, S("\x78\x01"));
    for (size_t i = 0; i < raw.len; i++) {
        one = (one + (unsigned char)raw.at[i]) % 65521;
        two = (two + one) % 65521;
    }
    do {
        str piece = str_slice(raw, 0, 65535);
        raw = str_slice(raw, piece.len, raw.len);
        buf_byte(&b, raw.len == 0);
        buf_byte(&b, (char)piece.len);
        buf_byte(&b, (char)(piece.len >> 8));
        buf_byte(&b, (char)~piece.len);
        buf_byte(&b, (char)(~piece.len >> 8));
        buf_add(&b, piece);
    } while (raw.len > 0);
    put_32(&b, two << 16 | one);
    return buf_str(&b);
}

static str png(struct arena *a, uint32_t width, uint32_t height, str raw)
{
    struct buf b, head;
    buf_init(&head, a, 64);
    put_32(&head, width);
    put_32(&head, height);
    buf_add(&head, S("\x08\x02\x00\x00\x00"));
    buf_init(&b, a, raw.len + raw.len / 100 + 1000);
    buf_add(&b, S("\x89PNG\r\n\x1a\n"));
    chunk(&b, S("IHDR"), buf_str(&head));
    chunk(&b, S("IDAT"), stored(a, raw));
    chunk(&b, S("IEND"), S(""));
    return buf_str(&b);
}

str picture_png(struct arena *a, uint32_t width, uint32_t height, uint32_t left, uint32_t right)
{
    struct buf raw;
    buf_init(&raw, a, (size_t)(3 * width + 1) * height + 1);
    for (uint32_t y = 0; y < height; y++) {
        buf_byte(&raw, 0);
        for (uint32_t x = 0; x < width; x++) {
            uint32_t c = x < width / 2 ? left : right;
            buf_byte(&raw, (char)(c >> 16));
            buf_byte(&raw, (char)(c >> 8));
            buf_byte(&raw, (char)c);
        }
    }
    return png(a, width, height, buf_str(&raw));
}

str picture_png_claiming(struct arena *a, uint32_t width, uint32_t height)
{
    return png(a, width, height, S("\0\0\0"));
}
