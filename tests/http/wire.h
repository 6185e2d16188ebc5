#ifndef TESTS_HTTP_WIRE_H
#define TESTS_HTTP_WIRE_H
#include "base/buf.h"
#include "base/limits.h"
#include "server/civet.h"
#include "tests/support/folder.h"

/* Both ends of a wire: a front with a small handler, and raw sockets that say exactly what a test
 * wants said. Nothing sleeps: reads wait for bytes, with a deadline that only a failing test meets.
 */
#define WIRE_PATIENCE_MS 8000

/* ---- the serving end. Answers "METHOD path?query body" as text, and knows some paths:
 *   /wait      answers when wire_release() is called
 *   /ignore    answers without reading the body
 *   /small     reads at most 10 bytes of body, 413 beyond
 *   /pieces    an answer in pieces of unknown length
 *   /cut       announces more than it sends
 *   /big       2 MiB in one answer
 *   /endless   pieces until nobody takes them; wire_ended() counts that
 *   /mute      returns without answering
 *   /peer      answers what the front thinks of the client: "ADDRESS tls|plain"
 *   /halves    becomes another protocol, which says "waits" or "spins" while half a TLS record is there, then says it again */
struct wire_server {
    struct civet *civet;
    struct listen listen[LIMIT_LISTENERS];
    size_t listen_count;
    struct arena *arena;
};

struct wire_options {
    const char *listen[4]; /* NULL-terminated; none: "127.0.0.1:0" */
    const char *cert, *key;
    const char *trusted; /* one network */
    unsigned threads;    /* 0: 8 */
    unsigned hurry;
    unsigned per_address; /* 0: 100 */
};

void wire_serve(struct wire_server *s, const struct wire_options *o); /* NULL: defaults */
bool wire_stop(struct wire_server *s, unsigned grace_ms);
void wire_release(void);
unsigned wire_waiting(void); /* requests to /wait that are being served */
void wire_await_waiting(unsigned n);
void wire_await_ended(unsigned n);

/* ---- the asking end */
struct wire {
    int fd;
    void *tls; /* SSL, or NULL */
    char in[1 << 16];
    size_t have;
    char *body; /* malloc'd, of the last answer */
    char rest[256]; /* of a record of TLS that was sent by half */
    size_t rest_bytes;
};

struct wire_answer {
    int status;
    char head[2048];  /* with its empty line, NUL-terminated */
    const char *body; /* NUL-terminated; lives until the next answer */
    size_t body_bytes;
};

bool wire_connect(struct wire *w, const struct wire_server *s, size_t listener);
/* TLS on a fresh connection: the version agreed on, 0 when there is no agreement. suites of
 * TLS 1.2; NULL: whatever there is. */
enum { WIRE_TLS_1_0 = 0x0301, WIRE_TLS_1_1, WIRE_TLS_1_2, WIRE_TLS_1_3 };
int wire_shake_hands(struct wire *w, int least, int most, const char *suites);
void wire_close(struct wire *w);
bool wire_send(struct wire *w, const char *text);
bool wire_send_bytes(struct wire *w, const void *at, size_t n);
/* Over TLS: half of the record that says this, then the rest; nothing can be sent behind it. */
bool wire_send_half(struct wire *w, const char *text);
bool wire_send_rest(struct wire *w);
/* Reads until this was said, and forgets what was. */
bool wire_hears(struct wire *w, const char *text);
void wire_half_close(struct wire *w);
/* Reads one answer, of a request of this method. False: none came, or it is not well formed. */
bool wire_answer(struct wire *w, const char *method, struct wire_answer *out);
/* True when the other end closes and sends nothing more before it. */
bool wire_ends(struct wire *w);
const char *wire_header(const struct wire_answer *a, const char *name,
                        char into[256]); /* "" when absent */
unsigned wire_header_count(const struct wire_answer *a, const char *name);

/* A self-signed pair for "localhost" in files of a fresh folder. */
void wire_make_pair(char folder[FOLDER_ROOM], char cert[96], char key[96]);
void wire_remove_pair(const char *folder);

#endif
