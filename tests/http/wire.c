#include "tests/http/wire.h"

#include "base/log.h"
#include "base/time.h"
#include "tests/support/folder.h"

#include <arpa/inet.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* ---- the serving end */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static unsigned waiting, releases, ended;

void wire_release(void)
{
    pthread_mutex_lock(&lock);
    releases++;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

unsigned wire_waiting(void)
{
    pthread_mutex_lock(&lock);
    unsigned n = waiting;
    pthread_mutex_unlock(&lock);
    return n;
}

void wire_await_waiting(unsigned n)
{
    pthread_mutex_lock(&lock);
    while (waiting < n)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
}

void wire_await_ended(unsigned n)
{
    pthread_mutex_lock(&lock);
    while (ended < n)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
}

static void wait_for_release(void)
{
    pthread_mutex_lock(&lock);
    unsigned seen = releases;
    waiting++;
    pthread_cond_broadcast(&changed);
    while (releases == seen)
        pthread_cond_wait(&changed, &lock);
    waiting--;
    pthread_mutex_unlock(&lock);
}

static void refuse(struct exchange *x, const struct problem *why, void *app)
{
    (void)app;
    exchange_send_text(x, err_facts(why->err)->http_status, S("application/problem+json"),
                       arena_format(x->arena, "{\"status\":%d,\"detail\":\"" STR_FMT "\"}",
                                    err_facts(why->err)->http_status, STR_ARG(why->text)));
}

static void send_pieces(struct exchange *x, uint64_t announced)
{
    if (x->begin(x, 200, &(struct pair){S("Content-Type"), S("text/plain")}, 1, announced) !=
        ERR_OK)
        return;
    (void)x->piece(x, S("one,"));
    (void)x->piece(x, S("two,"));
    (void)x->piece(x, S("three"));
    x->end(x);
}

static void send_endlessly(struct exchange *x)
{
    static char piece[64 << 10];
    if (x->begin(x, 200, NULL, 0, UINT64_MAX) == ERR_OK)
        while (x->piece(x, (str){piece, sizeof piece}) == ERR_OK) {
        }
    pthread_mutex_lock(&lock);
    ended++;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

/* Tells how it waited while half a record was there. */
static void take_halves(struct exchange *x)
{
    char room[64];
    size_t got = 0;
    if (x->upgrade(x, &(struct pair){S("Upgrade"), S("halves")}, 1) != ERR_OK)
        return;
    err_ignored(x->receive(x, -1, WIRE_PATIENCE_MS, room, sizeof room, &got)); /* the first half wakes */
    must(got == 0);
    int64_t since = time_mono_us();
    err_ignored(x->receive(x, -1, 50, room, sizeof room, &got));
    err_ignored(x->piece(x, time_mono_us() - since >= 50000 ? S("waits") : S("spins")));
    while (got == 0 && x->receive(x, -1, WIRE_PATIENCE_MS, room, sizeof room, &got) == ERR_OK)
        ;
    err_ignored(x->piece(x, (str){room, got}));
}

static void echo(struct exchange *x, struct problem *why)
{
    str body;
    x->body_max = LIMIT_BODY_BYTES;
    if (exchange_body(x, &body, why) != ERR_OK) {
        refuse(x, why, NULL);
        return;
    }
    str name = method_name(x->method);
    exchange_send_text(x, 200, S("text/plain"),
                       arena_format(x->arena, STR_FMT " " STR_FMT "?" STR_FMT " " STR_FMT,
                                    STR_ARG(name), STR_ARG(x->path), STR_ARG(x->query),
                                    STR_ARG(body)));
}

static void serve(struct exchange *x, void *app)
{
    struct problem why = {.arena = x->arena};
    str body;
    (void)app;
    if (str_equal(x->path, S("/mute")))
        return;
    if (str_equal(x->path, S("/wait")))
        wait_for_release();
    if (str_equal(x->path, S("/halves"))) {
        take_halves(x);
    } else if (str_equal(x->path, S("/ignore"))) {
        exchange_send_text(x, 200, S("text/plain"), S("ignored"));
    } else if (str_equal(x->path, S("/pieces"))) {
        send_pieces(x, UINT64_MAX);
    } else if (str_equal(x->path, S("/endless"))) {
        send_endlessly(x);
    } else if (str_equal(x->path, S("/cut"))) {
        send_pieces(x, 1000);
    } else if (str_equal(x->path, S("/big"))) {
        char *big = arena_get(x->arena, 2 << 20, 1);
        memset(big, 'b', 2 << 20);
        exchange_send_text(x, 200, S("text/plain"), (str){big, 2 << 20});
    } else if (str_equal(x->path, S("/peer"))) {
        exchange_send_text(
            x, 200, S("text/plain"),
            arena_format(x->arena, STR_FMT " %s", STR_ARG(x->peer), x->is_tls ? "tls" : "plain"));
    } else if (str_equal(x->path, S("/small"))) {
        x->body_max = 10;
        enum err e = exchange_body(x, &body, &why);
        if (e != ERR_OK)
            refuse(x, &why, NULL);
        else
            exchange_send_text(x, 200, S("text/plain"), body);
    } else {
        echo(x, &why);
    }
}

static void close_tls(void *tls)
{
    tls_close(tls);
}

void wire_serve(struct wire_server *s, const struct wire_options *o)
{
    static const struct wire_options usual = {.threads = 8};
    struct problem why = {0};
    struct tls *tls = NULL;
    struct network trusted = {0};
    o = o ? o : &usual;
    static bool logging;
    if (!logging)
        log_start(LOG_ERROR, LOG_FORMAT_KEYS);
    logging = true;
    *s = (struct wire_server){.arena = arena_open(4096)};
    why.arena = s->arena;
    if (o->cert != NULL)
        must(tls_open(o->cert, o->key, &tls, &why) == ERR_OK);
    for (size_t i = 0; i < COUNTOF(o->listen) && o->listen[i] != NULL; i++)
        must(listen_read(str_of(o->listen[i]), tls != NULL, &s->listen[s->listen_count++], &why) ==
             ERR_OK);
    if (s->listen_count == 0)
        must(listen_read(S("127.0.0.1:0"), tls != NULL, &s->listen[s->listen_count++], &why) ==
             ERR_OK);
    if (o->trusted != NULL)
        must(network_read(str_of(o->trusted), &trusted));
    struct network *kept = NEW(s->arena, struct network);
    *kept = trusted;
    const struct civet_options options = {
        .listen = s->listen,
        .listen_count = s->listen_count,
        .tls = tls,
        .threads = o->threads ? o->threads : 8,
        .connections_per_address = o->per_address ? o->per_address : 100,
        .trusted = kept,
        .trusted_count = o->trusted != NULL,
        .hurry = o->hurry,
        .standing_headers = S("X-Standing: yes\r\n"),
        .serve = serve,
        .refuse = refuse,
        .app = tls,
    };
    if (civet_start(&options, &s->civet, &why) != ERR_OK) {
        fprintf(stderr, "the front did not start: " STR_FMT "\n", STR_ARG(why.text));
        abort();
    }
    for (size_t i = 0; i < s->listen_count; i++)
        s->listen[i] = civet_listen(s->civet, i);
    arena_on_close(s->arena, close_tls, tls);
}

bool wire_stop(struct wire_server *s, unsigned grace_ms)
{
    if (!civet_stop(s->civet, grace_ms))
        return false;
    arena_close(s->arena);
    return true;
}

/* ---- the asking end */

static int dial(const struct listen *l)
{
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)l->port)};
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons((uint16_t)l->port)};
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    const void *at = &six;
    socklen_t len = sizeof six;
    int family = AF_INET6;
    if (l->is_unix) {
        memcpy(local.sun_path, l->path.at, l->path.len);
        at = &local, len = sizeof local, family = AF_UNIX;
    } else if (l->address.bytes[10] == 0xff) {
        memcpy(&four.sin_addr, l->address.bytes + 12, 4);
        at = &four, len = sizeof four, family = AF_INET;
    } else {
        memcpy(&six.sin6_addr, l->address.bytes, 16);
    }
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, at, len) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

bool wire_connect(struct wire *w, const struct wire_server *s, size_t listener)
{
    w->have = 0;
    w->tls = NULL;
    w->body = NULL;
    w->fd = dial(&s->listen[listener]);
    return w->fd >= 0;
}

int wire_shake_hands(struct wire *w, int least, int most, const char *suites)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_security_level(context, 0);
    SSL_CTX_set_min_proto_version(context, least);
    SSL_CTX_set_max_proto_version(context, most);
    must(SSL_CTX_set_cipher_list(context, suites ? suites : "ALL:@SECLEVEL=0") == 1);
    SSL *ssl = SSL_new(context);
    SSL_set_fd(ssl, w->fd);
    int version = SSL_connect(ssl) == 1 ? SSL_version(ssl) : 0;
    w->tls = ssl;
    SSL_CTX_free(context);
    return version;
}

void wire_close(struct wire *w)
{
    if (w->tls != NULL)
        SSL_free(w->tls);
    if (w->fd >= 0)
        close(w->fd);
    free(w->body);
    w->fd = -1;
    w->tls = NULL;
    w->body = NULL;
}

bool wire_send_bytes(struct wire *w, const void *at, size_t n)
{
    for (size_t sent = 0; sent < n;) {
        const char *rest = (const char *)at + sent;
        ssize_t now = w->tls ? SSL_write(w->tls, rest, (int)(n - sent))
                             : send(w->fd, rest, n - sent, MSG_NOSIGNAL);
        if (now <= 0)
            return false;
        sent += (size_t)now;
    }
    return true;
}

bool wire_send(struct wire *w, const char *text)
{
    return wire_send_bytes(w, text, strlen(text));
}

bool wire_send_half(struct wire *w, const char *text)
{
    char *record = NULL;
    BIO *held = BIO_new(BIO_s_mem());
    SSL_set0_wbio(w->tls, held);
    must(SSL_write(w->tls, text, (int)strlen(text)) > 0);
    size_t all = (size_t)BIO_get_mem_data(held, &record), half = all / 2;
    must(all - half <= sizeof w->rest);
    w->rest_bytes = all - half;
    memcpy(w->rest, record + half, w->rest_bytes);
    return send(w->fd, record, half, MSG_NOSIGNAL) == (ssize_t)half;
}

bool wire_send_rest(struct wire *w)
{
    return send(w->fd, w->rest, w->rest_bytes, MSG_NOSIGNAL) == (ssize_t)w->rest_bytes;
}

void wire_half_close(struct wire *w)
{
    shutdown(w->fd, SHUT_WR);
}

/* 1: something came; 0: the end; -1: nothing until the deadline, or no room. */
static int more(struct wire *w)
{
    struct pollfd ready = {.fd = w->fd, .events = POLLIN};
    if (w->have == sizeof w->in)
        return -1;
    if ((w->tls == NULL || SSL_pending(w->tls) == 0) && poll(&ready, 1, WIRE_PATIENCE_MS) <= 0)
        return -1;
    char *into = w->in + w->have;
    size_t room = sizeof w->in - w->have;
    ssize_t n = w->tls ? SSL_read(w->tls, into, (int)room) : recv(w->fd, into, room, 0);
    if (n <= 0)
        return 0;
    w->have += (size_t)n;
    return 1;
}

bool wire_hears(struct wire *w, const char *text)
{
    bool is_there;
    while (!(is_there = memmem(w->in, w->have, text, strlen(text)) != NULL) && more(w) == 1)
        ;
    w->have = 0;
    return is_there;
}

static void drop(struct wire *w, size_t n)
{
    memmove(w->in, w->in + n, w->have - n);
    w->have -= n;
}

/* Appends n bytes to the body. */
static bool take(struct wire *w, struct wire_answer *a, size_t n)
{
    w->body = realloc(w->body, a->body_bytes + n + 1);
    while (n > 0) {
        if (w->have == 0 && more(w) <= 0)
            return false;
        size_t now = n < w->have ? n : w->have;
        memcpy(w->body + a->body_bytes, w->in, now);
        a->body_bytes += now;
        drop(w, now);
        n -= now;
    }
    w->body[a->body_bytes] = 0;
    a->body = w->body;
    return true;
}

static bool take_line(struct wire *w, char *line, size_t room)
{
    for (;;) {
        char *lf = memchr(w->in, '\n', w->have);
        if (lf != NULL) {
            size_t n = (size_t)(lf - w->in) + 1;
            if (n < 2 || n - 2 >= room || w->in[n - 2] != '\r')
                return false;
            memcpy(line, w->in, n - 2);
            line[n - 2] = 0;
            drop(w, n);
            return true;
        }
        if (more(w) <= 0)
            return false;
    }
}

static bool take_chunks(struct wire *w, struct wire_answer *a)
{
    char line[64];
    while (take_line(w, line, sizeof line)) {
        unsigned size = 0;
        for (const char *p = line; *p; p++)
            size = size * 16 + (unsigned)(*p <= '9' ? *p - '0' : *p - 'a' + 10);
        if (!take(w, a, size) || !take_line(w, line, sizeof line) || line[0] != 0)
            return false;
        if (size == 0)
            return true;
    }
    return false;
}

static bool take_until_end(struct wire *w, struct wire_answer *a)
{
    for (;;) {
        if (!take(w, a, w->have))
            return false;
        int n = more(w);
        if (n <= 0)
            return n == 0;
    }
}

bool wire_answer(struct wire *w, const char *method, struct wire_answer *a)
{
    char value[256];
    memset(a, 0, sizeof *a);
    char *end;
    while ((end = memmem(w->in, w->have, "\r\n\r\n", 4)) == NULL)
        if (more(w) <= 0)
            return false;
    size_t n = (size_t)(end - w->in) + 4;
    if (n >= sizeof a->head || n < 12 || memcmp(w->in, "HTTP/1.1 ", 9) != 0)
        return false;
    memcpy(a->head, w->in, n);
    drop(w, n);
    a->status = (a->head[9] - '0') * 100 + (a->head[10] - '0') * 10 + (a->head[11] - '0');
    if (a->status < 200 || a->status == 204 || a->status == 304 || strcmp(method, "HEAD") == 0)
        return true;
    if (*wire_header(a, "Transfer-Encoding", value))
        return *wire_header(a, "Content-Length", value) == 0 && take_chunks(w, a);
    if (*wire_header(a, "Content-Length", value) == 0)
        return take_until_end(w, a);
    uint64_t length;
    return str_to_u64(str_of(value), 1u << 30, &length) && take(w, a, (size_t)length);
}

bool wire_ends(struct wire *w)
{
    return w->have == 0 && more(w) == 0;
}

static const char *next_header(const char *at, const char *name)
{
    size_t len = strlen(name);
    while ((at = strstr(at, "\r\n")) != NULL && at[2] != '\r') {
        at += 2;
        if (str_equal_nocase((str){at, len}, (str){name, len}) && at[len] == ':')
            return at + len + 1;
    }
    return NULL;
}

const char *wire_header(const struct wire_answer *a, const char *name, char into[256])
{
    const char *at = next_header(a->head, name);
    into[0] = 0;
    if (at != NULL) {
        str value = str_trim((str){at, (size_t)(strstr(at, "\r\n") - at)});
        snprintf(into, 256, STR_FMT, STR_ARG(value));
    }
    return into;
}

unsigned wire_header_count(const struct wire_answer *a, const char *name)
{
    unsigned n = 0;
    for (const char *at = a->head; (at = next_header(at, name)) != NULL; n++) {
    }
    return n;
}

/* ---- certificates */

void wire_make_pair(char folder[FOLDER_ROOM], char cert[96], char key[96])
{
    folder_new(folder, "wire");
    snprintf(cert, 96, "%s/cert.pem", folder);
    snprintf(key, 96, "%s/key.pem", folder);
    EVP_PKEY *pair = EVP_EC_gen("P-256");
    X509 *x = X509_new();
    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    X509_gmtime_adj(X509_getm_notBefore(x), -60);
    X509_gmtime_adj(X509_getm_notAfter(x), 3600);
    X509_set_pubkey(x, pair);
    X509_NAME *name = X509_get_subject_name(x);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"localhost", -1, -1,
                               0);
    X509_set_issuer_name(x, name);
    must(X509_sign(x, pair, EVP_sha256()) > 0);
    FILE *f = fopen(cert, "w");
    must(f != NULL && PEM_write_X509(f, x) == 1);
    fclose(f);
    f = fopen(key, "w");
    must(f != NULL && fchmod(fileno(f), 0600) == 0 &&
         PEM_write_PrivateKey(f, pair, NULL, NULL, 0, NULL, NULL) == 1);
    fclose(f);
    X509_free(x);
    EVP_PKEY_free(pair);
}

void wire_remove_pair(const char *folder)
{
    char path[96];
    snprintf(path, sizeof path, "%s/cert.pem", folder);
    unlink(path);
    snprintf(path, sizeof path, "%s/key.pem", folder);
    unlink(path);
    rmdir(folder);
}
