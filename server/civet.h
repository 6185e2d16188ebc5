#ifndef SERVER_CIVET_H
#define SERVER_CIVET_H
#include "base/http.h"
#include "server/listen.h"
#include "server/tls.h"

/* The sockets, threads and TLS of the server: civetweb behind one header (security H-1). Every
 * request whose head is in order becomes an exchange and goes to `serve` in one of `threads`
 * workers; every other one goes to `refuse`, and its connection is closed.
 *
 * serve() gets x with request_id, method, target, path, segments, query, headers, peer and
 * body_length set; it may set body_max, route, standing_headers before it reads or sends. When it
 * returns without having answered, refuse() is called with ERR_INTERNAL. refuse() sends a problem
 * document; of x it gets what is known, perhaps no more than peer and request_id. x and its arena
 * end with the calls. */
struct civet;

struct civet_options {
    const struct listen *listen;
    size_t listen_count;
    struct tls *tls;  /* needed when a listener is_tls; stays the caller's */
    unsigned threads; /* connections at a time; begun when they are needed, kept from then on */
    unsigned threads_more; /* as many more in the place of exchanges that stay (base/http.h) */
    unsigned connections_per_address; /* not counted for trusted proxies and Unix sockets */
    const struct network *trusted;    /* proxies whose X-Forwarded-For and -Proto are believed */
    size_t trusted_count;
    unsigned hurry;       /* tests: time limits pass so many times faster; 0: as they are */
    str standing_headers; /* of every answer whose handler does not choose others */
    void (*serve)(struct exchange *x, void *app);
    void (*refuse)(struct exchange *x, const struct problem *why, void *app);
    void *app;
};

/* Listens and serves once this returns. Fails with a sentence when an address is taken. */
NODISCARD enum err civet_start(const struct civet_options *o, struct civet **out,
                               struct problem *why);
/* Where listener i really is: port 0 has become the one that was chosen. */
struct listen civet_listen(const struct civet *c, size_t i);
/* Refuses new connections, ends idle ones, lets what runs finish, then stops. False: something
 * still ran after grace_ms; nothing has been freed and the process should end without closing what
 * it uses. */
bool civet_stop(struct civet *c, unsigned grace_ms);
unsigned civet_threads(const struct civet *c);
unsigned civet_waiting(const struct civet *c); /* accepted connections without a thread */
const char *civet_library(void);               /* its version */

#endif
