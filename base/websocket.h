#ifndef BASE_WEBSOCKET_H
#define BASE_WEBSOCKET_H
#include "base/buf.h"

/* The framing of a WebSocket as a server reads and writes it (RFC 6455; security B-6): texts alone, no extensions, no
 * compression. It is given bytes as they come, in whatever pieces, and says what was whole. No I/O. One thread's. */
enum websocket_said { WEBSOCKET_NOTHING, WEBSOCKET_TEXT, WEBSOCKET_PING, WEBSOCKET_PONG, WEBSOCKET_CLOSE };

/* Codes of a close (RFC 6455 7.4.1). */
enum { WEBSOCKET_DONE = 1000, WEBSOCKET_LEAVING = 1001, WEBSOCKET_BROKEN = 1002, WEBSOCKET_NO_TEXT = 1003, WEBSOCKET_NOT_UTF8 = 1007,
       WEBSOCKET_TOO_MUCH = 1008, WEBSOCKET_TOO_LARGE = 1009, WEBSOCKET_LATER = 1013 };

struct websocket {
    struct buf text;                  /* of a message whose fragments come, or that was told with the last reading */
    bool is_in_message, was_told;
    unsigned fragments;
    /* the frame */
    uint8_t head[14];
    unsigned head_have;
    bool has_head, is_final;
    unsigned opcode, mask_at;
    uint64_t left;                    /* bytes of it that are still to come */
    uint8_t control[125];
    size_t control_len;
    unsigned code;                    /* why it is refused */
};
void websocket_open(struct websocket *w);
void websocket_close(struct websocket *w);  /* gives back memory */

/* Takes bytes from `in` until something is whole or they are used up. *text: the message, or what a ping, pong or close brings;
 * good until the next call. False: this is no WebSocket, or more than may be; w->code is what to close it with, and nothing
 * further is to be read. */
NODISCARD bool websocket_read(struct websocket *w, str in, size_t *used, enum websocket_said *said, str *text);

/* The head of a frame that is whole, in front of so many bytes; how long it is. */
#define WEBSOCKET_HEAD 10u
size_t websocket_head(uint8_t out[WEBSOCKET_HEAD], enum websocket_said what, uint64_t len);
/* What a close brings; reason: at most 123 bytes. */
str websocket_close_text(struct arena *a, unsigned code, str reason);
/* The code of a close that was read, 1005: none. */
unsigned websocket_close_code(str text);

/* Sec-WebSocket-Accept for a Sec-WebSocket-Key. False: it is none. */
bool websocket_accept(struct arena *a, str key, str *out);

#endif
