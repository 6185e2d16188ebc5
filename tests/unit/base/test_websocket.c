/* Frames of a WebSocket, by what is told of them; that it does not matter how they are cut is tests/fuzz/fuzz_websocket.c. */
#include "base/limits.h"
#include "base/websocket.h"
#include "tests/support/check.h"

#define F(first, length) first length "\x01\x02\x03\x04"
#define MASKED_A "\x60" /* 'a' under the mask's first byte */

/* What comes of bytes, as a line per thing that was told, and at the end the code of a refusal. */
static str told(struct arena *a, str in)
{
    static const char *const names[] = {"", "text", "ping", "pong", "close"};
    struct websocket w;
    struct buf out;
    websocket_open(&w);
    buf_init(&out, a, 1u << 20);
    while (in.len > 0) {
        enum websocket_said said;
        size_t used;
        str text;
        if (!websocket_read(&w, in, &used, &said, &text)) {
            buf_format(&out, "%u", w.code);
            break;
        }
        if (said != WEBSOCKET_NOTHING)
            buf_format(&out, "%s " STR_FMT "|", names[said], STR_ARG(said == WEBSOCKET_CLOSE ? str_slice(text, 2, text.len) : text));
        in = str_slice(in, used, in.len);
    }
    websocket_close(&w);
    return buf_str(&out);
}

static void frames_are_told_or_refused(void **state)
{
#define ROW(bytes, wanted) {{bytes, sizeof bytes - 1}, wanted}
    static const struct { str in; const char *wanted; } rows[] = {
        ROW(F("\x81", "\x81") MASKED_A, "text a|"),
        ROW(F("\x81", "\x80"), "text |"),
        ROW(F("\x81", "\x81") MASKED_A F("\x81", "\x81") MASKED_A, "text a|text a|"),
        ROW(F("\x01", "\x81") MASKED_A F("\x89", "\x81") MASKED_A F("\x00", "\x80") F("\x80", "\x81") MASKED_A, "ping a|text aa|"),
        ROW(F("\x8a", "\x80"), "pong |"),
        ROW(F("\x88", "\x80"), "close |"),
        ROW(F("\x88", "\x83") "\x02\xea\x62", "close a|"),         /* 1000 */
        ROW(F("\x88", "\x81") "\x02", "1002"),                       /* half a code */
        ROW(F("\x88", "\x82") "\x02\xef", "1002"),                  /* 1005 is never sent */
        ROW(F("\x88", "\x82") "\x01\x01", "1002"),                  /* 3 */
        ROW(F("\x88", "\x83") "\x02\xea\xfc", "1007"),              /* a reason that is no text */
        ROW("\x81\x01" "a", "1002"),                                   /* not masked */
        ROW(F("\xc1", "\x81") MASKED_A, "1002"),                      /* compressed */
        ROW(F("\x82", "\x81") MASKED_A, "1003"),
        ROW(F("\x83", "\x80"), "1002"),
        ROW(F("\x8b", "\x80"), "1002"),
        ROW(F("\x80", "\x81") MASKED_A, "1002"),                      /* goes on with nothing */
        ROW(F("\x01", "\x81") MASKED_A F("\x81", "\x81") MASKED_A, "1002"),
        ROW(F("\x09", "\x80"), "1002"),                                /* a ping in pieces */
        ROW(F("\x89", "\xfe\x00\x7e"), "1002"),                       /* … and one that is too long */
        ROW(F("\x81", "\xfe\x00\x01") MASKED_A, "1002"),             /* a length longer than it must be */
        ROW(F("\x81", "\xff\x00\x00\x00\x00\x00\x00\xff\xff"), "1002"),
        ROW(F("\x81", "\xff\x00\x00\x00\x00\x00\x01\x00\x01"), "1009"), /* 64 KiB and one */
        ROW(F("\x81", "\xff\x80\x00\x00\x00\x00\x00\x00\x00"), "1009"),
        ROW(F("\x81", "\x81") "\xfe", "1007"),                        /* 0xff */
        ROW(F("\x01", "\x81") "\xc2" F("\x80", "\x81") "\xa5", "text \xc3\xa4|"), /* a letter in two frames */
        ROW("\x81", ""),
    };
#undef ROW
    struct arena *a = arena_open(1024);
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        CHECK_STR(told(a, rows[i].in), str_of(rows[i].wanted));
    }
    check_row = -1;
    arena_close(a);
}

static void add_frame(struct buf *b, char first, size_t length)
{
    const uint8_t head[] = {(uint8_t)first, 0xff, 0, 0, 0, 0, 0, (uint8_t)(length >> 16), (uint8_t)(length >> 8), (uint8_t)length, 0, 0, 0, 0};
    buf_add(b, (str){(const char *)head, sizeof head});
    for (size_t i = 0; i < length; i++)
        buf_byte(b, 'x');
}

static void messages_have_a_size_and_so_many_pieces(void **state)
{
    struct arena *a = arena_open(1024);
    struct buf b;
    (void)state;
    buf_init(&b, a, 1u << 20);
    add_frame(&b, 0x01, LIMIT_SOCKET_FRAME_BYTES);
    add_frame(&b, 0x00, LIMIT_SOCKET_FRAME_BYTES);
    add_frame(&b, 0x00, LIMIT_SOCKET_FRAME_BYTES);
    size_t before = b.len;
    add_frame(&b, (char)0x80, LIMIT_SOCKET_FRAME_BYTES);
    CHECK_INT(told(a, buf_str(&b)).len, LIMIT_SOCKET_MESSAGE_BYTES + S("text |").len);
    buf_truncate(&b, before);
    buf_add(&b, (str){F("\x00", "\x81") "x", 7});
    add_frame(&b, (char)0x80, LIMIT_SOCKET_FRAME_BYTES);
    CHECK_STR(told(a, buf_str(&b)), S("1009"));
    buf_clear(&b);
    buf_add(&b, (str){F("\x01", "\x80"), 6});
    for (unsigned i = 1; i < LIMIT_SOCKET_FRAGMENTS; i++)
        buf_add(&b, (str){F("\x00", "\x80"), 6});
    CHECK_STR(told(a, buf_str(&b)), S(""));
    buf_add(&b, (str){F("\x80", "\x80"), 6});
    CHECK_STR(told(a, buf_str(&b)), S("1008"));
    arena_close(a);
}

/* RFC 6455 1.3 has the example. */
static void a_key_is_answered(void **state)
{
    static const char *const bad[] = {"", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25j", "dGhlIHNhbXBsZSBub25jZTE=", "?"};
    struct arena *a = arena_open(1024);
    str out = {0};
    (void)state;
    CHECK(websocket_accept(a, S("dGhlIHNhbXBsZSBub25jZQ=="), &out));
    CHECK_STR(out, S("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    for (size_t i = 0; i < COUNTOF(bad); i++)
        CHECK(!websocket_accept(a, str_of(bad[i]), &out));
    arena_close(a);
}

CHECK_MAIN(TEST(frames_are_told_or_refused), TEST(messages_have_a_size_and_so_many_pieces), TEST(a_key_is_answered))
