#include "content/store/warm_digests.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/limits.h"

#define UPLOAD_ROOM 32u

struct place {
    struct digest *digest;            /* NULL: free */
    char upload[UPLOAD_ROOM];
    uint64_t offset;
    enum digest_kind kind;
    int64_t written_ns;
    uint64_t turn;
};

struct warm_digests {
    pthread_mutex_t lock;             /* guards everything; nothing is called under it */
    uint64_t turns;
    struct place places[LIMIT_WARM_DIGESTS];
};

struct warm_digests *warm_digests_open(void)
{
    struct warm_digests *w = calloc(1, sizeof *w);
    must(w != NULL && pthread_mutex_init(&w->lock, NULL) == 0);
    return w;
}

void warm_digests_close(struct warm_digests *w)
{
    if (!w)
        return;
    for (size_t i = 0; i < LIMIT_WARM_DIGESTS; i++)
        digest_close(w->places[i].digest);
    (void)pthread_mutex_destroy(&w->lock);
    free(w);
}

void warm_digest_keep(struct warm_digests *w, const struct warm_name *of, struct digest *d)
{
    must(of->upload.len == UPLOAD_ROOM);
    (void)pthread_mutex_lock(&w->lock);
    struct place *p = &w->places[0];
    for (size_t i = 1; i < LIMIT_WARM_DIGESTS && p->digest; i++)
        if (!w->places[i].digest || w->places[i].turn < p->turn)
            p = &w->places[i];
    struct digest *old = p->digest;
    *p = (struct place){.digest = d, .offset = of->offset, .kind = of->kind, .written_ns = of->written_ns, .turn = ++w->turns};
    memcpy(p->upload, of->upload.at, UPLOAD_ROOM);
    (void)pthread_mutex_unlock(&w->lock);
    digest_close(old);
}

struct digest *warm_digest_take(struct warm_digests *w, const struct warm_name *of)
{
    struct place found = {0};
    must(of->upload.len == UPLOAD_ROOM);
    (void)pthread_mutex_lock(&w->lock);
    for (size_t i = 0; i < LIMIT_WARM_DIGESTS && !found.digest; i++)
        if (w->places[i].digest && memcmp(w->places[i].upload, of->upload.at, UPLOAD_ROOM) == 0) {
            found = w->places[i];
            w->places[i] = (struct place){0};
        }
    (void)pthread_mutex_unlock(&w->lock);
    if (found.digest && found.offset == of->offset && found.kind == of->kind && found.written_ns == of->written_ns)
        return found.digest;
    digest_close(found.digest);
    return NULL;
}
