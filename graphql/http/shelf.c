/* A hash table with lists in its buckets and two rings by last use, one of them the guests'. One lock, held for a look-up or
 * for putting something in its place; things that go are dropped outside of it. */
#include "graphql/http/shelf.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/map.h"

#define BUCKETS 4096u

struct ring {
    struct shelved *newest, *oldest;
    size_t bytes;
};

struct shelf {
    pthread_mutex_t lock;
    size_t bytes_max, guest_max, count;
    struct ring rings[2];             /* [of_guest] */
    uint64_t found, missed;
    struct shelved *buckets[BUCKETS];
};

struct shelf *shelf_open(size_t bytes_max)
{
    struct shelf *s = calloc(1, sizeof *s);
    must(s != NULL && pthread_mutex_init(&s->lock, NULL) == 0);
    s->bytes_max = bytes_max;
    s->guest_max = bytes_max / LIMIT_GRAPHQL_GUEST_SHARE;
    return s;
}

static uint64_t hash_of(uint64_t owner, str name)
{
    return map_hash(name) ^ owner * 0x9E3779B97F4A7C15u;
}

static void leave_ring(struct shelf *s, struct shelved *t)
{
    struct ring *r = &s->rings[t->of_guest];
    *(t->older ? &t->older->newer : &r->oldest) = t->newer;
    *(t->newer ? &t->newer->older : &r->newest) = t->older;
    t->older = t->newer = NULL;
    r->bytes -= t->bytes;
}

static void enter_ring(struct shelf *s, struct shelved *t)
{
    struct ring *r = &s->rings[t->of_guest];
    t->older = r->newest;
    *(r->newest ? &r->newest->newer : &r->oldest) = t;
    r->newest = t;
    r->bytes += t->bytes;
}

static struct shelved **place_of(struct shelf *s, uint64_t owner, str name, uint64_t hash)
{
    struct shelved **at = &s->buckets[hash % BUCKETS];
    while (*at && !((*at)->hash == hash && (*at)->owner == owner && str_equal((*at)->name, name)))
        at = &(*at)->next_in_bucket;
    return at;
}

/* Out of its place and onto a list of what is to be dropped, linked by next_in_bucket. */
static void take_out(struct shelf *s, struct shelved **at, struct shelved **gone)
{
    struct shelved *t = *at;
    *at = t->next_in_bucket;
    leave_ring(s, t);
    s->count--;
    t->next_in_bucket = *gone;
    *gone = t;
}

static void drop(struct shelved *gone)
{
    while (gone) {
        struct shelved *next = gone->next_in_bucket;
        counted_release(&gone->counted);
        gone = next;
    }
}

void shelf_close(struct shelf *s)
{
    struct shelved *gone = NULL;
    if (!s)
        return;
    for (size_t i = 0; i < BUCKETS; i++)
        while (s->buckets[i])
            take_out(s, &s->buckets[i], &gone);
    drop(gone);
    (void)pthread_mutex_destroy(&s->lock);
    free(s);
}

struct shelved *shelf_find(struct shelf *s, uint64_t owner, str name, bool is_guest)
{
    uint64_t hash = hash_of(owner, name);
    (void)pthread_mutex_lock(&s->lock);
    struct shelved *t = *place_of(s, owner, name, hash);
    if (t) {
        counted_use(&t->counted);
        leave_ring(s, t);
        t->of_guest &= is_guest;
        enter_ring(s, t);
    }
    *(t ? &s->found : &s->missed) += 1;
    (void)pthread_mutex_unlock(&s->lock);
    return t;
}

static void push_out(struct shelf *s, struct shelved *oldest, struct shelved **gone)
{
    take_out(s, place_of(s, oldest->owner, oldest->name, oldest->hash), gone);
}

/* Guests go first; only they go for a guest. */
static void make_room(struct shelf *s, const struct shelved *t, struct shelved **gone)
{
    struct ring *own = &s->rings[false], *guests = &s->rings[true];
    size_t guest_max = s->guest_max;
    if (t->of_guest && s->bytes_max - own->bytes < guest_max)
        guest_max = s->bytes_max - own->bytes;
    while (t->of_guest && guests->oldest && guests->bytes + t->bytes > guest_max)
        push_out(s, guests->oldest, gone);
    while (!t->of_guest && own->bytes + guests->bytes + t->bytes > s->bytes_max && (guests->oldest || own->oldest))
        push_out(s, guests->oldest ? guests->oldest : own->oldest, gone);
}

void shelf_put(struct shelf *s, struct shelved *t)
{
    struct shelved *gone = NULL;
    (void)pthread_mutex_lock(&s->lock);
    t->hash = hash_of(t->owner, t->name);
    struct shelved **at = place_of(s, t->owner, t->name, t->hash);
    if (*at) {
        t->of_guest &= (*at)->of_guest;
        take_out(s, at, &gone);
    }
    make_room(s, t, &gone);
    size_t most = t->of_guest ? s->guest_max : s->bytes_max, guests = s->rings[true].bytes;
    if (s->rings[false].bytes + guests + t->bytes <= s->bytes_max && (t->of_guest ? guests : 0) + t->bytes <= most) {
        counted_use(&t->counted);
        t->next_in_bucket = s->buckets[t->hash % BUCKETS];
        s->buckets[t->hash % BUCKETS] = t;
        enter_ring(s, t);
        s->count++;
    }
    (void)pthread_mutex_unlock(&s->lock);
    drop(gone);
}

void shelf_forget(struct shelf *s, uint64_t owner)
{
    struct shelved *gone = NULL;
    (void)pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < BUCKETS; i++)
        for (struct shelved **at = &s->buckets[i]; *at;) {
            if ((*at)->owner == owner)
                take_out(s, at, &gone);
            else
                at = &(*at)->next_in_bucket;
        }
    (void)pthread_mutex_unlock(&s->lock);
    drop(gone);
}

void shelf_figures(struct shelf *s, struct shelf_figures *out)
{
    (void)pthread_mutex_lock(&s->lock);
    *out = (struct shelf_figures){
        .count = s->count,
        .bytes = s->rings[0].bytes + s->rings[1].bytes,
        .guest_bytes = s->rings[1].bytes,
        .found = s->found,
        .missed = s->missed,
    };
    (void)pthread_mutex_unlock(&s->lock);
}
