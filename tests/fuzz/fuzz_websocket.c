/* A WebSocket's bytes mean the same however they are cut: byte by byte, whole, or as the first byte says. Nothing that is told
 * passes a ceiling, texts are texts, and what a server writes is what it would read, once it is masked. */
#include "tests/support/fuzz.h"

#include "base/limits.h"
#include "base/utf8.h"
#include "base/websocket.h"

struct outcome {
    unsigned code;
    size_t told;
    uint64_t digest;
};

static void mix(struct outcome *o, enum websocket_said said, str text)
{
    o->told++;
    o->digest = (o->digest ^ (unsigned)said) * 1099511628211u;
    for (size_t i = 0; i < text.len; i++)
        o->digest = (o->digest ^ (unsigned char)text.at[i]) * 1099511628211u;
}

static void judge(enum websocket_said said, str text)
{
    must(said != WEBSOCKET_TEXT || (text.len <= LIMIT_SOCKET_MESSAGE_BYTES && utf8_valid(text)));
    must(said == WEBSOCKET_TEXT || text.len <= 125);
    must(said != WEBSOCKET_CLOSE || text.len == 0 || websocket_close_code(text) >= 1000);
}

static struct outcome run(str in, size_t step)
{
    struct outcome o = {.digest = 1469598103934665603u};
    struct websocket w;
    websocket_open(&w);
    for (size_t at = 0; at < in.len && o.code == 0;) {
        str piece = str_slice(in, at, at + step), text;
        while (piece.len > 0 && o.code == 0) {
            enum websocket_said said;
            size_t used;
            if (!websocket_read(&w, piece, &used, &said, &text))
                o.code = w.code;
            must(o.code == 0 || o.code >= 1000);
            must(used <= piece.len && (used > 0 || o.code));
            if (o.code == 0 && said != WEBSOCKET_NOTHING) {
                judge(said, text);
                mix(&o, said, text);
            }
            at += used;
            piece = str_slice(piece, used, piece.len);
        }
    }
    websocket_close(&w);
    return o;
}

/* The input as one text of ours, masked with zeros. */
static void write_and_read(str in)
{
    uint8_t head[WEBSOCKET_HEAD];
    struct websocket w;
    struct buf b;
    enum websocket_said said;
    size_t used, n = websocket_head(head, WEBSOCKET_TEXT, in.len);
    str text;
    websocket_open(&w);
    buf_init(&b, NULL, SIZE_MAX);
    head[1] |= 0x80;
    buf_add(&b, (str){(const char *)head, n});
    buf_add(&b, (str){"\0\0\0\0", 4});
    buf_add(&b, in);
    bool good = websocket_read(&w, buf_str(&b), &used, &said, &text);
    bool fits = in.len <= LIMIT_SOCKET_FRAME_BYTES && utf8_valid(in);
    must(good == fits);
    must(!good || (said == WEBSOCKET_TEXT && str_equal(text, in) && used == b.len));
    buf_free(&b);
    websocket_close(&w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    str in = {(const char *)data + 1, size - 1};
    struct outcome whole = run(in, in.len + 1), bytes = run(in, 1), pieces = run(in, 1u + data[0]);
    must(whole.code == bytes.code && whole.told == bytes.told && whole.digest == bytes.digest);
    must(whole.code == pieces.code && whole.told == pieces.told && whole.digest == pieces.digest);
    write_and_read(in);
    return 0;
}
