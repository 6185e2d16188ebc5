#include "base/event_stream.h"

#include <stdio.h>

#include "base/limits.h"
#include "base/time.h"

void event_frame_open(struct buf *out, uint64_t id, str name)
{
    if (!str_is_absent(name))
        buf_format(out, "event: " STR_FMT "\n", STR_ARG(name));
    buf_format(out, "id: %llu\ndata: ", (unsigned long long)id);
}

void event_frame_close(struct buf *out)
{
    buf_add(out, S("\n\n"));
}

enum err event_stream_begin(struct event_stream *s, struct exchange *x)
{
    static const struct pair headers[] = {
        {STR("Content-Type"), STR("text/event-stream; charset=utf-8")},
        {STR("Cache-Control"), STR("no-store")},
        {STR("X-Accel-Buffering"), STR("no")}, /* a proxy in front keeps nothing back */
    };
    *s = (struct event_stream){.x = x, .sent_us = time_mono_us(), .waited_us = x->waited_us};
    s->began_us = s->sent_us;
    TRY(x->begin(x, 200, headers, COUNTOF(headers), UINT64_MAX));
    return x->piece(x, S("retry: 2000\n\n"));
}

enum err event_stream_send(struct event_stream *s, str text, uint64_t last)
{
    s->sent_us = time_mono_us();
    s->told = last;
    return s->x->piece(s->x, text);
}

enum err event_stream_beat(struct event_stream *s, uint64_t last)
{
    char room[64];
    if (time_mono_us() - s->sent_us < LIMIT_FEED_BEAT_MS * INT64_C(1000))
        return ERR_OK;
    int n = snprintf(room, sizeof room, ": beat\nid: %llu\n\n", (unsigned long long)last); /* moves the place, and is no event */
    return event_stream_send(s, (str){room, (size_t)n}, last);
}

void event_stream_end(struct event_stream *s, const struct problem *why)
{
    struct buf out;
    struct json m[3];
    s->x->waited_us = s->waited_us + time_mono_us() - s->began_us;
    if (why) {
        const struct err_facts *facts = err_facts(why->err);
        m[0] = json_named(S("status"), json_of_int(facts->http_status));
        m[1] = json_named(S("type"), json_of_text(facts->word));
        m[2] = json_named(S("detail"), json_of_text(problem_sentence(s->x->arena, why)));
        struct json map = json_of_map(m, COUNTOF(m));
        buf_init(&out, s->x->arena, 4096);
        event_frame_open(&out, s->told, S("end"));
        buf_add(&out, json_print(s->x->arena, &map));
        event_frame_close(&out);
        err_ignored(s->x->piece(s->x, buf_str(&out)));
    }
    s->x->end(s->x);
}
