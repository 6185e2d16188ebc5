#include "roles/registry/pulls.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/id.h"
#include "base/limits.h"
#include "base/time.h"
#include "roles/credentials/last_use.h"

#define SHARDS  16u                   /* so that threads that serve different images do not wait for each other */
#define PLACES  (LIMIT_PULLS_WAITING / SHARDS)
#define PROBES  8u                    /* places that a key may have, from its own on */
#define AT_ONCE 256u                  /* places that one transaction empties */
#define REST_MS (1000 * (int64_t)LIMIT_LAST_USE_REST_S)
#define KEY     (2 * ID_LENGTH)       /* manifest and tag; zeros: no tag */

struct place {
    char key[KEY], repository[ID_LENGTH];
    bool in_use;
    uint32_t count;                   /* since it was written */
    int64_t at_ms, written_ms;
};

struct shard {
    pthread_mutex_t lock;             /* guards the rest; nothing is called under it */
    struct place places[PLACES];
};

struct pulls {
    struct shard shards[SHARDS];
};

struct pulls *pulls_open(void)
{
    struct pulls *p = calloc(1, sizeof *p);
    must(p != NULL);
    for (size_t i = 0; i < SHARDS; i++)
        must(pthread_mutex_init(&p->shards[i].lock, NULL) == 0);
    return p;
}

void pulls_close(struct pulls *p)
{
    for (size_t i = 0; p && i < SHARDS; i++)
        (void)pthread_mutex_destroy(&p->shards[i].lock);
    free(p);
}

/* Its own place, a free one, or that of one that was written longest ago; NULL: all of them wait. */
static struct place *place_of(struct shard *s, const char key[KEY], uint64_t hash)
{
    struct place *best = NULL;
    for (size_t i = 0; i < PROBES; i++) {
        struct place *p = &s->places[(hash + i) % PLACES];
        if (p->in_use && memcmp(p->key, key, KEY) == 0)
            return p;
        if (p->count == 0 && (!best || !p->in_use || (best->in_use && p->written_ms < best->written_ms)))
            best = p;
    }
    if (best) {
        *best = (struct place){.in_use = true};
        memcpy(best->key, key, KEY);
    }
    return best;
}

void pulls_note(struct pulls *p, const struct pull *one)
{
    char key[KEY] = {0};
    bool has_tag = one->tag.len == ID_LENGTH;
    if (!p || one->manifest.len != ID_LENGTH || one->repository.len != ID_LENGTH)
        return;
    memcpy(key, one->manifest.at, ID_LENGTH);
    if (has_tag)
        memcpy(key + ID_LENGTH, one->tag.at, ID_LENGTH);
    uint64_t hash = str_hash((str){key, has_tag ? KEY : ID_LENGTH});
    struct shard *s = &p->shards[hash % SHARDS];
    (void)pthread_mutex_lock(&s->lock);
    struct place *place = place_of(s, key, hash / SHARDS);
    if (place) {
        memcpy(place->repository, one->repository.at, ID_LENGTH);
        place->count += place->count < UINT32_MAX;
        place->at_ms = one->at_ms > place->at_ms ? one->at_ms : place->at_ms;
    }
    (void)pthread_mutex_unlock(&s->lock);
}

/* ---- writing ---- */

struct taken {
    struct place *place;
    struct shard *shard;
    struct place was;
};

struct batch {
    struct taken taken[AT_ONCE];
    size_t count;
    struct book_entry books[3 * AT_ONCE];
    int64_t at_ms[3 * AT_ONCE];
    size_t book_count;
};

/* A clock that was turned back keeps nothing waiting for the time it was wrong by. */
static bool is_due(const struct place *p, int64_t now)
{
    return now - p->written_ms >= REST_MS || now < p->written_ms;
}

static void take_from(struct shard *s, bool all, int64_t now, struct batch *b)
{
    (void)pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < PLACES && b->count < AT_ONCE; i++) {
        struct place *p = &s->places[i];
        if (p->count == 0 || (!all && !is_due(p, now)))
            continue;
        b->taken[b->count++] = (struct taken){p, s, *p};
        p->count = 0;
        p->written_ms = now;
    }
    (void)pthread_mutex_unlock(&s->lock);
}

/* Nothing was written: due at once, unless the place was taken meanwhile. */
static void give_back(const struct batch *b)
{
    for (size_t i = 0; i < b->count; i++) {
        const struct taken *t = &b->taken[i];
        (void)pthread_mutex_lock(&t->shard->lock);
        if (t->place->in_use && memcmp(t->place->key, t->was.key, KEY) == 0) {
            t->place->count += t->was.count;
            t->place->written_ms = 0;
        }
        (void)pthread_mutex_unlock(&t->shard->lock);
    }
}

/* An item has one entry, whatever was pulled of it under how many names. */
static void add_book(struct batch *b, const struct collection *in, const char *id, bool counts, const struct place *p)
{
    size_t i = 0;
    while (i < b->book_count && !(b->books[i].in == in && memcmp(b->books[i].item.at, id, ID_LENGTH) == 0))
        i++;
    if (i == b->book_count)
        b->books[b->book_count++] = (struct book_entry){.in = in, .item = {id, ID_LENGTH}, .counter = counts ? S("pulls") : (str){0}};
    b->books[i].more += p->count;
    b->at_ms[i] = p->at_ms > b->at_ms[i] ? p->at_ms : b->at_ms[i];
}

static const struct json *values_of(struct arena *a, const struct book_entry *e, int64_t at_ms)
{
    struct json *member = NEW(a, struct json), *map = NEW(a, struct json);
    bool tells_when = collection_field(e->in, S("pulled_at")) != NULL;
    struct buf at;
    buf_init(&at, a, 64);
    time_write(&at, at_ms);
    *member = json_named(S("pulled_at"), json_of_text(buf_str(&at)));
    *map = json_of_map(member, tells_when);
    return map;
}

static enum err write_down(struct gate *g, struct batch *b, struct problem *why)
{
    TRY(gate_catch_up(g, why));
    const struct principal *system = principal_system(g, why->arena, SYSTEM_FILES);
    const struct model *model = system->rights->model;
    b->book_count = 0;
    for (size_t i = 0; i < b->count; i++) {
        const struct place *p = &b->taken[i].was;
        add_book(b, model_find(model, S("manifests")), p->key, true, p);
        add_book(b, model_find(model, S("repositories")), p->repository, true, p);
        if (p->key[ID_LENGTH])
            add_book(b, model_find(model, S("tags")), p->key + ID_LENGTH, false, p);
    }
    for (size_t i = 0; i < b->book_count; i++)
        b->books[i].values = values_of(why->arena, &b->books[i], b->at_ms[i]);
    return content_keep_books(g->content, system->rights, &system->actor, b->books, b->book_count, why->arena, why);
}

static enum err flush_some(struct gate *g, bool all, bool *more, struct problem *why)
{
    struct batch *b = NEW(why->arena, struct batch);
    int64_t now = time_now_ms();
    for (size_t i = 0; i < SHARDS; i++)
        take_from(&g->pulls->shards[i], all, now, b);
    *more = b->count == AT_ONCE;
    enum err e = b->count ? write_down(g, b, why) : ERR_OK;
    if (e != ERR_OK)
        give_back(b);
    return e;
}

enum err pulls_flush(struct gate *g, bool all, struct problem *why)
{
    return books_flush(g, all, flush_some, why);
}
