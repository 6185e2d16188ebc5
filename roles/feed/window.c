#include "roles/feed/window_part.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/thread.h"
#include "base/time.h"

#define LOOK_MS 1000                  /* how long the thread waits for news at a time */

static void drop_block(struct counted *self)
{
    arena_close(((struct block *)(void *)self)->arena);
}

static struct timespec at_us(int64_t us)
{
    return (struct timespec){.tv_sec = (time_t)(us / 1000000), .tv_nsec = (long)(us % 1000000) * 1000};
}

struct window *window_open(struct gate *g)
{
    struct window *w = calloc(1, sizeof *w);
    must(w != NULL && pthread_mutex_init(&w->lock, NULL) == 0);
    steady_cond_init(&w->news);
    w->gate = g;
    w->figures.most = g->streams_max;
    return w;
}

/* With the lock held, like all that begin with "w_". */
static void w_drop_oldest(struct window *w)
{
    struct block *b = w->oldest;
    w->oldest = b->next;
    if (!w->oldest)
        w->newest = NULL;
    w->figures.entries -= b->count;
    w->figures.bytes -= b->bytes;
    counted_release(&b->counted);
}

static void w_add(struct window *w, struct block *b)
{
    *(w->newest ? &w->newest->next : &w->oldest) = b;
    w->newest = b;
    w->last = b->last;
    w->figures.entries += b->count;
    w->figures.bytes += b->bytes;
    while (w->oldest != b && (w->figures.entries > LIMIT_WINDOW_ENTRIES || w->figures.bytes > LIMIT_WINDOW_BYTES))
        w_drop_oldest(w);
}

void w_wake(struct window *w)
{
    const uint64_t one = 1;
    (void)pthread_cond_broadcast(&w->news);
    for (const struct seat *s = w->bells; s; s = s->next)
        must(write(s->bell, &one, sizeof one) > 0 || errno == EAGAIN); /* rung often enough, and not heard yet */
}

void window_close(struct window *w)
{
    if (!w)
        return;
    (void)pthread_mutex_lock(&w->lock);
    must(w->figures.waiting == 0);
    w->is_over = true;
    bool has_thread = w->has_thread;
    (void)pthread_cond_broadcast(&w->news);
    (void)pthread_mutex_unlock(&w->lock);
    if (has_thread) {
        journal_ring(w->gate->content);
        (void)pthread_join(w->thread, NULL);
    }
    while (w->oldest)
        w_drop_oldest(w);
    (void)pthread_cond_destroy(&w->news);
    (void)pthread_mutex_destroy(&w->lock);
    free(w);
}

enum err block_read(struct content *c, uint64_t after, size_t max, bool images, struct block **out, struct problem *why)
{
    struct arena *a = arena_open(64u << 10);
    struct problem own = {.arena = a};
    struct entry *entries = NULL;
    size_t count = 0;
    *out = NULL;
    enum err e = journal_read(c, after, max, a, &entries, &count, &own);
    struct news *news = NEW_N(a, struct news, count);
    struct block *b = NEW(a, struct block);
    for (size_t i = 0; e == ERR_OK && i < count; i++) {
        news[i].entry = entries[i];
        if (images)
            news_read(&entries[i], a, &news[i]);
        b->bytes += sizeof(struct news) + entries[i].before.len + entries[i].after.len;
    }
    if (e != ERR_OK)
        e = problem_set(why, e, STR_FMT, STR_ARG(own.text));
    if (e != ERR_OK || count == 0) {
        arena_close(a);
        return e;
    }
    b->counted = (struct counted){.users = 1, .drop = drop_block};
    b->arena = a;
    b->news = news;
    b->count = count;
    b->is_read = images;
    b->first = entries[0].seq;
    b->last = entries[count - 1].seq;
    *out = b;
    return ERR_OK;
}

/* The next news, and who may what as of them. *b NULL: there were none. */
static enum err look(struct window *w, uint64_t last, struct block **b, struct problem *why)
{
    enum err e = journal_wait(w->gate->content, last, LOOK_MS, why);
    *b = NULL;
    if (e == ERR_OK)
        e = block_read(w->gate->content, last, LIMIT_WINDOW_BLOCK, true, b, why);
    if (e == ERR_OK || e == ERR_TIMEOUT)
        e = gate_catch_up(w->gate, why);
    return e;
}

static void publish(struct window *w, struct block *b, enum err e, const struct problem *why)
{
    bool is_newly_failing = e != ERR_OK && !w->failing;
    uint64_t stamp = identities_stamp(w->gate->identities);
    (void)pthread_mutex_lock(&w->lock);
    bool moved = b || stamp != w->stamp || w->failing != (e != ERR_OK);
    if (b && e == ERR_OK)
        w_add(w, b);
    w->stamp = stamp;
    w->failing = e != ERR_OK;
    if (moved)
        w_wake(w);
    (void)pthread_mutex_unlock(&w->lock);
    if (b && e != ERR_OK)
        counted_release(&b->counted);
    if (is_newly_failing)
        LOG(LOG_WARN, "feed.failing", LOG_TEXT("cause", why->text));
}

/* Rests while nobody waits. False: it is over. */
static bool w_rest(struct window *w)
{
    bool rested = false;
    while (w->figures.waiting == 0 && !w->is_over) {
        rested = true;
        (void)pthread_cond_wait(&w->news, &w->lock);
    }
    if (rested) { /* what was written meanwhile is nobody's news */
        while (w->oldest)
            w_drop_oldest(w);
        w->last = journal_last(w->gate->content);
        w_wake(w);
    }
    return !w->is_over;
}

static void gather(struct window *w)
{
    struct timespec until = at_us(time_mono_us() + LIMIT_WINDOW_GATHER_MS * 1000);
    (void)w;
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) != 0)
        ;
}

static void *run(void *window)
{
    struct window *w = window;
    (void)pthread_mutex_lock(&w->lock);
    while (w_rest(w)) {
        uint64_t last = w->last;
        struct arena *a = arena_open(2048);
        struct problem why = {.arena = a};
        struct block *b = NULL;
        (void)pthread_mutex_unlock(&w->lock);
        enum err e = look(w, last, &b, &why);
        publish(w, b, e, &why);
        if (b || e != ERR_OK)
            gather(w);
        arena_close(a);
        (void)pthread_mutex_lock(&w->lock);
    }
    (void)pthread_mutex_unlock(&w->lock);
    return NULL;
}

bool w_begin(struct window *w)
{
    if (!w->has_thread) {
        w->last = journal_last(w->gate->content);
        w->has_thread = pthread_create(&w->thread, NULL, run, w) == 0;
    }
    return w->has_thread;
}

bool window_find(struct window *w, uint64_t after, struct block **out)
{
    *out = NULL;
    (void)pthread_mutex_lock(&w->lock);
    struct block *b = w->oldest;
    while (b && b->last <= after)
        b = b->next;
    if (b && b->first <= after + 1) {
        counted_use(&b->counted);
        *out = b;
    }
    bool kept = *out || (!b && after >= w->last && w->figures.waiting > 0);
    (void)pthread_mutex_unlock(&w->lock);
    return kept;
}

enum err window_wait(struct window *w, uint64_t after, uint64_t stamp, int64_t until_us, struct problem *why)
{
    struct timespec until = at_us(until_us);
    int code = 0;
    (void)pthread_mutex_lock(&w->lock);
    while (w->last <= after && !w->failing && identities_stamp(w->gate->identities) == stamp && code == 0)
        code = pthread_cond_timedwait(&w->news, &w->lock, &until);
    bool failing = w->failing;
    (void)pthread_mutex_unlock(&w->lock);
    if (!failing)
        return ERR_OK;
    why->retry_after_s = 1;
    return problem_set(why, ERR_UNAVAILABLE, "What was changed last cannot be read at the moment");
}

void window_count(struct window *w, uint64_t events, uint64_t behind)
{
    (void)pthread_mutex_lock(&w->lock);
    w->figures.events += events;
    w->figures.behind += behind;
    (void)pthread_mutex_unlock(&w->lock);
}

void window_figures(struct window *w, struct window_figures *out)
{
    (void)pthread_mutex_lock(&w->lock);
    *out = w->figures;
    (void)pthread_mutex_unlock(&w->lock);
}
