#include "content/store/hasher.h"

#include <pthread.h>
#include <stdlib.h>

struct hasher {
    pthread_t thread;
    pthread_mutex_t lock;             /* guards what follows; the digest is added to without it */
    pthread_cond_t news;
    struct digest *digest;            /* NULL: nothing to do */
    str bytes;
    bool over;
};

static void *run(void *arg)
{
    struct hasher *h = arg;
    (void)pthread_mutex_lock(&h->lock);
    for (;;) {
        while (!h->digest && !h->over)
            (void)pthread_cond_wait(&h->news, &h->lock);
        if (!h->digest)
            break;
        struct digest *d = h->digest;
        str bytes = h->bytes;
        (void)pthread_mutex_unlock(&h->lock);
        digest_add(d, bytes.at, bytes.len);
        (void)pthread_mutex_lock(&h->lock);
        h->digest = NULL;
        (void)pthread_cond_broadcast(&h->news);
    }
    (void)pthread_mutex_unlock(&h->lock);
    return NULL;
}

static void drop(struct hasher *h)
{
    (void)pthread_cond_destroy(&h->news);
    (void)pthread_mutex_destroy(&h->lock);
    free(h);
}

struct hasher *hasher_open(void)
{
    struct hasher *h = calloc(1, sizeof *h);
    must(h != NULL && pthread_mutex_init(&h->lock, NULL) == 0 && pthread_cond_init(&h->news, NULL) == 0);
    if (pthread_create(&h->thread, NULL, run, h) == 0)
        return h;
    drop(h);
    return NULL;
}

void hasher_close(struct hasher *h)
{
    if (!h)
        return;
    (void)pthread_mutex_lock(&h->lock);
    h->over = true;
    (void)pthread_cond_broadcast(&h->news);
    (void)pthread_mutex_unlock(&h->lock);
    (void)pthread_join(h->thread, NULL);
    drop(h);
}

void hasher_give(struct hasher *h, struct digest *d, str bytes)
{
    (void)pthread_mutex_lock(&h->lock);
    must(h->digest == NULL);
    h->digest = d;
    h->bytes = bytes;
    (void)pthread_cond_broadcast(&h->news);
    (void)pthread_mutex_unlock(&h->lock);
}

void hasher_wait(struct hasher *h)
{
    (void)pthread_mutex_lock(&h->lock);
    while (h->digest)
        (void)pthread_cond_wait(&h->news, &h->lock);
    (void)pthread_mutex_unlock(&h->lock);
}
