#include "base/websocket.h"

#include "base/crypt.h"
#include "base/digest.h"
#include "base/limits.h"
#include "base/utf8.h"

enum { OP_CONTINUED = 0, OP_TEXT = 1, OP_BINARY = 2, OP_CLOSE = 8, OP_PING = 9, OP_PONG = 10 };

void websocket_open(struct websocket *w)
{
    *w = (struct websocket){.code = 0};
    buf_init(&w->text, NULL, LIMIT_SOCKET_MESSAGE_BYTES);
}

void websocket_close(struct websocket *w)
{
    buf_free(&w->text);
}

static bool refuse(struct websocket *w, unsigned code)
{
    w->code = code;
    return false;
}

static bool is_control(const struct websocket *w)
{
    return w->opcode >= OP_CLOSE;
}

/* ------ the head of a frame */

static unsigned head_length(const struct websocket *w)
{
    unsigned short_length = w->head_have > 1 ? w->head[1] & 0x7fu : 0;
    return 6 + (short_length == 126 ? 2 : short_length == 127 ? 8 : 0); /* with the mask */
}

static uint64_t payload_length(const struct websocket *w)
{
    unsigned short_length = w->head[1] & 0x7fu, bytes = head_length(w) - 6;
    uint64_t n = 0;
    for (unsigned i = 0; i < bytes; i++)
        n = n << 8 | w->head[2 + i];
    return bytes ? n : short_length;
}

static bool is_shortest(const struct websocket *w)
{
    unsigned bytes = head_length(w) - 6;
    return bytes == 0 || w->left > (bytes == 2 ? 125u : 0xffffu);
}

static bool take_control_head(struct websocket *w)
{
    w->control_len = 0;
    if (!w->is_final || w->left > sizeof w->control || w->opcode > OP_PONG)
        return refuse(w, WEBSOCKET_BROKEN);
    return true;
}

static bool take_data_head(struct websocket *w)
{
    if (w->opcode > OP_BINARY || (w->opcode == OP_CONTINUED) != w->is_in_message)
        return refuse(w, WEBSOCKET_BROKEN);
    if (w->opcode == OP_BINARY)
        return refuse(w, WEBSOCKET_NO_TEXT);
    if (w->left > LIMIT_SOCKET_FRAME_BYTES || w->text.len + w->left > LIMIT_SOCKET_MESSAGE_BYTES)
        return refuse(w, WEBSOCKET_TOO_LARGE);
    w->fragments = w->is_in_message ? w->fragments + 1 : 1;
    w->is_in_message = true;
    return w->fragments <= LIMIT_SOCKET_FRAGMENTS || refuse(w, WEBSOCKET_TOO_MUCH);
}

/* The first two bytes say enough to refuse by, and how many more there are. */
static bool take_head(struct websocket *w)
{
    bool is_masked = w->head[1] & 0x80;
    if ((w->head[0] & 0x70) || !is_masked) /* extensions that nobody asked for; RFC 6455 5.1 */
        return refuse(w, WEBSOCKET_BROKEN);
    if (w->head_have < head_length(w))
        return true;
    w->has_head = true;
    w->is_final = w->head[0] & 0x80;
    w->opcode = w->head[0] & 0x0fu;
    w->left = payload_length(w);
    w->mask_at = 0;
    if (!is_shortest(w))
        return refuse(w, WEBSOCKET_BROKEN);
    return is_control(w) ? take_control_head(w) : take_data_head(w);
}

/* ------ what it brings */

static void take_bytes(struct websocket *w, str in)
{
    const uint8_t *mask = w->head + head_length(w) - 4;
    char *into = is_control(w) ? (char *)w->control + w->control_len : buf_room(&w->text, in.len);
    must(into != NULL || in.len == 0); /* its head was judged */
    for (size_t i = 0; i < in.len; i++)
        into[i] = (char)((unsigned char)in.at[i] ^ mask[w->mask_at++ & 3]);
    *(is_control(w) ? &w->control_len : &w->text.len) += in.len;
    w->left -= in.len;
}

static bool is_close_code(unsigned code)
{
    return (code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006) || (code >= 3000 && code <= 4999);
}

static bool end_control(struct websocket *w, enum websocket_said *said, str *text)
{
    *said = w->opcode == OP_PING ? WEBSOCKET_PING : w->opcode == OP_PONG ? WEBSOCKET_PONG : WEBSOCKET_CLOSE;
    *text = (str){(const char *)w->control, w->control_len};
    if (*said != WEBSOCKET_CLOSE || w->control_len == 0)
        return true;
    if (w->control_len == 1 || !is_close_code(websocket_close_code(*text)))
        return refuse(w, WEBSOCKET_BROKEN);
    return utf8_valid(str_slice(*text, 2, text->len)) || refuse(w, WEBSOCKET_NOT_UTF8);
}

static bool end_message(struct websocket *w, enum websocket_said *said, str *text)
{
    w->is_in_message = false;
    w->was_told = true;
    *said = WEBSOCKET_TEXT;
    *text = buf_str(&w->text);
    return utf8_valid(*text) || refuse(w, WEBSOCKET_NOT_UTF8);
}

static bool end_frame(struct websocket *w, enum websocket_said *said, str *text)
{
    w->has_head = false;
    w->head_have = 0;
    if (is_control(w))
        return end_control(w, said, text);
    return w->is_final ? end_message(w, said, text) : true;
}

/* A large message's memory is not kept for the next one. */
static void forget_told(struct websocket *w)
{
    if (!w->was_told)
        return;
    w->was_told = false;
    if (w->text.room > LIMIT_SOCKET_FRAME_BYTES) {
        buf_free(&w->text);
        buf_init(&w->text, NULL, LIMIT_SOCKET_MESSAGE_BYTES);
    }
    buf_clear(&w->text);
}

bool websocket_read(struct websocket *w, str in, size_t *used, enum websocket_said *said, str *text)
{
    size_t at = 0;
    *said = WEBSOCKET_NOTHING;
    *text = (str){"", 0};
    *used = 0;
    forget_told(w);
    while (*said == WEBSOCKET_NOTHING && (at < in.len || (w->has_head && w->left == 0))) {
        if (!w->has_head) {
            w->head[w->head_have++] = (uint8_t)in.at[at++];
            if (w->head_have >= 2 && !take_head(w))
                return false;
        } else {
            size_t n = w->left < in.len - at ? (size_t)w->left : in.len - at;
            take_bytes(w, (str){in.at + at, n});
            at += n;
        }
        *used = at;
        if (w->has_head && w->left == 0 && !end_frame(w, said, text))
            return false;
    }
    return true;
}

/* ------ writing */

size_t websocket_head(uint8_t out[WEBSOCKET_HEAD], enum websocket_said what, uint64_t len)
{
    static const uint8_t opcodes[] = {[WEBSOCKET_TEXT] = OP_TEXT, [WEBSOCKET_PING] = OP_PING, [WEBSOCKET_PONG] = OP_PONG, [WEBSOCKET_CLOSE] = OP_CLOSE};
    unsigned bytes = len < 126 ? 0 : len <= 0xffff ? 2 : 8;
    out[0] = 0x80 | opcodes[what];
    out[1] = (uint8_t)(bytes == 0 ? len : bytes == 2 ? 126 : 127);
    for (unsigned i = 0; i < bytes; i++)
        out[2 + i] = (uint8_t)(len >> 8 * (bytes - 1 - i));
    return 2 + bytes;
}

str websocket_close_text(struct arena *a, unsigned code, str reason)
{
    must(reason.len <= 123);
    char *at = arena_get(a, 2 + reason.len, 1);
    at[0] = (char)(code >> 8);
    at[1] = (char)(code & 0xff);
    if (reason.len)
        memcpy(at + 2, reason.at, reason.len);
    return (str){at, 2 + reason.len};
}

unsigned websocket_close_code(str text)
{
    return text.len < 2 ? 1005u : (unsigned)(unsigned char)text.at[0] << 8 | (unsigned char)text.at[1];
}

bool websocket_accept(struct arena *a, str key, str *out)
{
    uint8_t digest[DIGEST_SHA1_BYTES];
    str nonce;
    if (!base64_decode(a, key, &nonce) || nonce.len != 16)
        return false;
    str both = arena_format(a, STR_FMT "258EAFA5-E914-47DA-95CA-C5AB0DC85B11", STR_ARG(key));
    digest_sha1(both, digest);
    *out = base64_encode(a, (str){(const char *)digest, sizeof digest});
    return true;
}
