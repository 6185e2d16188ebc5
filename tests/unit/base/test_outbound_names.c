/* Who answers for names may not answer: nobody waits for him longer than the request may take, or than he wants to (a server
 * that stops, a webhook's thread). Here it is this program that libcurl asks for addresses. */
#include <netdb.h>

#include "base/limits.h"
#include "base/outbound.h"
#include "base/time.h"
#include "tests/support/check.h"

#include <pthread.h>

#define PATIENCE_S 20

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t news = PTHREAD_COND_INITIALIZER;
static bool is_over;
static unsigned asked, answered;
static _Atomic(bool) stop;

static bool wait_for_news(void)
{
    struct timespec until;
    NEED(clock_gettime(CLOCK_REALTIME, &until) == 0);
    until.tv_sec += PATIENCE_S;
    return pthread_cond_timedwait(&news, &lock, &until) == 0;
}

/* libcurl's own thread is here. */
int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **out)
{
    (void)node, (void)service, (void)hints;
    *out = NULL;
    (void)pthread_mutex_lock(&lock);
    asked++;
    atomic_store(&stop, true);
    while (!is_over && wait_for_news())
        continue;
    answered++;
    (void)pthread_cond_broadcast(&news);
    (void)pthread_mutex_unlock(&lock);
    return EAI_AGAIN;
}

static void names_that_nobody_answers_hold_nobody_up(void **state)
{
    struct arena *a = arena_open(4096);
    struct problem why = {.arena = a};
    struct outbound_answer got;
    struct outbound_policy p = {.may_http = true};
    (void)state;
    CHECK_ERR(outbound_fetch(&p, a, &(struct outbound_request){.url = S("http://example.com/"), .answer_max = 20, .stop = &stop}, &got, &why),
              ERR_UNAVAILABLE);
    (void)pthread_mutex_lock(&lock);
    CHECK_INT(asked, 1);
    CHECK_INT(answered, 0);
    is_over = true;
    (void)pthread_cond_broadcast(&news);
    while (answered < asked && wait_for_news())
        continue;
    (void)pthread_mutex_unlock(&lock);
    arena_close(a);
}

CHECK_MAIN(TEST(names_that_nobody_answers_hold_nobody_up))
