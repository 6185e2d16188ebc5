#ifndef SERVER_CIVET_UNIT_H
#define SERVER_CIVET_UNIT_H
#include "base/str.h"

/* What Vitrine needs of civetweb beyond its public header: the raw bytes of a head before they are
 * parsed, reading and writing with time limits of our own, and stopping without cutting anybody
 * off. civet_unit.c is civetweb itself with three of its decisions taken over
 * (docs/decisions/0004-head-of-a-request.md). Used by server/civet.c and server/worker.c only. */
struct mg_connection;
struct mg_context;
struct sockaddr;
struct iovec;

/* What civetweb may believe of a request. The rest of it is between us and the client. */
struct unit_verdict {
    bool keep_alive;
    unsigned minor_version;
};

/* Called by civetweb's threads. The pointer given to mg_start() as user_data points to one of
 * these. */
struct unit_hooks {
    /* In the accepting thread: may this peer have one connection more? When true, `leave` will
     * follow. */
    bool (*admit)(const struct unit_hooks *self, struct mg_context *ctx,
                  const struct sockaddr *peer);
    void (*leave)(const struct unit_hooks *self, const struct sockaddr *peer);
    /* In a worker: waits until the received bytes begin with a whole head. Its length; 0 refuses or
     * ends the connection. */
    size_t (*wait)(struct mg_connection *c, void *worker);
    /* In the same worker: judges the head. False refuses it; http_error follows. */
    bool (*judge)(struct mg_connection *c, void *worker, str head, struct unit_verdict *out);
    unsigned threads; /* workers that begin with the server, of num_threads; unit_begin_worker()
                         begins the others */
};

/* One worker more, in `admit` or in a request of another one's; at most one caller at a time.
 * False: there cannot be one. */
bool unit_begin_worker(struct mg_context *ctx, unsigned index);
struct mg_context *unit_context(const struct mg_connection *c);

/* Everything received and not yet given away: a head and what came behind it. */
str unit_received(const struct mg_connection *c);
size_t unit_room(const struct mg_connection *c);
bool unit_is_first(const struct mg_connection *c); /* no request has been answered here yet */
bool unit_is_stopping(const struct mg_connection *c);
int unit_socket(const struct mg_connection *c);
const struct sockaddr *unit_peer(const struct mg_connection *c);
bool unit_is_tls(const struct mg_connection *c);

enum { UNIT_TIMEOUT = -1, UNIT_GONE = -2 };
/* Appends to what was received: bytes read (> 0), UNIT_TIMEOUT or UNIT_GONE. */
int unit_receive(struct mg_connection *c, int timeout_ms);

/* The body, behind the judged head. The window is what has been received of it (and perhaps of the
 * next request) and not been taken. */
str unit_window(const struct mg_connection *c);
void unit_take(struct mg_connection *c, size_t n);
int unit_refill(struct mg_connection *c, int timeout_ms); /* window must be empty */
int unit_read(struct mg_connection *c, void *into, size_t room,
              int timeout_ms); /* past an empty window */

/* Waits until unit_read() would find something, or `bell` (-1: none) is readable. False: neither.
 */
bool unit_await(struct mg_connection *c, int bell, int timeout_ms);

/* Bytes written (> 0), UNIT_TIMEOUT or UNIT_GONE. */
int unit_write(struct mg_connection *c, const void *at, size_t len, int timeout_ms);

/* The request is over. keep: its body has been read to the end, the window holds the next request.
 */
void unit_finish(struct mg_connection *c, bool keep);
/* Says goodbye, then reads over what still comes, so that the client gets to see its answer. */
void unit_linger(struct mg_connection *c, size_t bytes_max, int timeout_ms);

/* Listeners, in the order of the option. */
size_t unit_listeners(const struct mg_context *ctx);
const struct sockaddr *unit_listener(const struct mg_context *ctx, size_t i);
/* Refuses new connections from now on; those that were accepted go on. What it gives is for
 * unit_stop(), which ends all threads and is mg_stop() without its waiting for a timeout. */
int unit_stop_listening(struct mg_context *ctx);
void unit_stop(struct mg_context *ctx, int event);
bool unit_queue_is_empty(struct mg_context *ctx);
unsigned unit_queue_length(struct mg_context *ctx);

#endif
