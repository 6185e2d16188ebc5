/* GraphQL over server-sent events, each operation in a request of its own: `next` with a result, `complete` at the end. `id:` is the
 * number of the change, so that Last-Event-ID goes on behind it (docs/graphql.md). */
#include "base/event_stream.h"
#include "base/limits.h"
#include "graphql/http/subscription.h"

#define COMPLETE S("event: complete\ndata: \n\n")

static void frame(struct buf *out, str body)
{
    buf_add(out, S("event: next\ndata: "));
    buf_add(out, body);
    buf_add(out, S("\n\n"));
}

/* A result and the end: of what ran once, and of what went wrong. */
static enum err tell_last(struct event_stream *s, struct arena *a, str body)
{
    struct buf out;
    buf_init(&out, a, LIMIT_RESPONSE_BYTES + 256u);
    frame(&out, body);
    buf_add(&out, COMPLETE);
    return event_stream_send(s, buf_str(&out), s->told);
}

static void tell_refusal(struct event_stream *s, struct arena *a, const struct gql_errors *errors)
{
    struct buf body;
    buf_init(&body, a, LIMIT_RESPONSE_BYTES);
    gql_write_refusal(&body, errors);
    err_ignored(tell_last(s, a, buf_str(&body)));
}

enum err gql_tell_once(struct gql_call *c, str body, struct problem *why)
{
    struct event_stream s;
    (void)why;
    if (event_stream_begin(&s, c->x) == ERR_OK)
        err_ignored(tell_last(&s, c->x->arena, body));
    event_stream_end(&s, NULL);
    return ERR_OK;
}

static enum err tell(struct event_stream *out, struct gql_subscription *s, const struct feed_event *e)
{
    struct arena *a = arena_open(16u << 10);
    struct buf frame;
    buf_init(&frame, a, LIMIT_RESPONSE_BYTES);
    event_frame_open(&frame, e->seq, S("next"));
    gql_subscription_tell(s, a, e, &frame);
    event_frame_close(&frame);
    enum err sent = event_stream_send(out, buf_str(&frame), e->seq);
    arena_close(a);
    return sent;
}

/* One reading. *is_there: the client. */
static enum err tell_next(struct event_stream *out, struct gql_subscription *s, struct arena *a, bool *is_there, struct gql_errors *errors,
                          struct problem *why)
{
    struct feed_batch batch;
    TRY(gql_subscription_read(s, a, LIMIT_FEED_EVENTS, EVENT_SLICE_MS, &batch, errors, why));
    *is_there = batch.count > 0 || event_stream_beat(out, batch.last) == ERR_OK;
    for (size_t i = 0; i < batch.count && *is_there && (i == 0 || gql_subscription_holds(s, batch.events[i - 1].seq, why)); i++)
        *is_there = tell(out, s, &batch.events[i]) == ERR_OK;
    return ERR_OK;
}

static void tell_all(struct event_stream *out, struct gql_subscription *s, struct gql_errors *errors)
{
    struct arena *a = arena_open(16u << 10);
    struct problem why = {.arena = errors->arena};
    enum err e = ERR_OK;
    bool is_there = true;
    while (e == ERR_OK && is_there && !out->x->is_over(out->x)) {
        e = tell_next(out, s, a, &is_there, errors, &why);
        arena_reset(a);
    }
    if (e != ERR_OK && errors->count == 0)
        (void)gql_fail_problem(errors, &why);
    if (e != ERR_OK)
        tell_refusal(out, a, errors); /* without one the server stops, and the client may come again */
    arena_close(a);
}

static enum err run(struct gql_call *c, struct stay *stay, uint64_t since, struct problem *why)
{
    const struct gql_subscriber by = {.g = c->g, .dialect = c->dialect, .head = c->x, .stay = stay, .request = c->requests};
    struct gql_errors errors = {.arena = c->x->arena};
    struct gql_subscription *s = NULL;
    struct event_stream out;
    TRY(gql_subscribe(&by, since, &s, &errors, why));
    if (event_stream_begin(&out, c->x) == ERR_OK && s) {
        out.told = gql_subscription_last(s);
        tell_all(&out, s, &errors);
    } else if (!s) {
        tell_refusal(&out, c->x->arena, &errors);
    }
    event_stream_end(&out, NULL);
    gql_subscription_close(s);
    return ERR_OK;
}

enum err gql_stream(struct gql_call *c, struct problem *why)
{
    str last = exchange_header(c->x, S("last-event-id"));
    uint64_t since = UINT64_MAX;
    struct stay *stay = NULL;
    if (last.len > 0 && !str_to_u64(last, INT64_MAX, &since))
        return problem_fault(why, ERR_BAD_INPUT, S("Last-Event-ID"), S("parameter"), "Last-Event-ID is the number of a change");
    TRY(gate_stay_open(c->g->gate, c->x, false, &stay, why));
    enum err e = run(c, stay, since, why);
    gate_stay_close(stay);
    return e;
}
