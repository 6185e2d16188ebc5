/* The floor that ./dev bench measures against: a bare civetweb handler that steps one prepared statement
 * and writes the bytes it finds. No roles, no model, no JSON: what is left is what any server on these
 * libraries must pay. Usage: floor DATABASE PORT; prints "listening on …" when it is ready.
 *
 *   /constant             a fixed text
 *   /item/ID              one document by its id
 *   /list                 the first 20 documents
 *   /top                  20 by an indexed number, descending, from a condition on another
 *   POST /create          stores the body, synced
 */
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <civetweb.h>

#define WORKERS 64

enum query { ITEM, LIST, TOP, QUERIES };
static const char *const texts[QUERIES] = {
    [ITEM] = "SELECT doc FROM docs WHERE id = ?1",
    [LIST] = "SELECT doc FROM docs ORDER BY n LIMIT 20",
    [TOP] = "SELECT doc FROM docs WHERE views > 50000 ORDER BY views DESC LIMIT 20",
};

struct reader {
    sqlite3 *db;
    sqlite3_stmt *statements[QUERIES];
    struct reader *next;
};

static const char *path;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct reader *readers;
static sqlite3 *writer;
static sqlite3_stmt *insert;

static void check(int rc, sqlite3 *db)
{
    if (rc == SQLITE_OK)
        return;
    fprintf(stderr, "floor: %s\n", sqlite3_errmsg(db));
    exit(1);
}

static struct reader *take(void)
{
    pthread_mutex_lock(&lock);
    struct reader *r = readers;
    if (r)
        readers = r->next;
    pthread_mutex_unlock(&lock);
    if (r)
        return r;
    r = calloc(1, sizeof *r);
    check(sqlite3_open_v2(path, &r->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL), r->db);
    check(sqlite3_exec(r->db, "PRAGMA cache_size=-16384", NULL, NULL, NULL), r->db);
    for (int i = 0; i < QUERIES; i++)
        check(sqlite3_prepare_v3(r->db, texts[i], -1, SQLITE_PREPARE_PERSISTENT, &r->statements[i], NULL), r->db);
    return r;
}

static void give(struct reader *r)
{
    pthread_mutex_lock(&lock);
    r->next = readers;
    readers = r;
    pthread_mutex_unlock(&lock);
}

static int answer(struct mg_connection *c, char *buffer, size_t room, size_t length)
{
    char head[200];
    int n = snprintf(head, sizeof head,
                     "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n"
                     "Connection: keep-alive\r\n\r\n",
                     length);
    (void)room;
    memmove(buffer + n, buffer, length);
    memcpy(buffer, head, (size_t)n);
    mg_write(c, buffer, (size_t)n + length);
    return 200;
}

static int run(struct mg_connection *c, enum query q, const char *id)
{
    static const size_t room = 256 << 10;
    static __thread char *buffer;
    if (!buffer)
        buffer = malloc(room);
    struct reader *r = take();
    sqlite3_stmt *s = r->statements[q];
    size_t length = 0;
    if (id)
        sqlite3_bind_text(s, 1, id, -1, SQLITE_STATIC);
    if (q != ITEM)
        buffer[length++] = '[';
    while (sqlite3_step(s) == SQLITE_ROW) {
        size_t n = (size_t)sqlite3_column_bytes(s, 0);
        if (length > 1)
            buffer[length++] = ',';
        memcpy(buffer + length, sqlite3_column_text(s, 0), n);
        length += n;
    }
    if (q != ITEM)
        buffer[length++] = ']';
    sqlite3_reset(s);
    give(r);
    return answer(c, buffer, room, length);
}

static int create(struct mg_connection *c)
{
    char body[4096], buffer[512] = "{\"ok\":true}";
    int n = mg_read(c, body, sizeof body);
    pthread_mutex_lock(&lock);
    sqlite3_bind_text(insert, 1, body, n, SQLITE_STATIC);
    sqlite3_step(insert);
    sqlite3_reset(insert);
    pthread_mutex_unlock(&lock);
    return answer(c, buffer, sizeof buffer, strlen(buffer));
}

static int serve(struct mg_connection *c)
{
    const char *uri = mg_get_request_info(c)->local_uri;
    char constant[256] = "{\"status\":\"ok\"}";
    if (strncmp(uri, "/item/", 6) == 0)
        return run(c, ITEM, uri + 6);
    if (strcmp(uri, "/list") == 0)
        return run(c, LIST, NULL);
    if (strcmp(uri, "/top") == 0)
        return run(c, TOP, NULL);
    if (strcmp(uri, "/create") == 0)
        return create(c);
    return answer(c, constant, sizeof constant, strlen(constant));
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: floor DATABASE PORT\n");
        return 2;
    }
    path = argv[1];
    const char *options[] = {"listening_ports",       argv[2], "num_threads",           "64",   "enable_keep_alive", "yes",
                             "keep_alive_timeout_ms", "15000", "enable_auth_domain_check", "no", "tcp_nodelay",       "1",
                             NULL};
    struct mg_callbacks callbacks = {.begin_request = serve};
    sigset_t stop;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    sigaddset(&stop, SIGINT);
    pthread_sigmask(SIG_BLOCK, &stop, NULL);
    signal(SIGPIPE, SIG_IGN);
    check(sqlite3_open(path, &writer), writer);
    check(sqlite3_exec(writer, "PRAGMA synchronous=FULL", NULL, NULL, NULL), writer);
    check(sqlite3_prepare_v2(writer, "INSERT INTO made (doc) VALUES (?1)", -1, &insert, NULL), writer);
    mg_init_library(0);
    struct mg_context *context = mg_start(&callbacks, NULL, options);
    if (!context) {
        fprintf(stderr, "floor: cannot listen on %s\n", argv[2]);
        return 1;
    }
    struct mg_server_port port;
    mg_get_server_ports(context, 1, &port);
    printf("listening on http://127.0.0.1:%d\n", port.port);
    fflush(stdout);
    int unused;
    sigwait(&stop, &unused);
    mg_stop(context);
    return 0;
}
