#include "server/civet.h"

#include "base/limits.h"
#include "base/log.h"
#include "server/networks.h"
#include "server/worker.h"

#include <civetweb.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

struct civet {
    struct unit_hooks hooks; /* first: civetweb's user_data is looked at as this */
    struct crew crew;
    struct mg_context *context;
    struct peers *peers;
    int stop_event; /* -1 until it stops */
    struct listen listen[LIMIT_LISTENERS];
    size_t told_as[LIMIT_LISTENERS]; /* civetweb's nth listener is the caller's told_as[n] */
    char start_failure[256];         /* what civetweb said while it started */
};

static struct civet *civet_of(const struct unit_hooks *hooks)
{
    return (struct civet *)(uintptr_t)hooks;
}

/* ------ called by civetweb */

static bool is_counted(const struct civet *c, const struct address *at)
{
    const struct civet_options *o = &c->crew.options;
    return !at->is_local && !network_has(o->trusted, o->trusted_count, at);
}

static bool admit(const struct unit_hooks *self, struct mg_context *ctx, const struct sockaddr *sa)
{
    struct civet *c = civet_of(self);
    struct address at = address_of_socket(sa);
    if (is_counted(c, &at) && !peers_enter(c->peers, &at))
        return false;
    crew_enter(&c->crew, ctx);
    return true;
}

static void leave(const struct unit_hooks *self, const struct sockaddr *sa)
{
    struct civet *c = civet_of(self);
    struct address at = address_of_socket(sa);
    crew_leave(&c->crew);
    if (is_counted(c, &at))
        peers_leave(c->peers, &at);
}

static void connection_closed(const struct mg_connection *c)
{
    const struct unit_hooks *hooks = mg_get_user_data(mg_get_context(c));
    hooks->leave(hooks, unit_peer(c));
}

static void *init_thread(const struct mg_context *context, int kind)
{
    const struct unit_hooks *hooks = mg_get_user_data(context);
    return kind == 1 ? worker_open(&civet_of(hooks)->crew) : NULL;
}

static void exit_thread(const struct mg_context *context, int kind, void *worker)
{
    (void)context;
    if (kind == 1)
        worker_close(worker);
}

static int begin_request(struct mg_connection *c)
{
    struct worker *w = mg_get_thread_pointer(c);
    worker_serve(w, c);
    return w->x.status_sent;
}

static int http_error(struct mg_connection *c, int status, const char *text)
{
    (void)status, (void)text;
    worker_refuse(mg_get_thread_pointer(c), c);
    return 0;
}

/* While starting, the reason why it does not; later, what TLS clients did wrong. */
static int log_message(const struct mg_connection *connection, const char *text)
{
    struct civet *c = civet_of(mg_get_user_data(mg_get_context(connection)));
    if (!c->crew.is_started && c->start_failure[0] == 0)
        snprintf(c->start_failure, sizeof c->start_failure, "%s", text);
    else if (c->crew.is_started)
        LOG(LOG_DEBUG, "http.library", LOG_TEXT("text", str_of(text)));
    return 1;
}

static int give_tls(void **context, void *user_data)
{
    struct civet *c = civet_of(user_data);
    /* civetweb takes a digit and an s or r in a socket's path for a port with TLS and asks; a
     * listener that does need it was refused without a certificate. */
    if (*context == NULL && c->crew.options.tls != NULL)
        *context = tls_context(c->crew.options.tls);
    return 1;
}

/* ------ starting */

static void add_port(struct buf *b, const struct listen *l)
{
    if (b->len > 0)
        buf_byte(b, ',');
    if (l->is_unix) {
        buf_byte(b, 'x');
        buf_add(b, l->path);
        return;
    }
    CLEANUP(arena_closep) struct arena *a = arena_open(256);
    str host = address_write(a, &l->address);
    bool v6 = memchr(host.at, ':', host.len) != NULL;
    buf_format(b, "%s" STR_FMT "%s:%u%s", v6 ? "[" : "", STR_ARG(host), v6 ? "]" : "", l->port,
               l->is_tls ? "s" : "");
}

static enum err check_options(const struct civet_options *o, struct problem *why)
{
    bool tls = false, v6 = false, local = false;
    if (o->listen_count == 0 || o->listen_count > LIMIT_LISTENERS)
        return problem_set(why, ERR_INVALID, "There must be 1 to %u addresses to listen on.",
                           LIMIT_LISTENERS);
    for (size_t i = 0; i < o->listen_count; i++) {
        tls = tls || o->listen[i].is_tls;
        local = local || o->listen[i].is_unix;
        v6 = v6 || (!o->listen[i].is_unix && o->listen[i].address.bytes[10] != 0xff);
    }
    if (mg_check_feature(MG_FEATURES_CGI) || mg_check_feature(MG_FEATURES_LUA) ||
        mg_check_feature(MG_FEATURES_FILES))
        return problem_set(
            why, ERR_INTERNAL,
            "civetweb was built with files, CGI or Lua; it must not be (see docs/decisions).");
    if (tls && o->tls == NULL)
        return problem_set(why, ERR_INVALID, "TLS needs a certificate and a key.");
    if ((tls && !mg_check_feature(MG_FEATURES_TLS)) ||
        (v6 && !mg_check_feature(MG_FEATURES_IPV6)) ||
        (local && !mg_check_feature(MG_FEATURES_X_DOMAIN_SOCKET)))
        return problem_set(
            why, ERR_INVALID,
            "This build has no TLS, IPv6 or Unix sockets; run ./dev deps and build again.");
    return ERR_OK;
}

/* Left behind by a process that was killed: nobody listens on it. */
static void remove_stale_socket(const struct listen *l)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    memcpy(at.sun_path, l->path.at, l->path.len);
    int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s >= 0 && connect(s, (struct sockaddr *)&at, sizeof at) != 0 && errno == ECONNREFUSED)
        unlink(at.sun_path);
    if (s >= 0)
        close(s);
}

static enum err start_civetweb(struct civet *c, const char *ports, struct problem *why)
{
    char threads[16], queue[16], head_bytes[16], head_ms[16];
    snprintf(threads, sizeof threads, "%u", c->crew.options.threads + c->crew.options.threads_more);
    snprintf(queue, sizeof queue, "%u", LIMIT_CONNECTION_QUEUE);
    snprintf(head_bytes, sizeof head_bytes, "%u",
             HEAD_BYTES_MAX + (8u << 10)); /* and a window for bodies */
    snprintf(head_ms, sizeof head_ms, "%u",
             LIMIT_HEAD_MS / 2); /* of TLS handshakes; the rest is ours */
    /* clang-format off */
    const char *options[] = {
        "listening_ports", ports,
        "num_threads", threads,
        "connection_queue", queue,
        "listen_backlog", "1024",
        "max_request_size", head_bytes,
        "request_timeout_ms", head_ms,
        "enable_keep_alive", "yes",
        "tcp_nodelay", "1",
        "decode_url", "no",
        "enable_auth_domain_check", "no",
        "access_control_allow_origin", "",
        "access_control_allow_methods", "",
        "access_control_allow_headers", "",
        NULL,
    };
    /* clang-format on */
    const struct mg_callbacks callbacks = {
        .begin_request = begin_request,
        .connection_closed = connection_closed,
        .http_error = http_error,
        .init_thread = init_thread,
        .exit_thread = exit_thread,
        .log_message = log_message,
        .external_ssl_ctx = give_tls,
    };
    char failure[256] = "";
    struct mg_init_data init = {
        .callbacks = &callbacks, .user_data = c, .configuration_options = options};
    struct mg_error_data error = {.text = failure, .text_buffer_size = sizeof failure};
    c->context = mg_start2(&init, &error);
    if (c->context == NULL)
        return problem_set(why, ERR_INVALID, "The server cannot listen: %s.",
                           c->start_failure[0] ? c->start_failure : failure);
    return ERR_OK;
}

static void read_back_ports(struct civet *c)
{
    const struct civet_options *o = &c->crew.options;
    must(unit_listeners(c->context) == o->listen_count);
    for (size_t n = 0; n < o->listen_count; n++) {
        const struct sockaddr *sa = unit_listener(c->context, n);
        size_t i = c->told_as[n];
        c->listen[i] = o->listen[i];
        if (sa->sa_family == AF_INET)
            c->listen[i].port = ntohs(((const struct sockaddr_in *)(const void *)sa)->sin_port);
        else if (sa->sa_family == AF_INET6)
            c->listen[i].port = ntohs(((const struct sockaddr_in6 *)(const void *)sa)->sin6_port);
    }
}

/* civetweb's list of ports. Sockets with a path go last: in front of an address, its colon would
 * make a host name of the path. */
static void list_ports(struct civet *c, struct buf *ports)
{
    const struct civet_options *o = &c->crew.options;
    size_t n = 0;
    for (int local = 0; local < 2; local++)
        for (size_t i = 0; i < o->listen_count; i++) {
            if (o->listen[i].is_unix != local)
                continue;
            if (local)
                remove_stale_socket(&o->listen[i]);
            add_port(ports, &o->listen[i]);
            c->told_as[n++] = i;
        }
}

static void civet_free(struct civet *c)
{
    peers_close(c->peers);
    pthread_mutex_destroy(&c->crew.lock);
    pthread_cond_destroy(&c->crew.all_done);
    free(c);
}

enum err civet_start(const struct civet_options *o, struct civet **out, struct problem *why)
{
    TRY(check_options(o, why));
    (void)mg_init_library(MG_FEATURES_TLS);
    CLEANUP(arena_closep) struct arena *a = arena_open(4096);
    struct buf ports;
    buf_init(&ports, a, SIZE_MAX);

    struct civet *c = calloc(1, sizeof *c);
    must(c != NULL);
    c->hooks = (struct unit_hooks){.admit = admit,
                                   .leave = leave,
                                   .wait = worker_wait,
                                   .judge = worker_judge,
                                   .threads = o->threads < THREADS_AT_FIRST ? o->threads
                                                                            : THREADS_AT_FIRST};
    c->crew.started = c->hooks.threads;
    c->stop_event = -1;
    c->crew.options = *o;
    pthread_mutex_init(&c->crew.lock, NULL);
    pthread_cond_init(&c->crew.all_done, NULL);
    c->peers = peers_open(o->threads + o->threads_more + LIMIT_CONNECTION_QUEUE + 64,
                          o->connections_per_address);
    list_ports(c, &ports);
    enum err e = start_civetweb(c, arena_cstr(a, buf_str(&ports)), why);
    if (e != ERR_OK) {
        civet_free(c);
        return e;
    }
    c->crew.is_started = true;
    read_back_ports(c);
    *out = c;
    return ERR_OK;
}

struct listen civet_listen(const struct civet *c, size_t i)
{
    must(i < c->crew.options.listen_count);
    return c->listen[i];
}

/* ------ stopping */

/* Until no request runs and no accepted connection waits for a worker. */
static bool wait_until_done(struct civet *c, unsigned grace_ms)
{
    struct timespec end;
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += grace_ms / 1000;
    end.tv_nsec += (long)(grace_ms % 1000) * 1000000;
    if (end.tv_nsec >= 1000000000) {
        end.tv_sec++;
        end.tv_nsec -= 1000000000;
    }
    bool late = false;
    pthread_mutex_lock(&c->crew.lock);
    while ((c->crew.running > 0 || !unit_queue_is_empty(c->context)) && !late)
        late = pthread_cond_timedwait(&c->crew.all_done, &c->crew.lock, &end) != 0;
    pthread_mutex_unlock(&c->crew.lock);
    return c->crew.running == 0;
}

bool civet_stop(struct civet *c, unsigned grace_ms)
{
    c->crew.is_stopping = true;
    if (c->stop_event < 0)
        c->stop_event = unit_stop_listening(c->context);
    pthread_mutex_lock(&c->crew.lock);
    for (struct worker *w = c->crew.workers; w != NULL; w = w->next)
        worker_wake_idle(w);
    pthread_mutex_unlock(&c->crew.lock);
    if (!wait_until_done(c, grace_ms))
        return false;
    unit_stop(c->context, c->stop_event);
    civet_free(c);
    return true;
}

unsigned civet_threads(const struct civet *c)
{
    return c->crew.options.threads;
}

unsigned civet_waiting(const struct civet *c)
{
    return unit_queue_length(c->context);
}

const char *civet_library(void)
{
    return mg_version();
}
