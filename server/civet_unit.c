/* civetweb with four of its decisions taken over. This file is compiled instead of civetweb.c, by
 * the target `civetweb`, with civetweb's own flags.
 *
 * civetweb reads a head into a buffer, parses it in place and lets a begin_request callback see the
 * result. Bare line feeds, folded lines, a 65th header and what was before a blank colon are gone
 * by then, and its own readings of Content-Length and Transfer-Encoding have been acted upon. So
 * its
 *
 *     read_message(NULL, conn, …)         how long to wait for a head, and where it ends
 *     parse_http_request(conn->buf, …)    what a head may look like
 *     check_acl(ctx, …)                   who may connect
 *     mg_start_thread_with_id(worker_…)   when a worker begins
 *
 * become calls of ours. The definitions of these functions keep their text and get another name: a
 * macro pastes the first token behind the parenthesis to a prefix, and that token differs between
 * definition (a type) and call (a variable). When a version of civetweb writes these calls in
 * another way, the pasted name is not defined and the build stops here.
 *
 * After a head has been judged good civetweb is told of a request for "/" without a body and with
 * nothing but a Connection header: it moves bytes and keeps connections, and interprets nothing. */

struct mg_connection;
struct mg_context;
struct mg_request_info;
union usa;
static int unit_read_message(void *none, struct mg_connection *c, char *buf, int size, int *got);
static int unit_parse_request(char *buf, int size, struct mg_request_info *ri);
static int unit_check_acl(struct mg_context *ctx, const union usa *peer);
static int unit_start_worker(void *(*run)(void *), void *connection, void *id);

#define read_message(first, ...) UNIT_READ_##first, __VA_ARGS__)
#define UNIT_READ_FILE civetweb_read_message(FILE
#define UNIT_READ_NULL unit_read_message(NULL

#define parse_http_request(first, ...) UNIT_PARSE_##first, __VA_ARGS__)
#define UNIT_PARSE_char civetweb_parse_http_request(char
#define UNIT_PARSE_conn unit_parse_request(conn

#define check_acl(first, ...) UNIT_ACL_##first, __VA_ARGS__)
#define UNIT_ACL_struct civetweb_check_acl(struct
#define UNIT_ACL_phys_ctx civetweb_check_acl(phys_ctx
#define UNIT_ACL_ctx unit_check_acl(ctx

#define mg_start_thread_with_id(first, ...) UNIT_START_##first, __VA_ARGS__)
#define UNIT_START_mg_thread_func_t civetweb_start_thread(mg_thread_func_t
#define UNIT_START_master_thread civetweb_start_thread(master_thread
#define UNIT_START_websocket_client_thread civetweb_start_thread(websocket_client_thread
#define UNIT_START_worker_thread unit_start_worker(worker_thread

#include "civetweb.c"

#undef mg_start_thread_with_id
#undef read_message
#undef parse_http_request
#undef check_acl

#include "server/civet_unit.h"

#include <sys/eventfd.h>

#define CONTAINER(pointer, type, member)                                                           \
    ((type *)(void *)((char *)(uintptr_t)(pointer)-offsetof(type, member)))

static const struct unit_hooks *hooks_of(const struct mg_context *ctx)
{
    return (const struct unit_hooks *)ctx->user_data;
}

static int unit_read_message(void *none, struct mg_connection *c, char *buf, int size, int *got)
{
    (void)none, (void)buf, (void)size, (void)got; /* c->buf, c->buf_size, &c->data_len */
    size_t len = hooks_of(c->phys_ctx)->wait(c, c->tls_user_ptr);
    return len > 0 ? (int)len : -1;
}

static int unit_parse_request(char *buf, int size, struct mg_request_info *ri)
{
    struct mg_connection *c = CONTAINER(ri, struct mg_connection, request_info);
    struct unit_verdict verdict = {0};
    (void)size;
    if (!hooks_of(c->phys_ctx)
             ->judge(c, c->tls_user_ptr, (str){buf, (size_t)c->request_len}, &verdict))
        return -1;
    ri->remote_user = NULL;
    ri->request_method = "POST";
    ri->request_uri = "/";
    ri->http_version = verdict.minor_version ? "1.1" : "1.0";
    ri->http_headers[0].name = "Connection";
    ri->http_headers[0].value = verdict.keep_alive ? "keep-alive" : "close";
    ri->num_headers = 1;
    return c->request_len;
}

static int unit_check_acl(struct mg_context *ctx, const union usa *peer)
{
    return hooks_of(ctx)->admit(hooks_of(ctx), ctx, &peer->sa) ? 1 : 0;
}

/* civetweb has room for all of them and joins those that have begun: the others' ids are 0. Told
 * that one cannot begin, it is content with those before it; the room of the others has not been
 * touched then, and takes no memory. */
static int unit_start_worker(void *(*run)(void *), void *connection, void *id)
{
    struct mg_connection *c = connection;
    size_t index = (size_t)(c - c->phys_ctx->worker_connections);
    return index < hooks_of(c->phys_ctx)->threads ? civetweb_start_thread(run, connection, id) : -1;
}

bool unit_begin_worker(struct mg_context *ctx, unsigned index)
{
    if (index >= ctx->cfg_worker_threads)
        return false;
    struct mg_connection *c = &ctx->worker_connections[index];
    c->phys_ctx = ctx;
    return civetweb_start_thread(worker_thread, c, &ctx->worker_threadids[index]) == 0;
}

struct mg_context *unit_context(const struct mg_connection *c)
{
    return c->phys_ctx;
}

str unit_received(const struct mg_connection *c)
{
    return (str){c->buf, (size_t)c->data_len};
}

size_t unit_room(const struct mg_connection *c)
{
    return (size_t)(c->buf_size - c->data_len);
}

bool unit_is_first(const struct mg_connection *c)
{
    return c->handled_requests == 0;
}

bool unit_is_stopping(const struct mg_connection *c)
{
    return !STOP_FLAG_IS_ZERO(&c->phys_ctx->stop_flag);
}

int unit_socket(const struct mg_connection *c)
{
    return c->client.sock;
}

const struct sockaddr *unit_peer(const struct mg_connection *c)
{
    return &c->client.rsa.sa;
}

bool unit_is_tls(const struct mg_connection *c)
{
    return c->ssl != NULL;
}

static int64_t mono_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Waits for the socket. *until: 0 before the first wait of an operation, so that one which need not
 * wait does not ask for the time. Bytes that drip in do not move it. */
static int wait_for(struct mg_connection *c, short events, int timeout_ms, int64_t *until)
{
    int64_t left = timeout_ms;
    if (*until == 0)
        *until = mono_ms() + timeout_ms;
    else
        left = *until - mono_ms();
    struct pollfd ready = {.fd = c->client.sock, .events = events};
    int n = poll(&ready, 1, left > 0 ? (int)left : 0);
    return n > 0 ? 1 : n == 0 ? UNIT_TIMEOUT : errno == EINTR ? 1 : UNIT_GONE;
}

/* What a TLS operation that did not succeed waits for; 0: nothing helps. */
static short tls_wants(SSL *ssl, int result)
{
    int what = SSL_get_error(ssl, result);
    return what == SSL_ERROR_WANT_READ ? POLLIN : what == SSL_ERROR_WANT_WRITE ? POLLOUT : 0;
}

/* civetweb's pull_inner() and push_inner() are not used. They look up every two seconds whether the
 * server stops, and then report failure even for bytes that were sent. */
static int pull(struct mg_connection *c, void *into, size_t room, int timeout_ms, bool likely)
{
    int64_t until = 0;
    int size = room > INT_MAX ? INT_MAX : (int)room;
    int wait = likely || c->ssl != NULL ? 1 : wait_for(c, POLLIN, timeout_ms, &until);
    while (wait > 0) {
        short wants = POLLIN;
        int n;
        if (c->ssl != NULL) {
            ERR_clear_error();
            n = SSL_read(c->ssl, into, size);
            if (n <= 0 && (wants = tls_wants(c->ssl, n)) == 0)
                return UNIT_GONE;
        } else {
            n = (int)recv(c->client.sock, into, (size_t)size, 0);
            if (n == 0 || (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR))
                return UNIT_GONE;
        }
        if (n > 0)
            return n;
        wait = wait_for(c, wants, timeout_ms, &until);
    }
    return wait;
}

int unit_receive(struct mg_connection *c, int timeout_ms)
{
    bool likely = c->handled_requests == 0 || c->data_len > 0;
    int n = pull(c, c->buf + c->data_len, unit_room(c), timeout_ms, likely);
    if (n > 0)
        c->data_len += n;
    return n;
}

str unit_window(const struct mg_connection *c)
{
    int64_t from = c->request_len + c->consumed_content;
    return (str){c->buf + from, (size_t)(c->data_len - from)};
}

void unit_take(struct mg_connection *c, size_t n)
{
    must(n <= unit_window(c).len);
    c->consumed_content += (int64_t)n;
}

int unit_refill(struct mg_connection *c, int timeout_ms)
{
    must(unit_window(c).len == 0);
    c->consumed_content = 0;
    c->data_len = c->request_len;
    return unit_receive(c, timeout_ms);
}

int unit_read(struct mg_connection *c, void *into, size_t room, int timeout_ms)
{
    must(unit_window(c).len == 0);
    return pull(c, into, room, timeout_ms, true);
}

bool unit_await(struct mg_connection *c, int bell, int timeout_ms)
{
    struct pollfd ready[2] = {{.fd = c->client.sock, .events = POLLIN},
                              {.fd = bell, .events = POLLIN}};
    if (c->ssl != NULL &&
        SSL_pending(c->ssl) > 0) /* not SSL_has_pending(): half a record is nothing to read yet */
        return true;
    return poll(ready, 2, timeout_ms) != 0;
}

int unit_write(struct mg_connection *c, const void *at, size_t len, int timeout_ms)
{
    int64_t until = 0;
    int size = len > INT_MAX ? INT_MAX : (int)len, wait = 1;
    while (wait > 0) {
        short wants = POLLOUT;
        int n;
        if (c->ssl != NULL) {
            ERR_clear_error();
            n = SSL_write(c->ssl, at, size);
            if (n <= 0 && (wants = tls_wants(c->ssl, n)) == 0)
                return UNIT_GONE;
        } else {
            n = (int)send(c->client.sock, at, (size_t)size, MSG_NOSIGNAL);
            if (n == 0 || (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR))
                return UNIT_GONE;
        }
        if (n > 0)
            return n;
        wait = wait_for(c, wants, timeout_ms, &until);
    }
    return wait;
}

void unit_finish(struct mg_connection *c, bool keep)
{
    /* civetweb drops request_len + content_len bytes, moves the rest to the front and goes on. */
    c->content_len = c->consumed_content;
    if (!keep)
        c->must_close = 1;
}

void unit_linger(struct mg_connection *c, size_t bytes_max, int timeout_ms)
{
    char waste[4096];
    int64_t until = 0;
    size_t read_over = 0;
    if (c->ssl != NULL)
        SSL_shutdown(c->ssl);
    shutdown(c->client.sock, SHUT_WR);
    while (read_over < bytes_max && wait_for(c, POLLIN, timeout_ms, &until) > 0) {
        ssize_t n = recv(c->client.sock, waste, sizeof waste, 0);
        if (n <= 0)
            return;
        read_over += (size_t)n;
    }
}

size_t unit_listeners(const struct mg_context *ctx)
{
    return ctx->num_listening_sockets;
}

const struct sockaddr *unit_listener(const struct mg_context *ctx, size_t i)
{
    return &ctx->listening_sockets[i].lsa.sa;
}

/* The accepting thread goes on polling the same numbers, so they must stay open and stay silent:
 * each is replaced by an event that does not come before unit_wake(). shutdown() first, because a
 * poll that is under way holds on to the old socket. */
int unit_stop_listening(struct mg_context *ctx)
{
    int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    for (unsigned i = 0; event >= 0 && i < ctx->num_listening_sockets; i++) {
        struct socket *s = &ctx->listening_sockets[i];
        if (s->lsa.sa.sa_family == AF_UNIX) {
            unlink(s->lsa.sun.sun_path);
            s->lsa.sun.sun_path[0] = 0; /* civetweb removes it again at its end */
        }
        shutdown(s->sock, SHUT_RDWR);
        dup2(event, s->sock);
    }
    return event;
}

/* mg_stop(), with the accepting thread woken between setting the flag and waiting for it. */
void unit_stop(struct mg_context *ctx, int event)
{
    uint64_t one = 1;
    pthread_t accepting = ctx->masterthreadid;
    ctx->masterthreadid = 0;
    STOP_FLAG_ASSIGN(&ctx->stop_flag, 1);
    if (event >= 0 && write(event, &one, sizeof one) == sizeof one)
        close(event);
    mg_join_thread(accepting); /* which has joined the workers */
    free_context(ctx);
}

unsigned unit_queue_length(struct mg_context *ctx)
{
    pthread_mutex_lock(&ctx->thread_mutex);
    int length = ctx->sq_head - ctx->sq_tail;
    pthread_mutex_unlock(&ctx->thread_mutex);
    return length > 0 ? (unsigned)length : 0;
}

bool unit_queue_is_empty(struct mg_context *ctx)
{
    pthread_mutex_lock(&ctx->thread_mutex);
    bool empty = ctx->sq_head == ctx->sq_tail;
    pthread_mutex_unlock(&ctx->thread_mutex);
    return empty;
}
