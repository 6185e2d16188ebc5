/* The program itself on a free port of this machine, asked over sockets, one connection a request.
 */
#include "tests/transcripts/transcript.h"
#include "tests/support/folder.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_MS 60000 /* a sanitizer build on a busy machine is slow */

extern char **environ;

struct wire {
    struct speaker speaker; /* first */
    const char *program;
    char folder[FOLDER_ROOM];
    pid_t server;
    int output; /* the server's standard output */
    uint16_t port;
};

/* What is there within the time, appended; false at the end. */
static bool read_some(int fd, struct buf *b)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    must(poll(&p, 1, PATIENCE_MS) == 1);
    char *into = buf_room(b, 4096);
    must(into != NULL);
    ssize_t got = read(fd, into, 4096);
    must(got >= 0);
    b->len += (size_t)got;
    return got > 0;
}

static pid_t start(const char *program, const char *const *words, int *output)
{
    int ends[2];
    pid_t child;
    posix_spawn_file_actions_t actions;
    must(pipe2(ends, O_CLOEXEC) == 0 && posix_spawn_file_actions_init(&actions) == 0);
    must(posix_spawn_file_actions_adddup2(&actions, ends[1], 1) == 0);
    must(posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0) == 0);
    must(posix_spawn(&child, program, &actions, NULL, (char *const *)(uintptr_t)words, environ) ==
         0);
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)close(ends[1]);
    *output = ends[0];
    return child;
}

static str make_key(struct wire *w, struct arena *a, const char *role)
{
    const char *words[] = {w->program, "key", "create", "--data",  w->folder,
                           "--role",   role,  "--kind", "cockpit", NULL};
    struct buf b;
    int output, status = 0;
    pid_t child = start(w->program, words, &output);
    buf_init(&b, a, 1u << 16);
    while (read_some(output, &b))
        ;
    (void)close(output);
    must(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    str line, rest;
    (void)str_cut(buf_str(&b), '\n', &line, &rest);
    return line;
}

static uint16_t read_port(struct wire *w, struct arena *a)
{
    struct buf b;
    str line = {0}, rest = {0}, host, port;
    uint64_t n = 0;
    buf_init(&b, a, 1u << 16);
    while (!str_cut(buf_str(&b), '\n', &line, &rest))
        must(read_some(w->output, &b));
    must(str_starts(line, S("listening on http://")));
    line = str_slice(line, 20, line.len);
    must(str_cut(line, ':', &host, &port) && str_to_u64(port, UINT16_MAX, &n));
    return (uint16_t)n;
}

static int connect_to(uint16_t port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(fd >= 0 && connect(fd, (const struct sockaddr *)&to, sizeof to) == 0);
    return fd;
}

static void send_all(int fd, str bytes)
{
    while (bytes.len > 0) {
        ssize_t n = send(fd, bytes.at, bytes.len, MSG_NOSIGNAL);
        if (n <= 0)
            return; /* refused early; the answer says why */
        bytes = str_slice(bytes, (size_t)n, bytes.len);
    }
}

static str print_request(struct arena *a, const struct turn *s)
{
    struct buf b;
    str rest = s->headers, line;
    bool ended = rest.len == 0;
    buf_init(&b, a, (size_t)4 << 20);
    buf_format(&b, STR_FMT " " STR_FMT " HTTP/1.1\r\nConnection: close\r\n", STR_ARG(s->method), STR_ARG(s->target));
    bool has_host = false;
    while (str_next(&rest, &ended, '\n', &line)) {
        has_host |= str_starts(line, S("Host:"));
        buf_format(&b, STR_FMT "\r\n", STR_ARG(line));
    }
    if (!has_host)
        buf_add(&b, S("Host: localhost\r\n"));
    if (s->body.len || !str_equal(s->method, S("GET")))
        buf_format(&b, "Content-Length: %zu\r\n", s->body.len);
    buf_add(&b, S("\r\n"));
    buf_add(&b, s->body);
    return buf_str(&b);
}

static bool take_apart(str bytes, struct reply *out)
{
    str line, name, value, rest = bytes;
    uint64_t status = 0;
    if (!str_cut(rest, '\n', &line, &rest) || !str_to_u64(str_slice(line, 9, 12), 599, &status))
        return false;
    *out = (struct reply){.status = (int)status};
    while (str_cut(rest, '\n', &line, &rest) && line.len > 1) {
        must(str_cut(line, ':', &name, &value) && out->header_count < COUNTOF(out->headers));
        value = str_slice(value, 0, value.len - 1); /* the CR */
        out->headers[out->header_count++] = (struct pair){name, str_trim(value)};
    }
    out->body = rest;
    return true;
}

static bool ask(struct speaker *self, struct arena *a, const struct turn *s, struct reply *out)
{
    struct wire *w = (struct wire *)(void *)self;
    struct buf b;
    int fd = connect_to(w->port);
    send_all(fd, print_request(a, s));
    buf_init(&b, a, (size_t)32 << 20);
    while (read_some(fd, &b))
        ;
    (void)close(fd);
    return take_apart(buf_str(&b), out);
}

static int drop(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static void end(struct speaker *self)
{
    struct wire *w = (struct wire *)(void *)self;
    int status = 0;
    (void)kill(w->server, SIGTERM);
    must(waitpid(w->server, &status, 0) == w->server && WIFEXITED(status) &&
         WEXITSTATUS(status) == 0);
    (void)close(w->output);
    (void)nftw(w->folder, drop, 8, FTW_DEPTH | FTW_PHYS);
}

struct speaker *speak_by_wire(struct arena *a, const char *program, bool data)
{
    struct wire *w = NEW(a, struct wire);
    *w = (struct wire){.speaker = {.ask = ask, .close = end}, .program = program};
    folder_new(w->folder, "transcript");
    const char *words[] = {program,  "serve",    "--data",      w->folder,
                           "--demo", "--listen", "127.0.0.1:0", NULL};
    must((data ? setenv("VITRINE_NOTARY_DIALECT", "data", 1) : unsetenv("VITRINE_NOTARY_DIALECT")) == 0);
    w->server = start(program, words, &w->output);
    w->port = read_port(w, a);
    w->speaker.admin = make_key(w, a, "admin");
    w->speaker.editor = make_key(w, a, "editor");
    w->speaker.reader = make_key(w, a, "public");
    return &w->speaker;
}
