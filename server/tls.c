#include "server/tls.h"

#include "base/thread.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <stdlib.h>
#include <sys/stat.h>

struct pair_of_files {
    struct timespec cert, key;
    off_t cert_bytes, key_bytes;
};

/* What is shown in handshakes: swapped whole. */
struct identity {
    struct counted counted;
    X509 *cert;
    EVP_PKEY *key;
    STACK_OF(X509) * chain;
};

struct tls {
    char *cert_path, *key_path;
    SSL_CTX *context;
    struct slot identity;
    pthread_mutex_t lock; /* of `files`, and of reloading */
    struct pair_of_files files;
};

static void identity_drop(struct counted *c)
{
    struct identity *i = (struct identity *)c;
    X509_free(i->cert);
    EVP_PKEY_free(i->key);
    sk_X509_pop_free(i->chain, X509_free);
    free(i);
}

static enum err openssl_failed(struct problem *why, const char *path, const char *what)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    ERR_clear_error();
    return problem_set(why, ERR_INVALID, "%s: %s (%s).", path, what,
                       reason ? reason : "no reason given");
}

/* A key with a passphrase would make a server that cannot start by itself. */
static int no_passphrase(char *into, int size, int writing, void *arg)
{
    (void)into, (void)size, (void)writing, (void)arg;
    return -1;
}

static enum err read_chain(const char *path, struct identity *i, struct problem *why)
{
    BIO *file = BIO_new_file(path, "r");
    if (file == NULL)
        return openssl_failed(why, path, "the certificate cannot be read");
    i->cert = PEM_read_bio_X509_AUX(file, NULL, no_passphrase, NULL);
    i->chain = sk_X509_new_null();
    for (X509 *next;
         i->cert != NULL && (next = PEM_read_bio_X509(file, NULL, no_passphrase, NULL)) != NULL;)
        sk_X509_push(i->chain, next);
    BIO_free(file);
    if (i->cert == NULL)
        return openssl_failed(why, path, "there is no certificate in it");
    ERR_clear_error();
    return ERR_OK;
}

static enum err read_key(const char *path, struct identity *i, struct problem *why)
{
    struct stat s;
    if (stat(path, &s) != 0)
        return problem_set(why, ERR_INVALID, "%s: the key cannot be read.", path);
    if (s.st_mode & (S_IRWXG | S_IRWXO))
        return problem_set(why, ERR_INVALID,
                           "%s: others than its owner can use this key; chmod 600 it.", path);
    BIO *file = BIO_new_file(path, "r");
    if (file == NULL)
        return openssl_failed(why, path, "the key cannot be read");
    i->key = PEM_read_bio_PrivateKey(file, NULL, no_passphrase, NULL);
    BIO_free(file);
    if (i->key == NULL)
        return openssl_failed(why, path, "there is no key without a passphrase in it");
    if (X509_check_private_key(i->cert, i->key) != 1)
        return openssl_failed(why, path, "the key does not belong to the certificate");
    return ERR_OK;
}

static void note_files(const struct tls *t, struct pair_of_files *f)
{
    struct stat cert = {0}, key = {0};
    if (stat(t->cert_path, &cert) != 0 || stat(t->key_path, &key) != 0)
        return;
    *f = (struct pair_of_files){cert.st_mtim, key.st_mtim, cert.st_size, key.st_size};
}

static bool use_identity(SSL *ssl, struct identity *i)
{
    return SSL_use_cert_and_key(ssl, i->cert, i->key, i->chain, 1) == 1;
}

/* Does a handshake succeed with it? Between two ends in memory. */
static bool works(SSL_CTX *context, struct identity *i)
{
    SSL_CTX *other = SSL_CTX_new(TLS_client_method());
    SSL *server = SSL_new(context), *client = SSL_new(other);
    BIO *one = NULL, *two = NULL;
    bool done = false;
    if (server != NULL && client != NULL && BIO_new_bio_pair(&one, 0, &two, 0) == 1 &&
        use_identity(server, i)) {
        SSL_set_cert_cb(server, NULL, NULL);
        SSL_set_bio(server, one, one);
        SSL_set_bio(client, two, two);
        SSL_set_accept_state(server);
        SSL_set_connect_state(client);
        for (int turn = 0; turn < 20 && !done; turn++) {
            int c = SSL_do_handshake(client), s = SSL_do_handshake(server);
            done = c == 1 && s == 1;
        }
    }
    SSL_free(server);
    SSL_free(client);
    SSL_CTX_free(other);
    ERR_clear_error();
    return done;
}

static int show_identity(SSL *ssl, void *arg)
{
    struct tls *t = arg;
    struct counted *now = slot_acquire(&t->identity);
    int ok = now != NULL && use_identity(ssl, (struct identity *)now);
    counted_release(now);
    return ok;
}

static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_len,
                           const unsigned char *in, unsigned in_len, void *arg)
{
    static const unsigned char spoken[] = "\x08http/1.1";
    unsigned char *chosen;
    (void)ssl, (void)arg;
    if (SSL_select_next_proto(&chosen, out_len, spoken, sizeof spoken - 1, in, in_len) !=
        OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_NOACK;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

static bool set_up(struct tls *t)
{
    static const unsigned char name[] = "vitrine";
    SSL_CTX *c = t->context = SSL_CTX_new(TLS_server_method());
    if (c == NULL)
        return false;
    /* No tickets: resumption goes through the server's own cache, so that there is no key to
     * rotate. */
    SSL_CTX_set_options(c, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET |
                               SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_SERVER);
    SSL_CTX_sess_set_cache_size(c, 4096);
    SSL_CTX_set_timeout(c, 3600);
    SSL_CTX_set_cert_cb(c, show_identity, t);
    SSL_CTX_set_alpn_select_cb(c, choose_protocol, NULL);
    return SSL_CTX_set_min_proto_version(c, TLS1_2_VERSION) == 1 &&
           SSL_CTX_set_cipher_list(c, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1 &&
           SSL_CTX_set_session_id_context(c, name, sizeof name - 1) == 1;
}

enum err tls_reload(struct tls *t, struct problem *why)
{
    struct identity *next = calloc(1, sizeof *next);
    must(next != NULL);
    next->counted = (struct counted){.users = 1, .drop = identity_drop};
    pthread_mutex_lock(&t->lock);
    note_files(t, &t->files);
    enum err e = read_chain(t->cert_path, next, why);
    if (e == ERR_OK)
        e = read_key(t->key_path, next, why);
    if (e == ERR_OK && !works(t->context, next))
        e = problem_set(why, ERR_INVALID, "%s: no TLS handshake succeeds with this certificate.",
                        t->cert_path);
    if (e == ERR_OK)
        slot_publish(&t->identity, &next->counted);
    else
        counted_release(&next->counted);
    pthread_mutex_unlock(&t->lock);
    return e;
}

enum err tls_open(const char *cert_path, const char *key_path, struct tls **out,
                  struct problem *why)
{
    struct tls *t = calloc(1, sizeof *t);
    must(t != NULL);
    t->cert_path = strdup(cert_path);
    t->key_path = strdup(key_path);
    must(t->cert_path != NULL && t->key_path != NULL);
    slot_init(&t->identity);
    pthread_mutex_init(&t->lock, NULL);
    enum err e =
        set_up(t) ? tls_reload(t, why) : openssl_failed(why, cert_path, "TLS cannot be set up");
    if (e != ERR_OK) {
        tls_close(t);
        return e;
    }
    *out = t;
    return ERR_OK;
}

static bool same_time(struct timespec a, struct timespec b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

bool tls_files_changed(const struct tls *t)
{
    struct pair_of_files now = t->files;
    note_files(t, &now);
    return !same_time(now.cert, t->files.cert) || !same_time(now.key, t->files.key) ||
           now.cert_bytes != t->files.cert_bytes || now.key_bytes != t->files.key_bytes;
}

const char *tls_library(void)
{
    return OpenSSL_version(OPENSSL_VERSION);
}

void tls_close(struct tls *t)
{
    if (t == NULL)
        return;
    SSL_CTX_free(t->context);
    slot_done(&t->identity);
    pthread_mutex_destroy(&t->lock);
    free(t->cert_path);
    free(t->key_path);
    free(t);
}

void *tls_context(const struct tls *t)
{
    return t->context;
}
