#ifndef TESTS_SUPPORT_OTHER_SERVER_H
#define TESTS_SUPPORT_OTHER_SERVER_H
#include "tests/support/check.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Another server, for tests of what goes out: a thread that reads one request per connection and says what it was told
 * to. One answer is said to all; of several, each once and the last one from then on. */
#define OTHER_REQUESTS 2u
struct other {
    int listener;
    uint16_t port;
    const char *answer;               /* NULL: none, the connection stays open until the client goes */
    const char *const *answers;       /* instead, answer_count of them */
    size_t answer_count;
    _Atomic(int) connections;
    char requests[OTHER_REQUESTS][2048]; /* of connections in turn */
    pthread_t thread;
};

static inline const char *other_answer(const struct other *o, size_t connection)
{
    if (!o->answers)
        return o->answer;
    return o->answers[connection < o->answer_count ? connection : o->answer_count - 1];
}

/* A head, and as much of a body as it says; no more than there is room for. */
static inline bool other_is_whole(const char *request)
{
    const char *body = strstr(request, "\r\n\r\n"), *says = strstr(request, "Content-Length: ");
    uint64_t wanted = 0;
    str line = says && body && says < body ? str_of(says + strlen("Content-Length: ")) : S("0\r"), number, rest;
    return body && str_cut(line, '\r', &number, &rest) && str_to_u64(number, UINT32_MAX, &wanted) && strlen(body + 4) >= wanted;
}

static inline void other_read(int c, char *request, size_t room)
{
    size_t length = 0;
    ssize_t n = 1;
    request[0] = '\0';
    while (n > 0 && length + 1 < room && !other_is_whole(request)) {
        n = recv(c, request + length, room - 1 - length, 0);
        length += n > 0 ? (size_t)n : 0;
        request[length] = '\0';
    }
}

static inline void *other_run(void *arg)
{
    struct other *o = arg;
    for (size_t at = 0;; at++) {
        int c = accept(o->listener, NULL, NULL);
        char *request = o->requests[o->answers ? at % OTHER_REQUESTS : 0];
        const char *answer = other_answer(o, at);
        if (c < 0)
            return NULL;
        o->connections++;
        other_read(c, request, sizeof o->requests[0]);
        if (answer)
            (void)!send(c, answer, strlen(answer), MSG_NOSIGNAL);
        while (answer == NULL && recv(c, request, sizeof o->requests[0] - 1, 0) > 0)
            continue;
        (void)shutdown(c, SHUT_WR);
        (void)close(c);
    }
}

static inline void open_other_with(struct other *o, const char *const *answers, size_t count)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    o->listener = socket(AF_INET, SOCK_STREAM, 0);
    o->answers = answers;
    o->answer_count = count;
    NEED(bind(o->listener, (struct sockaddr *)&at, sizeof at) == 0 && listen(o->listener, 16) == 0);
    NEED(getsockname(o->listener, (struct sockaddr *)&at, &size) == 0);
    o->port = ntohs(at.sin_port);
    NEED(pthread_create(&o->thread, NULL, other_run, o) == 0);
}

static inline void open_other(struct other *o, const char *answer)
{
    *o = (struct other){.answer = answer};
    open_other_with(o, NULL, 0);
}

static inline void close_other(struct other *o)
{
    (void)shutdown(o->listener, SHUT_RDWR);
    (void)pthread_join(o->thread, NULL);
    (void)close(o->listener);
}
#endif
