#include "roles/mirror/mirror.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/time.h"

#define WHAT_BYTES (LIMIT_REPOSITORY_BYTES + BLOB_DIGEST_ROOM + 16u)
#define WAITERS (8u * LIMIT_UPSTREAM_FETCHES) /* each is a thread of the server's that others may need */
#define SEEN 4096u

struct flight {
    char what[WHAT_BYTES];
    size_t length;                    /* 0: free */
    unsigned waiters;
    bool is_over;
    enum err result;
    unsigned retry_after_s;
    size_t text_length;
    char text[200];                   /* of the problem */
};

struct seen {
    uint64_t key;
    int64_t at_us;
};

struct mirror {
    struct registry_client *client;
    struct runner runner;
    _Atomic(bool) stop;
    pthread_mutex_t lock;             /* guards what follows */
    pthread_cond_t news;
    struct flight flights[LIMIT_UPSTREAM_FETCHES];
    unsigned waiters;
    struct seen seen[SEEN];
};

struct mirror *mirror_open(struct gate *g)
{
    struct mirror *m = calloc(1, sizeof *m);
    must(m != NULL && pthread_mutex_init(&m->lock, NULL) == 0 && pthread_cond_init(&m->news, NULL) == 0);
    m->client = registry_client_open(&g->outside.policy);
    m->runner.gate = g;
    return m;
}

void mirror_halt(struct mirror *m)
{
    (void)pthread_mutex_lock(&m->lock);
    atomic_store(&m->stop, true);
    (void)pthread_cond_broadcast(&m->news);
    (void)pthread_mutex_unlock(&m->lock);
}

void mirror_close(struct mirror *m)
{
    if (!m)
        return;
    mirror_halt(m);
    if (m->runner.is_on)
        (void)pthread_join(m->runner.thread, NULL);
    arena_close(m->runner.arena);
    registry_client_close(m->client);
    (void)pthread_cond_destroy(&m->news);
    (void)pthread_mutex_destroy(&m->lock);
    free(m);
}

const _Atomic(bool) *mirror_stop(const struct mirror *m)
{
    return &m->stop;
}

struct registry_client *mirror_client(const struct mirror *m)
{
    return m->client;
}

struct runner *mirror_runner(struct mirror *m)
{
    return &m->runner;
}

/* ------ flights; all of these with the lock held */

static struct flight *find(struct mirror *m, str what)
{
    for (size_t i = 0; i < LIMIT_UPSTREAM_FETCHES; i++)
        if (m->flights[i].length && str_equal((str){m->flights[i].what, m->flights[i].length}, what))
            return &m->flights[i];
    return NULL;
}

static struct flight *take_off(struct mirror *m, str what)
{
    for (size_t i = 0; i < LIMIT_UPSTREAM_FETCHES; i++) {
        struct flight *f = &m->flights[i];
        if (f->length)
            continue;
        *f = (struct flight){.length = what.len};
        memcpy(f->what, what.at, what.len);
        return f;
    }
    return NULL;
}

static void leave(struct mirror *m, struct flight *f)
{
    if (f->is_over && f->waiters == 0) {
        f->length = 0;
        (void)pthread_cond_broadcast(&m->news); /* there is room for another one */
    }
}

static enum err wait_for(struct mirror *m, struct flight *f, struct problem *why)
{
    f->waiters++;
    m->waiters++;
    while (!f->is_over && !atomic_load(&m->stop))
        (void)pthread_cond_wait(&m->news, &m->lock);
    f->waiters--;
    m->waiters--;
    enum err e = f->is_over ? f->result : ERR_UNAVAILABLE;
    why->retry_after_s = f->retry_after_s;
    if (e != ERR_OK)
        e = problem_set(why, e, STR_FMT, STR_ARG(f->is_over ? ((str){f->text, f->text_length}) : S("The server is stopping")));
    leave(m, f);
    return e;
}

static enum err busy(struct problem *why)
{
    why->retry_after_s = 2;
    return problem_set(why, ERR_UNAVAILABLE, "Too much is being fetched from other registries; try again later");
}

enum err flight_begin(struct mirror *m, str what, bool patient, struct flight **mine, struct problem *why)
{
    enum err e = ERR_OK;
    *mine = NULL;
    must(what.len > 0 && what.len <= WHAT_BYTES);
    (void)pthread_mutex_lock(&m->lock);
    struct flight *other = find(m, what);
    while (!other && !(*mine = take_off(m, what)) && patient && !atomic_load(&m->stop)) {
        (void)pthread_cond_wait(&m->news, &m->lock);
        other = find(m, what);
    }
    if (other)
        e = m->waiters < WAITERS ? wait_for(m, other, why) : busy(why);
    else if (!*mine)
        e = busy(why);
    (void)pthread_mutex_unlock(&m->lock);
    return e;
}

enum err flight_end(struct mirror *m, struct flight *mine, enum err result, const struct problem *why)
{
    (void)pthread_mutex_lock(&m->lock);
    mine->is_over = true;
    mine->result = result;
    mine->retry_after_s = why->retry_after_s;
    mine->text_length = why->text.len < sizeof mine->text ? why->text.len : sizeof mine->text;
    memcpy(mine->text, why->text.len ? why->text.at : "", mine->text_length);
    (void)pthread_cond_broadcast(&m->news);
    leave(m, mine);
    (void)pthread_mutex_unlock(&m->lock);
    return result;
}

/* ------ tags that were looked at */

bool mirror_is_fresh(struct mirror *m, str what, int64_t fresh_ms)
{
    uint64_t key = str_hash(what);
    (void)pthread_mutex_lock(&m->lock);
    struct seen s = m->seen[key % SEEN];
    (void)pthread_mutex_unlock(&m->lock);
    return s.at_us && s.key == key && time_mono_us() - s.at_us < fresh_ms * 1000;
}

void mirror_was_seen(struct mirror *m, str what)
{
    uint64_t key = str_hash(what);
    (void)pthread_mutex_lock(&m->lock);
    m->seen[key % SEEN] = (struct seen){key, time_mono_us()};
    (void)pthread_mutex_unlock(&m->lock);
}
