#ifndef TESTS_SUPPORT_OTHER_SERVER_H
#define TESTS_SUPPORT_OTHER_SERVER_H
#include "tests/support/check.h"

#include <arpa/inet.h>
#include <pthread.h>
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
    char requests[OTHER_REQUESTS][1024]; /* of connections in turn */
    pthread_t thread;
};

static inline const char *other_answer(const struct other *o, size_t connection)
{
    if (!o->answers)
        return o->answer;
    return o->answers[connection < o->answer_count ? connection : o->answer_count - 1];
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
        ssize_t n = recv(c, request, sizeof o->requests[0] - 1, 0);
        request[n > 0 ? n : 0] = '\0';
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
