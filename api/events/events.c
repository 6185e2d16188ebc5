#include "api/events/events.h"

#include "api/answer.h"
#include "api/content/params.h"
#include "base/limits.h"
#include "base/time.h"

static const char *const events_names[] = {"since", "wait", "collection", "item", "verb", "filter", "limit", "query", NULL};

/* ------ what is asked for */

struct wished {
    struct feed_wish feed;
    uint64_t wait_s;
    size_t limit;
    str query;                        /* of a live query; {0}: none */
    bool is_stream;
};

static enum err read_names(struct arena *a, str text, str where, const str **out, size_t *count, struct problem *why)
{
    str *list = NEW_N(a, str, LIMIT_FEED_NAMES);
    str name, rest = text;
    *count = 0;
    for (bool more = !str_is_absent(text); more; text = rest) {
        more = str_cut(text, ',', &name, &rest);
        if (!more)
            name = text;
        if (str_trim(name).len == 0)
            return problem_fault(why, ERR_BAD_INPUT, where, S("parameter"), STR_FMT " takes names with commas between them", STR_ARG(where));
        if (*count == LIMIT_FEED_NAMES)
            return problem_fault(why, ERR_BAD_INPUT, where, S("limit"), STR_FMT " takes at most %u names", STR_ARG(where), LIMIT_FEED_NAMES);
        list[(*count)++] = str_trim(name);
    }
    *out = list;
    return ERR_OK;
}

static enum err read_number(str text, str where, uint64_t most, uint64_t *out, struct problem *why)
{
    if (str_is_absent(text) || str_to_u64(text, most, out))
        return ERR_OK;
    return problem_fault(why, ERR_BAD_INPUT, where, S("parameter"), STR_FMT " must be a whole number from 0 to %llu", STR_ARG(where),
                         (unsigned long long)most);
}

static bool accepts_stream(const struct exchange *x)
{
    return str_contains(exchange_header(x, S("accept")), S("text/event-stream"));
}

/* What a browser's EventSource has seen last goes before what its address says. */
static enum err read_place(const struct exchange *x, const struct query_string *q, struct feed_wish *out, struct problem *why)
{
    str last = exchange_header(x, S("last-event-id")), since = query_string_get(q, S("since"));
    bool resumes = last.len > 0;
    out->from_now = !resumes && str_is_absent(since);
    return read_number(resumes ? last : since, resumes ? S("Last-Event-ID") : S("since"), INT64_MAX, &out->since, why);
}

static enum err read_wish(struct exchange *x, const struct api *api, struct wished *out, struct problem *why)
{
    struct content_params p;
    TRY(content_params_read(x, api, events_names, &p, why));
    const struct query_string *q = &p.query;
    struct feed_wish *w = &out->feed;
    *out = (struct wished){.limit = p.has_limit && p.limit ? p.limit : 100, .is_stream = accepts_stream(x)};
    w->filter = p.filter_tree;
    w->item = query_string_get(q, S("item"));
    out->query = query_string_get(q, S("query"));
    err_ignored(read_place(x, q, w, why));
    err_ignored(read_number(query_string_get(q, S("wait")), S("wait"), LIMIT_FEED_WAIT_S, &out->wait_s, why));
    err_ignored(read_names(x->arena, query_string_get(q, S("collection")), S("collection"), &w->collections, &w->collection_count, why));
    err_ignored(read_names(x->arena, query_string_get(q, S("verb")), S("verb"), &w->verbs, &w->verb_count, why));
    bool is_also_feed = w->collection_count || w->filter || !str_is_absent(w->item) || w->verb_count;
    if (!str_is_absent(out->query) && is_also_feed)
        return problem_fault(why, ERR_BAD_INPUT, S("query"), S("parameter"), "query says all of it: collection, item, verb and filter do not go with it");
    w->waits = x->method != M_HEAD && (out->is_stream || out->wait_s > 0);
    return why->err;
}

/* ------ polling */

static void write_batch(struct exchange *x, const struct feed_batch *b, struct answer *answer)
{
    answer_begin(x, answer);
    struct json_writer *w = &answer->json;
    json_map_open(w);
    json_name(w, S("events"));
    json_list_open(w);
    for (size_t i = 0; i < b->count; i++) {
        struct buf one;
        buf_init(&one, x->arena, LIMIT_RESPONSE_BYTES);
        event_write(&one, x->arena, &b->events[i]);
        json_ready(w, buf_str(&one));
    }
    json_list_close(w);
    json_name(w, S("last"));
    json_uint(w, b->last);
    json_name(w, S("more"));
    json_bool(w, b->more);
    json_map_close(w);
}

static enum err poll_feed(struct exchange *x, struct feed *f, const struct wished *w, struct feed_batch *out, struct problem *why)
{
    int64_t until = time_mono_us() + (int64_t)w->wait_s * 1000000;
    for (;;) {
        int64_t left_ms = w->feed.waits ? (until - time_mono_us()) / 1000 : 0;
        int slice = left_ms <= 0 ? 0 : left_ms < EVENT_SLICE_MS ? (int)left_ms : EVENT_SLICE_MS;
        TRY(gate_feed_read(f, x->arena, w->limit, slice, out, why));
        x->waited_us += out->waited_us;
        if (out->count > 0 || out->more || left_ms <= 0 || x->is_over(x))
            return ERR_OK;
    }
}

/* Too many wait, of all or of this one: it is answered at once with what there is, and told to come again. */
static enum err open_poll(struct exchange *x, struct api *api, struct wished *w, struct feed **out, struct problem *why)
{
    struct feed_reader reader = {.x = x};
    struct problem first = {.arena = x->arena};
    enum err e = w->feed.waits ? gate_feed_open(api->gate, &reader, &w->feed, out, &first) : ERR_UNAVAILABLE;
    if (e == ERR_OK)
        return ERR_OK;
    if (w->feed.waits && e != ERR_UNAVAILABLE && e != ERR_TOO_MANY) {
        *why = first;
        return e;
    }
    if (w->feed.waits)
        exchange_add_header(x, S("Retry-After"), S("5"));
    w->feed.waits = false;
    return gate_feed_open(api->gate, &reader, &w->feed, out, why);
}

static enum err poll(struct exchange *x, struct api *api, struct wished *w, struct problem *why)
{
    struct feed *f = NULL;
    struct feed_batch batch;
    struct answer answer;
    TRY(open_poll(x, api, w, &f, why));
    enum err e = poll_feed(x, f, w, &batch, why);
    gate_feed_close(f); /* the events are this request's */
    TRY(e);
    exchange_add_header(x, S("Cache-Control"), S("no-store"));
    write_batch(x, &batch, &answer);
    return answer_send(x, &answer, NULL, why);
}

/* ------ streaming */

static enum err tell(struct event_stream *s, struct arena *a, const struct feed_batch *b)
{
    struct buf out;
    if (b->count == 0)
        return event_stream_beat(s, b->last);
    buf_init(&out, a, SIZE_MAX);
    for (size_t i = 0; i < b->count; i++) {
        event_frame_open(&out, b->events[i].seq, (str){0});
        event_write(&out, a, &b->events[i]);
        event_frame_close(&out);
    }
    return event_stream_send(s, buf_str(&out), b->last);
}

static enum err tell_on(struct event_stream *s, struct feed *f, size_t limit, struct problem *why)
{
    struct arena *a = arena_open(16u << 10);
    enum err e = ERR_OK;
    bool is_there = true;
    while (e == ERR_OK && is_there && !s->x->is_over(s->x)) {
        struct feed_batch batch;
        e = gate_feed_read(f, a, limit, EVENT_SLICE_MS, &batch, why);
        is_there = e == ERR_OK && tell(s, a, &batch) == ERR_OK;
        arena_reset(a);
    }
    arena_close(a);
    return e;
}

static enum err stream(struct exchange *x, struct api *api, const struct wished *w, struct problem *why)
{
    struct event_stream s;
    struct feed *f = NULL;
    TRY(gate_feed_open(api->gate, &(struct feed_reader){.x = x}, &w->feed, &f, why));
    if (event_stream_begin(&s, x) == ERR_OK) {
        s.told = gate_feed_last(f);
        enum err e = w->feed.waits ? tell_on(&s, f, w->limit, why) : ERR_OK;
        event_stream_end(&s, e == ERR_OK ? NULL : why);
    }
    gate_feed_close(f);
    return ERR_OK;
}

static enum err events(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct wished w;
    (void)p;
    TRY(read_wish(x, api, &w, why));
    exchange_add_header(x, S("Vary"), S("Accept"));
    if (!str_is_absent(w.query))
        return events_live(x, api, w.query, why);
    return w.is_stream ? stream(x, api, &w, why) : poll(x, api, &w, why);
}

static const struct route routes[] = {
    {M_GET, "/api/events", events, 0, 0, "What was changed, in order, as far as the caller may see it: by polling, or as an event stream"},
};
static const char *const *const parameters[] = {events_names};
const struct api_table events_api = {.routes = routes, .count = COUNTOF(routes), .parameters = parameters};
