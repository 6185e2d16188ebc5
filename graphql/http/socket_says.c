/* graphql-transport-ws: what is said over a socket, and what it does. */
#include "graphql/http/socket_part.h"

#include <stdlib.h>

#include "base/limits.h"

#define ROUND 100u                    /* events of one subscription before the others have their turn */
#define KEPT_BYTES (16u * LIMIT_SOCKET_MESSAGE_BYTES) /* what all subscriptions of a socket were asked for with, as it is in memory */

/* ------ operations */

static struct socket_operation *find(const struct gql_socket *s, str id)
{
    struct socket_operation *o = s->operations;
    while (o && !str_equal(o->id, id))
        o = o->next;
    return o;
}

static void drop(struct gql_socket *s, struct socket_operation *o)
{
    struct socket_operation **at = &s->operations;
    while (*at != o)
        at = &(*at)->next;
    *at = o->next;
    s->operation_count--;
    s->kept_bytes -= o->bytes;
    gql_subscription_close(o->subscription);
    arena_close(o->arena);
}

void socket_drop_all(struct gql_socket *s)
{
    while (s->operations)
        drop(s, s->operations);
}

/* `errors` as a list; it ends the operation. */
static void tell_errors(struct gql_socket *s, str id, const struct gql_errors *errors)
{
    struct json_writer w;
    struct buf *out = socket_open(s, "error", id);
    buf_add(out, S(",\"payload\":"));
    json_begin(&w, out);
    gql_write_errors(&w, errors);
    json_end(&w);
    socket_send(s);
}

static void tell_complete(struct gql_socket *s, str id)
{
    (void)socket_open(s, "complete", id);
    socket_send(s);
}

/* ------ news */

/* Why a subscription cannot go on. One that is nobody's any more ends the whole connection. */
static void tell_failure(struct gql_socket *s, struct socket_operation *o, enum err e, struct gql_errors *errors, const struct problem *why)
{
    if (e == ERR_UNAUTHENTICATED) {
        socket_end(s, CLOSE_UNAUTHORIZED, "The credential is not good any more");
        return;
    }
    if (errors->count == 0)
        (void)gql_fail_problem(errors, why);
    tell_errors(s, o->id, errors);
    drop(s, o);
}

static void tell_event(struct gql_socket *s, const struct socket_operation *o, const struct feed_event *e)
{
    struct arena *a = arena_open(16u << 10);
    struct buf *out = socket_open(s, "next", o->id);
    buf_add(out, S(",\"payload\":"));
    gql_subscription_tell(o->subscription, a, e, out);
    socket_send(s);
    arena_close(a);
}

static void tell_one(struct gql_socket *s, struct socket_operation *o, struct arena *a)
{
    struct feed_batch batch = {.count = 0};
    struct gql_errors errors = {.arena = a};
    struct problem why = {.arena = a};
    uint64_t before = gql_subscription_last(o->subscription);
    enum err e = gql_subscription_read(o->subscription, a, ROUND, 0, &batch, &errors, &why);
    if (e != ERR_OK) {
        tell_failure(s, o, e, &errors, &why);
        return;
    }
    s->has_more |= batch.more && batch.last > before; /* what is not in the window yet, the bell will ring for */
    for (size_t i = 0; i < batch.count && s->code == 0 && !s->is_gone; i++) {
        if (i > 0 && !gql_subscription_holds(o->subscription, batch.events[i - 1].seq, &why)) {
            s->has_more = true;
            return;
        }
        tell_event(s, o, &batch.events[i]);
    }
}

void socket_tell(struct gql_socket *s)
{
    if (!s->operations)
        return;
    struct arena *a = arena_open(16u << 10);
    for (struct socket_operation *o = s->operations, *next; o && s->code == 0 && !s->is_gone; o = next) {
        next = o->next;
        tell_one(s, o, a);
        arena_reset(a);
    }
    arena_close(a);
}

/* ------ messages */

/* *a: of the message; whoever keeps it sets it to NULL. */
typedef void hearer(struct gql_socket *s, const struct json *message, struct arena **a);

static void bad(struct gql_socket *s, const char *reason)
{
    socket_end(s, CLOSE_BAD_MESSAGE, reason);
}

/* What a page cannot send in a head it says here. */
static bool take_credentials(struct gql_socket *s, const struct json *payload, struct exchange *head)
{
    static const str names[] = {STR("api-key"), STR("x-api-key"), STR("authorization"), STR("x-csrf-token")};
    struct arena *a = s->x->arena;
    struct pair *headers = NEW_N(a, struct pair, s->x->header_count + COUNTOF(names));
    size_t count = s->x->header_count;
    memcpy(headers, s->x->headers, count * sizeof *headers);
    for (uint32_t i = 0; payload && i < payload->count; i++)
        for (size_t k = 0; k < COUNTOF(names); k++) {
            const struct json *v = &payload->items[i];
            if (!str_equal_nocase(v->name, names[k]))
                continue;
            if (v->type != JSON_TEXT || count == s->x->header_count + COUNTOF(names))
                return false;
            headers[count++] = (struct pair){names[k], arena_copy(a, v->text)};
        }
    *head = *s->x;
    head->headers = headers;
    head->header_count = count;
    return true;
}

/* May changes be made by this cookie? As if they came by POST. */
static bool is_vouched_for(struct gql_socket *s, const struct exchange *head)
{
    struct exchange change = *head;
    struct problem unused = {.arena = head->arena};
    change.method = M_POST;
    return !head->who->by_cookie || gate_stay_identify(s->stay, &change, &unused) == ERR_OK;
}

static void hear_init(struct gql_socket *s, const struct json *message, struct arena **a)
{
    const struct json *payload = json_get(message, S("payload"));
    struct problem why = {.arena = *a};
    if (s->was_greeted) {
        socket_end(s, CLOSE_INIT_TWICE, "Too many initialisation requests");
        return;
    }
    s->was_greeted = true;
    struct exchange *head = NEW(s->x->arena, struct exchange);
    if (payload && payload->type == JSON_NULL)
        payload = NULL;
    if ((payload && payload->type != JSON_MAP) || !take_credentials(s, payload, head)) {
        bad(s, "Invalid message");
        return;
    }
    if (identify(s->g->gate, head, &why) != ERR_OK) {
        socket_end(s, CLOSE_FORBIDDEN, "Forbidden");
        return;
    }
    s->head = head;
    if (gate_stay_arrive(s->stay, head, &why) != ERR_OK) {
        socket_end(s, WEBSOCKET_LATER, "Too many wait for news already");
        return;
    }
    s->may_not_change = !is_vouched_for(s, head);
    s->is_ready = true;
    (void)socket_open(s, "connection_ack", (str){0});
    socket_send(s);
}

static void hear_ping(struct gql_socket *s, const struct json *message, struct arena **a)
{
    const struct json *payload = json_get(message, S("payload"));
    struct buf *out = socket_open(s, "pong", (str){0});
    if (payload) {
        buf_add(out, S(",\"payload\":"));
        buf_add(out, json_print(*a, payload));
    }
    socket_send(s);
}

static void hear_pong(struct gql_socket *s, const struct json *message, struct arena **a)
{
    (void)s, (void)message, (void)a; /* that bytes came was noted */
}

/* The request is a message's payload: its own arena, and a head as if it had come by POST. */
static struct gql_call *call_of(struct gql_socket *s, const struct principal *who, struct socket_operation *o)
{
    struct arena *a = o->arena;
    struct gql_call *c = NEW(a, struct gql_call);
    struct exchange *x = NEW(a, struct exchange);
    *x = *s->head;
    x->arena = a;
    x->method = M_POST;
    x->who = gql_come(a, who);
    x->lent = NULL;
    x->extra_header_count = 0;
    *c = (struct gql_call){.g = s->g, .dialect = s->dialect, .x = x, .requests = &o->request, .count = 1, .may_stream = true, .may_not_change = s->may_not_change, .errors = {.arena = a}};
    gql_take_schema(c);
    return c;
}

/* Errors before it ran are an `error`; else one result. */
static void tell_run(struct gql_socket *s, str id, enum gql_outcome outcome, str body)
{
    static const str open = STR("{\"errors\":");
    bool has_run = outcome == OUTCOME_DONE || outcome == OUTCOME_PARTLY;
    must(has_run || str_starts(body, open));
    struct buf *out = socket_open(s, has_run ? "next" : "error", id);
    buf_add(out, S(",\"payload\":"));
    buf_add(out, has_run ? body : str_slice(body, open.len, body.len - 1));
    socket_send(s);
    if (has_run)
        tell_complete(s, id);
}

/* True: it goes on. */
static bool subscribe(struct gql_socket *s, struct socket_operation *o)
{
    const struct gql_subscriber by = {.g = s->g, .dialect = s->dialect, .head = s->head, .stay = s->stay, .request = &o->request};
    struct gql_errors errors = {.arena = o->arena};
    struct problem why = {.arena = o->arena};
    o->bytes = arena_bytes(o->arena);
    if (s->operation_count >= LIMIT_SOCKET_SUBSCRIPTIONS)
        (void)gql_fail(&errors, GQL_LIMIT, "A socket has at most %u subscriptions at a time.", LIMIT_SOCKET_SUBSCRIPTIONS);
    else if (s->kept_bytes + o->bytes > KEPT_BYTES)
        (void)gql_fail(&errors, GQL_LIMIT, "The subscriptions of a socket take at most %u MiB together.", KEPT_BYTES >> 20);
    else if (gql_subscribe(&by, UINT64_MAX, &o->subscription, &errors, &why) != ERR_OK)
        (void)gql_fail_problem(&errors, &why);
    if (o->subscription)
        return true;
    tell_errors(s, o->id, &errors);
    return false;
}

/* Runs it, or begins to tell. True: it goes on. */
static bool start(struct gql_socket *s, struct socket_operation *o)
{
    const struct principal *who;
    struct problem why = {.arena = o->arena};
    struct gql_result result;
    struct buf body;
    if (gate_stay_who(s->stay, &who, &why) != ERR_OK) /* the next look at him says so, too */
        return false;
    buf_init(&body, NULL, LIMIT_RESPONSE_BYTES);
    gql_run(call_of(s, who, o), &o->request, &body, &result);
    if (result.outcome != OUTCOME_STREAM)
        tell_run(s, o->id, result.outcome, buf_str(&body));
    buf_free(&body);
    return result.outcome == OUTCOME_STREAM && subscribe(s, o);
}

static void hear_subscribe(struct gql_socket *s, const struct json *message, struct arena **a)
{
    const struct json *id = json_get(message, S("id")), *payload = json_get(message, S("payload"));
    struct gql_errors errors = {.arena = *a};
    struct socket_operation *o = NEW(*a, struct socket_operation);
    if (!s->is_ready) {
        socket_end(s, CLOSE_UNAUTHORIZED, "Unauthorized");
        return;
    }
    if (!id || id->type != JSON_TEXT || id->text.len == 0 || id->text.len > LIMIT_SOCKET_ID_BYTES || !payload ||
        !gql_request_of_json(*a, payload, &o->request, &errors)) {
        bad(s, "Invalid message");
        return;
    }
    if (find(s, id->text)) {
        socket_end(s, CLOSE_SAME_ID, "Subscriber already exists");
        return;
    }
    o->arena = *a;
    o->id = id->text;
    if (!start(s, o))
        return;
    *a = NULL;
    o->next = s->operations;
    s->operations = o;
    s->operation_count++;
    s->kept_bytes += o->bytes;
    s->has_more = true; /* there may be something to tell already */
}

static void hear_complete(struct gql_socket *s, const struct json *message, struct arena **a)
{
    const struct json *id = json_get(message, S("id"));
    (void)a;
    if (!id || id->type != JSON_TEXT || id->text.len == 0) {
        bad(s, "Invalid message");
        return;
    }
    struct socket_operation *o = find(s, id->text);
    if (o)
        drop(s, o);
}

static const struct {
    str type;
    hearer *hear;
} messages[] = {
    {STR("connection_init"), hear_init}, {STR("subscribe"), hear_subscribe}, {STR("complete"), hear_complete},
    {STR("ping"), hear_ping},            {STR("pong"), hear_pong},
};

static hearer *hearer_of(const struct json *message)
{
    const struct json *type = message->type == JSON_MAP ? json_get(message, S("type")) : NULL;
    for (size_t i = 0; type && type->type == JSON_TEXT && i < COUNTOF(messages); i++)
        if (str_equal(messages[i].type, type->text))
            return messages[i].hear;
    return NULL;
}

void socket_hear(struct gql_socket *s, str text)
{
    struct arena *a = arena_open(4096);
    const struct json *message = NULL;
    struct problem unused = {.arena = a};
    hearer *heard = NULL;
    if (json_read(a, arena_copy(a, text), NULL, S(""), &message, &unused) == ERR_OK)
        heard = hearer_of(message);
    if (heard)
        heard(s, message, &a);
    else
        bad(s, "Invalid message");
    if (a)
        arena_close(a);
}
