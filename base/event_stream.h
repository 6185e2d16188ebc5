#ifndef BASE_EVENT_STREAM_H
#define BASE_EVENT_STREAM_H
#include "base/buf.h"
#include "base/http.h"

/* An answer of the type text/event-stream (HTML Living Standard, Server-sent events). It is the exchange's only answer; whatever
 * goes wrong afterwards is told in it. One thread's, like its exchange. */
struct event_stream {
    struct exchange *x;
    int64_t sent_us;                  /* when something was sent last */
    int64_t began_us, waited_us;      /* a stream takes its client's time (http.h), not ours */
    uint64_t told;                    /* the last place that the client knows of */
};
/* ERR_UNAVAILABLE, as from the others: nobody is there any more; stop. */
NODISCARD enum err event_stream_begin(struct event_stream *s, struct exchange *x);
/* What was gathered, as it is; `last`: the place after it. */
NODISCARD enum err event_stream_send(struct event_stream *s, str text, uint64_t last);
/* After LIMIT_FEED_BEAT_MS without anything: a comment, and the place, which may have moved. */
NODISCARD enum err event_stream_beat(struct event_stream *s, uint64_t last);
/* The last event, "end": why there are no more. NULL: the server or the client stops, and the client may come again. */
void event_stream_end(struct event_stream *s, const struct problem *why);

/* "event:" (name {0}: none), "id:" and "data:" around a line of JSON. */
void event_frame_open(struct buf *out, uint64_t id, str name);
void event_frame_close(struct buf *out);

/* How long a waiting thread goes without looking whether its client is still there: so long it takes a stream to end when the
 * server stops. */
#define EVENT_SLICE_MS 500

#endif
