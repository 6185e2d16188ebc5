#ifndef SERVER_WORKER_H
#define SERVER_WORKER_H
#include "base/buf.h"
#include "base/id.h"
#include "server/answer.h"
#include "server/chunked.h"
#include "server/civet.h"
#include "server/civet_unit.h"
#include "server/head.h"

#include <pthread.h>
#include <stdatomic.h>

/* One of civetweb's threads, from the first byte of a request to the last of its answer. Private to
 * server/civet.c and server/worker.c. */

/* What the workers of one front share. */
struct crew {
    struct civet_options options;
    atomic_bool is_started;
    atomic_bool is_stopping;
    atomic_uint running;  /* requests whose head is complete and whose answer is not */
    pthread_mutex_t lock; /* of `workers` and what is counted below, and for `all_done` */
    pthread_cond_t all_done;
    struct worker *workers;
    unsigned connections; /* let in and not closed yet; a thread serves one at a time */
    unsigned started;     /* threads that have begun */
    unsigned staying;     /* requests that take their time, in a thread each */
};

struct worker {
    struct crew *crew;
    struct worker *next;
    struct mg_connection *connection;
    struct arena *arena; /* of the request; its first chunk stays */
    struct head head;
    struct exchange x;
    struct problem why; /* why a head was refused */
    bool is_running, is_staying;

    /* body */
    struct chunked chunked;
    uint64_t body_left; /* of an announced length */
    uint64_t body_taken;
    int64_t body_started_us;
    bool body_done, body_asked; /* asked: 100 Continue was sent or need not be */
    enum err body_err;

    /* answer */
    struct buf out;
    struct buf lent; /* for the body that the handler builds */
    bool keep;       /* the connection may go on after this answer */
    bool is_chunked_answer, is_broken;
    bool is_silent;       /* an answer in pieces to HEAD: they are not sent */
    uint64_t answer_left; /* announced by begin() and not yet sent */
    char request_id[REQUEST_ID_LENGTH];
    char date[HTTP_DATE_LENGTH + 1];
    int64_t date_s;

    /* idle: what stopping may cut off */
    pthread_mutex_t lock;
    int idle_socket; /* -1: busy */
    bool is_cut;     /* nothing more can be read: the server stops */
};

/* Threads that begin with the server. The others do when a connection comes that none is left for,
 * and are kept: most servers never need the 256 that they may have, and each takes some 30 KiB. */
enum { THREADS_AT_FIRST = 8 };

/* In the accepting thread: a connection was let in. crew_leave() in its worker when it is closed.
 */
void crew_enter(struct crew *crew, struct mg_context *ctx);
void crew_leave(struct crew *crew);

struct worker *worker_open(struct crew *crew);
void worker_close(struct worker *w);

/* civet_unit.h says what these two are. */
size_t worker_wait(struct mg_connection *c, void *worker);
bool worker_judge(struct mg_connection *c, void *worker, str head, struct unit_verdict *out);
/* The head was good: makes the exchange, serves it, cleans up. */
void worker_serve(struct worker *w, struct mg_connection *c);
/* It was not, or never came: one problem document, and the connection ends. */
void worker_refuse(struct worker *w, struct mg_connection *c);
/* Ends a wait for the next request. */
void worker_wake_idle(struct worker *w);

#endif
