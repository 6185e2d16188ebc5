/* A WebSocket: the handshake, who may have one, frames, time limits and its end. What is said over it: socket_says.c.
 *
 * Nothing waits in memory for a slow reader: what is not told stays in the journal, and one who takes no bytes for as long as
 * any answer may stand still is dropped. */
#include "graphql/http/socket_part.h"

#include <stdlib.h>

#include "base/event_stream.h"
#include "base/limits.h"
#include "base/time.h"

#define PROTOCOL S("graphql-transport-ws")
#define READ_BYTES (16u << 10)

/* ------ frames */

void socket_end(struct gql_socket *s, unsigned code, const char *reason)
{
    if (s->code != 0)
        return;
    s->code = code;
    s->reason = reason;
}

/* The head goes in front once it is known how long it is. */
static void begin_frame(struct gql_socket *s)
{
    static const char room[WEBSOCKET_HEAD];
    if (s->out.room > LIMIT_SOCKET_FRAME_BYTES) { /* a large one's memory is not kept */
        buf_free(&s->out);
        buf_init(&s->out, NULL, LIMIT_RESPONSE_BYTES + 4096u);
    }
    buf_clear(&s->out);
    buf_add(&s->out, (str){room, sizeof room});
}

static void send_frame(struct gql_socket *s, enum websocket_said what)
{
    uint8_t head[WEBSOCKET_HEAD];
    str all;
    if (s->is_gone)
        return;
    if (buf_done(&s->out, &all) != ERR_OK) {
        socket_end(s, WEBSOCKET_TOO_LARGE, "Too large");
        return;
    }
    size_t n = websocket_head(head, what, all.len - sizeof head), at = sizeof head - n;
    memcpy(s->out.at + at, head, n);
    s->is_gone = s->x->piece(s->x, str_slice(all, at, all.len)) != ERR_OK;
}

static void send_control(struct gql_socket *s, enum websocket_said what, str bytes)
{
    begin_frame(s);
    buf_add(&s->out, bytes);
    send_frame(s, what);
}

struct buf *socket_open(struct gql_socket *s, const char *type, str id)
{
    begin_frame(s);
    buf_format(&s->out, "{\"type\":\"%s\"", type);
    if (!str_is_absent(id)) {
        buf_add(&s->out, S(",\"id\":"));
        buf_json_text(&s->out, id);
    }
    return &s->out;
}

void socket_send(struct gql_socket *s)
{
    buf_byte(&s->out, '}');
    send_frame(s, WEBSOCKET_TEXT);
}

/* ------ going on */

static void hear_frame(struct gql_socket *s, enum websocket_said said, str text)
{
    if (said == WEBSOCKET_TEXT)
        socket_hear(s, text);
    if (said == WEBSOCKET_PING)
        send_control(s, WEBSOCKET_PONG, text);
    if (said != WEBSOCKET_CLOSE)
        return;
    s->said_goodbye = true;
    unsigned code = websocket_close_code(text);
    socket_end(s, code == 1005u ? WEBSOCKET_DONE : code, "");
}

static void hear(struct gql_socket *s, str bytes)
{
    s->heard_us = time_mono_us();
    while (bytes.len > 0 && s->code == 0 && !s->is_gone) {
        enum websocket_said said;
        size_t used;
        str text;
        if (!websocket_read(&s->in, bytes, &used, &said, &text)) {
            socket_end(s, s->in.code, "");
            return;
        }
        hear_frame(s, said, text);
        bytes = str_slice(bytes, used, bytes.len);
    }
}

static int64_t ms_since(int64_t us)
{
    return (time_mono_us() - us) / 1000;
}

static void look_at_the_time(struct gql_socket *s)
{
    int64_t silent_ms = ms_since(s->heard_us);
    if (!s->was_greeted && ms_since(s->began_us) >= LIMIT_SOCKET_INIT_MS)
        socket_end(s, CLOSE_INIT_LATE, "Connection initialisation timeout");
    if (silent_ms >= LIMIT_SOCKET_SILENCE_MS) {
        s->is_gone = true;
    } else if (silent_ms >= LIMIT_FEED_BEAT_MS && ms_since(s->pinged_us) >= LIMIT_FEED_BEAT_MS) {
        s->pinged_us = time_mono_us();
        send_control(s, WEBSOCKET_PING, S(""));
    }
}

/* Whether anything is subscribed to or not: a credential that is not good any more ends it (AZ-10). */
static void look_at_him(struct gql_socket *s)
{
    struct arena *a = arena_open(1024);
    struct problem why = {.arena = a};
    const struct principal *who;
    enum err e = gate_stay_who(s->stay, &who, &why);
    if (e == ERR_UNAVAILABLE)
        socket_end(s, WEBSOCKET_LATER, "Try again later");
    else if (e != ERR_OK)
        socket_end(s, CLOSE_UNAUTHORIZED, "The credential is not good any more");
    arena_close(a);
}

static void go_on(struct gql_socket *s, char *room)
{
    size_t got = 0;
    if (s->x->is_over(s->x)) {
        socket_end(s, WEBSOCKET_LEAVING, "The server stops");
        return;
    }
    s->is_gone = s->x->receive(s->x, gate_stay_bell(s->stay), s->has_more ? 0 : EVENT_SLICE_MS, room, READ_BYTES, &got) != ERR_OK;
    gate_stay_hush(s->stay);
    if (got > 0)
        hear(s, (str){room, got});
    look_at_the_time(s);
    look_at_him(s);
    s->has_more = false;
    if (s->code == 0 && !s->is_gone)
        socket_tell(s);
}

/* ------ the end */

/* What it still sends is read over, so that it gets to see why. True: it has said good-bye, too. */
static bool has_ended(struct gql_socket *s, str bytes)
{
    while (bytes.len > 0 && s->in.code == 0) {
        enum websocket_said said = WEBSOCKET_NOTHING;
        size_t used = 0;
        str text;
        if (websocket_read(&s->in, bytes, &used, &said, &text) && said == WEBSOCKET_CLOSE)
            return true;
        bytes = str_slice(bytes, used, bytes.len);
    }
    return false;
}

static void say_goodbye(struct gql_socket *s, char *room)
{
    int64_t since = time_mono_us();
    bool has_gone = s->said_goodbye;
    send_control(s, WEBSOCKET_CLOSE, websocket_close_text(s->x->arena, s->code ? s->code : WEBSOCKET_DONE, str_of(s->reason)));
    while (!has_gone && !s->is_gone && ms_since(since) < LIMIT_SOCKET_CLOSE_MS) {
        size_t got = 0;
        s->is_gone = s->x->receive(s->x, -1, 100, room, READ_BYTES, &got) != ERR_OK;
        has_gone = has_ended(s, (str){room, got});
    }
}

static void run(struct gql_socket *s)
{
    char *room = malloc(READ_BYTES);
    must(room != NULL);
    s->began_us = s->heard_us = s->pinged_us = time_mono_us();
    websocket_open(&s->in);
    buf_init(&s->out, NULL, LIMIT_RESPONSE_BYTES + 4096u);
    while (s->code == 0 && !s->is_gone)
        go_on(s, room);
    s->x->waited_us += time_mono_us() - s->began_us; /* a socket takes its client's time, not ours (base/http.h) */
    socket_drop_all(s);
    if (!s->is_gone)
        say_goodbye(s, room);
    buf_free(&s->out);
    websocket_close(&s->in);
    free(room);
}

/* ------ the handshake */

static bool names(const struct exchange *x, str header, str wanted)
{
    str rest = exchange_header(x, header), one;
    bool ended = str_is_absent(rest);
    while (str_next(&rest, &ended, ',', &one))
        if (str_equal_nocase(str_trim(one), wanted))
            return true;
    return false;
}

bool gql_wants_socket(const struct exchange *x)
{
    return x->method == M_GET && names(x, S("upgrade"), S("websocket"));
}

/* ERR_OK and *accept {0}: it was answered, with the version that is spoken. */
static enum err judge_head(struct exchange *x, str *accept, struct problem *why)
{
    *accept = (str){0};
    if (!names(x, S("connection"), S("upgrade")) || x->body_length != 0 || !x->upgrade)
        return problem_set(why, ERR_BAD_INPUT, "This is no request for a WebSocket");
    if (!str_equal(exchange_header(x, S("sec-websocket-version")), S("13"))) {
        exchange_add_header(x, S("Sec-WebSocket-Version"), S("13"));
        exchange_add_header(x, S("Upgrade"), S("websocket"));
        exchange_send_nothing(x, 426);
        return ERR_OK;
    }
    if (!websocket_accept(x->arena, exchange_header(x, S("sec-websocket-key")), accept))
        return problem_set(why, ERR_BAD_INPUT, "Sec-WebSocket-Key is no 16 bytes in base64");
    return ERR_OK;
}

static void begin(struct gql_socket *s, str accept)
{
    bool speaks = names(s->x, S("sec-websocket-protocol"), PROTOCOL);
    const struct pair headers[] = {
        {S("Upgrade"), S("websocket")},
        {S("Sec-WebSocket-Accept"), accept},
        {S("Sec-WebSocket-Protocol"), PROTOCOL},
    };
    if (s->x->upgrade(s->x, headers, COUNTOF(headers) - !speaks) != ERR_OK)
        return;
    if (!speaks)
        socket_end(s, CLOSE_PROTOCOL, "Subprotocol not acceptable");
    run(s);
}

enum err gql_socket(struct graphql *g, const struct gql_dialect *d, struct exchange *x, struct problem *why)
{
    struct gql_socket s = {.g = g, .dialect = d, .x = x, .head = x};
    str accept;
    TRY(judge_head(x, &accept, why));
    if (str_is_absent(accept))
        return ERR_OK;
    TRY(gate_stay_open(g->gate, x, true, &s.stay, why));
    begin(&s, accept);
    gate_stay_close(s.stay);
    return ERR_OK;
}
