#include "server/worker.h"

#include "base/time.h"
#include "server/networks.h"
#include "server/opaque.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

/* What an idle worker may hold of the memory for bodies; times 256 workers. */
#define LENT_BYTES_KEPT (64u << 10)
/* An answer's head at its largest: 8 KiB of reflected target in a header, and everything else. */
#define HEAD_ROOM         (32u << 10)
#define FIRST_CHUNK_BYTES (32u << 10)

struct worker *worker_open(struct crew *crew)
{
    struct worker *w = calloc(1, sizeof *w);
    must(w != NULL);
    w->crew = crew;
    w->arena = arena_open(FIRST_CHUNK_BYTES);
    w->idle_socket = -1;
    buf_init(&w->out, NULL, LIMIT_ONE_WRITE_BYTES + HEAD_ROOM);
    buf_init(&w->lent, NULL, LIMIT_RESPONSE_BYTES);
    pthread_mutex_init(&w->lock, NULL);
    pthread_mutex_lock(&crew->lock);
    w->next = crew->workers;
    crew->workers = w;
    pthread_mutex_unlock(&crew->lock);
    return w;
}

void worker_close(struct worker *w)
{
    pthread_mutex_lock(&w->crew->lock);
    struct worker **at = &w->crew->workers;
    while (*at != w)
        at = &(*at)->next;
    *at = w->next;
    pthread_mutex_unlock(&w->crew->lock);
    pthread_mutex_destroy(&w->lock);
    buf_free(&w->out);
    buf_free(&w->lent);
    arena_close(w->arena);
    free(w);
}

/* ------ time */

static unsigned hurry_of(const struct worker *w)
{
    return w->crew->options.hurry ? w->crew->options.hurry : 1;
}

static int64_t ms_since(const struct worker *w, int64_t us)
{
    return (time_mono_us() - us) / 1000 * hurry_of(w);
}

static int real_ms(const struct worker *w, int64_t ms)
{
    return (int)((ms + hurry_of(w) - 1) / hurry_of(w));
}

/* ------ waiting for a head */

/* Somebody waits for all to be done. */
static void tell(struct crew *crew)
{
    pthread_mutex_lock(&crew->lock);
    pthread_cond_broadcast(&crew->all_done);
    pthread_mutex_unlock(&crew->lock);
}

/* Waits with nothing received: the one moment at which a connection may be cut off without harm. */
static int receive_idle(struct worker *w, struct mg_connection *c, int timeout_ms)
{
    pthread_mutex_lock(&w->lock);
    bool stopping = w->crew->is_stopping;
    if (!stopping)
        w->idle_socket = unit_socket(c);
    pthread_mutex_unlock(&w->lock);
    int n = unit_receive(c, stopping ? 0 : timeout_ms);
    pthread_mutex_lock(&w->lock);
    w->idle_socket = -1;
    pthread_mutex_unlock(&w->lock);
    return n;
}

void worker_wake_idle(struct worker *w)
{
    pthread_mutex_lock(&w->lock);
    w->is_cut = w->idle_socket >= 0;
    if (w->is_cut)
        shutdown(w->idle_socket, SHUT_RD);
    pthread_mutex_unlock(&w->lock);
}

size_t worker_wait(struct mg_connection *c, void *worker)
{
    struct worker *w = worker;
    size_t seen = 0;
    int64_t since = time_mono_us();
    w->why = (struct problem){.arena = w->arena};
    if (w->crew->is_stopping)
        tell(w->crew); /* one connection less in the queue */
    for (;;) {
        str got = unit_received(c);
        size_t end = head_end(got, seen);
        if (end > 0)
            return end;
        if (head_hopeless(got, &w->why) != ERR_OK)
            return 0;
        seen = got.len;
        bool idle = got.len == 0;
        int64_t allowed = idle && !unit_is_first(c) ? LIMIT_IDLE_MS : LIMIT_HEAD_MS;
        int64_t left = allowed - ms_since(w, since);
        int timeout = real_ms(w, left);
        int n = left <= 0 ? UNIT_TIMEOUT
                : idle    ? receive_idle(w, c, timeout)
                          : unit_receive(c, timeout);
        if (n == UNIT_GONE || (n == UNIT_TIMEOUT && idle && (left <= 0 || w->crew->is_stopping)))
            return 0;
        if (n == UNIT_TIMEOUT && left <= 0) {
            (void)problem_set(&w->why, ERR_TIMEOUT,
                              "The request head was not complete after %u seconds.",
                              LIMIT_HEAD_MS / 1000);
            return 0;
        }
        if (n > 0 && idle)
            since = time_mono_us();
    }
}

/* ------ reading the body */

static enum err body_failed(struct worker *w, enum err e)
{
    w->body_err = e;
    w->keep = false;
    return e;
}

/* Slow is allowed, standing still is not (H-8). */
static bool body_is_too_slow(const struct worker *w)
{
    int64_t ms = ms_since(w, w->body_started_us);
    bool upload = w->x.body_max > LIMIT_BODY_BYTES;
    if (ms <= LIMIT_STALL_MS)
        return false;
    if (!upload && ms > LIMIT_REQUEST_MS)
        return true;
    if (upload && ms > LIMIT_REQUEST_MS)
        return w->body_taken < (uint64_t)(ms / 1000) * LIMIT_UPLOAD_RATE;
    return w->body_taken < (uint64_t)((ms - LIMIT_STALL_MS) / 1000) * LIMIT_BODY_RATE;
}

static enum err body_moved(struct worker *w, int n)
{
    if (n == UNIT_GONE) /* it was cut off while it looked idle, and a head had come: that is not the client's fault */
        return body_failed(w, w->is_cut ? ERR_UNAVAILABLE : ERR_BAD_INPUT);
    if (n == UNIT_TIMEOUT || body_is_too_slow(w))
        return body_failed(w, ERR_TIMEOUT);
    return ERR_OK;
}

static enum err body_refill(struct worker *w)
{
    int64_t since = time_mono_us();
    int n = unit_refill(w->connection, real_ms(w, LIMIT_STALL_MS));
    w->x.waited_us += time_mono_us() - since;
    return body_moved(w, n);
}

static bool write_all(struct worker *w, str bytes);

/* A client that asked whether to send its body is told to, once somebody wants it. */
static enum err body_ask(struct worker *w)
{
    if (w->body_asked)
        return ERR_OK;
    w->body_asked = true;
    w->body_started_us = time_mono_us();
    if (!w->head.expects_continue || unit_window(w->connection).len > 0)
        return ERR_OK;
    return write_all(w, S("HTTP/1.1 100 Continue\r\n\r\n")) ? ERR_OK
                                                            : body_failed(w, ERR_BAD_INPUT);
}

/* Leaves in *left how many bytes of data come next; 0: the body has ended. */
static enum err body_next(struct worker *w, uint64_t *left)
{
    if (w->head.body_length != UINT64_MAX) {
        *left = w->body_left;
        return ERR_OK;
    }
    for (;;) {
        size_t used;
        enum err e = chunked_frame(&w->chunked, unit_window(w->connection), &used, NULL);
        if (e != ERR_OK)
            return body_failed(w, e);
        unit_take(w->connection, used);
        if (w->chunked.state == CHUNKED_DATA || w->chunked.state == CHUNKED_DONE)
            break;
        TRY(body_refill(w));
    }
    *left = w->chunked.state == CHUNKED_DATA ? w->chunked.left : 0;
    return ERR_OK;
}

static void body_took(struct worker *w, uint64_t n)
{
    w->body_taken += n;
    if (w->head.body_length == UINT64_MAX)
        chunked_took(&w->chunked, n);
    else
        w->body_left -= n;
}

/* Takes up to `want` bytes of data, from what has been received or straight from the socket. */
static enum err body_take(struct worker *w, void *into, size_t want, size_t *got)
{
    str window = unit_window(w->connection);
    if (window.len == 0 && want < 4096) {
        TRY(body_refill(w));
        window = unit_window(w->connection);
    }
    if (window.len > 0) {
        *got = want < window.len ? want : window.len;
        memcpy(into, window.at, *got);
        unit_take(w->connection, *got);
        return ERR_OK;
    }
    int64_t since = time_mono_us();
    int n = unit_read(w->connection, into, want, real_ms(w, LIMIT_STALL_MS));
    w->x.waited_us += time_mono_us() - since;
    TRY(body_moved(w, n));
    *got = (size_t)n;
    return ERR_OK;
}

/* How many more bytes the route takes. */
static uint64_t body_room(const struct worker *w)
{
    return w->x.body_max == UINT32_MAX ? UINT64_MAX : w->x.body_max - w->body_taken;
}

static enum err body_read(struct exchange *x, void *into, size_t room, size_t *got)
{
    struct worker *w = x->transport;
    uint64_t left;
    *got = 0;
    if (w->body_err != ERR_OK)
        return w->body_err;
    if (w->body_done || room == 0)
        return ERR_OK;
    if (w->head.body_length != UINT64_MAX && w->body_left > body_room(w))
        return body_failed(w, ERR_TOO_LARGE);
    TRY(body_ask(w));
    TRY(body_next(w, &left));
    if (left == 0) {
        w->body_done = true;
        return ERR_OK;
    }
    if (body_room(w) == 0)
        return body_failed(w, ERR_TOO_LARGE);
    uint64_t want = left < body_room(w) ? left : body_room(w);
    TRY(body_take(w, into, want < room ? (size_t)want : room, got));
    body_took(w, *got);
    w->body_done = w->head.body_length != UINT64_MAX && w->body_left == 0;
    return ERR_OK;
}

/* What is left of the body has been received already and can be passed over. */
static bool body_is_at_hand(const struct worker *w)
{
    if (w->body_done)
        return true;
    return w->body_err == ERR_OK && w->head.body_length != UINT64_MAX &&
           w->body_left <= unit_window(w->connection).len;
}

/* ------ answering */

static bool write_all(struct worker *w, str bytes)
{
    int64_t since = time_mono_us();
    uint64_t sent = 0;
    while (bytes.len > 0 && !w->is_broken) {
        size_t piece = bytes.len < LIMIT_ONE_WRITE_BYTES ? bytes.len : LIMIT_ONE_WRITE_BYTES;
        int n = unit_write(w->connection, bytes.at, piece, real_ms(w, LIMIT_STALL_MS));
        if (n <= 0) {
            w->is_broken = true;
            break;
        }
        sent += (uint64_t)n;
        bytes = str_slice(bytes, (size_t)n, bytes.len);
        int64_t ms = bytes.len > 0 ? ms_since(w, since) : 0;
        if (ms > LIMIT_STALL_MS &&
            sent < (uint64_t)((ms - LIMIT_STALL_MS) / 1000) * LIMIT_BODY_RATE)
            w->is_broken = true;
    }
    w->x.waited_us += time_mono_us() - since;
    return !w->is_broken;
}

static str date_now(struct worker *w)
{
    int64_t now = time_now_ms() / 1000;
    if (now != w->date_s) {
        http_date(now, w->date);
        w->date_s = now;
    }
    return (str){w->date, HTTP_DATE_LENGTH};
}

static void compose_head(struct worker *w, int status, const struct pair *headers, size_t count,
                         struct answer a)
{
    struct exchange *x = &w->x;
    must(x->status_sent == 0);
    /* A body that nobody wanted to read is passed over, but not behind a refusal (H-6). */
    w->keep =
        w->keep && (status < 400 ? body_is_at_hand(w) : w->body_done) && !w->crew->is_stopping;
    a.status = status;
    a.keep_alive = w->keep;
    a.minor_version = w->head.minor_version;
    a.date = date_now(w);
    a.request_id = x->request_id;
    a.standing = x->standing_headers;
    a.is_private = x->is_private;
    a.headers = headers;
    a.header_count = count;
    a.extra = x->extra_headers;
    a.extra_count = x->extra_header_count;
    buf_clear(&w->out);
    answer_head(&w->out, &a);
    x->status_sent = status;
}

static bool is_bodiless(int status)
{
    return status < 200 || status == 204 || status == 304;
}

/* Head and body leave in one write where that is not too much copying. */
static void send_whole(struct exchange *x, int status, const struct pair *headers, size_t count,
                       str body)
{
    struct worker *w = x->transport;
    bool bodiless = is_bodiless(status);
    compose_head(w, status, headers, count,
                 (struct answer){.has_length = !bodiless, .length = body.len});
    if (bodiless || x->method == M_HEAD)
        body = (str){0};
    bool together = w->out.len + body.len <= LIMIT_ONE_WRITE_BYTES;
    if (together)
        buf_add(&w->out, body);
    str out;
    if (buf_done(&w->out, &out) != ERR_OK) {
        w->is_broken = true;
        return;
    }
    if (write_all(w, out) && (together || write_all(w, body)))
        x->bytes_sent = body.len;
}

static enum err begin_pieces(struct exchange *x, int status, const struct pair *headers,
                             size_t count, uint64_t length)
{
    struct worker *w = x->transport;
    bool known = length != UINT64_MAX, bodiless = is_bodiless(status);
    w->is_chunked_answer = !known && !bodiless && w->head.minor_version > 0;
    if (!known && !w->is_chunked_answer && !bodiless)
        w->keep = false; /* HTTP/1.0: the end of the connection is the end of the answer */
    compose_head(w, status, headers, count,
                 (struct answer){.has_length = known && !bodiless,
                                 .length = length,
                                 .is_chunked = w->is_chunked_answer});
    w->is_silent = bodiless || x->method == M_HEAD;
    w->answer_left = w->is_silent ? 0 : length;
    str out;
    if (buf_done(&w->out, &out) != ERR_OK)
        w->is_broken = true;
    return !w->is_broken && write_all(w, out) ? ERR_OK : ERR_UNAVAILABLE;
}

static enum err send_piece(struct exchange *x, str bytes)
{
    struct worker *w = x->transport;
    must(x->status_sent != 0);
    if (bytes.len == 0 || w->is_silent)
        return ERR_OK;
    must(bytes.len <= w->answer_left);
    if (w->is_broken)
        return ERR_UNAVAILABLE;
    if (w->answer_left != UINT64_MAX)
        w->answer_left -= bytes.len;
    if (!w->is_chunked_answer) {
        if (!write_all(w, bytes))
            return ERR_UNAVAILABLE;
    } else {
        bool together = bytes.len <= LIMIT_ONE_WRITE_BYTES;
        buf_clear(&w->out);
        buf_format(&w->out, "%zx\r\n", bytes.len);
        if (together) {
            buf_add(&w->out, bytes);
            buf_add(&w->out, S("\r\n"));
        }
        if (!write_all(w, buf_str(&w->out)) ||
            (!together && (!write_all(w, bytes) || !write_all(w, S("\r\n")))))
            return ERR_UNAVAILABLE;
    }
    x->bytes_sent += bytes.len;
    return ERR_OK;
}

static void end_pieces(struct exchange *x)
{
    struct worker *w = x->transport;
    if (w->is_chunked_answer && !w->is_silent && !w->is_broken)
        (void)write_all(w, S("0\r\n\r\n"));
    else if (w->answer_left != 0 && w->answer_left != UINT64_MAX)
        w->is_broken =
            true; /* less than was announced: the client must see that it was cut short */
    w->is_chunked_answer = false;
}

static bool is_over(struct exchange *x)
{
    struct worker *w = x->transport;
    struct pollfd peer = {.fd = unit_socket(w->connection), .events = POLLRDHUP};
    if (w->is_broken || w->crew->is_stopping)
        return true;
    return poll(&peer, 1, 0) > 0 && (peer.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

/* A thread for each connection, as far as there may be. False: one is missing and cannot be begun.
 * Under the lock. */
static bool keep_up(struct crew *crew, struct mg_context *ctx)
{
    if (crew->connections <= crew->started ||
        crew->started >= crew->options.threads + crew->staying)
        return true;
    if (!unit_begin_worker(ctx, crew->started))
        return false;
    crew->started++;
    return true;
}

void crew_enter(struct crew *crew, struct mg_context *ctx)
{
    pthread_mutex_lock(&crew->lock);
    crew->connections++;
    (void)keep_up(crew, ctx); /* else it waits for one of the others */
    pthread_mutex_unlock(&crew->lock);
}

void crew_leave(struct crew *crew)
{
    pthread_mutex_lock(&crew->lock);
    crew->connections--;
    pthread_mutex_unlock(&crew->lock);
}

/* There may be a thread more in the place of this one, which begins now when somebody waits for it.
 */
static bool stays(const struct exchange *x)
{
    struct worker *w = x->transport;
    struct crew *crew = w->crew;
    if (w->is_staying)
        return true;
    pthread_mutex_lock(&crew->lock);
    bool has_thread = crew->staying < crew->options.threads_more;
    crew->staying += has_thread;
    if (has_thread && !keep_up(crew, unit_context(w->connection))) {
        crew->staying--;
        has_thread = false;
    }
    pthread_mutex_unlock(&crew->lock);
    w->is_staying = has_thread;
    return has_thread;
}

static void stays_no_longer(struct worker *w)
{
    if (!w->is_staying)
        return;
    w->is_staying = false;
    pthread_mutex_lock(&w->crew->lock);
    w->crew->staying--;
    pthread_mutex_unlock(&w->crew->lock);
}

/* ------ another protocol */

static enum err upgrade(struct exchange *x, const struct pair *headers, size_t count)
{
    struct worker *w = x->transport;
    str out;
    w->keep = false;
    compose_head(w, 101, headers, count, (struct answer){.is_upgrade = true});
    w->answer_left = UINT64_MAX;
    if (buf_done(&w->out, &out) != ERR_OK)
        w->is_broken = true;
    return !w->is_broken && write_all(w, out) ? ERR_OK : ERR_UNAVAILABLE;
}

static enum err receive(struct exchange *x, int bell, int timeout_ms, void *into, size_t room, size_t *got)
{
    struct worker *w = x->transport;
    str window = unit_window(w->connection);
    *got = window.len < room ? window.len : room;
    if (w->is_broken)
        return ERR_UNAVAILABLE;
    if (*got > 0) { /* came with the head, or right behind it */
        memcpy(into, window.at, *got);
        unit_take(w->connection, *got);
        return ERR_OK;
    }
    int n = unit_await(w->connection, bell, timeout_ms) ? unit_read(w->connection, into, room, 0) : UNIT_TIMEOUT;
    if (n == UNIT_GONE)
        w->is_broken = true;
    *got = n > 0 ? (size_t)n : 0;
    return w->is_broken ? ERR_UNAVAILABLE : ERR_OK;
}

/* ------ one request */

static str forwarded(const struct exchange *x, str name)
{
    /* The last one: an earlier one came from further away. */
    for (size_t i = x->header_count; i > 0; i--)
        if (x->headers[i - 1].name.len == name.len &&
            str_equal_nocase(x->headers[i - 1].name, name))
            return x->headers[i - 1].value;
    return (str){0};
}

static void find_client(struct worker *w)
{
    const struct civet_options *o = &w->crew->options;
    struct exchange *x = &w->x;
    struct address peer = address_of_socket(unit_peer(w->connection));
    if (network_has(o->trusted, o->trusted_count, &peer)) {
        str protocol = forwarded(x, S("x-forwarded-proto"));
        peer =
            network_client(o->trusted, o->trusted_count, peer, forwarded(x, S("x-forwarded-for")));
        if (protocol.len > 0)
            x->is_tls = str_equal_nocase(protocol, S("https"));
    }
    x->peer = address_write(w->arena, &peer);
}

static void prepare(struct worker *w, struct mg_connection *c)
{
    request_id_make(w->request_id);
    w->connection = c;
    w->x = (struct exchange){
        .arena = w->arena,
        .request_id = {w->request_id, REQUEST_ID_LENGTH},
        .is_tls = unit_is_tls(c),
        .body = body_read,
        .send = send_whole,
        .begin = begin_pieces,
        .piece = send_piece,
        .end = end_pieces,
        .is_over = is_over,
        .stays = stays,
        .upgrade = upgrade,
        .receive = receive,
        .transport = w,
        .lent = &w->lent,
        .standing_headers = w->crew->options.standing_headers,
    };
    w->is_broken = w->is_chunked_answer = w->is_silent = false;
    w->answer_left = 0;
    w->body_taken = 0;
    w->body_err = ERR_OK;
    w->body_asked = false;
    w->chunked = (struct chunked){0};
}

static enum err take_head(struct worker *w)
{
    const struct head *h = &w->head;
    struct exchange *x = &w->x;
    if (str_equal(h->origin_form, S("*")))
        x->path = h->origin_form;
    else
        TRY(exchange_take_target(x, opaque_target(x->arena, h->origin_form), &w->why));
    x->method = h->method;
    x->target = h->target;
    x->headers = h->headers;
    x->header_count = h->header_count;
    x->body_length = h->body_length;
    w->keep = h->keep_alive;
    w->body_left = h->body_length;
    w->body_done = h->body_length == 0;
    return ERR_OK;
}

bool worker_judge(struct mg_connection *c, void *worker, str head, struct unit_verdict *out)
{
    struct worker *w = worker;
    prepare(w, c);
    if (head_read(head, &w->head, &w->why) != ERR_OK || take_head(w) != ERR_OK)
        return false;
    w->is_running = true;
    atomic_fetch_add(&w->crew->running, 1);
    *out = (struct unit_verdict){.keep_alive = w->head.keep_alive,
                                 .minor_version = w->head.minor_version};
    return true;
}

/* The last act of a request. Lingers where bytes may still be under way to us: closing at once
 * would make the client's kernel throw our answer away. */
static void conclude(struct worker *w)
{
    struct mg_connection *c = w->connection;
    bool keep = w->keep && !w->is_broken && body_is_at_hand(w);
    bool unread = !w->body_done;
    if (keep && unread)
        unit_take(c, (size_t)w->body_left);
    unit_finish(c, keep);
    if (!keep && unread && !w->is_broken)
        unit_linger(c, LIMIT_LINGER_BYTES, real_ms(w, LIMIT_LINGER_MS));
    arena_reset(w->arena);
    if (w->lent.room > LENT_BYTES_KEPT) {
        buf_free(&w->lent);
        buf_init(&w->lent, NULL, LIMIT_RESPONSE_BYTES);
    }
    stays_no_longer(w);
    if (w->is_running) {
        w->is_running = false;
        atomic_fetch_sub(&w->crew->running, 1);
    }
    if (w->crew->is_stopping)
        tell(w->crew);
}

void worker_serve(struct worker *w, struct mg_connection *c)
{
    (void)c;
    find_client(w);
    w->crew->options.serve(&w->x, w->crew->options.app);
    if (w->x.status_sent == 0) {
        w->x.extra_header_count = 0;
        w->why.err = ERR_INTERNAL;
        w->crew->options.refuse(&w->x, &w->why, w->crew->options.app);
    } else if (w->is_chunked_answer || (w->answer_left != 0 && w->answer_left != UINT64_MAX)) {
        w->is_broken = true; /* begun and not ended */
    }
    conclude(w);
}

/* Of a head that was not taken, what its first line asks for, so that the refusal has the words of that façade. Nothing else is made
 * of it. */
static str refused_path(str raw)
{
    str method, rest, target, query, path;
    if (!str_cut(str_slice(raw, 0, LIMIT_TARGET_BYTES), ' ', &method, &rest) || !str_starts(rest, S("/")))
        return (str){0};
    (void)str_cut(rest, ' ', &target, &query);
    (void)str_cut(target, '?', &path, &query);
    return path;
}

/* What was asked for, as it came and unread: enough to tell whose words the refusal is in. */
static str raw_path(str got)
{
    str method = {0}, rest = {0};
    size_t end = 0;
    if (!str_cut(got, ' ', &method, &rest))
        return (str){"", 0};
    while (end < rest.len && rest.at[end] > ' ' && rest.at[end] != '?')
        end++;
    return str_slice(rest, 0, end);
}

void worker_refuse(struct worker *w, struct mg_connection *c)
{
    prepare(w, c);
    w->x.path = raw_path(unit_received(c));
    w->x.path = refused_path(unit_received(c));
    w->head.minor_version = 1;
    w->keep = false;
    w->body_done = false;
    w->body_left = w->head.body_length = UINT64_MAX;
    if (w->why.err == ERR_OK) {
        w->is_broken = true; /* hung up in the middle of a head */
    } else {
        find_client(w);
        w->crew->options.refuse(&w->x, &w->why, w->crew->options.app);
    }
    conclude(w);
}
